"""Courses, venues, grants and agencies: one operation each, what it refuses, what it asks, what its history says."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Agency, User
from certificates import issuing
from tests.builders import (
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
from trainings import attendance, mails, planning
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import Course, Funding, HeldPlace, MasterDataEvent, Message, Venue
from trainings.planning import Unconfirmed
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

COURSE = {"number": 41, "title": "Gespräche führen", "level": "basic", "teaching_units": 4}
GRANT = {
    "fund": "AMIF", "project_title": "Vielfalt", "grant_number": "AM-1", "beneficiary": "Landkreis",
    "starts_on": dt.date(2030, 1, 1), "ends_on": dt.date(2032, 12, 31), "keep_evidence_until": dt.date(2038, 12, 31),
}  # fmt: skip


def refused(operation, row, values, act: Act | None = None) -> list[tuple[str, str]]:
    """Codes and fields; nothing is changed."""
    before = list(type(row).objects.values()), MasterDataEvent.objects.count()
    with pytest.raises(Refused) as why:
        operation(row, values, act or planner())
    assert (list(type(row).objects.values()), MasterDataEvent.objects.count()) == before
    return [(reason.code, reason.field) for reason in why.value.reasons]


def said(row) -> list[tuple[str, str, str]]:
    """The latest entry of the row's history, in words."""
    _event, changes = planning.history_of_master_data(row)[0]
    return [(change.label, change.old, change.new) for change in changes]


# --- Each of them -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("save", "model", "values", "change", "words"),
    [
        (planning.save_course, Course, COURSE, {"title": "Reden"}, [("Titel", "Gespräche führen", "Reden")]),
        (planning.save_venue, Venue, {"name": "Haus", "town": "Mayen"}, {"phone": "1"}, [("Telefon", "–", "1")]),
        (
            planning.save_funding,
            Funding,
            GRANT,
            {"ends_on": dt.date(2033, 1, 1)},
            [("Ende der Förderung", "31.12.2032", "01.01.2033")],
        ),
        (
            planning.save_agency,
            Agency,
            {"name": "Amt", "short_name": "A", "kind": "other"},
            {"kind": "church", "mail_domains": ["amt.example"]},
            [("Art", "Sonstige", "Kirche"), ("E-Mail-Domains", "–", "amt.example")],
        ),
    ],
)
def test_history_says_who_what_when_and_why(coordinator, save, model, values, change, words):
    row = save(model(), values, Act(coordinator))
    save(row, change, Act(coordinator, reason="Beschluss"))
    save(row, change, Act(coordinator))  # changes nothing
    events = MasterDataEvent.objects.order_by("pk")
    assert [(event.what, event.actor, event.reason, event.key) for event in events] == [
        ("created", coordinator, "", row.pk),
        ("changed", coordinator, "Beschluss", row.pk),
    ]
    assert said(row) == words


@pytest.mark.parametrize("save", [planning.save_course, planning.save_venue, planning.save_funding])
def test_only_coordinators_change_them(trainer, save):
    row = {
        planning.save_course: build_course, planning.save_venue: build_venue, planning.save_funding: build_funding,
    }[save]()  # fmt: skip
    assert refused(save, row, {}, Act(trainer)) == [("coordinator", "")]
    with pytest.raises(Refused):
        planning.remove(row, Act(trainer))


def test_only_what_was_said_is_written(coordinator):
    """The row a page has loaded may be stale: another field has been changed since."""
    stale = build_venue("Haus", phone="1")
    planning.save_venue(stale, {"phone": "2"}, Act(coordinator))
    planning.save_venue(stale, {"directions": "Linie 3"}, Act(coordinator))
    stale.refresh_from_db()
    assert (stale.phone, stale.directions) == ("2", "Linie 3")


