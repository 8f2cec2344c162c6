"""The words of mails: which may be saved, what is put in, and what stays in a mail whatever is written."""

import datetime as dt
import re
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.html import strip_tags

from tests import builders
from tests.builders import berlin
from tests.cases import one_in
from tests.mails import Kind
from trainings import mail_texts, mails, versions
from trainings.acts import Act
from trainings.mail_texts import versions as message_texts
from trainings.models import HeldPlace, Message, MessageText, Registration, mail_kind

Status = Registration.Status

pytestmark = pytest.mark.django_db

CHANGEABLE = [kind.name for kind in mail_texts.kinds_to_change() if not kind.is_of_no_run]


@pytest.fixture
def run(trainer):
    return builders.build_run(
        builders.build_course("Umgang mit Vielfalt", title_en="Working with Diversity", slug="vielfalt"),
        number="2037-014",
        venue=builders.build_venue("Altes Rathaus", "Mayen", street="Markt 1", postal_code="56727"),
        trainers=[trainer],
        sessions=[(berlin(2037, 3, 10, 9), berlin(2037, 3, 10, 16, 30))],
        cancellation_closes_on=dt.date(2037, 3, 3),
        registration_closes_on=dt.date(2037, 3, 1),
    )


def a_message(kind, run, person) -> Message:
    """As the rules would have queued it."""
    declared = mail_kind(kind)
    details = {"day": "2037-03-10", **declared.invented_details}
    if declared.is_of_a_run:
        return Message(kind=kind, run=run, recipient=person, details=details)
    status = next(one for one in Status if one in declared.true_while)
    registration = builders.build_registration(run, person, status)
    if kind == Kind.SUBSTITUTED:
        colleague = builders.build_person("stein@mayen.example", "Uwe", "Stein")
        builders.build_registration(run, colleague, substitute_for=registration)
    to_supervisor = mail_texts.words_of(kind).to is mail_texts.SUPERVISOR
    address = {"to_email": "chef@mayen.example"} if to_supervisor else {"recipient": person}
    return Message(kind=kind, registration=registration, details=details, **address)


def save(kind, person, *, language="de", version=0, **words) -> MessageText:
    text = MessageText(kind=kind, language=language, **words)
    saved = mail_texts.save(text, Act(person), based_on=version)
    assert saved is not None
    return saved


