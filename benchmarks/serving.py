"""Which server answers real pages best, also while others idle or dawdle; and how long does one reader wait?

    DATABASE_URL=postgres://… python -m benchmarks.serving       the database must be empty, or have "bench" in its name

50 trainings with a run each. Eight readers at a time ask for the first page of the programme, all of it on one page,
and a training, through two workers; the training also while 40 connections are open on which nothing is asked, and
while two clients send a byte of their request every fiftieth of a second. granian is measured if it can be imported.
"""

import contextlib
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec

from benchmarks import size
from benchmarks._databases import empty, prepare_to_empty
from benchmarks._serving import SYNC, drive, request, serving

TRAININGS, ASKED, ALONE, IDLE = size((50, 300, 60, 40), (2, 4, 1, 2))
DAWDLING = size(2, 1)
SERVERS = {
    "gunicorn, 2 sync workers": SYNC,
    "gunicorn, 2 workers, 4 threads each": (*SYNC, "-k", "gthread", "--threads", "4"),
}
if find_spec("granian"):
    SERVERS["granian, 2 workers"] = ("granian", "--interface", "wsgi", "--workers", "2", "--log-level", "error")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = prepare_to_empty(folder)
        pages = build()
        print(f"database: {url.partition(':')[0]}, yardstick {yardstick():.0f} ms")
        for name, server in SERVERS.items():
            with serving("config.wsgi", server) as port:
                print(name)
                for what, address in pages.items():
                    print(f"  {what + ', alone':<34}{alone(port, address):>7.1f} ms")
                for what, address in pages.items():
                    print(f"  {what:<34}{under_load(port, address)}")
                for others in (idle, dawdling):
                    with others(port):
                        print(f"  {'a training, ' + others.__name__:<34}{under_load(port, pages['a training'])}")
        empty()


def build() -> dict[str, str]:
    """Addresses by what they show."""
    from django.db import connection

    from tests import builders

    builders.build_funding()
    venue, trainer = builders.build_venue(), builders.build_person()
    for number in range(TRAININGS):
        start = builders.in_days(1 + number)
        run = builders.build_run(builders.build_course(), venue=venue, starts_at=start, trainers=[trainer])
        builders.build_registration(run)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # or PostgreSQL plans as for empty tables
    return {
        "the imprint, for comparison": "/impressum/",
        "the programme": "/",
        "50 trainings": "/?alle=1",
        "a training": run.course.get_absolute_url(),
    }


def alone(port: int, address: str) -> float:
    """Median of one reader, milliseconds."""
    each = []
    for _ in range(ALONE):
        begin = time.perf_counter()
        ask(port, address)
        each.append(time.perf_counter() - begin)
    return statistics.median(each) * 1000


def under_load(port: int, address: str) -> str:
    result = drive([[lambda: ask(port, address)]] * ASKED)
    each, errors = result["each"] or [0.0], len(result["errors"])
    rate, p99 = len(result["each"]) / result["seconds"], each[int(len(each) * 0.99)] * 1000
    return f"{rate:>7.0f} a second, median {statistics.median(each) * 1000:.0f}, p99 {p99:.0f} ms, {errors} errors"


def ask(port: int, address: str) -> None:
    answer = request(port, "GET", address, {})
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}")


@contextlib.contextmanager
def idle(port: int) -> Iterator[None]:
    open_ones = [socket.create_connection(("127.0.0.1", port)) for _ in range(IDLE)]
    yield
    for one in open_ones:
        one.close()


@contextlib.contextmanager
def dawdling(port: int) -> Iterator[None]:
    """Clients who send their request a byte at a time."""
    over = threading.Event()

    def dawdle() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as one:
                for byte in b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n":
                    one.sendall(bytes([byte]))
                    if over.wait(0.02):
                        return

    threads = [threading.Thread(target=dawdle) for _ in range(DAWDLING)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    yield
    over.set()
    for thread in threads:
        thread.join()


def yardstick() -> float:
    """A million multiplications, milliseconds: how fast this machine is just now."""
    begin, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number * number
    return (time.process_time() - begin) * 1000


if __name__ == "__main__":
    main()
