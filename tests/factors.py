"""Second factors for people in tests: an app, and the codes it would show."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from accounts.models import User


def build_app(person: User) -> str:
    """The person has an app and recovery codes; the secret of the app."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return secret


def code_of(secret: str, later: int = 0) -> str:
    """What the app shows now, or ``later`` half-minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def recovery_codes_of(person: User) -> list[str]:
    return Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()


def give(client: Client, secret: str, **more: str):
    """Answer the page that asks again."""
    return client.post("/konto/bestaetigen/", {"code": code_of(secret), **more})
