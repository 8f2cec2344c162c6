"""SQLite plans by what it has counted; nobody tells it to count but our own worker."""

import pytest
from django.db import connection

from tests.builders import build_run
from trainings import health


@pytest.mark.skipif(connection.vendor != "sqlite", reason="is about SQLite")
def test_sqlite_counts_its_rows(db):
    for _ in range(3):
        build_run()
    health.gather_statistics()
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE idx = 'run_of_grant'")
        assert cursor.fetchone()[0].split()[0] == "3"


@pytest.mark.skipif(connection.vendor == "sqlite", reason="is about other databases")
def test_others_count_by_themselves(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        health.gather_statistics()
