"""The desk knows the whole way of a run: what is wrong with its plan, and what is still missing after it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates import issuing
from tests.builders import (
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    build_venue,
    in_days,
    only_session,
    planner,
)
from tests.pages import read
from trainings import attendance, planning
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import CourseRun, Session

pytestmark = pytest.mark.django_db

DESK = "/koordination/"
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


def todo(client):
    return read(client.get(DESK)).text.partition("Nächste Termine")[0]


def leads(client, words):
    return read(client.get(DESK)).links[words]


def attended(run, trainer):
    registration = build_registration(run)
    attendance.record(only_session(run), {registration.pk: Mark("present")}, Act(trainer))
    return registration


def edit_page(run: CourseRun) -> str:
    return reverse("trainings:edit_run", args=[run.pk])


# --- Plans ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_draft_without_a_day_is_to_do(client):
    run = planning.new_run(build_course("Vielfalt"), planning.Edit({"capacity": 5}), planner())
    assert "1 Entwurf ohne Tag Vielfalt" in todo(client)
    assert read(client.get(DESK)).links["Vielfalt"].startswith(reverse("trainings:coordination_run", args=[run.pk]))
    day = planning.Meeting(in_days(40), in_days(40, 12), 180)
    planning.change_run(run, planning.Edit(added=[day]), planner())
    assert "ohne Tag" not in todo(client)


def test_a_public_run_whose_only_session_was_called_off_is_to_do(client, trainer):
    run = build_run(build_course("Vielfalt"), trainers=[trainer])
    Session.objects.update(cancelled_at=timezone.now())
    CourseRun.objects.update(starts_at=None, ends_at=None)
    assert "1 Termin, dessen einzige Sitzung entfällt Vielfalt" in todo(client)
    planning.cancel_run(run, planner())
    assert "einzige Sitzung" not in todo(client)


@pytest.mark.slow
@pytest.mark.parametrize("published_at", [None, timezone.now() - dt.timedelta(days=1)], ids=["draft", "public"])
def test_a_trainer_and_a_room_in_two_places_are_to_do(client, trainer, published_at):
    venue = build_venue("Kreishaus")
    first = build_run(build_course("Vielfalt"), trainers=[trainer], venue=venue)
    second = build_run(build_course("Islam"), trainers=[trainer], published_at=published_at)
    text = todo(client)
    assert "2 Termine mit Doppelbelegung" in text
    assert f"Ngozi Okafor leitet am {timezone.localtime(first.starts_at):%d.%m.%Y} zur selben Zeit auch" in text
    second.trainers.clear()
    assert "Doppelbelegung" not in todo(client)
    planning.change_run(second, planning.Edit({"venue": venue}), planner())
    assert "Doppelt belegt: Kreishaus" in todo(client)


def test_what_is_over_or_called_off_clashes_with_nothing(client, trainer):
    for _number in range(2):
        build_run(trainers=[trainer], starts_at=in_days(-5))
        build_run(trainers=[trainer], cancelled_at=timezone.now(), cancellation_reason="krank")
    assert "Doppelbelegung" not in todo(client)


@pytest.mark.slow
def test_a_trainer_who_is_gone_is_to_do_and_leads_to_the_trainers(client, trainer):
    run = build_run(build_course("Vielfalt"), trainers=[trainer, build_person()], starts_at=in_days(90))
    assert "nicht mehr da" not in todo(client)
    trainer.is_active = False
    trainer.save()
    assert "1 Termin, dessen Kursleitung nicht mehr da ist Vielfalt" in todo(client)
    assert "Ngozi Okafor hat kein aktives Konto mehr." in todo(client)
    page = client.get(DESK).content.decode()
    assert f'href="{edit_page(run)}?next=%2Fkoordination%2F#trainers"' in page


def test_a_run_without_trainer_leads_straight_to_where_one_is_chosen(client):
    run = build_run(build_course("Vielfalt"), starts_at=in_days(20))
    assert f'href="{edit_page(run)}?next=%2Fkoordination%2F#trainers"' in client.get(DESK).content.decode()
    assert 'id="trainers"' in client.get(edit_page(run)).content.decode()


# --- Lists and certificates -------------------------------------------------------------------------


@pytest.mark.slow
def test_a_complete_list_nobody_handed_in_is_to_do_until_then(client, trainer):
    run = build_run(build_course("Vielfalt"), starts_at=in_days(-2), trainers=[trainer])
    registration = build_registration(run)
    assert "abgegeben" not in todo(client)  # it lacks a record, which is said above
    session = only_session(run)
    attendance.record(session, {registration.pk: Mark("present")}, Act(trainer))
    assert "1 Liste, die noch nicht abgegeben ist Vielfalt" in todo(client)
    attendance.submit(session, Act(trainer), taught_minutes=360)
    assert "abgegeben" not in todo(client)


def test_nobody_hands_in_the_list_of_a_closed_run(client, coordinator, trainer):
    run = build_run(starts_at=in_days(-2), trainers=[trainer])
    attended(run, trainer)
    attendance.close(run, Act(coordinator))
    assert "abgegeben" not in todo(client)


@pytest.mark.slow
def test_a_list_for_a_grant_is_to_be_scanned(client, trainer):
    run = build_run(build_course("Vielfalt"), starts_at=in_days(-2), trainers=[trainer], funding=build_funding())
    assert "ohne Scan" not in todo(client)  # nobody came
    attended(run, trainer)
    assert "1 Unterschriebene Liste ohne Scan Vielfalt" in todo(client)
    attendance.keep_scan(only_session(run), PDF, Act(trainer), original_at="Projektbüro")
    assert "ohne Scan" not in todo(client)


@pytest.mark.parametrize("fields", [{"funding": False}, {"format": "online"}, {"starts_at": 3}])
def test_other_lists_need_no_scan(client, trainer, fields):
    days = fields.pop("starts_at", -2)
    funding = build_funding() if fields.pop("funding", True) else None
    build_registration(build_run(starts_at=in_days(days), trainers=[trainer], funding=funding, **fields))
    assert "ohne Scan" not in todo(client)


@pytest.mark.slow
def test_certificates_are_to_be_issued_once_a_run_is_closed(client, coordinator, trainer):
    run = build_run(build_course("Vielfalt"), starts_at=in_days(-2), trainers=[trainer])
    attended(run, trainer)
    absent = build_registration(run)
    attendance.record(only_session(run), {absent.pk: Mark("absent")}, Act(trainer))
    assert "Bescheinigungen auszustellen" not in todo(client)
    attendance.close(run, Act(coordinator))
    text = todo(client)
    assert "1 Abgeschlossener Termin, dessen Bescheinigungen auszustellen sind Vielfalt" in text
    assert text.rstrip().endswith(": 1 Person")
    issuing.issue(run, Act(coordinator))
    assert "Bescheinigungen auszustellen" not in todo(client)


def test_who_attended_too_little_gets_nothing_and_is_not_waited_for(coordinator, trainer):
    run = build_run(starts_at=in_days(-2), trainers=[trainer])
    registration = build_registration(run)
    attendance.record(only_session(run), {registration.pk: Mark("partial", 287)}, Act(trainer))
    attendance.close(run, Act(coordinator))
    assert issuing.to_issue() == []
    act = Act(coordinator, reason="Strichliste geprüft")
    attendance.record(only_session(run), {registration.pk: Mark("partial", 288)}, act)
    assert issuing.to_issue() == [(run, 1)]


# --- From the desk ----------------------------------------------------------------------------------


def test_what_is_often_done_is_done_from_the_desk_and_leads_back_to_it(client, trainer):
    run = build_run(build_course("Vielfalt"), trainers=[trainer], number="2026-077")
    links = read(client.get(DESK)).links
    assert links["Neuer Termin"] == "/koordination/termine/neu/?next=%2Fkoordination%2F"
    assert links["Bearbeiten: 2026-077"] == f"{edit_page(run)}?next=%2Fkoordination%2F"
    back = read(client.get(links["Bearbeiten: 2026-077"])).links["Zurück"]
    assert back == DESK
    course = read(client.get(links["Neuer Termin"])).links["Vielfalt"]
    assert read(client.get(course)).links["Zurück"] == DESK
    assert read(client.get(links["Kopieren: 2026-077"])).links["Zurück"] == DESK


def test_a_run_called_off_is_copied_and_not_edited(client):
    run = build_run(cancelled_at=timezone.now(), cancellation_reason="krank", number="2026-077")
    links = read(client.get("/koordination/termine/")).links
    assert [name for name in links if "2026-077" in name] == ["Kopieren: 2026-077"]
    assert run.is_cancelled
