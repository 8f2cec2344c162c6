"""Hypothesis lets people do anything in any order; after every step the rules hold and the plain model agrees."""

import datetime as dt
from collections import Counter

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from tests import builders
from tests.trainings.booking_model import HEAD_START, TAKING, Held, Model, No, Row, Run, day_of
from trainings import approvals, booking, deadlines, held_places, offers, transfers
from trainings.models import Contingent, CourseRun, HeldPlace, Registration, RegistrationEvent

BEGIN = dt.datetime(2027, 3, 8, 8, tzinfo=dt.UTC)  # a Monday; published long before, whenever the test runs
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
NAMES = {"a": ["ada", "ali", "ana"], "b": ["bea", "ben", "bo"], "c": ["cem", "cleo"]}
AGENCY_OF = {person: agency for agency, people in NAMES.items() for person in people}
PEOPLE = st.sampled_from(sorted(AGENCY_OF))
AGENCIES = st.sampled_from(sorted(NAMES))
RUNS = st.sampled_from(["one", "two", "else"])
NTH = st.integers(min_value=0, max_value=40)  # which of the rows there are
RUN_SETTINGS = st.tuples(
    st.integers(min_value=1, max_value=3),
    st.sampled_from([6, 12, 25]),
    st.booleans(),
    st.integers(0, 2).map(bool).map(lambda none: not none),
)
# Who comes first: enough for queues, whatever rules Hypothesis then leaves out.
ARRIVALS = st.lists(st.tuples(RUNS, PEOPLE), min_size=10, max_size=14, unique=True)

pytestmark = pytest.mark.django_db


