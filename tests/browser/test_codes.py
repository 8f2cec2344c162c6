"""Somebody shows the code on their phone, and the trainer's camera reads it; also without network."""

import base64
import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
from django.utils import timezone
from playwright.sync_api import BrowserType, Page, expect

from tests.browser.accessibility import barriers
from tests.browser.conftest import CONTEXT, TIMEOUT, session_of
from tests.builders import build_course, build_person, build_registration, build_run, only_session
from trainings import attendance, personal_codes
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import AttendanceRecord, Session

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WIDTH, HEIGHT = 640, 480
CUT = "net::ERR_INTERNET_DISCONNECTED"
KEPT = "async () => Boolean(await caches.match(location.pathname, { cacheName: 'attendance-pages' }))"
READ = """async ([address]) => {
  const { decodeQR } = await import("/static/vendor/qr/decode.js");
  const image = Object.assign(new Image(), { src: address });
  await image.decode();
  const [width, height] = [image.width, image.height];
  const pen = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  pen.drawImage(image, 0, 0);
  return decodeQR({ width, height, data: pen.getImageData(0, 0, width, height).data });
}"""


@pytest.fixture
def session(trainer, participant, other_participant) -> Session:
    begun = timezone.now() - dt.timedelta(minutes=10)
    run = build_run(build_course("Asylrecht"), trainers=[trainer], starts_at=begun)
    for person in (participant, other_participant):
        build_registration(run, person)
    return only_session(run)


def code_of(person: Any, session: Session | None = None) -> str:
    registrations = person.registrations.filter(run=session.run) if session else person.registrations
    return personal_codes.personal_code(registrations.get())


def film(path: Path, text: str) -> Path:
    """What a camera sees: a QR code on grey, for a second that is shown again and again (YUV4MPEG2, 4:2:0)."""
    matrix = [*segno.make(text, error="m", micro=False).matrix_iter(scale=8, border=4)]
    picture = [bytearray(b"\x90" * WIDTH) for _ in range(HEIGHT)]
    top, left = (HEIGHT - len(matrix)) // 2, (WIDTH - len(matrix[0])) // 2
    for y, row in enumerate(matrix, start=top):
        picture[y][left : left + len(row)] = bytes(0x10 if dark else 0xEB for dark in row)
    frame = b"FRAME\n" + b"".join(picture) + b"\x80" * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F5:1 Ip A1:1 C420jpeg\n".encode() + frame * 5)
    return path


@pytest.fixture
def with_camera(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], live_server: Any, complaints: list[str]
) -> Iterator[Callable[..., Page]]:
    """``with_camera(person, film)`` is a page of a browser whose camera sees the film; ``None``: nobody allows it."""
    with contextlib.ExitStack() as stack:

        def open_browser(person: Any, seen: Path | None) -> Page:
            arguments = [*browser_type_launch_args["args"], "--use-fake-device-for-media-stream"]
            if seen:
                arguments += [f"--use-file-for-fake-video-capture={seen}", "--use-fake-ui-for-media-stream"]
            browser = browser_type.launch(**{**browser_type_launch_args, "args": arguments})
            stack.callback(browser.close)
            context = browser.new_context(**{**CONTEXT, **PHONE, "base_url": live_server.url})
            context.set_default_timeout(TIMEOUT)
            context.on("console", lambda message: complaints.append(f"{message.page.url}: {message.text}"))
            context.on("weberror", lambda problem: complaints.append(f"{problem.page.url}: {problem.error}"))
            context.add_cookies([session_of(person, live_server.url)])
            return context.new_page()

        yield open_browser


def said(page: Page) -> Any:
    return page.locator("[data-said]")


def eventually(check: Callable[[], bool]) -> None:
    for _ in range(100):
        if check():
            return
        time.sleep(0.1)
    raise AssertionError


def open_list(page: Page, session: Session) -> None:
    page.goto(f"/leitung/sitzungen/{session.pk}/")
    page.get_by_text("Codes der Teilnehmenden lesen").click()


def records() -> list[tuple[str, str]]:
    return sorted(AttendanceRecord.objects.values_list("registration__person__last_name", "status"))


def test_the_camera_reads_a_code_and_the_list_says_who_it_is(with_camera, tmp_path, session, trainer, participant):
    page = with_camera(trainer, film(tmp_path / "code.y4m", code_of(participant)))
    open_list(page, session)
    page.get_by_role("button", name="Kamera einschalten").tap()
    expect(said(page)).to_have_text("Yıldız, Ayşe: anwesend")
    expect(page.get_by_role("group", name="Yıldız, Ayşe").get_by_label("anwesend")).to_be_checked()
    expect(page.locator("[data-status=saved]")).to_have_text("Gespeichert")
    assert records() == [("Yıldız", "present")]
    page.get_by_role("button", name="Kamera ausschalten").tap()
    expect(page.locator("video")).to_be_hidden()
    assert page.evaluate("document.querySelector('video').srcObject") is None


