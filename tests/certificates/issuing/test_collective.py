"""What an agency's personnel office gets, and what it must not."""

import io

import page
import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from certificates import issuing
from certificates.models import Certificate
from tests import builders
from tests.certificates.builders import build_certificate, build_finished_run
from tests.pages import read
from trainings.models import AttendanceRecord
from trainings.reporting import Period

YEARS = "?von=2000-01-01&bis=2100-12-31"
ALL_DAYS = Period(builders.berlin(2000, 1, 1).date(), builders.berlin(2100, 12, 31).date())


@pytest.fixture
def run():
    return build_finished_run(course=builders.build_course("Grundlagen"))


@pytest.fixture
def certificate(coordinator, participant, run) -> Certificate:
    return build_certificate(participant, by=coordinator, run=run)


def numbers(agency, period: Period = ALL_DAYS) -> list[str]:
    return [row.number for row in issuing.confirmation(agency, period).rows]


def pdf_of(response) -> str:
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(response.content)).pages)


# --- who is on it -----------------------------------------------------------------------------------------------------


def test_it_names_people_courses_days_and_units_as_the_certificates_do(agency, certificate, run):
    run.course.title = "Umbenannt"
    run.course.save()

    found = issuing.confirmation(agency, ALL_DAYS)

    [row] = found.rows
    day = f"{timezone.localtime(run.starts_at):%d.%m.%Y}"
    assert (row.name, row.title, row.units, row.number) == ("Ayşe Yıldız", "Grundlagen", 8, certificate.number)
    assert day in row.days
    assert (found.people, found.units, [grant["grant_number"] for grant in found.grants]) == (
        1,
        8,
        [run.funding.grant_number],
    )


def test_only_the_agencys_own_people_are_on_it(agency, other_agency, certificate, coordinator, other_participant):
    other = build_certificate(other_participant, by=coordinator)

    assert (numbers(agency), numbers(other_agency)) == ([certificate.number], [other.number])


def test_the_agency_that_sent_somebody_counts_not_the_one_they_belong_to_now(
    agency, other_agency, certificate, participant
):
    participant.agency = other_agency
    participant.save()

    assert (numbers(agency), numbers(other_agency)) == ([certificate.number], [])


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": timezone.now()},
        {"replaced_at": timezone.now()},
        {"erased_at": timezone.now(), "pdf": None},
        {"rendered_at": None, "pdf": None, "sha256": ""},
    ],
    ids=["revoked", "replaced", "erased", "not printed"],
)
def test_what_does_not_hold_or_is_not_there_is_not_on_it(agency, certificate, change):
    Certificate.objects.filter(pk=certificate.pk).update(**change)

    assert numbers(agency) == []


def test_nobody_is_on_it_without_a_certificate(agency, certificate, run, participant):
    absent = builders.build_registration(run, builders.build_person(last_name="Fehlt", agency=agency))
    AttendanceRecord.objects.filter(registration=absent).delete()

    assert numbers(agency) == [certificate.number]


def test_a_certificate_belongs_to_the_period_in_which_its_run_ends(agency, coordinator, participant, time_machine):
    time_machine.move_to(builders.berlin(2026, 7, 20))
    starts = [builders.berlin(2026, 6, 30, 9), builders.berlin(2026, 7, 1, 9)]
    sessions = [(start, start.replace(hour=16, minute=30)) for start in starts]
    run = builders.build_run(sessions=sessions, teaching_minutes=360)
    certificate = build_certificate(participant, by=coordinator, run=run)
    halves = [Period.half_year(day.date()) for day in starts]

    assert [numbers(agency, half) for half in halves] == [[], [certificate.number]]


def test_it_is_sorted_as_german_lists_are_and_takes_one_query(agency, coordinator, run, django_assert_num_queries):
    for name in ("Zander", "Öztürk", "Oesterle", "Abel"):
        build_certificate(builders.build_person(last_name=name, agency=agency), by=coordinator, run=run)

    with django_assert_num_queries(1) as captured:
        rows = issuing.confirmation(agency, ALL_DAYS).rows
    assert [row.surname for row in rows] == ["Abel", "Oesterle", "Öztürk", "Zander"]
    assert '"pdf"' not in captured[0]["sql"].partition("FROM")[0]


# --- pages and paper --------------------------------------------------------------------------------------------------


