"""The attendance list in a room with bad Wi-Fi: every tap is saved, once, and nothing personal stays behind."""

import datetime as dt
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.accessibility import barriers
from tests.builders import build_course, build_person, build_registration, build_run, only_session
from trainings import attendance
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import AttendanceChange, AttendanceRecord, CourseRun, Registration, Session

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# What a browser itself says of a request without network, session or token, and of the answer to signing out.
EXPECTED = re.compile(
    r"Failed to load resource: (net::ERR_|the server responded with a status of 40[134])"
    r"|Clear-Site-Data header on '[^']+/abmelden/': Cleared data types: \"cache\", \"storage\""
)
KEPT = "async () => Boolean(await caches.match(location.pathname, { cacheName: 'attendance-pages' }))"
SCRIPTS = project.BASE_DIR / "static" / "js"
KEPT_FILES = "async () => (await (await caches.open('attendance-files')).keys()).map((request) => request.url)"
NO_NETWORK = "ERR_(INTERNET_DISCONNECTED|FAILED)"
LEFT_BEHIND = """async () => {
  const databases = (await indexedDB.databases()).map((database) => database.name);
  return { caches: await caches.keys(), databases };
}"""


@pytest.fixture
def session(trainer, other_trainer) -> Session:
    """Began two hours ago: Amiri, Çelik, Demir and Engel have places."""
    run = build_run(
        build_course("Vielfalt im Amt"),
        trainers=[trainer, other_trainer],
        starts_at=timezone.now() - dt.timedelta(hours=2),
    )
    for name in ["Amiri", "Çelik", "Demir", "Engel"]:
        build_registration(run, build_person(first_name="Kim", last_name=name))
    return only_session(run)


@pytest.fixture
def opened(browse, session, complaints) -> Any:
    """``opened(person)`` is the list on a phone of that person, which from then on opens without network."""

    def on_a_phone(person: Any, **options: Any) -> Page:
        page = browse(person, **PHONE, **options)
        page.goto(address(session))
        eventually(lambda: page.evaluate(KEPT))
        return page

    yield on_a_phone
    complaints[:] = [text for text in complaints if not EXPECTED.search(text)]


@pytest.fixture
def named_as_in_production(settings, tmp_path) -> None:
    """Our style sheets and scripts, each with a hash of its contents in its name."""
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["ttf"]  # it takes long
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "config.storage.StaticFilesStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    settings.STATICFILES_DIRS = [tmp_path]  # from here the server of the tests serves


def address(session: Session) -> str:
    return f"/leitung/sitzungen/{session.pk}/"


def mark(page: Page, name: str, status: str) -> None:
    page.get_by_role("group", name=name).get_by_text(status).tap()


def marked(page: Page) -> dict[str, str]:
    """What the page shows, by surname."""
    groups = page.locator("[data-registration]").all()
    return {
        group.locator("[data-name]").inner_text().partition(",")[0]: group.locator("input:checked").first.input_value()
        for group in groups
        if group.locator("input:checked").count()
    }


def status(page: Page) -> Any:
    return page.locator("[data-status]")


def recorded(session: Session) -> dict[str, str]:
    rows = AttendanceRecord.objects.filter(session=session).select_related("registration__person")
    return {row.registration.person.last_name: row.status for row in rows}


def eventually(check: Callable[[], bool]) -> None:
    """The server writes in another thread."""
    for _ in range(100):
        if check():
            return
        time.sleep(0.1)
    raise AssertionError


def lose_network(context: BrowserContext) -> None:
    context.set_offline(True)


