"""Pages on which a list becomes complete, as trainers and coordinators meet them."""

import datetime as dt
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.builders import build_person, build_registration, build_run, in_days, only_session
from tests.pages import Page
from trainings import attendance
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import AttendanceRecord, Registration, SheetEntry, SheetScan

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF\n"
SOMEBODY = {"email": "neu@verein.example", "last_name": "Neu", "group": "volunteers", "organisation": "Verein"}


@pytest.fixture
def session(trainer):
    """Began an hour ago; one place, one person."""
    run = build_run(capacity=1, trainers=[trainer], starts_at=timezone.now() - dt.timedelta(hours=1))
    build_registration(run, build_person(last_name="Anders"))
    return only_session(run)


def text_of(response):
    return Page(response).text


def address(name, session):
    return reverse(f"trainings:{name}", args=[session.pk])


def test_the_page_says_that_the_room_is_full_and_lets_them_in(signed_in, trainer, session):
    client = signed_in(trainer)
    page = text_of(client.get(address("add_walk_in", session)))
    assert "1 von 1 Plätzen sind bestätigt. Mit dieser Person ist es 1 mehr als vorgesehen" in page
    response = client.post(address("add_walk_in", session), SOMEBODY, follow=True)
    assert "Neu steht auf der Liste und ist anwesend." in text_of(response)
    row = Registration.objects.get(person__email=SOMEBODY["email"])
    assert (row.status, row.source, row.person.organisation) == ("confirmed", "walk_in", "Verein")


def test_what_is_wrong_stands_beside_the_field_and_nothing_is_lost(signed_in, trainer, session):
    response = signed_in(trainer).post(address("add_walk_in", session), {**SOMEBODY, "organisation": "", "email": "x"})
    page = response.content.decode()
    assert "Neu" in page
    assert "gültige E-Mail-Adresse" in page
    assert Registration.objects.count() == 1


def test_the_paper_is_typed_and_differences_are_settled(signed_in, trainer, session):
    client, row = signed_in(trainer), Registration.objects.get()
    assert f"gedruckt würde: {attendance.sheet_version(session)}." in text_of(client.get(address("paper", session)))
    attendance.record(session, {row.pk: Mark("absent")}, Act(trainer))
    response = client.post(address("paper", session), {"typed": "1", f"row_{row.pk}": "x"}, follow=True)
    assert "Unterschrieben, im System nicht anwesend." in text_of(response)
    response = client.post(address("paper", session), {"follow": "1", "keys": [row.pk]}, follow=True)
    assert "Papier und System stimmen überein." in text_of(response)
    assert AttendanceRecord.objects.get().status == "present"


def test_what_cannot_be_read_keeps_all_that_was_typed(signed_in, trainer, session):
    second = build_registration(session.run, build_person(last_name="Berg"))
    first = Registration.objects.get(person__last_name="Anders")
    data = {"typed": "1", f"row_{first.pk}": "x", f"row_{second.pk}": "vielleicht"}
    page = signed_in(trainer).post(address("paper", session), data).content.decode()
    assert re.search(rf'name="row_{first.pk}"[^>]*value="x"', page)
    assert re.search(rf'name="row_{second.pk}"[^>]*value="vielleicht"', page)
    assert "Bitte geben Sie x (unterschrieben)" in page
    assert SheetEntry.objects.count() == 0


