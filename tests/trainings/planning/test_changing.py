"""One operation for every change of a run: what is refused, what follows, who hears of it, what the history says."""

import datetime as dt

import pytest
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
    in_days,
    only_session,
    planner,
)
from trainings import attendance, booking, history, mails, planning
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import (
    AttendanceRecord,
    Contingent,
    Correspondence,
    CourseRun,
    HeldPlace,
    Message,
    RunEvent,
    Session,
)
from trainings.planning import Edit, Meeting
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

HOURS = dt.timedelta(hours=3)


def change(run: CourseRun, act: Act | None = None, **values) -> CourseRun:
    return planning.change_run(run, Edit(values), act or planner())


def move(run: CourseRun, days: int, act: Act | None = None, **edit) -> CourseRun:
    session = run.sessions.first()
    by = dt.timedelta(days=days)
    meeting = Meeting(session.starts_at + by, session.ends_at + by, session.teaching_minutes, session.room)
    return planning.change_run(run, Edit(sessions={session.pk: meeting}, **edit), act or planner())


def codes(run: CourseRun, edit: Edit, act: Act | None = None) -> list[str]:
    with pytest.raises(Refused) as refused:
        planning.change_run(run, edit, act or planner())
    return refused.value.codes


def changes_of(event: RunEvent) -> dict:
    return {change["field"]: (change["old"], change["new"]) for change in event.changes}


# --- What is refused -------------------------------------------------------------------------------


def test_only_coordinators_plan(participant, trainer):
    run = build_run(trainers=[trainer])
    for person in (participant, trainer):
        assert codes(run, Edit({"notes": "x"}), Act(person)) == ["coordinator"]
        with pytest.raises(Refused):
            planning.new_run(run.course, Edit({"capacity": 3}), Act(person))


@pytest.mark.parametrize(
    "edit",
    [
        Edit({"required_attendance_percent": 20}),
        Edit({"funding": None}),
        Edit({"capacity": 3}),
        Edit({"venue": None}),
        Edit({"trainers": []}),
        Edit(added=[Meeting(in_days(3), in_days(3) + HOURS, 90)]),
    ],
)
def test_what_is_closed_stays(edit):
    run = build_run(starts_at=in_days(-9), closed_at=timezone.now(), venue=build_venue(), funding=build_funding())
    session = run.sessions.get()
    assert codes(run, edit) == ["closed"]
    assert codes(run, Edit(sessions={session.pk: Meeting(in_days(-8), in_days(-8) + HOURS, 90)})) == ["closed"]
    assert not RunEvent.objects.exists()


def test_what_is_closed_stays_by_every_other_way(coordinator, agency):
    run = build_run(starts_at=in_days(-9), teaching_minutes=360, closed_at=timezone.now())
    session, act = only_session(run), Act(coordinator, reason="Nachtrag")
    attendance.record(session, {build_registration(run).pk: Mark("present")}, act)
    ways = [
        lambda: attendance.submit(session, act, taught_minutes=180),
        lambda: booking.change_capacity(run, 30, act),
        lambda: booking.set_contingent(run, agency, act, reserved=1, maximum=None, release_on=dt.date(2020, 1, 1)),
        lambda: planning.cancel_run(run, act),
    ]
    for way in ways:
        with pytest.raises(Refused):
            way()
    session.refresh_from_db()
    run.refresh_from_db()
    assert (session.teaching_minutes, session.submissions.count(), run.capacity) == (360, 0, 10)
    assert [run.contingents.exists(), run.events.exists()] == [False, False]
    attendance.submit(session, act, taught_minutes=360, remark="Liste nachgereicht")


def test_after_reopening_with_a_reason_it_can_be_corrected(coordinator):
    run = build_run(starts_at=in_days(-9), closed_at=timezone.now())
    with pytest.raises(Refused) as refused:
        attendance.reopen(run, Act(coordinator))
    assert refused.value.codes == ["no_reason"]
    attendance.reopen(run, Act(coordinator, reason="Falscher Prozentsatz"))
    change(run, required_attendance_percent=60)
    what = [(event.what, event.reason) for event in run.events.all()]
    assert what == [("reopened", "Falscher Prozentsatz"), ("changed", "Planung")]


