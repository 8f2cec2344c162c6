"""What calendar programs are shown: dates on which they have gone wrong, titles they have broken, every status.

What they must make of it is read from the tables alone, past ``trainings.calendars``.
"""

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import User
from tests import builders
from tests.builders import berlin, cancel_session, save_session
from trainings import booking, planning
from trainings.acts import Act
from trainings.models import CourseRun, Registration, Session

Status = Registration.Status

TITLES = [
    "Kultur: „Wir & die anderen“, Teil 1; mit Übung",
    r"Ablage unter C:\Neu, \\server\neu; und\oder",
    'Titel mit "Anführung", ; und : = im Text',
    "Ansprechen 👩🏽‍🏫 in Emoji 🇩🇪 und 🏳️‍🌈",
    "Einführung \u200fتدريب على التنوع\u200f (Arabisch)",
    "ü" * 150,  # a line of 75 octets may end within no letter
    *("x" * length + "👩🏽‍🏫ß€" * 3 for length in range(58, 66)),
    "Sehr langer Titel, der nicht aufhören will, " * 4,
    "BEGIN:VEVENT",
    "Titel\\; mit\\, schon maskierten\\n Zeichen",
]

# Beginnings in Berlin, three hours each. The last Sundays of March and October 2031 are the 30th and the 26th.
MOMENTS = [
    berlin(2031, 1, 15, 9),
    berlin(2031, 3, 28, 9),
    berlin(2031, 3, 30, 1),  # ends at five o'clock
    berlin(2031, 3, 30, 9),
    berlin(2031, 3, 31, 9),
    berlin(2031, 7, 15, 9),
    berlin(2031, 10, 25, 9),
    berlin(2031, 10, 26, 1),  # ends at three o'clock
    berlin(2031, 10, 26, 9),
    berlin(2031, 10, 27, 9),
    berlin(2031, 12, 31, 21),
    berlin(2039, 2, 1, 9),
    berlin(2040, 1, 16, 9),
    berlin(2040, 7, 16, 9),
]


@dataclass(frozen=True)
class World:
    """Somebody's runs, those the tests change by name."""

    person: User
    coordinator: User
    to_move: CourseRun
    to_promote: CourseRun
    to_cancel: CourseRun
    to_shorten: CourseRun


def build() -> World:
    agency = builders.build_agency()
    coordinator = builders.build_person("koordination@kreis-myk.example", role=User.Role.COORDINATOR)
    person = builders.build_person("yildiz@mayen.example", "Ayşe", "Yıldız", agency=agency)
    other = builders.build_person("weber@mayen.example", "Jan", "Weber", agency=agency)
    venue = builders.build_venue("Kreishaus; Haus B, „Foyer“", street="Bahnhofstraße 9", postal_code="56068")

    for title in TITLES:
        _joined(person, builders.build_run(builders.build_course(title), venue=venue, notes=f"Hinweis: {title}\n– 2 –"))
    _joined(person, builders.build_run(builders.build_course("Zu jeder Zeit"), sessions=[_long(at) for at in MOMENTS]))
    online = builders.build_run(
        builders.build_course("Online"), format=CourseRun.Format.ONLINE, online_link="https://meet.example/a?b=c&d=e;f"
    )
    _joined(person, online)
    _joined(person, builders.build_run(builders.build_course("Mit Freigabe")), status=Status.REQUESTED)

    to_promote = builders.build_run(builders.build_course("Nachrücken"), capacity=1)
    for someone in (other, person):
        booking.register(to_promote, someone, Act(someone))
    called_off = _joined(person, builders.build_run(builders.build_course("Abgesagt")))
    planning.cancel_run(called_off, Act(coordinator, reason="Kursleitung erkrankt"))
    half = _joined(person, builders.build_run(builders.build_course("Ein Tag entfällt"), sessions=_two_days(40)))
    cancel_session(half.sessions.order_by("starts_at")[0])
    _joined(other, builders.build_run(builders.build_course("Nicht meiner")))
    return World(
        person=person,
        coordinator=coordinator,
        to_move=_joined(person, builders.build_run(builders.build_course("Verlegen"), venue=venue)),
        to_promote=to_promote,
        to_cancel=_joined(person, builders.build_run(builders.build_course("Absagen"))),
        to_shorten=_joined(person, builders.build_run(builders.build_course("Kürzen"), sessions=_two_days(60))),
    )


