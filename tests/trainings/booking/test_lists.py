"""Lists of people: how lines are read, what becomes of each, and that the preview says what then happens."""

import datetime as dt
import random

import pytest
from django.utils import timezone

from accounts.models import User
from tests.builders import build_course, build_person, build_registration, build_run, in_days
from tests.cases import one_in
from trainings import booking
from trainings.acts import Act
from trainings.booking import Line, as_text, preview_list, read_lines, read_rows, register_list
from trainings.models import Contingent, Message, Registration, RegistrationEvent

pytestmark = pytest.mark.django_db


def outcomes(verdicts):
    """Per line: the status with the position, or the codes of the reasons."""
    return [
        f"{verdict.status.value}{verdict.position or ''}"
        if verdict.status
        else " ".join(reason.code for reason in verdict.reasons)
        for verdict in verdicts
    ]


def colleagues(number):
    return [build_person() for _ in range(number)]


def lines_of(people):
    return [booking.line_of(number, person) for number, person in enumerate(people, 1)]


# --- Reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Haddad\tNoor\tnoor@mayen.example\tMitarbeitende",
        "Haddad;Noor;noor@mayen.example;Mitarbeitende",
        "Haddad, Noor, noor@mayen.example, Mitarbeitende",
        '"Haddad, Noor",NOOR@mayen.example,Mitarbeitende',
        "Haddad, Noor;noor@mayen.example;Mitarbeitende",
        "Noor Haddad; noor@mayen.example; Mitarbeitende",
        "\u200fNoor Haddad\u202c; \u200enoor@mayen.example; Mitarbeitende",
        "noor@mayen.example\tHaddad\tNoor\tMitarbeitende",
        "Haddad\tNoor\tMitarbeitende\tnoor@mayen.example",
        "Haddad, Noor <noor@mayen.example>, Mitarbeitende",
        "„Noor“ Haddad".replace("„", "").replace("“", "") + ";mailto:noor@mayen.example;Mitarbeitende",
    ],
)
def test_a_line_is_read_however_it_was_copied(text):
    assert read_lines(text) == [Line(1, "noor@mayen.example", "Haddad", "Noor", "Mitarbeitende")]


def test_headings_say_which_column_is_which():
    text = (
        "Gruppe;E-Mail-Adresse;Vorname;Name\nFührungskräfte;noor@mayen.example;Noor;Haddad\n\n;;;\n;eli@mayen.example"
    )
    assert read_lines(text) == [
        Line(2, "noor@mayen.example", "Haddad", "Noor", "Führungskräfte"),
        Line(5, "eli@mayen.example"),
    ]


@pytest.mark.parametrize(
    ("name", "last", "first"),
    [
        ("Anna von der Heide", "von der Heide", "Anna"),
        ("Suharto", "Suharto", ""),
        ("Ana Maria Lopez", "Lopez", "Ana Maria"),
    ],
)
def test_a_name_in_one_cell_is_taken_apart(name, last, first):
    assert read_lines(f"{name};a@mayen.example") == [Line(1, "a@mayen.example", last, first)]


def test_what_is_carried_along_reads_back_as_it_was():
    lines = read_rows(
        [["Nachname", "Vorname", "E-Mail", "Gruppe", "Behörde"], ["von, „Q“", "N;o", "n@a.example", "x", "V"]]
    )
    assert [(line.last_name, line.first_name) for line in lines] == [("von, „Q", "N;o")]
    assert booking.read_back(as_text(lines)) == lines


def test_two_hundred_lines_and_no_more():
    line = "Haddad;Noor;noor@mayen.example\n"
    assert len(read_lines("Name;Vorname;E-Mail\n" + line * 200)) == 200
    with pytest.raises(booking.TooManyLines):
        read_lines(line * 201)


# --- Verdicts, and what then happens ----------------------------------------------------------------