class Booking(RuleBasedStateMachine):
    """Three agencies, eight people, two runs of one course and one of another."""

    people: dict[str, User]
    coordinator: User

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
        self.before: dict[int, str] = {}
        self.queues: dict[str, list[tuple[int, str]]] = {}
        for name, person in arrivals:
            self.register(name=name, person=person)

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
            with pytest.raises(booking.Refused):
                in_database(self.model.now)
            assert RegistrationEvent.objects.count() == events
            return None
        return wanted, in_database(self.model.now)

    def row(self, nth, *statuses) -> tuple[Row, Registration]:
        """One of the rows: mostly one in such a status, if there is any, else whichever."""
        rows = self.model.rows
        fitting = [row for row in rows if row.status in statuses] if nth % 8 else []
        row = (fitting or rows)[nth % len(fitting or rows)]
        return row, self.registrations[rows.index(row)]

    @property
    def registrations(self) -> list[Registration]:
        rows = Registration.objects.filter(run__in=[run.pk for run in self.runs.values()])
        return list(rows.select_related("person", "run").order_by("pk"))

    @property
    def has_rows(self) -> bool:
        return bool(self.model.rows)

    # --- rules -----------------------------------------------------------------------------------

    @rule(name=RUNS, person=PEOPLE)
    def register(self, name, person):
        somebody = self.people[person]
        chief = f"chefin@{AGENCY_OF[person]}.example"
        self.both(
            lambda: self.model.register(self.model.runs[name], person),
            lambda at: booking.register(self.runs[name], somebody, by=somebody, supervisor_email=chief, at=at),
        )

    @rule(name=RUNS, person=PEOPLE)
    def import_(self, name, person):
        self.both(
            lambda: self.model.register(self.model.runs[name], person, by_coordination=True),
            lambda at: booking.register(
                self.runs[name],
                self.people[person],
                by=self.coordinator,
                channel=booking.Channel.IMPORT,
                source=Registration.Source.IMPORT,
                reason="Liste",
                at=at,
            ),
        )

    @precondition(lambda self: self.has_rows)
    @rule(nth=NTH, by_coordination=st.booleans())
    def cancel(self, nth, by_coordination):
        row, registration = self.row(nth, "confirmed", "waitlisted", "offered", "requested")
        by = self.coordinator if by_coordination else registration.person
        self.both(
            lambda: self.model.cancel(row, by_coordination=by_coordination),
            lambda at: booking.cancel(registration, by=by, at=at),
        )

    @precondition(lambda self: self.has_rows)
    @rule(nth=NTH, yes=st.booleans())
    def decide(self, nth, yes):
        row, registration = self.row(nth, "requested")
        chief = "chefin@a.example"
        if yes:
            self.both(
                lambda: self.model.approve(row), lambda at: approvals.approve(registration, by_email=chief, at=at)
            )
        else:
            self.both(
                lambda: self.model.refuse_approval(row),
                lambda at: approvals.decline(registration, by_email=chief, reason="Dienst", at=at),
            )

    @precondition(lambda self: self.has_rows)
    @rule(nth=NTH, yes=st.booleans())
    def answer(self, nth, yes):
        row, registration = self.row(nth, "offered")
        act, in_model = (offers.accept, self.model.accept) if yes else (offers.decline, self.model.refuse_offer)
        self.both(lambda: in_model(row), lambda at: act(registration, by=registration.person, at=at))

    @precondition(lambda self: self.has_rows)
    @rule(nth=NTH)
    def claim(self, nth):
        row, registration = self.row(nth, "waitlisted")
        self.both(lambda: self.model.claim(row), lambda at: offers.claim(registration, by=registration.person, at=at))

    @rule(name=RUNS, number=st.integers(min_value=1, max_value=5))
    def set_capacity(self, name, number):
        self.both(
            lambda: self.model.set_capacity(self.model.runs[name], number),
            lambda at: booking.change_capacity(self.runs[name], number, by=self.coordinator, at=at),
        )

    @rule(
        name=RUNS,
        agency=AGENCIES,
        reserved=st.integers(min_value=0, max_value=2),
        more=st.none() | st.integers(min_value=0, max_value=1),
        days=st.integers(min_value=-1, max_value=8),
    )
    def set_contingent(self, name, agency, reserved, more, days):
        maximum = None if more is None else max(1, reserved + more)
        release = day_of(self.model.now) + dt.timedelta(days=days)

        def in_database(at):
            terms = {"reserved": reserved, "maximum": maximum, "release_on": release}
            run = self.runs[name]
            Contingent.objects.update_or_create(run=run, agency=self.agency(agency), defaults=terms)
            booking.fill_free_places(run, at=at)

        self.both(
            lambda: self.model.set_contingent(self.model.runs[name], agency, reserved, maximum, release), in_database
        )

    @rule(name=RUNS, agency=AGENCIES, number=st.integers(min_value=1, max_value=2), days=st.integers(0, 5))
    def hold(self, name, agency, number, days):
        run = self.model.runs[name]
        name_by = day_of(self.model.now) + dt.timedelta(days=days)
        done = self.both(
            lambda: self.model.hold(run, agency, number, name_by),
            lambda at: held_places.take(
                self.runs[name], self.agency(agency), number, name_by=name_by, by=self.coordinator, at=at
            ),
        )
        if done:
            self.held += [(run, held, place) for held, place in zip(run.held[-number:], done[1], strict=True)]

    @precondition(lambda self: self.held)
    @rule(nth=NTH, person=PEOPLE)
    def name(self, nth, person):
        run, held, place = self.held[nth % len(self.held)]
        self.both(
            lambda: self.model.name(run, held, person),
            lambda at: held_places.name(place, self.people[person], by=self.coordinator, at=at),
        )

    @precondition(lambda self: self.held)
    @rule(nth=NTH)
    def give_back(self, nth):
        run, held, place = self.held[nth % len(self.held)]
        self.both(
            lambda: self.model.give_back(run, held),
            lambda at: held_places.give_back(place, by=self.coordinator, at=at),
        )

    @precondition(lambda self: self.has_rows)
    @rule(nth=NTH, colleague=PEOPLE)
    def substitute(self, nth, colleague):
        row, registration = self.row(nth, "confirmed")
        self.both(
            lambda: self.model.substitute(row, colleague),
            lambda at: transfers.substitute(registration, self.people[colleague], by=registration.person, at=at),
        )

    @precondition(lambda self: self.has_rows)
    @rule(nth=NTH, name=RUNS)
    def move(self, nth, name):
        row, registration = self.row(nth, "confirmed", "waitlisted")
        if not registration.supervisor_email and self.model.runs[name].approval:
            return  # imported: there is nobody to ask
        self.both(
            lambda: self.model.move(row, self.model.runs[name]),
            lambda at: transfers.move(registration, self.runs[name], by=registration.person, at=at),
        )

    @precondition(lambda self: self.has_rows)
    @rule(nth=NTH)
    def move_up(self, nth):
        row, registration = self.row(nth, "waitlisted")
        self.both(
            lambda: self.model.move_up(row),
            lambda at: booking.move_up(registration, by=self.coordinator, reason="dringend", at=at),
        )

    @precondition(lambda self: self.has_rows)
    @rule(nth=NTH)
    def give_now(self, nth):
        row, registration = self.row(nth, "waitlisted", "requested", "offered")
        self.both(
            lambda: self.model.give_now(row),
            lambda at: booking.give_now(registration, by=self.coordinator, reason="Zusage", at=at),
        )

    @rule(by=st.sampled_from([dt.timedelta(hours=1), HEAD_START, dt.timedelta(hours=24), dt.timedelta(days=2)]))
    def pass_time(self, by):
        self.both(lambda: self.model.pass_time(by), lambda at: deadlines.sweep(self.model.now))

    def agency(self, name):
        return self.people[NAMES[name][0]].agency

    # --- what always holds -----------------------------------------------------------------------

    @invariant()
    def the_database_is_as_the_model(self):
        run_names = {run.pk: name for name, run in self.runs.items()}
        found = [(run_names[row.run_id], row.person.first_name, row.status) for row in self.registrations]
        assert found == [(row.run.name, row.person, row.status) for row in self.model.rows]
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


def test_booking_holds_whatever_people_do(coordinator):
    for agency in NAMES:
        builders.build_agency(agency, f"{agency}.example")
    Booking.coordinator = coordinator
    Booking.people = {
        person: builders.build_person(f"{person}@{agency}.example", person) for person, agency in AGENCY_OF.items()
    }
    run_state_machine_as_test(
        Booking,
        settings=settings(
            max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