def test_each_tap_is_saved_at_once_and_the_page_says_so(opened, trainer, session):
    page = opened(trainer)
    mark(page, "Amiri", "anwesend")
    expect(status(page)).to_have_text("Gespeichert")
    mark(page, "Çelik", "teilweise")
    page.get_by_role("group", name="Çelik").get_by_label("Minuten zu spät").fill("20")
    expect(page.get_by_text("340 von 360 Minuten")).to_be_visible()
    mark(page, "Demir", "entschuldigt")
    page.get_by_role("group", name="Demir").get_by_label("Notiz").fill("Kind krank")
    page.get_by_role("group", name="Demir").get_by_label("Notiz").blur()
    page.get_by_role("button", name="Alle übrigen anwesend").tap()
    expect(page.get_by_text("4 von 4 erfasst")).to_be_visible()
    expect(status(page)).to_have_text("Gespeichert")
    rows = AttendanceRecord.objects.order_by("registration").values_list("status", "minutes", "late_minutes", "note")
    assert list(rows) == [
        ("present", 360, 0, ""),
        ("partial", 340, 20, ""),
        ("excused", 0, 0, "Kind krank"),
        ("present", 360, 0, ""),
    ]
    assert page.get_by_role("button", name="Speichern").count() == 0
    assert barriers(page) == []


def test_a_mark_just_made_is_not_called_saved(opened, trainer, session):
    page = opened(trainer)
    mark(page, "Amiri", "anwesend")
    expect(status(page)).to_have_text("Gespeichert")
    button = page.get_by_role("button", name="Alle übrigen anwesend")
    said = button.evaluate("button => { button.click(); return document.querySelector('[data-status]').textContent; }")
    assert said == "Wird gespeichert …"
    expect(status(page)).to_have_text("Gespeichert")


def test_a_mark_just_made_is_not_called_kept(opened, trainer, session):
    page = opened(trainer)
    lose_network(page.context)
    mark(page, "Amiri", "anwesend")
    expect(status(page)).to_have_text("Ohne Netz: 1 Eintrag wartet auf diesem Gerät")
    button = page.get_by_role("button", name="Alle übrigen anwesend")
    said = button.evaluate("button => { button.click(); return document.querySelector('[data-status]').textContent; }")
    assert said == "Ohne Netz: 1 Eintrag wartet auf diesem Gerät"
    expect(status(page)).to_have_text("Ohne Netz: 4 Einträge warten auf diesem Gerät")
    page.context.set_offline(False)
    expect(status(page)).to_have_text("Gespeichert")


def test_network_lost_in_the_middle_of_the_list_and_found_again(opened, trainer, session):
    page = opened(trainer)
    mark(page, "Amiri", "anwesend")
    expect(status(page)).to_have_text("Gespeichert")
    lose_network(page.context)
    mark(page, "Çelik", "gefehlt")
    expect(status(page)).to_have_text("Ohne Netz: 1 Eintrag wartet auf diesem Gerät")
    page.get_by_role("button", name="Alle übrigen anwesend").tap()
    expect(status(page)).to_have_text("Ohne Netz: 3 Einträge warten auf diesem Gerät")
    assert barriers(page) == []
    assert recorded(session) == {"Amiri": "present"}
    page.context.set_offline(False)
    expect(status(page)).to_have_text("Gespeichert")
    assert recorded(session) == {"Amiri": "present", "Çelik": "absent", "Demir": "present", "Engel": "present"}
    assert AttendanceChange.objects.count() == 4


def test_the_list_opens_without_network_and_shows_what_was_marked(opened, trainer, session):
    page = opened(trainer)
    mark(page, "Amiri", "anwesend")
    expect(status(page)).to_have_text("Gespeichert")
    lose_network(page.context)
    mark(page, "Çelik", "gefehlt")
    expect(status(page)).to_have_text("Ohne Netz: 1 Eintrag wartet auf diesem Gerät")
    page.reload()
    expect(page.get_by_text("2 von 4 erfasst")).to_be_visible()
    assert marked(page) == {"Amiri": "present", "Çelik": "absent"}
    assert page.evaluate("getComputedStyle(document.querySelector('.app-choice')).display") == "flex"
    mark(page, "Demir", "entschuldigt")
    expect(status(page)).to_have_text("Ohne Netz: 2 Einträge warten auf diesem Gerät")
    page.close()
    page = page.context.new_page()
    page.context.set_offline(False)
    page.goto(address(session))
    expect(status(page)).to_have_text("Gespeichert")
    assert recorded(session) == {"Amiri": "present", "Çelik": "absent", "Demir": "excused"}


