"""Pages on which people check in with the code of the room, and on which the trainer shows it and counts them."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import SignedInRequest, client_address, device
from trainings import attendance
from trainings.acts import Act
from trainings.forms.check_ins import CheckInCodeForm, HeadCountForm, PersonalCodeForm
from trainings.forms.refusing import show_within
from trainings.models import CheckIn, Session
from trainings.permissions import registrations_of, sessions_for_teaching
from trainings.printing import qr_path
from trainings.refusals import Reason, Refused
from trainings.views.asking import ask

TICKET = "check_in_ticket"  # in the browser's session: [key of the training's session, until when in Unix time]


# --- Who checks in ----------------------------------------------------------------------------------------------------


def check_in(request: SignedInRequest) -> HttpResponse:
    """Six digits, typed."""
    now, address = timezone.now(), client_address(request)
    form = CheckInCodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and not attendance.may_try_code(request.user, address):
        form.add_error(None, _too_many_tries())
        status = 429
    elif request.method == "POST" and form.is_valid():
        try:
            session = attendance.session_by_code(request.user, form.cleaned_data["code"], now)
            _note(request, session, CheckIn.Way.TYPED)
        except Refused as refused:
            show_within(form, refused, otherwise="code")
            if "wrong" in refused.codes:
                attendance.note_wrong_code(request.user, address)
        else:
            return redirect("trainings:check_in_session", pk=session.pk)
    sessions = [
        (session, attendance.obstacle_to_check_in(session, now))
        for session in attendance.sessions_to_check_in(request.user, now)
    ]
    response = render(
        request, "trainings/attendance/check_in.html", {"form": form, "sessions": sessions}, status=status
    )
    return _wait(response, request.user, address) if status == 429 else response


@login_not_required
@never_cache
@require_safe
def scanned(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The link of the QR code. A code that holds gives the browser a ticket, which outlasts signing in."""
    session = get_object_or_404(Session, pk=pk)
    person = request.user if isinstance(request.user, User) else None
    address = client_address(request)
    if not attendance.may_try_code(person, address):
        return _wait(
            render(request, "trainings/attendance/check_in_link.html", {"text": _too_many_tries()}, status=429),
            person,
            address,
        )
    if attendance.code_fits(session, code):
        request.session[TICKET] = [session.pk, (timezone.now() + attendance.TICKET_FOR).timestamp()]
        return redirect("trainings:check_in_session", pk=session.pk)
    if _has_ticket(request, session.pk):  # the same link again
        return redirect("trainings:check_in_session", pk=session.pk)
    if not attendance.code_was_shown(session, code):
        attendance.note_wrong_code(person, address)
    text = _("Der Code im Raum hat inzwischen gewechselt. Bitte scannen Sie ihn noch einmal oder tippen Sie ihn ein.")
    return render(request, "trainings/attendance/check_in_link.html", {"text": text})


def check_in_session(request: SignedInRequest, pk: int) -> HttpResponse:
    """After the scan: one button; and, whichever way it came about, what is noted."""
    if found := attendance.check_in_of(pk, request.user):
        record = found.registration.attendance_records.filter(session=pk).first()
        noted = {"check_in": found, "session": found.session, "record": record}
        return render(request, "trainings/attendance/check_in_done.html", noted)
    if not _has_ticket(request, pk):
        if TICKET in request.session:
            messages.warning(request, _("Seit dem Scannen ist zu viel Zeit vergangen. Bitte geben Sie den Code ein."))
            del request.session[TICKET]
        return redirect("trainings:check_in")
    session = get_object_or_404(Session.objects.select_related("run__course", "run__venue"), pk=pk)
    refused: Reason | None = None
    if request.method == "POST":
        try:
            _note(request, session, CheckIn.Way.SCANNED)
        except Refused as refusal:
            [refused] = refusal.reasons
        else:
            return redirect("trainings:check_in_session", pk=pk)
    context = {"session": session, "refused": refused or attendance.refusal_to_check_in(session, request.user)}
    return render(request, "trainings/attendance/check_in_session.html", context, status=409 if refused else 200)


def _note(request: SignedInRequest, session: Session, way: str) -> None:
    """Check the person in, with the origin of the request; the ticket is used up."""
    network = attendance.network_of(session, client_address(request))
    attendance.check_in(session, request.user, way=way, network=network, device=device(request))
    request.session.pop(TICKET, None)
    messages.success(request, _("Sie sind eingecheckt."))


def _has_ticket(request: HttpRequest, session_pk: int) -> bool:
    ticket_for, until = request.session.get(TICKET, (0, 0))
    return bool(ticket_for == session_pk and timezone.now().timestamp() < until)


