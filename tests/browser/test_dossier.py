"""A dossier is checked in the browser: every file against the list, and the list against what we made."""

import hashlib
import json
import zlib

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from evidence.dossiers import archive
from evidence.models import DossierFile
from tests.evidence.builders import build_dossier

pytestmark = pytest.mark.browser

FILES = {"00 Deckblatt.pdf": b"%PDF-1.7\n%%EOF\n", "Öffentlichkeit/Programm.pdf": b"Programm", "leer.txt": b""}
MANIFEST = json.dumps(
    {"files": [{"path": path, "sha256": hashlib.sha256(content).hexdigest()} for path, content in FILES.items()]}
).encode()


def zipped(files: dict[str, bytes]) -> dict[str, object]:
    """As a browser gets it from its disk."""
    entries = [
        archive.ZipEntry(path, len(content), zlib.crc32(content), lambda content=content: content)
        for path, content in (files | {"manifest.json": MANIFEST}).items()
    ]
    return {"name": "dossier.zip", "mimeType": "application/zip", "buffer": b"".join(archive.written(entries))}


@pytest.fixture
def page(browse, coordinator):
    dossier = build_dossier(coordinator)
    DossierFile.objects.filter(dossier=dossier).update(
        content=MANIFEST, size=len(MANIFEST), sha256=hashlib.sha256(MANIFEST).hexdigest()
    )
    page = browse()
    page.goto(reverse("evidence:check_dossier"))
    return page


def test_an_unchanged_one_is_known(page):
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_label("ZIP-Datei auswählen oder hierher ziehen").set_input_files(files=[zipped(FILES)])
    status = page.locator("#check-zip").get_by_role("status")
    expect(status).to_contain_text("Alle 3 Dateien sind, wie die Liste manifest.json sie nennt.")
    assert sent == []
    page.get_by_role("button", name="Prüfen", exact=True).click()
    expect(page.get_by_role("heading", name="Ja, diese Liste der Dateien ist von uns.")).to_be_visible()


def test_what_was_changed_added_or_taken_away_is_named(page):
    wrong = {"00 Deckblatt.pdf": b"%PDF-1.7\nanders\n%%EOF\n", "leer.txt": b"", "neu.txt": b"neu"}
    page.get_by_label("ZIP-Datei auswählen oder hierher ziehen").set_input_files(files=[zipped(wrong)])
    status = page.locator("#check-zip").get_by_role("status")
    expect(status).to_contain_text("Nicht, wie die Liste manifest.json sie nennt:")
    assert status.locator("li").all_inner_texts() == [
        "00 Deckblatt.pdf: verändert",
        "Öffentlichkeit/Programm.pdf: fehlt",
        "neu.txt: steht nicht in der Liste",
    ]


def test_something_else_is_no_dossier(page):
    file = {"name": "bild.zip", "mimeType": "application/zip", "buffer": b"PK\3\4 kein ZIP von uns, aber lang genug"}
    page.get_by_label("ZIP-Datei auswählen oder hierher ziehen").set_input_files(files=[file])
    expect(page.locator("#check-zip").get_by_role("status")).to_contain_text("kein Dossier von uns")


def test_without_a_script_the_list_alone_is_checked(browse, coordinator):
    manifest = build_dossier(coordinator).files.get()
    page = browse(java_script_enabled=False)
    page.goto(reverse("evidence:check_dossier"))
    expect(page.get_by_label("ZIP-Datei auswählen oder hierher ziehen")).to_be_hidden()
    file = {"name": "manifest.json", "mimeType": "application/json", "buffer": bytes(manifest.content)}
    page.get_by_label("Oder die Datei manifest.json selbst").set_input_files(files=[file])
    page.get_by_role("button", name="Prüfen", exact=True).click()
    expect(page.get_by_role("heading", name="Ja, diese Liste der Dateien ist von uns.")).to_be_visible()
