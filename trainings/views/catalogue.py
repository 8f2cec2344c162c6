"""The public pages: which trainings there are, and everything about one of them."""

import json
import re
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, OuterRef, Subquery, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from accounts.models import User
from trainings import booking
from trainings.acts import Act
from trainings.catalogue import CatalogueFilter, course_data
from trainings.forms.planning import InterestForm
from trainings.models import Availability, Course, CourseRun, Interest, Registration, Session

COURSES_A_PAGE = 12
MOST_TO_PRINT = 500  # courses, or runs of each
RUNS_A_CARD = 3
RUNS_A_PAGE = 20

# A script element must not be closed, nor a comment begun, by what stands in a title.
JSON_IN_HTML = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@dataclass(frozen=True)
class CourseCard:
    course: Course
    runs: list[CourseRun]
    has_more_runs: bool


@login_not_required
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    form = CatalogueFilter(request.GET, viewer=cast(User, request.user))
    courses = form.courses_by_next_run().annotate(total=Window(Count("pk"))).prefetch_related("target_group_rows")
    is_whole = "alle" in request.GET  # on one page, to be printed
    page_obj = SelfCountingPaginator(courses, MOST_TO_PRINT if is_whole else COURSES_A_PAGE).get_page(
        None if is_whole else request.GET.get("page")
    )
    most = MOST_TO_PRINT if is_whole else RUNS_A_CARD
    context = {"form": form, "page_obj": page_obj, "cards": _cards(form, list(page_obj), most), "is_whole": is_whole}
    return render(request, "trainings/catalogue/catalogue.html", context)


def _cards(form: CatalogueFilter, courses: list[Course], most: int) -> list[CourseCard]:
    """With at most so many runs each."""
    runs: dict[int, list[CourseRun]] = {course.pk: [] for course in courses}
    for run in form.next_runs(runs, most + 1):
        runs[run.course_id].append(run)
    return [CourseCard(course, runs[course.pk][:most], len(runs[course.pk]) > most) for course in courses]


class SelfCountingPaginator(Paginator):  # type: ignore[type-arg]
    """Saves the query that counts: every row carries the number of all as ``total``."""

    def get_page(self, number: Any) -> "Page[Course]":
        wanted = int(number) if re.fullmatch(r"[1-9][0-9]{0,5}", str(number)) else 1
        first = (wanted - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page])
        if not rows:
            return super().get_page(wanted)
        self.count = rows[0].total
        return Page(rows, wanted, self)


@dataclass(frozen=True)
class Offer:
    """A run as the reader sees it: how full it is, their own registration, and why they cannot register."""

    run: CourseRun
    sessions: list[Session]
    trainers: list[User]
    availability: Availability
    own_status: Registration.Status | None
    objection: str

    @property
    def can_register(self) -> bool:
        return not self.own_status and not self.objection and self.takes_place

    @property
    def takes_place(self) -> bool:
        """So it may be put into a calendar."""
        return not self.run.is_cancelled

    @property
    def is_waiting(self) -> bool:
        return self.own_status == Registration.Status.WAITLISTED

    @property
    def room(self) -> str:
        """Of the only session; of several each says its own."""
        return self.sessions[0].room if len(self.sessions) == 1 else ""


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
        **_interest(found, viewer),
        "canonical_url": f"{settings.PUBLIC_URL}{found.get_absolute_url()}",
        "json_ld": _json_for_html(course_data(found, [offer.run for offer in offers])),
    }
    return render(request, "trainings/catalogue/course.html", context)


def _interest(found: Course, viewer: User) -> dict[str, Any]:
    """The viewer's registered interest, if any."""
    if not viewer.is_authenticated:
        return {"interest": None, "interest_form": None}
    interest = Interest.objects.open().filter(course=found, person=viewer).first()
    return {"interest": interest, "interest_form": InterestForm(instance=interest)}


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
        sessions=list(run.sessions.all()),
        trainers=run.trainers_shown,
        availability=run.availability(),
        own_status=Registration.Status(own_status) if own_status else None,
        objection=_objection(run, viewer),
    )


def _objection(run: CourseRun, viewer: User) -> str:
    """The first reason that can be told without asking the database again; the registration page checks them all."""
    case = booking.Case(run, viewer, Act(), booking.Context.CATALOGUE)
    return next((reason.text for reason in booking.reasons_against(case)), "")


def _json_for_html(data: dict[str, Any]) -> SafeString:
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False)
    return mark_safe(text.translate(JSON_IN_HTML))  # noqa: S308  escaped in the same line, as Django's json_script does