def test_every_module_is_kept_under_its_name_of_production(named_as_in_production, opened, trainer):
    page = opened(trainer)
    addresses = page.evaluate(KEPT_FILES)
    scripts = {re.sub(r"\.[0-9a-f]{12}\.js$", ".js", url.partition("/static/js/")[2]) for url in addresses}
    others = {"attendance-worker.js", "code.js", "copy.js", "dossier.js", "passkey.js", "room.js", "verify.js"}
    assert scripts >= {path.relative_to(SCRIPTS).as_posix() for path in SCRIPTS.rglob("*.js")} - others
    lose_network(page.context)
    page.reload()
    mark(page, "Amiri", "anwesend")
    expect(status(page)).to_have_text("Ohne Netz: 1 Eintrag wartet auf diesem Gerät")
    page.context.set_offline(False)
    expect(status(page)).to_have_text("Gespeichert")


@pytest.mark.parametrize("later_arrives", ["first", "last"])
def test_of_two_devices_the_later_tap_counts(opened, trainer, other_trainer, session, later_arrives):
    first, second = opened(trainer), opened(other_trainer)
    lose_network(first.context)
    lose_network(second.context)
    mark(first, "Amiri", "gefehlt")
    mark(first, "Çelik", "anwesend")
    mark(second, "Amiri", "anwesend")  # later
    mark(second, "Demir", "entschuldigt")
    order = [second, first] if later_arrives == "first" else [first, second]
    for page in order:
        page.context.set_offline(False)
        expect(status(page)).to_have_text("Gespeichert")
    assert recorded(session) == {"Amiri": "present", "Çelik": "present", "Demir": "excused"}
    assert AttendanceChange.objects.count() == 4
    expect(order[1].get_by_text("3 von 4 erfasst")).to_be_visible()  # what the other device marked


def test_what_another_device_marks_appears(opened, trainer, other_trainer, session):
    first, second = opened(trainer), opened(other_trainer)
    mark(first, "Amiri", "gefehlt")
    expect(status(first)).to_have_text("Gespeichert")
    second.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # does not wait twenty seconds
    expect(second.get_by_text("1 von 4 erfasst")).to_be_visible()
    assert marked(second) == {"Amiri": "absent"}


def test_a_slow_server_neither_loses_nor_doubles_a_tap(opened, trainer, session):
    page = opened(trainer)
    answers = {"delayed": 0, "lost": 0}

    def slowly(route: Route) -> None:
        response = route.fetch()  # the server has written it
        if answers["lost"] < 1:
            answers["lost"] += 1
            route.abort()
            return
        answers["delayed"] += 1
        time.sleep(1)
        route.fulfill(response=response)

    page.route("**/eintraege/", slowly)
    mark(page, "Amiri", "anwesend")
    mark(page, "Amiri", "gefehlt")
    mark(page, "Çelik", "anwesend")
    mark(page, "Amiri", "entschuldigt")
    expect(status(page)).to_have_text("Gespeichert", timeout=20_000)
    assert answers["lost"] == 1
    assert recorded(session) == {"Amiri": "excused", "Çelik": "present"}
    taps = list(AttendanceChange.objects.values_list("tap", flat=True))
    assert (len(taps), len(set(taps))) == (4, 4)


def test_marks_that_are_refused_together_are_sent_one_by_one(opened, trainer, session, complaints):
    page = opened(trainer)
    sizes: list[int] = []

    def narrow(route: Route) -> None:
        sizes.append(len(route.request.post_data_json["taps"]))
        if sizes[-1] > 1:
            route.fulfill(status=413, json={"error": "Das sind zu viele Einträge auf einmal."})
        else:
            route.continue_()

    page.route("**/eintraege/", narrow)
    page.get_by_role("button", name="Alle anwesend").tap()
    expect(status(page)).to_have_text("Gespeichert")
    assert sizes[-5:] == [4, 1, 1, 1, 1]
    assert set(recorded(session).values()) == {"present"}
    complaints[:] = [text for text in complaints if "status of 413" not in text]


