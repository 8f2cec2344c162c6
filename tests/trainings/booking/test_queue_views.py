"""Coordinators see why who gets the next place, and decide past the queue with a reason."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.builders import build_agency, build_person, build_registration, build_run, in_days
from tests.pages import read
from trainings import booking
from trainings.acts import Act
from trainings.booking import allocation, explain_queue
from trainings.booking.explaining import turns
from trainings.models import Contingent, CourseRun, Registration

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


def url(name, thing):
    return reverse(f"trainings:{name}", args=[thing.pk])


def build_waiting(run, last_name, minutes_ago, agency=None, **fields):
    person = build_person(last_name=last_name, agency=agency)
    at = timezone.now() - minutes_ago * MINUTE
    return build_registration(run, person, "waitlisted", registered_at=at, queued_at=at, **fields)


def names(rows):
    return [row.registration.person.last_name for row in rows]


# --- The explanation ------------------------------------------------------------------------------


def test_the_order_of_the_trace_is_the_order_in_which_places_are_given(coordinator, agency, other_agency):
    run = build_run(capacity=2, fairness="agencies")
    build_registration(run, build_person(agency=agency))
    build_registration(run, build_person(agency=agency))
    build_waiting(run, "Adam", 9, agency)
    build_waiting(run, "Bauer", 8, other_agency)
    build_waiting(run, "Celik", 7, other_agency)
    found = explain_queue(run)
    assert names(found.queue) == ["Bauer", "Celik", "Adam"]
    assert [row.turn for row in found.queue] == [1, 2, 3]
    still_waiting = []
    for capacity in [3, 4, 5]:
        booking.change_capacity(run, capacity, Act(coordinator))
        still_waiting.append(list(run.registrations.in_queue_order().values_list("person__last_name", flat=True)))
    assert still_waiting == [["Adam", "Celik"], ["Adam"], []]


def test_the_trace_says_why_somebody_is_passed_over(client, agency, other_agency):
    run = build_run(capacity=2)
    day = timezone.localdate() + dt.timedelta(days=5)
    Contingent.objects.create(run=run, agency=agency, reserved=0, maximum=1, release_on=day)
    Contingent.objects.create(run=run, agency=other_agency, reserved=1, release_on=day)
    build_registration(run, build_person(agency=agency))
    build_registration(run, build_person())
    build_waiting(run, "Adam", 9, agency)
    build_waiting(run, "Bauer", 8)
    build_waiting(run, "Celik", 7, other_agency)
    found = explain_queue(run)
    when = f"{day:%d.%m.%Y}"
    assert [(row.registration.person.last_name, row.turn, row.objection) for row in found.queue] == [
        ("Celik", 1, ""),
        (
            "Bauer",
            2,
            f"Freie Plätze sind reserviert, in Klammern der Tag der Freigabe: Stadtverwaltung Bendorf ({when}).",
        ),
        ("Adam", None, f"Stadtverwaltung Mayen bekommt bis {when} höchstens 1 Platz und hat ihn."),
    ]
    page = read(client.get(url("queue", run)))
    assert "Den nächsten Platz bekommt Kim Celik." in page.text
    assert "Stadtverwaltung Bendorf: 1 von 1 reservierten Plätzen noch nicht genutzt" in page.text


def test_nobody_can_have_the_next_place(client, agency):
    run = build_run(capacity=1)
    Contingent.objects.create(run=run, agency=agency, maximum=1, release_on=timezone.localdate() + dt.timedelta(days=5))
    build_registration(run, build_person(agency=agency))
    build_waiting(run, "Adam", 9, agency)
    assert explain_queue(run).next is None
    assert "kann zurzeit niemand bekommen, der wartet" in read(client.get(url("queue", run))).text


def test_of_an_overbooked_run_the_page_says_so(client):
    run = build_run(capacity=1)
    build_registration(run)
    build_registration(run)
    page = read(client.get(url("queue", run)))
    assert "Es ist 1 Platz mehr vergeben als vorhanden." in page.text
    assert "Niemand wartet." in page.text


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (30, "Ein freier Platz geht jetzt direkt an die nächste Person."),
        (5, "Ein freier Platz wird der nächsten Person angeboten. Sie hat an Arbeitstagen 24 Stunden Zeit."),
        (1, "Von einem freien Platz erfahren alle Wartenden zugleich."),
        (-1, "Der Termin hat begonnen."),
    ],
)
def test_the_page_says_how_a_place_would_reach_them(client, days, says):
    assert says in read(client.get(url("queue", build_run(starts_at=in_days(days))))).text


def test_turns_do_not_change_the_queue_they_were_given():
    queue = [allocation.QueueEntry(1, None), allocation.QueueEntry(2, None)]
    situation = booking.Situation(capacity=1, used={None: 1}, waiting=2)
    assert [step.chosen.pk for step in turns(situation, queue)] == [1, 2]
    assert [entry.pk for entry in queue] == [1, 2]


# --- Acting ---------------------------------------------------------------------------------------


def test_move_up_needs_a_reason_and_puts_somebody_first(client, coordinator):
    run = build_run(capacity=1)
    build_registration(run)
    build_waiting(run, "Adam", 9)
    second = build_waiting(run, "Bauer", 8)
    assert len(read(client.post(url("move_up", second), {"reason": ""})).errors) == 1
    assert names(explain_queue(run).queue) == ["Adam", "Bauer"]
    response = client.post(url("move_up", second), {"reason": "Leitet das Bürgerbüro"}, follow=True)
    assert response.redirect_chain == [(url("queue", run), 302)]
    assert read(response).alerts == ["Kim Bauer steht jetzt am Anfang der Warteliste."]
    assert names(explain_queue(run).queue) == ["Bauer", "Adam"]
    event = second.events.get()
    assert (event.actor, event.reason, event.overrides) == (coordinator, "Leitet das Bürgerbüro", "queue")


def test_give_now_confirms_beyond_the_capacity(client):
    run = build_run(capacity=1)
    build_registration(run)
    waiting = build_waiting(run, "Adam", 9)
    response = client.post(url("give_now", waiting), {"reason": "Anruf"}, follow=True)
    assert read(response).alerts == ["Kim Adam hat einen Platz."]
    waiting.refresh_from_db()
    assert (waiting.status, waiting.events.get().overrides) == ("confirmed", "queue full")


def test_a_refusal_is_shown(client):
    run = build_run(capacity=1, starts_at=timezone.now() - MINUTE)
    waiting = build_waiting(run, "Adam", 9)
    page = read(client.post(url("give_now", waiting), {"reason": "Anruf"}), 409)
    assert page.alerts == ["Das ist nicht möglich Dieser Termin hat bereits begonnen."]


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("approve", "confirmed", "Jan Weber hat einen Platz."),
        ("decline", "declined", "Die Anfrage von Jan Weber ist abgelehnt."),
    ],
)
def test_a_decision_by_phone(client, coordinator, other_participant, name, status, said):
    run = build_run(approval=CourseRun.Approval.REQUIRED)
    requested = build_registration(run, other_participant, "requested")
    assert client.get(url(name, requested)).status_code == 200
    response = client.post(url(name, requested), {"reason": "Am Telefon"}, follow=True)
    assert read(response).alerts == [said]
    requested.refresh_from_db()
    event = requested.events.get()
    assert (requested.status, event.actor, event.reason, event.channel) == (
        status,
        coordinator,
        "Am Telefon",
        "coordination",
    )


@pytest.mark.parametrize("name", ["move_up", "give_now", "approve", "decline"])
def test_what_is_not_in_that_state_is_not_found(client, name):
    registration = build_registration(build_run())
    assert client.get(url(name, registration)).status_code == 404
    assert client.post(url(name, registration), {"reason": "x"}).status_code == 404
    assert Registration.objects.get().status == "confirmed"


def test_reading_changes_nothing(client):
    run = build_run(capacity=2)
    build_registration(run)
    waiting = build_waiting(run, "Adam", 9)
    for page in [url("queue", run), url("move_up", waiting), url("give_now", waiting)]:
        assert client.get(page).status_code == 200
    waiting.refresh_from_db()
    assert (waiting.status, waiting.events.count()) == ("waitlisted", 0)


def test_the_number_of_queries_does_not_grow(client):
    def queries(waiting):
        run = build_run(capacity=1)
        build_registration(run)
        for number in range(waiting):
            agency = build_agency(f"Behörde {waiting}-{number}", f"b{waiting}{number}.example")
            build_waiting(run, f"Person {number}", number, agency)
        with CaptureQueriesContext(connection) as captured:
            client.get(url("queue", run))
        return len(captured)

    queries(0)  # what is kept for later pages
    assert queries(1) == queries(3)
