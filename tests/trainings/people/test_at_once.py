"""Several act at once on real connections: nobody is lost, nothing is left behind, nobody gets stuck."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import User
from tests.builders import build_agency, build_person, build_registration, build_run
from trainings import booking, people, planning
from trainings.acts import Act
from trainings.models import AccountMerge, Registration
from trainings.refusals import Refused

pytestmark = [pytest.mark.django_db(transaction=True)]
ROUNDS = 5


def at_once(*works: Callable[[], object]) -> list[Exception]:
    """Each in a thread of its own, begun together; what they raised."""
    gate, raised = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            work()
        except Exception as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "stuck"
    return raised


def test_two_coordinators_take_the_role_from_each_other():
    for number in range(ROUNDS):
        one, two = (build_person(f"{number}{name}@kreis.example", role="coordinator") for name in "ab")
        User.objects.exclude(pk__in=[one.pk, two.pk]).filter(role="coordinator").update(role="participant")
        raised = at_once(
            lambda one=one, two=two: people.change_person(two, {"role": "participant"}, Act(one)),
            lambda one=one, two=two: people.change_person(one, {"role": "participant"}, Act(two)),
        )
        assert [type(error) for error in raised] in ([Refused], [])
        assert User.objects.coordinators().count() >= 1


def test_somebody_is_registered_while_their_account_ends():
    by = build_person("koordination@kreis.example", role="coordinator")
    for number in range(ROUNDS):
        person = build_person(f"{number}@mayen.example")
        first, second = build_run(), build_run()
        build_registration(first, person)
        raised = at_once(
            lambda person=person: people.leave(person, Act(by)),
            lambda person=person, run=second: booking.register(run, person, Act(by)),
        )
        assert {type(error) for error in raised} <= {Refused}
        booking.sweep()
        assert not Registration.objects.active().filter(person=person).exists()


@pytest.mark.both_databases
@pytest.mark.slow
def test_two_coordinators_merge_the_same_accounts_in_both_directions():
    by = build_person("koordination@kreis.example", role="coordinator")
    for number in range(ROUNDS):
        one, two = (build_person(f"{number}{name}@mayen.example") for name in "ab")
        rows = [build_registration(build_run(), person) for person in (one, two)]
        raised = at_once(
            lambda one=one, two=two: people.merge(one, two, Act(by)),
            lambda one=one, two=two: people.merge(two, one, Act(by)),
        )
        assert [type(error) for error in raised] == [Refused]
        merge = AccountMerge.objects.latest("pk")
        assert {Registration.objects.get(pk=row.pk).person for row in rows} == {merge.kept}
        assert User.objects.get(pk=merge.kept_id).merged_into is None


def test_the_person_leaves_while_a_coordinator_ends_the_account():
    by = build_person("koordination@kreis.example", role="coordinator")
    person = build_person("geht@mayen.example")
    run = build_run(capacity=1)
    build_registration(run, person)
    waiting = build_registration(run, status="waitlisted", queued_at=timezone.now())
    raised = at_once(lambda: people.leave(person, Act(person)), lambda: people.leave(person, Act(by)))
    assert {type(error) for error in raised} <= {Refused}
    waiting.refresh_from_db()
    assert waiting.status == "confirmed"
    assert Registration.objects.get(person=person).events.filter(to_status="cancelled").count() == 1


@pytest.mark.both_databases
@pytest.mark.slow
def test_two_coordinators_appoint_and_dismiss_the_same_person_for_two_agencies():
    by = [build_person(f"{name}@kreis.example", role="coordinator") for name in "ab"]
    agencies = [build_agency(name, f"{name}.example") for name in ("eins", "zwei")]
    own = build_agency("drei", "drei.example")
    for number in range(ROUNDS):
        person = build_person(f"{number}@drei.example", role="agency_contact")
        for operation, left in [(planning.appoint_contact, {own, *agencies}), (planning.dismiss_contact, {own})]:
            raised = at_once(
                *(
                    lambda agency=agency, one=one, person=person, operation=operation: operation(
                        agency, person, Act(one)
                    )
                    for agency, one in zip(agencies, by, strict=True)
                )
            )
            assert (raised, {*User.objects.get(pk=person.pk).spoken_for()}) == ([], left)
