"""A coordinator per run: whose it is, whose desk it is on, who gets the answers to its mails."""

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.builders import build_course, build_person, build_run, in_days, planner
from tests.pages import read
from trainings import booking, mails, planning
from trainings.acts import Act
from trainings.models import CourseRun
from trainings.planning import Edit

pytestmark = pytest.mark.django_db

DESK, LIST = "/koordination/", "/koordination/termine/"


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


@pytest.fixture
def colleague():
    return build_person(first_name="Olga", last_name="Berg", role=User.Role.COORDINATOR)


def leave(person: User) -> None:
    person.role = User.Role.PARTICIPANT
    person.save()


@pytest.fixture
def runs(coordinator, colleague):
    return {
        title: build_run(build_course(title), starts_at=in_days(20), coordinator=whose)
        for title, whose in {"Meiner": coordinator, "Ihrer": colleague, "Niemandes": None}.items()
    }


# --- Whose ------------------------------------------------------------------------------------------


def test_the_history_says_who_and_keeps_no_name(coordinator, colleague):
    run = build_run(coordinator=coordinator)
    planning.change_run(run, Edit({"coordinator": colleague}), planner())
    [(event, [said])] = planning.history_of(run)
    assert (said.label, said.old, said.new) == ("Zuständig", "Miriam Roth", "Olga Berg")
    assert event.changes[0]["new"] == colleague.pk
    colleague.last_name = "Tal"
    colleague.save()
    assert planning.history_of(run)[0][1][0].new == "Olga Tal"


def test_a_change_of_coordinator_is_told_to_nobody(coordinator, participant):
    run = build_run()
    booking.register(run, participant, Act(participant))
    follows = planning.consequences_of(
        run, lambda act: planning.change_run(run, Edit({"coordinator": coordinator}), act), planner()
    )
    assert (len(follows.changes), follows.mails) == (1, [])


def test_who_plans_a_run_looks_after_it_unless_the_last_one_had_somebody(client, coordinator, colleague):
    course = build_course()

    def proposed():
        page = read(client.get(reverse("trainings:new_run", args=[course.pk])))
        return page.form("coordinator")["coordinator"]

    assert proposed() == str(coordinator.pk)
    build_run(course, coordinator=colleague)
    assert proposed() == str(colleague.pk)
    leave(colleague)
    assert proposed() == str(coordinator.pk)


def test_a_copy_keeps_its_coordinator_while_there_is_one(coordinator, colleague):
    run = build_run(coordinator=colleague)
    assert planning.copy_of(run, days=7).values["coordinator"] == colleague
    leave(colleague)
    run = CourseRun.objects.get(pk=run.pk)
    assert planning.copy_of(run, days=7).values["coordinator"] is None
    assert run.active_coordinator is None


def test_only_coordinators_can_be_chosen_and_one_who_left_stays_until_changed(client, colleague, trainer):
    run = build_run(coordinator=colleague)
    leave(colleague)
    page = client.get(reverse("trainings:edit_run", args=[run.pk])).content.decode()
    choice = page.partition('name="coordinator"')[2].partition("</select>")[0]
    assert [name for name in ("Roth, Miriam", "Berg, Olga", "Okafor, Ngozi") if name in choice] == [
        "Roth, Miriam",
        "Berg, Olga",
    ]


# --- Mine -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_desk_shows_mine(client, runs):
    def shown(query=""):
        return {title for title in runs if title in read(client.get(DESK + query)).text}

    assert shown() == {"Meiner", "Ihrer", "Niemandes"}
    assert shown("?wer=meine") == {"Meiner"}
    runs["Ihrer"].trainers.add(build_person())
    assert "1 Termin ohne Kursleitung Meiner" in read(client.get(DESK + "?wer=meine")).text


@pytest.mark.slow
def test_of_what_became_nobodys_everybody_is_told(client, runs, colleague):
    assert "zuständige Person nicht mehr da" not in read(client.get(DESK)).text
    leave(colleague)
    for query in ["", "?wer=meine"]:
        assert "1 Termin, dessen zuständige Person nicht mehr da ist Ihrer" in read(client.get(DESK + query)).text
    CourseRun.objects.filter(coordinator=colleague).update(closed_at=timezone.now())
    assert "zuständige Person nicht mehr da" not in read(client.get(DESK)).text


def test_the_list_of_runs_shows_mine_or_nobodys(client, runs, colleague):
    def shown(who):
        links = read(client.get(f"{LIST}?wer={who}")).links
        return {title for title in runs if any(words.startswith(title) for words in links)}

    assert shown("alle") == shown("unfug") == {"Meiner", "Ihrer", "Niemandes"}
    assert shown("meine") == {"Meiner"}
    assert shown("niemand") == {"Niemandes"}
    leave(colleague)
    assert shown("niemand") == {"Ihrer", "Niemandes"}


# --- Answers ----------------------------------------------------------------------------------------


def test_answers_go_to_the_coordinator_while_there_is_one(settings, participant, other_participant, colleague):
    run = build_run(coordinator=colleague)
    booking.register(run, participant, Act(participant))
    mails.deliver_due()
    assert mail.outbox[-1].reply_to == [colleague.email]
    colleague.is_active = False
    colleague.save()
    booking.register(run, other_participant, Act(other_participant))
    mails.deliver_due()
    assert mail.outbox[-1].reply_to == [settings.CONTACT_EMAIL]
