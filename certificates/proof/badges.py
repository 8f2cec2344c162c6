"""What does an Open Badge say, and how is it proven? A certificate as a credential that programs can check.

Open Badges 3.0 (1EdTech), in the form of 8.2: an OpenBadgeCredential as a JWT signed with Ed25519. It is made once,
with the PDF, from the snapshot. Revoking is published in a list (W3C Bitstring Status List v1.0), so that nobody learns
whose badge is being checked. It says less than the paper: the person is there as the salted hash of the e-mail address.
"""

import base64
import datetime as dt
import gzip
import hashlib
import json
import re
import secrets
import uuid
from functools import cache
from typing import Any, TypedDict

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from jwt.algorithms import OKPAlgorithm

from certificates.models import Certificate, extent
from trainings.models import Registration

BADGE_CONTENT_TYPE = "application/vc+jwt"
BADGE_FILE_NAME = "open-badge.jwt"
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
LIST_SIZE = 131_072  # bits of a status list, the minimum of Bitstring Status List v1.0, 2.1
LIST_GOOD_FOR = dt.timedelta(days=1)

_CRITERIA = {
    "de": "Bescheinigt wird, wer mindestens {percent} % der Unterrichtszeit anwesend war. "
    "Über begründete Ausnahmen entscheidet die Koordination.",
    "en": "Certified to those who were present for at least {percent}% of the teaching time. "
    "Coordinators decide on exceptions for good reason.",
}
_ATTENDED = {"de": "Teilgenommen: {attended} von {held}.", "en": "Attended: {attended} of {held}."}


class NotSignable(Exception):
    """A badge cannot be signed; the message says why."""


class BadgeFacts(TypedDict):
    """What a badge says beyond the paper."""

    course_url: str
    required_percent: int
    salt: str
    recipient: str  # "sha256$" and the hash of address and salt, in hexadecimal (IdentityHash)


def badges_are_on() -> bool:
    return bool(settings.CERTIFICATE_BADGE_KEY)


def badge_facts(registration: Registration) -> BadgeFacts:
    """The facts for the snapshot, on the day of issue."""
    salt = secrets.token_hex(16)
    run = registration.run
    return BadgeFacts(
        course_url=_public(run.course.get_absolute_url()),
        required_percent=run.required_attendance_percent,
        salt=salt,
        recipient=identity_hash(registration.person.email, salt),
    )


def identity_hash(email: str, salt: str) -> str:
    return f"sha256${hashlib.sha256(f'{email}{salt}'.encode()).hexdigest()}"


def badge_credential(certificate: Certificate) -> str:
    """The signed badge of a certificate whose snapshot has the facts; the same each time. Raises NotSignable."""
    snapshot = certificate.snapshot
    facts = snapshot["badge"]
    language = certificate.language
    with override(language):
        attended, held = extent(snapshot["minutes_attended"]), extent(snapshot["minutes_held"])
    title = snapshot["course"]["text"][0]
    subject = {
        "id": uuid.uuid5(uuid.NAMESPACE_URL, snapshot["check_url"]).urn,
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "identityType": "emailAddress",
                "hashed": True,
                "identityHash": facts["recipient"],
                "salt": facts["salt"],
            }
        ],
        "activityStartDate": _utc(snapshot["meetings"][0]["starts_at"]),
        "activityEndDate": _utc(snapshot["meetings"][-1]["ends_at"]),
        "narrative": _ATTENDED[language].format(attended=attended, held=held),
        "achievement": {
            "id": facts["course_url"],
            "type": ["Achievement"],
            "achievementType": "Course",
            "inLanguage": snapshot["course"]["language"],
            "name": title,
            "description": "; ".join(snapshot["contents"]["text"]) or title,
            "criteria": {"narrative": _CRITERIA[language].format(percent=facts["required_percent"])},
        },
    }
    number, index = divmod(certificate.pk, LIST_SIZE)
    status = {
        "id": f"{_list_url(number)}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": _list_url(number),
    }
    return _signed(
        {
            "@context": CONTEXT,
            "id": snapshot["check_url"],
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": title,
            "issuer": {"id": issuer_url(), "type": ["Profile"], "name": snapshot["issuer"]},
            "validFrom": _utc(snapshot["issued_at"]),
            "credentialSubject": subject,
            "credentialStatus": status,
        }
    )


