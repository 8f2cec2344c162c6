"""What would happen if somebody registered now, and what does somebody wait for? Changes nothing.

Both are read from ``trainings.allocation``, which also decides; no person is named.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Max
from django.utils.translation import ngettext

from trainings.booking import allocation, transitions
from trainings.booking.allocation import NEWCOMER, Entry, Share, Situation
from trainings.dates import date_long, moment
from trainings.models import CourseRun, HeldPlace, Registration

Status = Registration.Status


@dataclass(frozen=True)
class Outlook:
    """``place``, ``request`` (held for approval), ``offer``, or ``wait`` at that position of the queue."""

    code: str
    position: int | None = None
    held_until: dt.datetime | None = None


def expected_outcome(run: CourseRun, situation: Situation, agency: int | None, at: dt.datetime) -> Outlook:
    """What somebody of the agency (its key) gets who registers for the run by themselves at that moment."""
    if situation.admits_newcomer(agency):
        return _a_place(run, at)
    if situation.free and _is_chosen(situation, allocation.queue_of(run), agency):
        if run.promotion(at) == CourseRun.Promotion.DIRECT:
            return _a_place(run, at)
        if run.promotion(at) == CourseRun.Promotion.OFFER:
            return Outlook("offer")
    return Outlook("wait", position=situation.waiting + 1)


def _a_place(run: CourseRun, at: dt.datetime) -> Outlook:
    if run.approval == CourseRun.Approval.REQUIRED:
        return Outlook("request", held_until=transitions.approval_deadline(run, at))
    return Outlook("place")


def _is_chosen(situation: Situation, queue: Sequence[Entry], agency: int | None) -> bool:
    """Whether the newcomer, at the end of the queue, gets one of the free places: one kept for their agency."""
    newcomer = Entry(NEWCOMER, agency)
    joined = [*queue, newcomer]
    return any(step.chosen == newcomer for step in allocation.steps(situation, joined))


def places_on_hold(runs: Iterable[CourseRun], at: dt.datetime) -> dict[int, list[str]]:
    """By the key of the run: which places are not given away yet, and until when. Three queries for all runs."""
    situations = allocation.situations_of(list(runs), at)
    sentences: dict[int, list[str]] = {pk: [] for pk in situations}
    held = Registration.objects.holding().filter(run__in=sentences).order_by("run", "status")
    for pk, status, number, until in held.values_list("run", "status").annotate(n=Count("pk"), until=Max("held_until")):
        sentences[pk].append(_held(status, number, until))
    to_name = HeldPlace.objects.open().filter(run__in=sentences).order_by("run", "agency")
    for pk, _agency, number, day in to_name.values_list("run", "agency").annotate(n=Count("pk"), day=Max("name_by")):
        sentences[pk].append(_to_be_named(number, day))
    for pk, situation in situations.items():
        unused = [(situation.unused(share), share) for share in situation.shares]
        sentences[pk] += [_reserved(number, share) for number, share in unused if number]
    return sentences


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
