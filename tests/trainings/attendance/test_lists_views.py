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
from trainings.forms import lists as forms
from trainings.models import AttendanceRecord, CourseRun, Registration, SheetEntry, SheetScan

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


def test_the_paper_comes_into_the_system_in_one_step(signed_in, trainer, session):
    """Typed is only who did not sign."""
    others = [build_registration(session.run, build_person(last_name=name)) for name in ("Berg", "Cruz")]
    data = {"typed": "1", "record": "1", "others_signed": "on", f"row_{others[0].pk}": "-"}
    response = signed_in(trainer).post(address("paper", session), data, follow=True)
    text = text_of(response)
    assert "Das Papier ist gespeichert; 3 Personen sind danach eingetragen." in text
    assert "Papier und System stimmen überein." in text
    assert dict(AttendanceRecord.objects.values_list("registration__person__last_name", "status")) == {
        "Anders": "present",
        "Berg": "absent",
        "Cruz": "present",
    }


def test_why_the_paper_cannot_be_recorded_is_said_and_what_was_typed_stays(signed_in, coordinator, trainer, session):
    row = Registration.objects.get()
    attendance.record(session, {row.pk: Mark("present")}, Act(trainer))
    CourseRun.objects.filter(pk=session.run_id).update(closed_at=timezone.now(), closed_by=coordinator)
    newcomer = build_registration(session.run, build_person(last_name="Berg"))
    data = {"typed": "1", "record": "1", f"row_{newcomer.pk}": "x"}
    page = signed_in(trainer).post(address("paper", session), data).content.decode()
    assert "Korrigieren kann ihn nur die Koordination." in page
    assert re.search(rf'name="row_{newcomer.pk}"[^>]*value="x"', page)
    assert SheetEntry.objects.count() == 0


def test_the_photos_of_a_list_are_pages_and_where_the_original_lies_is_proposed_next_time(signed_in, trainer, session):
    client = signed_in(trainer)
    page = client.get(address("paper", session)).content.decode()
    [chosen] = re.findall(r'<input[^>]*name="file"[^>]*>', page)
    assert 'accept="image/jpeg,image/png,application/pdf"' in chosen
    assert "multiple" in chosen
    files = [SimpleUploadedFile(f"{n}.pdf", PDF + b"%" * n + b"%%EOF") for n in range(2)]
    response = client.post(address("upload_scan", session), {"file": files, "original_at": "Ordner 3"}, follow=True)
    assert "Die Liste ist mit 2 Seiten abgelegt." in text_of(response)
    assert "Seite 2 von 2" in text_of(response)
    assert 'name="original_at" value="Ordner 3"' in response.content.decode()


def test_files_that_are_too_much_together_are_not_read(signed_in, trainer, session, monkeypatch):
    monkeypatch.setattr(forms, "MOST_BYTES_AT_ONCE", 20)
    files = [SimpleUploadedFile(f"{n}.pdf", PDF + b"%" * n) for n in range(2)]
    page = text_of(signed_in(trainer).post(address("upload_scan", session), {"file": files, "original_at": "Ordner 3"}))
    assert "Das ist zusammen mehr als 30 MB." in page
    assert SheetScan.objects.count() == 0


def test_a_trainer_refiles_among_their_own_sessions_and_the_coordinator_reads_why(
    signed_in, trainer, other_trainer, coordinator, session
):
    right = only_session(build_run(trainers=[trainer], starts_at=in_days(-1)))
    foreign = only_session(build_run(trainers=[other_trainer], starts_at=in_days(-1)))
    scan = attendance.keep_scan(session, PDF, Act(trainer), original_at="Büro")
    page = reverse("trainings:refile", args=[scan.pk])
    data = {"session": foreign.pk, "original_at": "Büro", "reason": "vertauscht"}
    assert signed_in(other_trainer).get(page).status_code == 404
    client = signed_in(trainer)
    assert f'href="{page}"' in client.get(address("paper", session)).content.decode()
    assert client.post(page, data).status_code == 200  # nothing to choose
    assert client.post(page, {**data, "session": right.pk, "reason": ""}).status_code == 200
    assert SheetScan.objects.get().session == session
    assert "Die Ablage ist geändert." in text_of(client.post(page, {**data, "session": right.pk}, follow=True))
    assert SheetScan.objects.get().session == right
    history = text_of(signed_in(coordinator).get(reverse("trainings:coordination_run", args=[session.run_id])))
    assert "Ablage der unterschriebenen Liste geändert" in history
    assert "vertauscht" in history


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


def test_who_files_a_days_list_is_asked_whether_it_stands_for_all_sessions(signed_in, trainer, session):
    later = [(in_days(-2, hour), in_days(-2, hour + 2)) for hour in (9, 13)]
    morning, noon = build_run(trainers=[trainer], sessions=later).sessions_taking_place
    client = signed_in(trainer)
    question = "Auf dieser Liste wurde für alle Sitzungen des Tages unterschrieben"
    assert question not in text_of(client.get(address("paper", session)))
    page = text_of(client.get(address("paper", morning)))
    assert question in page
    assert "Auf der Liste des Tages ist das die Spalte" in page
    data = {"file": SimpleUploadedFile("liste.pdf", PDF), "original_at": "Ordner 3", "covers_day": "on"}
    client.post(address("upload_scan", morning), data)
    assert "Gilt für alle Sitzungen des Tages." in text_of(client.get(address("paper", noon)))


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


@pytest.mark.parametrize("is_known", [False, True], ids=["somebody new", "somebody who waited"])
def test_who_has_no_address_and_is_sent_twice_is_entered_once(signed_in, trainer, agency, session, is_known):
    """Their own registration is no namesake, and the one that ended for it is not asked for again."""
    typed = {"email": "", "first_name": "Lê", "last_name": "Văn", "group": "staff", "organisation": ""}
    if is_known:
        waiting = build_registration(session.run, build_person(first_name="Lê", last_name="Văn"), "waitlisted")
        typed["same_as"] = waiting.pk
    typed |= {"agency": agency.pk, "key": str(uuid.uuid4())}
    client = signed_in(trainer)
    json = {"Accept": "application/json"}
    answers = [client.post(address("add_walk_in", session), typed, headers=json) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    page = text_of(client.post(address("add_walk_in", session), typed, follow=True))
    assert "Lê Văn steht auf der Liste und ist anwesend." in page
    assert Registration.objects.filter(source="walk_in").count() == 1
