"""Is a course found by whatever people type for it, and is no result a dead end?"""

import pytest

from accounts.models import TargetGroup
from tests import builders
from tests.builders import berlin, in_days
from tests.pages import read
from trainings.catalogue import CatalogueFilter
from trainings.catalogue.searching import search
from trainings.models import Course, CourseRun

NOW = berlin(2026, 2, 1, 12)
TITLES = {
    7: "Fachmodul „Ausländerbehörde und Bürgerbüro“",
    8: "Fachmodul „Jugend- und Sozialamt“",
    14: "„Training gegen Alltagsrassismus“",
    20: "Straßenverkehr und Maßregeln",
    21: "Çağrı und Łódź: Café-Gespräche",
}


def hits(typed: str):
    return search(typed, {key: [[title]] for key, title in TITLES.items()})


@pytest.mark.parametrize(
    ("typed", "key", "is_near"),
    [
        ("jugendamt", 8, False),
        ("Jugend-Amt", 8, False),
        ("sozialamt", 8, False),
        ("JUGEND- und Sozialamt", 8, False),
        ("jugendämter", 8, True),
        ("auslaenderbehoerde", 7, False),
        ("AUSLÄNDERBEHÖRDE", 7, False),
        ("Ausla\u0308nderbeho\u0308rde", 7, False),
        ("auslanderbehorde", 7, True),
        ("Bürger-Büro", 7, False),
        ("buergerbuero", 7, False),
        ("büro", 7, False),
        ("Rassismus", 14, False),
        ("Rassissmus", 14, True),
        ("alltagsrasismus", 14, True),
        ("Schulung Rassismus", 14, False),
        ("Kurs gegen Rassismus", 14, False),
        ("strasse", 20, False),
        ("STRASSE", 20, False),
        ("massregel", 20, False),
        ("cagri", 21, False),
        ("lodz", 21, False),
        ("cafe", 21, False),
        ("  „Café‑Gespräche“ ", 21, False),
    ],
)
def test_it_forgives(typed, key, is_near):
    found = hits(typed)
    assert [[*found.ranks], found.are_near] == [[key], is_near]


@pytest.mark.parametrize("typed", ["esel", "%", "_", "„“", "xy", "Rassismus Jugendamt", "‮", "\ufeff"])
def test_what_is_not_there_is_not_found(typed):
    assert hits(typed).ranks == {}


def test_a_word_that_says_nothing_is_looked_for_if_it_is_all_there_is():
    assert [*hits("Training").ranks] == [14]


def test_what_is_in_the_title_comes_before_what_is_mentioned():
    documents = {1: [["Asyl"], ["Verfahren"]], 2: [["Verfahren"], ["Asyl"]]}
    assert search("verfahren", documents).ranks == {1: 1, 2: 0}
    assert search("asyl verfahren", documents).ranks == {1: 1, 2: 1}


# --- in the catalogue ----------------------------------------------------------------------------------


@pytest.fixture
def course(db):
    return builders.build_course(
        "Grundlagen", goals="Haltung zeigen", search_words="Migrationsamt\nimmigration office",
        groups=[TargetGroup.STAFF], level=Course.Level.BASIC, published_at=berlin(2026, 1, 1),
    )  # fmt: skip


@pytest.fixture
def run(course):
    trainer = builders.build_person(first_name="Ngozi", last_name="Okafor", role="trainer")
    venue = builders.build_venue(name="Kreishaus", town="Koblenz")
    return builders.build_run(
        course, starts_at=berlin(2026, 3, 10, 9), venue=venue, trainers=[trainer], published_at=berlin(2026, 1, 1)
    )


def found(*, viewer=None, **values):
    form = CatalogueFilter(values, viewer=viewer, at=NOW)
    return [course.title for course in form.courses_by_next_run]


@pytest.mark.parametrize(
    "typed",
    [
        "koblenz",
        "Kreishaus",
        "okafor",
        "Ngozi Okafor",
        "vor Ort",
        "Basismodul",
        "migrationsamt",
        "immigration",
        "haltung",
    ],
)
def test_courses_are_found_by_trainers_places_contents_and_search_words(run, typed):
    assert found(q=typed) == ["Grundlagen"]
    assert [*CatalogueFilter({"q": typed}, at=NOW).runs()] == [run], "the calendar of the search has it, too"


def test_nobody_finds_what_they_may_not_see(run, participant):
    CourseRun.objects.update(visibility=CourseRun.Visibility.AGENCIES)
    assert found(q="koblenz") == found(q="okafor") == []
    run.agencies.add(participant.agency)
    assert found(q="koblenz", viewer=participant) == ["Grundlagen"]


def test_a_trainer_who_left_is_not_found(run):
    run.trainers.update(is_active=False)
    assert found(q="okafor") == []


def test_no_result_says_what_is_nearest_and_which_filter_to_leave_out(run, client, django_assert_max_num_queries):
    CourseRun.objects.update(starts_at=in_days(100), ends_at=in_days(100, 16))
    answer = client.get("/?q=grundlgaen")
    assert "<title>Suche nach „grundlgaen“" in answer.text
    page = read(answer)
    assert "Grundlagen" in page.text
    assert "ähnlich" in page.text
    with django_assert_max_num_queries(60):
        page = read(client.get("/?q=grundlagen&zielgruppe=leadership&format=on_site"))
    links = [link.partition("#")[0] for link in page.links.values() if link.startswith("/?")]
    assert "/?q=grundlagen&format=on_site" in links
    assert not any("zielgruppe=leadership" in link for link in links), "leaving out another one finds nothing either"