def test_each_line_hears_what_becomes_of_it_and_nothing_is_kept(agency_contact, other_participant):
    run = build_run(build_course(groups=["staff"]), capacity=2)
    known, boss, inactive = (
        build_person("noor@mayen.example"),
        build_person("boss@mayen.example", group="leadership"),
        build_person("weg@mayen.example", is_active=False),
    )
    text = "\n".join(
        [
            known.email,
            "Neu;Eli;eli@mayen.example;Mitarbeiter",
            "Neu;Ada;ada@mayen.example;Mitarbeitende",
            known.email,
            boss.email,
            inactive.email,
            "kein Name und keine Adresse",
            "Weber;Jan;weber@bendorf.example",
            "Fremd;Udo;udo@bendorf.example;Mitarbeitende",
            "Ohne;Gruppe;gruppe@mayen.example",
            "Falsche;Gruppe;falsch@mayen.example;Beamte",
            "namenlos@mayen.example",
        ]
    )
    before = User.objects.count()
    verdicts = preview_list(run, read_lines(text), Act(agency_contact))
    assert outcomes(verdicts) == [
        "confirmed",
        "confirmed",
        "waitlisted1",
        "double",
        "target_group",
        "inactive",
        "email",
        "other_agency",
        "other_agency",
        "group",
        "group",
        "name group",
    ]
    assert [verdict.is_new for verdict in verdicts[:3]] == [False, True, True]
    assert str(verdicts[3].reasons[0]) == "Diese E-Mail-Adresse steht schon in Zeile 1."
    assert verdicts[7].reasons == verdicts[8].reasons  # who has an account elsewhere stays unsaid
    assert verdicts[7].name == "Weber, Jan"
    assert (User.objects.count(), Registration.objects.count(), Message.objects.count()) == (before, 0, 0)


def test_registering_gives_what_the_preview_said(agency_contact):
    run = build_run(capacity=2)
    lines = read_lines(
        "Neu;Eli;eli@mayen.example;Ehrenamt\nNeu;Ada;ada@mayen.example;staff\nNeu;Ida;ida@mayen.example;staff"
    )
    said = outcomes(preview_list(run, lines, Act(agency_contact)))
    assert outcomes(register_list(run, lines, Act(agency_contact))) == said == ["confirmed", "confirmed", "waitlisted1"]
    rows = Registration.objects.order_by("pk")
    assert [(row.person.full_name, row.person.group, row.source, row.agency) for row in rows] == [
        ("Eli Neu", "volunteers", "agency", agency_contact.agency),
        ("Ada Neu", "staff", "agency", agency_contact.agency),
        ("Ida Neu", "staff", "agency", agency_contact.agency),
    ]
    assert {row.events.get().channel for row in rows} == {"web"}
    assert outcomes(register_list(run, lines, Act(agency_contact))) == ["already_registered"] * 3


@pytest.mark.parametrize("seed", one_in(6, range(12)))
def test_whatever_the_run_and_the_list_the_preview_says_what_then_happens(agency_contact, other_agency, seed):
    dice = random.Random(seed)  # noqa: S311  the same lists every time
    course = build_course(groups=["staff"])
    run = build_run(
        course,
        capacity=dice.choice([1, 3, 6]),
        starts_at=in_days(dice.choice([30, 5, 1]), 23),
        approval=dice.choice(["none", "required"]),
        fairness=dice.choice(["time", "agencies"]),
        registration_closes_on=dice.choice([None, None, in_days(-1).date()]),
    )
    for agency in (agency_contact.agency, other_agency):
        if dice.random() < 0.5:
            day = timezone.localdate() + dt.timedelta(days=dice.choice([0, 40]))
            Contingent.objects.create(
                run=run, agency=agency, reserved=1, maximum=dice.choice([None, 2]), release_on=day
            )
    for status in dice.sample(["confirmed", "confirmed", "waitlisted", "requested", "offered"], 3):
        person = build_person(f"{status}{dice.random()}@{dice.choice(['mayen', 'bendorf'])}.example")
        build_registration(run, person, status)
    registered = build_registration(run, build_person(), dice.choice(["confirmed", "waitlisted"])).person
    waiting_elsewhere = build_registration(build_run(course, capacity=1), status="waitlisted").person
    lines = lines_of([*colleagues(3), registered, waiting_elsewhere, build_person(group="leadership")])
    lines += read_lines(
        "Neu;Eli;eli@mayen.example;staff\nNeu;Ada;ada@mayen.example;x\nUdo;Udo;udo@bendorf.example;staff"
    )
    lines.append(lines[0])
    dice.shuffle(lines)
    before = everything()
    said = preview_list(run, lines, Act(agency_contact))
    assert everything() == before
    assert register_list(run, lines, Act(agency_contact)) == said
    assert {"double", "already_registered"} & set(outcomes(said))


