"""Does the nightly look find what got past the rules, and say so until it is mended?"""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import finding
from accounts.models import SearchWord
from certificates import issuing
from certificates.models import Certificate
from tests import builders
from tests.certificates.builders import build_attended, build_certificate, build_finished_run
from tests.pages import read
from trainings import attendance, booking, health, people, periodic, planning, retention
from trainings.acts import Act
from trainings.models import (
    Agreement,
    AttendanceRecord,
    CourseRun,
    Discrepancy,
    Funding,
    Registration,
    RegistrationEvent,
    SheetScan,
)

pytestmark = pytest.mark.django_db


def broken() -> dict[str, tuple[int, str]]:
    health.verify()
    return {one.promise: (one.number, one.keys) for one in Discrepancy.objects.all()}


@pytest.fixture
def registration(run, participant) -> Registration:
    return booking.register(run, participant, Act(participant))


@pytest.fixture
def certificate(participant, coordinator) -> Certificate:
    """With the history that the builder of registrations leaves out."""
    certificate = build_certificate(participant, by=coordinator)
    write_history(certificate.registration)
    return certificate


def write_history(registration: Registration) -> None:
    RegistrationEvent.objects.create(registration=registration, to_status=registration.status, channel="web")


def test_what_was_done_by_the_rules_breaks_no_promise(registration, certificate, coordinator):
    booking.cancel(registration, Act(registration.person))
    booking.register(registration.run, registration.person, Act(registration.person))
    assert broken() == {}


def test_more_places_given_than_there_are(registration, run, other_participant):
    booking.register(run, other_participant, Act(other_participant))
    CourseRun.objects.update(capacity=1)
    assert broken() == {"capacity": (1, f"CourseRun {run.pk}")}


def test_a_place_that_somebody_gave_on_purpose_is_none_too_many(run, participant, other_participant, coordinator):
    CourseRun.objects.update(capacity=1)
    run.refresh_from_db()
    booking.register(run, participant, Act(participant))
    waiting = booking.register(run, other_participant, Act(other_participant))
    booking.give_now(waiting, Act(coordinator, reason="Sie leitet das Amt."))
    assert broken() == {}


def test_a_status_past_the_history(registration):
    Registration.objects.update(status="cancelled")
    assert broken() == {"history": (1, f"Registration {registration.pk}")}


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), [("waitlisted", "confirmed"), ("confirmed", "cancelled")])
def test_a_history_that_does_not_hang_together(registration, before, after):
    RegistrationEvent.objects.create(
        registration=registration, from_status=before, to_status=after, channel="web", at=timezone.now()
    )
    assert broken() == {"history": (1, f"Registration {registration.pk}")}


def test_a_registration_without_a_history(run):
    registration = builders.build_registration(run)
    assert broken() == {"history": (1, f"Registration {registration.pk}")}


def test_many_are_counted_and_the_first_are_named(run):
    for _number in range(12):
        builders.build_registration(run)
    CourseRun.objects.update(capacity=20)
    number, keys = broken()["history"]
    assert (number, keys.count("Registration"), keys[-1]) == (12, 10, "…")


def test_a_run_that_does_not_begin_when_its_sessions_do(run):
    CourseRun.objects.update(starts_at=run.starts_at - dt.timedelta(hours=1))
    assert broken() == {"span": (1, f"CourseRun {run.pk}")}


def test_attendance_longer_than_the_session(participant):
    run = build_finished_run()
    write_history(build_attended(run, participant))
    AttendanceRecord.objects.update(minutes=1000)
    assert broken() == {"minutes": (1, f"AttendanceRecord {AttendanceRecord.objects.get().pk}")}


def test_somebody_who_is_not_found_by_their_name(participant):
    finding.catch_up()
    SearchWord.objects.filter(person=participant, word="yildiz").delete()
    assert broken() == {"search_words": (1, f"User {participant.pk}")}


@pytest.mark.slow
def test_a_scan_that_is_another_file(trainer):
    session = builders.only_session(build_finished_run(trainers=[trainer]))
    attendance.keep_scan(session, b"%PDF-1.7\n%%EOF\n", Act(trainer), original_at="Büro")
    assert broken() == {}
    SheetScan.objects.update(content=b"")  # long before its evidence is over
    assert broken() == {"scans": (1, f"SheetScan {SheetScan.objects.get().pk}")}


