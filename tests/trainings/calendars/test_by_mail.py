"""Does a person's calendar hear by mail what is true, once, and nothing else?"""

import datetime as dt

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import builders
from tests.builders import cancel_session, in_days, save_session
from tests.mails import Kind, heard, let_grace_pass, the_event
from trainings import booking, calendars, mails, planning
from trainings.acts import Act, Channel
from trainings.booking import transitions as places
from trainings.calendars import by_mail as calendar_mails
from trainings.dates import run_days, session_when
from trainings.locking import locked
from trainings.mails import outbox
from trainings.models import CalendarEntry, Correspondence, Message, Registration, Session
from trainings.planning import scheduling

Status = Registration.Status
TWO_HOURS = dt.timedelta(hours=2)

pytestmark = pytest.mark.django_db


def days(*numbers: int) -> list[tuple[dt.datetime, dt.datetime]]:
    return [(in_days(number), in_days(number) + TWO_HOURS) for number in numbers]


def move_to(session: Session, day: int) -> None:
    session = Session.objects.select_related("run").get(pk=session.pk)
    session.starts_at, session.ends_at = days(day)[0]
    session.teaching_minutes = 90
    save_session(session)
    let_grace_pass()


def kinds(person) -> list[str]:
    sent = Message.objects.filter(recipient=person, status=Message.Status.SENT)
    return list(sent.order_by("sent_at", "pk").values_list("kind", flat=True))


# --- One session -----------------------------------------------------------------------------------


def test_a_place_its_move_and_its_end(run, participant, deliver):
    registration = booking.register(run, participant, Act(participant))
    assert deliver() == [("REQUEST", "CONFIRMED", "1")]
    move_to(builders.only_session(run), 40)
    assert deliver() == [("REQUEST", "CONFIRMED", "2")]
    booking.cancel(registration, Act(participant))
    assert deliver() == [("CANCEL", "CANCELLED", "3")]
    assert kinds(participant) == [Kind.REGISTERED, Kind.SESSION_MOVED, Kind.CANCELLED]


def test_who_registers_again_goes_on_counting(run, participant, deliver):
    told = []
    for _time in range(2):
        registration = booking.register(run, participant, Act(participant))
        told += deliver()
        booking.cancel(registration, Act(participant))
        told += deliver()
    assert told == [
        ("REQUEST", "CONFIRMED", "1"),
        ("CANCEL", "CANCELLED", "2"),
        ("REQUEST", "CONFIRMED", "3"),
        ("CANCEL", "CANCELLED", "4"),
    ]


def test_waiting_is_tentative_until_the_place_is_sure(participant, other_participant, deliver):
    run = builders.build_run(capacity=1)
    first = booking.register(run, other_participant, Act(other_participant))
    booking.register(run, participant, Act(participant))
    assert deliver() == [("REQUEST", "TENTATIVE", "1")]
    event = the_event(mail.outbox[-1])
    assert [event["X-MICROSOFT-CDO-BUSYSTATUS"], event["X-MICROSOFT-CDO-INTENDEDSTATUS"]] == ["TENTATIVE", "TENTATIVE"]
    assert event["ATTENDEE"].params["PARTSTAT"] == "TENTATIVE"

    booking.cancel(first, Act(other_participant))
    assert deliver() == [("REQUEST", "CONFIRMED", "2")]
    event = the_event(mail.outbox[-1])
    assert [event["X-MICROSOFT-CDO-BUSYSTATUS"], event["X-MICROSOFT-CDO-INTENDEDSTATUS"]] == ["BUSY", "BUSY"]
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"


def test_an_offer_stays_tentative_and_declined_it_goes(participant, other_participant, deliver):
    run = builders.build_run(capacity=1, starts_at=in_days(5))
    first = booking.register(run, other_participant, Act(other_participant))
    waiting = booking.register(run, participant, Act(participant))
    deliver()
    booking.cancel(first, Act(other_participant))
    assert deliver() == [("REQUEST", "TENTATIVE", "2")]
    assert "ihn anzunehmen ist keine Zusage" in " ".join(mail.outbox[-1].body.split())
    booking.decline_offer(waiting, Act(participant))
    assert deliver() == [("CANCEL", "CANCELLED", "3")]


