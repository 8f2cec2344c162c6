"""Who gets a certificate, what it asserts, and that issuing again changes nothing."""

import datetime as dt
import re

import pytest
import time_machine
from django.utils import timezone

from certificates import issuing
from certificates.issuing import issuing as issuing_module
from certificates.models import CODE_ALPHABET, Certificate, extent
from certificates.paper.rendering import LEASE
from tests import builders
from tests.builders import cancel_session
from tests.certificates.builders import build_attended, build_certificate, build_finished_run, record
from trainings.acts import Act
from trainings.models import Registration
from trainings.refusals import Refused


@pytest.mark.parametrize(
    ("minutes", "percent", "code"),
    [
        (360, 80, "eligible"),
        (288, 80, "eligible"),
        (287, 80, "too_little"),
        (359, 100, "too_little"),
        (0, 1, "too_little"),
    ],
)
def test_the_threshold_counts_minutes(db, minutes, percent, code):
    run = build_finished_run(required_attendance_percent=percent)
    build_attended(run, minutes=minutes)

    [assessment] = issuing.assess(run)

    assert (assessment.code, assessment.minutes_attended, assessment.minutes_held) == (code, minutes, 360)


def test_percent_and_minutes_are_rounded_against_the_claim(db):
    run = build_finished_run(minutes=361)
    build_attended(run, minutes=288)

    [assessment] = issuing.assess(run)

    assert (assessment.percent, assessment.minutes_required, assessment.code) == (79, 289, "too_little")
    assert assessment.reason == "Zu wenig: 288 von 361 Minuten, nötig sind 289."


def test_missing_records_are_named_and_keep_the_certificate_back(coordinator):
    run = build_finished_run(days_ago=(20, 13, 6), required_attendance_percent=60)
    registration = build_attended(run, minutes=None)
    first, second, _third = run.sessions.all()
    record(registration, first, 360, by=coordinator)
    record(registration, second, 360, by=coordinator)

    [assessment] = issuing.assess(run)

    day = timezone.localdate() - dt.timedelta(days=6)
    assert (assessment.code, assessment.is_eligible) == ("not_recorded", False)
    assert assessment.reason == f"Anwesenheit nicht erfasst: {day:%d.%m.%Y}"


@pytest.mark.parametrize(
    ("minutes", "text"), [(360, "8 UE (6 Std.)"), (350, "7 UE (5 Std. 50 Min.)"), (44, "0 UE (0 Std. 44 Min.)")]
)
def test_units_are_whole_ones_and_never_more_than_attended(minutes, text):
    assert extent(minutes) == text


def test_cancelled_sessions_count_for_nobody(coordinator):
    run = build_finished_run(days_ago=(20, 13))
    registration = build_attended(run, minutes=360)
    cancel_session(run.sessions.last())

    [assessment] = issuing.assess(run)

    assert (assessment.code, assessment.minutes_attended, assessment.minutes_held) == ("eligible", 360, 360)
    assert [certificate.registration for certificate in issuing.issue(run, Act(coordinator))] == [registration]


def test_only_confirmed_people_are_assessed_in_order_of_their_surnames(db):
    run = build_finished_run()
    for last_name in ("Zander", "Müller", "Mueller-Alt", "Ärmel"):
        build_attended(run, builders.build_person(last_name=last_name))
    for status in (Registration.Status.CANCELLED, Registration.Status.EXPIRED, Registration.Status.WAITLISTED):
        builders.build_registration(run, status=status)

    names = [assessment.registration.person.last_name for assessment in issuing.assess(run)]

    assert names == ["Ärmel", "Müller", "Mueller-Alt", "Zander"]


def test_assessing_takes_the_same_queries_for_one_and_for_three(db, django_assert_num_queries):
    run = build_finished_run(days_ago=(20, 13))
    build_attended(run)
    with django_assert_num_queries(4):
        issuing.assess(run)
    build_attended(run)
    build_attended(run)
    with django_assert_num_queries(4):
        issuing.assess(run)


def test_issuing_again_issues_only_what_is_new(coordinator):
    run = build_finished_run()
    first = build_attended(run)
    late = build_attended(run, minutes=None)

    assert [certificate.registration for certificate in issuing.issue(run, Act(coordinator))] == [first]
    assert issuing.issue(run, Act(coordinator)) == []
    record(late, run.sessions.get(), 360, by=coordinator)
    assert [certificate.registration for certificate in issuing.issue(run, Act(coordinator))] == [late]
    assert [assessment.code for assessment in issuing.assess(run)] == ["issued", "issued"]


def test_issuing_to_some_leaves_the_others(coordinator):
    run = build_finished_run()
    build_attended(run)
    chosen = build_attended(run)

    issued = issuing.issue(run, Act(coordinator), registrations=[chosen])

    assert [certificate.registration for certificate in issued] == [chosen]
    assert sorted(assessment.code for assessment in issuing.assess(run)) == ["eligible", "issued"]


