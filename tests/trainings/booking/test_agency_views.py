"""What an agency's contact sees and does for colleagues, and the coordinators' lists."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests.builders import build_person, build_registration, build_run, in_days, only_session
from tests.pages import read
from trainings import attendance, booking, people
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.forms.agency import PeopleField, PersonField, colleagues_of
from trainings.models import Contingent, HeldPlace, Registration
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

NEW = {"email": "eli@mayen.example", "last_name": "Neu", "first_name": "Eli", "group": "staff"}


@pytest.fixture
def client(signed_in, agency_contact):
    return signed_in(agency_contact)


@pytest.fixture
def coordinators_client(client, coordinator):
    client.force_login(coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def url(name, thing=None):
    return reverse(f"trainings:{name}", args=[thing.pk] if thing else [])


def hold(run, contact, number=1):
    return booking.hold_places(
        run, contact.agency, number, Act(contact), name_by=timezone.localdate() + dt.timedelta(days=5)
    )


# --- Seeing ---------------------------------------------------------------------------------------


def test_the_agency_sees_its_own_people_requests_and_held_places_and_no_others(
    client, agency_contact, participant, other_participant
):
    run = build_run(capacity=8)
    build_registration(run, participant, needs="Gebärdensprache")
    build_registration(run, build_person(first_name="Noor", last_name="Haddad"), status="requested")
    build_registration(run, build_person(first_name="Eli", last_name="Wartend"), status="waitlisted")
    build_registration(run, other_participant)
    hold(build_run(), agency_contact)
    page = read(client.get(url("agency")))
    assert page.headings == [
        "Stadtverwaltung Mayen",
        "Freigaben",
        "Plätze ohne Namen",
        "Kommende Termine",
        "Unsere Anmeldungen",
    ]
    names = ["Yıldız, Ayşe", "Haddad, Noor", "Wartend, Eli", "Weber, Jan", "Gebärdensprache"]
    assert [name in page.text for name in names] == [True, True, True, False, False]
    assert f"{run.course.title} {run.number} Ort wird noch bekannt gegeben Warteliste (1) 2 1" in page.text


def test_the_page_of_a_run_shows_the_contingent_and_own_people_only(
    client, agency_contact, participant, other_participant
):
    run = build_run()
    release = timezone.localdate() + dt.timedelta(days=20)
    Contingent.objects.create(run=run, agency=agency_contact.agency, reserved=3, maximum=4, release_on=release)
    build_registration(run, participant, needs="Gebärdensprache")
    build_registration(run, other_participant)
    hold(run, agency_contact)
    text = read(client.get(url("agency_run", run))).text
    assert [word in text for word in ["Yıldız, Ayşe", "Weber, Jan", "Gebärdensprache"]] == [True, False, False]
    assert "Reserviert 3 Genutzt 2 Höchstens 4" in text


@pytest.mark.parametrize(
    ("mark", "said"),
    [(Mark("present"), "ja"), (Mark("partial", 10), "ja"), (Mark("absent"), "nein"), (None, "nicht erfasst")],
)
def test_after_the_run_the_agency_reads_whether_somebody_came(client, participant, trainer, mark, said):
    run = build_run(trainers=[trainer], starts_at=in_days(-3))
    registration = build_registration(run, participant)
    if mark:
        attendance.record(only_session(run), {registration.pk: mark}, Act(trainer))
    assert read(client.get(url("agency_run", run))).text.endswith(f"Yıldız, Ayşe Mitarbeitende bestätigt {said}")


def test_runs_for_other_agencies_and_drafts_are_not_there(client, other_agency, participant):
    kept = build_run(visibility="agencies", agencies=[other_agency])
    draft = build_run(published_at=None)
    for run in [kept, draft]:
        assert client.get(url("agency_run", run)).status_code == 404
        assert client.get(url("register_list", run)).status_code == 404
        assert run.number not in read(client.get(url("agency"))).text
    build_registration(kept, participant)
    assert client.get(url("agency_run", kept)).status_code == 200


def test_nothing_of_other_agencies_is_there(client, other_agency, other_participant):
    run = build_run()
    confirmed = build_registration(run, other_participant)
    requested = build_registration(build_run(), other_participant, status="requested")
    other_contact = build_person("chef@bendorf.example", role=User.Role.AGENCY_CONTACT)
    [held] = hold(run, other_contact)
    addresses = [
        url("decide", requested),
        url("cancel_colleague", confirmed),
        url("substitute_colleague", confirmed),
        url("name_place", held),
        url("give_back_place", held),
    ]
    for address in addresses:
        assert client.post(address, {"reason": "x", **NEW}).status_code == 404
    assert list(Registration.objects.order_by("pk").values_list("status", flat=True)) == ["confirmed", "requested"]
    assert HeldPlace.objects.open().count() == 1


# --- Lists ----------------------------------------------------------------------------------------


def test_a_list_is_checked_first_and_registered_with_one_click(client, agency_contact, participant):
    run = build_run(capacity=2)
    page = read(client.get(url("register_list", run)))
    assert "Yıldız, Ayşe (Mitarbeitende, " in page.text
    lines = "Neu;Eli;eli@mayen.example;Mitarbeitende\nNeu;Ada;ada@mayen.example;Mitarbeitende\nUdo;udo@bendorf.example"
    page = read(client.post(url("register_list", run), {"people": [participant.pk], "lines": lines}))
    assert "Yıldız, Ayşe yildiz@mayen.example bestätigt" in page.text
    assert "Neu, Eli neu eli@mayen.example bestätigt" in page.text
    assert "Neu, Ada neu ada@mayen.example Warteliste Position 1" in page.text
    assert "3 Adressen gefunden, 3 gelesen." in page.text
    assert "nicht möglich Diese E-Mail-Adresse gehört nicht zu Ihrer Behörde." in page.text
    assert (Registration.objects.count(), User.objects.filter(last_name="Neu").count()) == (0, 0)
    response = client.post(url("register_list", run), page.form("checked"), follow=True)
    assert response.redirect_chain == [(url("agency_run", run), 302)]
    assert read(response).alerts == ["2 Personen sind angemeldet. 1 Person steht auf der Warteliste."]
    people = {row.person.list_name: row.status for row in Registration.objects.all()}
    assert people == {"Yıldız, Ayşe": "confirmed", "Neu, Eli": "confirmed", "Neu, Ada": "waitlisted"}


def test_names_titles_and_groups_are_corrected_in_the_preview_and_nothing_else_is_lost(client):
    run = build_run()
    lines = "Kreis; Anna; kreis@mayen.example\nKlein; Dr. Anna; klein@mayen.example\nWeber; Jan; weber.mayen.example; M"
    page = read(client.post(url("register_list", run), {"lines": lines}))
    assert "2 Adressen gefunden, 2 gelesen." in page.text
    assert "Bei 3 Personen fehlt noch etwas oder ist etwas unklar" in page.text
    assert "Ist „Kreis“ ein Name?" in page.text
    typed = page.form("checked") | {
        "group_for_all": "staff",
        "row-0-title": "Prof. Dr.",
        "row-1-last_name": "Klein-Groß",
        "row-1-group": "leadership",
        "row-2-email": "WEBER@mayen.example",
    }
    page = read(client.post(url("register_list", run), typed | {"recheck": "1"}))
    assert (User.objects.filter(last_name__startswith="Klein").count(), Registration.objects.count()) == (0, 0)
    assert "Klein-Groß, Anna neu klein@mayen.example bestätigt" in page.text
    assert "Weber, Jan neu weber@mayen.example bestätigt" in page.text
    assert "Ist „Kreis“ ein Name?" in page.text
    assert page.form("checked")["row-0-title"] == "Prof. Dr."
    response = client.post(url("register_list", run), page.form("checked") | {"row-0-is_sure": "on"}, follow=True)
    assert read(response).alerts == ["3 Personen sind angemeldet."]
    people = [row.person for row in Registration.objects.select_related("person").order_by("pk")]
    assert [(f"{one.title} {one.full_name}".strip(), one.group, one.email) for one in people] == [
        ("Prof. Dr. Anna Kreis", "staff", "kreis@mayen.example"),
        ("Dr. Anna Klein-Groß", "leadership", "klein@mayen.example"),
        ("Jan Weber", "staff", "weber@mayen.example"),
    ]


def test_who_has_an_account_keeps_the_name_and_group_of_it(client, participant):
    run = build_run()
    page = read(client.post(url("register_list", run), {"lines": f"Falsch; Ganz; {participant.email}; Leitung"}))
    typed = page.form("checked")
    assert "Yıldız, Ayşe yildiz@mayen.example" in page.text
    assert "row-0-last_name" not in typed
    forged = {"row-0-last_name": "Falsch", "row-0-group": "leadership", "group_for_all": "leadership"}
    client.post(url("register_list", run), typed | forged)
    participant.refresh_from_db()
    assert (participant.list_name, participant.group) == ("Yıldız, Ayşe", "staff")
    assert Registration.objects.get().person == participant


@pytest.mark.parametrize("addresses", [["anna.klein", "j.weber"], ["klein", "weber"]])
def test_names_that_may_stand_the_other_way_round_are_asked_about_once(client, addresses):
    run = build_run()
    klein, weber = addresses
    lines = f"Anna\tKlein\t{klein}@mayen.example\tM\nJan\tWeber\t{weber}@mayen.example\tM"
    page = read(client.post(url("register_list", run), {"lines": lines}))
    assert "Welches ist der Nachname?" in page.text
    page = read(client.post(url("register_list", run), page.form("checked") | {"order": "swap", "recheck": "1"}))
    assert "Welches ist der Nachname?" not in page.text
    client.post(url("register_list", run), page.form("checked"))
    names = set(Registration.objects.values_list("person__last_name", "person__first_name"))
    assert names == {("Klein", "Anna"), ("Weber", "Jan")}


def test_who_is_still_unclear_stays_on_the_page_while_the_others_are_registered(client):
    run = build_run()
    lines = "Klein; Anna; klein@mayen.example; M\nWeber; Jan; weber@mayen.example"
    page = read(client.post(url("register_list", run), {"lines": lines}))
    page = read(client.post(url("register_list", run), page.form("checked")), 409)
    assert page.alerts[0] == "1 Person ist angemeldet."
    assert page.form("checked")["row-0-last_name"] == "Weber"
    client.post(url("register_list", run), page.form("checked") | {"row-0-group": "staff"})
    assert set(Registration.objects.values_list("person__last_name", flat=True)) == {"Klein", "Weber"}


def test_a_difference_between_addresses_found_and_read_is_said_and_blocks_nothing(client):
    run = build_run()
    lines = "klein@mayen.example; Klein; Anna; M\nWeber; Jan; weber @@ mayen; M"
    page = read(client.post(url("register_list", run), {"lines": lines}))
    assert "2 Adressen gefunden, 1 gelesen. Bitte vergleichen Sie mit Ihrer Liste: Zeile 2." in page.text
    page = read(client.post(url("register_list", run), page.form("checked") | {"recheck": "1"}))
    assert "2 Adressen gefunden, 1 gelesen. Bitte vergleichen Sie mit Ihrer Liste: Zeile 2." in page.text
    read(client.post(url("register_list", run), page.form("checked")), 409)
    assert Registration.objects.get().person.last_name == "Klein"


def test_an_address_that_is_none_is_said_beside_its_field_and_the_rest_stays(client):
    run = build_run()
    page = read(client.post(url("register_list", run), {"lines": "Weber; Jan; ; M\nKlein; Anna; klein@mayen.example"}))
    typed = page.form("checked") | {"row-0-email": "weber", "row-1-first_name": "Änne"}
    page = read(client.post(url("register_list", run), typed), 409)
    assert "Bitte gültige E-Mail-Adresse eingeben." in page.errors
    assert page.form("checked")["row-0-email"] == "weber"
    assert page.form("checked")["row-1-first_name"] == "Änne"
    assert Registration.objects.count() == 0


def test_a_list_that_did_not_arrive_is_said(client):
    page = read(client.post(url("register_list", build_run()), {"checked": ""}))
    assert page.alerts == ["Die Liste kam nicht vollständig an. Bitte fügen Sie sie noch einmal ein."]


def test_who_is_refused_meanwhile_is_named_and_the_others_are_registered(client, participant):
    run = build_run()
    noor = build_person(first_name="Noor", last_name="Haddad")
    page = read(client.post(url("register_list", run), {"people": [participant.pk, noor.pk], "lines": ""}))
    build_registration(run, participant)
    page = read(client.post(url("register_list", run), page.form("checked")), 409)
    assert page.alerts[0] == "1 Person ist angemeldet."
    assert page.alerts[1] == "Nicht angemeldet Yıldız, Ayşe: Für diesen Termin besteht bereits eine Anmeldung."
    assert Registration.objects.get(person=noor).status == "confirmed"


def test_tampered_lines_are_checked_again(client, other_participant):
    run = build_run()
    read(client.post(url("register_list", run), {"checked": other_participant.email, "reason": "bitte"}), 409)
    assert Registration.objects.count() == 0


def test_an_empty_list_and_people_of_other_agencies_are_no_list(client, other_participant, participant):
    run = build_run()
    page = read(client.post(url("register_list", run), {"lines": " \n"}))
    assert "Bitte wählen Sie Personen aus oder fügen Sie Zeilen ein." in page.text
    page = read(client.post(url("register_list", run), {"people": [other_participant.pk], "lines": ""}))
    assert len(page.errors) == 1


def test_the_coordination_registers_a_file_with_a_reason(coordinators_client, participant, other_participant):
    client, run = coordinators_client, build_run(visibility="invitation")
    file = SimpleUploadedFile(
        "liste.csv",
        "Nachname;Vorname;E-Mail;Gruppe\nYıldız;Ayşe;yildiz@mayen.example;\nWeber;Jan;weber@bendorf.example;".encode(),
    )
    page = read(client.post(url("coordination_list", run), {"lines": "", "file": file, "reason": "eingeladen"}))
    response = client.post(url("coordination_list", run), page.form("checked"), follow=True)
    assert response.redirect_chain == [(url("coordination_run", run), 302)]
    assert read(response).alerts == ["2 Personen sind angemeldet."]
    rows = Registration.objects.order_by("pk")
    assert [(row.person, row.status, row.source) for row in rows] == [
        (participant, "confirmed", "import"),
        (other_participant, "confirmed", "import"),
    ]
    assert rows[0].events.get().reason == "eingeladen"


def test_a_file_with_an_error_in_a_cell_is_refused_by_its_address(coordinators_client):
    file = SimpleUploadedFile("liste.csv", b"E-Mail;Nachname\nx@mayen.example;#NV\n")
    page = read(coordinators_client.post(url("coordination_list", build_run()), {"file": file}))
    assert page.errors == ["Der Wert der Zelle B2 ist nicht bekannt: „#NV“."]


def test_a_file_that_is_no_table_says_so(coordinators_client):
    run = build_run()
    file = SimpleUploadedFile("liste.xlsx", b"PK\x03\x04unfug")
    page = read(coordinators_client.post(url("coordination_list", run), {"file": file}))
    assert page.errors == ["Die Excel-Datei ist beschädigt oder keine .xlsx-Datei."]


# --- Held places ------------------------------------------------------------------------------------


def test_places_are_held_named_and_given_back(client, participant):
    run = build_run()
    day = timezone.localdate() + dt.timedelta(days=5)
    response = client.post(url("hold_places", run), {"number": "3", "name_by": day.isoformat()}, follow=True)
    assert read(response).alerts == ["3 Plätze sind für Ihre Behörde gehalten."]
    first, second, third = HeldPlace.objects.order_by("pk")
    read(client.get(url("name_place", first)))
    response = client.post(url("name_place", first), {"person": participant.pk}, follow=True)
    assert read(response).alerts == ["Ayşe Yıldız hat einen Platz."]
    response = client.post(url("name_place", second), {"person": "", **NEW}, follow=True)
    assert read(response).alerts == ["Eli Neu hat einen Platz."]
    assert client.get(url("give_back_place", third)).status_code == 405
    response = client.post(url("give_back_place", third), follow=True)
    assert read(response).alerts == ["Der Platz ist wieder frei für andere."]
    assert (HeldPlace.objects.open().count(), Registration.objects.confirmed().count()) == (0, 2)


def test_more_places_than_there_are_cannot_be_held(client):
    run = build_run(capacity=2)
    posted = {"number": "3", "name_by": (timezone.localdate() + dt.timedelta(days=5)).isoformat()}
    page = read(client.post(url("hold_places", run), posted), 409)
    assert page.alerts == ["Die Plätze können nicht gehalten werden Zurzeit kann Ihre Behörde nur 2 Plätze nehmen."]
    page = read(client.post(url("hold_places", run), {"number": "0", "name_by": "gestern"}))
    assert len(page.errors) == 2
    assert HeldPlace.objects.count() == 0


def test_a_new_person_is_not_kept_where_naming_is_refused(client, agency_contact):
    [held] = hold(build_run(), agency_contact)
    page = read(client.post(url("name_place", held), {**NEW, "email": "eli@anderswo.example"}), 409)
    assert page.alerts == ["Das ist nicht möglich Diese E-Mail-Adresse gehört nicht zu Ihrer Behörde."]
    page = read(client.post(url("name_place", held), {"person": ""}))
    assert page.errors == ["Bitte wählen Sie eine Person oder tragen Sie unten jemanden ein."]
    assert not User.objects.filter(last_name="Neu").exists()
    assert HeldPlace.objects.open().get() == held


# --- One registration ---------------------------------------------------------------------------------


def test_the_contact_approves_and_declines_with_a_reason(client):
    run = build_run(approval="required")
    first, second = (build_registration(run, status="requested") for _ in range(2))
    read(client.get(url("decide", first)))
    response = client.post(url("decide", first), {"reason": "", "approve": "1"}, follow=True)
    assert read(response).alerts == [f"{first.person} hat einen Platz."]
    page = read(client.post(url("decide", second), {"reason": "", "decline": "1"}), 409)
    assert "Bitte nennen Sie den Grund; die angemeldete Person erfährt ihn." in page.alerts[0]
    response = client.post(url("decide", second), {"reason": "Urlaub", "decline": "1"}, follow=True)
    assert read(response).alerts == ["Die Anfrage ist abgelehnt."]
    assert [row.status for row in Registration.objects.order_by("pk")] == ["confirmed", "declined"]


def test_nobody_decides_on_themselves(client, agency_contact):
    own = build_registration(build_run(approval="required"), agency_contact, status="requested")
    assert client.get(url("decide", own)).status_code == 404


def test_the_contact_cancels_for_a_colleague_with_a_reason(client, agency_contact, participant):
    registration = build_registration(build_run(), participant)
    page = read(client.post(url("cancel_colleague", registration), {"reason": ""}))
    assert len(page.errors) == 1
    response = client.post(url("cancel_colleague", registration), {"reason": "krank"}, follow=True)
    assert read(response).alerts == ["Ayşe Yıldız ist abgemeldet."]
    event = registration.events.get()
    assert (event.to_status, event.actor, event.on_behalf_of, event.reason) == (
        "cancelled",
        agency_contact,
        participant,
        "krank",
    )


def test_after_the_day_for_it_the_contact_is_sent_to_the_coordination(client, participant):
    run = build_run(cancellation_closes_on=timezone.localdate() - dt.timedelta(days=1))
    registration = build_registration(run, participant)
    page = read(client.post(url("cancel_colleague", registration), {"reason": "krank"}), 409)
    assert "nur noch über die Koordination möglich" in page.alerts[0]
    assert url("cancel_colleague", registration) not in read(client.get(url("agency_run", run))).links.values()


@pytest.mark.parametrize("known", [True, False])
def test_a_place_is_handed_to_a_colleague(client, participant, known):
    registration = build_registration(build_run(), participant)
    read(client.get(url("substitute_colleague", registration)))
    noor = build_person(first_name="Noor", last_name="Haddad")
    posted = {"person": noor.pk} if known else NEW
    response = client.post(url("substitute_colleague", registration), posted, follow=True)
    name = "Noor Haddad" if known else "Eli Neu"
    assert read(response).alerts == [f"{name} ist gefragt. Erst mit der Zusage geht der Platz über."]
    registration.refresh_from_db()
    assert registration.status == "confirmed"
    asked = Registration.objects.get(substitute_for=registration)
    assert (asked.status, asked.person.full_name, asked.source) == ("offered", name, "agency")


@pytest.mark.parametrize("name", ["agency", "agency_run"])
def test_the_number_of_queries_does_not_grow(client, agency_contact, name):
    def fill(number):
        for _ in range(number):
            run = build_run()
            for status in ["confirmed", "requested", "waitlisted"]:
                build_registration(run, status=status)
            hold(build_run(), agency_contact)
        return run

    def count():
        with CaptureQueriesContext(connection) as queries:
            read(client.get(url(name, run if name == "agency_run" else None)))
        return len(queries)

    run = fill(1)
    count()
    one = count()
    fill(3)
    for status in ["confirmed", "requested", "waitlisted"]:
        build_registration(run, status=status)
    assert count() == one


def test_colleagues_are_offered_as_a_german_list_sorts_them(agency):
    for name in ["Zander", "Mutzke", "Müller", "Ärmel"]:
        build_person(last_name=name)
    for field in (PeopleField(colleagues_of(agency)), PersonField(colleagues_of(agency), empty_label=None)):
        assert [label.partition(",")[0] for _key, label in field.choices] == ["Ärmel", "Müller", "Mutzke", "Zander"]


# --- A colleague's name ------------------------------------------------------------------------------


def entered(contact, **fields):
    """A colleague whom the agency has registered, and who has not been here."""
    by = Act(contact)
    colleague = booking.person_of(booking.Line(1, "neu@mayen.example", "Falsch", "Anna", "M"), by)
    row = booking.register(build_run(), colleague, by)
    User.objects.filter(pk=colleague.pk).update(**fields)
    return row


def test_a_contact_corrects_the_name_of_a_colleague_they_registered(client, agency_contact):
    row = entered(agency_contact)
    page = read(client.get(url("agency_run", row.run)))
    (link,) = [address for words, address in page.links.items() if words.startswith("Name ändern")]
    page = read(client.get(link))
    assert page.form("last_name")["last_name"] == "Falsch"
    response = client.post(link, {"title": "Dr.", "first_name": " Anna ", "last_name": "Richtig"}, follow=True)
    assert response.redirect_chain == [(url("agency_run", row.run), 302)]
    assert "Richtig, Anna" in read(response).text
    row.person.refresh_from_db()
    assert row.person.formal_name == "Dr. Anna Richtig"
    event = AuditEvent.objects.filter(person=row.person, what="person_changed").latest("pk")
    assert (event.by, event.changes["last_name"]) == (agency_contact, ["Falsch", "Richtig"])


def test_a_colleague_without_a_name_is_said_beside_the_field(client, agency_contact):
    row = entered(agency_contact)
    page = read(client.post(url("rename_colleague", row.person), {"title": "", "first_name": "Anna", "last_name": " "}))
    assert len(page.errors) == 1


@pytest.mark.parametrize("said", ["last_login", "privacy_notice_noted_at", "name_confirmed_at"])
def test_whoever_has_been_here_says_their_name_themselves(client, agency_contact, said):
    row = entered(agency_contact, **{said: timezone.now()})
    assert client.get(url("rename_colleague", row.person)).status_code == 404
    assert "Name ändern" not in read(client.get(url("agency_run", row.run))).text
    with pytest.raises(Refused):
        people.rename_colleague(row.person, Act(agency_contact), title="", first_name="", last_name="X")


def test_nobody_renames_people_of_others_or_whom_they_have_not_registered(
    client, agency_contact, coordinator, other_participant, other_agency
):
    foreign = booking.person_of(booking.Line(1, "fremd@bendorf.example", "Fremd", "Udo", "M"), Act(coordinator))
    booking.register(build_run(), foreign, Act(coordinator, reason="Anruf"))
    self_made = booking.person_of(booking.Line(1, "still@mayen.example", "Still", "Ida", "M"), Act(coordinator))
    booking.register(build_run(), self_made, Act(coordinator, reason="Anruf"))
    moved = entered(agency_contact, agency=other_agency).person
    for person in (foreign, self_made, moved, other_participant, agency_contact, coordinator):
        assert client.get(url("rename_colleague", person)).status_code == 404
        assert client.post(url("rename_colleague", person), {"last_name": "X"}).status_code == 404
        with pytest.raises(Refused):
            people.rename_colleague(person, Act(agency_contact), title="", first_name="", last_name="X")
    assert not User.objects.filter(last_name="X").exists()


# --- What a colleague needs ---------------------------------------------------------------------------


def test_needs_of_a_colleague_are_stated_with_the_list_and_theirs_from_then_on(
    client, agency_contact, coordinator, participant, signed_in
):
    run = build_run()
    page = read(client.post(url("register_list", run), {"people": [participant.pk], "lines": ""}))
    assert "Freiwillig und nur, wenn die Person einverstanden ist. Bitte nennen Sie keine Diagnosen." in page.text
    typed = page.form("checked") | {"row-0-needs": " Gebärdensprache ", "recheck": "1"}
    page = read(client.post(url("register_list", run), typed))
    client.post(url("register_list", run), page.form("checked"))
    row = Registration.objects.get()
    assert row.needs == "Gebärdensprache"
    assert "Gebärdensprache" not in read(client.get(url("agency_run", run))).text
    assert "Gebärdensprache" not in str([*AuditEvent.objects.values_list("changes", flat=True)])
    assert "Gebärdensprache" not in str([*row.messages.values_list("details", flat=True)])
    assert client.get(url("change_needs", row)).status_code == 404

    client = signed_in(participant)
    page = read(client.get(url("my_registrations")))
    assert "Ihr Bedarf: Gebärdensprache" in page.text
    (link,) = [address for words, address in page.links.items() if words.startswith("Bedarf ändern oder löschen")]
    response = client.post(link, {"needs": "Rampe"}, follow=True)
    assert response.redirect_chain == [(url("my_registrations"), 302)]
    assert "Ihr Bedarf: Rampe" in read(response).text
    client.post(link, {"needs": ""})
    row.refresh_from_db()
    assert row.needs == ""


def test_needs_are_stated_with_a_name_for_a_held_place(client, agency_contact, participant):
    (held,) = hold(build_run(), agency_contact)
    assert "Bitte nennen Sie keine Diagnosen." in read(client.get(url("name_place", held))).text
    client.post(url("name_place", held), {"person": participant.pk, "needs": "Rampe"})
    assert Registration.objects.get().needs == "Rampe"


def test_needs_that_are_too_long_register_nobody_and_come_back(client, participant):
    run = build_run()
    page = read(client.post(url("register_list", run), {"people": [participant.pk], "lines": ""}))
    page = read(client.post(url("register_list", run), page.form("checked") | {"row-0-needs": "x" * 1001}))
    assert len(page.errors) == 1
    assert (page.form("checked")["row-0-needs"], Registration.objects.count()) == ("x" * 1001, 0)


@pytest.mark.parametrize(
    ("last", "first"), [("Kreis", "Anna"), ("Haus", "Max"), ("Recht", "Jo"), ("Klein", "Frank (Franz)")]
)
def test_a_name_typed_into_its_own_field_is_not_doubted(client, agency_contact, last, first):
    [held] = hold(build_run(), agency_contact)
    person = {"email": "neu@mayen.example", "last_name": last, "first_name": first, "group": "staff"}
    response = client.post(url("name_place", held), {"person": "", **person}, follow=True)
    assert read(response).alerts == [f"{first} {last} hat einen Platz."]
