"""When do accounts end, when does a person become a count, and does every figure stay the same?"""

import datetime as dt
import random

import hypothesis.strategies as st
import pytest
from django.apps import apps
from django.core import mail
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, assume, given, settings

from accounts import audit
from accounts import people as accounts
from accounts.models import ERASED_DOMAIN, Affiliation, AuditEvent, TargetGroup, User
from certificates import issuing
from certificates.models import Certificate
from tests import builders
from tests.certificates.builders import build_attended, build_certificate, build_finished_run, record
from tests.pages import read
from trainings import attendance, booking, calendars, mails, people, planning
from trainings.acts import Act
from trainings.models import AttendanceChange, CourseRun, Message, Registration, RegistrationEvent
from trainings.people import ending, evidence, relations
from trainings.reporting import Figures, Period, figures_of

pytestmark = pytest.mark.django_db

UNTIL = dt.date(2044, 12, 31)
AFTER = builders.berlin(2045, 1, 1, 0, 5)
DAY = dt.timedelta(days=1)


def leave(person: User, at: dt.datetime | None = None) -> User:
    return accounts.end(person, by=person, at=at)


def is_count(person: User) -> bool:
    person.refresh_from_db()
    return person.erased_at is not None


# --- figures -----------------------------------------------------------------------------------------


def random_history(choose: random.Random) -> list[CourseRun]:
    """Runs of three years and two grants, and people in them who came, did not come, changed employer or left."""
    agencies = [builders.build_agency(f"Amt {number}", f"amt{number}.example") for number in range(3)]
    grants = [
        builders.build_funding(starts_on=dt.date(2020, 1, 1), ends_on=dt.date(2024, 6, 30), keep_evidence_until=UNTIL),
        builders.build_funding(starts_on=dt.date(2024, 7, 1), ends_on=dt.date(2029, 6, 30), keep_evidence_until=UNTIL),
    ]
    everybody = [
        builders.build_person(agency=choose.choice([*agencies, None]), group=choose.choice(TargetGroup.values))
        for _number in range(6)
    ]
    trainer = builders.build_person()
    runs = []
    for _number in range(4):
        start = builders.berlin(choose.choice([2023, 2024, 2025]), choose.randint(1, 12), choose.randint(1, 28), 9)
        hours = dt.timedelta(hours=3)
        sessions = [(start + DAY * days, start + DAY * days + hours) for days in range(choose.randint(1, 2))]
        run = builders.build_run(sessions=sessions, teaching_minutes=180, funding=choose.choice([*grants, None]))
        for person in choose.sample(everybody, choose.randint(1, 5)):
            status = choose.choice(["confirmed", "confirmed", "confirmed", "cancelled", "declined"])
            source = choose.choice(Registration.Source.values)
            registration = builders.build_registration(
                run, person, status, source=source, agency=choose.choice([person.agency, *agencies])
            )
            for session in run.sessions.all() if status == "confirmed" else ():
                if (minutes := choose.choice([None, 0, 90, 180])) is not None:
                    record(registration, session, minutes, by=trainer)
        runs.append(run)
    for person in choose.sample(everybody, 4):
        leave(person)
    return runs


def all_figures(runs: list[CourseRun], at: dt.datetime) -> list[Figures]:
    """Of each half-year, year, grant and run."""
    periods = [Period(dt.date(2020, 1, 1), dt.date(2024, 6, 30)), Period(dt.date(2024, 7, 1), dt.date(2029, 6, 30))]
    for year in (2023, 2024, 2025, 2026):
        periods += [Period.year(dt.date(year, 1, 1)), *(Period.half_year(dt.date(year, m, 1)) for m in (1, 7))]
    return [figures_of(period, at=at) for period in periods] + [
        figures_of(Period.of(run), run=run, at=at) for run in runs
    ]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
@pytest.mark.slow
def test_figures_are_equal_before_and_after(seed):
    with transaction.atomic():
        runs = random_history(random.Random(seed))  # noqa: S311
        at = builders.berlin(2050, 1, 1)
        before = all_figures(runs, at)
        assert people.clean_up(at)["counts"] == 4
        assert all_figures(runs, at) == before
        assume(sum(figures.total.participations for figures in before) > 0)  # or the rest would prove nothing
        transaction.set_rollback(True)