def test_below_the_rule_one_is_issued_for_a_reason_with_what_was_attended(coordinator):
    run = build_finished_run()
    short, none, unrecorded = (build_attended(run, minutes=minutes) for minutes in (100, 0, None))
    everybody = [short, none, unrecorded]
    assert [assessment.can_be_chosen for assessment in issuing.assess(run)] == [True, False, False]

    for reason in ("", "  "):
        with pytest.raises(Refused, match="Bitte nennen Sie den Grund"):
            issuing.issue(run, Act(coordinator, reason=reason), registrations=everybody)
    assert Certificate.objects.count() == 0
    [issued] = issuing.issue(run, Act(coordinator, reason=" Kind erkrankt "), registrations=everybody)

    assert (issued.registration, issued.override_reason) == (short, "Kind erkrankt")
    assert (issued.minutes_certified, issued.snapshot["minutes_held"], issued.extent) == (
        100,
        360,
        "2 UE (1 Std. 40 Min.)",
    )
    assert issuing.issue(run, Act(coordinator, reason="Noch einmal"), registrations=everybody) == []


def test_the_reason_is_kept_only_where_it_was_needed(coordinator):
    run = build_finished_run()
    registrations = [build_attended(run, minutes=minutes) for minutes in (360, 100)]

    issued = issuing.issue(run, Act(coordinator, reason="Notfall"), registrations=registrations)

    assert [certificate.override_reason for certificate in issued] == ["", "Notfall"]


def test_an_exception_that_could_not_be_printed_is_issued_again_without_asking(coordinator):
    run = build_finished_run()
    registration = build_attended(run, minutes=100)
    issuing.issue(run, Act(coordinator, reason="Notfall"), registrations=[registration])
    Certificate.objects.update(failure="Kein Zeichen")

    [again] = issuing.issue(run, Act(coordinator))

    assert (again.override_reason, Certificate.objects.exclude(pk=again.pk).get().replaced_by) == ("Notfall", again)


def test_numbers_run_through_the_year_and_begin_anew(coordinator, settings):
    settings.CERTIFICATE_PREFIX = "LK"
    with time_machine.travel(dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC), tick=False):
        run, other_run = build_finished_run(), build_finished_run()
        build_attended(run)
        build_attended(run)
        build_attended(other_run)
        numbers = [certificate.number for certificate in issuing.issue(run, Act(coordinator))]
        numbers += [certificate.number for certificate in issuing.issue(other_run, Act(coordinator))]
    with time_machine.travel(dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC), tick=False):
        next_year = build_finished_run()
        build_attended(next_year)
        numbers += [certificate.number for certificate in issuing.issue(next_year, Act(coordinator))]

    assert numbers == ["LK-2026-000001", "LK-2026-000002", "LK-2026-000003", "LK-2027-000001"]


def test_a_number_taken_by_another_run_in_the_meantime_is_skipped(coordinator, monkeypatch):
    taken = build_certificate(builders.build_person(), by=coordinator, rendered=False)
    run = build_finished_run()
    build_attended(run)
    real, stale = issuing_module._next_running_number, [1]
    monkeypatch.setattr(issuing_module, "_next_running_number", lambda year: stale.pop() if stale else real(year))

    [certificate] = issuing.issue(run, Act(coordinator))

    assert certificate.number == taken.number[:-1] + "2"


def test_a_run_is_issued_only_when_it_has_taken_place(coordinator):
    running = build_finished_run(days_ago=(2, -2))
    cancelled = build_finished_run(cancelled_at=timezone.now(), cancellation_reason="Sturm")
    for run in (running, cancelled):
        with pytest.raises(Refused):
            issuing.issue(run, Act(coordinator))


def test_a_code_has_eighty_random_bits_in_letters_nobody_confuses(coordinator, participant):
    certificate = build_certificate(participant, by=coordinator, rendered=False)

    assert re.fullmatch(f"[{CODE_ALPHABET}]{{16}}", certificate.code)
    assert len(CODE_ALPHABET) ** 16 == 2**80


