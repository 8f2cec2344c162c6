"""Does the table decide for every change and every mail, and do the operations send what it says?"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.builders import (
    build_course,
    build_person,
    build_registration,
    build_run,
    fill_free_places,
    in_days,
    only_session,
    planner,
    save_session,
)
from tests.cases import one_in
from tests.mails import Kind
from trainings import attendance, booking, calendars, mails, planning
from trainings.acts import Act
from trainings.booking import approvals, offers
from trainings.booking import transitions as places
from trainings.mails import Occasion, Who
from trainings.models import CourseRun, HeldPlace, MailKind, Message, Registration

Status = Registration.Status
CHIEF = "chefin@mayen.example"

pytestmark = pytest.mark.django_db


def test_every_occasion_has_a_row_with_five_decisions():
    assert set(Occasion) - set(mails.table()) == set(), "give each a row in OURS, trainings/mails/notices.py"
    undecided = {(occasion, who) for occasion, row in mails.table().items() for who in Who if not str(row.of(who))}
    assert undecided == set(), "name a mail in trainings/mails/notices.py, or say there why there is none"


def test_every_change_the_diagram_allows_has_a_decision_and_no_other():
    allowed = {(before or "", after.value) for before, afters in places.TRANSITIONS.items() for after in afters}
    decided = set().union(*(row.changes for row in mails.table().values()))
    assert allowed - decided == set(), "say in trainings/mails/notices.py of which occasion each is the change"
    assert decided - allowed == set(), "TRANSITIONS in trainings/booking/transitions.py does not allow these"


def test_who_does_not_hear_of_something_cannot_be_sent_it():
    with pytest.raises(ValueError, match="trainer does not hear of waitlisted"):
        mails.kind(Occasion.WAITLISTED, Who.TRAINER)


@dataclass
class Case:
    """A run whose supervisors are told, or asked; a person in it, and others."""

    run: CourseRun
    row: Registration | None
    person: User
    colleague: User
    contact: User
    coordinator: User
    trainer: User


def _register(case, **more):
    return booking.register(case.run, case.person, Act(case.person), supervisor_email=CHIEF, **more)


def _register_without_supervisor(case):
    return booking.register(case.run, case.person, Act(case.person), has_no_supervisor=True)


def _nobody_named(act):
    def acted(case):
        Registration.objects.filter(pk=case.row.pk).update(supervisor_email="")
        act(case)
        return case.row

    return acted


def _name(case):
    day = in_days(9).date()
    [held] = booking.hold_places(case.run, case.person.agency, 1, Act(case.contact), name_by=day)
    return booking.name_held_place(held, case.person, Act(case.contact))


def _name_who_waits(case):
    by = {"taken_at": timezone.now(), "taken_by": case.contact}
    held = HeldPlace.objects.create(run=case.run, agency=case.person.agency, name_by=in_days(9).date(), **by)
    return booking.name_held_place(held, case.person, Act(case.contact))


def _walk_in(case):
    session = only_session(case.run)
    return attendance.add_walk_in(
        session,
        Act(case.trainer, at=session.starts_at),
        email=case.person.email,
        first_name="",
        last_name=case.person.last_name,
        group="staff",
    )


def _move(case):
    old = build_registration(build_run(case.run.course, approval="inform"), case.person)
    return booking.move(old, case.run, Act(case.person), supervisor_email=CHIEF)


def _given_up(case):
    new = build_run(case.run.course)
    booking.move(case.row, new, Act(case.person))
    return case.row


def _lapse(case):
    with booking.locked_registration(case.row) as row:
        (offers if row.is_offered else approvals).lapse(row, at=timezone.now())
    return row


def _asked(case):
    old = build_registration(case.run, case.colleague, supervisor_email=CHIEF)
    return booking.substitute(old, case.person, Act(case.colleague))


def _lapse_twice(case):
    case.row.unanswered_offers = 1
    case.row.save()
    return _lapse(case)


def _no_substitute(case):
    """The row's place is to go to the colleague, who says no."""
    asked = booking.substitute(case.row, case.colleague, Act(case.person))
    booking.decline_offer(asked, Act(case.colleague))
    return case.row


