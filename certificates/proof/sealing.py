"""Is a paper sealed, and with which key?

A seal is set where the operator has configured one: a PKCS#12 file or a key on a PKCS#11 token. Whether a certificate
is sealed stands in its snapshot; one that says so and cannot be sealed is not printed at all.
"""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from trainings import dates

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

# Tokens lock themselves after three wrong PINs: one that was refused is not tried again by this process.
_refused_pins: set[tuple[str, str]] = set()


class NotSealable(Exception):
    """The seal cannot be set; the message says why."""


def seals_are_on() -> bool:
    return bool(settings.CERTIFICATE_SEAL_FILE or settings.CERTIFICATE_SEAL_MODULE)


def seal(pdf: bytes, at: dt.datetime | None = None) -> bytes:
    """The sealed file. Raises NotSealable."""
    signer, _ends_at = _good_signer(at)
    from certificates.proof import pades  # noqa: PLC0415  comes with an extra

    try:
        return pades.sealed(pdf, signer)
    except Exception as error:  # a token's driver may raise anything; the next certificate opens the token again
        pades.let_go(signer)
        raise NotSealable(_("Das Siegel konnte nicht gesetzt werden: %(error)s") % {"error": _named(error)}) from error


def seal_ends_at(at: dt.datetime | None = None) -> dt.datetime:
    """Until when a seal can be set, if it can be set at that moment. Raises NotSealable."""
    return _good_signer(at)[1]


def _good_signer(at: dt.datetime | None) -> tuple["Signer", dt.datetime]:
    """The key, loaded once, and when its certificate ends."""
    at = at or timezone.now()
    signer = _loaded()
    from certificates.proof import pades  # noqa: PLC0415  comes with an extra

    begins, ends = pades.validity(signer)
    if ends <= at:
        raise NotSealable(_("Das Zertifikat des Siegels ist am %(day)s abgelaufen.") % {"day": dates.date_short(ends)})
    if begins > at:
        raise NotSealable(_("Das Zertifikat des Siegels gilt erst ab %(day)s.") % {"day": dates.date_short(begins)})
    return signer, ends


def _loaded() -> "Signer":
    if not seals_are_on():
        raise NotSealable(_("Es ist kein Siegel eingerichtet."))
    try:
        from certificates.proof import pades  # noqa: PLC0415  comes with an extra
    except ImportError as error:
        raise NotSealable(_("Für das Siegel fehlt ein Paket: %(name)s") % {"name": error.name}) from error
    if not settings.CERTIFICATE_SEAL_FILE:
        return _from_token()
    try:
        return pades.from_file(settings.CERTIFICATE_SEAL_FILE, settings.CERTIFICATE_SEAL_PASSWORD)
    except OSError as error:
        raise NotSealable(_("Die Datei mit dem Siegel lässt sich nicht lesen: %(error)s") % {"error": error}) from error
    except ValueError as error:
        raise NotSealable(
            _("Die Datei mit dem Siegel lässt sich nicht öffnen: %(error)s") % {"error": error}
        ) from error


def _from_token() -> "Signer":
    import pkcs11  # noqa: PLC0415  comes with an extra

    from certificates.proof import pades  # noqa: PLC0415  comes with an extra

    token, pin = settings.CERTIFICATE_SEAL_TOKEN, settings.CERTIFICATE_SEAL_PIN
    if (token, pin) in _refused_pins:
        raise NotSealable(_("Das Token des Siegels hat die PIN abgelehnt."))
    try:
        return pades.from_token(settings.CERTIFICATE_SEAL_MODULE, token, settings.CERTIFICATE_SEAL_KEY, pin)
    except (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinInvalid) as error:
        _refused_pins.add((token, pin))
        raise NotSealable(_("Das Token des Siegels hat die PIN abgelehnt.")) from error
    except Exception as error:  # drivers of tokens may raise any exception
        raise NotSealable(_("Das Token des Siegels antwortet nicht: %(error)s") % {"error": _named(error)}) from error


def _named(error: Exception) -> str:
    """Many errors of tokens have a class name but no text."""
    return f"{type(error).__name__} {error}".strip()
