"""Who gets in with a second factor alone, how is it set up, given, lost and reset?"""

import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts import second_factor
from accounts.models import AuditEvent, SignIn, User
from tests.builders import build_person
from tests.factors import build_app, code_of, give, recovery_codes_of
from tests.pages import read

pytestmark = pytest.mark.django_db

What = AuditEvent.What
FACTOR, ASK_AGAIN, FACTORS = "/anmelden/zweiter-faktor/", "/konto/bestaetigen/", "/konto/zweiter-faktor/"
APP, PASSKEY = f"{FACTORS}app/", f"{FACTORS}passkey/"


@pytest.fixture(autouse=True)
def required(settings):
    """As in production."""
    settings.DEMO = False
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def other_coordinator(db) -> User:
    return build_person("vertretung@kreis-myk.example", "Tarek", "Haddad", role=User.Role.COORDINATOR)


def enter_code(client: Client, person: User):
    """Ask for a code by e-mail and type it."""
    client.post("/anmelden/", {"email": person.email})
    [code] = re.findall(r"^([A-Z0-9-]{6,12})$", mail.outbox[-1].body, re.MULTILINE)
    return client.post("/anmelden/code/", {"code": code, "action": "verify"})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def recorded(what: str, **fields) -> int:
    return AuditEvent.objects.filter(what=what, **fields).count()


# --- Enforced -------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/koordination/", "/verwaltung/", "/konto/", "/konto/anmeldungen/"])
def test_who_coordinates_sets_one_up_before_anything_else(signed_in, coordinator, address):
    assert signed_in(coordinator).get(address).url == FACTORS


@pytest.mark.parametrize("fields", [{"role": User.Role.COORDINATOR}, {"is_superuser": True}])
def test_superusers_need_one_as_well(signed_in, fields):
    assert signed_in(build_person(**fields)).get("/verwaltung/").url == FACTORS


def test_others_need_none(signed_in, participant, trainer, agency_contact):
    for person in (participant, trainer, agency_contact):
        assert signed_in(person).get("/meine-schulungen/").status_code == 200


def test_the_demo_needs_none(signed_in, coordinator, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    assert signed_in(coordinator).get("/koordination/").status_code == 200


def test_a_session_of_before_does_not_count(signed_in, coordinator):
    """Begun before the factor was set up elsewhere, or past the library, as by a click of the demo."""
    build_app(coordinator)
    response = signed_in(coordinator).get("/koordination/")
    assert response.url == f"{ASK_AGAIN}?next=%2Fkoordination%2F"


def test_marks_of_attendance_sent_by_a_script_are_refused(signed_in, coordinator, run):
    response = signed_in(coordinator).post(reverse("trainings:attendance_taps", args=[run.sessions.get().pk]))
    assert response.status_code == 401


def test_what_was_posted_is_not_lost_without_a_word(signed_in, coordinator):
    response = signed_in(coordinator).post("/koordination/", {"reason": "lang"}, follow=True)
    assert read(response).alerts[0] == "Was Sie eben absenden wollten, ist nicht gespeichert."


def test_a_new_coordinator_is_first_asked_for_the_factor_then_who_they_are(signed_in):
    client = signed_in(build_person(role=User.Role.COORDINATOR, profile_completed_at=None))
    assert client.get("/koordination/", follow=True).redirect_chain == [(FACTORS, 302)]


# --- Signing in -----------------------------------------------------------------------------------


def test_the_code_by_email_alone_does_not_sign_in(client, coordinator):
    secret = build_app(coordinator)
    assert enter_code(client, coordinator).url == FACTOR
    assert [is_signed_in(client), client.get("/koordination/").status_code] == [False, 302]

    response = client.post(FACTOR, {"code": f" {code_of(secret)[:3]} {code_of(secret)[3:]} "})  # pasted
    assert [response.url, is_signed_in(client)] == ["/koordination/", True]
    assert client.get("/koordination/").status_code == 200
    assert recorded(What.SIGNED_IN, by=coordinator) == 1


def test_participants_who_have_one_are_asked_too(client, participant):
    build_app(participant)
    assert enter_code(client, participant).url == FACTOR


def test_a_wrong_factor_is_refused_and_kept_on_record(client, coordinator):
    secret = build_app(coordinator)
    enter_code(client, coordinator)
    page = read(client.post(FACTOR, {"code": code_of(secret, later=7)}))
    assert page.errors == ["Das stimmt nicht. Codes der App gelten eine halbe Minute und nur einmal."]
    assert not is_signed_in(client)
    assert recorded(What.FACTOR_REFUSED, person=coordinator, by=None) == 1


def test_guessing_comes_to_an_end(client, coordinator):
    secret = build_app(coordinator)
    enter_code(client, coordinator)
    for _guess in range(5):
        client.post(FACTOR, {"code": "000000"})
    client.post(FACTOR, {"code": code_of(secret)})
    assert not is_signed_in(client)


def test_a_recovery_code_opens_once(client, coordinator):
    build_app(coordinator)
    [code, *_others] = recovery_codes_of(coordinator)
    for opens in (True, False):
        browser = Client()
        enter_code(browser, coordinator)
        browser.post(FACTOR, {"code": code})
        assert is_signed_in(browser) is opens


def test_a_refused_code_by_email_is_kept_on_record(client, participant):
    client.post("/anmelden/", {"email": participant.email})
    assert client.post("/anmelden/code/", {"code": "FALSCH", "action": "verify"}).status_code == 200
    assert recorded(What.CODE_REFUSED, person=participant) == 1


def test_signing_out_is_kept_on_record(signed_in, participant):
    signed_in(participant).post("/abmelden/")
    assert [recorded(What.SIGNED_IN, by=participant), recorded(What.SIGNED_OUT, by=participant)] == [1, 1]


# --- Setting up -----------------------------------------------------------------------------------


def test_an_app_is_set_up_and_leads_on(signed_in, coordinator, django_capture_on_commit_callbacks):
    client = signed_in(coordinator)
    client.get("/koordination/")
    page = client.get(APP)
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    secret = page.context["form"].secret

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(APP, {"code": code_of(secret)})
    codes = read(client.get(response.url))
    assert codes.headings == ["Wiederherstellungscodes"]
    assert codes.links["Ich habe sie, weiter"] == "/koordination/"
    assert client.get("/koordination/").status_code == 200  # the first code has shown that it is them
    assert {factor.type for factor in Authenticator.objects.filter(user=coordinator)} == {"totp", "recovery_codes"}
    assert recorded(What.FACTOR_ADDED, by=coordinator, about="totp") == 1


def test_a_wrong_first_code_sets_nothing_up(signed_in, coordinator):
    client = signed_in(coordinator)
    client.get(APP)
    assert len(read(client.post(APP, {"code": "000000"})).errors) == 1
    assert not second_factor.has_one(coordinator)


def test_no_secret_is_readable_in_the_database(coordinator):
    secret = build_app(coordinator)
    codes = recovery_codes_of(coordinator)
    for factor in Authenticator.objects.all():
        assert not any(text in str(factor.data) for text in [secret, *codes])


def test_after_a_change_of_the_key_no_code_is_right(coordinator, settings):
    secret = build_app(coordinator)
    settings.SECRET_KEY = "another" * 10
    assert not Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))
    settings.SECRET_KEY_FALLBACKS = ["development-only-not-a-secret"]
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))