def test_a_run_called_off_leaves_the_calendar(run, participant, coordinator, deliver):
    booking.register(run, participant, Act(participant))
    deliver()
    planning.cancel_run(run, Act(coordinator, reason="Kursleitung erkrankt"))
    # Two reasons at once: the sessions were touched, the registration has ended.
    assert deliver() == [("CANCEL", "CANCELLED", "3")]
    assert the_event(mail.outbox[-1])["SUMMARY"].startswith("ABGESAGT: ")


def test_a_cancelled_session_leaves_the_calendar_and_the_others_stay(participant, deliver):
    run = builders.build_run(sessions=days(30, 31))
    booking.register(run, participant, Act(participant))
    deliver()
    cancel_session(run.sessions.first())
    let_grace_pass()
    assert deliver() == [("CANCEL", "CANCELLED", "2")]
    assert [entry.status for entry in CalendarEntry.objects.order_by("session")] == ["cancelled", "confirmed"]


def test_what_ended_before_it_was_told_is_not_cancelled(run, participant, deliver):
    registration = booking.register(run, participant, Act(participant))
    booking.cancel(registration, Act(participant))
    assert deliver() == [()]
    assert not CalendarEntry.objects.exists()


def test_of_two_mails_at_once_the_first_tells_what_is_true_and_the_second_nothing(run, participant, deliver):
    booking.register(run, participant, Act(participant))
    move_to(builders.only_session(run), 40)
    assert deliver() == [("REQUEST", "CONFIRMED", "2"), ()]
    assert kinds(participant) == [Kind.REGISTERED, Kind.SESSION_MOVED]
    assert "Kalendereinladung" not in mail.outbox[-1].body


def test_nobody_is_invited_to_what_has_begun_and_nothing_past_is_changed(participant, trainer, coordinator, deliver):
    run = builders.build_run(sessions=[*days(-2), (in_days(0, 0), in_days(0, 23, 59)), *days(2)], trainers=[trainer])
    registration = builders.build_registration(run, participant)
    mails.queue(Kind.WALKED_IN, registration)
    assert deliver() == [("REQUEST", "CONFIRMED", "0")]
    assert CalendarEntry.objects.get().session == run.sessions.last()


def test_of_a_run_that_is_over_nothing_is_told(participant, deliver):
    run = builders.build_run(starts_at=in_days(-3))
    registration = builders.build_registration(run, participant, Status.CANCELLED)
    CalendarEntry.objects.create(person=participant, session=run.sessions.get(), status="confirmed", sequence=0)
    mails.queue(Kind.CANCELLED, registration)
    assert deliver() == [()]
    assert calendars.catch_up() == 0


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ("mail", "Die Kalendereinladung liegt bei."),
        ("feed", "Ihr Kalender-Abonnement zeigt den Termin von selbst."),
        ("none", "Möchten Sie den Termin doch in Ihrem Kalender haben?"),
    ],
)
def test_only_who_wants_invitations_gets_them_and_each_reads_what_comes(choice, sentence, run, participant, deliver):
    Correspondence.objects.change(participant, calendar_choice=choice)
    booking.register(run, participant, Act(participant))
    assert deliver() == [("REQUEST", "CONFIRMED", "1") if choice == "mail" else ()]
    [sent] = mail.outbox
    assert [sentence in body for body in [sent.body, sent.alternatives[0].content]] == [True, True]
    assert CalendarEntry.objects.exists() is (choice == "mail")


def test_who_changes_to_the_subscription_gets_no_more_mails_for_the_calendar(run, participant, deliver):
    registration = booking.register(run, participant, Act(participant))
    deliver()
    Correspondence.objects.change(participant, calendar_choice="feed")
    booking.cancel(registration, Act(participant))
    assert deliver() == [()]
    assert calendars.catch_up() == 0


def test_supervisors_and_trainers_get_no_invitation(participant, trainer, deliver):
    run = builders.build_run(trainers=[trainer], approval="inform")
    booking.register(run, participant, Act(participant), supervisor_email="chef@mayen.example")
    move_to(builders.only_session(run), 40)
    mail.outbox.clear()
    mails.deliver_due()
    assert sorted((sent.to[0], heard(sent)) for sent in mail.outbox) == [
        ("chef@mayen.example", ()),
        (trainer.email, ()),
        (participant.email, ()),
        (participant.email, ("REQUEST", "CONFIRMED", "2")),
    ]


