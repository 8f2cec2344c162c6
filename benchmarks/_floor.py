"""The least a registration can cost: lock the run, count, insert, commit, with the bare driver and nothing else.

A process of ``tests.storm.race``, so that the floor is measured as the registrations are, in the same minute.
"""

import datetime as dt
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import environ

LOCK = "SELECT capacity FROM trainings_courserun WHERE id = {mark}{lock}"
COUNT = """SELECT count(*) FROM trainings_registration
    WHERE run_id = {mark} AND status IN ('requested', 'offered', 'confirmed')"""
INSERT = """INSERT INTO trainings_registration
    (run_id, person_id, status, source, registered_at, queued_at, status_changed_at, "group", organisation,
     supervisor_email, unanswered_offers, needs)
    VALUES ({mark}, {mark}, {mark}, 'self', {mark}, {mark}, {mark}, '', '', '', 0, '')"""


def connect() -> tuple[Callable[..., Any], str, str, str]:
    """A function that executes one statement, the mark of a parameter, and how to begin and to lock."""
    settings = environ.FileAwareEnv().db_url_config(environ.FileAwareEnv().str("DATABASE_URL"))
    if settings["ENGINE"].endswith("sqlite3"):
        import sqlite3

        connection = sqlite3.connect(settings["NAME"], isolation_level=None, timeout=20)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection.execute, "?", "BEGIN IMMEDIATE", ""
    import psycopg

    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    given = {names[key]: settings[key] for key in names if settings.get(key)}
    return psycopg.connect(**given, autocommit=True).execute, "%s", "BEGIN", " FOR NO KEY UPDATE"


def main() -> None:
    execute, mark, begin_statement, lock = connect()
    pairs = json.loads(sys.stdin.readline())["register"]
    print("ready", flush=True)
    sys.stdin.readline()
    outcomes: Counter[str] = Counter()
    each = []
    for run, person in pairs:
        begin = time.perf_counter()
        now = str(dt.datetime.now(dt.UTC))
        execute(begin_statement)
        [capacity] = execute(LOCK.format(mark=mark, lock=lock), [run]).fetchone()
        [taken] = execute(COUNT.format(mark=mark), [run]).fetchone()
        status = "confirmed" if taken < capacity else "waitlisted"
        execute(INSERT.format(mark=mark), [run, person, status, now, now, now])
        execute("COMMIT")
        outcomes[status] += 1
        each.append(time.perf_counter() - begin)
    print(json.dumps({"outcomes": outcomes, "errors": [], "each": each}))


if __name__ == "__main__":
    main()
