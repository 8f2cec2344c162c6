"""What do ten years of history cost? Every page, feed, job and operation, while only the past grows.

    python -m benchmarks.growth [--sizes 1000,100000,1000000] [--plans] [--only TEXT] [--jobs]
    DATABASE_URL=postgres://… python -m benchmarks.growth

The present is the same in every size: thirty runs to come, sixty in the last 120 days. Each size is that many
registrations of the past with all that belongs to them (``_history``). Times are medians, CPU of this process alone;
``×`` compares the last size with the first. With ``--plans`` every query is explained, and those are named that read
more rows in the last size than in the first without returning more: they read what does not bear on their answer.
"""

import argparse
import itertools
import json
import logging
import math
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks import TINY, size
from benchmarks._databases import empty, prepare_to_empty

SIZES = size((1_000, 100_000, 1_000_000), (2_000,))
SECONDS = size(0.6, 0.0)  # for each thing measured; at least three times
MUCH = 1.5  # times as long as in the first size
FEW_ROWS = 60  # by which a query may differ without being named


@dataclass
class Measured:
    wall: float
    cpu: float
    queries: int
    read: dict[str, tuple[int, int]] = field(default_factory=dict)  # by query: rows read, rows returned


@dataclass(frozen=True)
class Thing:
    name: str
    do: Callable[[], object]
    is_taken_back: bool = False


def main() -> None:
    asked = _arguments()
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        found: dict[int, dict[str, Measured]] = {}
        url = _prepared(folder) if asked.built else prepare_to_empty(folder)
        print(f"{url.partition(':')[0]}, history of {', '.join(f'{number:,}' for number in asked.sizes)} registrations")
        for place, number in enumerate(asked.sizes):
            if place:
                empty()
            began = time.perf_counter()
            if not asked.built:
                build(number)
            print(f"built {number:,} in {time.perf_counter() - began:.0f} s: {_rows()}", flush=True)
            if asked.stop_when_built:
                return
            things = things_to_measure()
            found[number] = {
                thing.name: measure(thing, plans=asked.plans) for thing in things if re.search(asked.only, thing.name)
            }
        report(found)
        if asked.plans:
            offenders(found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=lambda text: [int(one) for one in text.split(",")], default=SIZES)
    parser.add_argument("--plans", action="store_true", default=TINY)
    parser.add_argument("--only", default="", help="measure only what has this (a regular expression) in its name")
    parser.add_argument("--stop-when-built", action="store_true", help="leave the first size for --built, on a copy")
    parser.add_argument("--built", action="store_true", help="the database holds it already")
    return parser.parse_args()


def _prepared(folder: str) -> str:
    import os

    from benchmarks._databases import prepare

    prepare(folder)
    return os.environ["DATABASE_URL"]


# --- The world -------------------------------------------------------------------------------------