def test_texts_of_a_closed_run_may_follow():
    run = build_run(starts_at=in_days(-9), closed_at=timezone.now())
    assert change(run, follow_up="Unterlagen: https://u.example").follow_up == "Unterlagen: https://u.example"


def test_the_past_is_corrected_with_a_reason(coordinator):
    run = build_run(starts_at=in_days(-9))
    session = run.sessions.get()
    edit = Edit(sessions={session.pk: Meeting(in_days(-8), in_days(-8) + HOURS, 90)})
    assert codes(run, edit, Act(coordinator)) == ["past"]
    assert codes(run, Edit({"required_attendance_percent": 50}), Act(coordinator)) == ["past"]
    planning.change_run(run, edit, Act(coordinator, reason="Falscher Tag"))
    session.refresh_from_db()
    assert session.starts_at == in_days(-8)


def test_a_recorded_session_does_not_move_into_the_future(trainer):
    run = build_run(starts_at=in_days(-2))
    registration = build_registration(run)
    attendance.record(only_session(run), {registration.pk: Mark("present")}, Act(trainer))
    assert codes(run, Edit(sessions={only_session(run).pk: Meeting(in_days(3), in_days(3) + HOURS, 90)})) == [
        "recorded"
    ]


def test_the_only_session_is_not_called_off():
    run = build_run()
    assert codes(run, Edit(sessions={only_session(run).pk: None})) == ["only_session"]
    another = Meeting(in_days(40), in_days(40) + HOURS, 180)
    planning.change_run(run, Edit(sessions={only_session(run).pk: None}, added=[another]), planner())
    run.refresh_from_db()
    assert run.starts_at == in_days(40)


def test_errors_name_their_field():
    run = build_run(registration_closes_on=timezone.localdate())
    late = timezone.localdate() + dt.timedelta(days=50)
    assert codes(run, Edit({"registration_closes_on": late})) == ["after_start"]
    assert codes(run, Edit({"capacity": 0})) == ["places_taken"]
    assert codes(run, Edit({"format": "online", "venue": build_venue()})) == ["invalid"]
    assert codes(run, Edit({"visibility": "agencies"})) == ["agencies"]
    overlapping = Meeting(in_days(30) + HOURS, in_days(30) + 2 * HOURS, 90)
    assert codes(run, Edit(added=[overlapping])) == ["overlap"]
    run.refresh_from_db()
    assert (run.capacity, run.sessions.count()) == (10, 1)


def test_who_was_quicker_is_not_overwritten():
    run = build_run(notes="alt")
    session = only_session(run)
    facts = history.facts_of(run)
    change(run, notes="von Mara", capacity=12)
    move(run, 7)
    mine = Edit({"notes": "von mir"}, expects={(None, "notes"): facts[None, "notes"]})
    assert codes(run, mine) == ["overtaken"]
    moved = Meeting(session.starts_at, session.ends_at, 300)
    expects = {key: value for key, value in facts.items() if key[0] == session.pk}
    assert set(codes(run, Edit(sessions={session.pk: moved}, expects=expects))) == {"overtaken"}
    change(run, notes_en="by me")
    run.refresh_from_db()
    assert (run.notes, run.capacity, run.notes_en) == ("von Mara", 12, "by me")


def test_an_old_error_does_not_stand_in_the_way_of_something_else():
    """A run with somebody over its capacity, and with a deadline after its start, can be edited."""
    late = timezone.localdate() + dt.timedelta(days=50)
    run = build_run(capacity=1, registration_closes_on=late)
    build_registration(run)
    build_registration(run)
    assert change(run, notes="Bitte läuten").notes == "Bitte läuten"


