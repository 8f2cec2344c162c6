"""Calendars over HTTP: the feeds, one session as a file, and the page that explains how to subscribe."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from trainings import calendars, subscriptions
from trainings.calendars import Entry
from trainings.filters import CatalogueFilter
from trainings.models import CalendarSubscription, CourseRun, Session


@login_not_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """How to subscribe to the public calendar, or to the selection in the address, and to one's own."""
    return _calendar_page(request)


@require_POST
@never_cache
def reset_feed(request: HttpRequest) -> HttpResponse:
    """The page again, with the new address: it is told in this answer and never again."""
    token = subscriptions.renew(cast(User, request.user))
    return _calendar_page(request, personal_address=_absolute(reverse("trainings:personal_feed", args=[token])))


@login_not_required
@require_safe
def public_feed(request: HttpRequest) -> HttpResponse:
    """The catalogue's runs, with the catalogue's filter; the same for everybody, so that proxies may keep it.

    A wrong value is refused: nobody would see a message, and a subscription must not grow unnoticed.
    """
    form = CatalogueFilter(request.GET)
    with translation.override(_language(request.GET.get("sprache", "de"))):
        if not form.is_valid():
            return HttpResponseBadRequest("\n".join(form.errors), content_type="text/plain; charset=utf-8")
        sessions = subscriptions.public_sessions(form.runs())
        response = _feed(
            request,
            subscriptions.etag(sessions, form.query_string),
            lambda: calendars.calendar(
                subscriptions.entries(sessions),
                name=settings.SITE_NAME,
                description=_("Alle Termine") if not form.is_active else _("Eine Auswahl der Termine"),
            ),
        )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@login_not_required
@require_safe
def personal_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of the person whose secret this is. 404 if revoked: on 410 Thunderbird would keep the events."""
    subscription = CalendarSubscription.objects.for_token(token)
    if subscription is None:
        raise Http404
    sessions = subscriptions.own_sessions(subscription.person)[: subscriptions.MOST_EVENTS]
    with translation.override(_language(subscription.person.language)):
        response = _feed(
            request,
            subscriptions.etag(sessions),
            lambda: calendars.calendar(
                subscriptions.entries(sessions),
                name=_("Meine Schulungen"),
                description=settings.SITE_NAME,
            ),
        )
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@require_safe
def session_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """One session as a file. Without a name, or Outlook would make a calendar of its own for it."""
    viewer = cast(User, request.user)
    own = subscriptions.own_sessions(viewer).filter(pk=pk) if viewer.is_authenticated else Session.objects.none()
    found: list[Entry] = subscriptions.entries(own)
    if not found:
        visible = CourseRun.objects.published().visible_to(viewer)
        session = get_object_or_404(Session.objects.select_related("run__course", "run__venue"), pk=pk, run__in=visible)
        found = [Entry(session)]
    response = _file(calendars.calendar(found), f'attachment; filename="sitzung-{pk}.ics"')
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _calendar_page(request: HttpRequest, *, personal_address: str = "") -> HttpResponse:
    form = CatalogueFilter(request.GET)
    query = form.query_string
    if _language(get_language()) == "en":
        query = f"{query}&sprache=en".lstrip("&")
    context = {
        "form": form,
        "public_address": _absolute(reverse("trainings:public_feed")) + (f"?{query}" if query else ""),
        "personal_address": personal_address,
        "subscription": CalendarSubscription.objects.filter(person=request.user, revoked_at=None).first()
        if request.user.is_authenticated
        else None,
    }
    return render(request, "trainings/calendar.html", context)


def _feed(request: HttpRequest, etag: str, build: Callable[[], bytes]) -> HttpResponse:
    """The feed, built only for those who do not have it yet."""
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = _file(build(), 'inline; filename="schulungen.ics"')
    response.headers["ETag"] = etag
    response.headers["Content-Language"] = get_language() or "de"
    return response


def _file(content: bytes, disposition: str) -> HttpResponse:
    return HttpResponse(
        content, content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def _language(wanted: str | None) -> str:
    return "en" if (wanted or "").startswith("en") else "de"


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
