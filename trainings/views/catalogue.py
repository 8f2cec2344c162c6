"""The public pages: which trainings there are, and everything about one of them."""

import datetime as dt
import json
import re
from itertools import islice
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from accounts.models import TargetGroup, User
from trainings import booking
from trainings.acts import Act
from trainings.catalogue import (
    CatalogueFilter,
    CatalogueRun,
    CourseCard,
    CourseLine,
    Door,
    RunCard,
    RunLine,
    as_runs,
    counted,
    course_data,
    free_instead,
    listed,
    rules_of,
)
from trainings.forms.planning import InterestForm
from trainings.models import (
    OF_A_SESSION,
    Course,
    CourseRun,
    Interest,
    Occupancy,
    Registration,
    load_prerequisites,
    load_sessions,
    load_target_groups,
    load_trainers,
    occupancy_of,
)

COURSES_A_PAGE = 12
MOST_TO_PRINT = 500  # courses, or runs of each
RUNS_A_CARD = 3
RUNS_A_PAGE = 20
NEXT_DATES = 4
# Of a run the page of its course says nothing about these.
NOT_SHOWN = (
    "preparation", "preparation_en", "reminders", "follow_up", "follow_up_en", "online_link", "coordinator", "funding",
    "closed_at", "closed_by", "changed_at",
)  # fmt: skip

# A script element must not be closed, nor a comment begun, by what stands in a title.
JSON_IN_HTML = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@login_not_required
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    form = CatalogueFilter(request.GET, viewer=cast(User, request.user))
    is_whole = "alle" in request.GET  # on one page, to be printed
    most = MOST_TO_PRINT if is_whole else RUNS_A_CARD
    paginator = Paginator(form.courses_by_next_run, MOST_TO_PRINT if is_whole else COURSES_A_PAGE)
    page_obj = paginator.get_page(1 if is_whole else _page_number(request.GET.get("page")))
    welcomes = page_obj.number == 1 and not (form.is_active or form.errors or is_whole)
    programme = ProgrammePage(form, list(page_obj), most, welcomes=welcomes)
    context = {"form": form, "page_obj": page_obj, "cards": programme.cards, "is_whole": is_whole}
    context["canonical_url"] = f"{settings.PUBLIC_URL}{reverse('trainings:catalogue')}"
    if welcomes:
        context |= {
            "doors": tuple(Door(group.value, getattr(request.user, "group", "") == group) for group in TargetGroup),
            "next_free": programme.next_free,
            "booked": programme.booked,
        }
    return render(request, "trainings/catalogue/catalogue.html", context)


class ProgrammePage:
    """One page of courses with at most so many runs each, and what stands above it where nothing is looked for."""

    def __init__(self, form: CatalogueFilter, courses: list[Course], most: int, *, welcomes: bool) -> None:
        self.form = form
        self.viewer = form.viewer if form.viewer is not None and form.viewer.is_authenticated else None
        self.own = _own_to_come(self.viewer, form.at) if self.viewer else {}
        self.all = {course.pk: course for course in form.courses_by_next_run}
        free = self._free() if welcomes else []
        load_target_groups([*courses, *(self.all[run.course_id] for run in free)])
        booked = self._booked() if welcomes and self.own else []
        runs = [*form.next_runs([course.pk for course in courses], most + 1), *free, *booked]
        lines = {run.pk: RunLine.of(run, self.own.get(run.pk, "")) for run in runs}
        next_runs = {course.pk: form.to_come.get(course.pk, [])[: most + 1] for course in courses}
        self.cards = [CourseCard.of(one, [lines[run.pk] for run in next_runs[one.pk]], most) for one in courses]
        self.next_free = [(lines[run.pk], CourseLine.of(self.all[run.course_id])) for run in free]
        self.booked = [(lines[run.pk], self.all[run.course_id]) for run in booked]

    def _free(self) -> list[CatalogueRun]:
        """The next ones; for somebody signed in those nothing stands against, as far as can be told at once."""
        free = self.form.with_a_place()
        if self.viewer is None:
            return list(islice(free, NEXT_DATES))
        for_them: list[CatalogueRun] = []
        while len(for_them) < NEXT_DATES and (some := list(islice(free, NEXT_DATES * 4))):
            load_target_groups(self.all[run.course_id] for run in some)
            for run, model in zip(some, as_runs(some), strict=True):
                model.course = self.all[run.course_id]
                if run.pk in self.own or not _objection(model, self.viewer):
                    for_them.append(run)
        return for_them[:NEXT_DATES]

    def _booked(self) -> list[CatalogueRun]:
        """Also what the viewer would no longer see in the catalogue."""
        seen = [run for run in self.form.listed if run.pk in self.own]
        hidden = self.own.keys() - {run.pk for run in seen}
        runs = [*seen, *listed(CourseRun.objects.filter(pk__in=hidden))] if hidden else seen
        booked = sorted((run for run in runs if not run.is_cancelled), key=lambda run: (run.starts_at, run.pk))
        if hidden := {run.course_id for run in booked} - self.all.keys():
            self.all |= Course.objects.in_bulk(hidden)
        return counted(booked[:NEXT_DATES], self.form.at)


