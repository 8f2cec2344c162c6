"""Does every column that can hold something about people say when it ends, and is that true?

They are declared in docs/data-protection.md, "Column by column": there people look for it.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection, models
from django.utils import timezone

from accounts import audit
from accounts.models import Affiliation, AuditEvent, SearchWord, SignIn, SignInMail, User
from certificates import issuing
from certificates.models import Certificate, Wording
from demo import world
from evidence import formats, periods
from evidence.models import DoorLook, DoorQuestion, Dossier, DossierFile
from tests import builders
from tests.builders import build_agreement, build_run, only_session
from tests.certificates.builders import build_attended, build_finished_run
from tests.evidence.builders import build_door, build_period
from tests.writing import PRODUCT, ROOT
from trainings import attendance, calendars, planning
from trainings.acts import Act
from trainings.models import (
    Announcement,
    CheckIn,
    Correspondence,
    CourseRun,
    DataRequest,
    Funding,
    Message,
    Registration,
    RegistrationEvent,
    RunEvent,
    Submission,
)
from trainings.periodic import JOBS, run_due_jobs
from trainings.reporting import Period, figures_of

TEXTS = (
    models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField,
    models.GenericIPAddressField, models.UUIDField,
)  # fmt: skip
STAYING = ("stays: a key that names nobody", "not about people, unless somebody writes a name into it")
SECRET = "geheim"
UNIQUE = {"User.email", "CalendarSubscription.token_sha256"}  # not written by the test
BEYOND = dt.timedelta(days=366 * 40)  # every date of evidence of the tests


def name_of(model: type[models.Model]) -> str:
    return model.__name__ if model._meta.app_label in PRODUCT else model._meta.label


def texts(model: type[models.Model]) -> Iterator[models.Field]:
    for field in model._meta.concrete_fields:
        if isinstance(field, TEXTS) and not field.choices:
            yield field


def columns() -> set[str]:
    return {f"{name_of(model)}.{field.name}" for model in apps.get_models() for field in texts(model)}


def declared() -> dict[str, set[str]]:
    """Columns by what ends them; ``Course.*`` are all of a table."""
    page = (ROOT / "docs/data-protection.md").read_text()
    [table] = re.findall(r"\| what ends it \| columns \|\n\|---\|---\|\n((?:\|.*\n)+)", page)
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()]
    every = columns()
    return {
        end: {name for word in re.findall(r"`([\w.*]+)`", said) for name in named(word, every)} for end, said in rows
    }


def named(word: str, every: set[str]) -> set[str]:
    return {name for name in every if name.startswith(word[:-1])} if word.endswith(".*") else {word}


def test_every_column_says_when_it_ends():
    said = [name for names in declared().values() for name in names]
    assert columns() - set(said) == set(), "say in docs/data-protection.md, Column by column, what ends them"
    assert set(said) - columns() == set(), "docs/data-protection.md names columns that are gone"
    assert len(said) == len(set(said)), "docs/data-protection.md names a column twice"


@pytest.fixture
def everything_is_written(participant, coordinator, trainer):
    """A row of each table that holds something about people, of a run that is over; every text says SECRET."""
    run = build_finished_run(trainers=[trainer])
    registration = build_attended(run, participant, by=trainer)
    session = only_session(run)
    attendance.keep_scan(session, b"%PDF-1.7\n%%EOF\n", Act(trainer), original_at="Büro")
    issuing.issue(run, Act(coordinator), registrations=[registration])
    Certificate.objects.update(rendered_at=timezone.now(), pdf=b"%PDF", sha256="0" * 64)
    planning.note_interest(run.course, participant, wish="vormittags")
    planning.invite(build_run(), [participant], Act(coordinator))
    CheckIn.objects.create(registration=registration, session=session, way="typed")
    calendars.subscribe(participant)
    SignIn.objects.create(person=participant, session_key="x", device="Windows")
    SearchWord.objects.create(person=participant)
    SignInMail.objects.create(to_email=participant.email)
    Affiliation.objects.create(person=participant, since=timezone.localdate())
    written = Announcement.objects.create(run=run, subject="Neu", text="Raum 2", written_by=coordinator)
    sent = {"status": "sent", "sent_at": timezone.now(), "registration": registration, "recipient": participant}
    Message.objects.create(kind="registered", announcement=written, **sent)
    Message.objects.create(kind="registered", **sent)
    Message.objects.update(status="sent", sent_at=timezone.now())
    Submission.objects.create(session=session, planned_minutes=9, taught_minutes=9, submitted_by=trainer)
    RegistrationEvent.objects.create(registration=registration, to_status="confirmed", channel="web")
    RunEvent.objects.create(run=run, what="changed", actor=coordinator, channel="coordination")
    Correspondence.objects.create(person=participant, bounced_at=timezone.now())
    Wording.objects.create(language="de", version=1, saved_by=coordinator)
    Wording.objects.create(language="de", version=2, saved_by=coordinator)
    DataRequest.objects.create(person=participant, kind="erasure", due_on=timezone.localdate())
    AuditEvent.objects.create(what="person_changed", by=coordinator, person=participant)
    planning.save_venue(builders.build_venue(), {"name": "Saal"}, Act(coordinator))
    periods.note(build_period(funding=run.funding), Act(coordinator, reason="x"), periods.What.CHANGED)
    build_agreement(participant.agency, ends_on=timezone.localdate())
    door = build_door(period=build_period(funding=run.funding, first_on=run.funding.starts_on))
    DoorLook.objects.create(door=door, page="run", about="x")
    DoorQuestion.objects.create(
        door=door, page="overview", text="x", answer="x", answered_at=timezone.now(), answered_by=coordinator
    )
    formats.copy_format(formats.format_of("runs"), Act(coordinator, reason="x"))
    dossier = Dossier.objects.create(period=door.period, number=1, asked_by=coordinator, failure="x")
    DossierFile.objects.create(dossier=dossier, path="Deckblatt.pdf", size=1, sha256="0", crc32=0, content=b"x")
    LogEntry.objects.create(user=coordinator, action_flag=2, object_repr=str(participant))
    EmailAddress.objects.create(user=participant, email=participant.email)
    for model in of_ours():
        for field in texts(model):
            if f"{name_of(model)}.{field.name}" in told():
                models.QuerySet(model).update(**{field.name: secret(model, field)})


def told() -> set[str]:
    """What the page says to end, of our own tables; tables of others are looked through with all of them below."""
    return {
        name for end, names in declared().items() if end not in STAYING for name in names if name.count(".") == 1
    } - UNIQUE


def of_ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in PRODUCT]


def secret(model: type[models.Model], field: models.Field) -> Any:
    if isinstance(field, models.JSONField):
        return (
            {"name": SECRET, "surname": SECRET, "trainers": [SECRET]} if model is Certificate else {"changes": SECRET}
        )
    return SECRET.encode() if isinstance(field, models.BinaryField) else SECRET


def still_said() -> set[str]:
    return {
        f"{name_of(model)}.{field.name}"
        for model in of_ours()
        for field in texts(model)
        if any(SECRET in str(value) for value in models.QuerySet(model).values_list(field.name, flat=True))
    }


def after_the_last_date() -> None:
    """Everybody leaves, and a worker goes on for three years: some things end a while after others."""
    latest = Funding.objects.aggregate(latest=models.Max("keep_evidence_until"))["latest"]
    start = max(timezone.now(), dt.datetime(latest.year, latest.month, latest.day, 12, tzinfo=dt.UTC))
    start += dt.timedelta(days=settings.RETENTION_CERTIFICATE_DAYS + 2)
    User.objects.filter(is_active=True).update(is_active=False, left_at=timezone.now())  # also the last coordinator
    for days in (0, 31, 62, 100, 800):
        with time_machine.travel(start + dt.timedelta(days=days), tick=False):
            done = run_due_jobs()
            assert set(done) == set(JOBS)


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.django_db
def test_it_ends_as_is_said(everything_is_written):
    """What the page says to end is written before, and after the last date nothing of it is left."""
    assert told() - still_said() == set(), "write a row of it in everything_is_written"
    after_the_last_date()
    assert still_said() == {"Wording.signatories"}, "docs/data-protection.md says that it ends"
    assert Wording.objects.exclude(signatories="").get().version == 2


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.django_db
def test_no_personal_date_is_left_of_a_count(everything_is_written):
    after_the_last_date()
    dates = {field.name for field in User._meta.concrete_fields if isinstance(field, models.DateTimeField)}
    for person in User.objects.all():
        assert {name for name in dates if getattr(person, name)} == {"date_joined", "erased_at"}
        assert person.date_joined == person.erased_at


def everything_stored() -> Iterator[tuple[str, str]]:
    """Table and column, and the value as text: of every table of the database, Django's and other libraries' alike."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    said = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
                    yield f"{table}.{name}", said


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.django_db
def test_after_the_last_date_no_table_names_anybody(signed_in):
    """The whole demo world, used a little. Every byte of the database is looked at, in tables of libraries as well."""
    world.load()
    somebody = list(User.objects.select_related("agency"))
    for person in somebody:
        person.phone, person.title = f"0261 {person.pk:06}", f"Prof. {person.last_name}"[:60]
        person.save()
        audit.record(audit.What.PERSON_CHANGED, by=person, changes={"phone": ["", person.phone]}, reason=str(person))
        EmailAddress.objects.create(user=person, email=person.email)
        signed_in(person)
    known = {text for person in somebody for text in (person.email, person.full_name, person.phone, person.title)}
    known |= set(Registration.objects.exclude(supervisor_email="").values_list("supervisor_email", flat=True))
    known |= {json.dumps(text)[1:-1] for text in known}  # as JSON has it
    said = {name for name, value in everything_stored() if any(text in value for text in known)}
    assert {"accounts_user.email", "accounts_auditevent.changes", "trainings_registration.supervisor_email"} <= said
    runs = list(CourseRun.objects.order_by("pk"))
    at = timezone.now() + BEYOND
    before = [figures_of(Period.of(run), run=run, at=at) for run in runs]

    after_the_last_date()

    left = [(name, text) for name, value in everything_stored() for text in known if text in value]
    assert left == []
    assert [figures_of(Period.of(run), run=run, at=at) for run in runs] == before
