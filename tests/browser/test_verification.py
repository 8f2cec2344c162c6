"""The file somebody holds, compared in the browser: dropped, chosen, by keyboard; and nothing of it without scripts."""

import pytest
from playwright.sync_api import Page, expect

from certificates.models import Certificate
from tests.certificates.builders import build_certificate

pytestmark = pytest.mark.browser

DROP = """([bytes, name]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "application/pdf" }));
  const zone = document.querySelector(".app-drop");
  const how = { dataTransfer: transfer, bubbles: true, cancelable: true };
  const fire = kind => zone.dispatchEvent(new DragEvent(kind, how));
  fire("dragover");
  const isMarked = zone.classList.contains("app-drop--over");
  fire("drop");
  return [isMarked, zone.classList.contains("app-drop--over")];
}"""
SAME, DIFFERENT = "Ja, das ist die Datei, die ausgestellt wurde.", "Nein, das ist nicht die ausgestellte Datei."


@pytest.fixture
def certificate(coordinator, participant) -> Certificate:
    return build_certificate(participant, by=coordinator)


@pytest.fixture
def sent(browse, certificate) -> tuple[Page, list[str]]:
    """The page of the certificate, and the bodies of what it posts."""
    page = browse()
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.post_data or "") if request.method == "POST" else None)
    page.goto(f"/pruefen/{certificate.code}/")
    return page, posted


def test_a_dropped_file_is_compared_and_never_leaves_the_device(sent, certificate):
    page, posted = sent
    pdf = bytes(certificate.pdf)
    status = page.locator("#compare").get_by_role("status")

    assert page.evaluate(DROP, [list(pdf), "bescheinigung.pdf"]) == [True, False]
    expect(status).to_contain_text(SAME)
    assert page.evaluate(DROP, [list(pdf[:-1]), "verändert.pdf"]) == [True, False]
    expect(status).to_contain_text(DIFFERENT)
    assert page.url.endswith(f"/pruefen/{certificate.code}/")
    assert [(certificate.sha256 in body, "PDF" in body, len(body) < 1000) for body in posted] == [
        (True, False, True),
        (False, False, True),
    ]


def test_a_file_is_chosen_by_keyboard(sent, certificate):
    page, _posted = sent
    page.get_by_role("button", name="Namen prüfen").focus()
    page.keyboard.press("Tab")
    field = page.get_by_label("PDF-Datei auswählen oder hierher ziehen")
    expect(field).to_be_focused()

    # That Enter opens the dialog of the system is the browser's affair; without a screen it does so only mostly.
    field.set_input_files(
        {"name": "bescheinigung.pdf", "mimeType": "application/pdf", "buffer": bytes(certificate.pdf)}
    )

    expect(page.locator("#compare").get_by_role("status")).to_contain_text(SAME)


def test_a_file_dropped_beside_the_field_does_not_replace_the_page(sent, certificate):
    page, _posted = sent
    page.evaluate(DROP.replace(".app-drop", "h1").replace("zone.classList", "document.body.classList"), [[1], "x.pdf"])

    expect(page.locator("#compare").get_by_role("status")).to_contain_text(DIFFERENT)
    expect(page.get_by_role("heading", name="Ergebnis der Prüfung")).to_be_visible()


def test_too_many_checks_are_told(sent, certificate, complaints):
    page, _posted = sent
    page.route("**/datei/", lambda route: route.fulfill(status=429))
    page.evaluate(DROP, [[1], "x.pdf"])

    expect(page.locator("#compare").get_by_role("status")).to_contain_text("Bitte warten Sie eine Minute")
    complaints.clear()  # the browser notes the 429


def test_without_scripts_the_part_is_not_there(browse, certificate):
    page = browse(java_script_enabled=False)
    page.goto(f"/pruefen/{certificate.code}/")

    expect(page.get_by_role("heading", name="Stimmt der Name?")).to_be_visible()
    expect(page.get_by_role("heading", name="Ist die PDF-Datei unverändert?")).to_be_hidden()
