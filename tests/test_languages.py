"""Does whatever reads an English page aloud learn which words on it are German?"""

from html.parser import HTMLParser

import pytest
from django.utils import translation

from tests.pages import VOID
from tests.test_access import PEOPLE, READING, args, filled_in, people, rows  # noqa: F401  two are fixtures
from trainings.models import Course, CourseRun, Funding, German, Venue

# Each field that has an English sister, which stays empty here.
GERMAN = {
    Course: {name: f"Deutsch-{name}" for name in ["title", "summary", "goals", "contents"]},
    CourseRun: {name: f"Deutsch-{name}" for name in ["notes", "preparation", "follow_up"]},
    Venue: {"directions": "Deutsch-directions"},
    Funding: {"fund": "Deutsch-fund"},
}

# Sentences that rules make of a title are text by the time a page has them.
SENTENCES = (
    "You are already registered for the same time: ",
    "Booked twice: ",
    "At the same time on ",
)


class Spoken(HTMLParser):
    """``mistaken`` are the words read as if they were English."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.languages: list[tuple[str, str]] = []
        self.mistaken: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            inherited = self.languages[-1][1] if self.languages else ""
            self.languages.append((tag, dict(attrs).get("lang") or inherited))

    def handle_endtag(self, tag: str) -> None:
        while self.languages and self.languages.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags, language = [tag for tag, _language in self.languages], self.languages[-1][1] if self.languages else ""
        silent = {"script", "style", "title", "option", "textarea"}  # which hold words alone, and no element
        if "Deutsch-" in data and language != "de" and silent.isdisjoint(tags):
            self.mistaken.add(" ".join(data.split()))


@pytest.mark.slow
@pytest.mark.django_db
def test_german_on_an_english_page_is_marked_as_such(people, args):  # noqa: F811
    for model, texts in GERMAN.items():
        model._default_manager.update(**texts, **{f"{name}_en": "" for name in texts})
    mistaken = {}
    for name, outcomes in rows(READING).items():
        if "ok" not in outcomes:
            continue
        for person in {PEOPLE[outcomes.index("ok")], PEOPLE[len(outcomes) - 1 - outcomes[::-1].index("ok")]}:
            response = people[person].get(filled_in(name, args), headers={"accept-language": "en"})
            if response["Content-Type"].startswith("text/html"):
                mistaken |= {
                    (name, words): person
                    for words in Spoken(response.content.decode()).mistaken
                    if not words.startswith(SENTENCES)
                }
    assert sorted(mistaken) == [], (
        "write course.display_title, or course.title|german, and broken_lines instead of linebreaksbr: they mark German"
    )


def test_every_bilingual_text_is_tried():
    bilingual = {
        (model, field.name.removesuffix("_en"))
        for model in (Course, CourseRun, Venue, Funding)
        for field in model._meta.concrete_fields
        if field.name.endswith("_en")
    }
    assert bilingual == {(model, name) for model, texts in GERMAN.items() for name in texts}, "name them in GERMAN"


def test_only_german_on_an_english_page_is_marked():
    course = Course(title="Wir & ihr", title_en="")
    with translation.override("en"):
        assert isinstance(course.display_title, German)
        assert course.display_title.__html__() == '<span lang="de">Wir &amp; ihr</span>'
        assert f"{course.display_title}!" == "Wir & ihr!"
        course.title_en = "We & you"
        assert not isinstance(course.display_title, German)
    assert type(course.display_title) is str
