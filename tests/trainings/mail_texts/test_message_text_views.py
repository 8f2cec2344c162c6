"""Changing the words of a mail in the browser, and seeing it before."""

import html
import re
from itertools import product

import pytest
from django.urls import reverse

from tests import builders
from tests.cases import one_in
from trainings import mail_texts, mails
from trainings.acts import Act
from trainings.mails import links
from trainings.models import Message, MessageText, Registration

CHANGEABLE = [kind.name for kind in mail_texts.kinds_to_change()]

WORDS = {"version": "0", "subject": "Willkommen: {title}", "opening": "Schön!\r\n\r\nBis bald.", "closing": "Ihr Team"}
LIST = reverse("trainings:message_texts")
PAGE = reverse("trainings:message_text", args=["registered", "de"])
PREVIEW = reverse("trainings:message_text_preview", args=["registered", "de"])


@pytest.fixture
def client_of_coordinator(signed_in, coordinator):
    return signed_in(coordinator)


def error_at(page: str, name: str) -> str:
    """The message next to the field."""
    found = re.search(rf'id="id_{name}_error">.*?<span class="kern-body">(.*?)</span>', page, re.DOTALL)
    return html.unescape(found[1]) if found else ""


def framed(page: str) -> str:
    """The HTML of the mail in the preview."""
    return html.unescape(re.search(r'srcdoc="([^"]*)"', page)[1])


def test_the_list_says_which_words_are_changed_by_whom(client_of_coordinator):
    assert f'href="{LIST}"' in client_of_coordinator.get(reverse("trainings:coordination")).content.decode()
    client_of_coordinator.post(PAGE, WORDS)
    page = client_of_coordinator.get(LIST).content.decode()
    assert page.count('<th scope="row"') == len(CHANGEABLE)
    row = re.search(rf'<a href="{PAGE}">(.*?)</td>', page, re.DOTALL)[1]
    assert ["Fassung 1" in row, "Miriam Roth" in row] == [True, True]
    assert len(re.findall(r"<a [^>]*>Fassung \d", page)) == 1


def test_the_page_begins_with_the_words_in_use_and_explains_the_placeholders(client_of_coordinator):
    page = client_of_coordinator.get(PAGE).content.decode()
    assert 'value="Anmeldung bestätigt: {title} ({days})"' in page
    names = mail_texts.allowed("registered", "opening")
    assert [name for name in names if f"<code>{{{name}}}</code>" not in page] == []
    assert "(zum Beispiel: Alex Beispiel)" in page
    assert "noch nicht geändert" in page


def test_saving_makes_a_version_that_the_history_shows(client_of_coordinator, coordinator):
    page = client_of_coordinator.post(PAGE, WORDS, follow=True).content.decode()
    assert "Fassung 1 ist gespeichert." in page
    saved = MessageText.objects.get()
    assert (saved.subject, saved.opening, saved.closing) == ("Willkommen: {title}", "Schön!\n\nBis bald.", "Ihr Team")
    assert (saved.version, saved.saved_by) == (1, coordinator)
    assert re.search(r"Uhr, Miriam Roth</td>", page)


def test_what_is_wrong_is_said_next_to_the_field_and_nothing_is_lost(client_of_coordinator):
    wrong = {"subject": "Für {name}", "opening": "{name.pk} <b>", "closing": "\u202e}"}
    page = client_of_coordinator.post(PAGE, WORDS | wrong).content.decode()
    assert error_at(page, "subject") == (
        "{name} ist kein Platzhalter. Erlaubt sind: {title} {number} {days} {dates} {registered_at}. "
        "Ein Betreff sagt nichts über eine Person, denn andere lesen ihn mit."
    )
    assert error_at(page, "opening").startswith("{name.pk} ist kein Platzhalter. Erlaubt sind: {title} ")
    assert "Steuerzeichen (U+202E)" in error_at(page, "closing")
    assert ['value="Für {name}"' in page, "{name.pk} &lt;b&gt;</textarea>" in page, "<title>Fehler:" in page] == [
        True,
        True,
        True,
    ]
    assert MessageText.objects.count() == 0


def test_a_line_break_in_the_subject_is_a_space(client_of_coordinator):
    client_of_coordinator.post(PAGE, WORDS | {"subject": "Eins\r\nBcc: x@y.example"})
    assert MessageText.objects.get().subject == "Eins Bcc: x@y.example"


def test_two_at_once_do_not_overwrite_each_other_unseen(client_of_coordinator, coordinator):
    text = MessageText(kind="registered", language="de", closing="Danke.")
    mail_texts.save(text, Act(coordinator), based_on=0)
    response = client_of_coordinator.post(PAGE, WORDS)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Miriam Roth hat inzwischen Fassung 1 gespeichert" in page
    assert ['value="Willkommen: {title}"' in page, 'name="version" value="1"' in page] == [True, True]
    client_of_coordinator.post(PAGE, WORDS | {"version": "1"})
    assert mail_texts.current("registered", "de").subject == "Willkommen: {title}"


def test_back_to_the_default_is_a_version_too(client_of_coordinator):
    assert "Zurück zum Standardtext" not in client_of_coordinator.get(PAGE).content.decode()
    page = client_of_coordinator.post(PAGE, WORDS, follow=True).content.decode()
    assert "Zurück zum Standardtext" in page
    client_of_coordinator.post(PAGE, {"default": "1"})
    newest = mail_texts.current("registered", "de")
    assert (newest.version, newest.subject, newest.opening, newest.closing) == (2, "", "", "")
    page = client_of_coordinator.post(PAGE, {"default": "1"}, follow=True).content.decode()
    assert "Es hat sich nichts geändert." in page