MADE_UP = [
    "", "{", "{}", "[]", "7", '"x"', "null", '{"id": "AAAA"}', '{"id": 1, "rawId": "AAAA", "response": {}}',
    '{"id": "AAAA", "rawId": "AAAA", "response": {"clientDataJSON": "e30", "attestationObject": "AAAA"}}',
    '{"id": "AAAA", "rawId": "AAAA", "response": {"clientDataJSON": "e30", "authenticatorData": "A", "signature": ""}}',
]  # fmt: skip


@pytest.mark.parametrize("answer", MADE_UP)
def test_an_answer_no_browser_gives_is_refused(client, signed_in, coordinator, participant, answer):
    build_app(coordinator)
    enter_code(client, coordinator)
    assert client.post(FACTOR, {"credential": answer}).status_code == 200
    assert not is_signed_in(client)

    client = signed_in(participant)
    client.get(PASSKEY)
    assert client.post(PASSKEY, {"credential": answer}).url == PASSKEY
    assert not second_factor.has_one(participant)


@pytest.mark.parametrize("address", [APP, PASSKEY])
def test_a_session_left_open_sets_up_no_first_factor(signed_in, participant, address):
    client = signed_in(participant)
    with time_machine.travel(time.time() + 11 * 60):
        response = client.get(address)
        assert response.url == f"/anmelden/erneut/?next={address.replace('/', '%2F')}"
        assert read(client.get(response.url)).headings == ["Bitte loggen Sie sich noch einmal ein"]
        response = client.post(response.url)
        assert [response.url, is_signed_in(client)] == [f"/anmelden/?next={address}", False]


