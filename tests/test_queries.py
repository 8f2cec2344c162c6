"""Pages ask the database as often for three rows as for one."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certificates import issuing
from tests.builders import (
    build_agency,
    build_funding,
    build_person,
    build_registration,
    build_run,
    build_venue,
    in_days,
    only_session,
)
from trainings import attendance, booking
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import CourseRun, DataRequest, Message
from trainings.views import master_data

pytestmark = pytest.mark.django_db


def queries(client, address):
    """How many, on the second look: the first may fill caches of the process."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def full_run(trainer, **fields):
    """A run with a venue, an inhouse agency, three people with places, two of them recorded, and one waiting."""
    run = build_run(venue=build_venue(), trainers=[trainer], capacity=3, **fields)
    for number in range(3):
        build_registration(run, build_person(f"p{run.pk}.{number}@amt{run.pk}.example", organisation="Amt"))
    build_registration(run, status="waitlisted")
    session = only_session(run)
    if session.can_be_recorded():
        for registration in attendance.expected(session)[:2]:
            attendance.record(session, {registration.pk: Mark("present")}, Act(trainer))
    return run


@pytest.fixture(autouse=True)
def funding(db):
    return build_funding()


@pytest.mark.slow
def test_my_registrations(signed_in, participant, trainer):
    client = signed_in(participant)

    def one_more_of_each():
        build_registration(full_run(trainer), participant)
        build_registration(full_run(trainer), participant, "waitlisted")
        build_registration(full_run(trainer, starts_at=in_days(-9)), participant)
        build_registration(full_run(trainer), participant, "cancelled")

    one_more_of_each()
    with_one = queries(client, "/meine-schulungen/")
    one_more_of_each()
    one_more_of_each()
    assert queries(client, "/meine-schulungen/") == with_one


def test_teaching(signed_in, trainer):
    client = signed_in(trainer)

    def one_more_of_each():
        full_run(trainer)
        full_run(trainer, starts_at=in_days(-9))
        full_run(trainer, cancelled_at=timezone.now(), cancellation_reason="krank")

    one_more_of_each()
    with_one = queries(client, "/leitung/")
    one_more_of_each()
    one_more_of_each()
    assert queries(client, "/leitung/") == with_one


@pytest.mark.slow
def test_what_a_trainer_taught_long_ago_is_not_read(signed_in, trainer):
    client = signed_in(trainer)
    full_run(trainer)
    full_run(trainer, starts_at=in_days(-9))
    full_run(trainer, starts_at=in_days(-400))
    before = queries(client, "/leitung/")
    runs = {run.pk for run in client.get("/leitung/").context["past"] for run in [run.run]}
    for number in range(5):
        full_run(trainer, starts_at=in_days(-800 - number))
    assert queries(client, "/leitung/") == before
    assert {taught.run.pk for taught in client.get("/leitung/").context["past"]} == runs


@pytest.mark.parametrize("address", ["/koordination/nachrichten/", "/koordination/protokoll/"])
def test_lists_without_an_end_count_nothing(signed_in, coordinator, participant, address):
    client = signed_in(coordinator)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    assert [query["sql"] for query in captured if "COUNT(" in query["sql"]] == []


def test_attendance(signed_in, trainer):
    session = only_session(build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(hours=1)))
    address = reverse("trainings:attendance", args=[session.pk])
    client = signed_in(trainer)

    def one_more(number):
        agency = build_agency(f"Amt {number}", f"amt{number}.example")
        registration = build_registration(session.run, build_person(f"a@amt{number}.example", agency=agency))
        attendance.record(session, {registration.pk: Mark("present")}, Act(trainer))

    one_more(1)
    with_one = queries(client, address)
    one_more(2)
    one_more(3)
    assert queries(client, address) == with_one


@pytest.mark.slow
def test_coordination(signed_in, coordinator, trainer):
    client = signed_in(coordinator)

    def one_more_of_each():
        run = full_run(trainer, minimum_number=20, starts_at=in_days(10))
        run.trainers.clear()
        full_run(trainer, starts_at=in_days(-9))
        full_run(trainer, published_at=None)
        CourseRun.objects.filter(pk=full_run(trainer, published_at=None).pk).update(starts_at=None, ends_at=None)
        over = build_run(trainers=[trainer], starts_at=in_days(-5), venue=build_venue(), funding=build_funding())
        present = build_registration(over, build_person())
        attendance.record(only_session(over), {present.pk: Mark("present")}, Act(trainer))
        closed = build_run(trainers=[trainer], starts_at=in_days(-6))
        present = build_registration(closed, build_person())
        attendance.record(only_session(closed), {present.pk: Mark("present")}, Act(trainer))
        attendance.close(closed, Act(coordinator))
        free = build_run(trainers=[trainer])
        person = build_person()
        registration = booking.register(free, person, Act(person))
        Message.objects.filter(registration=registration).update(status="dead")
        build_registration(build_run(trainers=[trainer]), build_person(), "requested")  # nobody supervises them
        build_run(trainers=[trainer], starts_at=in_days(12), minimum_number=5, decide_on=timezone.localdate())
        DataRequest.objects.create(person=build_person(), kind="erasure", due_on=timezone.localdate())
        build_person(organisation="Amt", email=f"wer{over.pk}@nirgends.example")

    one_more_of_each()
    with_one = queries(client, "/koordination/")
    one_more_of_each()
    one_more_of_each()
    assert queries(client, "/koordination/") == with_one


