"""Changing the words of the paper in the browser, and seeing it before."""

import re

import pytest
from django.urls import reverse

from certificates import paper
from certificates.models import Certificate, Wording
from tests import builders
from tests.certificates.paper.test_page import failures, text_of
from trainings import printing
from trainings.acts import Act
from trainings.printing import pango

WORDS = {
    "version": "0",
    "certifies": "Wir bescheinigen, dass",
    "attended": "die Schulung",
    "has_attended": "besucht hat.",
    "closing": "Der Umfang betrug {units}.",
    "sign_off": "signatures",
    "signatories": "Miriam Roth, Koordination\r\n\r\nNgozi Okafor, Kursleitung",
}
GERMAN = reverse("certificates:wording", args=["de"])
SAMPLE = reverse("certificates:sample")


@pytest.fixture
def client_of_coordinator(signed_in, coordinator):
    return signed_in(coordinator)


def error_at(page: str, name: str) -> str:
    """The message next to the field."""
    found = re.search(rf'id="id_{name}_error">.*?<span class="kern-body">(.*?)</span>', page, re.DOTALL)
    return found[1] if found else ""


def test_the_page_begins_with_the_words_in_use_and_explains_the_placeholders(client_of_coordinator):
    page = client_of_coordinator.get(GERMAN).content.decode()

    assert ['value="Hiermit wird bescheinigt, dass"' in page, 'value="teilgenommen hat."' in page] == [True, True]
    assert [f"<code>{{{name}}}</code>" in page for name in paper.PLACEHOLDERS] == [True] * 8
    assert "(zum Beispiel: 8 Unterrichtseinheiten)" in page
    assert "noch nicht geändert" in page
    english = client_of_coordinator.get(reverse("certificates:wording", args=["en"])).content.decode()
    assert 'value="This is to certify that"' in english


def test_the_coordination_leads_there(client_of_coordinator):
    assert f'href="{GERMAN}"' in client_of_coordinator.get(reverse("trainings:coordination")).content.decode()


def test_saving_makes_a_version_that_the_history_shows(client_of_coordinator, coordinator):
    response = client_of_coordinator.post(GERMAN, WORDS, follow=True)

    page = response.content.decode()
    assert response.redirect_chain == [(GERMAN, 302)]
    assert "Fassung 1 ist gespeichert." in page
    assert paper.words_in_use("de") == {
        "version": 1,
        "certifies": "Wir bescheinigen, dass",
        "attended": "die Schulung",
        "has_attended": "besucht hat.",
        "closing": "Der Umfang betrug {units}.",
        "sign_off": "signatures",
        "signatories": ["Miriam Roth, Koordination", "Ngozi Okafor, Kursleitung"],
    }
    assert [(row.version, row.saved_by) for row in Wording.objects.all()] == [(1, coordinator)]
    assert re.search(r"Uhr, Miriam Roth</td>", page)


def test_what_is_no_placeholder_is_said_next_to_the_field_and_nothing_is_lost(client_of_coordinator):
    wrong = {"certifies": "{vorname}", "closing": "a } <b>", "signatories": "{name.pk}, Leitung"}

    response = client_of_coordinator.post(GERMAN, WORDS | wrong)

    page = response.content.decode()
    allowed = "Erlaubt sind: {name} {course} {units} {hours} {dates} {place} {issuer} {number}."
    assert error_at(page, "certifies") == f"{{vorname}} ist kein Platzhalter. {allowed}"
    assert error_at(page, "closing") == (
        f"Die Klammer }} steht allein; soll sie gedruckt werden, schreiben Sie }}}}. {allowed}"
    )
    assert error_at(page, "signatories") == f"{{name.pk}} ist kein Platzhalter. {allowed}"
    assert ['value="{vorname}"' in page, "a } &lt;b&gt;</textarea>" in page, "<title>Fehler:" in page] == [True] * 3
    assert Wording.objects.count() == 0


def test_html_is_text(client_of_coordinator):
    client_of_coordinator.post(GERMAN, WORDS | {"closing": "<script>alert(1)</script>", "sign_off": "machine"})

    page = client_of_coordinator.get(GERMAN).content.decode()
    assert "<script>alert" not in page
    pdf = client_of_coordinator.get(SAMPLE).content
    assert "<script>alert(1)</script> Koblenz" in text_of(pdf)


@pytest.mark.parametrize(
    ("signatories", "why"),
    [
        ("", "Bitte nennen Sie, wer unterschreibt"),
        ("A\nB\nC\nD", "höchstens 3 Unterschriften"),
        ("x" * 121, "höchstens 120 Zeichen"),
        ("李, Leitung", "李 (U+674E)"),
    ],
)
def test_who_signs_is_one_to_three_lines_that_can_be_printed(client_of_coordinator, signatories, why):
    page = client_of_coordinator.post(GERMAN, WORDS | {"signatories": signatories}).content.decode()

    assert why in error_at(page, "signatories")
    assert Wording.objects.count() == 0


def test_words_that_fit_on_no_page_are_refused(client_of_coordinator):
    long = dict.fromkeys(["certifies", "attended", "has_attended"], "WMÄ " * 74) | {"closing": "{course} " * 55}

    page = client_of_coordinator.post(GERMAN, WORDS | long).content.decode()

    assert "Der Text passt nicht auf eine Seite." in page
    assert Wording.objects.count() == 0