def read(html: str) -> str:
    """What a person reads of the HTML."""
    body = strip_tags(re.sub(r"<(title|style)>.*?</\1>", "", html, flags=re.DOTALL))
    return " ".join(body.replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&").split())


# --- The words to begin with ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "language"), one_in(3, product(CHANGEABLE, ["de", "en"])))
def test_every_kind_is_written_with_the_words_to_begin_with(kind, language, run, participant):
    written = mails.compose(a_message(kind, run, participant), language)
    title = "Umgang mit Vielfalt" if language == "de" else "Working with Diversity"
    is_of_one_run = kind != Kind.REFRESHER_DUE
    assert (f": {title} (" if is_of_one_run else f": {title}") in written.subject
    assert [name for name in ("Ayşe", "Yıldız", participant.email, "Stein") if name in written.subject] == []
    facts = [title, *(["Altes Rathaus, Markt 1, 56727 Mayen"] if is_of_one_run else [])]
    for body in (written.text, read(written.html)):
        assert [fact for fact in facts if fact not in body] == []
    words = mail_texts.filled(mail_texts.current(kind, language), dict.fromkeys(mail_texts.PLACEHOLDERS, "?"))
    for sentence in words.opening.split("\n\n"):
        parts = [part.strip() for part in sentence.split("?") if len(part.strip()) > 3]
        assert [part for part in parts if part not in " ".join(written.text.split())] == []
        assert [part for part in parts if part not in read(written.html)] == []


@pytest.mark.parametrize(("kind", "language"), one_in(3, product(CHANGEABLE, ["de", "en"])))
def test_the_words_to_begin_with_could_be_saved(kind, language):
    words = message_texts.default(kind, language)
    assert [mail_texts.problems(kind, field, text) for field, text in words.items()] == [[], [], []]
    assert len(words["subject"]) <= MessageText._meta.get_field("subject").max_length


@pytest.mark.parametrize("kind", CHANGEABLE)
def test_everything_a_kind_may_have_is_there_when_it_is_sent(kind, run, participant, coordinator):
    if kind == Kind.NAMES_WANTED:
        HeldPlace.objects.create(
            run=run,
            agency=participant.agency,
            name_by=dt.date(2037, 2, 1),
            taken_at=timezone.now(),
            taken_by=participant,
        )
    names = mail_texts.allowed(kind, "opening")
    save(kind, coordinator, opening=" | ".join(f"{name}={{{name}}}" for name in names))
    text = mails.compose(a_message(kind, run, participant), "de").text
    assert [name for name in names if f"{name}=" not in text] == []


def test_somebody_who_waits_for_approval_still_reads_everything_that_is_automatic(run, participant, coordinator):
    save(Kind.REGISTERED, coordinator, subject="Hallo", opening="Schön, dass Sie dabei sind.", closing="Bis bald!")
    registration = builders.build_registration(run, participant, source="agency")
    written = mails.compose(Message(kind=Kind.REGISTERED, registration=registration, recipient=participant))
    assert written.subject == "Hallo"
    kept = ["Status: bestätigt", "/abmelden/", "Sie wurden von Ihrer Behörde angemeldet.", "2037-014"]
    assert [text for text in kept if text not in written.text] == []
    assert "Schön, dass Sie dabei sind.\n\nSie wurden von Ihrer Behörde" in written.text
    assert "\n\nBis bald!\n\nFreundliche Grüße\n" in written.text
    assert '<p style="margin:0 0 16px">Bis bald!</p>\n<p style="margin:0 0 24px">Freundliche Grüße' in written.html


# --- Saving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        (Kind.REGISTERED, "subject", "Platz für {name}"),
        (Kind.REGISTERED, "subject", "{agency}"),
        (Kind.REGISTERED, "opening", "{held_until}"),
        (Kind.INVITED, "opening", "{name}"),
        (Kind.CANCELLED, "closing", "{leave_until}"),
        (Kind.REGISTERED, "opening", "{name.__class__}"),
        (Kind.REGISTERED, "opening", "{name!r:>99}"),
        (Kind.REGISTERED, "opening", "{0}"),
        (Kind.REGISTERED, "opening", "a { b"),
        (Kind.REGISTERED, "subject", "\u202eAbsage"),
        (Kind.REGISTERED, "opening", "\u2066x"),
        (Kind.REGISTERED, "opening", "\x1b[2J"),
    ],
)
def test_what_may_not_be_written(kind, field, text):
    assert mail_texts.problems(kind, field, text) != []


def test_malformed_words_are_not_kept_even_past_the_form(coordinator):
    with pytest.raises(mail_texts.Malformed):
        save(Kind.REGISTERED, coordinator, subject="{name}")
    assert MessageText.objects.count() == 0


def test_versions_rise_and_the_same_words_are_no_new_one(coordinator):
    first = save(Kind.OFFERED, coordinator, opening="Greifen Sie zu.")
    assert (
        mail_texts.save(
            MessageText(kind=Kind.OFFERED, language="de", opening="Greifen Sie zu."), Act(coordinator), based_on=1
        )
        is None
    )
    second = save(Kind.OFFERED, coordinator, version=1)
    assert [first.version, second.version] == [1, 2]
    assert mail_texts.shown(second) == message_texts.default(Kind.OFFERED, "de")


