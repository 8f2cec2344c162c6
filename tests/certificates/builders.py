"""A run that has taken place, with people of whom it is recorded how long they were there."""

import datetime as dt
from typing import Any

from accounts.models import User
from certificates import issuing
from certificates.models import Certificate
from certificates.paper import Snapshot, render
from certificates.paper.snapshot import TEMPLATE_VERSION
from tests import builders
from trainings import attendance
from trainings.acts import Act
from trainings.models import CourseRun, Registration, Session

PRESENT = 360  # teaching minutes of a session, unless told otherwise


def build_finished_run(*, days_ago: tuple[int, ...] = (10,), minutes: int = PRESENT, **fields: Any) -> CourseRun:
    """A run with a session of 9:00–16:30 on each of those days."""
    if "funding" not in fields:
        fields["funding"] = builders.build_funding()
    starts = [builders.in_days(-days) for days in days_ago]
    sessions = [(start, start + dt.timedelta(hours=7, minutes=30)) for start in starts]
    return builders.build_run(sessions=sessions, teaching_minutes=minutes, **fields)


def build_attended(
    run: CourseRun, person: User | None = None, *, minutes: int | None = PRESENT, by: User | None = None
) -> Registration:
    """A confirmed registration, recorded with so many minutes in every session; None: not recorded."""
    registration = builders.build_registration(run, person)
    if minutes is not None:
        for session in run.sessions.filter(cancelled_at=None):
            record(registration, session, minutes, by=by or registration.person)
    return registration


def record(registration: Registration, session: Session, minutes: int, *, by: User) -> None:
    if minutes >= session.teaching_minutes:
        mark = attendance.Mark(attendance.Status.PRESENT)
    elif minutes:
        mark = attendance.Mark(attendance.Status.PARTIAL, minutes)
    else:
        mark = attendance.Mark(attendance.Status.ABSENT)
    attendance.record(session, {registration.pk: mark}, Act(by))


def build_certificate(person: User, *, by: User, run: CourseRun | None = None, rendered: bool = True) -> Certificate:
    """Issued for a whole day by the coordinator ``by``, with its PDF unless ``rendered`` is False."""
    run = run or build_finished_run()
    registration = build_attended(run, person, by=by)
    [certificate] = issuing.issue(run, Act(by), registrations=[registration])
    return render(certificate) if rendered else certificate


def build_snapshot(**changes: Any) -> Snapshot:
    """What a certificate of one day asserts, without a database."""
    snapshot = Snapshot(
        template_version=f"{TEMPLATE_VERSION}/de-0",
        number="MYK-2026-000123",
        code="7K3MXQ9ARTB25WZH",
        check_url="https://schulungen.example/pruefen/7K3MXQ9ARTB25WZH/",
        language="de",
        issued_at="2026-11-23T10:15:00+01:00",
        issuer="Landkreis Mayen-Koblenz",
        unit="Projekt MiKo-MYK",
        place="Koblenz",
        name="Ayşe Yıldız",
        surname="Yıldız",
        course={"text": ["Interkulturelle Kompetenz für die Verwaltung"], "language": "de"},
        run_number="2026-014",
        venue="Kreishaus, Koblenz",
        meetings=[{"starts_at": "2026-03-10T09:00:00+01:00", "ends_at": "2026-03-10T16:30:00+01:00", "minutes": 360}],
        minutes_attended=360,
        minutes_held=360,
        contents={"text": ["Kulturbegriff und Wahrnehmung", "Stereotype und Vorurteile"], "language": "de"},
        trainers=["Ngozi Okafor"],
        funding={
            "fund": "Asyl-, Migrations- und Integrationsfonds (AMIF)",
            "project_title": "MiKo-MYK",
            "grant_number": "AMIF-1",
            "beneficiary": "Landkreis Mayen-Koblenz",
        },
        sealed=False,
        badge=None,
    )
    return Snapshot(**{**snapshot, **changes})
