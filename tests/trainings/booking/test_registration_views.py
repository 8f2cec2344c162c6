"""What people read and may do when they take a place, wait for one, and give it back."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.builders import build_course, build_person, build_registration, build_run, build_venue, in_days, only_session
from tests.pages import read
from trainings import attendance, booking, catalogue, mails
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.dates import moment, run_when
from trainings.models import Contingent, Registration

pytestmark = pytest.mark.django_db

MINE = "/meine-schulungen/"


def register_url(run):
    return reverse("trainings:register", args=[run.pk])


def mine_url(registration):
    return reverse("trainings:registration", args=[registration.pk])


def cancel_url(registration):
    return reverse("trainings:cancel", args=[registration.pk])


def today(days=0):
    return timezone.localdate() + dt.timedelta(days=days)


def wait_in(run, number):
    return [build_registration(run, status="waitlisted") for _ in range(number)]


# --- The page before one registers ----------------------------------------------------------------


def test_the_page_says_what_one_registers_for(signed_in, participant):
    venue = build_venue(
        "Kreishaus", street="Bahnhofstraße 9", postal_code="56068", directions="Aufzug links vom Eingang"
    )
    run = build_run(
        build_course("Vielfalt im Amt"),
        venue=venue,
        starts_at=in_days(30),
        notes="Bitte Getränke mitbringen.",
        cancellation_closes_on=dt.date(2031, 3, 10),
        online_link="https://konferenz.example/geheim",
    )
    page = read(signed_in(participant).get(register_url(run)))
    assert page.headings[:1] == ["Anmelden: Vielfalt im Amt"]
    for words in [
        "Kreishaus, Bahnhofstraße 9, 56068 Koblenz",
        "Aufzug links vom Eingang",
        "9:00–16:30 Uhr",
        "8 UE (6 Std.)",
        "Bitte Getränke mitbringen.",
        "Sie melden sich an als Ayşe Yıldız (yildiz@mayen.example).",
        "Abmelden können Sie sich selbst bis Mo., 10. März 2031.",
        "Verbindlich anmelden",
        "frei",
    ]:
        assert words in page.text
    assert "konferenz.example" not in page.text


def test_the_page_warns_of_the_queue_and_names_the_position(signed_in, participant):
    run = build_run(capacity=1)
    build_registration(run)
    text = "Zurzeit ist kein Platz frei, {} Sie kommen auf die Warteliste, Position {}."
    assert text.format("noch wartet niemand.", 1) in read(signed_in(participant).get(register_url(run))).text
    wait_in(run, 1)
    assert text.format("1 Person wartet bereits.", 2) in read(signed_in(participant).get(register_url(run))).text
    wait_in(run, 1)
    page = read(signed_in(participant).get(register_url(run)))
    assert text.format("2 Personen warten bereits.", 3) in page.text
    assert "Auf die Warteliste setzen" in page.text
    assert "Verbindlich anmelden" not in page.text


def test_few_places_are_counted(signed_in, participant):
    run = build_run(capacity=2)
    build_registration(run)
    assert "nur noch 1 Platz" in read(signed_in(participant).get(register_url(run))).text


@pytest.mark.parametrize(
    ("fields", "reason", "availability"),
    [
        ({"visibility": "invitation"}, "Zu diesem Termin lädt die Koordination ein.", "auf Einladung"),
        (
            {"registration_opens_on": dt.date(2031, 3, 10)},
            "Die Anmeldung beginnt am Mo., 10. März 2031.",
            "Anmeldung noch nicht geöffnet",
        ),
        (
            {"registration_closes_on": dt.date(2020, 3, 10)},
            "Anmeldeschluss war am Di., 10. März 2020. Bitte wenden Sie sich an die Koordination.",
            "Anmeldung geschlossen",
        ),
        (
            {"cancelled_at": timezone.now(), "cancellation_reason": "Raum gesperrt"},
            "Dieser Termin ist abgesagt: Raum gesperrt",
            "abgesagt",
        ),
        ({"starts_at": timezone.now() - dt.timedelta(hours=1)}, "Dieser Termin hat bereits begonnen.", "läuft bereits"),
        ({"starts_at": timezone.now() - dt.timedelta(days=9)}, "Dieser Termin hat bereits begonnen.", "beendet"),
    ],
)
def test_the_page_says_why_not_and_a_post_changes_nothing(signed_in, participant, fields, reason, availability):
    run = build_run(**fields)
    client = signed_in(participant)
    for response in [read(client.get(register_url(run))), read(client.post(register_url(run), {"needs": ""}), 409)]:
        assert response.alerts == [f"Die Anmeldung ist nicht möglich {reason}"]
        assert availability in response.text
        assert "Verbindlich anmelden" not in response.text
    assert Registration.objects.count() == 0


def test_all_reasons_are_on_the_page(signed_in, participant):
    run = build_run(build_course(groups=["leadership"]), visibility="invitation")
    page = read(signed_in(participant).get(register_url(run)))
    assert page.alerts == [
        "Die Anmeldung ist nicht möglich Zu diesem Termin lädt die Koordination ein. "
        "Diese Schulung richtet sich an: Führungskräfte. Angegeben ist: Mitarbeitende."
    ]


def test_drafts_and_runs_of_others_are_not_found(signed_in, participant, other_agency):
    for run in [
        build_run(published_at=None),
        build_run(build_course(published_at=None)),
        build_run(visibility="agencies", agencies=[other_agency]),
    ]:
        client = signed_in(participant)
        assert client.get(register_url(run)).status_code == 404
        assert client.post(register_url(run), {"needs": ""}).status_code == 404
    assert Registration.objects.count() == 0


def test_people_of_the_agency_find_its_run(signed_in, participant, agency):
    run = build_run(visibility="agencies", agencies=[agency])
    assert "Verbindlich anmelden" in read(signed_in(participant).get(register_url(run))).text


# --- Registering ----------------------------------------------------------------------------------


def test_registering_gives_a_place_and_says_so(signed_in, participant):
    run = build_run(build_course("Vielfalt im Amt"))
    client = signed_in(participant)
    form = read(client.get(register_url(run))).form("needs") | {"needs": "stufenloser Zugang"}
    response = client.post(register_url(run), form, follow=True)
    registration = Registration.objects.get()
    assert response.redirect_chain == [(mine_url(registration), 302)]
    page = read(response)
    assert page.alerts == ["Sie haben einen Platz: Vielfalt im Amt. Eine Bestätigung kommt per E-Mail."]
    assert (registration.person, registration.status, registration.needs) == (
        participant,
        "confirmed",
        "stufenloser Zugang",
    )
    assert (registration.source, registration.events.get().channel) == ("self", "web")


def test_registering_for_a_full_run_says_which_position(signed_in, participant):
    run = build_run(build_course("Vielfalt im Amt"), capacity=1)
    build_registration(run)
    wait_in(run, 1)
    page = read(signed_in(participant).post(register_url(run), {"needs": ""}, follow=True))
    assert page.alerts == [
        "Sie stehen auf der Warteliste, Position 2: Vielfalt im Amt. Wird ein Platz frei, schreiben wir Ihnen."
    ]
    assert "Sie warten, Position 2." in page.text.partition("schreiben wir Ihnen.")[2]


REGISTERED = "Sie sind für diesen Termin schon angemeldet. Sie brauchen sich nicht noch einmal anzumelden."
WAITING = "Sie stehen für diesen Termin schon auf der Warteliste. Sie brauchen sich nicht noch einmal anzumelden."


@pytest.mark.parametrize(("places", "said"), [(1, REGISTERED), (0, WAITING)])
def test_registering_twice_leads_to_what_is_there(signed_in, participant, places, said):
    run = build_run(capacity=1)
    if not places:
        build_registration(run)
    client = signed_in(participant)
    client.post(register_url(run), {"needs": "Gebärdensprache"}, follow=True)
    registration = Registration.objects.get(person=participant)
    for again in [
        client.post(register_url(run), {"needs": "Gebärdensprache"}, follow=True),  # a double click
        client.get(register_url(run), follow=True),  # an old tab
    ]:
        assert again.redirect_chain == [(mine_url(registration), 302)]
        assert read(again).alerts == [said]
    assert Registration.objects.filter(person=participant).count() == 1


def test_needs_said_only_the_second_time_are_not_lost_silently(signed_in, participant):
    run = build_run()
    client = signed_in(participant)
    client.post(register_url(run), {"needs": ""})
    page = read(client.post(register_url(run), {"needs": "Gebärdensprache"}, follow=True))
    assert page.alerts[-1].startswith("Ihr Bedarf ist noch nicht geändert.")


def test_moving_twice_leads_to_the_new_place(signed_in, participant):
    course = build_course()
    old, new = build_run(course), build_run(course, starts_at=in_days(60))
    registration = build_registration(old, participant)
    client = signed_in(participant)
    url = reverse("trainings:move", args=[registration.pk, new.pk])
    for _click in range(2):
        page = client.post(url, {}, follow=True)
        assert page.redirect_chain == [(mine_url(Registration.objects.get(run=new)), 302)]
    assert read(page).alerts[-1] == REGISTERED


# --- What now? ------------------------------------------------------------------------------------


def test_who_has_a_place_reads_how_it_goes_on(signed_in, participant):
    venue = build_venue("Kreishaus", directions="Aufzug links vom Eingang")
    course = build_course("Vielfalt im Amt")
    run = build_run(
        course,
        venue=venue,
        preparation="Bitte den Fragebogen mitbringen.",
        cancellation_closes_on=dt.date(2037, 3, 8),
        starts_at=dt.datetime(2037, 3, 10, 9, tzinfo=dt.UTC),
    )
    other = build_run(course, starts_at=dt.datetime(2037, 5, 12, 9, tzinfo=dt.UTC))
    registration = build_registration(run, participant)
    page = read(signed_in(participant).get(mine_url(registration)))
    for words in [
        "Sie haben einen Platz. Zu entscheiden ist nichts mehr; kommen Sie einfach.",
        "Kalendereinladungen erhalten Sie per E-Mail.",
        "Bitte den Fragebogen mitbringen.",
        "Aufzug links vom Eingang",
        "Bis So., 8. März 2037 können Sie sich selbst abmelden oder umbuchen.",
    ]:
        assert words in page.text
    assert run.number not in page.text
    assert page.links[run_when(other)] == reverse("trainings:move", args=[registration.pk, other.pk])
    assert page.links["Abmelden: Vielfalt im Amt"] == cancel_url(registration)


@pytest.mark.parametrize(
    ("status", "supervisor", "said"),
    [
        ("requested", "chef@mayen.example", "Ihre vorgesetzte Person (chef@mayen.example) entscheidet bis"),
        ("requested", "", "Über die Freigabe entscheidet die Koordination."),
        ("offered", "", "Sie entscheiden: Bitte sagen Sie bis"),
        ("waitlisted", "", "Sie warten, Position 1. Wird jetzt ein Platz frei, rücken Sie automatisch nach"),
        ("cancelled", "", "Diese Anmeldung ist beendet: abgemeldet."),
    ],
)
def test_everybody_reads_who_decides(signed_in, participant, status, supervisor, said):
    registration = build_registration(build_run(), participant, status, supervisor_email=supervisor)
    assert said in read(signed_in(participant).get(mine_url(registration))).text


def test_changing_to_another_run_stands_beside_leaving(signed_in, participant):
    registration = build_registration(build_run(build_course("Vielfalt im Amt")), participant)
    client, there = signed_in(participant), f"{mine_url(registration)}#umbuchen"
    assert read(client.get(MINE)).links["Umbuchen: Vielfalt im Amt"] == there
    for url in [cancel_url(registration), f"/abmelden/{mails.link_token('cancel', registration)}/"]:
        assert read(client.get(url)).links["Lieber auf einen anderen Termin umbuchen"] == there
    assert "Zurzeit gibt es keinen anderen Termin dieser Schulung" in read(client.get(mine_url(registration))).text


def test_a_text_that_is_too_long_is_explained_beside_the_field_and_kept(signed_in, participant):
    run = build_run()
    page = read(signed_in(participant).post(register_url(run), {"needs": "x" * 1001}))
    assert page.errors == ["Das ist zu lang: Hier passen höchstens 1000 Zeichen, jetzt sind es 1001. Bitte kürzen."]
    assert page.form("needs")["needs"] == "x" * 1001
    assert Registration.objects.count() == 0


def test_anonymous_people_come_back_after_signing_in(client):
    run = build_run()
    response = client.get(register_url(run))
    assert (response.status_code, response.url) == (302, f"/anmelden/?next={register_url(run)}")


# --- My registrations -----------------------------------------------------------------------------


def test_who_has_nothing_is_led_to_the_programme(signed_in, participant):
    page = read(signed_in(participant).get(MINE))
    assert "Sie haben sich noch nicht angemeldet" in page.text
    assert page.links["Zum Programm"] == "/"


def test_everything_is_in_its_place(signed_in, participant):
    def run(title, **fields):
        return build_run(build_course(title), **fields)

    build_registration(run("Kommt"), participant)
    build_registration(run("Läuft", starts_at=timezone.now() - dt.timedelta(hours=1)), participant)
    waiting = run("Wartet", capacity=1)
    wait_in(waiting, 2)
    build_registration(waiting, participant, "waitlisted")
    build_registration(run("War", starts_at=in_days(-20)), participant)
    build_registration(run("Vergeblich gewartet", starts_at=in_days(-21)), participant, "waitlisted")
    build_registration(run("Abgemeldet"), participant, "cancelled")
    build_registration(run("Fremd"))
    text = read(signed_in(participant).get(MINE)).text
    coming, _, rest = text.partition("Warteliste")
    queue, _, rest = rest.partition("Vergangene Schulungen")
    past, _, ended = rest.partition("Beendete Anmeldungen")
    titles = ["Kommt", "Läuft", "Wartet", "War ", "Vergeblich gewartet", "Abgemeldet", "Fremd"]
    found = [[title.strip() for title in titles if title in part] for part in (coming, queue, past, ended)]
    # „Abmelden“ is a button, „Abgemeldet“ the title of a course
    assert found == [["Kommt", "Läuft"], ["Wartet"], ["War"], ["Vergeblich gewartet", "Abgemeldet"]]
    assert "Warteliste, Position 3" in text


def test_the_position_falls_as_others_leave(signed_in, participant):
    run = build_run(capacity=1)
    build_registration(run)
    first, _second = wait_in(run, 2)
    build_registration(run, participant, "waitlisted")
    client = signed_in(participant)
    assert "Warteliste, Position 3" in read(client.get(MINE)).text
    booking.cancel(first, Act(first.person))
    assert "Warteliste, Position 2" in read(client.get(MINE)).text


def test_only_who_has_a_place_sees_the_link(signed_in, participant, other_participant):
    run = build_run(format="online", online_link="https://konferenz.example/geheim")
    build_registration(run, participant)
    build_registration(run, other_participant, "waitlisted")
    assert "https://konferenz.example/geheim" in read(signed_in(participant).get(MINE)).links
    assert b"konferenz.example" not in signed_in(other_participant).get(MINE).content


def test_a_past_training_says_what_was_attended(signed_in, participant, trainer):
    marks = [("Ganz", Mark("present")), ("Halb", Mark("partial", 180)), ("Gefehlt", Mark("absent")), ("Offen", None)]
    for title, mark in marks:
        run = build_run(build_course(title), starts_at=in_days(-9))
        registration = build_registration(run, participant)
        if mark:
            attendance.record(only_session(run), {registration.pk: mark}, Act(trainer))
    text = read(signed_in(participant).get(MINE)).text
    past = text.partition("Vergangene Schulungen")[2]
    assert [words in past for words in ["6 Std.", "3 Std.", "nicht teilgenommen", "noch nicht erfasst"]] == [True] * 4


# --- Giving a place back --------------------------------------------------------------------------


def test_the_cancel_page_changes_nothing_until_the_button_is_pressed(signed_in, participant):
    run = build_run(build_course("Vielfalt im Amt"))
    registration = build_registration(run, participant)
    client = signed_in(participant)
    page = read(client.get(cancel_url(registration)))
    assert page.headings[:1] == ["Abmelden: Vielfalt im Amt"]
    assert "Ihr Platz wird sofort für andere frei." in page.text
    registration.refresh_from_db()
    assert (registration.status, registration.events.count()) == ("confirmed", 0)
    response = client.post(cancel_url(registration), page.form("reason") | {"reason": "krank"}, follow=True)
    assert response.redirect_chain == [(MINE, 302)]
    assert read(response).alerts == ["Sie sind abgemeldet: Vielfalt im Amt."]
    registration.refresh_from_db()
    assert (registration.status, registration.events.get().reason) == ("cancelled", "krank")


def test_leaving_the_waitlist(signed_in, participant):
    run = build_run(build_course("Vielfalt im Amt"), capacity=1)
    registration = build_registration(run, participant, "waitlisted")
    build_registration(run)
    client = signed_in(participant)
    page = read(client.get(cancel_url(registration)))
    assert page.headings[:1] == ["Warteliste verlassen: Vielfalt im Amt"]
    assert "Ihre Position auf der Warteliste geht damit verloren." in page.text
    client.post(cancel_url(registration), {"reason": ""})
    registration.refresh_from_db()
    assert registration.status == "cancelled"


def test_too_late_leads_to_the_coordination(signed_in, participant, settings):
    registration = build_registration(build_run(cancellation_closes_on=today(-1)), participant)
    client = signed_in(participant)
    page = read(client.get(cancel_url(registration)))
    assert "Eine Abmeldung ist jetzt nur noch über die Koordination möglich" in page.text
    assert page.links[settings.CONTACT_EMAIL] == f"mailto:{settings.CONTACT_EMAIL}"
    assert "Jetzt abmelden" not in page.text
    refused = read(client.post(cancel_url(registration), {"reason": ""}), 409)
    assert refused.alerts == [
        "Die Abmeldung ist nicht möglich Eine Abmeldung ist jetzt nur noch über die Koordination möglich. "
        "Bitte rufen Sie dort an."
    ]
    registration.refresh_from_db()
    assert registration.status == "confirmed"
    assert "Abmelden und Umbuchen sind nur noch über die Koordination möglich" in read(client.get(MINE)).text


def test_after_the_start_nobody_leaves_alone(signed_in, participant):
    registration = build_registration(build_run(starts_at=in_days(2)), participant)
    with time_machine.travel(in_days(2, hour=9), tick=False):
        client = signed_in(participant)
        assert read(client.post(cancel_url(registration), {"reason": ""}), 409).alerts != []
    registration.refresh_from_db()
    assert registration.status == "confirmed"


def test_what_has_ended_says_so(signed_in, participant):
    registration = build_registration(build_run(), participant, "cancelled")
    client = signed_in(participant)
    page = read(client.get(cancel_url(registration)))
    assert "Diese Anmeldung ist bereits beendet: abgemeldet." in page.text
    assert read(client.post(cancel_url(registration), {"reason": ""}), 409).alerts == [
        "Die Abmeldung ist nicht möglich Diese Anmeldung ist bereits beendet."
    ]


def test_nobody_sees_or_ends_the_registration_of_another(signed_in, participant):
    registration = build_registration(build_run(), build_person())
    client = signed_in(participant)
    assert client.get(cancel_url(registration)).status_code == 404
    assert client.post(cancel_url(registration), {"reason": ""}).status_code == 404
    registration.refresh_from_db()
    assert registration.status == "confirmed"


# --- Rules, supervisors, offers -------------------------------------------------------------------


def test_the_rules_are_on_the_page_before_one_registers(signed_in, participant, agency):
    run = build_run(
        approval="required",
        fairness="agencies",
        minimum_number=5,
        decide_on=dt.date(2031, 3, 10),
        only_for_group="staff",
        direct_promotion_days=7,
        first_come_days=1,
        offer_hours=12,
    )
    run.course.prerequisites.add(build_course("Grundlagen"))
    Contingent.objects.create(run=run, agency=agency, reserved=2, maximum=4, release_on=dt.date(2031, 3, 1))
    sentences = {rule.code: rule.sentence for rule in catalogue.rules_of(run)}
    assert sentences == {
        "visibility": "Alle Behörden und Einrichtungen.",
        "groups": "Nur Mitarbeitende.",
        "prerequisites": "Empfohlen ist, vorher teilzunehmen an: Grundlagen.",
        "approval": "Vorgesetzte müssen zustimmen. Der Platz ist dafür 5 Arbeitstage gehalten, danach verfällt er. "
        "Ist keine vorgesetzte Person genannt, entscheidet die Koordination; dann verfällt er nicht.",
        "order": "Plätze werden in der Reihenfolge der Anmeldung vergeben. Von denen, die warten, kommen Behörden mit "
        "weniger Plätzen zuerst; bei gleich vielen zählt der Zeitpunkt.",
        "contingents": "Für Stadtverwaltung Mayen sind 2 Plätze reserviert; ungenutzte werden am Sa., 1. März 2031 für "
        "alle frei. Stadtverwaltung Mayen bekommt vor dem Sa., 1. März 2031 höchstens 4 Plätze.",
        "promotion": "Bis 7 Tage vor Beginn rückt die Warteliste direkt nach. Danach wird ein freier Platz der Reihe "
        "nach angeboten; ein Angebot gilt an Arbeitstagen 12 Stunden. In den letzten 24 Stunden erfahren alle "
        "Wartenden zugleich davon; wer zuerst zusagt, hat den Platz. Nach dem Beginn rückt niemand mehr nach.",
        "cancellation": "Abmelden können Sie sich selbst bis zum Beginn.",
        "minimum": "Der Termin findet ab 5 Personen statt. Entschieden wird am Mo., 10. März 2031.",
    }
    text = read(signed_in(participant).get(register_url(run))).text
    assert [code for code, sentence in sentences.items() if sentence not in text] == []
    assert "Für Ihre Behörde sind 2 Plätze reserviert, davon noch frei: 2." in text
    assert "Empfohlen ist, vorher teilzunehmen an: Grundlagen." in text


@pytest.mark.parametrize(
    ("direct", "call", "sentence"),
    [
        (0, 0, "Die Warteliste rückt bis zum Beginn direkt nach. Nach dem Beginn rückt niemand mehr nach."),
        (
            2,
            0,
            "Bis 2 Tage vor Beginn rückt die Warteliste direkt nach. Danach wird ein freier Platz der Reihe nach "
            "angeboten; ein Angebot gilt an Arbeitstagen 24 Stunden. Nach dem Beginn rückt niemand mehr nach.",
        ),
        (
            1,
            5,
            "Bis 1 Tag vor Beginn rückt die Warteliste direkt nach. In den letzten 24 Stunden erfahren alle Wartenden "
            "zugleich davon; wer zuerst zusagt, hat den Platz. Nach dem Beginn rückt niemand mehr nach.",
        ),
    ],
)
def test_empty_windows_are_not_spoken_of(direct, call, sentence):
    run = build_run(direct_promotion_days=direct, first_come_days=call)
    assert {rule.code: rule.sentence for rule in catalogue.rules_of(run)}["promotion"] == sentence


def test_the_supervisor_is_asked_for_and_an_unfit_address_is_explained_beside_the_field(signed_in, participant):
    run = build_run(build_course("Vielfalt im Amt"), approval="required")
    client = signed_in(participant)
    page = read(client.get(register_url(run)))
    assert page.alerts == []
    assert "Anmelden und Freigabe anfragen" in page.text
    form = page.form("supervisor_email", "needs")
    wrong = read(client.post(register_url(run), form | {"supervisor_email": "x@anderswo.example"}))
    assert wrong.errors == [
        "Diese Adresse gehört nicht zu Stadtverwaltung Mayen. Bitte geben Sie eine dienstliche Adresse an."
    ]
    assert Registration.objects.count() == 0
    done = read(client.post(register_url(run), form | {"supervisor_email": "Chef@mayen.example"}, follow=True))
    registration = Registration.objects.get()
    assert (registration.status, registration.supervisor_email) == ("requested", "chef@mayen.example")
    until = moment(registration.held_until)
    assert done.alerts == [f"Die Freigabe ist angefragt: Vielfalt im Amt. Ihr Platz ist bis {until} gehalten."]
    assert f"Ihr Platz ist bis {until} gehalten." in done.text
    assert "Warteliste" not in done.text


def test_nobody_asks_people_without_an_agency_for_a_supervisor(signed_in):
    person = build_person("noor@verein.example", organisation="Verein")
    run = build_run(approval="required")
    page = read(signed_in(person).get(register_url(run)))
    assert "über die Freigabe entscheidet die Koordination" in page.text
    assert [form for form in page.forms if "supervisor_email" in form] == []


def test_places_kept_for_other_agencies_are_told_and_those_of_the_own_are_given(
    signed_in, participant, other_participant, agency
):
    run = build_run(capacity=1)
    Contingent.objects.create(run=run, agency=agency, reserved=1, release_on=dt.date(2031, 3, 1))
    text = read(signed_in(other_participant).get(register_url(run))).text
    assert "Sie kommen auf die Warteliste, Position 1." in text
    assert "1 Platz ist für eine Behörde reserviert; am Sa., 1. März 2031 wird er für alle frei." in text
    booking.register(run, other_participant, Act(other_participant))
    assert "Verbindlich anmelden" in read(signed_in(participant).get(register_url(run))).text
    assert booking.register(run, participant, Act(participant)).status == "confirmed"


def test_who_waits_sees_what_is_on_hold(signed_in, participant):
    run = build_run(capacity=2)
    held = timezone.now() + dt.timedelta(hours=5)
    build_registration(run, status="offered", held_until=held)
    build_registration(run, status="requested", held_until=held)
    build_registration(run, participant, "waitlisted")
    text = read(signed_in(participant).get(MINE)).text
    assert f"1 Platz ist jemandem angeboten, bis {moment(held)}." in text
    assert f"1 Platz ist für eine Freigabe gehalten, bis {moment(held)}." in text


def answer(client, registration, act):
    return client.post(reverse("trainings:answer_offer", args=[registration.pk]), {"act": act}, follow=True)


@pytest.mark.parametrize(
    ("act", "status", "alert"),
    [
        ("accept", "confirmed", "Sie haben einen Platz: Vielfalt im Amt. Eine Bestätigung kommt per E-Mail."),
        ("decline", "declined", "Sie haben den Platz abgelehnt: Vielfalt im Amt."),
        ("claim", "offered", "Für Sie ist zurzeit kein Platz frei."),
        ("unfug", "offered", None),
    ],
)
def test_answering_an_offer(signed_in, participant, act, status, alert):
    offered = build_registration(build_run(build_course("Vielfalt im Amt")), participant, "offered")
    client = signed_in(participant)
    page = read(client.get(MINE))
    assert page.headings[1] == "Bitte antworten"
    assert "es bleiben 23 Stunden" in page.text
    assert read(answer(client, offered, act)).alerts == ([alert] if alert else [])
    offered.refresh_from_db()
    assert offered.status == status


def test_taking_a_place_that_all_were_told_of(signed_in, participant):
    run = build_run(build_course("Vielfalt im Amt"), starts_at=timezone.now() + dt.timedelta(hours=30), capacity=1)
    called = build_registration(run, participant, "waitlisted", called_at=timezone.now())
    client = signed_in(participant)
    assert "Platz nehmen" in read(client.get(MINE)).text
    assert read(answer(client, called, "claim")).alerts == [
        "Sie haben einen Platz: Vielfalt im Amt. Eine Bestätigung kommt per E-Mail."
    ]


def test_offers_of_others_are_not_found(signed_in, participant, other_participant):
    offered = build_registration(build_run(), other_participant, "offered")
    assert answer(signed_in(participant), offered, "accept").status_code == 404


# --- Waiting for several runs, moving, passing on -------------------------------------------------


def test_waiting_for_further_runs_of_the_course(signed_in, participant):
    course = build_course("Vielfalt im Amt")
    full, also_full, other = build_run(course, capacity=1), build_run(course, capacity=1), build_run(capacity=1)
    for run in (full, also_full, other):
        build_registration(run)
    waiting = build_registration(full, participant, "waitlisted", supervisor_email="chef@mayen.example")
    client = signed_in(participant)
    address = reverse("trainings:wait_for_more", args=[waiting.pk])
    assert "Auch für andere Termine warten" in read(client.get(MINE)).text
    nothing = read(client.post(address, {"runs": ["unfug", str(other.pk)]}, follow=True))
    assert nothing.alerts == ["Bitte wählen Sie mindestens einen Termin aus."]
    page = read(client.post(address, {"runs": [str(also_full.pk), str(full.pk)]}, follow=True))
    assert sorted(page.alerts) == sorted(
        [
            f"{run_when(also_full)}: Sie stehen auf der Warteliste, Position 1: Vielfalt im Amt. "
            "Wird ein Platz frei, schreiben wir Ihnen.",
            f"{run_when(full)}: Für diesen Termin besteht bereits ein Platz auf der Warteliste.",
        ]
    )
    assert set(Registration.objects.of(participant).values_list("run", "status", "supervisor_email")) == {
        (full.pk, "waitlisted", "chef@mayen.example"),
        (also_full.pk, "waitlisted", "chef@mayen.example"),
    }
    assert "Auch für andere Termine warten" not in read(client.get(MINE)).text


def test_the_page_offers_to_move_and_moving_keeps_the_old_place_until_the_new_one_is_sure(signed_in, participant):
    course = build_course("Vielfalt im Amt")
    old = build_registration(build_run(course), participant)
    new, full = build_run(course, starts_at=in_days(40)), build_run(course, capacity=1)
    build_registration(full)
    client = signed_in(participant)
    address = reverse("trainings:move", args=[old.pk, full.pk])
    assert read(client.get(register_url(full))).links["Auf diesen Termin umbuchen"] == address
    assert "Position 1" in read(client.get(address)).text
    assert Registration.objects.of(participant).get() == old
    alerts = read(client.post(address, {}, follow=True)).alerts
    assert alerts[1] == "Ihren bisherigen Platz behalten Sie, bis der neue sicher ist."
    address = reverse("trainings:move", args=[old.pk, new.pk])
    assert read(client.post(address, {}, follow=True)).alerts == [
        "Sie haben einen Platz: Vielfalt im Amt. Eine Bestätigung kommt per E-Mail."
    ]
    assert set(Registration.objects.of(participant).values_list("run", "status")) == {
        (old.run_id, "cancelled"),
        (full.pk, "cancelled"),
        (new.pk, "confirmed"),
    }


def test_moving_to_a_run_that_needs_an_approval_asks_for_the_address(signed_in, participant):
    course = build_course()
    old = build_registration(build_run(course), participant)
    new = build_run(course, approval="required")
    client, address = signed_in(participant), reverse("trainings:move", args=[old.pk, new.pk])
    assert len(read(client.post(address, {"supervisor_email": "x@anderswo.example"})).errors) == 1
    client.post(address, {"supervisor_email": "chef@mayen.example"})
    assert set(Registration.objects.of(participant).values_list("run", "status", "supervisor_email")) == {
        (old.run_id, "confirmed", ""),
        (new.pk, "requested", "chef@mayen.example"),
    }


def test_moving_elsewhere_is_not_found(signed_in, participant, other_participant):
    own, foreign = build_registration(build_run(), participant), build_registration(build_run(), other_participant)
    client, other = signed_in(participant), build_run()
    assert client.post(reverse("trainings:move", args=[own.pk, other.pk]), {}).status_code == 404
    target = build_run(foreign.run.course)
    assert client.post(reverse("trainings:move", args=[foreign.pk, target.pk]), {}).status_code == 404


def test_passing_the_place_on_to_a_known_colleague(signed_in, participant):
    colleague = build_person("kaya@mayen.example", "Mert", "Kaya")
    registration = build_registration(build_run(build_course("Vielfalt im Amt")), participant)
    client, address = signed_in(participant), reverse("trainings:pass_on", args=[registration.pk])
    assert read(client.get(MINE)).links["Platz übergeben: Vielfalt im Amt"] == address
    page = read(client.post(address, {"email": "Kaya@mayen.example"}, follow=True))
    assert page.alerts == ["Mert Kaya ist gefragt: Vielfalt im Amt. Bis zur Zusage behalten Sie den Platz."]
    assert "Gefragt, ob Ihr Platz übernommen wird: Mert Kaya" in page.text
    assert "Gefragt ist schon Mert Kaya." in read(client.get(address)).text
    asked = Registration.objects.get(person=colleague)
    client = signed_in(colleague)
    page = read(client.get(MINE))
    assert "Ayşe Yıldız möchte Ihnen diesen Platz überlassen." in page.text
    client.post(reverse("trainings:answer_offer", args=[asked.pk]), {"act": "accept"})
    assert set(Registration.objects.values_list("person", "status")) == {
        (participant.pk, "cancelled"),
        (colleague.pk, "confirmed"),
    }


def test_a_colleague_says_yes_or_no_by_the_link(client, participant):
    colleague = build_person("kaya@mayen.example", "Mert", "Kaya")
    for act, status, says in [
        ("decline", "declined", "Sie haben abgesagt."),
        ("accept", "confirmed", "Sie haben einen Platz."),
    ]:
        place = build_registration(build_run(), participant)
        asked = booking.substitute(place, colleague, Act(participant))
        url = reverse("trainings:offer", args=[mails.link_token("offer", asked)])
        page = read(client.get(url))
        assert "Ayşe Yıldız hat hier einen Platz und möchte ihn Ihnen überlassen." in page.text
        assert says in read(client.post(url, {"act": act}, follow=True)).text
        asked.refresh_from_db()
        assert asked.status == status


def test_without_a_supervisor_the_coordination_decides_and_the_page_says_so(signed_in, participant):
    run = build_run(approval="required")
    client = signed_in(participant)
    assert len(read(client.post(register_url(run), {"needs": ""})).errors) == 1  # beside the address
    both = {"supervisor_email": "chefin@mayen.example", "has_no_supervisor": "on"}
    assert len(read(client.post(register_url(run), both)).errors) == 1
    page = read(client.post(register_url(run), {"has_no_supervisor": "on"}, follow=True))
    assert page.alerts[0].startswith("Über die Freigabe entscheidet die Koordination:")
    assert "Ihr Platz bleibt gehalten, bis sie entschieden hat." in page.text
    row = Registration.objects.get()
    assert (row.status, row.supervisor_email, row.is_for_coordinator) == ("requested", "", True)


def test_passing_the_place_on_to_somebody_new(signed_in, participant):
    registration = build_registration(build_run(), participant)
    client, address = signed_in(participant), reverse("trainings:pass_on", args=[registration.pk])
    page = read(client.post(address, {"email": "neu@mayen.example"}))
    assert page.errors == ["Bitte geben Sie den Nachnamen an.", "Bitte wählen Sie die Gruppe."]
    known = {"email": "neu@mayen.example", "first_name": "Ada", "last_name": "Neu", "group": "staff"}
    client.post(address, known)
    new = Registration.objects.get(status="offered")
    assert (new.person.full_name, new.person.agency, new.substitute_for) == (
        "Ada Neu",
        participant.agency,
        registration,
    )


def test_nobody_new_is_kept_where_the_place_cannot_be_passed_on(signed_in, participant):
    registration = build_registration(build_run(build_course(groups=["leadership"])), participant)
    address = reverse("trainings:pass_on", args=[registration.pk])
    known = {"email": "neu@mayen.example", "first_name": "Ada", "last_name": "Neu", "group": "staff"}
    assert read(signed_in(participant).post(address, known), 409).alerts == [
        "Die Übergabe ist nicht möglich Diese Schulung richtet sich an: Führungskräfte. Angegeben ist: Mitarbeitende."
    ]
    assert User.objects.filter(email="neu@mayen.example").exists() is False


@pytest.mark.parametrize("email", ["weber@bendorf.example", "niemand@bendorf.example", "x@unbekannt.example"])
def test_of_other_agencies_nobody_learns_who_is_known(signed_in, participant, other_participant, email):
    registration = build_registration(build_run(), participant)
    page = read(signed_in(participant).post(reverse("trainings:pass_on", args=[registration.pk]), {"email": email}))
    assert page.errors == ["Den Platz kann nur jemand aus derselben Behörde übernehmen."]
    assert Registration.objects.get() == registration
