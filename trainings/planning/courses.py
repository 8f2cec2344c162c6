"""What may be changed of a course, and when is it public?"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from trainings.acts import Act
from trainings.models import Course, CourseTargetGroup
from trainings.planning import master_data
from trainings.refusals import Reason, Refused

_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def next_course_number() -> int:
    return (Course.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def save_course(course: Course, values: Mapping[str, Any], act: Act) -> Course:
    """A new course or a change; raises Refused.

    ``values``: fields of the course, ``prerequisites`` and ``target_groups`` as collections, ``published`` as yes or
    no. Without a ``slug`` a new course gets one from its title; once the course was public, its address stays.
    """
    with master_data.recorded(course, act) as (course, act):
        plain = {name: value for name, value in values.items() if name not in {"prerequisites", "target_groups"}}
        if (published := plain.pop("published", None)) is not None:
            plain |= _publishing(course, published, act.begin()[1])
        if course.published_at and plain.get("slug", course.slug) != course.slug:
            text = _("Die Adresse einer veröffentlichten Schulung ändert sich nicht mehr.")
            raise Refused(Reason("slug", text, "slug"))
        if course.pk is None and not plain.get("slug"):
            plain["slug"] = _free_slug(plain.get("title", ""), plain.get("number"))
        master_data.write(course, plain)
        if "prerequisites" in values:
            _require(course, values["prerequisites"])
        if "target_groups" in values:
            _make_for(course, values["target_groups"])
    return course


def _publishing(course: Course, published: bool, at: dt.datetime) -> dict[str, Any]:
    is_public = course.published_at is not None and course.published_at <= at
    if published == is_public:
        return {}
    if published:
        return {"published_at": at}
    if course.runs.published().taking_place().upcoming(at).exists():
        text = _(
            "Für diese Schulung sind Termine veröffentlicht. Ziehen Sie diese zuerst zurück oder sagen Sie sie ab."
        )
        raise Refused(Reason("has_runs", text, "published"))
    return {"published_at": None}


def slug_of(title: str) -> str:
    return slugify(title.translate(_SPELLED_OUT))[:100]


def _free_slug(title: str, number: object) -> str:
    base = slug_of(title) or f"schulung-{number}"
    return f"{base}-{number}" if Course.objects.filter(slug=base).exists() else base


def _require(course: Course, prerequisites: Iterable[Course]) -> None:
    """Raise Refused for a circle: nobody could ever begin it."""
    chosen = set(prerequisites)
    before, open_ones = set[Course](), set(chosen)
    while open_ones:
        before |= open_ones
        open_ones = set(Course.objects.filter(leads_to__in=open_ones)) - before
    if course in before:
        text = _("Diese Schulung setzt sich damit selbst voraus.")
        raise Refused(Reason("circle", text, "prerequisites"))
    course.prerequisites.set(chosen)


def _make_for(course: Course, groups: Iterable[str]) -> None:
    chosen = set(groups)
    course.target_group_rows.exclude(group__in=chosen).delete()
    kept = set(course.target_group_rows.values_list("group", flat=True))
    CourseTargetGroup.objects.bulk_create(
        [CourseTargetGroup(course=course, group=group) for group in sorted(chosen - kept)]
    )
