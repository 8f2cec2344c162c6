"""What is missing, of many runs at once: as counted one by one, and without a query more for each."""

import datetime as dt
import random
from collections import Counter

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certificates import issuing
from certificates.models import Certificate
from evidence.completeness import completeness_of
from tests.builders import berlin, build_agency, build_funding, build_person, build_registration, build_run, in_days
from tests.cases import one_in
from tests.certificates.builders import build_finished_run
from tests.evidence.builders import build_period
from trainings import attendance
from trainings.acts import Act, Channel
from trainings.attendance import Mark, PaperEntry
from trainings.completeness import missing_records
from trainings.models import CourseRun, Registration, Submission
from trainings.reporting import Period

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n"
SEEDS = 4


@pytest.fixture(autouse=True)
def noon():
    """The dice decide otherwise once the session of today is over."""
    with time_machine.travel(berlin(2037, 3, 10, 12)):
        yield


class World:
    """A dozen runs in all states, made by the operations; the dice decide how far each has come."""

    def __init__(self, seed: int, trainer, coordinator) -> None:
        self.dice = random.Random(seed)  # noqa: S311  nobody needs to be kept from guessing it
        self.trainer, self.act = Act(trainer), Act(coordinator, Channel.COORDINATION, "berichtigt")
        self.days = Period(in_days(-60).date(), in_days(-10).date())
        self.grant = build_funding()
        self.agency = build_agency(f"Amt {seed}", f"amt{seed}.example")
        self.people = [self.person(f"p{number}@woanders{seed}.example", number) for number in range(5)]
        for _number in range(14):
            self.one_more_run(trainer)

    def one_in(self, number: int) -> bool:
        return self.dice.randrange(number) == 0

    def person(self, email: str, number: int):
        return build_person(email, agency=None if number == 0 else self.agency)

    def one_more_run(self, trainer) -> None:
        starts = [in_days(day) for day in self.dice.sample(range(-75, 4), self.dice.choice([1, 1, 2, 3]))]
        run = build_run(
            sessions=[(start, start + dt.timedelta(hours=7)) for start in sorted(starts)],
            funding=self.dice.choice([self.grant, self.grant, self.grant, self.grant, None, build_funding()]),
            format=self.dice.choice(["on_site", "on_site", "on_site", "online"]),
            published_at=None if self.one_in(8) else in_days(-90),
            trainers=[trainer],
        )
        people = self.dice.sample(self.people, self.dice.choice([0, 1, 3, 4]))
        for person in people:
            build_registration(run, person, group="" if self.one_in(8) else "staff")
        if run.published_at and not self.one_in(4):
            self.recorded(run)

    def recorded(self, run: CourseRun) -> None:
        carelessness = self.dice.choice([0, 0, 4])
        over = [session for session in run.sessions.all() if session.ends_at <= timezone.now()]
        for session in over:
            for registration in attendance.expected(session):
                if not (carelessness and self.one_in(carelessness)):
                    mark = Mark("partial", minutes=200) if self.one_in(4) else Mark("present")
                    attendance.record(session, {registration.pk: mark}, self.act)
                if self.one_in(3):
                    entry = PaperEntry("signed", self.dice.choice([None, 200]))
                    attendance.enter_paper(session, {registration.pk: entry}, self.act)
            if not self.one_in(3):
                file = PDF + f"{session.pk}\n%%EOF\n".encode()
                attendance.keep_scan(session, file, self.trainer, original_at="Büro")
            if not self.one_in(3) and not [row for row in missing_records(run) if row[1] == session]:
                attendance.submit(session, self.trainer, taught_minutes=session.teaching_minutes)
        if not missing_records(run) and run.is_finished() and not self.one_in(3):
            attendance.close(run, self.act)
            if not self.one_in(2):
                self.issued(run)

    def issued(self, run: CourseRun) -> None:
        issued = issuing.issue(run, self.act)
        if issued and self.one_in(2):
            key, session = issued[0].registration_id, run.sessions.first()
            attendance.record(session, {key: Mark("partial", minutes=100)}, self.act)

    # --- what is missing of it, one by one ------------------------------------------------------------

    def missing(self) -> Counter:
        return Counter((kind, run.pk) for run in CourseRun.objects.all() for kind in self.missing_of(run))

    def is_here(self, session) -> bool:
        return self.days.first <= timezone.localdate(session.starts_at) <= self.days.last

    def missing_of(self, run: CourseRun):
        sessions = list(run.sessions.all())
        over = [session for session in sessions if session.ends_at <= timezone.now()]
        people = list(Registration.objects.filter(run=run, status="confirmed"))
        held_here = [session for session in over if self.is_here(session)]
        if not held_here or run.funding not in (self.grant, None):
            return
        if run.published_at is None:
            if people:
                yield "not_published"
            return
        if run.funding is None:
            yield "no_grant"
            return
        is_counted = len(over) == len(sessions) and self.is_here(max(sessions, key=lambda one: one.starts_at))
        for session in over if is_counted else held_here:
            yield from self.missing_of_list(run, session, people)
        if is_counted:
            yield from self.missing_of_people(run, people)

    def missing_of_list(self, run: CourseRun, session, people):
        recorded = set(session.attendance_records.values_list("registration", flat=True))
        if any(one.pk not in recorded for one in people):
            yield "records"
        elif people and not run.is_closed and not Submission.objects.filter(session=session).exists():
            yield "submission"
        if people and run.format != "online" and not session.scans.exists():
            yield "scan"
        if any(row.difference for row in attendance.paper_rows(session)):
            yield "paper"

    def missing_of_people(self, run: CourseRun, people):
        for one in people:
            if one.agency is None or not one.group:
                yield "belonging"
        if not run.is_closed:
            if not missing_records(run):
                yield "closing"
            return
        if any(one.is_eligible and not one.registration.certificates.exists() for one in issuing.assess(run)):
            yield "to_issue"
        for certificate in Certificate.objects.valid().filter(registration__run=run):
            now = certificate.registration.attendance_records.aggregate(minutes=Sum("minutes"))["minutes"]
            if certificate.minutes_certified != now:
                yield "outdated"


