"""What coordinators do for others: register and cancel, change and cancel runs, take files along."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.builders import (
    berlin,
    build_course,
    build_person,
    build_registration,
    build_run,
    build_venue,
    in_days,
    only_session,
    planner,
)
from tests.pages import read
from trainings import attendance, booking, planning
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import AttendanceRecord, CourseRun, Registration, RegistrationEvent

pytestmark = pytest.mark.django_db

NEW_PERSON = {
    "new": "1",
    "new-email": "neu@mayen.example",
    "new-first_name": "Noor",
    "new-last_name": "Haddad",
    "new-group": "volunteers",
    "new-organisation": "",
    "new-reason": "",
}


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


def url(name, thing, *further):
    return reverse(f"trainings:{name}", args=[thing.pk, *further])


# --- Registering somebody -------------------------------------------------------------------------


def test_somebody_known_is_found_by_every_word_and_registered(client, coordinator):
    run = build_run()
    person = build_person("noor@mayen.example", "Noor", "Haddad")
    build_person(first_name="Noor", last_name="Anders")
    build_person(first_name="Nora", last_name="Haddad", is_active=False)
    build_person(first_name="Noor", last_name="Haddad", profile_completed_at=None)
    page = read(client.get(url("register_other", run) + "?q=noor+hadd"))
    assert [name in page.text for name in ["Haddad, Noor", "Anders, Noor", "Haddad, Nora"]] == [True, False, False]
    response = client.post(url("register_other", run), {"person": str(person.pk)}, follow=True)
    assert response.redirect_chain == [(url("coordination_run", run), 302)]
    assert read(response).alerts == ["Noor Haddad hat einen Platz."]
    registration = Registration.objects.get()
    event = registration.events.get()
    assert (registration.person, registration.source) == (person, "coordination")
    assert (event.actor, event.on_behalf_of, event.channel) == (coordinator, person, "coordination")


@pytest.mark.parametrize(("query", "said"), [("?q=", False), ("", False), ("?q=niemand", True)])
def test_only_a_search_that_found_nobody_says_so(client, query, said):
    page = read(client.get(url("register_other", build_run()) + query))
    assert ("Niemand gefunden." in page.text) == said


def test_a_full_run_puts_them_in_the_queue(client):
    run = build_run(capacity=1)
    build_registration(run)
    person = build_person(first_name="Noor", last_name="Haddad")
    page = read(client.post(url("register_other", run), {"person": str(person.pk)}, follow=True))
    assert page.alerts == ["Noor Haddad steht auf der Warteliste."]


def test_a_rule_is_passed_over_only_with_a_reason(client, coordinator):
    run = build_run(build_course(groups=["leadership"]), visibility="invitation")
    person = build_person(first_name="Noor", last_name="Haddad")
    first = read(client.post(url("register_other", run), {"person": str(person.pk)}), 409)
    assert first.alerts[0].startswith("Dagegen spricht: Zu diesem Termin lädt die Koordination ein.")
    assert "Soll Noor Haddad trotzdem angemeldet werden" in first.text
    assert first.errors == []
    form = first.form("person", "reason")
    without = read(client.post(url("register_other", run), form), 409)
    assert without.errors == ["Bitte nennen Sie den Grund."]
    assert Registration.objects.count() == 0
    response = client.post(url("register_other", run), form | {"reason": "eingeladen"}, follow=True)
    assert read(response).alerts == ["Noor Haddad hat einen Platz."]
    assert RegistrationEvent.objects.get().reason == "eingeladen"


def test_facts_are_not_passed_over(client):
    run = build_run()
    person = build_person()
    build_registration(run, person)
    page = read(client.post(url("register_other", run), {"person": str(person.pk), "reason": "trotzdem"}), 409)
    assert "trotzdem angemeldet werden" not in page.text
    assert page.errors == []
    assert Registration.objects.count() == 1


def test_nobody_chosen_is_explained(client):
    page = read(client.post(url("register_other", build_run()), {"person": "999999"}))
    assert page.alerts[0].startswith("Bitte prüfen Sie Ihre Angaben")
    assert Registration.objects.count() == 0


def test_somebody_new_is_entered_and_registered(client, agency):
    run = build_run()
    form = NEW_PERSON | {"new-email": "Neu@Mayen.example", "new-first_name": " Noor ", "new-last_name": "Had\u202edad"}
    page = read(client.post(url("register_other", run), form, follow=True))
    assert page.alerts == ["Noor Haddad hat einen Platz."]
    person = User.objects.get(email="neu@mayen.example")
    assert (person.agency, person.group, person.role) == (agency, "volunteers", "participant")
    assert (person.has_completed_profile, person.privacy_notice_noted_at) == (True, None)
    assert Registration.objects.get().person == person


def test_somebody_new_of_an_unknown_domain_needs_an_organisation(client, agency):
    run = build_run()
    form = NEW_PERSON | {"new-email": "noor@verein.example"}
    page = read(client.post(url("register_other", run), form))
    assert page.errors == ["Diese E-Mail-Domain gehört keiner Behörde. Bitte geben Sie die Organisation an."]
    assert page.form("new-last_name")["new-last_name"] == "Haddad"
    assert User.objects.filter(email="noor@verein.example").count() == 0
    client.post(url("register_other", run), form | {"new-organisation": "Verein Willkommen"})
    assert list(User.objects.to_check().values_list("email", "organisation")) == [
        ("noor@verein.example", "Verein Willkommen")
    ]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"new-email": "kein-at"}, "Bitte gültige E-Mail-Adresse eingeben."),
        ({"new-last_name": "\u200b "}, "Bitte geben Sie den Nachnamen an."),
        ({"new-group": "gäste"}, "Bitte eine gültige Auswahl treffen. gäste ist keine gültige Auswahl."),
        ({"new-email": "YILDIZ@mayen.example"}, "Diese Person ist schon bekannt. Bitte suchen Sie oben nach ihr."),
        ({"new-email": "weg@mayen.example"}, "Dieses Konto ist nicht mehr aktiv."),
    ],
)
def test_wrong_facts_of_somebody_new_are_explained(client, participant, changed, error):
    build_person("weg@mayen.example", is_active=False, profile_completed_at=None)
    before = User.objects.count()
    page = read(client.post(url("register_other", build_run()), NEW_PERSON | changed))
    assert page.errors == [error]
    assert (User.objects.count(), Registration.objects.count()) == (before, 0)


def test_somebody_new_is_not_kept_where_the_registration_is_refused(client, agency):
    run = build_run(build_course(groups=["leadership"]))
    page = read(client.post(url("register_other", run), NEW_PERSON), 409)
    assert page.alerts[0].startswith("Dagegen spricht:")
    assert User.objects.filter(email="neu@mayen.example").count() == 0
    form = page.form("new-email") | {"new-reason": "mit der Leitung abgesprochen"}
    assert read(client.post(url("register_other", run), form, follow=True)).alerts == ["Noor Haddad hat einen Platz."]


# --- Ending and changing --------------------------------------------------------------------------


def test_ending_somebodys_registration_needs_a_reason(client, coordinator):
    run = build_run(capacity=1, cancellation_closes_on=timezone.localdate() - dt.timedelta(days=1))
    registration = build_registration(run, build_person(first_name="Noor", last_name="Haddad"))
    waiting = build_registration(run, status="waitlisted")
    page = read(client.post(url("cancel_other", registration), {"reason": " "}))
    assert page.errors == ["Dieses Feld ist zwingend erforderlich."]
    registration.refresh_from_db()
    assert registration.status == "confirmed"
    response = client.post(url("cancel_other", registration), {"reason": "Anruf"}, follow=True)
    assert response.redirect_chain == [(url("coordination_run", run), 302)]
    assert read(response).alerts == ["Noor Haddad ist abgemeldet."]
    for row in (registration, waiting):
        row.refresh_from_db()
    assert (registration.status, waiting.status) == ("cancelled", "confirmed")
    event = registration.events.get()
    assert (event.actor, event.channel, event.reason) == (coordinator, "coordination", "Anruf")
    assert client.get(url("cancel_other", registration)).status_code == 404


def test_who_was_recorded_is_not_cancelled_any_more(client, trainer):
    run = build_run(starts_at=timezone.now() - dt.timedelta(hours=1))
    registration = build_registration(run)
    attendance.record(only_session(run), {registration.pk: Mark("absent")}, Act(trainer))
    page = read(client.post(url("cancel_other", registration), {"reason": "erschien nicht"}), 409)
    assert page.alerts == ["Die Abmeldung ist nicht möglich Für diese Anmeldung ist bereits Anwesenheit erfasst."]


def test_more_places_move_people_up(client):
    run = build_run(capacity=1)
    build_registration(run)
    waiting = build_registration(run, status="waitlisted")
    page = read(client.post(url("change_capacity", run), {"capacity": "2"}, follow=True))
    assert page.alerts == ["Der Termin hat jetzt 2 Plätze."]
    waiting.refresh_from_db()
    assert waiting.status == "confirmed"


@pytest.mark.parametrize(
    ("capacity", "message"),
    [
        ("1", "Es sind bereits 2 Plätze vergeben; weniger sind nicht möglich."),
        ("0", "Dieser Wert muss größer oder gleich 1 sein."),
        ("viele", "Bitte eine ganze Zahl eingeben."),
        ("", "Dieses Feld ist zwingend erforderlich."),
    ],
)
def test_a_capacity_that_cannot_be_is_refused(client, capacity, message):
    run = build_run(capacity=3)
    build_registration(run)
    build_registration(run)
    assert read(client.post(url("change_capacity", run), {"capacity": capacity}, follow=True)).alerts == [message]
    assert CourseRun.objects.get(pk=run.pk).capacity == 3


def test_publishing_shows_the_run(client):
    run = build_run(published_at=None, starts_at=berlin(2037, 3, 10, 9), venue=build_venue())
    doubts = ["Die Kursleitung fehlt noch.", "Es ist keine Förderung angegeben."]
    for page in (read(client.get(url("publish", run))), read(client.post(url("publish", run)), 409)):
        assert [doubt in page.text for doubt in doubts] == [True, True]
    assert not CourseRun.objects.get(pk=run.pk).is_published
    confirmed = {"doubts": ["no_trainer", "no_funding"]}
    page = read(client.post(url("publish", run), confirmed, follow=True))
    assert page.alerts == ["Der Termin ist veröffentlicht."]
    assert CourseRun.objects.get(pk=run.pk).is_published
    event = run.events.get()
    assert (event.what, event.overrides) == ("published", "no_trainer no_funding")


def test_a_run_without_time_or_called_off_is_not_published(client):
    without_time = planning.new_run(build_course(), planning.Edit({"capacity": 5}), planner())
    cancelled = build_run(published_at=None, cancelled_at=timezone.now(), cancellation_reason="krank")
    messages = [read(client.post(url("publish", run)), 409).alerts for run in (without_time, cancelled)]
    assert messages == [
        ["Das ist nicht möglich Bitte tragen Sie zuerst mindestens eine Sitzung ein."],
        ["Das ist nicht möglich Dieser Termin ist abgesagt."],
    ]
    assert CourseRun.objects.filter(published_at=None).count() == 2


def test_cancelling_a_run_needs_a_reason_and_tells_everybody(client):
    run = build_run(build_course("Vielfalt"), capacity=1)
    registrations = [build_registration(run), build_registration(run, status="waitlisted")]
    page = read(client.get(url("cancel_run", run)))
    assert "1 Angemeldete und 1 Wartende erhalten eine Nachricht mit dem Grund." in page.text
    assert read(client.post(url("cancel_run", run), {"reason": ""})).errors == [
        "Dieses Feld ist zwingend erforderlich."
    ]
    assert not CourseRun.objects.get(pk=run.pk).is_cancelled
    response = read(client.post(url("cancel_run", run), {"reason": "Raum gesperrt"}, follow=True))
    assert response.alerts == ["Der Termin ist abgesagt. Alle Angemeldeten erhalten eine Nachricht."]
    assert "Raum gesperrt" in response.text
    assert [registration.messages.get().kind for registration in registrations] == ["run_cancelled"] * 2


def test_a_run_somebody_came_to_or_that_is_off_is_not_cancelled(client):
    finished = build_run(starts_at=in_days(-3))
    AttendanceRecord.objects.create(
        registration=build_registration(finished),
        session=finished.sessions.get(),
        status="present",
        minutes=360,
        recorded_at=timezone.now(),
        recorded_by=build_person(),
    )
    cancelled = build_run(cancelled_at=timezone.now(), cancellation_reason="krank")
    for run, text in [
        (finished, "Dieser Termin hat stattgefunden: Es ist Anwesenheit erfasst."),
        (cancelled, "Dieser Termin ist bereits abgesagt."),
    ]:
        page = read(client.post(url("cancel_run", run), {"reason": "doch nicht"}), 409)
        assert page.alerts == [f"Die Absage ist nicht möglich {text}"]


# --- Files ----------------------------------------------------------------------------------------


def test_exports_hold_the_registrations_and_no_formulas(client, agency):
    run = build_run(build_course("Vielfalt"), number="2026-077")
    other = build_run()
    build_registration(run, build_person("noor@mayen.example", "=HYPERLINK(1)", "+Haddad"), needs="stufenloser Zugang")
    build_registration(other, build_person(last_name="Fremd"))
    as_csv = client.get(url("export", run, "csv"))
    as_xlsx = client.get(url("export", run, "xlsx"))
    assert [response.headers["Content-Disposition"] for response in (as_csv, as_xlsx)] == [
        'attachment; filename="anmeldungen-2026-077.csv"',
        'attachment; filename="anmeldungen-2026-077.xlsx"',
    ]
    assert as_csv.headers["Cache-Control"] == "private, no-store"
    from_csv = list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig")), delimiter=";"))
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx.content)).active
    from_xlsx = [[cell or "" for cell in row] for row in sheet.values]
    assert len(from_csv) == len(from_xlsx) == 2
    assert from_csv[0] == from_xlsx[0]
    for rows in (from_csv, from_xlsx):
        row = dict(zip(*rows, strict=True))
        assert [row["Nachname"], row["Vorname"], row["Status"], row["Behörde / Einrichtung"]] == [
            "'+Haddad",
            "'=HYPERLINK(1)",
            "bestätigt",
            "Stadtverwaltung Mayen",
        ]
        assert "stufenloser Zugang" not in row.values()


@pytest.mark.parametrize("extension", ["html", "pdf", "csv2"])
def test_other_files_do_not_exist(client, extension):
    assert client.get(url("export", build_run(), extension)).status_code == 404


def test_a_number_cannot_forge_the_name_of_the_file(client):
    run = build_run(number='x"; filename="y')
    assert client.get(url("export", run, "csv")).headers["Content-Disposition"] == (
        'attachment; filename="anmeldungen-x\\"; filename=\\"y.csv"'
    )


def test_a_settled_agency_counts_for_what_the_person_is_registered_for(client, agency, run):
    person = build_person("neumann@web.example", organisation="Selbsthilfe", agency=None)
    registration = booking.register(run, person, Act(person))
    assert registration.agency is None
    client.post(reverse("trainings:check_person", args=[person.pk]), {"agency": agency.pk})
    registration.refresh_from_db()
    assert registration.agency == agency
