"""Do people come in by the county's own identity provider, and only those who should?

A real one is started: npm's oidc-provider, which is certified by the OpenID Foundation.
"""

import json
import re
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken

from accounts.models import Agency, AuditEvent, User
from tests.builders import build_agency, build_person
from tests.clients.conftest import ENVIRONMENT, PROGRAMS, wait_for
from tests.factors import build_app

pytestmark = [pytest.mark.clients, pytest.mark.django_db(transaction=True)]

NEW = {"email": "Neu@Mayen.example", "email_verified": True, "given_name": "Lena", "family_name": "Kühn"}
PEOPLE: dict[str, dict[str, Any]] = {
    "new": NEW,
    "known": {"email": "roth@kreis-myk.example", "email_verified": True, "given_name": "Anders", "family_name": "Dort"},
    "unverified": {"email": "roth@kreis-myk.example", "email_verified": False},
    "as_text": {"email": "roth@kreis-myk.example", "email_verified": "false"},
    "nobody": {},
    "plus_tag": {"email": "roth+mich@kreis-myk.example", "email_verified": True},
    "no_address": {"email": "roth", "email_verified": True},
    "by_claim": {**NEW, "email": "frei@anbieter.example", "department": "jobcenter mayen"},
    "by_list": {**NEW, "email": "frei@anbieter.example", "department": ["Unbekannt", "Stadtverwaltung Mayen"]},
    "by_no_claim": {**NEW, "email": "frei@anbieter.example", "department": 7},
}


class Browser:
    """Follows redirects and fills in the provider's pages."""

    def __init__(self) -> None:
        self.jar = CookieJar()
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)]
        self.opener = urllib.request.build_opener(*handlers)

    def open(self, address: str, **fields: str) -> tuple[str, str]:
        """Where it leads to, and the page."""
        data = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with self.opener.open(address, data, timeout=30) as answer:
                return answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.url, error.read().decode()

    def sign_in(self, address: str, login: str) -> tuple[str, str]:
        where, page = self.open(address)
        where, page = self.open(action_in(page), prompt="login", login=login, password="egal")
        return self.open(action_in(page), prompt="consent") if "/interaction/" in where else (where, page)


def action_in(page: str) -> str:
    [action] = re.findall(r'<form[^>]* action="([^"]+)"', page)
    return str(action)


@pytest.fixture
def provider(live_server, settings, monkeypatch, tmp_path) -> Iterator[str]:
    """Started, and known to the site; its address."""
    monkeypatch.setenv("NO_PROXY", "localhost")
    settings.DEMO = False
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    client = {"client_id": "schulungen", "client_secret": "geheim" * 8}
    settings.OIDC_SERVER_URL = f"http://localhost:{port}"
    settings.OIDC_NAME = "Kreisverwaltung"
    app = {"provider_id": "oidc", "name": "Kreis", "client_id": "schulungen", "secret": client["client_secret"]}
    app |= {"settings": {"server_url": settings.OIDC_SERVER_URL}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
    told = {
        "port": port,
        "client": {**client, "redirect_uris": [f"{live_server.url}/anmelden/mit/oidc/zurueck/"]},
        "people": PEOPLE,
    }
    with (Path(__file__).parent / "identity_provider.mjs").open() as script, (tmp_path / "log").open("wb") as log:
        command = ["node", "--input-type=module", "-", json.dumps(told)]
        process = subprocess.Popen(command, cwd=PROGRAMS, env=ENVIRONMENT, stdin=script, stdout=log, stderr=log)
    try:
        wait_for(lambda: process.poll() is not None or _listens(port), "the provider")
        assert process.poll() is None, f"{(tmp_path / 'log').read_text()}\nRun: bash tests/clients/install.sh"
        yield settings.OIDC_SERVER_URL
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("localhost", port)) == 0


