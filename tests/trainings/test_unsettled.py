"""In any order of what people do, the desk asks about few runs and says what it would say of all there ever were.

The oracles below look at everything, as the desk did before: what is left to do must be the same.
"""

import datetime as dt
import os
import uuid
from contextlib import suppress
from operator import attrgetter

import hypothesis.strategies as st
import pytest
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import TruncDate
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from certificates import issuing
from certificates.models import Certificate
from tests import builders, writing
from tests.certificates.builders import build_attended, build_finished_run
from trainings import attendance, booking, completeness, health, locking, periodic, planning, unsettled
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import (
    AttendanceChange,
    AttendanceRecord,
    CourseRun,
    Discrepancy,
    Registration,
    RunEvent,
    Session,
    SheetScan,
    UnsettledRuns,
)
from trainings.planning import Edit, Meeting
from trainings.refusals import Refused

EXAMPLES = int(os.environ.get("UNSETTLED_MACHINE_EXAMPLES", "3"))

pytestmark = pytest.mark.django_db


# --- Everything there is -------------------------------------------------------------------------


def all_to_issue() -> list[tuple[CourseRun, int]]:
    found = (
        Registration.objects.confirmed()
        .filter(~Exists(Certificate.objects.filter(registration=OuterRef("pk"))), run__closed_at__isnull=False)
        .filter(Exists(AttendanceRecord.objects.filter(registration=OuterRef("pk"), minutes__gt=0)))
        .select_related("run")
        .order_by("run__starts_at", "run__pk")
    )
    waiting: dict[CourseRun, int] = {}
    assessed: dict[CourseRun, dict[int, issuing.Assessment]] = {}
    for row in found:
        if row.run not in assessed:
            assessed[row.run] = {one.registration.pk: one for one in issuing.assess(row.run)}
        if assessed[row.run][row.pk].is_eligible:
            waiting[row.run] = waiting.get(row.run, 0) + 1
    return list(waiting.items())


def all_outdated() -> set[Certificate]:
    corrected = AttendanceChange.objects.filter(registration=OuterRef("registration"), at__gt=OuterRef("issued_at"))
    replanned = RunEvent.objects.filter(run=OuterRef("registration__run"), at__gt=OuterRef("issued_at"))
    rows = set()
    for change in (corrected, replanned):
        late = Certificate.objects.valid().filter(Exists(change)).select_related("registration")
        for row in late.prefetch_related("registration__attendance_records__session"):
            records = [one for one in row.registration.attendance_records.all() if not one.session.is_cancelled]
            minutes = sum(min(one.minutes, one.session.teaching_minutes) for one in records)
            days = sorted(timezone.localdate(one.session.starts_at) for one in records if one.minutes)
            if (row.minutes_certified, row.days_certified) != (minutes, days):
                rows.add(row)
    return rows


def all_to_scan(at: dt.datetime) -> list[Session]:
    of_day = SheetScan.objects.filter(
        covers_day=True, session__run=OuterRef("run"), session__starts_at__date=OuterRef("day")
    )
    earlier = Session.objects.taking_place().filter(
        run=OuterRef("run"), starts_at__date=OuterRef("day"), starts_at__lt=OuterRef("starts_at")
    )
    return list(
        Session.objects.taking_place()
        .filter(Exists(Registration.objects.confirmed().filter(run=OuterRef("run"))), ends_at__lte=at)
        .filter(run__published_at__lte=at, run__funding__isnull=False, scans=None)
        .exclude(run__format=CourseRun.Format.ONLINE)
        .alias(day=TruncDate("starts_at"))
        .exclude(Exists(of_day))
        .exclude(Exists(earlier.filter(scans=None)))
        .order_by("starts_at", "pk")
    )


def desk_says_what_there_is(at: dt.datetime | None = None) -> None:
    at = at or timezone.now()
    assert issuing.to_issue() == all_to_issue()
    assert sorted(issuing.outdated(), key=attrgetter("pk")) == sorted(all_outdated(), key=attrgetter("pk"))
    assert list(completeness.lists_to_scan(at, unsettled.candidates(at))) == all_to_scan(at)
    states_say_what_the_lists_do(at)


