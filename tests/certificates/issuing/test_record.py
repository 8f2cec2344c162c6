"""One person's record for the personnel office: who gets it, what is on it, and what must not be."""

import datetime as dt
import io

import page
import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import AuditEvent
from certificates import issuing, paper
from certificates.models import Certificate
from tests import builders
from tests.certificates.builders import build_certificate, build_finished_run
from tests.pages import read
from trainings import people
from trainings.acts import Act
from trainings.models import Course
from trainings.reporting import Period

PRINTED = {"rendered_at": timezone.now(), "pdf": b"%PDF", "sha256": "0" * 64}


@pytest.fixture
def certificate(coordinator, participant) -> Certificate:
    run = build_finished_run(course=builders.build_course("Grundlagen", level=Course.Level.BASIC))
    return build_certificate(participant, by=coordinator, run=run)


@pytest.fixture
def sent_by_another(coordinator, participant, other_agency) -> Certificate:
    """Of the same person, whom another agency sent."""
    found = build_certificate(participant, by=coordinator, rendered=False)
    Certificate.objects.filter(pk=found.pk).update(**PRINTED)
    type(found.registration).objects.filter(pk=found.registration_id).update(agency=other_agency, group="volunteers")
    return found


def numbers(record: issuing.TrainingRecord) -> list[str]:
    return [row.number for row in record.rows]


def pages_of(content: bytes) -> list[str]:
    return [" ".join(sheet.extract_text().split()) for sheet in PdfReader(io.BytesIO(content)).pages]


# --- what is on it ----------------------------------------------------------------------------------------------------


def test_it_names_days_units_level_number_and_the_agency_and_group_of_the_day(participant, certificate, other_agency):
    participant.agency, participant.group = other_agency, "volunteers"
    participant.save()

    record = issuing.training_record(participant)

    [row] = record.rows
    assert (row.title, str(row.level.label), row.units, row.number, row.code) == (
        "Grundlagen",
        "Basismodul",
        8,
        certificate.number,
        certificate.code,
    )
    assert row.sent_by == "Stadtverwaltung Mayen, Mitarbeitende"
    assert row.days == f"{timezone.localtime(certificate.attended_from):%d.%m.%Y}"
    assert (record.units, record.other_names, len(record.grants)) == (8, [], 1)


def test_it_is_of_all_time_or_of_a_period_and_in_the_order_of_the_days(participant, coordinator, certificate):
    earlier = build_certificate(participant, by=coordinator, run=build_finished_run(days_ago=(500,)), rendered=False)
    Certificate.objects.filter(pk=earlier.pk).update(**PRINTED)
    today = timezone.localdate()

    assert numbers(issuing.training_record(participant)) == [earlier.number, certificate.number]
    lately = Period(today - dt.timedelta(days=30), today)
    assert numbers(issuing.training_record(participant, lately)) == [certificate.number]


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
def test_what_does_not_hold_or_is_not_there_is_not_on_it(participant, certificate, change):
    Certificate.objects.filter(pk=certificate.pk).update(**change)

    assert numbers(issuing.training_record(participant)) == []


def test_another_name_that_certificates_bear_is_said(participant, certificate):
    participant.last_name = "Yıldız-Weber"
    participant.save()

    assert issuing.training_record(participant).other_names == ["Ayşe Yıldız"]


@pytest.mark.slow
def test_two_hundred_trainings_take_one_query(participant, coordinator, certificate, django_assert_num_queries):
    rows = []
    for number in range(199):
        registration = builders.build_registration(
            build_finished_run(days_ago=(11 + number,), funding=None), participant
        )
        rows.append(
            Certificate(
                registration=registration, number=f"MYK-2025-{number:06d}", snapshot=certificate.snapshot,
                template_version="2026-4/de-0", issued_by=coordinator, **PRINTED,
            )
        )  # fmt: skip
    Certificate.objects.bulk_create(rows)

    with django_assert_num_queries(1) as captured:
        record = issuing.training_record(participant)
        assert (len(record.rows), record.units, record.rows[0].sent_by) == (
            200,
            1600,
            "Stadtverwaltung Mayen, Mitarbeitende",
        )
    assert '"pdf"' not in captured[0]["sql"].partition("FROM")[0]