def test_the_default_typed_out_is_kept_as_the_default(coordinator):
    words = message_texts.default(Kind.OFFERED, "de")
    saved = save(Kind.OFFERED, coordinator, **{**words, "closing": "Bis bald!"})
    assert (saved.subject, saved.opening, saved.closing) == ("", "", "Bis bald!")


def test_who_saves_upon_an_old_version_is_told(coordinator):
    save(Kind.OFFERED, coordinator, opening="Eins.")
    with pytest.raises(versions.Outdated) as caught:
        save(Kind.OFFERED, coordinator, opening="Zwei.")
    assert caught.value.latest.opening == "Eins."
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageText.objects.create(kind=Kind.OFFERED, language="de", version=1, saved_by=coordinator)


def test_languages_and_kinds_have_their_own_words(run, participant, coordinator):
    save(Kind.REGISTERED, coordinator, language="en", subject="See you")
    german, english = (mails.compose(a_message(Kind.REGISTERED, run, participant), "de"), None)
    participant.language = "en"
    english = mails.compose(
        Message(kind=Kind.REGISTERED, registration=Registration.objects.get(), recipient=participant)
    )
    assert (german.subject, english.subject) == ("Anmeldung bestätigt: Umgang mit Vielfalt (10.03.2037)", "See you")


# --- Filling ----------------------------------------------------------------------------------------------------------


def test_what_is_missing_for_one_person_sends_the_default_and_is_logged(run, coordinator, caplog):
    freelancer = builders.build_person("x@frei.example", organisation="")
    save(Kind.REGISTERED, coordinator, opening="Ihre Behörde {agency} freut sich.", closing="Bis bald!")
    written = mails.compose(a_message(Kind.REGISTERED, run, freelancer))
    assert "Sie haben einen Platz in dieser Schulung." in written.text
    assert ["freut sich" in written.text, "Bis bald!" in written.text] == [False, True]
    assert "{agency} is missing" in caplog.text


def test_a_version_that_became_wrong_never_stops_a_mail(run, participant, coordinator):
    MessageText.objects.create(
        kind=Kind.REGISTERED, language="de", version=1, subject="{gone}", opening="{", saved_by=coordinator
    )
    written = mails.compose(a_message(Kind.REGISTERED, run, participant))
    assert written.subject == "Anmeldung bestätigt: Umgang mit Vielfalt (10.03.2037)"
    assert "Sie haben einen Platz in dieser Schulung." in written.text


def test_what_is_written_is_text_and_what_is_put_in_is_not_looked_at_again(run, coordinator):
    person = builders.build_person(first_name="{title}<script>", last_name="http://boese.example \u202eX")
    save(
        Kind.REGISTERED,
        coordinator,
        opening='<script>alert(1)</script> {{x}} {name}\nZeile zwei\n\nMehr: https://kreis.example/a?b=1&c="x.',
    )
    written = mails.compose(a_message(Kind.REGISTERED, run, person))
    assert "<script>alert(1)</script> {x} {title}<script> http://boese.example X\nZeile zwei\n\nMehr:" in written.text
    assert "<script" not in written.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {x} {title}&lt;script&gt; http://boese.example X<br>" in written.html
    links = re.findall(r'href="(https?://(?!localhost|127)[^"]*example[^"]*)"', written.html)
    assert "https://kreis.example/a?b=1&amp;c=" in links
    assert [link for link in links if "boese" in link] == []


def test_a_title_with_a_line_break_adds_no_header(participant, coordinator):
    run = builders.build_run(builders.build_course("Recht\nBcc: alle@x.example"), number="X")
    save(Kind.REGISTERED, coordinator, subject="{title}: {number}")
    assert mails.compose(a_message(Kind.REGISTERED, run, participant)).subject == "Recht Bcc: alle@x.example: X"


def test_the_words_cost_one_query(run, participant, django_assert_num_queries):
    with django_assert_num_queries(1):
        mail_texts.filled(mail_texts.current(Kind.CANCELLED, "de"), {"title": "T", "days": "1"})
