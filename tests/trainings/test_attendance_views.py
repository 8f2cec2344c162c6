"""The list a trainer fills in, with one thumb and without JavaScript."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from tests.builders import build_course, build_person, build_registration, build_run, in_days, only_session
from tests.pages import read
from trainings import attendance, scheduling
from trainings.attendance import Mark
from trainings.models import AttendanceChange, AttendanceRecord, Registration

pytestmark = pytest.mark.django_db

TEACHING = "/leitung/"
NEEDS_MINUTES = "Bitte geben Sie bei „teilweise“ die Minuten an: 1 bis 359."


@pytest.fixture
def session(trainer):
    """Began an hour ago; Adam, Müller and Muller have places, in no order."""
    starts_at = timezone.now() - dt.timedelta(hours=1)
    run = build_run(build_course("Vielfalt im Amt"), trainers=[trainer], starts_at=starts_at)
    for surname in ["Muller", "Adam", "Müller"]:
        build_registration(run, build_person(first_name="Kim", last_name=surname))
    return only_session(run)


def attendance_url(session):
    return reverse("trainings:attendance", args=[session.pk])


def keys(session):
    return [registration.pk for registration in attendance.expected(session)]


def list_form(client, session):
    """What a browser would send if nobody changed anything."""
    return read(client.get(attendance_url(session))).form(*[f"minutes_{key}" for key in keys(session)])


def recorded(session):
    rows = AttendanceRecord.objects.filter(session=session)
    found = {row.registration_id: (row.status, row.minutes) for row in rows}
    return [found.get(key) for key in keys(session)]


# --- One's runs -----------------------------------------------------------------------------------


def test_trainers_see_their_own_runs_in_their_places(signed_in, trainer, other_trainer):
    def run(title, trainers=(trainer,), **fields):
        return build_run(build_course(title), trainers=trainers, **fields)

    run("Kommt")
    run("Läuft", starts_at=timezone.now() - dt.timedelta(hours=1))
    run("Gewesen", starts_at=in_days(-9))
    run("Fällt aus", cancelled_at=timezone.now(), cancellation_reason="Raum gesperrt")
    run("Fremd", trainers=[other_trainer])
    run("Zu zweit", trainers=[trainer, other_trainer], starts_at=in_days(40))
    text = read(signed_in(trainer).get(TEACHING)).text
    current, _, rest = text.partition("Vergangene Termine")
    past, _, cancelled = rest.partition("Abgesagt")
    titles = ["Läuft", "Kommt", "Zu zweit", "Gewesen", "Fällt aus", "Fremd"]
    assert [sorted(title for title in titles if title in part) for part in (current, past, cancelled)] == [
        ["Kommt", "Läuft", "Zu zweit"],
        ["Gewesen"],
        ["Fällt aus"],
    ]
    assert "Raum gesperrt" in cancelled


def test_a_run_says_how_full_it_is_and_how_far_its_lists_are(signed_in, trainer, session):
    attendance.record(session, {keys(session)[0]: Mark("present")}, by=trainer)
    build_registration(session.run, status="waitlisted")
    page = read(signed_in(trainer).get(TEACHING))
    assert "3 von 10 Plätzen vergeben, 1 auf der Warteliste" in page.text
    assert "1 von 3 erfasst" in page.text
    assert [address for address in page.links.values() if "sitzungen" in address] == [
        attendance_url(session),
        f"{attendance_url(session)}liste.pdf",
    ]


def test_the_trainer_gets_the_link_to_the_online_room(signed_in, trainer):
    build_run(trainers=[trainer], format="online", online_link="https://konferenz.example/geheim")
    assert "https://konferenz.example/geheim" in read(signed_in(trainer).get(TEACHING)).links


def test_who_teaches_nothing_finds_no_such_page(signed_in, participant, coordinator):
    build_run()
    assert signed_in(participant).get(TEACHING).status_code == 404
    assert signed_in(coordinator).get(TEACHING).status_code == 404


# --- The list -------------------------------------------------------------------------------------


def test_only_the_runs_trainers_and_the_coordination_open_the_list(
    signed_in, session, trainer, other_trainer, participant, agency_contact, coordinator
):
    build_run(trainers=[other_trainer])
    people = [trainer, coordinator, other_trainer, participant, agency_contact]
    assert [signed_in(person).get(attendance_url(session)).status_code for person in people] == [
        200,
        200,
        404,
        404,
        404,
    ]
    for person in [other_trainer, participant, agency_contact]:
        assert signed_in(person).post(attendance_url(session), {"all_present": "1"}).status_code == 404
    assert AttendanceRecord.objects.count() == 0


def test_everybody_stands_there_by_surname_the_german_way(signed_in, trainer, session):
    text = read(signed_in(trainer).get(attendance_url(session))).text
    names = ["Adam, Kim", "Müller, Kim", "Muller, Kim"]
    assert sorted(names, key=text.index) == names
    assert "3 Personen sind noch nicht erfasst." in text


def test_exceptions_first_then_all_others_present(signed_in, trainer, session):
    adam, muller, _other = keys(session)
    client = signed_in(trainer)
    form = list_form(client, session) | {
        f"status_{adam}": "excused",
        f"status_{muller}": "partial",
        f"minutes_{muller}": "90",
        "all_present": "1",
    }
    response = client.post(attendance_url(session), form, follow=True)
    assert response.redirect_chain == [(attendance_url(session), 302)]
    page = read(response)
    assert page.alerts == ["3 Einträge gespeichert."]
    assert "Die Liste ist vollständig." in page.text
    assert recorded(session) == [("excused", 0), ("partial", 90), ("present", 360)]
    shown = list_form(client, session)
    assert (shown[f"status_{muller}"], shown[f"minutes_{muller}"]) == ("partial", "90")


def test_saving_without_all_present_records_only_what_was_marked(signed_in, trainer, session):
    adam, *_others = keys(session)
    client = signed_in(trainer)
    form = list_form(client, session) | {f"status_{adam}": "present"}
    page = read(client.post(attendance_url(session), form, follow=True))
    assert page.alerts == ["1 Eintrag gespeichert."]
    assert "2 Personen sind noch nicht erfasst." in page.text
    assert recorded(session) == [("present", 360), None, None]


def test_enter_saves_and_does_not_mark_everybody_present(signed_in, trainer, session):
    content = signed_in(trainer).get(attendance_url(session)).content.decode()
    buttons = re.findall(r'<button[^>]*type="submit"[^>]*>', content.partition("<main")[2])
    assert ["all_present" in button for button in buttons] == [False, True]


def test_saving_an_unchanged_list_says_so(signed_in, trainer, session):
    client = signed_in(trainer)
    page = read(client.post(attendance_url(session), list_form(client, session), follow=True))
    assert page.alerts == ["Es gab nichts zu ändern."]
    assert AttendanceRecord.objects.count() == 0


@pytest.mark.parametrize(
    ("minutes", "error"),
    [
        ("", NEEDS_MINUTES),
        ("0", NEEDS_MINUTES),
        ("360", NEEDS_MINUTES),
        ("361", "Dieser Wert muss kleiner oder gleich 360 sein."),
        ("anderthalb", "Bitte eine ganze Zahl eingeben."),
    ],
)
def test_partial_without_right_minutes_explains_itself_beside_the_row(signed_in, trainer, session, minutes, error):
    adam, muller, _other = keys(session)
    client = signed_in(trainer)
    form = list_form(client, session) | {
        f"status_{adam}": "excused",
        f"status_{muller}": "partial",
        f"minutes_{muller}": minutes,
    }
    page = read(client.post(attendance_url(session), form))
    assert page.errors == [error]
    assert page.alerts == [f"Bitte prüfen Sie Ihre Angaben Kim Müller: {error}"]
    kept = page.form(f"minutes_{muller}")
    assert [kept[f"status_{adam}"], kept[f"status_{muller}"], kept[f"minutes_{muller}"]] == [
        "excused",
        "partial",
        minutes,
    ]
    assert AttendanceRecord.objects.count() == 0


def test_minutes_without_a_status_are_not_lost_silently(signed_in, trainer, session):
    adam, *_others = keys(session)
    client = signed_in(trainer)
    form = list_form(client, session) | {f"minutes_{adam}": "45", "all_present": "1"}
    page = read(client.post(attendance_url(session), form))
    assert page.errors == ["Bitte wählen Sie zu den Minuten „teilweise“."]
    assert AttendanceRecord.objects.count() == 0


def test_minutes_left_over_from_a_change_of_mind_do_not_count(signed_in, trainer, session):
    adam, *_others = keys(session)
    client = signed_in(trainer)
    form = list_form(client, session) | {f"status_{adam}": "present", f"minutes_{adam}": "45"}
    client.post(attendance_url(session), form)
    assert recorded(session) == [("present", 360), None, None]


def test_two_devices_do_not_undo_each_other(signed_in, trainer, coordinator, session):
    adam, muller, other = keys(session)
    first = list_form(signed_in(trainer), session)
    second = list_form(signed_in(coordinator), session)
    signed_in(trainer).post(
        attendance_url(session), first | {f"status_{adam}": "absent", f"status_{muller}": "present"}
    )
    signed_in(coordinator).post(attendance_url(session), second | {f"status_{other}": "excused"})
    assert recorded(session) == [("absent", 0), ("present", 360), ("excused", 0)]


def test_all_others_present_does_not_overwrite_what_another_device_recorded(signed_in, trainer, coordinator, session):
    adam, *_others = keys(session)
    seen_before = list_form(signed_in(coordinator), session)
    signed_in(trainer).post(
        attendance_url(session), list_form(signed_in(trainer), session) | {f"status_{adam}": "absent"}
    )
    signed_in(coordinator).post(attendance_url(session), seen_before | {"all_present": "1"})
    assert recorded(session) == [("absent", 0), ("present", 360), ("present", 360)]


def test_who_left_the_run_meanwhile_is_not_recorded(signed_in, trainer, session):
    adam, *_others = keys(session)
    client = signed_in(trainer)
    form = list_form(client, session) | {f"status_{adam}": "present"}
    Registration.objects.filter(pk=adam).update(status="cancelled")
    client.post(attendance_url(session), form)
    assert AttendanceRecord.objects.count() == 0


def test_a_correction_after_the_day_asks_why(signed_in, trainer):
    session = only_session(build_run(trainers=[trainer], starts_at=in_days(-3)))
    registration = build_registration(session.run, build_person(last_name="Adam"))
    client = signed_in(trainer)
    first = read(client.get(attendance_url(session)))
    assert "Grund der Änderung" not in first.text
    form = list_form(client, session) | {f"status_{registration.pk}": "present"}
    assert read(client.post(attendance_url(session), form, follow=True)).alerts == ["1 Eintrag gespeichert."]
    form = list_form(client, session) | {f"status_{registration.pk}": "absent"}
    page = read(client.post(attendance_url(session), form))
    assert page.errors == ["Bitte nennen Sie den Grund, aus dem Sie einen Eintrag ändern."]
    assert page.form("reason")[f"status_{registration.pk}"] == "absent"
    client.post(attendance_url(session), page.form("reason") | {"reason": "verwechselt"})
    assert recorded(session) == [("absent", 0)]
    assert AttendanceChange.objects.last().reason == "verwechselt"


def test_before_its_time_the_list_can_only_be_read(signed_in, trainer):
    session = only_session(build_run(trainers=[trainer], starts_at=in_days(5, hour=9)))
    registration = build_registration(session.run, build_person(first_name="Kim", last_name="Adam"))
    with time_machine.travel(in_days(5, hour=7, minute=59), tick=False):
        client = signed_in(trainer)
        page = read(client.get(attendance_url(session)))
        assert "Erfassen können Sie ab einer Stunde vor Beginn. Angemeldet sind: Adam, Kim" in page.text
        assert "Speichern" not in page.text
        refused = read(client.post(attendance_url(session), {f"status_{registration.pk}": "present"}))
        assert refused.alerts == [
            "Bitte prüfen Sie Ihre Angaben Die Anwesenheit kann erst ab einer Stunde vor Beginn erfasst werden."
        ]
    assert AttendanceRecord.objects.count() == 0
    with time_machine.travel(in_days(5, hour=8), tick=False):
        assert "Speichern" in read(signed_in(trainer).get(attendance_url(session))).text


def test_a_session_called_off_says_so(signed_in, trainer, session):
    scheduling.cancel_session(session)
    page = read(signed_in(trainer).get(attendance_url(session)))
    assert "Diese Sitzung entfällt." in page.text
    assert "Speichern" not in page.text


def test_a_run_without_people_has_an_empty_list(signed_in, trainer):
    session = only_session(build_run(trainers=[trainer], starts_at=timezone.now()))
    assert "Noch niemand angemeldet" in read(signed_in(trainer).get(attendance_url(session))).text


def test_names_are_text_not_markup(signed_in, trainer, session):
    build_registration(session.run, build_person(first_name="<b>Kim</b>", last_name="<script>alert(1)</script>"))
    content = signed_in(trainer).get(attendance_url(session)).content.decode()
    assert ("<script>alert" in content, "<b>Kim" in content) == (False, False)


def test_needs_are_not_for_trainers(signed_in, trainer, session):
    build_registration(session.run, needs="stufenloser Zugang")
    client = signed_in(trainer)
    for address in [TEACHING, attendance_url(session)]:
        assert b"stufenlos" not in client.get(address).content


def test_only_confirmed_people_are_expected_on_the_list(signed_in, trainer):
    run = build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(minutes=30))
    build_registration(run)
    build_registration(run, status="requested")
    assert "0 von 1 erfasst" in read(signed_in(trainer).get("/leitung/")).text