def test_a_session_that_ended_meanwhile_asks_to_sign_in_and_then_sends(opened, trainer, session, browse):
    page = opened(trainer)
    cookies = page.context.cookies()
    lose_network(page.context)
    mark(page, "Amiri", "anwesend")
    expect(status(page)).to_have_text("Ohne Netz: 1 Eintrag wartet auf diesem Gerät")
    page.context.clear_cookies(name="sessionid")
    page.context.set_offline(False)
    expect(status(page)).to_have_text("Sie sind nicht mehr eingeloggt: 1 Eintrag wartet auf diesem Gerät")
    expect(page.get_by_role("link", name="Einloggen")).to_be_visible()
    # Signed in again in another tab: the token of this page is an old one now.
    page.context.clear_cookies(name="csrftoken")
    page.context.add_cookies([cookie for cookie in cookies if cookie["name"] == "sessionid"])
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(status(page)).to_have_text("Gespeichert")
    assert recorded(session) == {"Amiri": "present"}


def test_signing_out_leaves_nothing_behind(opened, trainer, session):
    page = opened(trainer)
    mark(page, "Amiri", "anwesend")
    expect(status(page)).to_have_text("Gespeichert")
    assert page.evaluate(LEFT_BEHIND)["databases"] == ["attendance"]
    page.get_by_text("Menü").tap()
    page.get_by_role("button", name="Ausloggen").tap()
    expect(page.get_by_role("heading", name="Schulungen", level=1)).to_be_visible()
    assert page.evaluate(LEFT_BEHIND) == {"caches": [], "databases": []}
    assert [cookie["name"] for cookie in page.context.cookies() if cookie["name"] == "sessionid"] == []
    lose_network(page.context)
    with pytest.raises(Exception, match=NO_NETWORK):
        page.goto(address(session))


def test_signing_out_warns_while_marks_wait(opened, trainer, session):
    page = opened(trainer)
    lose_network(page.context)
    mark(page, "Amiri", "anwesend")
    mark(page, "Çelik", "anwesend")
    expect(status(page)).to_have_text("Ohne Netz: 2 Einträge warten auf diesem Gerät")
    said: list[str] = []

    def stay(dialog: Any) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_text("Menü").tap()
    page.get_by_role("button", name="Ausloggen").tap()
    eventually(lambda: page.evaluate("1") == 1 and bool(said))
    assert said == [
        "2 Einträge zur Anwesenheit sind noch nicht gespeichert. "
        "Wenn Sie sich ausloggen, gehen sie verloren. Trotzdem ausloggen?"
    ]
    assert marked(page) == {"Amiri": "present", "Çelik": "present"}
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Ausloggen").tap()
    expect(page.get_by_text("Auf diesem Gerät ist nichts mehr gespeichert.")).to_be_visible()
    assert "Amiri" not in page.content()
    assert page.evaluate(LEFT_BEHIND) == {"caches": [], "databases": []}
    assert recorded(session) == {}


def test_who_signs_in_next_sees_nothing_of_the_one_before(opened, trainer, participant, session, browse):
    page = opened(trainer)
    lose_network(page.context)
    mark(page, "Amiri", "anwesend")
    expect(status(page)).to_have_text("Ohne Netz: 1 Eintrag wartet auf diesem Gerät")
    page.context.set_offline(False)
    other = browse(participant)
    page.context.clear_cookies()
    page.context.add_cookies(other.context.cookies())
    page.goto("/meine-schulungen/")
    eventually(lambda: not page.evaluate("caches.has('attendance-pages')"))
    lose_network(page.context)
    with pytest.raises(Exception, match=NO_NETWORK):
        page.goto(address(session))


