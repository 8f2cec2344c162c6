"""Who should refresh what, and by when; what follows from whatever changes; and who sees it."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from certificates import issuing
from tests.builders import (
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    in_days,
    only_session,
    planner,
)
from tests.certificates.builders import build_attended, build_certificate
from tests.pages import read
from trainings import attendance, booking, people, planning, refreshers
from trainings.acts import Act
from trainings.models import Course, Registration

DAYS_AGO = 700  # two years are 730 or 731 days: due in a month


@pytest.fixture
def course(db):
    return build_course("Datenschutz", refresh_after_years=2)


@pytest.fixture
def run(course):
    return build_run(course, starts_at=in_days(-DAYS_AGO))


@pytest.fixture
def attended(run, participant) -> Registration:
    return build_attended(run, participant)


def due_of(person) -> list[dt.date]:
    return [one.due_on for one in refreshers.of_person(person)]


def due_day(run) -> dt.date:
    return refreshers.years_after(timezone.localdate(run.ends_at), 2)


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "years", "due"),
    [
        (dt.date(2024, 11, 23), 2, dt.date(2026, 11, 23)),
        (dt.date(2024, 2, 29), 1, dt.date(2025, 2, 28)),
        (dt.date(2024, 2, 29), 4, dt.date(2028, 2, 29)),
        (dt.date(2024, 12, 31), 20, dt.date(2044, 12, 31)),
    ],
)
def test_the_same_day_so_many_years_later(day, years, due):
    assert refreshers.years_after(day, years) == due


def test_it_is_due_so_many_years_after_the_last_day(attended, participant, run):
    [one] = refreshers.of_person(participant)

    assert (one.person, one.course, one.attended_on) == (participant, run.course, timezone.localdate(run.ends_at))
    assert one.due_on == due_day(run)


def test_only_of_courses_that_say_so_and_are_offered(attended, participant, course):
    for change in ({"refresh_after_years": None}, {"refresh_after_years": 2, "published_at": None}):
        Course.objects.update(**change)
        assert due_of(participant) == []


def test_another_number_of_years_moves_the_day(attended, participant, course, run, coordinator):
    planning.save_course(course, {"refresh_after_years": 5}, Act(coordinator))

    assert due_of(participant) == [refreshers.years_after(timezone.localdate(run.ends_at), 5)]


@pytest.mark.parametrize("day", ["2026-02-28", "2028-02-29"])
@pytest.mark.django_db
def test_no_day_is_lost_at_the_edges_of_a_window(time_machine, day):
    """Of the days around the 29th of February each is due on exactly one day."""
    wanted = dt.date.fromisoformat(day)
    time_machine.move_to(dt.datetime.combine(wanted, dt.time(12), dt.UTC))
    course = build_course(refresh_after_years=2)
    for distance in range(-3, 4):
        attended_on = refreshers.years_after(wanted, -2) + distance * dt.timedelta(days=1)
        started = dt.datetime.combine(attended_on, dt.time(9), refreshers.ZONE)
        build_attended(build_run(course, starts_at=started), build_person())
    rows = Registration.objects.all()

    by_day = [
        refreshers.due(rows, first=wanted + step * dt.timedelta(days=1), last=wanted + step * dt.timedelta(days=1))
        for step in range(-4, 5)
    ]
    found = [one.registration.pk for some in by_day for one in some]
    assert sorted(found) == sorted(rows.values_list("pk", flat=True))


# --- what counts, and what follows ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "is_due"), [(360, True), (288, True), (287, False), (0, False), (None, False)])
def test_attended_is_what_reaches_the_rule_of_the_run(run, participant, minutes, is_due):
    build_attended(run, participant, minutes=minutes)

    assert bool(due_of(participant)) is is_due


def test_attendance_taken_back_takes_it_back(attended, participant, run, trainer):
    assert due_of(participant)
    act = Act(trainer, reason="verwechselt")
    attendance.record(only_session(run), {attended.pk: attendance.Mark("absent")}, act)

    assert due_of(participant) == []


def test_a_certificate_below_the_rule_counts_until_it_is_revoked(run, participant, coordinator):
    registration = build_attended(run, participant, minutes=90)
    act = Act(coordinator, reason="Zug fiel aus")
    [certificate] = issuing.issue(run, act, registrations=[registration])
    assert due_of(participant) == [due_day(run)]

    issuing.revoke(certificate, act)
    assert due_of(participant) == []


def test_attended_again_it_counts_from_then(attended, participant, course):
    again = build_run(course, starts_at=in_days(-20))
    build_attended(again, participant)

    assert due_of(participant) == [due_day(again)]


def test_two_runs_that_ended_at_the_same_moment_are_due_once(attended, participant, course, run):
    build_attended(build_run(course, starts_at=run.starts_at), participant)

    assert len(due_of(participant)) == 1


@pytest.mark.parametrize("status", ["confirmed", "waitlisted", "requested", "offered"])
def test_nothing_is_due_for_whoever_is_registered_for_a_run_to_come(attended, participant, course, status):
    build_registration(build_run(course), participant, status)

    assert due_of(participant) == []


def test_giving_the_place_back_makes_it_due_again(attended, participant, course):
    place = build_registration(build_run(course), participant)
    booking.cancel(place, Act(participant))

    assert len(due_of(participant)) == 1


def test_a_run_called_off_makes_it_due_again(attended, participant, course):
    coming = build_run(course)
    build_registration(coming, participant)
    planning.cancel_run(coming, planner())

    assert len(due_of(participant)) == 1


def test_as_long_as_the_next_run_is_not_recorded_nothing_is_due(attended, participant, course, trainer):
    again = build_run(course, starts_at=in_days(-2), trainers=[trainer])
    place = build_registration(again, participant)
    assert due_of(participant) == []

    attendance.record(only_session(again), {place.pk: attendance.Mark("absent")}, Act(trainer))
    assert due_of(participant) == [due_day(attended.run)]


def test_somebody_who_has_left_and_come_back(attended, participant, coordinator):
    act = Act(coordinator, reason="Wechsel")
    people.leave(participant, act)
    assert due_of(participant) == []

    people.reopen(participant, act)
    assert len(due_of(participant)) == 1


def test_whose_data_are_erased_nothing_is_due_for(attended, participant, coordinator):
    people.erase(participant, Act(coordinator, reason="Antrag"))

    assert due_of(participant) == []


def test_of_two_accounts_that_became_one_the_last_participation_counts(attended, participant, course, coordinator):
    other = build_person("a.yildiz@mayen.example", "Ayşe", "Yıldız")
    again = build_run(course, starts_at=in_days(-100))
    build_attended(again, other)
    assert (len(due_of(participant)), len(due_of(other))) == (1, 1)

    people.merge(participant, other, Act(coordinator, reason="dieselbe Person"))
    assert (due_of(participant), due_of(other)) == ([due_day(again)], [])


def test_what_is_no_evidence_any_more_is_not_looked_at(course, participant):
    ended = build_funding(
        starts_on=dt.date(2010, 1, 1), ends_on=dt.date(2030, 1, 1), keep_evidence_until=dt.date(2031, 1, 1)
    )
    build_attended(build_run(course, starts_at=in_days(-DAYS_AGO), funding=ended), participant)
    assert len(due_of(participant)) == 1

    type(ended).objects.update(ends_on=dt.date(2020, 1, 1), keep_evidence_until=dt.date(2025, 1, 1))
    assert due_of(participant) == []


# --- who sees it ------------------------------------------------------------------------------------------------------


def test_the_agency_sees_whom_it_sent_and_who_still_is_there(
    agency, other_agency, run, attended, participant, other_participant
):
    moved = build_attended(run, build_person(last_name="Umzug"))
    moved.person.agency = other_agency
    moved.person.save()
    joined = build_attended(run, build_person("neu@bendorf.example", last_name="Neu"))
    joined.person.agency = agency
    joined.person.save()
    build_attended(run, other_participant)
    last = timezone.localdate() + dt.timedelta(days=100)

    assert [one.person for one in refreshers.of_agency(agency, last=last)] == [participant]


def test_the_contact_reads_name_training_and_day_and_no_more(signed_in, agency_contact, attended, run, coordinator):
    build_attended(run, build_person(last_name="Fehlt"), minutes=0)
    client = signed_in(agency_contact)

    found = read(client.get(read(client.get(reverse("trainings:agency"))).links["Auffrischungen"]))

    assert f"Yıldız, Ayşe Datenschutz {due_day(run):%d.%m.%Y}" in found.text
    assert ["Fehlt" in found.text, f"{timezone.localtime(run.ends_at):%d.%m.%Y}" in found.text] == [False, False]


def test_how_far_ahead_the_contact_chooses(signed_in, agency_contact, course, participant):
    build_attended(build_run(course, starts_at=in_days(-365)), participant)  # due in a year
    client, address = signed_in(agency_contact), reverse("trainings:agency_refreshers")

    assert "Bis dahin ist nichts fällig." in read(client.get(address)).text
    assert "Yıldız" in read(client.get(f"{address}?bis={in_days(400).date()}")).text
    assert read(client.get(f"{address}?bis=gestern")).errors == ["Bitte ein gültiges Datum eingeben."]


def test_lists_say_what_is_overdue(signed_in, agency_contact, coordinator, course, attended, run):
    long_ago = build_run(course, starts_at=in_days(-DAYS_AGO - 60))
    build_attended(long_ago, build_person())
    for reader, name in ((agency_contact, "agency_refreshers"), (coordinator, "refreshers")):
        text = read(signed_in(reader).get(reverse(f"trainings:{name}"))).text
        assert text.count("– überfällig") == 1
        assert f"{due_day(long_ago):%d.%m.%Y} – überfällig" in text


def test_coordinators_see_everybody_by_agency_and_take_the_table_with_them(
    signed_in, coordinator, attended, run, other_participant, other_agency
):
    build_attended(run, other_participant)
    client, address = signed_in(coordinator), reverse("trainings:refreshers")

    found = read(client.get(read(client.get(reverse("trainings:coordination"))).links["Auffrischungen"]))
    assert ["Yıldız, Ayşe" in found.text, "Weber, Jan" in found.text] == [True, True]
    narrowed = read(client.get(f"{address}?behoerde={other_agency.pk}"))
    assert ["Yıldız, Ayşe" in narrowed.text, "Weber, Jan" in narrowed.text] == [False, True]

    [_head, row] = csv.reader(io.StringIO(client.get(narrowed.links["CSV"]).content.decode("utf-8-sig")), delimiter=";")
    attended_on = f"{timezone.localtime(run.ends_at):%d.%m.%Y}"
    assert row == [
        f"{due_day(run):%d.%m.%Y}", "Datenschutz", attended_on, "Weber", "Jan", "", "weber@bendorf.example",
        "Stadtverwaltung Bendorf", "Mitarbeitende",
    ]  # fmt: skip
    sheet = load_workbook(io.BytesIO(client.get(found.links["Excel"]).content)).active
    assert [sheet.cell(2, 4).value, sheet.cell(3, 4).value] == ["Weber", "Yıldız"]


def test_people_see_it_on_their_page_with_the_next_runs(signed_in, participant, attended, course, run):
    coming = build_run(course)
    address = reverse("trainings:my_registrations")

    found = read(signed_in(participant).get(address))

    assert "Auffrischung fällig am" in found.text
    assert any(link.endswith(f"#{coming.anchor}") for link in found.links.values())

    build_registration(coming, participant)
    assert "Auffrischung fällig am" not in read(signed_in(participant).get(address)).text


def test_what_was_due_before_is_said_and_what_is_far_away_is_not_yet(signed_in, participant, course):
    missed = build_attended(build_run(course, starts_at=in_days(-800)), participant)
    client, address = signed_in(participant), reverse("trainings:my_registrations")
    assert "Auffrischung war fällig am" in read(client.get(address)).text

    run = missed.run
    only = only_session(run)
    type(only).objects.filter(pk=only.pk).update(starts_at=in_days(-100), ends_at=in_days(-100, 16))
    type(run).objects.filter(pk=run.pk).update(starts_at=in_days(-100), ends_at=in_days(-100, 16))
    assert "Auffrischung" not in read(client.get(address)).text


def test_the_list_of_certificates_says_when(signed_in, participant, run, coordinator):
    build_certificate(participant, by=coordinator, run=run, rendered=False)

    found = read(signed_in(participant).get(reverse("certificates:list")))

    assert f"Auffrischung fällig am {due_day(run):%d.%m.%Y}" in found.text


def test_coordinators_see_it_on_the_page_of_the_person(signed_in, coordinator, participant, attended, run):
    found = read(signed_in(coordinator).get(reverse("trainings:person", args=[participant.pk])))

    assert f"Datenschutz: fällig am {due_day(run):%d.%m.%Y}" in found.text


def test_the_page_of_the_training_says_after_how_many_years(client, course):
    assert "Auffrischung nach 2 Jahren" in read(client.get(course.get_absolute_url())).text
    Course.objects.update(refresh_after_years=1)
    assert "Auffrischung nach einem Jahr" in read(client.get(course.get_absolute_url())).text
    Course.objects.update(refresh_after_years=None)
    assert "Auffrischung" not in read(client.get(course.get_absolute_url())).text


def test_it_asks_twice_however_many_courses_and_people_there_are(course):
    for years in (1, 2, 3, 5):
        for _number in range(3):
            build_attended(build_run(build_course(refresh_after_years=years), starts_at=in_days(30 - 365 * years)))

    with CaptureQueriesContext(connection) as captured:
        found = refreshers.to_remind(timezone.now())
    assert (len(found), len(captured)) == (12, 2)
