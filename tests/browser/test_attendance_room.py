"""The trainer's room on a phone: every mark has a way back, a full hall fits, and the evening before is enough."""

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.accessibility import barriers
from tests.browser.test_attendance_offline import (
    EXPECTED,
    LEFT_BEHIND,
    PHONE,
    address,
    eventually,
    lose_network,
    mark,
    recorded,
    status,
)
from tests.builders import build_course, build_person, build_registration, build_run, only_session
from trainings import attendance
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import AttendanceChange, AttendanceRecord, CourseRun, Registration, Session

pytestmark = pytest.mark.browser

# Of a newcomer who is refused, and of a page that asks for its worker as the network goes.
ALSO_EXPECTED = re.compile(r"status of 422|An unknown error occurred when fetching the script")
KEPT_PATHS = """async () => {
  if (!await caches.has("attendance-pages")) return [];
  const kept = await (await caches.open("attendance-pages")).keys();
  return kept.map((request) => new URL(request.url).pathname).sort();
}"""


def hall(trainers: list[Any], number: int, **begins: float) -> Session:
    """A session with so many people, Gast000 first; began an hour ago, or begins in so many ``hours``."""
    starts_at = timezone.now() + dt.timedelta(**(begins or {"hours": -1}))
    course = build_course("Interkulturelle Kommunikation im Bürgerservice")
    run = build_run(course, trainers=trainers, starts_at=starts_at, capacity=number)
    for index in range(number):
        build_registration(run, build_person(first_name="Kim", last_name=f"Gast{index:03}"))
    return only_session(run)


@pytest.fixture
def phone(browse, complaints) -> Any:
    """``phone(person)`` is a page on a phone of that person."""
    pages = []

    def on_a_phone(person: Any, **options: Any) -> Page:
        pages.append(browse(person, **{**PHONE, **options}))
        return pages[-1]

    yield on_a_phone
    for page in pages:
        page.context.close()  # nothing is said after what is looked through now
    complaints[:] = [text for text in complaints if not EXPECTED.search(text) and not ALSO_EXPECTED.search(text)]


def undo(page: Page) -> Any:
    return page.locator("[data-undo]")


def group(page: Page, name: str) -> Any:
    return page.get_by_role("group", name=name)


def saved(page: Page) -> None:
    expect(status(page)).to_have_text("Gespeichert")


def pause(page: Page) -> None:
    """The script listens once it has looked at what the device remembers."""
    expect(page.locator("[data-save]")).to_be_hidden()


# --- The way back ---------------------------------------------------------------------------------


def test_a_mark_is_taken_back_right_after_or_set_back_later(phone, trainer):
    session = hall([trainer], 3)
    page = phone(trainer)
    page.goto(address(session))
    mark(page, "Gast000", "gefehlt")
    saved(page)
    expect(undo(page)).to_have_text("Rückgängig: Gast000, Kim")
    assert barriers(page) == []
    undo(page).tap()
    expect(page.get_by_text("0 von 3 erfasst")).to_be_visible()
    eventually(lambda: recorded(session) == {})
    mark(page, "Gast001", "anwesend")
    page.reload()
    eventually(lambda: recorded(session) == {"Gast001": "present"})
    group(page, "Gast001").get_by_text("zurücksetzen").tap()
    expect(page.get_by_text("0 von 3 erfasst")).to_be_visible()
    expect(group(page, "Gast001").get_by_text("zurücksetzen")).to_be_hidden()
    eventually(lambda: recorded(session) == {})
    changes = AttendanceChange.objects.order_by("pk").values_list("from_status", "to_status", "actor")
    assert list(changes) == [
        ("", "absent", trainer.pk),
        ("absent", "", trainer.pk),
        ("", "present", trainer.pk),
        ("present", "", trainer.pk),
    ]


@pytest.mark.parametrize("network", ["there", "gone"])
def test_everybody_present_is_taken_back_whole(phone, trainer, other_trainer, network):
    session = hall([trainer, other_trainer], 4)
    page = phone(trainer)
    page.goto(address(session))
    mark(page, "Gast000", "entschuldigt")
    saved(page)
    if network == "gone":
        lose_network(page.context)
    page.get_by_role("button", name="Alle übrigen anwesend").tap()
    expect(undo(page)).to_have_text("Rückgängig: 3 Personen")
    expect(page.get_by_text("4 von 4 erfasst")).to_be_visible()
    if network == "there":
        saved(page)
        gast = Registration.objects.get(person__last_name="Gast003")
        attendance.record(session, {gast.pk: Mark("absent")}, Act(other_trainer))
    undo(page).tap()
    expect(page.get_by_text("1 von 4 erfasst") if network == "gone" else undo(page)).to_be_visible(
        visible=network == "gone"
    )
    page.context.set_offline(False)
    saved(page)
    others = {"Gast003": "absent"} if network == "there" else {}
    eventually(lambda: recorded(session) == {"Gast000": "excused", **others})


