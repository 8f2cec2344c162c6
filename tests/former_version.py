"""Does the version that served before go on serving while the tables are already those of this one?

    python -m tests.former_version postgres://user@host:port        as .ci/run does

``deploy/release/former`` names its commit. Its own tests run on our tables; data it made are taken over and looked
through; then its worker and ours empty one queue together, and each sends what either has queued.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.db.backends.postgresql.psycopg_any import sql
from psycopg import connect

from tests.mail_server import mail_server
from tests.production import PRODUCTION

ROOT = Path(__file__).resolve().parent.parent
FORMER = (ROOT / "deploy/release/former").read_text(encoding="utf-8").strip()
# What an upgrade must not stop: signing in, registering, attendance, mails and their worker; and that data end.
TESTS = ["tests/accounts/test_sign_in.py", "tests/trainings/booking", "tests/trainings/attendance"]
TESTS += ["tests/trainings/mails", "tests/trainings/test_retention.py"]
MAILS = 100  # queued by each version
QUEUE = """
from trainings import mails
from trainings.models import Registration
confirmed = Registration.objects.filter(status="confirmed", person__is_active=True, run__starts_at__gt=timezone.now())
one = confirmed.order_by("pk").first()
for _ in range({number}):
    mails.queue("registered", one)
"""
LEFT = "from trainings.models import Message; print(Message.objects.filter(status='queued').count())"


class Version:
    """A folder of the code, run by the packages of this one."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.server = folder, server

    def environment(self, database: str, **more: str) -> dict[str, str]:
        unwanted = ("PYTEST_", "COV_", "DJANGO_SETTINGS")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        return {**kept, "DATABASE_URL": f"{self.server}/{database}", **more}

    def run(self, *words: str, database: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.environment(database, **more),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            sys.exit(f"{self.folder.name}: {' '.join(words)[:200]}\n{done.stdout[-6000:]}{done.stderr[-6000:]}")
        return done.stdout.strip()

    def manage(self, *words: str, database: str, **more: str) -> str:
        return self.run("manage.py", *words, database=database, **more)


def create(server: str, name: str, template: str = "template1") -> None:
    with connect(f"{server}/postgres", autocommit=True) as database:
        database.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        database.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


def its_tests_on_our_tables(former: Version, ours: Version) -> str:
    """As many databases as test processes, named as pytest-django names them, with our tables in them."""
    create(ours.server, "test_former")
    ours.manage("migrate", "--no-input", "--verbosity", "0", database="test_former")
    ours.manage("createcachetable", database="test_former")
    for process in ("gw0", "gw1"):
        create(ours.server, f"test_former_{process}", "test_former")
    words = ["-m", "pytest", "-q", "-n", "2", "--reuse-db", "-p", "no:cacheprovider", *TESTS]
    said = former.run(*words, database="former")
    with connect(f"{ours.server}/test_former_gw0") as database:  # they ran on our tables, and not on theirs
        applied = set(database.execute("SELECT app || '/migrations/' || name || '.py' FROM django_migrations"))
    made = {(str(path.relative_to(ours.folder)),) for path in ours.folder.glob("[a-z]*/migrations/0*.py")}
    assert made <= applied, made - applied
    return said.splitlines()[-1]


def its_data_in_our_tables(former: Version, ours: Version) -> str:
    create(ours.server, "live")
    former.manage("migrate", "--no-input", "--verbosity", "0", database="live")
    former.manage("createcachetable", database="live")
    former.manage("load_demo", database="live")
    ours.manage("migrate", "--no-input", "--verbosity", "0", database="live")
    return ours.manage("verify_data", database="live").splitlines()[-1]


def both_workers(former: Version, ours: Version, folder: Path) -> str:
    """One server, one queue, two versions: everything is sent once, and neither stumbles."""
    shell = ["shell", "-c"]
    for version in (former, ours):
        version.manage(*shell, f"from django.utils import timezone\n{QUEUE.format(number=MAILS)}", database="live")
    relays = {former: folder / "former mails", ours: folder / "our mails"}
    for made in relays.values():
        made.mkdir()
    with mail_server(relays[former], pause=0.02) as one, mail_server(relays[ours], pause=0.02) as another:
        servers, logs = {former: one, ours: another}, {}
        workers = []
        for version, relay in servers.items():
            logs[version] = (relays[version] / "log").open("w+")
            settings = {**PRODUCTION, "EMAIL_URL": relay.url, "INSTALLATION": "rehearsal"}
            settings["DATABASE_URL"] = f"{version.server}/live"
            environment = {**version.environment("live"), **settings}
            command = [sys.executable, "manage.py", "worker"]
            workers.append(
                subprocess.Popen(
                    command, cwd=version.folder, env=environment, stdout=logs[version], stderr=subprocess.STDOUT
                )
            )
        until = time.monotonic() + 120
        while int(ours.manage(*shell, LEFT, database="live").split()[-1]) and time.monotonic() < until:
            assert all(worker.poll() is None for worker in workers), "a worker ended"
            time.sleep(1)
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(60)
        sent = {version: [mail["message_id"] for mail in relay.mails()] for version, relay in servers.items()}
    for log in logs.values():
        log.seek(0)
        said = log.read()
        assert not any(word in said for word in ("Traceback", " ERROR ")), said
    everything = sent[former] + sent[ours]
    assert len(everything) == len(set(everything)) >= 2 * MAILS, (len(everything), len(set(everything)))
    assert all(sent.values()), "one of them did nothing"
    return f"{len(everything)} mails, each sent once, {len(sent[former])} of them by the former version"


def main(server: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "former").mkdir()
        packed = subprocess.run(["git", "archive", FORMER], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x"], cwd=folder / "former", input=packed, check=True)
        former, ours = Version(folder / "former", server), Version(ROOT, server)
        former.manage("compilemessages", database="postgres")
        for part in (its_data_in_our_tables, its_tests_on_our_tables):
            began = time.monotonic()
            print(f"{part.__name__}: {part(former, ours)} ({time.monotonic() - began:.0f} s)", flush=True)  # noqa: T201
        began = time.monotonic()
        print(f"both_workers: {both_workers(former, ours, folder)} ({time.monotonic() - began:.0f} s)")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1].removesuffix("/postgres"))
