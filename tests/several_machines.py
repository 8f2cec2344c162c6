"""Three webs and three workers on one database: behind PgBouncer, and while a standby takes over.

    python -m tests.several_machines          as .ci/run does; needs Debian's postgresql and pgbouncer

Everything runs here, in processes of its own and a folder that goes again. People register over HTTP meanwhile. What an
answer confirmed must be there afterwards, each mail must have left once, and every promise of the data be kept.
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from tests.mail_server import MailServer, mail_server
from tests.production import PRODUCTION

ROOT = Path(__file__).resolve().parent.parent
BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
PEOPLE, PLACES, WEBS, WORKERS, AT_ONCE = 80, 20, 3, 3, 8
HEADERS = {"Host": "schulungen.kreis.example", "X-Forwarded-Proto": "https"}
HEADERS["Referer"] = f"https://{HEADERS['Host']}/"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        return int(made.getsockname()[1])


# --- Databases -----------------------------------------------------------------------------------------------


class Databases:
    """A primary, a standby that has each commit before it is confirmed, and PgBouncer; run as ``postgres``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.first, self.second, self.pooler = free_port(), free_port(), free_port()

    def as_postgres(self, *words: object, **options: object) -> subprocess.CompletedProcess[str]:
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*user, *map(str, words)]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done

    def start(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.as_postgres(BIN / "initdb", "-D", self.folder / "first", "-U", "miko", "--auth=trust", "--no-sync")
        self._pg_ctl("first", self.first, "-c synchronous_standby_names=*")
        source = f"host=127.0.0.1 port={self.first} user=miko"
        backup = ["-D", self.folder / "second", "-d", source, "-R", "-X", "stream"]
        # While none follows, the base backup itself must not wait for one.
        self.as_postgres(BIN / "pg_basebackup", *backup, env={**os.environ, "PGOPTIONS": "-c synchronous_commit=local"})
        self._pg_ctl("second", self.second, "")
        self.sql("CREATE DATABASE miko")
        ini = self.folder / "pgbouncer.ini"
        ini.write_text(
            f"[databases]\nmiko = host=127.0.0.1 port={self.first} dbname=miko\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.pooler}\nauth_type = any\nuser = postgres\n"
            f"unix_socket_dir =\npool_mode = transaction\ndefault_pool_size = 6\nmax_client_conn = 200\n"
            f"pidfile = {self.folder}/pgbouncer.pid\nlogfile = {self.folder}/pgbouncer.log\n"
            "ignore_startup_parameters = extra_float_digits\n",
            encoding="utf-8",
        )
        ini.write_text(
            ini.read_text(encoding="utf-8").replace("dbname=miko", "dbname=miko user=miko"), encoding="utf-8"
        )
        self.as_postgres("/usr/sbin/pgbouncer", "-d", ini)

    def _pg_ctl(self, name: str, port: int, more: str) -> None:
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off {more}"
        )
        log = self.folder / f"{name}.log"
        self.as_postgres(BIN / "pg_ctl", "-D", self.folder / name, "-l", log, "-w", "-o", options, "start")

    def sql(self, words: str) -> None:
        self.as_postgres(
            BIN / "psql", "-h", "127.0.0.1", "-p", self.first, "-U", "miko", "-d", "postgres", "-qc", words
        )

    def lose_the_primary(self) -> None:
        self.as_postgres(BIN / "pg_ctl", "-D", self.folder / "first", "-m", "immediate", "stop")

    def promote(self) -> None:
        self.as_postgres(BIN / "pg_ctl", "-D", self.folder / "second", "-w", "promote")

    def end(self) -> None:
        for name in ("first", "second"):
            if (self.folder / name / "postmaster.pid").exists():
                self.as_postgres(BIN / "pg_ctl", "-D", self.folder / name, "-m", "immediate", "stop")
        pid = self.folder / "pgbouncer.pid"
        if pid.exists():
            os.kill(int(pid.read_text(encoding="utf-8")), signal.SIGTERM)

    @property
    def pooled(self) -> str:
        return f"postgres://miko@127.0.0.1:{self.pooler}/miko"

    @property
    def both(self) -> str:
        return f"postgres://miko@127.0.0.1:{self.first},127.0.0.1:{self.second}/miko?target_session_attrs=read-write"


# --- Machines ------------------------------------------------------------------------------------------------


class Site(NamedTuple):
    ports: list[int]
    workers: list[subprocess.Popen[bytes]]
    log: Path
    relay: MailServer


def environment(url: str, relay: MailServer, **more: str) -> dict[str, str]:
    site = {"DATABASE_URL": url, "EMAIL_URL": relay.url, "INSTALLATION": "several", "BEHIND_PROXY": "true"}
    site["SECOND_FACTOR_REQUIRED"] = "false"  # the coordinator of this world has none
    return {**os.environ, **PRODUCTION, **site, "STATIC_ROOT": str(relay.file.parent.parent / "static"), **more}


