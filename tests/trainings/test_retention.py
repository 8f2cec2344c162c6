"""Is deleted what must go, and kept what must stay?"""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session as BrowserSession
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.models import User
from tests import builders
from tests.mails import Kind
from trainings import attendance, booking, bounces, mails, retention
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.bounces import mailbox
from trainings.mails import outbox
from trainings.models import CalendarEntry, Correspondence, Message, Registration
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("days", "kept"), [(13, True), (15, False)])
def test_needs_are_deleted_a_fortnight_after_the_run(days, kept):
    registration = builders.build_registration(builders.build_run(), needs="Rollstuhl")
    retention.clean_up(registration.run.ends_at + dt.timedelta(days=days))
    registration.refresh_from_db()
    assert registration.needs == ("Rollstuhl" if kept else "")


def test_needs_for_a_cancelled_run_go_too():
    called_off = timezone.now() - dt.timedelta(days=15)
    run = builders.build_run(cancelled_at=called_off, cancellation_reason="Kursleitung erkrankt")
    registration = builders.build_registration(run, status=Registration.Status.CANCELLED, needs="Rollstuhl")
    assert retention.clean_up()["needs"] == 1
    registration.refresh_from_db()
    assert registration.needs == ""


@pytest.mark.parametrize(("days", "kept"), [(13, True), (15, False)])
def test_notes_to_attendance_are_deleted_a_fortnight_after_the_run(trainer, days, kept):
    run = builders.build_run(starts_at=builders.in_days(-1))
    registration = builders.build_registration(run)
    attendance.record(builders.only_session(run), {registration.pk: Mark("excused", note="krank")}, Act(trainer))
    retention.clean_up(run.ends_at + dt.timedelta(days=days))
    assert registration.attendance_records.get().note == ("krank" if kept else "")
    assert registration.attendance_records.get().status == "excused"


@pytest.mark.parametrize(("days", "kept"), [(89, True), (91, False)])
def test_text_of_a_mail_is_deleted_after_ninety_days_and_the_fact_kept(days, kept):
    message = mails.queue(Kind.REGISTERED, builders.build_registration(builders.build_run()))
    outbox.deliver(message.pk)
    message.refresh_from_db()
    before = [message.status, message.sent_at, message.to_email, message.subject]
    retention.clean_up(message.sent_at + dt.timedelta(days=days))
    message.refresh_from_db()
    assert [message.status, message.sent_at, message.to_email, message.subject] == before
    assert [bool(message.text), bool(message.html)] == [kept, kept]


@pytest.mark.parametrize(("days", "kept"), [(89, True), (91, False)])
def test_a_mail_and_an_address_stay_out_of_order_when_the_answer_of_the_mail_server_goes(participant, days, kept):
    message = mails.queue(Kind.REGISTERED, builders.build_registration(builders.build_run(), participant))
    outbox.deliver(message.pk)
    message.refresh_from_db()
    mailbox.mark(message, "550 5.1.1 <yildiz@mayen.example>: User unknown", message.sent_at)
    counts = retention.clean_up(message.sent_at + dt.timedelta(days=days))
    rows = [Message.objects.get(), Correspondence.objects.get()]
    assert [row.bounced_at for row in rows] == [message.sent_at] * 2
    assert [bool(row.bounce_reason) for row in rows] == [kept] * 2
    assert counts["bounce_reasons"] == int(not kept)
    assert list(bounces.unreachable()) == [participant]


@pytest.mark.parametrize(("days", "kept"), [(89, True), (91, False)])
def test_what_the_coordination_wrote_goes_with_its_mails_and_that_it_wrote_stays(
    run, coordinator, participant, days, kept
):
    registration = builders.build_registration(run, participant)
    draft = mails.Draft("Parkplatz", "Frau Yıldız, Ihr Rollstuhlplatz ist links.", "place")
    announcement = mails.announce(run, draft, Act(coordinator), to=[registration.pk], key="1")
    mails.deliver_due()
    before = [announcement.written_by, announcement.written_at]
    later = timezone.now() + dt.timedelta(days=days)
    assert retention.clean_up(later)["announcements"] == int(not kept)
    [announcement] = mails.announcements_of(run)
    [message] = announcement.messages.all()
    assert [announcement.written_by, announcement.written_at, announcement.addressed, announcement.sent] == [
        *before,
        1,
        1,
    ]
    texts = [announcement.subject, announcement.text, message.subject, message.text, message.html]
    assert [bool(text) for text in texts] == [kept] * 5
    assert [message.status, message.to_email] == [Message.Status.SENT, participant.email]
    if not kept:
        with pytest.raises(Refused, match="Der Text wurde inzwischen gelöscht"):
            mails.send_again(message, Act(coordinator), seen=0)


