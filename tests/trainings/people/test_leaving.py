"""Sequence of the field: somebody who waits, comes, holds places, teaches, decides or is responsible leaves."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from tests.builders import build_person, build_registration, build_run, in_days
from trainings import booking, calendars, people, planning
from trainings.acts import Act
from trainings.models import CalendarSubscription, CourseRun, HeldPlace, Message, Registration
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


def test_everything_that_hangs_on_an_account_ends_or_passes_on(agency, agency_contact, coordinator, participant):
    """The leaver is contact, trainer, responsible, registered, waiting, interested and a supervisor at once."""
    leaver = agency_contact
    full = build_run(capacity=1, trainers=[leaver], coordinator=coordinator)
    place = build_registration(full, leaver)
    waiting = booking.register(full, participant, Act(participant))
    other_run = build_run(capacity=1)
    build_registration(other_run)
    waits = booking.register(other_run, leaver, Act(leaver))
    asked = build_registration(build_run(approval="before"), status="requested", supervisor_email=leaver.email)
    held = HeldPlace.objects.create(
        run=build_run(), agency=agency, name_by=in_days(5).date(), taken_by=leaver, taken_at=timezone.now()
    )
    planning.note_interest(build_run().course, leaver)
    calendars.subscribe(leaver)
    over = build_registration(build_run(starts_at=in_days(-9), trainers=[leaver]), leaver)

    foreseen = people.what_leaving_does(leaver, Act(coordinator))
    assert (Registration.objects.get(pk=place.pk).status, leaver.is_active) == ("confirmed", True)
    left = people.leave(leaver, Act(coordinator, reason="Ruhestand"))

    for found in (foreseen, left):
        assert [row.pk for row in found.ended] == [place.pk, waits.pk]
        assert [row.pk for row in found.moved_up] == [waiting.pk]
        assert found.runs_taught == found.runs_without_trainer == [full]
        assert (len(found.held_places), len(found.approvals), len(found.interests), found.subscriptions) == (1, 1, 1, 1)
        assert found.contact_of == agency.name
    for row in (place, waits, waiting, asked, held, over, leaver):
        row.refresh_from_db()
    assert [place.status, waits.status, waiting.status, over.status] == [
        "cancelled",
        "cancelled",
        "confirmed",
        "confirmed",
    ]
    assert (asked.status, asked.supervisor_email) == ("requested", "")
    assert held.taken_by == coordinator
    assert (leaver.is_active, leaver.role, leaver.left_at is None) == (False, "participant", False)
    assert not full.trainers.exists()
    assert over.run.trainers.get() == leaver
    assert not CalendarSubscription.objects.exists()
    assert AuditEvent.objects.get(what="person_left").reason == "Ruhestand"
    assert Message.objects.get(kind="account_ended").address == leaver.email


def test_somebody_else_takes_over_what_was_led(trainer, coordinator):
    successor = build_person("nachfolge@trainings.example")
    run = build_run(trainers=[trainer])
    people.leave(trainer, Act(coordinator), trainer=successor)
    assert list(run.trainers.all()) == [successor]


def test_a_trainer_who_leaves_stands_in_no_catalogue(client, trainer, coordinator):
    run = build_run(trainers=[trainer])
    people.leave(trainer, Act(coordinator))
    assert trainer.last_name not in client.get(run.get_absolute_url()).content.decode()


def test_a_coordinator_who_leaves_hands_on_runs_and_the_last_one_stays(coordinator):
    second = build_person("zweite@kreis.example", role="coordinator")
    run = build_run(coordinator=second)
    people.leave(second, Act(coordinator))
    assert CourseRun.objects.get(pk=run.pk).coordinator == coordinator
    with pytest.raises(Refused) as why:
        people.leave(coordinator, Act(coordinator))
    assert "letzte aktive Person" in str(why.value)
    coordinator.refresh_from_db()
    assert coordinator.is_active


def test_who_may_end_whose_account(participant, other_participant, agency_contact, coordinator, trainer):
    """Contacts their colleagues', unless these lead or speak for somebody; nobody a stranger's."""
    colleague = build_person("kollegin@mayen.example")
    second = build_person("zweite@mayen.example", role="agency_contact")
    leads = build_person("leitet@mayen.example")
    build_run(trainers=[leads])
    everybody = [colleague, second, leads, other_participant, coordinator, agency_contact]
    assert [people.may_end(one, agency_contact) for one in everybody] == [True, False, False, False, False, True]
    assert [people.may_end(one, participant) for one in (participant, colleague)] == [True, False]
    with pytest.raises(Refused):
        people.leave(other_participant, Act(agency_contact))


def test_a_place_in_a_run_that_has_begun_stays(participant, coordinator):
    run = build_run(starts_at=timezone.now() - timezone.timedelta(hours=1))
    registration = build_registration(run, participant)
    people.leave(participant, Act(coordinator))
    registration.refresh_from_db()
    assert registration.status == "confirmed"


def test_nothing_is_half_done(participant, coordinator, monkeypatch):
    registration = build_registration(build_run(), participant)
    monkeypatch.setattr("accounts.people.audit.record", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        people.leave(participant, Act(coordinator))
    registration.refresh_from_db()
    participant.refresh_from_db()
    assert (registration.status, participant.is_active) == ("confirmed", True)
