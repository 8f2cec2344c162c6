"""The switch changes the language and nothing else."""

import pytest
from playwright.sync_api import expect

from tests.builders import build_course, build_run

pytestmark = pytest.mark.browser


def test_the_switch_keeps_the_page_and_what_was_chosen_on_it(browse):
    build_run(build_course("Asyl und Flucht", title_en="Asylum and flight"))
    page = browse()
    page.goto("/?q=flucht&stufe=basic")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kostenlose Schulungen zur interkulturellen Kompetenz")
    address = page.url
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Free trainings in intercultural competence")
    assert (page.url, page.locator("html").get_attribute("lang")) == (address, "en")
    expect(page.get_by_alt_text("Co-funded by the European Union")).to_be_visible()
    page.get_by_role("link", name="Asylum and flight").click()
    expect(page.get_by_role("heading", level=2, name="Contents")).to_be_visible()

    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", level=2, name="Inhalte")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "de"


def test_a_browser_that_asks_for_english_gets_english(browse):
    page = browse(locale="en-GB")
    page.goto("/anmelden/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