def test_however_many_had_a_free_subject_none_keeps_it(run, coordinator, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    to = [builders.build_registration(run).pk for _number in range(5)]
    mails.announce(run, mails.Draft("Parkplatz", "Links.", "place"), Act(coordinator), to=to, key="1")
    mails.deliver_due()
    assert Message.objects.exclude(subject="").count() == 5
    retention.clean_up(timezone.now() + dt.timedelta(days=91))
    assert not Message.objects.exclude(subject="").exists()


def test_what_the_coordination_wrote_stays_while_a_mail_waits_with_it(run, coordinator, participant):
    registration = builders.build_registration(run, participant)
    mails.announce(run, mails.Draft("B", "T", "place"), Act(coordinator), to=[registration.pk], key="1")
    assert retention.clean_up(timezone.now() + dt.timedelta(days=91))["announcements"] == 0


def test_nothing_of_a_bounce_outlives_a_deleted_account(participant):
    """It stands with the account and its mails; an account that has got mails is deleted with them or not at all."""
    message = mails.queue(Kind.REGISTERED, builders.build_registration(builders.build_run(), participant))
    outbox.deliver(message.pk)
    message.refresh_from_db()
    mailbox.mark(message, "550 yildiz@mayen.example", timezone.now())
    with pytest.raises(ProtectedError):
        participant.delete()
    message.delete()
    Registration.objects.all().delete()
    participant.delete()
    assert [Message.objects.exists(), Correspondence.objects.exists()] == [False, False]


def test_queued_message_keeps_everything():
    message = mails.queue(Kind.REGISTERED, builders.build_registration(builders.build_run()))
    Message.objects.update(last_error="ConnectionRefusedError")
    retention.clean_up(timezone.now() + dt.timedelta(days=91))
    message.refresh_from_db()
    assert message.last_error == "ConnectionRefusedError"


@pytest.mark.parametrize(("days", "kept"), [(89, True), (91, False)])
def test_what_calendars_were_told_is_deleted_ninety_days_after_the_session(participant, days, kept):
    run = builders.build_run()
    booking.register(run, participant, Act(participant))
    mails.deliver_due()
    assert CalendarEntry.objects.count() == 1
    counts = retention.clean_up(run.ends_at + dt.timedelta(days=days))
    assert [CalendarEntry.objects.count(), counts["calendar_entries"]] == ([1, 0] if kept else [0, 1])


def test_accounts_nobody_ever_signed_in_to_are_deleted(agency, participant, coordinator):
    unused = User.objects.create_user("unused@mayen.example")
    fresh = User.objects.create_user("fresh@mayen.example", date_joined=timezone.now() + dt.timedelta(days=2))
    begun = User.objects.create_user("begun@mayen.example", last_login=timezone.now())
    imported = User.objects.create_user("imported@mayen.example", first_name="Kim", last_name="Neu")
    root = User.objects.create_superuser("root@mayen.example", "secret")
    registered = User.objects.create_user("registered@mayen.example")
    builders.build_registration(builders.build_run(), registered)

    assert retention.clean_up(timezone.now() + dt.timedelta(days=3))["unused_accounts"] == 1
    kept = [participant, coordinator, fresh, begun, imported, root, registered]
    assert set(User.objects.all()) == set(kept)
    assert not User.objects.filter(pk=unused.pk).exists()


def test_expired_browser_sessions_are_deleted(signed_in, participant):
    signed_in(participant)
    retention.clean_up()
    assert BrowserSession.objects.count() == 1
    BrowserSession.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    retention.clean_up()
    assert BrowserSession.objects.count() == 0


def test_cleaning_up_twice_changes_nothing():
    builders.build_registration(builders.build_run(), needs="Rollstuhl")
    later = timezone.now() + dt.timedelta(days=100)
    retention.clean_up(later)
    assert set(retention.clean_up(later).values()) == {0}
