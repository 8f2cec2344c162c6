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


def test_what_both_have_attended_stays_apart(participant, double, coordinator, trainer):
    run = build_run(starts_at=in_days(-2), trainers=[trainer])
    rows = [build_registration(run, person) for person in (participant, double)]
    session = only_session(run)
    attendance.record(session, {row.pk: Mark("present") for row in rows}, Act(trainer))
    merged = people.merge(participant, double, Act(coordinator))
    assert [row.pk for row in merged.stayed] == [rows[1].pk]
    assert [Registration.objects.get(pk=row.pk).status for row in rows] == ["confirmed", "confirmed"]


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