def test_the_contact_finds_it_from_the_agencys_page(signed_in, agency_contact, certificate):
    client = signed_in(agency_contact)
    link = read(client.get(reverse("trainings:agency"))).links["Sammelbestätigung"]

    found = read(client.get(link + YEARS))
    assert [word in found.text for word in ("Ayşe Yıldız", "Grundlagen", certificate.number)] == [True] * 3
    text = pdf_of(client.get(found.links["Als PDF"]))
    assert [word in text for word in ("Ayşe Yıldız", "Grundlagen", certificate.number, "Seite 1 von 1")] == [True] * 4


def test_the_coordination_chooses_the_agency(signed_in, coordinator, other_agency, agency, certificate):
    client, address = signed_in(coordinator), reverse("certificates:collective_of_agency")

    assert read(client.get(address)).errors == []
    assert read(client.get(f"{address}{YEARS}")).errors == ["Bitte wählen Sie eine Behörde oder Einrichtung."]
    empty = read(client.get(f"{address}{YEARS}&behoerde={other_agency.pk}"))
    assert ["In diesem Zeitraum gibt es keine" in empty.text, "Als PDF" in empty.links] == [True, False]
    found = read(client.get(f"{address}{YEARS}&behoerde={agency.pk}"))
    assert "Ayşe Yıldız" in pdf_of(client.get(found.links["Als PDF"]))


def test_a_contact_cannot_ask_for_another_agency(
    signed_in, agency_contact, other_agency, other_participant, coordinator
):
    build_certificate(other_participant, by=coordinator)
    client = signed_in(agency_contact)
    for name in ("certificates:collective", "certificates:collective_file"):
        assert client.get(f"{reverse(name)}{YEARS}&behoerde={other_agency.pk}").status_code == 404


def test_wrong_days_are_explained_beside_the_field_also_for_the_file(signed_in, agency_contact):
    client, wrong = signed_in(agency_contact), "?von=2026-07-01&bis=2026-06-30"

    for name in ("certificates:collective", "certificates:collective_file"):
        found = read(client.get(reverse(name) + wrong, follow=True))
        assert found.errors == ["Der letzte Tag liegt vor dem ersten."]


def test_without_days_it_is_this_half_year(signed_in, agency_contact):
    found = read(signed_in(agency_contact).get(reverse("certificates:collective")))

    assert str(Period.half_year(timezone.localdate())) in found.headings


@pytest.mark.slow
def test_the_paper_of_many_is_accessible_names_the_grant_and_counts_its_pages(agency, coordinator, run):
    for number in range(60):
        person = builders.build_person(first_name="Kim", last_name=f"Person{number:02d}", agency=agency)
        build_certificate(person, by=coordinator, run=run, rendered=False)
    Certificate.objects.update(rendered_at=timezone.now(), pdf=b"%PDF", sha256="0" * 64)

    pdf = issuing.confirmation_pdf(issuing.confirmation(agency, ALL_DAYS), builders.berlin(2026, 11, 23, 12))

    pages = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages]
    assert [f"Seite {number} von {len(pages)}" in page for number, page in enumerate(pages, start=1)] == [True] * len(
        pages
    )
    assert [
        word in pages[-1] for word in (run.funding.grant_number, "60 Personen, 60 Teilnahmen, 480", "23. November 2026")
    ] == [True] * 3
    assert len(pages) > 1
    failures = [
        (profile.value, failure.rule_id)
        for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A)
        for failure in page.validate_pdf_bytes(pdf, profile=profile).failures
    ]
    assert failures == []


def test_the_paper_is_german_in_every_language_of_the_page(signed_in, agency_contact, certificate):
    client = signed_in(agency_contact)
    client.post(reverse("set_language"), {"language": "en"})

    text = pdf_of(client.get(reverse("certificates:collective_file") + YEARS))

    day = f"{timezone.localtime(certificate.attended_from):%d.%m.%Y}"
    assert [word in text for word in ("Sammelbestätigung", "1 Person, 1 Teilnahme", f"Grundlagen {day}")] == [True] * 3


def test_a_letter_no_typeface_has_is_shown_as_missing(agency, coordinator, run):
    person = builders.build_person(last_name="名", agency=agency)
    build_certificate(person, by=coordinator, run=run, rendered=False)
    Certificate.objects.update(rendered_at=timezone.now(), pdf=b"%PDF", sha256="0" * 64)

    text = (
        PdfReader(io.BytesIO(issuing.confirmation_pdf(issuing.confirmation(agency, ALL_DAYS)))).pages[0].extract_text()
    )

    assert "� steht für einen Buchstaben" in " ".join(text.split())
