"""Does every column that can hold something about people say when it ends, and is that true?

They are declared in docs/data-protection.md, "Column by column": there people look for it.
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from accounts.models import Affiliation
from certificates import issuing
from certificates.models import Certificate, Wording
from tests.builders import build_run, only_session
from tests.certificates.builders import build_attended, build_finished_run
from tests.writing import PRODUCT, ROOT
from trainings import attendance, calendars, planning, retention
from trainings.acts import Act
from trainings.models import Announcement, CheckIn, Correspondence, Message, RegistrationEvent, RunEvent, Submission

TEXTS = (
    models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField,
    models.GenericIPAddressField, models.UUIDField,
)  # fmt: skip
EMPTIED = (
    "emptied 14 days after the run",
    "emptied 90 days after",
    "the names in it are emptied at the evidence date of the funding, else after 10 years",
)
KEPT = ("no end yet", "the person, or the administrator who deletes the account")
SECRET = "geheim"
UNIQUE = {"User.email", "CalendarSubscription.token_sha256"}  # not written by the test


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
    tried = told(EMPTIED) | told(KEPT)
    for model in of_ours():
        for field in texts(model):
            if f"{name_of(model)}.{field.name}" in tried:
                models.QuerySet(model).update(**{field.name: secret(model, field)})


def told(ends: tuple[str, ...]) -> set[str]:
    """What the page says of our own tables."""
    return {name for end in ends for name in declared()[end] if name.count(".") == 1} - UNIQUE


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


@pytest.mark.django_db
def test_it_ends_as_is_said(everything_is_written):
    """After twenty years: what is to be emptied is, and what has no end yet is still there."""
    before = still_said()
    emptied, kept = told(EMPTIED), told(KEPT)
    assert (emptied | kept) - before == set(), "write a row of it in everything_is_written"
    later = timezone.now() + dt.timedelta(days=366 * 20)
    retention.clean_up(later)
    issuing.clean_up(later)
    after = still_said()
    assert after & emptied == set(), "docs/data-protection.md says that it is emptied: see trainings/retention.py"
    assert kept - after == set(), "it ends: say so in docs/data-protection.md, Column by column"
