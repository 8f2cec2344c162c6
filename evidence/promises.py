"""What do dossiers promise of their rows?"""

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from evidence import dossiers, retention
from evidence.models import Dossier
from trainings import health


def declare() -> None:
    health.promise("dossiers", _("Ein Dossier lässt sich nicht mehr so ausgeben, wie es erstellt wurde"), altered)
    health.promise(
        "retention_of_evidence",
        _("Von einem Nachweis ist noch etwas da, dessen Löschfrist vorbei ist"),
        lambda at: health.ended_late(retention.clean_up, at),
    )


def altered(_at: dt.datetime) -> Iterator[str]:
    """One file at a time, also those whose bytes are in other rows."""
    for dossier in Dossier.objects.made().filter(emptied_at=None).without_facts().order_by("pk"):
        if dossiers.altered(dossier):
            yield f"Dossier {dossier.pk}"
