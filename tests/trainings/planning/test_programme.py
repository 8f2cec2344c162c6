"""The printed programme: what is in it, that programs can read it aloud, and what keeps it from being printed."""

import io
import re
from collections.abc import Iterator
from typing import Any

import page
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pypdf import PdfReader

from accounts.models import TargetGroup
from tests.builders import berlin, build_course, build_funding, build_person, build_run, build_venue, further_session
from tests.pages import read
from trainings import planning, printing
from trainings.models import Course, CourseRun
from trainings.planning import Form
from trainings.printing import pango
from trainings.refusals import Refused
from trainings.reporting import Period

pytestmark = pytest.mark.django_db

SPRING = Period.half_year(berlin(2026, 4, 1).date())
A4_ACROSS = (842, 595)
ALL = [(form, language) for form in Form for language in ("de", "en")]


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(berlin(2026, 3, 20, 8), tick=False):
        yield


@pytest.fixture
def run(trainer):
    """A course of the whole catalogue, on the fifth of May 2026."""
    course = build_course(
        "Vielfalt", groups=[TargetGroup.STAFF, TargetGroup.LEADERSHIP], title_en="Diversity", slug="vielfalt",
        summary="Ein Tag über Unterschiede.", summary_en="A day about differences.", number=3,
    )  # fmt: skip
    venue = build_venue("Kreishaus", street="Bahnhofstraße 9", postal_code="56068")
    funding = build_funding(grant_number="AMIF-0815")
    return build_run(
        course, number="2026-007", starts_at=berlin(2026, 5, 5, 9), venue=venue, trainers=[trainer], funding=funding
    )


def printed(form: Form, language: str = "de") -> list[str]:
    """The text of each page, with single spaces."""
    pdf = planning.programme_pdf(SPRING, form, language)
    return [re.sub(r"\s+", " ", one.extract_text()) for one in PdfReader(io.BytesIO(pdf)).pages]


