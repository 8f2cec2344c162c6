"""Who gets a place, who waits, who moves up: domain rules 1–4, 6 and 9."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.builders import (
    build_agency,
    build_course,
    build_person,
    build_registration,
    build_run,
    fill_free_places,
    in_days,
    only_session,
)
from trainings import booking, planning
from trainings.acts import Act, Channel, automatic
from trainings.models import AttendanceRecord, CourseRun, Message, Registration, RegistrationEvent
from trainings.refusals import Refused

Status = Registration.Status

pytestmark = pytest.mark.django_db


def register(run, person=None, at=None, **fields):
    person = person or build_person()
    return booking.register(run, person, Act(person, at=at), **fields)


def statuses(run):
    return list(run.registrations.order_by("pk").values_list("status", flat=True))


def kinds(registration):
    return list(registration.messages.order_by("pk").values_list("kind", flat=True))


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


def test_first_come_first_served_then_the_queue():
    run = build_run(capacity=2)
    for _ in range(4):
        register(run)
    assert statuses(run) == ["confirmed", "confirmed", "waitlisted", "waitlisted"]


def test_what_is_left_out_is_kept_as_empty():
    run = build_run()
    registration = register(run)
    booking.cancel(registration, Act(registration.person))
    registration.refresh_from_db()
    assert (registration.needs, registration.supervisor_email) == ("", "")
    assert [(event.reason, event.overrides, event.actor_email) for event in registration.events.all()] == [
        ("", "", "")
    ] * 2


def test_each_outcome_has_its_message():
    run = build_run(capacity=1)
    first, second = register(run), register(run)
    assert kinds(first) == ["registered"]
    assert kinds(second) == ["waitlisted"]


def test_who_waits_longest_moves_up_when_a_place_is_given_back():
    run = build_run(capacity=1)
    first, second, third = register(run), register(run), register(run)
    booking.cancel(first, Act(first.person))
    assert statuses(run) == ["cancelled", "confirmed", "waitlisted"]
    assert kinds(second) == ["waitlisted", "promoted"]
    assert kinds(third) == ["waitlisted"]


def test_leaving_the_waitlist_moves_nobody_into_a_taken_place():
    run = build_run(capacity=1)
    _first, second, third = register(run), register(run), register(run)
    booking.cancel(second, Act(second.person))
    assert statuses(run) == ["confirmed", "cancelled", "waitlisted"]
    third.refresh_from_db()
    assert third.position == 1


def test_a_newcomer_does_not_overtake_somebody_waiting_for_an_overlooked_place():
    run = build_run(capacity=2)
    register(run)
    waiting = build_registration(run, status=Status.WAITLISTED, registered_at=timezone.now())
    newcomer = register(run)
    waiting.refresh_from_db()
    newcomer.refresh_from_db()
    assert (waiting.status, newcomer.status) == ("confirmed", "waitlisted")


@pytest.mark.parametrize(("days", "status"), [(30, "confirmed"), (5, "offered"), (1, "waitlisted")])
def test_registering_tells_what_became_of_it_at_once(days, status):
    """A place nobody had noticed: whoever registers is moved up, offered it, or called, and the answer says so."""
    run = build_run(starts_at=in_days(days))
    contingent = run.contingents.create(agency=build_agency(), maximum=1, release_on=in_days(days).date())
    build_registration(run, build_person(agency=contingent.agency))
    build_registration(run, build_person(agency=contingent.agency), Status.WAITLISTED)
    registration = register(run, build_person("weber@bendorf.example"), at=in_days(0))
    kept = Registration.objects.get(pk=registration.pk)
    assert kept.status == status
    for name in ("status", "status_changed_at", "held_until", "called_at"):
        assert getattr(registration, name) == getattr(kept, name)


@pytest.mark.parametrize("status", [Status.REQUESTED, Status.OFFERED])
def test_requested_and_offered_hold_a_place(status):
    run = build_run(capacity=1)
    build_registration(run, status=status)
    assert register(run).status == "waitlisted"


def test_more_places_move_people_up_in_order():
    run = build_run(capacity=1)
    for _ in range(4):
        register(run)
    booking.change_capacity(run, 3, Act(build_person()))
    assert statuses(run) == ["confirmed", "confirmed", "confirmed", "waitlisted"]


def test_capacity_cannot_fall_below_the_places_taken():
    run = build_run(capacity=3)
    for _ in range(3):
        register(run)
    with pytest.raises(Refused) as refused:
        booking.change_capacity(run, 2, Act(build_person()))
    assert codes(refused) == ["places_taken"]
    assert CourseRun.objects.get(pk=run.pk).capacity == 3


@pytest.mark.parametrize(("registered", "capacity"), [(0, 0), (0, -1), (2, 1)])
def test_places_never_fall_below_one_or_those_taken(registered, capacity):
    run = build_run(capacity=3)
    for _ in range(registered):
        register(run)
    with pytest.raises(Refused):
        booking.change_capacity(run, capacity, Act(build_person()))
    assert CourseRun.objects.get(pk=run.pk).capacity == 3


@pytest.mark.parametrize(("registered", "capacity"), [(0, 1), (1, 1), (2, 2)])
def test_places_may_fall_to_those_taken(registered, capacity):
    run = build_run(capacity=3)
    for _ in range(registered):
        register(run)
    assert booking.change_capacity(run, capacity, Act(build_person())).capacity == capacity
    assert CourseRun.objects.get(pk=run.pk).capacity == capacity


def test_an_overbooked_run_may_get_a_few_more_places_but_never_fewer():
    run = build_run(capacity=2)
    for _ in range(4):
        build_registration(run)
    assert booking.change_capacity(run, 3, Act(build_person())).capacity == 3
    with pytest.raises(Refused) as refused:
        booking.change_capacity(run, 2, Act(build_person()))
    assert codes(refused) == ["places_taken"]


def test_places_added_in_the_last_days_are_offered():
    run = build_run(capacity=1)
    _first, waiting = register(run), register(run)
    booking.change_capacity(run, 2, Act(build_person(), at=run.starts_at - dt.timedelta(days=5)))
    waiting.refresh_from_db()
    assert waiting.status == "offered"


def test_nobody_registers_twice_but_again_after_cancelling():
    run = build_run()
    person = build_person()
    first = register(run, person)
    with pytest.raises(Refused) as refused:
        register(run, person)
    assert codes(refused) == ["already_registered"]
    booking.cancel(first, Act(person))
    again = register(run, person)
    assert again.pk != first.pk
    assert statuses(run) == ["cancelled", "confirmed"]


def test_the_database_refuses_a_second_active_registration():
    run = build_run()
    person = build_person()
    build_registration(run, person, Status.WAITLISTED)
    with pytest.raises(IntegrityError), transaction.atomic():
        build_registration(run, person, Status.CONFIRMED)


@pytest.mark.parametrize("status", ["offered", "confirmed"])
def test_the_database_ties_an_offer_to_its_expiry(status):
    run = build_run()
    with pytest.raises(IntegrityError), transaction.atomic():
        build_registration(run, status=status, held_until=None if status == "offered" else in_days(1))


def test_every_change_writes_who_for_whom_how_and_why(coordinator):
    run = build_run(capacity=1)
    person, other = build_person(), build_person()
    register(run, person)
    waiting = booking.register(run, other, Act(coordinator, channel=Channel.COORDINATION, reason="Anruf"))
    booking.cancel(run.registrations.get(person=person), Act(person, reason="krank"))
    events = RegistrationEvent.objects.filter(registration__run=run)
    assert [
        (e.registration.person, e.from_status, e.to_status, e.actor, e.on_behalf_of, e.channel, e.reason)
        for e in events
    ] == [
        (person, "", "confirmed", person, None, "web", ""),
        (other, "", "waitlisted", coordinator, other, "coordination", "Anruf"),
        (person, "confirmed", "cancelled", person, None, "web", "krank"),
        (other, "waitlisted", "confirmed", None, None, "automatic", ""),
    ]
    waiting.refresh_from_db()
    assert waiting.source == "coordination"


def test_history_cannot_be_changed_or_deleted():
    registration = register(build_run())
    event = registration.events.get()
    event.reason = "anders"
    for attempt in (
        event.save,
        event.delete,
        registration.events.all().delete,
        lambda: registration.events.update(reason="x"),
    ):
        with pytest.raises(TypeError):
            attempt()
    assert registration.events.get().reason == ""


def test_of_a_long_reason_the_history_keeps_the_beginning():
    registration = register(build_run())
    booking.cancel(registration, Act(registration.person, reason=f"{'a' * 499}bc"))
    assert registration.events.last().reason == f"{'a' * 499}b"


def test_people_cancel_until_the_last_day_for_it():
    run = build_run(starts_at=in_days(10), cancellation_closes_on=timezone.localdate() + dt.timedelta(days=3))
    registration = register(run)
    with time_machine.travel(in_days(4, hour=0, minute=1), tick=False), pytest.raises(Refused) as refused:
        booking.cancel(registration, Act(registration.person))
    assert codes(refused) == ["too_late"]
    with time_machine.travel(in_days(3, hour=23, minute=59), tick=False):
        assert booking.cancel(registration, Act(registration.person)).status == "cancelled"


def test_a_coordinator_cancels_after_the_last_day(coordinator):
    run = build_run(cancellation_closes_on=timezone.localdate() - dt.timedelta(days=1))
    registration = register(run)
    assert booking.cancel(registration, Act(coordinator, reason="Anruf")).status == "cancelled"


def test_nobody_cancels_for_somebody_else():
    registration = register(build_run())
    with pytest.raises(Refused):
        booking.cancel(registration, Act(build_person()))
    registration.refresh_from_db()
    assert registration.status == "confirmed"


def test_the_agencys_contact_cancels_for_colleagues_only(participant, other_participant, agency_contact):
    run = build_run()
    colleague, other = register(run, participant), register(run, other_participant)
    assert booking.cancel(colleague, Act(agency_contact)).status == "cancelled"
    with pytest.raises(Refused) as refused:
        booking.cancel(other, Act(agency_contact))
    assert codes(refused) == ["too_late"]
    assert statuses(run) == ["cancelled", "confirmed"]


def test_nobody_cancels_what_was_attended(coordinator, trainer):
    run = build_run()
    registration = register(run)
    AttendanceRecord.objects.create(
        session=only_session(run), registration=registration, status="present", minutes=360, recorded_by=trainer
    )
    for by in (registration.person, coordinator):
        with pytest.raises(Refused) as refused:
            booking.cancel(registration, Act(by, reason="doch nicht"))
        assert codes(refused) == ["attended"]
    assert statuses(run) == ["confirmed"]


def test_cancelling_twice_says_so_and_writes_nothing():
    registration = register(build_run())
    booking.cancel(registration, Act(registration.person))
    with pytest.raises(Refused) as refused:
        booking.cancel(registration, Act(registration.person))
    assert codes(refused) == ["ended"]
    assert registration.events.count() == 2
    assert kinds(registration) == ["registered", "cancelled"]


def test_nobody_moves_up_after_the_start():
    run = build_run(capacity=1, starts_at=in_days(2))
    first, second = register(run), register(run)
    with time_machine.travel(in_days(2, hour=9), tick=False):
        booking.cancel(first, Act(build_person(role="coordinator"), reason="erschien nicht"))
        assert fill_free_places(run) == []
    second.refresh_from_db()
    assert second.status == "waitlisted"


def test_who_still_waits_at_the_start_expires_and_is_told():
    run = build_run(capacity=1, starts_at=in_days(2))
    _first, second = register(run), register(run)
    with time_machine.travel(in_days(2, hour=9), tick=False):
        booking.sweep()
        booking.sweep()
    second.refresh_from_db()
    assert second.status == "expired"
    assert kinds(second) == ["waitlisted", "wait_ended"]
    event = second.events.last()
    assert (event.actor, event.channel, event.reason) == (None, "automatic", "Der Termin hat begonnen.")


def test_nobody_stops_waiting_before_the_start():
    run = build_run(capacity=1)
    _first, second = register(run), register(run)
    booking.sweep()
    booking.sweep(at=run.starts_at - dt.timedelta(seconds=1))
    second.refresh_from_db()
    assert second.status == "waitlisted"
    with time_machine.travel(run.starts_at, tick=False):
        booking.sweep()
    second.refresh_from_db()
    assert second.status == "expired"


def test_the_sweep_repairs_a_missed_promotion():
    run = build_run(capacity=2)
    waiting = build_registration(run, status=Status.WAITLISTED)
    booking.sweep()
    waiting.refresh_from_db()
    assert waiting.status == "confirmed"


@pytest.mark.parametrize(
    "fields", [{"published_at": None}, {"cancelled_at": in_days(0), "cancellation_reason": "Raum gesperrt"}]
)
def test_nobody_moves_up_into_a_run_that_is_a_draft_or_called_off(fields):
    run = build_run(**fields)
    build_registration(run, status=Status.WAITLISTED)
    assert fill_free_places(run) == []
    assert statuses(run) == ["waitlisted"]


def test_filling_is_idempotent():
    run = build_run(capacity=1)
    waiting = [build_registration(run, status=Status.WAITLISTED) for _ in range(2)]
    assert [row.pk for row in fill_free_places(run)] == [waiting[0].pk]
    assert fill_free_places(run) == []


def test_a_cancelled_run_ends_everything_with_one_message_each(coordinator):
    run = build_run(capacity=1)
    first, second = register(run), register(run)
    Message.objects.all().delete()
    planning.cancel_run(run, Act(coordinator, reason="Kursleitung erkrankt"))
    assert statuses(run) == ["cancelled", "cancelled"]
    assert kinds(first) == kinds(second) == ["run_cancelled"]
    run.refresh_from_db()
    assert (run.is_cancelled, run.cancellation_reason) == (True, "Kursleitung erkrankt")
    assert list(run.sessions.values_list("sequence", flat=True)) == [1]


def test_calling_a_run_off_is_kept_with_who_when_and_why(coordinator, agency_contact):
    run = build_run()
    at = in_days(2)
    ended, active = register(run), register(run)
    booking.cancel(ended, Act(ended.person))
    held, given_back = booking.hold_places(
        run, agency_contact.agency, 2, Act(agency_contact, at=in_days(1)), name_by=in_days(20).date()
    )
    booking.give_back_held_place(given_back, Act(agency_contact, at=in_days(1)))
    called_off = planning.cancel_run(run, Act(coordinator, reason=" Raum gesperrt ", at=at))
    assert (called_off.cancelled_at, called_off.cancellation_reason) == (at, "Raum gesperrt")
    event = active.events.last()
    assert (event.actor, event.channel, event.reason, event.at) == (coordinator, "coordination", "Raum gesperrt", at)
    assert ended.events.count() == 2
    for place in (held, given_back):
        place.refresh_from_db()
    assert (held.ended_at, held.ended_by) == (at, coordinator)
    assert (given_back.ended_at, given_back.ended_by) == (in_days(1), agency_contact)


def test_a_run_is_called_off_once(coordinator):
    run = build_run()
    registration = register(run)
    planning.cancel_run(run, Act(coordinator, reason="krank", at=in_days(0)))
    before = CourseRun.objects.values().get(pk=run.pk), registration.events.count(), Message.objects.count()
    with pytest.raises(Refused) as refused:
        planning.cancel_run(run, Act(coordinator, reason="Raum gesperrt", at=in_days(1)))
    assert codes(refused) == ["cancelled"]
    assert (CourseRun.objects.values().get(pk=run.pk), registration.events.count(), Message.objects.count()) == before


def test_a_run_that_is_over_and_that_nobody_came_to_is_called_off_without_a_mail(coordinator):
    run = build_run(starts_at=in_days(-3))
    registration = build_registration(run)
    planning.cancel_run(run, Act(coordinator, reason="Kursleitung war krank"))
    registration.refresh_from_db()
    assert (registration.status, Message.objects.count()) == ("cancelled", 0)


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_run_is_not_cancelled_without_a_reason(coordinator, reason):
    run = build_run()
    with pytest.raises(Refused):
        planning.cancel_run(run, Act(coordinator, reason=reason))
    assert not CourseRun.objects.get(pk=run.pk).is_cancelled


def test_needs_are_kept_with_the_registration():
    assert register(build_run(), needs="  stufenloser Zugang ").needs == "stufenloser Zugang"


# --- who may register ---------------------------------------------------------------------------


def refusal(run, person=None, **fields):
    with pytest.raises(Refused) as refused:
        register(run, person, **fields)
    assert not run.registrations.filter(person=person).exclude(status="cancelled").exists()
    return codes(refused)


def test_a_draft_takes_nobody():
    assert refusal(build_run(published_at=None)) == ["draft"]
    assert refusal(build_run(build_course(published_at=None))) == ["draft"]


def test_a_run_without_sessions_takes_nobody():
    run = CourseRun.objects.create(course=build_course(), number="leer", capacity=5, published_at=in_days(-1))
    assert refusal(run) == ["draft"]


def test_a_cancelled_run_takes_nobody_and_says_why():
    run = build_run(cancelled_at=timezone.now(), cancellation_reason="Raum gesperrt")
    with pytest.raises(Refused) as refused:
        register(run)
    assert str(refused.value.reasons[0]) == "Dieser Termin ist abgesagt: Raum gesperrt"


def test_a_run_that_has_started_takes_nobody():
    assert refusal(build_run(starts_at=timezone.now() - dt.timedelta(minutes=1))) == ["started"]


def test_registration_opens_and_closes_with_the_day_in_berlin():
    today = timezone.localdate()
    run = build_run(
        registration_opens_on=today + dt.timedelta(days=1), registration_closes_on=today + dt.timedelta(days=2)
    )
    assert refusal(run) == ["not_open"]
    with time_machine.travel(in_days(1, hour=0, minute=0), tick=False):
        assert register(run).status == "confirmed"
    with time_machine.travel(in_days(2, hour=23, minute=59), tick=False):
        assert register(run).status == "confirmed"
    with time_machine.travel(in_days(3, hour=0, minute=0), tick=False):
        assert refusal(run) == ["closed"]


def test_an_invitation_run_and_an_inhouse_run_take_only_theirs(agency, participant, other_participant):
    assert refusal(build_run(visibility="invitation"), participant) == ["invitation"]
    inhouse = build_run(visibility="agencies", agencies=[agency])
    assert refusal(inhouse, other_participant) == ["agency"]
    assert refusal(inhouse, build_person("wer@unbekannt.example")) == ["agency"]
    assert register(inhouse, participant).status == "confirmed"


def test_the_target_group_is_checked_and_named():
    run = build_run(build_course(groups=["leadership"]))
    with pytest.raises(Refused) as refused:
        register(run, build_person(group="staff"))
    assert str(refused.value.reasons[0]) == (
        "Diese Schulung richtet sich an: Führungskräfte. Angegeben ist: Mitarbeitende."
    )
    assert register(run, build_person(group="leadership")).status == "confirmed"


def test_somebody_without_a_profile_or_account_is_refused():
    run = build_run()
    assert refusal(run, build_person(profile_completed_at=None)) == ["profile"]
    assert refusal(run, build_person(is_active=False)) == ["inactive"]


def test_all_reasons_are_told_at_once():
    run = build_run(
        build_course(groups=["leadership"]),
        visibility="invitation",
        registration_closes_on=timezone.localdate() - dt.timedelta(1),
    )
    assert refusal(run, build_person(group="staff")) == ["closed", "invitation", "target_group"]


def test_a_coordinator_passes_over_a_rule_only_with_a_reason(coordinator):
    run = build_run(visibility="invitation")
    person = build_person()
    with pytest.raises(Refused):
        booking.register(run, person, Act(coordinator))
    registration = booking.register(run, person, Act(coordinator, reason="eingeladen"))
    event = registration.events.get()
    assert (event.reason, event.overrides) == ("eingeladen", "invitation")


def test_what_a_coordinator_passed_over_is_kept_also_of_who_must_wait(coordinator):
    run = build_run(capacity=1, visibility="invitation", registration_closes_on=in_days(-1).date())
    build_registration(run)
    registration = booking.register(run, build_person(), Act(coordinator, reason="Nachzügler"))
    event = registration.events.get()
    assert (event.to_status, event.reason, event.overrides) == ("waitlisted", "Nachzügler", "closed invitation")


def test_a_coordinator_does_not_pass_over_facts_or_the_queue(coordinator):
    started = build_run(starts_at=timezone.now() - dt.timedelta(hours=1))
    with pytest.raises(Refused):
        booking.register(started, build_person(), Act(coordinator, reason="nachträglich"))
    full = build_run(capacity=1)
    register(full)
    assert booking.register(full, build_person(), Act(coordinator, reason="dringend")).status == "waitlisted"


def test_agencies_are_compared_by_key_not_by_name():
    first, second = build_agency("Stadt A", "a.example"), build_agency("Stadt B", "b.example")
    run = build_run(visibility="agencies", agencies=[first, second])
    assert register(run, build_person("x@b.example")).status == "confirmed"


# --- an agency that becomes known later ---------------------------------------------------------


def test_what_is_to_come_counts_for_the_agency_once_it_is_known(other_agency):
    person, other = build_person("neu@frei.example"), build_person("fremd@frei.example")
    over, gone, again = build_run(starts_at=in_days(-5)), build_run(), build_run()
    past = build_registration(over, person)
    ended = build_registration(gone, person, Status.CANCELLED)
    back = build_registration(gone, person)
    somebody_elses = build_registration(gone, other)
    build_registration(again, person, Status.CANCELLED)
    earlier = build_registration(again, person, agency=other_agency)
    person.agency = build_agency("Ortsgemeinde Kruft", "kruft.example")
    person.save()
    booking.follow_affiliation(person, None, Act())
    rows = [past, ended, back, somebody_elses, earlier]
    for row in rows:
        row.refresh_from_db()
    assert [row.agency for row in rows] == [None, None, person.agency, None, other_agency]


def test_a_place_reserved_for_the_agency_is_theirs_once_it_is_known(agency):
    run = build_run(capacity=1)
    run.contingents.create(agency=agency, reserved=1, release_on=in_days(20).date())
    person = build_person("neu@frei.example")
    waiting = register(run, person)
    assert waiting.status == "waitlisted"
    person.agency = agency
    person.save()
    booking.follow_affiliation(person, None, Act())
    waiting.refresh_from_db()
    assert (waiting.status, waiting.agency) == ("confirmed", agency)


def test_an_agency_known_only_after_the_run_changes_nothing():
    run = build_run()
    person = build_person("neu@frei.example")
    registration = register(run, person)
    person.agency = build_agency("Ortsgemeinde Kruft", "kruft.example")
    person.save()
    booking.follow_affiliation(person, None, automatic(run.ends_at))
    registration.refresh_from_db()
    assert registration.agency is None
    booking.follow_affiliation(person, None, automatic(run.ends_at - dt.timedelta(seconds=1)))
    registration.refresh_from_db()
    assert registration.agency == person.agency


def test_agency_and_group_are_those_of_the_day(participant, other_agency):
    """Figures of a period must not change when somebody changes their post."""
    row = booking.register(build_run(), participant, Act(participant))
    participant.agency, participant.group = other_agency, "leadership"
    participant.save()
    row.refresh_from_db()
    assert (row.agency.name, row.group) == ("Stadtverwaltung Mayen", "staff")
