"""An agency takes places now and says later for whom."""

import pytest

from tests.builders import build_person, build_registration, build_run, in_days
from trainings import booking, deadlines, held_places
from trainings.booking import Refused
from trainings.models import CourseRun, Message, Registration

Status = Registration.Status

pytestmark = pytest.mark.django_db


def take(run, contact, number=2, day=20, at=None):
    return held_places.take(run, contact.agency, number, name_by=in_days(day).date(), by=contact, at=at)


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


def statuses(run):
    return list(run.registrations.order_by("pk").values_list("status", flat=True))


def test_held_places_are_taken_places(agency_contact, other_participant):
    run = build_run(capacity=2)
    take(run, agency_contact)
    assert run.places_taken == 2
    assert booking.register(run, other_participant, by=other_participant).status == "waitlisted"


def test_all_places_or_none(agency_contact):
    run = build_run(capacity=2)
    with pytest.raises(Refused) as refused:
        take(run, agency_contact, 3)
    assert codes(refused) == ["not_enough"]
    assert run.places_taken == 0


def test_nobody_takes_places_past_those_who_wait(agency_contact):
    run = build_run(capacity=3)
    build_registration(run, build_person(), Status.WAITLISTED)
    with pytest.raises(Refused) as refused:
        take(run, agency_contact, 1)
    assert codes(refused) == ["not_enough"]


@pytest.mark.parametrize(("number", "day", "code"), [(0, 20, "number"), (1, 30, "name_by"), (1, -1, "name_by")])
def test_what_cannot_be_taken(agency_contact, number, day, code):
    with pytest.raises(Refused) as refused:
        take(build_run(), agency_contact, number, day)
    assert codes(refused) == [code]


def test_only_the_agencys_contact_and_the_coordination(agency_contact, participant, other_agency, coordinator):
    run = build_run()
    for agency, by in [(participant.agency, participant), (other_agency, agency_contact)]:
        with pytest.raises(Refused) as refused:
            held_places.take(run, agency, 1, name_by=in_days(20).date(), by=by)
        assert codes(refused) == ["not_yours"]
    held_places.take(run, other_agency, 1, name_by=in_days(20).date(), by=coordinator)
    assert run.places_taken == 1


def test_naming_makes_a_confirmed_registration_of_the_place(agency_contact, participant):
    run = build_run(capacity=1)
    (held,) = take(run, agency_contact, 1)
    row = held_places.name(held, participant, by=agency_contact)
    held.refresh_from_db()
    assert (row.status, row.source, held.registration, held.is_open) == ("confirmed", "agency", row, False)
    assert run.places_taken == 1
    assert list(row.messages.values_list("kind", flat=True)) == ["registered"]


def test_a_place_is_named_once_and_for_colleagues_only(agency_contact, participant, other_participant):
    run = build_run()
    (held,) = take(run, agency_contact, 1)
    with pytest.raises(Refused) as refused:
        held_places.name(held, other_participant, by=agency_contact)
    assert codes(refused) == ["other_agency"]
    held_places.name(held, participant, by=agency_contact)
    with pytest.raises(Refused) as refused:
        held_places.name(held, build_person(), by=agency_contact)
    assert codes(refused) == ["ended"]
    assert statuses(run) == ["confirmed"]


def test_dates_of_registration_do_not_bind_a_place_already_taken(agency_contact, participant):
    run = build_run(registration_closes_on=in_days(5).date())
    (held,) = take(run, agency_contact, 1)
    assert held_places.name(held, participant, by=agency_contact, at=in_days(10)).status == "confirmed"


def test_nobody_asks_a_supervisor_for_a_place_the_agency_has_taken(agency_contact, coordinator, participant):
    run = build_run(approval=CourseRun.Approval.REQUIRED)
    (held,) = take(run, agency_contact, 1)
    assert held_places.name(held, participant, by=coordinator).status == "confirmed"


def test_a_place_given_back_goes_to_whoever_waits(agency_contact, other_participant):
    run = build_run(capacity=1)
    (held,) = take(run, agency_contact, 1)
    waiting = booking.register(run, other_participant, by=other_participant)
    held_places.give_back(held, by=agency_contact)
    waiting.refresh_from_db()
    assert waiting.status == "confirmed"


def test_a_place_not_named_in_time_goes_to_whoever_waits(agency_contact, other_participant):
    run = build_run(capacity=1)
    take(run, agency_contact, 1, day=5)
    waiting = booking.register(run, other_participant, by=other_participant)
    for at, status in [(in_days(5, 23, 59), "waitlisted"), (in_days(6, 0), "confirmed")]:
        deadlines.sweep(at)
        waiting.refresh_from_db()
        assert waiting.status == status


def test_one_reminder_three_days_before_the_names_are_due(agency_contact):
    run = build_run()
    take(run, agency_contact, 2, day=10)
    for at, mails in [(in_days(6), 0), (in_days(7), 1), (in_days(8), 1)]:
        deadlines.sweep(at)
        assert Message.objects.filter(kind="names_wanted", recipient=agency_contact).count() == mails