def test_what_hangs_on_something_keeps_it(run, agency, participant):
    venue, funding = build_venue(), build_funding()
    run = build_run(venue=venue, funding=funding)
    basis = build_course()
    build_course().prerequisites.add(basis)
    for row, found in [
        (venue, "Termine"), (funding, "Termine"), (run.course, "Termine"), (basis, "Schulungen"), (agency, "Personen"),
    ]:  # fmt: skip
        with pytest.raises(Refused) as why:
            planning.remove(row, planner())
        assert [reason.code for reason in why.value.reasons] == ["in_use"]
        assert found in str(why.value)


def test_what_nothing_hangs_on_is_deleted_and_its_history_stays():
    course, agency = build_course("Leer"), build_agency("Amt", "amt.example")
    for row in (course, agency):
        planning.remove(row, planner())
    assert list(MasterDataEvent.objects.values_list("of", "name", "what")) == [
        ("course", "Leer", "deleted"),
        ("agency", "Amt", "deleted"),
    ]
    assert (Course.objects.count(), Agency.objects.count()) == (0, 0)


# --- Courses ----------------------------------------------------------------------------------------


def test_a_course_gets_an_address_from_its_title_and_keeps_it_once_public():
    course = planning.save_course(Course(), {**COURSE, "title": "Größe & Maß"}, planner())
    assert course.slug == "groesse-mass"
    assert planning.save_course(Course(), {**COURSE, "title": "Größe & Maß", "number": 42}, planner()).slug == (
        "groesse-mass-42"
    )
    course = planning.save_course(course, {"slug": "anders"}, planner())
    course = planning.save_course(course, {"published": True, "title": "Neu"}, planner())
    assert (course.slug, course.is_published) == ("anders", True)
    assert refused(planning.save_course, course, {"slug": "wieder-anders"}) == [("slug", "slug")]


def test_groups_and_prerequisites_stand_in_the_history(coordinator):
    basis = build_course("Grundlagen")
    course = build_course(groups=["staff"])
    planning.save_course(course, {"target_groups": ["leadership"], "prerequisites": [basis]}, Act(coordinator))
    assert sorted(said(course)) == [
        ("Zielgruppen", "Mitarbeitende", "Führungskräfte"),
        ("vorausgesetzte Schulungen", "–", "Grundlagen"),
    ]
    assert (course.target_groups, list(course.prerequisites.all())) == (["leadership"], [basis])


def test_no_course_requires_itself_by_whatever_detour():
    first, second, third = (build_course() for _number in range(3))
    planning.save_course(second, {"prerequisites": [first]}, planner())
    planning.save_course(third, {"prerequisites": [second]}, planner())
    assert refused(planning.save_course, first, {"prerequisites": [third]}) == [("circle", "prerequisites")]
    assert refused(planning.save_course, first, {"prerequisites": [first]}) == [("circle", "prerequisites")]
    assert list(first.prerequisites.all()) == []


def test_a_course_is_withdrawn_only_without_public_runs_to_come():
    course = build_run(starts_at=in_days(-9)).course
    coming = build_run(course)
    assert refused(planning.save_course, course, {"published": False}) == [("has_runs", "published")]
    planning.withdraw(coming, planner())
    assert planning.save_course(course, {"published": False}, planner()).published_at is None


def test_publishing_a_run_publishes_its_course_and_both_histories_say_so():
    run = build_run(build_course(published_at=None), published_at=None)
    planning.publish(run, planner())
    run.course.refresh_from_db()
    assert run.course.is_published
    assert [label for label, _old, _new in said(run.course)] == ["veröffentlicht am"]


def test_two_courses_cannot_have_one_number():
    build_course(number=41)
    assert refused(planning.save_course, Course(), COURSE) == [("invalid", "number")]


# --- Venues -----------------------------------------------------------------------------------------


