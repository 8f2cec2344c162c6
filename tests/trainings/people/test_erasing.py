"""Asking for data to be erased or restricted: what goes, what stays until when, and who may."""

import datetime as dt
import io
import json
import zipfile

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import ERASED_DOMAIN, Affiliation, AuditEvent, User
from tests import builders
from tests.certificates.builders import build_attended, build_certificate, build_finished_run
from tests.pages import read
from trainings import booking, calendars, mails, people, planning
from trainings.acts import Act
from trainings.models import (
    CalendarSubscription,
    DataRequest,
    Interest,
    Message,
    Registration,
    RegistrationEvent,
    one_month_after,
)
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

MY_DATA = "trainings:my_data"


@pytest.fixture
def known(participant) -> User:
    """Somebody with something of every kind, and no evidence yet."""
    User.objects.filter(pk=participant.pk).update(phone="0261 1", form_of_address="Frau")
    participant.refresh_from_db()
    planning.note_interest(builders.build_course(), participant, wish="vormittags")
    calendars.subscribe(participant)
    booking.register(builders.build_run(), participant, Act(participant), needs="Rampe")
    mails.deliver_due()
    mail.outbox.clear()
    return participant


# --- erasing -----------------------------------------------------------------------------------------


def test_without_evidence_a_person_is_a_count_at_once(known, coordinator):
    """The place to come is given back; that there was one is still told of until the run is over."""
    for registration in Registration.objects.all():
        booking.cancel(registration, Act(known))
    RegistrationEvent._base_manager.all()._raw_delete("default")
    Message.objects.all().delete()
    Registration.objects.all().delete()
    erased = people.erase(known, Act(coordinator))
    assert erased.erased_at
    assert erased.email.endswith(ERASED_DOMAIN)
    mails.deliver_due()
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["yildiz@mayen.example"], "Ihre Daten sind gelöscht")
    people.clean_up()
    assert not Message.objects.exists()


@pytest.mark.slow
@pytest.mark.both_databases
def test_with_evidence_the_rest_goes_and_the_person_is_restricted(known, coordinator):
    build_attended(build_finished_run(), known)
    Affiliation.objects.create(person=known, since=timezone.localdate())
    preview = people.preview_erasure(known, Act(coordinator))
    assert [row.person for row in preview.places] == [known]
    assert preview.until == dt.date(2044, 12, 31)
    assert "Telefon" in dict(preview.goes)
    assert dict(preview.stays)["Anmeldungen mit ihrem Verlauf"] == 2

    erased = people.erase(known, Act(coordinator))

    erased.refresh_from_db()
    assert (erased.erased_at, erased.is_active, erased.restricted_at is None) == (None, False, False)
    assert (erased.last_name, erased.phone, erased.form_of_address) == ("Yıldız", "", "")
    assert not Interest.objects.exists()
    assert not CalendarSubscription.objects.exists()
    assert set(Registration.objects.values_list("needs", "status")) == {("", "cancelled"), ("", "confirmed")}
    assert not Message.objects.filter(recipient=known).exclude(text="").exists()
    assert Affiliation.objects.exists()
    whats = set(AuditEvent.objects.filter(person=known).values_list("what", flat=True))
    assert whats == {"person_left", "person_erased", "person_changed", "person_restricted", "sessions_ended"}
    mails.deliver_due()
    assert "31. Dezember 2044" in mail.outbox[-1].body
    people.clean_up(builders.berlin(2045, 1, 1, 1))
    erased.refresh_from_db()
    assert erased.erased_at


def test_the_place_goes_to_who_waits(known, coordinator):
    registration = Registration.objects.get()
    booking.change_capacity(registration.run, 1, Act(coordinator))
    waiting = booking.register(registration.run, builders.build_person(), Act(coordinator, reason="Anruf"))
    people.erase(known, Act(coordinator))
    waiting.refresh_from_db()
    assert waiting.is_confirmed


