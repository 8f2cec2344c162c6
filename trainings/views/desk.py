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
from trainings.completeness import incomplete, lists_to_scan, lists_to_submit, to_close
from trainings.dates import date_short
from trainings.models import (
    CourseRun,
    CourseRunQuerySet,
    DataRequest,
    Message,
    Registration,
    RegistrationQuerySet,
    Session,
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
    of = CourseRun.objects.coordinated_by(request.user) if mine else CourseRun.objects.all()
    context = {
        "mine": mine,
        "standing_still": health.standing_still(now),
        "operator_contact": settings.TECHNICAL_CONTACT,
        "to_decide": [run for run in booking.runs_to_decide(now) if not mine or run.coordinator_id == request.user.pk],
        "unanswerable": [
            (row, actions.of_coordinator_in_queue(row, request.user)) for row in _ours_to_approve(of, now)
        ],
        "data_requests": DataRequest.objects.open().select_related("person"),
        "people_to_check": User.objects.to_check().order_by("profile_completed_at"),
        "tasks": _tasks(of, now, back),
        "dead_messages": Message.objects.for_lists().dead()[:MOST_LISTED],
        "unreachable": bounces.unreachable()[:MOST_LISTED],
        "unheard": bounces.unanswerable()[:MOST_LISTED],
        "most_listed": MOST_LISTED,
        "next_runs": actions.listed(of.published().taking_place().upcoming(now).for_lists()[:MOST_RUNS], back),
        "drafts": actions.listed(_drafts(of).for_lists()[:MOST_RUNS], back),
        "additions": additions(Place.DESK, request.user),
        "links": additions(Place.DESK_LINKS, request.user),
        "new_run_url": f"{reverse('trainings:choose_course')}?{urlencode({'next': back})}",
    }
    return render(request, "trainings/planning/coordination.html", context)


def _ours_to_approve(of: CourseRunQuerySet, now: dt.datetime) -> RegistrationQuerySet:
    """Requests that name no supervisor: nothing of them lapses before the start."""
    requested = Registration.objects.of_active_people().filter(
        status=Registration.Status.REQUESTED, supervisor_email="", run__starts_at__gt=now, run__in=of
    )
    return requested.select_related("person", "run__course").order_by("status_changed_at", "pk")


def _drafts(of: CourseRunQuerySet) -> CourseRunQuerySet:
    return of.filter(published_at=None, cancelled_at=None)


def _tasks(of: CourseRunQuerySet, now: dt.datetime, back: str) -> list[Task]:
    """Of these runs, in the order in which a run comes to them."""
    found = [_nobodys(now, back), *_of_planning(of, now, back), _under_filled(of, now), *_of_lists(of, now)]
    return [Task(heading, len(entries), entries[:MOST_LISTED]) for heading, entries in found if entries]


def _nobodys(now: dt.datetime, back: str) -> Found:
    """Everybody is told, also who looks at their own."""
    left = CourseRun.objects.taking_place().filter(closed_at=None, coordinator__isnull=False).nobodys()
    entries = [RunToDo(run, _edit(run, back, "coordinator")) for run in left.for_lists()]
    heading = ngettext(
        "Termin, dessen zuständige Person nicht mehr da ist",
        "Termine, deren zuständige Person nicht mehr da ist",
        len(entries),
    )
    return heading, entries


def _of_planning(of: CourseRunQuerySet, now: dt.datetime, back: str) -> Iterator[Found]:
    taking_place = of.published().taking_place()
    entries = [RunToDo(run, _edit(run, back)) for run in _drafts(of).filter(starts_at=None).for_lists()]
    yield ngettext("Entwurf ohne Tag", "Entwürfe ohne Tag", len(entries)), entries
    entries = [RunToDo(run, actions.page_of(run)) for run in taking_place.filter(starts_at=None).for_lists()]
    heading = ngettext(
        "Termin, dessen einzige Sitzung entfällt", "Termine, deren Sitzungen alle entfallen", len(entries)
    )
    yield heading, entries
    soon = taking_place.upcoming(now).filter(starts_at__lt=now + LOOK_AHEAD)
    entries = [RunToDo(run, _edit(run, back, "trainers")) for run in soon.without_trainer().for_lists()]
    yield ngettext("Termin ohne Kursleitung", "Termine ohne Kursleitung", len(entries)), entries
    yield from _doubtful(of, now, back)


def _doubtful(of: CourseRunQuerySet, now: dt.datetime, back: str) -> Iterator[Found]:
    """Of all runs to come, drafts too: they are planned around each other."""
    runs = list(planning.with_what_is_checked(of.taking_place().upcoming(now)))
    problems = planning.problems_of(runs, now)

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


def _under_filled(of: CourseRunQuerySet, now: dt.datetime) -> Found:
    soon = of.published().taking_place().upcoming(now).filter(starts_at__lt=now + GO_OR_NOT)
    not_decided_on = Q(decided_at=None) & (Q(decide_on=None) | Q(decide_on__gt=timezone.localdate(now)))
    remark = _("%(taken)s von mindestens %(minimum)s")
    entries = [
        RunToDo(run, actions.page_of(run), remark % {"taken": run.places_taken, "minimum": run.minimum_number})
        for run in soon.filter(not_decided_on).under_filled().for_lists()
    ]
    heading = ngettext(
        "Termin in den nächsten drei Wochen unter der Mindestzahl",
        "Termine in den nächsten drei Wochen unter der Mindestzahl",
        len(entries),
    )
    return heading, entries


def _of_lists(of: CourseRunQuerySet, now: dt.datetime) -> Iterator[Found]:
    over = of.published().taking_place().finished(now).filter(closed_at=None)
    over = CourseRun.objects.filter(
        pk__in=list(over.order_by().values_list("pk", flat=True))
    )  # few: as in completeness
    entries = [RunToDo(run, actions.page_of(run)) for run in incomplete(over).for_lists()]
    heading = ngettext(
        "Beendeter Termin mit unvollständiger Anwesenheit",
        "Beendete Termine mit unvollständiger Anwesenheit",
        len(entries),
    )
    yield heading, entries
    entries = _of_sessions(lists_to_submit(now).filter(run__in=of), "trainings:submit")
    yield (
        ngettext("Liste, die noch nicht abgegeben ist", "Listen, die noch nicht abgegeben sind", len(entries)),
        entries,
    )
    entries = [RunToDo(run, reverse("trainings:close", args=[run.pk])) for run in to_close(over).for_lists()]
    heading = ngettext(
        "Beendeter Termin, der abgeschlossen werden kann",
        "Beendete Termine, die abgeschlossen werden können",
        len(entries),
    )
    yield heading, entries
    entries = _of_sessions(lists_to_scan(now, unsettled.candidates(now)).filter(run__in=of), "trainings:paper")
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
