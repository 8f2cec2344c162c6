"""The report on paper: what it says, that programs can read it aloud, and what keeps it from being printed."""

import io

import page as validator
import pytest
from pypdf import PdfReader

from tests.builders import build_funding
from tests.pages import read
from tests.trainings.reporting.worlds import COMPARED, FIGURES, text_of
from trainings import printing
from trainings.printing import pango
from trainings.reporting import DEFINITIONS

pytestmark = pytest.mark.django_db


def pdf_of(reader, query: str = COMPARED) -> bytes:
    response = reader.get(f"{FIGURES}auswertung.pdf{query}")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return response.content


@pytest.mark.slow
def test_the_paper_can_be_read_aloud_and_archived(reader, three):
    pdf = pdf_of(reader)
    profiles = (validator.ValidationProfile.PDF_UA_1, validator.ValidationProfile.PDF_A_3A)
    failures = [
        (profile.value, failure.rule_id)
        for profile in profiles
        for failure in validator.validate_pdf_bytes(pdf, profile=profile).failures
    ]
    assert failures == []
    sheet = PdfReader(io.BytesIO(pdf)).pages[0]
    assert [round(float(side)) for side in sheet.mediabox[2:]] == [842, 595]


@pytest.mark.slow
def test_the_paper_says_what_it_counts_and_whose_money_it_is(reader, three):
    grant = build_funding(grant_number="AMIF-0815", fund="Asylfonds", fund_en="Asylum Fund")
    type(three[0]).objects.update(funding=grant)
    text = text_of(pdf_of(reader, f"{COMPARED}&foerderung={grant.pk}"))
    assert "Zahlen: 1. Halbjahr 2026" in text
    assert "Asylfonds Projekt" in text
    for definition in DEFINITIONS.values():
        assert " ".join(str(definition.sentence).split()[:4]) in text
    assert "Kofinanziert von der Europäischen Union" in [
        element.get("/Alt") for element in elements(pdf_of(reader, f"{COMPARED}&foerderung={grant.pk}"))
    ]
    assert "Asylfonds" not in text_of(pdf_of(reader))


@pytest.mark.slow
def test_the_paper_is_in_the_language_of_the_page(reader, three):
    reader.cookies["django_language"] = "en"
    pdf = pdf_of(reader)
    assert "Figures: Half-year 1 of 2026" in text_of(pdf)
    assert PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Lang"] == "en"


@pytest.mark.slow
def test_bars_say_what_they_show(reader, three):
    alternatives = {element.get("/Alt") for element in elements(pdf_of(reader))}
    assert "März 2026 / März 2025, 1. Halbjahr 2026: 1" in alternatives


def elements(pdf: bytes):
    """The structure that programs read aloud, in order."""

    def below(element):
        for kid in element.get("/K", []):
            kid = kid.get_object()
            if isinstance(kid, dict):
                yield kid
                yield from below(kid)

    return below(PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"])


@pytest.mark.slow
def test_many_runs_are_left_to_the_files(reader, three, monkeypatch):
    monkeypatch.setattr("trainings.reporting.paper.MOST_RUNS", 2)
    text = text_of(pdf_of(reader))
    assert "3 Termine. Sie stehen in der Excel-Datei und in der CSV-Datei." in text
    assert "2026-003" not in text


@pytest.mark.slow
def test_a_letter_that_cannot_be_printed_is_said_to_be_missing(reader, three, agency):
    agency.name = "Amt 𝀀"
    agency.save()
    text = text_of(pdf_of(reader))
    assert "Amt �" in text
    assert "steht für einen Buchstaben, den die Druckschrift nicht hat" in text


def test_without_pango_the_page_says_what_to_install(reader, three, monkeypatch):
    monkeypatch.setattr(pango, "_LIBRARIES", {"libpango-1.0-0": ("no-such-library.so",)})
    page = read(reader.get(f"{FIGURES}auswertung.pdf{COMPARED}"), 503)
    assert printing.INSTALL_PANGO in page.text
    assert page.links["Zu den Zahlen"] == f"{FIGURES}{COMPARED}"