# --- when --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "counts"), [(builders.berlin(2044, 12, 31, 23, 59), False), (AFTER, True)])
def test_who_has_left_becomes_a_count_the_day_after_the_evidence_date(participant, at, counts):
    registration = build_attended(build_finished_run(), participant)
    leave(participant)
    people.clean_up(at)
    assert is_count(participant) is counts
    registration.refresh_from_db()
    assert (registration.person, registration.agency.name) == (participant, "Stadtverwaltung Mayen")
    if counts:
        assert participant.email.endswith(f"@{ERASED_DOMAIN}")
        assert str(participant) == "gelöschte Person"


def test_nobody_becomes_a_count_while_the_account_lives(participant):
    build_attended(build_finished_run(), participant)
    User.objects.update(last_login=AFTER - DAY)
    people.clean_up(AFTER)
    assert not is_count(participant)


@pytest.mark.parametrize(("days", "counts"), [(29, False), (31, True)])
def test_who_took_part_in_nothing_goes_thirty_days_after_leaving(participant, days, counts):
    now = timezone.now()
    calendars.subscribe(participant)
    Affiliation.objects.create(person=participant, since=now.date(), organisation="Ehrenamt")
    planning.note_interest(builders.build_course(), participant, wish="vormittags")
    leave(participant, now)
    people.clean_up(now + dt.timedelta(days=days))
    assert is_count(participant) is counts
    assert Affiliation.objects.exists() is not counts


@pytest.mark.slow
@pytest.mark.both_databases
def test_the_latest_run_counts(participant):
    build_attended(build_finished_run(), participant)
    later = builders.build_funding(grant_number="spät", keep_evidence_until=dt.date(2050, 12, 31))
    build_attended(build_finished_run(funding=later), participant)
    leave(participant)
    people.clean_up(AFTER)
    assert not is_count(participant)
    assert evidence.kept_until(participant, AFTER) == dt.date(2050, 12, 31)
    people.clean_up(builders.berlin(2051, 1, 1, 1))
    assert is_count(participant)


def test_without_any_grant_ten_years_count(participant, settings):
    settings.RETENTION_CERTIFICATE_DAYS = 100
    run = build_finished_run(funding=None)
    build_attended(run, participant)
    leave(participant)
    people.clean_up(run.ends_at + 99 * DAY)
    assert not is_count(participant)
    people.clean_up(run.ends_at + 101 * DAY)
    assert is_count(participant)


@pytest.mark.slow
@pytest.mark.both_databases
def test_who_taught_or_issued_stays_as_long_as_a_certificate_says_so(participant, coordinator, trainer, settings):
    settings.RETENTION_CERTIFICATE_DAYS = 100
    run = build_finished_run(funding=None, trainers=[trainer])
    build_certificate(participant, by=coordinator, run=run, rendered=False)
    builders.build_person(role="coordinator")
    Certificate.objects.update(issued_at=run.ends_at + 50 * DAY)
    for person in (participant, coordinator, trainer):
        leave(person, run.ends_at)
    people.clean_up(run.ends_at + 120 * DAY)
    assert [is_count(person) for person in (participant, coordinator, trainer)] == [False] * 3
    issuing.clean_up(run.ends_at + 151 * DAY)
    people.clean_up(run.ends_at + 151 * DAY)
    assert [is_count(person) for person in (participant, coordinator, trainer)] == [True] * 3


def test_every_row_that_says_who_did_something_is_a_source_of_evidence():
    """A new table that names somebody, and keeps them from being deleted, must say until when."""
    not_evidence = {
        "User.merged_into",  # the account that goes on
        "RegistrationEvent.on_behalf_of",  # the person of the registration
        "HeldPlace.ended_by",  # its run has an agency's contact or a coordinator in its history
        "Message.recipient", "Message.queued_by",  # mails go with the run
        "Invitation.invited_by", "MasterDataEvent.actor", "DefinitionEvent.actor",  # of no registration
        "AccountMerge.kept", "AccountMerge.gone", "AccountMerge.by",  # two accounts, by key
        "MessageText.saved_by", "PageText.saved_by", "Wording.saved_by",  # words of the site, by key
    }  # fmt: skip
    named = {
        f"{column.model.__name__}.{column.name}"
        for column in relations.to_people()
        if column.many_to_many or column.remote_field.on_delete is models.PROTECT
    }
    sources = {f"{source.model.__name__}.{source.person}" for source in evidence.SOURCES}
    assert named - sources - not_evidence == set(), "name it in trainings/people/evidence.py, or here"
    assert not_evidence - named == set()
    assert apps.get_model("certificates.Certificate") in {source.model for source in evidence.SOURCES}