# --- Several sessions --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 4])
def test_several_sessions_come_as_one_file_with_the_mail_of_the_act(participant, deliver, number):
    run = builders.build_run(sessions=days(*range(30, 30 + number)))
    registration = booking.register(run, participant, Act(participant))
    assert deliver() == [("file", *["CONFIRMED"] * number)]
    sent = mail.outbox[0]
    assert [part.get_content_type() for part in sent.message().walk()].count("text/calendar") == 0
    assert "/kalender/" in sent.body
    content = sent.message().get_payload()[-1].get_payload(decode=True)
    assert [word for word in [b"METHOD", b"ORGANIZER", b"ATTENDEE"] if word in content] == []

    move_to(run.sessions.first(), 29)
    assert deliver() == [("REQUEST", "CONFIRMED", "2")]
    booking.cancel(registration, Act(participant))
    assert deliver() == [("file", *["CANCELLED"] * number)]
    assert kinds(participant) == [Kind.REGISTERED, Kind.SESSION_MOVED, Kind.CANCELLED]
    assert "löschen Sie sie dort bitte" in mail.outbox[-1].body


def test_a_mail_for_the_calendar_is_dropped_when_there_is_nothing_new(run, participant, deliver):
    registration = booking.register(run, participant, Act(participant))
    deliver()
    scheduling.touch_sessions(run)
    calendars.catch_up()
    follows = Message.objects.get(kind=Kind.CALENDAR_ENTRY)
    booking.cancel(registration, Act(participant))
    outbox.deliver(Message.objects.get(kind=Kind.CANCELLED).pk)
    outbox.deliver(follows.pk)
    follows.refresh_from_db()
    assert [follows.status, follows.last_error] == ["dropped", "Für den Kalender gibt es nichts Neues."]


# --- What no other mail tells ---------------------------------------------------------------------------


def test_moving_to_another_run_takes_the_old_one_out_of_the_calendar(participant, deliver):
    course = builders.build_course()
    old, new = (builders.build_run(course, starts_at=in_days(day)) for day in [30, 60])
    registration = booking.register(old, participant, Act(participant))
    deliver()
    booking.move(registration, new, Act(participant))
    assert calendars.catch_up() == 0  # the mail about the new place will tell
    assert deliver() == [("REQUEST", "CONFIRMED", "1", "gone", "CANCELLED")]
    assert kinds(participant)[1:] == [Kind.MOVED]
    assert f"- {session_when(builders.only_session(old))}" in mail.outbox[0].body
    assert calendars.catch_up() == 0


@pytest.mark.slow
def test_a_wait_that_ends_for_a_sure_place_leaves_the_calendar(participant, other_participant, deliver):
    course = builders.build_course()
    full, later = (builders.build_run(course, capacity=1, starts_at=in_days(day)) for day in [30, 60])
    place = booking.register(full, other_participant, Act(other_participant))
    builders.build_registration(later)
    for run in [full, later]:
        booking.register(run, participant, Act(participant))
    assert deliver() == [("REQUEST", "TENTATIVE", "1")] * 2
    booking.cancel(place, Act(other_participant))
    assert deliver() == [("REQUEST", "CONFIRMED", "2", "gone", "CANCELLED")]


def test_a_place_passed_on_changes_both_calendars(run, participant, deliver):
    colleague = builders.build_person("stein@mayen.example", "Uwe", "Stein")
    registration = booking.register(run, participant, Act(participant))
    deliver()
    asked = booking.substitute(registration, colleague, Act(participant))
    mail.outbox.clear()
    mails.deliver_due()
    assert [(sent.to[0], heard(sent)) for sent in mail.outbox] == [
        ("stein@mayen.example", ("REQUEST", "TENTATIVE", "1")),
    ]
    booking.accept_offer(asked, Act(colleague))
    mail.outbox.clear()
    mails.deliver_due()
    assert sorted((sent.to[0], heard(sent)) for sent in mail.outbox) == [
        ("stein@mayen.example", ("REQUEST", "CONFIRMED", "2")),
        (participant.email, ("CANCEL", "CANCELLED", "2")),
    ]


