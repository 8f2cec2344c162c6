"""Addresses of Open Badges: the owner fetches the badge, anybody's program what it needs to check one."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest, only_read
from certificates import proof
from certificates.models import Certificate

View = Callable[..., HttpResponse]


def public_where_badges_are(view: View) -> View:
    """For everybody, also from pages of other sites; kept for five minutes. Without a key there is nothing."""

    @login_not_required
    @only_read
    @cache_control(public=True, max_age=300)
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if not proof.badges_are_on():
                raise Http404
            response = view(request, *args, **kwargs)
        except proof.NotSignable as error:
            raise Http404 from error
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return wrapped


@public_where_badges_are
def issuer(request: HttpRequest) -> HttpResponse:
    return JsonResponse(proof.badge_issuer())


@public_where_badges_are
def key(request: HttpRequest, thumbprint: str) -> HttpResponse:
    found = proof.badge_keys().get(thumbprint)
    if found is None:
        raise Http404
    return JsonResponse(found)


@public_where_badges_are
def status(request: HttpRequest, number: int) -> HttpResponse:
    if not proof.status_list_is_begun(number):
        raise Http404
    return HttpResponse(proof.status_list(number), content_type=proof.BADGE_CONTENT_TYPE)


@require_safe
def download(request: SignedInRequest, number: str) -> HttpResponse:
    """Only for its owner, who decides what to use it for."""
    own = Certificate.objects.of(request.user).valid().rendered().exclude(badge="")
    certificate = get_object_or_404(own.without_bytes(), number=number)
    response = HttpResponse(certificate.badge, content_type=proof.BADGE_CONTENT_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="Open-Badge-{certificate.number}.jwt"'
    return response
