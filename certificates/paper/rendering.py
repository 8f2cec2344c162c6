"""When is a certificate's PDF made, and kept? Once, from its snapshot; the same bytes come back for ever."""

import hashlib
import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates import proof
from certificates.models import Certificate
from certificates.paper.press import Broken, Press, Unprintable, the_press
from trainings import mails
from trainings.mails import Occasion

logger = logging.getLogger(__name__)

TRIES = 5


def render(certificate: Certificate, press: Press | None = None) -> Certificate:
    """Make and store the PDF, and tell its owner; a certificate that has one is returned as it is.

    Takes about a tenth of a second, outside of any transaction. What cannot be printed is noted in ``failure``; what
    breaks the press is tried again later, TRIES times in all. Raises press.Missing where nothing can be printed.
    """
    press = press or the_press()
    press.start()
    if not _may_try(certificate):
        return Certificate.objects.get(pk=certificate.pk)
    try:
        badge = proof.badge_credential(certificate) if certificate.snapshot.get("badge") else ""
        pdf = press.pdf(certificate.snapshot, **({"badge": badge} if badge else {}))
        if sealed := certificate.snapshot.get("sealed", False):
            pdf = proof.seal(pdf)
    except (Unprintable, proof.NotSealable, proof.NotSignable) as error:
        logger.warning("Certificate %s cannot be printed: %s", certificate.number, error)
        return _note_failure(certificate, str(error))
    except Broken as error:
        logger.warning("Certificate %s was not printed: %s", certificate.number, error)
        return _note_break(certificate, str(error))
    return _store(certificate, pdf, badge=badge, sealed=sealed)


def _may_try(certificate: Certificate) -> bool:
    """Count one more try, in a transaction of its own: whatever the printing kills, the count stays."""
    unprinted = Certificate.objects.valid().filter(pk=certificate.pk, rendered_at=None)
    if unprinted.filter(attempts__lt=TRIES).update(attempts=F("attempts") + 1):
        return True
    if unprinted.filter(failure="").exists():
        _note_failure(certificate, _("Das Erstellen brach wiederholt ab."))
    return False


@transaction.atomic
def _store(certificate: Certificate, pdf: bytes, *, badge: str, sealed: bool) -> Certificate:
    """Keep the bytes, unless another worker was faster, or it ended meanwhile: then nobody ever sees it."""
    stored = _locked(certificate)
    if stored.is_ready or not stored.is_valid:
        return stored
    stored.pdf = pdf
    stored.sha256 = hashlib.sha256(pdf).hexdigest()
    stored.rendered_at = timezone.now()
    stored.badge = badge
    stored.sealed_at = stored.rendered_at if sealed else None
    stored.failure = ""
    stored.save(update_fields=["pdf", "sha256", "rendered_at", "badge", "sealed_at", "failure"])
    if not stored.replaces_a_printed_one:  # whoever held that one was told when it was replaced
        mails.tell(Occasion.CERTIFICATE_ISSUED, stored.registration)
    return stored


@transaction.atomic
def _note_failure(certificate: Certificate, why: str) -> Certificate:
    stored = _locked(certificate)
    if not stored.is_ready:
        stored.failure = why[:500]
        stored.save(update_fields=["failure"])
    return stored


def _note_break(certificate: Certificate, why: str) -> Certificate:
    """The last try is over: say why it failed. Before that it stays to be printed."""
    stored = Certificate.objects.get(pk=certificate.pk)
    return _note_failure(stored, why) if stored.attempts >= TRIES else stored


def _locked(certificate: Certificate) -> Certificate:
    rows = Certificate.objects.select_for_update(of=("self",)).select_related("registration__person")
    return rows.get(pk=certificate.pk)
