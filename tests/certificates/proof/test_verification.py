"""What the public check answers, and what it must never tell."""

import hashlib
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certificates import proof
from certificates.models import Certificate
from certificates.proof import surnames
from tests import builders
from tests.certificates.builders import build_certificate, build_finished_run
from tests.pages import read

UNKNOWN = "0000000000000000"


@pytest.fixture
def certificate(coordinator, participant) -> Certificate:
    run = build_finished_run(course=builders.build_course("Grundlagen"))
    return build_certificate(participant, by=coordinator, run=run)


def page_of(code: str) -> str:
    return reverse("certificates:verify", args=[code])


def compare(client, code: str, sha256: str):
    return client.post(reverse("certificates:compare_file", args=[code]), {"sha256": sha256})


# --- states -----------------------------------------------------------------------------------------------------------


def test_a_replaced_one_names_its_successor_by_number_and_keeps_the_code_of_it(client, certificate, coordinator):
    person = certificate.registration.person
    newer = build_certificate(person, by=coordinator)
    Certificate.objects.filter(pk=certificate.pk).update(
        replaced_at=builders.berlin(2026, 3, 10, 12), replaced_by=newer
    )

    response = client.get(page_of(certificate.code))

    page = read(response)
    sentence = (
        f"Diese Bescheinigung wurde am 10.03.2026 durch die Bescheinigung {newer.number} ersetzt und gilt nicht mehr."
    )
    assert sentence in page.text
    assert [code in response.content.decode() for code in (newer.code, newer.display_code)] == [False, False]


@pytest.mark.parametrize(("method", "status"), [("get", 200), ("head", 200), ("put", 405), ("delete", 405)])
def test_only_reading_and_asking_are_answered(client, certificate, method, status):
    assert getattr(client, method)(page_of(certificate.code)).status_code == status


# --- the surname ------------------------------------------------------------------------------------------------------


def test_a_certificate_is_issued_with_the_key_of_its_surname(certificate):
    assert re.fullmatch("[0-9a-f]{64}", certificate.surname_key)
    assert certificate.surname_key == proof.surname_key(certificate.code, " YILDIZ")


def test_one_surname_has_another_key_on_every_certificate_and_under_every_secret(settings):
    keys = {proof.surname_key("7K3MXQ9ARTB25WZH", "Müller"), proof.surname_key("7K3MXQ9ARTB25WZJ", "Müller")}
    settings.CERTIFICATE_NAME_KEY = "something else that is long enough"
    keys.add(proof.surname_key("7K3MXQ9ARTB25WZH", "Müller"))

    assert len(keys) == 3


def test_the_former_secret_key_given_as_name_key_goes_on_to_answer(settings, certificate):
    former = settings.SECRET_KEY
    settings.SECRET_KEY = "a new one"
    assert former == settings.CERTIFICATE_NAME_KEY

    assert proof.is_issued_to(certificate, "Yıldız")


def test_a_certificate_without_a_key_is_answered_from_what_it_says(certificate):
    Certificate.objects.filter(pk=certificate.pk).update(surname_key="")
    certificate.refresh_from_db()

    assert [proof.is_issued_to(certificate, typed) for typed in ("yildiz", "Weber")] == [True, False]


def test_keys_of_all_are_looked_at_only_when_the_secret_is_another(participant, coordinator, monkeypatch, settings):
    """Not each day, of ten years: the oldest is written last, so what stands there says whether all were written."""
    monkeypatch.setattr(surnames, "NEWEST", 1)
    settings.CERTIFICATE_NAME_KEY = "the secret of before, long enough"
    certificates = [build_certificate(participant, by=coordinator, rendered=False) for _number in range(4)]
    rows = Certificate.objects.in_bulk
    before = [one.surname_key for one in certificates]

    settings.CERTIFICATE_NAME_KEY = "the secret of today, long enough"
    oldest, newest = certificates[0].pk, certificates[-1].pk
    now = proof.surname_key(certificates[-1].code, "Yıldız")
    Certificate.objects.filter(pk=newest).update(surname_key=now)  # and there it was cut off
    assert proof.write_surname_keys() == 3
    assert all(rows()[one.pk].surname_key != key for one, key in zip(certificates, before, strict=True))
    assert proof.write_surname_keys() == 0

    Certificate.objects.filter(pk=newest).update(surname_key=before[-1])  # by a process that had not been restarted
    with CaptureQueriesContext(connection) as asked:
        assert proof.write_surname_keys() == 1
    assert all("LIMIT 1" in one["sql"] for one in asked if one["sql"].startswith("SELECT"))
    assert rows()[oldest].surname_key == proof.surname_key(certificates[0].code, "Yıldız")


