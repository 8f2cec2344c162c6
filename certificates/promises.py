"""What do certificates promise of their rows?"""

import datetime as dt
import hashlib
from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certificates import issuing
from certificates.models import Certificate
from trainings import health


def declare() -> None:
    health.promise("certificates", _("Eine Bescheinigung ist nicht mehr die Datei, die ausgestellt wurde"), changed)
    health.promise("snapshots", _("Die Angaben einer Bescheinigung passen nicht zueinander"), contradictory)
    health.promise("erased", _("Von einer gelöschten Bescheinigung ist noch etwas da"), not_quite_erased)
    health.promise(
        "retention_of_certificates",
        _("Eine Bescheinigung ist noch da, deren Löschfrist vorbei ist"),
        lambda at: health.ended_late(lambda until: {"certificates": issuing.erase(until)}, at),
    )


def changed(_at: dt.datetime) -> Iterator[str]:
    for pk in Certificate.objects.with_file().order_by("pk").values_list("pk", flat=True):
        certificate = Certificate.objects.only("pdf", "sha256").filter(pk=pk, erased_at=None).first()
        if certificate and hashlib.sha256(bytes(certificate.pdf or b"")).hexdigest() != certificate.sha256:
            yield f"Certificate {pk}"


def contradictory(_at: dt.datetime) -> Iterator[str]:
    """Number, code and language are those of the row; the minutes of the meetings are those attended."""
    for certificate in Certificate.objects.without_bytes().order_by("pk").iterator(500):
        says = certificate.snapshot
        meetings = says.get("meetings") or []
        of_the_row = (says.get("number"), says.get("code"), says.get("language"))
        if (
            of_the_row != (certificate.number, certificate.code, certificate.language)
            or not meetings
            or sum(meeting["minutes"] for meeting in meetings) != says.get("minutes_attended")
        ):
            yield f"Certificate {certificate.pk}"


def not_quite_erased(_at: dt.datetime) -> Iterator[str]:
    erased = Certificate.objects.filter(erased_at__isnull=False)
    left = ~Q(badge="") | Q(pdf__isnull=False) | ~Q(snapshot__name="") | ~Q(snapshot__surname="") | Q(surname_key="")
    yield from (f"Certificate {pk}" for pk in erased.filter(left).order_by("pk").values_list("pk", flat=True))
