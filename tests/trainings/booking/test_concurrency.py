"""Real processes on a real database: no place is given twice, nobody sees an error, nobody is overtaken."""

import threading

import pytest
from django.db import connections

from tests import storm
from tests.builders import build_person, build_run
from trainings import booking
from trainings.acts import Act
from trainings.models import CourseRun, Registration


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_forty_people_want_five_places_at_once(database_url):
    run = build_run(capacity=5)
    people = [build_person() for _ in range(40)]
    result = storm.storm(database_url, [run.pk], [person.pk for person in people], processes=4)
    assert result["errors"] == []
    assert result["outcomes"] == {"confirmed": 5, "waitlisted": 35}
    rows = Registration.objects.filter(run=run)
    assert rows.confirmed().count() == 5
    assert rows.waitlisted().count() == 35
    last_confirmed = max(rows.confirmed().values_list("registered_at", "pk"))
    assert all(last_confirmed < key for key in rows.waitlisted().values_list("registered_at", "pk"))


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_devices_of_one_person_give_one_registration(database_url):
    run = build_run(capacity=5)
    person = build_person()
    result = storm.storm(database_url, [run.pk], [person.pk, person.pk], processes=2)
    assert result["errors"] == []
    assert result["outcomes"] == {"confirmed": 1, "refused": 1, "refused: already_registered": 1}


@pytest.mark.django_db(transaction=True)
def test_two_people_give_back_their_places_at_once(database_url):
    """Both promotions happen, each of another person."""
    run = build_run(capacity=2)
    registrations = [booking.register(run, person, Act(person)) for person in [build_person() for _ in range(4)]]
    barrier = threading.Barrier(2)
    problems = []

    def give_back(registration):
        try:
            barrier.wait(timeout=10)
            booking.cancel(registration, Act(registration.person))
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=give_back, args=[registration]) for registration in registrations[:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert problems == []
    assert list(CourseRun.objects.get(pk=run.pk).registrations.order_by("pk").values_list("status", flat=True)) == [
        "cancelled",
        "cancelled",
        "confirmed",
        "confirmed",
    ]


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_everything_at_once_and_one_process_killed_keeps_the_rules(database_url):
    """Registering, cancelling, answering, approving, moving …: nobody sees an error, and no rule is broken."""
    runs = storm.build_town(runs=10, people=30)
    result = storm.mixed_storm(database_url, runs, processes=4, operations=100)
    assert result["errors"] == []
    assert result["killed"] == 1
    assert storm.broken_rules(runs) == []
    assert not Registration.objects.filter(person__last_name=storm.GHOST).exists()
