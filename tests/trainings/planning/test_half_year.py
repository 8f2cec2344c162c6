"""The plan of a half-year: its page by week and by month, its file for Excel, the way to another run."""

import datetime as dt
import io

import openpyxl
import pytest
import time_machine
from django.urls import reverse

from tests.builders import (
    berlin,
    build_course,
    build_funding,
    build_registration,
    build_run,
    build_venue,
    cancel_session,
    further_session,
    planner,
)
from tests.pages import read
from trainings import planning
from trainings.models import CourseRun, Session
from trainings.reporting import Period

pytestmark = pytest.mark.django_db

PLAN = "/koordination/plan/"
HOURS = dt.timedelta(hours=7, minutes=30)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(berlin(2026, 3, 20, 8), tick=False):
        yield


@pytest.fixture
def client(signed_in, coordinator, today):
    return signed_in(coordinator)


@pytest.fixture
def house():
    return build_venue("Kreishaus")


@pytest.fixture
def run(house, trainer):
    """On Tuesday, the fifth of May 2026."""
    fields = {"number": "2026-007", "trainers": [trainer], "venue": house, "funding": build_funding()}
    run = build_run(build_course("Vielfalt"), starts_at=berlin(2026, 5, 5, 9), **fields)
    run.sessions.update(room="Saal 1")
    build_registration(run)
    build_registration(run, status="waitlisted")
    return run


def build_draft(run, **fields) -> CourseRun:
    """By the same people in the same room, while the run is held."""
    fields = {"number": "2026-008", "trainers": run.trainers.all(), "venue": run.venue} | fields
    start = berlin(2026, 5, 5, 16)
    draft = build_run(build_course("Asyl"), starts_at=start, published_at=None, funding=run.funding, **fields)
    draft.sessions.update(room="Saal 1")
    return draft


# --- What it shows -----------------------------------------------------------------------------------


def test_each_session_stands_in_its_week(client, run):
    page = read(client.get(PLAN))
    assert page.headings == ["Plan: 1. Halbjahr 2026", "Gedrucktes Programm"]
    assert "1 Termin, 1 Sitzung, 0 Entwürfe" in page.text
    assert (
        "KW 19: 04.05.2026–10.05.2026 Neuer Termin, Mo., 4. Mai 2026 Di., 5. Mai 2026 9:00–16:30 Uhr Vielfalt 2026-007 "
        "Kreishaus, Koblenz, Saal 1 Ngozi Okafor 1 / 10 1 veröffentlicht "
    ) in page.text
    assert page.links["Vielfalt"] == reverse("trainings:coordination_run", args=[run.pk])


def test_a_sheet_for_each_month(client, run):
    page = read(client.get(f"{PLAN}?ansicht=monate"))
    assert page.headings[:-1] == ["Plan: 1. Halbjahr 2026", "März 2026", "April 2026", "Mai 2026", "Juni 2026"]
    assert "3. Karfreitag 4. 5. 15 6. Ostermontag 7. +Neuer Termin, Di., 7. April 2026" in page.text
    entry = "9:00–16:30 Uhr Vielfalt Kreishaus, Koblenz, Saal 1 · Ngozi Okafor · 1 von 10 · veröffentlicht"
    assert f"5. +Neuer Termin, Di., 5. Mai 2026 {entry} 6. " in page.text


def test_holidays_stand_in_their_week(client):
    assert "KW 14: 30.03.2026–05.04.2026 Fr., 3. April 2026: Karfreitag Neuer Termin" in read(client.get(PLAN)).text


def test_a_room_and_a_trainer_needed_twice_are_said_of_both(client, run):
    build_draft(run)
    page = read(client.get(PLAN))
    assert "2 Sitzungen sind doppelt belegt." in page.text
    room, trainer = (
        "Doppelt belegt: Kreishaus, Saal 1 hat am 05.05.2026 auch ",
        "Ngozi Okafor leitet am 05.05.2026 zur selben Zeit auch ",
    )
    for other in ("2026-008 Asyl.", "2026-007 Vielfalt."):
        assert f"{room}{other} {trainer}{other}" in page.text
    assert f"{room}2026-008 Asyl." in read(client.get(f"{PLAN}?ansicht=monate")).text


