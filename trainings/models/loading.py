"""How is little read at a small price? On pages of ten milliseconds statements cost more to build than to answer.

``load_…`` gives a few objects what belongs to them, as ``prefetch_related`` does, at a third of its price: afterwards
``run.sessions.all()`` and its like ask nothing. ``rows_if_any`` asks for what is nearly always nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from django.db import models

from accounts.models import User
from trainings.models.catalogue import Course
from trainings.models.run import CourseRun
from trainings.models.session import Session

M = TypeVar("M", bound=models.Model)

OF_A_SESSION = ("run", "starts_at", "ends_at", "teaching_minutes", "room", "cancelled_at")
OF_A_TRAINER = ("title", "first_name", "last_name", "email", "is_active", "erased_at")


def rows_if_any(rows: "models.QuerySet[M]") -> list[M]:
    """The same rows: one short query where there are none, a second one where there are some."""
    return list(rows) if rows.exists() else []


def load_sessions(runs: Collection[CourseRun], *, only: Iterable[str] = ()) -> None:
    """In their order, called-off ones included; with ``only`` these columns."""
    rows = Session.objects.filter(run__in=[run.pk for run in runs]).only(*only) if runs else Session.objects.none()
    by_run: dict[int, list[Any]] = defaultdict(list)
    for session in rows:
        by_run[session.run_id].append(session)
    for run in runs:
        for session in by_run[run.pk]:
            session.run = run
        _keep(run, "sessions", by_run[run.pk])


def load_trainers(runs: Collection[CourseRun]) -> None:
    """In any order, as far as they are shown (``OF_A_TRAINER``).

    Their keys first: joined, PostgreSQL walks through all people up to the newest, once somebody new teaches.
    """
    through = CourseRun.trainers.through.objects.filter(courserun__in=[run.pk for run in runs])
    pairs = list(through.values_list("courserun_id", "user_id")) if runs else []
    people = User.objects.only(*OF_A_TRAINER).order_by().in_bulk({person for _run, person in pairs})
    by_run: dict[int, list[Any]] = defaultdict(list)
    for run_key, person_key in pairs:
        if person_key in people:
            by_run[run_key].append(people[person_key])
    for run in runs:
        _keep(run, "trainers", by_run[run.pk])


def load_prerequisites(courses: Collection[Course]) -> None:
    """By their number, as far as they are named."""
    through = Course.prerequisites.through.objects.filter(from_course__in=[course.pk for course in courses])
    named = through.select_related("to_course").order_by("to_course__number")
    rows = named.only("from_course", "to_course__number", "to_course__title", "to_course__title_en")
    by_course: dict[int, list[Any]] = defaultdict(list)
    for row in rows if courses else ():
        by_course[row.from_course_id].append(row.to_course)
    for course in courses:
        _keep(course, "prerequisites", by_course[course.pk])


def _keep(of: models.Model, name: str, rows: list[Any]) -> None:
    """As Django's own prefetching does, in the place where its managers look."""
    found = getattr(of, name).model._default_manager.all()
    found._result_cache, found._prefetch_done = rows, True
    vars(of).setdefault("_prefetched_objects_cache", {})[name] = found
