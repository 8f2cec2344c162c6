"""The site behind a server, and people who ask it: shared by the benchmarks that measure through HTTP."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from benchmarks import size

WARM = size(8, 1)
AT_ONCE = size(8, 2)
SYNC = ("gunicorn", "-w", "2", "--no-control-socket", "--log-level", "error")


class Answer(NamedTuple):
    status: int
    headers: Any
    body: str


@contextmanager
def serving(application: str, server: Sequence[str] = SYNC) -> Iterator[int]:
    """A server with its options, warm; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    name, *options = server
    address = ["-b", f"127.0.0.1:{port}"] if name == "gunicorn" else ["--host", "127.0.0.1", "--port", str(port)]
    target = application if ":" in application else f"{application}:application"
    running = subprocess.Popen([sys.executable, "-m", name, target, *address, *options])
    try:
        wait_for(port)
        for _warm in range(WARM):
            request(port, "GET", "/impressum/", {})
        yield port
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(timeout=20)


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
    raise SystemExit("the server did not start")


def request(port: int, method: str, path: str, headers: dict[str, str], body: str | None = None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    answer = Answer(response.status, response.headers, response.read().decode())
    connection.close()
    return answer


def drive(people: Sequence[Sequence[Callable[[], object]]]) -> dict[str, Any]:
    """What each of the people does, one thing after the other, eight people at a time; times in seconds, sorted."""
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

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"seconds": time.perf_counter() - begin, "each": sorted(each), "errors": errors}
