"""Coordinators plan: contingents, moved sessions, whether a run takes place, invitations, a run for all interested."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.builders import (
    build_agency,
    build_course,
    build_person,
    build_registration,
    build_run,
    build_venue,
    in_days,
)
from tests.pages import read
from trainings import booking, planning
from trainings.acts import Act
from trainings.models import Contingent, CourseRun, Interest, Invitation, Message, Registration
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


def url(name, thing):
    return reverse(f"trainings:{name}", args=[thing.pk])


def iso(days):
    return f"{timezone.localdate() + dt.timedelta(days=days)}"


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


# --- Contingents ----------------------------------------------------------------------------------


def test_a_contingent_is_added_changed_and_removed(client, agency):
    run = build_run(capacity=5)
    response = client.post(
        url("run_contingents", run),
        {"agency": agency.pk, "reserved": "2", "maximum": "3", "release_on": iso(9)},
        follow=True,
    )
    assert response.redirect_chain == [(url("run_contingents", run), 302)]
    assert read(response).alerts == ["Das Kontingent ist gespeichert."]
    contingent = Contingent.objects.get()
    assert (contingent.agency, contingent.reserved, contingent.maximum) == (agency, 2, 3)
    client.post(url("change_contingent", contingent), {"reserved": "1", "maximum": "", "release_on": iso(8)})
    contingent.refresh_from_db()
    assert (contingent.reserved, contingent.maximum, f"{contingent.release_on}") == (1, None, iso(8))
    client.post(url("remove_contingent", contingent))
    assert Contingent.objects.count() == 0


def test_no_more_is_reserved_than_there_is(client, agency, other_agency):
    run = build_run(capacity=3)
    Contingent.objects.create(
        run=run, agency=other_agency, reserved=2, release_on=timezone.localdate() + dt.timedelta(9)
    )
    data = {"agency": agency.pk, "reserved": "2", "maximum": "", "release_on": iso(9)}
    page = read(client.post(url("run_contingents", run), data), 409)
    assert page.alerts == ["Das ist nicht möglich Für diese Behörde kann höchstens 1 Platz reserviert werden."]
    assert Contingent.objects.count() == 1


@pytest.mark.parametrize(
    ("reserved", "maximum", "days", "code"),
    [
        (0, None, 9, "empty"),
        (3, 2, 9, "maximum"),
        (0, 0, 9, "maximum"),
        (1, None, 31, "release"),
        (11, None, 9, "reserved"),
    ],
)
def test_what_a_contingent_cannot_be(coordinator, agency, reserved, maximum, days, code):
    run = build_run()
    day = timezone.localdate() + dt.timedelta(days=days)
    with pytest.raises(Refused) as refused:
        booking.set_contingent(run, agency, Act(coordinator), reserved=reserved, maximum=maximum, release_on=day)
    assert codes(refused) == [code]


@pytest.mark.parametrize(
    ("reserved", "maximum", "days"), [(2, 2, 9), (0, 1, 9), (10, None, 9), (1, None, 30), (1, None, 0)]
)
def test_what_a_contingent_can_just_be(coordinator, agency, reserved, maximum, days):
    run = build_run()
    day = timezone.localdate() + dt.timedelta(days=days)
    contingent = booking.set_contingent(
        run, agency, Act(coordinator), reserved=reserved, maximum=maximum, release_on=day
    )
    assert list(Contingent.objects.values_list("pk", "run", "agency", "reserved", "maximum", "release_on")) == [
        (contingent.pk, run.pk, agency.pk, reserved, maximum, day)
    ]


def test_only_what_is_reserved_for_others_in_this_run_and_now_is_gone(coordinator, agency, other_agency):
    run, other = build_run(capacity=3), build_run(capacity=3)
    today, later = timezone.localdate(), timezone.localdate() + dt.timedelta(days=9)
    Contingent.objects.create(run=run, agency=agency, reserved=3, release_on=later)
    Contingent.objects.create(run=run, agency=other_agency, reserved=3, release_on=today)
    Contingent.objects.create(run=other, agency=other_agency, reserved=3, release_on=later)
    changed = booking.set_contingent(run, agency, Act(coordinator), reserved=2, maximum=2, release_on=later)
    assert (changed.reserved, Contingent.objects.count()) == (2, 3)
    third = build_agency("Stadtverwaltung Andernach", "andernach.example")
    refused_at = []
    for reserved in (1, 2):
        try:
            booking.set_contingent(
                run, third, Act(coordinator, at=in_days(8)), reserved=reserved, maximum=None, release_on=later
            )
        except Refused:
            refused_at.append(reserved)
    assert refused_at == [2]
    booking.set_contingent(run, third, Act(coordinator, at=in_days(9)), reserved=3, maximum=None, release_on=later)


def test_where_more_is_reserved_than_there_is_nothing_is_left(coordinator, agency, other_agency):
    run = build_run(capacity=2)
    day = timezone.localdate() + dt.timedelta(days=9)
    Contingent.objects.create(run=run, agency=other_agency, reserved=3, release_on=day)
    with pytest.raises(Refused) as refused:
        booking.set_contingent(run, agency, Act(coordinator), reserved=1, maximum=None, release_on=day)
    assert str(refused.value.reasons[0]) == "Für diese Behörde können höchstens 0 Plätze reserviert werden."


def test_only_the_coordination_reserves(agency, agency_contact):
    day = timezone.localdate() + dt.timedelta(days=9)
    run = build_run()
    with pytest.raises(Refused) as refused:
        booking.set_contingent(run, agency, Act(agency_contact), reserved=1, maximum=None, release_on=day)
    assert codes(refused) == ["coordinator"]
    contingent = Contingent.objects.create(run=run, agency=agency, reserved=1, release_on=day)
    with pytest.raises(Refused) as refused:
        booking.remove_contingent(contingent, Act(agency_contact))
    assert codes(refused) == ["coordinator"]
    assert Contingent.objects.get() == contingent


def test_reserving_fewer_places_reaches_the_queue_at_once(coordinator, agency):
    run = build_run(capacity=1)
    day = timezone.localdate() + dt.timedelta(days=9)
    Contingent.objects.create(run=run, agency=agency, reserved=1, release_on=day)
    waiting = build_registration(run, build_person("x@fern.example"), "waitlisted")
    booking.set_contingent(run, agency, Act(coordinator), reserved=0, maximum=1, release_on=day)
    waiting.refresh_from_db()
    assert waiting.status == "confirmed"


@pytest.mark.parametrize("act", ["less", "none"])
def test_what_is_freed_in_the_last_days_is_offered(coordinator, agency, act):
    run = build_run(capacity=1)
    day = timezone.localdate() + dt.timedelta(days=29)
    contingent = Contingent.objects.create(run=run, agency=agency, reserved=1, release_on=day)
    waiting = build_registration(run, build_person("x@fern.example"), "waitlisted")
    at = run.starts_at - dt.timedelta(days=5)
    if act == "less":
        booking.set_contingent(run, agency, Act(coordinator, at=at), reserved=0, maximum=1, release_on=day)
    else:
        booking.remove_contingent(contingent, Act(coordinator, at=at))
    waiting.refresh_from_db()
    assert (waiting.status, waiting.status_changed_at) == ("offered", at)


def test_what_is_no_longer_reserved_reaches_the_queue(coordinator, agency):
    run = build_run(capacity=1)
    day = timezone.localdate() + dt.timedelta(days=9)
    contingent = Contingent.objects.create(run=run, agency=agency, reserved=1, release_on=day)
    waiting = build_registration(run, build_person("x@fern.example"), "waitlisted", agency=None)
    booking.set_contingent(run, agency, Act(coordinator), reserved=1, maximum=None, release_on=day)
    waiting.refresh_from_db()
    assert waiting.status == "waitlisted"
    booking.remove_contingent(contingent, Act(coordinator))
    waiting.refresh_from_db()
    assert waiting.status == "confirmed"


# --- Does it take place? --------------------------------------------------------------------------


def test_below_the_minimum_the_coordination_decides(client, coordinator):
    run = build_run(build_course("Vielfalt"), minimum_number=5, decide_on=timezone.localdate())
    page = read(client.get("/koordination/"))
    assert "1 Termin, über dessen Durchführung zu entscheiden ist Vielfalt" in page.text
    response = client.post(url("hold_anyway", run), follow=True)
    assert read(response).alerts == ["Der Termin findet statt."]
    assert "zu entscheiden ist" not in read(response).text
    run.refresh_from_db()
    assert run.decided_at is not None
    event = run.events.get()
    assert (event.what, event.actor) == ("held", coordinator)
    client.post(url("hold_anyway", run))
    assert run.events.count() == 1


def test_a_request_nobody_can_answer_is_a_task(client, participant):
    run = build_run(build_course("Vielfalt"), approval="required")
    registration = build_registration(run, participant, "requested")
    text = "1 Freigabe, über die die Koordination entscheidet Ayşe Yıldız"
    page = read(client.get("/koordination/")).text
    assert text in page
    assert "gehalten bis" not in page  # it never lapses before the start
    registration.supervisor_email = "chefin@mayen.example"
    registration.save()
    assert "die Koordination entscheidet" not in read(client.get("/koordination/")).text


def test_a_mail_to_somebody_without_an_account_is_shown_with_its_address(client, participant):
    registration = build_registration(build_run(build_course("Vielfalt")), participant)
    Message.objects.create(
        kind="supervisor_informed", registration=registration, to_email="chefin@mayen.example", status="dead"
    )
    Message.objects.create(kind="invited", run=registration.run, recipient=participant, status="dead")
    text = read(client.get("/koordination/")).text
    assert "Vorgesetzte informiert: Platz: chefin@mayen.example Vielfalt" in text
    assert "Einladung: Ayşe Yıldız Vielfalt" in text


# --- Invitations and demand -----------------------------------------------------------------------


def test_somebody_is_found_and_invited(client, coordinator, other_participant):
    run = build_run()
    assert "Weber, Jan" in read(client.get(url("invite", run) + "?q=weber")).text
    response = client.post(url("invite", run), {"person": other_participant.pk, "reason": "Nachholtermin"}, follow=True)
    assert read(response).alerts == ["Jan Weber ist eingeladen."]
    invitation = Invitation.objects.get()
    assert (invitation.run, invitation.person, invitation.invited_by, invitation.reason) == (
        run,
        other_participant,
        coordinator,
        "Nachholtermin",
    )
    draft = build_run(published_at=None)
    page = read(client.post(url("invite", draft), {"person": other_participant.pk}), 409)
    assert page.alerts == ["Das ist nicht möglich Bitte veröffentlichen Sie den Termin zuerst."]


def test_demand_is_counted_by_agency_and_group(client, agency, participant, other_participant):
    course = build_course("Vielfalt")
    for person in [participant, other_participant]:
        planning.note_interest(course, person, wish="online")
    registered = build_person()
    planning.note_interest(course, registered)
    build_registration(build_run(course), registered)
    text = read(client.get("/koordination/interesse/")).text
    assert "Vielfalt (2)" in text
    assert "Stadtverwaltung Bendorf: 1, Stadtverwaltung Mayen: 1" in text


PLAN = {"start": "09:00", "end": "12:00", "teaching_minutes": "180", "capacity": "8"}


def test_a_run_for_everybody_interested(client, participant, other_participant):
    course, venue = build_course("Vielfalt"), build_venue()
    address = reverse("trainings:plan", args=[course.slug])
    assert "Der Termin wird sofort veröffentlicht. " in read(client.get(address)).text
    for person in [participant, other_participant]:
        planning.note_interest(course, person)
    assert "2 interessierte Personen werden eingeladen" in read(client.get(address)).text
    data = {**PLAN, "day": iso(30), "venue": venue.pk, "registration_closes_on": iso(20)}
    asked = read(client.post(address, data), 409)
    assert "Bitte bestätigen Sie:" in asked.text
    assert "Die Kursleitung fehlt noch. Es ist keine Förderung angegeben." in asked.text
    assert (CourseRun.objects.count(), Invitation.objects.count()) == (0, 0)
    doubts = ["no_trainer", "no_funding", "no_working_day"]
    response = client.post(address, {**data, "doubts": doubts}, follow=True)
    run = CourseRun.objects.get()
    assert response.redirect_chain == [(url("coordination_run", run), 302)]
    assert read(response).alerts == ["Der Termin ist veröffentlicht, 2 Personen sind eingeladen."]
    assert (run.course, run.capacity, run.venue, run.format, run.is_published) == (course, 8, venue, "on_site", True)
    assert (run.starts_at, run.ends_at, f"{run.registration_closes_on}") == (in_days(30), in_days(30, 12), iso(20))
    assert (Invitation.objects.count(), Interest.objects.open().count(), Registration.objects.count()) == (2, 0, 0)
    assert Message.objects.filter(kind="invited", run=run).count() == 2


def test_a_plan_with_a_mistake_creates_nothing(client):
    course = build_course()
    address = reverse("trainings:plan", args=[course.slug])
    page = read(client.post(address, {**PLAN, "day": iso(30), "registration_closes_on": iso(31)}))
    assert page.errors == ["Der Anmeldeschluss liegt nach dem Beginn."]
    assert CourseRun.objects.count() == 0


def test_coordinator_says_when_a_run_reminds_and_what_its_mails_say(client):
    run = build_run(starts_at=in_days(30))
    address = reverse("trainings:run_reminders", args=[run.pk])
    assert client.get(address).content.decode().count(", 7:00 Uhr</li>") == 2
    fields = {"reminders": "14, 2", "preparation": "Einen Fall mitbringen", "follow_up": "Folien folgen"}
    assert client.post(address, fields).status_code == 302
    run.refresh_from_db()
    assert [run.reminder_days, run.preparation, run.follow_up] == [[14, 2], *list(fields.values())[1:]]
    refused = client.post(address, fields | {"reminders": "bald", "follow_up": "Noch mehr"}).content.decode()
    assert "Bitte Tage von 1 bis 60 nennen" in refused
    assert "Noch mehr" in refused