def test_a_new_address_of_the_venue_reaches_the_calendar_with_the_mail_about_it(participant, coordinator, deliver):
    run = builders.build_run(venue=builders.build_venue(street="Markt 1"))
    booking.register(run, participant, Act(participant))
    deliver()
    planning.save_venue(run.venue, {"street": "Markt 2"}, Act(coordinator))
    assert calendars.catch_up() == 0
    let_grace_pass()
    assert deliver() == [("REQUEST", "CONFIRMED", "2")]
    assert calendars.catch_up() == 0
    assert kinds(participant) == [Kind.REGISTERED, Kind.SESSION_MOVED]


def test_what_all_sessions_show_reaches_the_calendar_by_itself_and_once(run, participant, deliver):
    booking.register(run, participant, Act(participant))
    deliver()
    assert calendars.catch_up() == 0
    scheduling.touch_sessions(run)
    assert calendars.catch_up() == 1
    calendars.catch_up()
    assert deliver() == [("REQUEST", "CONFIRMED", "2")]
    assert calendars.catch_up() == 0
    assert kinds(participant) == [Kind.REGISTERED, Kind.CALENDAR_ENTRY]


def test_a_session_added_later_reaches_the_calendar_by_itself_and_once(run, participant, deliver):
    booking.register(run, participant, Act(participant))
    deliver()
    added = planning.add_session(run, starts_at=in_days(40), ends_at=in_days(40) + TWO_HOURS, teaching_minutes=90)
    assert calendars.catch_up() == 1
    assert calendars.catch_up() == 0
    assert deliver() == [("REQUEST", "CONFIRMED", "1")]
    assert the_event(mail.outbox[0])["UID"] == added.calendar_uid
    assert (calendars.catch_up(), deliver()) == (0, [])


def test_a_session_in_place_of_one_called_off_reaches_the_calendar(run, participant, deliver):
    booking.register(run, participant, Act(participant))
    deliver()
    instead = planning.Meeting(in_days(40), in_days(40) + TWO_HOURS, 90)
    edit = planning.Edit(sessions={run.sessions.get().pk: None}, added=[instead])
    planning.change_run(run, edit, builders.planner())
    let_grace_pass()
    assert deliver() == [("REQUEST", "CONFIRMED", "1", "gone", "CANCELLED")]
    assert (calendars.catch_up(), deliver()) == (0, [])


def changed_meanwhile(run, monkeypatch) -> None:
    """What no other mail tells of, while the first one is on its way."""
    send = outbox._send

    def slowly(*args):
        monkeypatch.setattr(outbox, "_send", send)
        send(*args)
        scheduling.touch_sessions(run)

    monkeypatch.setattr(outbox, "_send", slowly)


def test_what_changes_while_a_mail_leaves_is_told_in_the_same_round(run, participant, deliver, monkeypatch):
    booking.register(run, participant, Act(participant))
    changed_meanwhile(run, monkeypatch)
    assert deliver() == [("REQUEST", "CONFIRMED", "1"), ("REQUEST", "CONFIRMED", "2")]


def test_a_worker_that_is_told_to_stop_queues_it_for_the_next(run, participant, other_participant, monkeypatch):
    booking.register(run, participant, Act(participant))
    booking.register(run, other_participant, Act(other_participant))
    changed_meanwhile(run, monkeypatch)
    go_on = iter([True, False])
    assert mails.deliver_due(lambda: next(go_on)) == 1
    waiting = Message.objects.filter(status=Message.Status.QUEUED)
    assert {(one.kind, one.recipient) for one in waiting} == {
        (Kind.REGISTERED, other_participant),
        (calendars.SHORT_MAIL, participant),
    }


def test_catching_up_leaves_to_a_waiting_mail_what_it_will_tell(run, participant, deliver):
    registration = booking.register(run, participant, Act(participant))
    deliver()
    booking.cancel(registration, Act(participant))
    assert calendars.catch_up() == 0
    Message.objects.filter(kind=Kind.CANCELLED).update(status=Message.Status.DEAD)
    assert calendars.catch_up() == 1
    assert deliver() == [("CANCEL", "CANCELLED", "2")]


