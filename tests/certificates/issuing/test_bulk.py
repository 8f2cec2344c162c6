"""All certificates of a run in one ZIP, and in one PDF for the printer."""

import io
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from certificates import issuing
from certificates.issuing import bulk
from certificates.models import Certificate
from certificates.paper import render
from tests import builders
from tests.certificates.builders import build_attended, build_certificate, build_finished_run, build_snapshot
from trainings.acts import Act

pytestmark = pytest.mark.slow

NAMES = ["Zander", "Öztürk", "Oesterle", "Abel"]
BY_SURNAME = ["Abel", "Oesterle", "Öztürk", "Zander"]


@pytest.fixture
def run(coordinator):
    run = build_finished_run()
    for name in NAMES:
        build_attended(run, builders.build_person(last_name=name))
    for certificate in issuing.issue(run, Act(coordinator)):
        render(certificate)
    return run


def text_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def named(name: str) -> str:
    certificate = Certificate(number="MYK-2026-000123", snapshot=build_snapshot(name=name))
    return bulk.file_name(certificate)


def test_the_zip_holds_every_stored_file_by_surname(signed_in, coordinator, run):
    response = signed_in(coordinator).get(reverse("certificates:zipped", args=[run.pk]))

    archive = zipfile.ZipFile(io.BytesIO(response.content))
    stored = {bulk.file_name(row): bytes(row.pdf) for row in issuing.certificates_of_run(run)}
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/zip", "private, no-store")
    assert (
        response["Content-Disposition"] == f'attachment; filename="teilnahmebescheinigungen-{run.number.lower()}.zip"'
    )
    assert {name: archive.read(name) for name in archive.namelist()} == stored
    assert [name.rpartition(" ")[2] for name in archive.namelist()] == [f"{name}.pdf" for name in BY_SURNAME]


def test_the_pdf_to_print_has_a_page_for_each_by_surname(signed_in, coordinator, run):
    response = signed_in(coordinator).get(reverse("certificates:printed", args=[run.pk]))

    pages = text_of(response.content)
    assert (response["Content-Type"], len(pages)) == ("application/pdf", 4)
    assert [name in page for name, page in zip(BY_SURNAME, pages, strict=True)] == [True] * 4
    reader = PdfReader(io.BytesIO(response.content))
    assert [page.get("/Annots") for page in reader.pages] == [None] * 4
    assert reader.metadata.title == f"Teilnahmebescheinigungen {run.number}"


def test_what_is_no_longer_valid_or_not_ready_is_in_neither(coordinator, run):
    abel, oesterle, *rest = sorted(
        issuing.certificates_of_run(run), key=lambda row: BY_SURNAME.index(row.snapshot["surname"])
    )
    Certificate.objects.filter(pk=abel.pk).update(revoked_at=timezone.now())
    Certificate.objects.filter(pk=oesterle.pk).update(erased_at=timezone.now(), pdf=None)
    build_certificate(builders.build_person(), by=coordinator, run=run, rendered=False)

    assert {row.pk for row in issuing.certificates_of_run(run)} == {row.pk for row in rest}
    assert len(zipfile.ZipFile(io.BytesIO(issuing.as_zip(issuing.certificates_of_run(run)))).namelist()) == 2
    assert len(text_of(issuing.to_print(run))) == 2


@pytest.mark.parametrize("name", ["certificates:zipped", "certificates:printed"])
def test_where_there_is_no_file_there_is_nothing(signed_in, coordinator, name):
    assert signed_in(coordinator).get(reverse(name, args=[build_finished_run().pk])).status_code == 404


def test_the_page_of_the_run_offers_both_once_there_is_a_file(signed_in, coordinator, run):
    client = signed_in(coordinator)

    def offered(pk: int) -> list[bool]:
        page = client.get(reverse("certificates:issue", args=[pk])).content.decode()
        return [f"{pk}/bescheinigungen.{extension}" in page for extension in ("zip", "pdf")]

    assert [offered(run.pk), offered(build_finished_run().pk)] == [[True, True], [False, False]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ayşe Yıldız", "MYK-2026-000123 Ayşe Yıldız.pdf"),
        ("../../etc/passwd", "MYK-2026-000123 etc passwd.pdf"),
        ("..\\..\\CON", "MYK-2026-000123 CON.pdf"),
        ('a<b>c:d"e|f?g*h', "MYK-2026-000123 a b c d e f g h.pdf"),
        ("Zeile\nzwei\u202e", "MYK-2026-000123 Zeile zwei.pdf"),
        ("...", "MYK-2026-000123.pdf"),
        ("", "MYK-2026-000123.pdf"),
        ("x" * 300, f"MYK-2026-000123 {'x' * 80}.pdf"),
    ],
)
def test_file_names_are_safe_everywhere(name, expected):
    assert named(name) == expected