# --- who gets it ------------------------------------------------------------------------------------------------------


def test_the_person_finds_it_and_nobody_records_that(signed_in, participant, certificate):
    client = signed_in(participant)
    link = read(client.get(reverse("certificates:list"))).links["Nachweis der Fortbildungen"]
    assert read(client.get(reverse("trainings:my_data"))).links["Nachweis der Fortbildungen"] == link

    found = read(client.get(link))
    assert [word in found.text for word in ("Grundlagen", certificate.number, "Basismodul")] == [True] * 3
    [text] = pages_of(client.get(found.links["Als PDF"]).content)
    words = ("Ayşe Yıldız", "Grundlagen", "Basismodul", certificate.number, certificate.display_code, "Seite 1 von 1")
    assert [word in text for word in words] == [True] * len(words)
    assert not AuditEvent.objects.filter(person=participant).exists()


def test_the_contact_gets_what_the_agency_sent_the_person_to_and_no_more(
    signed_in, agency_contact, participant, certificate, sent_by_another
):
    client = signed_in(agency_contact)
    confirmation = read(client.get(reverse("certificates:collective") + "?von=2000-01-01&bis=2100-12-31"))

    found = read(client.get(confirmation.links["Ayşe Yıldız"]))

    assert (certificate.number in found.text, sent_by_another.number in found.text) == (True, False)
    [text] = pages_of(client.get(found.links["Als PDF"]).content)
    assert (certificate.number in text, sent_by_another.number in text) == (True, False)
    assert "im Auftrag von Stadtverwaltung Mayen" in text


def test_who_makes_one_about_somebody_else_is_on_record(signed_in, agency_contact, participant, certificate):
    client = signed_in(agency_contact)
    client.get(reverse("certificates:record_of_colleague", args=[participant.pk]))
    client.get(reverse("certificates:record_of_colleague_file", args=[participant.pk]))

    recorded = AuditEvent.objects.filter(person=participant, by=agency_contact).order_by("pk")
    assert list(recorded.values_list("what", flat=True)) == ["person_viewed", "exported"]
    [exported] = recorded.filter(what="exported")
    assert "record_of_colleague_file" in exported.about
    assert "Yıldız" not in exported.about


def test_a_stranger_is_nobody_the_contact_could_ask_for(
    signed_in, agency_contact, other_participant, participant, sent_by_another, agency
):
    client = signed_in(agency_contact)
    participant.agency = None
    participant.save()
    for person in (other_participant, participant):  # the second was sent by another agency alone
        for name in ("record_of_colleague", "record_of_colleague_file"):
            assert client.get(reverse(f"certificates:{name}", args=[person.pk])).status_code == 404


def test_whom_the_agency_sent_before_they_left_it_is_still_on_its_record(
    signed_in, agency_contact, participant, certificate, other_agency
):
    participant.agency = other_agency
    participant.save()

    found = read(signed_in(agency_contact).get(reverse("certificates:record_of_colleague", args=[participant.pk])))

    assert certificate.number in found.text


def test_the_coordinator_gets_all_of_it_from_the_page_of_the_person(
    signed_in, coordinator, participant, certificate, sent_by_another
):
    client = signed_in(coordinator)
    link = read(client.get(reverse("trainings:person", args=[participant.pk]))).links["Nachweis der Fortbildungen"]

    found = read(client.get(link))

    assert [number in found.text for number in (certificate.number, sent_by_another.number)] == [True, True]
    assert "Stadtverwaltung Bendorf, Ehrenamtliche" in found.text
    assert client.get(found.links["Als PDF"])["Content-Type"] == "application/pdf"


