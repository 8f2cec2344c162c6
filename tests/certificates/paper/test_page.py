"""The paper: what it says, that it stays one page in every script, and that it is accessible and archivable."""

import io
import re

import page
import pydyf
import pytest
from django.template.loader import render_to_string
from pypdf import PdfReader

from certificates.paper import content
from certificates.paper import page as paper
from certificates.paper.snapshot import is_drawn_since
from tests.certificates.builders import build_snapshot
from trainings.printing import qr_path
from trainings.printing.pdf import NotPrintable

LONG_NAME = (
    "Prof. Dr. Maximiliana Friederike Alexandra von und zu Hohenstein-Wolkenburg "
    "geborene Schmidt-Mackensen zu Ehrenbreitstei"
)
LONG_TITLE = (
    "Interkulturelle Herausforderungen in Verwaltung, Beratung und Ehrenamt: Haltung, Wahrnehmung und Kommunikation in "
    "Konflikten mit Menschen unterschiedlicher Herkunft, Religion und Lebenslage im Landkreis"
)
TWELVE_CONTENTS = [
    f"Inhalt {number}: wie Haltungen entstehen, woran man sie erkennt, was hilft" for number in range(1, 13)
]
SIX_MEETINGS = [
    {"starts_at": f"2026-03-{day:02d}T09:00:00+01:00", "ends_at": f"2026-03-{day:02d}T16:30:00+01:00", "minutes": 350}
    for day in (3, 4, 10, 11, 17, 18)
]


def text_of(pdf: bytes) -> str:
    """The text in reading order, with single spaces."""
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == 1
    return re.sub(r"\s+", " ", reader.pages[0].extract_text())


def failures(pdf: bytes) -> list[tuple[str, str]]:
    return [
        (profile.value, failure.rule_id)
        for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A)
        for failure in page.validate_pdf_bytes(pdf, profile=profile).failures
    ]


def test_the_german_paper_says_all_it_must_in_order():
    pdf = paper.pdf(build_snapshot())

    assert text_of(pdf) == (
        "Landkreis Mayen-Koblenz Nr. MYK-2026-000123 Projekt MiKo-MYK Teilnahmebescheinigung "
        "Hiermit wird bescheinigt, dass Ayşe Yıldız an der Schulung Interkulturelle Kompetenz für die Verwaltung "
        "teilgenommen hat. Termin Di., 10. März 2026, 9:00–16:30 Uhr Ort Kreishaus, Koblenz "
        "Umfang 8 Unterrichtseinheiten zu je 45 Minuten (6 Stunden) Kursleitung Ngozi Okafor Durchführung 2026-014 "
        "Inhalte Kulturbegriff und Wahrnehmung Stereotype und Vorurteile Koblenz, 23. November 2026 "
        "Diese Bescheinigung wurde maschinell erstellt und ist ohne Unterschrift gültig. Echtheit prüfen "
        "Scannen Sie den QR-Code, oder geben Sie unter schulungen.example/pruefen diesen Code ein: 7K3M-XQ9A-RTB2-5WZH "
        "Gezeigt werden Titel, Tage und Umfang; der Name wird nur bestätigt, nie genannt. "
        "Asyl-, Migrations- und Integrationsfonds (AMIF) Projekt MiKo-MYK, Förderkennzeichen AMIF-1"
    )
    assert failures(pdf) == []


def test_programs_read_which_value_belongs_to_which_label():
    """Each value names its label, as tables do; in the words of the page in this order."""
    root = PdfReader(io.BytesIO(paper.pdf(build_snapshot()))).trailer["/Root"]["/StructTreeRoot"]

    def below(element):
        for kid in element.get("/K", []):
            if isinstance(kid := kid.get_object(), dict):
                yield kid
                yield from below(kid)

    rows = [[cell.get_object() for cell in one["/K"]] for one in below(root) if one.get("/S") == "/TR"]
    assert [[cell["/S"] for cell in row] for row in rows] == [["/TH", "/TD"]] * 5
    for label, value in rows:
        assert value["/A"]["/Headers"] == [label["/ID"]]
    assert len({label["/ID"] for label, _value in rows}) == 5


@pytest.mark.parametrize(("version", "frame"), [("2026-1", "<dl"), ("2026-3/de-2", "<dl"), ("2026-4/de-0", "<table")])
def test_papers_issued_before_are_drawn_as_they_were(version, frame):
    """Their facts as a list of terms, their code by the mask that was best."""
    snapshot = build_snapshot(template_version=version)

    said = content.of(snapshot)

    context = {**said, "frame": content.frame(snapshot), "density": "roomy", "sample": False}
    assert frame in render_to_string(content.template(snapshot), {"sealed": False, **context})
    as_before = qr_path(snapshot["check_url"])[0] == said["qr_path"]
    assert as_before == (frame == "<dl")


