"""What is evidence of a grant and a period: each fact as the operations left it, the numbers those of the figures."""

import datetime as dt
import json

import pytest
from django.utils import timezone

from certificates import issuing
from evidence.facts.gathering import period_evidence
from evidence.facts.nouns import as_json
from evidence.facts.reading import evidence_from
from tests.builders import (
    build_agency,
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    in_days,
)
from tests.certificates.builders import build_attended, build_finished_run
from trainings import attendance, people, planning
from trainings.acts import Act, Channel
from trainings.attendance import Mark
from trainings.reporting import OF_A_RUN, OF_EVERYTHING, Period, figures_of

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def grant():
    return build_funding()


@pytest.fixture
def period():
    today = timezone.localdate()
    return Period(today - dt.timedelta(days=60), today)


@pytest.fixture
def run(grant, trainer):
    course = build_course("Vielfalt am Schalter", level="advanced")
    return build_finished_run(days_ago=(20, 13), course=course, funding=grant, trainers=[trainer])


def test_a_run_is_told_with_everything_that_proves_it(run, grant, period, trainer, coordinator):
    ada = build_attended(run, build_person(first_name="Ada", last_name="Özil"), by=trainer)
    first, second = run.sessions.all()
    attendance.keep_scan(first, PDF, Act(trainer), original_at="Ordner 3")
    attendance.submit(first, Act(trainer), taught_minutes=360)
    attendance.close(run, Act(coordinator, Channel.COORDINATION))
    [certificate] = issuing.issue(run, Act(coordinator))
    act = Act(coordinator, Channel.COORDINATION, "Zug verspätet")
    attendance.record(second, {ada.pk: Mark("partial", minutes=300)}, act)

    evidence = period_evidence(grant, period)
    [told] = evidence.runs
    assert (told.number, told.course, told.level) == (run.number, "Vielfalt am Schalter", "Aufbaumodul")
    assert (told.trainers, told.grant_number) == ([str(trainer)], grant.grant_number)
    assert (told.first_day, told.last_day) == (first_day(first), first_day(second))
    assert told.closed_on == timezone.localdate()
    assert [(one.session.minutes, one.submitted_by, len(one.scans)) for one in told.lists] == [
        (360, str(trainer), 1),
        (360, "", 0),
    ]
    [scan] = told.lists[0].scans
    assert (scan.original_at, scan.size) == ("Ordner 3", len(PDF))
    [participant] = told.participants
    assert (participant.last_name, participant.minutes, participant.outcome) == ("Özil", 660, "attended")
    assert [(one.number, one.minutes, one.state) for one in told.certificates] == [(certificate.number, 720, "valid")]
    [correction] = told.corrections
    assert (correction.about, correction.old, correction.new, correction.reason) == (
        "Özil, Ada",
        "anwesend (360 Minuten)",
        "teilweise (300 Minuten)",
        "Zug verspätet",
    )


@pytest.fixture
def act(coordinator) -> Act:
    return Act(coordinator, Channel.COORDINATION, "berichtigt")


def first_day(session) -> dt.date:
    return timezone.localdate(session.starts_at)


def test_numbers_are_those_of_the_figures(run, grant, period, trainer):
    build_attended(run, build_person(agency=build_agency("Jobcenter", "jobcenter.example")), by=trainer)
    build_attended(run, minutes=60, by=trainer)
    build_finished_run(funding=build_funding())
    evidence, figures = period_evidence(grant, period), figures_of(period, funding=grant)
    assert evidence.numbers == dict(zip(OF_EVERYTHING, figures.numbers, strict=True))
    assert [one.numbers for one in evidence.runs] == [dict(zip(OF_A_RUN, figures.runs[0].numbers, strict=True))]
    assert [part.name for part in evidence.agencies] == [part.name for part in evidence.runs[0].agencies]
    assert sum(part.numbers["registered"] for part in evidence.runs[0].groups) == 2


def test_what_was_called_off_says_why_and_how_many_had_a_place(grant, period, coordinator):
    run = build_run(starts_at=in_days(4), funding=grant)
    build_registration(run), build_registration(run)
    planning.cancel_run(run, Act(coordinator, Channel.COORDINATION, "Referentin krank"))
    longer = Period(period.first, timezone.localdate(in_days(10)))
    [called_off] = period_evidence(grant, longer).called_off
    assert (called_off.number, called_off.reason, called_off.registered) == (run.number, "Referentin krank", 2)
    assert called_off.planned_for == timezone.localdate(in_days(4))
    assert period_evidence(grant, period).called_off == []


def test_it_is_plain_json(run, grant, period, trainer):
    build_attended(run, by=trainer)
    told = json.loads(json.dumps(as_json(period_evidence(grant, period))))
    assert told["runs"][0]["first_day"] == first_day(run.sessions.first()).isoformat()
    assert told["numbers"]["units_held"] == "16.0"


def test_what_was_stored_is_told_as_it_was(run, grant, period, trainer):
    build_attended(run, by=trainer)
    attendance.keep_scan(run.sessions.first(), PDF, Act(trainer), original_at="Ordner 3")
    evidence = period_evidence(grant, period)
    stored = json.loads(json.dumps(as_json(evidence)))
    assert evidence_from(stored) == evidence
    del stored["runs"][0]["level"], stored["runs"][0]["closed_on"]  # an older version did not know them
    [told] = evidence_from(stored).runs
    assert (told.level, told.closed_on, told.number) == ("", None, run.number)


def test_nobody_is_named_whose_data_are_restricted(run, grant, period, trainer, act):
    ada = build_attended(run, build_person(first_name="Ada", last_name="Özil"), by=trainer)
    attendance.close(run, act)
    attendance.record(run.sessions.first(), {ada.pk: Mark("absent")}, act)
    people.restrict(ada.person, act)
    evidence = period_evidence(grant, period)
    assert "Özil" not in str(as_json(evidence))
    assert [(one.minutes, len(evidence.runs[0].corrections)) for one in evidence.runs[0].participants] == [(360, 1)]


def test_a_period_without_runs_is_told_as_such(grant, period):
    evidence = period_evidence(grant, period)
    assert (evidence.runs, evidence.called_off, evidence.numbers["runs"]) == ([], [], 0)


def test_queries_grow_by_three_a_run(run, grant, period, trainer, django_assert_num_queries):
    build_attended(run, by=trainer)
    with django_assert_num_queries(FIXED + 3):
        period_evidence(grant, period)
    for _number in range(2):
        build_attended(build_finished_run(funding=grant), by=trainer)
    with django_assert_num_queries(FIXED + 9):
        period_evidence(grant, period)


FIXED = 16
