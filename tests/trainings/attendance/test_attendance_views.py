"""The list a trainer fills in, with one thumb and without JavaScript."""

import datetime as dt
import re
import time
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.builders import (
    build_course,
    build_person,
    build_registration,
    build_run,
    cancel_session,
    further_session,
    in_days,
    only_session,
)
from tests.pages import read
from trainings import attendance
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import AttendanceChange, AttendanceRecord, CourseRun, Registration

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
    return read(client.get(attendance_url(session))).form(*[f"late_{key}" for key in keys(session)])


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
    attendance.record(session, {keys(session)[0]: Mark("present")}, Act(trainer))
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
        f"late_{muller}": "200",
        f"early_{muller}": "70",
        "all_present": "1",
    }
    response = client.post(attendance_url(session), form, follow=True)
    assert response.redirect_chain == [(attendance_url(session), 302)]
    page = read(response)
    assert page.alerts == ["3 Einträge gespeichert."]
    assert "Die Liste ist vollständig." in page.text
    assert recorded(session) == [("excused", 0), ("partial", 90), ("present", 360)]
    shown = list_form(client, session)
    assert [shown[f"{name}_{muller}"] for name in ["status", "late", "early"]] == ["partial", "200", "70"]


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
    buttons = re.findall(r'<button[^>]*type="submit"[^>]*>', content.partition('id="attendance"')[2])
    assert ["all_present" in button for button in buttons] == [False, True, False]


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
        f"late_{muller}": minutes,
    }
    page = read(client.post(attendance_url(session), form))
    assert page.errors == [error]
    assert page.alerts == [f"Bitte prüfen Sie Ihre Angaben Kim Müller: {error}"]
    kept = page.form(f"late_{muller}")
    assert [kept[f"status_{adam}"], kept[f"status_{muller}"], kept[f"late_{muller}"]] == [
        "excused",
        "partial",
        minutes,
    ]
    assert AttendanceRecord.objects.count() == 0


def test_minutes_without_a_status_are_not_lost_silently(signed_in, trainer, session):
    adam, *_others = keys(session)
    client = signed_in(trainer)
    form = list_form(client, session) | {f"late_{adam}": "45", "all_present": "1"}
    page = read(client.post(attendance_url(session), form))
    assert page.errors == ["Bitte wählen Sie zu den Minuten „teilweise“."]
    assert AttendanceRecord.objects.count() == 0


def test_minutes_left_over_from_a_change_of_mind_do_not_count(signed_in, trainer, session):
    adam, *_others = keys(session)
    client = signed_in(trainer)
    form = list_form(client, session) | {f"status_{adam}": "present", f"late_{adam}": "45"}
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
        response = client.get(attendance_url(session))
        assert "Erfassen können Sie ab einer Stunde vor Beginn. Angemeldet sind: Adam, Kim" in read(response).text
        # For a room without network: a device that has kept the page shows the form when it is time.
        assert re.search(r'<form [^>]*id="attendance"[^>]* data-opens="\d+" hidden>', response.content.decode())
        refused = read(client.post(attendance_url(session), {f"status_{registration.pk}": "present"}))
        assert refused.alerts == [
            "Bitte prüfen Sie Ihre Angaben Die Anwesenheit kann erst ab einer Stunde vor Beginn erfasst werden."
        ]
    assert AttendanceRecord.objects.count() == 0
    with time_machine.travel(in_days(1), tick=False):  # four days before
        assert "Speichern" not in read(signed_in(trainer).get(attendance_url(session))).text
    with time_machine.travel(in_days(5, hour=8), tick=False):
        assert b"data-opens" not in signed_in(trainer).get(attendance_url(session)).content


def test_a_session_called_off_says_so(signed_in, trainer, session):
    further_session(session.run)
    cancel_session(session)
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


