"""An agency takes places now and says later for whom."""

import pytest
from django.urls import reverse

from tests.builders import build_person, build_registration, build_run, in_days
from tests.pages import read
from trainings import booking
from trainings.acts import Act, Channel
from trainings.mails.composing import compose
from trainings.models import CourseRun, HeldPlace, Message, Registration
from trainings.refusals import Refused

Status = Registration.Status

pytestmark = pytest.mark.django_db


def take(run, contact, number=2, day=20, at=None):
    return booking.hold_places(run, contact.agency, number, Act(contact, at=at), name_by=in_days(day).date())


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


def statuses(run):
    return list(run.registrations.order_by("pk").values_list("status", flat=True))


def test_held_places_are_taken_places(agency_contact, other_participant):
    run = build_run(capacity=2)
    take(run, agency_contact)
    assert run.places_taken == 2
    assert booking.register(run, other_participant, Act(other_participant)).status == "waitlisted"


def test_of_held_places_is_kept_who_took_them_when_and_until_when(agency_contact):
    places = take(build_run(), agency_contact, 2, at=in_days(1))
    kept = [(place.agency, place.taken_by, place.taken_at, place.name_by) for place in HeldPlace.objects.all()]
    assert kept == [(agency_contact.agency, agency_contact, in_days(1), in_days(20).date())] * 2
    assert len(places) == 2


def test_all_places_or_none(agency_contact):
    run = build_run(capacity=2)
    with pytest.raises(Refused) as refused:
        take(run, agency_contact, 3)
    assert codes(refused) == ["not_enough"]
    assert str(refused.value.reasons[0]) == "Zurzeit kann Ihre Behörde nur 2 Plätze nehmen."
    assert run.places_taken == 0


def test_an_agency_takes_no_more_than_its_maximum(agency_contact):
    run = build_run()
    run.contingents.create(agency=agency_contact.agency, maximum=1, release_on=in_days(20).date())
    with pytest.raises(Refused) as refused:
        take(run, agency_contact, 2)
    assert str(refused.value.reasons[0]) == "Zurzeit kann Ihre Behörde nur 1 Platz nehmen."


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"published_at": None}, "draft"),
        ({"cancelled_at": in_days(0), "cancellation_reason": "krank"}, "cancelled"),
        ({"starts_at": in_days(-1)}, "started"),
        ({"registration_opens_on": in_days(1).date()}, "not_open"),
        ({"registration_closes_on": in_days(-1).date()}, "closed"),
        ({"visibility": "agencies"}, "agency"),
        ({"visibility": "invitation"}, "invitation"),
    ],
)
def test_an_agency_takes_places_only_where_its_people_could_register(agency_contact, coordinator, fields, code):
    run = build_run(**fields)
    with pytest.raises(Refused) as refused:
        take(run, agency_contact, 1)
    assert codes(refused) == [code]
    if code in {"draft", "cancelled", "started"}:
        with pytest.raises(Refused) as refused:
            booking.hold_places(run, agency_contact.agency, 1, Act(coordinator), name_by=in_days(20).date())
        assert codes(refused) == [code]
    else:
        booking.hold_places(run, agency_contact.agency, 1, Act(coordinator), name_by=in_days(20).date())
        assert run.places_taken == 1


@pytest.mark.parametrize("day", [0, 29])
def test_people_may_be_named_from_today_until_the_day_before_the_start(agency_contact, day):
    run = build_run()
    take(run, agency_contact, 1, day)
    assert run.places_taken == 1


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
            booking.hold_places(run, agency, 1, Act(by), name_by=in_days(20).date())
        assert codes(refused) == ["not_yours"]
    booking.hold_places(run, other_agency, 1, Act(coordinator), name_by=in_days(20).date())
    assert run.places_taken == 1


def test_naming_makes_a_confirmed_registration_of_the_place(agency_contact, participant):
    run = build_run(capacity=1)
    (held,) = take(run, agency_contact, 1)
    row = booking.name_held_place(held, participant, Act(agency_contact))
    held.refresh_from_db()
    assert (row.status, row.source, held.registration, held.is_open) == ("confirmed", "agency", row, False)
    assert run.places_taken == 1
    assert list(row.messages.values_list("kind", flat=True)) == ["registered"]
    assert (row.agency, row.events.get().reason) == (agency_contact.agency, "")


