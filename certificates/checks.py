"""Which settings and libraries are missing for PDF files, seals and badges? System checks.

Warnings all: an expired seal stops certificates (each is noted as not printed), not the site and its mails.
"""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.utils import timezone
from django.utils.translation import override

from certificates import proof
from trainings.printing import INSTALL_PANGO, missing_packages

RENEW_BEFORE = dt.timedelta(days=45)
SEAL_HINT = "docs/operations/proofs.md says how the seal is set up."


@register()
def pango_is_installed(**kwargs: Any) -> list[CheckMessage]:
    missing = missing_packages()
    if not missing:
        return []
    names = ", ".join(missing)
    return [
        Warning(
            f"Certificates and sign-in sheets cannot be made, because {names} is missing. Everything else works.",
            hint=f"On Debian: {INSTALL_PANGO}",
            id="certificates.W001",
        )
    ]


@register()
def seal_can_be_set(**kwargs: Any) -> list[CheckMessage]:
    """For a token this checks only the settings: a wrong PIN must not use up its three attempts."""
    if not proof.seals_are_on():
        return []
    if settings.CERTIFICATE_SEAL_FILE:
        return _problems_with_the_seal()
    names = ("CERTIFICATE_SEAL_TOKEN", "CERTIFICATE_SEAL_KEY", "CERTIFICATE_SEAL_PIN")
    missing = [name for name in names if not getattr(settings, name)]
    if not Path(settings.CERTIFICATE_SEAL_MODULE).exists():
        missing.insert(0, f"the file {settings.CERTIFICATE_SEAL_MODULE}")
    return [_cannot_be_sealed(f"{', '.join(missing)} missing")] if missing else []


@register(deploy=True)
def seal_can_be_set_with_the_token(**kwargs: Any) -> list[CheckMessage]:
    """Opens the token once; runs only with ``check --deploy``."""
    return _problems_with_the_seal() if proof.seals_are_on() and not settings.CERTIFICATE_SEAL_FILE else []


@register()
def badges_can_be_signed(**kwargs: Any) -> list[CheckMessage]:
    if not proof.badges_are_on():
        return []
    try:
        with override("en"):
            proof.badge_keys()
    except proof.NotSignable as error:
        hint = "CERTIFICATE_BADGE_KEY is made by: openssl genpkey -algorithm ed25519"
        return [Warning(f"Certificates with a badge cannot be printed: {error}", hint=hint, id="certificates.W004")]
    return []


def _problems_with_the_seal() -> list[CheckMessage]:
    try:
        with override("en"):
            ends = proof.seal_ends_at()
    except proof.NotSealable as error:
        return [_cannot_be_sealed(str(error))]
    if ends <= timezone.now() + RENEW_BEFORE:
        text = f"The certificate of the seal ends on {ends:%Y-%m-%d}; after that, nothing can be sealed."
        return [Warning(text, hint="Order the next one.", id="certificates.W003")]
    return []


def _cannot_be_sealed(why: str) -> CheckMessage:
    return Warning(f"Certificates cannot be sealed, so none is printed: {why}", hint=SEAL_HINT, id="certificates.W002")
