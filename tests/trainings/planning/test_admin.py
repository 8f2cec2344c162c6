import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.builders import (
    berlin,
    build_agency,
    build_course,
    build_person,
    build_registration,
    build_run,
    build_venue,
    in_days,
    only_session,
)
from trainings import planning
from trainings.models import Course, CourseRun, Message, Registration, Session


@pytest.fixture
def office(client, coordinator) -> Client:
    client.force_login(coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


RULES = [
    "approval",
    "approval_days",
    "fairness",
    "direct_promotion_days",
    "first_come_days",
    "offer_hours",
    "group_rule",
    "prerequisite_rule",
    "reminders",
]


def run_form(run: CourseRun, **changes: object) -> dict[str, object]:
    """What the run's page sends when nothing is changed, and the changes."""
    fields: dict[str, object] = {
        "number": run.number,
        "capacity": run.capacity,
        "minimum_number": run.minimum_number,
        "language": run.language,
        "format": run.format,
        "venue": run.venue_id or "",
        "online_link": run.online_link,
        "visibility": run.visibility,
        "required_attendance_percent": run.required_attendance_percent,
        **{name: getattr(run, name) for name in RULES},
        "trainers": [trainer.pk for trainer in run.trainers.all()],
        "sessions-TOTAL_FORMS": run.sessions.count(),
        "sessions-INITIAL_FORMS": run.sessions.count(),
    }
    for place, session in enumerate(run.sessions.all()):
        start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
        fields |= {
            f"sessions-{place}-id": session.pk,
            f"sessions-{place}-run": run.pk,
            f"sessions-{place}-starts_at_0": f"{start:%d.%m.%Y}",
            f"sessions-{place}-starts_at_1": f"{start:%H:%M}",
            f"sessions-{place}-ends_at_0": f"{end:%d.%m.%Y}",
            f"sessions-{place}-ends_at_1": f"{end:%H:%M}",
            f"sessions-{place}-teaching_minutes": session.teaching_minutes,
            f"sessions-{place}-room": session.room,
        }
    return fields | changes


def save(office: Client, run: CourseRun, **changes: object):
    response = office.post(reverse("admin:trainings_courserun_change", args=[run.pk]), run_form(run, **changes))
    run.refresh_from_db()
    return response


def test_saving_without_a_change_changes_nothing(office, run):
    before = CourseRun.objects.values().get(), Session.objects.values().get()
    assert save(office, run).status_code == 302
    assert (CourseRun.objects.values().get(), Session.objects.values().get()) == before


def test_more_places_move_waiting_people_up(office, run):
    CourseRun.objects.update(capacity=1)
    build_registration(run)
    waiting = build_registration(run, status=Registration.Status.WAITLISTED)
    assert save(office, run, capacity=2).status_code == 302
    waiting.refresh_from_db()
    assert (run.capacity, waiting.status, waiting.events.count()) == (2, "confirmed", 1)


def test_fewer_places_than_taken_are_refused_beside_the_field(office, run):
    build_registration(run)
    build_registration(run)
    response = save(office, run, capacity=1)
    errors = response.context["adminform"].form.errors["capacity"]
    assert (errors, run.capacity) == (["Es sind bereits 2 Plätze vergeben; weniger sind nicht möglich."], 10)


def test_another_place_reaches_calendars(office, run):
    save(office, run, venue=build_venue().pk)
    assert only_session(run).sequence == 1


def test_another_address_of_the_venue_reaches_calendars(office):
    venue = build_venue("Alt")
    run = build_run(venue=venue)
    fields = {"name": "Neu", "town": venue.town, "street": "", "postal_code": "", "phone": "", "directions": ""}
    office.post(reverse("admin:trainings_venue_change", args=[venue.pk]), fields)
    assert (str(run.sessions.get().run.venue), only_session(run).sequence) == ("Neu, Koblenz", 1)


def test_a_session_that_moves_keeps_its_identity(office, run):
    before = only_session(run)
    fields = {"sessions-0-starts_at_0": "10.03.2027", "sessions-0-ends_at_0": "10.03.2027"}
    assert save(office, run, **fields).status_code == 302
    after = only_session(run)
    assert (after.calendar_uid, after.sequence) == (before.calendar_uid, 1)
    assert (run.starts_at, run.ends_at) == (berlin(2027, 3, 10, 9), berlin(2027, 3, 10, 16, 30))


def test_a_session_is_added_and_another_called_off(office, run):
    fields = {
        "sessions-TOTAL_FORMS": 2,
        "sessions-0-call_off": "on",
        "sessions-1-run": run.pk,
        "sessions-1-starts_at_0": "10.03.2027",
        "sessions-1-starts_at_1": "09:00",
        "sessions-1-ends_at_0": "10.03.2027",
        "sessions-1-ends_at_1": "12:00",
        "sessions-1-teaching_minutes": 135,
    }
    assert save(office, run, **fields).status_code == 302
    first, second = run.sessions.order_by("pk")
    assert (first.is_cancelled, second.is_cancelled) == (True, False)
    assert (run.starts_at, run.ends_at) == (berlin(2027, 3, 10, 9), berlin(2027, 3, 10, 12))
    assert save(office, run).status_code == 302  # a session called off is shown and left alone


def test_agencies_belong_to_runs_for_agencies(office, run):
    agency = build_agency()
    response = save(office, run, agencies=[agency.pk])
    assert list(response.context["adminform"].form.errors) == ["agencies"]
    assert save(office, run, agencies=[agency.pk], visibility="agencies").status_code == 302
    assert list(run.agencies.all()) == [agency]


def test_a_new_run_is_a_draft_with_a_number(office):
    course = build_course()
    page = office.get(reverse("admin:trainings_courserun_add"))
    assert page.context["adminform"].form.initial["number"] == planning.next_run_number(timezone.localdate().year)
    fields = run_form(build_run(course))
    fields = {name: value for name, value in fields.items() if not name.startswith("sessions-0")}
    fields |= {"course": course.pk, "number": "neu", "sessions-TOTAL_FORMS": 0, "sessions-INITIAL_FORMS": 0}
    assert office.post(reverse("admin:trainings_courserun_add"), fields).status_code == 302
    assert CourseRun.objects.get(number="neu").published_at is None


def act(office: Client, action: str, *runs: CourseRun, **fields: object):
    chosen = {"action": action, "_selected_action": [run.pk for run in runs], **fields}
    return office.post(reverse("admin:trainings_courserun_changelist"), chosen, follow=True)


def test_runs_with_sessions_are_published(office):
    draft = build_run(published_at=None)
    empty = CourseRun.objects.create(course=draft.course, number="leer", capacity=5)
    response = act(office, "publish", draft, empty)
    assert [str(message) for message in response.context["messages"]] == [
        f"{empty}: Bitte tragen Sie zuerst mindestens eine Sitzung ein.",
        "1 Termin veröffentlicht.",
    ]
    assert list(CourseRun.objects.published()) == [draft]


def test_a_run_is_copied(office, run):
    build_registration(run)
    response = act(office, "copy", run, days="7")
    copy = CourseRun.objects.exclude(pk=run.pk).get()
    assert response.redirect_chain[-1][0] == reverse("admin:trainings_courserun_change", args=[copy.pk])
    assert (copy.starts_at, copy.registrations.count()) == (run.starts_at + dt.timedelta(days=7), 0)
    for wrong in [act(office, "copy", run, copy, days="7"), act(office, "copy", run, days="")]:
        text = "Bitte wählen Sie genau einen Termin und um wie viele Tage er verschoben wird."
        assert [str(message) for message in wrong.context["messages"]] == [text]
    assert CourseRun.objects.count() == 2


def test_a_copy_has_the_settings_the_shifted_days_and_no_people(trainer):
    agency = build_agency()
    sessions = [(berlin(2027, 3, 20, 9), berlin(2027, 3, 20, 12)), (berlin(2027, 3, 25, 9), berlin(2027, 3, 25, 12))]
    run = build_run(
        sessions=sessions, teaching_minutes=135, trainers=[trainer], agencies=[agency], visibility="agencies",
        capacity=7, registration_closes_on=dt.date(2027, 3, 10), cancelled_at=timezone.now(),
        cancellation_reason="Krank", reminders="3", preparation="Mitbringen: Fall", follow_up="Folien",
    )  # fmt: skip
    build_registration(run)
    planning.cancel_session(run.sessions.first())
    copy = planning.copy_run(run, days=7)
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


def test_the_address_of_a_published_course_is_fixed(office):
    draft, published = build_course(published_at=None), build_course()
    for course, editable in [(draft, True), (published, False)]:
        page = office.get(reverse("admin:trainings_course_change", args=[course.pk]))
        assert ("slug" in page.context["adminform"].form.fields) is editable
    response = office.post(
        reverse("admin:trainings_course_changelist"),
        {"action": "publish", "_selected_action": [draft.pk, published.pk]},
        follow=True,
    )
    assert [str(message) for message in response.context["messages"]] == ["1 Schulung veröffentlicht."]
    assert Course.objects.published().count() == 2


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


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"direct_promotion_days": 3, "first_come_days": 4}, "first_come_days"),
        ({"decide_on": in_days(30).date()}, "decide_on"),
    ],
)
def test_rules_that_contradict_each_other(office, changes, field):
    response = save(office, build_run(starts_at=in_days(30)), **changes)
    assert list(response.context["adminform"].form.errors) == [field]


def test_people_hear_of_a_session_moved_in_the_back_office(office):
    run = build_run(starts_at=in_days(30))
    registration = build_registration(run)
    day = f"{in_days(37):%d.%m.%Y}"
    save(office, run, **{"sessions-0-starts_at_0": day, "sessions-0-ends_at_0": day})
    message = Message.objects.get()
    assert (message.kind, message.registration, len(message.details["changes"])) == ("session_moved", registration, 1)


def test_trainers_set_in_the_back_office_are_told_and_those_removed_too(office, run, trainer, other_trainer):
    answer = office.post(
        reverse("admin:trainings_courserun_change", args=[run.pk]), run_form(run, trainers=[other_trainer.pk])
    )
    assert answer.status_code == 302
    assert list(run.trainers.all()) == [other_trainer]
    told = Message.objects.order_by("pk").values_list("kind", "recipient", "run")
    assert list(told) == [("trainer_assigned", other_trainer.pk, run.pk), ("trainer_removed", trainer.pk, run.pk)]
