"""Is the site complete in English, and does German stay as it is written?

The source language is German: ``locale/en`` holds every text, ``locale/de`` only those that a library's German
catalogue would change.
"""

import difflib
import gettext
import importlib
import re
import shutil
import sys
from io import StringIO
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation

from config import catalogues
from tests import builders
from tests.pages import read

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"


def entries(catalogue: polib.POFile) -> dict[tuple[str | None, str], polib.POEntry]:
    return {(entry.msgctxt, entry.msgid): entry for entry in catalogue if not entry.obsolete}


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


@pytest.fixture(scope="module")
def used() -> dict[catalogues.Text, str]:
    return catalogues.gather(catalogues.sources())


# --- The English catalogue -----------------------------------------------------------------------


def test_every_text_of_the_site_is_in_the_catalogue_and_no_other(used):
    written = CATALOGUE.read_text(encoding="utf-8")
    changes = "\n".join(changed_lines(written, catalogues.merge(written, used)))
    assert changes == "", f"run manage.py makemessages, which makes these changes:\n{changes}"


def test_every_text_is_translated(catalogue):
    missing = [entry.msgid for entry in catalogue if not entry.translated() or not all(translations(entry))]
    assert missing == [], f"write their English in {CATALOGUE.relative_to(ROOT)}, and take away what is marked fuzzy"


def test_translations_keep_the_gaps_to_be_filled(catalogue):
    """Each placeholder of the German text, and no other; the singular may write the number out or leave it out."""

    def gaps(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)[sd]|(?<!%)%[sd]", text))

    wrong = []
    for entry in entries(catalogue).values():
        known = gaps(entry.msgid) | gaps(entry.msgid_plural)
        texts = translations(entry)
        if gaps(texts[-1]) != known or not gaps(texts[0]) <= known:
            wrong.append(entry.msgid)
    assert wrong == [], "give their English the same %(names)s as the German"


def test_translations_keep_the_markup(catalogue):
    """Tags, and the space at the ends of what is put together."""

    def frame(text: str) -> list[str]:
        return [*re.findall(r"<[^>]+>", text), *re.findall(r"^\s+|\s+$", text)]

    wrong = [
        entry.msgid
        for entry in entries(catalogue).values()
        if any(frame(text) != frame(entry.msgid) for text in translations(entry))
    ]
    assert wrong == [], "give their English the same tags and the same space at its ends as the German"


def test_plurals_follow_english(catalogue):
    assert catalogue.metadata["Plural-Forms"] == "nplurals=2; plural=(n != 1);"
    assert catalogue.metadata["Language"] == "en"


# --- How texts get there ---------------------------------------------------------------------------

CODE = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, npgettext_lazy, pgettext
_("Guten "
  "Tag")
