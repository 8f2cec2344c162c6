"""Places that no agreement of the agency covers: refused, told or nothing, by every way to a place."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import affiliation
from accounts.affiliation import Belonging
from tests.builders import (
    build_agreement,
    build_person,
    build_registration,
    build_run,
    fill_free_places,
    in_days,
    only_session,
)
from tests.pages import read
from trainings import attendance, booking, catalogue, checks, mails, planning
from trainings.acts import Act, Channel
from trainings.booking import Case, Context, line_of, preview_list, register_list
from trainings.models import Registration
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

Status = Registration.Status
TODAY = timezone.localdate
MISSING = ["agreement"]


@pytest.fixture
def refuse(settings):
    settings.REGISTER_WITHOUT_AGREEMENT = "refuse"


@pytest.fixture
def warn(settings):
    settings.REGISTER_WITHOUT_AGREEMENT = "warn"


def refused_by(operation, *args, **more):
    """The codes; nothing is registered."""
    before = Registration.objects.count()
    with pytest.raises(Refused) as refused:
        operation(*args, **more)
    assert Registration.objects.count() == before
    return refused.value.codes


def text_of(response):
    return read(response).text


def day_of(run):
    return timezone.localdate(run.starts_at)


def overrides_of(registration):
    return registration.events.order_by("pk").last().overrides.split()


# --- The rule ---------------------------------------------------------------------------------------


def test_nothing_follows_where_the_operator_does_not_ask(participant, run, django_assert_num_queries):
    case = Case(run, participant, Act(participant))
    with django_assert_num_queries(0):
        assert case.outside_agreement == {}
    assert booking.register(run, participant, Act(participant)).is_confirmed
    assert booking.remarks_on_agreements(run) == []


def test_the_refusal_names_the_agency_and_whom_to_ask(refuse, participant, run, settings):
    with pytest.raises(Refused) as refused:
        booking.register(run, participant, Act(participant))
    [reason] = refused.value.reasons
    assert str(reason) == (
        f"Mit Stadtverwaltung Mayen gibt es für den {day_of(run):%d.%m.%Y} keine Kooperationsvereinbarung. "
        f"Bitte wenden Sie sich an die Koordination: {settings.CONTACT_PHONE}, {settings.CONTACT_EMAIL}."
    )


@pytest.mark.parametrize(
    ("starts", "ends", "is_covered"),
    [(0, 0, True), (-9, 0, True), (0, None, True), (1, None, False), (-9, -1, False), (-9, 9, True)],
)
def test_both_days_of_an_agreement_count(refuse, participant, run, starts, ends, is_covered):
    """In days from the start of the run."""
    day = day_of(run)
    end = None if ends is None else day + dt.timedelta(days=ends)
    build_agreement(participant.agency, starts_on=day + dt.timedelta(days=starts), ends_on=end)
    case = Case(run, participant, Act(participant))
    assert [*case.outside_agreement] == ([] if is_covered else MISSING)


def test_it_is_the_agency_of_the_day_of_the_run_that_counts(refuse, participant, other_agency, run):
    build_agreement(participant.agency)
    moves_on = day_of(run) - dt.timedelta(days=1)
    affiliation.change(participant, moves_on, Belonging(other_agency.pk, "", "staff"), by=None)
    assert refused_by(booking.register, run, participant, Act(participant)) == MISSING
    build_agreement(other_agency)
    assert booking.register(run, participant, Act(participant)).agency == other_agency


def test_people_without_an_agency_are_not_concerned(refuse, run):
    volunteer = build_person("haile@web.example", group="volunteers", organisation="Nachbarschaftshilfe")
    assert booking.register(run, volunteer, Act(volunteer)).is_confirmed


def test_an_agreement_is_for_the_groups_it_names(refuse, agency, run):
    build_agreement(agency, groups=["leadership"])
    staff, leader = build_person(), build_person(group="leadership")
    with pytest.raises(Refused) as refused:
        booking.register(run, staff, Act(staff))
    assert refused.value.codes == ["agreement_group"]
    assert "gilt für: Führungskräfte. Angegeben ist: Mitarbeitende." in str(refused.value)
    assert booking.register(run, leader, Act(leader)).is_confirmed


def test_confirmed_and_held_places_of_the_agency_count(refuse, agency, agency_contact, other_participant, run):
    build_agreement(agency, places_per_run=3)
    build_registration(run, other_participant)
    build_registration(run, build_person(), Status.REQUESTED)
    build_registration(run, build_person(), Status.CANCELLED)
    booking.hold_places(run, agency, 1, Act(agency_contact), name_by=in_days(20).date())
    third, fourth = build_person(), build_person()
    assert booking.register(run, third, Act(third)).is_confirmed
    with pytest.raises(Refused) as refused:
        booking.register(run, fourth, Act(fourth))
    assert refused.value.codes == ["agreement_places"]
    assert "erlaubt je Termin 3 Plätze; vergeben: 3." in str(refused.value)


def test_no_more_wait_than_the_agreement_allows_places(refuse, agency, coordinator):
    """Else a full run would let everybody in whom an empty one refuses: who waits moves up whatever it says."""
    run = build_run(capacity=1)
    build_registration(run, build_person(agency=None))
    build_agreement(agency, places_per_run=2)
    first, second, third = (build_person() for _place in range(3))
    assert booking.register(run, first, Act(first)).is_waiting
    assert booking.register(run, second, Act(second)).is_waiting
    with pytest.raises(Refused) as refused:
        booking.register(run, third, Act(third))
    assert refused.value.codes == ["agreement_places"]
    assert "erlaubt je Termin 2 Plätze; vergeben: 0, auf der Warteliste: 2." in str(refused.value)
    given = booking.give_now(Registration.objects.get(person=second), Act(coordinator, reason="Zugesagt"))
    assert overrides_of(given) == ["queue", "full"]  # within the agreement
    with pytest.raises(Refused, match="vergeben: 1, auf der Warteliste: 1"):
        booking.register(run, third, Act(third))


def test_the_operator_is_told_when_everybody_would_be_turned_away(settings, agency):
    assert checks.somebody_may_register() == []
    settings.REGISTER_WITHOUT_AGREEMENT = "refuse"
    [warning] = checks.somebody_may_register()
    assert (warning.id, "no agreement is in force" in warning.msg) == ("trainings.W002", True)
    build_agreement(agency)
    assert checks.somebody_may_register() == []


# --- Every way to a place ---------------------------------------------------------------------------


def test_a_coordinator_passes_over_it_with_a_reason_that_is_kept(refuse, participant, coordinator, run):
    assert refused_by(booking.register, run, participant, Act(coordinator)) == MISSING
    registered = booking.register(run, participant, Act(coordinator, reason="Vereinbarung ist unterwegs"))
    assert (registered.is_confirmed, overrides_of(registered)) == (True, MISSING)


def test_the_rules_of_a_run_say_it_to_everybody(settings, run):
    def said():
        return [rule.sentence for rule in catalogue.rules_of(run) if rule.code == "agreement"]

    assert said() == []
    settings.REGISTER_WITHOUT_AGREEMENT = "refuse"
    [sentence] = said()
    assert sentence.startswith("Behörden brauchen eine Kooperationsvereinbarung, die am Tag des Beginns gilt.")


def test_on_the_page_the_reason_stands_where_the_button_was(refuse, participant, run, signed_in):
    page = text_of(signed_in(participant).get(reverse("trainings:register", args=[run.pk])))
    assert "Mit Stadtverwaltung Mayen gibt es" in page
    assert "Verbindlich anmelden" not in page


def test_a_list_refuses_line_by_line_and_counts_as_it_goes(refuse, agency, agency_contact, run):
    build_agreement(agency, places_per_run=2)
    lines = [line_of(number, build_person()) for number in (1, 2, 3)]
    act = Act(agency_contact)
    for verdicts in (preview_list(run, lines, act), register_list(run, lines, act)):
        outcomes = [verdict.status or [reason.code for reason in verdict.reasons] for verdict in verdicts]
        assert outcomes == [Status.CONFIRMED, Status.CONFIRMED, ["agreement_places"]]


def test_the_list_of_a_coordinator_needs_a_reason(refuse, participant, coordinator, run):
    lines = [line_of(1, participant)]
    [verdict] = preview_list(run, lines, Act(coordinator))
    assert [reason.code for reason in verdict.reasons] == MISSING
    [verdict] = register_list(run, lines, Act(coordinator, reason="per Telefon zugesagt"))
    registered = run.registrations.get()
    assert (verdict.status, registered.source, overrides_of(registered)) == ("confirmed", "import", MISSING)


def test_moving_to_a_run_after_the_end_is_refused_and_the_old_place_stays(refuse, participant):
    old = build_run(starts_at=in_days(30))
    later = build_run(old.course, starts_at=in_days(60))
    build_agreement(participant.agency, starts_on=TODAY(), ends_on=in_days(40).date())
    place = booking.register(old, participant, Act(participant))
    assert refused_by(booking.move, place, later, Act(participant)) == MISSING
    place.refresh_from_db()
    assert place.is_confirmed


def test_a_colleague_takes_over_a_place_but_not_one_of_another_group(refuse, agency, run):
    build_agreement(agency, groups=["staff"], places_per_run=1)
    giver, colleague, leader = build_person(), build_person(), build_person(group="leadership")
    place = booking.register(run, giver, Act(giver))
    assert refused_by(booking.substitute, place, leader, Act(giver)) == ["agreement_group"]
    asked = booking.substitute(place, colleague, Act(giver))
    assert booking.accept_offer(asked, Act(colleague)).is_confirmed


def test_places_are_held_within_the_number_and_named_without_counting_twice(refuse, agency, agency_contact, run):
    act, name_by = Act(agency_contact), in_days(20).date()
    assert refused_by(booking.hold_places, run, agency, 1, act, name_by=name_by) == MISSING
    build_agreement(agency, places_per_run=2, groups=["staff"])
    assert refused_by(booking.hold_places, run, agency, 3, act, name_by=name_by) == ["agreement_places"]
    held, _other = booking.hold_places(run, agency, 2, act, name_by=name_by)
    assert refused_by(booking.name_held_place, held, build_person(group="leadership"), act) == ["agreement_group"]
    assert booking.name_held_place(held, build_person(), act).is_confirmed


def test_who_asks_for_approval_is_asked_first_and_approved_whatever_ended_since(refuse, participant, coordinator):
    run = build_run(approval="required")
    chief = {"supervisor_email": "chefin@mayen.example"}
    assert refused_by(booking.register, run, participant, Act(participant), **chief) == MISSING
    agreement = build_agreement(participant.agency, starts_on=TODAY())
    asked = booking.register(run, participant, Act(participant), **chief)
    planning.end_agreement(agreement, TODAY(), Act(coordinator, reason="gekündigt", overrides="leaves_people"))
    assert booking.approve(asked, Act(by_email=asked.supervisor_email, channel=Channel.LINK)).is_confirmed


@pytest.mark.parametrize(("starts", "status"), [(30, Status.CONFIRMED), (5, Status.OFFERED)])
def test_who_waits_moves_up_whatever_the_agreement_says(refuse, participant, starts, status):
    run = build_run(starts_at=in_days(starts))
    waiting = build_registration(run, participant, Status.WAITLISTED)
    fill_free_places(run)
    waiting.refresh_from_db()
    assert waiting.status == status
    if waiting.is_offered:
        assert booking.accept_offer(waiting, Act(participant)).is_confirmed


def test_who_waits_claims_a_place_whatever_the_agreement_says(refuse, participant):
    run = build_run(starts_at=in_days(1))
    waiting = build_registration(run, participant, Status.WAITLISTED)
    fill_free_places(run)
    waiting.refresh_from_db()
    assert booking.claim_place(waiting, Act(participant)).is_confirmed


def test_a_place_given_ahead_keeps_what_was_passed_over(refuse, participant, coordinator):
    run = build_run(capacity=1)
    build_registration(run, build_person("a@elsewhere.example"))
    waiting = build_registration(run, participant, Status.WAITLISTED)
    booking.move_up(waiting, Act(coordinator, reason="Vorrang"))
    given = booking.give_now(waiting, Act(coordinator, reason="Notfall"))
    assert (given.is_confirmed, overrides_of(given)) == (True, ["queue", "full", "agreement"])


def test_whoever_stands_in_the_room_is_recorded_and_the_history_says_what_was_passed_over(refuse, agency, trainer):
    run = build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(hours=1))
    build_agreement(agency, places_per_run=1)
    build_registration(run, build_person())
    somebody = {"email": "neu@mayen.example", "first_name": "Lê", "last_name": "Văn", "group": "staff"}
    came = attendance.add_walk_in(only_session(run), Act(trainer), **somebody)
    assert (came.is_confirmed, overrides_of(came)) == (True, ["agreement_places"])


def test_whom_an_invitation_reaches_is_refused_all_the_same(refuse, participant, coordinator):
    run = build_run(visibility="invitation")
    planning.invite(run, [participant], Act(coordinator))
    assert refused_by(booking.register, run, participant, Act(participant)) == MISSING


# --- Only told --------------------------------------------------------------------------------------


def test_the_person_reads_it_beforehand_and_may_register(warn, participant, run, signed_in):
    address = reverse("trainings:register", args=[run.pk])
    client = signed_in(participant)
    page = text_of(client.get(address))
    assert "keine Kooperationsvereinbarung. Die Anmeldung ist trotzdem möglich" in page
    client.post(address, {"needs": ""})
    registered = run.registrations.get()
    assert (registered.is_confirmed, overrides_of(registered)) == (True, [])


def test_the_contact_reads_it_beside_each_line_of_the_preview(warn, agency, agency_contact, run, signed_in):
    build_agreement(agency, groups=["leadership"])
    lines = [line_of(1, build_person()), line_of(2, build_person(group="leadership"))]
    verdicts = preview_list(run, lines, Act(agency_contact))
    assert [(one.status, [str(each.code) for each in one.cautions]) for one in verdicts] == [
        (Status.CONFIRMED, ["agreement_group"]),
        (Status.CONFIRMED, []),
    ]
    address = reverse("trainings:register_list", args=[run.pk])
    page = text_of(signed_in(agency_contact).post(address, {"lines": lines[0].email}))
    assert "gilt für: Führungskräfte. Angegeben ist: Mitarbeitende. Die Anmeldung ist trotzdem möglich" in page


@pytest.mark.parametrize("setting", ["warn", "refuse"])
def test_the_contact_reads_it_on_the_page_of_the_run(settings, setting, agency_contact, run, signed_in):
    settings.REGISTER_WITHOUT_AGREEMENT = setting
    page = text_of(signed_in(agency_contact).get(reverse("trainings:agency_run", args=[run.pk])))
    assert "Mit Stadtverwaltung Mayen gibt es" in page
    assert ("Plätze ohne Namen halten" in page) == (setting == "warn")


@pytest.mark.parametrize("setting", ["warn", "refuse"])
def test_the_coordinator_reads_on_the_page_of_the_run_whose_places_are_not_covered(
    settings, setting, agency, other_participant, coordinator, run, signed_in
):
    settings.REGISTER_WITHOUT_AGREEMENT = setting
    build_agreement(agency, groups=["staff"], places_per_run=1)
    build_registration(run, other_participant)
    build_registration(run, build_person())
    build_registration(run, build_person(group="leadership"))
    build_registration(run, build_person(), Status.WAITLISTED)
    build_registration(run, build_person("haile@web.example"))
    said = booking.remarks_on_agreements(run)
    assert said == [
        f"Stadtverwaltung Bendorf: keine Vereinbarung für den {day_of(run):%d.%m.%Y} (1 Platz).",
        "Stadtverwaltung Mayen: Die Vereinbarung gilt nicht für Führungskräfte (1).",
        "Stadtverwaltung Mayen: Die Vereinbarung erlaubt 1 Platz; vergeben: 2.",
    ]
    page = text_of(signed_in(coordinator).get(reverse("trainings:coordination_run", args=[run.pk])))
    assert all(remark in page for remark in said)


def test_a_case_of_holding_asks_for_no_group(warn, agency, agency_contact, run):
    build_agreement(agency, groups=["leadership"])
    assert Case(run, agency_contact, Act(agency_contact), Context.HOLDING, holds_for=agency).outside_agreement == {}


def test_the_mails_of_a_covered_registration_say_nothing_of_agreements(refuse, participant, run, mailoutbox):
    build_agreement(participant.agency)
    booking.register(run, participant, Act(participant))
    mails.deliver_due()
    assert not any("Kooperationsvereinbarung" in sent.body for sent in mailoutbox)