def test_a_new_address_is_told_once_to_everybody_who_comes_in_whichever_run(trainer):
    venue = build_venue("Alt", street="Markt 1")
    runs = [build_run(venue=venue, trainers=[trainer]) for _number in range(2)]
    past = build_run(venue=venue, starts_at=in_days(-3))
    elsewhere = build_run(venue=build_venue())
    for run in [*runs, past, elsewhere]:
        build_registration(run)
    act = planner()
    follows, touched = planning.consequences_for(
        venue.runs.all(), lambda act: planning.save_venue(venue, {"street": "Markt 2"}, act), act
    )
    assert (follows.mails, touched) == ([("Termin geändert", 4)], 2)
    assert [(one.label, one.old, one.new) for one in follows.changes] == [
        ("Straße und Hausnummer", "Markt 1", "Markt 2")
    ]
    assert (Message.objects.count(), MasterDataEvent.objects.count()) == (0, 0)  # nothing was done yet
    planning.save_venue(venue, {"street": "Markt 2"}, act)
    assert Message.objects.count() == 4
    assert [only_session(run).sequence for run in [*runs, past, elsewhere]] == [1, 1, 0, 0]
    assert [run.events.count() for run in [*runs, past, elsewhere]] == [1, 1, 0, 0]


def test_other_fields_of_a_venue_are_told_to_nobody():
    venue = build_venue()
    build_registration(build_run(venue=venue))
    planning.save_venue(venue, {"phone": "02651 1", "directions": "Linie 3"}, planner())
    assert Message.objects.count() == 0


# --- Grants -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_on": dt.date(2019, 1, 1)}, "ends_on"),
        ({"starts_on": dt.date(2039, 12, 31), "ends_on": dt.date(2039, 12, 30)}, "ends_on"),
        ({"keep_evidence_until": dt.date(2039, 12, 30)}, "keep_evidence_until"),
    ],
)
def test_days_of_a_grant_are_in_order(values, field):
    assert refused(planning.save_funding, build_funding(), values) == [("days", field)]


def test_a_grant_that_leaves_runs_or_their_evidence_behind_asks_first(coordinator):
    funding = build_funding()
    build_run(number="R-1", funding=funding)
    build_run(number="R-2", funding=funding, starts_at=in_days(-30))
    today = timezone.localdate()
    values = {"ends_on": today, "keep_evidence_until": today + dt.timedelta(days=365)}
    with pytest.raises(Unconfirmed) as asked:
        planning.save_funding(funding, values, Act(coordinator))
    period, evidence = asked.value.reasons
    assert (period.code, period.text) == (
        "funding_period", "Danach liegt 1 Termin nicht mehr in der Förderung: R-1."
    )  # fmt: skip
    assert evidence.code == "evidence"
    assert evidence.text.startswith("Nachweise von 2 Terminen werden schon nach dem ")
    saved = planning.save_funding(funding, values, Act(coordinator, overrides="funding_period evidence"))
    assert saved.ends_on == today
    assert MasterDataEvent.objects.get().overrides == "funding_period evidence"
    planning.save_funding(funding, {"fund": "ESF"}, Act(coordinator))  # what was so before is not asked again


def test_the_last_day_of_a_grant_belongs_to_it():
    funding = build_funding()
    build_run(funding=funding, starts_at=in_days(20))
    day = timezone.localdate(in_days(20))
    planning.save_funding(funding, {"ends_on": day}, Act(build_person(role="coordinator")))
    assert not planning.runs_outside(Funding.objects.get()).exists()


def test_issued_certificates_keep_what_they_say_and_the_preview_says_that(run, trainer, coordinator):
    run = build_run(starts_at=in_days(-3), trainers=[trainer], funding=build_funding())
    registration = build_registration(run)
    attendance.record(only_session(run), {registration.pk: Mark("present")}, Act(trainer))
    issuing.issue(run, Act(coordinator))

    def remarks(**values) -> list[str]:
        follows, _touched = planning.consequences_for(
            run.funding.runs.all(), lambda act: planning.save_funding(run.funding, values, act), Act(coordinator)
        )
        return follows.remarks

    text = "1 ausgestellte Bescheinigung zeigt weiter, was bei ihrer Ausstellung galt."
    assert remarks(project_title="Anders") == [text]
    assert remarks(ends_on=dt.date(2040, 1, 1), keep_evidence_until=dt.date(2046, 1, 1)) == []
    assert planning.remarks_on(run.funding.runs.all()) == [text]


