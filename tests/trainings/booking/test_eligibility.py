"""Who may register for what, and in which words is it refused? Each reason at its limits."""

import datetime as dt
import inspect
import re
from pathlib import Path

import pytest
from django.utils import timezone

from tests.builders import (
    berlin,
    build_agreement,
    build_course,
    build_person,
    build_registration,
    build_run,
    in_days,
    only_session,
)
from trainings import booking
from trainings.acts import Act
from trainings.booking import Case, Context, agreements, eligibility
from trainings.booking.eligibility import unfit_supervisor
from trainings.dates import date_short
from trainings.models import AttendanceRecord, Invitation, Registration
from trainings.refusals import Reason, Refused

Status = Registration.Status
CHIEF = "chefin@mayen.example"
MINUTE = dt.timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def case(run, person, *, by=None, reason="", at=None, **more):
    return Case(run, person, Act(by or person, reason=reason, at=at), **more)


def reasons_against(run, person, **more):
    return booking.reasons_against(case(run, person, **more))


def cautions_about(run, person, **more):
    return booking.cautions(case(run, person, **more))


def overridden(run, person, **more):
    return eligibility.passed_over(case(run, person, **more))


def reasons_to_keep(place, colleague):
    with pytest.raises(Refused) as refused:
        booking.substitute(place, colleague, Act(place.person))
    return refused.value.reasons


def codes(reasons):
    return [reason.code for reason in reasons]


def texts(reasons):
    return [str(reason) for reason in reasons]


def record(registration, status, recorded_by):
    AttendanceRecord.objects.create(
        session=only_session(registration.run),
        registration=registration,
        status=status,
        minutes=60 if status in {"present", "partial"} else 0,
        recorded_by=recorded_by,
    )


# --- what the agency's agreement allows; every way to a place is tried in test_agreements ------------


@pytest.mark.parametrize(
    ("agreement", "codes_"),
    [
        (None, ["agreement"]),
        ({}, []),
        ({"groups": ["leadership"]}, ["agreement_group"]),
        ({"places_per_run": 1}, ["agreement_places"]),
        ({"groups": ["leadership"], "places_per_run": 1}, ["agreement_group", "agreement_places"]),
    ],
)
def test_what_no_agreement_allows_is_a_rule_a_caution_or_nothing(participant, run, settings, agreement, codes_):
    build_registration(run, build_person())
    if agreement is not None:
        build_agreement(participant.agency, **agreement)
    for setting, against, told in [("free", [], []), ("warn", [], codes_), ("refuse", codes_, [])]:
        settings.REGISTER_WITHOUT_AGREEMENT = setting
        assert codes(reasons_against(run, participant)) == against
        assert codes(cautions_about(run, participant)) == told


# --- courses one should have attended before ------------------------------------------------------


@pytest.fixture
def basics():
    return build_course("Grundlagen")


@pytest.fixture
def advanced(basics):
    """A run in thirty days for which the basics are required."""
    course = build_course("Aufbau")
    course.prerequisites.add(basics)
    return build_run(course, prerequisite_rule="binding")


@pytest.mark.parametrize(
    ("ends_before", "status", "codes_"),
    [
        (dt.timedelta(0), Status.CONFIRMED, []),
        (-MINUTE, Status.CONFIRMED, ["prerequisites"]),
        (dt.timedelta(days=5), Status.CONFIRMED, []),
        (dt.timedelta(days=5), Status.WAITLISTED, ["prerequisites"]),
        (dt.timedelta(days=5), Status.REQUESTED, ["prerequisites"]),
        (dt.timedelta(days=5), Status.CANCELLED, ["prerequisites"]),
    ],
)
def test_a_sure_place_before_the_start_meets_a_prerequisite(participant, basics, advanced, ends_before, status, codes_):
    end = advanced.starts_at - ends_before
    run = build_run(basics, sessions=[(end - dt.timedelta(hours=4), end)])
    build_registration(run, build_person())
    build_registration(run, participant, status)
    assert codes(reasons_against(advanced, participant)) == codes_


