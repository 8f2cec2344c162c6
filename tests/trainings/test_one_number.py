"""One run with everything in it that has ever been counted differently: all who tell of it must say the same.

Called off is its last session, on which everybody was recorded before; one place is held for nobody yet; Müller has
changed employer and group since; Örtel came without a registration, from an organisation nobody knows.
"""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import TargetGroup
from certificates import issuing
from tests.builders import build_person, build_registration, build_run, cancel_session, in_days
from tests.pages import read
from tests.sources import nodes_of
from tests.trainings.reporting.test_registrations import rows_of
from trainings import attendance, booking, reporting
from trainings.acts import Act
from trainings.attendance import sheets
from trainings.attended import has_attended
from trainings.calendars import feeds
from trainings.mails import facts
from trainings.models import CalendarSubscription, CourseRun, HeldPlace, Registration
from trainings.reporting import Period

MAYEN, UNKNOWN = "Stadtverwaltung Mayen", "Verein Brücke"
PEOPLE = [
    ("Mueller", MAYEN, "M", 270),
    ("Müller", MAYEN, "M", 360),
    ("Mutzke", MAYEN, "E", 360),
    ("Örtel", UNKNOWN, "M", 180),
]


@pytest.fixture
def run(agency, other_agency, agency_contact, trainer):
    days = [(in_days(-day, 8), in_days(-day, 12)) for day in (9, 8, 7)]
    run = build_run(sessions=days, teaching_minutes=180, trainers=[trainer], required_attendance_percent=50)
    first, second, called_off = run.sessions.all()
    moved = build_person(last_name="Müller")
    build_registration(run, moved)
    build_registration(run, build_person(last_name="Mutzke", group=TargetGroup.VOLUNTEERS))
    late = build_registration(run, build_person(first_name="Ada", last_name="Mueller"))
    build_registration(run, build_person(last_name="Ärmel"), status="cancelled")
    for session in (first, second, called_off):
        marks = {late.pk: attendance.Mark(attendance.Status.PARTIAL, 90)} if session == second else {}
        attendance.record(session, marks, Act(trainer), others=attendance.Mark(attendance.Status.PRESENT))
    names = {"first_name": "Ina", "last_name": "Örtel", "group": "staff", "organisation": UNKNOWN}
    attendance.add_walk_in(second, Act(trainer, at=second.ends_at), email="oertel@verein.example", **names)
    cancel_session(called_off)
    HeldPlace.objects.create(
        run=run, agency=agency, name_by=in_days(-10), taken_at=timezone.now(), taken_by=agency_contact
    )
    moved.agency, moved.group = other_agency, TargetGroup.LEADERSHIP
    moved.save()
    return CourseRun.objects.get(pk=run.pk)


def test_places(run, trainer, coordinator, signed_in):
    assert [run.places_taken, booking.situation_of(run, timezone.now()).taken] == [5, 5]
    for person, kind in [(trainer, "trainer"), (coordinator, "coordinator")]:
        subscription = CalendarSubscription(person=person, kind=kind, created_at=timezone.now())
        assert {item.inside.taken for item in feeds.feed_of(subscription).items()} == {5}
    assert "5 von 10 Plätzen vergeben" in read(signed_in(trainer).get(reverse("trainings:teaching"))).text
    page = read(signed_in(coordinator).get(reverse("trainings:coordination_run", args=[run.pk])))
    assert "Plätze 10 Vergeben 5 Warteliste 0" in page.text


def test_who_came_from_where_for_how_long_in_which_order(run, coordinator, signed_in):
    export = [row for row in rows_of(Registration.objects.filter(run=run))[1:] if row[9] == "bestätigt"]
    letters = {"Mitarbeitende": "M", "Ehrenamtliche": "E"}
    assert [(row[3], row[7], letters[row[8]], int(row[12])) for row in export] == PEOPLE
    sheet = sheets.sheet(run.sessions_taking_place[0])
    assert [(row.last_name, row.agency, row.group) for row in sheet.rows] == [row[:3] for row in PEOPLE]
    told = [
        (one.person.last_name, *(fact.value for fact in facts.for_supervisors(one)[1:3]))
        for one in attendance.expected(run.sessions_taking_place[0])
    ]
    assert [(name, agency, letters[group]) for name, agency, group in told] == [row[:3] for row in PEOPLE]
    for page in (
        reverse("trainings:coordination_run", args=[run.pk]),
        reverse("trainings:attendance", args=[run.sessions_taking_place[0].pk]),
        reverse("certificates:issue", args=[run.pk]),
    ):
        text = read(signed_in(coordinator).get(page)).text
        text = re.sub(r"Schreibweise noch nicht bestätigt: \w+ \w+ ", "", text)
        listed = re.findall(rf"(\w+), (?:Ada|Kim|Ina) ({MAYEN}|{UNKNOWN})", text)
        assert list(dict.fromkeys(listed))[:4] == [row[:2] for row in PEOPLE]


def test_minutes(run, coordinator):
    sent = sum(minutes for _name, agency, _group, minutes in PEOPLE if agency == MAYEN)
    figures = reporting.figures_of(Period(in_days(-30).date(), in_days(0).date()))
    assert [run.teaching_minutes, figures.total.minutes_held] == [360, 360]
    assert {part.name: part.tally.minutes_attended for part in figures.agencies} == {MAYEN: sent, "ohne Behörde": 180}
    assert [one.minutes_attended for one in issuing.assess(run)] == [row[3] for row in PEOPLE]
    snapshots = [certificate.snapshot for certificate in issuing.issue(run, Act(coordinator))]
    assert [(one["surname"], one["minutes_attended"], one["minutes_held"]) for one in snapshots] == [
        (name, minutes, 360) for name, _agency, _group, minutes in PEOPLE
    ]
    own = {row.person.last_name: attendance.minutes_if_complete(row) for row in run.registrations.confirmed()}
    assert own == {row[0]: row[3] for row in PEOPLE}
    assert issuing.outdated() == []


@pytest.mark.parametrize(("percent", "enough"), [(25, 4), (50, 4), (51, 3), (75, 3), (76, 2), (100, 2)])
def test_enough(run, coordinator, percent, enough):
    """Of 360 minutes two people attended all, one 270 and one 180."""
    run.required_attendance_percent = percent
    run.save()
    figures = reporting.figures_of(Period(in_days(-30).date(), in_days(0).date()))
    assert [one.code for one in issuing.assess(run)].count("eligible") == figures.total.attended == enough
    assert run.registrations.filter(has_attended()).count() == enough


def test_one_function_says_how_many_minutes_suffice():
    """Whoever calculates with the share that a run requires has a second way."""
    calculating = set()
    for app in ["accounts", "trainings", "certificates", "demo"]:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for node in nodes_of(path, having="percent"):
                if isinstance(node, ast.BinOp | ast.Compare) and re.search(r"percent\b", ast.unparse(node)):
                    calculating.add(f"{path.stem}: {ast.unparse(node)}")
    in_sql = "minutes: minutes_held_of('run') * F('run__required_attendance_percent')"
    assert calculating == {"minutes: -held * percent // 100", "minutes: -held * percent", in_sql}, (
        "ask trainings.models.minutes_required instead"
    )
