"""Who gets the next place, and why not somebody else? Decides nothing but the order; ``transitions`` acts on it.

The order of the queue is by time, or, where the run says so, agencies with fewer places first and by time among equals.
Places an agency has reserved and not used are kept for it until the contingent's day of release, and until then no
agency gets more than its maximum. Whoever stands first and has no such obstacle gets the place. The page that explains
the queue and the function that gives places away both read ``steps``.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trainings.models import Counted, CourseRun, Registration, what_counts

Status = Registration.Status
NEWCOMER = 0  # the key of somebody who has no row yet


@dataclass(frozen=True)
class Share:
    """A contingent in force: places kept for an agency, and the most it may have."""

    agency: int
    reserved: int
    maximum: int | None
    release_on: dt.date


@dataclass(frozen=True)
class QueueEntry:
    """Somebody in the queue: the registration's key, and the agency's. Anybody moved up comes before all others."""

    pk: int
    agency: int | None
    queued_at: dt.datetime | None = None
    moved_up: bool = False
    is_called: bool = False


@dataclass(frozen=True)
class Obstacle:
    """Why somebody gets no place now: ``full``, ``reserved`` for the agencies of ``shares``, or ``maximum``."""

    code: str
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True)
class Step:
    """One free place: who gets it (None if nobody can), and who was ahead in the queue but had an obstacle."""

    chosen: QueueEntry | None
    passed_over: tuple[tuple[QueueEntry, Obstacle], ...] = ()


@dataclass(frozen=True)
class Situation:
    """What counts of a run at one moment. Agencies are keys; None are people without one, counted together."""

    capacity: int
    used: Mapping[int | None, int] = field(default_factory=dict)
    waiting: int = 0
    offers: int = 0
    unsure: int = 0  # of those used: offered, held for an approval, or for an agency to name somebody
    shares: tuple[Share, ...] = ()
    by_agencies: bool = False

    @property
    def taken(self) -> int:
        return sum(self.used.values())

    @property
    def free(self) -> int:
        """Not taken; some of it may be reserved."""
        return max(0, self.capacity - self.taken)

    def unused(self, share: Share) -> int:
        return max(0, share.reserved - self.used.get(share.agency, 0))

    @property
    def reserved(self) -> int:
        """Reserved places nobody has taken yet."""
        return sum(self.unused(share) for share in self.shares)

    def obstacle(self, agency: int | None) -> Obstacle | None:
        """What keeps the agency's people from a place now; None if nothing does."""
        if self.free == 0:
            return Obstacle("full")
        own = next((share for share in self.shares if share.agency == agency), None)
        if own is not None and own.maximum is not None and self.used.get(agency, 0) >= own.maximum:
            return Obstacle("maximum", (own,))
        for_others = tuple(share for share in self.shares if share.agency != agency and self.unused(share))
        if self.free <= sum(self.unused(share) for share in for_others):
            return Obstacle("reserved", for_others)
        return None

    def in_order(self, queue: Sequence[QueueEntry]) -> list[QueueEntry]:
        """The queue as the run's fairness orders it; ``queue`` is in order of time."""
        if not self.by_agencies:
            return list(queue)
        # sorted() keeps the order of equals
        return sorted(queue, key=lambda entry: -1 if entry.moved_up else self.used.get(entry.agency, 0))

    def with_place_for(self, agency: int | None) -> "Situation":
        return replace(self, used={**self.used, agency: self.used.get(agency, 0) + 1})

    def admits_newcomer(self, agency: int | None) -> bool:
        """Whether somebody who comes now gets a place at once: nobody waits, no offer is open, no obstacle."""
        return not self.waiting and not self.offers and self.obstacle(agency) is None


def steps(situation: Situation, queue: Sequence[QueueEntry]) -> Iterator[Step]:
    """One step for each free place, until the queue is empty or nobody in it can have the next."""
    queue = list(queue)
    while situation.free and queue:
        passed_over: list[tuple[QueueEntry, Obstacle]] = []
        chosen = None
        for entry in situation.in_order(queue):
            obstacle = situation.obstacle(entry.agency)
            if obstacle is None:
                chosen = entry
                break
            passed_over.append((entry, obstacle))
        yield Step(chosen, tuple(passed_over))
        if chosen is None:
            return
        queue.remove(chosen)
        situation = situation.with_place_for(chosen.agency)


def situation_of(run: CourseRun, at: dt.datetime) -> Situation:
    """Read in one query what counts; under the run's lock it cannot change."""
    return situations_of([run], at)[run.pk]


def situations_of(runs: Collection[CourseRun], at: dt.datetime) -> dict[int, Situation]:
    """By the key of the run, in one query for all of them."""
    counted: dict[int, list[Counted]] = {run.pk: [] for run in runs}
    for row in what_counts(counted, at):
        counted[row.run].append(row)
    return {run.pk: _situation(run, counted[run.pk]) for run in runs}


def _situation(run: CourseRun, counted: Iterable[Counted]) -> Situation:
    used: dict[int | None, int] = {}
    shares: list[Share] = []
    waiting = offers = unsure = 0
    for row in counted:
        if row.what == "share" and row.agency is not None and row.release_on is not None:
            shares.append(Share(row.agency, row.number, row.maximum, row.release_on))
        elif row.what == Status.WAITLISTED:
            waiting += row.number
        elif row.what == "held" or row.what in Registration.TAKING_A_PLACE:
            used[row.agency] = used.get(row.agency, 0) + row.number
            offers += row.number if row.what == Status.OFFERED else 0
            unsure += row.number if row.what != Status.CONFIRMED else 0
    return Situation(
        capacity=run.capacity,
        used=used,
        waiting=waiting,
        offers=offers,
        unsure=unsure,
        shares=tuple(sorted(shares, key=lambda share: (share.release_on, share.agency))),
        by_agencies=run.fairness == CourseRun.Fairness.AGENCIES,
    )


def queue_of(run: CourseRun) -> list[QueueEntry]:
    return queues_of([run.pk])[run.pk]


def queues_of(runs: Collection[int]) -> dict[int, list[QueueEntry]]:
    """By the key of the run, in one query for all of them."""
    queues: dict[int, list[QueueEntry]] = {pk: [] for pk in runs}
    rows = Registration.objects.in_queue_order().filter(run__in=queues)
    facts = rows.values_list("run", "pk", "agency", "queued_at", "registered_at", "called_at")
    for run, pk, agency, queued, registered, called in facts:
        entry = QueueEntry(pk, agency, queued, moved_up=queued < registered, is_called=called is not None)
        queues[run].append(entry)
    return queues
