"""What needs doing? The coordinators' desk: the whole way of a run, from a draft without a day to its scanned lists."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.requests import SignedInRequest
from trainings import actions, booking, bounces, health, planning, unsettled
from trainings.additions import Place, additions
from trainings.completeness import lists_to_scan, states_of_lists
from trainings.dates import date_short
from trainings.models import (
    CourseRun,
    DataRequest,
    Message,
    Registration,
    Session,
    load_sessions,
    load_trainers,
    occupancy_of,
    rows_if_any,
)
from trainings.permissions import coordinator_required

LOOK_AHEAD = dt.timedelta(days=60)
GO_OR_NOT = dt.timedelta(days=21)
MOST_LISTED = 20  # of each kind; other pages have the rest
MOST_RUNS = 8


@dataclass(frozen=True)
class RunToDo:
    """A run to look after, where that is done, and what is to be said of it."""

    run: CourseRun
    url: str
    remark: str = ""


@dataclass(frozen=True)
class Task:
    """What needs doing with some runs."""

    heading: str
    number: int
    entries: list[RunToDo]

    @property
    def number_of_others(self) -> int:
        return self.number - len(self.entries)


Found = tuple[str, list[RunToDo]]


@coordinator_required
def desk(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    back = request.get_full_path()
    mine = request.GET.get("wer") == "meine"
    with unsettled.asked_once():
        context = _context(request.user, now, back, mine=mine)
    return render(request, "trainings/planning/coordination.html", context)


def _context(reader: User, now: dt.datetime, back: str, *, mine: bool) -> dict[str, object]:
    of = Q(run__in=CourseRun.objects.coordinated_by(reader)) if mine else Q()
    open_runs = OpenRuns(reader if mine else None, now)
    return {
        "mine": mine,
        "standing_still": health.standing_still(now),
        "operator_contact": settings.TECHNICAL_CONTACT,
        "to_decide": [run for run in booking.runs_to_decide(now) if not mine or run.coordinator_id == reader.pk],
        "unanswerable": [(row, actions.of_coordinator_in_queue(row, reader)) for row in _ours_to_approve(of, now)],
        "data_requests": rows_if_any(DataRequest.objects.open().select_related("person")),
        "people_to_check": rows_if_any(User.objects.to_check().order_by("profile_completed_at")),
        "tasks": _tasks(open_runs, of, back),
        "dead_messages": rows_if_any(Message.objects.for_lists().dead()[:MOST_LISTED]),
        "unreachable": rows_if_any(bounces.unreachable()[:MOST_LISTED]),
        "unheard": rows_if_any(bounces.unanswerable()[:MOST_LISTED]),
        "most_listed": MOST_LISTED,
        "next_runs": actions.listed(open_runs.counted(open_runs.next[:MOST_RUNS]), back),
        "drafts": actions.listed(open_runs.counted(open_runs.drafts[:MOST_RUNS]), back),
        "additions": additions(Place.DESK, reader),
        "links": additions(Place.DESK_LINKS, reader),
        "new_run_url": f"{reverse('trainings:choose_course')}?{urlencode({'next': back})}",
    }


def _ours_to_approve(of: Q, now: dt.datetime) -> list[Registration]:
    """Requests that name no supervisor: nothing of them lapses before the start."""
    requested = Registration.objects.of_active_people().filter(
        of, status=Registration.Status.REQUESTED, supervisor_email="", run__starts_at__gt=now
    )
    shown = requested.select_related("person", "run__course").prefetch_related("run__sessions")
    return rows_if_any(shown.order_by("status_changed_at", "pk"))


class OpenRuns:
    """The runs that are neither called off nor closed, of one coordinator or of all: read once, for all questions."""

    def __init__(self, coordinator: User | None, at: dt.datetime) -> None:
        self.at = at
        runs = CourseRun.objects.taking_place().filter(closed_at=None)
        self.of_all = list(runs.select_related("course", "venue", "coordinator"))
        load_sessions(self.of_all)
        load_trainers(self.of_all)
        self.runs = [run for run in self.of_all if coordinator is None or run.coordinator_id == coordinator.pk]
        self.drafts = [run for run in self.runs if run.published_at is None]
        self.published = [run for run in self.runs if _is_public(run, at)]
        self.next = [run for run in self.published if run.starts_at and not run.has_started(at)]

    def within(self, ahead: dt.timedelta) -> list[CourseRun]:
        """Published ones that begin by then."""
        return [run for run in self.next if run.has_started(self.at + ahead)]

    def counted(self, runs: list[CourseRun]) -> list[CourseRun]:
        occupancy = occupancy_of([run.pk for run in runs], self.at)
        for run in runs:
            run.set_occupancy(*occupancy[run.pk][:3])
        return runs


def _is_public(run: CourseRun, at: dt.datetime) -> bool:
    """As ``CourseRunQuerySet.published``."""
    return all(one is not None and one <= at for one in (run.published_at, run.course.published_at))


def _tasks(runs: OpenRuns, of: Q, back: str) -> list[Task]:
    """In the order in which a run comes to them."""
    found = [_nobodys(runs, back), *_of_planning(runs, back), _under_filled(runs), *_of_lists(runs, of)]
    return [Task(heading, len(entries), entries[:MOST_LISTED]) for heading, entries in found if entries]


def _nobodys(runs: OpenRuns, back: str) -> Found:
    """Everybody is told, also who looks at their own."""
    left = [run for run in runs.of_all if run.coordinator_id and not run.active_coordinator]
    entries = [RunToDo(run, _edit(run, back, "coordinator")) for run in left]
    heading = ngettext(
        "Termin, dessen zuständige Person nicht mehr da ist",
        "Termine, deren zuständige Person nicht mehr da ist",
        len(entries),
    )
    return heading, entries


def _of_planning(runs: OpenRuns, back: str) -> Iterator[Found]:
    entries = [RunToDo(run, _edit(run, back)) for run in runs.drafts if run.starts_at is None]
    yield ngettext("Entwurf ohne Tag", "Entwürfe ohne Tag", len(entries)), entries
    entries = [RunToDo(run, actions.page_of(run)) for run in runs.published if run.starts_at is None]
    heading = ngettext(
        "Termin, dessen einzige Sitzung entfällt", "Termine, deren Sitzungen alle entfallen", len(entries)
    )
    yield heading, entries
    without = [run for run in runs.within(LOOK_AHEAD) if not run.trainers.all()]
    entries = [RunToDo(run, _edit(run, back, "trainers")) for run in without]
    yield ngettext("Termin ohne Kursleitung", "Termine ohne Kursleitung", len(entries)), entries
    yield from _doubtful(runs, back)


def _doubtful(open_runs: OpenRuns, back: str) -> Iterator[Found]:
    """Of all runs to come, drafts too: they are planned around each other."""
    runs = [run for run in open_runs.runs if run.starts_at and not run.has_started(open_runs.at)]
    problems = planning.clashes_of(runs, open_runs.of_all)

    def about(codes: set[str], field: str = "") -> list[RunToDo]:
        said = {run: [one.text for one in problems[run.pk] if one.code in codes] for run in runs}
        return [RunToDo(run, _edit(run, back, field), " ".join(texts)) for run, texts in said.items() if texts]

    entries = about({"trainer_gone"}, "trainers")
    heading = ngettext(
        "Termin, dessen Kursleitung nicht mehr da ist", "Termine, deren Kursleitung nicht mehr da ist", len(entries)
    )
    yield heading, entries
    entries = about({"room_twice", "trainer_twice"})
    yield ngettext("Termin mit Doppelbelegung", "Termine mit Doppelbelegung", len(entries)), entries


def _under_filled(runs: OpenRuns) -> Found:
    today = timezone.localdate(runs.at)
    with_minimum = [
        run
        for run in runs.within(GO_OR_NOT)
        if run.minimum_number and not run.decided_at and (run.decide_on is None or run.decide_on > today)
    ]
    remark = _("%(taken)s von mindestens %(minimum)s")
    entries = [
        RunToDo(run, actions.page_of(run), remark % {"taken": run.places_taken, "minimum": run.minimum_number})
        for run in runs.counted(with_minimum)
        if run.places_taken < run.minimum_number
    ]
    heading = ngettext(
        "Termin in den nächsten drei Wochen unter der Mindestzahl",
        "Termine in den nächsten drei Wochen unter der Mindestzahl",
        len(entries),
    )
    return heading, entries


def _of_lists(runs: OpenRuns, of: Q) -> Iterator[Found]:
    at = runs.at
    over = [run for run in runs.published if run.is_finished(at)]
    begun = [run for run in runs.runs if run.is_published and run.has_started(at)]
    states = states_of_lists([run.pk for run in begun])
    lacking = {state.run for state in states if state.is_incomplete}
    entries = [RunToDo(run, actions.page_of(run)) for run in over if run.pk in lacking]
    heading = ngettext(
        "Beendeter Termin mit unvollständiger Anwesenheit",
        "Beendete Termine mit unvollständiger Anwesenheit",
        len(entries),
    )
    yield heading, entries
    to_submit = {one.session for one in states if one.is_to_submit}
    sessions = [one for one in planning.sessions_of(begun) if one.pk in to_submit and one.ends_at <= at]
    entries = _of_sessions(sessions, "trainings:submit")
    yield (
        ngettext("Liste, die noch nicht abgegeben ist", "Listen, die noch nicht abgegeben sind", len(entries)),
        entries,
    )
    complete = [run for run in over if run.pk not in lacking]
    entries = [RunToDo(run, reverse("trainings:close", args=[run.pk])) for run in complete]
    heading = ngettext(
        "Beendeter Termin, der abgeschlossen werden kann",
        "Beendete Termine, die abgeschlossen werden können",
        len(entries),
    )
    yield heading, entries
    entries = _of_sessions(lists_to_scan(at, unsettled.candidates(at)).filter(of), "trainings:paper")
    yield ngettext("Unterschriebene Liste ohne Scan", "Unterschriebene Listen ohne Scan", len(entries)), entries


def _of_sessions(sessions: Iterable[Session], page: str) -> list[RunToDo]:
    remark = _("Sitzung am %(day)s")
    return [
        RunToDo(session.run, reverse(page, args=[session.pk]), remark % {"day": date_short(session.starts_at)})
        for session in sessions
    ]


def _edit(run: CourseRun, back: str, field: str = "") -> str:
    url = f"{reverse('trainings:edit_run', args=[run.pk])}?{urlencode({'next': back})}"
    return f"{url}#{field}" if field else url