# --- Warnings --------------------------------------------------------------------------------------


def doubts(run: CourseRun) -> set[str]:
    return {problem.code for problem in planning.problems(run) if not problem.is_error}


def test_what_is_doubtful_about_a_run(trainer):
    sunday = berlin(2037, 3, 1, 9)
    venue = build_venue()
    funding = build_funding(ends_on=dt.date(2037, 2, 28))
    sessions = [(sunday, sunday + HOURS)]
    bare = build_run(sessions=sessions, format="hybrid", teaching_minutes=90)
    assert doubts(bare) == {"no_link", "no_venue", "no_funding", "no_trainer", "no_working_day"}
    fields = {"venue": venue, "trainers": [trainer], "funding": funding, "teaching_minutes": 90}
    run = build_run(sessions=sessions, **fields)
    assert doubts(run) == {"no_working_day", "funding_period"}
    build_run(sessions=[(sunday + HOURS / 2, sunday + 2 * HOURS)], published_at=None, **fields)
    assert doubts(run) == {"no_working_day", "funding_period", "room_twice", "trainer_twice"}


def test_another_room_of_the_house_and_a_run_called_off_are_no_clash():
    venue, start = build_venue(), in_days(30)
    run = build_run(starts_at=start, venue=venue)
    other = build_run(starts_at=start, venue=venue)
    Session.objects.filter(run=other).update(room="Saal 2")
    assert "room_twice" not in doubts(run)
    Session.objects.filter(run=other).update(room="")
    assert "room_twice" in doubts(run)
    planning.cancel_run(other, planner())
    assert "room_twice" not in doubts(run)


def test_a_new_warning_of_a_public_run_is_to_be_confirmed(coordinator, trainer):
    run = build_run(trainers=[trainer], venue=build_venue(), funding=build_funding())
    with pytest.raises(planning.Unconfirmed) as unconfirmed:
        change(run, Act(coordinator), trainers=[])
    assert unconfirmed.value.codes == ["no_trainer"]
    change(run, Act(coordinator, overrides="no_trainer"), trainers=[])
    assert run.events.get().overrides == "no_trainer"
    change(run, Act(coordinator), notes="x")  # what was doubtful before is not asked again


def test_a_draft_is_asked_when_it_is_published(coordinator):
    run = build_run(published_at=None)
    change(run, Act(coordinator), format="online")
    with pytest.raises(planning.Unconfirmed) as unconfirmed:
        planning.publish(run, Act(coordinator))
    assert set(unconfirmed.value.codes) == doubts(run) > {"no_link"}
    run.refresh_from_db()
    assert not run.is_published
    planning.publish(run, Act(coordinator, overrides=" ".join(unconfirmed.value.codes)))
    assert run.events.last().what == "published"


# --- What follows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("weeks", [5, -2])
def test_every_day_that_hangs_on_a_run_moves_along(weeks):
    today = timezone.localdate()

    def day(days: int) -> dt.date:
        return today + dt.timedelta(days=days)

    agency = build_agency()
    run = build_run(
        starts_at=in_days(60),
        registration_opens_on=day(20),
        registration_closes_on=day(50),
        cancellation_closes_on=day(52),
        decide_on=day(45),
    )
    Contingent.objects.create(run=run, agency=agency, reserved=3, release_on=day(40))
    HeldPlace.objects.create(run=run, agency=agency, name_by=day(41), taken_at=timezone.now(), taken_by=build_person())
    move(run, weeks * 7)
    run.refresh_from_db()
    by = weeks * 7
    assert run.registration_opens_on == day(20 + by)
    assert run.registration_closes_on == day(50 + by)
    assert run.cancellation_closes_on == day(52 + by)
    assert run.decide_on == day(45 + by)
    assert run.contingents.get().release_on == day(40 + by)
    assert run.held_places.get().name_by == day(41 + by)
    told = changes_of(run.events.get())
    assert told["registration_closes_on"] == (day(50).isoformat(), day(50 + by).isoformat())
    assert "contingent Stadtverwaltung Mayen" in told
    assert "naming Stadtverwaltung Mayen" in told


