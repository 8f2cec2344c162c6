"""Which days of a grant are reported together: opened, changed, removed."""

import datetime as dt

import pytest
from django.urls import reverse

from evidence import periods, retention
from evidence.models import ReportingPeriod, ReportingPeriodEvent
from tests.builders import berlin, build_funding
from tests.evidence.builders import build_period
from tests.pages import read
from trainings.acts import Act, Channel
from trainings.models import Funding
from trainings.refusals import Refused
from trainings.reporting import Period

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant():
    return build_funding(starts_on=dt.date(2024, 10, 1), ends_on=dt.date(2026, 9, 30))


@pytest.fixture
def act(coordinator) -> Act:
    return Act(coordinator, Channel.COORDINATION)


def half(year: int, number: int) -> dict[str, dt.date]:
    days = Period.half_year(dt.date(year, 6 * number - 5, 1))
    return {"first_on": days.first, "last_on": days.last}


def test_one_is_opened_and_changed_with_a_history(grant, act):
    period = periods.open_period(grant, half(2025, 1), act)
    periods.change_period(period, {"due_on": dt.date(2025, 9, 30)}, act)
    period.refresh_from_db()
    assert (period.days, period.due_on) == (Period(dt.date(2025, 1, 1), dt.date(2025, 6, 30)), dt.date(2025, 9, 30))
    assert [(event.what, event.actor, event.changes) for event in period.events.all()] == [
        ("opened", act.by, []),
        ("changed", act.by, [{"field": "due_on", "old": None, "new": "2025-09-30"}]),
    ]


@pytest.mark.parametrize(
    ("days", "field", "said"),
    [
        ({"first_on": dt.date(2024, 7, 1), "last_on": dt.date(2024, 12, 31)}, "first_on", "01.10.2024"),
        ({"first_on": dt.date(2026, 7, 1), "last_on": dt.date(2026, 12, 31)}, "last_on", "30.09.2026"),
        ({"first_on": dt.date(2025, 7, 1), "last_on": dt.date(2025, 6, 1)}, "last_on", "vor dem ersten"),
        ({"first_on": dt.date(2025, 6, 30), "last_on": dt.date(2025, 7, 1)}, "first_on", "1. Halbjahr 2025"),
        ({**half(2025, 2), "due_on": dt.date(2025, 12, 30)}, "due_on", "vor dem Ende"),
    ],
)
def test_days_that_cannot_be_are_refused_beside_their_field(grant, act, days, field, said):
    periods.open_period(grant, half(2025, 1), act)
    with pytest.raises(Refused) as refused:
        periods.open_period(grant, days, act)
    [reason] = refused.value.reasons
    assert (reason.field, said in reason.text) == (field, True)
    assert ReportingPeriod.objects.count() == 1


def test_a_period_of_centuries_is_refused(act):
    endless = build_funding(
        starts_on=dt.date(2024, 1, 1), ends_on=dt.date(9990, 12, 31), keep_evidence_until=dt.date.max
    )
    with pytest.raises(Refused, match="höchstens zehn Jahre"):
        periods.open_period(endless, {"first_on": dt.date(2024, 1, 1), "last_on": dt.date(9990, 12, 31)}, act)
    periods.open_period(endless, {"first_on": dt.date(2024, 1, 15), "last_on": dt.date(2034, 1, 14)}, act)


def test_the_deadline_is_moved_though_the_grant_was_shortened(grant, act):
    period = periods.open_period(grant, half(2026, 1), act)
    Funding.objects.filter(pk=grant.pk).update(ends_on=dt.date(2026, 3, 31))
    periods.change_period(period, {"due_on": dt.date(2026, 9, 30)}, act)
    assert ReportingPeriod.objects.get().due_on == dt.date(2026, 9, 30)


def test_grants_may_overlap_each_other(grant, act):
    other = build_funding(starts_on=grant.starts_on, ends_on=grant.ends_on)
    periods.open_period(grant, half(2025, 1), act)
    assert periods.open_period(other, half(2025, 1), act).funding == other


def test_what_was_handed_in_keeps_its_days(act):
    period = build_period(handed_in_at=berlin(2025, 7, 10), handed_in_by=act.by)
    with pytest.raises(Refused):
        periods.change_period(period, {"last_on": dt.date(2025, 7, 31)}, act)
    with pytest.raises(Refused):
        periods.remove_period(period, act)
    assert periods.change_period(period, {"due_on": dt.date(2025, 12, 31)}, act).due_on == dt.date(2025, 12, 31)


def test_one_opened_by_mistake_goes_with_its_history(grant, act):
    period = periods.open_period(grant, half(2025, 1), act)
    periods.remove_period(period, act)
    assert not ReportingPeriod.objects.exists()
    assert not ReportingPeriodEvent.objects.exists()


def test_only_coordinators_keep_them(grant, participant):
    with pytest.raises(Refused):
        periods.open_period(grant, half(2025, 1), Act(participant))


def test_half_years_without_one_are_proposed_within_the_grant(grant, act):
    periods.open_period(grant, half(2025, 1), act)
    assert periods.proposed_for(grant, dt.date(2026, 8, 1)) == [
        Period(dt.date(2024, 10, 1), dt.date(2024, 12, 31)),
        Period(dt.date(2025, 7, 1), dt.date(2025, 12, 31)),
        Period(dt.date(2026, 1, 1), dt.date(2026, 6, 30)),
        Period(dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
    ]


def test_from_the_list_to_a_new_one_are_two_clicks(signed_in, coordinator, grant):
    client = signed_in(coordinator)
    address = read(client.get(reverse("evidence:periods"))).links["2. Halbjahr 2025 anlegen"]
    form = read(client.get(address)).form("first_on", "last_on")
    assert (form["first_on"], form["last_on"]) == ("2025-07-01", "2025-12-31")
    answer = read(client.post(address, form, follow=True))
    assert "2. Halbjahr 2025" in answer.links
    assert ReportingPeriod.objects.get().days.last == dt.date(2025, 12, 31)


def test_two_who_change_the_same_deadline_see_both(signed_in, coordinator):
    period = build_period()
    client, address = signed_in(coordinator), reverse("evidence:edit_period", args=[period.pk])
    form = read(client.get(address)).form("due_on")
    client.post(address, form | {"due_on": "2025-08-31"})
    second = read(client.post(address, form | {"due_on": "2025-09-30"}))
    assert "2025-08-31" in second.errors[0]
    period.refresh_from_db()
    assert period.due_on == dt.date(2025, 8, 31)


def test_the_history_is_forgotten_with_the_evidence(act):
    period = build_period()
    periods.note(period, act, periods.What.CHANGED, about="ada@mayen.example")
    kept = period.funding.keep_evidence_until
    assert retention.clean_up(berlin(kept.year, kept.month, kept.day))["period_events"] == 0
    assert retention.clean_up(berlin(kept.year, kept.month, kept.day) + dt.timedelta(days=1))["period_events"] == 1
    assert period.events.get().about == ""
