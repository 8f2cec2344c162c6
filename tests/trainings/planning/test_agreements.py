"""Agreements with agencies: what an operation refuses and asks, what the history says, and which agencies need one."""

import datetime as dt
import hashlib
from dataclasses import replace

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Agency
from tests.builders import (
    BERLIN,
    build_agency,
    build_agreement,
    build_funding,
    build_person,
    build_registration,
    build_run,
    in_days,
    planner,
)
from trainings import booking, evidence_files, keeping, people, planning, virus_scanner
from trainings.acts import Act
from trainings.models import (
    Agreement,
    MasterDataEvent,
    Registration,
    agreement_of,
    agreements_of,
    covering,
    last_covering,
)
from trainings.planning import Unconfirmed
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\nScanned\n%%EOF\n"
VALUES = {
    "starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2027, 12, 31), "signed_by": "Erika Muster, Bürgermeisterin",
    "signed_on": dt.date(2025, 12, 1), "groups": ["staff"], "places_per_run": 4, "note": "Az. 11-3",
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_the_middle_of_2026():
    with time_machine.travel(dt.datetime(2026, 6, 15, 12, tzinfo=BERLIN), tick=False):
        yield


def save(agency, *, by=None, **values):
    return planning.save_agreement(Agreement(agency=agency), VALUES | values, by or planner())


def refused(operation, *args, **more) -> list[tuple[str, str]]:
    """Codes and fields; nothing is changed."""
    before = list(Agreement.objects.values()), MasterDataEvent.objects.count()
    with pytest.raises(Refused) as why:
        operation(*args, **more)
    assert (list(Agreement.objects.values()), MasterDataEvent.objects.count()) == before
    return [(reason.code, reason.field) for reason in why.value.reasons]


def said(agreement) -> list[tuple[str, str, str]]:
    _event, changes = planning.history_of_master_data(agreement)[0]
    return [(change.label, change.old, change.new) for change in changes]


# --- Saving -----------------------------------------------------------------------------------------


def test_the_history_says_who_when_and_from_what_to_what(agency, coordinator):
    agreement = save(agency, by=Act(coordinator))
    assert said(agreement) == [
        ("Behörde", "–", "Stadtverwaltung Mayen"),
        ("Gilt ab", "–", "01.01.2026"),
        ("Gilt bis", "–", "31.12.2027"),
        ("Unterschrieben von", "–", "Erika Muster, Bürgermeisterin"),
        ("Unterschrieben am", "–", "01.12.2025"),
        ("Gilt für", "–", "Mitarbeitende"),
        ("Plätze je Termin höchstens", "–", "4"),
        ("Anmerkung", "–", "Az. 11-3"),
    ]
    planning.save_agreement(agreement, {"places_per_run": None}, Act(coordinator, reason="Nachtrag"))
    event = MasterDataEvent.objects.order_by("pk").last()
    assert (event.of, event.key, event.actor, event.reason) == ("agreement", agreement.pk, coordinator, "Nachtrag")
    assert event.name == "Stadtverwaltung Mayen, 01.01.2026 – 31.12.2027"
    assert said(agreement) == [("Plätze je Termin höchstens", "4", "–")]


def test_only_coordinators_save_and_end(agency, agency_contact):
    assert refused(save, agency, by=Act(agency_contact)) == [("coordinator", "")]
    agreement = build_agreement(agency)
    act = Act(agency_contact, reason="gekündigt")
    assert refused(planning.end_agreement, agreement, dt.date(2026, 6, 30), act) == [("coordinator", "")]


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ({"ends_on": dt.date(2025, 12, 31)}, [("days", "ends_on")]),
        ({"signed_on": dt.date(2026, 6, 16)}, [("days", "signed_on")]),
        ({"signed_by": "  "}, [("invalid", "signed_by")]),
        ({"signed_on": None}, [("invalid", "signed_on")]),
        ({"places_per_run": 0}, [("invalid", "places_per_run")]),
        ({"groups": ["children"]}, [("group", "groups")]),
        ({"starts_on": None}, [("days", "starts_on")]),
        ({"ends_on": dt.date(9999, 12, 31)}, [("days", "ends_on")]),  # no calendar has the day after
        ({"starts_on": dt.date(2101, 1, 1), "ends_on": None}, [("days", "starts_on")]),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(agency, values, reasons):
    assert refused(save, agency, **values) == reasons


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        ((2026, 12, 31), (2028, 1, 1), "starts_on"),
        ((2020, 1, 1), (2026, 7, 1), "ends_on"),
        ((2020, 1, 1), None, "ends_on"),
        ((2026, 8, 1), (2026, 9, 1), "starts_on"),
        ((2027, 1, 1), None, ""),
        ((2026, 1, 1), (2026, 6, 30), ""),
    ],
)
def test_two_of_one_agency_do_not_overlap(agency, other_agency, starts, ends, field):
    build_agreement(agency, starts_on=dt.date(2026, 7, 1), ends_on=dt.date(2026, 12, 31))
    days = {"starts_on": dt.date(*starts), "ends_on": dt.date(*ends) if ends else None}
    days["signed_on"] = dt.date(2019, 12, 1)
    if field:
        assert refused(save, agency, **days) == [("overlap", field)]
    else:
        save(agency, **days)
    save(other_agency, **days)