def test_a_year_may_have_ten_versions():
    versions = ["2026-10/de-0", "2027-1/en-3", "2026-4", "2026-3", "2025-12/de-1"]
    snapshots = [build_snapshot(template_version=version) for version in versions]
    assert [is_drawn_since(snapshot, "2026-4") for snapshot in snapshots] == [True, True, True, False, False]


def test_the_english_paper_says_it_in_english():
    pdf = paper.pdf(
        build_snapshot(language="en", minutes_attended=350, contents={"text": [], "language": "en"}, funding=None)
    )

    assert text_of(pdf) == (
        "Landkreis Mayen-Koblenz No. MYK-2026-000123 Projekt MiKo-MYK Certificate of attendance "
        "This is to certify that Ayşe Yıldız attended the training Interkulturelle Kompetenz für die Verwaltung "
        "Date Tue, 10 March 2026, 9:00–16:30 Place Kreishaus, Koblenz "
        "Duration 7 teaching units of 45 minutes (5 hours 50 minutes); "
        "the training comprised 8 teaching units (6 hours) "
        "Trainer Ngozi Okafor Course run 2026-014 Koblenz, 23 November 2026 "
        "This certificate was generated electronically and is valid without a signature. Check this certificate "
        "Scan the QR code, or enter this code at schulungen.example/pruefen: 7K3M-XQ9A-RTB2-5WZH "
        "The check shows title, dates and duration; the name is only confirmed, never shown."
    )
    assert failures(pdf) == []


def test_long_texts_stay_on_one_page_and_whole():
    pdf = paper.pdf(
        build_snapshot(
            name=LONG_NAME,
            course={"text": [LONG_TITLE], "language": "de"},
            contents={"text": TWELVE_CONTENTS, "language": "de"},
            meetings=SIX_MEETINGS,
            minutes_attended=2100,
            minutes_held=2160,
        )
    )

    text = text_of(pdf)
    assert len(LONG_NAME) == 120
    text = text.replace("Hohenstein- Wolken", "Hohenstein-Wolken")  # broken at the end of a line
    assert [part in text for part in (LONG_NAME, LONG_TITLE, *TWELVE_CONTENTS)] == [True] * 14
    assert "46 Unterrichtseinheiten zu je 45 Minuten (35 Stunden); die Schulung umfasste 48" in text
    assert failures(pdf) == []


@pytest.mark.parametrize("name", ["محمد الحسيني", "Nguyễn Thị Phượng Ánh", "გიორგი მაისურაძე", "Zoë O’Brien <b>&amp;"])
def test_names_of_many_scripts_are_printed_as_written(name):
    pdf = paper.pdf(build_snapshot(name=name))

    title = PdfReader(io.BytesIO(pdf)).metadata.title
    assert title == f"Teilnahmebescheinigung MYK-2026-000123: {name}"
    assert failures(pdf) == []
    if name.isascii() or "ễ" in name:
        assert name in text_of(pdf)


def test_the_same_snapshot_gives_the_same_bytes_in_small_files():
    first, second = paper.pdf(build_snapshot()), paper.pdf(build_snapshot())

    assert first == second
    assert len(first) < 40_000


def test_no_stream_ends_ambiguously():
    pdf = paper.pdf(build_snapshot())

    assert pdf.count(b"\r\nendstream") == pdf.count(b"endstream")
    assert pydyf.Stream([b"x"]).data.endswith(b"x\nendstream")  # the library itself stays as it is


def test_a_letter_no_typeface_has_is_an_error_not_a_box():
    with pytest.raises(NotPrintable, match=r"明 \(U\+660E\), 李 \(U\+674E\)$"):
        paper.pdf(build_snapshot(name="李明"))


def test_what_does_not_fit_one_page_is_an_error():
    contents = {"text": ["Ein Inhalt, der eine ganze Zeile braucht"] * 60, "language": "de"}
    with pytest.raises(NotPrintable, match="passt nicht auf eine Seite"):
        paper.pdf(build_snapshot(contents=contents))
    with pytest.raises(NotPrintable, match="passt nicht auf eine Seite"):
        paper.pdf(build_snapshot(name="x" * 7000))


def test_an_asset_from_elsewhere_ends_the_rendering(monkeypatch):
    monkeypatch.setattr(
        paper,
        "render_to_string",
        lambda *_args: '<html lang="de"><title>x</title><img src="http://127.0.0.1/x.svg" alt="x">',
    )
    with pytest.raises(NotPrintable, match="not one of our own files"):
        paper.pdf(build_snapshot())