def _too_many_tries() -> str:
    return _(
        "Es wurden mehrmals falsche Codes eingegeben. Bitte warten Sie zehn Minuten oder sagen Sie der Kursleitung, "
        "dass Sie da sind: Sie kann Sie auch ohne Code eintragen."
    )


def _wait(response: HttpResponse, person: User | None, address: str) -> HttpResponse:
    response.headers["Retry-After"] = str(attendance.seconds_until_next_try(person, address))
    return response


def personal_code(request: SignedInRequest, pk: int) -> HttpResponse:
    """One's own code for a run, to show on the phone or to print."""
    registration = get_object_or_404(registrations_of(request.user).for_lists(), pk=pk)
    if not registration.has_personal_code():
        return redirect("trainings:registration", pk=registration.pk)
    context = {"registration": registration, "run": registration.run}
    return render(request, "trainings/attendance/personal_code.html", context)


# --- Who leads the session --------------------------------------------------------------------------------------------


@require_safe
def room_code(request: SignedInRequest, pk: int) -> HttpResponse:
    """The screen for the room. It says how many have checked in, but no names: everybody sees it.

    ``static/js/room.js`` brings the next code when it is due, and takes an old one away where that fails. Without
    scripts the page loads itself anew: WCAG 2.2, 2.2.1 excepts what belongs to an event in real time.
    """
    sessions = sessions_for_teaching(request.user).select_related("run__course", "run__venue")
    session = get_object_or_404(sessions, pk=pk)
    now = timezone.now()
    code = attendance.room_code(session, now)
    link = reverse("trainings:check_in_scanned", args=[session.pk, code])
    path, size = qr_path(f"{settings.PUBLIC_URL}{link}")
    obstacle = attendance.obstacle_to_check_in(session, now)
    is_to_change = obstacle is None or obstacle.code == "early"
    next_in = attendance.seconds_left_of_code(now) if is_to_change else 0
    context = {
        "session": session,
        "run": session.run,
        "obstacle": obstacle,
        "next_in": next_in,
        "holds_for": 0 if obstacle else next_in + attendance.STEP,  # taken for one more step
        "halves": [] if obstacle else [code[:3], code[3:]],
        "qr_path": path,
        "qr_size": size,
        "address": f"{settings.PUBLIC_URL.partition('://')[2]}{reverse('trainings:check_in')}",
        "checked_in": CheckIn.objects.filter(session=session, registration__status="confirmed").count(),
    }
    return render(request, "trainings/attendance/room_code.html", context)


def check_ins(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who checked in and from where, who is missing, and the head count that makes it attendance."""
    sessions = sessions_for_teaching(request.user).select_related("run__course", "run__venue")
    session = get_object_or_404(sessions, pk=pk)
    rows = attendance.arrivals(session)
    form = HeadCountForm(rows, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            number = attendance.confirm_arrivals(
                session, form.cleaned_data["head_count"], Act(request.user), **form.exclusions()
            )
        except Refused as refused:
            show_within(form, refused, otherwise="head_count")
        else:
            messages.success(request, _confirmed(number))
            return redirect("trainings:check_ins", pk=session.pk)
    context = {
        "session": session,
        "run": session.run,
        "form": form,
        "here": [row for row in rows if row.check_in],
        "missing": [row for row in rows if not row.check_in],
        "networks": attendance.shared_networks(rows),
        "open": sum(row.is_provisional for row in rows),
        "present": sum(row.was_there for row in rows),
    }
    return render(request, "trainings/attendance/check_ins.html", context)


def enter_personal_code(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark present whoever showed this code, for devices without a camera or a script."""
    sessions = sessions_for_teaching(request.user).select_related("run__course", "run__venue")
    session = get_object_or_404(sessions, pk=pk)
    form = PersonalCodeForm(request.POST or None)

    def act() -> str:
        registration = attendance.mark_by_code(session, form.cleaned_data["code"], Act(request.user))
        return _("%(person)s ist als anwesend eingetragen.") % {"person": registration.person.full_name}

    context = {"session": session, "run": session.run}
    back = reverse("trainings:attendance", args=[session.pk])
    return ask(request, "trainings/attendance/enter_personal_code.html", form, act, back, context)


def _confirmed(number: int) -> str:
    text = ngettext(
        "Kopfzahl bestätigt: %(number)d Person ist jetzt als anwesend eingetragen.",
        "Kopfzahl bestätigt: %(number)d Personen sind jetzt als anwesend eingetragen.",
        number,
    )
    return text % {"number": number} if number else _("Kopfzahl bestätigt. Es gab nichts einzutragen.")