def elements(pdf: bytes) -> Iterator[Any]:
    """The structure that programs read aloud, in order."""

    def below(element: Any) -> Iterator[Any]:
        for kid in element.get("/K", []):
            kid = kid.get_object()
            if isinstance(kid, dict):
                yield kid
                yield from below(kid)

    return below(PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"])


def runs_of(programme: planning.Programme) -> list[str]:
    return [run.number for run in programme.runs]


# --- Which runs --------------------------------------------------------------------------------------


def test_only_what_the_public_may_see_of_the_runs_to_come(run, agency):
    start = berlin(2026, 6, 2, 9)
    build_run(starts_at=start, number="draft", published_at=None)
    build_run(build_course(published_at=None), starts_at=start, number="draft of a course")
    build_run(starts_at=start, number="by invitation", visibility="invitation")
    build_run(starts_at=start, number="inhouse", visibility="agencies", agencies=[agency])
    build_run(starts_at=start, number="off", cancelled_at=berlin(2026, 3, 1), cancellation_reason="krank")
    build_run(starts_at=berlin(2026, 3, 19, 9), number="over")
    build_run(starts_at=berlin(2026, 7, 1, 9), number="later")
    build_run(run.course, starts_at=berlin(2026, 4, 7, 9), number="2026-006")
    assert runs_of(planning.programme_of(SPRING)) == ["2026-006", "2026-007"]


def test_a_half_year_is_printed_whole_when_it_has_begun(run):
    build_run(run.course, starts_at=berlin(2026, 3, 19, 9), number="2026-005")
    assert runs_of(planning.programme_of(SPRING, whole=True)) == ["2026-005", "2026-007"]
    later = berlin(2026, 7, 20)
    with pytest.raises(Refused):
        planning.programme_of(SPRING, later)
    assert runs_of(planning.programme_of(SPRING, later, whole=True)) == ["2026-005", "2026-007"]


def test_courses_stand_by_their_level_and_number(run):
    def another(number, level):
        build_run(build_course(f"Kurs {number}", number=number, level=level), starts_at=berlin(2026, 4, 7, 9))

    another(1, Course.Level.CONFERENCE)
    another(9, Course.Level.OPENING)
    another(2, Course.Level.BASIC)
    levels = [
        (level, [entry.course.number for entry in entries]) for level, entries in planning.programme_of(SPRING).levels
    ]
    assert levels == [("Auftakt", [9]), ("Basismodul", [2, 3]), ("Fachtag", [1])]


def test_the_grants_are_those_of_the_runs_else_that_of_the_half_year(run):
    build_run(run.course, starts_at=berlin(2026, 4, 7, 9), funding=run.funding)
    assert planning.programme_of(SPRING).grants == [run.funding]
    other = build_funding(grant_number="AMIF-0816", starts_on=berlin(2025, 12, 1).date())
    CourseRun.objects.update(funding=None)
    assert planning.programme_of(SPRING).grants == [other]


def test_as_many_queries_for_many_as_for_one(run, trainer):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            for entry in [entry for _level, entries in planning.programme_of(SPRING).levels for entry in entries]:
                [(one.place, one.trainers_by_name, one.sessions_taking_place) for one in entry.runs]
                str(entry.course.target_groups)
        return len(captured)

    with_one = queries()
    for _number in range(5):
        build_run(starts_at=berlin(2026, 5, 5, 9), venue=build_venue(), trainers=[trainer, build_person()])
    assert queries() == with_one


# --- What it says ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_brochure_in_german(run):
    further_session(run, berlin(2026, 5, 12, 9))
    front, inside = printed(Form.BROCHURE)
    for words in [
        "Landkreis Mayen-Koblenz Projekt MiKo-MYK Schulungen 1. Halbjahr 2026",
        "So melden Sie sich an",
        "oder unter 127.0.0.1:8000.",
        "schulungen@kreis-myk.example, Telefon 0261 000-000",
        "Stand: Fr., 20. März 2026.",
        "Asyl-, Migrations- und Integrationsfonds (AMIF) Projekt MiKo-MYK, Förderkennzeichen AMIF-0815",
    ]:
        assert words in front
    assert inside == (
        "Alle Termine Beginn Schulung Ort Di., 5. Mai 2026 Vielfalt Kreishaus, Koblenz "
        "Basismodul Vielfalt 8 UE (6 Std.) · Für Mitarbeitende und Führungskräfte Ein Tag über Unterschiede. "
        "Di., 5. Mai 2026, 9:00–16:30 Uhr Di., 12. Mai 2026, 9:00–12:00 Uhr "
        "Kreishaus, Bahnhofstraße 9, 56068 Koblenz Kursleitung: Ngozi Okafor · Termin 2026-007 "
        "MiKo-MYK Schulungen, 1. Halbjahr 2026 2 / 2"
    )


@pytest.mark.slow
def test_the_leaflet_in_english(run):
    outside, inside = printed(Form.LEAFLET, "en")
    for words in ["Trainings", "Half-year 1 of 2026", "How to register", "AMIF-0815", "As of Fri, 20 March 2026."]:
        assert words in outside
    assert inside == (
        "Diversity Basic module · 8 units (6 h) · For staff and managers A day about differences. "
        "Tue, 5 May 2026, 9:00–16:30, Kreishaus, Koblenz · Ngozi Okafor"
    )


@pytest.mark.slow
@pytest.mark.parametrize(("form", "language"), ALL)
def test_programs_can_read_it_aloud(run, form, language):
    untranslated = build_course("Nur deutsch", number=8)
    build_run(untranslated, starts_at=berlin(2026, 6, 2, 9), venue=run.venue)
    pdf = planning.programme_pdf(SPRING, form, language)
    failed = [
        (profile.value, failure.rule_id)
        for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A)
        for failure in page.validate_pdf_bytes(pdf, profile=profile).failures
    ]
    assert failed == []
    root = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/Lang"] == language
    tags = [element["/S"] for element in elements(pdf) if element.get("/S", "").startswith("/H")]
    deepest = 3 if form == Form.BROCHURE else 2
    assert (tags[0], max(tags), tags.count(f"/H{deepest}") >= 2) == ("/H1", f"/H{deepest}", True)
    described = [str(element["/Alt"]) for element in elements(pdf) if "/Alt" in element]
    with translation.override(language):
        title = untranslated.display_title
    assert {text.partition(": ")[0].rpartition(" ")[2] for text in described} >= {title.rpartition(" ")[2]}
    assert any(text.endswith(": 127.0.0.1:8000/schulungen/vielfalt") for text in described)
    assert not any("<" in text for text in described)
    assert any("Europ" in text for text in described)