def _of_giver(act):
    """The row is asked to take over a colleague's place; then what ``act`` says happens to that."""

    def acted(case):
        CourseRun.objects.filter(pk=case.run.pk).update(capacity=1)
        giver = build_registration(case.run, case.colleague)
        Registration.objects.filter(pk=case.row.pk).update(substitute_for=giver)
        case.row.refresh_from_db()
        act(case, giver)
        return case.row

    return acted


def _say_yes(case):
    booking.accept_offer(case.row, Act(case.person))


def _say_no(case):
    booking.decline_offer(case.row, Act(case.person))


def _fill(case):
    fill_free_places(case.run)
    return case.row


def _same(act: Callable[[Case], object]) -> Callable[[Case], Registration]:
    def acted(case: Case) -> Registration:
        act(case)
        assert case.row is not None
        return case.row

    return acted


# occasion: status before, fields of the run, and what is done
ASKS, SOON, NOW = {"approval": "required"}, {"starts_at": in_days(5)}, {"starts_at": in_days(1, 23)}
DONE = [
    (Occasion.REGISTERED, "", {}, _register),
    (Occasion.NAMED, "", {}, _name),
    (Occasion.NAMED_FROM_QUEUE, "waitlisted", {}, _name_who_waits),
    (Occasion.WALKED_IN, "", {}, _walk_in),
    (Occasion.TAKES_OVER, "offered", {}, _of_giver(lambda case, _giver: _say_yes(case))),
    (Occasion.MOVED, "", {}, _move),
    (Occasion.WAITLISTED, "", {"full": True}, _register),
    (Occasion.REQUESTED, "", ASKS, _register),
    (Occasion.REQUESTED, "waitlisted", ASKS, _fill),
    (Occasion.REQUESTED, "offered", ASKS, _same(lambda case: booking.accept_offer(case.row, Act(case.person)))),
    (Occasion.REQUESTED_OF_COORDINATOR, "", ASKS, _register_without_supervisor),
    (Occasion.REQUESTED_OF_COORDINATOR, "waitlisted", ASKS, _nobody_named(lambda case: fill_free_places(case.run))),
    (
        Occasion.REQUESTED_OF_COORDINATOR,
        "offered",
        ASKS,
        _nobody_named(lambda case: booking.accept_offer(case.row, Act(case.person))),
    ),
    (Occasion.PROMOTED, "waitlisted", {}, _fill),
    (Occasion.CLAIMED, "waitlisted", NOW, _same(lambda case: booking.claim_place(case.row, Act(case.person)))),
    (
        Occasion.GIVEN_AHEAD,
        "waitlisted",
        {"full": True},
        _same(lambda case: booking.give_now(case.row, Act(case.coordinator, reason="weil"))),
    ),
    (Occasion.OFFERED, "waitlisted", SOON, _fill),
    (Occasion.ACCEPTED, "offered", {}, _same(lambda case: booking.accept_offer(case.row, Act(case.person)))),
    (
        Occasion.GIVEN,
        "offered",
        {},
        _same(lambda case: booking.give_now(case.row, Act(case.coordinator, reason="weil"))),
    ),
    (
        Occasion.GIVEN,
        "requested",
        ASKS,
        _same(lambda case: booking.give_now(case.row, Act(case.coordinator, reason="weil"))),
    ),
    (Occasion.APPROVED_BY_LINK, "requested", ASKS, _same(lambda case: booking.approve(case.row, Act(by_email=CHIEF)))),
    (
        Occasion.APPROVED,
        "requested",
        ASKS,
        _same(lambda case: booking.approve(case.row, Act(case.coordinator, reason="weil"))),
    ),
    (Occasion.APPROVED, "requested", ASKS, _same(lambda case: booking.approve(case.row, Act(case.contact)))),
    (
        Occasion.APPROVED,
        "requested",
        ASKS,
        _same(lambda case: booking.approve(case.row, Act(by_email=case.contact.email))),
    ),
    (
        Occasion.REFUSED_BY_LINK,
        "requested",
        ASKS,
        _same(lambda case: booking.decline_request(case.row, Act(by_email=CHIEF, reason="Dienst"))),
    ),
    (
        Occasion.REFUSED,
        "requested",
        ASKS,
        _same(lambda case: booking.decline_request(case.row, Act(case.contact, reason="Dienst"))),
    ),
    (
        Occasion.REFUSED,
        "requested",
        ASKS,
        _same(lambda case: booking.decline_request(case.row, Act(by_email=case.contact.email, reason="Dienst"))),
    ),
    (Occasion.REQUEST_LAPSED, "requested", ASKS, _lapse),
    (Occasion.OFFER_DECLINED, "offered", {}, _same(lambda case: booking.decline_offer(case.row, Act(case.person)))),
    (Occasion.OFFER_LAPSED, "offered", {}, _lapse_twice),
    (Occasion.OFFER_PASSED, "offered", {}, _lapse),
    (Occasion.SUBSTITUTE_ASKED, "", {}, _asked),
    (Occasion.SUBSTITUTE_ASKED, "waitlisted", {"full": True}, _asked),
    (Occasion.SUBSTITUTE_DECLINED, "offered", {}, _of_giver(lambda case, _giver: _say_no(case))),
    (Occasion.SUBSTITUTE_SILENT, "offered", {}, _of_giver(lambda case, _giver: _lapse(case))),
    *(
        (
            Occasion.SUBSTITUTE_NOT_WANTED,
            before,
            {},
            _of_giver(lambda _case, giver: booking.cancel(giver, Act(giver.person))),
        )
        for before in ("offered", "requested")
    ),
    (Occasion.PLACE_KEPT, "confirmed", {}, _no_substitute),
    (
        Occasion.WAIT_ENDED,
        "waitlisted",
        {"full": True},
        _same(lambda case: booking.sweep(at=case.run.starts_at)),
    ),
    *(
        (Occasion.CANCELLED, before, fields, _same(lambda case: booking.cancel(case.row, Act(case.person))))
        for before, fields in [("waitlisted", {"full": True}), ("offered", {}), ("requested", ASKS), ("confirmed", {})]
    ),
    (
        Occasion.HANDED_ON,
        "confirmed",
        {},
        _same(
            lambda case: booking.accept_offer(
                booking.substitute(case.row, case.colleague, Act(case.contact)), Act(case.colleague)
            )
        ),
    ),
    *(
        (Occasion.PLACE_ELSEWHERE, before, fields, _given_up)
        for before, fields in [("waitlisted", {"full": True}), ("offered", {}), ("requested", ASKS), ("confirmed", {})]
    ),
    *(
        (Occasion.PLACE_OTHERWISE, before, fields, _same(_walk_in))
        for before, fields in [("waitlisted", {"full": True}), ("offered", {}), ("requested", ASKS)]
    ),
    *(
        (
            Occasion.RUN_CANCELLED,
            before,
            fields,
            _same(lambda case: planning.cancel_run(case.run, Act(case.coordinator, reason="Krank"))),
        )
        for before, fields in [("waitlisted", {"full": True}), ("offered", {}), ("requested", ASKS), ("confirmed", {})]
    ),
    (Occasion.CALLED, "waitlisted", NOW, _fill),
    (
        Occasion.MOVED_UP,
        "waitlisted",
        {"full": True},
        _same(lambda case: booking.move_up(case.row, Act(case.coordinator, reason="weil"))),
    ),
    (
        Occasion.REQUEST_HANDED_OVER,
        "requested",
        ASKS,
        _same(lambda case: booking.hand_over(case.row, "neu@mayen.example", Act(by_email=CHIEF))),
    ),
]