def test_who_is_in_charge_hands_on_first_and_the_last_coordinator_stays(known, coordinator):
    run = builders.build_run(trainers=[known])
    with pytest.raises(Refused, match=run.number):
        people.erase(known, Act(coordinator))
    with pytest.raises(Refused, match="letzte Person"):
        people.erase(coordinator, Act(coordinator))
    with pytest.raises(Refused, match="nur die Koordination"):
        people.erase(coordinator, Act(known))


# --- restricting ---------------------------------------------------------------------------------------


def test_a_restriction_is_lifted_again(known, coordinator, signed_in):
    people.restrict(known, Act(coordinator, reason="Antrag"))
    known.refresh_from_db()
    assert (known.is_active, known.restricted_at is None, known.phone) == (False, False, "0261 1")
    assert Registration.objects.get().status == "cancelled"
    page = read(signed_in(coordinator).get(reverse("trainings:data_requests")))
    assert "Yıldız, Ayşe" in page.text
    people.end_restriction(known, Act(coordinator, reason="Zurückgenommen"))
    known.refresh_from_db()
    assert (known.is_active, known.restricted_at, known.left_at) == (True, None, None)
    whats = set(AuditEvent.objects.filter(person=known).values_list("what", flat=True))
    assert {"person_restricted", "restriction_ended"} <= whats


# --- requests --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "due"),
    [((2037, 1, 31), (2037, 2, 28)), ((2037, 12, 15), (2038, 1, 15)), ((2036, 1, 30), (2036, 2, 29))],
)
def test_the_deadline_is_a_month(asked, due):
    assert one_month_after(dt.date(*asked)) == dt.date(*due)


@pytest.mark.slow
def test_a_request_is_a_task_on_the_desk_until_it_is_done(known, coordinator, signed_in):
    client = signed_in(known)
    address = reverse("trainings:request_about_data", args=["erasure"])
    page = read(client.get(address))
    assert "Plätze, die frei werden" in page.text
    client.post(address, {"words": "Bitte alles."})
    assert client.post(address, {"words": ""}).status_code == 409
    asked = DataRequest.objects.get()
    assert asked.due_on == one_month_after(timezone.localdate())
    assert "Sie hören bis zum" in read(client.get(reverse(MY_DATA))).text

    desk = signed_in(coordinator)
    assert "Löschung der Daten: Ayşe Yıldız" in read(desk.get(reverse("trainings:coordination"))).text
    page = read(desk.get(reverse("trainings:answer_request", args=[asked.pk])))
    assert "Bitte alles." in page.text
    erase = page.links["Ansehen, was gelöscht würde, und löschen"]
    assert "Das wird sofort gelöscht" in read(desk.get(erase)).text
    assert desk.post(erase, {}).status_code == 200
    assert User.objects.get(pk=known.pk).is_active
    desk.post(erase, {"sure": "on"})
    assert not User.objects.get(pk=known.pk).is_active
    assert not DataRequest.objects.open().exists()
    assert "Löschung der Daten" not in read(desk.get(reverse("trainings:coordination"))).text


def test_a_refusal_is_read_by_the_person_and_a_request_is_withdrawn(known, coordinator, signed_in):
    correction = people.request_about_data(known, DataRequest.Kind.CORRECTION, Act(known), words="Andere Behörde")
    people.answer_request(correction, "Ihre Behörde stimmt.", Act(coordinator))
    with pytest.raises(Refused, match="bereits erledigt"):
        people.answer_request(correction, "Doch nicht.", Act(coordinator))
    asked = people.request_about_data(known, DataRequest.Kind.ERASURE, Act(known))
    client = signed_in(known)
    assert "Ihre Behörde stimmt." in read(client.get(reverse(MY_DATA))).text
    client.post(reverse("trainings:withdraw_request", args=[asked.pk]))
    assert list(DataRequest.objects.all()) == [correction]