def states_say_what_the_lists_do(at: dt.datetime) -> None:
    runs = CourseRun.objects.taking_place().filter(closed_at=None, published_at__lte=at)
    states = completeness.states_of_lists([run.pk for run in runs])
    assert {one.run for one in states if one.is_incomplete} == {run.pk for run in completeness.incomplete(runs)}
    to_submit = {one.session for one in states if one.is_to_submit}
    over = {session.pk for session in Session.objects.filter(ends_at__lte=at)}
    assert to_submit & over == {session.pk for session in completeness.lists_to_submit(at)}


# --- In any order --------------------------------------------------------------------------------

RUNS = st.integers(0, 2)
SECOND = st.booleans()


class Afterwards(RuleBasedStateMachine):
    """A closed run with certificates, one that is over with two lists on one day, and one that is to come."""

    def __init__(self) -> None:
        super().__init__()
        self.patched = pytest.MonkeyPatch()
        self.patched.setattr(unsettled, "VISIBLE_WITHIN", dt.timedelta(0))  # nothing else writes here
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()
        self.runs: list[CourseRun] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.rolled_back.__exit__(None, None, None)
        self.patched.undo()

    @initialize()
    def build(self):
        self.coordinator = builders.build_person(role="coordinator")
        self.overrides = builders.planner().overrides
        self.funding = builders.build_funding()
        self.venue = builders.build_venue()
        hours = [(builders.in_days(-9, hour), builders.in_days(-9, hour + 3)) for hour in (9, 13)]
        self.runs = [
            build_finished_run(days_ago=(10, 3), minutes=180, funding=self.funding, venue=self.venue),
            builders.build_run(sessions=hours, teaching_minutes=120, funding=self.funding, venue=self.venue),
            builders.build_run(teaching_minutes=180, venue=self.venue),
        ]
        for run in self.runs[:2]:
            for minutes in (120, 180):
                build_attended(run, minutes=minutes, by=self.coordinator)
        builders.build_registration(self.runs[2])
        attendance.close(self.runs[0], self.act())
        issuing.issue(self.runs[0], self.act())
        self.look_through()

    def act(self) -> Act:
        return Act(self.coordinator, reason="Berichtigt", overrides=self.overrides)

    def attempt(self, operation):
        with suppress(Refused), transaction.atomic():
            return operation()

    def session(self, run: int, second: bool) -> Session:
        sessions = list(self.runs[run].sessions.order_by("starts_at", "pk"))
        return sessions[second % len(sessions)]

    def registration(self, run: int, second: bool) -> Registration:
        rows = list(self.runs[run].registrations.order_by("pk"))
        return rows[second % len(rows)]

    @rule()
    def look_through(self):
        unsettled.look_through()

    @rule(run=RUNS, who=SECOND, when=SECOND, status=st.sampled_from(["present", "absent", "partial", ""]))
    def mark(self, run, who, when, status):
        mark = Mark(status, 60 if status == "partial" else None)
        person = self.registration(run, who).pk
        self.attempt(lambda: attendance.record(self.session(run, when), {person: mark}, self.act()))

    @rule(run=RUNS, who=SECOND, when=SECOND, status=st.sampled_from(["present", "absent"]), late=st.integers(0, 120))
    def tap(self, run, who, when, status, late):
        said_at = timezone.now() - dt.timedelta(minutes=late)
        session, person = self.session(run, when), self.registration(run, who).pk
        self.attempt(
            lambda: attendance.tap(session, person, Mark(status), self.act(), key=uuid.uuid4(), said_at=said_at)
        )

    @rule(run=RUNS, when=SECOND)
    def walk_in(self, run, when):
        session, said = self.session(run, when), {"first_name": "Kim", "last_name": "Neu", "group": "staff"}
        email = f"{uuid.uuid4().hex[:9]}@mayen.example"
        self.attempt(lambda: attendance.add_walk_in(session, self.act(), email=email, **said))

    @rule(run=RUNS, who=SECOND)
    def cancel(self, run, who):
        self.attempt(lambda: booking.cancel(self.registration(run, who), self.act()))

    @rule(run=RUNS)
    def register(self, run):
        self.attempt(lambda: booking.register(self.runs[run], builders.build_person(), self.act()))

    @rule(run=RUNS)
    def close_or_reopen(self, run):
        row = CourseRun.objects.get(pk=self.runs[run].pk)
        self.attempt(lambda: (attendance.reopen if row.is_closed else attendance.close)(row, self.act()))

    @rule(run=RUNS, when=SECOND, minutes=st.sampled_from([60, 120, 170]))
    def submit(self, run, when, minutes):
        self.attempt(lambda: attendance.submit(self.session(run, when), self.act(), taught_minutes=minutes))

    @rule(run=RUNS, chosen=SECOND)
    def issue(self, run, chosen):
        whom = list(self.runs[run].registrations.all()) if chosen else None
        self.attempt(lambda: issuing.issue(self.runs[run], self.act(), registrations=whom))

    @rule(run=RUNS, who=SECOND, operation=st.sampled_from([issuing.revoke, issuing.replace]))
    def end_a_certificate(self, run, who, operation):
        held = list(Certificate.objects.valid().filter(registration__run=self.runs[run]).order_by("pk"))
        if held:
            self.attempt(lambda: operation(held[who % len(held)], self.act()))

    @rule(run=RUNS, when=SECOND, days=st.sampled_from([-40, -7, 1, 40]), minutes=st.sampled_from([60, 120, 180]))
    def move(self, run, when, days, minutes):
        session, by = self.session(run, when), dt.timedelta(days=days)
        meeting = Meeting(session.starts_at + by, session.ends_at + by, minutes, session.room)
        self.attempt(lambda: planning.change_run(self.runs[run], Edit(sessions={session.pk: meeting}), self.act()))

    @rule(run=RUNS, when=SECOND)
    def call_a_session_off(self, run, when):
        edit = Edit(sessions={self.session(run, when).pk: None})
        self.attempt(lambda: planning.change_run(self.runs[run], edit, self.act()))

    @rule(run=RUNS)
    def call_the_run_off(self, run):
        self.attempt(lambda: planning.cancel_run(self.runs[run], self.act()))

    @rule(run=RUNS, percent=st.sampled_from([20, 80, 100]), funded=st.booleans(), online=st.booleans())
    def edit(self, run, percent, funded, online):
        values = {"required_attendance_percent": percent, "funding": self.funding if funded else None}
        values |= {"format": "online", "venue": None} if online else {"format": "on_site", "venue": self.venue}
        self.attempt(lambda: planning.change_run(self.runs[run], Edit(values), self.act()))

    @rule(run=RUNS, when=SECOND, number=st.integers(0, 3), covers_day=st.booleans())
    def scan(self, run, when, number, covers_day):
        content = b"%%PDF-1.7\n%d\n%%%%EOF\n" % number
        session = self.session(run, when)
        self.attempt(
            lambda: attendance.keep_scans(session, [content], self.act(), original_at="Büro", covers_day=covers_day)
        )

    @precondition(lambda self: SheetScan.objects.exists())
    @rule(run=RUNS, when=SECOND, first=SECOND)
    def refile(self, run, when, first):
        scan = SheetScan.objects.order_by("pk" if first else "-pk").first()
        session = self.session(run, when)
        self.attempt(lambda: attendance.refile(scan, self.act(), session=session, original_at="Archiv"))

    @invariant()
    def the_desk_says_what_there_is(self):
        if self.runs:
            desk_says_what_there_is()