print(f"{pgettext('sign out', 'Abmelden')}", ngettext("%(n)s Ort", "%(n)s Orte", n), _(variable), _())
NAMES = {1: translation.gettext_lazy("Ort {name}"), 2: npgettext_lazy("place", "Platz", "Plätze", number)}
"""
PAGE = """
{% load i18n %}{# translate "Nein" #}{% translate 'Ein "Titel"' context "page" as title %}{{ x|default:_("Keiner") }}
{% blocktranslate trimmed count n=places %}
  100 % von {{ n }} Platz{% plural %}{{ n }} Plätze{% endblocktranslate %}
"""


def test_texts_are_gathered_from_code_and_templates(tmp_path):
    for name, source in {"code.py": CODE, "page.html": PAGE, "words.txt": PAGE, "other.css": PAGE + "{"}.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
    assert list(catalogues.gather([tmp_path]).items()) == [
        (("", "Guten Tag"), ""),
        (("sign out", "Abmelden"), ""),
        (("", "%(n)s Ort"), "%(n)s Orte"),
        (("", "Ort {name}"), ""),
        (("place", "Platz"), "Plätze"),
        (("page", 'Ein "Titel"'), ""),
        (("", "Keiner"), ""),
        (("", "100 %% von %(n)s Platz"), "%(n)s Plätze"),
    ]


def changed_lines(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


@pytest.mark.slow
def test_three_new_texts_change_three_entries(used):
    before = CATALOGUE.read_text(encoding="utf-8")
    texts = list(used.items())
    texts.insert(0, (("", "Ein erfundener Text am Anfang"), ""))
    texts.insert(900, (("invented", "Noch einer mit %(gap)s"), "Mehrere mit %(gap)s"))
    texts.append((("", "Und ein langer, der in einer Zeile des Katalogs nicht Platz hat, {x}, ganz am Ende"), ""))
    after = catalogues.merge(before, dict(texts))
    old, new = before.rstrip().split("\n\n"), after.rstrip().split("\n\n")
    assert [entry for entry in new if entry in set(old)] == old
    assert {entry for entry in new if entry not in set(old)} == {
        'msgid "Ein erfundener Text am Anfang"\nmsgstr ""',
        '#, python-format\nmsgctxt "invented"\nmsgid "Noch einer mit %(gap)s"\n'
        'msgid_plural "Mehrere mit %(gap)s"\nmsgstr[0] ""\nmsgstr[1] ""',
        '#, python-brace-format\nmsgid ""\n'
        '"Und ein langer, der in einer Zeile des Katalogs nicht Platz hat, {x}, ganz"\n" am Ende"\nmsgstr ""',
    }


def test_a_text_that_is_gone_goes_and_a_reworded_one_keeps_its_english_to_be_looked_at():
    before = polib.POFile(wrapwidth=catalogues.WIDTH)
    for german, english in [("Abmelden", "Sign out"), ("Bitte warten Sie.", "Please wait."), ("Ort", "Place")]:
        before.append(polib.POEntry(msgid=german, msgstr=english))
    texts = {("", "Bitte warten Sie kurz."): "", ("", "Ort"): ""}
    after = catalogues.merge(f"{before}", texts)
    assert [(entry.msgid, entry.msgstr, entry.flags) for entry in polib.pofile(after)] == [
        ("Bitte warten Sie kurz.", "Please wait.", ["fuzzy"]),
        ("Ort", "Place", []),
    ]
    assert catalogues.without_english(after) == ["Bitte warten Sie kurz."]


@pytest.fixture
def copied(tmp_path, settings) -> Path:
    """The catalogues elsewhere, not compiled."""
    shutil.copytree(ROOT / "locale", tmp_path / "locale", ignore=shutil.ignore_patterns("*.mo"))
    settings.BASE_DIR, settings.LOCALE_PATHS = tmp_path, [tmp_path / "locale"]
    return tmp_path / "locale/en/LC_MESSAGES/django.po"


def test_a_catalogue_is_compiled_once_and_again_when_it_has_changed(copied):
    assert catalogues.compile_stale() == catalogues.catalogues()
    assert catalogues.compile_stale() == []
    copied.write_text(copied.read_text(encoding="utf-8").replace('"Reason"', '"Why"'), encoding="utf-8")
    assert catalogues.compile_stale() == [copied]
    with copied.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert (compiled.gettext("Grund"), compiled.pgettext("role", "Koordination")) == ("Why", "Coordinator")
    assert compiled.ngettext("%(number)s Schulung", "%(number)s Schulungen", 2) == "%(number)s trainings"


def test_a_catalogue_that_is_not_compiled_is_an_error_that_names_the_command(copied):
    def errors() -> list[tuple[str, str | None]]:
        return [(found.msg, found.hint) for found in run_checks() if found.id == "config.E001"]

    call_command("compilemessages", stdout=StringIO())
    assert errors() == []
    copied.with_suffix(".mo").unlink()
    assert errors() == [("locale/en/LC_MESSAGES/django.po is not compiled.", "run manage.py compilemessages.")]


def test_gunicorn_does_not_start_without_compiled_catalogues(copied, monkeypatch):
    monkeypatch.delitem(sys.modules, "config.wsgi", raising=False)
    with pytest.raises(ImproperlyConfigured, match="compilemessages"):
        importlib.import_module("config.wsgi")


# --- German ----------------------------------------------------------------------------------------


def in_german(entry: polib.POEntry) -> list[str]:
    """What a German page shows: in the singular, and in the plural if there is one."""
    with translation.override("de"):
        if not entry.msgid_plural:
            text = (
                translation.pgettext(entry.msgctxt, entry.msgid) if entry.msgctxt else translation.gettext(entry.msgid)
            )
            return [text]
        if entry.msgctxt:
            return [translation.npgettext(entry.msgctxt, entry.msgid, entry.msgid_plural, n) for n in (1, 2)]
        return [translation.ngettext(entry.msgid, entry.msgid_plural, n) for n in (1, 2)]


def test_german_texts_stay_as_they_are_written(catalogue):
    """An English text of Django or of another library may be the same as our German one, and have its own German."""
    changed = {
        entry.msgid: in_german(entry)
        for entry in entries(catalogue).values()
        if in_german(entry) != [text for text in (entry.msgid, entry.msgid_plural) if text]
    }
    assert changed == {}, "pin these in locale/de"


# --- Pages -----------------------------------------------------------------------------------------

PUBLIC_PAGES = {
    "trainings:catalogue": "Free trainings in intercultural competence",
    "trainings:calendar": "Subscribe to the calendar",
    "certificates:verify_form": "Check a certificate of attendance",
    "account_login": "Sign in",
    "imprint": "Legal notice",
    "privacy": "Privacy notice",
    "accessibility": "Accessibility statement",
    "feedback": "Report a barrier",
    "easy_language": "Easy language",
    "sign_language": "German Sign Language",
}
GERMAN_WORDS = r"\b(?:und|oder|nicht|Sie|Ihre?|für|bitte|eine?|ist|werden|wurde|keine?|mit|von|zur|zum|noch)\b"


def in_english(client: Client) -> Client:
    """As if the language had been switched in the footer."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def german_words(response: HttpResponse) -> list[str]:
    """Words that no English sentence has, in the whole page but its title and what names itself German."""
    html = re.sub(
        r'<(script|style|title)\b.*?</\1>|<(\w+)[^>]* lang="de".*?</\2>', " ", response.content.decode(), flags=re.S
    )
    labels = re.findall(r'(?:aria-label|data-label|placeholder|alt)="([^"]*)"', html)
    return re.findall(GERMAN_WORDS, " ".join([re.sub(r"<[^>]*>", " ", html), *labels]))


@pytest.mark.parametrize("name", PUBLIC_PAGES)
def test_public_pages_are_english(client, db, name):
    builders.build_run(builders.build_course("Grundlagen", title_en="Basics"))
    response = in_english(client).get(reverse(name))
    assert read(response).headings[0] == PUBLIC_PAGES[name]
    assert german_words(response) == []


@pytest.mark.slow
def test_pages_of_participants_trainers_and_coordinators_are_english(
    signed_in, participant, other_participant, trainer, coordinator
):
    course = builders.build_course("Grundlagen", title_en="Basics")
    run = builders.build_run(course, capacity=1, trainers=[trainer])
    own = builders.build_registration(run, participant)
    builders.build_registration(run, other_participant, "waitlisted")
    session = builders.only_session(run)
    addresses = {
        participant: [
            (course.get_absolute_url(), "Basics"),
            (reverse("trainings:my_registrations"), "My trainings"),
            (reverse("trainings:cancel", args=[own.pk]), "Cancel registration: Basics"),
            (reverse("certificates:list"), "My certificates of attendance"),
            (reverse("accounts:profile"), "Your account"),
        ],
        other_participant: [(reverse("trainings:my_registrations"), "My trainings")],
        trainer: [
            (reverse("trainings:register", args=[run.pk]), "Register: Basics"),
            (reverse("trainings:teaching"), "My runs as a trainer"),
            (reverse("trainings:attendance", args=[session.pk]), "Attendance: Basics"),
        ],
        coordinator: [
            (reverse("trainings:coordination"), "Coordination"),
            (reverse("trainings:coordination_runs"), "Runs"),
            (reverse("trainings:coordination_run", args=[run.pk]), "Grundlagen"),
            (reverse("trainings:register_other", args=[run.pk]), "Register somebody: Grundlagen"),
            (reverse("trainings:cancel_run", args=[run.pk]), "Cancel run: Grundlagen"),
            (reverse("certificates:issue", args=[run.pk]), "Certificates: Grundlagen"),
        ],
    }
    for person, pages in addresses.items():
        client = in_english(signed_in(person))
        for address, heading in pages:
            response = client.get(address)
            assert (address, read(response).headings[0], german_words(response)) == (address, heading, [])


def test_a_german_page_stays_german_beside_an_english_one(client, db):
    in_english(client).get(reverse("imprint"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    assert read(client.get(reverse("imprint"))).headings[0] == "Impressum"
