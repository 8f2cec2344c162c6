"""What would happen if somebody registered now, who gets the next place, and why does somebody still wait?

Everything follows from ``allocation``, which also decides; nothing is changed. Only what coordinators see names people.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Agency
from accounts.names import by_name
from trainings.booking import allocation, transitions
from trainings.booking.allocation import NEWCOMER, QueueEntry, Share, Situation
from trainings.dates import date_long, date_short, moment
from trainings.models import CourseRun, HeldPlace, Registration

Status = Registration.Status


@dataclass(frozen=True)
class ExpectedOutcome:
    """``place``, ``request`` (held for approval), ``offer``, or ``wait`` at that position of the queue."""

    code: str
    position: int | None = None
    held_until: dt.datetime | None = None


def expected_outcome(run: CourseRun, situation: Situation, agency: int | None, at: dt.datetime) -> ExpectedOutcome:
    """What a person of the agency (its key) would get by registering at that moment."""
    if situation.admits_newcomer(agency):
        return _a_place(run, at)
    if situation.free and _is_chosen(situation, allocation.queue_of(run), agency):
        if run.promotion(at) == CourseRun.Promotion.DIRECT:
            return _a_place(run, at)
        if run.promotion(at) == CourseRun.Promotion.OFFER:
            return ExpectedOutcome("offer")
    return ExpectedOutcome("wait", position=situation.waiting + 1)


def _a_place(run: CourseRun, at: dt.datetime) -> ExpectedOutcome:
    if run.needs_approval:
        return ExpectedOutcome("request", held_until=transitions.approval_deadline(run, at))
    return ExpectedOutcome("place")


def _is_chosen(situation: Situation, queue: Sequence[QueueEntry], agency: int | None) -> bool:
    """Whether the newcomer, at the end of the queue, gets one of the free places: one kept for their agency."""
    newcomer = QueueEntry(NEWCOMER, agency)
    joined = [*queue, newcomer]
    return any(step.chosen == newcomer for step in allocation.steps(situation, joined))


def places_on_hold(
    runs: Iterable[CourseRun], at: dt.datetime, known: Mapping[int, Situation] | None = None
) -> dict[int, list[str]]:
    """By the key of the run: which places are not given away yet, and until when. At most three queries for all runs.

    ``known``: their situations, where somebody has read them already.
    """
    situations = known or allocation.situations_of(list(runs), at)
    sentences: dict[int, list[str]] = {pk: [] for pk in situations}
    unsure = [pk for pk, situation in situations.items() if situation.unsure]
    if unsure:
        _add_held(unsure, sentences)
    for pk, situation in situations.items():
        unused = [(situation.unused(share), share) for share in situation.shares]
        sentences[pk] += [_reserved(number, share) for number, share in unused if number]
    return sentences


def _add_held(runs: Collection[int], sentences: dict[int, list[str]]) -> None:
    held = Registration.objects.holding_a_place().filter(run__in=runs).order_by("run", "status")
    for pk, status, number, until in held.values_list("run", "status").annotate(n=Count("pk"), until=Max("held_until")):
        sentences[pk].append(_held(status, number, until))
    to_name = HeldPlace.objects.open().filter(run__in=runs).order_by("run", "agency")
    for pk, _agency, number, day in to_name.values_list("run", "agency").annotate(n=Count("pk"), day=Max("name_by")):
        sentences[pk].append(_to_be_named(number, day))


def _held(status: str, number: int, until: dt.datetime) -> str:
    if status == Status.OFFERED:
        text = ngettext(
            "%(number)d Platz ist jemandem angeboten, bis %(until)s.",
            "%(number)d Plätze sind angeboten, längstens bis %(until)s.",
            number,
        )
    else:
        text = ngettext(
            "%(number)d Platz ist für eine Freigabe gehalten, bis %(until)s.",
            "%(number)d Plätze sind für Freigaben gehalten, längstens bis %(until)s.",
            number,
        )
    return text % {"number": number, "until": moment(until)}


def _to_be_named(number: int, day: dt.date) -> str:
    text = ngettext(
        "%(number)d Platz ist für eine Behörde gehalten, die bis %(day)s sagt, wer kommt.",
        "%(number)d Plätze sind für Behörden gehalten, die bis %(day)s sagen, wer kommt.",
        number,
    )
    return text % {"number": number, "day": date_long(day)}


def _reserved(number: int, share: Share) -> str:
    text = ngettext(
        "%(number)d Platz ist für eine Behörde reserviert; am %(day)s wird er für alle frei.",
        "%(number)d Plätze sind für eine Behörde reserviert; am %(day)s werden sie für alle frei.",
        number,
    )
    return text % {"number": number, "day": date_long(share.release_on)}


# --- who gets the next place, and why: the steps by which ``transitions.fill`` gives places away, in words -----------


@dataclass(frozen=True)
class Waiting:
    """Somebody who waits: which of the next places would be theirs, None if none; why they are passed over now."""

    registration: Registration
    turn: int | None
    places_of_agency: int
    objection: str

    @property
    def is_next(self) -> bool:
        return self.turn == 1


@dataclass(frozen=True)
class Kept:
    """Places kept for an agency and not used yet, and the most it may have."""

    agency: Agency
    reserved: int
    unused: int
    maximum: int | None
    release_on: dt.date


@dataclass(frozen=True)
class QueueExplanation:
    situation: Situation
    promotion: CourseRun.Promotion
    kept: list[Kept]
    held: list[Registration]
    queue: list[Waiting]

    @property
    def next(self) -> Waiting | None:
        """The person who would get the next place."""
        return next((row for row in self.queue if row.is_next), None)

    @property
    def passed_over(self) -> list[Waiting]:
        """Who stands ahead of them, or would stand there, but cannot have the place."""
        return [row for row in self.queue if row.objection]

    @property
    def overbooked(self) -> int:
        return max(0, self.situation.taken - self.situation.capacity)


def explain_queue(run: CourseRun, at: dt.datetime | None = None) -> QueueExplanation:
    """The queue in the order in which places would go to it, if one after the other became free."""
    at = at or timezone.now()
    situation = allocation.situation_of(run, at)
    entries = allocation.queue_of(run)
    rows = Registration.objects.select_related("person", "agency").in_bulk([entry.pk for entry in entries])
    agencies = Agency.objects.in_bulk([share.agency for share in situation.shares])
    steps = turns(situation, entries)
    turn = {step.chosen.pk: number for number, step in enumerate(steps, start=1) if step.chosen}
    passed_over = {entry.pk: obstacle for entry, obstacle in steps[0].passed_over} if steps else {}
    in_order = situation.in_order(entries)
    holding = Registration.objects.holding().filter(run=run)
    return QueueExplanation(
        situation=situation,
        promotion=run.promotion(at),
        kept=[
            Kept(agencies[share.agency], share.reserved, situation.unused(share), share.maximum, share.release_on)
            for share in by_day_and_name(situation.shares, agencies)
        ],
        held=list(holding.select_related("person", "substitute_for__person").order_by("held_until")),
        queue=[
            Waiting(
                registration=rows[entry.pk],
                turn=turn.get(entry.pk),
                places_of_agency=situation.used.get(entry.agency, 0),
                objection=in_words(passed_over[entry.pk], agencies) if entry.pk in passed_over else "",
            )
            for entry in sorted(in_order, key=lambda entry: turn.get(entry.pk, len(in_order) + 1))
        ],
    )


def turns(situation: Situation, queue: list[QueueEntry]) -> list[allocation.Step]:
    """One step for each place that would become free after the other; the last may be nobody's."""
    left, found = list(queue), []
    while left:
        situation = replace(situation, capacity=max(situation.capacity, situation.taken) + 1)
        step = next(allocation.steps(situation, left))
        found.append(step)
        if step.chosen is None:
            break
        left.remove(step.chosen)
        situation = situation.with_place_for(step.chosen.agency)
    return found


