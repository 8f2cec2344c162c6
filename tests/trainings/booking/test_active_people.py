"""Nobody without an active account is offered anything, counted on, written to, or shown as a trainer."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import User
from tests.builders import (
    build_course,
    build_person,
    build_registration,
    build_run,
    fill_free_places,
    in_days,
    only_session,
)
from trainings import attendance, booking, mails, planning
from trainings.acts import Act, Channel
from trainings.booking import approvals
from trainings.mails import digest
from trainings.models import Interest, Message, Registration
from trainings.planning.audiences import InvitedGroups
from trainings.refusals import Refused

Status = Registration.Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone(agency):
    return build_person("fort@mayen.example", is_active=False)


def wait(run, person, minutes=0, **fields):
    return build_registration(
        run, person, Status.WAITLISTED, registered_at=in_days(0) + dt.timedelta(minutes=minutes), **fields
    )


@pytest.mark.parametrize(("days", "status"), [(30, "confirmed"), (5, "offered"), (1, "waitlisted")])
def test_who_is_active_gets_the_place_before_who_was_there_first(gone, participant, days, status):
    run = build_run(capacity=1, starts_at=in_days(days, 23))
    first, second = wait(run, gone), wait(run, participant, 1)
    fill_free_places(run)
    for row in (first, second):
        row.refresh_from_db()
    assert (first.status, second.status) == ("waitlisted", status)
    assert [first.called_at is None, second.called_at is None] == [True, days != 1]
    assert not Message.objects.filter(registration=first).exists()


def test_nobody_waits_behind_them(gone, participant, coordinator):
    run = build_run(capacity=1)
    wait(run, gone)
    assert (booking.situation_of(run, in_days(0)).waiting, run.people_waiting) == (0, 0)
    assert [row.registration for row in booking.explain_queue(run).queue] == []
    assert booking.register(run, participant, Act(participant)).status == "confirmed"
    second = wait(run, build_person())
    assert (second.position, Registration.objects.with_position().get(pk=second.pk).position) == (1, 1)


def test_a_position_is_the_same_in_a_list_and_alone(gone):
    """Also of people who joined at the same moment, beside others that do not wait, and in two runs."""
    joined = [in_days(-1), in_days(-3), in_days(-1), in_days(-2), in_days(-3)]
    for run in (build_run(), build_run()):
        wait(run, gone)
        build_registration(run, queued_at=in_days(-4))
        for at in joined:
            build_registration(run, status="waitlisted", queued_at=at)
    rows = Registration.objects.with_position()
    assert [row.position for row in rows.order_by("pk")] == [
        row.position for row in Registration.objects.order_by("pk")
    ]
    assert sorted(row.position for row in rows.exclude(person=gone) if row.is_waiting) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_their_wait_ends_with_the_start_without_a_mail(gone):
    run = build_run()
    row = wait(run, gone)
    booking.sweep(run.starts_at)
    row.refresh_from_db()
    assert row.status == "expired"
    assert [mails.no_longer_true(message) for message in row.messages.all()] == ["Das Konto ist deaktiviert."]


def test_registering_them_is_refused_by_every_path(gone, agency, agency_contact, coordinator, trainer):
    run = build_run(starts_at=in_days(9), trainers=[trainer])
    for by in (gone, agency_contact, coordinator):
        with pytest.raises(Refused, match="nicht mehr aktiv"):
            booking.register(run, gone, Act(by, reason="Anruf"))
    (verdict,) = booking.register_list(run, [booking.line_of(1, gone)], Act(coordinator, Channel.IMPORT, "Liste"))
    assert [reason.code for reason in verdict.reasons] == ["inactive"]
    (held,) = booking.hold_places(run, agency, 1, Act(agency_contact), name_by=in_days(3).date())
    with pytest.raises(Refused, match="nicht mehr aktiv"):
        booking.name_held_place(held, gone, Act(agency_contact))
    place = build_registration(run, build_person())
    for by in (place.person, agency_contact):
        with pytest.raises(Refused, match="nicht mehr aktiv"):
            booking.substitute(place, gone, Act(by))
    session = only_session(run)
    with pytest.raises(Refused, match="nicht mehr aktiv"):
        attendance.add_walk_in(
            session, Act(trainer, at=session.starts_at), email=gone.email, first_name="", last_name="F", group="staff"
        )
    assert not Registration.objects.filter(person=gone).exists()


def test_no_operation_gives_them_a_place(gone, coordinator):
    rows = [
        build_registration(build_run(starts_at=in_days(5)), gone, status, supervisor_email="chefin@mayen.example")
        for status in ("waitlisted", "offered", "requested")
    ]
    waiting, offered, requested = rows
    Registration.objects.filter(pk=waiting.pk).update(called_at=in_days(0))
    for act in (
        lambda: booking.claim_place(waiting, Act(gone, channel=Channel.LINK)),
        lambda: booking.give_now(waiting, Act(coordinator, reason="weil")),
        lambda: booking.accept_offer(offered, Act(gone, channel=Channel.LINK)),
        lambda: booking.give_now(offered, Act(coordinator, reason="weil")),
        lambda: booking.approve(requested, Act(by_email="chefin@mayen.example")),
        lambda: booking.approve(requested, Act(coordinator, reason="weil")),
    ):
        with pytest.raises(Refused, match="nicht mehr aktiv"):
            act()
    assert [Registration.objects.get(pk=row.pk).status for row in rows] == ["waitlisted", "offered", "requested"]


def test_they_are_neither_invited_nor_counted_among_the_interested(gone, participant, coordinator):
    course = build_course()
    run = build_run(course)
    for person in (gone, participant):
        planning.note_interest(course, person)
    assert [row.person for row in planning.people_interested(course)] == [participant]
    assert [row.number for row in planning.demand()] == [1]
    everybody = InvitedGroups(agencies=[participant.agency], interested=True)
    assert gone not in planning.people_of(everybody, run)
    assert [one.person for one in planning.invite(run, [gone, participant], Act(coordinator))] == [participant]
    Interest.objects.update(ended_at=None)
    (section,) = [one for one in digest.sections(in_days(-1), in_days(1)) if one.title == "Neues Interesse"]
    assert section.lines[0].text.startswith("1 Person:")


def test_a_contact_who_has_gone_is_asked_nothing(agency, participant):
    build_person("weg@mayen.example", role=User.Role.AGENCY_CONTACT, is_active=False)
    row = build_registration(build_run(), participant, Status.REQUESTED)
    assert approvals.deciding_contacts(row) == []


def test_reminders_and_announcements_leave_them_out(gone, participant):
    run = build_run(starts_at=in_days(7), reminders="7")
    for person in (gone, participant):
        build_registration(run, person, status_changed_at=in_days(-9))
    mails.remind(in_days(1))
    assert {message.recipient for message in Message.objects.all()} == {participant}
    assert [row.person for row in mails.reachable(run)] == [participant]


def test_a_trainer_who_has_gone_is_not_shown_before_the_end(client, trainer, other_trainer):
    run = build_run(trainers=[trainer, other_trainer])
    User.objects.filter(pk=trainer.pk).update(is_active=False)
    page = client.get(run.course.get_absolute_url()).content.decode()
    assert (trainer.last_name in page, other_trainer.last_name in page) == (False, True)
    assert [person.last_name for person in run.trainers_shown] == [other_trainer.last_name]
    past = build_run(trainers=[trainer], starts_at=in_days(-9))
    past.trainers.get().refresh_from_db()
    assert past.trainers_shown == [trainer]  # who taught it stays on lists and certificates
    assert str(trainer.last_name) not in client.get(reverse("trainings:catalogue")).content.decode()
