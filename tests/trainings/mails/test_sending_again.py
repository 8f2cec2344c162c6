"""Does a mail leave again when a coordinator says so: once, with the facts of now, and only while it is true?"""

import pytest
from django.core import mail
from django.utils import timezone

from accounts import finding
from tests import builders
from tests.mails import Kind
from trainings import booking, mails
from trainings.acts import Act
from trainings.mails import outbox, send_again, sending_again
from trainings.models import Message, Registration
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(run, participant) -> Message:
    message = mails.queue(Kind.REGISTERED, builders.build_registration(run, participant))
    outbox.deliver(message.pk)
    message.refresh_from_db()
    mail.outbox.clear()
    return message


@pytest.fixture
def dead(run, other_participant) -> Message:
    message = mails.queue(Kind.REGISTERED, builders.build_registration(run, other_participant))
    Message.objects.filter(pk=message.pk).update(status="dead", attempts=5, last_error="Connection refused")
    message.refresh_from_db()
    return message


def test_a_sent_mail_is_repeated_by_a_new_one_with_the_facts_of_now(sent, participant, coordinator):
    participant.email = "neu@mayen.example"
    participant.save()
    again = send_again(sent, Act(coordinator), seen=0)
    assert (again.repeats, again.queued_by, again.status) == (sent, coordinator, "queued")
    assert again.message_id != sent.message_id
    outbox.deliver(again.pk)
    [left] = mail.outbox
    assert (left.to, left.extra_headers["Message-ID"]) == (["neu@mayen.example"], f"<{again.message_id}>")
    sent.refresh_from_db()
    assert (sent.status, sent.to_email) == ("sent", "yildiz@mayen.example")  # what was, stays


def test_a_dead_mail_leaves_itself_and_begins_to_count_anew(dead, coordinator):
    again = send_again(dead, Act(coordinator), seen=0)
    assert (again.pk, again.status, again.attempts, again.message_id) == (dead.pk, "queued", 0, dead.message_id)
    outbox.deliver(again.pk)
    assert len(mail.outbox) == 1


def test_a_second_click_finds_what_the_first_has_made(sent, dead, coordinator):
    assert send_again(sent, Act(coordinator), seen=0) == send_again(sent, Act(coordinator), seen=0)
    assert sent.repetitions.count() == 1
    assert send_again(dead, Act(coordinator), seen=0) == send_again(dead, Act(coordinator), seen=0)
    assert Message.objects.count() == 3


def test_who_has_seen_the_repetition_may_repeat_once_more(sent, coordinator):
    first = send_again(sent, Act(coordinator), seen=0)
    outbox.deliver(first.pk)
    assert send_again(sent, Act(coordinator), seen=1) != first
    assert sent.repetitions.count() == 2


def test_what_is_no_longer_true_is_not_said_again(sent, coordinator, participant):
    booking.cancel(sent.registration, Act(participant))
    with pytest.raises(Refused) as refusal:
        send_again(sent, Act(coordinator), seen=0)
    assert mails.no_longer_true(mails.messages_to_read().get(pk=sent.pk)) in str(refusal.value)
    assert not sent.repetitions.exists()


def test_a_repetition_still_waiting_is_dropped_when_it_is_no_longer_true(sent, coordinator, participant):
    again = send_again(sent, Act(coordinator), seen=0)
    booking.cancel(sent.registration, Act(participant))
    mail.outbox.clear()
    outbox.deliver(again.pk)
    again.refresh_from_db()
    assert (again.status, mail.outbox) == ("dropped", [])
    assert again.last_error != ""


@pytest.mark.parametrize("kind", [Kind.APPROVAL_ASKED, Kind.REGISTERED])
def test_a_preview_shows_no_link_by_which_somebody_could_act(kind, run, participant):
    asks = kind == Kind.APPROVAL_ASKED
    registration = builders.build_registration(
        run, participant, "requested" if asks else "confirmed", supervisor_email="chef@mayen.example" if asks else ""
    )
    address = {"to_email": "chef@mayen.example"} if asks else {"recipient": participant}
    message = Message.objects.create(kind=kind, registration=registration, **address)
    secret = mails.link_token("approval" if asks else "cancel", registration, "chef@mayen.example" if asks else "")
    shown = mails.preview_message(mails.messages_to_read().get(pk=message.pk))
    assert shown is not None
    assert secret not in shown.text
    assert ("/freigabe/" if asks else "/abmelden/") in shown.text
    assert shown.html == ""


def test_the_link_out_of_the_overview_is_cut_short_too():
    text = f"Abbestellen: https://schulungen.example/abbestellen/{'x' * 40}/ und danke"
    assert mails.shorten_links(text) == "Abbestellen: https://schulungen.example/abbestellen/xxx… und danke"


def told_at(address: str, registration: Registration) -> Message:
    """Sent to the person when they had another address."""
    return Message.objects.create(
        kind=Kind.REGISTERED, registration=registration, recipient=registration.person, to_email=address
    )


@pytest.mark.parametrize(("few_people", "few_messages"), [(500, 10_000), (0, 10_000), (500, 0)])
def test_people_are_found_by_every_word_of_name_or_address(sent, dead, run, monkeypatch, few_people, few_messages):
    """Whether their mails are looked up or looked at one after the other."""
    monkeypatch.setattr(sending_again, "FEW_PEOPLE", few_people)
    monkeypatch.setattr(sending_again, "FEW_MESSAGES", few_messages)
    other = builders.build_registration(run, builders.build_person("stein@mayen.example", "Uwe", "Stein"))
    theirs = Message.objects.create(kind=Kind.APPROVAL_ASKED, registration=other, to_email="chef@mayen.example")

    finding.catch_up()

    def found(words: str) -> set[Message]:
        return set(Message.objects.filter(mails.messages_found_by(words.split())))

    former = told_at("kim@mayen-alt.example", other)
    assert found("ayşe yıldız") == found("ayse") == {sent}
    assert found("kim@mayen-alt") == {former}
    assert found("chef@ stein") == {theirs}
    assert found("CHEF@") == found("chef@mayen.example") == {theirs}
    assert found("stein") == {theirs, former}
    assert found("ayşe stein") == set()


def test_a_mail_that_cannot_be_written_has_no_preview_and_no_error(sent, caplog):
    broken = Message(kind=Kind.SESSION_MOVED, registration=sent.registration, recipient=sent.recipient, details={})
    assert mails.preview_message(broken) is None
    assert "cannot be written" in caplog.text


def test_a_bounced_supervisor_is_written_to_again_at_the_same_address(run, participant, coordinator):
    asked = builders.build_registration(run, participant, "requested", supervisor_email="chef@mayen.example")
    message = Message.objects.create(
        kind=Kind.APPROVAL_ASKED, registration=asked, to_email="chef@mayen.example", status="sent",
        sent_at=timezone.now(), bounced_at=timezone.now(),
    )  # fmt: skip
    again = send_again(message, Act(coordinator), seen=0)
    assert (again.to_email, again.recipient, again.bounced_at) == ("chef@mayen.example", None, None)
