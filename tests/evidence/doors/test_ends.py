"""What is left of an auditor, and until when?"""

import datetime as dt

import pytest
from django.utils import timezone

from evidence import doors, retention
from evidence.models import DoorQuestion
from tests.builders import berlin
from tests.evidence.builders import build_door
from trainings.acts import Act

pytestmark = pytest.mark.django_db


def test_the_address_goes_ninety_days_after_the_door_was_closed(door, coordinator):
    closed = doors.close(door, Act(coordinator))
    retention.clean_up(closed.closed_at + dt.timedelta(days=89))
    door.refresh_from_db()
    assert door.email
    assert retention.clean_up(closed.closed_at + dt.timedelta(days=91))["auditors_addresses"] == 1
    door.refresh_from_db()
    assert (door.email, door.auditor) == ("", "Prüfbehörde")


def test_so_it_does_after_a_door_ended_by_itself(period):
    door = build_door(period=period, ends_on=timezone.localdate() - dt.timedelta(days=89))
    retention.clean_up()
    door.refresh_from_db()
    assert door.email
    retention.clean_up(timezone.now() + dt.timedelta(days=2))
    door.refresh_from_db()
    assert door.email == ""


def test_the_rest_goes_with_the_evidence_of_the_grant(door):
    doors.ask(door, DoorQuestion.Page.OVERVIEW, "Fehlt Frau Özil?")
    kept = door.period.funding.keep_evidence_until
    last = berlin(kept.year, kept.month, kept.day)
    retention.clean_up(last)
    assert door.questions.get().text == "Fehlt Frau Özil?"
    retention.clean_up(last + dt.timedelta(days=1))
    door.refresh_from_db()
    assert (door.auditor, door.email, door.questions.get().text, door.looks.count()) == ("", "", "", 0)
    assert doors.to_answer() == []  # nor is it a task any more
