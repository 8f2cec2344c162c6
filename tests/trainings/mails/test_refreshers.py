"""Who is reminded that a refresher is due: once, in time, and only who wants to hear of it."""

import datetime as dt
from unittest import mock

import pytest
from django.core import mail as outgoing
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from certificates import issuing
from tests.builders import (
    berlin,
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    only_session,
)
from tests.certificates.builders import build_attended
from tests.pages import read
from trainings import attendance, mails, people, planning, refreshers
from trainings.acts import Act
from trainings.mails import outbox
from trainings.models import Correspondence, Course, Message, Registration

NOON = berlin(2026, 11, 30, 12)
SOON = berlin(2025, 1, 10, 9)  # due 10 January 2027: in 41 days


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def course(db):
    return build_course("Datenschutz", refresh_after_years=2)


@pytest.fixture
def attended(noon, course, participant) -> Registration:
    return build_attended(build_run(course, starts_at=SOON), participant)


def reminded() -> list[User]:
    return [message.recipient for message in Message.objects.filter(kind="refresher_due").order_by("pk")]


def sent() -> str:
    """The text of the only mail that leaves."""
    outgoing.outbox.clear()
    mails.deliver_due()
    [message] = outgoing.outbox
    return message.body


# --- when, and how often ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("started", "is_reminded"),
    [
        (berlin(2024, 11, 29, 9), False),  # was due yesterday
        (berlin(2024, 11, 30, 9), True),
        (berlin(2025, 1, 29, 9), True),  # in 60 days
        (berlin(2025, 1, 30, 9), False),
    ],
)
def test_from_sixty_days_before_until_the_day(course, participant, started, is_reminded):
    build_attended(build_run(course, starts_at=started), participant)

    assert mails.remind_to_refresh() == is_reminded


def test_not_before_seven_in_the_morning(attended, time_machine):
    time_machine.move_to(berlin(2026, 11, 30, 6, 59))
    assert mails.remind_to_refresh() == 0
    time_machine.move_to(berlin(2026, 11, 30, 7))
    assert mails.remind_to_refresh() == 1


@pytest.mark.slow
def test_once_for_each_person_course_and_day(attended, course, participant, time_machine):
    assert mails.remind_to_refresh() == 1
    for days in range(1, 42):
        time_machine.move_to(NOON + dt.timedelta(days=days))
        assert mails.remind_to_refresh() == 0
    assert reminded() == [participant]


def test_cut_off_in_the_middle_it_goes_on_and_nobody_is_told_twice(course):
    run = build_run(course, starts_at=SOON)
    wanted = [build_attended(run, build_person(last_name=f"P{number}")).person for number in range(5)]
    with (
        mock.patch.object(outbox, "AT_ONCE", 2),
        mock.patch.object(Message.objects, "bulk_create", wraps=Message.objects.bulk_create) as write,
    ):
        write.side_effect = [mock.DEFAULT, KeyboardInterrupt]
        with pytest.raises(KeyboardInterrupt):
            mails.remind_to_refresh()
    assert len(reminded()) == 2

    assert mails.remind_to_refresh() == 3
    assert sorted(person.pk for person in reminded()) == [person.pk for person in wanted]


def test_another_number_of_years_is_another_day_and_the_old_mail_is_not_sent(attended, course, coordinator):
    mails.remind_to_refresh()
    planning.save_course(course, {"refresh_after_years": 3}, Act(coordinator))
    outgoing.outbox.clear()
    mails.deliver_due()

    assert (outgoing.outbox, Message.objects.get(kind="refresher_due").status) == ([], "dropped")


def test_merging_accounts_tells_nobody_again(attended, participant, coordinator):
    other = build_person("a.yildiz@mayen.example", "Ayşe", "Yıldız")
    mails.remind_to_refresh()

    people.merge(other, participant, Act(coordinator, reason="dieselbe Person"))

    assert mails.remind_to_refresh() == 0
    assert reminded() == [other]  # the mail passed over with the rest


# --- who is not reminded ----------------------------------------------------------------------------------------------


def unsubscribes(registration, coordinator):
    Correspondence.objects.change(registration.person, wants_refreshers=False)


def leaves(registration, coordinator):
    people.leave(registration.person, Act(coordinator, reason="Wechsel"))


def is_erased(registration, coordinator):
    people.erase(registration.person, Act(coordinator, reason="Antrag"))


def is_registered_again(registration, coordinator):
    build_registration(build_run(registration.run.course), registration.person)


def attended_again(registration, coordinator):
    build_attended(build_run(registration.run.course, starts_at=berlin(2026, 11, 2, 9)), registration.person)


