"""Pages about what protects an account: second factors, and where one is signed in."""

import logging
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView, IndexView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from allauth.socialaccount.providers.openid_connect import views as oidc_views
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from requests import RequestException

from accounts import second_factor, sign_ins
from accounts.models import User
from accounts.requests import SignedInRequest, key_in, safe_next
from accounts.single_sign_on import UNAVAILABLE

logger = logging.getLogger(__name__)

Type = Authenticator.Type

# --- While signing in, and when asked again ---------------------------------------------------------


class FactorView(AuthenticateView):  # type: ignore[misc]
    """Between the code by e-mail and being signed in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = cast(dict[str, Any], super().get_context_data(**kwargs))
        return context | kinds_of(self.stage.login.user)


class AskAgainView(ReauthenticateView):  # type: ignore[misc]
    """Before something that protects people is changed, for those with an app."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return cast(dict[str, Any], super().get_context_data(next=safe_next(self.request), **kwargs))


class AskAgainPasskeyView(ReauthenticateWebAuthnView):  # type: ignore[misc]
    """The same, for those with a passkey."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        messages.error(self.request, _("Dieser Passkey wurde nicht erkannt. Bitte versuchen Sie es noch einmal."))
        return HttpResponseRedirect(self.request.get_full_path())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = cast(dict[str, Any], super().get_context_data(**kwargs))
        return context | {"next": safe_next(self.request)}


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """For those without a second factor: signing in anew shows that it is them."""
    target = safe_next(request)
    if not isinstance(request.user, User):
        return redirect_to_sign_in(target)
    methods = get_adapter().get_reauthentication_methods(request.user)
    if methods[0]["url"] != request.path:
        return HttpResponseRedirect(f"{methods[0]['url']}?{urlencode({'next': target})}")
    if request.method == "POST":
        logout(request)
        return redirect_to_sign_in(target)
    return render(request, "accounts/sign_in_again.html", {"next": target, "back": reverse("accounts:profile")})


def redirect_to_sign_in(target: str) -> HttpResponseRedirect:
    return redirect_to_login(target) if target else HttpResponseRedirect(reverse("account_login"))


def single_sign_on(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The library's view, which does not expect a provider that is down before anybody has gone there."""
    try:
        return cast(HttpResponse, oidc_views.login(request, provider_id))
    except RequestException:
        logger.exception("The identity provider does not answer.")
        messages.error(request, UNAVAILABLE)
        return redirect("account_login")


# --- One's own second factors -----------------------------------------------------------------------


class FactorsView(IndexView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = cast(dict[str, Any], super().get_context_data(**kwargs))
        own = {
            "passkeys": context["authenticators"].get(Type.WEBAUTHN, []),
            "app": context["authenticators"].get(Type.TOTP),
            "recovery_codes": context["authenticators"].get(Type.RECOVERY_CODES),
            "onward": self.request.session.get(second_factor.WANTED, ""),
            "is_outstanding": second_factor.is_outstanding(self.request),
            "is_required": second_factor.is_required(cast(User, self.request.user)),
        }
        return context | own


@method_decorator(second_factor.may_set_up, name="dispatch")
class AddAppView(ActivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        second_factor.note_given(self.request, Type.TOTP)
        messages.success(self.request, _("Ihre App ist eingerichtet."))
        return cast(HttpResponse, response)


@method_decorator(second_factor.may_set_up, name="dispatch")
class AddPasskeyView(AddWebAuthnView):  # type: ignore[misc]
    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        second_factor.note_given(self.request, Type.WEBAUTHN)
        messages.success(self.request, _("Ihr Passkey ist eingerichtet."))
        return cast(HttpResponse, response)

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        messages.error(self.request, _("Der Passkey konnte nicht eingerichtet werden. Bitte versuchen Sie es erneut."))
        return HttpResponseRedirect(self.request.get_full_path())


class RemoveAppView(DeactivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: forms.Form) -> HttpResponse:
        messages.success(self.request, _("Die App ist entfernt."))
        return cast(HttpResponse, super().form_valid(form))


class RemovePasskeyView(RemoveWebAuthnView):  # type: ignore[misc]
    def form_valid(self, form: forms.Form) -> HttpResponse:
        messages.success(self.request, _("Der Passkey ist entfernt."))
        return cast(HttpResponse, super().form_valid(form))


@method_decorator(never_cache, name="dispatch")
class RecoveryCodesView(ViewRecoveryCodesView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        onward = self.request.session.get(second_factor.WANTED) or resolve_url(settings.LOGIN_REDIRECT_URL)
        return cast(dict[str, Any], super().get_context_data(onward=onward, **kwargs))


class NewRecoveryCodesView(GenerateRecoveryCodesView):  # type: ignore[misc]
    """The library's, under our names."""


def kinds_of(person: User) -> dict[str, bool]:
    """By what the person can give a second factor."""
    kinds = set(Authenticator.objects.filter(user=person).values_list("type", flat=True))
    return {"by_passkey": Type.WEBAUTHN in kinds, "by_app": Type.TOTP in kinds}


# --- Somebody else's --------------------------------------------------------------------------------


def reset_second_factor(request: SignedInRequest, pk: int) -> HttpResponseBase:
    person = get_object_or_404(User, pk=pk)
    if not second_factor.may_reset(person, request.user):
        raise Http404
    return _ask_and_reset(request, person)


@second_factor.second_factor_just_given
def _ask_and_reset(request: SignedInRequest, person: User) -> HttpResponse:
    back = safe_next(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
    if request.method == "POST":
        second_factor.reset(person, request.user)
        said = _("%(name)s richtet beim nächsten Einloggen einen neuen zweiten Faktor ein.")
        messages.success(request, said % {"name": person.display_name})
        return HttpResponseRedirect(back)
    context = {"form": forms.Form(), "person": person, "has_one": second_factor.has_one(person), "back": back}
    return render(request, "accounts/reset_second_factor.html", context)


# --- Where one is signed in -------------------------------------------------------------------------


def own_sign_ins(request: SignedInRequest) -> HttpResponse:
    here = request.session.session_key
    if request.method == "POST":
        if "others" in request.POST:
            sign_ins.end_sessions(request.user, request.user, except_key=here)
        else:
            others = request.user.sign_ins.exclude(session_key=here)
            sign_ins.end_sign_in(get_object_or_404(others, pk=key_in(request.POST.get("sign_in"))), request.user)
        messages.success(request, _("Beendet. Wer dort weiterarbeiten will, muss sich neu einloggen."))
        return redirect("accounts:sign_ins")
    context = {"sign_ins": sign_ins.open_sign_ins(request.user), "here": here}
    return render(request, "accounts/sign_ins.html", context)
