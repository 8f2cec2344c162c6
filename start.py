#!/usr/bin/env python3
"""How does a fresh checkout become a running site, or a tested one?

    python3 start.py               set up, load the demo world, serve it on http://127.0.0.1:8000
    python3 start.py --port 8080   the same on another port
    python3 start.py --once        set up, load the demo world, and end without serving
    python3 start.py test [...]    set up, run the test suite; the rest of the line goes to pytest

Standard library only, and in the syntax of Python 3.8, so that an older Python can still look for a
newer one or say what is missing. Everything that is made lies in ``.venv/`` and ``var/``; both can be
deleted at any time. This is not how to run the site for real people: docs/operations.md tells that.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, Popen
from typing import Callable, Iterable, Iterator, NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VAR = ROOT / "var"
WINDOWS = os.name == "nt"
LINUX = sys.platform.startswith("linux")
VENV_PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
STAMP = VENV / "start.json"  # which lock files are installed
UNFINISHED = VENV / "start.unfinished"  # there while .venv is being made or filled

NEEDED = (3, 11)
DEFAULT_PORT = 8000
STOP_SECONDS = 10  # how long web and worker may take to finish what they are doing

# What WeasyPrint loads to draw certificates: the library, and Debian's package with it.
PDF_LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}


def say(text: str = "") -> None:
    print(text, flush=True)


def give_up(text: str) -> NoReturn:
    say("\n" + text)
    raise SystemExit(1)


def child_environment(**extra: str) -> dict[str, str]:
    """The caller's environment (proxies, pip's settings …) without what would break ``.venv`` or slow it down."""
    unwanted = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PYTHONUTF8": "1", "PIP_USER": "0", "DJANGO_SETTINGS_MODULE": "config.settings", **extra}


def end_with_parent() -> None:
    """In a child, on Linux: end when start.py does, even if that was killed (PR_SET_PDEATHSIG is 1)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def try_step(title: str, command: list[str], environment: dict[str, str]) -> tuple[bool, str]:
    """Run a tool, told in one line with its seconds; whether it succeeded, and what it printed."""
    print(f"  {title} …", end="", flush=True)
    began = time.monotonic()
    bound = end_with_parent if LINUX and command[0] != "apt-get" else None
    tool = Popen(command, cwd=ROOT, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, preexec_fn=bound)
    output = tool.communicate()[0].decode("utf-8", "replace").rstrip()
    say(f" {time.monotonic() - began:.1f} s" if tool.returncode == 0 else f" failed\n{output}")
    return tool.returncode == 0, output


def step(title: str, command: list[str], environment: dict[str, str] | None = None) -> str:
    """As ``try_step``; a failure ends everything."""
    succeeded, output = try_step(title, command, environment or child_environment())
    if not succeeded:
        give_up(f"This failed: {' '.join(command)}")
    return output


class Interpreter(NamedTuple):
    """A Python that was really run, not merely found."""

    path: str
    version: tuple[int, ...]
    lacks: tuple[str, ...]  # modules it cannot import: without them, a build too bare for this project
    has: tuple[str, ...]  # which of ensurepip (Debian: python3-venv) and pip are there

    @property
    def usable(self) -> bool:
        return self.version >= NEEDED and not self.lacks

    def __str__(self) -> str:
        lack = f", without {', '.join(self.lacks)}" if self.lacks else ""
        return f"{'.'.join(map(str, self.version))} ({self.path}{lack})"


PROBE = """
import importlib.util, json, sys
lacks = []
for name in ("ctypes", "sqlite3", "ssl", "venv", "zlib"):
    try:
        __import__(name)
    except ImportError:
        lacks.append(name)
has = [name for name in ("ensurepip", "pip") if importlib.util.find_spec(name)]
print(json.dumps([getattr(sys, "_base_executable", None) or sys.executable, sys.version_info[:3], lacks, has]))
"""


def probe(executable: str) -> Interpreter | None:
    """What this executable is; None if it does not run (as a pyenv shim without its version does not)."""
    command, environment = [executable, "-c", PROBE], child_environment()
    try:
        printed = subprocess.check_output(command, env=environment, stdin=DEVNULL, stderr=DEVNULL, timeout=30)
        path, version, lacks, has = json.loads(printed)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Interpreter(path, tuple(version), tuple(lacks), tuple(has))


def executables() -> Iterator[str]:
    """Every Python worth trying: the one running this, then those on PATH, then pyenv's."""
    yield sys.executable
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for name in ("python3.13", "python3.12", "python3.11", "python3.14", "python3", "python"):
        paths = [folder / (name + ".exe" if WINDOWS else name) for folder in folders]
        yield from (str(path) for path in paths if path.is_file())
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (str(path) for path in sorted(pyenv.glob("versions/3.*/bin/python3"), reverse=True))


def choose(found: Iterable[Interpreter | None]) -> tuple[Interpreter | None, list[Interpreter]]:
    """The first interpreter that has everything, else the first usable one; and all that were seen."""
    second_best: Interpreter | None = None
    seen: list[Interpreter] = []
    for interpreter in found:
        if interpreter and interpreter not in seen:
            seen.append(interpreter)
        if interpreter and interpreter.usable:
            if "ensurepip" in interpreter.has:
                return interpreter, seen
            second_best = second_best or interpreter
    return second_best, seen


