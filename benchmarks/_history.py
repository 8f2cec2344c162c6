"""Ten years of a site in seconds: a few hundred rows built by hand, then copied within the database.

The copies are made from the models: every table that has rows of the past is copied, keys move along, what must be
unique gets the number of the copy, and days are spread. A model of which nothing is built and that is not named in
``DOES_NOT_GROW`` ends the program, so that whoever adds a table says how it grows.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

DAY = dt.timedelta(days=1)
RUNS = 67  # of a copy
PEOPLE_OF_A_RUN = 15
REGISTRATIONS = 1000  # of a copy: all but the last run are full
FROM, UNTIL = 3590, 420  # days ago; the past before that of ``present``
SPREAD = (FROM - UNTIL) // RUNS  # days between two runs of a copy, which the copies fill

# Whose rows are as many as an installation has words, places and machines, or live for hours.
DOES_NOT_GROW = {
    "account.EmailConfirmation": "no link is sent, only codes",
    "accounts.Agency": "about thirty",
    "accounts.AgencyMailDomain": "of the agencies",
    "accounts.SearchWord": "made of the names when all are there",
    "accounts.SignInMail": "ends when it is sent",
    "accounts.User_groups": "not used",
    "accounts.User_user_permissions": "not used",
    "auth.Group": "not used",
    "auth.Group_permissions": "not used",
    "auth.Permission": "of the models",
    "certificates.Wording": "words",
    "contenttypes.ContentType": "of the models",
    "evidence.AuditorDoor": "one or two for a period",
    "evidence.DefinitionEvent": "of the formats and indicators",
    "evidence.DoorQuestion": "a few for a door",
    "evidence.Dossier": "one or two for a period; what grows are its files",
    "evidence.ExportFormat": "a few",
    "evidence.Indicator": "a few for a grant",
    "evidence.PeriodTarget": "of the indicators",
    "evidence.ReportingPeriod": "one or two a year",
    "mfa.Authenticator": "of coordinators",
    "socialaccount.SocialApp": "not used",
    "socialaccount.SocialToken": "not stored",
    "trainings.Agreement": "of the agencies",
    "trainings.CalendarEntry": "ends ninety days after the session",
    "trainings.Course": "the catalogue",
    "trainings.CourseTargetGroup": "of the courses",
    "trainings.Course_prerequisites": "of the courses",
    "trainings.DatabaseHome": "one",
    "trainings.Discrepancy": "one for a promise",
    "trainings.Funding": "a few",
    "trainings.MessageText": "words",
    "trainings.PageText": "words",
    "trainings.PeriodicJob": "one for a job",
    "trainings.UnsettledRuns": "one",
    "trainings.Venue": "a few",
    "trainings.WorkerBeat": "one for a worker",
}

# What of people ends with the session of a browser.
THESE_DAYS = {"accounts.SignIn", "sessions.Session"}


@dataclass
class World:
    """What does not grow, and who is looked at."""

    agencies: list[Any]
    courses: list[Any]
    venues: list[Any]
    trainers: list[Any]
    coordinator: Any
    funding: Any
    door: Any  # of an auditor, to a period whose dossier was handed in
    dossier: Any
    now: dt.datetime
    people: list[Any] = field(default_factory=list)  # of the present


def past(world: World) -> dict[str, tuple[int, int]]:
    """One copy: what a year's tenth leaves behind. Says the first and last key of each table, by its name."""
    before = _last_keys()
    _some_time(world, [UNTIL + SPREAD * number for number in reversed(range(RUNS))], prefix="H", closed=True)
    _what_belongs_to_no_run(world)
    _evidence(world)
    after = _last_keys()
    return {table: (before[table] + 1, last) for table, last in after.items() if last > before[table]}


def present(world: World) -> None:
    """Thirty runs to come and sixty of the last 120 days, of which ten are not closed yet."""
    closed = [120 - 2 * number for number in range(50)]
    _some_time(world, closed, prefix="P", closed=True)
    _some_time(world, [20 - 2 * number for number in range(10)], prefix="O", closed=False)
    _some_time(world, [-3 * number for number in range(1, 31)], prefix="N", closed=False)


