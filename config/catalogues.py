"""How do texts get from code and templates into the catalogue, and from there to where Django reads them?

Both in Python alone, so that no machine needs gettext: ``manage.py makemessages`` and ``manage.py compilemessages``.
"""

import ast
import difflib
import gettext
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polib
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.translation.template import templatize

ENGLISH = settings.BASE_DIR / "locale/en/LC_MESSAGES/django.po"
WIDTH = 76  # of the lines of a catalogue
COMPILE = "run manage.py compilemessages"

Text = tuple[str, str]  # context and text, which together are found once in a catalogue

# For each function that marks a text, and for its lazy and noop forms: what its arguments are.
MARKS = {
    "_": ["text"],
    "gettext": ["text"],
    "ngettext": ["text", "plural"],
    "pgettext": ["context", "text"],
    "npgettext": ["context", "text", "plural"],
}
STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"(?<!\w)({'|'.join(MARKS)})\(\s*({STRING}(?:\s*,\s*{STRING})*)(?:\s*,\s*count)?\s*\)")
FORMATS = {"python-format": r"%(?:\(\w+\))?[\d.]*[sdf]", "python-brace-format": r"\{\w*\}"}  # the first that is found


# --- From code and templates into the catalogue ----------------------------------------------------


def sources() -> list[Path]:
    """The folders with texts: our apps and our templates."""
    ours = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    return sorted([*ours, settings.BASE_DIR / "templates"])


def gather(folders: Iterable[Path]) -> dict[Text, str]:
    """Every text in the order of the files, with its plural or an empty string."""
    found: dict[Text, str] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".html", ".txt"}:
                source = path.read_text(encoding="utf-8")
                for name, arguments in in_python(source) if path.suffix == ".py" else in_template(source):
                    parts = dict(zip(MARKS[name], arguments, strict=False))
                    text = parts.get("context", ""), parts["text"]
                    found[text] = found.get(text) or parts.get("plural", "")
    return found


def in_python(source: str) -> Iterator[tuple[str, list[str]]]:
    """The calls that mark a text: name of the function and what it is given."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        function: Any = call.func  # has an "id" or an "attr", or is no name at all
        name = re.sub("_(lazy|noop)$", "", getattr(function, "id", getattr(function, "attr", "")))
        given = call.args[: len(MARKS.get(name, []))]
        strings = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if given and len(strings) == len(given):
            yield name, strings


def in_template(source: str) -> Iterator[tuple[str, list[str]]]:
    for name, arguments in CALL.findall(templatize(source)):
        yield name, list(ast.literal_eval(f"[{arguments}]"))


def merge(catalogue: str, texts: dict[Text, str]) -> str:
    """The catalogue with these texts and no other; what it has stays as and where it is.

    A new text stands behind the one it follows in the sources, without its English. Where it resembles one that is no
    longer used, it takes that one's English, marked "fuzzy": not shown until somebody has looked at it.
    """
    file = polib.pofile(catalogue, wrapwidth=WIDTH)
    entries = {(entry.msgctxt or "", entry.msgid): entry for entry in file}
    unused = {entry.msgid: entry for text, entry in entries.items() if text not in texts}
    order, place = list(entries), 0
    for text, plural in texts.items():
        if text not in entries:
            similar = unused.get("".join(difflib.get_close_matches(text[1], unused, n=1)))
            entries[text] = new_entry(text, plural, similar)
            order.insert(place, text)
        elif entries[text].msgid_plural != plural:
            entries[text] = new_entry(text, plural, None)
        place = order.index(text) + 1
    file[:] = [entries[text] for text in order if text in texts]
    return f"{file}"


def new_entry(text: Text, plural: str, similar: polib.POEntry | None) -> polib.POEntry:
    words = f"{text[1]} {plural}"
    flags = [name for name, pattern in FORMATS.items() if re.search(pattern, words)][:1]
    entry = polib.POEntry(msgctxt=text[0] or None, msgid=text[1], msgid_plural=plural, flags=flags)
    if plural:
        entry.msgstr_plural = {0: "", 1: ""}
    if similar and bool(similar.msgid_plural) == bool(plural):
        entry.msgstr, entry.msgstr_plural, entry.flags = similar.msgstr, similar.msgstr_plural, ["fuzzy", *flags]
    return entry


def without_english(catalogue: str) -> list[str]:
    """Texts without a translation, or with one that nobody has looked at."""
    return [entry.msgid for entry in polib.pofile(catalogue) if not entry.translated()]


# --- From the catalogues to what Django reads ----------------------------------------------------


def catalogues() -> list[Path]:
    return sorted(path for folder in settings.LOCALE_PATHS for path in Path(folder).glob("*/LC_MESSAGES/django.po"))


def sha256_of(catalogue: Path) -> str:
    return hashlib.sha256(catalogue.read_bytes()).hexdigest()


def stale() -> list[Path]:
    """Catalogues that have not been compiled as they are now; times of files say little after a checkout or a copy."""

    def made_from(compiled: Path) -> str | None:
        try:
            with compiled.open("rb") as file:
                return gettext.GNUTranslations(file).info().get("x-made-from")
        except OSError:
            return None

    return [catalogue for catalogue in catalogues() if made_from(catalogue.with_suffix(".mo")) != sha256_of(catalogue)]


def compile_stale() -> list[Path]:
    """Compile what has to be; several processes may do so at once."""
    done = stale()
    for catalogue in done:
        file = polib.pofile(str(catalogue))
        file.metadata["X-Made-From"] = sha256_of(catalogue)
        fresh = catalogue.with_suffix(f".{os.getpid()}")
        file.save_as_mofile(str(fresh))
        fresh.replace(catalogue.with_suffix(".mo"))
    return done


def check(**kwargs: Any) -> list[CheckMessage]:
    """Stops every command that looks at the system first, such as migrate and the worker."""
    return [
        Error(f"{catalogue.relative_to(settings.BASE_DIR)} is not compiled.", hint=f"{COMPILE}.", id="config.E001")
        for catalogue in stale()
    ]
