"""Which date of the same course has a place, for somebody who would have to wait?"""

import datetime as dt
from collections.abc import Iterable

from accounts.models import User
from trainings.catalogue.filters import CatalogueFilter
from trainings.catalogue.listing import as_runs
from trainings.models import CourseRun, Registration


def free_instead(runs: Iterable[CourseRun], viewer: User | None, at: dt.datetime | None = None) -> dict[int, CourseRun]:
    """By the key of each run the next other one of its course in which whoever registers now gets a place.

    Only what the viewer may see and is not registered for; one query for all runs, or two.
    """
    wanted = {run.pk: run.course_id for run in runs}
    if not wanted:
        return {}
    to_come = CourseRun.objects.filter(course__in={*wanted.values()}).upcoming(at).values_list("pk", "course")
    if not any(pk != other and course == of for other, of in to_come for pk, course in wanted.items()):
        return {}  # most runs are the only one of their course to come
    form = CatalogueFilter({"frei": "1"}, viewer=viewer, at=at)
    free = [run for run in form.listed if run.course_id in wanted.values()]
    if free and viewer is not None and viewer.is_authenticated:
        own = {*Registration.objects.active().of(viewer).values_list("run", flat=True)}
        free = [run for run in free if run.pk not in own]
    others = as_runs(free)
    found = {
        pk: next((other for other in others if other.course_id == course and other.pk != pk), None)
        for pk, course in wanted.items()
    }
    return {pk: other for pk, other in found.items() if other is not None}
