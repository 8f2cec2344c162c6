"""A browser for the tests: Debian's Chromium, speaking German, and watched for whatever it complains of.

Run with ``pytest -m browser tests/browser``. The environment variable CHROMIUM names another browser's path.
"""

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from accounts.models import User

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

# Set-ups without the browser's packages (requirements-test.txt) collect the other tests only.
HAVE_PLAYWRIGHT = importlib.util.find_spec("pytest_playwright") is not None
collect_ignore_glob = [] if HAVE_PLAYWRIGHT else ["test_*.py"]

ARGUMENTS = [
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Without motion a page has scrolled when a key has been pressed, not some time afterwards.
CONTEXT = {"locale": "de-DE", "timezone_id": "Europe/Berlin", "reduced_motion": "reduce"}
TIMEOUT = 10_000  # milliseconds; far above what a page takes, even on a busy machine

Browse = Callable[..., "Page"]


def pytest_report_header() -> str | None:
    return None if HAVE_PLAYWRIGHT else "browser tests: left out, they need requirements-dev.txt"


@pytest.fixture(scope="session", autouse=True)
def database_beside_an_event_loop() -> Iterator[None]:
    """Playwright keeps an event loop in this thread; the tests themselves use the database one after another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="session")
def base_url() -> None:
    """Unused: each test has a server of its own. The plugin's fixture of this name is written in a deprecated way."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        missing = f"No browser at {path}: apt-get install chromium, or set CHROMIUM"
        if os.environ.get("CI"):  # where nobody would notice
            pytest.fail(missing)
        pytest.skip(missing)
    return {**browser_type_launch_args, "executable_path": path, "args": ARGUMENTS}


@pytest.fixture(autouse=True)
def complaints() -> Iterator[list[str]]:
    """What browsers write to their consoles: above all, what the content security policy keeps from the page.

    A test that expects something there takes it out; what is left at its end fails it.
    """
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
def browse(new_context: "Callable[..., BrowserContext]", live_server: Any, complaints: list[str]) -> Browse:
    """``browse(person, **options)`` is an empty page of a browser of its own; signed in, if a person is given."""

    def open_browser(person: User | None = None, **options: Any) -> "Page":
        context = new_context(**{**CONTEXT, "base_url": live_server.url, **options})
        context.set_default_timeout(TIMEOUT)
        context.on("console", lambda message: complaints.append(f"{message.page.url}: {message.text}"))
        context.on("weberror", lambda problem: complaints.append(f"{problem.page.url}: {problem.error}"))
        if person:
            context.add_cookies([session_of(person, live_server.url)])
        return context.new_page()

    return open_browser


def session_of(person: User, url: str) -> Any:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    cookie = client.cookies["sessionid"]
    return {"name": cookie.key, "value": cookie.value, "url": url}


@pytest.fixture
def public_url(settings: Any, live_server: Any) -> str:
    """The address of the running site, also where it writes its own address."""
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)