def test_a_day_to_come_does_not_get_into_the_past_and_an_opening_that_is_over_stays():
    today = timezone.localdate()
    opened = today - dt.timedelta(days=3)
    run = build_run(
        starts_at=in_days(30), registration_opens_on=opened, registration_closes_on=today + dt.timedelta(days=5)
    )
    move(run, -20)
    run.refresh_from_db()
    assert (run.registration_opens_on, run.registration_closes_on) == (opened, today)


def test_days_stay_if_that_is_wanted_or_if_one_is_given():
    today = timezone.localdate()
    closes, other = today + dt.timedelta(days=20), today + dt.timedelta(days=33)
    run = build_run(registration_closes_on=closes)
    move(run, 7, days_stay=True)
    run.refresh_from_db()
    assert run.registration_closes_on == closes
    move(run, 7, values={"registration_closes_on": other})
    run.refresh_from_db()
    assert run.registration_closes_on == other


@pytest.mark.parametrize(("before", "after"), [(360, 180), (180, 360)])
def test_attendance_follows_the_minutes_by_every_path(trainer, before, after):
    run = build_run(starts_at=in_days(-2), teaching_minutes=before)
    session = only_session(run)
    whole, part = build_registration(run), build_registration(run)
    attendance.record(session, {whole.pk: Mark("present")}, Act(trainer))
    attendance.record(session, {part.pk: Mark("partial", minutes=170)}, Act(trainer))
    meeting = Meeting(session.starts_at, session.ends_at, after)
    planning.change_run(run, Edit(sessions={session.pk: meeting}), planner())
    minutes = dict(AttendanceRecord.objects.values_list("registration", "minutes"))
    assert minutes == {whole.pk: after, part.pk: 170}


def test_more_places_go_to_those_who_wait():
    run = build_run(capacity=1)
    build_registration(run)
    waiting = build_registration(run, status="waitlisted")
    change(run, capacity=2)
    waiting.refresh_from_db()
    assert waiting.status == "confirmed"


# --- Who hears of it -------------------------------------------------------------------------------


def told() -> list[tuple[str, int | None]]:
    return sorted((message.kind, message.recipient_id) for message in Message.objects.filter(status="queued"))


@pytest.mark.parametrize(
    ("before", "values"),
    [
        ({}, {"venue": None}),
        ({"format": "hybrid", "online_link": "https://a.example"}, {"online_link": "https://b.example"}),
        ({"format": "hybrid", "online_link": "https://a.example"}, {"format": "on_site", "online_link": ""}),
    ],
    ids=["venue", "link", "format"],
)
@pytest.mark.parametrize("choice", ["mail", "feed", "none"])
def test_another_place_is_told_to_everybody_in_one_mail(trainer, before, values, choice):
    run = build_run(trainers=[trainer], **{"venue": build_venue(), **before})
    coming, waiting = build_registration(run).person, build_registration(run, status="waitlisted").person
    Correspondence.objects.create(person=coming, calendar_choice=choice)
    change(run, **values)
    assert told() == sorted(("session_moved", person.pk) for person in (coming, waiting, trainer))


def test_a_room_a_time_and_a_place_are_one_mail(trainer, mailoutbox, time_machine):
    run = build_run(trainers=[trainer], venue=build_venue("Kreishaus", "Koblenz"))
    person = build_registration(run).person
    session = only_session(run)
    meeting = Meeting(session.starts_at + HOURS, session.ends_at + HOURS, 360, "Saal 2")
    values = {"venue": build_venue("Rathaus", "Mayen")}
    planning.change_run(run, Edit(values, sessions={session.pk: meeting}), planner())
    mails.deliver_due()
    assert mailoutbox == []
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=6))
    mails.deliver_due()
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted([person.email, trainer.email])
    text = next(mail.body for mail in mailoutbox if mail.to == [person.email])
    assert "Bisher: Veranstaltungsort: Kreishaus, Koblenz" in text
    assert "Neu: Veranstaltungsort: Rathaus, Mayen" in text
    assert "Saal 2" in text


