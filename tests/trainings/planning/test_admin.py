import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.builders import (
    berlin,
    build_agency,
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    build_venue,
    cancel_session,
    in_days,
    only_session,
    planner,
    save_session,
)
from trainings import mails, planning
from trainings.models import CourseRun, Message, Registration, Session
from trainings.refusals import Refused


@pytest.fixture
def office(client, coordinator) -> Client:
    client.force_login(coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def edited(run: CourseRun, **values: object) -> CourseRun:
    run = planning.change_run(run, planning.Edit(values), planner())
    run.refresh_from_db()
    return run


def refused(run: CourseRun, **values: object) -> list[tuple[str, str]]:
    """Codes and fields of the reasons; nothing is changed."""
    before = CourseRun.objects.values().get(pk=run.pk)
    with pytest.raises(Refused) as why:
        edited(run, **values)
    assert CourseRun.objects.values().get(pk=run.pk) == before
    return [(reason.code, reason.field) for reason in why.value.reasons]


# --- Runs are looked at here, and planned on their pages -------------------------------------------


@pytest.mark.parametrize("is_chief", [False, True])
def test_the_admin_neither_adds_changes_nor_deletes_a_run_or_its_sessions(office, run, is_chief):
    if is_chief:
        chief = build_person(role="coordinator", is_superuser=True)
        office.force_login(chief, backend="allauth.account.auth_backends.AuthenticationBackend")
    before = list(CourseRun.objects.values()), list(Session.objects.values())
    add = reverse("admin:trainings_courserun_add")
    change = reverse("admin:trainings_courserun_change", args=[run.pk])
    delete = reverse("admin:trainings_courserun_delete", args=[run.pk])
    session = only_session(run)
    fields = {
        "number": "neu",
        "capacity": 1,
        "sessions-TOTAL_FORMS": 1,
        "sessions-INITIAL_FORMS": 1,
        "sessions-0-id": session.pk,
        "sessions-0-run": run.pk,
        "sessions-0-room": "Saal",
        "sessions-0-DELETE": "on",
    }
    assert office.get(add).status_code == 403
    assert office.post(add, fields).status_code == 403
    assert office.post(change, fields).status_code == 403
    assert office.post(delete, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [run.pk], "post": "yes"}
    office.post(reverse("admin:trainings_courserun_changelist"), chosen)
    assert (list(CourseRun.objects.values()), list(Session.objects.values())) == before
    assert run.number in office.get(change).content.decode()
    assert run.number in office.get(reverse("admin:trainings_courserun_changelist")).content.decode()


# --- What planning does with a run -----------------------------------------------------------------


def test_saving_without_a_change_changes_nothing(run):
    before = CourseRun.objects.values().get(), Session.objects.values().get()
    session = only_session(run)
    values = {name: getattr(run, name) for name in planning.EDITED - {"trainers", "agencies"}}
    values |= {name: list(getattr(run, name).all()) for name in ("trainers", "agencies")}
    edit = planning.Edit(values, sessions={session.pk: planning.meeting_of(session)})
    planning.change_run(run, edit, planner())
    after = CourseRun.objects.values().get(), Session.objects.values().get()
    assert (after[0] | {"changed_at": before[0]["changed_at"]}, after[1]) == before
    assert (run.events.count(), Message.objects.count()) == (0, 0)


def test_more_places_move_waiting_people_up(run):
    CourseRun.objects.update(capacity=1)
    build_registration(run)
    waiting = build_registration(run, status=Registration.Status.WAITLISTED)
    run = edited(run, capacity=2)
    waiting.refresh_from_db()
    assert (run.capacity, waiting.status, waiting.events.count()) == (2, "confirmed", 1)


def test_fewer_places_than_taken_are_refused_beside_the_field(run):
    build_registration(run)
    build_registration(run)
    with pytest.raises(Refused) as why:
        edited(run, capacity=1)
    [reason] = why.value.reasons
    text = "Es sind bereits 2 Plätze vergeben; weniger sind nicht möglich."
    assert (reason.text, reason.field) == (text, "capacity")
    assert CourseRun.objects.get(pk=run.pk).capacity == 10


def test_another_place_reaches_calendars(run):
    edited(run, venue=build_venue())
    assert only_session(run).sequence == 1


def test_a_session_that_moves_keeps_its_identity(run):
    session = only_session(run)
    before = session.calendar_uid
    session.starts_at, session.ends_at = berlin(2037, 3, 10, 9), berlin(2037, 3, 10, 16, 30)
    save_session(session)
    run.refresh_from_db()
    assert (session.calendar_uid, session.sequence) == (before, 1)
    assert (run.starts_at, run.ends_at) == (berlin(2037, 3, 10, 9), berlin(2037, 3, 10, 16, 30))


def test_a_session_is_added_and_another_called_off(run):
    added = planning.Meeting(berlin(2037, 3, 10, 9), berlin(2037, 3, 10, 12), 135)
    edit = planning.Edit(sessions={only_session(run).pk: None}, added=[added])
    planning.change_run(run, edit, planner())
    first, second = run.sessions.order_by("pk")
    assert (first.is_cancelled, second.is_cancelled) == (True, False)
    run.refresh_from_db()
    assert (run.starts_at, run.ends_at) == (berlin(2037, 3, 10, 9), berlin(2037, 3, 10, 12))


def test_agencies_belong_to_runs_for_agencies(run):
    agency = build_agency()
    assert refused(run, agencies=[agency]) == [("agencies", "agencies")]
    assert refused(run, visibility="agencies") == [("agencies", "agencies")]
    assert list(run.agencies.all()) == []
    run = edited(run, agencies=[agency], visibility="agencies")
    assert list(run.agencies.all()) == [agency]


def test_a_new_run_is_a_draft_with_a_number(db):
    expected = planning.next_run_number(timezone.localdate().year)
    run = planning.new_run(build_course(), planning.Edit({"capacity": 5}), planner())
    assert (run.number, run.published_at) == (expected, None)
    named = planning.new_run(run.course, planning.Edit({"capacity": 5, "number": "neu"}), planner())
    assert CourseRun.objects.get(number="neu").published_at is None
    assert named.number == "neu"


def test_a_copy_has_the_settings_the_shifted_days_and_no_people(trainer):
    agency = build_agency()
    sessions = [(berlin(2027, 3, 20, 9), berlin(2027, 3, 20, 12)), (berlin(2027, 3, 25, 9), berlin(2027, 3, 25, 12))]
    run = build_run(
        sessions=sessions, teaching_minutes=135, trainers=[trainer], agencies=[agency], visibility="agencies",
        capacity=7, registration_closes_on=dt.date(2027, 3, 10), reminders="3",
        preparation="Mitbringen: Fall", follow_up="Folien",
    )  # fmt: skip
    build_registration(run)
    cancel_session(run.sessions.first())
    CourseRun.objects.filter(pk=run.pk).update(cancelled_at=timezone.now(), cancellation_reason="Krank")
    copy = planning.copy_run(run, planner(), days=7)
    assert (copy.number, copy.capacity, copy.visibility, list(copy.agencies.all())) == (
        "2027-001",
        7,
        "agencies",
        [agency],
    )
    assert (copy.published_at, copy.cancelled_at, copy.cancellation_reason) == (None, None, "")
    assert (copy.reminders, copy.preparation, copy.follow_up) == ("3", "Mitbringen: Fall", "Folien")
    assert (copy.trainers.count(), copy.registrations.count()) == (0, 0)
    assert copy.registration_closes_on == dt.date(2027, 3, 17)
    # On 28 March the clocks change: nine o'clock stays nine o'clock.
    assert [(s.starts_at, s.ends_at, s.teaching_minutes) for s in copy.sessions.all()] == [
        (berlin(2027, 4, 1, 9), berlin(2027, 4, 1, 12), 135)
    ]
    assert (copy.starts_at, copy.ends_at) == (berlin(2027, 4, 1, 9), berlin(2027, 4, 1, 12))
    uids = {session.calendar_uid for session in Session.objects.all()}
    assert len(uids) == 3
    assert CourseRun.objects.get(pk=run.pk).cancellation_reason == "Krank"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"direct_promotion_days": 3, "first_come_days": 4}, "first_come_days"),
        ({"decide_on": in_days(30).date()}, "decide_on"),
    ],
)
def test_rules_that_contradict_each_other(db, changes, field):
    assert [name for _code, name in refused(build_run(starts_at=in_days(30)), **changes)] == [field]