def test_the_message_says_which_days_are_taken(agency):
    build_agreement(agency, starts_on=dt.date(2026, 7, 1))
    with pytest.raises(Refused, match=r"Ab dem 01\.07\.2026 gilt schon eine andere Vereinbarung dieser Behörde"):
        save(agency, ends_on=None)


def test_a_change_does_not_overlap_itself_but_others(agency):
    agreement = save(agency)
    planning.save_agreement(agreement, {"ends_on": dt.date(2028, 6, 30)}, planner())
    build_agreement(agency, starts_on=dt.date(2028, 7, 1))
    assert refused(planning.save_agreement, agreement, {"ends_on": None}, planner()) == [("overlap", "ends_on")]


def test_the_database_keeps_two_from_beginning_or_staying_open_together(agency, request):
    build_agreement(agency)
    other = {"signed_by": "X", "signed_on": dt.date(2026, 1, 1), "agency": agency}
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.create(starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 1, 2), **other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.create(starts_on=dt.date(2027, 1, 1), **other)
    if connection.vendor == "postgresql" and not request.config.getoption("nomigrations"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Agreement.objects.create(starts_on=dt.date(2027, 1, 1), ends_on=dt.date(2027, 1, 2), **other)


def test_all_groups_are_no_restriction(agency):
    agreement = save(agency, groups=["volunteers", "staff", "leadership"])
    assert (agreement.groups, agreement.is_for("staff")) == ([], True)
    assert save(build_agency("B", "b.example"), groups=["volunteers", "staff"]).groups == ["staff", "volunteers"]


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"starts_on": dt.date(2062, 1, 1), "ends_on": None}, "far_starts_on", "starts_on"),
        ({"ends_on": dt.date(2072, 1, 1)}, "far_ends_on", "ends_on"),
        ({"signed_on": dt.date(1205, 12, 1)}, "far_signed_on", "signed_on"),
        ({"signed_on": dt.date(2026, 2, 1)}, "signed_later", "signed_on"),
    ],
)
def test_what_is_doubtful_is_asked_and_kept_once_confirmed(agency, coordinator, values, code, field):
    with pytest.raises(Unconfirmed) as asked:
        save(agency, by=Act(coordinator), **values)
    assert [(reason.code, reason.field) for reason in asked.value.reasons] == [(code, field)]
    assert not Agreement.objects.exists()
    save(agency, by=Act(coordinator, overrides=code), **values)
    assert MasterDataEvent.objects.get().overrides == code


# --- The file ---------------------------------------------------------------------------------------


def test_the_file_is_kept_byte_for_byte_with_its_hash(agency):
    agreement = save(agency, file=PDF)
    agreement.refresh_from_db()
    assert bytes(agreement.content) == PDF
    assert (agreement.content_type, agreement.size) == ("application/pdf", len(PDF))
    assert agreement.sha256 == hashlib.sha256(PDF).hexdigest()
    assert said(agreement)[-1] == ("SHA-256 der Datei", "–", agreement.sha256)
    assert "Scanned" not in str(list(MasterDataEvent.objects.values_list("changes", flat=True)))


@pytest.mark.parametrize("content", [b"MZ\x90", b"%PDF-1.7 cut off", b"%PDF-1.7" + b"x" * evidence_files.MAX_BYTES])
def test_what_is_no_whole_pdf_or_picture_is_refused(agency, content):
    assert refused(save, agency, file=content) == [("unfit", "file")]


def test_what_the_scanner_finds_or_cannot_say_is_refused(agency, monkeypatch):
    monkeypatch.setattr(virus_scanner, "found_in", lambda content: "Eicar")
    assert refused(save, agency, file=PDF) == [("unfit", "file")]

    def silent(content):
        raise virus_scanner.NoAnswer("gone")

    monkeypatch.setattr(virus_scanner, "found_in", silent)
    assert refused(save, agency, file=PDF) == [("unfit", "file")]