@pytest.fixture
def sign_in(live_server, provider) -> Callable[..., tuple[str, str]]:
    """``sign_in(login)``: where that leads to on the site, and the page."""

    def sign_in(login: str) -> tuple[str, str]:
        browser = Browser()
        _where, page = browser.open(f"{live_server.url}/anmelden/?next=/kalender/")
        [link] = re.findall(r'href="(/anmelden/mit/oidc/[^"]*)"', page)
        where, page = browser.sign_in(live_server.url + link, login)
        return where.removeprefix(live_server.url), page

    return sign_in


@pytest.fixture
def known(db) -> User:
    build_agency("Kreisverwaltung Mayen-Koblenz", "kreis-myk.example")
    return build_person("roth@kreis-myk.example", "Miriam", "Roth")


def test_a_new_person_gets_an_account_and_is_asked_who_they_are(sign_in, agency):
    where, page = sign_in("new")
    assert where == "/kalender/"
    person = User.objects.get()
    assert (person.email, person.agency, person.full_name) == ("neu@mayen.example", agency, "Lena Kühn")
    assert person.must_complete_profile
    assert "Ausloggen" in page
    assert {event.what for event in AuditEvent.objects.all()} == {"person_created", "signed_in"}


def test_a_known_address_opens_its_account_and_nothing_else_is_stored(sign_in, known):
    for _time in range(2):
        assert sign_in("known")[0] == "/kalender/"
    person = User.objects.get()
    assert (person, person.full_name) == (known, "Miriam Roth")
    assert person.last_login is not None
    assert [SocialAccount.objects.count(), SocialToken.objects.count()] == [0, 0]


@pytest.mark.parametrize("login", ["unverified", "as_text", "nobody"])
def test_only_a_verified_address_counts(sign_in, known, login):
    where, page = sign_in(login)
    assert where == "/anmelden/"
    assert "Ihre E-Mail-Adresse ist dort nicht bestätigt." in page
    assert "Ausloggen" not in page
    assert User.objects.get().last_login is None


@pytest.mark.parametrize("login", ["plus_tag", "no_address"])
def test_an_address_that_is_only_like_the_accounts_opens_nothing(sign_in, known, login):
    where, page = sign_in(login)
    assert where == "/anmelden/"
    assert "Mit dieser Adresse geht das hier nicht." in page
    assert User.objects.get().last_login is None


def test_who_was_deactivated_stays_out(sign_in, known):
    User.objects.update(is_active=False)
    where, page = sign_in("known")
    assert where == "/anmelden/deaktiviert/"
    assert "Ausloggen" not in page


@pytest.mark.parametrize(
    ("login", "name"), [("by_claim", "Jobcenter Mayen"), ("by_list", "Stadtverwaltung Mayen"), ("by_no_claim", None)]
)
def test_a_claim_names_the_agency(sign_in, settings, agency, login, name):
    settings.OIDC_AGENCY_CLAIM = "department"
    build_agency("Jobcenter Mayen", "")
    sign_in(login)
    assert User.objects.get().agency == Agency.objects.filter(name=name).first()


def test_a_second_factor_is_asked_here_as_well(sign_in, known):
    build_app(known)
    where, page = sign_in("known")
    assert [where, "Ausloggen" in page] == ["/anmelden/zweiter-faktor/", False]
    assert Authenticator.objects.filter(last_used_at=None).count() == 2


def test_an_account_cannot_be_connected(live_server, provider, known):
    browser = Browser()
    where, _page = browser.sign_in(f"{live_server.url}/anmelden/mit/oidc/?process=connect", "known")
    assert where == f"{live_server.url}/anmelden/"
    assert SocialAccount.objects.count() == 0


def test_a_provider_that_is_down_is_told(live_server, settings, provider):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://localhost:1"
    where, page = Browser().open(f"{live_server.url}/anmelden/mit/oidc/")
    assert where == f"{live_server.url}/anmelden/"
    assert "Das Einloggen dort ist gerade nicht möglich." in page