def test_every_change_of_the_diagram_is_driven_below():
    driven = {(occasion, before) for occasion, before, _fields, _act in DONE}
    declared = {(occasion, before) for occasion, row in mails.table().items() for before, _to in row.changes}
    assert declared - driven == set(), "do each in DONE of this file"


@pytest.mark.parametrize(
    ("occasion", "before", "fields", "act"),
    DONE,
    ids=[f"{occasion.value}-{before}-{number}" for number, (occasion, before, *_rest) in enumerate(DONE)],
)
def test_operations_send_what_the_table_says(
    occasion, before, fields, act, participant, agency_contact, coordinator, trainer
):
    fields = {"approval": "inform", **fields}
    full = fields.pop("full", False)
    run = build_run(build_course(), capacity=1 if full else 5, trainers=[trainer], **fields)
    if full:
        build_registration(run)
    called = {"called_at": timezone.now()} if occasion == Occasion.CLAIMED else {}
    row = build_registration(run, participant, before, supervisor_email=CHIEF, **called) if before else None
    colleague = build_person("kern@mayen.example")
    case = Case(run, row, participant, colleague, agency_contact, coordinator, trainer)

    row = act(case)

    event = row.events.order_by("pk").last()
    if mails.table()[occasion].changes:
        assert (event.from_status, event.to_status) in mails.table()[occasion].changes
        assert event.from_status == before
    written = Message.objects.filter(registration=row)
    for who, sent in [
        (Who.PARTICIPANT, written.filter(recipient=participant)),
        (Who.SUPERVISOR, written.filter(recipient=None)),
        (Who.TRAINER, Message.objects.filter(run=run, recipient=trainer)),
    ]:
        decision = mails.table()[occasion].of(who)
        said = [decision.name] if isinstance(decision, MailKind) else []
        if who == Who.SUPERVISOR and before in ("waitlisted", "offered") and said == [Kind.SUPERVISOR_CANCELLED]:
            said = []  # of a place that was never sure they did not know
        assert list(sent.values_list("kind", flat=True)) == said, who


