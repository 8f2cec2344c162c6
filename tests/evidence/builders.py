"""Reporting periods and dossiers for tests."""

import datetime as dt
import hashlib
import zlib
from typing import Any

from django.utils import timezone

from accounts.models import User
from evidence.facts import as_json, period_evidence
from evidence.models import Dossier, DossierFile, ReportingPeriod
from tests.builders import build_funding


def build_period(**fields: Any) -> ReportingPeriod:
    """The first half of 2025, of a grant that covers it."""
    fields.setdefault("first_on", dt.date(2025, 1, 1))
    fields.setdefault("last_on", dt.date(2025, 6, 30))
    if "funding" not in fields:
        fields["funding"] = build_funding(starts_on=dt.date(2024, 1, 1), ends_on=dt.date(2027, 12, 31))
    return ReportingPeriod.objects.create(**fields)


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
