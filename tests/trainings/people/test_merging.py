"""Two accounts of one person come together, and apart again."""

import datetime as dt

import pytest
import time_machine
from django.apps import apps
from django.db import models
from django.utils import timezone

from accounts.models import User
from tests.builders import build_person, build_registration, build_run, in_days, only_session
from trainings import attendance, people, planning
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import AccountMerge, Interest, Message, Registration
from trainings.people import merging
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def double():
    """The same person, with a private address."""
    return build_person("ayse.yildiz@web.example", "Ayşe", "Yıldız")


def test_what_one_has_passes_to_the_other_and_back(participant, double, coordinator):
    past = build_registration(build_run(starts_at=in_days(-9)), double)
    to_come = build_registration(build_run(), double)
    kept_own = build_registration(build_run(), participant)
    taught = build_run(trainers=[double])
    planning.note_interest(taught.course, double)
    Message.objects.create(kind="registered", recipient=double, registration=past)

    foreseen = people.what_merging_does(participant, double, Act(coordinator))
    assert Registration.objects.of(double).count() == 2
    merged = people.merge(participant, double, Act(coordinator))
    assert foreseen.passed_on == merged.passed_on == {
        "Anmeldungen": 2, "Interessen": 1, "Nachrichten": merged.passed_on["Nachrichten"]
    }  # fmt: skip
    double.refresh_from_db()
    assert (double.is_active, double.merged_into) == (False, participant)
    assert set(Registration.objects.of(participant)) == {past, to_come, kept_own}
    assert list(taught.trainers.all()) == [participant]
    assert Interest.objects.get().person == participant

    people.undo_merge(AccountMerge.objects.get(), Act(coordinator))
    double.refresh_from_db()
    assert (double.is_active, double.merged_into) == (True, None)
    assert set(Registration.objects.of(double)) == {past, to_come}
    assert set(Registration.objects.of(participant)) == {kept_own}
    assert list(taught.trainers.all()) == [double]


def test_of_two_places_in_one_run_the_better_stays_and_the_other_goes_to_who_waits(participant, double, coordinator):
    run = build_run(capacity=2)
    waits = build_registration(run, participant, "waitlisted")
    place = build_registration(run, double)
    merged = people.merge(participant, double, Act(coordinator))
    waits.refresh_from_db()
    place.refresh_from_db()
    assert [row.pk for row in merged.ended] == [waits.pk]
    assert (waits.status, place.status, place.person) == ("cancelled", "confirmed", participant)


@pytest.fixture
def past(participant, double, trainer):
    """A session that is over, and the registrations of both in it."""
    run = build_run(starts_at=in_days(-2), trainers=[trainer])
    return only_session(run), *(build_registration(run, person) for person in (participant, double))


@pytest.mark.parametrize("came", ["kept", "gone"])
def test_of_two_registrations_the_one_that_was_attended_stays(participant, double, coordinator, trainer, past, came):
    session, mine, other = past
    marks = {mine.pk: Mark("absent"), other.pk: Mark("present")}
    if came == "kept":
        marks = {mine.pk: Mark("present"), other.pk: Mark("absent")}
    attendance.record(session, marks, Act(trainer))
    merged = people.merge(participant, double, Act(coordinator))
    stays, ended = (mine, other) if came == "kept" else (other, mine)
    assert ([row.pk for row in merged.ended], merged.stayed) == ([ended.pk], [])
    assert attendance.expected(session) == [stays]
    stays.refresh_from_db()
    assert (stays.person, stays.attendance_records.get().status) == (participant, "present")
    assert not Registration.objects.of(double).exists()

    people.undo_merge(AccountMerge.objects.get(), Act(coordinator))
    for row, person in ((mine, participant), (other, double)):
        row.refresh_from_db()
        assert row.person == person
    assert (stays.status, stays.attendance_records.get().status) == ("confirmed", "present")


def test_who_came_on_the_spot_without_an_address_is_who_was_expected(participant, agency, coordinator, trainer):
    run = build_run(starts_at=in_days(-2), trainers=[trainer])
    expected = build_registration(run, participant)
    with time_machine.travel(run.starts_at + dt.timedelta(hours=1), tick=False):
        walk_in = attendance.add_walk_in(
            only_session(run),
            Act(trainer),
            email="",
            first_name="Aische",
            last_name="Jildis",
            group="staff",
            agency=agency,
        )
        attendance.record(only_session(run), {expected.pk: Mark("absent")}, Act(trainer))
    people.merge(participant, walk_in.person, Act(coordinator))
    assert attendance.expected(only_session(run)) == [walk_in]
    assert Registration.objects.confirmed().of(participant).get() == walk_in


def test_of_two_that_nobody_attended_the_recorded_one_stays(participant, double, coordinator, trainer, past):
    session, mine, other = past
    attendance.record(session, {other.pk: Mark("excused")}, Act(trainer))
    merged = people.merge(participant, double, Act(coordinator))
    assert [row.pk for row in merged.ended] == [mine.pk]
    assert attendance.expected(session) == [other]


