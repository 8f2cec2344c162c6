"""Is there one way for a page to ask before something is done?"""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from tests.builders import build_registration, build_run, in_days

ROOT = Path(settings.BASE_DIR)
# They say beforehand what would be refused, or show more than one form and the whole of a run: see each.
SHOW_MORE = {
    "certificates/views/issuing.py: issue",
    "trainings/views/agency.py: hold_places",
    "trainings/views/agreements.py: _keep",
    "trainings/views/asking.py: ask",
    "trainings/views/coordination.py: register_other",
    "trainings/views/people.py: _save",
    "trainings/views/planning.py: invite_groups",
    "trainings/views/master_data.py: _form",
    "trainings/views/registration.py: move",
    "trainings/views/registration.py: register",
}


def test_pages_ask_by_one_mechanism():
    showing = {
        f"{path.relative_to(ROOT)}: {function.name}"
        for app in ["accounts", "trainings", "certificates"]
        for path in [*(ROOT / app).glob("views/*.py"), *(ROOT / app).glob("views.py")]
        for function in ast.parse(path.read_text()).body
        if isinstance(function, ast.FunctionDef) and re.search(r"\bshow\(\w+, \w+\)", ast.unparse(function))
    }
    assert showing - SHOW_MORE == set(), "use trainings.views.asking, or say here why not"
    assert SHOW_MORE - showing == set()


def test_pages_that_ask_say_what():
    for path in (ROOT / "templates").rglob("*.html"):
        source = path.read_text()
        if '{% extends "ask.html" %}' in source:
            blocks = set(re.findall(r"{% block (\w+) %}", source))
            assert {"titled", "breadcrumb", "heading", "button"} - blocks == set(), path


@pytest.mark.django_db
def test_a_reason_too_long_is_said_in_the_title_too(client, signed_in, participant):
    """So that those who listen hear of the error first."""
    registration = build_registration(build_run(starts_at=in_days(5)), participant)
    address = reverse("trainings:cancel", args=[registration.pk])
    page = signed_in(participant).post(address, {"reason": "x" * 501})
    assert "<title>Fehler: Abmelden: " in page.content.decode()