def everything():
    """The rows a list may change or add."""
    return [list(model.objects.order_by("pk").values()) for model in (User, Registration, RegistrationEvent, Message)]


@pytest.mark.parametrize(("days", "kept"), [(30, "confirmed"), (5, "offered"), (1, "waitlisted2")])
def test_a_place_kept_for_the_agency_goes_to_them_also_past_the_queue(agency_contact, other_agency, days, kept):
    run = build_run(capacity=2, starts_at=in_days(days, 23))
    build_registration(run)
    Contingent.objects.create(
        run=run, agency=agency_contact.agency, reserved=2, release_on=timezone.localdate() + dt.timedelta(days=60)
    )
    build_registration(run, build_person("x@bendorf.example"), status="waitlisted")
    lines = lines_of(colleagues(2))
    said = outcomes(preview_list(run, lines, Act(agency_contact)))
    assert said[0] == kept
    assert outcomes(register_list(run, lines, Act(agency_contact))) == said


def test_the_maximum_of_an_agency_holds_within_a_list(agency_contact):
    run = build_run(capacity=5)
    day = timezone.localdate() + dt.timedelta(days=20)
    Contingent.objects.create(run=run, agency=agency_contact.agency, reserved=0, maximum=1, release_on=day)
    lines = lines_of(colleagues(3))
    said = outcomes(preview_list(run, lines, Act(agency_contact)))
    assert (
        outcomes(register_list(run, lines, Act(agency_contact))) == said == ["confirmed", "waitlisted1", "waitlisted2"]
    )


@pytest.mark.parametrize(("reason", "status"), [("", "supervisor"), ("mit allen besprochen", "confirmed")])
def test_the_contact_approves_by_registering_others_with_a_reason(agency_contact, coordinator, reason, status):
    run = build_run(approval="required")
    first, second = lines_of(colleagues(2))
    assert outcomes(preview_list(run, [first], Act(agency_contact))) == ["confirmed"]
    assert outcomes(register_list(run, [first], Act(agency_contact))) == ["confirmed"]
    assert outcomes(preview_list(run, [second], Act(coordinator, reason=reason))) == [status]
    assert outcomes(register_list(run, [second], Act(coordinator, reason=reason))) == [status]


def test_the_coordination_lists_anybody_and_passes_over_rules_with_a_reason(coordinator, other_participant):
    run = build_run(visibility="invitation")
    lines = read_lines("weber@bendorf.example\nHaddad;Noor;noor@verein.example;Ehrenamtliche")
    assert outcomes(register_list(run, lines, Act(coordinator))) == ["invitation", "invitation"]
    assert not User.objects.filter(email="noor@verein.example").exists()
    assert outcomes(register_list(run, lines, Act(coordinator, reason="eingeladen"))) == ["confirmed", "confirmed"]
    row = Registration.objects.get(person=other_participant)
    event = row.events.get()
    assert (row.source, event.channel, event.reason, event.overrides) == (
        "import",
        "import",
        "eingeladen",
        "invitation",
    )


def test_an_account_that_was_begun_is_completed(agency_contact):
    begun = build_person("eli@mayen.example", "", " ", profile_completed_at=None, group="")
    lines = read_lines("Neu;Eli;eli@mayen.example;Mitarbeitende")
    assert outcomes(register_list(build_run(), lines, Act(agency_contact))) == ["confirmed"]
    begun.refresh_from_db()
    assert (begun.full_name, begun.has_completed_profile) == ("Eli Neu", True)
