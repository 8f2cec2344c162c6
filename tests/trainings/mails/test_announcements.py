"""Does what coordinators write reach exactly those it was meant for, each alone, and once?"""

import uuid

import pytest
from django.core import mail

from tests import builders
from trainings import booking, mails
from trainings.acts import Act
from trainings.dates import date_long
from trainings.mails import Audience, Draft, outbox
from trainings.models import Announcement, Message, Registration
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

SUBJECT, TEXT = "Anderer Eingang", "Bitte nutzen Sie den Hof.\n\nWeg: https://kreis.example/hof <b>fett</b>"


@pytest.fixture
def people(run) -> dict[str, Registration]:
    """One of each status, by status."""
    return {status: builders.build_registration(run, status=status) for status in Registration.Status.values}


def draft(audience=Audience.PLACE, chosen=()) -> Draft:
    return Draft(SUBJECT, TEXT, audience, frozenset(chosen))


def send(run, written, by, *, key="", to=None) -> Announcement:
    named = [row.pk for row in mails.recipients(run, written)] if to is None else to
    return mails.announce(run, written, Act(by), to=named, key=key or uuid.uuid4().hex)


@pytest.mark.parametrize(
    ("audience", "statuses"),
    [
        (Audience.PLACE, {"confirmed"}),
        (Audience.WAITING, {"waitlisted"}),
        (Audience.ALL, {"confirmed", "waitlisted", "requested", "offered"}),
    ],
)
def test_each_audience_is_reached_and_nobody_else(run, people, coordinator, audience, statuses):
    sent = send(run, draft(audience), coordinator)
    assert {message.registration.status for message in sent.messages.all()} == statuses
    assert {message.recipient for message in sent.messages.all()} == {people[status].person for status in statuses}


def test_chosen_people_are_reached_even_after_they_have_left(run, people, coordinator):
    chosen = [people["confirmed"].pk, people["cancelled"].pk]
    sent = send(run, draft(Audience.CHOSEN, chosen), coordinator)
    for message in sent.messages.all():
        outbox.deliver(message.pk)
    assert {row.pk for row in Registration.objects.filter(messages__status="sent")} == set(chosen)


def test_each_gets_a_mail_alone_with_the_words_and_the_facts(run, people, coordinator):
    [message] = send(run, draft(), coordinator).messages.all()
    outbox.deliver(message.pk)
    [left] = mail.outbox
    assert (left.subject, left.to, left.cc, left.bcc) == (SUBJECT, [people["confirmed"].person.email], [], [])
    assert TEXT in left.body
    assert date_long(run.starts_at) in left.body
    html = mails.compose(message).html
    assert "<b>" not in html
    assert "&lt;b&gt;fett&lt;/b&gt;" in html
    assert '<a href="https://kreis.example/hof"' in html


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_a_coordinator_wrote_is_marked_as_german_for_english_readers(run, people, coordinator, language):
    [message] = send(run, draft(), coordinator).messages.all()
    mail_of = mails.compose(message, language)
    is_marked = language == "en"
    assert ('<div lang="de"><p' in mail_of.html, f'<span lang="de">{SUBJECT}</span></h1>' in mail_of.html) == (
        is_marked,
        is_marked,
    )
    assert ("lang=" in mail_of.text, mail_of.subject) == (False, SUBJECT)


def test_a_second_click_sends_nothing_and_says_the_same(run, people, coordinator):
    key = uuid.uuid4().hex
    assert send(run, draft(), coordinator, key=key) == send(run, draft(), coordinator, key=key)
    assert (Announcement.objects.count(), Message.objects.count()) == (1, 1)


def test_who_has_come_since_the_preview_gets_none_and_who_has_left_gets_none(run, people, coordinator, participant):
    named = [people["confirmed"].pk, builders.build_registration(run, participant).pk]
    builders.build_registration(run)  # came after the preview
    sent = send(run, draft(), coordinator, to=named)
    booking.cancel(people["confirmed"], Act(people["confirmed"].person))
    mail.outbox.clear()
    for message in sent.messages.all():
        outbox.deliver(message.pk)
    assert [left.to for left in mail.outbox if left.subject == SUBJECT] == [[participant.email]]
    [dropped] = sent.messages.filter(status="dropped")
    assert dropped.last_error != ""


def test_nobody_but_coordinators_and_never_to_nobody(run, people, trainer, coordinator):
    with pytest.raises(Refused):
        send(run, draft(), trainer)
    with pytest.raises(Refused):
        send(run, draft(), coordinator, to=[])
    assert not Announcement.objects.exists()


def test_of_two_registrations_of_a_person_the_last_counts(run, participant, coordinator):
    builders.build_registration(run, participant, "cancelled")
    last = builders.build_registration(run, participant)
    assert mails.reachable(run) == [last]
    assert send(run, draft(Audience.ALL), coordinator).messages.get().registration == last


def test_the_list_counts_people_and_what_has_left(run, people, coordinator):
    sent = send(run, draft(Audience.ALL), coordinator)
    outbox.deliver(sent.messages.first().pk)
    [counted] = mails.announcements_of(run)
    assert (counted.addressed, counted.sent) == (4, 1)