def test_what_is_taken_back_within_minutes_is_not_told(trainer, mailoutbox, time_machine):
    venue = build_venue()
    run = build_run(trainers=[trainer], venue=venue)
    build_registration(run)
    other = build_person()
    change(run, venue=build_venue(), trainers=[other])
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=3))
    change(run, venue=venue, trainers=[trainer])
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=6))
    mails.deliver_due()
    assert mailoutbox == []


def test_another_trainer_is_told_to_those_who_come(trainer, other_trainer, mailoutbox, time_machine):
    run = build_run(trainers=[trainer])
    person = build_registration(run).person
    change(run, trainers=[other_trainer])
    assert told() == sorted(
        [("session_moved", person.pk), ("trainer_assigned", other_trainer.pk), ("trainer_removed", trainer.pk)]
    )
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=6))
    mails.deliver_due()
    text = next(mail.body for mail in mailoutbox if mail.to == [person.email])
    assert f"Bisher: Kursleitung: {trainer.display_name}" in text
    assert f"Neu: Kursleitung: {other_trainer.display_name}" in text


def test_a_link_is_told_to_nobody_who_has_no_place(mailoutbox, time_machine):
    run = build_run(format="online", online_link="https://alt.example/1")
    coming, waiting = build_registration(run).person, build_registration(run, status="waitlisted").person
    change(run, online_link="https://neu.example/2")
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=6))
    mails.deliver_due()
    texts = {mail.to[0]: mail.body for mail in mailoutbox}
    assert "Der Zugangslink ist ein anderer." in texts[waiting.email]
    assert "neu.example" not in texts[waiting.email]
    assert "neu.example" in texts[coming.email]


def test_a_new_address_of_the_venue_is_told_and_kept(time_machine, mailoutbox):
    venue = build_venue("Kreishaus", "Koblenz", street="Alte Straße 1")
    run, over = build_run(venue=venue), build_run(venue=venue, starts_at=in_days(-5))
    person = build_registration(run).person
    build_registration(over)
    planning.save_venue(venue, {"street": "Neue Straße 2"}, planner())
    assert told() == [("session_moved", person.pk)]
    assert changes_of(run.events.get()) == {
        "venue_address": ("Kreishaus, Alte Straße 1, Koblenz", "Kreishaus, Neue Straße 2, Koblenz")
    }
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=6))
    mails.deliver_due()
    assert "Neue Straße 2" in mailoutbox[0].body


def test_of_a_draft_nobody_hears():
    run = build_run(published_at=None)
    build_registration(run)
    change(run, venue=build_venue())
    assert told() == []


# --- History and preview ---------------------------------------------------------------------------


def test_the_history_says_who_when_what_old_new_why(coordinator):
    run = build_run(capacity=10, notes="alt")
    act = Act(coordinator, reason="Größerer Saal", overrides="room_twice")
    change(run, act, capacity=12, notes="neu", reminders="3")
    event = run.events.get()
    assert (event.actor, event.reason, event.overrides, event.what) == (
        coordinator,
        "Größerer Saal",
        "room_twice",
        "changed",
    )
    assert changes_of(event) == {"capacity": (10, 12), "notes": ("alt", "neu"), "reminders": ("7, 1", "3")}
    booking.set_contingent(
        run, build_agency(), act, reserved=2, maximum=None, release_on=timezone.localdate() + dt.timedelta(days=9)
    )
    assert [change["field"] for change in run.events.last().changes] == ["contingent Stadtverwaltung Mayen"]


def test_a_change_that_changes_nothing_is_none():
    run = build_run(notes="alt")
    change(run, notes="alt")
    assert not run.events.exists()


