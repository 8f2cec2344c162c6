"""The public pages: which trainings there are, and everything about one of them."""

import json
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from accounts.models import User
from trainings import eligibility
from trainings.filters import CatalogueFilter
from trainings.models import Course, CourseRun, Registration
from trainings.models.run import Availability
from trainings.schema_org import course_data

COURSES_A_PAGE = 12
RUNS_A_CARD = 3
RUNS_A_PAGE = 20

# A script element must not be closed, nor a comment begun, by what stands in a title.
JSON_IN_HTML = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@dataclass(frozen=True)
class Card:
    course: Course
    runs: list[CourseRun]
    has_more_runs: bool


@login_not_required
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    form = CatalogueFilter(request.GET, viewer=cast(User, request.user))
    page = Paginator(form.courses_by_next_run().values_list("pk", flat=True), COURSES_A_PAGE)
    page_obj = page.get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page_obj, "cards": _cards(form, list(page_obj))}
    return render(request, "trainings/catalogue.html", context)


def _cards(form: CatalogueFilter, pks: list[int]) -> list[Card]:
    courses = Course.objects.prefetch_related("target_group_rows").in_bulk(pks)
    runs: dict[int, list[CourseRun]] = {pk: [] for pk in pks}
    for run in form.next_runs(pks, RUNS_A_CARD + 1):
        run.course = courses[run.course_id]
        runs[run.course_id].append(run)
    return [Card(courses[pk], runs[pk][:RUNS_A_CARD], len(runs[pk]) > RUNS_A_CARD) for pk in pks]


@dataclass(frozen=True)
class Offer:
    """A run as the reader meets it: how full, what they have there already, and why they cannot register."""

    run: CourseRun
    availability: Availability
    own_status: Registration.Status | None
    objection: str

    @property
    def can_register(self) -> bool:
        return not self.own_status and not self.objection and not self.run.is_cancelled


@login_not_required
@require_safe
def course(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Course.objects.published().prefetch_related("target_group_rows"), slug=slug)
    viewer = cast(User, request.user)
    runs = CourseRun.objects.published().filter(course=found).not_finished().visible_to(viewer)
    page_obj = Paginator(_with_everything(runs, viewer), RUNS_A_PAGE).get_page(request.GET.get("page"))
    offers = [_offer(run, found, viewer) for run in page_obj]
    context = {
        "course": found,
        "page_obj": page_obj,
        "offers": offers,
        "json_ld": _json_for_html(course_data(found, [offer.run for offer in offers])),
    }
    return render(request, "trainings/course.html", context)


def _with_everything(runs: Any, viewer: User) -> Any:
    """What the page says of each run, in a fixed number of queries."""
    runs = runs.with_occupancy().select_related("venue").prefetch_related("sessions", "trainers")
    if viewer.is_authenticated:
        own = Registration.objects.active().of(viewer).filter(run=OuterRef("pk"))
        runs = runs.annotate(own_status=Subquery(own.values("status")[:1]))
    return runs.order_by("starts_at", "pk")


def _offer(run: CourseRun, of_course: Course, viewer: User) -> Offer:
    run.course = of_course
    own_status = getattr(run, "own_status", None)
    return Offer(
        run=run,
        availability=run.availability(),
        own_status=Registration.Status(own_status) if own_status else None,
        objection=_objection(run, viewer),
    )


def _objection(run: CourseRun, viewer: User) -> str:
    """The first reason that can be told without asking the database again; the registration page checks them all."""
    checks = [
        eligibility.run_has_started,
        eligibility.registration_not_open_yet,
        eligibility.registration_is_closed,
        eligibility.by_invitation_only,
    ]
    if viewer.is_authenticated and viewer.group:
        checks.append(eligibility.for_other_groups)
    case = eligibility.Case(run, viewer, timezone.now())
    return next((reason.text for check in checks if (reason := check(case))), "")


def _json_for_html(data: dict[str, Any]) -> SafeString:
    return mark_safe(json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False).translate(JSON_IN_HTML))