def test_partial_without_minutes_is_open_on_every_device_until_it_has_them(phone, trainer):
    session = hall([trainer], 2)
    page = phone(trainer)
    page.goto(address(session))
    page.get_by_role("button", name="Alle anwesend").tap()
    saved(page)
    mark(page, "Gast000", "teilweise")
    expect(group(page, "Gast000").get_by_text("Bitte geben Sie die Minuten an")).to_be_visible()
    expect(page.get_by_text("1 von 2 erfasst")).to_be_visible()
    eventually(lambda: recorded(session) == {"Gast001": "present"})  # after a while for the minutes
    expect(group(page, "Gast000").get_by_label("teilweise")).to_be_checked()
    group(page, "Gast000").get_by_label("Minuten zu spät").fill("20")
    expect(page.get_by_text("2 von 2 erfasst")).to_be_visible()
    eventually(lambda: recorded(session) == {"Gast000": "partial", "Gast001": "present"})
    assert AttendanceRecord.objects.get(status="partial").minutes == 340


def test_before_the_session_begins_everybody_present_needs_a_second_tap(phone, trainer):
    session = hall([trainer], 2, minutes=30)
    page = phone(trainer)
    page.goto(address(session))
    pause(page)
    page.get_by_role("button", name="Alle anwesend").tap()
    sure = page.get_by_role("button", name="Noch vor Beginn: wirklich alle?")
    expect(sure).to_be_visible()
    expect(page.get_by_text("0 von 2 erfasst")).to_be_visible()
    sure.tap()
    expect(page.get_by_text("2 von 2 erfasst")).to_be_visible()
    eventually(lambda: set(recorded(session).values()) == {"present"})


@pytest.mark.parametrize("order", ["the later first", "the later last"])
def test_both_devices_see_that_one_overruled_the_other(phone, trainer, other_trainer, order):
    session = hall([trainer, other_trainer], 2)
    first, second = phone(trainer), phone(other_trainer)
    for page in (first, second):
        page.goto(address(session))
        pause(page)
        lose_network(page.context)
    mark(first, "Gast000", "anwesend")
    expect(status(first)).to_contain_text("wartet auf diesem Gerät")
    mark(second, "Gast000", "gefehlt")
    expect(status(second)).to_contain_text("wartet auf diesem Gerät")
    for page in (first, second) if order == "the later last" else (second, first):
        page.context.set_offline(False)
        saved(page)
    for page in (first, second):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # does not wait twenty seconds
        said = group(page, "Gast000").locator("[data-differs]")
        expect(said).to_contain_text(f"Es gilt die spätere Angabe: gefehlt ({other_trainer.full_name}, ")
        expect(said).to_contain_text(f"Überholt: anwesend ({trainer.full_name}, ")
        expect(page.get_by_text("1 von 2 erfasst")).to_be_visible()
        page.evaluate("scrollTo(0, document.body.scrollHeight)")  # what the bar at the foot covers is reached
        assert barriers(page) == []
    assert recorded(session) == {"Gast000": "absent"}


# --- A full hall ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [25, 120])
def test_the_touches_a_full_list_takes(phone, trainer, number):
    """Everybody, and three who were not there: one touch for all, one for each exception."""
    session = hall([trainer], number)
    page = phone(trainer)
    page.goto(address(session))
    pause(page)
    first = page.locator("[data-name]").first.bounding_box()
    assert first["y"] + first["height"] < page.locator(".app-sticky-actions").bounding_box()["y"]
    touches = 0

    def touch(target: Any) -> None:
        nonlocal touches
        touches += 1
        target.tap()

    touch(page.get_by_role("button", name="Alle anwesend"))
    for name in ["Gast004", "Gast012", "Gast024"]:
        touch(group(page, name).get_by_text("gefehlt"))
    expect(page.get_by_text(f"{number} von {number} erfasst")).to_be_visible()
    expect(status(page)).to_have_text("Gespeichert", timeout=60_000)
    assert touches == 4
    assert sorted(name for name, said in recorded(session).items() if said == "absent") == [
        "Gast004",
        "Gast012",
        "Gast024",
    ]
    assert len(recorded(session)) == number


@pytest.mark.parametrize("network", ["there", "gone"])
def test_somebody_is_found_by_letters_and_who_is_open_alone(phone, trainer, network):
    session = hall([trainer], 25)
    build_registration(session.run, build_person(first_name="Änne", last_name="Müller"))
    page = phone(trainer)
    page.goto(address(session))
    pause(page)
    if network == "gone":
        lose_network(page.context)
    search = page.get_by_role("searchbox", name="Name suchen")
    for typed in ["müll", "muell", "mull", "anne"]:
        search.fill(typed)
        expect(page.locator("[data-registration]:visible")).to_have_count(1)
    mark(page, "Müller", "anwesend")
    search.fill("")
    expect(page.locator("[data-registration]:visible")).to_have_count(26)
    page.get_by_label("nur offene").tap()
    expect(page.locator("[data-registration]:visible")).to_have_count(25)
    assert barriers(page) == []


