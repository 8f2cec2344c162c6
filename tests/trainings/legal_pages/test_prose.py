"""From typed text to HTML: what is marked up, what is escaped, and what is left out for whom."""

import time

import pytest
from django.utils import translation

from trainings import legal_pages, mail_texts
from trainings.models import PageText

FACTS = {"operator_name": "Kreis <Musterland>", "contact_email": "a@b.example", "fund": ""}


def html(text: str, *, with_gaps: bool = False) -> str:
    return legal_pages.as_html(text, FACTS, with_gaps=with_gaps)


def test_headings_paragraphs_and_lists():
    text = "## Kontakt\nEins\nzwei\n\nDrei\n- a\n- b\nnoch b\n\n1) x\n2) y\n\n### Mehr\n\n10. März 2037"
    assert html(text).split("\n") == [
        "<h2>Kontakt</h2>", "<p>Eins<br>", "zwei</p>", "<p>Drei</p>", "<ul><li>a</li>", "<li>b<br>", "noch b</li></ul>",
        "<ol><li>x</li>", "<li>y</li></ol>", "<h3>Mehr</h3>", "<p>10. März 2037</p>",
    ]  # fmt: skip


def test_what_is_typed_is_escaped_and_so_is_what_is_put_in():
    assert html("<script>{operator_name}</script> {{x}}") == (
        "<p>&lt;script&gt;Kreis &lt;Musterland&gt;&lt;/script&gt; {x}</p>"
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("[hier](/barriere-melden/)", '<a href="/barriere-melden/">hier</a>'),
        ("[dort](https://x.example/a?b=1&c)", '<a href="https://x.example/a?b=1&amp;c">dort</a>'),
        ("Siehe https://x.example/a.", 'Siehe <a href="https://x.example/a">https://x.example/a</a>.'),
        ("An x@y.example.", 'An <a href="mailto:x@y.example">x@y.example</a>.'),
        ("An {contact_email}", 'An <a href="mailto:a@b.example">a@b.example</a>'),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("[x](//boese.example)", "[x](//boese.example)"),
        ('[x](https://a.example/"onclick=)', '<a href="https://a.example/&quot;onclick=">x</a>'),
    ],
)
def test_links(typed, expected):
    assert html(typed) == f"<p>{expected}</p>"


def test_a_gap_is_marked_to_those_who_fill_it_in_and_its_line_is_left_out_for_others():
    text = "## Stand\n\n[[Datum]]\n\n## Anbieter\n\nKreis\nAnschrift: [[Straße, Ort]]\n\n- a\n- [[b]]"
    assert html(text) == "<h2>Anbieter</h2>\n<p>Kreis</p>\n<ul><li>a</li></ul>"
    marked = html(text, with_gaps=True)
    assert '<h2>Stand</h2>\n<p><mark class="app-fill-in">[Datum]</mark></p>' in marked
    assert legal_pages.gaps_in(text) == ["Datum", "Straße, Ort", "b"]


def test_a_line_whose_placeholder_has_no_value_is_left_out_for_everybody():
    assert html("Gefördert.\nFonds: {fund}.", with_gaps=True) == "<p>Gefördert.</p>"
    assert html("## A\n### B\n{fund}\n## C\nda") == "<h2>C</h2>\n<p>da</p>"


def test_what_cannot_be_saved_is_said():
    problems = legal_pages.problems("{name} [x](javascript:alert) a\u202eb }")
    assert [problem.split(" ")[0] for problem in problems] == ["{name}", "Die", "Erlaubt", "Der", "„javascript:alert“"]
    assert legal_pages.problems("[x](/a/) {operator_name} {{") == []
    with pytest.raises(mail_texts.Malformed):
        html("{name}")


def test_long_lines_of_nonsense_take_no_time():
    begun = time.monotonic()
    for nonsense in ("[", "[[", "a", "a@", "[x](", "https://", "#", "{{"):
        html(nonsense * (30_000 // len(nonsense)))
    assert time.monotonic() - begun < 2


@pytest.mark.django_db
@pytest.mark.parametrize("page", PageText.Page)
@pytest.mark.parametrize("language", ["de", "en"])
def test_the_words_to_begin_with_can_be_saved_and_are_shown_whole(page, language):
    words = legal_pages.shown(PageText(page=page, language=language))["text"]
    assert legal_pages.problems(words) == []
    assert legal_pages.tidied(words) == words
    with translation.override(language):
        shown = legal_pages.as_html(words, legal_pages.facts(), with_gaps=True)
    assert shown.count("app-fill-in") == len(legal_pages.gaps_in(words)) > 0
    assert ["{" in shown, "##" in shown, "](" in shown] == [False, False, False]
    german = legal_pages.shown(PageText(page=page, language="de"))["text"]
    assert [line[:2] for line in words.split("\n") if line[:2] in ("##", "- ", "[[", "1)", "")] == [
        line[:2] for line in german.split("\n") if line[:2] in ("##", "- ", "[[", "1)", "")
    ]