@pytest.mark.parametrize("address", [APP, PASSKEY, f"{APP}entfernen/", f"{FACTORS}codes/", f"{FACTORS}codes/neu/"])
def test_nobody_changes_factors_without_giving_one(client, coordinator, address):
    """Neither on the way in, nor from a session left open."""
    build_app(coordinator)
    client.force_login(coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    for method in (client.get, client.post):
        response = method(address)
        # The page of an app says first that there is one already.
        assert response.status_code == 302
        assert response.url.startswith((ASK_AGAIN, f"{APP}entfernen/"))
    assert Authenticator.objects.filter(user=coordinator).count() == 2


def test_who_takes_the_last_one_away_sets_up_another(signed_in, coordinator):
    secret = build_app(coordinator)
    client = signed_in(coordinator)
    give(client, secret)
    client.post(f"{APP}entfernen/")
    assert list(Authenticator.objects.filter(user=coordinator)) == []
    assert client.get("/koordination/").url == FACTORS
    assert recorded(What.FACTOR_REMOVED, by=coordinator) == 2


def test_new_recovery_codes_replace_the_old(signed_in, coordinator, django_capture_on_commit_callbacks):
    secret = build_app(coordinator)
    before = recovery_codes_of(coordinator)
    client = signed_in(coordinator)
    give(client, secret)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{FACTORS}codes/neu/")
    assert not set(before) & set(recovery_codes_of(coordinator))
    assert recorded(What.RECOVERY_CODES_RENEWED, by=coordinator) == 1


# --- Asked again ----------------------------------------------------------------------------------


def reset_page(person: User) -> str:
    return reverse("accounts:reset_second_factor", args=[person.pk])


def test_a_factor_counts_as_just_given_for_ten_minutes(signed_in, coordinator, other_coordinator):
    secret = build_app(coordinator)
    client = signed_in(coordinator)
    with time_machine.travel(time.time()) as clock:
        client.get("/koordination/")
        give(client, secret)
        clock.shift(9 * 60)
        assert client.get(reset_page(other_coordinator)).status_code == 200
        clock.shift(2 * 60)
        assert client.get("/koordination/").status_code == 200
        assert client.get(reset_page(other_coordinator)).url.startswith(f"{ASK_AGAIN}?next=")


def test_a_form_sent_too_late_is_kept_until_the_factor_is_given(signed_in, coordinator, other_coordinator):
    secret, _theirs = build_app(coordinator), build_app(other_coordinator)
    client = signed_in(coordinator)
    with time_machine.travel(time.time()) as clock:
        give(client, secret)
        clock.shift(11 * 60)
        response = client.post(reset_page(other_coordinator), {"next": "/koordination/"})
        assert second_factor.has_one(other_coordinator)
        response = give(client, secret, next=reset_page(other_coordinator))
        assert [response.url, second_factor.has_one(other_coordinator)] == ["/koordination/", False]


def test_where_none_is_needed_a_sign_in_just_done_counts(signed_in, coordinator, participant, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client = signed_in(coordinator)
    assert client.get(reset_page(participant)).status_code == 200
    with time_machine.travel(time.time() + 11 * 60):
        assert client.get(reset_page(participant)).url.startswith("/anmelden/erneut/")


# --- Lost -----------------------------------------------------------------------------------------


def test_another_coordinator_resets_them(client, coordinator, other_coordinator):
    secret = build_app(coordinator)
    build_app(other_coordinator)
    theirs = Client()
    theirs.force_login(other_coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    enter_code(client, coordinator)
    client.post(FACTOR, {"code": code_of(secret)})

    page = read(client.get(reset_page(other_coordinator)))
    assert "Tarek Haddad (vertretung@kreis-myk.example)" in page.text
    client.post(reset_page(other_coordinator))

    assert not second_factor.has_one(other_coordinator)
    assert [is_signed_in(theirs), SignIn.objects.filter(person=other_coordinator).count()] == [False, 0]
    reset = AuditEvent.objects.get(what=What.FACTORS_RESET)
    assert (reset.by, reset.person, reset.about) == (coordinator, other_coordinator, "recovery_codes, totp")
    enter_code(theirs, other_coordinator)
    assert theirs.get("/koordination/").url == FACTORS


def test_nobody_resets_their_own_and_coordinators_no_superuser(settings, signed_in, coordinator, other_coordinator):
    settings.SECOND_FACTOR_REQUIRED = False
    superuser = build_person(is_superuser=True)
    build_app(superuser)
    client = signed_in(other_coordinator)
    for person in (other_coordinator, superuser):
        for method in (client.get, client.post):
            assert method(reset_page(person)).status_code == 404
        with pytest.raises(second_factor.CannotReset):
            second_factor.reset(person, other_coordinator)
    assert second_factor.has_one(superuser)
    assert second_factor.reset(other_coordinator, superuser) == 0


def test_an_operator_resets_them_by_command(coordinator, capsys):
    build_app(coordinator)
    call_command("reset_second_factor", "Koordination@Kreis-MYK.example")
    assert not second_factor.has_one(coordinator)
    assert recorded(What.FACTORS_RESET, person=coordinator, by=None) == 1
    with pytest.raises(CommandError):
        call_command("reset_second_factor", "niemand@kreis-myk.example")