def test_without_scripts_a_long_list_is_searched_by_a_form(phone, trainer):
    session = hall([trainer], 12)
    page = phone(trainer, java_script_enabled=False)
    page.goto(address(session))
    page.get_by_role("searchbox", name="Name suchen").fill("gast007")
    page.get_by_role("button", name="Zeigen").tap()
    expect(page.locator("[data-registration]:visible")).to_have_count(1)
    mark(page, "Gast007", "gefehlt")
    page.get_by_role("button", name="Speichern").tap()
    expect(page.get_by_role("button", name="Rückgängig: 1 Eintrag")).to_be_visible()
    assert recorded(session) == {"Gast007": "absent"}
    page.get_by_role("button", name="Rückgängig: 1 Eintrag").tap()
    expect(page.get_by_text("1 Eintrag zurückgenommen.")).to_be_visible()
    assert recorded(session) == {}


# --- The evening before ---------------------------------------------------------------------------


def taken_along(page: Page, session: Session) -> None:
    page.goto("/leitung/")
    paths = ["/leitung/", address(session), f"{address(session)}dazugekommen/"]
    eventually(lambda: page.evaluate(KEPT_PATHS) == paths)
    expect(page.get_by_text("Lesen kann sie, wer dieses Gerät entsperrt hat.")).to_be_visible()


def test_what_was_opened_the_evening_before_works_in_the_cellar(phone, trainer):
    session = hall([trainer], 3, hours=14)
    page = phone(trainer)
    taken_along(page, session)
    assert barriers(page) == []
    lose_network(page.context)
    page.goto("/leitung/")
    page.get_by_role("link", name="Wer kommt").tap()
    expect(page.get_by_text("Erfassen können Sie ab einer Stunde vor Beginn.")).to_be_visible()
    expect(page.get_by_text("Gast000, Kim").locator("visible=true")).to_be_visible()
    assert page.get_by_role("group", name="Gast000").count() == 0
    page.clock.install(time=timezone.now() + dt.timedelta(hours=14, minutes=5))  # the next morning
    page.reload()
    expect(page.get_by_text("Erfassen können Sie ab einer Stunde vor Beginn.")).to_be_hidden()
    mark(page, "Gast000", "anwesend")
    expect(status(page)).to_have_text("Ohne Netz: 1 Eintrag wartet auf diesem Gerät")
    page.get_by_role("link", name="Jemand ist dazugekommen").tap()
    expect(page.get_by_role("heading", name="Jemand ist dazugekommen")).to_be_visible()


def test_without_network_pages_lead_only_to_pages_that_are_there(phone, trainer):
    session = hall([trainer], 2)
    page = phone(trainer)
    taken_along(page, session)
    lose_network(page.context)
    for path in ["/leitung/", address(session), f"{address(session)}dazugekommen/"]:
        page.goto(path)
        expect(page.locator("[data-no-network]").first).to_be_attached()
        for link in page.locator("a[href]:visible").all():
            target = link.get_attribute("href").partition("#")[0]
            assert target in {"", "/leitung/", address(session), f"{address(session)}dazugekommen/"}
    page.goto(address(session))
    page.get_by_text("Zeit, Ort und was Sie noch tun können").tap()
    expect(page.get_by_text("Liste zum Unterschreiben (PDF) (nur mit Netz)")).to_be_visible()
    assert barriers(page) == []
    page.context.set_offline(False)
    expect(page.get_by_role("link", name="Liste zum Unterschreiben (PDF)", exact=True)).to_be_visible()


def test_what_was_taken_along_goes_with_signing_out_and_with_closing(phone, trainer, coordinator):
    session = hall([trainer], 1)
    page = phone(trainer)
    taken_along(page, session)
    CourseRun.objects.update(closed_at=timezone.now(), closed_by=coordinator)
    page.goto("/leitung/")
    eventually(lambda: page.evaluate(KEPT_PATHS) == ["/leitung/"])
    page.get_by_text("Menü").tap()
    page.get_by_role("button", name="Ausloggen").tap()
    expect(page.get_by_role("heading", name="Schulungen", level=1)).to_be_visible()
    assert page.evaluate(LEFT_BEHIND) == {"caches": [], "databases": []}


def test_who_signs_in_next_does_not_find_what_was_taken_along(phone, browse, trainer, participant):
    session = hall([trainer], 1)
    page = phone(trainer)
    taken_along(page, session)
    other = browse(participant)
    page.context.clear_cookies()
    page.context.add_cookies(other.context.cookies())
    page.goto("/meine-schulungen/")
    eventually(lambda: page.evaluate(KEPT_PATHS) == [])


