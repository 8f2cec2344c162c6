"""What may be done with a run or a registration, by its phase and by who looks; pages show it and hold no rule."""

import datetime as dt
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

OF_A_RUN = {
    "draft": (
        ["register_other", "coordination_list", "messages", "export_xlsx", "edit_run"],
        [
            *["attendance", "run_sheets", "queue", "run_contingents", "run_reminders", "export_csv"],
            *["copy_run", "cancel_run"],
        ],
    ),
    "published": (
        [
            *["register_other", "coordination_list", "queue", "invite", "announce", "messages", "export_xlsx"],
            *["edit_run", "view"],
        ],
        [
            *["attendance", "run_sheets", "run_contingents", "run_reminders", "export_csv"],
            *["copy_run", "withdraw", "cancel_run"],
        ],
    ),
    "soon": (
        [
            *["register_other", "run_sheets", "queue", "announce", "messages", "run_reminders", "export_xlsx"],
            *["edit_run"],
        ],
        [
            *["coordination_list", "attendance", "run_contingents", "invite", "export_csv"],
            *["copy_run", "withdraw", "view", "cancel_run"],
        ],
    ),
    "running": (
        ["attendance", "run_sheets", "announce", "messages", "export_xlsx", "edit_run"],
        ["figures_of_run", "run_reminders", "export_csv", "copy_run", "view", "cancel_run"],
    ),
    "over": (
        ["attendance", "issue", "close", "figures_of_run", "announce", "messages", "export_xlsx"],
        ["run_sheets", "run_reminders", "export_csv", "edit_run", "copy_run", "view", "cancel_run"],
    ),
    "closed": (
        ["attendance", "issue", "figures_of_run", "announce", "messages", "export_xlsx"],
        ["run_sheets", "reopen", "run_reminders", "export_csv", "edit_run", "copy_run", "view"],
    ),
    "called off": (
        ["announce", "messages", "export_xlsx", "offer_other_run", "copy_run", "view"],
        ["attendance", "export_csv"],
    ),
}


def in_phase(phase: str) -> CourseRun:
    run = build_run(
        starts_at=in_days(5 if phase == "soon" else 15), **({"published_at": None} if phase == "draft" else {})
    )
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
        offered = actions.of_coordinator(run, has_people=False)
    assert (codes_of(offered.usual), codes_of(offered.rare)) == OF_A_RUN[phase]


@pytest.mark.slow
def test_every_action_leads_somewhere(client, signed_in, coordinator):
    client = signed_in(coordinator)
    run = build_run(starts_at=in_days(5))
    offered = actions.of_coordinator(run, has_people=True)
    for action in [*offered.usual, *offered.rare]:
        assert client.get(action.url).status_code == 200, action.code


def test_a_run_with_people_is_not_withdrawn():
    run = build_run(starts_at=in_days(5))
    build_registration(run)
    offered = codes_of(actions.of_coordinator(CourseRun.objects.get(pk=run.pk), has_people=True).rare)
    assert "withdraw" not in offered
    assert "copy_run" in offered


@pytest.mark.parametrize(
    ("status", "own", "codes"),
    [
        ("requested", False, ["decide", "cancel_colleague", "end_account"]),
        ("requested", True, ["cancel_colleague"]),  # nobody decides on their own
        ("confirmed", False, ["substitute_colleague", "cancel_colleague", "end_account"]),
        ("waitlisted", False, ["cancel_colleague", "end_account"]),
        ("cancelled", False, ["end_account"]),
    ],
)
def test_what_contacts_may_do_with_a_registration(status, own, codes, agency_contact):
    person = agency_contact if own else build_person("kollegin@mayen.example")
    registration = build_registration(build_run(starts_at=in_days(5)), person, status)
    assert [action.code for action in actions.of_contact_on(registration, agency_contact)] == codes
    after = only_session(registration.run).starts_at
    left = actions.of_contact_on(registration, agency_contact, after)
    assert [action.code for action in left] == ([] if own else ["end_account"])


