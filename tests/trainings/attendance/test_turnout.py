"""How many came last time, as figures count them, on the page of the trainer."""

import pytest
from django.utils import timezone

from tests.builders import build_course, build_registration, build_run, build_venue, in_days
from tests.pages import read
from trainings import attendance
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.dates import date_short

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(trainer):
    """Returns a function that builds a run in the past with so many people of whom so many came."""

    def build(days, registered, came, **fields):
        run = build_run(starts_at=in_days(-days), **fields)
        [session] = run.sessions_taking_place
        rows = [build_registration(run) for _ in range(registered)]
        marks = {row.pk: Mark("present" if n < came else "absent") for n, row in enumerate(rows)}
        attendance.record(session, marks, Act(trainer, reason="nachgetragen"))
        return run

    return build


def test_the_trainer_reads_how_many_came_at_this_place_last_time(signed_in, trainer, held):
    course, here, elsewhere = build_course(), build_venue("Kreishaus"), build_venue("Rathaus")
    held(90, 5, 5, course=course, venue=here)
    last = held(60, 4, 3, course=course, venue=here)
    held(30, 2, 2, course=course, venue=elsewhere)
    held(20, 2, 1, venue=here)  # another course
    build_run(course=course, venue=here, trainers=[trainer])

    page = read(signed_in(trainer).get("/leitung/")).text

    assert f"Beim letzten Mal hier ({date_short(last.starts_at)}) kamen 3 von 4 Angemeldeten." in page


def test_nothing_is_said_where_it_is_not_known(trainer, held):
    course, here = build_course(), build_venue("Kreishaus")
    unrecorded = build_run(course=course, venue=here, starts_at=in_days(-9))
    build_registration(unrecorded)
    coming = build_run(course=course, venue=here, trainers=[trainer])
    first_ever = build_run(course=build_course("Neu"), venue=here, trainers=[trainer])
    assert attendance.last_time([coming, first_ever], timezone.now()) == {}


def test_as_many_queries_for_many_runs(trainer, held, django_assert_num_queries):
    runs = []
    for n in range(3):
        course, venue = build_course(f"Kurs {n}"), build_venue(f"Haus {n}")
        held(20, 1, 1, course=course, venue=venue)
        runs.append(build_run(course=course, venue=venue, trainers=[trainer]))
    with django_assert_num_queries(3):
        assert len(attendance.last_time(runs, timezone.now())) == 3


def test_materials_and_link_stand_where_the_sessions_are(signed_in, trainer):
    build_run(
        trainers=[trainer],
        format="online",
        online_link="https://konferenz.example/raum",
        notes="Raum ab 8 Uhr offen",
        preparation="Folien: https://ablage.example/folien",
        follow_up="Handout folgt",
    )
    page = signed_in(trainer).get("/leitung/").content.decode()
    for words in ("Raum ab 8 Uhr offen", 'href="https://ablage.example/folien"', "Handout folgt", "konferenz.example"):
        assert words in page