def status_list(number: int, at: dt.datetime | None = None) -> str:
    """The signed list of which certificates no longer hold: a bit for each of LIST_SIZE. Raises NotSignable."""
    at = at or timezone.now()
    first = number * LIST_SIZE
    in_list = Certificate.objects.filter(pk__gte=first, pk__lt=first + LIST_SIZE)
    bits = bytearray(LIST_SIZE // 8)
    for pk in in_list.exclude(revoked_at=None, replaced_at=None).values_list("pk", flat=True):
        byte, bit = divmod(pk - first, 8)
        bits[byte] |= 0x80 >> bit
    subject = {
        "id": f"{_list_url(number)}#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": f"u{_base64url(gzip.compress(bits, mtime=0))}",
    }
    return _signed(
        {
            "@context": CONTEXT[:1],
            "id": _list_url(number),
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": issuer_url(),
            "validFrom": _utc(at.isoformat()),
            "validUntil": _utc((at + LIST_GOOD_FOR).isoformat()),
            "credentialSubject": subject,
        }
    )


def status_list_is_begun(number: int) -> bool:
    """Whether there are certificates for a status list of that number."""
    return Certificate.objects.filter(pk__gte=number * LIST_SIZE).exists()


def badge_issuer() -> dict[str, Any]:
    """The public profile of who issues (Open Badges 3.0, B.1.21)."""
    return {
        "@context": CONTEXT,
        "id": issuer_url(),
        "type": ["Profile"],
        "name": settings.OPERATOR_NAME,
        "url": settings.PUBLIC_URL,
        "email": settings.CONTACT_EMAIL,
    }


def issuer_url() -> str:
    return _public(reverse("certificates:badge_issuer"))


# --- Keys --------------------------------------------------------------------------------------


def badge_keys() -> dict[str, dict[str, str]]:
    """The present key and those it replaced, as JWK, by their thumbprint (RFC 7638). Raises NotSignable."""
    former = re.findall(r"-----BEGIN .*?-----END [A-Z ]+-----", settings.CERTIFICATE_BADGE_FORMER_KEYS, re.DOTALL)
    keys = [_as_jwk(signing_key().public_key()), *(_as_jwk(_former_key(pem)) for pem in former)]
    return {thumbprint(key): key for key in keys}


def signing_key() -> Ed25519PrivateKey:
    """Raises NotSignable."""
    return _read(settings.CERTIFICATE_BADGE_KEY)


@cache
def _read(pem: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise NotSignable(_("Der Schlüssel für Open Badges ist nicht lesbar.")) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise NotSignable(_("Der Schlüssel für Open Badges ist kein Ed25519-Schlüssel."))
    return key


def _former_key(pem: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as error:
        raise NotSignable(_("Ein früherer Schlüssel für Open Badges ist nicht lesbar.")) from error
    if not isinstance(key, Ed25519PublicKey):
        raise NotSignable(_("Ein früherer Schlüssel für Open Badges ist kein Ed25519-Schlüssel."))
    return key


def _as_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    return dict(OKPAlgorithm.to_jwk(key, as_dict=True))


def thumbprint(jwk: dict[str, str]) -> str:
    required = {name: jwk[name] for name in ("crv", "kty", "x")}
    return _base64url(hashlib.sha256(json.dumps(required, separators=(",", ":")).encode()).digest())


def _signed(document: dict[str, Any]) -> str:
    """The document as a JWT, with the claims that 8.2.4.1 wants beside it."""
    key = signing_key()
    jwk = _as_jwk(key.public_key())
    named = document["issuer"]
    payload = {
        **document,
        "iss": named if isinstance(named, str) else named["id"],
        "jti": document["id"],
        "nbf": int(dt.datetime.fromisoformat(document["validFrom"]).timestamp()),
        "sub": document["credentialSubject"]["id"],
    }
    if "validUntil" in document:
        payload["exp"] = int(dt.datetime.fromisoformat(document["validUntil"]).timestamp())
    headers = {"kid": _public(reverse("certificates:badge_key", args=[thumbprint(jwk)])), "jwk": jwk}
    return jwt.encode(payload, key, algorithm="EdDSA", headers=headers)


def _list_url(number: int) -> str:
    return _public(reverse("certificates:badge_status", args=[number]))


def _public(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def _utc(moment: str) -> str:
    """„2026-11-23T09:15:00Z“, to the second."""
    return f"{dt.datetime.fromisoformat(moment).astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