def was_not_there_after_all(registration, coordinator):
    mark = {registration.pk: attendance.Mark("absent")}
    attendance.record(only_session(registration.run), mark, Act(coordinator, reason="verwechselt"))


def is_not_offered_any_more(registration, coordinator):
    Course.objects.update(published_at=None)


def need_not_be_refreshed(registration, coordinator):
    Course.objects.update(refresh_after_years=None)


WHATEVER = [
    unsubscribes, leaves, is_erased, is_registered_again, attended_again, was_not_there_after_all,
    is_not_offered_any_more, need_not_be_refreshed,
]  # fmt: skip


@pytest.mark.parametrize("happens", WHATEVER)
def test_nobody_is_reminded_of_what_is_not_due_for_them(attended, coordinator, happens):
    happens(attended, coordinator)

    assert mails.remind_to_refresh() == 0


@pytest.mark.parametrize("happens", WHATEVER)
def test_what_happens_before_the_mail_leaves_keeps_it_back(attended, coordinator, participant, happens):
    mails.remind_to_refresh()
    happens(attended, coordinator)
    outgoing.outbox.clear()
    mails.deliver_due()

    assert [mail.to for mail in outgoing.outbox if "Auffrischung" in mail.subject] == []


def test_whose_address_is_not_known_is_reminded_once_it_is(course, coordinator):
    person = build_person("a1b2@no-address.example")
    build_attended(build_run(course, starts_at=SOON), person)
    assert mails.remind_to_refresh() == 0

    people.add_address(person, "jetzt@mayen.example", Act(coordinator))
    assert mails.remind_to_refresh() == 1


def test_a_certificate_that_is_revoked_before_the_mail_leaves_keeps_it_back(course, participant, coordinator):
    registration = build_attended(build_run(course, starts_at=SOON), participant, minutes=90)
    act = Act(coordinator, reason="Zug fiel aus")
    [certificate] = issuing.issue(registration.run, act, registrations=[registration])
    mails.remind_to_refresh()
    assert reminded() == [participant]

    issuing.revoke(certificate, act)
    message = Message.objects.get(kind="refresher_due")
    assert mails.no_longer_true(message) == "Die Auffrischung ist an diesem Tag nicht mehr fällig."


def test_nothing_is_said_of_what_is_no_evidence_any_more(course, participant):
    ended = build_funding(
        starts_on=dt.date(2010, 1, 1), ends_on=dt.date(2025, 12, 31), keep_evidence_until=dt.date(2026, 1, 31)
    )
    build_attended(build_run(course, starts_at=SOON, funding=ended), participant)

    assert mails.remind_to_refresh() == 0


# --- what it says -----------------------------------------------------------------------------------------------------


def test_it_says_when_and_names_the_next_runs(attended, course):
    coming = build_run(course)
    mails.remind_to_refresh()

    text = sent()

    assert "Eine Auffrischung ist fällig am So., 10. Januar 2027." in text
    assert "10.01.2025" in text
    assert coming.get_absolute_url() in text


def test_without_a_run_it_says_what_to_do(attended):
    mails.remind_to_refresh()

    assert "Merken Sie dort Ihr Interesse vor" in sent()


def test_its_subject_names_the_training_and_it_can_be_ended_by_one_click(attended, client, participant):
    mails.remind_to_refresh()
    sent()
    message = outgoing.outbox[0].message()
    assert message["Subject"] == "Auffrischung: Datenschutz"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = message["List-Unsubscribe"].strip("<>").partition("/abbestellen")[1:]

    url = "".join(address)
    assert "wenn für eine Schulung" in read(client.get(url)).text  # looking changes nothing
    assert Correspondence.objects.of(User.objects.get(pk=participant.pk)).wants_refreshers
    client.post(url, {"List-Unsubscribe": "One-Click"})
    wishes = Correspondence.objects.of(User.objects.get(pk=participant.pk))
    assert (wishes.wants_refreshers, wishes.wants_digest) == (False, True)
    assert "keine Erinnerungen an Auffrischungen mehr" in read(client.get(url)).text


def test_people_order_it_again_in_their_account(signed_in, participant):
    Correspondence.objects.change(participant, wants_refreshers=False)
    client, address = signed_in(participant), reverse("accounts:profile")
    form = read(client.get(address)).form("first_name")
    assert "wants_refreshers" not in form  # not ticked

    client.post(address, {**form, "wants_refreshers": "on"})
    assert Correspondence.objects.of(User.objects.get(pk=participant.pk)).wants_refreshers


def test_the_window_is_that_of_the_page(attended):
    """Who is reminded sees it on their page as well."""
    [one] = refreshers.to_remind(timezone.now())
    assert one.due_on <= refreshers.soon()
