"""Why does who get the next place? The same steps by which ``places.fill`` gives places away, put into words."""

import datetime as dt
from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Agency
from trainings.booking import allocation
from trainings.dates import date_short
from trainings.models import CourseRun, Registration


@dataclass(frozen=True)
class Waiting:
    """Somebody who waits: which of the next places would be theirs, None if none; why they are passed over now."""

    registration: Registration
    turn: int | None
    places_of_agency: int
    objection: str


@dataclass(frozen=True)
class Kept:
    """Places kept for an agency and not used yet, and the most it may have."""

    agency: Agency
    reserved: int
    unused: int
    maximum: int | None
    release_on: dt.date


@dataclass(frozen=True)
class Trace:
    situation: allocation.Situation
    promotion: CourseRun.Promotion
    kept: list[Kept]
    held: list[Registration]
    queue: list[Waiting]

    @property
    def next(self) -> Waiting | None:
        """Who would get the next place."""
        return next((row for row in self.queue if row.turn == 1), None)

    @property
    def passed_over(self) -> list[Waiting]:
        """Who stands ahead of them, or would stand there, but cannot have the place."""
        return [row for row in self.queue if row.objection]

    @property
    def overbooked(self) -> int:
        return max(0, self.situation.taken - self.situation.capacity)


def explain_queue(run: CourseRun, at: dt.datetime | None = None) -> Trace:
    """The queue in the order in which places would go to it, if one after the other became free."""
    at = at or timezone.now()
    situation = allocation.situation_of(run, at)
    entries = allocation.queue_of(run)
    rows = Registration.objects.select_related("person__agency", "agency").in_bulk([entry.pk for entry in entries])
    agencies = Agency.objects.in_bulk([share.agency for share in situation.shares])
    steps = turns(situation, entries)
    turn = {step.chosen.pk: number for number, step in enumerate(steps, start=1) if step.chosen}
    passed_over = {entry.pk: obstacle for entry, obstacle in steps[0].passed_over} if steps else {}
    in_order = situation.in_order(entries)
    return Trace(
        situation=situation,
        promotion=run.promotion(at),
        kept=[
            Kept(agencies[share.agency], share.reserved, situation.unused(share), share.maximum, share.release_on)
            for share in situation.shares
        ],
        held=list(Registration.objects.holding().filter(run=run).select_related("person").order_by("held_until")),
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


def turns(situation: allocation.Situation, queue: list[allocation.Entry]) -> list[allocation.Step]:
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


def in_words(obstacle: allocation.Obstacle, agencies: dict[int, Agency]) -> str:
    """Why somebody does not get the place."""
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
        kept = [f"{agencies[share.agency].short_name} ({date_short(share.release_on)})" for share in obstacle.shares]
        return _("Freie Plätze sind reserviert, in Klammern der Tag der Freigabe: %(agencies)s.") % {
            "agencies": ", ".join(kept)
        }
    return _("Es ist kein Platz frei.")
