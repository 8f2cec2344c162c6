"""miko: one command from a bare Debian 12 or 13 to a running site, and for what an operator does with it afterwards."""

import argparse
import os
import sys
import time
from pathlib import Path

from deploy.host import installing, machine, settings_file, versions
from deploy.host.answers import QUESTIONS, missing, wrong
from deploy.host.machine import ANSWERS, BACKUPS, CURRENT, SETTINGS, Failed, Steps, say


def answers(options: argparse.Namespace) -> dict[str, str]:
    """From the file, then the line, then asked; what an earlier run was told stays. Ends where some are missing."""
    given: dict[str, str] = {}
    for path in (ANSWERS, options.answers):
        if path and path.exists():
            given |= settings_file.read(path.read_text(encoding="utf-8"))
        elif path == options.answers and path:
            sys.exit(f"There is no file {path}.")
    for word in options.set:
        name, sign, value = word.partition("=")
        if not sign:
            sys.exit(f"--set takes NAME=value, and not: {name}")
        given[name] = value
    if not options.no_input and sys.stdin.isatty():
        while lacking := missing(given):
            given |= {question.name: input(f"{question}\n> ").strip() for question in lacking[:1]}
    said = wrong(given, settings_file.declared(versions.SOURCE / "config/variables.py"))
    if lacking := missing(given):
        said.append(
            "Only you know this. Give it in a file (--answers FILE, a NAME=value a line) or with --set NAME=value:"
        )
        said += [str(question) for question in lacking]
    if said:
        sys.exit("Nothing has been done.\n" + "\n".join(said))
    return given


def install(options: argparse.Namespace) -> None:
    given = answers(options)
    supported()
    began = time.monotonic()
    say(f"Setting up https://{given['ADDRESS']}/")
    version = installing.install(given)
    machine.write(ANSWERS, settings_file.merged("# What `miko install` was told.", given), 0o600)
    must_answer(given)
    say(f"\nhttps://{given['ADDRESS']}/ serves {version.name}, after {time.monotonic() - began:.0f} s.")
    say(f"{given['COORDINATOR_EMAIL']} signs in there by e-mail code; the desk lists what is still to be filled in.")
    say(f"Keep {SETTINGS} elsewhere, with the backups of {BACKUPS}: certificates depend on its keys.")
    if not machine.has_systemd():
        say("systemd does not run here: web and worker were started without it, and nothing restarts them.")


def supported() -> None:
    machine.need_root()
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    if "\nID=debian\n" not in f"\n{release}" or not any(f'VERSION_ID="{number}"' in release for number in (12, 13)):
        sys.exit("This is for Debian 12 and 13. Elsewhere: docs/operations/cluster.md.")


def present_answers() -> dict[str, str]:
    if not ANSWERS.exists() or not CURRENT.exists():
        sys.exit("Nothing is installed here; `miko install` does that.")
    return {**installing.DEFAULTS, **settings_file.read(ANSWERS.read_text(encoding="utf-8"))}


def must_answer(given: dict[str, str]) -> None:
    if why := machine.probe(given["ADDRESS"], int(given.get("PORT", "8000"))):
        raise Failed(f"The site does not answer as it should: {why}.")


def upgrade(options: argparse.Namespace) -> None:
    """Everything that takes time is done beside what serves; only then does the new version take its place."""
    machine.need_root()
    given, steps = present_answers(), Steps()
    if CURRENT.resolve() == versions.SOURCE:
        sys.exit("This is the version that serves. Unpack the new one and run its deploy/miko upgrade.")
    former = CURRENT.resolve()
    settings = settings_file.read(SETTINGS.read_text(encoding="utf-8"))
    version = versions.build(versions.SOURCE, settings, steps)
    machine.manage("check", "--deploy", "--fail-level", "ERROR", version=version)
    if version == former:
        say(f"{version.name} serves already.")
        return
    say(f"  {machine.manage('backup', BACKUPS).strip()} holds the database as it was.")
    steps.done("Backup")
    versions.migrate(version, steps)
    before = versions.pointers()
    versions.serve(version)
    try:
        machine.restart()
        must_answer(given)
    except Failed as failure:
        say(f"{failure}\nGoing back to {former.name}.")
        versions.withdraw(before)
        machine.restart()
        must_answer(given)
        raise Failed(
            f"{former.name} serves as before; it runs on the new tables. The new version stays in {version}."
        ) from None
    steps.done(f"{version.name} serves")
    for name in versions.forget_old():
        say(f"  Deleted {name}.")


def rollback(options: argparse.Namespace) -> None:
    machine.need_root()
    given, steps = present_answers(), Steps()
    before = versions.pointers()
    former = versions.back()
    try:
        machine.restart()
        must_answer(given)
    except Failed:
        versions.withdraw(before)
        machine.restart()
        raise
    steps.done(f"{former.name} serves; the database was left as it is")


def backup(options: argparse.Namespace) -> None:
    machine.need_root()
    given, steps = present_answers(), Steps()
    copy = machine.manage("backup", BACKUPS, "--verify", "--keep", given["BACKUPS_KEPT"]).strip()
    steps.done(f"{copy} taken and verified")


def restore(options: argparse.Namespace) -> None:
    """Stopped for as long as it takes; where the copy is not whole, what was there goes on."""
    machine.need_root()
    given, steps = present_answers(), Steps()
    if not options.yes:
        sys.exit("This puts the backup in the place of the database. If that is meant: --yes")
    machine.stop()
    steps.done("Web and worker stopped")
    try:
        say(f"  {machine.manage('restore_backup', options.copy.resolve()).strip()}")
        versions.migrate(CURRENT.resolve(), steps)
    finally:
        machine.start()
    must_answer(given)
    steps.done("Restored, and the site answers")


def doctor(options: argparse.Namespace) -> None:
    machine.need_root()
    present_answers()
    words = ["doctor"] if "\n    doctor\n" in machine.manage("help") else ["check", "--deploy"]
    machine.manage(*words, quiet=False)


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="miko", description=__doc__)
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    what = commands.add_parser(
        "install", help="set everything up, or bring it to what the answers say",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="What only you know:\n" + "\n".join(map(str, QUESTIONS)) + "\n\nSettings may be given as well.",
    )  # fmt: skip
    what.add_argument("--answers", type=Path, help="a file with one NAME=value a line")
    what.add_argument("--set", action="append", default=[], metavar="NAME=value")
    what.add_argument("--no-input", action="store_true", help="never ask")
    what.set_defaults(do=install)
    for do, says in [
        (upgrade, "put this version in the place of the one that serves; back again where it does not answer"),
        (rollback, "serve the former version again"),
        (backup, "copy the database and verify the copy"),
        (doctor, "say all that is wrong or missing"),
    ]:
        commands.add_parser(do.__name__, help=says).set_defaults(do=do)
    what = commands.add_parser("restore", help="put a backup in the place of the database")
    what.add_argument("copy", type=Path)
    what.add_argument("--yes", action="store_true")
    what.set_defaults(do=restore)
    return whole


def main(words: list[str]) -> None:
    os.umask(0o022)
    options = parser().parse_args(words)
    try:
        options.do(options)
    except Failed as failure:
        sys.exit(f"\n{failure}")
    except (KeyboardInterrupt, EOFError):
        sys.exit("\nInterrupted. Starting again goes on from here.")


if __name__ == "__main__":
    main(sys.argv[1:])