def test_what_would_follow_is_what_follows(coordinator, trainer):
    run = build_run(capacity=1, trainers=[trainer], venue=build_venue(), funding=build_funding())
    build_registration(run)
    waiting = build_registration(run, status="waitlisted")
    act = Act(coordinator)
    edit = Edit({"capacity": 2, "venue": None, "trainers": []})
    follows = planning.consequences_of(run, lambda act: planning.change_run(run, edit, act), act)
    assert {reason.code for reason in follows.doubts} == {"no_venue", "no_trainer"}
    assert follows.places == 1
    assert dict(follows.mails) == {"Termin geändert": 2, "Kursleitung abgegeben": 1, "Nachgerückt": 1}
    assert [said.label for said in follows.changes] == ["Plätze", "Veranstaltungsort", "Kursleitung"]
    run.refresh_from_db()
    waiting.refresh_from_db()
    assert (run.capacity, waiting.status, Message.objects.count(), RunEvent.objects.count()) == (1, "waitlisted", 0, 0)


# --- New, copied, withdrawn ------------------------------------------------------------------------


def test_a_new_run_and_its_copy(coordinator):
    course, act = build_course(), Act(coordinator)
    edit = Edit({"capacity": 12}, added=[Meeting(in_days(30), in_days(30) + HOURS, 180, "Saal")])
    run = planning.new_run(course, edit, act)
    assert run.number == f"{in_days(30).year}-001"
    assert (run.starts_at, run.capacity, run.is_published) == (in_days(30), 12, False)
    copy = planning.copy_run(run, act, days=7)
    assert [event.what for event in (run.events.get(), copy.events.get())] == ["created", "copied"]


def test_a_published_run_nobody_has_to_do_with_is_withdrawn(coordinator):
    run, taken = build_run(), build_run()
    build_registration(taken, status="cancelled")
    planning.withdraw(run, Act(coordinator))
    run.refresh_from_db()
    assert run.published_at is None
    with pytest.raises(Refused):
        planning.withdraw(taken, Act(coordinator))


def test_open_offers_and_approvals_follow_the_start(agency, time_machine):
    """All ended with the start; of a later one they have the time they would have had. Links stay what they are."""
    time_machine.move_to(berlin(2027, 6, 7, 10), tick=False)  # a Monday
    run = build_run(starts_at=berlin(2027, 6, 8, 9), approval="required")
    until = {"held_until": run.starts_at}
    offered = build_registration(run, status="offered", **until)
    requested = build_registration(run, status="requested", supervisor_email="chefin@mayen.example", **until)
    ours = build_registration(run, status="requested", status_changed_at=berlin(2027, 5, 3), **until)
    link = mails.link_token("offer", offered)

    def move_to(start):
        meeting = Meeting(start, start + HOURS, 180)
        edit = Edit(sessions={only_session(run).pk: meeting}, days_stay=True)
        seen = planning.consequences_of(run, lambda act: planning.change_run(run, edit, act), planner())
        planning.change_run(run, edit, planner())
        for row in (offered, requested, ours):
            row.refresh_from_db()
        return seen

    seen = move_to(berlin(2027, 7, 8, 9))
    assert (offered.held_until, requested.held_until) == (berlin(2027, 6, 8, 10), berlin(2027, 6, 15))
    assert ours.held_until == berlin(2027, 7, 8, 9)  # its own time is over: a coordinator decides, until the start
    said = {one.label: (one.old, one.new) for one in seen.changes}
    assert said["Offene Angebote bis"] == ("Di., 8. Juni 2027, 9:00 Uhr", "Di., 8. Juni 2027, 10:00 Uhr")
    assert said["Offene Freigaben bis"][0] == "Di., 8. Juni 2027, 9:00 Uhr"
    assert seen.moves_days
    move_to(berlin(2027, 6, 8, 9))
    assert {row.held_until for row in (offered, requested, ours)} == {berlin(2027, 6, 8, 9)}
    assert mails.read_link("offer", link).is_current
