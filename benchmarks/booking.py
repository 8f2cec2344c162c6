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
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlencode

from benchmarks import TINY, size
from benchmarks._databases import empty, prepare_to_empty
from benchmarks._serving import Answer, drive, request, serving, session_cookie

PEOPLE, PLACES, PROCESSES, RUNS = size((200, 20, 8, 50), (6, 2, 2, 2))
OPERATIONS = size(150, 5)


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
        report(
            "load the page, post the form, read the answer",
            drive([all_pages(port, run_pk, one) for one in cookies]),
            "answers",
        )


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


def visit(port: int, cookie: str, run_pk: int) -> tuple[str, str]:
    """GET the registration page; returns the CSRF token of its form and the cookies to send with it."""
    answer = request(port, "GET", f"/termine/{run_pk}/anmelden/", {"Cookie": cookie})
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.body)
    csrf = re.search(r"csrftoken=([^;]+)", answer.headers.get("Set-Cookie", ""))
    if answer.status != 200 or token is None or csrf is None:
        raise RuntimeError(f"GET {answer.status}, or no CSRF token on the page")
    return token.group(1), f"{cookie}; csrftoken={csrf.group(1)}"


def post(port: int, run_pk: int, token: str, cookies: str) -> str:
    """Returns the address of the page that says what now."""
    headers = {
        "Cookie": cookies,
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://127.0.0.1:{port}",
    }
    form = urlencode({"csrfmiddlewaretoken": token, "needs": ""})
    return must_be_302(request(port, "POST", f"/termine/{run_pk}/anmelden/", headers, form))


def all_pages(port: int, run_pk: int, cookie: str) -> list[Callable[[], object]]:
    """The page before, the form, and the page it leads to."""
    page: list[tuple[str, str]] = []
    to: list[str] = []
    return [
        lambda: page.append(visit(port, cookie, run_pk)),
        lambda: to.append(post(port, run_pk, *page[0])),
        lambda: must_be_200(request(port, "GET", to[0], {"Cookie": cookie})),
    ]


def bare(port: int, run_pk: int, person_pk: int) -> Callable[[], object]:
    return lambda: must_be_302(request(port, "GET", f"/{run_pk}/{person_pk}/", {}))


def must_be_302(answer: Answer) -> str:
    if answer.status != 302:
        raise RuntimeError(f"{answer.status}")
    return str(answer.headers["Location"])


def must_be_200(answer: Answer) -> None:
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}")


if __name__ == "__main__":
    main()