@pytest.mark.slow
def test_it_is_said_when_the_longest_course_no_longer_fits(client_of_coordinator):
    builders.build_course("Lang", contents="\n".join(f"Inhalt {number}, {'lang ' * 15}" for number in range(60)))

    page = client_of_coordinator.post(GERMAN, WORDS, follow=True).content.decode()

    assert "Fassung 1 ist gespeichert." in page
    assert "Mit der längsten Schulung und dem längsten Namen lässt sich so keine Bescheinigung drucken" in page


@pytest.mark.slow
def test_two_at_once_do_not_overwrite_each_other_unseen(client_of_coordinator, coordinator):
    paper.save_wording("de", {**paper.DEFAULT_WORDING["de"], "closing": "Danke."}, Act(coordinator))

    response = client_of_coordinator.post(GERMAN, WORDS)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Miriam Roth hat inzwischen Fassung 1 gespeichert" in page
    assert ['value="Wir bescheinigen, dass"' in page, 'name="version" value="1"' in page] == [True, True]
    client_of_coordinator.post(GERMAN, WORDS | {"version": "1"})
    assert (paper.words_in_use("de")["version"], paper.words_in_use("de")["attended"]) == (2, "die Schulung")


@pytest.mark.slow
def test_back_to_the_first_words_is_a_version_too(client_of_coordinator):
    client_of_coordinator.post(GERMAN, WORDS)
    client_of_coordinator.post(GERMAN, {"default": "1"})

    assert paper.words_in_use("de") == {**paper.DEFAULT_WORDING["de"], "version": 2}
    page = client_of_coordinator.post(GERMAN, {"default": "1"}, follow=True).content.decode()
    assert "Es hat sich nichts geändert." in page
    assert Wording.objects.count() == 2


@pytest.mark.slow
def test_an_earlier_version_can_be_brought_back_into_the_form(client_of_coordinator):
    client_of_coordinator.post(GERMAN, WORDS)
    client_of_coordinator.post(GERMAN, {"default": "1"})

    page = client_of_coordinator.get(GERMAN, {"fassung": "1"}).content.decode()

    assert ['value="Wir bescheinigen, dass"' in page, 'name="version" value="2"' in page] == [True, True]
    for unknown in ("7", "x", "²", "9" * 5000):
        assert client_of_coordinator.get(GERMAN, {"fassung": unknown}).status_code == 404


# --- preview ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", ["erfunden", "laengste"])
def test_the_preview_is_a_marked_pdf_of_the_words_in_use(client_of_coordinator, language, kind):
    response = client_of_coordinator.get(SAMPLE, {"sprache": language, "art": kind})

    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response["Content-Disposition"] == f'inline; filename="muster-bescheinigung-{language}.pdf"'
    assert "no-store" in response["Cache-Control"]
    assert text_of(response.content).startswith("Muster" if language == "de" else "Sample")
    assert failures(response.content) == []


def test_the_preview_of_the_form_shows_what_is_not_saved_yet(client_of_coordinator):
    response = client_of_coordinator.post(f"{SAMPLE}?sprache=de&art=erfunden", WORDS)

    text = text_of(response.content)
    assert "Der Umfang betrug 8 Unterrichtseinheiten." in text
    assert "Miriam Roth Koordination Ngozi Okafor Kursleitung" in text
    assert (Wording.objects.count(), Certificate.objects.count()) == (0, 0)


def test_the_preview_of_a_form_with_a_mistake_is_the_form(client_of_coordinator):
    page = client_of_coordinator.post(f"{SAMPLE}?sprache=de", WORDS | {"attended": "{titel}"}).content.decode()

    assert "{titel} ist kein Platzhalter." in error_at(page, "attended")
    assert f'action="{GERMAN}"' in page


def test_the_code_of_a_sample_verifies_nothing(client_of_coordinator):
    text = text_of(client_of_coordinator.get(SAMPLE).content)

    assert "0000-0000-0000-0000" in text
    assert client_of_coordinator.get(reverse("certificates:verify", args=["0" * 16])).status_code == 404


def test_there_is_no_preview_in_another_language_or_of_another_kind(client_of_coordinator):
    for query in ({"sprache": "fr"}, {"art": "echt"}):
        assert client_of_coordinator.get(SAMPLE, query).status_code == 404
    assert client_of_coordinator.get(reverse("certificates:wording", args=["fr"])).status_code == 404


def test_without_pango_the_words_can_be_saved_and_the_preview_says_what_is_missing(client_of_coordinator, monkeypatch):
    monkeypatch.setattr(pango, "_loads", lambda name: "pangoft2" not in name)

    response = client_of_coordinator.post(f"{SAMPLE}?sprache=de", WORDS)

    assert response.status_code == 503
    assert printing.INSTALL_PANGO in response.content.decode()
    client_of_coordinator.post(GERMAN, WORDS)
    assert paper.words_in_use("de")["version"] == 1


def test_what_cannot_be_printed_is_said_on_a_page(client_of_coordinator):
    builders.build_person(first_name="Li", last_name="李" * 100)

    response = client_of_coordinator.get(SAMPLE, {"art": "laengste"})

    assert response.status_code == 422
    assert "Keine Schrift der Bescheinigung enthält: 李 (U+674E)" in response.content.decode()
