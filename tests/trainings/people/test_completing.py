"""Somebody who came along had no address at hand: what happens to them until one is known, and if none ever is."""

import datetime as dt
import io
import json

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from certificates import issuing
from tests.builders import (
    build_agency,
    build_person,
    build_registration,
    build_run,
    in_days,
    only_session,
)
from tests.certificates.proof.keys import build_badge_key
from tests.pages import read
from trainings import attendance, mails, people, planning
from trainings.acts import Act
from trainings.models import AccountMerge, AttendanceRecord, Message, Registration
from trainings.refusals import Refused
from trainings.reporting import Period, figures_of, write_registrations_csv

pytestmark = pytest.mark.django_db

NONE = "noch ohne E-Mail-Adresse"
SOMEBODY = {"email": "", "first_name": "Kim", "last_name": "Neu", "group": "staff"}


def hours(number):
    return timezone.now() + dt.timedelta(hours=number)


@pytest.fixture
def run(trainer):
    return build_run(trainers=[trainer], starts_at=hours(-1))


@pytest.fixture
def registration(run, trainer, agency):
    return attendance.add_walk_in(only_session(run), Act(trainer), agency=agency, **SOMEBODY)


@pytest.fixture
def person(registration):
    return registration.person


def deliver():
    mail.outbox.clear()
    mails.deliver_due()
    return [(sent.subject, sent.to) for sent in mail.outbox]


def address_page(person):
    return reverse("trainings:add_address", args=[person.pk])


# --- Entering ---------------------------------------------------------------------------------------------------------


def test_they_are_on_the_list_and_present_and_nobody_is_written_to(registration, person, agency):
    assert (registration.status, registration.source, registration.agency) == ("confirmed", "walk_in", agency)
    assert AttendanceRecord.objects.get(registration=registration).status == "present"
    assert (person.has_address, person.shown_email, person.has_completed_profile) == (False, NONE, True)
    assert deliver() == []
    message = Message.objects.get(recipient=person)
    assert (message.status, message.last_error) == ("dropped", "Eine E-Mail-Adresse ist nicht bekannt.")


def test_every_entry_is_somebody_else_but_the_trainer_is_asked_about_the_same_name(run, registration, trainer, agency):
    session = only_session(run)
    with pytest.raises(Refused) as refused:
        attendance.add_walk_in(session, Act(trainer), agency=agency, **SOMEBODY)
    assert [(reason.code, reason.field) for reason in refused.value.reasons] == [("same_name", "same_as")]
    other = attendance.add_walk_in(session, Act(trainer), agency=agency, is_another=True, **SOMEBODY)
    assert other.person != registration.person


def test_who_waits_under_that_name_is_taken_from_the_queue(run, trainer, participant):
    waits = build_registration(run, participant, "waitlisted")
    said = {"email": "", "first_name": "Ayşe", "last_name": "Yıldız", "group": "staff"}
    row = attendance.add_walk_in(only_session(run), Act(trainer), same_as=waits, **said)
    waits.refresh_from_db()
    assert (row.person, row.status, waits.status) == (participant, "confirmed", "cancelled")
    assert not User.objects.without_address().exists()


def test_the_page_asks_for_the_agency_and_about_the_name(signed_in, run, trainer, agency):
    client, address = signed_in(trainer), reverse("trainings:add_walk_in", args=[only_session(run).pk])
    said = {"email": "", "first_name": "Kim", "last_name": "Neu", "group": "staff"}
    page = read(client.post(address, said))
    assert page.errors == ["Bitte wählen Sie die Behörde, oder geben Sie die Organisation an."]
    page = read(client.post(address, {**said, "agency": agency.pk}, follow=True))
    assert page.alerts == [
        "Kim Neu steht auf der Liste und ist anwesend. Nach der E-Mail-Adresse fragt die Koordination."
    ]
    again = read(client.post(address, {**said, "agency": agency.pk}))
    assert again.errors == ["Jemand dieses Namens hat mit dieser Schulung schon zu tun."]
    assert "Kim Neu, Stadtverwaltung Mayen, bestätigt" in again.text
    known = Registration.objects.get(source="walk_in")
    same = read(client.post(address, {**said, "same_as": known.pk}), 409)
    assert "Diese Person steht schon auf der Liste." in same.text
    client.post(address, {**said, "agency": agency.pk, "same_as": "another"})
    assert Registration.objects.filter(source="walk_in").count() == 2