@pytest.mark.parametrize(
    ("attendance", "codes_"),
    [
        ("present", []),
        ("partial", []),
        ("absent", ["prerequisites"]),
        ("excused", ["prerequisites"]),
        (None, ["prerequisites"]),
    ],
)
def test_of_a_run_that_is_over_only_attendance_counts(participant, trainer, basics, advanced, attendance, codes_):
    run = build_run(basics, starts_at=in_days(-10))
    row, other = build_registration(run, participant), build_registration(run, build_person())
    record(other, "present", trainer)
    if attendance:
        record(row, attendance, trainer)
    assert codes(reasons_against(advanced, participant)) == codes_
    assert codes(reasons_against(advanced, participant, at=run.ends_at)) == codes_
    assert reasons_against(advanced, participant, at=run.ends_at - MINUTE) == []


def test_only_what_is_missing_is_named_and_what_is_advised_is_said_beforehand(participant, trainer, basics, advanced):
    advanced.course.prerequisites.add(build_course("Vielfalt"))
    record(build_registration(build_run(basics, starts_at=in_days(-10)), participant), "present", trainer)
    assert texts(reasons_against(advanced, participant)) == ["Vorausgesetzt wird: Vielfalt."]
    assert cautions_about(advanced, participant) == []
    advanced.prerequisite_rule = "advice"
    assert reasons_against(advanced, participant) == []
    assert texts(cautions_about(advanced, participant)) == ["Empfohlen ist, vorher teilzunehmen an: Vielfalt."]


# --- groups, agencies, invitations, dates ---------------------------------------------------------


@pytest.mark.parametrize(
    ("course_groups", "only_for", "refused"),
    [(["staff"], "", False), (["leadership"], "", True), ([], "", False), (["staff"], "leadership", True)],
)
def test_a_run_for_certain_groups_refuses_others_or_only_says_so(participant, course_groups, only_for, refused):
    run = build_run(build_course(groups=course_groups), only_for_group=only_for)
    expected = ["Diese Schulung richtet sich an: Führungskräfte. Angegeben ist: Mitarbeitende."] if refused else []
    assert texts(reasons_against(run, participant)) == expected
    assert cautions_about(run, participant) == []
    run.group_rule = "advice"
    assert reasons_against(run, participant) == []
    assert texts(cautions_about(run, participant)) == expected


def test_an_invitation_is_for_one_person_and_one_run(participant, other_participant, coordinator):
    run, other = (build_run(visibility="invitation") for _ in range(2))
    Invitation.objects.create(run=run, person=participant, invited_by=coordinator)
    assert codes(reasons_against(run, participant)) == []
    assert codes(reasons_against(run, other_participant)) == ["invitation"]
    assert codes(reasons_against(other, participant)) == ["invitation"]


def test_the_dates_are_named(participant):
    early = build_run(starts_at=berlin(2031, 6, 2, 9), registration_opens_on=dt.date(2031, 3, 10))
    late = build_run(starts_at=berlin(2031, 6, 2, 9), registration_closes_on=dt.date(2031, 3, 10))
    assert texts(reasons_against(early, participant)) == ["Die Anmeldung beginnt am Mo., 10. März 2031."]
    assert texts(reasons_against(late, participant, at=berlin(2031, 3, 11))) == [
        "Anmeldeschluss war am Mo., 10. März 2031. Bitte wenden Sie sich an die Koordination."
    ]


# --- what somebody has already --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.WAITLISTED, ["Für diesen Termin besteht bereits ein Platz auf der Warteliste."]),
        (Status.REQUESTED, ["Für diesen Termin besteht bereits eine Anmeldung."]),
        (Status.CONFIRMED, ["Für diesen Termin besteht bereits eine Anmeldung."]),
        (Status.CANCELLED, []),
    ],
)
def test_who_has_registered_hears_what_there_is(participant, coordinator, status, expected):
    run = build_run()
    build_registration(run, participant, status)
    assert texts(reasons_against(run, participant)) == expected
    assert texts(reasons_against(run, participant, by=coordinator, reason="doppelt")) == expected


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        (Status.CONFIRMED, True),
        (Status.REQUESTED, True),
        (Status.OFFERED, True),
        (Status.WAITLISTED, False),
        (Status.CANCELLED, False),
    ],
)
def test_one_place_in_a_course_is_enough_until_it_is_over(participant, status, refused):
    course = build_course()
    run, other = build_run(course), build_run(course, starts_at=berlin(2031, 3, 10, 9))
    row = build_registration(other, participant, status)
    text = "Für einen anderen Termin dieser Schulung besteht schon ein Platz: 10.03.2031."
    assert texts(reasons_against(run, participant)) == ([text] if refused else [])
    assert reasons_against(run, participant, gives_up=row) == []
    later = build_run(course, starts_at=berlin(2032, 3, 10, 9))
    assert texts(reasons_against(later, participant, at=other.ends_at - MINUTE)) == ([text] if refused else [])
    assert reasons_against(later, participant, at=other.ends_at) == []


