"""Passkeys, by Chromium's virtual authenticator, and sign-ins in several browsers; also how these pages look to axe."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import AuditEvent, User
from tests.browser.accessibility import barriers, poor_contrast
from tests.browser.conftest import session_of
from tests.factors import build_app, code_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.fixture(autouse=True)
def required(settings):
    settings.DEMO = False
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def add_key() -> Callable[[Page], tuple[Any, str]]:
    """``add_key(page)`` plugs an authenticator into the browser."""

    def add(page: Page) -> tuple[Any, str]:
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        added = devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        return devices, str(added["authenticatorId"])

    return add


def looks_right(page: Page) -> None:
    assert barriers(page) == []
    page.emulate_media(color_scheme="dark")
    assert poor_contrast(page) == []
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1280, "height": 800})


def sign_in(page: Page, person: User) -> None:
    page.goto("/anmelden/")
    page.get_by_label("Dienstliche E-Mail-Adresse").fill(person.email)
    page.get_by_role("button", name="Code anfordern").click()
    page.get_by_label("Code aus der E-Mail").wait_for()
    [code] = re.findall(r"^([A-Z0-9-]{6,12})$", mail.outbox[-1].body, re.MULTILINE)
    page.get_by_label("Code aus der E-Mail").fill(code)
    page.get_by_role("main").get_by_role("button", name="Einloggen").click()


@pytest.fixture
def sign_out(complaints) -> Callable[[Page], None]:
    """By the button; the browser says that it has thrown away what it kept."""

    def leave(page: Page) -> None:
        page.get_by_role("button", name="Ausloggen").click()
        page.get_by_role("link", name="Einloggen", exact=True).wait_for()
        complaints[:] = [text for text in complaints if "Clear-Site-Data" not in text]

    return leave


def test_a_coordinator_sets_up_a_passkey_and_signs_in_with_it(browse, coordinator, add_key, sign_out):
    page = browse()
    add_key(page)
    sign_in(page, coordinator)
    page.get_by_role("button", name="Ausloggen").wait_for()
    page.goto("/koordination/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zweiter Faktor")
    looks_right(page)
    page.get_by_role("link", name="Passkey einrichten").click()
    page.get_by_label("Name des Passkeys").wait_for()
    looks_right(page)
    page.get_by_label("Name des Passkeys").fill("Diensthandy")
    page.get_by_role("button", name="Passkey einrichten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wiederherstellungscodes")
    looks_right(page)
    page.get_by_role("link", name="Ich habe sie, weiter").click()
    expect(page).to_have_url(re.compile("/koordination/$"))
    sign_out(page)

    sign_in(page, coordinator)
    expect(page.get_by_role("heading", level=1)).to_have_text("Zweiter Faktor")
    looks_right(page)
    page.get_by_role("button", name="Passkey verwenden").click()
    page.get_by_role("button", name="Ausloggen").wait_for()
    page.goto("/koordination/")
    expect(page).to_have_url(re.compile("/koordination/$"))

    page.goto("/konto/zweiter-faktor/")
    page.get_by_role("link", name=re.compile("Entfernen.*Diensthandy")).click()
    page.get_by_role("button", name="Passkey entfernen").wait_for()
    looks_right(page)
    page.get_by_role("button", name="Passkey entfernen").click()
    expect(page.get_by_text("Der Passkey ist entfernt.")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_another_key_does_not_open(browse, coordinator, add_key, sign_out):
    page = browse()
    devices, key = add_key(page)
    sign_in(page, coordinator)
    page.get_by_role("button", name="Ausloggen").wait_for()
    page.goto("/konto/zweiter-faktor/passkey/")
    page.get_by_role("button", name="Passkey einrichten").click()
    page.get_by_role("link", name="Ich habe sie, weiter").wait_for()
    sign_out(page)
    devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    add_key(page)

    sign_in(page, coordinator)
    page.get_by_role("button", name="Passkey verwenden").click()
    expect(page.get_by_text("Das hat nicht geklappt")).to_be_visible()
    looks_right(page)
    page.goto("/koordination/")
    expect(page).to_have_url(re.compile("/anmelden/"))


def test_a_forged_answer_is_refused_and_kept_on_record(browse, coordinator, add_key, sign_out):
    page = browse()
    add_key(page)
    sign_in(page, coordinator)
    page.get_by_role("button", name="Ausloggen").wait_for()
    page.goto("/konto/zweiter-faktor/passkey/")
    page.get_by_role("button", name="Passkey einrichten").click()
    page.get_by_role("link", name="Ich habe sie, weiter").wait_for()
    sign_out(page)
    sign_in(page, coordinator)
    page.get_by_role("button", name="Passkey verwenden").wait_for()
    page.evaluate("""() => {
      const form = document.querySelector("form[data-passkey]");
      form.elements.credential.value = '{"id": "AAAA", "type": "public-key"}';
      form.submit();
    }""")
    expect(page.get_by_role("alert").first).to_contain_text("Das stimmt nicht.")
    assert AuditEvent.objects.filter(what="factor_refused", person=coordinator).count() == 1


def test_asked_again_with_a_passkey(browse, coordinator, add_key, live_server):
    """In a session in which none was given; it leads back to the page one wanted."""
    page = browse()
    add_key(page)
    sign_in(page, coordinator)
    page.get_by_role("button", name="Ausloggen").wait_for()
    page.goto("/konto/zweiter-faktor/passkey/")
    page.get_by_role("button", name="Passkey einrichten").click()
    page.get_by_role("link", name="Ich habe sie, weiter").wait_for()
    page.context.add_cookies([session_of(coordinator, live_server.url)])

    page.goto("/koordination/termine/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bitte bestätigen Sie, dass Sie es sind")
    looks_right(page)
    page.get_by_role("link", name="Passkey verwenden").click()
    page.get_by_role("button", name="Passkey verwenden").wait_for()
    looks_right(page)
    page.get_by_role("button", name="Passkey verwenden").click()
    expect(page).to_have_url(re.compile("/koordination/termine/$"))


def test_without_scripts_a_code_is_enough(browse, coordinator):
    secret = build_app(coordinator)
    page = browse(java_script_enabled=False)
    sign_in(page, coordinator)
    page.get_by_role("textbox", name="Code").fill(code_of(secret))
    page.get_by_role("main").get_by_role("button", name="Einloggen").click()
    page.get_by_role("button", name="Ausloggen").wait_for()
    page.goto("/koordination/")
    expect(page).to_have_url(re.compile("/koordination/$"))
    page.goto("/konto/zweiter-faktor/passkey/")
    expect(page.get_by_text("Passkeys brauchen JavaScript")).to_be_visible()
    page.goto("/konto/zweiter-faktor/app/entfernen/")
    expect(page.get_by_role("button", name="App entfernen")).to_be_visible()


def test_a_session_ended_in_one_browser_is_over_in_the_other(browse, participant, complaints):
    here, there = browse(), browse()
    for page in (here, there):
        sign_in(page, participant)
        page.get_by_role("button", name="Ausloggen").wait_for()
    there.goto("/konto/")
    here.goto("/konto/")
    here.get_by_role("link", name="Wo Sie eingeloggt sind").click()
    here.get_by_role("button", name="Alle anderen beenden").wait_for()
    looks_right(here)
    here.get_by_role("button", name="Alle anderen beenden").click()
    expect(here.get_by_text("Beendet.")).to_be_visible()

    there.get_by_label("Telefon").fill("0261 000-111")
    there.get_by_role("button", name="Speichern").click()
    expect(there.get_by_role("heading", level=1)).to_have_text("Sie sind nicht mehr eingeloggt")
    expect(there.get_by_text("0261 000-111")).to_be_visible()
    [refused] = complaints  # the answer is no page one had asked for
    assert "status of 403" in refused
    complaints.clear()
    participant.refresh_from_db()
    assert participant.phone == ""