def apt_line(packages: Iterable[str]) -> str:
    return f"apt-get install -y --no-install-recommends {' '.join(packages)}"


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages, if this is Debian and we are root; whether that worked."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not (is_root and Path("/etc/debian_version").exists() and shutil.which("apt-get")):
        return False
    say(f"  This machine lacks {', '.join(packages)}: installing, as this is Debian and you are root.")
    environment = child_environment(DEBIAN_FRONTEND="noninteractive")
    return all(try_step(line, line.split(), environment)[0] for line in ("apt-get update", apt_line(packages)))


def missing_pdf_packages() -> list[str]:
    """Debian's names of what certificates need and this machine cannot load."""
    missing = []
    for library, package in PDF_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def ensure_pdf_libraries() -> None:
    """Have Pango, or say how to get it. Without it everything but the PDF works."""
    missing = missing_pdf_packages() if LINUX else []
    if missing and apt_install(missing):
        missing = missing_pdf_packages()
    if missing:
        say("  Pango is missing: the site runs, but no certificate can be drawn. To have it, on Debian:")
        say(f"    sudo {apt_line(PDF_LIBRARIES.values())}")


def fingerprint(lock: Path, version: tuple[int, ...]) -> str:
    """Changes whenever ``.venv`` would have to."""
    return hashlib.sha256(lock.read_bytes() + repr(tuple(version)).encode()).hexdigest()


def reason_to_remake(interpreter: Interpreter | None) -> str | None:
    """Why ``.venv``, whose Python this is, cannot stay as it is; None if it can."""
    if not VENV.exists():
        return "there is none yet"
    if UNFINISHED.exists():
        return "an earlier set-up was interrupted"
    if interpreter is None or not (VENV / "pyvenv.cfg").exists():
        return "its Python does not run"
    if not interpreter.usable:
        return f"it has Python {interpreter}"
    return None if "pip" in interpreter.has else "it has no pip"


def make_venv() -> None:
    """A new ``.venv`` with pip in it, by whichever way this machine has."""
    base, seen = choose(probe(executable) for executable in executables())
    if base is None:
        found = "\n".join(f"  {interpreter}" for interpreter in seen) or "  none that runs"
        give_up(
            f"Python {'.'.join(map(str, NEEDED))} or newer is needed. Found:\n{found}\n"
            "On Debian 12 or newer:\n  sudo apt-get install -y python3 python3-venv"
        )
    package = f"python{base.version[0]}.{base.version[1]}-venv"
    if "ensurepip" not in base.has and base.path.startswith("/usr/bin/") and apt_install([package]):
        base = probe(base.path) or base
    if not base.has:
        give_up(
            f"Python {base} cannot make an environment: it has neither ensurepip nor pip.\n"
            f"Run this, then start again:\n  sudo {apt_line([package])}"
        )
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    UNFINISHED.touch()
    if "ensurepip" in base.has:
        step(f"Environment with Python {base}", [base.path, "-m", "venv", str(VENV)])
    else:
        step(f"Environment with Python {base}", [base.path, "-m", "venv", "--without-pip", str(VENV)])
        command = [base.path, "-m", "pip", "--python", str(VENV_PYTHON), "install", "--quiet", "pip"]
        step("pip, by the system's pip", command)