def test_a_place_in_another_course_or_of_somebody_else_is_no_obstacle(participant):
    run = build_run()
    build_registration(build_run(), participant)
    build_registration(build_run(run.course), build_person())
    assert reasons_against(run, participant) == []


def test_giving_up_one_place_does_not_hide_another(participant):
    course = build_course()
    run, first, second = (build_run(course) for _ in range(3))
    row = build_registration(first, participant)
    build_registration(second, participant)
    assert codes(reasons_against(run, participant, gives_up=row)) == ["same_course"]


# --- who registers, and the supervisor ------------------------------------------------------------


def test_only_contacts_of_the_agency_and_the_coordination_register_others(
    participant, other_participant, agency_contact, coordinator
):
    run = build_run()
    colleague = build_person()
    assert codes(reasons_against(run, participant, by=agency_contact)) == []
    assert codes(reasons_against(run, other_participant, by=agency_contact)) == ["other_agency"]
    assert codes(reasons_against(run, participant, by=colleague)) == ["other_agency"]
    assert codes(reasons_against(run, other_participant, by=coordinator)) == []


@pytest.mark.parametrize("approval", ["none", "inform", "required"])
def test_who_must_name_a_supervisor(participant, agency_contact, coordinator, approval):
    run = build_run(approval=approval)
    person = build_person("okafor@frei.example")
    needed = [] if approval == "none" else ["supervisor"]
    passed_over = ["supervisor"] if approval == "required" else []
    assert codes(reasons_against(run, participant)) == needed
    assert codes(reasons_against(run, participant, supervisor_email=CHIEF)) == []
    assert codes(reasons_against(run, person)) == []
    assert codes(reasons_against(run, participant, by=agency_contact)) == []
    assert codes(reasons_against(run, participant, by=coordinator)) == passed_over
    assert codes(reasons_against(run, participant, by=coordinator, supervisor_email="x")) == ["supervisor"]


@pytest.mark.parametrize(
    ("email", "says"),
    [
        (" Chefin@MAYEN.example ", None),
        ("dezernent@post.example", None),
        ("frueher@post.example", "Diese Adresse gehört nicht zu Stadtverwaltung Mayen."),
        ("kollege@post.example", "Diese Adresse gehört nicht zu Stadtverwaltung Mayen."),
        ("koch@post.example", "Diese Adresse gehört nicht zu Stadtverwaltung Mayen."),
        ("chef@bendorf.example", "Diese Adresse gehört nicht zu Stadtverwaltung Mayen."),
        (" Yildiz@mayen.example", "Bitte geben Sie die Adresse Ihrer vorgesetzten Person an, nicht Ihre eigene."),
        ("chefin", "Bitte geben Sie eine gültige E-Mail-Adresse an."),
    ],
)
def test_a_supervisor_has_an_address_of_the_agency_or_speaks_for_it(participant, agency, other_agency, email, says):
    build_person("dezernent@post.example", agency=agency, role="agency_contact")
    build_person("frueher@post.example", agency=agency, role="agency_contact", is_active=False)
    build_person("kollege@post.example", agency=agency)
    build_person("koch@post.example", agency=other_agency, role="agency_contact")
    unfit = unfit_supervisor(participant, email)
    if says is None:
        assert unfit is None
    else:
        assert unfit.code == "supervisor"
        assert str(unfit).startswith(says)


def test_without_an_agency_nobody_can_check_the_address():
    unfit = unfit_supervisor(build_person("okafor@frei.example"), CHIEF)
    assert str(unfit) == "Ihre Behörde ist noch nicht geklärt. Bitte lassen Sie das Feld leer."


# --- what a coordinator's reason passes over ------------------------------------------------------


