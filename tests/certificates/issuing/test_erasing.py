"""When names and files go, and what the public check still knows."""

import datetime as dt
import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certificates import issuing, proof
from certificates.issuing import retention
from certificates.models import Certificate
from tests import builders
from tests.certificates.builders import build_certificate, build_finished_run
from tests.pages import read
from trainings.periodic import run_due_jobs

UNTIL = dt.date(2044, 12, 31)
AFTER = builders.berlin(2045, 1, 1, 0, 5)


@pytest.fixture
def certificate(coordinator, participant) -> Certificate:
    run = build_finished_run(course=builders.build_course("Grundlagen"))
    certificate = build_certificate(participant, by=coordinator, run=run)
    Certificate.objects.filter(pk=certificate.pk).update(
        badge="ey…", override_reason="Ayşe war beim Arzt", ending_reason="Ayşe heißt jetzt anders"
    )
    return certificate


def erased(certificate: Certificate) -> Certificate:
    issuing.erase(AFTER)
    certificate.refresh_from_db()
    return certificate


@pytest.mark.parametrize(("at", "goes"), [(builders.berlin(2044, 12, 31, 23, 59), False), (AFTER, True)])
def test_the_name_goes_the_day_after_the_date_of_the_grant(certificate, at, goes):
    assert issuing.erase(at) == int(goes)

    certificate.refresh_from_db()
    assert [certificate.erased_at, certificate.pdf is None] == ([at, True] if goes else [None, False])


def test_a_run_without_a_grant_of_its_own_goes_by_the_one_of_its_last_day(coordinator, participant):
    builders.build_funding(
        starts_on=dt.date(2040, 1, 1), ends_on=dt.date(2049, 12, 31), keep_evidence_until=dt.date(2060, 12, 31)
    )
    builders.build_funding(ends_on=dt.date(2039, 12, 31))
    build_certificate(participant, by=coordinator, run=build_finished_run(funding=None), rendered=False)

    assert [issuing.erase(builders.berlin(2044, 12, 31)), issuing.erase(AFTER)] == [0, 1]


@pytest.mark.parametrize(("days", "goes"), [(99, False), (101, True)])
def test_without_any_grant_the_setting_counts_from_the_issuing(coordinator, participant, settings, days, goes):
    settings.RETENTION_CERTIFICATE_DAYS = 100
    build_certificate(participant, by=coordinator, run=build_finished_run(funding=None), rendered=False)

    assert issuing.erase(timezone.now() + dt.timedelta(days=days)) == int(goes)


def test_nothing_of_the_person_is_left_and_everything_else_stays(certificate):
    before = {**certificate.snapshot}
    erased(certificate)

    assert {**before, "name": "", "surname": "", "trainers": []} == certificate.snapshot
    texts = [certificate.badge, certificate.override_reason, certificate.ending_reason]
    assert (texts, certificate.pdf) == (["", "", ""], None)
    row = str(Certificate.objects.filter(pk=certificate.pk).values())
    assert [word in row for word in ("Ayşe", "Yıldız", certificate.number, certificate.sha256)] == [
        False,
        False,
        True,
        True,
    ]


def test_the_public_check_goes_on_as_if_nothing_had_happened(client, certificate):
    pdf = bytes(certificate.pdf)
    before = read(client.get(reverse("certificates:verify", args=[certificate.code]))).text
    erased(certificate)

    address = reverse("certificates:verify", args=[certificate.code])
    assert "Diese Bescheinigung ist gültig." in before
    assert read(client.get(address)).text == before
    answers = [read(client.post(address, {"surname": typed})).text for typed in ("YILDIZ", "Weber", "")]
    assert ["Ja, die" in answers[0], "Nein, die" in answers[1], "Ja, die" in answers[2]] == [True, True, False]
    assert proof.is_the_file(certificate, hashlib.sha256(pdf).hexdigest())


def test_a_name_without_a_key_gets_one_before_it_goes(certificate):
    Certificate.objects.filter(pk=certificate.pk).update(surname_key="")

    assert proof.is_issued_to(erased(certificate), "Yıldız")


def test_what_ended_or_was_never_printed_goes_too_and_is_not_printed_afterwards(coordinator, participant):
    revoked = build_certificate(participant, by=coordinator)
    Certificate.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())
    build_certificate(participant, by=coordinator, rendered=False)

    assert [issuing.erase(AFTER), issuing.erase(AFTER)] == [2, 0]
    assert not Certificate.objects.due().exists()


def test_many_go_in_several_transactions(coordinator, participant, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _number in range(5):
        build_certificate(participant, by=coordinator, rendered=False)

    assert issuing.erase(AFTER) == 5


def test_the_owner_reads_that_the_file_is_no_longer_kept(signed_in, certificate, participant, coordinator):
    erased(certificate)
    client = signed_in(participant)

    page = read(client.get(reverse("certificates:list")))
    assert "Die Datei wird nicht mehr aufbewahrt." in page.text
    assert certificate.get_absolute_url() not in page.links.values()
    assert certificate.get_absolute_url() not in client.get("/meine-schulungen/").content.decode()
    assert client.get(certificate.get_absolute_url()).status_code == 404
    client = signed_in(coordinator)
    issue = client.get(reverse("certificates:issue", args=[certificate.registration.run_id])).content.decode()
    assert ["nicht mehr aufbewahrt" in issue, certificate.get_absolute_url() in issue] == [True, False]
    assert client.get(certificate.get_absolute_url()).status_code == 404


@pytest.mark.slow
def test_a_worker_does_it_once_a_day(certificate):
    assert "retention of certificates" in run_due_jobs(AFTER)
    assert "retention of certificates" not in run_due_jobs(AFTER + dt.timedelta(hours=23))
    assert "retention of certificates" in run_due_jobs(AFTER + dt.timedelta(hours=25))


def test_as_long_as_no_grant_is_over_only_what_was_issued_long_ago_is_looked_at(certificate):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads small tables whole, and is right")
    with CaptureQueriesContext(connection) as asked:
        assert issuing.erase(timezone.now()) == 0
    looked = [one["sql"] for one in asked if 'FROM "certificates_certificate"' in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {looked[0]}")
        [first, *_rest] = [step[3] for step in cursor.fetchall()]
    assert len(looked) == 1
    assert first.endswith("USING INDEX certificates_with_a_name_since (issued_at<?)")
