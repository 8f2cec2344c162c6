"""Does signing in by e-mail code work for everybody who may, and tell nobody who is known?"""

import os
import re
import subprocess
import sys
import time

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import builders
from tests.pages import read
from tests.production import PRODUCTION
from trainings.dates import run_when

pytestmark = pytest.mark.django_db

SIGN_IN, CODE, PROFILE = "/anmelden/", "/anmelden/code/", "/konto/"


@pytest.fixture(autouse=True)
def not_the_demo(settings):
    settings.DEMO = False


def ask_code(client: Client, email: str, **more: str):
    return client.post(SIGN_IN, {"email": email, **more})


def sent_code(number: int = -1) -> str:
    [code] = re.findall(r"^([A-Z0-9-]{6,12})$", mail.outbox[number].body, re.MULTILINE)
    return code


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def errors(response) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_addresses_of_the_sign_in():
    names = [
        "account_login",
        "account_request_login_code",
        "account_confirm_login_code",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_reauthenticate",
    ]
    assert [reverse(name) for name in names] == [
        "/anmelden/",
        "/anmelden/",
        "/anmelden/code/",
        "/abmelden/",
        "/anmelden/deaktiviert/",
        "/anmelden/neu/",
        "/anmelden/erneut/",
    ]


def test_known_person_signs_in_with_the_code(client, participant):
    response = ask_code(client, "Yildiz@Mayen.example")
    assert [response.status_code, response["Location"]] == [302, CODE]
    assert mail.outbox[0].to == [participant.email]

    response = client.post(CODE, {"code": sent_code(), "action": "verify"})
    assert [response.status_code, response["Location"]] == [302, "/meine-schulungen/"]
    assert client.session["_auth_user_id"] == str(participant.pk)
    assert User.objects.get(pk=participant.pk).last_login is not None


def test_code_may_be_pasted_with_spaces_and_in_small_letters(client, participant):
    ask_code(client, participant.email)
    client.post(CODE, {"code": f" {sent_code().lower()} ", "action": "verify"})
    assert is_signed_in(client)


def test_new_person_gets_an_account_of_the_agency_and_is_asked_who_they_are(client, agency):
    ask_code(client, "neu@mayen.example")
    person = User.objects.get()
    assert [person.email, person.agency, person.last_login] == ["neu@mayen.example", agency, None]

    client.post(CODE, {"code": sent_code(), "action": "verify"})
    response = client.get("/meine-schulungen/")
    assert [response.status_code, response["Location"]] == [302, "/konto/?next=%2Fmeine-schulungen%2F"]


def test_the_page_asked_for_is_kept_through_code_and_profile(client, agency):
    run = builders.build_run()
    wanted = f"/termine/{run.pk}/anmelden/"
    response = client.get(wanted)
    assert response["Location"] == f"{SIGN_IN}?next={wanted}"

    response = ask_code(client, "neu@mayen.example", next=wanted)
    assert response["Location"] == f"{CODE}?next=%2Ftermine%2F{run.pk}%2Fanmelden%2F"
    assert client.get(response["Location"]).context["next"] == wanted

    response = client.post(CODE, {"code": sent_code(), "action": "verify", "next": wanted})
    assert response["Location"] == wanted

    response = client.get(wanted)
    assert response["Location"] == f"{PROFILE}?next=%2Ftermine%2F{run.pk}%2Fanmelden%2F"
    profile = {"first_name": "Kim", "last_name": "Neu", "group": "staff", "language": "de", "privacy_notice": "on"}
    response = client.post(PROFILE, {**profile, "next": wanted})
    assert response["Location"] == wanted


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_other_sites_are_no_destination(client, participant, target):
    assert ask_code(client, participant.email, next=target)["Location"] == CODE
    response = client.post(CODE, {"code": sent_code(), "action": "verify", "next": target})
    assert response["Location"] == "/meine-schulungen/"


def test_wrong_code_explains_itself_and_can_be_corrected(client, participant):
    ask_code(client, participant.email)
    response = client.post(CODE, {"code": "WRONG1", "action": "verify"})
    assert [response.status_code, is_signed_in(client)] == [200, False]
    [error] = errors(response)["code"]
    assert error.startswith("Dieser Code stimmt nicht.")

    client.post(CODE, {"code": sent_code(), "action": "verify"})
    assert is_signed_in(client)


def test_three_wrong_codes_end_the_code_and_keep_the_destination(client, participant):
    ask_code(client, participant.email)
    for _attempt in range(3):
        response = client.post(CODE, {"code": "WRONG1", "action": "verify", "next": "/kalender/"})
    assert response["Location"] == f"{SIGN_IN}?next=%2Fkalender%2F"
    [message] = messages(client.get(response["Location"]))
    assert message.startswith("Dieser Code gilt nicht mehr")

    client.post(CODE, {"code": sent_code(), "action": "verify"})
    assert not is_signed_in(client)