def test_a_reason_passes_over_every_rule_and_all_are_kept(participant, coordinator):
    run = build_run(
        build_course(groups=["leadership"]),
        visibility="invitation",
        registration_closes_on=in_days(-1).date(),
        prerequisite_rule="binding",
        approval="required",
    )
    run.course.prerequisites.add(build_course())
    build_registration(build_run(run.course), participant)
    every = ["closed", "invitation", "target_group", "prerequisites", "same_course", "supervisor"]
    assert codes(reasons_against(run, participant, by=coordinator)) == every
    assert codes(reasons_against(run, participant, by=coordinator, reason="  ")) == every
    assert reasons_against(run, participant, by=coordinator, reason="Anruf") == []
    at = timezone.now()
    assert overridden(run, participant, by=coordinator, reason="Anruf", at=at) == " ".join(every)
    assert overridden(run, participant, by=coordinator, reason=" ", at=at) == ""
    in_house = build_run(visibility="agencies", registration_opens_on=in_days(1).date())
    assert overridden(in_house, participant, by=coordinator, reason="Anruf", at=at) == "not_open agency"


def test_nobody_else_passes_over_a_rule_nor_a_coordinator_for_themselves(participant, agency_contact, coordinator):
    run = build_run(visibility="invitation")
    for person, by in [
        (participant, participant),
        (participant, agency_contact),
        (participant, None),
        (coordinator, coordinator),
    ]:
        assert codes(reasons_against(run, person, by=by, reason="weil")) == ["invitation"]


@pytest.mark.parametrize(
    ("fields", "person_fields", "code"),
    [
        ({"published_at": None}, {}, "draft"),
        ({"cancelled_at": in_days(0), "cancellation_reason": "krank"}, {}, "cancelled"),
        ({"starts_at": in_days(-1)}, {}, "started"),
        ({}, {"is_active": False}, "inactive"),
        ({}, {"profile_completed_at": None}, "profile"),
    ],
)
def test_nobody_passes_over_facts(coordinator, fields, person_fields, code):
    reasons = reasons_against(build_run(**fields), build_person(**person_fields), by=coordinator, reason="weil")
    assert codes(reasons) == [code]


# --- what is said beforehand ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "ends", "overlaps"),
    [
        (-4, 0, False),  # hours from the start of the run, which lasts 7 ½
        (-4, 0.1, True),
        (7.4, 9, True),
        (7.5, 9, False),
        (2, 3, True),
        (-1, 9, True),
    ],
)
def test_sessions_at_the_same_time_are_named(participant, starts, ends, overlaps):
    run = build_run()
    begin = run.starts_at
    other = build_run(
        build_course("Vielfalt"), sessions=[(begin + dt.timedelta(hours=starts), begin + dt.timedelta(hours=ends))]
    )
    build_registration(other, participant, Status.WAITLISTED)
    text = f"Zur gleichen Zeit sind Sie schon angemeldet: Vielfalt ({date_short(other.starts_at)})."
    assert texts(cautions_about(run, participant)) == ([text] if overlaps else [])


def test_what_is_not_at_the_same_time_in_fact_is_not_named(participant):
    run = build_run()
    build_registration(run, participant)
    build_registration(build_run(), participant, Status.CANCELLED)
    build_registration(build_run(), build_person())
    called_off = build_run()
    build_registration(called_off, participant)
    called_off.sessions.update(cancelled_at=timezone.now())
    given_up = build_registration(build_run(run.course), participant)
    assert cautions_about(run, participant, gives_up=given_up) == []
    assert codes(cautions_about(run, participant)) == ["overlap"]
    run.sessions.update(cancelled_at=timezone.now())
    assert cautions_about(run, participant) == []


def test_of_several_runs_at_the_same_time_the_first_is_named(participant):
    run = build_run()
    for title, hours in [("Zweite", 3), ("Erste", 1), ("Dritte", 4)]:
        start = run.starts_at + dt.timedelta(hours=hours)
        build_registration(
            build_run(build_course(title), sessions=[(start, start + dt.timedelta(hours=1))]), participant
        )
    assert [text.partition(" (")[0] for text in texts(cautions_about(run, participant))] == [
        "Zur gleichen Zeit sind Sie schon angemeldet: Erste"
    ]


