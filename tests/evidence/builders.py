"""Reporting periods, dossiers, formats and indicators for tests."""

import datetime as dt
import hashlib
import itertools
import zlib
from typing import Any

from django.utils import timezone

from accounts.models import User
from evidence.facts import as_json, period_evidence
from evidence.models import (
    AuditorDoor,
    Dossier,
    DossierFile,
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


def build_dossier(by: User, period: ReportingPeriod | None = None, *, handed_in: bool = False) -> Dossier:
    """As if made, with a manifest alone; ``handed_in``: when another number was known."""
    period, now = period or build_period(), timezone.now()
    facts, manifest = as_json(period_evidence(period.funding, period.days)), b"{}\n"
    done = {"handed_in_at": now, "handed_in_by": by} if handed_in else {}
    if handed_in:
        facts["numbers"]["registered"] = 412
        ReportingPeriod.objects.filter(pk=period.pk).update(**done)
        period.refresh_from_db()
    dossier = Dossier.objects.create(
        period=period, number=1, asked_by=by, facts=facts, made_at=now, size=200, sha256="0" * 64, **done
    )
    sha256 = hashlib.sha256(manifest).hexdigest()
    DossierFile.objects.create(
        dossier=dossier,
        path="manifest.json",
        size=len(manifest),
        sha256=sha256,
        crc32=zlib.crc32(manifest),
        content=manifest,
    )
    return dossier