def by_day_and_name(shares: Iterable[Share], agencies: dict[int, Agency]) -> list[Share]:
    turn = {agency.pk: number for number, agency in enumerate(by_name(agencies.values()))}
    return sorted(shares, key=lambda share: (share.release_on, turn[share.agency]))


def in_words(obstacle: allocation.Obstacle, agencies: dict[int, Agency]) -> str:
    """The obstacle in a sentence."""
    if obstacle.code == "maximum":
        [share] = obstacle.shares
        text = ngettext(
            "%(agency)s bekommt bis %(day)s höchstens %(number)d Platz und hat ihn.",
            "%(agency)s bekommt bis %(day)s höchstens %(number)d Plätze und hat sie.",
            share.maximum or 0,
        )
        return text % {
            "agency": agencies[share.agency].short_name,
            "day": date_short(share.release_on),
            "number": share.maximum,
        }
    if obstacle.code == "reserved":
        shares = by_day_and_name(obstacle.shares, agencies)
        kept = [f"{agencies[share.agency].short_name} ({date_short(share.release_on)})" for share in shares]
        return _("Freie Plätze sind reserviert, in Klammern der Tag der Freigabe: %(agencies)s.") % {
            "agencies": ", ".join(kept)
        }
    return _("Es ist kein Platz frei.")