def test_the_snapshot_holds_everything_the_paper_asserts(coordinator, participant, trainer, settings):
    settings.PUBLIC_URL = "https://schulungen.example"
    participant.title = "Dr."
    participant.save()
    course = builders.build_course("Grundlagen", contents="Eins\n\nZwei")
    run = builders.build_run(
        course,
        number="2026-014",
        sessions=[
            (builders.berlin(2026, 3, 10, 9), builders.berlin(2026, 3, 10, 16, 30)),
            (builders.berlin(2026, 4, 14, 9), builders.berlin(2026, 4, 14, 16, 30)),
            (builders.berlin(2026, 4, 21, 9), builders.berlin(2026, 4, 21, 16, 30)),
        ],
        trainers=[trainer],
        venue=builders.build_venue("Kreishaus"),
        funding=builders.build_funding(grant_number="AMIF-7"),
        required_attendance_percent=60,
    )
    registration = builders.build_registration(run, participant)
    for session, minutes in zip(run.sessions.all(), (360, 350, 0), strict=True):
        record(registration, session, minutes, by=coordinator)

    [certificate] = issuing.issue(run, Act(coordinator, at=builders.berlin(2026, 11, 23, 10, 15)))

    assert certificate.snapshot == {
        "sealed": False,
        "badge": None,
        "template_version": "2026-4/de-0",
        "number": "MYK-2026-000001",
        "code": certificate.code,
        "check_url": f"https://schulungen.example/pruefen/{certificate.code}/",
        "language": "de",
        "issued_at": "2026-11-23T10:15:00+01:00",
        "issuer": "Landkreis Mayen-Koblenz",
        "unit": "Projekt MiKo-MYK",
        "place": "Koblenz",
        "name": "Dr. Ayşe Yıldız",
        "surname": "Yıldız",
        "course": {"text": ["Grundlagen"], "language": "de"},
        "level": "basic",
        "run_number": "2026-014",
        "venue": "Kreishaus, Koblenz",
        "meetings": [
            {"starts_at": "2026-03-10T09:00:00+01:00", "ends_at": "2026-03-10T16:30:00+01:00", "minutes": 360},
            {"starts_at": "2026-04-14T09:00:00+02:00", "ends_at": "2026-04-14T16:30:00+02:00", "minutes": 350},
        ],
        "minutes_attended": 710,
        "minutes_held": 1080,
        "contents": {"text": ["Eins", "Zwei"], "language": "de"},
        "trainers": ["Ngozi Okafor"],
        "funding": {
            "fund": "Asyl-, Migrations- und Integrationsfonds (AMIF)",
            "project_title": "MiKo-MYK",
            "grant_number": "AMIF-7",
            "beneficiary": "Landkreis Mayen-Koblenz",
        },
        "wording": {
            "version": 0,
            "certifies": "Hiermit wird bescheinigt, dass",
            "attended": "an der Schulung",
            "has_attended": "teilgenommen hat.",
            "closing": "",
            "sign_off": "machine",
            "signatories": [],
        },
    }


def test_the_paper_is_in_the_language_of_the_person_as_far_as_there_is_one(coordinator):
    course = builders.build_course("Grundlagen", title_en="Basics", contents="Eins")
    run = build_finished_run(course=course)
    build_attended(run, builders.build_person(language="en"))

    [certificate] = issuing.issue(run, Act(coordinator))

    assert certificate.language == "en"
    assert certificate.snapshot["course"] == {"text": ["Basics"], "language": "en"}
    assert certificate.snapshot["contents"] == {"text": ["Eins"], "language": "de"}
    assert certificate.snapshot["funding"]["fund"] == "Asylum, Migration and Integration Fund (AMIF)"


def test_a_run_without_its_own_grant_names_the_one_of_its_last_day(coordinator, participant):
    run = build_finished_run(funding=None)
    builders.build_funding(grant_number="GONE", ends_on=dt.date(2021, 1, 1))
    builders.build_funding(grant_number="NOW")

    certificate = build_certificate(participant, by=coordinator, run=run, rendered=False)

    assert certificate.snapshot["funding"]["grant_number"] == "NOW"


def test_a_certificate_that_could_not_be_printed_is_replaced_by_the_next_issuing(coordinator, participant):
    run = build_finished_run()
    failed = build_certificate(participant, by=coordinator, run=run, rendered=False)
    Certificate.objects.filter(pk=failed.pk).update(failure="Kein Zeichen")

    assert issuing.assess(run)[0].reason == "Konnte nicht gedruckt werden und wird neu ausgestellt: Kein Zeichen"
    [again] = issuing.issue(run, Act(coordinator))

    failed.refresh_from_db()
    assert (failed.is_valid, again.is_valid, again.number == failed.number) == (False, True, False)


def test_every_issued_certificate_waits_for_a_worker(coordinator):
    run = build_finished_run()
    build_attended(run)
    build_attended(run)

    issued = issuing.issue(run, Act(coordinator))

    assert set(Certificate.objects.due()) == set(issued)


def test_one_in_a_workers_hands_is_left_to_it_until_it_must_be_dead(coordinator, participant):
    certificate = build_certificate(participant, by=coordinator, rendered=False)
    taken = [Certificate.objects.due().lease(certificate.pk, LEASE) for _worker in range(2)]
    assert (taken, list(Certificate.objects.due())) == ([True, False], [])

    Certificate.objects.update(leased_until=timezone.now())  # two minutes later …
    assert list(Certificate.objects.due()) == [certificate]


def test_certificates_are_never_deleted(coordinator, participant):
    certificate = build_certificate(participant, by=coordinator, rendered=False)
    with pytest.raises(TypeError, match="never deleted"):
        certificate.delete()