def test_without_network_it_is_kept_as_a_tap_is(with_camera, tmp_path, complaints, session, trainer, participant):
    page = with_camera(trainer, film(tmp_path / "code.y4m", code_of(participant)))
    page.goto(f"/leitung/sitzungen/{session.pk}/")
    eventually(lambda: page.evaluate(KEPT))
    page.context.set_offline(True)
    open_list(page, session)  # as the device has kept it, with all that reads codes
    page.get_by_role("button", name="Kamera einschalten").tap()
    expect(said(page)).to_have_text("Yıldız, Ayşe: anwesend")
    expect(page.locator("[data-status=offline]")).to_have_text("Ohne Netz: 1 Eintrag wartet auf diesem Gerät")
    assert records() == []
    page.context.set_offline(False)
    expect(page.locator("[data-status=saved]")).to_have_text("Gespeichert")
    assert records() == [("Yıldız", "present")]
    complaints[:] = [text for text in complaints if CUT not in text]


def test_other_qr_codes_and_a_camera_that_nobody_allows(with_camera, tmp_path, session, trainer):
    page = with_camera(trainer, film(tmp_path / "address.y4m", "https://kreis.example/x"))
    open_list(page, session)
    page.get_by_role("button", name="Kamera einschalten").tap()
    expect(said(page)).to_contain_text("Das ist kein Code von hier.")
    page = with_camera(trainer, None)
    open_list(page, session)
    page.get_by_role("button", name="Kamera einschalten").tap()
    expect(said(page)).to_contain_text("Der Browser darf die Kamera nicht benutzen.")
    expect(page.get_by_role("button", name="Kamera einschalten")).to_be_visible()
    assert records() == []


def test_typed_on_the_page_it_says_what_is_wrong(browse, complaints, session, trainer, participant, other_participant):
    attendance.record(session, {other_participant.registrations.get().pk: Mark("excused")}, Act(trainer))
    elsewhere = build_registration(build_run(), participant)
    gone = build_registration(session.run, build_person(), "cancelled")
    code = code_of(participant, session)
    slip = code[:4] + ("A" if code[4] != "A" else "C") + code[5:]
    page = browse(trainer, **PHONE)
    open_list(page, session)
    page.context.set_offline(True)
    for typed, sentence in [
        ("", "Ein Code hat zehn Buchstaben und Ziffern"),
        ("K7Q", "Ein Code hat zehn Buchstaben und Ziffern"),
        (slip, "Hier stimmt ein Zeichen nicht."),
        (personal_codes.personal_code(elsewhere), "Dieser Code gehört zu einem anderen Termin."),
        (personal_codes.personal_code(gone), "Diesen Code kennt die Liste nicht."),
        (code_of(other_participant), "Für Weber, Jan steht schon „entschuldigt“ auf der Liste."),
        (personal_codes.grouped(code).lower(), "Yıldız, Ayşe: anwesend"),
        (code, "Yıldız, Ayşe ist schon als anwesend eingetragen."),
    ]:
        page.get_by_label("Code der Person").fill(typed)
        page.get_by_label("Code der Person").press("Enter")
        expect(said(page)).to_contain_text(sentence)
    complaints[:] = [text for text in complaints if CUT not in text]


def test_without_scripts_the_form_asks_the_server(browse, session, trainer, participant):
    page = browse(trainer, java_script_enabled=False, **PHONE)
    open_list(page, session)
    expect(page.get_by_role("button", name="Kamera einschalten")).to_be_hidden()
    page.get_by_label("Code der Person").fill(code_of(participant))
    page.get_by_role("button", name="Eintragen").tap()
    expect(page.get_by_text("Ayşe Yıldız ist als anwesend eingetragen.")).to_be_visible()
    assert records() == [("Yıldız", "present")]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_somebodys_own_code_can_be_read_from_their_phone(
    browse, tmp_path, with_camera, session, trainer, participant, colours
):
    """What the page draws is what the camera reads."""
    phone = browse(participant, color_scheme=colours, **PHONE)
    phone.goto("/meine-schulungen/")
    phone.get_by_role("link", name="Code zum Einchecken").tap()
    expect(phone.get_by_text(personal_codes.grouped(code_of(participant)))).to_be_visible()
    assert barriers(phone) == []
    page = browse(trainer)
    page.goto(f"/leitung/sitzungen/{session.pk}/")
    picture = base64.b64encode(phone.locator(".app-code__qr").screenshot()).decode()
    assert page.evaluate(READ, [f"data:image/png;base64,{picture}"]) == f"MIKO {code_of(participant)}"
