"""The way of a person through the levels: what is attended, and what comes next."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certificates import issuing
from tests.builders import build_course, build_person, build_registration, build_run, in_days
from tests.certificates.builders import build_attended, build_certificate
from tests.pages import read
from trainings import people
from trainings.acts import Act
from trainings.models import Course

Level = Course.Level


@pytest.fixture
def opening(db):
    return build_course("Auftakt für alle", level=Level.OPENING, number=1)


@pytest.fixture
def basics(db):
    return build_course("Grundlagen", level=Level.BASIC, number=2)


@pytest.fixture
def advanced(basics):
    course = build_course("Vertiefung", level=Level.ADVANCED, number=3)
    course.prerequisites.add(basics)
    return course


def standings(person) -> dict[str, list[tuple[str, str]]]:
    path = people.path_of(person)
    return {
        stage.level.value: [(step.course.title, step.standing.name.lower()) for step in stage.steps]
        for stage in path.stages
    }


def next_titles(person) -> list[str]:
    return [step.course.title for step in people.path_of(person).next_steps]


def test_levels_stand_in_their_order_with_what_the_person_has_done(participant, opening, basics, advanced):
    build_attended(build_run(opening, starts_at=in_days(-20)), participant)
    build_registration(build_run(basics), participant)
    build_registration(build_run(advanced), participant, "waitlisted")
    build_course("Recht", level=Level.SPECIALIST)
    build_course("Abend", level=Level.EVENING)

    assert standings(participant) == {
        "opening": [("Auftakt für alle", "attended")],
        "basic": [("Grundlagen", "booked")],
        "advanced": [("Vertiefung", "waiting")],
        "specialist": [("Recht", "open")],
    }


@pytest.mark.parametrize(
    ("minutes", "standing"), [(360, "attended"), (288, "attended"), (287, "open"), (0, "open"), (None, "open")]
)
def test_attended_is_what_reaches_the_rule_of_the_run(participant, basics, minutes, standing):
    build_attended(build_run(basics, starts_at=in_days(-20)), participant, minutes=minutes)  # 80 % of 360

    assert standings(participant) == {"basic": [("Grundlagen", standing)]}


def test_a_certificate_issued_below_the_rule_counts_until_it_is_revoked(participant, basics, coordinator):
    registration = build_attended(build_run(basics, starts_at=in_days(-20)), participant, minutes=90)
    act = Act(coordinator, reason="Zug fiel aus")
    [certificate] = issuing.issue(registration.run, act, registrations=[registration])
    assert standings(participant) == {"basic": [("Grundlagen", "attended")]}

    issuing.revoke(certificate, act)
    assert standings(participant) == {"basic": [("Grundlagen", "open")]}


def test_leaders_go_one_level_further(basics):
    build_course("Führen", level=Level.LEADERSHIP)

    assert list(standings(build_person(group="staff"))) == ["basic"]
    assert list(standings(build_person(group="leadership"))) == ["basic", "leadership"]


def test_what_is_meant_for_others_is_left_out_but_for_what_was_attended(participant, basics):
    for_leaders = build_course("Nur Leitung", groups=["leadership"], level=Level.BASIC)
    assert standings(participant) == {"basic": [("Grundlagen", "open")]}

    build_attended(build_run(for_leaders, starts_at=in_days(-20)), participant)
    assert ("Nur Leitung", "attended") in standings(participant)["basic"]


def test_a_course_no_longer_published_stays_if_it_was_attended(participant, basics):
    build_attended(build_run(basics, starts_at=in_days(-20)), participant)
    Course.objects.update(published_at=None)

    assert standings(participant) == {"basic": [("Grundlagen", "attended")]}


def test_what_nothing_has_to_go_before_comes_first_then_what_has_dates(participant, opening, basics, advanced):
    build_run(advanced, prerequisite_rule="advice")
    build_run(basics)

    assert next_titles(participant) == ["Grundlagen", "Auftakt für alle", "Vertiefung"]
    step = people.path_of(participant).next_steps[-1]
    assert ([course.title for course in step.missing], len(step.dates)) == (["Grundlagen"], 1)

    build_attended(build_run(basics, starts_at=in_days(-20)), participant)
    assert next_titles(participant) == ["Vertiefung", "Auftakt für alle"]


def test_only_dates_with_a_place_in_which_nothing_stands_against_the_person_are_shown(
    participant, basics, advanced, other_agency
):
    build_registration(build_run(basics, capacity=1))  # full
    build_run(basics, visibility="agencies", agencies=[other_agency])
    build_run(basics, visibility="invitation")
    build_run(basics, only_for_group="leadership", group_rule="binding")
    free = build_run(basics)
    build_run(advanced, prerequisite_rule="binding")

    dates = {step.course.title: [run.pk for run in step.dates] for step in people.path_of(participant).next_steps}
    assert dates == {"Grundlagen": [free.pk], "Vertiefung": []}


def test_it_asks_the_database_as_often_for_many_courses_as_for_one(participant):
    def one_more():
        course = build_course(level=Level.BASIC)
        course.prerequisites.add(build_course(level=Level.OPENING))
        build_run(course)
        build_attended(build_run(build_course(level=Level.BASIC), starts_at=in_days(-20)), participant)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            people.path_of(participant).next_steps  # noqa: B018
        return len(captured)

    one_more()
    with_one = queries()
    one_more()
    one_more()
    assert queries() == with_one


def test_people_find_it_with_what_they_trained_and_when_the_next_dates_are(signed_in, participant, basics, advanced):
    run = build_run(advanced)
    build_attended(build_run(basics, starts_at=in_days(-20)), participant)
    client = signed_in(participant)

    found = read(client.get(read(client.get(reverse("trainings:my_registrations"))).links["Mein Weg"]))

    assert found.headings[:3] == ["Mein Weg", "Als Nächstes", "Alle Stufen"]
    assert "1 von 1 Schulung besucht" in found.text
    assert any(address.endswith(f"#{run.anchor}") for address in found.links.values())


def test_coordinators_see_the_same_on_the_page_of_the_person(signed_in, coordinator, participant, basics):
    build_certificate(participant, by=coordinator, run=build_run(basics, starts_at=in_days(-20)), rendered=False)

    found = read(signed_in(coordinator).get(reverse("trainings:person", args=[participant.pk])))

    assert "Weg durch die Stufen Basismodul: 1 von 1" in found.text
