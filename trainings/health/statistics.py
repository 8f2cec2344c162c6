"""How does SQLite know how many rows there are? It counts only when it is told; PostgreSQL does so by itself."""

from django.db import connection


def gather_statistics() -> None:
    """From then on queries are planned by them. At a million registrations two seconds, in which nobody writes."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
