"""Indicators and targets: what is refused, what stays once a period was handed in, what hangs on what."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from evidence import indicators, periods
from evidence.history import history_of
from evidence.models import Indicator, PeriodTarget
from tests.builders import build_course, build_funding
from tests.evidence.builders import build_indicator, build_period, build_target
from trainings import planning
from trainings.acts import Act, Channel
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def act(coordinator) -> Act:
    return Act(coordinator, Channel.COORDINATION)


@pytest.fixture
def period():
    return build_period()


def hand_in(period, by) -> None:
    period.handed_in_at, period.handed_in_by = timezone.now(), by
    period.save()


def test_one_is_made_and_changed_with_a_history(period, act):
    made = indicators.create_indicator(period.funding, {"name": "Geschulte", "counts": "persons"}, act)
    indicators.change_indicator(made, {"level": "basic", "target": Decimal(200)}, act)
    made.refresh_from_db()
    assert (made.level, made.target) == ("basic", 200)
    assert [(event.what, event.changes) for event in history_of(made)] == [
        ("changed", [{"field": "level", "old": "", "new": "basic"}, {"field": "target", "old": None, "new": "200"}]),
        ("created", []),
    ]
    indicators.change_indicator(made, {"level": "basic"}, act)
    assert history_of(made).count() == 2, "nothing has changed"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "GESCHULTE"}, "name"),
        ({"name": ""}, "name"),
        ({"counts": "shoes"}, "counts"),
        ({"counts": "runs", "group": "staff"}, "group"),
        ({"counts": "minutes_held", "agency_kind": "church"}, "agency_kind"),
        ({"target": Decimal("12.5")}, "target"),
        ({"target": Decimal(-1)}, "target"),
        ({"level": "opening", "course": "basic"}, "level"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(period, act, values, field):
    build_indicator(funding=period.funding, name="Geschulte")
    if "course" in values:
        values = values | {"course": build_course(level=values["course"])}
    with pytest.raises(Refused) as refused:
        indicators.create_indicator(period.funding, {"name": "Neu", "counts": "persons"} | values, act)
    assert [reason.field for reason in refused.value.reasons] == [field]
    assert Indicator.objects.count() == 1


def test_units_may_have_a_decimal_and_grants_the_same_names(period, act):
    build_indicator(funding=build_funding(), name="Geschulte")
    values = {"name": "Geschulte", "counts": "units_held", "target": Decimal("37.5")}
    assert indicators.create_indicator(period.funding, values, act).target == Decimal("37.5")


def test_a_grant_that_has_ended_is_asked_about(act):
    grant = build_funding(starts_on=dt.date(2020, 1, 1), ends_on=dt.date(2021, 1, 1))
    values = {"name": "Spät", "counts": "persons"}
    [doubt] = indicators.doubts_about(grant)
    with pytest.raises(Refused, match=r"01\.01\.2021"):
        indicators.create_indicator(grant, values, act)
    sure = Act(act.by, act.channel, overrides=doubt.code)
    assert history_of(indicators.create_indicator(grant, values, sure)).get().overrides == doubt.code
    assert indicators.doubts_about(build_funding()) == []


def test_once_a_period_was_handed_in_with_it_it_stays_what_it_was(period, act):
    used = build_indicator(funding=period.funding)
    hand_in(period, act.by)
    younger = build_indicator(funding=period.funding)
    for change in ({"counts": "participations"}, {"level": "basic"}, {"definition": "anders"}, {"name": "anders"}):
        with pytest.raises(Refused, match="legen Sie eine Kopie an"):
            indicators.change_indicator(used, change, act)
        indicators.change_indicator(younger, change, act)
    with pytest.raises(Refused):
        indicators.remove_indicator(used, act)
    indicators.remove_indicator(younger, act)
    indicators.change_indicator(used, {"target": Decimal(9)}, act)
    used.refresh_from_db()
    assert (used.counts, used.target) == ("persons", 9)


def test_targets_are_agreed_for_a_period_until_it_is_handed_in(period, act):
    first, second = (build_indicator(funding=period.funding) for _number in range(2))
    indicators.set_targets(period, {first.pk: Decimal(40), second.pk: Decimal(3)}, act)
    indicators.set_targets(period, {first.pk: Decimal(50), second.pk: None}, act)
    indicators.set_targets(period, {first.pk: Decimal(50)}, act)
    assert [one.target for one in period.targets.order_by("indicator")] == [50, None]
    said = [(event.about, event.changes[0]["old"], event.changes[0]["new"]) for event in period.events.all()]
    assert said == [
        (f"Ziel: {first}", None, "40"), (f"Ziel: {second}", None, "3"),
        (f"Ziel: {first}", "40.0", "50"), (f"Ziel: {second}", "3.0", None),
    ]  # fmt: skip
    hand_in(period, act.by)
    with pytest.raises(Refused, match="abgegeben"):
        indicators.set_targets(period, {first.pk: Decimal(1)}, act)


@pytest.mark.parametrize("target", [Decimal(-1), Decimal("1.5")])
def test_a_target_that_cannot_be_is_refused_beside_its_field(period, act, target):
    of = build_indicator(funding=period.funding)
    with pytest.raises(Refused) as refused:
        indicators.set_targets(period, {of.pk: target}, act)
    assert [reason.field for reason in refused.value.reasons] == [f"target-{of.pk}"]


def test_a_target_for_another_grants_indicator_is_refused(period, act):
    with pytest.raises(Refused):
        indicators.set_targets(period, {build_indicator().pk: Decimal(1)}, act)


def test_what_hangs_on_what(period, act, coordinator):
    course = build_course()
    of = build_indicator(funding=period.funding, course=course)
    build_target(of, period, target=1)
    with pytest.raises(Refused, match="Indikatoren"):
        planning.remove(course, act)
    with pytest.raises(Refused, match="Indikatoren"):
        planning.remove(period.funding, act)
    periods.remove_period(period, act)  # opened by mistake: its targets go with it
    assert PeriodTarget.objects.count() == 0
    build_target(of, target=1)
    indicators.remove_indicator(of, act)
    assert PeriodTarget.objects.count() == 0
    planning.remove(course, act)


def test_only_coordinators_keep_them(period, participant):
    of, nobody = build_indicator(funding=period.funding), Act(participant)
    for attempt in (
        lambda: indicators.create_indicator(period.funding, {"name": "x", "counts": "runs"}, nobody),
        lambda: indicators.change_indicator(of, {"name": "x"}, nobody),
        lambda: indicators.remove_indicator(of, nobody),
        lambda: indicators.set_targets(period, {of.pk: Decimal(1)}, nobody),
    ):
        with pytest.raises(Refused):
            attempt()
