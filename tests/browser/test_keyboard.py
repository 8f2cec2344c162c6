"""Everything works with the keyboard alone, and one always sees where one is."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.builders import build_course, build_person, build_registration, build_run, in_days
from trainings.models import Registration

pytestmark = pytest.mark.browser

TITLE = "Grundsensibilisierung „Asyl und Flucht“"

# Where the focus is, and what is wrong with it. A ring counts on the element or on the label around it; in sight is
# what can be hit at the middle of the element, by itself or by its label.
FOCUS = """() => {
  const at = document.activeElement, wrong = [];
  const style = e => getComputedStyle(e);
  const ring = e => style(e).outlineStyle !== "none" && parseFloat(style(e).outlineWidth) >= 2;
  const label = at.closest("label");
  const words = at.labels?.[0]?.innerText || at.innerText || at.getAttribute("aria-label") || at.id || at.tagName;
  if (at === document.body) wrong.push("nowhere");
  else {
    if (!ring(at) && !(label && ring(label))) wrong.push("no ring");
    const box = (label || at).getBoundingClientRect();
    const line = [...(label || at).getClientRects()][0];
    const x = Math.min(line.x + line.width / 2, innerWidth - 2), y = line.y + Math.min(line.height / 2, 20);
    const hit = document.elementFromPoint(x, y);
    const inside = hit && (at.contains(hit) || (label && label.contains(hit)) || hit === at.parentElement);
    if (!inside) wrong.push(`out of sight at ${Math.round(x)}, ${Math.round(y)}: ${hit && hit.outerHTML.slice(0, 80)}`);
    if (box.width < 1 || box.height < 1) wrong.push("no size");
  }
  const seen = (window.seen ??= new Set());
  if (seen.has(at)) wrong.push("again");
  seen.add(at);
  const html = at.outerHTML.slice(0, 200);
  return { words: words.replace(/\\s+/g, " ").trim(), main: !!at.closest("main"), wrong, html };
}"""
# What the tab key should reach; of the buttons of one group the keyboard reaches one.
REACHABLE = """() => {
  const any = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const all = document.querySelectorAll(any);
  const seen = [...all].filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0);
  const groups = new Set();
  return seen.filter(e => e.type !== "radio" || (!groups.has(e.name) && groups.add(e.name))).length;
}"""


def tab_to(page: Page, words: str, *, most: int = 60) -> None:
    """Press Tab until the focus is on what begins with these words; every step is looked at."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["wrong"] == [], focus
        if focus["words"].startswith(words):
            return
    raise AssertionError(f"{words!r} cannot be reached")


def press_enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_find_and_register(browse, participant):
    build_run(build_course("„Menschen in Syrien“"), starts_at=in_days(20))
    build_run(build_course(TITLE), starts_at=in_days(30))
    page = browse(participant)
    page.goto("/")

    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)["words"] == "Zum Inhalt springen"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focus = page.evaluate(FOCUS)
    assert (focus["main"], focus["words"].startswith("Für Mitarbeitende"), focus["wrong"]) == (True, True, [])
    tab_to(page, "Suchbegriff")
    page.keyboard.type("Asyl")
    press_enter(page)
    assert page.get_by_role("main").get_by_role("heading", level=2).all_inner_texts() == [TITLE]

    tab_to(page, TITLE)
    press_enter(page)
    tab_to(page, "Anmelden")
    press_enter(page)
    tab_to(page, "Verbindlich anmelden")
    press_enter(page)
    expect(page.get_by_text("Platz bestätigt")).to_be_visible()
    assert Registration.objects.get().person == participant


def test_narrow_the_choice_with_the_lists_of_the_filter(browse):
    build_run(build_course("Für alle"))
    build_run(build_course("Für Ehrenamtliche", groups=["volunteers"]))
    page = browse()
    page.goto("/")
    tab_to(page, "Zielgruppe")
    page.keyboard.press("End")  # the last of the list
    tab_to(page, "nur mit freien Plätzen")
    page.keyboard.press("Space")
    press_enter(page)
    assert (page.get_by_label("Zielgruppe").input_value(), page.get_by_label("nur mit freien").is_checked()) == (
        "volunteers",
        True,
    )
    assert page.get_by_role("main").get_by_role("heading", level=2).all_inner_texts() == [
        "Für alle",
        "Für Ehrenamtliche",
    ]


def test_a_refused_form_puts_the_focus_on_what_is_wrong(browse, coordinator):
    run = build_run(build_course(TITLE))
    registration = build_registration(run)
    page = browse(coordinator)
    page.goto(f"/koordination/anmeldungen/{registration.pk}/abmelden/")
    page.get_by_label("Grund").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    tab_to(page, "Grund", most=1)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Grund")).to_be_focused()
    assert page.get_by_label("Grund").get_attribute("aria-describedby") == "id_reason_helptext id_reason_error"


@pytest.mark.parametrize("width", [1280, 360])
def test_tab_reaches_everything_and_never_gets_lost(browse, coordinator, width):
    now = timezone.now()
    running = build_run(build_course(TITLE), trainers=[coordinator], starts_at=now - dt.timedelta(hours=2))
    for number in range(8):
        build_registration(running, build_person(last_name=f"Name{number}"))
    coming = build_run(build_course("„Menschen in Syrien“"), starts_at=in_days(20))
    registration = build_registration(coming, coordinator)
    page = browse(coordinator, viewport={"width": width, "height": 740})
    for address in [
        "/",
        coming.course.get_absolute_url(),
        "/meine-schulungen/",
        f"/meine-schulungen/{registration.pk}/abmelden/",
        "/konto/",
        "/konto/anmeldungen/",
        "/meine-daten/",
        f"/koordination/personen/{coordinator.pk}/",
        f"/leitung/sitzungen/{running.sessions.get().pk}/",
        f"/koordination/termine/{coming.pk}/",
        f"/koordination/termine/{coming.pk}/anmelden/",
    ]:
        page.goto(address)
        if width < 768:
            page.locator(".app-menu").evaluate("menu => menu.open = false")
        steps = []
        for _ in range(page.evaluate(REACHABLE)):
            page.keyboard.press("Tab")
            steps.append(page.evaluate(FOCUS))
        assert [(address, step) for step in steps if step["wrong"]] == []
        assert steps[-1]["words"].startswith("schulungen@")  # the last link of the page
