"""How the sign-in library's second factors call themselves, and how their secrets are kept."""

import base64
import hashlib
import secrets
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.encoding import force_bytes
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("Das stimmt nicht. Codes der App gelten eine halbe Minute und nur einmal."),
        "cannot_generate_recovery_codes": gettext_lazy(
            "Wiederherstellungscodes gibt es nur zu einer App oder einem Passkey."
        ),
    }

    def _get_site_name(self) -> str:
        return str(settings.SITE_NAME)

    def encrypt(self, text: str) -> str:
        """So that a copy of the database alone opens nothing."""
        return _cipher(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """After a change of SECRET_KEY nothing can be read: then no code is right, and the way back is a reset."""
        for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
            try:
                return _cipher(key).decrypt(encrypted_text.encode()).decode()
            except InvalidToken:
                continue
        return base64.b32encode(secrets.token_bytes(20)).decode()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}


def _cipher(key: str | bytes) -> Fernet:
    derived = hashlib.sha256(b"second factors " + force_bytes(key)).digest()
    return Fernet(base64.urlsafe_b64encode(derived))