# --- details -----------------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.slow
def test_details_end_with_the_evidence_though_the_account_lives(participant, coordinator):
    run = build_finished_run()
    registration = build_attended(run, participant)
    Registration.objects.update(supervisor_email="chefin@mayen.example")
    planning.change_run(run, planning.Edit({"notes": "Frau Yıldız fragen"}), Act(coordinator, reason="Ayşe rief an"))
    mails.queue("registered", registration)
    User.objects.update(last_login=AFTER - DAY)

    people.clean_up(AFTER - DAY)
    registration.refresh_from_db()
    assert (registration.supervisor_email, Message.objects.count()) == ("chefin@mayen.example", 1)

    people.clean_up(AFTER)
    registration.refresh_from_db()
    assert (registration.supervisor_email, Message.objects.count()) == ("", 0)
    assert [(event.what, event.reason, event.changes) for event in run.events.all()] == [("changed", "", [])]
    assert not is_count(participant)


def written_by_the_version_before(**fields):
    """Changes as it wrote them while an upgrade ran: by the record alone."""
    models.QuerySet.update(AttendanceChange.objects.all(), registration=None, session=None, **fields)


def test_changes_that_name_no_session_get_it_from_their_record(participant, coordinator):
    registration = build_attended(build_finished_run(), participant)
    record = registration.attendance_records.get()
    written_by_the_version_before(record=record)
    people.clean_up(AFTER - DAY)
    change = AttendanceChange.objects.get()
    assert (change.registration, change.session) == (registration, record.session)
    assert attendance.complete_changes() == 0


def test_reasons_of_changes_that_name_no_session_end_with_the_evidence(participant, coordinator):
    registration = build_attended(build_finished_run(), participant)
    record = registration.attendance_records.get()
    act = Act(coordinator, reason="war beim Arzt")
    attendance.record(record.session, {registration.pk: attendance.Mark("absent")}, act)
    written_by_the_version_before(record=record)
    people.clean_up(AFTER - DAY)
    assert AttendanceChange.objects.last().reason == "war beim Arzt"
    people.clean_up(AFTER)
    assert not AttendanceChange.objects.exclude(reason="").exists()


def test_those_whose_record_is_gone_end_by_their_age(participant, coordinator, settings):
    settings.RETENTION_CERTIFICATE_DAYS = 100
    registration = build_attended(build_finished_run(), participant)
    record = registration.attendance_records.get()
    act = Act(coordinator, reason="verwechselt")
    attendance.record(record.session, {registration.pk: attendance.Mark("")}, act)
    written_by_the_version_before(record=record.pk)
    people.clean_up(timezone.now() + 99 * DAY)
    assert AttendanceChange.objects.last().reason == "verwechselt"
    people.clean_up(timezone.now() + 101 * DAY)
    assert not AttendanceChange.objects.exclude(reason="").exists()


def test_a_scan_that_is_no_longer_evidence_is_not_served(signed_in, trainer):
    run = build_finished_run(trainers=[trainer])
    session = builders.only_session(run)
    scan = attendance.keep_scan(session, b"%PDF-1.7\n%%EOF\n", Act(trainer), original_at="Büro")
    people.clean_up(AFTER)
    client = signed_in(trainer)
    assert client.get(reverse("trainings:scan", args=[scan.pk])).status_code == 404
    page = read(client.get(reverse("trainings:paper", args=[session.pk])))
    assert "Der Scan wird nicht mehr aufbewahrt" in page.text
    assert scan.sha256 in page.text


def test_only_what_is_named_can_be_forgotten_of_a_history(participant):
    with pytest.raises(TypeError, match="FREE_TEXTS"):
        RegistrationEvent.objects.forget("to_status")
    with pytest.raises(TypeError, match="FREE_TEXTS"):
        AuditEvent.objects.forget()


# --- accounts that nobody uses -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.both_databases
def test_an_account_nobody_uses_ends_thirty_days_after_a_mail_said_so(participant, coordinator):
    now = timezone.now()
    User.objects.filter(pk=participant.pk).update(last_login=now - 701 * DAY)
    assert people.clean_up(now)["warned"] == 1
    mails.deliver_due()
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == ([participant.email], "Ihr Konto endet bald")
    assert people.clean_up(now + 29 * DAY)["ended"] == 0
    later = timezone.now() + 30 * DAY
    assert people.clean_up(later)["ended"] == 1
    participant.refresh_from_db()
    assert (participant.is_active, participant.left_at) == (False, later)
    assert set(AuditEvent.objects.values_list("what", flat=True)) == {"person_left", "sessions_ended"}