def test_a_clash_is_said_also_where_the_other_run_is_filtered_out(client, run, other_trainer):
    draft = build_draft(run, trainers=[other_trainer])
    text = read(client.get(f"{PLAN}?leitung={other_trainer.pk}")).text
    assert draft.number in text
    assert "hat am 05.05.2026 auch 2026-007 Vielfalt." in text
    assert "Okafor" not in text.partition("Bemerkungen")[2]


def test_what_is_about_the_whole_run_is_said_once(client, run):
    run.trainers.clear()
    further_session(run, berlin(2026, 5, 12, 9))
    assert read(client.get(PLAN)).text.count("Die Kursleitung fehlt noch.") == 1


def test_drafts_what_is_closed_and_what_is_called_off(client, run):
    build_draft(run, venue=None)
    off = build_run(starts_at=berlin(2026, 6, 2, 9), number="2026-009")
    planning.cancel_run(off, planner())
    closed = build_run(starts_at=berlin(2026, 2, 2, 9), number="2026-001")
    CourseRun.objects.filter(pk=closed.pk).update(closed_at=berlin(2026, 2, 3, 9))
    further_session(run, berlin(2026, 5, 12, 9))
    cancel_session(Session.objects.get(run=run, starts_at=berlin(2026, 5, 12, 9)))
    plan = planning.plan_of(Period.half_year(dt.date(2026, 5, 1)))
    assert [(line.run.number, line.standing.value) for line in plan.lines] == [
        ("2026-001", "closed"),
        ("2026-007", "published"),
        ("2026-008", "draft"),
        ("2026-007", "session_off"),
        ("2026-009", "called_off"),
    ]
    assert [line.run.number for line in plan.lines if line.problems] == ["2026-007", "2026-008"]
    assert "KW 6: " in read(client.get(PLAN)).text


def test_of_the_past_only_weeks_with_something_in_them(client, run):
    text = read(client.get(PLAN)).text
    assert "KW 11:" not in text
    assert "KW 12:" in text


def test_drafts_without_a_day_stand_below(client, run):
    draft = build_draft(run)
    draft.sessions.all().delete()
    CourseRun.objects.filter(pk=draft.pk).update(starts_at=None, ends_at=None)
    text = read(client.get(PLAN)).text
    assert "2 Termine, 1 Sitzung, 1 Entwurf" in text
    assert "Noch ohne Tag Asyl 2026-008, Entwurf" in text


# --- Which part --------------------------------------------------------------------------------------


def test_any_half_year_with_something_in_it(client, run):
    build_run(starts_at=berlin(2024, 9, 2, 9), number="2024-001")
    text = read(client.get(PLAN)).text
    assert "2. Halbjahr 2024 1. Halbjahr 2025 2. Halbjahr 2025 1. Halbjahr 2026" in text
    page = read(client.get(f"{PLAN}?halbjahr=2024-2"))
    assert page.headings == ["Plan: 2. Halbjahr 2024", "Gedrucktes Programm"]
    assert "2024-001" in page.text
    assert "2026-007" not in page.text


def test_the_last_minute_of_a_half_year_belongs_to_it(client):
    start = berlin(2026, 6, 30, 23)
    build_run(sessions=[(start, start + HOURS)], number="2026-630")
    assert "2026-630" in read(client.get(PLAN)).text
    assert "2026-630" not in read(client.get(f"{PLAN}?halbjahr=2026-2")).text


def test_one_venue_and_one_trainer(client, run, other_trainer):
    build_draft(run, trainers=[other_trainer], venue=build_venue("Rathaus"))
    page = read(client.get(f"{PLAN}?ort={run.venue.pk}"))
    assert ("2026-007" in page.text, "2026-008" in page.text) == (True, False)
    assert page.form("ort")["ort"] == str(run.venue.pk)
    text = read(client.get(f"{PLAN}?leitung={other_trainer.pk}")).text
    assert ("2026-007" in text, "2026-008" in text) == (False, True)


@pytest.mark.parametrize("query", ["?halbjahr=1000-1", "?ort=99999", "?leitung=x", "?ansicht=tage"])
def test_what_cannot_be_chosen_is_named_beside_its_field(client, run, query):
    page = read(client.get(PLAN + query))
    assert len(page.errors) == 1
    assert "2026-007" not in page.text
    assert client.get(f"/koordination/plan.xlsx{query}").url == PLAN + query


# --- The file ----------------------------------------------------------------------------------------


