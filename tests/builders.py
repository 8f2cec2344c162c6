"""Builds what a test needs, with sensible defaults; every builder saves and returns the object."""

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Agency, AgencyMailDomain, TargetGroup, User
from trainings import planning
from trainings.acts import Act
from trainings.booking import transitions
from trainings.locking import locked
from trainings.models import (
    Agreement,
    Course,
    CourseRun,
    CourseTargetGroup,
    Funding,
    PageText,
    Registration,
    Session,
    Venue,
)

BERLIN = ZoneInfo("Europe/Berlin")
_numbers = itertools.count(10_001)  # all with as many digits: names are sorted


def berlin(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=BERLIN)


def in_days(days: int, hour: int = 9, minute: int = 0) -> dt.datetime:
    """That time of day in Berlin, so many days from today."""
    day = timezone.localdate() + dt.timedelta(days=days)
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)


def build_agency(name: str = "Stadtverwaltung Mayen", domain: str = "mayen.example", **fields: Any) -> Agency:
    fields.setdefault("short_name", name)
    fields.setdefault("kind", Agency.Kind.MUNICIPALITY)
    agency = Agency.objects.create(name=name, **fields)
    if domain:
        AgencyMailDomain.objects.create(agency=agency, domain=domain)
    return agency


def build_person(email: str = "", first_name: str = "Kim", last_name: str = "", **fields: Any) -> User:
    """A person with a complete profile; ``profile_completed_at=None`` for somebody new."""
    number = next(_numbers)
    now = timezone.now()
    fields.setdefault("group", TargetGroup.STAFF)
    fields.setdefault("profile_completed_at", now)
    fields.setdefault("privacy_notice_noted_at", now)
    return User.objects.create_user(
        email or f"person{number}@mayen.example",
        first_name=first_name,
        last_name=last_name or f"Person{number}",
        **fields,
    )


def build_funding(**fields: Any) -> Funding:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "fund": "Asyl-, Migrations- und Integrationsfonds (AMIF)",
        "fund_en": "Asylum, Migration and Integration Fund (AMIF)",
        "project_title": "MiKo-MYK",
        "grant_number": f"AMIF-{number}",
        "beneficiary": "Landkreis Mayen-Koblenz",
        "starts_on": dt.date(2020, 1, 1),
        "ends_on": dt.date(2039, 12, 31),
        "keep_evidence_until": dt.date(2044, 12, 31),
    }
    return Funding.objects.create(**defaults | fields)


def build_agreement(agency: Agency, **fields: Any) -> Agreement:
    """Of this year and without an end, for all groups and any number; a row as it stands, with no file."""
    year = timezone.localdate().year
    fields = {"starts_on": dt.date(year, 1, 1), "signed_by": "Erika Muster, Bürgermeisterin"} | fields
    fields.setdefault("signed_on", fields["starts_on"] - dt.timedelta(days=20))
    return Agreement.objects.create(agency=agency, **fields)


def build_venue(name: str = "", town: str = "Koblenz", **fields: Any) -> Venue:
    return Venue.objects.create(name=name or f"Kreishaus {next(_numbers)}", town=town, **fields)


def build_course(title: str = "", groups: Sequence[str] = tuple(TargetGroup), **fields: Any) -> Course:
    """A published course for all groups."""
    number = next(_numbers)
    fields.setdefault("number", 1000 + number)
    fields.setdefault("slug", f"kurs-{number}")
    fields.setdefault("level", Course.Level.BASIC)
    fields.setdefault("teaching_units", 8)
    fields.setdefault("contents", "Kulturbegriff und Wahrnehmung\nStereotype und Vorurteile")
    fields.setdefault("published_at", timezone.now() - dt.timedelta(days=100))
    course = Course.objects.create(title=title or f"Kurs {number}", **fields)
    CourseTargetGroup.objects.bulk_create([CourseTargetGroup(course=course, group=group) for group in groups])
    return course


