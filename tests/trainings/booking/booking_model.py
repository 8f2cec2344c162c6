"""The rules of booking once more, written from the text of the domain and as plainly as possible: lists and loops.

Slow and without a database; ``test_booking_machine`` compares it with the real thing after every step.
"""

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
ACTIVE = {"requested", "waitlisted", "offered", "confirmed"}
TAKING = {"requested", "offered", "confirmed"}
HEAD_START = dt.timedelta(hours=2)
HOLIDAYS = {  # Rheinland-Pfalz 2027, as far as the machine walks
    dt.date(2027, 3, 26),
    dt.date(2027, 3, 29),
    dt.date(2027, 5, 6),
    dt.date(2027, 5, 17),
    dt.date(2027, 5, 27),
}


class No(Exception):
    """The rules forbid it."""


@dataclass(eq=False)
class ModelRegistration:
    """A registration."""

    run: "Run"
    person: str
    agency: str
    status: str = ""
    gives_up: "ModelRegistration | None" = None
    until: dt.datetime | None = None
    called: dt.datetime | None = None
    moved_up: bool = False
    by_coordination: bool = False  # then no supervisor is asked, also when the place comes later
    number: int = 0  # by which the queue is ordered
    giver: "ModelRegistration | None" = None  # whose place they are asked to take over
    has_waited: bool = False
    unanswered: int = 0
    supervised: bool = True  # somebody is named who is to approve


@dataclass(eq=False)
class Held:
    """A place without a name."""

    agency: str
    name_by: dt.date
    is_open: bool = True


@dataclass(eq=False)
class Run:
    name: str
    course: str
    capacity: int
    starts: dt.datetime
    by_agencies: bool
    approval: bool
    queue: list[ModelRegistration] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    contingents: dict[str, tuple[int, int | None, dt.date]] = field(default_factory=dict)
    overrides: int = 0


def day_of(at: dt.datetime) -> dt.date:
    return at.astimezone(BERLIN).date()


