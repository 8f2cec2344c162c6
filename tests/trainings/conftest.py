"""The run that most mails are about, and what a person's calendar hears of them."""

import datetime as dt

import pytest
from django.core import mail

from tests import builders
from tests.builders import berlin
from tests.mails import heard
from trainings import mails


@pytest.fixture
def course():
    return builders.build_course("Umgang mit Vielfalt", title_en="Working with Diversity", slug="vielfalt")


@pytest.fixture
def two_day_run(course, trainer):
    """Two sessions in Mayen, in winter and in summer time."""
    return builders.build_run(
        course,
        number="2037-014",
        venue=builders.build_venue("Altes Rathaus", "Mayen", street="Markt 1", postal_code="56727"),
        trainers=[trainer],
        funding=builders.build_funding(grant_number="AM-26-0815"),
        cancellation_closes_on=dt.date(2037, 3, 3),
        sessions=[
            (berlin(2037, 3, 10, 9), berlin(2037, 3, 10, 16, 30)),
            (berlin(2037, 4, 14, 9), berlin(2037, 4, 14, 13)),
        ],
    )


@pytest.fixture
def deliver(participant):
    """``deliver()`` delivers what is due and says what the participant's calendar heard."""

    def deliver() -> list[tuple[str, ...]]:
        mail.outbox.clear()
        mails.deliver_due()
        return [heard(sent) for sent in mail.outbox if sent.to == [participant.email]]

    return deliver
