"""Reporting periods, formats and indicators for tests."""

import datetime as dt
import itertools
from typing import Any

from django.utils import timezone

from evidence.models import (
    AuditorDoor,
    ExportFormat,
    FormatColumn,
    Indicator,
    PeriodTarget,
    ReportingPeriod,
    sha256_of_link,
)
from tests.builders import build_funding, build_person

_numbers = itertools.count(1)


def build_period(**fields: Any) -> ReportingPeriod:
    """The first half of 2025, of a grant that covers it."""
    fields.setdefault("first_on", dt.date(2025, 1, 1))
    fields.setdefault("last_on", dt.date(2025, 6, 30))
    if "funding" not in fields:
        fields["funding"] = build_funding(starts_on=dt.date(2024, 1, 1), ends_on=dt.date(2027, 12, 31))
    return ReportingPeriod.objects.create(**fields)


TOKEN = "kein-echter-link-" + "x" * 26


def build_door(token: str = TOKEN, **fields: Any) -> AuditorDoor:
    """Open for thirty days, as far as the grant lets funders see."""
    fields["period"] = fields.get("period") or build_period()
    fields.setdefault("auditor", "Prüfbehörde")
    fields.setdefault("email", "pruefung@behoerde.example")
    fields.setdefault("ends_on", timezone.localdate() + dt.timedelta(days=30))
    if "opened_by" not in fields:
        fields["opened_by"] = build_person(role="coordinator")
    return AuditorDoor.objects.create(token_sha256=sha256_of_link(token), **fields)


def build_format(row: str = "run", *contents: str, **fields: Any) -> ExportFormat:
    """Its columns are called as their contents, in capitals."""
    of = ExportFormat(row=row, **{"name": f"Format {next(_numbers)}", **fields})
    of.ordered_columns = [FormatColumn(key, name.upper(), name) for key, name in enumerate(contents, 1)]
    of.save()
    return of


def build_indicator(**fields: Any) -> Indicator:
    """How many different people took part."""
    fields.setdefault("name", f"Indikator {next(_numbers)}")
    fields.setdefault("counts", "persons")
    if "funding" not in fields:
        fields["funding"] = build_funding(starts_on=dt.date(2024, 1, 1), ends_on=dt.date(2027, 12, 31))
    return Indicator.objects.create(**fields)


def build_target(
    indicator: Indicator | None = None, period: ReportingPeriod | None = None, **fields: Any
) -> PeriodTarget:
    indicator = indicator or build_indicator()
    period = period or build_period(funding=indicator.funding)
    return PeriodTarget.objects.create(indicator=indicator, period=period, **fields)