class Model:
    def __init__(self, runs: list[Run], agency_of: dict[str, str], now: dt.datetime) -> None:
        self.runs = {run.name: run for run in runs}
        self.agency_of = agency_of
        self.now = now
        self.rows: list[ModelRegistration] = []

    # --- what is ---------------------------------------------------------------------------------

    def used(self, run: Run, agency: str | None = None) -> int:
        """Places taken: confirmed, requested, offered, and held without a name."""
        rows = [row for row in self.rows if row.run is run and row.status in TAKING and agency in (None, row.agency)]
        rows = [row for row in rows if not self.is_asked(row)]
        return len(rows) + len([held for held in run.held if held.is_open and agency in (None, held.agency)])

    def bars(self, run: Run, agency: str) -> str:
        """What keeps the agency from a place; empty if nothing does."""
        free = run.capacity - self.used(run)
        if free <= 0:
            return "full"
        kept = 0
        for owner, (reserved, maximum, release) in run.contingents.items():
            if release <= day_of(self.now):
                continue
            if owner == agency and maximum is not None and self.used(run, agency) >= maximum:
                return "maximum"
            if owner != agency:
                kept += max(0, reserved - self.used(run, owner))
        return "" if free > kept else "reserved"

    def admits(self, run: Run, agency: str) -> bool:
        offered = [row for row in self.rows if row.run is run and row.status == "offered"]
        is_offering = any(not self.is_asked(row) for row in offered)
        return not run.queue and not is_offering and not self.bars(run, agency)

    def is_asked(self, row: ModelRegistration) -> bool:
        """The place they might get is still a colleague's."""
        pending = row.status in {"offered", "requested"}
        return pending and row.giver is not None and row.giver.status == "confirmed"

    def has_started(self, run: Run) -> bool:
        return run.starts <= self.now

    def order(self, run: Run) -> list[ModelRegistration]:
        """Who was moved up, the last first; then by time, or agencies with fewer places first."""
        ahead = [row for row in run.queue if row.moved_up]
        others = [row for row in run.queue if not row.moved_up]
        if run.by_agencies:
            others.sort(key=lambda row: self.used(run, row.agency))
        return ahead + others

    def active(self, person: str, run: Run) -> ModelRegistration | None:
        rows = [row for row in self.rows if row.person == person and row.run is run and row.status in ACTIVE]
        return rows[0] if rows else None

    # --- what follows from it --------------------------------------------------------------------

    def become(self, row: ModelRegistration, status: str) -> None:
        if row in row.run.queue:
            row.run.queue.remove(row)
        row.status, row.until = status, None
        if status == "waitlisted":
            row.run.queue.append(row)
            row.run.queue.sort(key=lambda one: (one.number, self.rows.index(one)))
            row.has_waited, row.giver = True, None
        if status not in ACTIVE:
            for asked in self.rows:
                if asked.giver is row and asked.status in {"offered", "requested"}:
                    self.leave_with_giver(asked, "cancelled")

    def leave_with_giver(self, row: ModelRegistration, end: str) -> None:
        """Who waited before waits on."""
        self.become(row, "waitlisted" if row.has_waited and not self.has_started(row.run) else end)

    def give(self, row: ModelRegistration, *, approved: bool = False) -> None:
        if row.run.approval and not (approved or row.by_coordination):
            self.become(row, "requested")
            row.until = min(self.end_of_working_days(5), row.run.starts)
            return
        giver = row.giver if self.is_asked(row) else None
        self.become(row, "confirmed")
        if giver is not None:
            self.become(giver, "cancelled")
        freed = []
        for other in list(self.rows):
            same = other.person == row.person and other.run.course == row.run.course and other is not row
            if not same or other.status not in ACTIVE:
                continue
            if other.status != "confirmed" or (other is row.gives_up and not self.has_started(other.run)):
                self.become(other, "cancelled")
                freed.append(other.run)
        for run in freed:
            self.fill(run)

    def end_of_working_days(self, number: int) -> dt.datetime:
        day = day_of(self.now)
        while number:
            day += dt.timedelta(days=1)
            if day.weekday() < 5 and day not in HOLIDAYS:
                number -= 1
        day += dt.timedelta(days=1)
        return dt.datetime(day.year, day.month, day.day, tzinfo=BERLIN)

    def end_of_working_hours(self, hours: int) -> dt.datetime:
        left, at = dt.timedelta(hours=hours), self.now
        while True:
            day = day_of(at)
            tomorrow = day + dt.timedelta(days=1)
            midnight = dt.datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=BERLIN).astimezone(dt.UTC)
            if day.weekday() < 5 and day not in HOLIDAYS:
                if at + left <= midnight:
                    return at + left
                left -= midnight - at
            at = midnight

    def fill(self, run: Run, passed_over: tuple[ModelRegistration, ...] = ()) -> None:
        while not self.has_started(run):
            possible = [row for row in self.order(run) if not self.bars(run, row.agency)]
            possible.sort(key=lambda row: row in passed_over)
            row = possible[0] if possible else None
            if row is None:
                return
            left = run.starts - self.now
            if left > dt.timedelta(days=10):
                self.give(row)
            elif left >= dt.timedelta(days=2):
                self.become(row, "offered")
                row.until = min(self.end_of_working_hours(24), run.starts)
            else:
                self.call(run)
                return

    def call(self, run: Run) -> None:
        if any(row.called and row.called > self.now - HEAD_START for row in run.queue):
            return
        for row in run.queue:
            if row.called is None and not self.bars(run, row.agency):
                row.called = self.now

    def pass_time(self, by: dt.timedelta) -> None:
        self.now += by
        for run in sorted(self.runs.values(), key=lambda run: run.starts):
            passed_over = []
            for row in list(self.rows):
                if row.run is run and row.until and row.until <= self.now:
                    self.lapse(row)
                    if row.status == "waitlisted":
                        passed_over.append(row)
            for held in run.held:
                if held.name_by < day_of(self.now) or self.has_started(run):
                    held.is_open = False
            if self.has_started(run):
                for row in list(run.queue):
                    self.become(row, "expired")
            self.fill(run, tuple(passed_over))

    def lapse(self, row: ModelRegistration) -> None:
        if row.status == "requested" and not row.supervised and not self.has_started(row.run):
            row.until = row.run.starts  # a coordinator's to decide
        elif row.status == "requested":
            self.become(row, "expired")
        elif row.giver is not None:
            self.leave_with_giver(row, "expired")
        else:
            row.unanswered += 1
            waits_on = row.unanswered < 2 and not self.has_started(row.run)
            self.become(row, "waitlisted" if waits_on else "expired")

    # --- what people do --------------------------------------------------------------------------

    def register(
        self, run: Run, person: str, *, by_coordination: bool = False, gives_up: ModelRegistration | None = None
    ) -> ModelRegistration:
        self.must_not_have_begun(run)
        self.must_have_nothing(run, person)
        if not by_coordination:
            self.must_have_no_place_in_course(run, person, gives_up)
        row = ModelRegistration(run, person, self.agency_of[person], gives_up=gives_up, by_coordination=by_coordination)
        row.supervised = not by_coordination and (gives_up is None or gives_up.supervised)
        self.rows.append(row)
        row.number = 1000 * len(self.rows)
        if self.admits(run, row.agency):
            self.give(row, approved=by_coordination)
        else:
            self.become(row, "waitlisted")
            self.fill(run)
        return row

    def cancel(self, row: ModelRegistration, *, by_coordination: bool) -> None:
        self.must_be(row, ACTIVE)
        if not by_coordination:
            self.must_not_have_begun(row.run)
        self.become(row, "cancelled")
        self.fill(row.run)

    def approve(self, row: ModelRegistration) -> None:
        self.must_be(row, {"requested"})
        self.must_be_in_time(row)
        self.give(row, approved=True)

    def refuse_approval(self, row: ModelRegistration) -> None:
        self.must_be(row, {"requested"})
        self.must_be_in_time(row)
        self.become(row, "declined")
        self.fill(row.run)

    def accept(self, row: ModelRegistration) -> None:
        self.must_be(row, {"offered"})
        self.must_be_in_time(row)
        self.give(row)

    def refuse_offer(self, row: ModelRegistration) -> None:
        self.must_be(row, {"offered"})
        self.must_be_in_time(row)
        if row.giver is not None:
            self.leave_with_giver(row, "declined")
        else:
            self.become(row, "declined")
        self.fill(row.run)

    def claim(self, row: ModelRegistration) -> None:
        self.must_be(row, {"waitlisted"})
        self.must_not_have_begun(row.run)
        if row.called is None or self.bars(row.run, row.agency):
            raise No
        self.give(row)

    def set_capacity(self, run: Run, number: int) -> None:
        if number < min(self.used(run), run.capacity):
            raise No
        run.capacity = number
        self.fill(run)

    def set_contingent(self, run: Run, agency: str, reserved: int, maximum: int | None, release: dt.date) -> None:
        run.contingents[agency] = (reserved, maximum, release)
        self.fill(run)

    def hold(self, run: Run, agency: str, number: int, name_by: dt.date) -> None:
        self.must_not_have_begun(run)
        if not day_of(self.now) <= name_by < day_of(run.starts):
            raise No
        before = list(run.held)
        for _place in range(number):
            if not self.admits(run, agency):
                run.held = before
                raise No
            run.held.append(Held(agency, name_by))

    def name(self, run: Run, held: Held, person: str) -> None:
        if not held.is_open or self.agency_of[person] != held.agency:
            raise No
        self.must_not_have_begun(run)
        waiting = self.active(person, run)
        if waiting is not None and waiting.status != "waitlisted":
            raise No
        self.must_have_no_place_in_course(run, person)
        held.is_open = False
        row = waiting or ModelRegistration(run, person, held.agency, supervised=False)
        if waiting is None:
            self.rows.append(row)
        self.give(row, approved=True)

    def give_back(self, run: Run, held: Held) -> None:
        if not held.is_open:
            raise No
        held.is_open = False
        self.fill(run)

    def substitute(self, row: ModelRegistration, colleague: str) -> None:
        self.must_be(row, {"confirmed"})
        self.must_not_have_begun(row.run)
        if colleague == row.person or self.agency_of[colleague] != row.agency:
            raise No
        waiting = self.active(colleague, row.run)
        if waiting is not None and waiting.status != "waitlisted":
            raise No
        self.must_have_no_place_in_course(row.run, colleague)
        for asked in self.rows:
            if asked.giver is row and asked.status in {"offered", "requested"}:
                self.leave_with_giver(asked, "cancelled")
        asked = waiting
        if asked is None:
            asked = ModelRegistration(row.run, colleague, row.agency, supervised=row.supervised)
            self.rows.append(asked)
            asked.number = 1000 * len(self.rows)
        self.become(asked, "offered")
        asked.giver, asked.until = row, min(self.end_of_working_hours(24), row.run.starts)
        self.fill(row.run)

    def move(self, row: ModelRegistration, to: Run) -> None:
        self.must_be(row, ACTIVE)
        if to is row.run or to.course != row.run.course:
            raise No
        self.must_not_have_begun(row.run)
        self.register(to, row.person, gives_up=row)

    def move_up(self, row: ModelRegistration) -> None:
        self.must_be(row, {"waitlisted"})
        row.moved_up = True
        row.number = row.run.queue[0].number - 1
        row.run.queue.remove(row)
        row.run.queue.insert(0, row)
        self.fill(row.run)

    def give_now(self, row: ModelRegistration) -> None:
        self.must_be(row, {"waitlisted", "offered", "requested"})
        self.must_not_have_begun(row.run)
        if row.status == "offered" and row.giver is not None:
            raise No
        if row.status == "waitlisted" and self.bars(row.run, row.agency) == "full":
            row.run.overrides += 1
        self.give(row, approved=True)
        self.fill(row.run)

    # --- what forbids it -------------------------------------------------------------------------

    def must_be(self, row: ModelRegistration, statuses: set[str]) -> None:
        if row.status not in statuses:
            raise No

    def must_be_in_time(self, row: ModelRegistration) -> None:
        is_open = row.status == "requested" and not row.supervised and not self.has_started(row.run)
        if row.until and row.until <= self.now and not is_open:
            raise No

    def must_not_have_begun(self, run: Run) -> None:
        if self.has_started(run):
            raise No

    def must_have_nothing(self, run: Run, person: str) -> None:
        if self.active(person, run) is not None:
            raise No

    def must_have_no_place_in_course(self, run: Run, person: str, gives_up: ModelRegistration | None = None) -> None:
        for row in self.rows:
            in_course = row.person == person and row.run.course == run.course and row.run is not run
            is_over = row.run.starts + dt.timedelta(hours=7, minutes=30) <= self.now
            is_asked = row.status == "offered" and row.giver is not None
            if in_course and row.status in TAKING and not is_asked and row is not gives_up and not is_over:
                raise No