def test_keys_are_written_where_they_are_missing_or_of_another_secret(certificate, coordinator, settings):
    other = build_certificate(builders.build_person(last_name="Öztürk"), by=coordinator, rendered=False)
    Certificate.objects.filter(pk=certificate.pk).update(surname_key="")
    assert [proof.write_surname_keys(), proof.write_surname_keys()] == [1, 0]

    settings.CERTIFICATE_NAME_KEY = "something else that is long enough"
    assert proof.write_surname_keys() == 2
    for row in (certificate, other):
        row.refresh_from_db()
    assert [proof.is_issued_to(certificate, "Yildiz"), proof.is_issued_to(other, "OEZTUERK")] == [
        True,
        True,
    ]


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_hash_of_the_file_is_answered_and_any_other_is_not(client, certificate):
    right = hashlib.sha256(bytes(certificate.pdf)).hexdigest()

    answers = [compare(client, certificate.code, sha256) for sha256 in (right, "0" * 64)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"is_the_file": True}),
        (200, {"is_the_file": False}),
    ]
    assert {answer["X-Robots-Tag"] for answer in answers} == {"noindex, nofollow"}


@pytest.mark.parametrize(
    ("code", "sha256", "status"),
    [("", "", 400), ("", "kurz", 400), ("", "G" * 64, 400), (UNKNOWN, "0" * 64, 404), (UNKNOWN, "kurz", 404)],
)
def test_what_is_no_hash_or_no_certificate_is_refused(client, certificate, code, sha256, status):
    assert compare(client, code or certificate.code, sha256).status_code == status


def test_the_hash_is_never_told(client, certificate):
    """With it, and all that is printed but the name, names could be tried at home and without limit."""
    answers = [
        client.get(page_of(certificate.code)),
        client.post(page_of(certificate.code), {"surname": "Yıldız"}),
        compare(client, certificate.code, "0" * 64),
    ]

    assert [certificate.sha256 in answer.content.decode() for answer in answers] == [False] * 3


def test_asking_for_the_file_counts_as_a_check(client, certificate, time_machine):
    time_machine.move_to("2026-11-23 10:00:30+00:00", tick=False)
    statuses = [compare(client, certificate.code, "0" * 64).status_code for _ in range(11)]

    assert (set(statuses[:10]), statuses[10]) == ({200}, 429)


def test_the_part_for_files_is_not_shown_without_a_script_nor_for_unknown_codes(client, certificate):
    known = client.get(page_of(certificate.code)).content.decode()
    unknown = client.get(page_of(UNKNOWN)).content.decode()

    assert '<section class="app-section" aria-labelledby="file" hidden>' in known
    assert ["verify.js" in known, "verify.js" in unknown, 'type="file"' in unknown] == [True, False, False]


# --- nothing to be learned from how long it takes -----------------------------------------------------------------


@pytest.mark.parametrize("data", [None, {"surname": "Weber"}])
def test_known_and_unknown_codes_are_looked_up_with_the_same_queries(client, certificate, data):
    builders.build_funding()

    def shapes(code: str) -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.post(page_of(code), data) if data else client.get(page_of(code))
        return [query["sql"].replace(code, "…") for query in captured]

    shapes(certificate.code)
    assert shapes(certificate.code) == shapes(UNKNOWN)


def test_for_an_unknown_code_the_same_page_is_made_and_nothing_of_it_shown(client, db):
    response = client.post(page_of(UNKNOWN), {"surname": "Weber"})

    made = [template.name for template in response.templates]
    assert "certificates/proof/_verified.html" in made
    page = read(response, 404)
    assert page.headings == ["Ergebnis der Prüfung", "Dieser Prüfcode ist unbekannt."]
    assert [word in response.content.decode() for word in ("Nein, die", "MYK-0000", "surname")] == [False] * 3