def test_signing_in_keeps_it(participant, coordinator):
    now = timezone.now()
    User.objects.filter(pk=participant.pk).update(last_login=now - 720 * DAY)
    people.clean_up(now)
    User.objects.filter(pk=participant.pk).update(last_login=timezone.now())
    mails.deliver_due()
    assert mail.outbox == []
    assert people.clean_up(now + 31 * DAY)["ended"] == 0


@pytest.mark.parametrize("kept_by", ["place", "teaching", "coordinating"])
def test_who_takes_part_teaches_or_plans_need_not_sign_in(participant, kept_by):
    User.objects.update(last_login=timezone.now() - 1000 * DAY)
    run = builders.build_run(
        trainers=[participant] if kept_by == "teaching" else [],
        coordinator=participant if kept_by == "coordinating" else None,
    )
    if kept_by == "place":
        booking.register(run, participant, Act(participant))
    assert people.clean_up(timezone.now())["warned"] == 0


def test_the_last_coordinator_is_not_lost(coordinator):
    other = builders.build_person(role="coordinator")
    User.objects.update(last_login=timezone.now() - 1000 * DAY)
    now = timezone.now()
    people.clean_up(now)
    assert people.clean_up(now + 31 * DAY)["ended"] == 1
    assert [person.is_active for person in User.objects.filter(pk__in=[coordinator.pk, other.pk])].count(True) == 1


# --- an emptied row --------------------------------------------------------------------------------------


def test_nothing_of_the_row_is_left_but_that_it_was_one_person(participant):
    for field in User._meta.concrete_fields:
        if isinstance(field, models.CharField) and not field.choices and field.name != "email":
            setattr(participant, field.name, "geheim")
    participant.group, participant.language = "leadership", "en"
    now = timezone.now()
    participant.last_login = participant.affiliation_checked_at = participant.name_confirmed_at = now
    participant.save()
    leave(participant)
    became = ending.become_count(participant, AFTER)
    became.refresh_from_db()
    left = {
        field.name: value
        for field in User._meta.concrete_fields
        if (value := getattr(became, field.attname)) not in (None, "", False) and field.name not in accounts.OF_A_COUNT
    }
    assert left.pop("email").endswith(ERASED_DOMAIN)
    assert left.pop("mailbox").endswith(ERASED_DOMAIN)
    assert left.pop("password").startswith("!")
    assert left == {"date_joined": AFTER, "role": "participant", "language": "de"}


def test_values_on_record_go_and_that_something_happened_stays(participant, coordinator):
    audit.record(audit.What.PERSON_CHANGED, by=coordinator, person=participant, changes={"last_name": ["Alt", "Neu"]})
    audit.record(audit.What.PERSON_CHANGED, by=participant, changes={"phone": ["1", "2"]})
    other = audit.record(audit.What.PERSON_CHANGED, by=coordinator, changes={"phone": ["1", "2"]})
    leave(participant)
    ending.become_count(participant, AFTER)
    changed = AuditEvent.objects.filter(what="person_changed").order_by("pk")
    assert [event.changes for event in changed] == [{"last_name": []}, {"phone": []}, other.changes]


def test_an_account_in_use_does_not_become_a_count(participant):
    with pytest.raises(ValueError, match="ends before"):
        ending.become_count(participant, AFTER)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("kind", "details", "said"),
    [
        ("account_ends", {"day": "2037-05-01"}, "2037"),
        ("erased", {"until": "2044-12-31"}, "2044"),
        ("erased", {"until": ""}, ""),
    ],
)
def test_mails_about_accounts_name_nobody_else_and_no_training(participant, kind, details, said, language):
    written = mails.compose(Message(kind=kind, recipient=participant, details=details), language)
    assert said in written.text
    assert "Yıldız" not in written.subject
    assert written.subject == {
        ("account_ends", "de"): "Ihr Konto endet bald", ("account_ends", "en"): "Your account ends soon",
        ("erased", "de"): "Ihre Daten sind gelöscht", ("erased", "en"): "Your data have been erased",
    }[kind, language]  # fmt: skip


def test_a_farewell_goes_once_it_was_sent_in_the_language_of_the_person():
    mails.tell_of_account(mails.Occasion.ERASED, email="yildiz@mayen.example", details={"until": "", "language": "en"})
    assert people.clean_up()["farewells"] == 0
    mails.deliver_due()
    assert [sent.subject for sent in mail.outbox] == ["Your data have been erased"]
    assert (people.clean_up()["farewells"], Message.objects.count()) == (1, 0)
