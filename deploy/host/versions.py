"""How does a source tree become a version beside the one that serves, and how is another one put in its place?"""

import hashlib
import os
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

from deploy.host import machine
from deploy.host.machine import CURRENT, PREVIOUS, SETTINGS, VERSIONS, Failed

SOURCE = Path(__file__).resolve().parents[2]
LEFT_OUT = {".git", ".venv", ".env", "var", "tests", "benchmarks", "node_modules", "__pycache__"}
READY = ".ready"  # in a version that is complete
KEPT = 3


def files(source: Path) -> Iterator[Path]:
    """What a version consists of, in a fixed order; names that begin with a dot are tools' and nothing of the site."""
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith("."))
        for name in sorted(names):
            if name not in LEFT_OUT and not name.startswith(".") and not name.endswith((".mo", ".pyc")):
                yield Path(folder, name)


def name_of(source: Path) -> str:
    """Its number and what tells it from another of the same number."""
    number = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    whole = hashlib.sha256()
    for path in files(source):
        whole.update(f"{path.relative_to(source)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return f"{number}-{whole.hexdigest()[:8]}"


def lock_for(settings: dict[str, str]) -> str:
    sealed = any(settings.get(name) for name in ("CERTIFICATE_SEAL_FILE", "CERTIFICATE_SEAL_MODULE"))
    return "requirements-seal.txt" if sealed else "requirements-postgres.txt"


def build(source: Path, settings: dict[str, str], steps: machine.Steps) -> Path:
    """The source as a complete version of its own; what serves is not touched. Raises Failed."""
    version = VERSIONS / name_of(source)
    if (version / READY).exists():
        steps.done(f"Version {version.name}", changed=False)
        return version
    shutil.rmtree(version, ignore_errors=True)
    for path in files(source):
        target = version / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (version / ".env").symlink_to(SETTINGS)
    steps.done(f"Version {version.name} copied")
    machine.run("python3", "-m", "venv", version / ".venv")
    pip: list[str | Path] = [
        version / ".venv/bin/pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ]
    machine.run(*pip, "--require-hashes", "-r", version / lock_for(settings))
    steps.done("Python packages")
    machine.manage("compilemessages", version=version, user=None)
    machine.manage("collectstatic", "--no-input", "--verbosity", "0", version=version, user=None)
    machine.run("python3", "-m", "compileall", "-q", version, "-x", r"\.venv")
    (version / READY).touch()
    steps.done("Translations and static files")
    return version


def migrate(version: Path, steps: machine.Steps) -> None:
    machine.manage("migrate", "--no-input", "--verbosity", "0", version=version)
    machine.manage("createcachetable", version=version)
    steps.done("Database tables")


def serve(version: Path) -> None:
    """Point there; what served until now is the one to go back to."""
    present = CURRENT.resolve() if CURRENT.exists() else None
    if present == version:
        return
    if present:
        machine.point(PREVIOUS, present)
    machine.point(CURRENT, version)


def withdraw(before: tuple[Path | None, Path | None]) -> None:
    """As ``pointers()`` had it before a version that failed: which is not one to go back to."""
    for link, to in zip((CURRENT, PREVIOUS), before, strict=True):
        if to:
            machine.point(link, to)
        else:
            link.unlink(missing_ok=True)


def pointers() -> tuple[Path | None, Path | None]:
    """What serves, and what served before."""
    current, previous = (link.resolve() if link.exists() else None for link in (CURRENT, PREVIOUS))
    return current, previous


def back() -> Path:
    """Serve the former version again, and remember the present one as the former. Raises Failed."""
    if not PREVIOUS.exists():
        raise Failed("There is no former version here.")
    former, present = PREVIOUS.resolve(), CURRENT.resolve()
    machine.point(CURRENT, former)
    machine.point(PREVIOUS, present)
    return former


def forget_old() -> list[str]:
    """Delete versions that neither serve nor are the one to go back to, but for the newest; says which."""
    used = {link.resolve() for link in (CURRENT, PREVIOUS) if link.exists()}
    old = sorted((one for one in VERSIONS.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime)
    gone = [one for one in old[:-KEPT] if one not in used]
    for one in gone:
        shutil.rmtree(one)
    return [one.name for one in gone]