def enter_walk_in(page: Page, session: Session, surname: str, email: str) -> None:
    page.goto(f"{address(session)}dazugekommen/")
    page.get_by_label("Nachname").fill(surname)
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_label("Ehrenamtliche").check()
    page.get_by_label("Organisation").fill("Verein")
    page.get_by_role("button", name="Eintragen, anwesend").tap()


def test_who_comes_along_without_network_is_entered_later_and_once(phone, trainer):
    session = hall([trainer], 1)
    page = phone(trainer)
    taken_along(page, session)
    lose_network(page.context)
    enter_walk_in(page, session, "Neu", "neu@verein.example")
    note = page.locator("[data-walk-ins]")
    expect(note).to_contain_text("Neu: wartet auf diesem Gerät")
    assert barriers(page) == []
    page.reload()
    expect(note).to_contain_text("Neu: wartet auf diesem Gerät")
    assert Registration.objects.filter(source="walk_in").count() == 0
    answers = {"lost": 0}

    def lose_the_first_answer(route: Any) -> None:
        response = route.fetch() if route.request.method == "POST" else None
        if response is None:
            route.continue_()
        elif answers["lost"]:
            route.fulfill(response=response)
        else:
            answers["lost"] += 1
            route.abort()

    page.route("**/dazugekommen/", lose_the_first_answer)
    page.context.set_offline(False)
    eventually(lambda: page.evaluate("1") == 1 and Registration.objects.filter(source="walk_in").exists())
    expect(note).to_contain_text("wartet auf diesem Gerät")
    page.reload()
    expect(note).to_be_hidden()
    page.goto(address(session))
    expect(group(page, "Neu").get_by_label("anwesend")).to_be_checked()
    assert Registration.objects.filter(source="walk_in").count() == 1


def test_a_newcomer_who_comes_too_late_for_a_closed_run_is_named(phone, trainer, coordinator):
    session = hall([trainer], 1)
    page = phone(trainer)
    taken_along(page, session)
    lose_network(page.context)
    enter_walk_in(page, session, "Neu", "neu@verein.example")
    expect(page.locator("[data-walk-ins]")).to_contain_text("Neu: wartet auf diesem Gerät")
    page.goto("about:blank")
    CourseRun.objects.update(closed_at=timezone.now(), closed_by=coordinator)
    page.context.set_offline(False)
    page.goto(address(session))
    expect(page.locator("[data-refused]").get_by_role("listitem")).to_have_text(["Neu"])
    eventually(lambda: address(session) not in page.evaluate(KEPT_PATHS))
    assert Registration.objects.filter(source="walk_in").count() == 0


def test_a_newcomer_is_kept_when_the_network_goes_with_the_button(phone, trainer):
    """The browser believes in its network: as in a cellar where the Wi-Fi is there and leads nowhere."""
    session = hall([trainer], 1)
    page = phone(trainer)
    taken_along(page, session)
    page.add_init_script("addEventListener('offline', (event) => event.stopImmediatePropagation())")
    page.goto(f"{address(session)}dazugekommen/")
    page.get_by_label("Nachname").fill("Neu")
    page.get_by_label("E-Mail-Adresse").fill("neu@verein.example")
    page.get_by_label("Ehrenamtliche").check()
    page.get_by_label("Organisation").fill("Verein")
    page.context.set_offline(True)
    page.get_by_role("button", name="Eintragen, anwesend").tap()
    expect(page.locator("[data-walk-ins]")).to_contain_text("Neu: wartet auf diesem Gerät")
    page.context.set_offline(False)
    eventually(lambda: page.evaluate("1") == 1 and Registration.objects.filter(source="walk_in").exists())


def test_a_newcomer_who_is_refused_later_says_why_and_is_not_lost(phone, trainer):
    session = hall([trainer], 1)
    page = phone(trainer)
    taken_along(page, session)
    lose_network(page.context)
    known = Registration.objects.get().person.email
    enter_walk_in(page, session, "Gast", known)
    note = page.locator("[data-walk-ins]")
    expect(note).to_contain_text("Gast: wartet auf diesem Gerät")
    page.context.set_offline(False)
    expect(note).to_contain_text("Gast: Diese Person steht schon auf der Liste.")
    note.get_by_role("link", name="Ändern").tap()
    expect(page.get_by_label("E-Mail-Adresse")).to_have_value(known)
    page.get_by_label("E-Mail-Adresse").fill("andere@verein.example")
    page.get_by_role("button", name="Eintragen, anwesend").tap()
    expect(page.get_by_text("Gast steht auf der Liste und ist anwesend.")).to_be_visible()
    assert Registration.objects.get(source="walk_in").person.email == "andere@verein.example"