@pytest.mark.both_databases
@pytest.mark.slow
def test_afterwards_in_any_order():
    """UNSETTLED_MACHINE_EXAMPLES makes the search longer."""
    run_state_machine_as_test(
        Afterwards,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


# --- One by one ----------------------------------------------------------------------------------


@pytest.fixture
def at_once(monkeypatch):
    """What happened before a look is all in it."""
    monkeypatch.setattr(unsettled, "VISIBLE_WITHIN", dt.timedelta(0))


@pytest.fixture
def settled(coordinator, at_once) -> CourseRun:
    """Closed, everybody has a certificate, its list is scanned, and all that was looked through."""
    run = build_finished_run(venue=builders.build_venue())
    for _number in range(2):
        build_attended(run, by=coordinator)
    attendance.close(run, Act(coordinator))
    issuing.issue(run, Act(coordinator))
    attendance.keep_scan(run.sessions.get(), b"%PDF-1.7\n%%EOF\n", Act(coordinator), original_at="Büro")
    unsettled.look_through()
    assert unsettled.candidates() == set()
    return run


def test_a_settled_run_is_asked_about_no_more(settled):
    now = timezone.now()
    with CaptureQueriesContext(connection) as asked:
        issuing.to_issue()
        issuing.outdated()
        list(completeness.lists_to_scan(now, unsettled.candidates(now)))
    tables = {table for one in asked for table in writing.tables_in(one["sql"])}
    assert not tables & {"certificates_certificate", "trainings_attendancerecord", "trainings_sheetscan"}


WAYS = ["corrected", "moved", "walk-in", "somebody gets a place late", "list moved away", "another comes to its end"]


@pytest.mark.parametrize("what", WAYS)
def test_whatever_leaves_something_to_do_makes_it_a_candidate(settled, coordinator, what):
    act, session, trainer = Act(coordinator, reason="Berichtigt"), settled.sessions.get(), builders.build_person()
    wanted, left = {settled.pk}, settled
    if what == "corrected":
        person = settled.registrations.order_by("pk")[0]
        attendance.record(session, {person.pk: Mark("partial", 300)}, act)
    elif what == "moved":
        attendance.reopen(settled, act)
        builders.save_session(move_by(session, days=-1))
        assert len(issuing.outdated()) == 2
    elif what == "walk-in":
        attendance.reopen(settled, act)
        attendance.add_walk_in(
            session, act, email="neu@mayen.example", first_name="Ayu", last_name="Neu", group="staff"
        )
        attendance.close(settled, act)
        assert issuing.to_issue() == [(settled, 1)]
    elif what == "somebody gets a place late":
        other = build_finished_run()
        with locking.locked(other):
            late = booking.unwritten(other, builders.build_person(), Registration.Source.WALK_IN, timezone.now())
            booking.give_place(late, act)
        wanted, left = {other.pk}, other
    elif what == "list moved away":
        other = build_finished_run(days_ago=(9,))
        attendance.refile(SheetScan.objects.get(), act, session=other.sessions.get(), original_at="Büro")
        wanted.add(other.pk)
    else:
        now = timezone.now()
        other = builders.build_run(
            sessions=[(now - dt.timedelta(hours=3), now)], trainers=[trainer], funding=builders.build_funding()
        )
        builders.build_registration(other)
        wanted, left = {other.pk}, other
    assert unsettled.candidates() == wanted
    desk_says_what_there_is()
    assert unsettled.look_through() == 1
    assert unsettled.candidates() == {left.pk}
    desk_says_what_there_is()


def move_by(session: Session, *, days: int) -> Session:
    by = dt.timedelta(days=days)
    session.starts_at, session.ends_at = session.starts_at + by, session.ends_at + by
    return session


def test_what_is_left_stays_a_candidate_until_it_is_done(settled, coordinator):
    person = settled.registrations.order_by("pk")[0]
    act = Act(coordinator, reason="Berichtigt")
    attendance.record(settled.sessions.get(), {person.pk: Mark("partial", 300)}, act)
    unsettled.look_through()
    [certificate] = issuing.outdated()
    issuing.replace(certificate, act)
    assert unsettled.candidates() == {settled.pk}
    assert (unsettled.look_through(), unsettled.candidates()) == (0, set())


def test_a_run_that_is_published_later_is_waited_for(at_once, coordinator):
    """Nobody does so by a page: then its list is due as soon as it is public."""
    soon = timezone.now() + dt.timedelta(hours=1)
    run = build_finished_run(published_at=soon)
    build_attended(run, by=coordinator)
    unsettled.look_through()
    assert list(completeness.lists_to_scan(timezone.now())) == []
    later = soon + dt.timedelta(minutes=1)
    assert list(completeness.lists_to_scan(later, unsettled.candidates(later))) == [run.sessions.get()]


def test_what_is_written_while_somebody_looks_is_seen_by_the_next_look(coordinator):
    """A transaction that is a while under way is dated before the look that did not see it."""
    run = build_finished_run()
    person = build_attended(run, by=coordinator)
    now = timezone.now()
    unsettled.look_through(now)
    attendance.record(
        run.sessions.get(), {person.pk: Mark("partial", 300)},
        Act(coordinator, reason="Berichtigt", at=now - dt.timedelta(minutes=59)),
    )  # fmt: skip
    assert run.pk in unsettled.candidates(now)


def test_a_correction_by_the_version_before_is_seen_by_the_next_look(settled, coordinator):
    """During an upgrade: its row names the record alone."""
    record = AttendanceRecord.objects.order_by("pk")[0]
    AttendanceRecord.objects.filter(pk=record.pk).update(status="partial", minutes=90)
    AttendanceChange.objects.create(
        record=record, from_status="present", from_minutes=record.minutes, to_status="partial", to_minutes=90,
        actor=coordinator, reason="Berichtigt",
    )  # fmt: skip
    unsettled.look_through()
    desk_says_what_there_is()
    assert [one.registration_id for one in issuing.outdated()] == [record.registration_id]


def test_before_anything_was_looked_through_all_runs_are_asked_about(settled):
    UnsettledRuns.objects.all().delete()
    assert unsettled.candidates() is None
    desk_says_what_there_is()


def test_a_look_by_a_clock_that_was_ahead_does_not_count(settled):
    unsettled.look_through(timezone.now() + dt.timedelta(days=2))
    assert unsettled.candidates() is None


def test_the_import_of_a_past_is_not_carried_from_query_to_query(settled, coordinator, monkeypatch):
    monkeypatch.setattr(unsettled, "MOST_KEYS", 1)
    attendance.reopen(settled, Act(coordinator, reason="Berichtigt"))
    assert unsettled.candidates() is None


@pytest.mark.slow
def test_the_worker_looks_through_the_runs_every_hour(settled):
    UnsettledRuns.objects.all().delete()
    assert "unsettled runs" in periodic.run_due_jobs()
    assert UnsettledRuns.objects.get().runs == []


@pytest.mark.slow
def test_what_somebody_writes_past_the_operations_is_found_in_the_night(settled):
    AttendanceRecord.objects.update(minutes=90)
    RunEvent.objects.create(run=settled, what="changed", channel="web")  # as a restore would, dated before the look
    UnsettledRuns.objects.update(looked_until=timezone.now())
    assert issuing.outdated() == []
    health.verify()
    assert Discrepancy.objects.get(promise="settled").keys == f"CourseRun {settled.pk}"
    assert len(issuing.outdated()) == 2
    health.verify()
    assert not Discrepancy.objects.filter(promise="settled").exists()


def test_what_is_corrected_while_the_data_are_looked_at_is_no_discrepancy(settled, coordinator, monkeypatch):
    person = settled.registrations.order_by("pk")[0]
    UnsettledRuns.objects.update(looked_until=timezone.now())

    def meanwhile(_keys, _at):
        act = Act(coordinator, reason="Berichtigt")
        attendance.record(settled.sessions.get(), {person.pk: Mark("partial", 300)}, act)
        return []

    monkeypatch.setattr(unsettled, "_looks", [meanwhile, *unsettled._looks])
    health.verify()
    assert not Discrepancy.objects.filter(promise="settled").exists()
    assert [one.registration for one in issuing.outdated()] == [person]


# --- Who writes what it is about -----------------------------------------------------------------


def test_everything_the_answer_is_about_is_known(settled):
    """A further table in one of these queries needs a row in ``SETTLING``."""
    with CaptureQueriesContext(connection) as asked:
        issuing.to_issue()
        issuing.outdated()
        list(completeness.lists_to_scan(timezone.now(), None))
        UnsettledRuns.objects.all().delete()
        issuing.to_issue()
        issuing.outdated()
    tables = {table for one in asked for table in writing.tables_in(one["sql"])}
    assert tables - writing.settling_tables() - writing.SHOWN_ONLY == set()


@pytest.mark.parametrize(
    "how",
    [
        "AttendanceRecord.objects.update(minutes=3)",
        "AttendanceRecord.objects.all().delete()",
        "SheetScan.objects.all().delete()",
        "Certificate.objects.update(revoked_at=None, replaced_at=None)",
    ],
)
def test_a_new_writer_has_to_say_how_the_desk_hears_of_it(settled, monkeypatch, how):
    """Even one that may write the table: as if it was named among its writers."""
    monkeypatch.setattr(writing, "WRITERS", [])
    names = {model.__name__: model for model in (AttendanceRecord, SheetScan, Certificate)}
    with pytest.raises(writing.WrittenUnheard, match=r"^trainings/invented\.py writes .*trainings\.unsettled"):
        exec(compile(how, str(writing.ROOT / "trainings/invented.py"), "exec"), names)  # noqa: S102


def test_a_page_asks_once_which_runs_are_candidates(django_assert_num_queries):
    unsettled.look_through()
    with unsettled.asked_once():
        first = unsettled.candidates()
        with django_assert_num_queries(0):
            assert unsettled.candidates() is first
    with django_assert_num_queries(2):
        assert unsettled.candidates() == first
