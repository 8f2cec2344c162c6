"""How does SQLite know how many rows there are? It counts only when it is told; PostgreSQL does so by itself."""

from django.db import connection


def gather_statistics() -> None:
    """What queries are planned by. It takes two seconds at a million registrations, and nobody writes meanwhile."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