def _moved_under_one_chief(case):
    old = booking.register(
        build_run(case.run.course, approval="inform"), case.person, Act(case.person), supervisor_email=CHIEF
    )
    deliver_everything()
    return booking.move(old, case.run, Act(case.person))


def _taken_over_under_one_chief(case):
    asked = booking.substitute(case.row, case.colleague, Act(case.person))
    deliver_everything()
    return booking.accept_offer(asked, Act(case.colleague))


def _elsewhere_while_waiting(case):
    full = build_run(case.run.course, capacity=1, sessions=TWO_SESSIONS)
    build_registration(full)
    booking.register(full, case.person, Act(case.person))
    deliver_everything()
    return booking.register(case.run, case.person, Act(case.person), supervisor_email=CHIEF)


def deliver_everything() -> list[str]:
    """Whom everything goes to that is due now and that follows from it."""
    mail.outbox.clear()
    for _round in range(3):
        mails.deliver_due()
        calendars.catch_up()
    return sorted(address for sent in mail.outbox for address in sent.to)


TWO_SESSIONS = [(in_days(day), in_days(day, 12)) for day in (30, 37)]
ACTS = [
    *DONE,
    (Occasion.MOVED, "", {}, _moved_under_one_chief),
    (Occasion.HANDED_ON, "confirmed", {}, _taken_over_under_one_chief),
    (Occasion.REGISTERED, "", {}, _elsewhere_while_waiting),
]


# People come along to a single session here.
ACTS += [
    (occasion, before, {**fields, "sessions": TWO_SESSIONS}, act)
    for occasion, before, fields, act in ACTS
    if occasion not in (Occasion.WALKED_IN, Occasion.PLACE_OTHERWISE) and "starts_at" not in fields
]


@pytest.mark.parametrize(
    ("occasion", "before", "fields", "act"),
    one_in(6, ACTS),
    ids=[f"{occasion.value}-{before}-{number}" for number, (occasion, before, *_rest) in enumerate(ACTS)],
)
def test_one_act_makes_at_most_one_mail_to_one_person(
    occasion, before, fields, act, participant, agency_contact, coordinator, trainer
):
    """With calendars by mail, of one session and of two, also of what ends for something else."""
    fields = {"approval": "inform", **fields}
    full = fields.pop("full", False)
    run = build_run(build_course(), capacity=1 if full else 5, trainers=[trainer], **fields)
    if full:
        build_registration(run)
    called = {"called_at": timezone.now()} if occasion == Occasion.CLAIMED else {}
    row = build_registration(run, participant, before, supervisor_email=CHIEF, **called) if before else None
    colleague = build_person("kern@mayen.example")
    if row:
        mails.queue({"confirmed": Kind.REGISTERED}.get(before, before), row)  # so the calendar knows of it
        deliver_everything()

    act(Case(run, row, participant, colleague, agency_contact, coordinator, trainer))

    told = deliver_everything()
    assert [address for address in set(told) if told.count(address) > 1] == []