@contextmanager
def machines(url: str, relay: MailServer, **more: str) -> Iterator[Site]:
    """Webs and workers, each of which would stand on a machine of its own."""
    said = environment(url, relay, **more)
    ports = [free_port() for _ in range(WEBS)]
    web = [sys.executable, "-m", "gunicorn", "config.wsgi", "-w", "1", "--no-control-socket", "--log-level", "warning"]
    commands = [[*web, "-b", f"127.0.0.1:{port}"] for port in ports]
    commands += [[sys.executable, "manage.py", "worker"]] * WORKERS
    path = relay.file.parent / "log"
    with path.open("a") as log:
        running = [subprocess.Popen(words, cwd=ROOT, env=said, stdout=log, stderr=log) for words in commands]
        try:
            for port in ports:
                wait_until(lambda port=port: ask(port, "GET", "/ready/")[0] == 200)  # type: ignore[misc]
            yield Site(ports, running[WEBS:], path, relay)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(60)


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.2)


def ask(
    port: int, method: str, path: str, cookie: str = "", form: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Status, Retry-After and body; status 0 where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {**HEADERS, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request(method, path, urlencode(form) if form else None, headers)
        response = connection.getresponse()
        return response.status, response.headers.get("Retry-After", ""), response.read().decode()
    except OSError:
        return 0, "", ""
    finally:
        connection.close()


# --- People --------------------------------------------------------------------------------------------------

BUILD = f"""
import secrets
from django.test import Client
from accounts.models import User
from tests.builders import build_agency, build_person, build_run
Client().get('/live/')
if not User.objects.exists():
    build_agency()
    [build_person() for _ in range({PEOPLE})]
    build_person(role='coordinator')
runs = [build_run(capacity={PLACES}) for _ in range(3)]
print('runs', *(run.pk for run in runs))
for person in User.objects.order_by('pk'):
    client = Client()
    client.force_login(person, backend='allauth.account.auth_backends.AuthenticationBackend')
    print('person', person.pk, person.role, client.cookies['sessionid'].value)
"""
COUNT = """
import json
from collections import Counter
from trainings.models import Message, Registration
print('pairs', *(f'{run}-{person}-{status}' for run, person, status in
    Registration.objects.filter(run__in={runs}).values_list('run', 'person', 'status')))
print('waiting', Message.objects.filter(status='queued').count())
print('sent', Message.objects.filter(status='sent').count())
"""


def shell(url: str, relay: MailServer, code: str, **more: str) -> list[list[str]]:
    words = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    done = subprocess.run(
        words, cwd=ROOT, env=environment(url, relay, **more), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(done.stderr[-4000:])
    return [line.split() for line in done.stdout.splitlines()]


class People:
    """Each wants a place in each run, by whichever web comes next; somebody who is told to come again does."""

    def __init__(self, site: Site, runs: Sequence[str], cookies: dict[str, str]) -> None:
        self.site, self.number, self.lock = site, 0, threading.Lock()
        self.wishes = [(run, person) for person in cookies for run in runs]
        self.cookies = cookies
        self.confirmed: set[tuple[str, str]] = set()
        self.again: set[tuple[str, str]] = set()  # were told to come again, and may have been registered all the same
        self.answers: list[tuple[float, int, str]] = []  # when, status, Retry-After

    def come(self) -> None:
        threads = [threading.Thread(target=self._come) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _next(self) -> tuple[str, str] | None:
        with self.lock:
            self.number += 1
            return self.wishes.pop() if self.wishes else None

    def _come(self) -> None:
        while wish := self._next():
            run, person = wish
            token = "0123456789abcdefghijklmnopqrstuv"
            cookie = f"sessionid={self.cookies[person]}; csrftoken={token}"
            port = self.site.ports[self.number % WEBS]
            form = {"csrfmiddlewaretoken": token, "needs": ""}
            status, retry, body = ask(port, "POST", f"/termine/{run}/anmelden/", cookie, form)
            with self.lock:
                self.answers.append((time.monotonic(), status, retry))
                if status == 302:
                    self.confirmed.add(wish)
                elif status == 503:
                    self.again.add(wish)
                    self.wishes.insert(0, wish)
                elif status != 409 or wish not in self.again:
                    sys.exit(f"{status}: {body[:2000]}")
            if status != 302:
                time.sleep(0.2)


def check(url: str, site: Site, runs: Sequence[str], people: People, **more: str) -> str:
    def state() -> dict[str, list[str]]:
        lines = shell(url, site.relay, COUNT.replace("{runs}", str([*map(int, runs)])), **more)
        return {line[0]: line[1:] for line in lines}

    # What a worker had in hand when the database went is leased for two minutes, then sent (once more, maybe).
    wait_until(lambda: state()["waiting"] == ["0"], 200)
    found = state()
    pairs = [tuple(pair.split("-")) for pair in found["pairs"]]
    stored = {pair[:2] for pair in pairs}
    lost = people.confirmed - stored
    assert not lost, f"confirmed and not there: {lost}"
    for run in runs:
        places = Counter(status for of_run, _person, status in pairs if of_run == run)
        assert places == {"confirmed": PLACES, "waitlisted": len(people.cookies) - PLACES}, places
    mails = [mail["message_id"] for mail in site.relay.mails()]
    said = subprocess.run(
        [sys.executable, "manage.py", "verify_data"],
        cwd=ROOT, env=environment(url, site.relay, **more), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    twice = len(mails) - len(set(mails))
    return f"{len(people.confirmed)} confirmed, none lost; {len(set(mails))} mails, {twice} of them twice"


def lines_of(site: Site) -> Counter[str]:
    said = site.log.read_text(encoding="utf-8")
    return Counter(re.findall(r" (ERROR|WARNING|INFO) ", said)) + Counter(tracebacks=said.count("Traceback"))


# --- The two tries -------------------------------------------------------------------------------------------


def behind_a_pooler(databases: Databases, relay: MailServer) -> str:
    """In transaction mode, six connections to the database for six processes and their threads; exports meanwhile."""
    direct, more = f"postgres://miko@127.0.0.1:{databases.first}/miko", {"DATABASE_POOLED": "true"}
    for words in (
        ["migrate", "--no-input", "--verbosity", "0"],
        ["createcachetable"],
        ["collectstatic", "--no-input", "--verbosity", "0"],
    ):
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment(direct, relay), check=True)
    built = shell(databases.pooled, relay, BUILD, **more)
    runs, cookies, coordinator = _people(built)
    with machines(databases.pooled, relay, **more) as site:
        people = People(site, runs, cookies)
        exports: list[tuple[int, int]] = []
        ending = threading.Event()

        def export() -> None:
            while not ending.is_set():
                status, _retry, body = ask(
                    site.ports[0], "GET", f"/koordination/termine/{runs[0]}/anmeldungen.csv", f"sessionid={coordinator}"
                )
                exports.append((status, len(body.splitlines())))

        thread = threading.Thread(target=export)
        thread.start()
        began = time.monotonic()
        people.come()
        seconds = time.monotonic() - began
        ending.set()
        thread.join()
        assert {status for status, _lines in exports} == {200}, exports
        assert exports[-1][1] > PEOPLE // 2, exports
        statuses = Counter(status for _at, status, _retry in people.answers)
        said = check(databases.pooled, site, runs, people, **more)
        found = lines_of(site)
        assert not found["tracebacks"], site.log.read_text(encoding="utf-8")[-4000:]
    speed = f"{len(people.answers) / seconds:.0f} answers a second {dict(statuses)}"
    return f"{said}; {speed}, {len(exports)} exports meanwhile"


def while_a_standby_takes_over(databases: Databases, relay: MailServer) -> str:
    built = shell(databases.both, relay, BUILD)
    runs, cookies, _coordinator = _people(built)
    with machines(databases.both, relay) as site:
        people = People(site, runs, cookies)
        lost: list[float] = []

        def lose() -> None:
            wait_until(lambda: len(people.answers) > PEOPLE // 2)
            databases.lose_the_primary()
            lost.append(time.monotonic())
            time.sleep(3)
            databases.promote()
            lost.append(time.monotonic())

        thread = threading.Thread(target=lose)
        thread.start()
        people.come()
        thread.join()
        statuses = Counter((status, retry) for _at, status, retry in people.answers)
        strange = {each for each in statuses if each not in {(302, ""), (409, ""), (503, "30")}}
        assert not strange, f"{statuses}\n{site.log.read_text(encoding='utf-8')[-6000:]}"
        again = min(at for at, status, _retry in people.answers if status == 302 and at > lost[1])
        said = check(databases.both, site, runs, people)
        assert all(worker.poll() is None for worker in site.workers), "a worker ended"
    back = f"{again - lost[1]:.1f} s after the promotion people registered again"
    return f"{said}; {dict(statuses)}; {back}; log {dict(lines_of(site))}"


def _people(built: list[list[str]]) -> tuple[list[str], dict[str, str], str]:
    runs = next(line[1:] for line in built if line[:1] == ["runs"])
    people = [line[1:] for line in built if line[:1] == ["person"]]
    coordinator = next(cookie for _pk, role, cookie in people if role == "coordinator")
    return runs, {pk: cookie for pk, role, cookie in people if role != "coordinator"}, coordinator


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        (folder / "data").mkdir()
        databases = Databases(folder / "data")
        stack.callback(databases.end)
        databases.start()
        for part in (behind_a_pooler, while_a_standby_takes_over):
            (folder / part.__name__).mkdir()
            with mail_server(folder / part.__name__) as relay:
                began = time.monotonic()
                print(f"{part.__name__}: {part(databases, relay)} ({time.monotonic() - began:.0f} s)", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
