"""Every page: no barrier that a machine can find, nothing wider than the screen, nothing that the policy forbids."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from demo import world as demo
from tests.browser.accessibility import barriers, poor_contrast
from tests.browser.sitemap import NO_PAGES, Stop, route
from tests.builders import build_run
from tests.test_access import of_the_site

pytestmark = pytest.mark.browser

WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
SCROLL = {"width": 360, "height": 4000}  # a phone that shows all at once: the bar at its foot covers nothing
TOO_WIDE = """() => {
  const most = document.scrollingElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= innerWidth) return [];
  const beyond = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > most + 1);
  return [`${document.scrollingElement.scrollWidth} px`, ...beyond.slice(0, 5).map(e => e.outerHTML.slice(0, 120))];
}"""
SIZE_OF_TEXT = "parseFloat(getComputedStyle(document.body).fontSize)"


@pytest.fixture
def demo_world(transactional_db: None) -> dict[User | None, list[Stop]]:
    """Loaded, with the way through it, which leaves no page of the site out."""
    demo.load()
    stops = route()
    visited = {stop.shows for seen in stops.values() for stop in seen}
    there = {*of_the_site(), ""}
    assert there - visited - NO_PAGES == set(), "lead there in tests/browser/sitemap.py, or declare in its NO_PAGES"
    assert (visited | NO_PAGES) - there == set(), "there are no such addresses: tests/browser/sitemap.py"
    return stops


def walk(browse, world: dict[User | None, list[Stop]], complaints: list[str]) -> Iterator[tuple[Stop, Page]]:
    """Every page, as its person sees it."""
    for person, stops in world.items():
        page = browse(person)
        for stop in stops:
            page.set_viewport_size(WIDE)
            stop.open(page)
            yield stop, page
            if stop.status == 404:  # the browser complains of the answer itself
                complaints[:] = [text for text in complaints if "status of 404" not in text]
        page.context.close()


def told(found: dict[str, list[str]]) -> list[str]:
    return [f"{where}: {what}" for where, what in found.items() if what]


def test_no_page_has_a_barrier(browse, demo_world, complaints):
    found: dict[str, list[str]] = {}
    for stop, page in walk(browse, demo_world, complaints):
        found[f"{stop}"] = barriers(page)
        page.emulate_media(color_scheme="dark")
        found[f"{stop}, dark"] = poor_contrast(page)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(SCROLL)
        found[f"{stop}, phone"] = barriers(page)
    assert told(found) == []


def test_the_menu_of_a_phone_has_no_barrier(browse, coordinator):
    build_run(trainers=[coordinator])  # so the menu has all entries
    page = browse(coordinator, viewport=PHONE)
    page.goto("/")
    page.get_by_text("Menü").click()
    expect(page.get_by_role("navigation", name="Hauptnavigation").get_by_role("link")).to_have_count(7)
    assert barriers(page) == []


def test_no_page_is_wider_than_the_screen(browse, demo_world, complaints):
    found: dict[str, list[str]] = {}
    for stop, page in walk(browse, demo_world, complaints):
        for width in (320, 360, 640, 800):
            page.set_viewport_size({"width": width, "height": 800})
            found[f"{stop} at {width} px"] = page.evaluate(TOO_WIDE)
        page.set_viewport_size(WIDE)
        settings = page.context.new_cdp_session(page)
        for size in (32, 16):  # pixels; people set it in their browser
            settings.send("Page.setFontSizes", {"fontSizes": {"standard": size}})
            assert page.evaluate(SIZE_OF_TEXT) == 1.125 * size
            found[f"{stop} with text of {size} pixels"] = page.evaluate(TOO_WIDE)
    assert told(found) == []
