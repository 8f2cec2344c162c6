"""Coordinators plan in any order, by page, copy and table; after each step all who tell of a run say the same.

Three runs: one to come with people, one that is over with attendance, one that is closed with certificates.
"""

import datetime as dt
import os
from contextlib import suppress
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.tables import CsvFile, read_table
from certificates import issuing
from tests import builders
from tests.certificates.builders import build_attended
from tests.trainings.planning.test_run_pages import fields_of
from tests.trainings.reporting.test_registrations import rows_of
from trainings import attendance, history, planning, reporting
from trainings.acts import Act
from trainings.models import AttendanceRecord, CourseRun, Message, Registration
from trainings.planning import Edit, Meeting
from trainings.refusals import Refused
from trainings.reporting import Period

EXAMPLES = int(os.environ.get("PLANNING_MACHINE_EXAMPLES", "3"))
RUNS = st.sampled_from(["to come", "over", "closed"])
DAYS = st.sampled_from([-35, -7, -1, 1, 7, 35])
MINUTES = st.sampled_from([45, 90, 180, 360])
REASONS = st.sampled_from(["", "Berichtigt"])
SHOWN = {"starts_at", "ends_at", "room", "venue", "format", "online_link", "trainers", "cancelled_at"}

pytestmark = pytest.mark.django_db


