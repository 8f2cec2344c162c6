"""The public pages: which trainings there are, and everything about one of them."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Exists, OuterRef, Subquery, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import TargetGroup, User
from trainings import booking
from trainings.acts import Act
from trainings.catalogue import CatalogueFilter, RuleInWords, course_data, free_instead, rules_of
from trainings.forms.planning import InterestForm
from trainings.models import Availability, Contingent, Course, CourseRun, Interest, Registration, Session

COURSES_A_PAGE = 12
MOST_TO_PRINT = 500  # courses, or runs of each
RUNS_A_CARD = 3
RUNS_A_PAGE = 20
NEXT_DATES = 4

# A script element must not be closed, nor a comment begun, by what stands in a title.
JSON_IN_HTML = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@dataclass(frozen=True)
class Door:
    """For one of the three groups; ``is_own`` for somebody signed in who belongs to it."""

    group: TargetGroup
    is_own: bool

    @property
    def sentence(self) -> str:
        return {
            TargetGroup.STAFF: _("Sicher im Kontakt mit Menschen aus aller Welt: am Schalter, am Telefon, im Team."),
            TargetGroup.LEADERSHIP: _(
                "Interkulturelle Öffnung als Führungsaufgabe: von der Haltung bis zum Maßnahmenplan."
            ),
            TargetGroup.VOLUNTEERS: _("Begleiten, ohne zu bevormunden: Wissen und Austausch für das Ehrenamt."),
        }[self.group]


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
    context["canonical_url"] = f"{settings.PUBLIC_URL}{reverse('trainings:catalogue')}"
    if not (form.is_active or form.errors or is_whole) and page_obj.number == 1:
        context |= _welcome(form, request.user)
    return render(request, "trainings/catalogue/catalogue.html", context)


def _welcome(form: CatalogueFilter, viewer: "User | AnonymousUser") -> dict[str, Any]:
    """What stands above the programme for whoever has not looked for anything yet."""
    booked = _own(form.booked(NEXT_DATES), form.viewer) if viewer.is_authenticated else []
    return {
        "doors": [Door(group, getattr(viewer, "group", "") == group) for group in TargetGroup],
        "next_free": _takeable(form),
        "booked": booked,
    }


def _takeable(form: CatalogueFilter) -> list[CourseRun]:
    """The next free runs; for somebody signed in those nothing stands against, as far as can be told at once."""
    assert form.viewer is not None  # noqa: S101  for the types: an anonymous one is a viewer, too
    if not form.viewer.is_authenticated:
        return list(form.next_free(NEXT_DATES))
    found = _own(form.next_free(NEXT_DATES * 4), form.viewer)
    return [run for run in found if run.own_status or not _objection(run, form.viewer)][:NEXT_DATES]  # type: ignore[attr-defined]


def _cards(form: CatalogueFilter, courses: list[Course], most: int) -> list[CourseCard]:
    """With at most so many runs each."""
    runs: dict[int, list[CourseRun]] = {course.pk: [] for course in courses}
    for run in _own(form.next_runs(runs, most + 1), form.viewer):
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
    rules: list[RuleInWords]
    instead: CourseRun | None = None  # another date with a place, where this one has none

    @property
    def can_register(self) -> bool:
        return not self.own_status and not self.objection and self.takes_place

    @property
    def takes_place(self) -> bool:
        """So it may be put into a calendar."""
        return not self.run.is_cancelled

    @property
    def has_place(self) -> bool:
        """For whoever registers now."""
        return self.can_register and self.availability.code in {"free", "few"}

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
    found = get_object_or_404(
        Course.objects.published().prefetch_related("target_group_rows", "prerequisites"), slug=slug
    )
    viewer = cast(User, request.user)
    runs = CourseRun.objects.published().filter(course=found).not_finished().visible_to(viewer)
    page_obj = Paginator(_with_everything(runs, viewer), RUNS_A_PAGE).get_page(request.GET.get("page"))
    offers = _with_others([_offer(run, found, viewer) for run in page_obj], viewer)
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
    runs = runs.with_occupancy().select_related("venue").prefetch_related("sessions", "trainers", "agencies")
    runs = runs.annotate(has_contingents=Exists(Contingent.objects.filter(run=OuterRef("pk"))))
    return _with_own_status(runs, viewer).order_by("starts_at", "pk")


def _own(runs: Any, viewer: User | None) -> list[CourseRun]:
    """Those runs, each knowing the viewer's registration by ``own_status``."""
    found = list(_with_own_status(runs, viewer))
    for run in found:
        run.own_status = Registration.Status(run.own_status) if getattr(run, "own_status", None) else None
    return found


def _with_own_status(runs: Any, viewer: User | None) -> Any:
    if viewer is None or not viewer.is_authenticated:
        return runs
    own = Registration.objects.active().of(viewer).filter(run=OuterRef("pk"))
    return runs.annotate(own_status=Subquery(own.values("status")[:1]))


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
        rules=rules_of(run, has_contingents=run.has_contingents),  # type: ignore[attr-defined]
    )


def _with_others(offers: list[Offer], viewer: User) -> list[Offer]:
    """Beside each run that has no place, the next one that has; not for somebody who has one."""
    needs_none = {Registration.Status.CONFIRMED, Registration.Status.REQUESTED, Registration.Status.OFFERED}
    if any(offer.own_status in needs_none for offer in offers):
        return offers
    others = free_instead([offer.run for offer in offers if not offer.has_place], viewer)
    may_be = {other.pk: other for other in others.values() if not _objection(other, viewer)}
    return [
        replace(offer, instead=may_be.get(others[offer.run.pk].pk)) if offer.run.pk in others else offer
        for offer in offers
    ]


def _objection(run: CourseRun, viewer: User) -> str:
    """The first reason that can be told without asking the database again; the registration page checks them all."""
    case = booking.Case(run, viewer, Act(), booking.Context.CATALOGUE)
    return next((reason.text for reason in booking.reasons_against(case)), "")


def _json_for_html(data: dict[str, Any]) -> SafeString:
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False)
    return mark_safe(text.translate(JSON_IN_HTML))  # noqa: S308  escaped in the same line, as Django's json_script does