def test_an_unknown_organisation_is_to_be_checked_as_any(signed_in, run, trainer):
    address = reverse("trainings:add_walk_in", args=[only_session(run).pk])
    signed_in(trainer).post(address, {**SOMEBODY, "organisation": "Verein Willkommen"})
    person = User.objects.without_address().get()
    assert (person.agency, person.organisation) == (None, "Verein Willkommen")
    assert person in User.objects.to_check()


def test_nobody_types_such_an_address_and_nobody_signs_in_with_it(client, person, run, trainer, signed_in):
    page = read(client.post(reverse("account_login"), {"email": person.email}))
    assert page.errors == ["Bitte gültige E-Mail-Adresse eingeben."]
    assert mail.outbox == []
    address = reverse("trainings:add_walk_in", args=[only_session(run).pk])
    assert len(read(signed_in(trainer).post(address, {**SOMEBODY, "email": "x@no-address.example"})).errors) == 1


# --- Completing -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_desk_names_them_until_an_address_is_added(signed_in, coordinator, registration, person):
    client = signed_in(coordinator)
    desk = read(client.get(reverse("trainings:coordination")))
    assert "Person ohne E-Mail-Adresse" in desk.headings
    assert desk.links["Kim Neu"].startswith(address_page(person))
    deliver()
    page = read(client.post(address_page(person), {"email": "kim.neu@mayen.example"}, follow=True))
    assert page.alerts == ["Kim Neu hat jetzt eine E-Mail-Adresse und wird angeschrieben."]
    person.refresh_from_db()
    assert (person.email, person.has_address) == ("kim.neu@mayen.example", True)
    assert "Person ohne E-Mail-Adresse" not in read(client.get(reverse("trainings:coordination"))).headings
    [(subject, to)] = deliver()
    assert (subject.startswith("Ihre Teilnahme:"), to) == (True, ["kim.neu@mayen.example"])


def test_added_before_the_first_mail_was_looked_at_there_is_one(coordinator, registration, person):
    people.add_address(person, "kim.neu@mayen.example", Act(coordinator))
    assert [to for _subject, to in deliver()] == [["kim.neu@mayen.example"]]


def test_the_domain_knows_the_agency_where_nobody_did(run, trainer, coordinator):
    said = {**SOMEBODY, "organisation": "Bendorf"}
    row = attendance.add_walk_in(only_session(run), Act(trainer), **said)
    known = build_agency("Stadtverwaltung Bendorf", "bendorf.example")
    people.add_address(row.person, "kim.neu@bendorf.example", Act(coordinator))
    row.refresh_from_db()
    assert (row.person.agency, row.agency) == (known, known)


def test_an_address_that_is_somebodys_leads_to_merging(signed_in, coordinator, registration, person):
    known = build_person("neu@mayen.example", "Kim", "Neu")
    client = signed_in(coordinator)
    page = read(client.get(address_page(person)))
    merging = f"{reverse('trainings:merge_people', args=[known.pk])}?mit={person.pk}"
    assert merging in page.links.values()  # of that name
    response = client.post(address_page(person), {"email": "NEU@mayen.example"})
    assert response.url == merging
    assert User.objects.get(pk=person.pk).has_address is False
    client.post(merging, {"other": person.pk, "reason": "dieselbe"})
    registration.refresh_from_db()
    assert (registration.person, AccountMerge.objects.get().kept) == (known, known)
    assert not User.objects.without_address().exists()
    with pytest.raises(Refused):
        people.add_address(known, "x@mayen.example", Act(coordinator))


def test_the_account_that_stays_is_the_one_that_can_be_written_to(coordinator, person):
    known = build_person("neu@mayen.example", "Kim", "Neu")
    with pytest.raises(Refused) as refused:
        people.merge(person, known, Act(coordinator))
    assert refused.value.codes == ["no_address"]


def test_only_coordinators_add_one(trainer, person):
    with pytest.raises(Refused) as refused:
        people.add_address(person, "kim.neu@mayen.example", Act(trainer))
    assert refused.value.codes == ["coordinator"]


