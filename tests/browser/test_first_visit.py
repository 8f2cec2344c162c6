"""How far is it from the first page to a place? Counted in clicks and answers, at the width of a phone."""

import re
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import expect

from accounts.models import User
from tests import builders
from trainings import booking
from trainings.acts import Act

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"viewport": {"width": 360, "height": 740}}
TO_A_PLACE = re.compile("^Verbindlich anmelden$")


@pytest.fixture
def run(agency: Any) -> Any:
    return builders.build_run(builders.build_course("Asylrecht", summary="Ein Satz."), starts_at=builders.in_days(30))


@pytest.mark.parametrize("javascript", [True, False])
def test_a_newcomer_needs_five_clicks_and_four_answers(browse: Any, run: Any, settings: Any, javascript: bool) -> None:
    settings.DEMO = False
    page = browse(**PHONE, java_script_enabled=javascript)
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Anmelden ?: Asylrecht")).click()  # 1
    expect(page.get_by_role("heading", name="Einloggen", level=1)).to_be_visible()
    expect(page.get_by_role("main"), "the sign-in names what one is on the way to").to_contain_text("Asylrecht")
    page.locator("#id_email").fill("anna.klein@mayen.example")  # 1
    page.get_by_role("button", name=re.compile("Code")).click()  # 2
    page.wait_for_url("**/anmelden/code/**")
    [code] = re.findall(r"^([A-Z0-9-]{6,12})$", mail.outbox[-1].body, re.MULTILINE)
    page.locator("#id_code").fill(code)  # 2
    page.locator("main").get_by_role("button", name="Einloggen").click()  # 3
    page.wait_for_url("**/konto/**")
    page.get_by_label("Mitarbeitende").check()  # 3
    page.get_by_label(re.compile("Datenschutzhinweise")).check()  # 4
    page.get_by_role("button", name="Speichern und weiter").click()  # 4
    page.get_by_role("button", name=TO_A_PLACE).click()  # 5
    page.wait_for_url("**/meine-schulungen/*/")
    expect(page.get_by_role("main")).to_contain_text("Sie haben einen Platz")
    person = User.objects.get(email="anna.klein@mayen.example")
    assert [person.first_name, person.last_name, person.registrations.get().is_confirmed] == ["Anna", "Klein", True]


def test_who_is_signed_in_needs_two_clicks(browse: Any, run: Any, participant: Any) -> None:
    page = browse(participant, **PHONE)
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Anmelden ?: Asylrecht")).click()
    page.get_by_role("button", name=TO_A_PLACE).click()
    page.wait_for_url("**/meine-schulungen/*/")


@pytest.mark.parametrize("asked", ["asylrect", "asyl"])
def test_after_a_search_the_first_result_is_in_view(browse: Any, run: Any, asked: str) -> None:
    page = browse(**PHONE)
    page.goto("/")
    page.locator("#filter_q").fill(asked)
    page.get_by_role("button", name="Suchen").click()
    page.wait_for_url("**q=*")
    page.wait_for_timeout(300)
    box = page.get_by_role("heading", name="Asylrecht").bounding_box()
    assert 0 <= box["y"] < 740 - box["height"]
    page.go_back()
    expect(page.locator("#filter_q"), "the form says what the list shows").to_have_value("")
    page.go_forward()
    expect(page.locator("#filter_q")).to_have_value(asked)


def test_the_whole_first_registration_by_keyboard_alone(browse: Any, run: Any, participant: Any) -> None:
    page = browse(participant)
    page.goto("/")

    def tab_to(name: str) -> None:
        for _step in range(60):
            page.keyboard.press("Tab")
            if re.match(name, page.evaluate("document.activeElement.innerText.trim()") or ""):
                return
        raise AssertionError(f"{name} was not reached")

    tab_to(r"Anmelden\s*:\s*Asylrecht")
    page.keyboard.press("Enter")
    page.wait_for_url("**/anmelden/")
    tab_to("Verbindlich anmelden")
    page.keyboard.press("Enter")
    page.wait_for_url("**/meine-schulungen/*/")


def test_a_full_run_leads_to_the_free_one_in_one_click_more(browse: Any, run: Any, participant: Any) -> None:
    booking.change_capacity(run, 1, Act(builders.build_person(role="coordinator")))
    booking.register(run, other := builders.build_person(), Act(other))
    free = builders.build_run(run.course, starts_at=builders.in_days(40))
    page = browse(participant, **PHONE)
    page.goto(f"/termine/{run.pk}/anmelden/")
    page.get_by_role("link", name=re.compile("^Diesen Termin nehmen")).click()
    page.wait_for_url(f"**/termine/{free.pk}/anmelden/")
    page.get_by_role("button", name=TO_A_PLACE).click()
    page.wait_for_url("**/meine-schulungen/*/")
