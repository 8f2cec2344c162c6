"""Who is it whom the identity provider (OpenID Connect) sends us?

Only the address it has verified counts, as with the code by e-mail: it opens the account with this address, or
begins one. Nothing of what the provider says is stored beside the account, not even its key of the person.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import people
from accounts.addresses import AddressField
from accounts.models import Agency, User
from accounts.names import clean_name

Claims = Mapping[str, Any]

UNAVAILABLE = gettext_lazy("Das Einloggen dort ist gerade nicht möglich. Bitte loggen Sie sich mit einem Code ein.")
PROPOSED = {"first_name": "given_name", "last_name": "family_name"}


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Name our person to the library, which then goes on as after any sign-in: deactivated, second factor, in."""
        claims = claims_of(sociallogin)
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            refuse(request, _("So kann man sich hier nicht einloggen."))
        if claims.get("email_verified") is not True or not claims.get("email"):
            refuse(
                request, _("Ihre E-Mail-Adresse ist dort nicht bestätigt. Bitte loggen Sie sich mit einem Code ein.")
            )
        person = person_of(claims)
        if person is None:
            refuse(request, _("Mit dieser Adresse geht das hier nicht. Bitte loggen Sie sich mit einem Code ein."))
        sociallogin.user = person

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        if error == AuthError.CANCELLED:
            refuse(request, _("Das Einloggen wurde abgebrochen."))
        refuse(request, UNAVAILABLE)


def refuse(request: HttpRequest, text: Any) -> NoReturn:
    messages.error(request, text)
    raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))


def claims_of(sociallogin: SocialLogin) -> Claims:
    said = sociallogin.account.extra_data
    return {**said.get("id_token", {}), **said.get("userinfo", {})}


def person_of(claims: Claims) -> User | None:
    """The account of the verified address, deactivated or not; a new one where there is none and one may come about.

    None for an address of which an account has only the mailbox (a plus tag): somebody else may have verified that one,
    and by code they go to the account's own address.
    """
    try:
        email = AddressField().clean(str(claims["email"]))
    except ValidationError:
        return None
    if person := User.objects.of_address(email):
        return person if person.email == email else None
    if settings.SITE_READ_ONLY:
        return None
    try:
        return _new_person(email, claims)
    except ValidationError:  # the same person in another window at the same moment
        return User.objects.filter(email=email).first()


def agency_of(claims: Claims) -> Agency | None:
    """The one that a value of OIDC_AGENCY_CLAIM names, by its short name or its name."""
    said = claims.get(settings.OIDC_AGENCY_CLAIM) if settings.OIDC_AGENCY_CLAIM else None
    names = [name.strip() for name in (said if isinstance(said, list) else [said]) if isinstance(name, str)]
    for name in names:
        if agency := Agency.objects.filter(Q(short_name__iexact=name) | Q(name__iexact=name)).first():
            return agency
    return None


def _new_person(email: str, claims: Claims) -> User:
    """The names are a proposal: the person is asked for them, as everybody is after the first sign-in."""
    names: dict[str, Any] = {field: clean_name(str(claims.get(claim) or ""))[:150] for field, claim in PROPOSED.items()}
    return people.create(
        email,
        agency=agency_of(claims) or Agency.objects.for_email(email),
        language="en" if (get_language() or "de").startswith("en") else "de",
        **names,
    )
