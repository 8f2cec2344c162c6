"""How many registrations a second, when many want few places at once, and do all rules hold meanwhile?

    python -m benchmarks.booking                 200 people want 20 places of one run, 1,000 people those of 50 runs
    python -m benchmarks.booking --mixed         everything one can do with a registration, on 1 and on 50 runs
    python -m benchmarks.booking --http          200 people through gunicorn, beside a bare view

8 processes, on DATABASE_URL or on a fresh SQLite file. The database must be empty, or have "bench" in its name: then
it is emptied. Beside the registrations stands their floor: the same processes on the same rows, but only lock, count,
insert and commit, with the bare driver.
"""

import argparse
import functools
import http.client
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

from benchmarks import TINY, size
from benchmarks._databases import empty, prepare_to_empty

PEOPLE, PLACES, PROCESSES, RUNS = size((200, 20, 8, 50), (6, 2, 2, 2))
OPERATIONS, WARM = size((150, 8), (5, 1))


class Answer(NamedTuple):
    status: int
    headers: Any
    body: str


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--http", action="store_true", help="through gunicorn, 2 sync workers")
    parser.add_argument("--mixed", action="store_true", help="all operations, and one process killed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = prepare_to_empty(folder)
        print(f"database: {url.partition(':')[0]}")
        if arguments.http or TINY:
            through_gunicorn()
        if arguments.mixed or TINY:
            mixed(url, 1)
            mixed(url, RUNS)
        if not (arguments.http or arguments.mixed):
            registrations(url, runs=1, people=PEOPLE)
            registrations(url, runs=RUNS, people=5 * PEOPLE)


def registrations(url: str, *, runs: int, people: int) -> None:
    """The floor and the real thing, on the same runs with the same people."""
    from tests.storm import race, storm
    from trainings.models import Registration

    run_pks, person_pks = build(runs, people)
    pairs = [(run_pks[index % runs], pk) for index, pk in enumerate(person_pks)]
    floor = race(url, [{"register": pairs[index::PROCESSES]} for index in range(PROCESSES)], "benchmarks._floor")
    Registration.objects.all().delete()
    result = storm(url, run_pks, person_pks, PROCESSES)
    report(f"{people} people, {runs} runs", result, "registrations")
    report("  their floor", floor, "registrations")


def mixed(url: str, runs: int) -> None:
    from tests import storm

    empty()
    run_pks = storm.build_town(runs=runs, people=60)
    result = storm.mixed_storm(url, run_pks, processes=PROCESSES, operations=OPERATIONS)
    report(f"everything at once, {runs} runs", result, "operations")
    broken = storm.broken_rules(run_pks)
    print(f"  broken rules   {broken}")
    if TINY and broken:
        raise SystemExit(1)


def through_gunicorn() -> None:
    """A bare view as the floor; people who have the page open; people who load it first."""
    from accounts.models import User
    from trainings.models import Registration

    [run_pk], _people = build(1, PEOPLE)
    people = list(User.objects.order_by("pk"))
    with serving("benchmarks._bare:application") as port:
        report(
            "a bare view: lock, count, insert", drive([[bare(port, run_pk, person.pk)] for person in people]), "answers"
        )
    Registration.objects.all().delete()
    with serving("config.wsgi") as port:
        cookies = [session_cookie(person) for person in people]
        open_pages = [visit(port, cookie, run_pk) for cookie in cookies]
        posts = [[functools.partial(post, port, run_pk, *page)] for page in open_pages]
        report("post the form of a page opened before", drive(posts), "answers")
    [run_pk], _people = build(1, PEOPLE)
    with serving("config.wsgi") as port:
        cookies = [session_cookie(person) for person in User.objects.order_by("pk")]
        visit(port, cookies[0], run_pk)
        report("load the page, post the form", drive([load_and_post(port, run_pk, one) for one in cookies]), "answers")


def build(runs: int, people: int) -> tuple[list[int], list[int]]:
    """Runs of a course each, and people; keys."""
    from tests.builders import build_agency, build_person, build_run

    empty()
    build_agency()
    return [build_run(capacity=PLACES).pk for _ in range(runs)], [build_person().pk for _ in range(people)]


def report(what: str, result: dict, unit: str) -> None:
    from trainings.models import Registration

    each, stored = result["each"], Counter(Registration.objects.values_list("status", flat=True))
    print(what)
    print(f"  outcomes       {result.get('outcomes', dict(stored))}")
    print(f"  errors         {len(result['errors'])} {result['errors'][:3]}")
    print(f"  per second     {len(each) / result['seconds']:.0f} {unit} ({len(each)} in {result['seconds']:.2f} s)")
    print(f"  median / p99   {statistics.median(each) * 1000:.0f} / {each[int(len(each) * 0.99)] * 1000:.0f} ms")
    if TINY and result["errors"]:
        raise SystemExit(1)


@contextmanager
def serving(application: str) -> Iterator[int]:
    """gunicorn with two sync workers, warm; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["-m", "gunicorn", application, "-b", f"127.0.0.1:{port}", "-w", "2", "--no-control-socket"]
    server = subprocess.Popen([sys.executable, *command, "--log-level", "error"])
    try:
        wait_for(port)
        for _warm in range(WARM):
            request(port, "GET", "/impressum/", {})
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


def session_cookie(person: object) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def wait_for(port: int) -> None:
    for _attempt in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("gunicorn did not start")


def request(port: int, method: str, path: str, headers: dict[str, str], body: str | None = None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    answer = Answer(response.status, response.headers, response.read().decode())
    connection.close()
    return answer


def visit(port: int, cookie: str, run_pk: int) -> tuple[str, str]:
    """GET the registration page; returns the CSRF token of its form and the cookies to send with it."""
    answer = request(port, "GET", f"/termine/{run_pk}/anmelden/", {"Cookie": cookie})
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.body)
    csrf = re.search(r"csrftoken=([^;]+)", answer.headers.get("Set-Cookie", ""))
    if answer.status != 200 or token is None or csrf is None:
        raise RuntimeError(f"GET {answer.status}, or no CSRF token on the page")
    return token.group(1), f"{cookie}; csrftoken={csrf.group(1)}"


def post(port: int, run_pk: int, token: str, cookies: str) -> None:
    headers = {
        "Cookie": cookies,
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://127.0.0.1:{port}",
    }
    form = urlencode({"csrfmiddlewaretoken": token, "needs": ""})
    must_be_302(request(port, "POST", f"/termine/{run_pk}/anmelden/", headers, form))


def load_and_post(port: int, run_pk: int, cookie: str) -> list[Callable[[], None]]:
    page: list[tuple[str, str]] = []
    return [lambda: page.append(visit(port, cookie, run_pk)), lambda: post(port, run_pk, *page[0])]


def bare(port: int, run_pk: int, person_pk: int) -> Callable[[], None]:
    return lambda: must_be_302(request(port, "GET", f"/{run_pk}/{person_pk}/", {}))


def must_be_302(answer: Answer) -> None:
    if answer.status != 302:
        raise RuntimeError(f"{answer.status}")


def drive(people: Sequence[Sequence[Callable[[], None]]]) -> dict:
    """What each of the people does, one thing after the other, eight people at a time."""
    waiting = list(people)
    lock = threading.Lock()
    each: list[float] = []
    errors: list[str] = []

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                steps = waiting.pop()
            try:
                for step in steps:
                    begin = time.perf_counter()
                    step()
                    each.append(time.perf_counter() - begin)
            except Exception as error:
                errors.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(PROCESSES)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"seconds": time.perf_counter() - begin, "each": sorted(each), "errors": errors}


if __name__ == "__main__":
    main()