def test_trainers_set_are_told_and_those_removed_too(run, trainer, other_trainer):
    edited(run, trainers=[other_trainer])
    assert list(run.trainers.all()) == [other_trainer]
    told = Message.objects.order_by("pk").values_list("kind", "recipient", "run")
    assert list(told) == [("trainer_assigned", other_trainer.pk, run.pk), ("trainer_removed", trainer.pk, run.pk)]


# --- Everything else -------------------------------------------------------------------------------


@pytest.mark.parametrize("is_chief", [False, True])
@pytest.mark.parametrize("name", ["course", "venue", "funding"])
def test_what_runs_are_made_of_is_changed_on_its_page_alone(office, name, is_chief):
    if is_chief:
        chief = build_person(role="coordinator", is_superuser=True)
        office.force_login(chief, backend="allauth.account.auth_backends.AuthenticationBackend")
    row = {"course": build_course, "venue": build_venue, "funding": build_funding}[name]()
    before = list(type(row).objects.values())
    change = reverse(f"admin:trainings_{name}_change", args=[row.pk])
    fields = {"title": "Neu", "name": "Neu", "town": "Neu", "project_title": "Neu"}
    assert office.post(reverse(f"admin:trainings_{name}_add"), fields).status_code == 403
    assert office.post(change, fields).status_code == 403
    assert office.post(reverse(f"admin:trainings_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    office.post(reverse(f"admin:trainings_{name}_changelist"), chosen)
    assert list(type(row).objects.values()) == before
    assert office.get(change).status_code == 200


def test_registrations_and_mails_can_only_be_looked_at(office, run):
    registration = build_registration(run, build_person())
    chief = build_person(role="coordinator", is_superuser=True)
    for person in [None, chief]:
        if person:
            office.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        for name, arguments in [("change", [registration.pk]), ("delete", [registration.pk]), ("add", [])]:
            assert office.post(reverse(f"admin:trainings_registration_{name}", args=arguments)).status_code == 403
        assert office.get(reverse("admin:trainings_registration_change", args=[registration.pk])).status_code == 200


def test_nothing_that_others_need_is_deleted(office, run):
    for name, pk in [("courserun", run.pk), ("course", run.course_id)]:
        assert office.post(reverse(f"admin:trainings_{name}_delete", args=[pk]), {"post": "yes"}).status_code == 403


def test_the_link_of_a_mail_is_shown_to_nobody_but_its_addressee(office, run):
    registration = build_registration(run, build_person(), supervisor_email="chef@mayen.example")
    link = mails.link_url("cancel", registration)
    message = Message.objects.create(
        kind="registered",
        registration=registration,
        recipient=registration.person,
        status="sent",
        sent_at=timezone.now(),
        text=f"Abmelden: {link}",
        html=f'<a href="{link}">Abmelden</a>',
    )
    page = office.get(reverse("admin:trainings_message_change", args=[message.pk])).content.decode()
    assert "Abmelden:" in page
    assert mails.link_token("cancel", registration) not in page
