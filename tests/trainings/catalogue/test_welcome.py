"""What does somebody find who has not looked for anything yet?"""

import pytest

from accounts.models import TargetGroup
from tests import builders
from tests.pages import read
from trainings import booking
from trainings.acts import Act
from trainings.models import CourseRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def runs():
    """Full, closed, called off and free, in this order of their days, each of a course of its own."""
    made = {
        name: builders.build_run(
            builders.build_course(name, summary=f"Ein Satz zu {name}."), starts_at=builders.in_days(day)
        )
        for day, name in enumerate(("Voll", "Geschlossen", "Abgesagt", "Frei"), 20)
    }
    CourseRun.objects.filter(pk=made["Voll"].pk).update(capacity=1)
    booking.register(made["Voll"], person := builders.build_person(), Act(person))
    CourseRun.objects.filter(pk=made["Geschlossen"].pk).update(registration_closes_on=builders.in_days(-1).date())
    CourseRun.objects.filter(pk=made["Abgesagt"].pk).update(
        cancelled_at=builders.in_days(-1), cancellation_reason="krank"
    )
    return made


def of(page, heading: str) -> str:
    """The text of the section of this heading."""
    return page.text.partition(heading)[2].partition("Programm")[0]


def test_three_doors_lead_to_what_is_for_each_group(client, runs):
    page = read(client.get("/"))
    for group in TargetGroup:
        [address] = [link for words, link in page.links.items() if words.startswith(f"Für {group.label}")]
        assert address == f"/?zielgruppe={group}#treffer"


def test_free_places_come_first_and_what_is_closed_or_called_off_last(client, runs):
    page = read(client.get("/"))
    free = of(page, "Die nächsten freien Plätze")
    assert "Frei" in free
    assert not any(name in free for name in ("Voll", "Geschlossen", "Abgesagt"))
    programme = page.text.partition("Programm")[2]
    order = sorted(
        ("Voll", "Geschlossen", "Abgesagt", "Frei"), key=lambda name: programme.index(f"Ein Satz zu {name}.")
    )
    assert order == ["Voll", "Frei", "Geschlossen", "Abgesagt"]


def test_from_there_two_clicks_lead_to_a_place(signed_in, participant, runs):
    client = signed_in(participant)
    page = read(client.get("/"))
    [address] = [link for words, link in page.links.items() if words.startswith("Anmelden: Frei")]
    client.post(address, {"needs": ""})
    page = read(client.get("/"))
    assert "Frei" in of(page, "Ihre nächsten Schulungen")
    assert not any(words.startswith("Anmelden: Frei") for words in page.links)
    assert page.text.count("bestätigt") >= 2, "above, and on the card"


def test_whoever_is_signed_in_sees_the_door_of_the_own_group(signed_in, participant, runs):
    assert signed_in(participant).get("/").text.count("Ihre Gruppe") == 1


def test_nothing_of_it_stands_between_a_search_and_its_result(client, runs):
    for address in ("/?q=frei", "/?zielgruppe=staff", "/?monat=nie"):
        assert "Die nächsten freien Plätze" not in client.get(address).text


def test_a_run_for_others_or_by_invitation_is_not_offered(client, runs):
    for visibility in (CourseRun.Visibility.INVITATION, CourseRun.Visibility.AGENCIES):
        CourseRun.objects.filter(pk=runs["Frei"].pk).update(visibility=visibility)
        assert "Die nächsten freien Plätze" not in client.get("/").text


def test_the_language_of_a_training_is_said_where_it_is_not_german(client, runs):
    CourseRun.objects.filter(pk=runs["Frei"].pk).update(language="en")
    assert "Englisch" in client.get("/").text


def test_whoever_is_signed_in_is_offered_what_is_for_them(client, signed_in, participant):
    course = builders.build_course("Abend", groups=[TargetGroup.VOLUNTEERS])
    builders.build_run(course, starts_at=builders.in_days(20), group_rule=CourseRun.Strictness.BINDING)
    page = read(client.get("/"))
    assert "Für Ehrenamtliche" in of(page, "Die nächsten freien Plätze")
    assert "Die nächsten freien Plätze" not in signed_in(participant).get("/").text