def test_an_earlier_version_can_be_brought_back_into_the_form(client_of_coordinator):
    client_of_coordinator.post(PAGE, WORDS)
    client_of_coordinator.post(PAGE, {"default": "1"})
    page = client_of_coordinator.get(PAGE, {"fassung": "1"}).content.decode()
    assert ['value="Willkommen: {title}"' in page, 'name="version" value="2"' in page] == [True, True]
    for unknown in ("7", "x", "²", "9" * 5000):
        assert client_of_coordinator.get(PAGE, {"fassung": unknown}).status_code == 404


def test_what_cannot_be_changed_does_not_exist(client_of_coordinator):
    for args in (["announcement", "de"], ["registered", "fr"], ["nichts", "de"]):
        for name in ("message_text", "message_text_preview"):
            assert client_of_coordinator.get(reverse(f"trainings:{name}", args=args)).status_code == 404


# --- Preview ----------------------------------------------------------------------------------------------------------


def test_the_preview_shows_what_is_typed_and_stores_nothing(client_of_coordinator, run, participant):
    builders.build_registration(run, participant)
    response = client_of_coordinator.post(PREVIEW, WORDS | {"opening": "Liebe {name} <b>"})
    page = response.content.decode()
    assert f"Willkommen: {run.course.title}" in page
    assert "Guten Tag Ayşe Yıldız,\n\nLiebe Ayşe Yıldız &lt;b&gt;" in page
    assert "Liebe Ayşe Yıldız &lt;b&gt;" in framed(page)
    assert (MessageText.objects.count(), Message.objects.count()) == (0, 0)
    assert "no-store" in response["Cache-Control"]


def test_the_preview_is_of_the_registration_that_is_chosen(client_of_coordinator, run, participant, other_participant):
    first = builders.build_registration(run, participant)
    builders.build_registration(run, other_participant)
    page = client_of_coordinator.post(PREVIEW, WORDS | {"example": str(first.pk)}).content.decode()
    assert "Guten Tag Ayşe Yıldız," in page
    assert "Guten Tag Jan Weber," in client_of_coordinator.get(PREVIEW).content.decode()


def test_an_example_is_somebody_it_was_written_to_lately(run, participant, other_participant, coordinator, monkeypatch):
    told = builders.build_registration(run, participant)
    builders.build_registration(run, other_participant)
    Message.objects.create(kind="registered", registration=told, recipient=participant)
    assert [one.key for one in mails.examples("registered", viewer=coordinator)] == [str(told.pk)]
    Message.objects.create(kind="cancelled", registration=told, recipient=participant)
    monkeypatch.setattr("trainings.mails.preview.NEWEST", 1)
    assert len(mails.examples("registered", viewer=coordinator)) == 2


@pytest.mark.slow
def test_a_preview_tells_of_what_it_is_about_whatever_has_become_of_the_registration(run, participant, coordinator):
    registration = builders.build_registration(run, participant, "cancelled")
    for kind in CHANGEABLE:
        [example] = mails.examples(kind, viewer=coordinator)
        text = mails.preview_mail(example, mail_texts.current(kind, "de")).text
        holes = [line for line in text.split("\n") if re.search(r" [.,;]|: $|\b0 Pl", line)]
        assert (kind, holes) == (kind, [])
    registration.refresh_from_db()
    run.refresh_from_db()
    assert (registration.status, registration.held_until, run.cancelled_at) == ("cancelled", None, None)


@pytest.mark.parametrize(("kind", "language"), one_in(3, product(CHANGEABLE, ["de", "en"])))
def test_no_preview_hands_out_a_link_that_acts(kind, language, client_of_coordinator, run, participant):
    status = {"offered": "offered", "called": "waitlisted", "waitlisted": "waitlisted"}.get(kind, "confirmed")
    status = "requested" if kind.startswith("approval_") or kind == "requested" else status
    registration = builders.build_registration(run, participant, status)
    address = reverse("trainings:message_text_preview", args=[kind, language])
    page = client_of_coordinator.get(address).content.decode()
    text = page + framed(page)
    tokens = re.findall(r"/(?:freigabe|angebot|abmelden)/([^/\s\"<&]+)/", text)
    assert set(tokens) <= {"vorschau"}
    for purpose in links.PURPOSES:
        assert mails.link_token(purpose, registration).partition(":")[0] not in text
    assert 'src="data:image/png;base64,' in framed(page)
    assert "cid:" not in framed(page)


def test_a_preview_is_framed_without_rights_and_only_its_style_attributes_are_let_in(client_of_coordinator, run):
    builders.build_registration(run)
    response = client_of_coordinator.get(PREVIEW)
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert [policy["script-src"], policy["style-src"], policy["style-src-attr"]] == [
        "'self'",
        "'self'",
        "'unsafe-inline'",
    ]
    assert re.search(r"<iframe [^>]*\bsandbox\s+srcdoc=", response.content.decode())
    assert "unsafe-inline" not in client_of_coordinator.get(PAGE)["Content-Security-Policy"]


def test_the_preview_of_a_form_with_a_mistake_is_the_form(client_of_coordinator, run):
    page = client_of_coordinator.post(PREVIEW, WORDS | {"opening": "{titel}"}).content.decode()
    assert "{titel} ist kein Platzhalter." in error_at(page, "opening")
    assert f'action="{PAGE}"' in page


def test_without_any_registration_the_preview_says_so(client_of_coordinator):
    assert Registration.objects.count() == 0
    assert "Noch keine Vorschau" in client_of_coordinator.get(PREVIEW).content.decode()
