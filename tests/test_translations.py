"""Is the site complete in English, and does German stay as it is written?

The source language is German: ``locale/en`` holds every text, ``locale/de`` only those that a library's German
catalogue would change.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tests import builders
from tests.pages import read

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted(ROOT.glob("locale/*/LC_MESSAGES/django.po"))
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
OURS = ["accounts", "certificates", "config", "templates", "trainings"]


def entries(catalogue: polib.POFile) -> dict[tuple[str | None, str], polib.POEntry]:
    return {(entry.msgctxt, entry.msgid): entry for entry in catalogue if not entry.obsolete}


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


@pytest.fixture(scope="module")
def used(tmp_path_factory) -> polib.POFile:
    """What ``makemessages`` finds, in a copy: a test writes nothing into the checkout."""
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext is not installed (Debian: apt-get install gettext)")
    copy = tmp_path_factory.mktemp("sources")
    for name in OURS:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "migrations"))
    (copy / "locale" / "en").mkdir(parents=True)
    code = (
        "import django; from django.conf import settings; settings.configure(USE_I18N=True, LOCALE_PATHS=['locale']); "
        "django.setup(); from django.core.management import call_command; "
        "call_command('makemessages', locale=['en'], extensions=['html', 'txt', 'py'], verbosity=0)"
    )
    environment = {**os.environ, "PYTHONPATH": ""}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return polib.pofile(str(copy / "locale" / "en" / "LC_MESSAGES" / "django.po"))


# --- The English catalogue -----------------------------------------------------------------------


def test_every_text_of_the_site_is_in_the_catalogue_and_no_other(used, catalogue):
    missing = sorted(map(repr, set(entries(used)) - set(entries(catalogue))))
    left_over = sorted(map(repr, set(entries(catalogue)) - set(entries(used))))
    assert (missing, left_over) == ([], [])


def test_every_text_is_translated(catalogue):
    untranslated = [entry.msgid for entry in entries(catalogue).values() if not all(translations(entry))]
    fuzzy = [entry.msgid for entry in catalogue if entry.fuzzy and not entry.obsolete]
    assert (untranslated, fuzzy) == ([], [])


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
    assert wrong == []


def test_translations_keep_the_markup(catalogue):
    """Tags, and the space at the ends of what is put together."""

    def frame(text: str) -> list[str]:
        return [*re.findall(r"<[^>]+>", text), *re.findall(r"^\s+|\s+$", text)]

    wrong = [
        entry.msgid
        for entry in entries(catalogue).values()
        if any(frame(text) != frame(entry.msgid) for text in translations(entry))
    ]
    assert wrong == []


def test_plurals_follow_english(catalogue):
    assert catalogue.metadata["Plural-Forms"] == "nplurals=2; plural=(n != 1);"
    assert catalogue.metadata["Language"] == "en"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_compiled_catalogue_is_that_of_the_source(path):
    compiled = {
        (entry.msgctxt, entry.msgid): translations(entry) for entry in polib.mofile(str(path.with_suffix(".mo")))
    }
    source = {key: translations(entry) for key, entry in entries(polib.pofile(str(path))).items()}
    assert compiled == source


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
            (reverse("trainings:teaching"), "My dates as a trainer"),
            (reverse("trainings:attendance", args=[session.pk]), "Attendance: Basics"),
        ],
        coordinator: [
            (reverse("trainings:coordination"), "Coordination"),
            (reverse("trainings:coordination_runs"), "Dates"),
            (reverse("trainings:coordination_run", args=[run.pk]), "Grundlagen"),
            (reverse("trainings:register_other", args=[run.pk]), "Register somebody: Grundlagen"),
            (reverse("trainings:cancel_run", args=[run.pk]), "Cancel date: Grundlagen"),
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
