"""Filling a run: whole agencies, who did the course before it, who is interested, whose run was called off."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.builders import (
    build_agency,
    build_course,
    build_person,
    build_registration,
    build_run,
    in_days,
    only_session,
)
from tests.pages import read
from trainings import attendance, booking, planning
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import Interest, Invitation, Message
from trainings.planning import InvitedGroups

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


@pytest.fixture
def run():
    return build_run(build_course("Vielfalt"))


@pytest.fixture
def colleagues():
    """Of an agency of their own."""
    agency = build_agency("Jobcenter Mayen", "jobcenter.example")
    return [build_person(f"p{number}@jobcenter.example", agency=agency) for number in range(2)]


def address(name, run):
    return reverse(f"trainings:{name}", args=[run.pk])


def of_agency(run, colleagues):
    return set(planning.people_of(InvitedGroups([colleagues[0].agency]), run))


# --- Who --------------------------------------------------------------------------------------------


def test_a_whole_agency_is_whoever_of_it_has_nothing_in_the_course_yet(run, colleagues, coordinator):
    first, second = colleagues
    assert of_agency(run, colleagues) == {first, second}
    build_registration(build_run(run.course), first, "waitlisted")
    assert of_agency(run, colleagues) == {second}
    planning.invite(run, [second], Act(coordinator))
    assert of_agency(run, colleagues) == set()


@pytest.mark.parametrize("fields", [{"is_active": False}, {"profile_completed_at": None}, {"group": "volunteers"}])
def test_nobody_is_invited_who_could_not_register(colleagues, fields):
    run = build_run(build_course("Vielfalt", groups=["staff"]))
    for name, value in fields.items():
        setattr(colleagues[0], name, value)
    colleagues[0].save()
    assert of_agency(run, colleagues) == {colleagues[1]}


def test_other_groups_are_invited_where_the_group_is_advice(colleagues):
    run = build_run(build_course("Vielfalt", groups=["leadership"]), group_rule="advice")
    assert of_agency(run, colleagues) == set(colleagues)


def test_a_run_for_certain_agencies_invites_no_other(colleagues, agency):
    run = build_run(visibility="agencies", agencies=[agency])
    assert of_agency(run, colleagues) == set()


def test_who_said_no_to_the_course_is_left_in_peace(run, colleagues):
    planning.note_interest(run.course, colleagues[0])
    planning.withdraw_interest(run.course, colleagues[0])
    assert of_agency(run, colleagues) == {colleagues[1]}
    planning.note_interest(run.course, colleagues[0])
    assert of_agency(run, colleagues) == set(colleagues)


@pytest.mark.parametrize(("mark", "is_invited"), [("present", True), ("absent", False)])
def test_who_was_there_in_the_course_before(run, trainer, colleagues, mark, is_invited):
    before = build_run(starts_at=in_days(-5), trainers=[trainer])
    run.course.prerequisites.add(before.course)
    registration = build_registration(before, colleagues[0])
    attendance.record(only_session(before), {registration.pk: Mark(mark)}, Act(trainer))
    assert list(planning.people_of(InvitedGroups(attended_before=True), run)) == ([colleagues[0]] if is_invited else [])


def test_who_belongs_to_several_groups_counts_once(run, colleagues):
    planning.note_interest(run.course, colleagues[0])
    assert list(planning.people_of(InvitedGroups(interested=True), run)) == [colleagues[0]]
    both = InvitedGroups([colleagues[0].agency], interested=True)
    assert planning.people_of(both, run).count() == 2
    assert planning.people_of(InvitedGroups(), run).count() == 0


# --- The page ---------------------------------------------------------------------------------------


def test_groups_are_ticked_looked_at_and_invited(client, run, colleagues):
    planning.note_interest(run.course, colleagues[0], wish="online")
    page = read(client.get(address("invite", run)))
    assert "Jobcenter Mayen (2)" in page.text
    assert "Alle, die ihr Interesse vorgemerkt haben (1)" in page.text
    assert "vorausgesetzten Schulung" not in page.text  # nobody was there
    ticked = {"agencies": [str(colleagues[0].agency_id)], "interested": "on", "reason": "Letzter Termin"}
    shown = read(client.post(address("invite_groups", run), ticked))
    assert "2 Personen bekommen eine E-Mail." in shown.text
    assert not Invitation.objects.exists()
    done = client.post(address("invite_groups", run), ticked | {"confirmed": "1"}, follow=True)
    assert read(done).alerts == ["2 Personen sind eingeladen."]
    assert set(Invitation.objects.values_list("person", "reason")) == {
        (person.pk, "Letzter Termin") for person in colleagues
    }
    assert Message.objects.filter(kind="invited", run=run).count() == 2
    assert not Interest.objects.open().exists()
    again = read(client.post(address("invite_groups", run), ticked | {"confirmed": "1"}))
    assert "Es gibt niemanden" in again.text or again.errors
    assert Message.objects.count() == 2


def test_nothing_ticked_invites_nobody(client, run, colleagues):
    page = read(client.post(address("invite_groups", run), {"confirmed": "1"}))
    assert "Bitte wählen Sie, wen Sie einladen." in page.text
    assert not Invitation.objects.exists()


def test_to_a_draft_nobody_is_invited(client, colleagues):
    draft = build_run(published_at=None)
    ticked = {"agencies": [str(colleagues[0].agency_id)], "confirmed": "1"}
    page = read(client.post(address("invite_groups", draft), ticked), 409)
    assert "Bitte veröffentlichen Sie den Termin zuerst." in page.text


def test_an_agency_that_is_not_offered_is_refused(client, run, colleagues):
    page = client.post(address("invite_groups", run), {"agencies": ["999999"], "confirmed": "1"})
    assert page.status_code == 200
    assert not Invitation.objects.exists()


# --- Called off -------------------------------------------------------------------------------------


@pytest.fixture
def called_off(run, coordinator, colleagues):
    gone_before = build_person()
    left = booking.register(run, gone_before, Act(gone_before))
    booking.cancel(left, Act(gone_before))
    for person in colleagues:
        booking.register(run, person, Act(person))
    return planning.cancel_run(run, Act(coordinator, reason="krank"))


def test_those_called_off_are_those_who_had_something_then(called_off, colleagues):
    assert list(planning.people_called_off(called_off)) == colleagues


def test_those_called_off_are_offered_another_run_in_one_click(client, called_off, colleagues):
    assert planning.progress_of(called_off).next.code == "copy_run"
    other = build_run(called_off.course, starts_at=in_days(40))
    page = read(client.get(address("coordination_run", called_off)))
    assert page.links["Anderen Termin anbieten"] == address("offer_other_run", called_off)
    page = read(client.get(address("offer_other_run", called_off)))
    assert "2 Personen verloren durch die Absage ihren Platz." in page.text
    assert ": 2 Personen bekommen eine E-Mail" in page.text
    done = client.post(address("offer_other_run", called_off), page.form("other"), follow=True)
    assert read(done).alerts == ["2 Personen sind eingeladen."]
    assert {row.person for row in other.invitations.all()} == set(colleagues)
    assert Message.objects.filter(kind="invited", run=other).count() == 2
    assert planning.progress_of(called_off).next.code == "copy_run"


def test_who_has_another_run_already_is_not_asked(client, called_off, colleagues):
    other = build_run(called_off.course)
    booking.register(other, colleagues[0], Act(colleagues[0]))
    assert [(run, number) for run, number in planning.other_runs(called_off)] == [(other, 1)]


def test_runs_of_other_courses_and_past_ones_are_not_offered(client, called_off):
    build_run(starts_at=in_days(40))
    build_run(called_off.course, starts_at=in_days(-4))
    build_run(called_off.course, published_at=None)
    other = build_run()
    assert planning.other_runs(called_off) == []
    page = client.post(address("offer_other_run", called_off), {"other": other.pk})
    assert page.status_code == 200
    assert not Invitation.objects.exists()


def test_only_a_run_called_off_is_replaced(client, run):
    assert client.get(address("offer_other_run", run)).status_code == 404
    assert timezone.now() < run.starts_at
