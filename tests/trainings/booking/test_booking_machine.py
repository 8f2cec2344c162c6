"""Hypothesis lets people do anything in any order; after every step the rules hold and the plain model agrees."""

import datetime as dt
import os
from collections import Counter

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import User
from tests import builders
from tests.trainings.booking.booking_model import HEAD_START, TAKING, Held, Model, ModelRegistration, No, Run, day_of
from trainings import booking
from trainings.acts import Act, Channel
from trainings.models import Contingent, CourseRun, HeldPlace, Registration, RegistrationEvent
from trainings.refusals import Refused

BEGIN = dt.datetime(2027, 3, 8, 8, tzinfo=dt.UTC)  # a Monday; published long before, whenever the test runs
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
EXAMPLES = int(os.environ.get("BOOKING_MACHINE_EXAMPLES", "16"))  # a few hundred for a long search
NAMES = {"a": ["ada", "ali", "ana"], "b": ["bea", "ben", "bo"], "c": ["cem", "cleo"]}
AGENCY_OF = {person: agency for agency, people in NAMES.items() for person in people}
PEOPLE = st.sampled_from(sorted(AGENCY_OF))
AGENCIES = st.sampled_from(sorted(NAMES))
RUNS = st.sampled_from(["one", "two", "else"])
RUN_SETTINGS = st.tuples(
    st.sampled_from([1, 2, 2, 3]),
    st.sampled_from([5, 9, 11, 13]),
    st.sampled_from([True, True, False]),
    st.integers(0, 2).map(bool).map(lambda none: not none),
)
# Who comes first: enough for queues.
ARRIVALS = st.lists(st.tuples(RUNS, PEOPLE), min_size=10, max_size=14, unique=True)
# How often each is tried, as far as there is something to do it with. One rule draws from all: of many rules,
# Hypothesis leaves some out in each example, and time must always pass.
WEIGHTS = {
    "pass_time": 7,
    "cancel": 5,
    "register": 4,
    "answer": 9,
    "claim": 9,
    "decide": 5,
    "move_up": 4,
    "set_capacity": 3,
    "set_contingent": 2,
    "hold": 2,
    "name": 2,
    "give_back": 1,
    "substitute": 2,
    "move": 2,
    "give_now": 1,
    "import_": 1,
}
# The statuses of the registrations an operation is for.
FITTING = {
    "cancel": {"confirmed", "waitlisted", "offered", "requested"},
    "decide": {"requested"},
    "answer": {"offered"},
    "claim": {"waitlisted"},
    "substitute": {"confirmed"},
    "move": {"confirmed", "waitlisted"},
    "move_up": {"waitlisted"},
    "give_now": {"waitlisted", "requested", "offered"},
}
# So long before the start, what happens with a free place changes.
TURNS = [dt.timedelta(days=10), dt.timedelta(days=2), dt.timedelta(0)]

pytestmark = pytest.mark.django_db


