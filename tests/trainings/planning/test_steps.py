"""A run's page by its phase: the next step, what else is due, what is done."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from certificates.models import Certificate
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
from trainings.models import CourseRun
from trainings.phases import Phase, phase_of

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


@pytest.fixture
def ready(trainer):
    """Builds a run in which nothing is missing."""

    def build(**fields):
        return build_run(**{"venue": build_venue(), "trainers": [trainer], **fields})

    return build


def fresh(run: CourseRun) -> CourseRun:
    return CourseRun.objects.get(pk=run.pk)


def next_of(run, at=None):
    """The code of the next step, and of what else is due."""
    progress = planning.progress_of(fresh(run), at)
    return progress.next and progress.next.code, [action.code for action in progress.due]


def present(run, trainer, number=1):
    registrations = [build_registration(run) for _number in range(number)]
    for session in run.sessions.all():
        attendance.record(session, {row.pk: Mark("present") for row in registrations}, Act(trainer))
    return registrations


# --- Phases -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "phase"),
    [
        ({"published_at": None}, Phase.DRAFT),
        ({"published_at": None, "starts_at": in_days(-5)}, Phase.DRAFT),
        ({"starts_at": in_days(8)}, Phase.FILLING),
        ({"starts_at": in_days(6)}, Phase.SOON),
        ({"starts_at": in_days(30), "registration_closes_on": timezone.localdate() - dt.timedelta(days=1)}, Phase.SOON),
        ({"starts_at": in_days(0, 23, 0), "sessions": [(in_days(0, 23), in_days(0, 23, 50))]}, Phase.DAY),
        ({"starts_at": in_days(-2)}, Phase.AFTER),
        ({"starts_at": in_days(-2), "closed_at": timezone.now()}, Phase.CLOSED),
        ({"cancelled_at": timezone.now(), "cancellation_reason": "krank"}, Phase.CALLED_OFF),
        ({"starts_at": in_days(-2), "cancelled_at": timezone.now(), "cancellation_reason": "krank"}, Phase.CALLED_OFF),
    ],
)
def test_the_phase_follows_from_facts(fields, phase):
    fields = {"teaching_minutes": 45, **fields}
    with time_machine.travel(in_days(0, 12), tick=False):
        assert phase_of(build_run(**fields)) == phase


def test_between_two_days_the_next_is_soon_and_each_of_them_is_the_day():
    hours = dt.timedelta(hours=7)
    run = build_run(sessions=[(in_days(day), in_days(day) + hours) for day in (10, 20)])
    phases = [phase_of(run, in_days(day, 12)) for day in (1, 5, 10, 11, 20)]
    assert phases == [Phase.FILLING, Phase.SOON, Phase.DAY, Phase.SOON, Phase.DAY]
    assert phase_of(run, in_days(20, 17)) == Phase.AFTER


# --- The next step ----------------------------------------------------------------------------------


def test_a_draft_gets_a_day_then_is_rid_of_errors_then_is_published():
    run = planning.new_run(build_course(), planning.Edit({"capacity": 5}), planner())
    assert next_of(run) == ("edit_run", [])
    planning.change_run(run, planning.Edit(added=[planning.Meeting(in_days(40), in_days(40, 12), 180)]), planner())
    assert next_of(run) == ("publish", [])
    CourseRun.objects.update(registration_closes_on=in_days(41).date())
    progress = planning.progress_of(fresh(run))
    assert progress.next.code == "edit_run"
    assert progress.next.label.startswith("„Anmeldeschluss“ am")
    assert progress.next.url.endswith("#registration_closes_on")


def test_a_run_is_filled_until_its_minimum_is_reached(ready):
    run = ready(minimum_number=2, capacity=3)
    build_registration(run)
    progress = planning.progress_of(fresh(run))
    assert (progress.next.code, progress.next.label) == ("invite", "Jemanden einladen: 1 von mindestens 2")
    assert "Mindestzahl erreicht" not in progress.done
    build_registration(run)
    progress = planning.progress_of(fresh(run))
    assert (progress.next.code, progress.next.label) == ("invite", "Jemanden einladen")
    assert progress.done == ["Veröffentlicht", "Kursleitung eingetragen", "Mindestzahl erreicht"]
    build_registration(run)
    assert next_of(run) == (None, [])
    build_registration(run, status="waitlisted")
    assert next_of(run) == ("copy_run", [])


def test_who_decided_to_hold_a_run_is_not_asked_to_fill_it(ready):
    run = ready(minimum_number=2, decided_at=timezone.now(), capacity=1)
    build_registration(run)
    assert next_of(run) == (None, [])


def test_what_a_run_lacks_is_due(trainer):
    run = build_run(minimum_number=2, format="hybrid")
    progress = planning.progress_of(run)
    assert progress.next.code == "invite"
    fields = [action.url.partition("#")[2] for action in progress.due]
    assert fields == ["trainers", "online_link", "venue"]
    trainer.is_active = False
    trainer.save()
    run.trainers.add(trainer)
    assert len(planning.progress_of(fresh(run)).due) == 3  # one who is gone leads nothing


def test_in_the_days_before_lists_are_printed_and_reminders_looked_at(ready):
    run = ready(starts_at=in_days(3))
    assert next_of(run) == ("run_sheets", ["run_reminders"])
    assert next_of(ready(starts_at=in_days(3), format="online", venue=None, online_link="https://a.example")) == (
        "run_reminders",
        [],
    )
    run.trainers.clear()
    assert next_of(run) == ("edit_run", ["run_sheets", "run_reminders"])


def test_on_the_day_the_list_of_the_day_is_next(ready):
    hours = dt.timedelta(hours=7)
    run = ready(sessions=[(in_days(day), in_days(day) + hours) for day in (10, 20)])
    build_registration(run)
    first, second = run.sessions.order_by("starts_at")
    early = planning.progress_of(run, first.starts_at - HOUR)
    assert early.next.url == reverse("trainings:attendance", args=[first.pk])
    later = planning.progress_of(run, second.starts_at)
    urls = [later.next.url, *(action.url for action in later.due)]
    assert urls == [reverse("trainings:attendance", args=[session.pk]) for session in (second, first)]


def test_after_it_what_is_missing_is_recorded_handed_in_and_closed(ready, trainer, coordinator):
    run = ready(starts_at=in_days(-2), funding=build_funding())
    person = build_registration(run)
    session = only_session(run)
    assert next_of(run) == ("attendance", ["paper"])
    attendance.record(session, {person.pk: Mark("present")}, Act(trainer))
    assert next_of(run) == ("submit", ["close", "paper"])
    attendance.submit(session, Act(trainer), taught_minutes=360)
    assert next_of(run) == ("close", ["paper"])
    assert planning.progress_of(run).done[-2:] == ["Anwesenheit vollständig", "Listen abgegeben"]
    attendance.keep_scan(session, b"%PDF-1.7\n%%EOF\n", Act(trainer), original_at="Büro")
    assert next_of(run) == ("close", [])
    attendance.close(run, Act(coordinator))
    assert next_of(run) == ("issue", [])


def test_of_a_closed_run_nothing_is_left_but_its_figures(ready, trainer, coordinator):
    run = ready(starts_at=in_days(-2))
    absent = build_registration(run)
    attendance.record(only_session(run), {absent.pk: Mark("absent")}, Act(trainer))
    attendance.close(run, Act(coordinator))
    assert next_of(run) == ("figures_of_run", [])


def test_a_run_called_off_is_planned_anew(ready):
    assert next_of(ready(cancelled_at=timezone.now(), cancellation_reason="krank")) == ("copy_run", [])


# --- The page ---------------------------------------------------------------------------------------


def page_of(client, run):
    return client.get(reverse("trainings:coordination_run", args=[run.pk])).content.decode()


def test_the_page_has_one_next_step_and_folds_what_is_rare(client, ready):
    page = page_of(client, ready(minimum_number=2))
    step, _heading, rest = page.partition("Was möchten Sie tun?")
    assert step.count("kern-btn--primary") == 1
    assert "Jemanden einladen: 0 von mindestens 2" in step
    rare = rest.partition("Seltener")[2].partition("</details>")[0]
    assert "Termin absagen" in rare
    assert "Jemanden anmelden" not in rare


@pytest.mark.parametrize(("days", "is_open"), [(30, True), (5, False), (-2, False)])
def test_rules_are_folded_once_they_no_longer_matter(client, ready, days, is_open):
    page = page_of(client, ready(starts_at=in_days(days)))
    assert page.partition("<summary>Regeln der Anmeldung")[0].rstrip().endswith("<details open>") is is_open


# --- Closing ----------------------------------------------------------------------------------------


def test_closing_issues_certificates_in_the_same_step_if_that_is_ticked(client, ready, trainer):
    run = ready(starts_at=in_days(-2))
    present(run, trainer, number=2)
    url = reverse("trainings:close", args=[run.pk])
    page = read(client.get(url))
    assert "2 Bescheinigungen ausstellen" in page.text
    assert client.post(url, page.form("issue")).status_code == 302
    assert fresh(run).is_closed
    assert Certificate.objects.filter(registration__run=run).count() == 2


def test_closing_alone_issues_nothing(client, ready, trainer):
    run = ready(starts_at=in_days(-2))
    present(run, trainer)
    client.post(reverse("trainings:close", args=[run.pk]))
    assert fresh(run).is_closed
    assert not Certificate.objects.exists()


def test_a_run_that_cannot_be_closed_issues_nothing(client, ready, trainer):
    run = ready(starts_at=in_days(-2))
    present(run, trainer)
    build_registration(run, build_person(last_name="Offen"))
    response = client.post(reverse("trainings:close", args=[run.pk]), {"issue": "on"})
    assert (response.status_code, fresh(run).is_closed) == (409, False)
    assert not Certificate.objects.exists()
