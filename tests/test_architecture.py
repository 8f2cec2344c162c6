"""Do the journeys of docs/architecture.md pass the files it names, from the top down, and none twice?

Each is walked for real through its page while Python tells which of our functions are called.
"""

import inspect
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from django.urls import get_resolver, reverse
from django.utils import timezone

from certificates import paper
from certificates.models import Certificate
from tests import builders
from tests.certificates.builders import build_attended, build_finished_run
from tests.pages import read
from trainings import booking, mails
from trainings.acts import Act
from trainings.models import Registration

ROOT = Path(__file__).resolve().parent.parent
DESCRIBED = (ROOT / "docs" / "architecture.md").read_text()
APPS = ("certificates", "trainings")

pytestmark = pytest.mark.django_db


def floors() -> dict[str, int]:
    """Each room by how high it stands, the models of trainings on 0."""
    found: dict[str, int] = {}
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = {contract["containers"][0]: contract["layers"] for contract in contracts if "containers" in contract}
    for app in reversed(APPS):
        for layer in reversed(layers[app]):
            height = max(found.values(), default=-1) + 1
            found |= {f"{app}/{room}": height for room in layer.split(" | ")}
    return found


def described(title: str) -> list[str]:
    """The files that the page names for the journey, in its order."""
    part = re.search(rf"^\*\*{re.escape(title)}\.\*\*(.*?)$", DESCRIBED, re.MULTILINE)
    assert part is not None, f"docs/architecture.md does not describe „{title}“"
    return re.findall(r"`((?:trainings|certificates)/[^`]+)`", part[1])


@contextmanager
def journey(title: str) -> Iterator[None]:
    """What is called inside is what the page describes. Models, and how days are written, are not told file by file."""
    passed: set[str] = set()

    def note(frame, event, _argument):
        path = Path(frame.f_code.co_filename)
        is_called = (
            event == "call" and frame.f_code.co_flags & inspect.CO_OPTIMIZED
        )  # not the body of a class or module
        if is_called and path.is_relative_to(ROOT):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(APPS) and not re.search(
                r"/models|/apps\.py|/dates\.py|/templatetags/|/context\.py", name
            ):
                passed.add(name)

    get_resolver().url_patterns  # noqa: B018  imports all pages
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
    named = described(title)
    height = floors()
    heights = [height[re.sub(r"\.py$", "", "/".join(name.split("/")[:2]))] for name in named]
    assert passed - set(named) == set(), f"docs/architecture.md, „{title}“, leaves them out"
    assert set(named) - passed == set(), f"docs/architecture.md, „{title}“, names them, and they are not passed"
    assert heights == sorted(heights, reverse=True), f"{title} climbs back up: {list(zip(named, heights, strict=True))}"
    assert len(named) == len(set(named))


def test_register_one(signed_in, participant):
    run = builders.build_run()
    client = signed_in(participant)
    with journey("Register one"):
        client.post(reverse("trainings:register", args=[run.pk]), {"acknowledged": "on", "needs": ""})
    assert Registration.objects.get().is_confirmed


@pytest.mark.slow
def test_register_a_list(signed_in, agency_contact):
    run = builders.build_run()
    lines = f"Beispiel;Ina;ina@{agency_contact.email.rpartition('@')[2]};Mitarbeitende"
    client, page = signed_in(agency_contact), reverse("trainings:register_list", args=[run.pk])
    with journey("Register a list"):
        checked = read(client.post(page, {"lines": lines})).form("checked")
        client.post(page, checked)
    assert Registration.objects.get().is_confirmed


@pytest.mark.slow
def test_deliver_a_mail(participant):
    run = builders.build_run()
    booking.register(run, participant, Act(participant))
    with journey("Deliver a mail"):
        assert mails.deliver_due() == 1


@pytest.mark.slow
def test_certificate_from_button_to_bytes(signed_in, coordinator):
    run = build_finished_run()
    build_attended(run)
    client = signed_in(coordinator)
    with journey("Certificate, from button to bytes"):
        client.post(reverse("certificates:issue", args=[run.pk]))
        paper.render_due(lambda: True)
    assert Certificate.objects.get().is_ready


def test_a_tap_in_attendance(signed_in, trainer):
    run = builders.build_run(trainers=[trainer], starts_at=builders.in_days(5, hour=9))
    registration = builders.build_registration(run)
    session = builders.only_session(run)
    with time_machine.travel(session.starts_at, tick=False):
        now = int(timezone.now().timestamp() * 1000)
        mark = {"key": str(uuid.uuid4()), "registration": registration.pk, "status": "present", "said_at": now}
        content = {"person": trainer.pk, "sent_at": now, "taps": [mark]}
        client = signed_in(trainer)
        with journey("A tap in attendance"):
            client.post(
                reverse("trainings:attendance_taps", args=[session.pk]),
                json.dumps(content),
                content_type="application/json",
            )
    assert registration.attendance_records.get().status == "present"