@pytest.mark.slow
def test_the_leaflet_is_one_sheet_however_much_is_planned(run):
    """First the words are set closer, then the summaries are left out; nothing else may be missing."""
    for number in range(24):
        course = build_course(f"Schulung Nummer {number}", summary="Ein Satz dazu. " * 12, number=100 + number)
        build_run(course, starts_at=berlin(2026, 4, 1 + number, 9), venue=run.venue)
    pdf = planning.programme_pdf(SPRING, Form.LEAFLET, "de")
    reader = PdfReader(io.BytesIO(pdf))
    assert [tuple(round(side) for side in one.mediabox[2:]) for one in reader.pages] == [A4_ACROSS] * 2
    inside = re.sub(r"\s+", " ", reader.pages[1].extract_text())
    assert [number for number in range(24) if f"Schulung Nummer {number} " not in inside] == []
    assert "Ein Satz dazu." not in inside
    assert len(printed(Form.BROCHURE)) > 5


@pytest.mark.slow
def test_more_than_fits_on_a_leaflet_is_refused(run):
    for number in range(60):
        build_run(build_course(number=100 + number), starts_at=berlin(2026, 4, 1 + number % 30, 9))
    with pytest.raises(Refused) as refused:
        planning.programme_pdf(SPRING, Form.LEAFLET, "de")
    assert refused.value.codes == ["too_long"]


# --- Its page ----------------------------------------------------------------------------------------


@pytest.fixture
def client(signed_in, coordinator, today):
    return signed_in(coordinator)


@pytest.mark.slow
def test_the_plan_leads_to_both_forms_in_both_languages(client, run):
    links = read(client.get("/koordination/plan/")).links
    for words, name in {
        "Broschüre (A4), Deutsch": "programm-2026-1-broschuere-de.pdf",
        "Faltblatt (DIN lang), Englisch": "programm-2026-1-faltblatt-en.pdf",
    }.items():
        response = client.get(links[words])
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == f'inline; filename="{name}"'
        assert response.content.startswith(b"%PDF")


def test_why_there_is_none(client, run, monkeypatch):
    text = read(client.get("/koordination/plan/2025-2/broschuere-de.pdf"), 409).text
    assert "In diesem Halbjahr gibt es keinen öffentlichen Termin, der noch kommt." in text
    english = client.get("/koordination/plan/2025-2/broschuere-de.pdf", headers={"accept-language": "en"})
    assert "There is no public run to come in this half-year." in read(english, 409).text
    Course.objects.filter(pk=run.course_id).update(summary="Für alle 🙂")
    text = read(client.get("/koordination/plan/2026-1/broschuere-de.pdf"), 409).text
    assert "Diese Zeichen hat die Druckschrift nicht: 🙂" in text
    monkeypatch.setattr(pango, "_LIBRARIES", {"libpango-1.0-0": ("libnowhere.so",)})
    text = read(client.get("/koordination/plan/2026-1/broschuere-de.pdf"), 503).text
    assert printing.INSTALL_PANGO in text


@pytest.mark.parametrize(
    "part", ["2026-3/broschuere-de", "1-1/broschuere-de", "2026-1/plakat-de", "2026-1/faltblatt-fr"]
)
def test_there_are_no_others(client, run, part):
    assert client.get(f"/koordination/plan/{part}.pdf").status_code == 404