def test_another_file_replaces_the_first_only_when_confirmed(agency, coordinator):
    agreement, other = save(agency, file=PDF), PDF.replace(b"Scanned", b"again!")
    planning.save_agreement(agreement, {"file": PDF}, Act(coordinator))  # the same one changes nothing
    assert refused(planning.save_agreement, agreement, {"file": other}, Act(coordinator)) == [("replaces_file", "file")]
    planning.save_agreement(agreement, {"file": other}, Act(coordinator, overrides="replaces_file"))
    [change] = said(agreement)
    assert change[1:] == (hashlib.sha256(PDF).hexdigest(), hashlib.sha256(other).hexdigest())


# --- Ending early -----------------------------------------------------------------------------------


def test_it_ends_early_with_a_reason(agency, coordinator):
    agreement, day = save(agency), dt.date(2026, 6, 30)
    assert refused(planning.end_agreement, agreement, day, Act(coordinator)) == [("no_reason", "reason")]
    act = Act(coordinator, reason="gekündigt")
    assert refused(planning.end_agreement, agreement, dt.date(2027, 12, 31), act) == [("no_earlier", "ends_on")]
    assert refused(planning.end_agreement, agreement, dt.date(2025, 12, 31), act) == [("days", "ends_on")]
    planning.end_agreement(agreement, day, act)
    assert agreement_of(agency, day) == agreement
    assert agreement_of(agency, day + dt.timedelta(days=1)) is None
    assert (said(agreement), MasterDataEvent.objects.last().reason) == (
        [("Gilt bis", "31.12.2027", "30.06.2026")],
        "gekündigt",
    )


def test_who_comes_after_the_end_is_named_before(agency, coordinator):
    agreement, act = save(agency), Act(coordinator, reason="gekündigt")
    covered, later = (build_run(starts_at=dt.datetime(2026, month, 10, 9, tzinfo=BERLIN)) for month in (7, 9))
    for run in (covered, later):
        build_registration(run, build_person())
    with pytest.raises(Unconfirmed, match=f"1 kommender Termin mit Angemeldeten .*: {later.number}"):
        planning.end_agreement(agreement, dt.date(2026, 7, 31), act)
    planning.end_agreement(agreement, dt.date(2026, 7, 31), replace(act, overrides="leaves_people"))
    assert Registration.objects.confirmed().count() == 2


def test_a_run_of_which_the_agency_only_holds_places_is_named_too(agency, agency_contact, coordinator):
    agreement, act = save(agency), Act(coordinator, reason="gekündigt")
    run = build_run(starts_at=dt.datetime(2026, 9, 10, 9, tzinfo=BERLIN))
    booking.hold_places(run, agency, 2, Act(agency_contact), name_by=dt.date(2026, 8, 20))
    with pytest.raises(Unconfirmed, match=f"1 kommender Termin mit .* gehaltenen Plätzen .*: {run.number}"):
        planning.end_agreement(agreement, dt.date(2026, 7, 31), act)
    with pytest.raises(Refused, match="gehaltene Plätze"):
        planning.remove(agreement, Act(coordinator))


@pytest.mark.parametrize(
    ("values", "field"),
    [({"ends_on": dt.date(2026, 4, 30)}, "ends_on"), ({"starts_on": dt.date(2026, 6, 1)}, "starts_on")],
)
def test_an_end_or_beginning_that_uncovers_what_was_held_is_asked_about(agency, coordinator, values, field):
    """What was covered on its day would be without an agreement in reports made from now on."""
    agreement = save(agency)
    run = build_run(starts_at=dt.datetime(2026, 5, 12, 9, tzinfo=BERLIN))
    build_registration(run, build_person())
    build_registration(build_run(starts_at=dt.datetime(2026, 5, 13, 9, tzinfo=BERLIN)), status="cancelled")
    with pytest.raises(Unconfirmed) as asked:
        planning.save_agreement(agreement, values, Act(coordinator))
    [reason] = asked.value.reasons
    assert (reason.code, reason.field) == ("leaves_past", field)
    assert str(reason).endswith(f"schon Personen geschickt hat, ohne Vereinbarung: {run.number}.")
    planning.save_agreement(agreement, values, Act(coordinator, overrides="leaves_past"))
    assert agreement_of(agency, dt.date(2026, 5, 12)) is None


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({"groups": ["leadership"]}, ["given_groups"]),
        ({"places_per_run": 2}, ["given_places_per_run"]),
        ({"groups": ["leadership"], "places_per_run": 1}, ["given_groups", "given_places_per_run"]),
        ({"groups": ["staff", "volunteers"], "places_per_run": 3}, []),
        ({"groups": [], "places_per_run": None}, []),
    ],
)
def test_what_it_allowed_and_is_given_already_is_asked_about(agency, agency_contact, coordinator, values, asked):
    """In a run to come: two people of the staff have places, and one is held."""
    agreement = save(agency)
    run, past = (build_run(starts_at=dt.datetime(2026, month, 10, 9, tzinfo=BERLIN)) for month in (9, 5))
    for one in (run, run, past):
        build_registration(one, build_person())
    booking.hold_places(run, agency, 1, Act(agency_contact), name_by=dt.date(2026, 8, 20))
    if asked:
        with pytest.raises(Unconfirmed, match=f"schon vergeben ist: {run.number}") as refused:
            planning.save_agreement(agreement, values, Act(coordinator))
        assert refused.value.codes == asked
    planning.save_agreement(agreement, values, Act(coordinator, overrides=" ".join(asked)))
    assert Registration.objects.confirmed().count() == 3