@pytest.mark.parametrize(
    ("status", "is_free", "codes"),
    [
        ("confirmed", False, ["cancel", "change_runs", "pass_on", "change_needs"]),
        ("requested", False, ["cancel", "change_runs", "change_needs"]),
        ("waitlisted", False, ["cancel", "change_needs"]),
        ("waitlisted", True, ["claim", "change_needs"]),
        ("offered", False, ["accept", "decline", "change_needs"]),
    ],
)
def test_what_people_may_do_with_their_own(status, is_free, codes, participant):
    registration = build_registration(build_run(starts_at=in_days(5)), participant, status)
    card = actions.RegistrationCard(registration, timezone.now(), is_free=is_free)
    assert [action.code for action in card.actions] == codes


@pytest.mark.parametrize(
    ("status", "codes"),
    [("requested", ["approve", "decline"]), ("offered", ["give_now"]), ("waitlisted", ["move_up", "give_now"])],
)
def test_what_coordinators_decide_past_the_queue(status, codes, coordinator):
    registration = build_registration(build_run(starts_at=in_days(5)), build_person(), status)
    assert [action.code for action in actions.of_coordinator_in_queue(registration, coordinator)] == codes
    assert actions.of_coordinator_in_queue(registration, registration.person) == []


def codes_of(found: list[actions.Action]) -> list[str]:
    return [action.code for action in found]


def test_what_trainers_may_do_with_a_list(trainer, coordinator):
    run = build_run(starts_at=in_days(5), format="hybrid")
    session = only_session(run)
    before = actions.on_list(session, trainer)
    assert (codes_of(before.actions), before.is_begun) == (["session_sheet", "check_ins"], False)
    begun = actions.on_list(session, trainer, session.starts_at)
    assert codes_of(begun.actions) == [*codes_of(before.actions), "online_attendance", "add_walk_in", "paper", "submit"]
    assert (begun.is_begun, begun.takes_taps, begun.is_locked) == (True, True, False)
    session.run.format = "on_site"
    assert "online_attendance" not in codes_of(actions.on_list(session, trainer, session.starts_at).actions)


def test_a_closed_list_is_corrected_by_coordinators_with_the_button(trainer, coordinator):
    session = only_session(build_run(starts_at=in_days(5)))
    session.run.closed_at = timezone.now()
    locked = actions.on_list(session, trainer, session.ends_at)
    assert (locked.takes_taps, locked.is_locked) == (False, True)
    corrected = actions.on_list(session, coordinator, session.ends_at)
    assert (corrected.takes_taps, corrected.is_locked) == (False, False)


def test_a_list_is_not_signed_for_what_does_not_take_place(trainer):
    session = only_session(build_run(starts_at=in_days(5)))
    session.run.cancelled_at = timezone.now()
    assert codes_of(actions.on_list(session, trainer).actions) == ["check_ins"]


def test_what_trainers_see_of_a_run():
    hours = dt.timedelta(hours=6)
    run = build_run(sessions=[(in_days(day), in_days(day) + hours) for day in (5, 6, 7)])
    first, _second, last = run.sessions.order_by("starts_at")
    last.cancelled_at = timezone.now()
    last.save()
    taught = actions.of_trainer(run, first.starts_at)
    assert codes_of(taught.actions) == ["run_sheets"]
    assert [(row.is_begun, codes_of(row.actions)) for row in taught.sessions] == [
        (True, ["attendance", "session_sheet"]),
        (False, ["attendance", "session_sheet"]),
        (False, []),
    ]
    assert actions.of_trainer(build_run(starts_at=in_days(5))).actions == []


# --- Templates --------------------------------------------------------------------------------------

