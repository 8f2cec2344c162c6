"""How many page actions does a coordinator need from the desk? Links and buttons count, fields filled do not."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from tests.builders import build_course, build_funding, build_run, build_venue, in_days
from trainings.models import CourseRun

pytestmark = pytest.mark.browser

DAY = timezone.localdate() + dt.timedelta(days=40 - timezone.localdate().weekday())  # a Monday

Press = Callable[[Locator], None]


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def desk(request, browse, coordinator) -> Page:
    page = browse(coordinator, java_script_enabled=request.param)
    page.goto("/koordination/")
    return page


@pytest.fixture
def pressed() -> list[str]:
    return []


@pytest.fixture
def press(pressed) -> Iterator[Press]:
    """Counts."""

    def press(what: Locator) -> None:
        pressed.append(what.first.inner_text())
        what.first.click()

    return press


@pytest.fixture
def world(trainer):
    build_funding()
    course = build_course("Vielfalt", teaching_units=4)
    venue = build_venue("Kreishaus")
    return build_run(course, starts_at=in_days(30), trainers=[trainer], venue=venue, number="2026-077")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def confirm(page: Page) -> None:
    for box in page.locator("main [name='doubts']").all():
        box.check()


def when(page: Page) -> None:
    page.locator("[name='n0-day']").fill(DAY.isoformat())
    page.locator("[name='n0-start']").fill("09:00")
    page.locator("[name='n0-end']").fill("")
    page.locator("[name='n0-teaching_minutes']").fill("180")


def said(page: Page, words: str) -> None:
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_role("heading", level=1, name="Koordination")).to_be_visible()  # back where one came from


def test_a_new_run_is_published_in_four(world, desk, press, pressed):
    press(desk.get_by_role("link", name="Neuer Termin"))
    press(desk.get_by_role("main").get_by_role("link", name="Vielfalt"))
    when(desk)
    desk.get_by_label("Okafor, Ngozi").check()
    press(button(desk, "Veröffentlichen"))
    confirm(desk)
    press(button(desk, "So speichern"))
    said(desk, "Der Termin ist veröffentlicht.")
    assert len(pressed) <= 4
    assert CourseRun.objects.exclude(pk=world.pk).get().is_published


def test_a_copy_is_published_in_four(world, desk, press, pressed):
    press(desk.get_by_role("link", name="Kopieren"))
    when(desk)
    press(button(desk, "Veröffentlichen"))
    confirm(desk)
    press(button(desk, "So speichern"))
    said(desk, "Der Termin ist veröffentlicht.")
    assert len(pressed) <= 4
    assert CourseRun.objects.exclude(pk=world.pk).get().venue == world.venue


def test_the_venue_is_changed_in_three_with_a_preview(world, desk, press, pressed):
    other = build_venue("Rathaus", town="Mayen")
    press(desk.get_by_role("link", name="Bearbeiten"))
    desk.get_by_label("Veranstaltungsort").select_option(str(other.pk))
    press(button(desk, "Speichern"))
    expect(desk.get_by_role("cell", name="Rathaus, Mayen")).to_be_visible()
    confirm(desk)
    press(button(desk, "So speichern"))
    said(desk, "Der Termin ist gespeichert.")
    assert len(pressed) <= 3


def test_a_trainer_is_assigned_in_three(world, desk, press, pressed, trainer):
    alone = build_run(build_course("Islam"), starts_at=in_days(20))
    desk.reload()
    press(desk.get_by_role("link", name="Islam"))
    expect(desk.get_by_role("group", name="Kursleitung")).to_be_in_viewport()
    desk.get_by_label("Okafor, Ngozi").check()
    press(button(desk, "Speichern"))
    confirm(desk)
    press(button(desk, "So speichern"))
    said(desk, "Der Termin ist gespeichert.")
    assert len(pressed) <= 3
    assert [*alone.trainers.all()] == [trainer]