def test_of_many_runs_the_first_are_named_and_that_there_are_more(agency, coordinator):
    agreement = save(agency)
    runs = [build_run(starts_at=dt.datetime(2026, 9, day, 9, tzinfo=BERLIN)) for day in range(1, 12)]
    for run in runs:
        build_registration(run, build_person())
    with pytest.raises(Unconfirmed, match=rf"{runs[9].number} …\."):
        planning.save_agreement(agreement, {"ends_on": dt.date(2026, 7, 31)}, Act(coordinator))


def test_one_entered_by_mistake_is_deleted_as_long_as_nobody_came_under_it(agency, coordinator):
    agreement = save(agency)
    build_registration(build_run(starts_at=dt.datetime(2025, 12, 31, 9, tzinfo=BERLIN)), build_person())
    assert planning.hangs_on(agreement) == []
    sent = build_registration(build_run(starts_at=dt.datetime(2026, 7, 1, 9, tzinfo=BERLIN)), build_person())
    assert refused(planning.remove, agreement, Act(coordinator)) == [("in_use", "")]
    Registration.objects.filter(pk=sent.pk).delete()
    planning.remove(agreement, Act(coordinator))
    assert not Agreement.objects.exists()
    assert MasterDataEvent.objects.last().what == "deleted"


def test_an_agency_with_an_agreement_is_not_deleted_and_keeps_it_under_a_new_name(agency, coordinator):
    agreement = build_agreement(agency)
    with pytest.raises(Refused, match="Vereinbarungen"):
        planning.remove(agency, Act(coordinator))
    planning.save_agency(agency, {"name": "Stadt Mayen"}, Act(coordinator))
    assert agreement_of(Agency.objects.get(name="Stadt Mayen"), timezone.localdate()) == agreement


# --- Looking up -------------------------------------------------------------------------------------


def test_one_question_for_many_agencies_and_every_day(agency, other_agency, django_assert_num_queries):
    nobody = build_agency("Nirgends", "nirgends.example")
    first = build_agreement(agency, starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 12, 31))
    second = build_agreement(agency, starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 6, 30))
    after_a_gap = build_agreement(agency, starts_on=dt.date(2026, 7, 2))
    other = build_agreement(other_agency)
    with django_assert_num_queries(1):
        found = agreements_of([agency, other_agency, nobody])
    assert found == {agency.pk: [first, second, after_a_gap], other_agency.pk: [other], nobody.pk: []}
    with django_assert_num_queries(0):
        assert covering(found[agency.pk], dt.date(2026, 6, 30)) == second
        assert covering(found[agency.pk], dt.date(2026, 7, 1)) is None
        assert last_covering(found[agency.pk], dt.date(2025, 5, 1)) == second
        assert last_covering(found[agency.pk], dt.date(2027, 5, 1)) == after_a_gap
        assert last_covering([], dt.date(2027, 5, 1)) is None
        assert second.agency == agency
    period = Agreement.objects.within(dt.date(2025, 12, 31), dt.date(2026, 1, 1))
    assert set(period) == {first, second, other}
    assert set(Agreement.objects.on(dt.date(2026, 1, 1))) == {second, other}


# --- What the desk asks for -------------------------------------------------------------------------


def to_do():
    return [(one.agency, one.agreement) for one in planning.agreements_to_do()]


def test_a_county_without_agreements_sees_nothing(agency, settings):
    build_registration(build_run(), build_person())
    assert to_do() == []
    settings.REGISTER_WITHOUT_AGREEMENT = "warn"
    assert to_do() == [(agency, None)]


