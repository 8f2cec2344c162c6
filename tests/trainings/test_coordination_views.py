"""What coordinators see to do, and what they do for others."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.builders import build_course, build_person, build_registration, build_run, build_venue, in_days, only_session
from tests.pages import read
from trainings import attendance, booking, scheduling
from trainings.attendance import Mark
from trainings.models import CourseRun, Message, Registration, RegistrationEvent

pytestmark = pytest.mark.django_db

COORDINATION = "/koordination/"
NOTHING_TO_DO = "Zurzeit steht nichts aus."
NEW_PERSON = {
    "new": "1",
    "new-email": "neu@mayen.example",
    "new-first_name": "Noor",
    "new-last_name": "Haddad",
    "new-group": "volunteers",
    "new-organisation": "",
    "new-reason": "",
}


@pytest.fixture(autouse=True)
def everybody_is_known(agency, trainer):
    """Nobody stands among the people to check unless a test says so."""
    trainer.affiliation_checked_at = timezone.now()
    trainer.save()


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


def url(name, thing, *further):
    return reverse(f"trainings:{name}", args=[thing.pk, *further])


def todo(client):
    return read(client.get(COORDINATION)).text.partition("Nächste Termine")[0]


# --- What needs doing -----------------------------------------------------------------------------


def test_nothing_to_do(client, trainer):
    build_run(trainers=[trainer], starts_at=in_days(10))
    build_run(trainers=[trainer], starts_at=in_days(-10))
    assert NOTHING_TO_DO in todo(client)


def test_a_run_without_trainer_is_to_do_until_it_has_one(client, trainer):
    run = build_run(build_course("Vielfalt"), starts_at=in_days(59))
    assert "1 Termin ohne Kursleitung Vielfalt" in todo(client)
    run.trainers.add(trainer)
    assert NOTHING_TO_DO in todo(client)


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": in_days(61)},
        {"starts_at": in_days(-1)},
        {"published_at": None},
        {"cancelled_at": timezone.now(), "cancellation_reason": "krank"},
    ],
)
def test_runs_far_away_past_cancelled_or_in_draft_need_no_trainer_now(client, fields):
    build_run(**fields)
    assert "ohne Kursleitung" not in todo(client)


def test_an_under_filled_run_is_to_do_for_three_weeks_until_it_is_filled(client, trainer):
    run = build_run(build_course("Vielfalt"), minimum_number=2, starts_at=in_days(20), trainers=[trainer])
    build_run(minimum_number=2, starts_at=in_days(22), trainers=[trainer])
    build_registration(run)
    text = todo(client)
    assert "1 Termin in den nächsten drei Wochen unter der Mindestzahl Vielfalt" in text
    assert "1 von mindestens 2" in text
    build_registration(run, status="waitlisted")
    assert "unter der Mindestzahl" in todo(client)
    build_registration(run)
    assert NOTHING_TO_DO in todo(client)


def test_an_incomplete_list_is_to_do_until_the_last_record(client, trainer):
    run = build_run(build_course("Vielfalt"), starts_at=in_days(-2), trainers=[trainer])
    first, second = build_registration(run), build_registration(run)
    attendance.record(only_session(run), {first.pk: Mark("present")}, by=trainer)
    assert "1 Beendeter Termin mit unvollständiger Anwesenheit Vielfalt" in todo(client)
    attendance.record(only_session(run), {second.pk: Mark("absent")}, by=trainer)
    assert NOTHING_TO_DO in todo(client)


def test_a_running_run_is_not_incomplete_yet(client, trainer):
    run = build_run(starts_at=timezone.now() - dt.timedelta(hours=1), trainers=[trainer])
    build_registration(run)
    assert NOTHING_TO_DO in todo(client)


def test_mails_that_did_not_arrive_are_to_do(client, trainer):
    run = build_run(build_course("Vielfalt"), trainers=[trainer])
    person = build_person(first_name="Noor", last_name="Haddad")
    booking.register(run, person, by=person)
    assert NOTHING_TO_DO in todo(client)
    Message.objects.update(status="dead", last_error="550 Postfach unbekannt")
    assert "Anmeldung bestätigt: Noor Haddad Vielfalt, 550 Postfach unbekannt" in todo(client)


def test_a_person_of_an_unknown_domain_is_to_do_until_checked(client, agency):
    person = build_person("noor@verein.example", "Noor", "Haddad", organisation="Verein Willkommen")
    build_person("alt@verein.example", organisation="Verein", is_active=False)
    build_person("neu@verein.example", organisation="Verein", profile_completed_at=None)
    assert "1 Person, deren Behörde zu prüfen ist Noor Haddad Verein Willkommen, noor@verein.example" in todo(client)
    page = read(client.get(url("check_person", person)))
    assert "Verein Willkommen" in page.text
    response = client.post(url("check_person", person), {"agency": str(agency.pk)}, follow=True)
    assert response.redirect_chain == [(COORDINATION, 302)]
    page = read(response)
    assert page.alerts == ["Die Zugehörigkeit von Noor Haddad ist geklärt."]
    assert NOTHING_TO_DO in page.text
    person.refresh_from_db()
    assert person.agency == agency
    assert client.get(url("check_person", person)).status_code == 404


def test_the_persons_own_words_may_stand(client):
    person = build_person("noor@verein.example", organisation="Verein Willkommen")
    client.post(url("check_person", person), {"agency": ""}, follow=True)
    person.refresh_from_db()
    assert (person.agency, person.affiliation_checked_at is not None) == (None, True)


def test_who_is_known_needs_no_check(client, participant):
    assert client.get(url("check_person", participant)).status_code == 404
    assert client.post(url("check_person", participant), {"agency": ""}).status_code == 404


# --- Lists of runs --------------------------------------------------------------------------------


def test_next_runs_and_drafts_stand_apart(client):
    build_run(build_course("Kommt"))
    build_run(build_course("Entsteht"), published_at=None)
    build_run(build_course("Gewesen"), starts_at=in_days(-3))
    text = read(client.get(COORDINATION)).text.partition("Nächste Termine")[2]
    upcoming, _, drafts = text.partition("Entwürfe")
    assert [title in upcoming for title in ["Kommt", "Entsteht", "Gewesen"]] == [True, False, False]
    assert [title in drafts for title in ["Kommt", "Entsteht", "Gewesen"]] == [False, True, False]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Kommt", "Entwurf ohne Zeit"]),
        ("?zeitraum=vergangen", ["Gewesen"]),
        ("?zeitraum=alle", ["Kommt", "Gewesen", "Entwurf ohne Zeit"]),
        ("?zeitraum=alle&q=gew", ["Gewesen"]),
        ("?zeitraum=alle&q=2026-077", ["Kommt"]),
        ("?zeitraum=alle&q=Bendorf+Kommt", ["Kommt"]),
        ("?zeitraum=alle&q=Bendorf+Gewesen", []),
        ("?zeitraum=unfug", ["Kommt", "Entwurf ohne Zeit"]),
        ("?page=99", ["Kommt", "Entwurf ohne Zeit"]),
    ],
)
def test_runs_are_found_by_time_and_words(client, query, titles):
    build_run(build_course("Kommt"), number="2026-077", venue=build_venue(town="Bendorf"))
    build_run(build_course("Gewesen"), starts_at=in_days(-30))
    without_time = build_run(build_course("Entwurf ohne Zeit"), published_at=None)
    scheduling.cancel_session(only_session(without_time))
    page = read(client.get(f"/koordination/termine/{query}"))
    assert [
        t for t in ["Kommt", "Gewesen", "Entwurf ohne Zeit"] if any(link.startswith(t) for link in page.links)
    ] == titles


def test_the_list_of_runs_goes_on_on_a_second_page(client):
    course = build_course()
    for day in range(31):
        build_run(course, starts_at=in_days(10 + day))
    page = read(client.get("/koordination/termine/?q=Kurs"))
    assert "Seite 1 von 2" in page.text
    second = read(client.get(f"/koordination/termine/{page.links['Weiter']}"))
    assert "Seite 2 von 2" in second.text
    assert len([link for link in second.links.values() if link.startswith("/koordination/termine/")]) == 1


# --- One run --------------------------------------------------------------------------------------


def test_the_run_page_has_the_figures_and_the_people(client, trainer):
    run = build_run(
        build_course("Vielfalt"),
        capacity=3,
        minimum_number=2,
        starts_at=in_days(-1),
        trainers=[trainer],
        number="2026-077",
    )
    zander, oertel = (build_person(first_name="Kim", last_name=name) for name in ["Zander", "Örtel"])
    present = build_registration(run, zander, needs="stufenloser Zugang")
    partial = build_registration(run, oertel, source="coordination")
    build_registration(run, build_person(first_name="Lou", last_name="Warter"), "waitlisted")
    build_registration(run, build_person(first_name="Max", last_name="Ende"), "cancelled")
    unrecorded = build_registration(run, build_person(first_name="Ada", last_name="Offen"))
    attendance.record(only_session(run), {present.pk: Mark("present"), partial.pk: Mark("partial", 90)}, by=trainer)
    page = read(client.get(url("coordination_run", run)))
    for words in [
        "Plätze 3 Vergeben 3 Warteliste 1 Mindestzahl 2",
        "2026-077 · beendet",
        "Kursleitung Ngozi Okafor",
        "Angemeldet (3)",
        "Warteliste (1)",
        "Beendete Anmeldungen (1)",
        "Bedarf: stufenloser Zugang",
        "teilweise (90 Min.)",
        "nicht erfasst",
        "durch die Koordination",
        "Die Anwesenheit ist unvollständig: 1 Eintrag fehlt.",
    ]:
        assert words in page.text
    people = page.text.partition("Angemeldet (3)")[2]
    names = ["Örtel, Kim", "Offen, Ada", "Zander, Kim", "Warter, Lou", "Ende, Max"]
    assert sorted(names, key=people.index) == names
    attendance.record(only_session(run), {unrecorded.pk: Mark("excused")}, by=trainer)
    assert "unvollständig" not in read(client.get(url("coordination_run", run))).text


def test_before_the_start_nobody_is_missing_on_a_list(client):
    run = build_run()
    build_registration(run)
    text = read(client.get(url("coordination_run", run))).text
    assert ("nicht erfasst" in text, "unvollständig" in text) == (False, False)


def test_the_queue_stands_in_its_order(client):
    run = build_run(capacity=1)
    build_registration(run)
    for name in ["Zander", "Adam"]:
        build_registration(run, build_person(first_name="Kim", last_name=name), "waitlisted")
    text = read(client.get(url("coordination_run", run))).text
    assert text.index("1 Zander, Kim") < text.index("2 Adam, Kim")


def test_the_run_page_offers_what_can_be_done(client):
    everything = {"Jemanden anmelden", "Termin absagen", "Bescheinigungen ausstellen"}

    def offered(run):
        page = read(client.get(url("coordination_run", run)))
        buttons = {"Veröffentlichen", "Plätze ändern"}
        return everything & set(page.links) | {button for button in buttons if button in page.text}

    assert offered(build_run()) == {"Jemanden anmelden", "Termin absagen", "Plätze ändern"}
    assert offered(build_run(published_at=None)) == {
        "Jemanden anmelden",
        "Termin absagen",
        "Plätze ändern",
        "Veröffentlichen",
    }
    assert offered(build_run(starts_at=timezone.now() - dt.timedelta(hours=1))) == {"Termin absagen"}
    assert offered(build_run(starts_at=in_days(-2))) == {"Bescheinigungen ausstellen"}
    assert offered(build_run(cancelled_at=timezone.now(), cancellation_reason="krank")) == set()


def test_the_history_tells_who_did_what_and_why(client, coordinator):
    run = build_run(capacity=1)
    person = build_person(first_name="Noor", last_name="Haddad")
    registration = booking.register(run, person, by=coordinator, channel="coordination", reason="Anruf")
    booking.cancel(registration, by=person, reason="krank")
    text = read(client.get(url("coordination_run", run))).text.partition("Verlauf")[2]
    assert "Noor Haddad – bestätigt (Koordination, Miriam Roth) Anruf" in text
    assert "Noor Haddad – bestätigt → abgemeldet (Website, Noor Haddad) krank" in text


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
    attendance.record(only_session(run), {registration.pk: Mark("absent")}, by=trainer)
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
    run = build_run(published_at=None)
    page = read(client.post(url("publish", run), follow=True))
    assert page.alerts == ["Der Termin ist veröffentlicht."]
    assert CourseRun.objects.get(pk=run.pk).is_published


def test_a_run_without_time_or_called_off_is_not_published(client):
    without_time = build_run(published_at=None)
    scheduling.cancel_session(only_session(without_time))
    cancelled = build_run(published_at=None, cancelled_at=timezone.now(), cancellation_reason="krank")
    messages = [read(client.post(url("publish", run), follow=True)).alerts for run in (without_time, cancelled)]
    assert messages == [["Bitte tragen Sie zuerst mindestens eine Sitzung ein."], ["Dieser Termin ist abgesagt."]]
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


def test_a_finished_or_cancelled_run_is_not_cancelled(client):
    finished = build_run(starts_at=in_days(-3))
    cancelled = build_run(cancelled_at=timezone.now(), cancellation_reason="krank")
    for run, text in [
        (finished, "Dieser Termin ist bereits beendet."),
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