def build_run(
    course: Course | None = None,
    *,
    starts_at: dt.datetime | None = None,
    sessions: Sequence[tuple[dt.datetime, dt.datetime]] = (),
    teaching_minutes: int = 360,
    capacity: int = 10,
    trainers: Sequence[User] = (),
    agencies: Sequence[Agency] = (),
    **fields: Any,
) -> CourseRun:
    """A published run with one session of 7 ½ hours in thirty days, unless told otherwise, also of the past."""
    number = next(_numbers)
    fields.setdefault("number", f"T-{number:04d}")
    fields.setdefault("published_at", timezone.now() - dt.timedelta(days=90))
    run = CourseRun.objects.create(course=course or build_course(), capacity=capacity, **fields)
    run.trainers.add(*trainers)
    run.agencies.add(*agencies)
    if not sessions:
        start = starts_at or in_days(30)
        sessions = [(start, start + dt.timedelta(hours=7, minutes=30))]
    for start, end in sessions:
        planning.add_session(run, starts_at=start, ends_at=end, teaching_minutes=teaching_minutes)
    run.refresh_from_db()
    return run


def planner() -> Act:
    """A coordinator who has a reason and ticks every warning."""
    by = build_person(role=User.Role.COORDINATOR)
    codes = "no_link no_venue no_funding funding_period no_working_day room_twice trainer_twice no_trainer short_notice"
    return Act(by, reason="Planung", overrides=codes)


def save_session(session: Session) -> Session:
    """Move a session as it was changed in memory."""
    planning.change_run(session.run, planning.Edit(sessions={session.pk: planning.meeting_of(session)}), planner())
    session.refresh_from_db()
    session.run.refresh_from_db()
    return session


def cancel_session(session: Session) -> Session:
    """Of several; a run is not left without one."""
    planning.change_run(session.run, planning.Edit(sessions={session.pk: None}), planner())
    session.refresh_from_db()
    session.run.refresh_from_db()
    return session


def further_session(run: CourseRun, starts_at: dt.datetime | None = None) -> Session:
    """Of three hours; in fifty days, unless told otherwise."""
    start = starts_at or in_days(50)
    return planning.add_session(run, starts_at=start, ends_at=start + dt.timedelta(hours=3), teaching_minutes=180)


def only_session(run: CourseRun) -> Session:
    return run.sessions.get()


def build_registration(
    run: CourseRun, person: User | None = None, status: str = Registration.Status.CONFIRMED, **fields: Any
) -> Registration:
    """A row as it stands, past all rules: for what reads registrations. Changes are tested through ``booking``."""
    now = timezone.now()
    fields.setdefault("registered_at", now)
    fields.setdefault("queued_at", fields["registered_at"])
    fields.setdefault("status_changed_at", now)
    person = person or build_person()
    fields.setdefault("agency", person.agency)
    fields.setdefault("group", person.group)
    fields.setdefault("organisation", person.organisation)
    if status in Registration.HOLDING:
        fields.setdefault("held_until", now + dt.timedelta(days=1))
    return Registration.objects.create(run=run, person=person, status=status, **fields)


def fill_free_places(run: CourseRun, at: dt.datetime | None = None) -> list[Registration]:
    """Move up who waits, as every operation does that frees a place; says who got one or was asked."""
    with locked(run) as run:
        return transitions.fill(run, at or timezone.now())


def build_everything_that_comes_first(coordinator: User) -> None:
    """What the list of first steps asks for, but the mailbox, which is a setting."""
    build_agency("Verbandsgemeinde Anfang", "anfang.example")
    build_person("vertretung@anfang.example", role="coordinator")
    build_run(
        build_course("Anfang"), venue=build_venue(), funding=build_funding(), starts_at=in_days(-400),
        cancelled_at=in_days(-410), cancellation_reason="Hochwasser",
    )  # fmt: skip
    for page in PageText.Page:
        PageText.objects.create(page=page, language="de", version=1, text="Alles gesagt.", saved_by=coordinator)