def test_who_was_late_or_excused_says_so_in_the_record(signed_in, trainer, session):
    adam, muller, other = keys(session)
    client = signed_in(trainer)
    form = list_form(client, session) | {
        f"status_{adam}": "excused",
        f"note_{adam}": " Kind krank ",
        f"status_{muller}": "partial",
        f"late_{muller}": "20",
        f"status_{other}": "present",
        f"note_{other}": "von einem anderen Einfall übrig",
    }
    client.post(attendance_url(session), form)
    rows = AttendanceRecord.objects.order_by("registration__person__first_name", "pk")
    assert {(row.status, row.minutes, row.late_minutes, row.early_minutes, row.note) for row in rows} == {
        ("excused", 0, 0, 0, "Kind krank"),
        ("partial", 340, 20, 0, ""),
        ("present", 360, 0, 0, ""),
    }
    assert "340 von 360 Minuten" in read(client.get(attendance_url(session))).text


def test_a_note_without_a_status_is_not_lost_silently(signed_in, trainer, session):
    adam, *_others = keys(session)
    client = signed_in(trainer)
    page = read(client.post(attendance_url(session), list_form(client, session) | {f"note_{adam}": "krank"}))
    assert page.errors == ["Bitte wählen Sie zu der Notiz „entschuldigt“."]
    assert AttendanceRecord.objects.count() == 0


def test_minutes_of_an_import_stay_unless_somebody_says_otherwise(signed_in, trainer, session):
    adam, muller, _other = keys(session)
    attendance.record(session, {adam: Mark("partial", 270)}, Act(trainer))
    client = signed_in(trainer)
    assert "270 von 360 Minuten" in read(client.get(attendance_url(session))).text
    client.post(attendance_url(session), list_form(client, session) | {f"status_{muller}": "present"})
    client.post(attendance_url(session), list_form(client, session) | {f"note_{adam}": "blieb im Stau"})
    assert recorded(session)[:2] == [("partial", 270), ("present", 360)]
    assert AttendanceChange.objects.count() == 2
    client.post(attendance_url(session), list_form(client, session) | {f"late_{adam}": "30"})
    assert recorded(session)[0] == ("partial", 330)


def test_everybody_at_once_first_and_the_exceptions_afterwards(signed_in, trainer, session):
    adam, *_others = keys(session)
    client = signed_in(trainer)
    text = read(client.get(attendance_url(session))).text
    assert ("Alle anwesend" in text, "Alle übrigen anwesend" in text) == (True, False)
    client.post(attendance_url(session), list_form(client, session) | {"all_present": "1"})
    client.post(attendance_url(session), list_form(client, session) | {f"status_{adam}": "absent"})
    assert recorded(session) == [("absent", 0), ("present", 360), ("present", 360)]


def test_a_closed_list_is_shown_but_only_the_coordination_changes_it(signed_in, trainer, coordinator, session):
    CourseRun.objects.update(closed_at=timezone.now(), closed_by=coordinator)
    page = signed_in(trainer).get(attendance_url(session)).content.decode()
    assert page.count("<fieldset disabled>") == 3
    assert "Dieser Termin ist abgeschlossen." in page
    assert "<fieldset>" in signed_in(coordinator).get(attendance_url(session)).content.decode()


# --- What devices send ----------------------------------------------------------------------------


def taps_url(session):
    return reverse("trainings:attendance_taps", args=[session.pk])


def a_tap(registration, status="present", **fields):
    said_at = round(time.time() * 1000)
    return {"key": str(uuid.uuid4()), "registration": registration, "status": status, "said_at": said_at} | fields


def send(client, session, person, *taps, **fields):
    body = {"person": person.pk, "sent_at": round(time.time() * 1000), "taps": taps} | fields
    return client.post(taps_url(session), body, content_type="application/json")


def test_a_device_sends_marks_and_hears_how_the_list_stands(signed_in, trainer, session):
    adam, muller, other = keys(session)
    attendance.record(session, {other: Mark("absent")}, Act(trainer))
    taps = [
        a_tap(adam, "excused", note="Kind krank"),
        a_tap(muller, "partial", late=20, early=10),
        a_tap(other, "partial"),
    ]
    response = send(signed_in(trainer), session, trainer, *taps)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    answer = response.json()
    first, second, third = answer["answers"]
    assert [one["key"] for one in answer["answers"]] == [tap["key"] for tap in taps]
    assert (first["record"]["status"], first["record"]["note"]) == ("excused", "Kind krank")
    assert [second["record"][name] for name in ["minutes", "late", "early"]] == [330, 20, 10]
    assert third["refused"] == NEEDS_MINUTES
    assert {row["registration"]: row["status"] for row in answer["list"]} == {
        adam: "excused",
        muller: "partial",
        other: "absent",
    }
    assert answer["closed"] is False