class Booking(RuleBasedStateMachine):
    """Three agencies, eight people, two runs of one course and one of another."""

    people: dict[str, User]
    coordinator: User
    reached: Counter[tuple[str, bool]]  # each operation, done or refused

    def __init__(self) -> None:
        super().__init__()
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.rolled_back.__exit__(None, None, None)

    @initialize(one=RUN_SETTINGS, two=RUN_SETTINGS, other=RUN_SETTINGS, arrivals=ARRIVALS)
    def plan(self, one, two, other, arrivals):
        course = builders.build_course(published_at=LONG_AGO)
        other_course = builders.build_course(published_at=LONG_AGO)
        self.runs: dict[str, CourseRun] = {}
        runs = []
        planned = [("one", course, one, 0), ("two", course, two, 1), ("else", other_course, other, 2)]
        for name, of, (capacity, days, by_agencies, approval), hours in planned:
            starts = BEGIN + dt.timedelta(days=days, hours=hours)
            self.runs[name] = builders.build_run(
                of,
                starts_at=starts,
                capacity=capacity,
                published_at=LONG_AGO,
                fairness=CourseRun.Fairness.AGENCIES if by_agencies else CourseRun.Fairness.TIME,
                approval=CourseRun.Approval.REQUIRED if approval else CourseRun.Approval.NONE,
            )
            runs.append(Run(name, str(of.pk), capacity, starts, by_agencies, approval))
        self.model = Model(runs, AGENCY_OF, BEGIN)
        self.held: list[tuple[Run, Held, HeldPlace]] = []
        self.read: list[Registration] | None = None
        self.before: dict[int, str] = {}
        self.queues: dict[str, list[tuple[int, str]]] = {}
        for name, person in arrivals:
            self.comes(name, person)

    # --- the same in both ------------------------------------------------------------------------

    def both(self, in_model, in_database):
        """The model and the database do it, or both refuse."""
        self.model.now += dt.timedelta(seconds=1)  # no two things at once
        self.queues = {
            name: [(self.model.rows.index(row), row.agency) for row in run.queue]
            for name, run in self.model.runs.items()
        }
        self.before = dict(Registration.objects.values_list("pk", "status"))
        events = RegistrationEvent.objects.count()
        try:
            wanted = in_model()
        except No:
            with pytest.raises(Refused):
                in_database(self.model.now)
            assert RegistrationEvent.objects.count() == events
            return None
        done = in_database(self.model.now)
        self.read = None
        return wanted, done

    @property
    def registrations(self) -> list[Registration]:
        """As the database has them; read once after each step."""
        if self.read is None:
            rows = Registration.objects.filter(run__in=[run.pk for run in self.runs.values()])
            self.read = list(rows.select_related("person", "run").order_by("pk"))
        return self.read

    # --- what there is to act on -----------------------------------------------------------------

    def fitting(self, what) -> list[ModelRegistration]:
        """The registrations an operation is for, in runs that have not begun."""
        statuses = FITTING.get(what, set())
        rows = [row for row in self.model.rows if row.status in statuses and not self.model.has_started(row.run)]
        if what == "claim":
            return [row for row in rows if row.called]
        if what == "move":
            return [row for row in rows if row.run.name != "else"]
        return rows

    def is_possible(self, what) -> bool:
        if what in FITTING:
            return bool(self.fitting(what))
        return what not in {"name", "give_back"} or bool(self.open_places)

    def row(self, draw, what) -> tuple[ModelRegistration, Registration]:
        """One it is for, rather where somebody waits; now and then whichever."""
        rows = self.fitting(what)
        rows += 3 * [row for row in rows if row.run.queue and (row.status in TAKING or what != "cancel")]
        row = draw(st.sampled_from(self.model.rows if draw(st.integers(0, 11)) == 11 else rows))
        return row, self.registrations[self.model.rows.index(row)]

    @property
    def open_places(self) -> list[tuple[Run, Held, HeldPlace]]:
        return [entry for entry in self.held if entry[1].is_open and not self.model.has_started(entry[0])]

    def place(self, draw) -> tuple[Run, Held, HeldPlace]:
        return draw(st.sampled_from(self.held if draw(st.integers(0, 11)) == 11 else self.open_places))

    def run_name(self, draw) -> str:
        """A run people can still come to, if there is one; now and then whichever."""
        open_ = [name for name, run in self.model.runs.items() if not self.model.has_started(run)]
        return draw(RUNS if not open_ or draw(st.integers(0, 11)) == 11 else st.sampled_from(open_))

    # --- the rule, and what it draws from --------------------------------------------------------

    @rule(data=st.data())
    def something_happens(self, data):
        possible = [what for what, weight in WEIGHTS.items() for _ in range(weight) if self.is_possible(what)]
        what = data.draw(st.sampled_from(possible))
        done = getattr(self, what)(data.draw)
        self.reached[what, bool(done)] += 1

    def pass_time(self, draw):
        """Hours, a day, or to just before or after what time brings about next."""
        now = self.model.now
        turns = [run.starts - before for run in self.model.runs.values() for before in TURNS]
        ends = [row.until for row in self.model.rows if row.until]
        to = [now + by for by in (HEAD_START / 2, HEAD_START, dt.timedelta(days=1))]
        for moments in (turns, ends):
            coming = sorted(moment for moment in moments if moment > now + 2 * MINUTE)[:1]
            to += [moment + shift for moment in coming for shift in (-MINUTE, MINUTE)]
        by = draw(st.sampled_from(to)) - now
        return self.both(lambda: self.model.pass_time(by), lambda at: booking.sweep(self.model.now))

    def register(self, draw):
        name = self.run_name(draw)
        run = self.model.runs[name]
        new = [person for person in sorted(AGENCY_OF) if self.model.active(person, run) is None]
        return self.comes(name, draw(st.sampled_from(new) if new and draw(st.integers(0, 7)) else PEOPLE))

    def comes(self, name, person):
        somebody = self.people[person]
        chief = f"chefin@{AGENCY_OF[person]}.example"
        return self.both(
            lambda: self.model.register(self.model.runs[name], person),
            lambda at: booking.register(self.runs[name], somebody, Act(somebody, at=at), supervisor_email=chief),
        )

    def import_(self, draw):
        name, person = self.run_name(draw), draw(PEOPLE)
        return self.both(
            lambda: self.model.register(self.model.runs[name], person, by_coordination=True),
            lambda at: booking.register(
                self.runs[name],
                self.people[person],
                Act(self.coordinator, channel=Channel.IMPORT, reason="Liste", at=at),
                source=Registration.Source.IMPORT,
            ),
        )

    def cancel(self, draw):
        row, registration = self.row(draw, "cancel")
        by_coordination = draw(st.booleans())
        by = self.coordinator if by_coordination else registration.person
        return self.both(
            lambda: self.model.cancel(row, by_coordination=by_coordination),
            lambda at: booking.cancel(registration, Act(by, at=at)),
        )

    def decide(self, draw):
        row, registration = self.row(draw, "decide")
        chief = "chefin@a.example"
        if draw(st.booleans()):
            return self.both(
                lambda: self.model.approve(row), lambda at: booking.approve(registration, Act(by_email=chief, at=at))
            )
        return self.both(
            lambda: self.model.refuse_approval(row),
            lambda at: booking.decline_request(registration, Act(by_email=chief, reason="Dienst", at=at)),
        )

    def answer(self, draw):
        row, registration = self.row(draw, "answer")
        yes = draw(st.booleans())
        act, in_model = (
            (booking.accept_offer, self.model.accept) if yes else (booking.decline_offer, self.model.refuse_offer)
        )
        return self.both(lambda: in_model(row), lambda at: act(registration, Act(registration.person, at=at)))

    def claim(self, draw):
        row, registration = self.row(draw, "claim")
        return self.both(
            lambda: self.model.claim(row), lambda at: booking.claim_place(registration, Act(registration.person, at=at))
        )

    def set_capacity(self, draw):
        name = self.run_name(draw)
        number = max(1, self.model.runs[name].capacity + draw(st.sampled_from([1, 1, 2, -1])))
        return self.both(
            lambda: self.model.set_capacity(self.model.runs[name], number),
            lambda at: booking.change_capacity(self.runs[name], number, Act(self.coordinator, at=at)),
        )

    def set_contingent(self, draw):
        name, agency, reserved = self.run_name(draw), draw(AGENCIES), draw(st.integers(0, 2))
        more = draw(st.sampled_from([None, None, 0, 1]))
        maximum = None if more is None else max(1, reserved + more)
        release = day_of(self.model.now) + dt.timedelta(days=draw(st.integers(-1, 8)))

        def in_database(at):
            terms = {"reserved": reserved, "maximum": maximum, "release_on": release}
            run = self.runs[name]
            Contingent.objects.update_or_create(run=run, agency=self.agency(agency), defaults=terms)
            builders.fill_free_places(run, at=at)

        return self.both(
            lambda: self.model.set_contingent(self.model.runs[name], agency, reserved, maximum, release), in_database
        )

    def hold(self, draw):
        name, agency, number = self.run_name(draw), draw(AGENCIES), draw(st.sampled_from([1, 1, 2]))
        run = self.model.runs[name]
        name_by = day_of(self.model.now) + dt.timedelta(days=draw(st.integers(0, 5)))
        done = self.both(
            lambda: self.model.hold(run, agency, number, name_by),
            lambda at: booking.hold_places(
                self.runs[name], self.agency(agency), number, Act(self.coordinator, at=at), name_by=name_by
            ),
        )
        if done:
            self.held += [(run, held, place) for held, place in zip(run.held[-number:], done[1], strict=True)]
        return done

    def name(self, draw):
        run, held, place = self.place(draw)
        person = draw(st.sampled_from(NAMES[held.agency]) if draw(st.integers(0, 7)) else PEOPLE)
        return self.both(
            lambda: self.model.name(run, held, person),
            lambda at: booking.name_held_place(place, self.people[person], Act(self.coordinator, at=at)),
        )

    def give_back(self, draw):
        run, held, place = self.place(draw)
        return self.both(
            lambda: self.model.give_back(run, held),
            lambda at: booking.give_back_held_place(place, Act(self.coordinator, at=at)),
        )

    def substitute(self, draw):
        row, registration = self.row(draw, "substitute")
        colleague = draw(st.sampled_from(NAMES[row.agency]) if draw(st.integers(0, 7)) else PEOPLE)
        return self.both(
            lambda: self.model.substitute(row, colleague),
            lambda at: booking.substitute(registration, self.people[colleague], Act(registration.person, at=at)),
        )

    def move(self, draw):
        row, registration = self.row(draw, "move")
        name = {"one": "two", "two": "one"}.get(row.run.name, "one") if draw(st.integers(0, 7)) else draw(RUNS)
        if not registration.supervisor_email and self.model.runs[name].approval:
            return None  # imported: there is nobody to ask
        return self.both(
            lambda: self.model.move(row, self.model.runs[name]),
            lambda at: booking.move(registration, self.runs[name], Act(registration.person, at=at)),
        )

    def move_up(self, draw):
        row, registration = self.row(draw, "move_up")
        return self.both(
            lambda: self.model.move_up(row),
            lambda at: booking.move_up(registration, Act(self.coordinator, reason="dringend", at=at)),
        )

    def give_now(self, draw):
        row, registration = self.row(draw, "give_now")
        return self.both(
            lambda: self.model.give_now(row),
            lambda at: booking.give_now(registration, Act(self.coordinator, reason="Zusage", at=at)),
        )

    def agency(self, name):
        return self.people[NAMES[name][0]].agency

    # --- what always holds -----------------------------------------------------------------------

    @invariant()
    def the_database_is_as_the_model(self):
        run_names = {run.pk: name for name, run in self.runs.items()}
        found = [
            (run_names[row.run_id], row.person.first_name, row.status, row.held_until, row.called_at)
            for row in self.registrations
        ]
        rows = self.model.rows
        assert found == [(row.run.name, row.person, row.status, row.until, row.called) for row in rows]
        held = Counter(HeldPlace.objects.open().values_list("run", "agency__short_name"))
        wanted = [(self.runs[run.name].pk, held.agency) for run, held, _place in self.held if held.is_open]
        assert held == Counter(wanted)

    @invariant()
    def places_taken_never_exceed_the_capacity_but_for_logged_overrides(self):
        for run in CourseRun.objects.filter(pk__in=[run.pk for run in self.runs.values()]):
            logged = RegistrationEvent.objects.filter(registration__run=run, overrides__contains="full").count()
            assert run.places_taken <= run.capacity + logged

    @invariant()
    def nobody_has_two_active_registrations_for_a_run(self):
        active = Counter((row.run_id, row.person_id) for row in self.registrations if row.is_active)
        assert [pair for pair, number in active.items() if number > 1] == []

    @invariant()
    def no_place_is_free_while_somebody_waits_who_could_have_it(self):
        for run in self.model.runs.values():
            if run.starts - self.model.now >= dt.timedelta(days=2):
                assert [row.person for row in run.queue if not self.model.bars(run, row.agency)] == []

    @invariant()
    def nobody_is_overtaken_by_a_colleague_nor_where_only_time_counts_by_anybody(self):
        rows = self.registrations
        promoted = RegistrationEvent.objects.filter(
            from_status="waitlisted", to_status__in=TAKING, actor=None, at=self.model.now
        ).values_list("registration", flat=True)
        for name, queue in self.queues.items():
            run = self.model.runs[name]
            ahead: list[str] = []
            for index, agency in queue:
                if rows[index].pk in promoted and self.before[rows[index].pk] == "waitlisted":
                    assert agency not in ahead
                    assert run.by_agencies or run.contingents or not ahead
                if rows[index].is_waiting and not self.model.rows[index].moved_up:
                    ahead.append(agency)

    @invariant()
    def nobody_got_a_place_after_the_start(self):
        for event in RegistrationEvent.objects.exclude(from_status__in=TAKING).filter(to_status__in=TAKING):
            assert event.at < event.registration.run.starts_at

    @invariant()
    def the_history_leads_to_what_is(self):
        status: dict[int, str] = {}
        for event in RegistrationEvent.objects.order_by("pk"):
            assert event.from_status == status.get(event.registration_id, "")
            status[event.registration_id] = event.to_status
        assert status == {row.pk: row.status for row in self.registrations}


@pytest.mark.both_databases
@pytest.mark.slow
def test_booking_holds_whatever_people_do(coordinator):
    for agency in NAMES:
        builders.build_agency(agency, f"{agency}.example")
    Booking.coordinator = coordinator
    Booking.reached = Counter()
    Booking.people = {
        person: builders.build_person(f"{person}@{agency}.example", person) for person, agency in AGENCY_OF.items()
    }
    run_state_machine_as_test(
        Booking,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=24, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