NOUNS = r"\b(run|session|registration|certificate|subscription|message|found|contingent|course|user|person)\."
MOMENT = r"_(at|on|by|until)\b"
RULES = {
    "compares a status": re.compile(r"\bstatus\b *(==|!=|in\b)"),
    "compares moments or days": re.compile(
        r"\b(now|today)\b|_(at|on|by|until)\b *[<>=!]|[<>=] *[\w.]+_(at|on|by|until)\b"
    ),
    "asks what somebody may": re.compile(r"\bperms\b|user\.(is_(?!authenticated)|has_|pk|agency|groups)"),
    "asks what the clock decides": re.compile(
        NOUNS + r"(can_|has_started|is_finished|is_(before|after|open)_|has_run_out)"
    ),
    "combines what is known of a noun": re.compile(
        rf"(\bnot {NOUNS}|{NOUNS}[\w.]+ (and|or) not\b|{NOUNS}(is|has)_\w+ (and|or)\b|\b(and|or) {NOUNS}(is|has)_)"
    ),
    "compares a choice of a noun": re.compile(NOUNS + r"(?!language)\w+ *(==|!=) *[\"\w]"),
}
# Which word or sign is shown, not what may be done.
SHOWN = {
    "_status.html": {"compares a status"},  # sign and colour of every status
    "_navigation.html": {"asks what somebody may"},  # the areas of one's roles
    "trainings/booking/_expected_outcome.html": {"asks what somebody may"},  # who decides, where no agency is known
    "trainings/attendance/paper.html": {"compares a choice of a noun"},  # who came along is marked
    "trainings/mails/messages.html": {"compares a choice of a noun"},  # whom it is about, if that is not who gets it
}


def rules_in(source: str) -> set[str]:
    """Which kinds of rule the conditions of a template hold, and what it hands to others."""
    asked = re.findall(r"{% (?:if|elif|with|include|firstof) ([^%]*)%}", source)
    return {name for name, is_rule in RULES.items() if any(is_rule.search(condition) for condition in asked)}


def test_no_template_of_a_page_holds_a_rule():
    """Mails tell of what is, and are read later: what they say is decided where they are composed."""
    pages = ROOT / "templates"
    held = {
        str(path.relative_to(pages)): rules
        for path in pages.rglob("*.html")
        if path.relative_to(pages).parts[0] != "emails" and (rules := rules_in(path.read_text()))
    }
    assert held == SHOWN, "decide it in trainings.actions, or where the rule of the room lives, and show what that says"


@pytest.mark.parametrize(
    "condition",
    [
        'registration.status == "confirmed"',
        "run.starts_at > now",
        "place.held_until <= moment",
        "perms.trainings.change_run",
        "request.user.is_coordinator",
        "registration.person_id != user.pk",
        "session.can_be_recorded",
        "run.has_started",
        "not run.is_cancelled",
        "run.is_closed and form.asks",
        "session.is_cancelled or run.is_cancelled",
        'run.approval == "required"',
        "certificate.is_ready and not certificate.erased_at",
        "subscription.kind == subscription.Kind.PERSONAL",
    ],
)
def test_such_a_condition_is_a_rule(condition):
    assert rules_in("{% if " + condition + " %}") != set()


@pytest.mark.parametrize("condition", ["run.is_cancelled", "not may_publish", "rows|length > 1", "action.look"])
def test_such_a_condition_only_shows(condition):
    assert rules_in("{% if " + condition + " %}") == set()


def test_the_page_of_a_run_holds_no_rule():
    """Whether something is there may be asked in a template; what may be done is decided in ``trainings.actions``."""
    source = (ROOT / "templates/trainings/planning/coordination_run.html").read_text()
    conditions = re.findall(r"{% (?:el)?if ([^%]*)%}", source)
    assert conditions
    is_rule = re.compile(r"[=<>]|\b(is|has|can)_|\.status\b|\bnot (?!forloop)|\bin\b")
    rules = [asked for asked in conditions if is_rule.search(asked)]
    assert rules == []
