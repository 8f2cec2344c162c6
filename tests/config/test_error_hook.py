"""Does what leaves for a collector of errors name the error, and nobody?"""

import json

import pytest
import sentry_sdk
from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.urls import include, path
from sentry_sdk.transport import Transport

from config import error_hook

SECRETS = ["Yıldız", "yildiz@mayen.example", "geheim", "203.0.113.7", "weber"]


def broken_view(request, token):
    name = "Yıldız"  # noqa: F841  a value that must not leave
    raise ValueError("Es gibt schon ein Konto von yildiz@mayen.example")


def away_view(request):
    raise OperationalError("connection to yildiz@mayen.example refused")


urlpatterns = [
    path("kaputt/<str:token>/", login_not_required(broken_view)),
    path("weg/", login_not_required(away_view)),
    path("", include("config.urls")),
]


@pytest.fixture
def sent(settings, client, monkeypatch):
    """What would have left, as text."""
    events: list[str] = []

    class Kept(Transport):
        def capture_envelope(self, envelope):
            events.extend(json.dumps(item.payload.json, ensure_ascii=False) for item in envelope.items)

    original = sentry_sdk.init
    monkeypatch.setattr(sentry_sdk, "init", lambda **options: original(**options, transport=Kept))
    settings.ROOT_URLCONF, settings.SENTRY_DSN = __name__, "https://key@errors.example/1"
    error_hook.start()
    client.raise_request_exception = False
    yield events
    original()  # off again


def test_the_error_leaves_and_nobody_with_it(sent, client):
    headers = {"x-forwarded-for": "203.0.113.7", "referer": "https://x.example/?q=geheim"}
    client.cookies["sessionid"] = "geheim"
    client.get("/kaputt/geheim-geheim-geheim/", {"q": "weber"}, headers=headers)
    [event] = sent
    assert ("ValueError" in event, "broken_view" in event) == (True, True)
    assert [secret for secret in SECRETS if secret in event] == []


def test_a_database_that_is_away_is_no_error_of_ours(sent, client):
    client.get("/weg/")
    assert sent == []