def test_a_scan_comes_back_as_it_was_and_is_framed_by_our_pages_only(signed_in, trainer, session):
    client = signed_in(trainer)
    data = {"file": SimpleUploadedFile("../../liste.exe", PDF), "original_at": "Ordner 3"}
    response = client.post(address("upload_scan", session), data, follow=True)
    assert "Original liegt bei: Ordner 3." in text_of(response)
    assert "frame-src 'self'" in response["Content-Security-Policy"]
    scan = SheetScan.objects.get()
    answer = client.get(reverse("trainings:scan", args=[scan.pk]))
    assert (answer.content, answer["Content-Type"]) == (PDF, "application/pdf")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = answer["Content-Security-Policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= {*policy}
    assert not [directive for directive in policy if directive.startswith(("script-src", "object-src"))]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert "exe" not in answer["Content-Disposition"]


def test_what_is_stored_as_another_type_is_handed_out_as_bytes(signed_in, trainer, session):
    """As no form stores it; but a restored or converted table might."""
    scan = attendance.keep_scan(session, PDF, Act(trainer), original_at="Büro")
    SheetScan.objects.filter(pk=scan.pk).update(content=b"<script>alert(1)</script>", content_type="text/html")
    answer = signed_in(trainer).get(reverse("trainings:scan", args=[scan.pk]))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_where_the_scanner_does_not_answer_nothing_is_kept_and_nothing_typed_is_lost(
    signed_in, trainer, session, settings, tmp_path, caplog
):
    settings.CLAMD_URL = f"unix://{tmp_path}/nobody-is-there"
    data = {"file": SimpleUploadedFile("liste.pdf", PDF), "original_at": "Ordner 3"}
    response = signed_in(trainer).post(address("upload_scan", session), data)
    assert "konnte nicht auf Viren geprüft werden und ist nicht abgelegt" in text_of(response)
    assert 'value="Ordner 3"' in response.content.decode()
    assert SheetScan.objects.count() == 0
    assert "does not answer" in caplog.text


def test_a_file_that_is_no_scan_says_so_beside_the_field(signed_in, trainer, session):
    data = {"file": SimpleUploadedFile("liste.pdf", b"<html>"), "original_at": "Ordner 3"}
    page = text_of(signed_in(trainer).post(address("upload_scan", session), data))
    assert "Bitte wählen Sie eine PDF-Datei oder ein Foto (JPEG, PNG)." in page
    assert SheetScan.objects.count() == 0


def test_another_trainer_gets_no_scan(signed_in, trainer, other_trainer, session):
    scan = attendance.keep_scan(session, PDF, Act(trainer), original_at="Büro")
    assert signed_in(other_trainer).get(reverse("trainings:scan", args=[scan.pk])).status_code == 404


def test_the_list_is_handed_in_when_nobody_is_missing(signed_in, trainer, session):
    client = signed_in(trainer)
    assert "Es fehlen: Anders, Kim" in text_of(client.get(address("submit", session)))
    assert client.post(address("submit", session), {"taught_minutes": "360"}).status_code == 409
    attendance.record(session, {Registration.objects.get().pk: Mark("present")}, Act(trainer))
    response = client.post(address("submit", session), {"taught_minutes": "315", "remark": "Feueralarm"}, follow=True)
    page = text_of(response)
    assert "Die Liste ist abgegeben." in page
    assert "Jede Änderung braucht jetzt einen Grund." in page
    assert AttendanceRecord.objects.get().minutes == 315


def test_the_coordination_reads_what_was_corrected_by_whom_and_why(signed_in, coordinator, trainer):
    run = build_run(trainers=[trainer], starts_at=in_days(-2))
    row = build_registration(run, build_person(last_name="Anders"))
    attendance.record(only_session(run), {row.pk: Mark("present")}, Act(trainer))
    page = reverse("trainings:coordination_run", args=[run.pk])
    client = signed_in(coordinator)
    assert "Berichtigungen" not in text_of(client.get(page))
    attendance.record(only_session(run), {row.pk: Mark("partial", late=60)}, Act(coordinator, reason="kam um zehn"))
    text = text_of(client.get(page))
    assert "Kim Anders" in text
    assert "anwesend (360 Min.) → teilweise (300 Min.) (Miriam Roth) kam um zehn" in text


def test_the_coordination_closes_and_the_trainer_reads_so(signed_in, coordinator, trainer):
    run = build_run(trainers=[trainer], starts_at=in_days(-2))
    row = build_registration(run, build_person(last_name="Anders"))
    close = reverse("trainings:close", args=[run.pk])
    client = signed_in(coordinator)
    response = client.post(close)
    assert (response.status_code, "Anders, Kim" in text_of(response)) == (409, True)
    attendance.record(only_session(run), {row.pk: Mark("present")}, Act(trainer))
    assert "Abgeschlossen am" in text_of(client.post(close, follow=True))
    page = text_of(signed_in(trainer).get(address("attendance", only_session(run))))
    assert "abgeschlossen. Korrigieren kann ihn nur die Koordination." in page


def test_a_device_hears_that_somebody_is_on_the_list_or_why_not(signed_in, trainer, session):
    client = signed_in(trainer)

    def send(**fields):
        headers = {"Accept": "application/json"}
        answer = client.post(address("add_walk_in", session), {**SOMEBODY, **fields}, headers=headers)
        return answer.status_code, answer.json()

    key = {"key": str(uuid.uuid4())}
    assert send(**key) == (200, {"done": "Neu steht auf der Liste und ist anwesend."})
    assert send(**key) == (200, {"done": "Neu steht auf der Liste und ist anwesend."})
    assert send(key=str(uuid.uuid4())) == (422, {"refused": "Diese Person steht schon auf der Liste."})
    status, answer = send(email="x")
    assert (status, list(answer)) == (422, ["refused"])
    assert Registration.objects.filter(source="walk_in").count() == 1
