"""How does a page ask for what is nearly always nothing? Whether there is anything comes first.

A statement takes several times as long to build as to answer, the more the wider it is, and the desk asks a dozen.
"""

from typing import TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def rows_if_any(rows: QuerySet[M]) -> list[M]:
    """The same rows: one short query where there are none, a second one where there are some."""
    return list(rows) if rows.exists() else []
