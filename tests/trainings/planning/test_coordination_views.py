"""What coordinators see: what needs doing, the runs, and everything about one of them."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.builders import (
    build_course,
    build_everything_that_comes_first,
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
from trainings.models import Message

pytestmark = pytest.mark.django_db

COORDINATION = "/koordination/"
NOTHING_TO_DO = "Zurzeit steht nichts aus."


@pytest.fixture
def first_steps_done(coordinator, settings):
    settings.BOUNCE_IMAP_URL = "imaps://schulungen:geheim@kreis.example/INBOX"
    build_everything_that_comes_first(coordinator)


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


@pytest.mark.usefixtures("first_steps_done")
def test_nothing_to_do(client, trainer):
    build_run(trainers=[trainer], starts_at=in_days(10))
    build_run(trainers=[trainer], starts_at=in_days(-10), closed_at=timezone.now())
    assert NOTHING_TO_DO in todo(client)


@pytest.mark.usefixtures("first_steps_done")
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


@pytest.mark.slow
@pytest.mark.usefixtures("first_steps_done")
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


@pytest.mark.slow
def test_an_incomplete_list_is_to_do_until_the_last_record(client, trainer):
    run = build_run(build_course("Vielfalt"), starts_at=in_days(-2), trainers=[trainer])
    first, second = build_registration(run), build_registration(run)
    attendance.record(only_session(run), {first.pk: Mark("present")}, Act(trainer))
    assert "1 Beendeter Termin mit unvollständiger Anwesenheit Vielfalt" in todo(client)
    attendance.record(only_session(run), {second.pk: Mark("absent")}, Act(trainer))
    assert "unvollständiger Anwesenheit" not in todo(client)


@pytest.mark.usefixtures("first_steps_done")
def test_a_complete_list_is_to_be_closed_until_it_is(client, coordinator, trainer):
    run = build_run(build_course("Vielfalt"), starts_at=in_days(-2), trainers=[trainer])
    attendance.record(only_session(run), {build_registration(run).pk: Mark("absent")}, Act(trainer))
    assert "1 Beendeter Termin, der abgeschlossen werden kann Vielfalt" in todo(client)
    attendance.close(run, Act(coordinator))
    assert NOTHING_TO_DO in todo(client)


@pytest.mark.usefixtures("first_steps_done")
def test_a_running_run_is_not_incomplete_yet(client, trainer):
    run = build_run(starts_at=timezone.now() - dt.timedelta(hours=1), trainers=[trainer])
    build_registration(run)
    assert NOTHING_TO_DO in todo(client)


@pytest.mark.usefixtures("first_steps_done")
def test_mails_that_did_not_arrive_are_to_do(client, trainer):
    run = build_run(build_course("Vielfalt"), trainers=[trainer])
    person = build_person(first_name="Noor", last_name="Haddad")
    booking.register(run, person, Act(person))
    assert NOTHING_TO_DO in todo(client)
    Message.objects.update(status="dead", last_error="550 Postfach unbekannt")
    assert "Anmeldung bestätigt: Noor Haddad Vielfalt, 550 Postfach unbekannt" in todo(client)


@pytest.mark.usefixtures("first_steps_done")
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
    planning.new_run(build_course("Entwurf ohne Zeit"), planning.Edit({"capacity": 5}), planner())
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
    assert len([words for words in second.links if words.startswith("Kopieren")]) == 1


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
    attendance.record(only_session(run), {present.pk: Mark("present"), partial.pk: Mark("partial", 90)}, Act(trainer))
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
    attendance.record(only_session(run), {unrecorded.pk: Mark("excused")}, Act(trainer))
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
    assert offered(build_run(starts_at=in_days(-2))) == {"Bescheinigungen ausstellen", "Termin absagen"}
    assert offered(build_run(cancelled_at=timezone.now(), cancellation_reason="krank")) == set()


def test_the_history_tells_who_did_what_and_why(client, coordinator):
    run = build_run(capacity=1)
    person = build_person(first_name="Noor", last_name="Haddad")
    registration = booking.register(run, person, Act(coordinator, channel="coordination", reason="Anruf"))
    booking.cancel(registration, Act(person, reason="krank"))
    text = read(client.get(url("coordination_run", run))).text.partition("Verlauf")[2]
    assert "Noor Haddad – bestätigt (Koordination, Miriam Roth) Anruf" in text
    assert "Noor Haddad – bestätigt → abgemeldet (Website, Noor Haddad) krank" in text