def test_other_details_can_be_changed_before(signed_in, coordinator, person):
    client, address = signed_in(coordinator), reverse("trainings:edit_person", args=[person.pk])
    page = read(client.get(address))
    form = page.form("last_name", "email")
    assert (form["email"], "no-address" in page.text) == ("", False)
    client.post(address, {**form, "last_name": "Neumann"})
    person.refresh_from_db()
    assert (person.last_name, person.has_address) == ("Neumann", False)
    client.post(address, {**read(client.get(address)).form("last_name", "email"), "email": "kim.neumann@mayen.example"})
    person.refresh_from_db()
    assert person.email == "kim.neumann@mayen.example"
    assert {message.kind for message in Message.objects.filter(recipient=person)} == {"walked_in"}


@pytest.mark.slow
def test_no_page_shows_what_stands_in_its_place(signed_in, coordinator, run, registration, person):
    client = signed_in(coordinator)
    deliver()
    message = Message.objects.get(recipient=person)
    for address in [
        reverse("trainings:coordination"),
        reverse("trainings:coordination_run", args=[run.pk]),
        reverse("trainings:person", args=[person.pk]),
        reverse("trainings:find_people") + "?q=Neu+x",
        reverse("trainings:messages"),
        reverse("trainings:message", args=[message.pk]),
        reverse("trainings:merge_people", args=[person.pk]),
        reverse("trainings:end_account", args=[person.pk]),
        reverse("trainings:attendance", args=[only_session(run).pk]),
    ]:
        assert "no-address.example" not in client.get(address, follow=True).content.decode(), address
    assert people.find_people("Neu, Kim") == [person]


# --- Ends -------------------------------------------------------------------------------------------------------------


def test_they_are_counted_once_with_agency_and_group(registration, run):
    total = figures_of(Period.half_year(timezone.localdate(run.starts_at)), at=in_days(1)).total
    assert (total.persons, total.participations, total.minutes_attended) == (1, 1, 360)


def test_they_get_a_certificate_but_no_badge(registration, run, coordinator, settings):
    settings.CERTIFICATE_BADGE_KEY = build_badge_key()
    run.course.with_badge = True
    run.course.save()
    with time_machine.travel(in_days(1)):
        [certificate] = issuing.issue(run, Act(coordinator))
        assert (certificate.snapshot["name"], certificate.snapshot["badge"]) == ("Kim Neu", None)
        assert deliver() == []


def test_files_have_nothing_in_place_of_the_address(registration, person):
    file = io.BytesIO()
    write_registrations_csv(Registration.objects.all(), file)
    content = file.getvalue().decode()
    assert ("Neu" in content, "no-address" in content) == (True, False)
    copy = people.as_json(people.copy_of(person))
    assert "no-address" not in copy
    [profile] = json.loads(copy)["profile"]
    assert (profile["email"], profile["last_name"]) == ("", "Neu")


def test_a_run_that_is_called_off_writes_to_nobody(coordinator, person):
    called_off = build_run()
    build_registration(called_off, person)
    planning.cancel_run(called_off, Act(coordinator, reason="krank"))
    assert [to for _subject, to in deliver() if "no-address" in to[0]] == []
    kinds = Message.objects.filter(recipient=person, status="dropped").values_list("kind", flat=True)
    assert set(kinds) == {"walked_in", "run_cancelled"}


def test_an_account_that_ends_leaves_the_desk_and_says_so_to_nobody(person, coordinator):
    people.leave(person, Act(coordinator))
    assert (deliver(), people.without_address()) == ([], [])
    assert {message.status for message in Message.objects.all()} == {"dropped"}


@pytest.mark.slow
def test_who_is_never_completed_ends_as_an_account_that_nobody_uses(person, registration, settings):
    years = dt.timedelta(days=settings.RETENTION_INACTIVE_ACCOUNT_DAYS + 1)
    with time_machine.travel(timezone.now() + years, tick=False) as clock:
        assert people.clean_up()["warned"] >= 1
        assert [to for _subject, to in deliver() if "no-address" in to[0]] == []
        clock.shift(dt.timedelta(days=31))
        people.clean_up()
        person.refresh_from_db()
        assert (person.is_active, people.without_address()) == (False, [])
        assert [to for _subject, to in deliver() if "no-address" in to[0]] == []
        clock.shift(dt.timedelta(days=20 * 365))
        people.clean_up()
    person.refresh_from_db()
    assert (person.erased_at is not None, person.last_name) == (True, "")
    assert AttendanceRecord.objects.get(registration=registration).minutes == 360