# --- my data -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_everything_held_is_read_and_downloaded(known, coordinator, signed_in):
    build_certificate(known, by=coordinator)
    client = signed_in(known)
    page = read(client.get(reverse(MY_DATA)))
    for said in ("0261 1", "vormittags", "Rampe", "Anmeldungen (2)"):
        assert said in page.text
    said = json.loads(client.get(reverse("trainings:data_copy", args=["json"])).content)
    assert said["profile"][0]["email"] == known.email
    file = client.get(reverse("trainings:data_copy", args=["html"]))
    assert file.headers["Content-Disposition"] == 'attachment; filename="meine-daten.html"'
    assert "vormittags" in file.content.decode()
    assert "<script" not in file.content.decode()
    archive = zipfile.ZipFile(io.BytesIO(client.get(reverse("certificates:all_of_mine")).content))
    assert len(archive.namelist()) == 1
    copied = AuditEvent.objects.filter(by=known, what="data_copied").values_list("about", flat=True)
    assert set(copied) == {"meine-daten.json", "meine-daten.html", "bescheinigungen.zip"}
    assert client.get(reverse("trainings:data_copy", args=["exe"])).status_code == 404


@pytest.mark.slow
@pytest.mark.both_databases
def test_the_voluntary_is_taken_back_with_a_button_each(known, signed_in):
    client = signed_in(known)
    page = read(client.get(reverse(MY_DATA)))
    assert [one.code.partition("-")[0] for one in people.voluntary(known)] == [
        "phone", "form_of_address", "needs", "interest", "calendar",
    ]  # fmt: skip
    assert page.text.count("Löschen:") == 5
    for one in people.voluntary(known):
        client.post(reverse("trainings:take_back"), {"what": one.code})
    known.refresh_from_db()
    assert people.voluntary(known) == []
    assert (known.phone, Registration.objects.get().needs, Interest.objects.count()) == ("", "", 0)
    assert "0261" not in str(list(AuditEvent.objects.values_list("changes", flat=True)))
    page = read(client.post(reverse("trainings:take_back"), {"what": "phone"}, follow=True))
    assert "nicht mehr gespeichert" in page.alerts[-1]


def test_needs_somebody_else_wrote_down_are_seen_and_changed(participant, agency_contact, signed_in):
    row = booking.register(builders.build_run(), participant, Act(agency_contact), needs="Ayşe ist schwerhörig")
    client = signed_in(participant)
    assert "schwerhörig" in read(client.get(reverse(MY_DATA))).text
    address = reverse("trainings:change_needs", args=[row.pk])
    assert "schwerhörig" in read(client.get(address)).text
    client.post(address, {"needs": "Hörschleife"})
    row.refresh_from_db()
    assert row.needs == "Hörschleife"
    with pytest.raises(Refused, match="nur die Person selbst"):
        booking.change_needs(row, "", Act(agency_contact))


def test_a_wrong_supervisor_is_replaced_and_the_old_link_dies(participant, signed_in):
    run = builders.build_run(approval="required")
    row = booking.register(run, participant, Act(participant), supervisor_email="falsch@mayen.example")
    held_until = row.held_until
    old = mails.link_token("approval", row, "falsch@mayen.example")
    client = signed_in(participant)
    address = reverse("trainings:change_supervisor", args=[row.pk])
    for wrong in ("yildiz+chef@mayen.example", "yildiz@mayen.example", "chefin@web.example", "falsch@mayen.example"):
        assert read(client.post(address, {"supervisor_email": wrong})).errors
    client.post(address, {"supervisor_email": "chefin@mayen.example"})
    row.refresh_from_db()
    assert (row.supervisor_email, row.held_until) == ("chefin@mayen.example", held_until)
    new = mails.link_token("approval", row, "chefin@mayen.example")
    assert [booking.decider(mails.read_link("approval", link)) for link in (old, new)] == ["", "chefin@mayen.example"]
    mails.deliver_due()
    assert "chefin@mayen.example" in [to for sent in mail.outbox for to in sent.to]
    booking.approve(row, Act(by_email="chefin@mayen.example"))
    assert client.post(address, {"supervisor_email": "dritte@mayen.example"}).status_code == 404
