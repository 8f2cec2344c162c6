"""People show a code of their own; the trainer types it, and they are present."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.builders import build_course, build_registration, build_run, only_session
from tests.pages import read
from trainings import attendance, booking, mail_texts, mails, personal_codes
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import AttendanceChange, AttendanceRecord
from trainings.printing import qr_path
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


def begun(trainer, **fields):
    return build_run(build_course(), trainers=[trainer], starts_at=timezone.now() - dt.timedelta(minutes=10), **fields)


@pytest.fixture
def run(trainer):
    return begun(trainer)


@pytest.fixture
def session(run):
    return only_session(run)


@pytest.fixture
def registration(run, participant):
    return build_registration(run, participant)


@pytest.fixture
def code(registration):
    return personal_codes.personal_code(registration)


def refused(session, code, trainer):
    with pytest.raises(Refused) as refusal:
        attendance.mark_by_code(session, code, Act(trainer))
    return refusal.value.codes


def changed(code):
    """With one letter wrong."""
    return ("A" if code[4] != "A" else "C").join([code[:4], code[5:]])


def test_whoever_shows_it_is_present_and_it_is_on_record_who_typed_it(session, registration, code, trainer):
    assert attendance.mark_by_code(session, personal_codes.grouped(code).lower(), Act(trainer)) == registration
    record = AttendanceRecord.objects.get()
    assert (record.registration, record.status, record.recorded_by) == (registration, "present", trainer)
    assert AttendanceChange.objects.get().actor == trainer


def test_twice_says_so_and_changes_nothing(session, code, trainer):
    attendance.mark_by_code(session, code, Act(trainer))
    assert refused(session, code, trainer) == ["recorded"]
    assert AttendanceChange.objects.count() == 1


def test_what_the_trainer_has_recorded_otherwise_stays(session, registration, code, trainer):
    attendance.record(session, {registration.pk: Mark("absent")}, Act(trainer))
    assert refused(session, code, trainer) == ["recorded"]
    assert AttendanceRecord.objects.get().status == "absent"


def test_a_slip_is_not_somebody_else(session, code, trainer):
    assert refused(session, changed(code), trainer) == ["mistyped"]
    assert refused(session, code[:-1], trainer) == ["unreadable"]


def test_a_code_of_another_run_says_so(code, trainer):
    other = begun(trainer)
    assert refused(only_session(other), code, trainer) == ["other_run"]


def test_it_ends_with_the_place(session, registration, code, trainer, coordinator):
    booking.cancel(registration, Act(coordinator, reason="krank"))
    assert refused(session, code, trainer) == ["unknown"]


@pytest.mark.parametrize(
    ("fields", "code_of_reason"),
    [({"closed_at": timezone.now()}, "closed"), ({"starts_at": timezone.now() + dt.timedelta(hours=3)}, "too_early")],
    ids=["closed", "too early"],
)
def test_it_opens_no_list_that_is_not_open(participant, trainer, fields, code_of_reason):
    run = build_run(**{"trainers": [trainer], "starts_at": timezone.now() - dt.timedelta(minutes=10), **fields})
    code = personal_codes.personal_code(build_registration(run, participant))
    assert refused(only_session(run), code, trainer) == [code_of_reason]


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_typed_into_the_page_without_a_script(signed_in, session, registration, code, trainer):
    client = signed_in(trainer)
    address = reverse("trainings:enter_personal_code", args=[session.pk])
    page = client.get(reverse("trainings:attendance", args=[session.pk])).content.decode()
    assert (f'action="{address}"' in page, code in page) == (True, False)
    wrong = read(client.post(address, {"code": changed(code)}))
    assert wrong.errors == ["Hier stimmt ein Zeichen nicht. Bitte vergleichen Sie den Code noch einmal."]
    assert wrong.form("code")["code"] == changed(code)
    response = client.post(address, {"code": code}, follow=True)
    assert response.redirect_chain == [(reverse("trainings:attendance", args=[session.pk]), 302)]
    assert "Ayşe Yıldız ist als anwesend eingetragen." in read(response).text


def test_the_person_sees_it_on_their_pages_and_can_print_it(signed_in, registration, code, participant):
    client = signed_in(participant)
    address = reverse("trainings:personal_code", args=[registration.pk])
    for name, args in [("registration", [registration.pk]), ("personal_code", [registration.pk])]:
        response = client.get(reverse(f"trainings:{name}", args=args))
        assert personal_codes.grouped(code) in read(response).text
        assert f'd="{qr_path(f"MIKO {code}")[0]}"' in response.content.decode()
    links = read(client.get(reverse("trainings:my_registrations"))).links
    assert address in links.values()


def test_others_do_not_see_it(signed_in, registration, other_participant):
    assert signed_in(other_participant).get(f"/meine-schulungen/{registration.pk}/code/").status_code == 404


def test_when_it_serves_no_more_the_page_leads_back(signed_in, registration, participant, coordinator):
    booking.cancel(registration, Act(coordinator, reason="krank"))
    response = signed_in(participant).get(reverse("trainings:personal_code", args=[registration.pk]))
    assert response.url == reverse("trainings:registration", args=[registration.pk])
    assert "Einchecken vor Ort" not in read(signed_in(participant).get(response.url)).headings


def test_a_preview_of_the_mail_shows_the_picture(registration, coordinator):
    example = mails.chosen_example(mails.examples("registered", viewer=coordinator), "")
    written = mails.preview_mail(example, mail_texts.current("registered", "de"))
    assert ("cid:" in written.html, written.html.count('src="data:image/png;base64,')) == (False, 2)
