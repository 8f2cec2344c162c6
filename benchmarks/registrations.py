"""How many registrations a second, when 200 people want 20 places at once?

    python -m benchmarks.registrations                 8 processes on DATABASE_URL, or on a fresh SQLite file
    python -m benchmarks.registrations --http          the same people through gunicorn: load the page, post the form

The database must be empty, or have "bench" in its name: then it is emptied. Prints outcomes, errors, seconds,
registrations (or answers) a second, and the median and 99th percentile of one.
"""

import argparse
import http.client
import os
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
from pathlib import Path
from urllib.parse import urlencode

PEOPLE, PLACES, PROCESSES = 200, 20, 8


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--http", action="store_true", help="through gunicorn, 2 workers with 4 threads")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
        subprocess.run([sys.executable, "manage.py", "createcachetable"], check=True)
        import django

        django.setup()
        from django.core.management import call_command

        from accounts.models import User
        from tests.builders import build_agency, build_person, build_run
        from trainings.models import Registration

        if User.objects.exists():
            if "bench" not in url.rpartition("/")[2]:
                raise SystemExit("There are people in this database. Only one with „bench“ in its name is emptied.")
            call_command("flush", "--no-input", verbosity=0)
        build_agency()
        run = build_run(capacity=PLACES)
        people = [build_person() for _ in range(PEOPLE)]
        if arguments.http:
            result = over_http(run.pk, people)
        else:
            from tests.storm import storm

            result = storm(url, run.pk, [person.pk for person in people], PROCESSES)
        stored = Counter(Registration.objects.filter(run=run).values_list("status", flat=True))
        report(url, arguments.http, result, stored)


def report(url: str, http_used: bool, result: dict, stored: Counter) -> None:
    each = result["each"]
    what = "answers" if http_used else "registrations"
    number = len(each)
    print(f"database      {url.partition(':')[0]}{' through gunicorn, 2 workers x 4 threads' if http_used else ''}")
    print(f"stored        {dict(stored)}")
    print(f"errors        {len(result['errors'])} {result['errors'][:3]}")
    print(f"seconds       {result['seconds']:.2f}")
    print(f"per second    {number / result['seconds']:.0f} {what}")
    print(f"median / p99  {statistics.median(each) * 1000:.0f} / {each[int(len(each) * 0.99)] * 1000:.0f} ms")


def over_http(run_pk: int, people: list) -> dict:
    """Every person has a session, loads the registration page and posts its form, eight at a time."""
    cookies = [session_cookie(person) for person in people]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        "-m",
        "gunicorn",
        "config.wsgi",
        "-b",
        f"127.0.0.1:{port}",
        "-w",
        "2",
        "--no-control-socket",
        "--threads",
        "4",
        "--log-level",
        "error",
    ]
    server = subprocess.Popen([sys.executable, *command])
    try:
        wait_for(port)
        for _warm in range(8):
            visit(port, cookies[0], run_pk)
        return drive(port, run_pk, cookies)
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


def visit(port: int, cookie: str, run_pk: int) -> tuple[str, str]:
    """GET the registration page; returns the CSRF token of its form and the cookies to send with it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/termine/{run_pk}/anmelden/", headers={"Cookie": cookie})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"GET {response.status}")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', body)
    csrf = re.search(r"csrftoken=([^;]+)", response.headers.get("Set-Cookie", ""))
    if token is None or csrf is None:
        raise RuntimeError("no CSRF token on the page")
    return token.group(1), f"{cookie}; csrftoken={csrf.group(1)}"


def drive(port: int, run_pk: int, cookies: list[str]) -> dict:
    waiting = list(cookies)
    lock = threading.Lock()
    each: list[float] = []
    errors: list[str] = []

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                cookie = waiting.pop()
            try:
                begin = time.perf_counter()
                token, both = visit(port, cookie, run_pk)
                loaded = time.perf_counter()
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                headers = {
                    "Cookie": both,
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Origin": f"http://127.0.0.1:{port}",
                }
                form = urlencode({"csrfmiddlewaretoken": token, "needs": ""})
                connection.request("POST", f"/termine/{run_pk}/anmelden/", form, headers)
                response = connection.getresponse()
                response.read()
                connection.close()
                if response.status != 302:
                    raise RuntimeError(f"POST {response.status}")
                each.extend([loaded - begin, time.perf_counter() - loaded])
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
