"""Every table the product gives out, as a file, with values that programs like to take for something else."""

import datetime as dt
from dataclasses import dataclass

from django.test import Client
from django.urls import reverse

from accounts import people
from accounts.models import User
from evidence.models import ReportingPeriod
from tests.builders import (
    berlin,
    build_agency,
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    build_venue,
    cancel_session,
)
from tests.evidence.builders import build_period
from trainings.models import AttendanceRecord, CourseRun

FIRST_DAY = dt.date(2026, 3, 10)
NAMES = [("Änne", "Öztürk"), ("=1+1", "Ofen"), ("", "Sukarno"), ("Zoë", "Groß"), ("Thị Hương", "Nguyễn")]


@dataclass(frozen=True)
class Export:
    """``name`` is that of its address; ``extensions`` those it comes in."""

    name: str
    args: tuple[object, ...] = ()
    query: str = ""
    extensions: tuple[str, ...] = ("csv", "xlsx")
    app: str = "trainings"

    def fetch(self, client: Client, extension: str) -> bytes:
        address = reverse(f"{self.app}:{self.name}", args=[*self.args, extension])
        response = client.get(f"{address}?{self.query}")
        assert response.status_code == 200, address
        return response.content


def build_world(coordinator: User) -> CourseRun:
    """A run with a session held and one called off, people of odd names, some marks."""
    agency = build_agency("Stadtverwaltung Mayen", "mayen.example", short_name="03-2")
    course = build_course("Asyl; „Flucht“\nund =mehr", number=7)
    days = [(berlin(2026, 3, day, 9), berlin(2026, 3, day, 12)) for day in (10, 17)]
    run = build_run(
        course, number="0042", sessions=days, teaching_minutes=150, venue=build_venue("Kreishaus"),
        funding=build_funding(), trainers=[build_person("okafor@trainings.example", "Ngozi", "Okafor")],
    )  # fmt: skip
    held, called_off = run.sessions.all()
    for number, (first, last) in enumerate(NAMES):
        person = build_person(
            f"p{number}@mayen.example", first, last, agency=agency, phone="0261 1" if number else "+49 261 1"
        )
        registration = build_registration(run, person, registered_at=berlin(2026, 3, 1, 0, 30))
        for session in (held, called_off) if number < 2 else ():
            AttendanceRecord.objects.create(
                registration=registration, session=session, status="partial", minutes=100, recorded_by=coordinator
            )
    cancel_session(called_off)
    people.change(person, {"phone": "-"}, by=coordinator)
    return run


def period_of(run: CourseRun) -> ReportingPeriod:
    known = ReportingPeriod.objects.filter(funding=run.funding).first()
    return known or build_period(funding=run.funding, first_on=dt.date(2026, 1, 1), last_on=dt.date(2026, 6, 30))


def exports(run: CourseRun) -> list[Export]:
    return [
        *(Export("table_file", (kind,)) for kind in ("termine", "schulungen", "behoerden", "personen")),
        Export("export", (run.pk,)),
        Export("file_of_run", (run.pk,)),
        Export("file_of_half_year", query="halbjahr=2026-1", extensions=("xlsx",)),
        Export("file_of_figures", query="von=2026-01-01&bis=2026-06-30"),
        Export("file_of_refreshers"),
        Export("file_of_missing", (period_of(run).pk,), app="evidence"),
        Export("file_of_audit"),
    ]


# No tables: everything about one person, to be read by them. And tables that are tried elsewhere: in tests/evidence.
OTHER_FILES = {"data_copy", "file_of_format"}
