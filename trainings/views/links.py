"""Pages behind the links in mails: approve, answer an offer, cancel. GET shows, POST acts; nobody signs in.

After an act the same address says what became of it, as it does for a link whose time is over.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from trainings import actions, booking, mails
from trainings.acts import Act, Channel
from trainings.booking import Status
from trainings.dates import moment
from trainings.forms.registration import CancellationForm, DeclineForm, HandOverForm
from trainings.models import Registration
from trainings.views.asking import ask

View = Callable[..., HttpResponse]

TOLD_BY_THE_ADDRESS = ""  # what became of it; there is no message as well


def behind_a_link(view: View) -> View:
    """No sign-in, no search engines; that nobody keeps a copy, ``PersonalAnswersMiddleware`` sees to.

    The site's „Referrer-Policy: same-origin“ keeps the address from others. „no-referrer“ would not do: browsers then
    send „Origin: null“ with the form, and the check against forged requests refuses it.
    """

    @login_not_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


@behind_a_link
def approval(request: HttpRequest, token: str) -> HttpResponse:
    """Three forms: approve, decline with a reason, hand over to a deputy."""
    link = _read("approval", token)
    if isinstance(request.user, User) and link.registration.person.reads(request.user.email):
        text = _(
            "Über die eigene Anmeldung entscheidet niemand selbst. Dieser Link ist nur für die Person bestimmt, "
            "an die er gegangen ist."
        )
        return _ended(request, link.registration, text, status=403)
    registration, email = link.registration, booking.decider(link) if link.is_current else ""
    if not email or _is_over(registration):
        return _ended(request, registration, _what_was_decided(registration, passed_on=link.is_current))
    act = request.POST.get("act", "")
    decline = DeclineForm(request.POST if act == "decline" else None)
    hand_over = HandOverForm(request.POST if act == "hand_over" else None)
    acts: dict[str, tuple[forms.Form, Callable[[], object]]] = {
        "approve": (forms.Form({}), lambda: booking.approve(registration, Act(by_email=email))),
        "decline": (
            decline,
            lambda: booking.decline_request(registration, Act(by_email=email, reason=decline.cleaned_data["reason"])),
        ),
        "hand_over": (
            hand_over,
            lambda: booking.hand_over(registration, hand_over.cleaned_data["email"], Act(by_email=email)),
        ),
    }
    context = {"registration": registration, "decline": decline, "hand_over": hand_over}
    return _answer(request, "approval", context, acts)


@behind_a_link
def offer(request: HttpRequest, token: str) -> HttpResponse:
    """An offer to accept or decline; for those called shortly before the start, a free place to take."""
    link = _read("offer", token)
    registration = link.registration
    if not link.is_current or _is_over(registration):
        return _ended(request, registration, _what_became_of_the_offer(registration))
    person, form = registration.person, CancellationForm(request.POST or None)
    acts: dict[str, tuple[forms.Form, Callable[[], object]]] = {
        "accept": (form, lambda: booking.accept_offer(registration, Act(person, channel=Channel.LINK))),
        "claim": (form, lambda: booking.claim_place(registration, Act(person, channel=Channel.LINK))),
        "decline": (
            form,
            lambda: booking.decline_offer(
                registration, Act(person, channel=Channel.LINK, reason=form.cleaned_data["reason"])
            ),
        ),
    }
    obstacle = booking.obstacle_to_claiming(registration) if registration.is_waiting else None
    context = {"registration": registration, "form": form, "may_answer": registration.is_offered, "obstacle": obstacle}
    return _answer(request, "offer", context, acts)


@behind_a_link
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    link = _read("cancel", token)
    registration = link.registration
    if not link.is_current:
        return _ended(request, registration, _what_was_cancelled(registration))
    form = CancellationForm(request.POST or None)

    def act() -> str:
        reason = form.cleaned_data["reason"]
        booking.cancel(registration, Act(registration.person, channel=Channel.LINK, reason=reason))
        return TOLD_BY_THE_ADDRESS

    context = {"registration": registration, "run": registration.run, **actions.leaving(registration)}
    return ask(request, "trainings/booking/cancel_by_link.html", form, act, request.path, context)


def _read(purpose: str, token: str) -> mails.Link:
    link = mails.read_link(purpose, token)
    if link is None:
        raise Http404
    return link


def _answer(
    request: HttpRequest,
    page: str,
    context: dict[str, Any],
    acts: dict[str, tuple[forms.Form, Callable[[], object]]],
) -> HttpResponse:
    """Show the page, or do what the pressed button says and lead back to the address, which then tells."""
    form, chosen = acts.get(request.POST.get("act", ""), (forms.Form(), lambda: None))

    def act() -> str:
        chosen()
        return TOLD_BY_THE_ADDRESS

    context |= {"run": context["registration"].run}
    return ask(request, f"trainings/booking/{page}.html", form, act, request.path, context)


def _ended(request: HttpRequest, registration: Registration, text: str, *, status: int = 200) -> HttpResponse:
    context = {"run": registration.run, "text": text}
    return render(request, "trainings/booking/link_ended.html", context, status=status)


def _is_over(registration: Registration) -> bool:
    """Whether the time to answer has passed, though nobody has noted it yet."""
    return registration.held_until is not None and registration.held_until <= timezone.now()


def _what_was_decided(registration: Registration, *, passed_on: bool) -> str:
    """For a supervisor: no name, since the link may have gone to somebody else meanwhile."""
    if registration.is_requested and passed_on and not _is_over(registration):
        return _("Diese Anfrage ist an jemand anderen übergeben. Sie brauchen nichts mehr zu tun.")
    lapsed = _("Die Frist für diese Anfrage ist abgelaufen; der Platz ist nicht mehr gehalten.")
    return {
        Status.CONFIRMED: _("Die Freigabe ist erteilt. Die angemeldete Person hat eine E-Mail bekommen."),
        Status.DECLINED: _("Die Freigabe ist abgelehnt. Den Grund erfährt die angemeldete Person per E-Mail."),
        Status.CANCELLED: _("Die Anmeldung ist inzwischen beendet. Sie brauchen nichts mehr zu tun."),
    }.get(Status(registration.status), lapsed)


def _what_became_of_the_offer(registration: Registration) -> str:
    if registration.is_for_coordinator:
        return _("Sie haben zugesagt. Über die Freigabe entscheidet die Koordination; so lange ist der Platz gehalten.")
    if registration.is_requested and registration.held_until is not None:
        text = _("Sie haben zugesagt. Die Freigabe ist angefragt, Ihr Platz ist bis %(until)s gehalten.")
        return text % {"until": moment(registration.held_until)}
    if registration.is_waiting:
        return _("Dieses Angebot ist abgelaufen oder beantwortet. Sie stehen weiter auf der Warteliste.")
    return {
        Status.CONFIRMED: _("Sie haben einen Platz. Eine Bestätigung kommt per E-Mail."),
        Status.DECLINED: _("Sie haben abgesagt.")
        if registration.substitute_for_id
        else _("Diese Anmeldung ist abgelehnt; der Platz wird für andere frei."),
        Status.CANCELLED: _("Diese Anmeldung ist beendet. Sie brauchen nichts mehr zu tun."),
    }.get(Status(registration.status), _("Dieses Angebot ist abgelaufen. Wenn Sie möchten, melden Sie sich neu an."))


def _what_was_cancelled(registration: Registration) -> str:
    if registration.status == Status.CANCELLED:
        return _("Sie sind abgemeldet. Eine Bestätigung kommt per E-Mail.")
    return _("Diese Anmeldung ist bereits beendet: %(status)s.") % {"status": registration.get_status_display()}