def test_a_held_place_goes_to_a_colleague_who_waits_for_it(agency_contact, participant, other_participant):
    run = build_run(capacity=1)
    (held,) = take(run, agency_contact, 1)
    ahead = booking.register(run, other_participant, Act(other_participant))
    waiting = booking.register(run, participant, Act(participant), needs="Rampe")
    late = build_person("spaet@bendorf.example")
    behind = booking.register(run, late, Act(late))
    positions = {row.pk: row.position for row in (ahead, behind)}
    row = booking.name_held_place(held, participant, Act(agency_contact))
    assert (row.pk, row.status, row.needs, run.places_taken) == (waiting.pk, "confirmed", "Rampe", 1)
    assert Registration.objects.active().filter(person=participant).count() == 1
    assert [event.to_status for event in row.events.all()] == ["waitlisted", "confirmed"]
    after = Registration.objects.with_position().in_bulk([ahead.pk, behind.pk])
    assert {pk: after[pk].status for pk in positions} == dict.fromkeys(positions, "waitlisted")
    assert all(after[pk].position <= position for pk, position in positions.items())
    held.refresh_from_db()
    assert (held.is_open, held.registration) == (False, row)
    message = row.messages.get(kind="registered")
    assert "Sie stehen nicht mehr auf der Warteliste." in " ".join(compose(message).text.split())


def test_their_own_page_says_that_the_agency_gave_the_place(signed_in, agency_contact, participant):
    run = build_run(capacity=1)
    (held,) = take(run, agency_contact, 1)
    booking.register(run, participant, Act(participant))
    booking.name_held_place(held, participant, Act(agency_contact))
    page = read(signed_in(participant).get(reverse("trainings:my_registrations")))
    assert "Platz bestätigt Ihre Behörde hat Ihnen einen Platz gegeben, den sie gehalten hat." in page.text


@pytest.mark.parametrize("status", ["confirmed", "requested", "offered"])
def test_who_has_a_place_already_is_not_named(agency_contact, participant, status):
    run = build_run()
    (held,) = take(run, agency_contact, 1)
    build_registration(run, participant, status)
    with pytest.raises(Refused) as refused:
        booking.name_held_place(held, participant, Act(agency_contact))
    assert codes(refused) == ["already_registered"]
    held.refresh_from_db()
    assert held.is_open


def test_the_history_says_who_named_whom_how_and_when(agency_contact, participant):
    run = build_run()
    (held,) = take(run, agency_contact, 1)
    row = booking.name_held_place(
        held, participant, Act(agency_contact, channel=Channel.LINK, reason=" neu ", at=in_days(3))
    )
    event = row.events.get()
    assert (event.actor, event.on_behalf_of, event.channel, event.reason, event.at) == (
        agency_contact,
        participant,
        "link",
        "neu",
        in_days(3),
    )
    held.refresh_from_db()
    assert (held.ended_at, held.ended_by) == (in_days(3), agency_contact)
    assert (row.registered_at, row.queued_at) == (in_days(3), in_days(3))


def test_a_place_is_named_once_and_for_colleagues_only(agency_contact, participant, other_participant):
    run = build_run()
    (held,) = take(run, agency_contact, 1)
    with pytest.raises(Refused) as refused:
        booking.name_held_place(held, other_participant, Act(agency_contact))
    assert codes(refused) == ["other_agency"]
    booking.name_held_place(held, participant, Act(agency_contact))
    with pytest.raises(Refused) as refused:
        booking.name_held_place(held, build_person(), Act(agency_contact))
    assert codes(refused) == ["ended"]
    assert statuses(run) == ["confirmed"]


def test_nobody_is_named_who_could_not_have_the_place(agency_contact, participant, coordinator):
    run = build_run(capacity=3, visibility="agencies", agencies=[agency_contact.agency])
    (held,) = take(run, agency_contact, 1)
    booking.register(run, participant, Act(participant))
    with pytest.raises(Refused) as refused:
        booking.name_held_place(held, participant, Act(agency_contact))
    assert codes(refused) == ["already_registered"]
    run.agencies.clear()
    colleague = build_person()
    with pytest.raises(Refused) as refused:
        booking.name_held_place(held, colleague, Act(agency_contact))
    assert codes(refused) == ["agency"]
    assert booking.name_held_place(held, colleague, Act(coordinator, reason="zugesagt")).status == "confirmed"


def test_the_coordination_names_only_people_of_the_agency(agency_contact, other_participant, coordinator):
    run = build_run()
    (held,) = take(run, agency_contact, 1)
    with pytest.raises(Refused) as refused:
        booking.name_held_place(held, other_participant, Act(coordinator, reason="Anruf"))
    assert codes(refused) == ["other_agency"]
    assert (run.places_taken, statuses(run)) == (1, [])


def test_nobody_is_named_once_the_run_has_begun(agency_contact, participant):
    run = build_run()
    (held,) = take(run, agency_contact, 1)
    with pytest.raises(Refused) as refused:
        booking.name_held_place(held, participant, Act(agency_contact, at=run.starts_at))
    assert codes(refused) == ["started"]


