"""Pages about oneself: signing in, and who one is."""

from typing import Any, cast

from allauth.account.views import ConfirmLoginCodeView, LogoutView, RequestLoginCodeView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from accounts import demo, destinations, people, sign_in_mails
from accounts.forms import ProfileForm
from accounts.models import User
from accounts.requests import safe_next


class SignInView(RequestLoginCodeView):  # type: ignore[misc]
    """The library's page for asking a code; in the demo also the people one may be with one click."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {
            "to_what": destinations.sentence_for(safe_next(self.request)),
            "demo_people": demo.people(),
            "next": safe_next(self.request),
            "single_sign_on": settings.OIDC_NAME if settings.OIDC_SERVER_URL else "",
        }
        return cast(dict[str, Any], super().get_context_data(**own, **kwargs))

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: object) -> None:
        """Stay here though a code is on its way: the address may have been mistyped."""


class SignInCodeView(ConfirmLoginCodeView):  # type: ignore[misc]
    """The library's page for entering the code; leads back with a reason where no code can be entered any more."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = cast(HttpResponseBase, super().dispatch(request, *args, **kwargs))
        to_sign_in = reverse("account_login")
        if request.user.is_authenticated or getattr(response, "url", "") != to_sign_in:
            return response
        text = _("Dieser Code gilt nicht mehr: Er ist abgelaufen oder wurde mehrmals falsch eingegeben. ")
        messages.warning(request, text + _("Bitte fordern Sie einen neuen an."))
        return HttpResponseRedirect(self.passthrough_next_url(to_sign_in))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {"next": safe_next(self.request), "held_up_since": sign_in_mails.waiting(timezone.now())[1]}
        return cast(dict[str, Any], super().get_context_data(**own, **kwargs))


class SignOutView(LogoutView):  # type: ignore[misc]
    """The library's page; afterwards the browser keeps nothing of this site but its cookies."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return cast(dict[str, Any], super().get_context_data(back=resolve_url(settings.LOGOUT_REDIRECT_URL), **kwargs))

    def post(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = cast(HttpResponseBase, super().post(*args, **kwargs))
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


@login_not_required
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    chosen = request.POST.get("person", "")
    person = next((person for person, _role in demo.people() if str(person.pk) == chosen), None)
    if person is None:
        raise Http404
    login(request, person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return HttpResponseRedirect(safe_next(request) or destinations.home_of(person))


def profile(request: HttpRequest) -> HttpResponse:
    """Name, agency, group and language: asked once after the first sign-in, changed here later."""
    # Not request.user itself: a refused form must not change the name in the page's header.
    person = get_object_or_404(User.objects.select_related("agency"), pk=request.user.pk)
    is_new = not person.has_completed_profile
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        person = form.save()
        with override(person.language):
            messages.success(request, _("Ihre Angaben sind gespeichert."))
        response = HttpResponseRedirect(safe_next(request) or destinations.home_of(person))
        remember_language(response, person.language)
        return response
    context = {"form": form, "person": person, "is_new": is_new, "next": safe_next(request)}
    return render(request, "accounts/profile.html", context)


@require_POST
def confirm_name(request: HttpRequest) -> HttpResponse:
    """„Stimmt so“: the name is spelled as it shall stand on paper, if it is still the one that was shown."""
    person = get_object_or_404(User, pk=request.user.pk)
    if person.formal_name and request.POST.get("name") == person.formal_name:
        people.change(person, {}, by=person, noted={"name_confirmed_at": timezone.now()})
        messages.success(request, _("Danke, die Schreibweise Ihres Namens ist bestätigt."))
    else:
        messages.warning(request, _("Ihr Name hat sich inzwischen geändert. Bitte prüfen Sie ihn noch einmal."))
    return HttpResponseRedirect(safe_next(request) or resolve_url(settings.LOGIN_REDIRECT_URL))


def remember_language(response: HttpResponse, language: str) -> None:
    """Show pages in this language from now on, as the language switch does."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,  # type: ignore[arg-type]
    )
