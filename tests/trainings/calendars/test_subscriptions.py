"""Subscriptions: their options, which change without the address, and their end."""

import datetime as dt

import pytest
from django.urls import reverse

from tests import builders
from tests.builders import cancel_session, further_session
from tests.feeds import events, subscribe, text_of, titled
from trainings import booking, calendars, people, planning
from trainings.acts import Act
from trainings.calendars import subscriptions
from trainings.models import CalendarChoice, CalendarSubscription, Correspondence
from trainings.refusals import Refused

Kind = CalendarSubscription.Kind
KINDS = list(Kind)
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)"


def test_options(client, participant, coordinator, db):
    for day, status in enumerate(["confirmed", "waitlisted", "requested"]):
        run = titled(status, starts_at=builders.in_days(day + 3))
        builders.build_registration(run, participant, status)
    builders.build_registration(titled("vorbei", starts_at=builders.in_days(-40)), participant)
    off, off_while_waiting = titled("abgesagt"), titled("vergeblich", capacity=1)
    builders.build_registration(off_while_waiting)
    for run in (off, off_while_waiting):
        booking.register(run, participant, Act(participant))
        planning.cancel_run(run, Act(coordinator, reason="krank"))

    def titles(**options):
        return sorted(title.rpartition(": ")[2] for title in events(client.get(subscribe(participant, **options))))

    everything = ["abgesagt", "confirmed", "requested", "vergeblich", "vorbei", "waitlisted"]
    assert titles() == everything
    assert titles(with_waitlisted=False) == ["abgesagt", "confirmed", "vorbei"]
    assert titles(with_cancelled=False) == ["confirmed", "requested", "vorbei", "waitlisted"]
    assert titles(look_back=30) == [title for title in everything if title != "vorbei"]


def test_a_reminder_is_an_alarm_but_not_of_what_is_called_off(client, participant, run):
    builders.build_registration(run, participant)
    address = subscribe(participant, reminder=60)
    [event] = events(client.get(address)).values()
    [alarm] = event.walk("VALARM")
    assert (alarm["ACTION"], alarm["TRIGGER"].dt, alarm["DESCRIPTION"]) == (
        "DISPLAY",
        dt.timedelta(hours=-1),
        run.course.title,
    )
    session = builders.only_session(run)
    further_session(run)
    cancel_session(session)
    alarms = {title: len(event.walk("VALARM")) for title, event in events(client.get(address)).items()}
    assert alarms == {f"ABGESAGT: {run.course.title}": 0, run.course.title: 1}
    assert "VALARM" not in text_of(client.get(subscribe(participant)))


def test_what_is_called_off_stays_for_sixty_days(client, participant, time_machine):
    time_machine.move_to("2026-03-02 09:00:00+00:00", tick=False)
    run = titled("Kurs", starts_at=builders.in_days(100))
    builders.build_registration(run, participant)
    session = builders.only_session(run)
    further_session(run, builders.in_days(200))
    cancel_session(session)
    address = subscribe(participant)
    time_machine.shift(dt.timedelta(days=60))
    event = events(client.get(address))["ABGESAGT: Kurs"]
    assert (event["SUMMARY"], event["STATUS"], event["TRANSP"]) == ("ABGESAGT: Kurs", "CANCELLED", "TRANSPARENT")
    time_machine.shift(dt.timedelta(days=1))
    assert list(events(client.get(address))) == ["Kurs"]


def test_options_change_without_the_address(signed_in, participant, run):
    builders.build_registration(run, participant, "waitlisted")
    client, address = signed_in(participant), subscribe(participant)
    [subscription] = calendars.subscriptions_of(participant)
    first = client.get(address)
    page = reverse("trainings:change_subscription", args=[subscription.pk])
    response = client.post(page, {"name": "Handy", "look_back": "30", "reminder": "15", "kind": "coordinator"})
    assert response.status_code == 302
    subscription.refresh_from_db()
    assert (subscription.name, subscription.kind, subscription.look_back, subscription.with_waitlisted) == (
        "Handy",
        "personal",
        30,
        False,
    )
    assert events(client.get(address, headers={"if-none-match": first.headers["ETag"]})) == {}


def test_a_name_is_needed_and_nothing_is_lost(signed_in, participant):
    response = signed_in(participant).post(
        reverse("trainings:subscribe"), {"name": " ", "look_back": "365", "reminder": "15"}
    )
    form = response.context["form"]
    assert (list(form.errors), form["look_back"].value(), form["reminder"].value()) == (["name"], "365", "15")
    assert CalendarSubscription.objects.count() == 0


@pytest.mark.parametrize(("ticked", "choice"), [(True, "feed"), (False, "mail")])
def test_a_subscription_may_end_invitations_by_mail(signed_in, participant, ticked, choice):
    data = {"name": "Handy", "look_back": "90"} | ({"instead_of_mail": "on"} if ticked else {})
    client = signed_in(participant)
    assert client.get(reverse("trainings:calendar")).context["form"]["instead_of_mail"].value() is True
    client.post(reverse("trainings:subscribe"), data)
    participant.refresh_from_db()
    assert Correspondence.objects.of(participant).calendar_choice == choice


def test_a_trainers_calendar_leaves_invitations_as_they_are(trainer, run):
    calendars.subscribe(trainer, Kind.TRAINER, instead_of_mail=True)
    trainer.refresh_from_db()
    assert Correspondence.objects.of(trainer).calendar_choice == CalendarChoice.MAIL


# --- The end of a subscription --------------------------------------------------------------------


def test_one_is_revoked_and_the_others_go_on(signed_in, participant):
    first, second = subscribe(participant, name="Büro"), subscribe(participant, name="Handy")
    client = signed_in(participant)
    page = reverse("trainings:revoke_subscription", args=[calendars.subscriptions_of(participant).get(name="Büro").pk])
    assert client.get(page).status_code == 200
    assert client.get(first).status_code == 200  # asking has ended nothing
    assert client.post(page).status_code == 302
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    assert client.post(page).status_code == 404
    assert [left.name for left in CalendarSubscription.objects.all()] == ["Handy"]  # nothing of it is kept


@pytest.mark.parametrize("name", ["change_subscription", "revoke_subscription"])
def test_those_of_others_do_not_exist(signed_in, participant, other_participant, name):
    address = subscribe(other_participant)
    page = reverse(f"trainings:{name}", args=[calendars.subscriptions_of(other_participant).get().pk])
    client = signed_in(participant)
    data = {"name": "meins", "look_back": "0"}
    assert (client.get(page).status_code, client.post(page, data).status_code) == (404, 404)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("changed", ["address", "end", "name"])
def test_another_mail_address_or_no_account_ends_them_all(client, coordinator, participant, changed):
    address, too = subscribe(participant), subscribe(participant)
    if changed == "end":
        people.leave(participant, Act(coordinator))
        people.reopen(participant, Act(coordinator))
    else:
        values = {"address": {"email": "neu@mayen.example"}, "name": {"first_name": "Ayla"}}[changed]
        people.change_person(participant, values, Act(coordinator))
    ended = 200 if changed == "name" else 404
    assert [client.get(one).status_code for one in (address, too)] == [ended, ended]


def test_there_is_a_limit(participant):
    for _number in range(subscriptions.MOST):
        calendars.subscribe(participant)
    with pytest.raises(Refused):
        calendars.subscribe(participant)