def change(world: World) -> None:
    """A session moved from summer to winter, or the other way round; a promotion; a run and a session cancelled."""
    session = world.to_move.sessions.get()
    session.starts_at += dt.timedelta(days=180, hours=1)
    session.ends_at += dt.timedelta(days=180, hours=2)
    session.room = "Saal 2; Seiteneingang, links"
    save_session(session)
    booking.change_capacity(world.to_promote, 2, Act(world.coordinator))
    planning.cancel_run(world.to_cancel, Act(world.coordinator, reason="Zu wenige Anmeldungen"))
    cancel_session(world.to_shorten.sessions.order_by("starts_at")[0])


def registered(person: User, coordinator: User) -> Iterator[None]:
    """Somebody registers for many runs, one of them full; all are moved and the person moves up; all come to an end.

    Pauses after each.
    """
    runs = [
        builders.build_run(builders.build_course(title), starts_at=moment)
        for title, moment in zip(TITLES, itertools.cycle(MOMENTS), strict=False)
    ]
    full = builders.build_run(builders.build_course("Nachrücken"), capacity=1)
    other = builders.build_person()
    booking.register(full, other, Act(other))
    registrations = [booking.register(run, person, Act(person)) for run in [*runs, full]]
    yield

    for session in Session.objects.filter(run__in=runs):
        session.starts_at += dt.timedelta(days=180)
        session.ends_at += dt.timedelta(days=180)
        session.room = "Saal 2; Seiteneingang, links"
        save_session(session)
    booking.change_capacity(full, 2, Act(coordinator))
    yield

    for registration in registrations[1:]:
        booking.cancel(registration, Act(person))
    planning.cancel_run(runs[0], Act(coordinator, reason="Kursleitung erkrankt"))
    yield


@dataclass(frozen=True, order=True)
class Shown:
    """An event as a person sees it; times in UTC."""

    uid: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    status: str
    title: str


def of_person(person: User) -> list[Shown]:
    """What the person's calendar must show."""
    statuses = {
        row.run_id: row.status
        for row in Registration.objects.filter(person=person).order_by("pk")
        if row.status in Registration.ACTIVE or row.run.is_cancelled
    }
    sessions = Session.objects.filter(run__in=statuses).select_related("run__course")
    return sorted(_shown(session, statuses[session.run_id]) for session in sessions)


def of_everybody() -> list[Shown]:
    """What the public calendar must show."""
    sessions = Session.objects.filter(ends_at__gt=timezone.now()).select_related("run__course")
    return sorted(_shown(session, Status.CONFIRMED) for session in sessions)


def title_in(summary: str) -> str:
    """The title without what tells people the status of an event, and with the backslash that ``clean`` replaces."""
    for prefix in ("ABGESAGT: ", *(f"{status.label}: " for status in Status)):
        summary = summary.removeprefix(prefix)
    return summary.replace("\u2216", "\\")


def _shown(session: Session, status: str) -> Shown:
    if session.is_cancelled or session.run.is_cancelled:
        shown = "CANCELLED"
    else:
        shown = "CONFIRMED" if status == Status.CONFIRMED else "TENTATIVE"
    return Shown(
        uid=session.calendar_uid,
        starts_at=session.starts_at.astimezone(dt.UTC),
        ends_at=session.ends_at.astimezone(dt.UTC),
        status=shown,
        title=" ".join(session.run.course.title.split()),
    )


def _joined(person: User, run: CourseRun, status: str = Status.CONFIRMED) -> CourseRun:
    builders.build_registration(run, person, status)
    return run


def _long(starts_at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Three hours, also when the clocks are changed meanwhile."""
    return starts_at, starts_at.astimezone(dt.UTC) + dt.timedelta(hours=3)


def _two_days(from_now: int) -> list[tuple[dt.datetime, dt.datetime]]:
    return [
        (builders.in_days(from_now + days, hour=8, minute=30), builders.in_days(from_now + days, hour=12))
        for days in (0, 7)
    ]
