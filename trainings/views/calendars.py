"""Calendars over HTTP: the feeds, one session as a file, and the pages on which people subscribe."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotFound
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import SignedInRequest, only_read
from trainings import calendars
from trainings.calendars import CalendarItem, Note
from trainings.catalogue import CatalogueFilter
from trainings.forms.calendars import OptionsForm, SubscriptionForm
from trainings.forms.refusing import show_within
from trainings.models import CalendarSubscription, CourseRun, Session
from trainings.refusals import Refused
from trainings.views.asking import ask

NEW_ADDRESS = "calendar_address"  # the cookie


@login_not_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """How to subscribe to the public calendar, or to the selection in the address, and to one's own."""
    return _calendar_page(request)


@login_not_required
@require_safe
def calendar_help(request: HttpRequest) -> HttpResponse:
    """Where to enter the address in each calendar program."""
    return render(request, "trainings/calendars/calendar_help.html")


@require_POST
def subscribe(request: SignedInRequest) -> HttpResponse:
    """Make an address, and lead to the page that shows it once: loading that anew makes no second one."""
    form = SubscriptionForm(request.POST, person=request.user)
    if not form.is_valid():
        return _calendar_page(request, form=form)
    try:
        token = calendars.subscribe(request.user, **form.options)
    except Refused as refused:
        show_within(form, refused)
        return _calendar_page(request, form=form)
    page = reverse("trainings:new_address")
    response = redirect(page)
    # On the way to that page the secret is with its owner alone; of what is stored here nobody learns it.
    response.set_cookie(
        NEW_ADDRESS,
        token,
        max_age=300,
        path=page,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_safe
def new_address(request: SignedInRequest) -> HttpResponse:
    token = request.COOKIES.get(NEW_ADDRESS, "")
    subscription = calendars.subscriptions_of(request.user).for_token(token) if token else None
    if subscription is None:
        messages.info(
            request,
            _(
                "Eine Adresse zeigen wir nur einmal. Haben Sie sie nicht kopiert, erzeugen Sie bitte eine neue und "
                "beenden das Abonnement, dessen Adresse fehlt."
            ),
        )
        return redirect("trainings:calendar")
    address = _absolute(reverse("trainings:personal_feed", args=[token]))
    context = {"address": address, "name": subscription.name}
    response = render(request, "trainings/calendars/calendar_address.html", context)
    if request.method == "GET":  # now it has been shown
        response.delete_cookie(NEW_ADDRESS, path=request.path, samesite="Lax")
    return response


def change_subscription(request: SignedInRequest, pk: int) -> HttpResponse:
    subscription = get_object_or_404(calendars.subscriptions_of(request.user), pk=pk)
    form = OptionsForm(request.POST or None, instance=subscription)
    if request.method == "POST" and form.is_valid():
        calendars.change_subscription(form.save(commit=False))
        messages.success(request, _("Gespeichert. Die Adresse bleibt dieselbe."))
        return redirect("trainings:calendar")
    return render(request, "trainings/calendars/calendar_options.html", {"subscription": subscription, "form": form})


def revoke_subscription(request: SignedInRequest, pk: int) -> HttpResponse:
    subscription = get_object_or_404(calendars.subscriptions_of(request.user), pk=pk)

    def act() -> str:
        calendars.revoke(subscription)
        return _("Das Abonnement „%(name)s“ ist beendet.") % {"name": subscription.name}

    template, context = (
        "trainings/calendars/calendar_revoke.html",
        {
            "subscription": subscription,
            "may_choose_mail": subscription.kind == CalendarSubscription.Kind.PERSONAL,
        },
    )
    return ask(request, template, Form(request.POST), act, reverse("trainings:calendar"), context)


@login_not_required
@only_read
def public_feed(request: HttpRequest) -> HttpResponse:
    """The catalogue's runs, with the catalogue's filter; the same for everybody, so that proxies may keep it.

    A wrong value is refused: nobody would see a message, and a subscription must not grow unnoticed. No Last-Modified:
    a run can leave the selection without a trace of when, by its last free place or by its end.
    """
    form = CatalogueFilter(request.GET)
    with translation.override(_language(request.GET.get("sprache", "de"))):
        if not form.is_valid():
            return HttpResponseBadRequest("\n".join(form.errors), content_type="text/plain; charset=utf-8")
        feed = calendars.public_feed(form.runs(), at=form.at)
        response = _feed(
            request,
            feed.state(settings.SITE_NAME, form.query_string),
            lambda: calendars.as_ical(
                feed.items(),
                name=settings.SITE_NAME,
                description=_("Alle Termine") if not form.is_active else _("Eine Auswahl der Termine"),
                note=Note(_("Zurzeit keine Termine, die zu Ihrer Auswahl passen"), timezone.localdate(form.at)),
            ),
        )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@login_not_required
@only_read
def personal_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar whose secret this is, of whatever kind, by the present roles of its person.

    404 if unknown or revoked, or if the person may not sign in any more: on 410 Thunderbird would keep the events.
    In plain text, as the page of the site would set a cookie. Without the role it is empty: ``feeds``.
    """
    subscription = CalendarSubscription.objects.for_token(token)
    if subscription is None:
        gone = _("Diesen Kalender gibt es nicht, oder nicht mehr. Eine neue Adresse erhalten Sie hier: %(address)s")
        text = gone % {"address": _absolute(reverse("trainings:calendar"))}
        return _kept_by_nobody(HttpResponseNotFound(text, content_type="text/plain; charset=utf-8"))
    feed = calendars.feed_of(subscription)
    with translation.override(_language(subscription.person.language)):
        response = _feed(
            request,
            feed.state(settings.SITE_NAME, *calendars.options_of(subscription), changed_at=subscription.changed_at),
            lambda: calendars.as_ical(
                feed.items(),
                name=str(subscription.get_kind_display()),
                description=f"{settings.SITE_NAME} · {subscription.name}",
                note=calendars.note_of_feed(subscription),
            ),
        )
    calendars.note_fetch(subscription, request.headers.get("User-Agent", ""))
    return _kept_by_nobody(response)


def _kept_by_nobody(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@only_read
def session_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """One session as a file. Without a name, or Outlook would make a calendar of its own for it."""
    viewer = cast(User, request.user)
    own = calendars.own_sessions(viewer).filter(pk=pk) if viewer.is_authenticated else Session.objects.none()
    found: list[CalendarItem] = calendars.own_items(own)
    if not found:
        session = get_object_or_404(Session.objects.select_related("run__course", "run__venue"), pk=pk)
        # Asked of this run alone: SQLite would start from all that were ever published.
        get_object_or_404(CourseRun.objects.published().visible_to(viewer), pk=session.run_id)
        found = [CalendarItem(session)]
    return _file(calendars.as_ical(found), f'attachment; filename="sitzung-{pk}.ics"')


def _calendar_page(request: HttpRequest, *, form: SubscriptionForm | None = None) -> HttpResponse:
    selection = CatalogueFilter(request.GET)
    query = selection.query_string
    if _language(get_language()) == "en":
        query = f"{query}&sprache=en".lstrip("&")
    context = {
        "selection": selection,
        "public_address": _absolute(reverse("trainings:public_feed")) + (f"?{query}" if query else ""),
    }
    if isinstance(request.user, User):
        context |= {
            "form": form or SubscriptionForm(person=request.user),
            "subscriptions": [_row(subscription) for subscription in calendars.subscriptions_of(request.user)],
            "most_events": calendars.MOST_EVENTS,
        }
    return render(request, "trainings/calendars/calendar.html", context)


def _row(subscription: CalendarSubscription) -> dict[str, object]:
    return {
        "subscription": subscription,
        "fetched_by": calendars.program_label(subscription.fetched_by),
        "is_narrowed": calendars.feed_of(subscription).number() > calendars.MOST_EVENTS,
    }


def _feed(request: HttpRequest, state: calendars.FeedState, build: Callable[[], bytes]) -> HttpResponse:
    """The feed, built only for those who do not have it yet."""
    moment = int(state.last_modified.timestamp()) if state.last_modified else None
    response = get_conditional_response(request, etag=state.etag, last_modified=moment)
    if response is None:
        response = _file(build(), 'inline; filename="schulungen.ics"')
    response.headers["ETag"] = state.etag
    if moment is not None:
        response.headers["Last-Modified"] = http_date(moment)
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
