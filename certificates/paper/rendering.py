"""When is a certificate's PDF made, and kept? Once, from its snapshot; the same bytes come back for ever."""

import datetime as dt
import hashlib
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certificates import proof
from certificates.mails import CertificateOccasion
from certificates.models import Certificate
from certificates.paper.press import Broken, Press, Unprintable, the_press
from trainings import mails
from trainings.queues import Backlog

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=2)
TRIES = 5


def render_due(go_on: Callable[[], bool] = lambda: True) -> int:
    """Print what is due, the oldest first, while ``go_on`` says so; returns how many were tried.

    Any number of workers may do so at once: whoever has the lease prints.
    """
    tried = 0
    while go_on() and (certificate := Certificate.objects.due().without_bytes().order_by("pk").first()):
        render(certificate)
        tried += 1
    return tried


def backlog(at: dt.datetime) -> Backlog:
    """What is to be printed, or in some worker's hands, and since when the oldest was issued."""
    rows = Certificate.objects.valid().filter(rendered_at=None, failure="", erased_at=None)
    found = rows.aggregate(number=Count("pk"), since=Min("issued_at"))
    text = ngettext(
        "%(number)d Bescheinigung wurde nicht erstellt.",
        "%(number)d Bescheinigungen wurden nicht erstellt.",
        found["number"],
    )
    return Backlog(found["number"], found["since"], text % {"number": found["number"]})


def render(certificate: Certificate, press: Press | None = None) -> Certificate:
    """Make and store the PDF, and tell its owner; one that is not due, or in another worker's hands, is left as it is.

    Takes about a tenth of a second, outside of any transaction. What cannot be printed is noted in ``failure``; what
    breaks the press is tried again when the lease runs out, TRIES times in all. Raises press.Missing where nothing can
    be printed.
    """
    press = press or the_press()
    press.start()
    is_leased = Certificate.objects.due().lease(certificate.pk, LEASE)
    certificate = Certificate.objects.get(pk=certificate.pk)
    if not is_leased:
        return certificate
    if certificate.attempts > TRIES:
        return _note_failure(certificate, _("Das Erstellen brach wiederholt ab."))
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
        return _note_failure(certificate, str(error)) if certificate.attempts >= TRIES else certificate
    return _store(certificate, pdf, badge=badge, sealed=sealed)


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
    stored.failure, stored.leased_until = "", None
    stored.save(update_fields=["pdf", "sha256", "rendered_at", "badge", "sealed_at", "failure", "leased_until"])
    if not stored.replaces_a_printed_one:  # the holder of that one was told when it was replaced
        mails.tell(CertificateOccasion.CERTIFICATE_ISSUED, stored.registration)
    return stored


@transaction.atomic
def _note_failure(certificate: Certificate, why: str) -> Certificate:
    stored = _locked(certificate)
    if not stored.is_ready:
        stored.failure, stored.leased_until = why[:500], None
        stored.save(update_fields=["failure", "leased_until"])
    return stored


def _locked(certificate: Certificate) -> Certificate:
    rows = Certificate.objects.select_for_update(of=("self",)).select_related("registration__person")
    return rows.get(pk=certificate.pk)