@pytest.mark.parametrize(("days", "is_told"), [(0, True), (60, True), (61, False), (-1, False), (None, False)])
def test_an_end_is_told_sixty_days_before(agency, days, is_told):
    end = None if days is None else timezone.localdate() + dt.timedelta(days=days)
    agreement = build_agreement(agency, ends_on=end)
    assert to_do() == ([(agency, agreement)] if is_told else [])


@pytest.mark.parametrize(("gap", "is_told"), [(1, False), (2, True)])
def test_not_where_another_follows_on_the_next_day(agency, gap, is_told):
    end = timezone.localdate() + dt.timedelta(days=10)
    ending = build_agreement(agency, ends_on=end)
    build_agreement(agency, starts_on=end + dt.timedelta(days=gap))
    assert to_do() == ([(agency, ending)] if is_told else [])


def test_agencies_that_send_people_without_one(agency, other_agency):
    to_come, lately, covered, long_ago, waits = (
        build_agency(name, f"{name.lower()}.example") for name in ("Amt", "Bund", "Chor", "Dorf", "Eifel")
    )
    build_agreement(agency)
    build_registration(build_run(), build_person(agency=agency))
    build_agreement(covered, starts_on=dt.date(2026, 6, 1))  # since people came
    for sender, days in ((to_come, 30), (lately, -360), (covered, -60), (long_ago, -370), (other_agency, 90)):
        build_registration(build_run(starts_at=in_days(days)), build_person(agency=sender), agency=sender)
    build_registration(build_run(), build_person(agency=waits), "waitlisted", agency=waits)
    build_agreement(other_agency, ends_on=timezone.localdate() + dt.timedelta(days=80))
    assert to_do() == [(to_come, None), (lately, None), (other_agency, None)]


def test_so_are_agencies_that_only_hold_places(agency, agency_contact, other_agency):
    build_agreement(other_agency)  # the county uses agreements
    run = build_run(starts_at=in_days(40))
    [held] = booking.hold_places(run, agency, 1, Act(agency_contact), name_by=in_days(20).date())
    assert to_do() == [(agency, None)]
    booking.give_back_held_place(held, Act(agency_contact))
    assert to_do() == []


def test_the_desk_asks_no_more_for_many_agencies(agency, django_assert_num_queries):
    build_agreement(agency)
    for number in range(5):
        one = build_agency(f"Amt {number}", f"amt{number}.example")
        build_registration(build_run(), build_person(agency=one), agency=one)
    with django_assert_num_queries(5):
        assert len(to_do()) == 5


# --- The end ----------------------------------------------------------------------------------------


def emptied(agreement):
    agreement.refresh_from_db()
    return (agreement.content, agreement.content_type, agreement.signed_by, agreement.note) == (None, "", "", "")


def at(year, month, day):
    return dt.datetime(year, month, day, 3, tzinfo=BERLIN)


def test_what_is_said_of_people_goes_when_nothing_under_it_is_evidence(agency):
    build_funding(
        starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 12, 31), keep_evidence_until=dt.date(2031, 12, 31)
    )
    later = build_funding(
        starts_on=dt.date(2027, 1, 1), ends_on=dt.date(2027, 12, 31), keep_evidence_until=dt.date(2034, 12, 31)
    )
    agreement = save(agency, ends_on=dt.date(2026, 12, 31), file=PDF)
    run = build_run(starts_at=dt.datetime(2026, 7, 1, 9, tzinfo=BERLIN), funding=later)
    build_registration(run, build_person())
    assert list(keeping.agreements_over(at(2032, 1, 1))) == []  # the run is still evidence
    people.clean_up(at(2034, 12, 31))
    assert not emptied(agreement)
    people.clean_up(at(2035, 1, 1))
    assert emptied(agreement)
    assert agreement.sha256 == hashlib.sha256(PDF).hexdigest()
    assert "Muster" not in str(list(MasterDataEvent.objects.filter(of="agreement").values_list("changes", flat=True)))


def test_one_under_which_nobody_came_is_kept_by_the_grant_of_its_last_day_or_for_ten_years(agency, other_agency):
    build_funding(
        starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 12, 31), keep_evidence_until=dt.date(2031, 12, 31)
    )
    by_grant = build_agreement(agency, ends_on=dt.date(2026, 8, 31))
    without = build_agreement(other_agency, starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 12, 31))
    assert list(keeping.agreements_over(at(2031, 12, 31))) == []
    assert list(keeping.agreements_over(at(2032, 1, 1))) == [by_grant]
    assert set(keeping.agreements_over(at(2036, 1, 2))) == {by_grant, without}


def test_one_without_an_end_stays(agency):
    build_agreement(agency)
    assert list(keeping.agreements_over(at(2090, 1, 1))) == []