@pytest.mark.slow
def test_an_agreement_that_is_another_file(agency, coordinator):
    signed = {"starts_on": dt.date(2026, 1, 1), "signed_by": "Erika Muster", "signed_on": dt.date(2025, 12, 1)}
    agreement = planning.save_agreement(
        Agreement(agency=agency), signed | {"file": b"%PDF-1.7\n%%EOF\n"}, Act(coordinator)
    )
    assert broken() == {}
    Agreement.objects.update(content=b"%PDF-1.7")
    assert broken() == {"scans": (1, f"Agreement {agreement.pk}")}


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor == "postgresql", reason="an exclusion constraint keeps them apart")
def test_two_agreements_of_an_agency_for_one_day(agency, other_agency):
    day = dt.date(2026, 6, 30)
    first = builders.build_agreement(agency, starts_on=dt.date(2026, 1, 1), ends_on=day)
    later = builders.build_agreement(agency, starts_on=day + dt.timedelta(days=1))
    builders.build_agreement(other_agency, starts_on=day)
    assert broken() == {}
    Agreement.objects.filter(pk=first.pk).update(ends_on=day + dt.timedelta(days=1))
    assert broken() == {"agreements": (1, f"Agreement {later.pk}")}


def test_a_certificate_that_is_another_file(certificate):
    Certificate.objects.update(pdf=b"%PDF-1.7")
    assert broken() == {"certificates": (1, f"Certificate {certificate.pk}")}


@pytest.mark.parametrize("change", [{"number": "MYK-2026-9"}, {"minutes_attended": 1}, {"meetings": []}])
def test_a_certificate_that_contradicts_itself(certificate, change):
    Certificate.objects.update(snapshot={**certificate.snapshot, **change})
    assert broken() == {"snapshots": (1, f"Certificate {certificate.pk}")}


def test_a_certificate_that_was_not_quite_erased(certificate):
    Certificate.objects.update(erased_at=timezone.now(), pdf=None, surname_key="x")
    assert broken() == {"erased": (1, f"Certificate {certificate.pk}")}


def test_what_should_be_gone_and_is_not_is_found_and_left(registration, certificate, settings):
    """As if no worker ran: the jobs that delete have not come."""
    past = timezone.now() - dt.timedelta(days=17)
    Registration.objects.filter(pk=registration.pk).update(needs="Rollstuhl")
    CourseRun.objects.filter(pk=registration.run_id).update(cancelled_at=past, cancellation_reason="krank")
    day = timezone.localdate(past)
    Funding.objects.update(ends_on=day, keep_evidence_until=day)
    found = broken()
    assert set(found) == {"retention", "retention_of_certificates"}
    assert "needs: 1" in found["retention"][1]
    assert found["retention_of_certificates"] == (1, "certificates: 1")
    registration.refresh_from_db()
    certificate.refresh_from_db()
    assert (registration.needs, certificate.erased_at) == ("Rollstuhl", None)


@pytest.mark.slow
def test_people_who_became_counts_break_no_promise(registration, certificate, trainer):
    session = builders.only_session(certificate.registration.run)
    attendance.keep_scan(session, b"%PDF-1.7\n%%EOF\n", Act(trainer), original_at="Büro")
    later = timezone.now() + dt.timedelta(days=366 * 20)
    for clean_up in (retention.clean_up, people.clean_up, issuing.clean_up):
        clean_up(later)
    health.verify(later)
    assert list(Discrepancy.objects.values_list("promise", "keys")) == []


@pytest.mark.slow
def test_what_ended_only_just_is_not_late(registration):
    Registration.objects.filter(pk=registration.pk).update(needs="Rollstuhl")
    CourseRun.objects.update(cancelled_at=timezone.now() - dt.timedelta(days=15), cancellation_reason="krank")
    assert broken() == {}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="takes a constraint away, by SQLite's own way")
def test_two_registrations_past_a_constraint_that_is_gone(registration):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_active_registration_per_person_and_run")
    twin = builders.build_registration(registration.run, registration.person)
    write_history(twin)
    assert broken() == {"one_active": (1, f"Registration {registration.pk}")}


@pytest.mark.slow
def test_it_stays_as_long_as_it_is_found_with_the_day_it_was_found_first(registration, caplog):
    Registration.objects.update(status="cancelled")
    night = timezone.now()
    health.verify(night - dt.timedelta(days=3))
    health.verify(night)
    assert Discrepancy.objects.get().found_at == night - dt.timedelta(days=3)
    assert caplog.messages == [f"The data break a promise (history), 1 times: Registration {registration.pk}"] * 2
    Registration.objects.update(status="confirmed")
    health.verify(night)
    assert Discrepancy.objects.count() == 0


def test_coordinators_see_it_on_their_desk(registration, signed_in, coordinator):
    Registration.objects.update(status="cancelled")
    health.verify()
    page = read(signed_in(coordinator).get(reverse("trainings:coordination")))
    assert "Der Verlauf einer Anmeldung führt nicht zu ihrem Status" in page.headings
    assert f"Registration {registration.pk}" in page.text


def test_by_hand(registration, capsys):
    call_command("verify_data")
    assert capsys.readouterr().out == "The data keep what is promised of them.\n"
    Registration.objects.update(status="cancelled")
    with pytest.raises(CommandError, match=rf"\(1\): Registration {registration.pk}$") as found:
        call_command("verify_data")
    assert found.value.returncode == 1


def test_it_is_done_each_night():
    assert periodic.JOBS["verification of the data"].at_night