def test_what_both_have_attended_is_corrected_first(participant, double, coordinator, trainer, past):
    session, mine, other = past
    attendance.record(session, {mine.pk: Mark("present"), other.pk: Mark("present")}, Act(trainer))
    for operation in (people.what_merging_does, people.merge):
        with pytest.raises(Refused, match=f"{session.run.number}: Bei dem Konto, das aufgeht"):
            operation(participant, double, Act(coordinator))
    assert not AccountMerge.objects.exists()

    attendance.record(session, {other.pk: Mark("absent")}, Act(coordinator, reason="doppelt"))
    merged = people.merge(participant, double, Act(coordinator))
    assert [row.pk for row in merged.ended] == [other.pk]
    assert attendance.expected(session) == [mine]


def test_in_a_closed_run_attendance_is_corrected_first(participant, double, coordinator, trainer, past):
    session, mine, other = past
    attendance.record(session, {mine.pk: Mark("absent"), other.pk: Mark("present")}, Act(trainer))
    attendance.close(session.run, Act(coordinator))
    with pytest.raises(Refused, match="nicht übergehen"):
        people.merge(participant, double, Act(coordinator))

    marks = {mine.pk: Mark("present"), other.pk: Mark("absent")}
    attendance.record(session, marks, Act(coordinator, reason="doppelt"))
    merged = people.merge(participant, double, Act(coordinator))
    assert ([row.pk for row in merged.stayed], merged.ended) == ([other.pk], [])
    other.refresh_from_db()
    assert (mine.attendance_records.get().status, other.status) == ("present", "confirmed")


def test_after_thirty_days_it_is_final(participant, double, coordinator):
    build_registration(build_run(), double)
    people.merge(participant, double, Act(coordinator))
    emptied: list[User] = []
    with time_machine.travel(timezone.now() + dt.timedelta(days=29)):
        assert people.settle_merges(timezone.now(), emptied.append) == 0
    with time_machine.travel(timezone.now() + dt.timedelta(days=31)):
        assert people.settle_merges(timezone.now(), emptied.append) == 1
        with pytest.raises(Refused):
            people.undo_merge(AccountMerge.objects.get(), Act(coordinator))
    assert emptied == [double]
    assert AccountMerge.objects.get().moved == {}


@pytest.mark.parametrize("before", ["ended", "restricted"])
def test_an_account_that_had_ended_before_is_not_opened_by_undoing(participant, double, coordinator, before):
    if before == "ended":
        people.leave(double, Act(coordinator))
    else:
        people.restrict(double, Act(coordinator, reason="Antrag"))
    people.merge(participant, double, Act(coordinator))
    people.undo_merge(AccountMerge.objects.get(), Act(coordinator))
    double.refresh_from_db()
    assert (double.is_active, double.left_at is None, double.merged_into) == (False, False, None)


def test_whose_data_are_erased_does_not_come_back_by_an_account_merged_before(participant, double, coordinator):
    planning.note_interest(build_run().course, double)
    people.merge(participant, double, Act(coordinator))
    people.erase(participant, Act(coordinator))
    double.refresh_from_db()
    assert double.erased_at is not None
    assert (double.last_name, "yildiz" in double.email) == ("", False)
    with pytest.raises(Refused):
        people.undo_merge(AccountMerge.objects.get(), Act(coordinator))


@pytest.mark.parametrize("wrong", ["same", "coordinator goes", "merged already", "not a coordinator"])
def test_what_cannot_be_merged(participant, double, coordinator, wrong):
    kept, gone, by = participant, double, coordinator
    if wrong == "same":
        gone = participant
    elif wrong == "coordinator goes":
        gone = build_person("zweite@kreis.example", role="coordinator")
    elif wrong == "merged already":
        people.merge(participant, double, Act(coordinator))
    else:
        by = participant
    with pytest.raises(Refused):
        people.merge(kept, gone, Act(by))


def test_every_reference_to_a_person_is_decided_on():
    """Who adds one says whether it passes on when two accounts become one."""
    decided = {f"{label}.{name}" for label, name in merging.PASSES_ON.items()}
    decided |= merging.STAYS_BEHIND | merging.BY_OPERATION
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]
        if isinstance(field, models.ForeignKey | models.ManyToManyField) and field.related_model is User
        and not model._meta.auto_created
    }  # fmt: skip
    elsewhere = {name for name in found if name.split(".")[0] not in {"accounts", "trainings"}}
    of_certificates = {name for name in elsewhere if name.startswith("certificates.")}
    assert found - elsewhere - decided == set(), "decide in trainings/people/merging.py"
    assert decided - found == set(), "no longer there"
    # Certificates hang on the registration; who issued, ended or worded stays who did it.
    assert of_certificates == {
        "certificates.Certificate.issued_by", "certificates.Certificate.ended_by", "certificates.Wording.saved_by"
    }  # fmt: skip
