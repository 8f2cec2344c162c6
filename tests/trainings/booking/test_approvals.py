"""A supervisor decides by a link; reminders, deputies, contacts, and what happens if nobody does."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from tests.builders import berlin, build_person, build_registration, build_run
from trainings import booking, mails
from trainings.acts import Act
from trainings.mails import no_longer_true
from trainings.models import CourseRun, Registration
from trainings.refusals import Refused

Status = Registration.Status
CHIEF, DEPUTY = "chefin@mayen.example", "vertretung@mayen.example"
ASKED = berlin(2027, 5, 24, 10)  # a Monday; Thursday is Fronleichnam
DEADLINE = berlin(2027, 6, 2)  # after five working days: 25, 26, 28, 31 May, 1 June

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(ASKED, tick=False):
        yield


@pytest.fixture
def run(agency):
    """One place, supervisors must agree, five working days, far away."""
    return build_run(capacity=1, starts_at=berlin(2027, 9, 1, 9), approval=CourseRun.Approval.REQUIRED)


@pytest.fixture
def request_(run, participant):
    return booking.register(run, participant, Act(participant), supervisor_email=CHIEF)


@pytest.fixture
def next_one(run, request_):
    person = build_person("next@mayen.example")
    return booking.register(run, person, Act(person), supervisor_email=CHIEF)


def status(registration):
    return Registration.objects.get(pk=registration.pk).status


def mails_of(registration):
    return [
        (message.kind, message.address)
        for message in registration.messages.order_by("pk")
        if message.kind.startswith("approval")
    ]


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


def sweep(at):
    with time_machine.travel(at, tick=False):
        booking.sweep()


def test_a_request_holds_the_place_for_the_working_days(request_, next_one):
    assert (request_.status, request_.held_until) == ("requested", DEADLINE)
    assert next_one.status == "waitlisted"
    assert mails_of(request_) == [("approval_asked", CHIEF)]


def test_the_address_of_the_supervisor_is_kept_as_links_compare_it(run, participant):
    row = booking.register(run, participant, Act(participant), supervisor_email=" Chefin@MAYEN.example ")
    assert (row.supervisor_email, mails_of(row)) == (CHIEF, [("approval_asked", CHIEF)])
    assert booking.decider(mails.read_link("approval", mails.link_token("approval", row, CHIEF))) == CHIEF


def test_a_request_is_not_held_beyond_the_start(participant, agency):
    run = build_run(starts_at=berlin(2027, 5, 26, 9), approval=CourseRun.Approval.REQUIRED)
    row = booking.register(run, participant, Act(participant), supervisor_email=CHIEF)
    assert row.held_until == run.starts_at


def test_approval_by_link_confirms_and_says_who(request_, participant):
    booking.approve(request_, Act(by_email=CHIEF))
    event = request_.events.last()
    assert (status(request_), event.actor, event.actor_email, event.channel, event.on_behalf_of) == (
        "confirmed",
        None,
        CHIEF,
        "link",
        participant,
    )
    assert list(request_.messages.order_by("pk").values_list("kind", flat=True)) == [
        "requested",
        "approval_asked",
        "registered",
    ]


def test_the_history_says_how_and_when_was_decided(request_, next_one, participant, agency_contact):
    at = ASKED + dt.timedelta(hours=3)
    assert booking.decline_request(request_, Act(by_email=CHIEF, reason=" Prüfung im Amt ", at=at)).status == "declined"
    event = request_.events.last()
    assert (event.to_status, event.actor, event.actor_email, event.on_behalf_of) == (
        "declined",
        None,
        CHIEF,
        participant,
    )
    assert (event.channel, event.reason, event.at) == ("link", "Prüfung im Amt", at)
    assert booking.approve(next_one, Act(agency_contact, reason=" passt ", at=at)).status == "confirmed"
    event = next_one.events.last()
    assert (event.to_status, event.actor, event.actor_email, event.on_behalf_of) == (
        "confirmed",
        agency_contact,
        "",
        next_one.person,
    )
    assert (event.channel, event.reason, event.at) == ("web", "passt", at)


def test_the_supervisor_hears_of_a_decision_somebody_else_took(request_, coordinator):
    booking.approve(request_, Act(coordinator, reason="telefonisch zugesagt"))
    told = [message.kind for message in request_.messages.order_by("pk") if message.address == CHIEF]
    assert told == ["approval_asked", "supervisor_informed"]


def test_declining_needs_a_reason_and_the_next_gets_the_place(request_, next_one):
    with pytest.raises(Refused) as refused:
        booking.decline_request(request_, Act(by_email=CHIEF, reason=" "))
    assert codes(refused) == ["no_reason"]
    booking.decline_request(request_, Act(by_email=CHIEF, reason="Prüfung im Amt"))
    assert (status(request_), status(next_one)) == ("declined", "requested")
    assert mails_of(request_)[-1] == ("approval_declined", request_.person.email)
    assert [message.kind for message in request_.messages.all() if message.address == CHIEF] == ["approval_asked"]


def test_who_decides_without_link_must_speak_for_the_agency(request_, participant, other_participant, agency_contact):
    for by, code in ((participant, "own"), (other_participant, "not_yours")):
        with pytest.raises(Refused) as refused:
            booking.approve(request_, Act(by))
        assert codes(refused) == [code]
    for act in (
        lambda: booking.approve(request_, Act()),
        lambda: booking.decline_request(request_, Act(reason="weil")),
        lambda: booking.hand_over(request_, DEPUTY, Act()),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert codes(refused) == ["not_yours"]
    assert status(request_) == "requested"
    booking.approve(request_, Act(agency_contact))
    assert (status(request_), request_.events.last().channel) == ("confirmed", "web")


def test_nobody_decides_about_themselves_or_for_another_agency(run, agency_contact, other_agency):
    row = booking.register(run, agency_contact, Act(agency_contact), supervisor_email=CHIEF)
    stranger = build_person("koch@bendorf.example", role="agency_contact")
    for by, code in ((agency_contact, "own"), (stranger, "not_yours")):
        with pytest.raises(Refused) as refused:
            booking.approve(row, Act(by))
        assert codes(refused) == [code]
    assert status(row) == "requested"


def test_the_coordination_decides_by_phone_with_a_reason(request_, coordinator):
    for reason in ("", "  "):
        with pytest.raises(Refused) as refused:
            booking.approve(request_, Act(coordinator, reason=reason))
        assert codes(refused) == ["no_reason"]
    booking.approve(request_, Act(coordinator, reason="telefonisch zugesagt"))
    event = request_.events.last()
    assert (status(request_), event.channel, event.reason) == ("confirmed", "coordination", "telefonisch zugesagt")


def test_handing_over_ends_the_old_link_and_keeps_the_deadline(request_):
    old = mails.link_token("approval", request_, CHIEF)
    booking.hand_over(request_, DEPUTY, Act(by_email=CHIEF, at=ASKED + dt.timedelta(days=1)))
    request_.refresh_from_db()
    new = mails.link_token("approval", request_, DEPUTY)
    assert [booking.decider(mails.read_link("approval", token)) for token in (old, new)] == ["", DEPUTY]
    assert (request_.status, request_.held_until) == ("requested", DEADLINE)
    assert mails_of(request_) == [("approval_asked", CHIEF), ("approval_asked", DEPUTY)]
    note = request_.events.last()
    assert (note.from_status, note.to_status, note.actor_email) == ("requested", "requested", CHIEF)
    assert [bool(no_longer_true(mail)) for mail in request_.messages.filter(kind="approval_asked").order_by("pk")] == [
        True,
        False,
    ]


def test_the_history_says_to_whom_a_request_was_handed_over(request_, coordinator):
    at = ASKED + dt.timedelta(hours=3)
    handed = booking.hand_over(request_, f" {DEPUTY.upper()} ", Act(coordinator, at=at))
    event = request_.events.last()
    assert handed.supervisor_email == DEPUTY == Registration.objects.get(pk=request_.pk).supervisor_email
    assert (event.actor, event.channel, event.reason, event.at) == (
        coordinator,
        "coordination",
        f"Übergeben an {DEPUTY}",
        at,
    )
    assert (event.overrides, event.actor_email) == ("", "")
    with pytest.raises(Refused) as refused:
        booking.hand_over(request_, DEPUTY, Act(coordinator, at=at))
    assert codes(refused) == ["same_supervisor"]


@pytest.mark.parametrize(
    ("email", "code"),
    [
        (CHIEF, "same_supervisor"),
        ("chefin@anderswo.example", "supervisor"),
        ("yildiz@mayen.example", "supervisor"),
        ("keine-adresse", "supervisor"),
    ],
)
def test_a_request_goes_only_to_addresses_of_the_agency(request_, email, code):
    with pytest.raises(Refused) as refused:
        booking.hand_over(request_, email, Act(by_email=CHIEF))
    assert codes(refused) == [code]
    assert mails_of(request_) == [("approval_asked", CHIEF)]


def test_one_reminder_after_half_then_the_contacts_once_then_it_lapses(request_, next_one, agency_contact):
    asked = ("approval_asked", CHIEF)
    reminded = ("approval_reminder", CHIEF)
    passed_on = ("approval_passed_on", agency_contact.email)
    sweep(berlin(2027, 5, 26, 23, 59))
    assert mails_of(request_) == [asked]
    for hour in (0, 12):
        sweep(berlin(2027, 5, 27, hour))
    assert mails_of(request_) == [asked, reminded]
    for hour in (0, 12):
        sweep(berlin(2027, 6, 1, hour))
    assert mails_of(request_) == [asked, reminded, passed_on]
    sweep(DEADLINE)
    assert mails_of(request_) == [asked, reminded, passed_on, ("approval_expired", request_.person.email)]
    event = request_.events.last()
    assert (event.actor, event.channel, event.reason, event.at) == (
        None,
        "automatic",
        "Über die Freigabe wurde nicht rechtzeitig entschieden.",
        DEADLINE,
    )
    assert (status(request_), status(next_one)) == ("expired", "requested")


def test_all_contacts_of_the_agency_are_asked_and_nobody_else(request_, agency_contact, other_agency):
    second = build_person("zweite@mayen.example", role="agency_contact")
    build_person("frueher@mayen.example", role="agency_contact", is_active=False)
    build_person("koch@bendorf.example", role="agency_contact")
    build_person("jemand@mayen.example")
    sweep(berlin(2027, 6, 1))
    asked = [address for kind, address in mails_of(request_) if kind == "approval_passed_on"]
    assert asked == [agency_contact.email, second.email]


@pytest.mark.parametrize(
    ("days", "at", "kinds"),
    [
        (1, berlin(2027, 5, 25, 23, 59), []),
        (2, berlin(2027, 5, 25, 23, 59), []),
        (2, berlin(2027, 5, 26), ["approval_reminder", "approval_passed_on"]),
        (3, berlin(2027, 5, 26), ["approval_reminder"]),
        (3, berlin(2027, 5, 27), ["approval_reminder", "approval_passed_on"]),
    ],
)
def test_short_times_to_decide_have_their_reminders_or_none(run, participant, agency_contact, days, at, kinds):
    CourseRun.objects.filter(pk=run.pk).update(approval_days=days)
    row = booking.register(run, participant, Act(participant), supervisor_email=CHIEF)
    sweep(at)
    assert (status(row), [kind for kind, _address in mails_of(row)]) == ("requested", ["approval_asked", *kinds])


def test_without_an_address_only_the_contacts_are_asked_and_without_an_agency_nobody(run, agency_contact):
    CourseRun.objects.filter(pk=run.pk).update(capacity=2)
    people = build_person("kern@mayen.example"), build_person("okafor@frei.example")
    rows = [build_registration(run, person, Status.REQUESTED, held_until=DEADLINE) for person in people]
    sweep(berlin(2027, 6, 1))
    assert [mails_of(row) for row in rows] == [[("approval_passed_on", agency_contact.email)], []]


def test_who_has_no_agency_waits_for_the_coordination(run, coordinator):
    person = build_person("okafor@frei.example")
    row = booking.register(run, person, Act(person))
    assert (row.status, [message.kind for message in row.messages.all()]) == ("requested", ["requested_of_us"])


def test_what_is_the_coordinators_to_approve_becomes_a_task_and_no_end(run, coordinator, participant, signed_in):
    person = build_person("okafor@frei.example")
    row = booking.register(run, person, Act(person))
    nobody = booking.register(build_run(approval="required"), participant, Act(participant), has_no_supervisor=True)
    sweep(DEADLINE)
    for one in (row, nobody):
        one.refresh_from_db()
        assert (one.status, one.held_until) == ("requested", one.run.starts_at)
        assert (one.events.last().from_status, one.events.last().to_status) == ("requested", "requested")
    assert mails_of(row) == []
    with time_machine.travel(DEADLINE + dt.timedelta(days=2), tick=False):
        page = signed_in(coordinator).get(reverse("trainings:coordination")).content.decode()
        assert "Freigaben, über die die Koordination entscheidet" in page
        assert reverse("trainings:approve", args=[row.pk]) in page
        assert booking.approve(row, Act(coordinator, reason="Ehrenamt")).is_confirmed
    sweep(nobody.run.starts_at)
    assert status(nobody) == "expired"


def test_a_coordinator_decides_also_before_the_sweep_has_come(run, coordinator):
    person = build_person("okafor@frei.example")
    row = booking.register(run, person, Act(person))
    assert booking.approve(row, Act(coordinator, reason="Ehrenamt", at=DEADLINE + dt.timedelta(days=1))).is_confirmed


@pytest.mark.slow
def test_a_coordinators_own_request_is_on_the_desk_of_another(run, coordinator, signed_in):
    row = booking.register(run, coordinator, Act(coordinator), has_no_supervisor=True)
    other = build_person("vertretung@kreis-myk.example", role="coordinator")
    for reader, may in ((coordinator, False), (other, True)):
        page = signed_in(reader).get(reverse("trainings:coordination")).content.decode()
        assert (reverse("trainings:approve", args=[row.pk]) in page) == may
        assert ("Über Ihre eigene Anmeldung entscheidet jemand anderes." in page) != may


def test_the_contact_decides_by_link_only_once_asked(request_, agency_contact):
    token = mails.link_token("approval", request_, agency_contact.email)
    assert booking.decider(mails.read_link("approval", token)) == ""
    sweep(berlin(2027, 6, 1))
    assert booking.decider(mails.read_link("approval", token)) == agency_contact.email


def test_nobody_decides_after_the_deadline_even_if_no_sweep_has_come(request_):
    for act in (booking.approve, booking.decline_request):
        with pytest.raises(Refused) as refused:
            act(request_, Act(by_email=CHIEF, reason="weil", at=DEADLINE))
        assert codes(refused) == ["lapsed"]
    assert status(request_) == "requested"


def test_nobody_decides_after_the_start_of_a_run_moved_forward(run, participant):
    row = build_registration(
        run, participant, Status.REQUESTED, supervisor_email=CHIEF, held_until=run.starts_at + dt.timedelta(days=1)
    )
    with pytest.raises(Refused) as refused:
        booking.approve(row, Act(by_email=CHIEF, at=run.starts_at))
    assert codes(refused) == ["lapsed"]
    assert status(row) == "requested"


def test_the_agencys_contact_registers_without_a_second_approval(run, participant, agency_contact):
    assert booking.register(run, participant, Act(agency_contact)).status == "confirmed"


def test_supervisors_are_only_informed_where_the_run_says_so(participant, agency):
    run = build_run(approval=CourseRun.Approval.INFORM)
    row = booking.register(run, participant, Act(participant), supervisor_email=CHIEF)
    booking.cancel(row, Act(participant))
    told = [(message.kind, message.address) for message in row.messages.order_by("pk")]
    assert told == [
        ("registered", participant.email),
        ("supervisor_informed", CHIEF),
        ("cancelled", participant.email),
        ("supervisor_cancelled", CHIEF),
    ]


@pytest.mark.parametrize("approval", ["none", "inform", "required"])
@pytest.mark.parametrize(
    ("before", "told"), [("confirmed", True), ("requested", True), ("waitlisted", False), ("offered", False)]
)
def test_the_supervisor_hears_of_a_cancellation_if_the_place_was_known(participant, approval, before, told):
    row = build_registration(build_run(approval=approval), participant, before, supervisor_email=CHIEF)
    booking.cancel(row, Act(participant))
    expected = ["supervisor_cancelled"] if told and approval != "none" else []
    assert [message.kind for message in row.messages.all() if message.address == CHIEF] == expected
    nobody_knew = build_registration(build_run(approval=approval), participant, before)
    booking.cancel(nobody_knew, Act(participant))
    assert [message.kind for message in nobody_knew.messages.all()] == ["cancelled"]


@pytest.mark.parametrize(("approval", "told"), [("none", ["registered"]), ("inform", ["registered"])])
def test_nobody_is_informed_where_nobody_is_named_or_the_run_does_not_say_so(agency_contact, approval, told):
    run = build_run(approval=approval)
    colleague = build_person("kern@mayen.example")
    email = CHIEF if approval == "none" else ""
    row = booking.register(run, colleague, Act(agency_contact), supervisor_email=email)
    assert [message.kind for message in row.messages.all()] == told


def test_who_was_registered_by_the_contact_needs_no_supervisor_when_moving_up(agency, agency_contact):
    """The agency has spoken: nobody would be asked otherwise."""
    run = build_run(capacity=1, approval="required")
    first, second = (build_person() for _ in range(2))
    holder = booking.register(run, first, Act(agency_contact))
    waiting = booking.register(run, second, Act(agency_contact))
    booking.cancel(holder, Act(first))
    waiting.refresh_from_db()
    assert (holder.status, waiting.status) == ("confirmed", "confirmed")
