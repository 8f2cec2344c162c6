"""What is left when the project has ended: the check, the legal pages, one's own certificates, and no writing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import update_last_login
from django.contrib.auth.signals import user_logged_in
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from accounts.models import User
from certificates.models import Certificate
from config.middleware import ReadOnlyMiddleware
from tests.builders import build_person
from tests.certificates.builders import build_certificate
from tests.factors import build_app, code_of, recovery_codes_of
from tests.pages import read
from tests.test_access import of_the_site
from trainings import calendars

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent
LEGAL = ["imprint", "privacy", "accessibility", "feedback", "easy_language", "sign_language"]
ASK = """
from django.conf import settings
print(settings.SESSION_ENGINE, settings.CACHES["default"]["BACKEND"])
from trainings.periodic import JOBS
print([name for name, job in JOBS.items() if job.after_the_end])
from django.contrib.auth.signals import user_logged_in
print([key for key, *rest in user_logged_in.receivers if key[0] == "update_last_login"])
"""


@pytest.fixture
def certificate(coordinator, participant) -> Certificate:
    return build_certificate(participant, by=coordinator)


@pytest.fixture
def ended(settings, certificate):
    """From here on the project has ended."""
    settings.SITE_READ_ONLY = True
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"


@pytest.fixture
def browser(ended, signed_in, participant):
    """Of the owner, who has signed in."""
    return signed_in(participant)


@pytest.fixture
def unwritable(ended):
    """From here on the database refuses every change, as to a user who may only read."""
    is_sqlite = connection.vendor == "sqlite"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON" if is_sqlite else "SET TRANSACTION READ ONLY")
        yield
        transaction.set_rollback(True)  # ends it on PostgreSQL
    if is_sqlite:
        connection.connection.execute("PRAGMA query_only = OFF")


def test_what_is_served_exists():
    assert ReadOnlyMiddleware.served - set(of_the_site()) == set()


@pytest.mark.parametrize(
    "address", ["/", "/meine-schulungen/", "/koordination/", "/konto/", "/verwaltung/", "/behoerde/"]
)
def test_everything_else_is_gone_for_everybody(client, signed_in, coordinator, ended, address):
    for someone in (client, signed_in(coordinator)):
        page = read(someone.get(address), 410)
        assert page.headings == ["Das Projekt ist beendet"]
        assert reverse("certificates:verify_form") in page.links.values()
        assert someone.post(address, {}).status_code == 410


def test_calendars_do_not_exist_so_that_programs_take_out_what_they_have(client, ended, participant):
    token = calendars.subscribe(participant)
    for address in (reverse("trainings:public_feed"), reverse("trainings:personal_feed", args=[token])):
        assert client.get(address).status_code == 404


def test_every_link_of_a_page_that_is_left_leads_to_one_that_is_left(signed_in, participant, certificate, ended):
    client = signed_in(participant)
    pages = ["/", *map(reverse, LEGAL), reverse("certificates:list"), reverse("certificates:verify_form")]
    pages.append(reverse("certificates:record"))
    links = {link for page in pages for link in read(client.get(page), 410 if page == "/" else 200).links.values()}
    own = {link.partition("#")[0] for link in links if link.startswith("/")} - {"/", ""}

    assert {link: client.get(link).status_code for link in own} == dict.fromkeys(own, 200)


def test_nothing_of_the_check_writes(client, certificate, unwritable):
    address = reverse("certificates:verify", args=[certificate.code])

    assert client.get(reverse("certificates:verify_form"), {"code": certificate.display_code}).url == address
    assert "Diese Bescheinigung ist gültig." in read(client.get(address)).text
    assert "Ja, die" in read(client.post(address, {"surname": "Yildiz"})).text
    answer = client.post(reverse("certificates:compare_file", args=[certificate.code]), {"sha256": certificate.sha256})
    assert answer.json() == {"is_the_file": True}
    assert {client.get(reverse(name)).status_code for name in LEGAL} == {200}
    with pytest.raises(DatabaseError), transaction.atomic():  # the proof that writing would have failed
        Certificate.objects.update(failure="geschrieben")


def test_who_has_signed_in_fetches_what_is_theirs(browser, certificate, unwritable):
    page = read(browser.get(reverse("certificates:list")))
    assert certificate.get_absolute_url() in page.links.values()
    assert browser.get(certificate.get_absolute_url()).content == bytes(certificate.pdf)


def test_who_never_completed_their_profile_fetches_them_too(signed_in, coordinator, settings):
    person = build_person(privacy_notice_noted_at=None)
    certificate = build_certificate(person, by=coordinator)
    settings.SITE_READ_ONLY = True

    assert signed_in(person).get(certificate.get_absolute_url()).status_code == 200


@pytest.fixture
def started_like_that():
    """What an app does when it starts with the setting."""
    user_logged_in.disconnect(dispatch_uid="update_last_login")
    yield
    user_logged_in.connect(update_last_login, dispatch_uid="update_last_login")


@pytest.fixture
def app_of_a_coordinator(settings, coordinator) -> str:
    settings.DEMO = False
    settings.SECOND_FACTOR_REQUIRED = True
    return build_app(coordinator)


def code_sent() -> str:
    [code] = re.findall(r"^([A-Z0-9-]{6,12})$", mail.outbox[-1].body, re.MULTILINE)
    return code


def test_signing_in_writes_nothing_and_asks_for_the_second_factor(
    app_of_a_coordinator, client, coordinator, certificate, started_like_that, unwritable
):
    client.post(reverse("account_login"), {"email": coordinator.email})
    response = client.post(reverse("account_confirm_login_code"), {"code": code_sent(), "action": "verify"})
    assert response.url == reverse("mfa_authenticate")
    assert client.get(certificate.get_absolute_url()).status_code == 302
    for wrong in ["000000", recovery_codes_of(coordinator)[0]]:  # which could not be crossed out
        assert len(read(client.post(reverse("mfa_authenticate"), {"code": wrong})).errors) == 1

    client.post(reverse("mfa_authenticate"), {"code": code_of(app_of_a_coordinator)})
    assert client.get(certificate.get_absolute_url()).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302
    assert client.get(certificate.get_absolute_url()).status_code == 302


def test_no_accounts_come_about_any_more(client, ended, mailoutbox):
    client.post(reverse("account_login"), {"email": "neu@mayen.example"})

    assert (User.objects.filter(email="neu@mayen.example").exists(), mailoutbox) == (False, [])


@pytest.mark.slow
def test_sessions_limits_and_sign_ins_need_no_table_and_a_worker_only_erases(tmp_path):
    environment = {**os.environ, "SITE_READ_ONLY": "true", "DEMO": "true", "DATABASE_URL": f"sqlite:///{tmp_path}/x"}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", ASK]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    assert said.splitlines() == [
        "django.contrib.sessions.backends.cache django.core.cache.backends.filebased.FileBasedCache",
        "['retention', 'retention of people', 'retention of certificates', 'retention of evidence']",
        "[]",
    ]