class Planning(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.rolled_back.__exit__(None, None, None)

    @initialize()
    def build(self):
        self.coordinator = builders.build_person(role="coordinator")
        self.client = Client()
        self.client.force_login(self.coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
        self.venues = [builders.build_venue(), builders.build_venue()]
        trainer, self.funding = builders.build_person(), builders.build_funding()
        fields = {"trainers": [trainer], "venue": self.venues[0], "funding": self.funding, "teaching_minutes": 180}
        hours = dt.timedelta(hours=7)

        def build(*days: int) -> CourseRun:
            starts = [builders.in_days(day) for day in days]
            return builders.build_run(sessions=[(start, start + hours) for start in starts], **fields)

        self.runs = {"to come": build(40, 47), "over": build(-20, -13), "closed": build(-30, -23)}
        for _number in range(2):
            builders.build_registration(self.runs["to come"])
            build_attended(self.runs["over"], minutes=180)
            build_attended(self.runs["closed"], minutes=180, by=self.coordinator)
        attendance.close(self.runs["closed"], Act(self.coordinator))
        issuing.issue(self.runs["closed"], Act(self.coordinator))
        self.pks = [run.pk for run in self.runs.values()]
        self.facts = {name: history.facts_of(run) for name, run in self.runs.items()}

    def act(self, reason: str) -> Act:
        return Act(self.coordinator, reason=reason, overrides=builders.planner().overrides)

    # --- what coordinators do --------------------------------------------------------------------

    @rule(name=RUNS, days=DAYS, which=st.integers(0, 1), minutes=MINUTES, off=st.booleans(), reason=REASONS)
    def move(self, name, days, which, minutes, off, reason):
        run = self.runs[name]
        sessions = list(run.sessions.filter(cancelled_at=None))
        session = sessions[which % len(sessions)]
        by = dt.timedelta(days=days)
        meeting = None if off else Meeting(session.starts_at + by, session.ends_at + by, minutes, session.room)
        self.attempt(lambda: planning.change_run(run, Edit(sessions={session.pk: meeting}), self.act(reason)))

    @rule(name=RUNS, percent=st.sampled_from([20, 80, 100]), venue=st.integers(0, 1), reason=REASONS)
    def edit_on_the_page(self, name, percent, venue, reason):
        url = reverse("trainings:edit_run", args=[self.runs[name].pk])
        sent = fields_of(self.client.get(url).content.decode())
        sent |= {"required_attendance_percent": str(percent), "venue": str(self.venues[venue].pk), "reason": reason}
        doubts = builders.planner().overrides.split()
        assert self.client.post(url, {**sent, "confirmed": "1", "doubts": doubts}).status_code in {302, 409}

    @rule(name=RUNS, capacity=st.sampled_from(["1", "2", "30"]), units=st.sampled_from(["2 UE", "4 UE"]))
    def import_a_table(self, name, capacity, units):
        file = CsvFile().export_data(planning.RunResource().export(CourseRun.objects.filter(pk=self.runs[name].pk)))
        text = file.decode() if isinstance(file, bytes) else file
        text = text.replace("4 UE", units).replace(";10;", f";{capacity};")
        table = read_table(text.encode())
        planning.RunResource().import_data(table, user=self.coordinator, confirmed=True)

    @rule(name=RUNS, days=DAYS)
    def copy(self, name, days):
        copy = planning.copy_run(self.runs[name], self.act(""), days=days)
        assert (copy.closed_at, copy.cancelled_at, copy.published_at) == (None, None, None)
        assert not copy.registrations.exists()

    @rule(reason=REASONS)
    def reopen_or_close(self, reason):
        run = CourseRun.objects.get(pk=self.runs["closed"].pk)
        operation = attendance.reopen if run.is_closed else attendance.close
        self.attempt(lambda: operation(run, self.act(reason)))

    def attempt(self, operation):
        with suppress(Refused), transaction.atomic():
            operation()

    # --- what must be true -----------------------------------------------------------------------

    @invariant()
    def history_tells_every_difference(self):
        if not hasattr(self, "runs"):
            return
        for name, run in self.runs.items():
            now = history.facts_of(run)
            for key in {*now, *self.facts[name]}:
                session, field = key
                told = [
                    (change["old"], change["new"])
                    for event in run.events.order_by("pk")
                    for change in event.changes
                    if (change["session"], change["field"]) == (session, field)
                ]
                if self.facts[name].get(key) != now.get(key):
                    assert told, (name, key)
                    assert told[-1][1] == now.get(key)
                for (_old, new), (old, _new) in pairwise(told):
                    assert new == old

    @invariant()
    def what_is_closed_stays(self):
        if not hasattr(self, "runs"):
            return
        run = CourseRun.objects.get(pk=self.runs["closed"].pk)
        closed_at = [event.pk for event in run.events.filter(what="closed")][-1:]
        if run.is_closed and closed_at:
            assert not run.events.filter(pk__gt=closed_at[0], what="changed").exists()

    @invariant()
    def all_count_the_same_minutes(self):
        if not hasattr(self, "runs"):
            return
        for record in AttendanceRecord.objects.select_related("session"):
            assert record.minutes <= record.session.teaching_minutes
        over = [run for run in CourseRun.objects.filter(pk__in=self.pks) if run.is_finished()]
        assessed = {run.pk: sum(one.minutes_attended for one in issuing.assess(run)) for run in over}
        for run in over:
            exported = rows_of(Registration.objects.filter(run=run))[1:]
            assert sum(int(row[12] or 0) for row in exported) == assessed[run.pk]
        period = Period(builders.in_days(-200).date(), builders.in_days(-1).date())
        assert reporting.figures_of(period).total.minutes_attended == sum(assessed.values())

    @invariant()
    def certificates_are_right_or_flagged(self):
        if not hasattr(self, "runs"):
            return
        flagged = {certificate.registration_id for certificate in issuing.outdated()}
        for one in issuing.assess(self.runs["closed"]):
            differs = one.certificate is not None and one.minutes_certified != one.minutes_attended
            assert not differs or one.registration.pk in flagged

    @invariant()
    def whoever_comes_is_told(self):
        if not hasattr(self, "runs"):
            return
        run = self.runs["to come"]
        now = history.facts_of(run)
        shown = [key for key in now if key[1] in SHOWN and self.facts["to come"].get(key) != now[key]]
        told = Message.objects.filter(kind="session_moved", registration__run=run, status="queued")
        assert told.count() == (run.registrations.count() if shown else 0)


@pytest.mark.both_databases
@pytest.mark.slow
def test_planning_in_any_order():
    """PLANNING_MACHINE_EXAMPLES makes the search longer."""
    run_state_machine_as_test(
        Planning,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
