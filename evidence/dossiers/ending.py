"""When does a dossier end? With the evidence of its grant; one that was never handed in, a while after a newer one."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from evidence.models import Dossier, DossierFile

AFTER_A_NEWER_ONE = dt.timedelta(days=30)
NAMELESS = ("grant", "first_on", "last_on", "at", "numbers", "agencies", "groups")  # of the facts


def delete_superseded(at: dt.datetime) -> int:
    """Those that nobody handed in, and failed ones, once a newer one of the period is old enough; says how many."""
    newer = Dossier.objects.made().filter(
        period=OuterRef("period"), number__gt=OuterRef("number"), made_at__lt=at - AFTER_A_NEWER_ONE
    )
    kept = Dossier.objects.kept().values("pk")
    old = Dossier.objects.filter(Exists(newer)).exclude(pk__in=kept).without_facts()
    gone = list(old)
    for dossier in gone:
        dossier.delete()
    return len(gone)


def empty(at: dt.datetime) -> int:
    """The contents of all whose grant needs no evidence any more; paths and SHA-256 stay. Says how many dossiers."""
    over = Dossier.objects.filter(period__funding__keep_evidence_until__lt=timezone.localdate(at), emptied_at=None)
    keys = list(over.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        with transaction.atomic():
            dossier = Dossier.objects.select_for_update().get(pk=key)
            facts = dossier.facts or {}
            dossier.facts = {name: facts[name] for name in NAMELESS if name in facts} or None
            dossier.failure = "" if dossier.is_made else _("Die Nachweise werden nicht mehr aufbewahrt.")
            dossier.emptied_at, dossier.leased_until = at, None
            dossier.save(update_fields=["facts", "failure", "emptied_at", "leased_until"])
            DossierFile.objects.filter(dossier=key).update(content=b"", scan=None, certificate=None)
    return len(keys)


def scans_needed() -> QuerySet[DossierFile, int]:
    """Keys of the scans whose bytes a dossier needs."""
    return DossierFile.objects.filter(scan__isnull=False).order_by().values_list("scan", flat=True)


def certificates_needed() -> QuerySet[DossierFile, int]:
    return DossierFile.objects.filter(certificate__isnull=False).order_by().values_list("certificate", flat=True)
