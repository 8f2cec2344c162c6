"""When is the name on a certificate erased? Once evidence need not be kept; that it was issued stays on record.

Name, surname, trainers, free texts, PDF and badge go. Number, code, course, days, units and the SHA-256 stay, with the
keyed hash of the surname: the public check goes on to answer for the paper people hold, and names nobody.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from certificates import proof
from certificates.models import Certificate, Wording
from trainings import keeping, people
from trainings.models import Funding


def _named(rows: QuerySet[Model], at: dt.datetime) -> QuerySet[Model]:
    return rows.filter(erased_at=None)


# As long as a certificate names people or says who answers for it, they are no counts.
_RUN = "registration__run"
EVIDENCE = [
    people.Source(Certificate, who, _RUN, _named)
    for who in ("registration__person", "registration__run__trainers", "issued_by", "ended_by")
]
AT_ONCE = 100  # rows in one transaction
# What of a snapshot is about people; its keys stay, for whatever reads one.
NOBODY: dict[str, object] = {"name": "", "surname": "", "trainers": [], "badge": None}


def clean_up(at: dt.datetime | None = None) -> dict[str, int]:
    """Erase what is no longer needed; returns how many rows of each kind. Idempotent."""
    at = at or timezone.now()
    return {
        "surname_keys": proof.write_surname_keys(),
        "erased": erase(at),
        "signatories": forget_signatories(at),
    }


def erase(at: dt.datetime) -> int:
    """Erase the names of certificates whose evidence period is over; returns how many."""
    erased = 0
    for rows in (_of_grants_over(at), _without_grant(at)):
        while pks := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
            with transaction.atomic():
                still = Certificate.objects.select_for_update().filter(pk__in=pks, erased_at=None)
                for certificate in still.defer("pdf", "badge"):
                    _erase(certificate, at)
                    erased += 1
    return erased


def _of_grants_over(at: dt.datetime) -> QuerySet[Certificate]:
    """As long as no grant is over, which is years, no certificate is looked at."""
    is_over = Q(keep_until__lt=timezone.localdate(at))
    any_is = Funding.objects.filter(keep_evidence_until__lt=timezone.localdate(at)).exists()
    return _named_still(is_over).order_by("pk") if any_is else Certificate.objects.none()


def _without_grant(at: dt.datetime) -> QuerySet[Certificate]:
    """Years are counted from the issuing."""
    long_ago = at - dt.timedelta(days=settings.RETENTION_CERTIFICATE_DAYS)
    return _named_still(Q(issued_at__lt=long_ago, keep_until=None)).order_by("issued_at")


def _named_still(is_over: Q) -> QuerySet[Certificate]:
    """``keep_until``: by the run's own grant, else that of its last day."""
    return (
        Certificate.objects.filter(erased_at=None)
        .exclude(keeping.held(Certificate))
        .annotate(
            last_day=TruncDate("registration__run__ends_at"), keep_until=keeping.date_of_grant("registration__run__")
        )
        .filter(is_over)
    )


def forget_signatories(at: dt.datetime) -> int:
    """Who signed by words that others have replaced long ago. Those in use are the issuer's own and stay."""
    before = at - dt.timedelta(days=settings.RETENTION_AUDIT_DAYS)
    later = Wording.objects.filter(language=OuterRef("language"), version__gt=OuterRef("version"), saved_at__lt=before)
    return Wording.objects.exclude(signatories="").filter(Exists(later)).update(signatories="")


def _erase(certificate: Certificate, at: dt.datetime) -> None:
    if not certificate.surname_key:
        certificate.surname_key = proof.surname_key(certificate.code, certificate.snapshot["surname"])
    certificate.snapshot = {**certificate.snapshot, **NOBODY}
    if "wording" in certificate.snapshot:
        certificate.snapshot["wording"] = {**certificate.snapshot["wording"], "signatories": []}
    certificate.override_reason = certificate.ending_reason = certificate.badge = certificate.failure = ""
    certificate.pdf = None
    certificate.erased_at = at
    names = ["surname_key", "snapshot", "override_reason", "ending_reason", "badge", "failure", "pdf", "erased_at"]
    certificate.save(update_fields=names)