# --- Agencies ---------------------------------------------------------------------------------------


def test_domains_are_read_kept_and_taken_away(agency):
    planning.save_agency(agency, {"mail_domains": ["@Stadt-Mayen.example", "mayen.example"]}, planner())
    kept = agency.mail_domains.get(domain="mayen.example").pk
    planning.save_agency(agency, {"mail_domains": ["mayen.example"]}, planner())
    assert list(agency.mail_domains.values_list("pk", "domain")) == [(kept, "mayen.example")]


def test_a_domain_belongs_to_one_agency_and_looks_like_one(agency, other_agency):
    assert refused(planning.save_agency, agency, {"mail_domains": ["bendorf.example"]}) == [
        ("domain_taken", "mail_domains")
    ]
    assert refused(planning.save_agency, agency, {"mail_domains": ["kein ort"]}) == [("domain", "mail_domains")]


def test_a_contact_is_appointed_and_dismissed_with_a_history(agency, participant, coordinator):
    planning.appoint_contact(agency, participant, Act(coordinator))
    participant.refresh_from_db()
    assert (participant.role, participant.agency) == ("agency_contact", agency)
    assert said(agency) == [("Ansprechpersonen", "–", "Ayşe Yıldız")]
    planning.dismiss_contact(agency, participant, Act(coordinator))
    participant.refresh_from_db()
    assert (participant.role, participant.agency) == ("participant", agency)
    assert said(agency) == [("Ansprechpersonen", "Ayşe Yıldız", "–")]


def test_somebody_of_no_known_agency_belongs_to_it_from_then_on(agency, coordinator):
    person = build_person("noor@verein.example", organisation="Stadt Mayen")
    planning.appoint_contact(agency, person, Act(coordinator))
    person.refresh_from_db()
    assert (person.agency, person.is_agency_contact, person.affiliation_checked_at is None) == (agency, True, False)


def test_whoever_is_gone_elsewhere_or_a_coordinator_is_no_contact(agency, other_participant, coordinator):
    gone = build_person("weg@mayen.example", is_active=False)
    for person in (gone, other_participant, coordinator):
        with pytest.raises(Refused):
            planning.appoint_contact(agency, person, planner())
    with pytest.raises(Refused):
        planning.dismiss_contact(agency, other_participant, planner())
    assert list(planning.contacts_of(agency)) == []
    assert User.objects.get(pk=coordinator.pk).is_coordinator


def test_places_somebody_holds_pass_to_a_coordinator_or_to_another_contact(agency, agency_contact):
    held = HeldPlace.objects.create(
        run=build_run(), agency=agency, name_by=in_days(5).date(), taken_by=agency_contact, taken_at=timezone.now()
    )
    by = planner()
    planning.dismiss_contact(agency, agency_contact, by)
    held.refresh_from_db()
    assert (held.taken_by, held.is_open) == (by.by, True)
    planning.appoint_contact(agency, agency_contact, by)
    HeldPlace.objects.update(taken_by=agency_contact)
    other = build_person("neu@mayen.example")
    planning.appoint_contact(agency, other, by)
    planning.dismiss_contact(agency, agency_contact, by)
    held.refresh_from_db()
    assert (held.taken_by, held.is_open) == (other, True)


def test_a_new_contact_is_told_once_and_not_once_that_is_over(agency, participant, coordinator):
    for _time in range(2):
        planning.appoint_contact(agency, participant, Act(coordinator))
    message = Message.objects.get(kind="contact_appointed")
    assert (message.recipient, mails.no_longer_true(message)) == (participant, "")
    written = mails.compose(message)
    assert written.subject == "Sie sind jetzt Ansprechperson Ihrer Behörde"
    assert "eingetragen: Stadtverwaltung Mayen." in " ".join(written.text.split())
    planning.dismiss_contact(agency, participant, Act(coordinator))
    message = Message.objects.get(kind="contact_appointed")
    assert mails.no_longer_true(message) == "Die Person ist keine Ansprechperson mehr."