def test_code_expires_after_a_quarter_of_an_hour(client, participant):
    with time_machine.travel(time.time()) as traveller:
        ask_code(client, participant.email)
        traveller.shift(14 * 60)
        assert client.get(CODE).status_code == 200
        traveller.shift(2 * 60)
        response = client.post(CODE, {"code": sent_code(), "action": "verify"})
        assert [response["Location"], is_signed_in(client)] == [SIGN_IN, False]
        [message] = messages(client.get(SIGN_IN))
    assert message.startswith("Dieser Code gilt nicht mehr")


def test_new_code_replaces_the_old_one(client, participant):
    ask_code(client, participant.email)
    assert client.post(CODE, {"action": "resend"})["Location"] == CODE
    assert len(mail.outbox) == 2
    client.post(CODE, {"code": sent_code(0), "action": "verify"})
    assert not is_signed_in(client)
    client.post(CODE, {"code": sent_code(1), "action": "verify"})
    assert is_signed_in(client)


def test_mistyped_address_can_be_corrected(client, participant):
    ask_code(client, "yildz@mayen.example")
    assert client.get(SIGN_IN).status_code == 200
    ask_code(client, participant.email)
    client.post(CODE, {"code": sent_code(), "action": "verify"})
    assert client.session["_auth_user_id"] == str(participant.pk)


def test_deactivated_person_sees_the_same_page_and_gets_no_code(client, participant, other_participant):
    participant.is_active = False
    participant.save()
    pages = []
    for email in [participant.email, other_participant.email, "unknown@mayen.example"]:
        browser = Client()
        response = ask_code(browser, email)
        page = browser.get(response["Location"]).content.decode()
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page).replace(email, "EMAIL")
        pages.append((response.status_code, response["Location"], page))
    assert pages[0] == pages[1] == pages[2]
    assert [sent.to for sent in mail.outbox] == [[other_participant.email], ["unknown@mayen.example"]]
    assert User.objects.filter(email=participant.email).count() == 1


def test_person_deactivated_between_asking_and_entering_stays_out(client, participant):
    ask_code(client, participant.email)
    User.objects.filter(pk=participant.pk).update(is_active=False)
    client.post(CODE, {"code": sent_code(), "action": "verify"})
    assert client.get("/meine-schulungen/").status_code == 302


def test_address_taken_from_a_person_does_not_open_their_account(client, participant):
    """The library keeps addresses of its own; only the one in our person's row counts."""
    EmailAddress.objects.create(user=participant, email="old@mayen.example", verified=True, primary=True)
    ask_code(client, "old@mayen.example")
    client.post(CODE, {"code": sent_code(), "action": "verify"})
    assert client.session["_auth_user_id"] == str(User.objects.get(email="old@mayen.example").pk)
    assert client.session["_auth_user_id"] != str(participant.pk)


def test_too_many_codes_are_refused_beside_the_field(participant):
    responses = [ask_code(Client(), participant.email) for _time in range(4)]
    assert [response.status_code for response in responses] == [302, 302, 302, 200]
    assert errors(responses[-1])["email"][0].startswith("Es wurden eben schon mehrere Codes angefordert.")
    assert len(mail.outbox) == 3


@pytest.mark.parametrize("email", ["", "no-address", "a@b", "x" * 300 + "@mayen.example"])
def test_wrong_address_explains_itself_and_is_kept(client, email):
    response = ask_code(client, email)
    assert [response.status_code, list(errors(response)), mail.outbox] == [200, ["email"], []]
    assert response.context["form"]["email"].value() == email


def test_code_mail_is_formal_plain_and_html_and_names_no_person(client, participant, settings):
    ask_code(client, participant.email)
    [sent] = mail.outbox
    assert sent.subject == f"{settings.SITE_NAME}: Ihr Code zum Einloggen"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert sent.reply_to == [settings.CONTACT_EMAIL]
    assert sent_code() in sent.alternatives[0].content
    assert [word for word in ["Ayşe", "Yıldız", " du ", " dein"] if word in sent.body] == []


def test_mail_server_that_is_down_is_told(client, participant, settings):
    settings.EMAIL_BACKEND = "tests.trainings.mails.test_outbox.ServerIsDown"
    response = client.post(SIGN_IN, {"email": participant.email}, follow=True)
    [message] = messages(response)
    assert message.startswith("Die E-Mail mit dem Code konnte gerade nicht versendet werden.")