def in_cells(row) -> list:
    """What stands in them; a day is read as its midnight."""
    return [cell.date() if isinstance(cell, dt.datetime) else cell for cell in row]


def test_the_file_has_days_times_and_numbers(client, run):
    build_draft(run)
    page = read(client.get(f"{PLAN}?halbjahr=2026-1&ort={run.venue.pk}"))
    response = client.get(page.links["Als Excel-Datei"])
    assert response["Content-Disposition"] == 'attachment; filename="plan-2026-1.xlsx"'
    assert response["Cache-Control"] == "private, no-store"
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    headings, first, second = book["Plan"].iter_rows(values_only=True)
    assert headings == (
        "KW", "Tag", "Wochentag", "Beginn", "Ende", "Schulung", "Termin", "Ort", "Raum", "Kursleitung", "Format",
        "Plätze", "Belegt", "Wartend", "Stand", "Förderung", "Bemerkungen",
    )  # fmt: skip
    *facts, remarks = in_cells(first)
    assert facts == [
        19, dt.date(2026, 5, 5), "Di", dt.time(9), dt.time(16, 30), "Vielfalt", "2026-007", "Kreishaus, Koblenz",
        "Saal 1", "Ngozi Okafor", "vor Ort", 10, 1, 1, "veröffentlicht", run.funding.grant_number,
    ]  # fmt: skip
    assert remarks == (
        "Doppelt belegt: Kreishaus, Saal 1 hat am 05.05.2026 auch 2026-008 Asyl. "
        "Ngozi Okafor leitet am 05.05.2026 zur selben Zeit auch 2026-008 Asyl."
    )
    assert second[14] == "Entwurf"
    holidays = list(book["Feiertage"].iter_rows(min_row=2, values_only=True))
    assert in_cells(holidays[1]) == [14, dt.date(2026, 4, 3), "Fr", "Karfreitag"]


def test_a_run_without_a_day_has_empty_cells_there(client, run):
    run.sessions.all().delete()
    CourseRun.objects.filter(pk=run.pk).update(starts_at=None, ends_at=None)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/koordination/plan.xlsx").content))
    [row] = book["Plan"].iter_rows(min_row=2, values_only=True)
    assert row[:7] == (None, None, None, None, None, "Vielfalt", "2026-007")


def test_other_kinds_of_file_do_not_exist(client):
    assert client.get("/koordination/plan.ods").status_code == 404


# --- From the plan to another run ---------------------------------------------------------------------


def test_another_run_on_a_day_of_the_plan_with_what_the_last_one_had(client, run):
    page = read(client.get(f"{PLAN}?ansicht=monate"))
    page = read(client.get(page.links["+Neuer Termin, Mo., 1. Juni 2026"]))
    assert page.headings == ["Neuer Termin: Mo., 1. Juni 2026"]
    form = read(client.get(page.links["Vielfalt"])).form("n0-day")
    session = [form[f"n0-{name}"] for name in ("day", "start", "end", "teaching_minutes", "room")]
    assert session == ["2026-06-01", "09:00", "16:30", "360", "Saal 1"]
    assert form["next"] == f"{PLAN}?ansicht=monate"


def test_the_first_run_of_a_course_begins_at_nine_with_all_its_units(client):
    course = build_course("Neu", teaching_units=4)
    form = read(client.get(f"{reverse('trainings:new_run', args=[course.pk])}?tag=2026-06-01")).form("n0-day")
    session = [form[f"n0-{name}"] for name in ("day", "start", "end", "teaching_minutes")]
    assert session == ["2026-06-01", "09:00", "12:00", "180"]


def test_without_a_day_the_days_are_to_be_chosen(client, run):
    for query in ("", "?tag=gestern"):
        form = read(client.get(reverse("trainings:new_run", args=[run.course.pk]) + query)).form("n0-day")
        assert (form["n0-day"], form["n0-start"]) == ("", "09:00")


def test_there_is_no_other_run_on_a_day_that_is_over(client, run):
    links = read(client.get(f"{PLAN}?ansicht=monate")).links
    assert "+Neuer Termin, Do., 19. März 2026" not in links
    assert "+Neuer Termin, Fr., 20. März 2026" in links


def test_the_coordination_leads_there(client):
    assert read(client.get("/koordination/")).links["Plan"] == PLAN
