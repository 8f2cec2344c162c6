"""Reporting periods for tests."""

import datetime as dt
from typing import Any

from evidence.models import ReportingPeriod
from tests.builders import build_funding


def build_period(**fields: Any) -> ReportingPeriod:
    """The first half of 2025, of a grant that covers it."""
    fields.setdefault("first_on", dt.date(2025, 1, 1))
    fields.setdefault("last_on", dt.date(2025, 6, 30))
    if "funding" not in fields:
        fields["funding"] = build_funding(starts_on=dt.date(2024, 1, 1), ends_on=dt.date(2027, 12, 31))
    return ReportingPeriod.objects.create(**fields)