def test_a_closed_run_is_forgotten_and_what_came_too_late_is_named(opened, trainer, coordinator, session):
    page = opened(trainer)
    lose_network(page.context)
    mark(page, "Amiri", "anwesend")
    mark(page, "Çelik", "gefehlt")
    CourseRun.objects.update(closed_at=timezone.now(), closed_by=coordinator)
    page.context.set_offline(False)
    note = page.locator("[data-refused]")
    expect(note).to_contain_text("Dieser Termin ist abgeschlossen. Auf diesem Gerät ist nichts mehr davon gespeichert.")
    assert note.get_by_role("listitem").all_inner_texts() == ["Amiri, Kim: anwesend", "Çelik, Kim: gefehlt"]
    eventually(lambda: not page.evaluate(KEPT))
    assert recorded(session) == {}
    page.reload()
    expect(page.get_by_text("abgeschlossen. Korrigieren kann ihn nur die Koordination.")).to_be_visible()
    assert page.get_by_role("radio", disabled=True).count() == 16


def test_a_list_that_is_no_longer_ones_own_is_forgotten(opened, trainer, session):
    page = opened(trainer)
    lose_network(page.context)
    mark(page, "Amiri", "anwesend")
    expect(status(page)).to_have_text("Ohne Netz: 1 Eintrag wartet auf diesem Gerät")
    page.goto("about:blank")
    session.run.trainers.remove(trainer)
    page.context.set_offline(False)
    page.goto(address(session))  # shown once more, so that it can say what was not sent
    note = page.locator("[data-refused]")
    expect(note).to_contain_text("Diese Sitzung gibt es nicht mehr.")
    assert note.get_by_role("listitem").all_inner_texts() == ["Amiri, Kim: anwesend"]
    eventually(lambda: not page.evaluate(KEPT))
    assert page.goto(address(session)).status == 404


def test_a_refused_tap_says_why_beside_the_row(opened, trainer, session):
    page = opened(trainer)
    lose_network(page.context)
    mark(page, "Amiri", "anwesend")
    Registration.objects.filter(person__last_name="Amiri").update(status="cancelled")
    page.context.set_offline(False)
    group = page.get_by_role("group", name="Amiri")
    expect(group.get_by_role("alert")).to_have_text(
        "Nicht gespeichert: anwesend. Diese Person hat keinen bestätigten Platz mehr."
    )
    assert recorded(session) == {}


def test_imported_minutes_are_kept_when_a_finger_slipped(opened, trainer, session):
    celik = Registration.objects.get(person__last_name="Çelik")
    attendance.record(session, {celik.pk: Mark("partial", 270)}, Act(trainer))
    page = opened(trainer)
    expect(page.get_by_text("270 von 360 Minuten")).to_be_visible()
    mark(page, "Çelik", "anwesend")
    expect(status(page)).to_have_text("Gespeichert")
    mark(page, "Çelik", "teilweise")
    expect(page.get_by_text("270 von 360 Minuten")).to_be_visible()
    eventually(lambda: AttendanceRecord.objects.get().minutes == 270)


def test_pages_older_than_three_days_go(opened, trainer, session):
    page = opened(trainer)
    page.evaluate(
        """async () => {
          const cache = await caches.open("attendance-pages");
          const old = await cache.match(location.pathname);
          const headers = { "Content-Type": "text/html", "X-Kept-At": Date.now() - 3 * 24 * 3600 * 1000 - 1000 };
          await cache.put(location.pathname, new Response(await old.text(), { headers }));
        }"""
    )
    lose_network(page.context)
    with pytest.raises(Exception, match=NO_NETWORK):
        page.reload()


def test_without_scripts_it_is_a_form_with_a_button(browse, trainer, session):
    page = browse(trainer, **PHONE, java_script_enabled=False)
    page.goto(address(session))
    mark(page, "Amiri", "entschuldigt")
    page.get_by_role("group", name="Amiri").get_by_label("Notiz").fill("Dienstreise")
    mark(page, "Çelik", "teilweise")
    page.get_by_role("group", name="Çelik").get_by_label("Minuten früher").fill("45")
    page.get_by_role("button", name="Alle anwesend").tap()
    expect(page.get_by_text("4 von 4 erfasst")).to_be_visible()
    assert recorded(session) == {"Amiri": "excused", "Çelik": "partial", "Demir": "present", "Engel": "present"}
    assert AttendanceRecord.objects.get(status="excused").note == "Dienstreise"