def test_a_device_that_sends_nothing_asks_for_the_list(signed_in, trainer, session):
    adam, *_others = keys(session)
    build_registration(session.run, status="waitlisted")
    attendance.record(session, {adam: Mark("present")}, Act(trainer))
    answer = send(signed_in(trainer), session, trainer).json()
    assert sorted((row["registration"], row["status"]) for row in answer["list"]) == sorted(
        zip(keys(session), ["present", "", ""], strict=True)
    )


def test_a_wrong_clock_of_the_device_is_put_right(signed_in, trainer, session):
    adam, *_others = keys(session)
    an_hour_ahead = round(time.time() * 1000) + 3_600_000
    said_at = an_hour_ahead - 10 * 60_000
    send(signed_in(trainer), session, trainer, a_tap(adam, said_at=said_at), sent_at=an_hour_ahead)
    ago = timezone.now() - AttendanceRecord.objects.get().said_at
    assert dt.timedelta(minutes=10) <= ago < dt.timedelta(minutes=11)


def test_a_tap_sent_again_after_a_lost_answer_counts_once(signed_in, trainer, session):
    adam, *_others = keys(session)
    client, tap = signed_in(trainer), a_tap(adam)
    answers = [send(client, session, trainer, tap).json()["answers"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert AttendanceChange.objects.count() == 1


def test_one_refused_tap_does_not_hold_up_the_others(signed_in, trainer, session):
    adam, muller, _other = keys(session)
    taps = [
        a_tap(adam, "sleeping"),
        a_tap(muller, "partial", late=-5),
        a_tap(10**30),
        {"key": "x"},
        a_tap(adam, "present", note="\0"),
        a_tap(adam),
    ]
    answers = send(signed_in(trainer), session, trainer, *taps).json()["answers"]
    assert ["refused" in answer for answer in answers] == [True, True, True, True, True, False]
    assert recorded(session) == [("present", 360), None, None]


def test_a_device_hears_that_a_reason_is_wanted(signed_in, trainer):
    session = only_session(build_run(trainers=[trainer], starts_at=in_days(-3)))
    adam = build_registration(session.run)
    attendance.record(session, {adam.pk: Mark("present")}, Act(trainer))
    client = signed_in(trainer)
    [refused] = send(client, session, trainer, a_tap(adam.pk, "absent")).json()["answers"]
    assert refused["asks_reason"] is True
    [done] = send(client, session, trainer, a_tap(adam.pk, "absent", reason="verwechselt")).json()["answers"]
    assert done["record"]["status"] == "absent"


def test_a_device_hears_that_the_run_is_closed(signed_in, trainer, coordinator, session):
    adam, *_others = keys(session)
    CourseRun.objects.update(closed_at=timezone.now(), closed_by=coordinator)
    answer = send(signed_in(trainer), session, trainer, a_tap(adam)).json()
    assert answer["closed"] is True
    assert answer["answers"][0]["refused"].startswith("Dieser Termin ist abgeschlossen.")


def test_taps_of_another_person_than_is_signed_in_are_not_taken(signed_in, trainer, coordinator, session):
    adam, *_others = keys(session)
    response = send(signed_in(coordinator), session, trainer, a_tap(adam))
    assert (response.status_code, AttendanceRecord.objects.count()) == (401, 0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("[]", 400),
        ("{", 400),
        ('{"person": 1, "sent_at": 1}', 400),
        ('{"person": 1, "sent_at": 1e300, "taps": []}', 400),
        ('{"person": 1, "sent_at": NaN, "taps": []}', 400),
        ('{"person": 1, "sent_at": 1, "taps": [1]}', 400),
        ('{"person": 1, "sent_at": 1, "taps": [{"note": "\\ud800"}]}', 400),
        ('{"person": 1, "sent_at": 1, "taps": [' + ",".join(["{}"] * 51) + "]}", 400),
        ("[" * 100_000, 400),
        (" " * 200_001, 413),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(signed_in, trainer, session, body, status):
    response = signed_in(trainer).post(taps_url(session), body, content_type="application/json")
    assert (response.status_code, list(response.json())) == (status, ["error"])


def test_no_answer_to_a_device_is_a_page(trainer, other_trainer, session):
    client = Client(enforce_csrf_checks=True, headers={"Accept": "application/json"})
    answers = [send(client, session, trainer)]  # no token
    open_client = Client()
    answers.append(send(open_client, session, trainer))
    open_client.force_login(other_trainer, backend="allauth.account.auth_backends.AuthenticationBackend")
    answers.append(send(open_client, session, other_trainer))
    assert [(answer.status_code, answer.headers["Content-Type"]) for answer in answers] == [
        (403, "application/json"),
        (401, "application/json"),
        (404, "application/json"),
    ]


def test_one_tap_is_a_small_write(signed_in, trainer, session, django_assert_num_queries):
    """Who, which session, the rule's own locks and rows, the list; for twelve people as for three."""
    adam, muller, *_others = keys(session)
    client = signed_in(trainer)
    for _ in range(9):
        build_registration(session.run)
    send(client, session, trainer, a_tap(adam))
    with django_assert_num_queries(15):
        send(client, session, trainer, a_tap(muller))
    with django_assert_num_queries(6):
        send(client, session, trainer)


def test_the_worker_is_program_text_for_pages_of_trainers(client):
    response = client.get(reverse("trainings:attendance_worker"))
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert (response.headers["Cache-Control"], response.headers["Service-Worker-Allowed"]) == ("no-cache", "/leitung/")
    assert b'addEventListener("fetch"' in response.content


def test_signing_out_and_nothing_else_empties_the_device(signed_in, trainer, session):
    client = signed_in(trainer)
    for address in [attendance_url(session), reverse("account_logout"), TEACHING]:
        assert "Clear-Site-Data" not in client.get(address).headers
    response = client.post(reverse("account_logout"))
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert (response.cookies["sessionid"].value, response.cookies["sessionid"]["max-age"]) == ("", 0)
    assert client.get(TEACHING).status_code == 302


@pytest.mark.slow
def test_a_list_of_a_hundred_and_twenty_people(signed_in, trainer, session, django_assert_max_num_queries):
    run = session.run
    people = User.objects.bulk_create(
        User(email=f"gast{number}@amt.example", first_name="Kim", last_name=f"Gast{number:03}") for number in range(117)
    )
    now = timezone.now()
    Registration.objects.bulk_create(
        Registration(
            run=run, person=person, status="confirmed", registered_at=now, queued_at=now, status_changed_at=now
        )
        for person in people
    )
    client = signed_in(trainer)
    with django_assert_max_num_queries(12):
        form = list_form(client, session)
    response = client.post(attendance_url(session), form | {"all_present": "1"}, follow=True)
    assert read(response).alerts == ["120 Einträge gespeichert."]
    with django_assert_max_num_queries(12):
        assert "120 von 120 erfasst" in read(client.get(attendance_url(session))).text


# --- The way back ---------------------------------------------------------------------------------


def test_a_person_is_set_back_on_the_page(signed_in, trainer, session):
    adam, *_others = keys(session)
    client = signed_in(trainer)
    attendance.record(session, {adam: Mark("present")}, Act(trainer))
    form = list_form(client, session)
    nothing_said = {name: value for name, value in form.items() if name != f"status_{adam}"}
    assert read(client.post(attendance_url(session), nothing_said, follow=True)).alerts == ["Es gab nichts zu ändern."]
    assert recorded(session)[0] == ("present", 360)
    page = read(client.post(attendance_url(session), form | {f"status_{adam}": "open"}, follow=True))
    assert page.alerts == ["1 Eintrag gespeichert."]
    assert "3 Personen sind noch nicht erfasst." in page.text
    assert recorded(session) == [None, None, None]


def test_everybody_present_is_taken_back_by_one_button(signed_in, trainer, other_trainer, session):
    adam, muller, _other = keys(session)
    session.run.trainers.add(other_trainer)
    client = signed_in(trainer)
    excused = {f"status_{adam}": "excused", f"note_{adam}": "Kind krank"}
    client.post(attendance_url(session), list_form(client, session) | excused, follow=True)
    everybody = {f"status_{adam}": "absent", "all_present": "1"}
    page = read(client.post(attendance_url(session), list_form(client, session) | everybody, follow=True))
    assert "Rückgängig: 3 Einträge" in page.text
    other = Client()
    other.force_login(other_trainer, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Rückgängig" not in read(other.get(attendance_url(session))).text.partition("Speichern")[0]
    attendance.record(session, {muller: Mark("absent")}, Act(other_trainer))
    page = read(client.post(attendance_url(session), {"take_back": "1"}, follow=True))
    assert page.alerts == ["2 Einträge zurückgenommen."]
    assert "Rückgängig" not in page.text.partition("Speichern")[0]
    assert recorded(session) == [("excused", 0), ("absent", 0), None]
    assert AttendanceRecord.objects.get(registration=adam).note == "Kind krank"
    page = read(client.post(attendance_url(session), {"take_back": "1"}, follow=True))
    assert page.alerts == ["Es gab nichts zurückzunehmen: Die Einträge sind inzwischen geändert."]


def test_what_could_not_be_taken_back_can_be_tried_again(signed_in, trainer, coordinator, session):
    client = signed_in(trainer)
    client.post(attendance_url(session), list_form(client, session) | {"all_present": "1"}, follow=True)
    closed = {"closed_at": timezone.now(), "closed_by": coordinator}
    CourseRun.objects.update(**closed)
    page = read(client.post(attendance_url(session), {"take_back": "1"}, follow=True))
    assert page.alerts[0].startswith("Dieser Termin ist abgeschlossen.")
    CourseRun.objects.update(**dict.fromkeys(closed))
    page = read(client.post(attendance_url(session), {"take_back": "1"}, follow=True))
    assert page.alerts == ["3 Einträge zurückgenommen."]
    assert recorded(session) == [None, None, None]


def test_before_the_session_begins_everybody_present_asks_once_more(signed_in, trainer):
    session = only_session(build_run(trainers=[trainer], starts_at=timezone.now() + dt.timedelta(minutes=20)))
    adam, other = (build_registration(session.run).pk for _ in range(2))
    client = signed_in(trainer)
    sent = list_form(client, session) | {f"status_{adam}": "excused", "all_present": "1"}
    page = read(client.post(attendance_url(session), sent))
    assert "Sind wirklich schon alle da?" in page.text
    assert AttendanceRecord.objects.count() == 0
    again = page.form(f"late_{adam}")
    assert again[f"status_{adam}"] == "excused"
    client.post(attendance_url(session), again | {"all_present": "sure"})
    assert dict(AttendanceRecord.objects.values_list("registration", "status")) == {adam: "excused", other: "present"}


def test_both_read_on_the_page_that_one_marked_otherwise(signed_in, trainer, other_trainer, session):
    adam, *_others = keys(session)
    session.run.trainers.add(other_trainer)
    attendance.record(session, {adam: Mark("present")}, Act(trainer, at=timezone.now() - dt.timedelta(minutes=5)))
    attendance.record(session, {adam: Mark("absent")}, Act(other_trainer))
    for person in [trainer, other_trainer]:
        text = read(signed_in(person).get(attendance_url(session))).text
        assert f"Es gilt die spätere Angabe: gefehlt ({other_trainer.full_name}, " in text
        assert f"Überholt: anwesend ({trainer.full_name}, " in text
    listed = send(signed_in(trainer), session, trainer).json()["list"]
    assert [row["registration"] for row in listed if "differs" in row] == [adam]


# --- Many people ----------------------------------------------------------------------------------


def shown_names(client, session, **asked):
    page = client.get(attendance_url(session), asked).content.decode()
    return re.findall(r'data-minutes="[^"]*">.*?data-name>([^<]*)<', page, re.DOTALL)


def test_a_long_list_is_searched_by_letters_and_narrowed_to_who_is_open(signed_in, trainer, session):
    for number in range(9):
        build_registration(session.run, build_person(first_name="Ada", last_name=f"Gast{number}"))
    adam, muller, _other = keys(session)[0], *keys(session)[-2:]
    attendance.record(session, {muller: Mark("present")}, Act(trainer))
    client = signed_in(trainer)
    assert len(shown_names(client, session)) == 12
    assert shown_names(client, session, name="muller") == ["Müller, Kim", "Muller, Kim"]
    assert shown_names(client, session, name="kim mueller") == ["Müller, Kim"]
    assert shown_names(client, session, name="mull", offen="1") == ["Muller, Kim"]
    # Who is out of sight stays in the form: „alle übrigen“ are all.
    form = read(client.get(attendance_url(session), {"name": "adam"})).form(*[f"late_{key}" for key in keys(session)])
    client.post(attendance_url(session), form | {f"status_{adam}": "absent", "all_present": "1"})
    assert AttendanceRecord.objects.count() == 12


def test_from_one_list_of_a_run_one_reaches_the_others(signed_in, trainer, session):
    second, third = further_session(session.run), further_session(session.run)
    cancel_session(third)
    attendance.record(session, {keys(session)[0]: Mark("present")}, Act(trainer))
    page = read(signed_in(trainer).get(attendance_url(second)))
    ways = [address for address in page.links.values() if re.fullmatch(r"/leitung/sitzungen/\d+/", address)]
    assert ways == [attendance_url(session), attendance_url(second)]
    assert "1 von 3 erfasst" in page.text


# --- The evening before ---------------------------------------------------------------------------


def test_the_lists_of_the_next_three_days_are_taken_along(signed_in, trainer, coordinator):
    def run(days, **fields):
        made = only_session(build_run(trainers=[trainer], starts_at=timezone.now() + dt.timedelta(days=days), **fields))
        return made, [attendance_url(made), reverse("trainings:add_walk_in", args=[made.pk])]

    _tomorrow, tomorrows = run(1)
    run(3.1)
    run(-2)
    closed, closed_ones = run(-1, closed_at=timezone.now(), closed_by=coordinator)
    run(-9, closed_at=timezone.now() - dt.timedelta(days=8), closed_by=coordinator)
    page = signed_in(trainer).get(TEACHING).content.decode()
    said = {name: value.split() for name, value in re.findall(r'data-(keep|forget|ended)="([^"]*)"', page)}
    assert said == {"keep": tomorrows, "forget": closed_ones, "ended": [str(closed.pk)]}
    assert "bewahrt dieser Browser diese Seite und 1 Liste der nächsten drei Tage auf" in page


# --- Long ago -------------------------------------------------------------------------------------


def test_a_trainer_finds_what_they_taught_long_ago_by_its_year(signed_in, trainer, other_trainer):
    """The first page has the last twelve months; each run of the past is on one page or the other."""
    with time_machine.travel(dt.datetime(2027, 3, 10, 12, tzinfo=dt.UTC), tick=False):
        client = signed_in(trainer)
        days = {"recent": -20, "autumn": -150, "a year ago": -400, "before": -500, "long before": -1300}
        runs = {name: build_run(trainers=[trainer], starts_at=in_days(number)) for name, number in days.items()}
        build_run(
            trainers=[trainer], starts_at=in_days(-1300), cancelled_at=in_days(-1310), cancellation_reason="krank"
        )
        build_run(trainers=[other_trainer], starts_at=in_days(-800))

        def past(address):
            return [taught.run for taught in client.get(address).context["past"]]

        assert past(TEACHING) == [runs["recent"], runs["autumn"]]
        assert f'href="{TEACHING}2026/"' in client.get(TEACHING).content.decode()
        assert past(f"{TEACHING}2026/") == [runs["autumn"], runs["a year ago"]]
        page = read(client.get(f"{TEACHING}2025/")).text
        assert ("Ältere Termine: 2023" in page, "Neuere Termine: 2026" in page) == (True, True)
        assert past(f"{TEACHING}2025/") == [runs["before"]]
        assert past(f"{TEACHING}2023/") == [runs["long before"]]
        for year in ("2024", "2027000", "0"):
            assert client.get(f"{TEACHING}{year}/").status_code == 404


def test_who_has_not_taught_for_a_year_is_led_to_what_they_taught(signed_in, trainer):
    build_run(trainers=[trainer], starts_at=in_days(-500))
    page = read(signed_in(trainer).get(TEACHING)).text
    assert "In den letzten zwölf Monaten haben Sie keinen Termin geleitet." in page
    assert "Ältere Termine" in page
