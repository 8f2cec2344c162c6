"""What may be done with a run or a registration, by its phase and by who looks; pages show it and hold no rule."""

import re
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from tests.builders import build_person, build_registration, build_run, in_days, only_session
from trainings import actions
from trainings.models import CourseRun

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db

ALWAYS = ["messages", "export_xlsx", "export_csv", "edit"]
FILLING = [
    "register_other",
    "coordination_list",
    "attendance",
    "run_sheets",
    "move_session",
    "queue",
    "run_contingents",
]
OF_A_RUN = {
    "draft": [*FILLING, "messages", "run_reminders", "export_xlsx", "export_csv", "edit", "cancel_run"],
    "published": [*FILLING, "invite", "announce", "messages", "run_reminders", *ALWAYS[1:], "view", "cancel_run"],
    "running": [
        *["attendance", "run_sheets", "figures_of_run", "announce", "messages", "run_reminders", *ALWAYS[1:], "view"],
        "cancel_run",
    ],
    "over": [
        *["attendance", "run_sheets", "issue", "close", "figures_of_run", "announce", "messages", "run_reminders"],
        *[*ALWAYS[1:], "view"],
    ],
    "closed": [
        *["attendance", "run_sheets", "issue", "figures_of_run", "announce", "messages", "run_reminders"],
        *[*ALWAYS[1:], "view"],
    ],
    "called off": ["attendance", "announce", *ALWAYS, "view"],
}


def in_phase(phase: str) -> CourseRun:
    run = build_run(starts_at=in_days(5), **({"published_at": None} if phase == "draft" else {}))
    if phase == "called off":
        run.cancelled_at = timezone.now()
    if phase == "closed":
        run.closed_at = timezone.now()
    return run


@pytest.mark.parametrize("phase", OF_A_RUN)
def test_what_coordinators_may_do_with_a_run(phase):
    run = in_phase(phase)
    days = {"running": run.starts_at, "over": run.ends_at, "closed": run.ends_at}
    with time_machine.travel(days.get(phase, timezone.now()), tick=False):
        offered = [action.code for action in actions.of_coordinator(run, has_people=False)]
    assert offered == OF_A_RUN[phase]


def test_every_action_leads_somewhere(client, signed_in, coordinator):
    client = signed_in(coordinator)
    run = build_run(starts_at=in_days(5))
    for action in actions.of_coordinator(run, has_people=True):
        assert client.get(action.url).status_code == 200, action.code


@pytest.mark.parametrize(
    ("status", "own", "codes"),
    [
        ("requested", False, ["decide", "cancel_colleague"]),
        ("requested", True, ["cancel_colleague"]),  # nobody decides on their own
        ("confirmed", False, ["substitute_colleague", "cancel_colleague"]),
        ("waitlisted", False, ["cancel_colleague"]),
        ("cancelled", False, []),
    ],
)
def test_what_contacts_may_do_with_a_registration(status, own, codes, agency_contact):
    person = agency_contact if own else build_person()
    registration = build_registration(build_run(starts_at=in_days(5)), person, status)
    assert [action.code for action in actions.of_contact_on(registration, agency_contact)] == codes
    after = only_session(registration.run).starts_at
    assert actions.of_contact_on(registration, agency_contact, after) == []


@pytest.mark.parametrize(
    ("status", "is_free", "codes"),
    [
        ("confirmed", False, ["cancel", "pass_on"]),
        ("requested", False, ["cancel"]),
        ("waitlisted", False, ["cancel"]),
        ("waitlisted", True, ["claim"]),
        ("offered", False, ["accept", "decline"]),
    ],
)
def test_what_people_may_do_with_their_own(status, is_free, codes, participant):
    registration = build_registration(build_run(starts_at=in_days(5)), participant, status)
    card = actions.RegistrationCard(registration, timezone.now(), is_free=is_free)
    assert [action.code for action in card.actions] == codes


def test_the_page_of_a_run_holds_no_rule():
    """Whether something is there may be asked in a template; what may be done is decided in ``trainings.actions``."""
    source = (ROOT / "templates/trainings/planning/coordination_run.html").read_text()
    conditions = re.findall(r"{% (?:el)?if ([^%]*)%}", source)
    assert conditions
    is_rule = re.compile(r"[=<>]|\b(is|has|can)_|\.status\b|\bnot (?!forloop)|\bin\b")
    rules = [asked for asked in conditions if is_rule.search(asked)]
    assert rules == []