def hold(run: CourseRun, contact: User) -> HeldPlace:
    return HeldPlace.objects.create(
        run=run, agency=contact.agency, name_by=in_days(20).date(), taken_at=timezone.now(), taken_by=contact
    )


def told(*kinds: str) -> list[tuple[str, str]]:
    return list(Message.objects.filter(registration=None).order_by("pk").values_list("kind", "recipient__email"))


def test_contact_with_places_to_name_and_trainers_hear_that_the_run_is_called_off(
    run, agency_contact, trainer, coordinator
):
    hold(run, agency_contact)
    hold(run, agency_contact)
    planning.cancel_run(run, Act(coordinator, reason="Kursleitung erkrankt"))
    assert told() == [("trainer_cancelled", trainer.email), ("contact_cancelled", agency_contact.email)]


def test_contact_with_places_to_name_and_trainers_hear_of_a_moved_session(run, agency_contact, trainer):
    hold(run, agency_contact)
    session = only_session(run)
    session.starts_at, session.ends_at = (
        session.starts_at + dt.timedelta(days=1),
        session.ends_at + dt.timedelta(days=1),
    )
    save_session(session)
    assert told() == [("session_moved", trainer.email), ("contact_moved", agency_contact.email)]
    session.room = "Saal 2"
    save_session(session)  # told in the mails that wait
    assert len(told()) == 2


def test_contact_who_has_named_everybody_hears_nothing(run, agency_contact, coordinator):
    HeldPlace.objects.filter(pk=hold(run, agency_contact).pk).update(ended_at=timezone.now())
    planning.cancel_run(run, Act(coordinator, reason="Krank"))
    assert "contact_cancelled" not in dict(told())


def test_nobody_hears_that_a_draft_is_called_off(trainer, coordinator):
    run = build_run(published_at=None, trainers=[trainer])
    planning.cancel_run(run, Act(coordinator, reason="Doch nicht"))
    assert told() == []


def set_trainers(run: CourseRun, *trainers: User) -> None:
    planning.change_run(run, planning.Edit({"trainers": trainers}), planner())


def test_trainers_hear_when_they_take_over_or_no_longer_lead_a_run(run, trainer, other_trainer):
    set_trainers(run, other_trainer)
    set_trainers(run, other_trainer)
    assert told() == [("trainer_assigned", other_trainer.email), ("trainer_removed", trainer.email)]
    assert list(run.trainers.all()) == [other_trainer]


def test_trainers_of_a_draft_hear_of_it_once_it_is_published(trainer, other_trainer):
    run = build_run(published_at=None)
    set_trainers(run, trainer, other_trainer)
    set_trainers(run, trainer)
    assert told() == []
    planning.publish(run, planner())
    planning.publish(run, planner())
    assert told() == [("trainer_assigned", trainer.email)]


def test_of_a_run_that_is_over_nobody_is_told(trainer):
    run = build_run(starts_at=in_days(-9))
    set_trainers(run, trainer)
    assert told() == []


def test_coordinators_read_the_table(signed_in, coordinator):
    page = signed_in(coordinator).get(reverse("trainings:notices")).content.decode()
    assert page.count("<tr>") == len(mails.table()) + 3  # the head, and one for each of two groups
    assert "Warteliste → Platz angeboten" in page
    assert "Warteliste → Platz angeboten" in page or "→" in page
    assert "<strong>Kursleitung informiert: Termin abgesagt</strong>" in page
    assert "steht in der Übersicht am Morgen" in page