def test_signing_out_asks_on_get_and_acts_on_post(signed_in, participant):
    client = signed_in(participant)
    assert [client.get("/abmelden/").status_code, is_signed_in(client)] == [200, True]
    assert [client.post("/abmelden/")["Location"], is_signed_in(client)] == ["/", False]


def test_who_is_signed_in_needs_no_sign_in(signed_in, participant):
    response = signed_in(participant).get(f"{SIGN_IN}?next=/kalender/")
    assert [response.status_code, response["Location"]] == [302, "/kalender/"]


@pytest.mark.parametrize("address", ["/anmelden/neu/", "/anmelden/erneut/"])
def test_pages_of_the_library_that_we_do_not_have_lead_to_the_sign_in(client, address):
    assert client.get(f"{address}?next=/kalender/")["Location"] == f"{SIGN_IN}?next=/kalender/"


def test_demo_offers_people_and_signs_in_with_one_click(client, settings, participant, trainer, coordinator, run):
    settings.DEMO = True
    assert client.get(SIGN_IN).context["demo_people"] == [
        (coordinator, "Koordination"),
        (trainer, "Kursleitung"),
        (participant, "Teilnehmende"),
    ]
    response = client.post("/anmelden/demo/", {"person": participant.pk, "next": "/kalender/"})
    assert [response["Location"], client.session["_auth_user_id"]] == ["/kalender/", str(participant.pk)]


def test_demo_shows_the_code(client, settings, participant):
    settings.DEMO = True
    response = client.post(SIGN_IN, {"email": participant.email}, follow=True)
    assert messages(response) == [f"Demo: Der Code lautet {sent_code()}. Im Echtbetrieb steht er nur in der E-Mail."]


@pytest.mark.parametrize("person", ["", "0", "abc", "999999"])
def test_demo_knows_nobody_else(client, settings, person, participant):
    settings.DEMO = True
    assert client.post("/anmelden/demo/", {"person": person}).status_code == 404


def test_demo_signs_in_nobody_with_a_real_address(client, settings):
    settings.DEMO = True
    person = builders.build_person("jemand@kreis-myk.de")
    assert client.post("/anmelden/demo/", {"person": person.pk}).status_code == 404


def test_demo_needs_post(client, settings):
    settings.DEMO = True
    assert client.get("/anmelden/demo/").status_code == 405


def test_without_the_demo_there_is_no_sign_in_by_click(client, participant):
    assert client.post("/anmelden/demo/", {"person": participant.pk}).status_code == 404
    assert client.get(SIGN_IN).context["demo_people"] == []


@pytest.mark.slow
def test_production_refuses_to_start_as_a_demo():
    environment = {**PRODUCTION, "PATH": os.environ["PATH"], "DATABASE_URL": "sqlite://:memory:", "DEMO": "1"}
    command = [sys.executable, "manage.py", "check"]
    refused = subprocess.run(
        command, env=environment, cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert refused.returncode != 0
    assert "DEMO must be off in production: it lets anybody sign in as anybody." in refused.stderr

    environment["DEMO"] = "0"
    allowed = subprocess.run(
        command, env=environment, cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert allowed.returncode == 0


# --- Where to -------------------------------------------------------------------------------------


def test_signing_in_to_register_names_the_run(client, run):
    page = read(client.get("/anmelden/", {"next": f"/termine/{run.pk}/anmelden/"}))
    assert f"Für {run.course.title} ({run_when(run)}) melden Sie sich an, sobald Sie eingeloggt sind." in page.text


@pytest.mark.parametrize("fields", [{"published_at": None}, {"visibility": "agencies"}])
def test_signing_in_names_no_run_that_the_public_may_not_see(client, fields):
    hidden = builders.build_run(**fields)
    assert (
        "sobald Sie eingeloggt sind"
        not in read(client.get("/anmelden/", {"next": f"/termine/{hidden.pk}/anmelden/"})).text
    )


@pytest.mark.parametrize(
    "where", ["https://boese.example/termine/{}/anmelden/", "//boese.example/termine/{}/anmelden/"]
)
def test_signing_in_says_nothing_of_pages_elsewhere(client, run, where):
    page = read(client.get("/anmelden/", {"next": where.format(run.pk)}))
    assert "sobald Sie eingeloggt sind" not in page.text
    assert "boese" not in page.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Bitte geben Sie die E-Mail-Adresse an."),
        ("kim.mayen.example", "So ist die E-Mail-Adresse nicht vollständig."),
        ("k" * 300 + "@mayen.example", "Das ist zu lang"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_with_how_to_mend_it(client, db, typed, said):
    assert read(client.post("/anmelden/", {"email": typed})).errors[0].startswith(said)
