"""Is every text of the pages, mails and papers there in English, and are the compiled catalogues current?

The source language is German, so only ``locale/en`` must be complete. The texts are gathered afresh, in a copy
of the checkout, and compared with the committed catalogue. Run from the checkout with its ``.venv``; needs gettext.
"""

# ruff: noqa: S603, S607, T201   a command line tool that runs git and gettext

import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
SOURCE_SUFFIXES = {".py", ".html", ".txt", ".po"}

Key = tuple[str, str, str]


def key(entry: polib.POEntry) -> Key:
    return (entry.msgctxt or "", entry.msgid, entry.msgid_plural or "")


def texts(path: Path) -> dict[Key, polib.POEntry]:
    return {key(entry): entry for entry in polib.pofile(str(path)) if not entry.obsolete}


def gathered(catalogue: Path) -> set[Key]:
    """What makemessages finds in the files under version control, as of now on disk."""
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in filter(None, listed.split("\0")):
            source = ROOT / name
            if source.suffix in SOURCE_SUFFIXES and source.is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                (copy / name).write_bytes(source.read_bytes())
        (copy / "locale").mkdir(exist_ok=True)
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "en", "--no-obsolete"]
        command += ["--verbosity", "0", "--extension", "html,txt,py", "--ignore", "tests", "--ignore", "benchmarks"]
        subprocess.run(command, cwd=copy, check=True)
        return set(texts(copy / catalogue))


def complaints() -> list[str]:
    catalogue = Path("locale/en/LC_MESSAGES/django.po")
    if not (ROOT / catalogue).exists():
        return [f"{catalogue} is missing"]
    committed = texts(ROOT / catalogue)
    wanted = gathered(catalogue)
    found = [f"not in the catalogue: {text[1]!r}" for text in sorted(wanted - set(committed))]
    found += [f"no longer used: {text[1]!r}" for text in sorted(set(committed) - wanted)]
    for entry in committed.values():
        if "fuzzy" in entry.flags:
            found.append(f"fuzzy: {entry.msgid!r}")
        elif not entry.translated():
            found.append(f"without English: {entry.msgid!r}")
    for path in sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po")):
        compiled = path.with_suffix(".mo")
        if not compiled.exists():
            found.append(f"{compiled.relative_to(ROOT)} is missing: manage.py compilemessages")
            continue
        fresh = {k: e for k, e in texts(path).items() if e.translated()}
        old = {key(entry): entry for entry in polib.mofile(str(compiled))}
        if {k: (e.msgstr, e.msgstr_plural) for k, e in fresh.items()} != {
            k: (e.msgstr, e.msgstr_plural) for k, e in old.items()
        }:
            found.append(f"{compiled.relative_to(ROOT)} is older than its .po: manage.py compilemessages")
    return found


if __name__ == "__main__":
    problems = complaints()
    print("\n".join(problems) or "Every text is there in English, and the compiled catalogues are current.")
    sys.exit(1 if problems else 0)
