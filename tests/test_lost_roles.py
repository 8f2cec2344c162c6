"""Who has lost a role, with the browser still open: every address answers as if they had never had it.

The expectations are the columns of tests/test_access.py: those of a stranger for the browser left open, and of a
participant who owns nothing of what the addresses are about for somebody who signs in again.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts import people as accounts
from accounts.models import User
from tests.builders import build_agency, build_person, planner
from tests.test_access import (  # noqa: F401
    CHANGING,
    PEOPLE,
    READING,
    against_the_table,
    args,
    everything,
    filled_in,
    outcome,
    people,
    rows,
    what_is_posted,
)
from trainings import people as operations
from trainings import planning
from trainings.acts import Act
from trainings.models import CourseRun

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
STRANGER, NOBODY_SPECIAL = PEOPLE.index("anonymous"), PEOPLE.index("other_participant")


def trains_no_more(trainer: User, by: User) -> None:
    for run in CourseRun.objects.taught_by(trainer):
        planning.change_run(run, planning.Edit({"trainers": []}), planner())


def is_dismissed(person: User, by: User) -> None:
    operations.leave(person, Act(by, reason="gekündigt"))


def is_merged(person: User, by: User) -> None:
    operations.merge(build_person(), person, Act(by, reason="doppelt"))


Way = Callable[[User, User], object]
# Who it is, and how it comes about: (person, another coordinator).
WAYS: dict[str, tuple[str, Way]] = {
    "coordinator, role taken": (
        "coordinator",
        lambda person, by: operations.change_person(person, {"role": "participant"}, Act(by)),
    ),
    "coordinator, gone by themselves": ("coordinator", lambda person, by: operations.leave(person, Act(person))),
    "coordinator, dismissed": ("coordinator", is_dismissed),
    "superuser, no more": (
        "superuser",
        lambda person, by: accounts.change(person, {"is_superuser": False, "role": "participant"}, by=None),
    ),
    "superuser, gone by themselves": ("superuser", lambda person, by: operations.leave(person, Act(person))),
    "contact, role taken": (
        "agency_contact",
        lambda person, by: operations.change_person(person, {"role": "participant"}, Act(by)),
    ),
    "contact, of another employer": (
        "agency_contact",
        lambda person, by: operations.change_person(
            person, {"agency": build_agency("Kruft", "kruft.example")}, Act(by)
        ),
    ),
    "contact, dismissed": ("agency_contact", is_dismissed),
    "contact, merged": ("agency_contact", is_merged),
    "trainer, replaced": ("trainer", trains_no_more),
    "trainer, dismissed": ("trainer", is_dismissed),
    "trainer, merged": ("trainer", is_merged),
}
# The session goes on: who trains is asked at each page.
GO_ON = {"trainer, replaced"}


@pytest.fixture
def posted(args) -> dict[str, dict[str, Any]]:  # noqa: F811
    """As long as there is one coordinator."""
    return what_is_posted(args)


@pytest.fixture
def lose(request, coordinator, posted) -> Callable[[str], tuple[User, Client]]:
    """The person, and the browser they had open."""

    def loses(way: str) -> tuple[User, Client]:
        name, act = WAYS[way]
        chief = build_person(role="coordinator", is_superuser=True) if name == "superuser" else None
        person = chief or request.getfixturevalue(name)
        other = build_person("zweite@kreis-myk.example", role="coordinator")
        browser = Client()
        browser.force_login(person, backend=BACKEND)
        assert browser.get(reverse("trainings:my_registrations")).status_code == 200
        browser.cookies.pop("csrftoken", None)  # with it a form is answered by a page that shows what was typed
        act(person, other)
        person.refresh_from_db()
        return person, browser

    return loses


def back_office() -> list[str]:
    return [reverse("admin:index")] + [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")
        for model in admin.site._registry
        for page in ("changelist", "add")
    ]


Args = dict[str, list[Any]]
Posted = dict[str, dict[str, Any]]


def otherwise(
    client: Client,
    args: Args,  # noqa: F811
    posted: Posted,
    column: int,
    names: set[str] | None = None,
) -> Iterator[str]:
    """Where the client gets something else than those of that column."""
    before = everything()
    for name, outcomes in rows(CHANGING).items():
        if (names is not None and name not in names) or outcomes[column] == "may":
            continue
        client.cookies.pop("csrftoken", None)
        seen = outcome(client.post(filled_in(name, args), posted.get(name, {"reason": ""})))
        if seen != outcomes[column]:
            yield f"POST {name}: {seen}, not {outcomes[column]}"
    for name, outcomes in rows(READING).items():
        if names is not None and name not in names:
            continue
        seen = outcome(client.get(filled_in(name, args)))
        if seen != outcomes[column]:
            yield f"GET {name}: {seen}, not {outcomes[column]}"
    for address in back_office():
        seen = outcome(client.get(address))
        if seen != "404" and (column != STRANGER or seen not in {"moved", "sign-in"}):
            yield f"GET {address}: {seen}"
    if everything() != before:
        yield "something changed"


A_FEW = {
    "trainings:coordination", "trainings:person", "trainings:edit_person", "trainings:audit", "trainings:table_file",
    "trainings:agency", "trainings:decide", "trainings:teaching", "trainings:attendance", "trainings:attendance_taps",
}  # fmt: skip


@pytest.mark.parametrize("way", ["coordinator, role taken", "contact, role taken", "trainer, replaced"])
def test_who_lost_a_role_gets_nowhere_by_it(lose, args, posted, way):  # noqa: F811
    person, browser = lose(way)
    if way not in GO_ON:
        assert [*otherwise(browser, args, posted, STRANGER, A_FEW)] == []
    browser.force_login(person, backend=BACKEND)
    assert [*otherwise(browser, args, posted, NOBODY_SPECIAL, A_FEW)] == []


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_every_address_answers_who_lost_a_role_as_if_they_had_never_had_it(lose, args, posted, way):  # noqa: F811
    person, browser = lose(way)
    if way not in GO_ON:
        assert [*otherwise(browser, args, posted, STRANGER)] == []
    browser = Client()
    browser.force_login(person, backend=BACKEND)
    assert [*otherwise(browser, args, posted, NOBODY_SPECIAL if person.is_active else STRANGER)] == []