def test_many_sessions_that_changed_at_once_are_one_mail(participant, deliver):
    run = builders.build_run(sessions=days(30, 31, 32, 33))
    booking.register(run, participant, Act(participant))
    deliver()
    scheduling.touch_sessions(run)
    calendars.catch_up()
    assert deliver() == [("file", *["CONFIRMED"] * 4)]
    assert mail.outbox[0].subject == f"Kalendereinträge: {run.course.title} ({run_days(run)})"


def test_a_note_in_the_history_is_no_reason_for_a_mail(run, participant, coordinator, deliver):
    registration = booking.register(run, participant, Act(participant))
    deliver()
    with locked(run):
        places.note(registration, Act(coordinator, channel=Channel.COORDINATION))
    assert calendars.catch_up() == 0


# --- Crash and retry ------------------------------------------------------------------------------------


def test_a_mail_that_did_not_leave_has_told_nothing(run, participant, settings, deliver, caplog):
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.trainings.mails.test_outbox.ServerIsDown"
    booking.register(run, participant, Act(participant))
    mails.deliver_due()
    assert not CalendarEntry.objects.exists()
    settings.EMAIL_BACKEND = backend
    Message.objects.update(due_at=timezone.now())
    assert deliver() == [("REQUEST", "CONFIRMED", "1")]


def test_sent_but_not_noted_the_same_invitation_goes_again(participant, monkeypatch, deliver, caplog):
    def crash(*_args, **_fields):
        raise SystemExit

    run = builders.build_run()
    booking.register(run, participant, Act(participant))
    with monkeypatch.context() as patch:
        patch.setattr(calendar_mails.CalendarEntry.objects, "bulk_create", crash)
        with pytest.raises(SystemExit):
            mails.deliver_due()
    [lost] = mail.outbox
    message = Message.objects.get()
    assert [message.status, CalendarEntry.objects.count()] == ["queued", 0]
    Message.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    assert deliver() == [("REQUEST", "CONFIRMED", "1")]
    assert mail.outbox[0].message()["Message-ID"] == lost.message()["Message-ID"]
    assert the_event(mail.outbox[0]) == the_event(lost)


def test_a_late_worker_does_not_take_back_what_was_told_since(run, participant):
    registration = booking.register(run, participant, Act(participant))
    late = calendars.enclosed(Message(kind=Kind.REGISTERED, registration=registration, recipient=participant))
    move_to(builders.only_session(run), 40)
    registration.refresh_from_db()
    later = calendars.enclosed(Message(kind=Kind.REGISTERED, registration=registration, recipient=participant))
    calendars.note_told(participant, later)
    calendars.note_told(participant, late)
    assert CalendarEntry.objects.get().sequence == 2


def test_a_mail_sent_again_on_purpose_invites_again(run, participant, deliver):
    registration = booking.register(run, participant, Act(participant))
    assert deliver() == [("REQUEST", "CONFIRMED", "1")]
    again = mails.queue(Kind.REGISTERED, registration)
    Message.objects.filter(pk=again.pk).update(repeats=Message.objects.exclude(pk=again.pk).get())
    assert deliver() == [("REQUEST", "CONFIRMED", "1")]


@pytest.mark.slow
def test_catching_up_asks_as_often_for_thirty_runs_as_for_three(deliver):
    def one_more():
        person = builders.build_person()
        booking.register(builders.build_run(), person, Act(person))

    def asked() -> int:
        deliver()
        Session.objects.update(changed_at=timezone.now() + dt.timedelta(minutes=1), sequence=9)
        with CaptureQueriesContext(connection) as queries:
            found = calendars.catch_up()
        assert found == Registration.objects.count()
        assert Message.objects.filter(kind=Kind.CALENDAR_ENTRY, status="queued").count() == found
        Message.objects.filter(status="queued").delete()
        return len(queries)

    for _ in range(3):
        one_more()
    with_three = asked()
    for _ in range(27):
        one_more()
    assert asked() == with_three
