"""The code on the wall, a phone in the room, and the trainer who counts; once with scripts and once without."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.builders import build_course, build_person, build_registration, build_run, only_session
from trainings import attendance
from trainings.models import AttendanceRecord, CheckIn

pytestmark = pytest.mark.browser

TITLE = "„Menschen in Syrien“"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SCREENS = [(1920, 1080), (1366, 768), (1024, 768), (800, 600)]
SIZES = """() => {
  const height = element => document.querySelector(element).getBoundingClientRect().height / innerHeight;
  return [height(".room__qr"), height(".room__code"), document.documentElement.scrollHeight <= innerHeight];
}"""


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> dict[str, bool]:
    return {"java_script_enabled": request.param}


@pytest.fixture
def session(trainer, participant, other_participant):
    run = build_run(build_course(TITLE), trainers=[trainer], starts_at=timezone.now() - dt.timedelta(minutes=10))
    for person in (participant, other_participant, build_person(last_name="Zander")):
        build_registration(run, person)
    return only_session(run)


def code_on_the_wall(page: Page) -> str:
    return re.sub(r"\D", "", page.locator(".room__code").inner_text())


def test_from_the_wall_to_the_attendance(browse, scripts, public_url, session, trainer, participant, other_participant):
    wall = browse(trainer, **scripts)
    wall.goto(f"/leitung/sitzungen/{session.pk}/")
    wall.get_by_role("link", name="Selbst einchecken").click()
    with wall.expect_popup() as popup:
        wall.get_by_role("link", name="Code für den Raum zeigen").click()
    room = popup.value
    expect(room.get_by_text("0 eingecheckt")).to_be_visible()

    phone = browse(participant, **PHONE, **scripts)
    phone.goto("/meine-schulungen/")
    phone.get_by_role("link", name="Mit dem Code im Raum einchecken").tap()
    phone.get_by_label("Code", exact=True).fill(code_on_the_wall(room))
    phone.get_by_role("main").get_by_role("button", name="Einchecken").tap()
    expect(phone.get_by_text("Sie sind eingecheckt.")).to_be_visible()

    other = browse(other_participant, **PHONE, **scripts)
    other.goto(f"/einchecken/{session.pk}/{code_on_the_wall(room)}/")
    other.get_by_role("button", name="Ich bin da").tap()
    expect(other.get_by_text("Sie sind eingecheckt.")).to_be_visible()
    assert AttendanceRecord.objects.count() == 0

    wall.reload()
    expect(wall.get_by_text("Netz A (2)")).to_be_visible()
    wall.get_by_label("Personen im Raum").fill("1")
    wall.get_by_role("button", name="Bestätigen").click()
    expect(wall.locator("p.kern-error")).to_contain_text("Gezählt: 1, eingecheckt oder erfasst: 2.")
    wall.get_by_label("nicht im Raum: Jan Weber").check()
    wall.get_by_role("button", name="Bestätigen").click()
    expect(wall.get_by_text("Kopfzahl bestätigt: 1 Person ist jetzt als anwesend eingetragen.")).to_be_visible()
    rows = AttendanceRecord.objects.values_list("registration__person", "status")
    assert list(rows) == [(participant.pk, "present")]
    assert sorted(CheckIn.objects.values_list("way", flat=True)) == ["scanned", "typed"]


def test_a_cut_takes_the_code_away_and_it_comes_back_by_itself(browse, complaints, session, trainer):
    room = browse(trainer)
    room.clock.install()
    room.goto(f"/leitung/sitzungen/{session.pk}/code/")
    code, cut = room.locator(".room__code"), room.get_by_text("Ohne Netz gibt es hier keinen gültigen Code.")
    room.context.set_offline(True)
    room.clock.run_for(25_000)  # the next one cannot be fetched, but this one is taken for one step longer
    expect(code).to_be_visible()
    room.clock.run_for(40_000)
    expect(cut).to_be_visible()
    expect(room.locator(".room__qr")).to_be_hidden()
    expect(code).to_be_hidden()
    room.context.set_offline(False)
    room.clock.run_for(3000)
    expect(code).to_be_visible()
    expect(cut).to_be_hidden()
    assert attendance.code_fits(session, code_on_the_wall(room))
    complaints[:] = [text for text in complaints if "net::ERR_INTERNET_DISCONNECTED" not in text]


def test_the_wall_wakes_up_without_an_old_code(browse, session, trainer):
    room = browse(trainer)
    room.clock.install()
    room.goto(f"/leitung/sitzungen/{session.pk}/code/")
    room.route("**/code/", lambda route: None)  # no answer yet
    room.clock.fast_forward(3_600_000)
    expect(room.locator(".room__code")).to_be_hidden()
    room.unroute("**/code/")


def test_who_is_signed_out_meanwhile_is_asked_to_sign_in(browse, session, trainer):
    room = browse(trainer)
    room.clock.install()
    room.goto(f"/leitung/sitzungen/{session.pk}/code/")
    room.context.clear_cookies()
    room.clock.run_for(31_000)
    expect(room).to_have_url(re.compile("/anmelden/"))


def test_the_wall_fits_every_screen_and_brings_the_next_code_by_itself(browse, scripts, session, trainer):
    room = browse(trainer, **scripts)
    room.goto(f"/leitung/sitzungen/{session.pk}/code/")
    first = code_on_the_wall(room)
    if scripts["java_script_enabled"]:
        for width, height in SCREENS:
            room.set_viewport_size({"width": width, "height": height})
            code, digits, fits = room.evaluate(SIZES)
            assert (code >= 0.4, digits >= 0.18, fits) == (True, True, True), (width, height, code, digits)
    expect(room.locator(".room__code")).not_to_have_text(f"{first[:3]} {first[3:]}", timeout=35_000)
    assert attendance.code_fits(session, code_on_the_wall(room))