def test_another_agencys_contact_neither_names_nor_gives_back(agency_contact, participant, other_agency):
    run = build_run()
    (held,) = take(run, agency_contact, 1)
    stranger = build_person("koch@bendorf.example", role="agency_contact")
    for act in (
        lambda: booking.name_held_place(held, participant, Act(stranger)),
        lambda: booking.give_back_held_place(held, Act(stranger)),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert codes(refused) == ["not_yours"]
    assert (run.places_taken, statuses(run)) == (1, [])


def test_dates_of_registration_do_not_bind_a_place_already_taken(agency_contact, participant):
    run = build_run(registration_closes_on=in_days(5).date())
    (held,) = take(run, agency_contact, 1)
    assert booking.name_held_place(held, participant, Act(agency_contact, at=in_days(10))).status == "confirmed"


def test_nobody_asks_a_supervisor_for_a_place_the_agency_has_taken(agency_contact, coordinator, participant):
    run = build_run(approval=CourseRun.Approval.REQUIRED)
    for person, by in [(participant, coordinator), (build_person(), agency_contact)]:
        (held,) = take(run, agency_contact, 1)
        assert booking.name_held_place(held, person, Act(by)).status == "confirmed"


def test_a_place_given_back_goes_to_whoever_waits(agency_contact, other_participant):
    run = build_run(capacity=1)
    (held,) = take(run, agency_contact, 1)
    waiting = booking.register(run, other_participant, Act(other_participant))
    given_back = booking.give_back_held_place(held, Act(agency_contact, at=in_days(1)))
    waiting.refresh_from_db()
    assert (waiting.status, waiting.status_changed_at) == ("confirmed", in_days(1))
    assert (given_back.ended_at, given_back.ended_by) == (in_days(1), agency_contact)
    with pytest.raises(Refused) as refused:
        booking.give_back_held_place(held, Act(agency_contact))
    assert codes(refused) == ["ended"]


def test_a_place_given_back_is_free(agency_contact):
    run = build_run(capacity=2)
    held, _other = take(run, agency_contact)
    assert not booking.give_back_held_place(held, Act(agency_contact)).is_open
    assert run.places_taken == 1


def test_a_place_not_named_in_time_goes_to_whoever_waits(agency_contact, other_participant):
    run = build_run(capacity=1)
    take(run, agency_contact, 1, day=5)
    waiting = booking.register(run, other_participant, Act(other_participant))
    for at, status in [(in_days(5, 23, 59), "waitlisted"), (in_days(6, 0), "confirmed")]:
        booking.sweep(at)
        waiting.refresh_from_db()
        assert waiting.status == status
    assert list(HeldPlace.objects.values_list("ended_at", "ended_by")) == [(in_days(6, 0), None)]


def test_one_reminder_three_days_before_the_names_are_due(agency_contact):
    run = build_run()
    take(run, agency_contact, 2, day=10)
    for at, mails in [(in_days(6), 0), (in_days(7), 1), (in_days(8), 1)]:
        booking.sweep(at)
        assert Message.objects.filter(kind="names_wanted", recipient=agency_contact, run=run).count() == mails


def test_who_has_named_everybody_is_not_reminded(agency_contact, participant, coordinator):
    run = build_run()
    (held,) = take(run, agency_contact, 1, day=3, at=in_days(0))
    booking.hold_places(run, agency_contact.agency, 1, Act(coordinator, at=in_days(0)), name_by=in_days(3).date())
    booking.name_held_place(held, participant, Act(agency_contact))
    booking.sweep(in_days(2))
    assert [message.recipient for message in Message.objects.filter(kind="names_wanted")] == [coordinator]


def test_nobody_is_reminded_on_the_day_the_places_were_taken(agency_contact, coordinator):
    run = build_run()
    take(run, agency_contact, 2, day=3, at=in_days(0))
    booking.hold_places(run, agency_contact.agency, 1, Act(coordinator, at=in_days(0)), name_by=in_days(3).date())
    named = take(run, agency_contact, 1, day=3, at=in_days(0))
    booking.give_back_held_place(named[0], Act(agency_contact, at=in_days(0)))
    for at, reminded in [(in_days(1), []), (in_days(1, 9, 1), [agency_contact.pk, coordinator.pk])]:
        booking.sweep(at)
        sent = Message.objects.filter(kind="names_wanted").order_by("recipient_id")
        assert list(sent.values_list("recipient", flat=True)) == sorted(reminded)
    assert list(HeldPlace.objects.open().values_list("reminded_at", flat=True)) == [in_days(1, 9, 1)] * 3


def test_what_somebody_said_they_need_stays_beside_what_the_agency_adds(agency_contact, participant, other_participant):
    run = build_run(capacity=1)
    (held,) = take(run, agency_contact, 1)
    booking.register(run, participant, Act(participant), needs="Rampe")
    row = booking.name_held_place(held, participant, Act(agency_contact), needs="vegetarisch")
    assert row.needs == "Rampe\nvegetarisch"
