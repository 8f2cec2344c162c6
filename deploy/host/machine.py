"""How is something done on the machine, and said? Commands, files, services: by systemd where it runs, else without."""

import os
import pwd
import shlex
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

USER = "miko"
SETTINGS = Path("/etc/miko/miko.env")
ANSWERS = Path("/etc/miko/answers")
VERSIONS = Path("/srv/miko/versions")
CURRENT = Path("/srv/miko/current")
PREVIOUS = Path("/srv/miko/previous")
BACKUPS = Path("/var/backups/miko")
CACHE = Path("/var/cache/miko")
UNITS = Path("/etc/systemd/system")
FILES = Path(__file__).resolve().parent / "files"
WEB, WORKER = "miko-web", "miko-worker"


class Failed(Exception):
    """The text says what failed, for who ran the command."""


def say(text: str) -> None:
    print(text, flush=True)


def run(*command: str | Path, user: str | None = None, cwd: Path | None = None, quiet: bool = True) -> str:
    """What the command printed. Raises Failed with the end of it."""
    words = [str(word) for word in command]
    if user and os.geteuid() == 0:
        words = ["runuser", "-u", user, "--", *words]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "XDG_CACHE_HOME": str(CACHE), "PYTHONUTF8": "1"}
    environment.pop("PYTHONPATH", None)
    for name in [name for name in environment if name in {"LC_ALL", "LANGUAGE"}]:
        del environment[name]
    done = subprocess.run(
        words, cwd=cwd or "/", env={**environment, "LANG": "C.UTF-8"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        end = "\n".join(done.stdout.strip().splitlines()[-20:])
        raise Failed(f"This failed with code {done.returncode}: {shlex.join(words)}\n{end}")
    if not quiet:
        say(done.stdout.rstrip())
    return done.stdout


def manage(*words: str | Path, version: Path | None = None, quiet: bool = True, user: str | None = USER) -> str:
    """manage.py of that version, else of the one that serves, as the site's own user."""
    folder = version or CURRENT
    return run(folder / ".venv/bin/python", folder / "manage.py", *words, user=user, cwd=folder, quiet=quiet)


class Steps:
    """Says each thing once it is done, with its seconds, or that it already was."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def done(self, what: str, *, changed: bool = True) -> None:
        now = time.monotonic()
        say(f"  {what}: {'done' if changed else 'as it was'} ({now - self.began:.1f} s)")
        self.began = now


def write(path: Path, text: str, mode: int = 0o644, group: str | None = None) -> bool:
    """Have the file say this; whether it did not. Whole or not at all, never readable by more people than meant."""
    if path.exists() and path.read_text(encoding="utf-8") == text and path.stat().st_mode & 0o777 == mode:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode & 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)
    if group:
        shutil.chown(new, 0, group)
    new.chmod(mode)
    new.replace(path)
    return True


def filled(name: str, **values: object) -> str:
    """A file of ours with what stands between @ signs put in; nginx and systemd have uses of their own for $ and %."""
    text = (FILES / name).read_text(encoding="utf-8")
    for word, value in values.items():
        text = text.replace(f"@{word}@", str(value))
    return text


def is_installed(package: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    found = subprocess.run(query, capture_output=True, text=True, check=False)
    return found.stdout == "installed"


def has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def point(link: Path, to: Path) -> None:
    """At once: whoever opens the link finds the one or the other."""
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(to)
    new.replace(link)


# --- services --------------------------------------------------------------------------------------


def has_systemd() -> bool:
    return Path("/run/systemd/system").is_dir()


def start_database() -> None:
    if has_systemd():
        run("systemctl", "enable", "--now", "postgresql")
    else:
        run("service", "postgresql", "start")


def restart() -> None:
    """Web and worker anew. With systemd the socket stays, so that whoever comes meanwhile waits and is served."""
    if has_systemd():
        run("systemctl", "restart", f"{WEB}.service", f"{WORKER}.service")
        return
    stop()
    for service in (WEB, WORKER):
        command = exec_start((UNITS / f"{service}.service").read_text(encoding="utf-8"))
        pid, log = f"/run/{service}.pid", f"/var/log/{service}.log"
        started = ["start-stop-daemon", "--start", "--background", "--make-pidfile", "--pidfile", pid, "--output", log]
        run(*started, "--chuid", USER, "--chdir", CURRENT.resolve(), "--startas", command[0], "--", *command[1:])


def stop() -> None:
    if has_systemd():
        run("systemctl", "stop", f"{WEB}.socket", f"{WEB}.service", f"{WORKER}.service")
        return
    for service in (WEB, WORKER):
        pid = f"/run/{service}.pid"
        run(
            "start-stop-daemon", "--stop", "--oknodo", "--pidfile", pid, "--retry", "TERM/40/KILL/5", "--remove-pidfile"
        )


def start() -> None:
    if has_systemd():
        run("systemctl", "start", f"{WEB}.socket", f"{WEB}.service", f"{WORKER}.service")
    else:
        restart()


def exec_start(unit: str) -> list[str]:
    """The command of a unit, as words."""
    joined = unit.replace("\\\n", " ")
    [line] = [line for line in joined.splitlines() if line.startswith("ExecStart=")]
    return shlex.split(line.removeprefix("ExecStart="))


def probe(address: str, port: int, seconds: float = 30.0) -> str:
    """Why the site does not answer as people will ask it; empty once it does."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/",
        headers={"Host": address, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + seconds
    why = "nobody answers"
    while time.monotonic() < until:
        try:
            with opener.open(request, timeout=10) as answer:
                return "" if answer.status == 200 else f"it answers {answer.status}"
        except urllib.error.HTTPError as error:
            why = f"it answers {error.code}"
        except OSError as error:
            why = str(error)
        time.sleep(0.3)
    return why


def need_root() -> None:
    if os.geteuid() != 0:
        sys.exit("This must be run as root.")
