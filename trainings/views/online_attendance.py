"""The page on which a trainer takes attendance from the export of an online meeting: upload, preview, save."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.requests import SignedInRequest
from trainings import attendance
from trainings.acts import Act, Channel
from trainings.attendance import TOLERANCE_MINUTES, Export, enough_minutes
from trainings.forms.online_attendance import (
    DECISIONS,
    ExportForm,
    PreviewForm,
    StalePreview,
    TakeBackForm,
    hours_to_shift,
    packed,
    unpacked,
)
from trainings.models import CourseRun, Session
from trainings.permissions import sessions_for_teaching
from trainings.refusals import Refused
from trainings.views.asking import ask


def _session(request: SignedInRequest, pk: int) -> Session:
    sessions = sessions_for_teaching(request.user).exclude(run__format=CourseRun.Format.ON_SITE)
    return get_object_or_404(sessions.select_related("run__course", "run__venue"), pk=pk)


def online_attendance(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session(request, pk)
    if "export" in request.POST:
        return _decide(request, session)
    is_sent = request.method == "POST"
    form = ExportForm(session, request.POST if is_sent else None, request.FILES if is_sent else None)
    if not form.is_valid():
        return _page(request, session, {"form": form})
    return _preview(request, session, form.cleaned_data["file"])


def _preview(request: SignedInRequest, session: Session, export: Export) -> HttpResponse:
    """What the export would record, with what was decided about it before its times were moved."""
    decided = {name: value for name, value in request.POST.items() if name.startswith(DECISIONS)}
    shown = decided | {"export": packed(export, session, request.user)}
    preview = PreviewForm(session, attendance.expected(session), export, initial=shown)
    return _page(request, session, {"form": preview, "export": export})


def _decide(request: SignedInRequest, session: Session) -> HttpResponse:
    try:
        export = unpacked(request.POST["export"], session, request.user)
    except StalePreview:
        return _page(request, session, {"form": ExportForm(session), "is_stale": True}, status=409)
    if hours := hours_to_shift(request.POST.get("shift", "")):
        return _preview(request, session, export.shifted(hours))
    form = PreviewForm(session, attendance.expected(session), export, request.POST)
    if form.is_valid():
        try:
            reason = form.cleaned_data.get("reason", "")
            changed = attendance.record(session, form.marks(), Act(request.user, Channel.IMPORT, reason))
        except Refused as refused:
            form.show(refused)
        else:
            text = ngettext("%(number)d Eintrag gespeichert.", "%(number)d Einträge gespeichert.", changed)
            way = _("Zurücknehmen können Sie das auf der Seite, auf der Sie die Datei hochgeladen haben.")
            said = f"{text % {'number': changed}} {way}" if changed else _("Es gab nichts zu ändern.")
            messages.success(request, said)
            return redirect("trainings:attendance", pk=session.pk)
    return _page(request, session, {"form": form, "export": export})


def take_back_import(request: SignedInRequest, pk: int) -> HttpResponse:
    session = _session(request, pk)
    back = reverse("trainings:online_attendance", args=[session.pk])
    found = attendance.last_import(session)
    if found is None:
        messages.info(request, _("Es gibt nichts zurückzunehmen."))
        return redirect(back)
    form = TakeBackForm(session, found, request.POST or None)

    def act() -> str:
        reason = form.cleaned_data.get("reason", "")
        made_at = form.cleaned_data["made_at"]
        number = attendance.take_back_import(session, Act(request.user, reason=reason), made_at=made_at)
        text = ngettext("%(number)d Eintrag zurückgenommen.", "%(number)d Einträge zurückgenommen.", number)
        return text % {"number": number}

    context = {"session": session, "run": session.run, "found": found}
    return ask(request, "trainings/attendance/take_back_import.html", form, act, back, context)


def _page(request: SignedInRequest, session: Session, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context |= {
        "session": session,
        "imported": attendance.last_import(session),
        "run": session.run,
        "tolerance": TOLERANCE_MINUTES,
        "enough": enough_minutes(session),
        "can_be_recorded": session.can_be_recorded(),
    }
    return render(request, "trainings/attendance/online_attendance.html", context, status=status)