def _own_to_come(viewer: User, at: dt.datetime) -> dict[int, str]:
    """The statuses of the viewer's registrations for runs that are not over, by run."""
    return dict(Registration.objects.active().of(viewer).filter(run__ends_at__gt=at).values_list("run", "status"))


def _page_number(asked: Any) -> int:
    return int(asked) if re.fullmatch(r"[1-9][0-9]{0,5}", str(asked)) else 1


class OneQueryPaginator(Paginator):  # type: ignore[type-arg]
    """Counts only where another page follows."""

    def get_page(self, number: Any) -> "Page[Any]":
        wanted = _page_number(number)
        first = (wanted - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page + 1])
        if not rows and first:
            return super().get_page(wanted)  # the last one instead
        if len(rows) <= self.per_page:
            self.count = first + len(rows)
        return Page(rows[: self.per_page], wanted, self)


@login_not_required
@require_safe
def course(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Course.objects.published(), slug=slug)
    load_target_groups([found])
    load_prerequisites([found])
    viewer = cast(User, request.user)
    now = timezone.now()
    runs = CourseRun.objects.filter(course=found, published_at__lte=now).not_finished(now).visible_to(viewer)
    ordered = runs.select_related("venue").defer(*NOT_SHOWN).order_by("starts_at", "pk")
    page_obj = OneQueryPaginator(ordered, RUNS_A_PAGE).get_page(request.GET.get("page"))
    shown = list(page_obj)
    load_sessions(shown, only=OF_A_SESSION)
    load_trainers(shown)
    prefetch_related_objects([run for run in shown if run.visibility == CourseRun.Visibility.AGENCIES], "agencies")
    is_whole = len(shown) == page_obj.paginator.count
    occupancy = occupancy_of([run.pk for run in shown], now)
    own = _own_of(viewer, shown)
    cards = {run: _card(run, found, viewer, occupancy[run.pk], own.get(run.pk, "")) for run in shown}
    context = {
        "course": found,
        "page_obj": page_obj,
        "cards": _with_others(cards, viewer, is_whole=is_whole),
        **_interest(found, viewer),
        "canonical_url": f"{settings.PUBLIC_URL}{found.get_absolute_url()}",
        "json_ld": _json_for_html(course_data(found, cards)),
    }
    return render(request, "trainings/catalogue/course.html", context)


def _interest(found: Course, viewer: User) -> dict[str, Any]:
    """The viewer's registered interest, if any."""
    if not viewer.is_authenticated:
        return {"interest": None, "interest_form": None}
    interest = Interest.objects.open().filter(course=found, person=viewer).first()
    return {"interest": interest, "interest_form": InterestForm(instance=interest)}


def _own_of(viewer: User, runs: list[CourseRun]) -> dict[int, str]:
    """The statuses of the viewer's registrations, by run."""
    if not viewer.is_authenticated or not runs:
        return {}
    own = Registration.objects.active().of(viewer).filter(run__in=[run.pk for run in runs])
    return dict(own.order_by().values_list("run", "status"))


def _card(run: CourseRun, of_course: Course, viewer: User, occupancy: Occupancy, own_status: str) -> RunCard:
    run.course = of_course
    run.set_occupancy(*occupancy[:3])
    rules = rules_of(run, has_contingents=occupancy.has_contingents)
    return RunCard.of(run, own_status, rules, _objection(run, viewer))


def _with_others(cards: dict[CourseRun, RunCard], viewer: User, *, is_whole: bool) -> list[RunCard]:
    """Beside each run that has no place, the next one that has; not for somebody who has one.

    ``is_whole``: these are all runs of the course, so that nothing else needs to be asked.
    """
    needs_none = {Registration.Status.CONFIRMED, Registration.Status.REQUESTED, Registration.Status.OFFERED}
    full = [run for run, card in cards.items() if not card.has_place]
    if not full or any(card.line.own_status in needs_none for card in cards.values()):
        return list(cards.values())
    if is_whole:
        free = next((card.line for card in cards.values() if card.has_place), None)
        instead = dict.fromkeys([run.pk for run in full], free)
    else:
        others = free_instead(full, viewer)
        instead = {pk: RunLine.of(other) for pk, other in others.items() if not _objection(other, viewer)}
    return [card if card.has_place else card._replace(instead=instead.get(run.pk)) for run, card in cards.items()]


def _objection(run: CourseRun, viewer: User) -> str:
    """The first reason that can be told without asking the database again; the registration page checks them all."""
    case = booking.Case(run, viewer, Act(), booking.Context.CATALOGUE)
    return next((reason.text for reason in booking.reasons_against(case)), "")


def _json_for_html(data: dict[str, Any]) -> SafeString:
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False)
    return mark_safe(text.translate(JSON_IN_HTML))  # noqa: S308  escaped in the same line, as Django's json_script does
