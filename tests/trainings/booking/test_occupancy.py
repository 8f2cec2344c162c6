"""Every page, feed and rule counts places alike, because there is one count."""

import ast
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.builders import build_agency, build_person, build_registration, build_run, in_days
from tests.sources import nodes_of
from trainings import booking
from trainings.calendars import feeds
from trainings.models import (
    CalendarSubscription,
    Contingent,
    CourseRun,
    HeldPlace,
    Registration,
    occupancy,
    occupancy_of,
    people_waiting,
    places_taken,
)

ROOT = Path(__file__).resolve().parents[3]
STATUSES = [*Registration.Status]


@pytest.fixture
def run(agency, other_agency, coordinator):
    """Of each status one registration per agency, held places (one given back), and a contingent half used."""
    run = build_run(capacity=20)
    for sent_by in (agency, other_agency, None):
        for status in STATUSES:
            build_registration(run, build_person(f"{status}@{sent_by and sent_by.pk}.example", agency=sent_by), status)
    held = {"run": run, "name_by": in_days(10), "taken_at": timezone.now(), "taken_by": coordinator}
    HeldPlace.objects.create(agency=agency, **held)
    HeldPlace.objects.create(agency=agency, ended_at=timezone.now(), ended_by=coordinator, **held)
    Contingent.objects.create(run=run, agency=agency, reserved=7, release_on=in_days(5))
    Contingent.objects.create(run=run, agency=other_agency, reserved=2, release_on=in_days(5))
    Contingent.objects.create(run=run, agency=build_agency("Vorbei", ""), reserved=5, release_on=in_days(0))
    return run


def test_page_rule_and_feed_count_alike(run, coordinator):
    counted = CourseRun.objects.with_occupancy().get(pk=run.pk)
    situation = booking.situation_of(run, timezone.now())
    subscription = CalendarSubscription(person=coordinator, kind="coordinator", created_at=timezone.now())
    [item] = feeds.feed_of(subscription).items()
    assert (counted.places_taken, counted.people_waiting, counted.places_reserved) == (10, 3, 3)
    assert (run.places_taken, run.people_waiting, run.places_reserved) == (10, 3, 3)  # nothing counted beforehand
    assert (situation.taken, situation.waiting, situation.reserved) == (10, 3, 3)
    assert occupancy_of([run.pk], timezone.now()) == {run.pk: (10, 3, 3, True)}
    assert (item.inside.taken, item.inside.waiting) == (10, 3)


def test_what_an_agency_has_counts_its_held_places_everywhere(signed_in, run, agency, agency_contact):
    client = signed_in(agency_contact)
    annotated = CourseRun.objects.annotate(
        taken=places_taken(agencies=[agency.pk]), waiting=people_waiting(agencies=[agency.pk])
    ).get(pk=run.pk)
    subscription = CalendarSubscription(person=agency_contact, kind="agency", created_at=timezone.now())
    [item] = feeds.feed_of(subscription).items()
    [row] = client.get(reverse("trainings:agency")).context["page_obj"]
    assert booking.situation_of(run, timezone.now()).used[agency.pk] == 4
    assert (annotated.taken, annotated.waiting) == (4, 1)
    assert (item.inside.own_taken, item.inside.own_waiting) == (4, 1)
    assert (row.own_taken, row.own_waiting) == (4, 1)


def test_thousands_of_runs_are_counted_in_parts(run, monkeypatch, django_assert_num_queries):
    others = [build_run(capacity=1).pk for _ in range(4)]
    monkeypatch.setattr(occupancy, "KEYS_A_QUERY", 2)
    with django_assert_num_queries(3):
        found = occupancy_of([*others, run.pk], timezone.now())
    assert found == {**dict.fromkeys(others, (0, 0, 0, False)), run.pk: (10, 3, 3, True)}


def test_what_is_kept_in_several_runs_is_told_apart(run, django_assert_num_queries):
    empty = build_run()
    with django_assert_num_queries(3):
        sentences = booking.places_on_hold([run, empty], timezone.now())
    assert [len(sentences[one.pk]) for one in (run, empty)] == [4, 0]  # requested, offered, held, kept
    assert booking.places_on_hold([], timezone.now()) == {}


def test_nobody_else_counts_places():
    """Whoever aggregates rows by what takes a place counts anew; ``trainings/models/occupancy.py`` has done it."""
    counting = {
        str(path.relative_to(ROOT))
        for app in ("accounts", "trainings", "certificates")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
        for function in nodes_of(path, having="TAKING_A_PLACE|takes_a_place|taking_a_place")
        if isinstance(function, ast.FunctionDef)
        and mentions(function, {"TAKING_A_PLACE", "taking_a_place", "takes_a_place"})
        and mentions(function, {"Count", "Sum", "Subquery", "count", "len", "sum", "aggregate", "annotate"})
    }
    # It asks whether what was counted can be.
    assert counting == {"trainings/health/promises.py"}, (
        "ask places_taken, people_waiting or booking.situation_of instead"
    )


def mentions(function: ast.FunctionDef, names: set[str]) -> bool:
    found = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    return bool(found & names)