def spread(copies: int, blocks: dict[str, tuple[int, int]]) -> None:
    """That many further copies of these rows, in the order of their tables' keys."""
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connection

    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in blocks]
    sessions = apps.get_model("sessions.Session")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")  # the keys are right
            cursor.execute("SET synchronous_commit = off")
        else:
            cursor.execute("PRAGMA foreign_keys = off")
            cursor.execute("PRAGMA synchronous = off")
        cursor.execute("CREATE TEMPORARY TABLE growth_copies (n integer PRIMARY KEY)")
        cursor.executemany("INSERT INTO growth_copies VALUES (%s)", [(n,) for n in range(1, copies + 1)])
        for model in models:
            first, last = blocks[model._meta.db_table]
            rows = f'"{model._meta.pk.column}" BETWEEN {first} AND {last}'
            cursor.execute(_copying(model, blocks, connection.vendor, rows))
        cursor.execute(_copying(sessions, blocks, connection.vendor, "session_key LIKE 'growthh%'"))
        cursor.execute("DROP TABLE growth_copies")
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
        else:
            cursor.execute("PRAGMA foreign_keys = on")


def forgotten(blocks: dict[str, tuple[int, int]]) -> list[str]:
    """Models of which nothing is built, and that nobody says do not grow."""
    from django.apps import apps

    names = {model._meta.label: model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    by_hand = {"sessions.Session"}  # its key is no number
    return sorted(
        name
        for name, table in names.items()
        if table not in blocks and name not in DOES_NOT_GROW and name not in by_hand
    )


def _copying(model: Any, blocks: dict[str, tuple[int, int]], vendor: str, rows: str) -> str:
    table = model._meta.db_table
    alone = {name for names in _unique_together(model) for name in _own(model, names, blocks)}
    columns, values = [], []
    for column in model._meta.concrete_fields:
        if not column.generated:
            columns.append(f'"{column.column}"')
            values.append(_value(column, blocks, vendor, is_unique=column.unique or column.name in alone))
    key = model._meta.pk.column
    return (
        f'INSERT INTO "{table}" ({", ".join(columns)}) SELECT {", ".join(values)} '  # noqa: S608  names of ours
        f'FROM "{table}" t, growth_copies c WHERE t.{rows} ORDER BY c.n, t."{key}"'
    )


def _unique_together(model: Any) -> Iterator[Sequence[str]]:
    yield from model._meta.unique_together
    yield from (one.fields for one in model._meta.constraints if getattr(one, "fields", None))


def _own(model: Any, names: Sequence[str], blocks: dict[str, tuple[int, int]]) -> Sequence[str]:
    """What of a unique pair has to change: nothing where a key that moves along is in it."""
    fields = [model._meta.get_field(name) for name in names]
    moves = any(one.is_relation and one.related_model._meta.db_table in blocks for one in fields)
    return () if moves else [one.name for one in fields]


def _value(column: Any, blocks: dict[str, tuple[int, int]], vendor: str, *, is_unique: bool) -> str:
    name, kind = f't."{column.column}"', column.get_internal_type()
    of = column.related_model._meta.db_table if column.is_relation else column.model._meta.db_table
    if column.is_relation or (column.primary_key and "Auto" in kind):
        if of not in blocks:
            return name
        first, last = blocks[of]
        return f"CASE WHEN {name} BETWEEN {first} AND {last} THEN {name} + c.n * {last - first + 1} ELSE {name} END"
    shift = "0" if column.model._meta.label in THESE_DAYS else f"(c.n % {SPREAD})"
    if kind == "DateTimeField":
        if vendor == "postgresql":
            return f"{name} - {shift} * interval '1 day'"
        return f"strftime('%Y-%m-%d %H:%M:%S', {name}, '-' || {shift} || ' days')"
    if kind == "DateField":
        return f"{name} - {shift}" if vendor == "postgresql" else f"date({name}, '-' || {shift} || ' days')"
    if kind == "UUIDField":
        return "gen_random_uuid()" if vendor == "postgresql" else "lower(hex(randomblob(16)))"
    if is_unique and kind in {"CharField", "TextField", "SlugField", "EmailField"}:
        return f"CASE WHEN {name} = '' THEN '' ELSE c.n || '-' || {name} END"
    return name


def _last_keys() -> dict[str, int]:
    from django.apps import apps
    from django.db.models import Max

    found = {}
    for model in apps.get_models(include_auto_created=True):
        key = model._meta.pk
        if "Char" not in key.get_internal_type():
            found[model._meta.db_table] = model._base_manager.aggregate(last=Max(key.name))["last"] or 0
    return found


# --- What is built by hand -------------------------------------------------------------------------


def _some_time(world: World, days_ago: list[int], *, prefix: str, closed: bool) -> None:
    """A run for each of these days, with everything that belongs to it."""
    from trainings.models import CourseRun, RunEvent, Session

    made = []
    for place, days in enumerate(days_ago):
        start = (world.now - days * DAY).replace(hour=8, minute=0, second=0, microsecond=0)
        is_over = days > 0
        called_off = start - 2 * DAY if is_over and closed and place % 20 == 13 else None
        made.append(
            CourseRun(
                course=world.courses[place % len(world.courses)], number=f"{prefix}{place:03d}",
                capacity=PEOPLE_OF_A_RUN, venue=world.venues[place % len(world.venues)], funding=world.funding,
                coordinator=world.coordinator, published_at=start - 60 * DAY,
                starts_at=start, ends_at=start + dt.timedelta(hours=7), changed_at=start - 60 * DAY,
                cancelled_at=called_off, cancellation_reason="krank" if called_off else "",
                closed_at=start + 5 * DAY if closed and not called_off else None,
                closed_by=world.coordinator if closed and not called_off else None,
            )
        )  # fmt: skip
    runs = CourseRun.objects.bulk_create(made)
    through = CourseRun.trainers.through
    leading = [(run, world.trainers[(place + second * 3) % len(world.trainers)]) for place, run in enumerate(runs)
               for second in range(1 + (place % 3 == 0))]  # fmt: skip
    through.objects.bulk_create(through(courserun_id=run.pk, user_id=who.pk) for run, who in leading)
    restricted = CourseRun.agencies.through
    restricted.objects.bulk_create(
        restricted(courserun_id=run.pk, agency_id=world.agencies[place % len(world.agencies)].pk)
        for place, run in enumerate(runs)
        if place % 10 == 0
    )
    sessions = Session.objects.bulk_create(
        Session(
            run=run, starts_at=run.starts_at, ends_at=run.ends_at, teaching_minutes=360,
            calendar_uid=f"{run.number}@growth", changed_at=run.changed_at,
        )
        for run in runs
    )  # fmt: skip
    RunEvent.objects.bulk_create(
        RunEvent(run=run, what=what, actor=world.coordinator, channel="coordination", at=at, changes=[])
        for run in runs
        for what, at in [("created", run.published_at - DAY), ("published", run.published_at)]
    )
    _places(world, list(zip(runs, sessions, strict=True)), prefix)


def _places(world: World, held: list[tuple[Any, Any]], prefix: str) -> None:
    """Registrations, and what follows from each."""
    from trainings.models import Registration, RegistrationEvent

    groups: dict[int, list[Any]] = {}
    rows = []
    for place, (run, _session) in enumerate(held):
        people = groups.setdefault(place // 4, [])
        if not people:
            people += _people(world, f"{prefix}{place:03d}".lower(), run.starts_at + 12 * SPREAD * DAY)
        for seat, person in enumerate(people[: PEOPLE_OF_A_RUN - (prefix == "N" and place % 3 == 1) * 4]):
            rows.append((run, person, _status(run, seat, place, world.now), run.starts_at - (40 - seat) * DAY))
    past_rows = [row for row in rows if row[0].starts_at < world.now]
    rows = past_rows[:REGISTRATIONS] + [row for row in rows if row[0].starts_at >= world.now]
    made = Registration.objects.bulk_create(
        Registration(
            run=run, person=person, status=status, source="self", agency_id=person.agency_id, group="staff",
            registered_at=min(at, world.now), queued_at=min(at, world.now), status_changed_at=min(at, world.now),
            held_until=world.now + 2 * DAY if status in Registration.HOLDING else None,
            supervisor_email=f"chef@{person.email.rpartition('@')[2]}" if status == "requested" else "",
        )
        for run, person, status, at in rows
    )  # fmt: skip
    events = []
    for row in made:
        first = "waitlisted" if row.status in {"waitlisted", "expired", "offered"} else "confirmed"
        first = "requested" if row.status == "requested" else first
        steps = ["", first, *([row.status] if row.status != first else [])]
        events += [
            RegistrationEvent(registration=row, from_status=old, to_status=new, actor_id=row.person_id, channel="web",
                              at=row.registered_at)
            for old, new in pairwise(steps)
        ]  # fmt: skip
    RegistrationEvent.objects.bulk_create(events)
    session_of = {run.pk: session for run, session in held}
    _messages(world, made, prefix)
    _calendars(world, made, session_of)
    _planning(world, held, made)
    over = [row for row in made if row.status == "confirmed" and row.run.ends_at < world.now]
    _lists(world, held, over, session_of)


def _status(run: Any, seat: int, place: int, now: dt.datetime) -> str:
    if run.cancelled_at or seat == 3:
        return "cancelled"
    if run.starts_at < now:
        return "expired" if seat == 14 else "confirmed"
    return {13: "waitlisted", 12: "requested"}.get(seat, "confirmed") if place % 3 == 0 else "confirmed"


def _people(world: World, name: str, last_run: dt.datetime) -> list[Any]:
    """Fifteen; whose last run is long ago have left."""
    from allauth.account.models import EmailAddress
    from allauth.socialaccount.models import SocialAccount
    from django.contrib.sessions.models import Session

    from accounts.models import Affiliation, SignIn, User
    from trainings.models import CalendarSubscription, Correspondence

    has_left = last_run < world.now - 790 * DAY
    joined = min(last_run - 300 * DAY, world.now - DAY)
    people = User.objects.bulk_create(
        User(
            email=f"{name}.{number}@amt{number}.example", first_name="Kim", last_name=f"{name.title()} {number}",
            group="staff", agency=world.agencies[number * 2 % len(world.agencies)], password="!",  # noqa: S106
            profile_completed_at=joined, privacy_notice_noted_at=joined, name_confirmed_at=joined, date_joined=joined,
            last_login=joined if has_left else world.now - 300 * DAY,
            is_active=not has_left, left_at=last_run if has_left else None,
        )
        for number in range(PEOPLE_OF_A_RUN)
    )  # fmt: skip
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people
    )
    SocialAccount.objects.bulk_create(
        SocialAccount(user=person, provider="oidc", uid=person.email) for person in people[::5]
    )
    Affiliation.objects.bulk_create(
        Affiliation(person=person, since=joined.date(), agency=person.agency, group="staff") for person in people[::8]
    )
    Correspondence.objects.bulk_create(
        Correspondence(person=person, calendar_choice="feed", wants_digest=False) for person in people[::3]
    )
    if not has_left:
        CalendarSubscription.objects.bulk_create(
            CalendarSubscription(person=person, name="Outlook", token_sha256=f"{name}{person.pk}", created_at=joined,
                                 changed_at=joined, fetched_at=joined)
            for person in people[::3]
        )  # fmt: skip
        keys = [f"growth{name}{person.pk}" for person in people[::5]]
        Session.objects.bulk_create(
            Session(session_key=key, session_data="", expire_date=world.now + 7 * DAY) for key in keys
        )
        SignIn.objects.bulk_create(
            SignIn(person=person, session_key=key, at=world.now - DAY, device="Firefox")
            for person, key in zip(people[::5], keys, strict=True)
        )
        world.people += people
    return people


def _messages(world: World, rows: list[Any], prefix: str) -> None:
    from trainings.models import Announcement, Message

    def told(row: Any, kind: str, step: int) -> Message:
        at = row.registered_at + step * dt.timedelta(minutes=2)
        is_dropped = row.pk % 25 == 0 and step
        is_recent = at > world.now - 80 * DAY
        return Message(
            kind=kind, recipient_id=row.person_id, registration=row, status="dropped" if is_dropped else "sent",
            queued_at=at, due_at=at, attempts=1, sent_at=None if is_dropped else at,
            message_id=f"{prefix}{row.pk}.{step}@growth", to_email="" if is_dropped else row.person.email,
            subject="" if is_dropped else "Ihre Anmeldung", text="Guten Tag" if is_recent and not is_dropped else "",
            once_key=f"reminder:{row.pk}:7:1" if step else "",
        )  # fmt: skip

    Message.objects.bulk_create(
        told(row, kind, step) for row in rows for step, kind in enumerate(["registered", "reminder"])
    )
    for run in {row.run_id: row.run for row in rows[::90]}.values():
        written = Announcement.objects.create(
            run=run, subject="", text="", written_by=world.coordinator, written_at=run.starts_at - 9 * DAY
        )
        at = min(run.starts_at - 9 * DAY, world.now)
        Message.objects.bulk_create(
            Message(kind="announcement", recipient_id=row.person_id, run=run, announcement=written, status="sent",
                    queued_at=at, due_at=at, sent_at=at, message_id=f"{prefix}{row.pk}.a@growth",
                    to_email=row.person.email)
            for row in rows if row.run_id == run.pk
        )  # fmt: skip


def _calendars(world: World, rows: list[Any], session_of: dict[int, Any]) -> None:
    """What calendars were told; of sessions long past that is gone."""
    from trainings.models import CalendarEntry

    recent = [row for row in rows if row.run.ends_at > world.now - 80 * DAY and row.status == "confirmed"]
    CalendarEntry.objects.bulk_create(
        CalendarEntry(person_id=row.person_id, session=session_of[row.run_id], status="confirmed", sequence=1,
                      told_at=max(row.registered_at, row.run.changed_at))
        for row in recent
    )  # fmt: skip


def _planning(world: World, held: list[tuple[Any, Any]], rows: list[Any]) -> None:
    from trainings.models import Contingent, HeldPlace, Invitation

    runs = [run for run, _session in held]
    Contingent.objects.bulk_create(
        Contingent(run=run, agency=world.agencies[place % len(world.agencies)], reserved=1,
                   release_on=(run.starts_at - 10 * DAY).date())
        for place, run in enumerate(runs) if place % 4 == 0
    )  # fmt: skip
    HeldPlace.objects.bulk_create(
        HeldPlace(run=row.run, agency_id=row.agency_id, name_by=row.run.starts_at.date(), taken_at=row.registered_at,
                  taken_by=world.coordinator, ended_at=row.registered_at, registration=row)
        for row in rows[::12]
    )  # fmt: skip
    Invitation.objects.bulk_create(
        Invitation(run=row.run, person_id=row.person_id, invited_at=row.registered_at, invited_by=world.coordinator)
        for row in rows[::6]
    )


def _lists(world: World, held: list[tuple[Any, Any]], rows: list[Any], session_of: dict[int, Any]) -> None:
    """Who was there, on the screen and on paper, and the certificate of it."""
    from certificates.models import Certificate
    from trainings.models import AttendanceChange, AttendanceRecord, CheckIn, SheetEntry, SheetScan, Submission

    records = AttendanceRecord.objects.bulk_create(
        AttendanceRecord(
            registration=row, session=session_of[row.run_id], status="absent" if row.pk % 9 == 0 else "present",
            minutes=0 if row.pk % 9 == 0 else 360, recorded_by=world.trainers[0], recorded_at=row.run.ends_at,
            said_at=row.run.ends_at,
        )
        for row in rows
    )  # fmt: skip
    AttendanceChange.objects.bulk_create(
        AttendanceChange(record=record, to_status=record.status, to_minutes=record.minutes, actor=world.trainers[0],
                         at=record.recorded_at, said_at=record.said_at)
        for record in records
    )  # fmt: skip
    there = [record.registration for record in records if record.minutes]
    recent = world.now - 10 * DAY
    CheckIn.objects.bulk_create(
        CheckIn(registration=row, session=session_of[row.run_id], way="typed", at=row.run.starts_at,
                network="n" if row.run.ends_at > recent and not row.run.closed_at else "")
        for row in there[::2]
    )  # fmt: skip
    SheetEntry.objects.bulk_create(
        SheetEntry(session=session_of[row.run_id], registration=row, signature="signed", entered_by=world.coordinator,
                   entered_at=row.run.ends_at)
        for row in there[::3]
    )  # fmt: skip
    over = [(run, session) for run, session in held if run.ends_at < world.now and run.closed_at]
    Submission.objects.bulk_create(
        Submission(session=session, planned_minutes=360, taught_minutes=360, submitted_by=world.trainers[0],
                   submitted_at=session.ends_at)
        for _run, session in over
    )  # fmt: skip
    scan = b"%PDF-1.7"
    SheetScan.objects.bulk_create(
        SheetScan(session=session, content=scan, content_type="application/pdf", size=len(scan),
                  sha256=hashlib.sha256(scan).hexdigest(), original_at="Projektbüro", uploaded_by=world.coordinator,
                  uploaded_at=session.ends_at)
        for _run, session in over
    )  # fmt: skip
    Certificate.objects.bulk_create(
        Certificate(
            registration=row, number=f"G-{row.pk}", code=f"G{row.pk:X}", template_version="1",
            issued_by=world.coordinator, issued_at=row.run.closed_at, rendered_at=row.run.closed_at, pdf=scan,
            sha256=hashlib.sha256(scan).hexdigest(),
            surname_key=hashlib.sha256(str(row.pk).encode()).hexdigest(),
            snapshot={
                "name": row.person.full_name, "surname": row.person.last_name, "title": "Kurs", "minutes_attended": 360,
                "minutes_required": 288, "minutes_planned": 360, "number": f"G-{row.pk}", "code": f"G{row.pk:X}",
                "language": "de", "meetings": [{"minutes": 360}], "trainers": [],
            },
        )
        for row in there if row.run.closed_at
    )  # fmt: skip


def _what_belongs_to_no_run(world: World) -> None:
    """What is kept for two years, and what is kept of people."""
    from django.contrib.admin.models import LogEntry

    from accounts.models import AuditEvent, ContactDuty, User
    from trainings.models import AccountMerge, DataRequest, Interest, MasterDataEvent

    people = list(User.objects.order_by("-pk")[: PEOPLE_OF_A_RUN * 10])
    of_two_years = [world.now - (UNTIL + number % 240) * DAY for number in range(500)]
    AuditEvent.objects.bulk_create(
        AuditEvent(what=["signed_in", "person_viewed", "exported", "mail_viewed"][place % 4], at=at,
                   by=world.coordinator if place % 4 else people[place % len(people)],
                   person=people[place % len(people)])
        for place, at in enumerate(of_two_years)
    )  # fmt: skip
    for at in of_two_years[:40:8]:
        LogEntry.objects.create(user=world.coordinator, action_time=at, object_repr="x", action_flag=2)
    MasterDataEvent.objects.bulk_create(
        MasterDataEvent(actor=world.coordinator, channel="coordination", of="course", key=world.courses[0].pk,
                        name="Kurs", what="changed", changes=[], at=world.now - (UNTIL + number * 300) * DAY)
        for number in range(6)
    )  # fmt: skip
    Interest.objects.bulk_create(
        Interest(course=world.courses[number % len(world.courses)], person=person, noted_at=world.now - 900 * DAY,
                 ended_at=world.now - 800 * DAY)
        for number, person in enumerate(people)
    )  # fmt: skip
    ContactDuty.objects.bulk_create(ContactDuty(person=person, agency=world.agencies[-1]) for person in people[:1])
    DataRequest.objects.bulk_create(
        DataRequest(person=person, kind="erasure", asked_at=at, due_on=at.date(), done_at=at, done_by=world.coordinator)
        for person, at in zip(people[:3], of_two_years, strict=False)
    )  # fmt: skip
    AccountMerge.objects.bulk_create(
        [AccountMerge(kept=people[0], gone=people[1], by=world.coordinator, moved={}, at=of_two_years[0],
                      settled_at=of_two_years[0])]
    )  # fmt: skip


def _evidence(world: World) -> None:
    """What dossiers hold of the runs, what was done with their period, and what its auditor looked at."""
    from evidence.models import DoorLook, DossierFile, ReportingPeriodEvent
    from trainings.models import CourseRun, SheetScan

    table = b"Nachname;Vorname\n"
    sha256 = hashlib.sha256(table).hexdigest()
    runs = list(CourseRun.objects.filter(closed_at__isnull=False).order_by("-pk")[:RUNS])
    scans = {
        scan.session.run_id: scan for scan in SheetScan.objects.filter(session__run__in=runs).select_related("session")
    }
    DossierFile.objects.bulk_create(
        DossierFile(dossier=world.dossier, path=f"termine/{run.number}/liste.pdf", size=scans[run.pk].size,
                    sha256=scans[run.pk].sha256, crc32=0, scan=scans[run.pk])
        for run in runs
    )  # fmt: skip
    DossierFile.objects.bulk_create(
        DossierFile(dossier=world.dossier, path=f"termine/{run.number}/teilnehmende.csv", size=len(table),
                    sha256=sha256, crc32=0, content=table)
        for run in runs
    )  # fmt: skip
    at = world.now - UNTIL * DAY
    DoorLook.objects.bulk_create(DoorLook(door=world.door, page="run", about=run.number, at=at) for run in runs[:10])
    ReportingPeriodEvent.objects.bulk_create(
        ReportingPeriodEvent(period=world.dossier.period, what=what, actor=world.coordinator, channel="coordination",
                             at=at)
        for what in ["opened", "dossier_asked", "dossier_made"]
    )  # fmt: skip
