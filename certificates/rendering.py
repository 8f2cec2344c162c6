"""When is a certificate's PDF made, and kept? Once, from its snapshot; the same bytes come back for ever."""

import hashlib
import logging

from django.db import transaction
from django.utils import timezone

from certificates.models import Certificate
from trainings import outbox
from trainings.models import Message

logger = logging.getLogger(__name__)


def render(certificate: Certificate) -> Certificate:
    """Make and store the PDF, and tell its owner; a certificate that has one is returned as it is.

    Takes about a tenth of a second, outside of any transaction. What cannot be printed is noted in ``failure``.
    """
    # Need the native library Pango, which a machine that only serves pages may lack, and half a second to import.
    from certificates import paper  # noqa: PLC0415
    from trainings.printing import NotPrintable  # noqa: PLC0415

    if certificate.is_ready:
        return certificate
    try:
        pdf = paper.pdf(certificate.snapshot)
    except NotPrintable as error:
        logger.warning("Certificate %s cannot be printed: %s", certificate.number, error)
        return _note_failure(certificate, str(error))
    return _store(certificate, pdf)


@transaction.atomic
def _store(certificate: Certificate, pdf: bytes) -> Certificate:
    """Keep the bytes, unless another worker was faster."""
    stored = _locked(certificate)
    if stored.is_ready:
        return stored
    stored.pdf = pdf
    stored.sha256 = hashlib.sha256(pdf).hexdigest()
    stored.rendered_at = timezone.now()
    stored.failure = ""
    stored.save(update_fields=["pdf", "sha256", "rendered_at", "failure"])
    outbox.queue(Message.Kind.CERTIFICATE_READY, stored.registration)
    return stored


@transaction.atomic
def _note_failure(certificate: Certificate, why: str) -> Certificate:
    stored = _locked(certificate)
    if not stored.is_ready:
        stored.failure = why[:500]
        stored.save(update_fields=["failure"])
    return stored


def _locked(certificate: Certificate) -> Certificate:
    rows = Certificate.objects.select_for_update(of=("self",)).select_related("registration__person")
    return rows.get(pk=certificate.pk)