@pytest.mark.parametrize("seed", one_in(SEEDS, range(SEEDS)))
def test_it_is_what_one_finds_run_by_run(trainer, coordinator, seed):
    world = World(seed, trainer, coordinator)
    found = completeness_of(world.grant, world.days)
    expected = world.missing()
    assert Counter((lack.kind.value, lack.run.pk) for lack in found.lacks) == expected
    incomplete = {run for _kind, run in expected}
    held = {
        run.pk
        for run in CourseRun.objects.filter(funding=world.grant, published_at__isnull=False)
        if any(world.is_here(session) and session.ends_at <= timezone.now() for session in run.sessions.all())
    }
    assert {run.pk for run in found.complete_runs} == held - incomplete
    assert {run.pk for run in found.runs} == held | incomplete
    assert sum(kind.number for kind in found.by_kind) == found.number == expected.total()
    for kind in found.by_kind:
        runs = [of_run.run for of_run in kind.by_run]
        assert runs == sorted(set(runs), key=lambda run: run.starts_at), "each once, by its first session"


@pytest.mark.slow
def test_the_worlds_have_everything(trainer, coordinator):
    """Else they would prove nothing."""
    kinds = {kind for seed in range(SEEDS) for kind, _run in World(seed, trainer, coordinator).missing()}
    assert kinds == {
        "belonging", "closing", "no_grant", "not_published", "outdated", "paper", "records", "scan", "submission",
        "to_issue",
    }  # fmt: skip


@pytest.mark.slow
def test_three_runs_cost_no_more_queries_than_one(signed_in, coordinator, trainer):
    client, grant = signed_in(coordinator), build_funding()
    period = build_period(funding=grant, first_on=in_days(-60).date(), last_on=in_days(-1).date())
    build_funding()  # both are asked about
    address = reverse("evidence:missing", args=[period.pk])
    act = Act(coordinator, Channel.COORDINATION, "berichtigt")

    def one_more_of_each() -> None:
        recorded, unrecorded, closed = (build_finished_run(funding=grant, trainers=[trainer]) for _one in range(3))
        build_finished_run(funding=None, trainers=[trainer])
        build_registration(unrecorded, build_person())
        for run in (recorded, closed):
            registration, session = build_registration(run, build_person()), run.sessions.get()
            attendance.record(session, {registration.pk: Mark("present")}, act)
            attendance.enter_paper(session, {registration.pk: PaperEntry("signed", 300)}, act)
        attendance.close(closed, act)
        [certificate] = issuing.issue(closed, act)
        attendance.record(closed.sessions.get(), {certificate.registration_id: Mark("partial", minutes=90)}, act)

    def queries(page: str) -> int:
        client.get(page)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    one_more_of_each()
    pages = [address, period.get_absolute_url(), reverse("trainings:coordination")]
    with_one = [queries(page) for page in pages]
    one_more_of_each()
    one_more_of_each()
    assert [queries(page) for page in pages] == with_one
