"""What is doubtful about many runs at once: the same as of each alone, in as many queries as for one."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import build_funding, build_person, build_run, build_venue, in_days
from trainings import planning
from trainings.models import CourseRun, Session

pytestmark = pytest.mark.django_db

HOURS = dt.timedelta(hours=3)


def twins(trainers, venue, days: int) -> list[CourseRun]:
    """Two runs that overlap by an hour and a half."""
    start = in_days(days)
    first = build_run(sessions=[(start, start + HOURS)], teaching_minutes=90, venue=venue, trainers=trainers)
    second = build_run(
        sessions=[(start + HOURS / 2, start + 2 * HOURS)], teaching_minutes=90, venue=venue, trainers=trainers
    )
    return [first, second]


def checked() -> list[CourseRun]:
    return planning.read_for_checks(CourseRun.objects.all())


def test_many_at_once_have_the_problems_of_each_alone(trainer, other_trainer):
    build_funding()
    twins([trainer, other_trainer], build_venue(), 30)
    twins([trainer], None, 30)
    build_run(format="hybrid")
    found = planning.problems_of(checked())
    assert found == {run.pk: planning.problems(run) for run in CourseRun.objects.all()}
    codes = {problem.code for problems in found.values() for problem in problems}
    assert {"room_twice", "trainer_twice", "no_link", "no_trainer"} <= codes
    of_clashes = {"room_twice", "trainer_twice", "no_link", "no_venue", "no_trainer", "trainer_gone"}
    clashes = planning.clashes_of(checked(), checked())
    assert clashes == {key: [one for one in said if one.code in of_clashes] for key, said in found.items()}


def test_a_clash_names_all_who_would_have_to_be_in_both(trainer):
    [first, second] = twins([trainer, build_person("z@mayen.example", "Ute", "Zander")], None, 30)
    [clash] = [problem for problem in planning.problems(first) if problem.code == "trainer_twice"]
    assert clash.text.startswith("Ngozi Okafor, Ute Zander leitet am ")
    assert clash.text.endswith(f"{second}.")
    assert clash.session == first.sessions.get().pk


def test_a_room_is_the_same_however_it_is_written():
    [first, _second] = twins([], build_venue(), 30)
    one, other = Session.objects.order_by("pk")
    for room, is_same in [("SAAL ÄGYPTEN", True), ("Saal 2", False)]:
        Session.objects.filter(pk=one.pk).update(room="Saal Ägypten")
        Session.objects.filter(pk=other.pk).update(room=room)
        assert ("room_twice" in {problem.code for problem in planning.problems(first)}) is is_same


def test_as_many_queries_for_many_as_for_one(trainer):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            planning.problems_of(checked())
        return len(captured)

    twins([trainer], build_venue(), 30)
    with_two = queries()
    for days in range(31, 41):
        twins([trainer, build_person()], build_venue(), days)
    assert queries() == with_two


def test_of_many_sessions_everything_in_their_time_is_read_and_says_the_same(trainer, monkeypatch):
    twins([trainer], build_venue(), 30)
    twins([trainer], None, 40)
    one_by_one = planning.problems_of(checked())
    assert any(one_by_one.values())
    monkeypatch.setattr("trainings.planning.checks.FEW", 1)
    assert planning.problems_of(checked()) == one_by_one


def test_between_the_sessions_of_a_series_nothing_is_read(trainer, django_assert_num_queries):
    days = [(in_days(day), in_days(day) + HOURS) for day in (10, 200)]
    series = build_run(sessions=days, teaching_minutes=90, trainers=[trainer])
    for day in (50, 100, 150):
        build_run(starts_at=in_days(day), trainers=[trainer])
    with CaptureQueriesContext(connection) as captured:
        planning.problems(series)
    [asked] = [row["sql"] for row in captured if '"trainings_session"."ends_at" >' in row["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(asked)
        assert len(cursor.fetchall()) == 2


def test_the_first_year_of_all_is_no_error():
    """A form lets it through, and asks."""
    begin = dt.datetime(1, 1, 2, 8, tzinfo=dt.UTC)
    run = build_run(sessions=[(begin, begin + HOURS)], teaching_minutes=90)
    assert "no_trainer" in {problem.code for problem in planning.problems(run)}