def build(number: int) -> None:
    """So many registrations of the past, and the present."""
    from django.utils import timezone

    from accounts import finding
    from accounts.models import User
    from benchmarks import _history
    from tests import builders
    from tests.evidence.builders import build_door, build_dossier, build_period

    now = timezone.now()
    agencies = [
        builders.build_agency(name, domain)
        for name, domain in [
            ("Kreisverwaltung Mayen-Koblenz", "kreis-myk.example"),
            ("Stadtverwaltung Mayen", "mayen.example"),
            ("Stadtverwaltung Bendorf", "bendorf.example"),
            *((f"Amt {place}", f"amt{place}.example") for place in range(27)),
        ]
    ]
    coordinator = _person("koordination@kreis-myk.example", "Miriam", "Roth", role=User.Role.COORDINATOR)
    builders.build_everything_that_comes_first(coordinator)
    funding = builders.build_funding(starts_on=now.date().replace(year=now.year - 11, day=1))
    reported = build_period(
        funding=funding, first_on=funding.starts_on, last_on=now.date().replace(year=now.year - 2, day=1)
    )
    world = _history.World(
        agencies=agencies,
        courses=[builders.build_course(f"Kurs {place}", slug=f"growth-{place}") for place in range(20)],
        venues=[builders.build_venue(f"Kreishaus {place}") for place in range(5)],
        trainers=[_person(f"leitung{place}@trainings.example", "Ngozi", f"Okafor{place}") for place in range(10)],
        coordinator=coordinator,
        funding=funding,
        door=build_door("another" * 6, period=reported, opened_by=coordinator),
        dossier=build_dossier(coordinator, reported, handed_in=True),
        now=now,
    )
    blocks = _history.past(world)
    if missing := _history.forgotten(blocks):
        raise SystemExit(f"Say in benchmarks/_history.py how these grow: {', '.join(missing)}")
    _history.spread(max(0, number // _history.REGISTRATIONS - 1), blocks)
    _history.present(world)
    finding.catch_up()  # as the worker does a little later


def things_to_measure() -> list[Thing]:
    from django.conf import settings
    from django.db import connection

    from accounts.models import User
    from tests import builders
    from trainings import unsettled

    builders._numbers = itertools.count(50_001)  # the database may have been built by another process
    people = {
        "participant": _person("yildiz@mayen.example", "Ayşe", "Yıldız"),
        "other_participant": _person("weber@bendorf.example", "Jan", "Weber"),
        "trainer": User.objects.get(email="leitung0@trainings.example"),
        "other_trainer": _person("lindner@trainings.example", "Paul", "Lindner"),
        "agency_contact": _person("braun@mayen.example", "Petra", "Braun", role=User.Role.AGENCY_CONTACT),
        "coordinator": User.objects.get(email="koordination@kreis-myk.example"),
    }
    unsettled.look_through()  # as the worker does every hour
    things = [*_yardsticks(), *_pages(settings, people), *_feeds(people), *_jobs(), *_operations(people)]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return things


def _person(email: str, first_name: str, last_name: str, **fields: Any) -> Any:
    from django.utils import timezone

    from accounts.models import Agency
    from tests import builders

    if email.startswith("koordination"):
        fields["agency"] = Agency.objects.get(short_name="Kreisverwaltung Mayen-Koblenz")
    return builders.build_person(email, first_name, last_name, last_login=timezone.now(), **fields)


def _rows() -> str:
    from django.apps import apps

    names = ["trainings.CourseRun", "trainings.Registration", "trainings.RegistrationEvent", "trainings.Message",
             "trainings.AttendanceRecord", "certificates.Certificate", "accounts.User"]  # fmt: skip
    return ", ".join(f"{apps.get_model(name).objects.count():,} {name.rpartition('.')[2]}" for name in names)


# --- What is measured ------------------------------------------------------------------------------


def _yardsticks() -> Iterator[Thing]:
    """Neither asks for anything that grows: what they take more, the machine took."""
    from django.test import Client

    yield Thing("yardstick: CPU loop", lambda: sum(math.sqrt(number) for number in range(100_000)))
    client = Client()
    yield Thing("yardstick: imprint", lambda: _get(client, "/impressum/"))


def _pages(settings: Any, people: dict[str, Any]) -> Iterator[Thing]:
    """Every address of the site as one of those who may open it: those of the tests on access."""
    from django.test import Client
    from django.urls import reverse

    from tests import test_access

    about = test_access.what_addresses_are_about(
        settings, people["participant"], people["trainer"], people["other_trainer"], people["coordinator"]
    )
    clients = {"anonymous": Client()}
    for name, person in people.items():
        clients[name] = Client()
        clients[name].force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    for name, outcomes in test_access.rows(test_access.READING).items():
        may = [who for who, outcome in zip(test_access.PEOPLE, outcomes, strict=True) if outcome == "ok"]
        if may and name not in {"accounts:demo_sign_in", "account_logout"}:
            client, address = clients[may[-1]], reverse(name, args=about.get(name, []))
            yield Thing(f"{name.removeprefix('trainings:')}", _getting(client, address), is_taken_back=True)
    now = people["coordinator"].date_joined
    year = f"von={(now.year - 1):04d}-{now:%m}-15&bis={now:%Y-%m-%d}"
    for who, name, address in [
        ("participant", "catalogue, signed in", "/"),
        ("anonymous", "catalogue, free places only", "/?frei=1"),
        ("anonymous", "catalogue, search", "/?q=kurs&format=on_site"),
        ("anonymous", "course with history", "/schulungen/growth-0/"),
        ("participant", "course with history, signed in", "/schulungen/growth-0/"),
        ("coordinator", "desk, mine", "/koordination/?wer=meine"),
        ("coordinator", "runs, all", "/koordination/termine/?zeitraum=alle"),
        ("coordinator", "runs, search", "/koordination/termine/?q=N003"),
        ("coordinator", "figures of a year", f"/koordination/zahlen/?{year}"),
        ("coordinator", "messages, dead", "/koordination/nachrichten/?stand=dead"),
        ("coordinator", "messages, search", "/koordination/nachrichten/?q=wollny"),
        ("coordinator", "messages, the oldest", "/koordination/nachrichten/?nach=400"),
        ("coordinator", "people, search by name", "/koordination/personen/?q=Yıldız"),
        ("coordinator", "people, search by address", "/koordination/personen/?q=yildiz@mayen.example"),
        ("coordinator", "audit, the oldest", "/koordination/protokoll/?nach=400"),
        ("coordinator", "back office, people", "/verwaltung/accounts/user/"),
        ("coordinator", "back office, people, search", "/verwaltung/accounts/user/?q=yildiz"),
        ("coordinator", "back office, runs", "/verwaltung/trainings/courserun/"),
        ("coordinator", "back office, registrations", "/verwaltung/trainings/registration/"),
        ("coordinator", "back office, messages", "/verwaltung/trainings/message/"),
        ("anonymous", "ready", "/ready/"),
    ]:
        yield Thing(name, _getting(clients[who], address), is_taken_back=True)


def _getting(client: Any, address: str) -> Callable[[], object]:
    return lambda: _get(client, address)


def _get(client: Any, address: str, **headers: str) -> Any:
    response = client.get(address, headers=headers)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if response.status_code not in {200, 302, 304}:
        raise SystemExit(f"{address}: {response.status_code} {content[:200]!r}")
    return response


def _feeds(people: dict[str, Any]) -> Iterator[Thing]:
    from django.test import Client
    from django.urls import reverse

    from trainings import calendars

    client = Client()
    for kind, who in [("personal", "participant"), ("trainer", "trainer"), ("agency", "agency_contact"),
                      ("coordinator", "coordinator")]:  # fmt: skip
        token = calendars.subscribe(people[who], kind=kind)
        for subscription in calendars.subscriptions_of(people[who]):
            calendars.note_fetch(subscription, "Thunderbird")
        yield from _feed(client, f"feed, {kind}", reverse("trainings:personal_feed", args=[token]))
    yield from _feed(client, "feed, public", reverse("trainings:public_feed"))


def _feed(client: Any, name: str, address: str) -> Iterator[Thing]:
    yield Thing(f"{name}, new", _getting(client, address), is_taken_back=True)

    def again() -> object:
        response = _get(client, address, If_None_Match=again.etag)  # type: ignore[attr-defined]
        again.etag = response.headers["ETag"]  # type: ignore[attr-defined]
        return response

    again.etag = '"none"'  # type: ignore[attr-defined]
    yield Thing(f"{name}, unchanged", again, is_taken_back=True)


def _jobs() -> Iterator[Thing]:
    from django.utils import timezone

    from trainings import mails, periodic, queues
    from trainings.working_days import is_working_day, morning_of

    for name, job in periodic.JOBS.items():
        yield Thing(f"job: {name}", job.do, is_taken_back=True)
    day = timezone.localdate()
    while not is_working_day(day):
        day -= timezone.timedelta(days=1)
    morning = morning_of(day) + timezone.timedelta(hours=1)
    yield Thing("job: digests in the morning", lambda: mails.send_digests(morning), is_taken_back=True)
    for name, drain in queues.QUEUES.items():
        yield Thing(f"queue: {name}", lambda drain=drain: drain(_once()), is_taken_back=True)
    for name, backlog in queues.BACKLOGS.items():
        yield Thing(f"backlog: {name}", lambda backlog=backlog: backlog(timezone.now()))


def _once() -> Callable[[], bool]:
    return lambda: False


def _operations(people: dict[str, Any]) -> Iterator[Thing]:
    from certificates import issuing
    from trainings import attendance, booking
    from trainings.acts import Act
    from trainings.attendance import Mark
    from trainings.models import CourseRun, Registration

    coordinator = people["coordinator"]
    coming = CourseRun.objects.get(number="N004")
    person = people["other_participant"]
    mine = Registration.objects.filter(run=coming, status="confirmed").order_by("pk")[0]
    done = CourseRun.objects.get(number="O005")
    session = done.sessions.get()
    first = done.registrations.confirmed().order_by("pk")[0]

    def mark() -> object:
        return attendance.record(session, {first.pk: Mark("partial", 200)}, Act(coordinator, reason="später da"))

    for name, do in [
        ("register", lambda: booking.register(coming, person, Act(person))),
        ("cancel", lambda: booking.cancel(mine, Act(coordinator, reason="krank"))),
        ("mark", mark),
        ("close", lambda: attendance.close(done, Act(coordinator))),
        ("issue", lambda: issuing.issue(done, Act(coordinator))),
    ]:
        yield Thing(f"operation: {name}", do, is_taken_back=True)


# --- Measuring -------------------------------------------------------------------------------------


def measure(thing: Thing, *, plans: bool) -> Measured:
    from django.db import connection, transaction

    for _again in range(size(2, 0)):
        with _taken_back(thing):
            thing.do()
    walls, cpus, number = [], [], 0
    until = time.perf_counter() + SECONDS
    while len(walls) < 20 and (len(walls) < size(3, 1) or time.perf_counter() < until):
        counter = _Counter()
        with _taken_back(thing), connection.execute_wrapper(counter):
            wall, cpu = time.perf_counter(), time.process_time()
            thing.do()
            cpus.append(time.process_time() - cpu)
            walls.append(time.perf_counter() - wall)
            number = counter.number
        if walls[-1] > 20:
            break
    read: dict[str, tuple[int, int]] = {}
    if plans and connection.vendor == "postgresql":
        with transaction.atomic(), explained(read):
            thing.do()
            transaction.set_rollback(True)
    found = Measured(statistics.median(walls) * 1000, statistics.median(cpus) * 1000, number, read)
    print(f"    {thing.name:<44}{found.queries:>6}{found.wall:>10.1f}{found.cpu:>10.1f}", flush=True)
    return found


class _Counter:
    number = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.number += 1
        return execute(sql, params, many, context)


@contextmanager
def _taken_back(thing: Thing) -> Iterator[None]:
    from django.db import transaction

    if not thing.is_taken_back:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def explained(read: dict[str, tuple[int, int]]) -> Iterator[None]:
    """Notes of each query how many rows were read for it, and how many it returned or wrote."""
    from django.db import connection

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not many and re.match(r"\s*(SELECT|UPDATE|DELETE|\()", sql):
            with connection.connection.cursor() as cursor:
                cursor.execute("SAVEPOINT growth")
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
                plan = cursor.fetchone()[0]
                cursor.execute("ROLLBACK TO SAVEPOINT growth")
            plan = json.loads(plan) if isinstance(plan, str) else plan
            rows, returned = _rows_of(plan[0]["Plan"])
            shape = _shape(sql)
            before = read.get(shape, (0, 0))
            read[shape] = (before[0] + rows, before[1] + returned)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield


def _rows_of(plan: dict[str, Any]) -> tuple[int, int]:
    def walk(node: dict[str, Any]) -> float:
        loops = node.get("Actual Loops", 0)
        below = node.get("Plans", [])
        own = 0.0
        if "Relation Name" in node and "Scan" in node["Node Type"]:
            names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
            own = sum(node.get(name, 0) for name in names) * loops
        return own + sum(walk(one) for one in below)

    return round(walk(plan)), round(plan["Actual Rows"])


def _shape(sql: str) -> str:
    """Without what differs from call to call."""
    shape = re.sub(r"IN \((%s(, )?)+\)", "IN (…)", sql)
    return re.sub(r"\s+", " ", shape)


# --- What is said ----------------------------------------------------------------------------------


def report(found: dict[int, dict[str, Measured]]) -> None:
    sizes = list(found)
    first, last = found[sizes[0]], found[sizes[-1]]
    print(
        f"\n{'what':<44}{'queries':>14}" + "".join(f"{number:>12,}" for number in sizes) + f"{'×':>8}    wall ms (CPU)"
    )
    for name, one in first.items():
        growth = last[name].wall / one.wall
        times = "".join(f"{f'{by[name].wall:.0f} ({by[name].cpu:.0f})':>12}" for by in found.values())
        numbers = "/".join(str(number) for number in dict.fromkeys(by[name].queries for by in found.values()))
        flag = " <<<" if growth > MUCH and last[name].wall > one.wall + 3 else ""
        print(f"{name:<44}{numbers:>14}{times}{growth:>8.1f}{flag}")


def offenders(found: dict[int, dict[str, Measured]]) -> None:
    """Queries that read more the longer the past is, and do not answer more."""
    sizes = list(found)
    first, last = found[sizes[0]], found[sizes[-1]]
    seen: dict[str, list[str]] = defaultdict(list)
    worst: dict[str, tuple[int, int, int]] = {}
    for name, one in last.items():
        for shape, (rows, returned) in one.read.items():
            rows_before, returned_before = first[name].read.get(shape, (0, 0))
            more = rows - rows_before - 5 * max(0, returned - returned_before)
            if more > FEW_ROWS:
                seen[shape].append(name)
                worst[shape] = max(worst.get(shape, (0, 0, 0)), (rows, rows_before, returned))
    print(f"\n{len(seen)} queries read what does not bear on their answer")
    for shape, (rows, before, returned) in sorted(worst.items(), key=lambda item: -item[1][0]):
        print(f"\n{rows:,} rows read for {returned:,} (at first {before:,}): {', '.join(dict.fromkeys(seen[shape]))}")
        print(f"  {shape[:1500]}")


if __name__ == "__main__":
    main()
