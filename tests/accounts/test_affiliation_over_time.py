"""Who changes employer keeps the past: what was counts for the agency of its day, what comes for the new one."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import affiliation, people
from accounts.affiliation import Belonging
from accounts.models import AuditEvent, TargetGroup, User
from tests.builders import build_person, build_registration, build_run, in_days
from trainings import booking
from trainings.acts import Act
from trainings.models import Registration, RegistrationEvent

pytestmark = pytest.mark.django_db


def of(agency, group="staff"):
    return Belonging(agency.pk, "", group)


def agency_of(registration: Registration) -> object:
    registration.refresh_from_db()
    return registration.agency


def test_from_a_day_on(participant, coordinator, agency, other_agency):
    before, after = (build_registration(build_run(starts_at=in_days(days)), participant) for days in (-40, 40))
    between = build_registration(build_run(starts_at=in_days(-3)), participant)
    closed = build_registration(
        build_run(starts_at=in_days(-2), closed_at=timezone.now(), closed_by=coordinator), participant
    )
    affiliation.change(participant, in_days(-10).date(), of(other_agency, "leadership"), by=coordinator)
    participant.refresh_from_db()
    assert (participant.agency, participant.group) == (other_agency, TargetGroup.LEADERSHIP)
    assert [agency_of(one) for one in (before, between, closed, after)] == [agency, other_agency, agency, other_agency]
    assert [one.group for one in (before, after)] == ["staff", "leadership"]
    assert affiliation.on(participant, in_days(-11).date()) == of(agency)
    assert affiliation.on(participant, in_days(-10).date()) == of(other_agency, "leadership")
    assert (
        "Zählt jetzt für: Stadtverwaltung Bendorf." in RegistrationEvent.objects.filter(registration=after).get().reason
    )
    event = AuditEvent.objects.get(what="affiliation_changed")
    assert event.changes["agency"] == [agency.short_name, other_agency.short_name]


def test_a_change_that_is_announced_takes_effect_on_its_day(participant, coordinator, agency, other_agency):
    soon, later = (build_registration(build_run(starts_at=in_days(days)), participant) for days in (5, 15))
    affiliation.change(participant, in_days(10).date(), of(other_agency), by=coordinator)
    participant.refresh_from_db()
    assert participant.agency == agency
    assert [agency_of(soon), agency_of(later)] == [agency, other_agency]
    assert affiliation.take_effect() == 0
    with time_machine.travel(in_days(10), tick=False):
        assert affiliation.take_effect() == 1
        assert affiliation.take_effect() == 0
    participant.refresh_from_db()
    assert participant.agency == other_agency


def test_a_registration_made_today_counts_for_the_agency_of_the_day_of_the_run(participant, coordinator, other_agency):

    affiliation.change(participant, in_days(10).date(), of(other_agency), by=coordinator)
    registration = booking.register(build_run(starts_at=in_days(20)), participant, Act(participant))
    assert registration.agency == other_agency


def test_the_last_active_coordinator_cannot_be_lost(coordinator):
    for lose in (
        lambda: people.change(coordinator, {"role": "participant"}, by=coordinator),
        lambda: people.end(coordinator, by=coordinator),
        lambda: people.change(coordinator, {"is_active": False}, by=coordinator),
    ):
        with pytest.raises(ValidationError) as refused:
            lose()
        assert "letzte aktive Person" in str(refused.value)
    coordinator.refresh_from_db()
    assert coordinator.is_coordinator


def test_a_changed_name_is_to_be_confirmed_anew_and_is_on_record(participant, coordinator):
    User.objects.filter(pk=participant.pk).update(name_confirmed_at=timezone.now())
    person = people.change(participant, {"last_name": "Groß"}, by=coordinator, reason="Heirat")
    assert person.name_confirmed_at is None
    event = AuditEvent.objects.get()
    assert (event.what, event.by, event.person, event.reason) == ("person_changed", coordinator, participant, "Heirat")
    assert event.changes == {"last_name": [participant.last_name, "Groß"]}


def test_what_stays_the_same_leaves_no_trace(participant, coordinator):
    people.change(participant, {"last_name": participant.last_name}, by=coordinator)
    assert not AuditEvent.objects.exists()


def test_an_ended_account_comes_back_unless_it_was_merged(participant, coordinator):
    ended = people.end(participant, by=coordinator)
    assert (ended.is_active, ended.left_at is not None) == (False, True)
    back = people.reopen(ended, by=coordinator)
    assert (back.is_active, back.left_at) == (True, None)
    people.end(participant, by=coordinator, at=timezone.now() - dt.timedelta(days=1))
    User.objects.filter(pk=participant.pk).update(merged_into=coordinator)
    with pytest.raises(ValidationError):
        people.reopen(participant, by=coordinator)


def test_the_job_asks_once_however_many_have_changed(participant, coordinator, other_agency, django_assert_num_queries):
    for number in range(3):
        person = build_person(f"{number}@mayen.example")
        affiliation.change(person, in_days(-10).date(), of(other_agency), by=coordinator)
    with django_assert_num_queries(1):
        assert affiliation.take_effect() == 0


def test_a_change_from_or_to_no_known_agency_takes_effect(participant, coordinator, agency):
    without = build_person("frei@web.example", organisation="Verein")
    affiliation.change(participant, in_days(10).date(), Belonging(None, "Verein", "staff"), by=coordinator)
    affiliation.change(without, in_days(10).date(), of(agency), by=coordinator)
    with time_machine.travel(in_days(10), tick=False):
        assert affiliation.take_effect() == 2
    participant.refresh_from_db()
    without.refresh_from_db()
    assert (participant.agency, participant.organisation, without.agency) == (None, "Verein", agency)