def test_after_an_erasure_there_is_none_and_the_collective_confirmation_names_nobody(
    signed_in, coordinator, agency_contact, participant, certificate, agency
):
    people.erase(participant, Act(coordinator, reason="Antrag"))
    client = signed_in(coordinator)
    for name in ("record_of_person", "record_of_person_file"):
        assert client.get(reverse(f"certificates:{name}", args=[participant.pk])).status_code == 404
    period = Period(dt.date(2000, 1, 1), dt.date(2100, 12, 31))
    assert issuing.confirmation(agency, period).rows == ()
    client = signed_in(agency_contact)
    assert client.get(reverse("certificates:record_of_colleague", args=[participant.pk])).status_code == 404


def test_two_accounts_that_became_one_have_one_record(coordinator, participant, certificate):
    other = builders.build_person("a.yildiz@mayen.example", "Ayşe", "Yıldız")
    further = build_certificate(other, by=coordinator, run=build_finished_run(days_ago=(30,)), rendered=False)
    Certificate.objects.filter(pk=further.pk).update(**PRINTED)

    people.merge(participant, other, Act(coordinator, reason="dieselbe Person"))

    assert numbers(issuing.training_record(participant)) == [further.number, certificate.number]
    assert numbers(issuing.training_record(other)) == []


# --- pages and paper --------------------------------------------------------------------------------------------------


def test_half_a_period_is_asked_about_beside_the_field_also_for_the_file(signed_in, participant, certificate):
    client = signed_in(participant)

    for name in ("record", "record_file"):
        for half in ("?von=2026-01-01", "?bis=2026-01-01"):
            found = read(client.get(reverse(f"certificates:{name}") + half, follow=True))
            assert found.errors == ["Bitte geben Sie beide Tage an, oder keinen von beiden für den gesamten Zeitraum."]


def test_without_anything_to_certify_the_page_says_so_and_there_is_no_file(signed_in, participant):
    client = signed_in(participant)

    found = read(client.get(reverse("certificates:record_file"), follow=True))

    assert "Es gibt noch keine gültigen Teilnahmebescheinigungen." in found.text
    assert "Als PDF" not in found.links


def test_of_a_period_the_paper_says_which(signed_in, participant, certificate):
    today = timezone.localdate()
    query = f"?von={today.year - 1}-01-01&bis={today.year}-12-31"

    [text] = pages_of(signed_in(participant).get(reverse("certificates:record_file") + query).content)

    assert f"in der Zeit vom 01.01.{today.year - 1} bis 31.12.{today.year} an den folgenden Schulungen" in text
    assert "1 Teilnahme, 8 Unterrichtseinheiten" in text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Nguyễn Thị Hồng", "ليلى الحسن", "דוד כהן"])
def test_the_paper_is_accessible_whatever_the_letters_of_the_name(coordinator, agency, name):
    first, _blank, last = name.rpartition(" ")
    person = builders.build_person(first_name=first, last_name=last, agency=agency)
    funding = builders.build_funding()
    for number in range(40):
        run = build_finished_run(
            days_ago=(10 + number,), funding=funding, course=builders.build_course(f"Schulung {number}")
        )
        build_certificate(person, by=coordinator, run=run, rendered=False)
    Certificate.objects.update(**PRINTED)

    pdf = issuing.training_record_pdf(issuing.training_record(person), builders.berlin(2026, 11, 23, 12))

    pages = pages_of(pdf)
    assert len(pages) > 1
    assert ["40 Teilnahmen, 320" in pages[-1], "23. November 2026" in pages[-1], "�" in pages[0]] == [
        True,
        True,
        bool(paper.unprintable(name)),  # as on the certificate itself
    ]
    failures = [
        (profile.value, failure.rule_id)
        for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A)
        for failure in page.validate_pdf_bytes(pdf, profile=profile).failures
    ]
    assert failures == []
