"""What every answer carries, what production refuses to start with, and what no template may contain."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver, include, path, reverse

from tests.builders import build_person, build_run, only_session
from tests.production import PRODUCTION
from tests.test_access import addresses
from trainings.models import Registration

ROOT = Path(__file__).resolve().parent.parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
POLICIES = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def broken_view(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("kaputt")


def ordinary_view(request: HttpRequest) -> HttpResponse:
    """Like every view whose author thought of nothing in particular."""
    return HttpResponse("geheim")


urlpatterns = [
    path("gewoehnlich/", ordinary_view),
    path("kaputt/", login_not_required(broken_view)),
    path("", include("config.urls")),
]


# --- Every answer ---------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [("/", 200), ("/anmelden/", 200), ("/meine-schulungen/", 302), ("/gibt-es-nicht/", 404), ("/kalender.ics", 200)],
)
def test_every_answer_carries_the_policy(client, address, status):
    response = client.get(address)
    assert response.status_code == status
    assert {name: response.headers[name] for name in sorted(response.headers) if name in POLICIES} == POLICIES


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/static/js/device.js", "/gibt-es-nicht/", "/kalender.ics"])
def test_pages_may_use_passkeys_and_hardly_anything_else(client, address):
    response = client.get(address)
    response.close()  # the static file
    allowed = dict(entry.split("=", 1) for entry in response.headers["Permissions-Policy"].split(", "))
    assert {feature for feature, sources in allowed.items() if sources != "()"} == {
        "clipboard-write",
        "fullscreen",
        "picture-in-picture",
        "publickey-credentials-create",
        "publickey-credentials-get",
    }
    assert {allowed["camera"], allowed["microphone"], allowed["geolocation"]} == {"()"}
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_list_of_a_session_alone_may_ask_for_the_camera(signed_in, trainer):
    session = only_session(build_run(trainers=[trainer]))
    policies = {
        name: signed_in(trainer).get(reverse(f"trainings:{name}", args=[session.pk])).headers["Permissions-Policy"]
        for name in ["attendance", "check_ins", "room_code", "enter_personal_code"]
    }
    assert [name for name, policy in policies.items() if "camera=(self)" in policy] == ["attendance"]


@pytest.mark.django_db
def test_somebody_on_the_way_to_signing_in_is_shown_what_nobody_keeps(client, participant):
    assert "Cache-Control" not in client.get(reverse("trainings:catalogue")).headers
    client.post(reverse("account_login"), {"email": participant.email})
    for name in ["account_confirm_login_code", "trainings:catalogue"]:
        assert "no-store" in client.get(reverse(name)).headers["Cache-Control"]


@pytest.mark.django_db
def test_pages_of_signed_in_people_carry_it_too(signed_in, coordinator):
    client = signed_in(coordinator)
    for name in ["trainings:coordination", "admin:index"]:
        assert client.get(reverse(name)).headers["Content-Security-Policy"] == POLICY


@pytest.mark.django_db
def test_an_error_of_ours_carries_it_too(client, settings):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    response = client.get("/kaputt/")
    assert (response.status_code, response.headers["Content-Security-Policy"]) == (500, POLICY)


@pytest.mark.django_db
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client, participant):
    client.get(reverse("account_login"))
    client.post(reverse("set_language"), {"language": "en"})
    client.post(reverse("accounts:demo_sign_in"), {"person": str(participant.pk)})
    assert {name: (cookie["httponly"], cookie["samesite"]) for name, cookie in client.cookies.items()} == {
        "csrftoken": (True, "Lax"),
        "django_language": (True, "Lax"),
        "sessionid": (True, "Lax"),
    }


@pytest.mark.django_db
def test_a_view_is_closed_unless_it_opts_out(client, signed_in, settings):
    settings.ROOT_URLCONF = __name__
    anonymous = client.get("/gewoehnlich/")
    assert (anonymous.status_code, anonymous.url) == (302, "/anmelden/?next=/gewoehnlich/")
    newcomer = signed_in(build_person(profile_completed_at=None)).get("/gewoehnlich/")
    assert (newcomer.status_code, newcomer.url) == (302, "/konto/?next=%2Fgewoehnlich%2F")
    assert signed_in(build_person()).get("/gewoehnlich/").content == b"geheim"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["subscribe", "change_capacity", "hold_anyway"])
def test_what_only_changes_answers_no_get(signed_in, coordinator, name):
    args = [build_run().pk] if name != "subscribe" else []
    response = signed_in(coordinator).get(reverse(f"trainings:{name}", args=args))
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.django_db
def test_a_link_cannot_change_the_language(client):
    client.get(reverse("set_language"), {"language": "en"})
    assert list(client.cookies) == []


@pytest.mark.django_db
def test_a_form_of_another_site_changes_nothing(participant):
    run = build_run()
    client = Client(enforce_csrf_checks=True)
    client.force_login(participant, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.post(reverse("trainings:register", args=[run.pk]), {"needs": ""})
    assert (response.status_code, Registration.objects.count()) == (403, 0)


def test_no_view_but_one_does_without_the_token_of_the_form():
    exempt = [name for name, callback in callbacks() if getattr(callback, "csrf_exempt", False)]
    assert exempt == ["unsubscribe"]  # a mail program's POST has no cookie; the signed address is the authority


def callbacks():
    def walk(patterns):
        for entry in patterns:
            if hasattr(entry, "url_patterns"):
                yield from walk(entry.url_patterns)
            else:
                yield entry.name, entry.callback

    return list(walk(get_resolver().url_patterns))


@pytest.mark.django_db
def test_an_unknown_host_is_refused(client):
    assert client.get("/", headers={"host": "boese.example"}).status_code == 400


# --- Production -----------------------------------------------------------------------------------


def production(code: str, **changed: str | None) -> subprocess.CompletedProcess[str]:
    environment = {**{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}, **PRODUCTION}
    environment |= {name: value for name, value in changed.items() if value is not None}
    for name in [name for name, value in changed.items() if value is None]:
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def refusal(**changed: str | None) -> str:
    """The last line of what a start says; empty if it starts."""
    result = production("import config.settings", **changed)
    return result.stderr.strip().splitlines()[-1] if result.returncode else ""


def test_production_starts_with_what_must_be_chosen():
    assert refusal() == ""


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "PUBLIC_URL", "ALLOWED_HOSTS", "DATABASE_URL", "EMAIL_URL", "CONTACT_EMAIL", "CONTACT_PHONE"],
)
@pytest.mark.parametrize("value", [None, ""])
def test_production_refuses_to_start_on_a_default(name, value):
    assert refusal(**{name: value}).endswith(f"{name} must be set in production.")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"SECRET_KEY": "kurz"}, "SECRET_KEY must have at least 50 characters in production."),
        ({"DEBUG": "true"}, "DEBUG must be off in production."),
        ({"DEMO": "true"}, "DEMO must be off in production: it lets anybody sign in as anybody."),
        ({"MIKO_ENV": "prod"}, "MIKO_ENV must be 'development' or 'production'."),
    ],
)
def test_production_refuses_what_belongs_to_development(changed, why):
    assert refusal(**changed).endswith(why)


def test_production_is_safe_without_further_settings():
    names = [
        "ALLOWED_HOSTS",
        "CSRF_COOKIE_SECURE",
        "CSRF_TRUSTED_ORIGINS",
        "DEBUG",
        "DEMO",
        "EMAIL_BACKEND",
        "EMAIL_TIMEOUT",
        "EMAIL_USE_TLS",
        "LANGUAGE_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
    ]
    code = (
        "import json; from config import settings; "
        f"print(json.dumps({{name: getattr(settings, name) for name in {names}}}))"
    )
    assert json.loads(production(code).stdout) == {
        "ALLOWED_HOSTS": ["schulungen.kreis.example", "www.schulungen.kreis.example"],
        "CSRF_COOKIE_SECURE": True,
        "CSRF_TRUSTED_ORIGINS": ["https://schulungen.kreis.example"],
        "DEBUG": False,
        "DEMO": False,
        "EMAIL_BACKEND": "config.smtp.EmailBackend",
        "EMAIL_TIMEOUT": 10,
        "EMAIL_USE_TLS": True,
        "LANGUAGE_COOKIE_SECURE": True,
        "SECURE_HSTS_SECONDS": 31536000,
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
    }


@pytest.mark.slow
def test_the_check_before_going_live_finds_nothing():
    code = "import sys; from django.core.management import execute_from_command_line as run; run(sys.argv)"
    command = f"import sys; sys.argv = ['manage.py', 'check', '--deploy', '--fail-level', 'WARNING']; {code}"
    result = production(command, DJANGO_SETTINGS_MODULE="config.settings")
    assert (result.returncode, result.stdout) == (0, "System check identified no issues (2 silenced).\n"), result.stderr


# --- Templates ------------------------------------------------------------------------------------

# Mails need inline style; the certificate and the list to be signed are turned into paper: none is ever a page.
NOT_PAGES = {
    "emails",
    "certificates/paper/certificate.html",
    "certificates/paper/certificate_2026_3.html",
    "certificates/paper/certificate_de.html",
    "certificates/paper/certificate_en.html",
    "trainings/attendance/sheet.html",
}
FORBIDDEN = {
    "inline style": r"<style\b|\sstyle\s*=",
    "inline script": r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/ld\+json\")",
    "event handler": r"<[^>]*\son[a-z]+\s*=|\bhx-on\b|javascript:",
    "from elsewhere": r"<(?:script|link|img|iframe|source|video|audio)\b[^>]*(?:src|href)=\"(?:https?:)?//",
}


def pages() -> list[Path]:
    found = []
    for template in sorted((ROOT / "templates").rglob("*.html")):
        relative = template.relative_to(ROOT / "templates").as_posix()
        if "email" not in relative and not any(relative.startswith(excluded) for excluded in NOT_PAGES):
            found.append(template)
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_page_breaks_the_policy(what):
    broken = [
        f"{template.relative_to(ROOT)}: {match.group()[:80]}"
        for template in pages()
        for match in re.finditer(FORBIDDEN[what], template.read_text(encoding="utf-8"))
    ]
    assert broken == [], "styles and scripts stand in files under static/, and nothing comes from elsewhere"
    assert len(pages()) > 30


@pytest.mark.parametrize(
    ("what", "markup"),
    [
        ("inline style", '<p style="color: red">'),
        ("inline style", "<style>p { color: red }</style>"),
        ("inline script", "<script>alert(1)</script>"),
        ("event handler", '<a href="#" onclick="alert(1)">'),
        ("from elsewhere", '<img src="//anderswo.example/x.png">'),
    ],
)
def test_the_search_finds_what_it_is_for(what, markup):
    assert re.search(FORBIDDEN[what], markup)


def test_every_address_ends_with_a_slash_or_names_a_file():
    odd = [
        route
        for name, route in addresses()
        if not name.startswith("admin:") and not re.search(r"^$|/$|\.[\w<>:]+$", route)
    ]
    assert odd == [], "end these addresses with a slash in urls.py"


def test_a_secret_may_come_as_a_file(tmp_path):
    (tmp_path / "pin").write_text("4711\n")
    (tmp_path / "key").write_text("-----BEGIN PRIVATE KEY-----\nMC4\n-----END PRIVATE KEY-----\n")
    code = "from config.settings import *; print(CERTIFICATE_SEAL_PIN, CERTIFICATE_BADGE_KEY.splitlines()[1:2])"
    files = {"CERTIFICATE_SEAL_PIN_FILE": str(tmp_path / "pin"), "CERTIFICATE_BADGE_KEY_FILE": str(tmp_path / "key")}

    assert production(code, **files).stdout == "4711 ['MC4']\n"
    in_one_line = {"CERTIFICATE_SEAL_PIN": "4711", "CERTIFICATE_BADGE_KEY": r"-----BEGIN PRIVATE KEY-----\nMC4\n-----"}
    assert production(code, **in_one_line).stdout == "4711 ['MC4']\n"
    missing = refusal(CERTIFICATE_SEAL_PIN_FILE=str(tmp_path / "nothing"))
    assert missing == "  CERTIFICATE_SEAL_PIN_FILE cannot be read: No such file or directory."
