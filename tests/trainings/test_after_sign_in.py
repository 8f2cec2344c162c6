"""Signing in leads to the page somebody works on, unless they asked for another."""

import re

import pytest
from django.core import mail

from tests.builders import build_person, build_run, in_days

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.DEMO = settings.SECOND_FACTOR_REQUIRED = False


def lands_on(client, person, **wanted) -> str:
    client.post("/anmelden/", {"email": person.email, **wanted})
    [code] = re.findall(r"^([A-Z0-9-]{6,12})$", mail.outbox[-1].body, re.MULTILINE)
    return client.post("/anmelden/code/", {"code": code, "action": "verify", **wanted})["Location"]


def test_a_coordinator_lands_on_the_desk_even_one_who_teaches(client, coordinator):
    build_run(trainers=[coordinator])
    assert lands_on(client, coordinator) == "/koordination/"


@pytest.mark.parametrize(("starts", "page"), [(5, "/leitung/"), (-20, "/leitung/"), (-120, "/meine-schulungen/")])
def test_a_trainer_lands_on_their_runs_as_long_as_there_is_something_to_do(client, starts, page):
    person = build_person()
    build_run(trainers=[person], starts_at=in_days(starts))
    assert lands_on(client, person) == page


def test_a_contact_lands_on_the_page_of_the_agency_but_one_who_teaches_on_their_runs(client, agency_contact):
    assert lands_on(client, agency_contact) == "/behoerde/"
    client.post("/abmelden/")
    build_run(trainers=[agency_contact])
    assert lands_on(client, agency_contact) == "/leitung/"


def test_a_participant_lands_on_their_trainings_and_everybody_where_they_wanted_to_go(client, participant, coordinator):
    assert lands_on(client, participant) == "/meine-schulungen/"
    client.post("/abmelden/")
    assert lands_on(client, coordinator, next="/kalender/") == "/kalender/"
