"""What do people type to give or set up a second factor? The checks are the library's."""

import re
from typing import Any, cast

from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts import sign_in_events

MAX_KEY_NAME_LENGTH = 60


def speak_plainly(field: forms.Field, label: Any, help_text: Any) -> None:
    field.label = label
    field.help_text = help_text
    field.widget.attrs.update({"autocomplete": "one-time-code", "inputmode": "numeric"})
    field.widget.attrs.pop("placeholder", None)


class FactorCodeForm(AuthenticateForm):  # type: ignore[misc]
    """A code of the app, or a recovery code; while signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = _("Der sechsstellige Code aus Ihrer App oder einer Ihrer Wiederherstellungscodes.")
        speak_plainly(self.fields["code"], _("Code"), help_text)

    def clean_code(self) -> str:
        if not settings.SITE_READ_ONLY:
            return cast(str, super().clean_code())
        # A recovery code would have to be crossed out, and nothing can be written any more.
        clear_limit = check_rate_limit(self.user)
        code = cast(str, self.cleaned_data["code"])
        self.authenticator = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP).first()
        if self.authenticator is None or not self.authenticator.wrap().validate_code(code):
            sign_in_events.factor_refused(self.user)
            raise get_adapter().validation_error("incorrect_code")
        clear_limit()
        return code

    def save(self) -> None:
        if settings.SITE_READ_ONLY:
            given_without_writing(self.authenticator)
        else:
            super().save()


class AskAgainForm(ReauthenticateForm):  # type: ignore[misc]
    """The same, when somebody signed in is asked again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = _("Der sechsstellige Code aus Ihrer App oder einer Ihrer Wiederherstellungscodes.")
        speak_plainly(self.fields["code"], _("Code"), help_text)


class FirstCodeForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an app, which shows that it has taken the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak_plainly(self.fields["code"], _("Code aus der App"), _("Sechs Ziffern. Sie können ihn einfügen."))


# What the library lets through where the browser's answer is made up.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


class PasskeyAnswerField(forms.JSONField):
    """What a browser's key has answered; none of them writes more, and no number in it is endless."""

    longest = 20_000
    most_digits = 30

    def to_python(self, value: Any) -> Any:
        too_much = isinstance(value, str) and (
            len(value) > self.longest or re.search(rf"\d{{{self.most_digits}}}", value)
        )
        if too_much:
            raise get_adapter().validation_error("incorrect_code")
        return super().to_python(value)


class ChecksPasskey:
    """Keeps on record that a passkey was refused, which the library does not announce."""

    user: Any
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = PasskeyAnswerField(widget=forms.HiddenInput)

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except forms.ValidationError:
            sign_in_events.factor_refused(self.user)
            raise
        except UNREADABLE as refused:
            sign_in_events.factor_refused(self.user)
            raise get_adapter().validation_error("incorrect_code") from refused


class PasskeyForm(ChecksPasskey, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """While signing in; the script of the page fills it."""

    def save(self) -> None:
        if settings.SITE_READ_ONLY:
            given_without_writing(self.cleaned_data["credential"])
        else:
            super().save()


class AskAgainPasskeyForm(ChecksPasskey, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """The same, when somebody signed in is asked again."""


class NewPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A name to tell several by; the script of the page adds the key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = PasskeyAnswerField(widget=forms.HiddenInput)
        field = cast(forms.CharField, self.fields["name"])
        self.fields["name"] = forms.CharField(
            label=_("Name des Passkeys"),
            help_text=_("Zum Beispiel „Diensthandy“ oder „USB-Schlüssel am Schlüsselbund“."),
            initial=field.initial,
            required=False,
            max_length=MAX_KEY_NAME_LENGTH,
        )

    def clean(self) -> dict[str, Any]:
        try:
            return cast(dict[str, Any], super().clean())
        except UNREADABLE as refused:
            raise get_adapter().validation_error("incorrect_code") from refused


def given_without_writing(factor: Authenticator) -> None:
    """Keep in the session alone that a factor was given; when it was last used stays as it is."""
    record_authentication(context.request, factor.user, "mfa", id=factor.pk, type=factor.type)