def test_coordination_runs(signed_in, coordinator, trainer):
    client = signed_in(coordinator)
    full_run(trainer)
    with_one = queries(client, "/koordination/termine/?zeitraum=alle")
    full_run(trainer, starts_at=in_days(-9))
    full_run(trainer, published_at=None)
    assert queries(client, "/koordination/termine/?zeitraum=alle") == with_one


@pytest.mark.slow
def test_half_year(signed_in, coordinator, trainer):
    client = signed_in(coordinator)
    full_run(trainer, starts_at=in_days(1))
    with_one = queries(client, "/koordination/plan/")
    for hours in range(1, 12):
        full_run(trainer, starts_at=in_days(1) + dt.timedelta(hours=hours))  # each clashes with the others
        full_run(trainer, starts_at=in_days(1), published_at=None)
    assert queries(client, "/koordination/plan/") == with_one
    assert queries(client, "/koordination/plan/?ansicht=monate") == with_one


def test_coordination_run(signed_in, coordinator, trainer):
    run = build_run(venue=build_venue(), trainers=[trainer], starts_at=in_days(-9))
    address = reverse("trainings:coordination_run", args=[run.pk])
    client = signed_in(coordinator)

    def one_more_of_each(number):
        agency = build_agency(f"Amt {number}", f"amt{number}.example")
        for status in ["confirmed", "waitlisted", "cancelled"]:
            registration = build_registration(run, build_person(f"{status}@amt{number}.example", agency=agency), status)
            registration.events.create(to_status=status, actor=registration.person, channel="web")
        build_registration(run, build_person(f"x@amt{number}.example", agency=agency))
        recorded = run.registrations.get(person__email=f"confirmed@amt{number}.example")
        attendance.record(only_session(run), {recorded.pk: Mark("present")}, Act(trainer))
        run.agencies.add(agency)
        run.trainers.add(build_person(f"leitung@amt{number}.example"))

    one_more_of_each(1)
    with_one = queries(client, address)
    one_more_of_each(2)
    one_more_of_each(3)
    assert queries(client, address) == with_one


def test_register_other(signed_in, coordinator, trainer):
    run = full_run(trainer)
    address = reverse("trainings:register_other", args=[run.pk]) + "?q=Haddad"
    client = signed_in(coordinator)

    def one_more(number):
        agency = build_agency(f"Amt {number}", f"amt{number}.example")
        build_person(f"h@amt{number}.example", last_name="Haddad", agency=agency)

    one_more(101)
    with_one = queries(client, address)
    one_more(102)
    one_more(103)
    assert queries(client, address) == with_one


def test_my_certificates_and_the_page_that_issues_them(signed_in, coordinator, participant, trainer):
    def run():
        run = full_run(trainer, starts_at=in_days(-9))
        registration = build_registration(run, participant)
        attendance.record(only_session(run), {registration.pk: Mark("present")}, Act(trainer))
        issuing.issue(run, Act(coordinator))
        return run

    first = run()
    address = reverse("certificates:issue", args=[first.pk])
    on_the_list, to_issue = (
        queries(signed_in(participant), "/bescheinigungen/"),
        queries(signed_in(coordinator), address),
    )
    run()
    run()
    for person in [build_person(), build_person()]:
        registration = build_registration(first, person)
        attendance.record(only_session(first), {registration.pk: Mark("present")}, Act(trainer))
    issuing.issue(first, Act(coordinator))
    assert queries(signed_in(participant), "/bescheinigungen/") == on_the_list
    assert queries(signed_in(coordinator), address) == to_issue


@pytest.mark.parametrize("capacity", [1, 20])
def test_registering_stays_within_its_budget(signed_in, participant, capacity):
    """Many do so in the same minute, when registration opens."""
    run = build_run(capacity=capacity)
    build_registration(run)
    client, address = signed_in(participant), reverse("trainings:register", args=[run.pk])
    would_wait = capacity == 1  # then another run of the course is looked for
    assert queries(client, address) <= 10 + would_wait
    with CaptureQueriesContext(connection) as captured:
        assert client.post(address, {"needs": ""}).status_code == 302
    assert len(captured) <= 14  # with what marks the savepoint of a test


@pytest.mark.django_db
def test_searches_for_hundreds_of_words_break_nothing(signed_in, coordinator):
    """SQLite refuses conditions of more than a thousand parts: every box to search in takes the words it can."""
    client = signed_in(coordinator)
    addresses = [
        reverse(f"trainings:{name}") for name in ("coordination_runs", "choose_course", "messages", "find_people")
    ]
    addresses += [reverse("trainings:master_data_list", args=[kind]) for kind in master_data.KINDS]
    addresses += [reverse("trainings:register_other", args=[build_run().pk])]
    for address in addresses:
        assert client.get(address, {"q": "a " * 1500}).status_code == 200, address