def install(lock_name: str, version: tuple[int, ...]) -> None:
    """Bring ``.venv``, of that Python, to a lock file; nothing to do when the stamp says that it is there."""
    wanted = fingerprint(ROOT / lock_name, version)
    stamp: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8")) if STAMP.exists() else {}
    if stamp.get(lock_name) == wanted:
        return
    UNFINISHED.touch()
    pip = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    step(f"Packages of {lock_name}", [*pip, "--require-hashes", "-r", str(ROOT / lock_name)])
    # What another lock file left is true only while that file is still the one that was installed.
    locks = [ROOT / name for name in stamp if (ROOT / name).exists()]
    kept = {lock.name: stamp[lock.name] for lock in locks if stamp[lock.name] == fingerprint(lock, version)}
    STAMP.write_text(json.dumps({**kept, lock_name: wanted}, indent=1), encoding="utf-8")
    UNFINISHED.unlink()


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Nobody else sets up this checkout meanwhile: two terminals would take ``.venv`` from each other."""
    try:
        import fcntl  # not on Windows
    except ImportError:
        yield
        return
    with open(VAR / "start.lock", "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("  Another start.py is setting up this checkout; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def manage(*words: str) -> list[str]:
    return [str(VENV_PYTHON), "manage.py", *words]


def prepare(environment: dict[str, str]) -> None:
    step("Translations", manage("compilemessages"), environment)
    step("Database", manage("migrate", "--no-input", "--verbosity", "0"), environment)
    step("Cache table", manage("createcachetable"), environment)


def set_up(lock_name: str) -> None:
    """``.venv`` with everything the lock file names, and Pango if it can be had."""
    say("Setting up")
    (VAR / "static").mkdir(parents=True, exist_ok=True)
    with only_one():
        interpreter = probe(str(VENV_PYTHON))
        reason = reason_to_remake(interpreter)
        if reason:
            say(f"  Making .venv: {reason}.")
            make_venv()
            interpreter = probe(str(VENV_PYTHON))
        if interpreter is None:
            give_up(f"{VENV_PYTHON} was made but does not run.")
        install(lock_name, interpreter.version)
        ensure_pdf_libraries()


def refuse_production(environment: dict[str, str], dotenv: Path) -> None:
    """The demo world lets anybody sign in as anybody: never where real people are."""
    value = environment.get("MIKO_ENV")
    if value is None and dotenv.exists():
        text = dotenv.read_text(encoding="utf-8")
        found = re.findall(r"^\s*(?:export\s+)?MIKO_ENV\s*=\s*['\"]?(\w+)", text, re.MULTILINE)
        value = found[-1] if found else None
    if value == "production":
        give_up("MIKO_ENV is production: start.py only starts the demo. docs/operations.md says how to serve.")


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def free_port(wanted: int, free: Callable[[int], bool] = is_free) -> int:
    """The wanted port, or the next free one of the fifty after it."""
    for port in range(wanted, min(wanted + 50, 65536)):
        if free(port):
            return port
    give_up(f"No port from {wanted} on can be used. Choose one above 1023 with --port.")


def launch(command: list[str], environment: dict[str, str]) -> Popen[bytes]:
    """A child in a session of its own, so that Ctrl+C reaches it once, from us."""
    bound = end_with_parent if LINUX else None
    return Popen(command, cwd=ROOT, env=environment, stdin=DEVNULL, start_new_session=True, preexec_fn=bound)


def stop(processes: Iterable[Popen[bytes]]) -> None:
    """End the children; whoever has not finished in time, or at a second Ctrl+C, is killed."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()
            process.wait()


def answers(url: str) -> bool:
    """Whether somebody answers there; never through a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=30).close()
    except urllib.error.HTTPError as error:
        say(f"  The start page answers with error {error.code}.")
    except OSError:
        return False
    return True


def serve(port: int, environment: dict[str, str]) -> int:
    """Web and worker until somebody ends them (0) or one of them ends by itself (1)."""
    address = f"127.0.0.1:{port}"
    web = [str(VENV_PYTHON), "-m", "gunicorn", "config.wsgi", "--bind", address, "--workers", "2"]
    web += ["--log-level", "warning", "--no-control-socket"]
    web += ["--threads", "4"]  # or connections that say nothing, as browsers open them, hold the site
    if WINDOWS:
        web = manage("runserver", "--noreload", address)

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    for number in {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:  # Windows has only the first
        signal.signal(number, interrupt)
    children: dict[str, Popen[bytes]] = {}
    try:
        children["web server"] = launch(web, environment)
        children["worker"] = launch(manage("worker"), environment)
        ready = False
        while all(child.poll() is None for child in children.values()):
            if not ready and answers(f"http://{address}/"):
                ready = True
                say(f"\nReady: http://{address}/   (Ctrl+C ends it)")
            time.sleep(0.2)
        for name, child in children.items():
            if child.poll() is not None:
                say(f"\nThe {name} ended by itself with code {child.returncode}; ending the rest.")
    except KeyboardInterrupt:
        say("\nEnding …")
        return 0
    finally:
        stop(children.values())
        say("Web server and worker have ended.")
    return 1


def start(wanted_port: int, *, once: bool) -> int:
    set_up("requirements.txt")
    environment = child_environment()
    prepare(environment)
    port = wanted_port if once else free_port(wanted_port)
    say("" if port == wanted_port else f"\nPort {wanted_port} is taken by another program: using {port}.\n")
    if port != DEFAULT_PORT:  # before the demo is loaded: its certificates name the address
        environment.setdefault("PUBLIC_URL", f"http://127.0.0.1:{port}")
    people = step("Demo world", manage("load_demo"), environment)
    if once:
        say(f"\n{people}")
        return 0
    say(f"{people}\n\nStarting http://127.0.0.1:{port}/")
    return serve(port, environment)


def test(arguments: list[str]) -> int:
    set_up("requirements-test.txt")
    say()
    command = [str(VENV_PYTHON), "-m", "pytest", "-n", str(min(os.cpu_count() or 1, 4)), *arguments]
    return subprocess.call(command, cwd=ROOT, env=child_environment())


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if arguments[:1] == ["test"]:
        return test(arguments[1:])
    parser = argparse.ArgumentParser(usage="\n" + str(__doc__))
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="where to serve (default: 8000)")
    parser.add_argument("--once", action="store_true", help="load the demo and end without serving")
    options = parser.parse_args(arguments)
    refuse_production(dict(os.environ), ROOT / ".env")
    return start(options.port, once=options.once)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("\nInterrupted. Starting again goes on from here.")
        sys.exit(130)