def test_who_has_attended_the_course_hears_when_last(participant, trainer):
    course = build_course()
    run = build_run(course)
    days = [berlin(2025, 3, 10, 9), berlin(2026, 3, 10, 9), berlin(2026, 6, 10, 9), berlin(2024, 3, 11, 9)]
    past = [build_run(course, starts_at=day) for day in days]
    for old, status in zip(past, ["present", "partial", "absent", "present"], strict=True):
        record(build_registration(old, participant), status, trainer)
        record(build_registration(old, build_person()), "present", trainer)
    record(build_registration(build_run(starts_at=in_days(-3)), participant), "present", trainer)
    assert texts(cautions_about(run, participant)) == [
        "An dieser Schulung haben Sie schon teilgenommen, zuletzt am Di., 10. März 2026."
    ]
    assert cautions_about(build_run(), participant) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [("present", ["attended"]), ("partial", ["attended"]), ("excused", []), ("absent", [])],
)
def test_only_who_was_there_has_attended(participant, trainer, status, expected):
    run = build_run()
    record(build_registration(build_run(run.course, starts_at=in_days(-9)), participant), status, trainer)
    assert codes(cautions_about(run, participant)) == expected


# --- handing a place over -------------------------------------------------------------------------


def test_a_colleague_must_be_fit_for_the_place_but_dates_do_not_count(participant, agency):
    run = build_run(
        build_course(groups=["leadership"]),
        visibility="invitation",
        registration_closes_on=in_days(-1).date(),
        prerequisite_rule="binding",
        approval="required",
    )
    run.course.prerequisites.add(build_course())
    place = build_registration(run, participant)
    colleague = build_person("kern@mayen.example")
    build_registration(build_run(run.course), colleague)
    assert codes(reasons_to_keep(place, colleague)) == ["target_group", "prerequisites", "same_course"]
    in_house = build_registration(build_run(visibility="agencies"), participant)
    assert codes(reasons_to_keep(in_house, colleague)) == ["agency"]


def test_a_place_without_an_agency_is_not_handed_over():
    place = build_registration(build_run(), build_person("okafor@frei.example"))
    colleague = build_person("lind@frei.example")
    assert codes(reasons_to_keep(place, colleague)) == ["other_agency"]


@pytest.mark.parametrize(("status", "expected"), [("waitlisted", []), ("offered", ["already_registered"])])
def test_who_waits_for_the_run_may_take_the_place_over(participant, status, expected):
    run = build_run()
    colleague = build_person("kern@mayen.example")
    build_registration(run, colleague, status)
    assert codes(reasons_against(run, colleague, context=Context.TAKING_OVER)) == expected


# --- the table of reasons -------------------------------------------------------------------------


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(eligibility, "RULES", [*eligibility.RULES])


@pytest.mark.usefixtures("table")
def test_a_reason_against_registering_is_declared_in_one_place(participant, agency_contact, signed_in):
    @eligibility.declare(eligibility.Kind.RULE, Context.REGISTERING)
    def it_is_too_hot(case):
        return Reason("heat", "Es ist zu heiß.") if case.person == participant else None

    run = build_run()
    with pytest.raises(Refused) as refused:
        booking.register(run, participant, Act(participant))
    assert texts(refused.value.reasons) == ["Es ist zu heiß."]
    assert "Es ist zu heiß." in signed_in(participant).get(f"/termine/{run.pk}/anmelden/").text
    lines = [booking.line_of(1, participant), booking.line_of(2, agency_contact)]
    verdicts = booking.preview_list(run, lines, Act(agency_contact))
    assert [texts(verdict.reasons) for verdict in verdicts] == [["Es ist zu heiß."], []]


def test_a_reason_without_a_context_cannot_be_declared():
    with pytest.raises(ValueError, match="contexts"):
        eligibility.declare(eligibility.Kind.FACT)


def test_every_function_that_asks_about_a_case_is_declared():
    checks = {
        check
        for name, check in vars(eligibility).items()
        if inspect.isfunction(check)
        and not name.startswith("_")
        and inspect.get_annotations(check) == {"case": Case, "return": Reason | None}
    }
    assert checks == {rule.check for rule in eligibility.RULES}, "declare them with @declare"


def test_every_reason_is_tried_here():
    source = inspect.getsource(eligibility) + inspect.getsource(agreements)
    codes = set(re.findall(r'Reason\(\s*"(\w+)"', source))
    tried = set(re.findall(r"\w+", Path(__file__).read_text()))
    assert codes - tried == set(), "write a test of each in this file"
