"""What would follow from a change? It is done, looked at, and taken back: what is announced is what will happen."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from trainings.acts import Act
from trainings.models import (
    CourseRun,
    CourseRunQuerySet,
    MasterDataEvent,
    Message,
    RegistrationEvent,
    RunEvent,
    mail_kind,
)
from trainings.planning.changing import MOVED_ALONG
from trainings.planning.checks import confirming
from trainings.planning.master_data import MODELS, MasterData
from trainings.planning.wording import ENDS, Said, said, said_of_master_data
from trainings.refusals import Reason

# What apps above say of a change, in the state after it: a sentence, or "". They add theirs when they start.
on_preview: list[Callable[[CourseRun], str]] = []
# The same of a change of a course, a venue or a grant, with the names of its fields and all runs that have it.
on_preview_of_master_data: list[Callable[[set[str], CourseRunQuerySet], str]] = []


@dataclass(frozen=True)
class Consequences:
    """``mails``: how many get which kind of mail. ``places``: how many get one. ``doubts`` are to be confirmed.

    ``moves_days``: days that hang on the run move along with its sessions.
    """

    changes: list[Said]
    mails: list[tuple[str, int]]
    places: int
    doubts: tuple[Reason, ...]
    remarks: list[str]
    moves_days: bool = False

    @property
    def are_to_be_seen(self) -> bool:
        """Before the change is made: it concerns others, or does more than what was typed."""
        return bool(self.mails or self.places or self.doubts or self.remarks or self.moves_days)


def consequences_of(run: CourseRun | None, operation: Callable[[Act], CourseRun], act: Act) -> Consequences:
    """Of the operation on the run, or of one that makes a run, as ``act`` would do it. Raises Refused."""
    with transaction.atomic():
        last = RunEvent.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        last_change = RegistrationEvent.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        waiting = _waiting(run) if run else {}
        done, doubts = confirming(operation, act)
        events = RunEvent.objects.filter(run=done, pk__gt=last).order_by("pk")
        changes = [one for event in events for one in said(event)]
        moves_days = _moves_days([change for event in events for change in event.changes])
        told = Counter(kind for pk, (kind, details) in _waiting(done).items() if waiting.get(pk) != (kind, details))
        given = RegistrationEvent.objects.filter(registration__run=done, pk__gt=last_change)
        places = given.filter(to_status__in=["confirmed", "offered", "requested"]).count()
        remarks = [text for remark in on_preview if (text := remark(done))]
        transaction.set_rollback(True)
    return Consequences(changes, _named(told), places, doubts, remarks, moves_days)


def _moves_days(changes: list[dict[str, Any]]) -> bool:
    of_run = [change["field"] for change in changes if not change["session"]]
    days = [name for name in of_run if name in {*MOVED_ALONG, *ENDS} or name.startswith(("contingent ", "naming "))]
    return bool(days) and any(change["session"] for change in changes)


def consequences_for(
    runs: CourseRunQuerySet, operation: Callable[[Act], MasterData], act: Act
) -> tuple[Consequences, int]:
    """Of an operation on what all these runs have; and how many of the runs it touches. Raises Refused."""
    with transaction.atomic():
        last = RunEvent.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        last_change = MasterDataEvent.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        keys = list(runs.order_by().values_list("pk", flat=True))
        about = CourseRun.objects.filter(pk__in=keys)
        waiting = _waiting_about(about)
        _done, doubts = confirming(operation, act)
        events = MasterDataEvent.objects.filter(pk__gt=last_change).order_by("pk")
        changes = [one for event in events for one in said_of_master_data(event)]
        fields = {change["field"] for event in events for change in event.changes}
        told = Counter(
            kind for pk, (kind, details) in _waiting_about(about).items() if waiting.get(pk) != (kind, details)
        )
        touched = RunEvent.objects.filter(pk__gt=last).values("run").distinct().count()
        remarks = [text for remark in on_preview_of_master_data if (text := remark(fields, about))]
        transaction.set_rollback(True)
    return Consequences(changes, _named(told), 0, doubts, remarks), touched


def remarks_on(runs: CourseRunQuerySet) -> list[str]:
    """What apps above say of a change of anything that these runs have."""
    everything = {one.name for model in MODELS for one in model._meta.concrete_fields}
    return [text for remark in on_preview_of_master_data if (text := remark(everything, runs))]


def _named(told: Counter[str]) -> list[tuple[str, int]]:
    return [(str(mail_kind(kind).label), number) for kind, number in told.items()]


def _waiting(run: CourseRun) -> dict[int, tuple[str, Any]]:
    return _waiting_about(CourseRun.objects.filter(pk=run.pk))


def _waiting_about(runs: CourseRunQuerySet) -> dict[int, tuple[str, Any]]:
    """Mails about the runs that are to be sent: their keys, with kind and details."""
    queued = Message.objects.filter(status=Message.Status.QUEUED).order_by().values_list("pk", "kind", "details")
    about = queued.filter(run__in=runs).union(queued.filter(registration__run__in=runs), all=True)
    return {pk: (kind, details) for pk, kind, details in about}
