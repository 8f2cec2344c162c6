"""What is loaded for a few objects is what Django would prefetch, and asked for no more."""

import pytest

from tests import builders
from tests.builders import build_course, build_run, in_days
from trainings.models import (
    OF_A_SESSION,
    Course,
    CourseRun,
    load_prerequisites,
    load_sessions,
    load_target_groups,
    load_trainers,
)

pytestmark = pytest.mark.django_db


def test_the_same_as_prefetched(trainer, other_trainer, django_assert_num_queries):
    hours = [(in_days(day), in_days(day, hour=16)) for day in (40, 30)]
    build_run(trainers=[trainer, other_trainer], sessions=hours)
    builders.cancel_session(build_run(trainers=[trainer], sessions=hours).sessions.all()[0])
    build_run()
    related = CourseRun.objects.order_by("pk").prefetch_related("sessions", "trainers")
    wanted = [(list(run.sessions.all()), {*run.trainers.all()}) for run in related]
    runs = list(CourseRun.objects.order_by("pk"))
    with django_assert_num_queries(3):
        load_sessions(runs, only=OF_A_SESSION)
        load_trainers(runs)
        assert [(list(run.sessions.all()), {*run.trainers.all()}) for run in runs] == wanted
        assert all(session.run is run for run in runs for session in run.sessions.all())
        assert [run.teaching_minutes for run in runs] == [run.teaching_minutes for run in related]
    with django_assert_num_queries(0):
        load_sessions([])
        load_trainers([])


def test_of_courses(django_assert_num_queries):
    course = build_course(groups=["leadership"])
    course.prerequisites.set([build_course(), build_course()])
    wanted = (list(course.prerequisites.all()), course.target_groups)
    loaded = Course.objects.get(pk=course.pk)
    with django_assert_num_queries(2):
        load_prerequisites([loaded])
        load_target_groups([loaded])
        assert (list(loaded.prerequisites.all()), loaded.target_groups) == wanted
