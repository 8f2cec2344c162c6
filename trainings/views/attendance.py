"""Pages on which trainers see their runs and mark who was there."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import second_factor
from accounts.models import User
from accounts.requests import SignedInRequest, only_read
from trainings import actions, attendance
from trainings.acts import Act
from trainings.forms.attendance import AttendanceForm
from trainings.forms.refusing import show_within
from trainings.forms.taps import MOST_BYTES, TapBatch, TapForm, Unreadable, unpack
from trainings.models import AttendanceRecord, CourseRun, CourseRunQuerySet, Registration, Session
from trainings.permissions import sessions_for_teaching, teaches
from trainings.refusals import Refused

SHOWN = dt.timedelta(days=365)  # so long a past run stays on the first page; the others are listed by their year


def teaching(request: SignedInRequest) -> HttpResponse:
    if not teaches(request.user):
        raise Http404
    now = timezone.now()
    taught = CourseRun.objects.taught_by(request.user)
    to_come = list(_with_numbers(taught.not_finished(now).order_by("starts_at", "number")))
    since = now - SHOWN
    past = taught.finished(now).taking_place().filter(ends_at__gt=since).order_by("-starts_at", "-number")
    context = {
        "current": [actions.of_trainer(run, now) for run in to_come if not run.is_cancelled],
        "past": [actions.of_trainer(run, now) for run in _with_numbers(past)],
        "cancelled": [run for run in to_come if run.is_cancelled],
        "year_before": _last_year(taught.taking_place().filter(ends_at__lte=since)),
    }
    return render(request, "trainings/attendance/teaching.html", context)


def taught_in(request: SignedInRequest, year: int) -> HttpResponse:
    """A trainer's past runs of that year. 404 for one in which there were none."""
    now = timezone.now()
    past = CourseRun.objects.taught_by(request.user).finished(now).taking_place()
    if not dt.MINYEAR < year < dt.MAXYEAR:
        raise Http404
    days = [dt.date(number, 1, 1) for number in (year, year + 1)]
    first, last = (timezone.make_aware(dt.datetime.combine(day, dt.time.min)) for day in days)
    runs = _with_numbers(past.filter(starts_at__gte=first, starts_at__lt=last).order_by("-starts_at", "-number"))
    context = {
        "year": year,
        "past": [actions.of_trainer(run, now) for run in runs],
        "year_before": _last_year(past.filter(starts_at__lt=first)),
        "year_after": _first_year(past.filter(starts_at__gte=last)),
    }
    if not context["past"]:
        raise Http404
    return render(request, "trainings/attendance/taught.html", context)


def _with_numbers(runs: CourseRunQuerySet) -> CourseRunQuerySet:
    """What the card of a run says."""
    confirmed = Registration.objects.confirmed().filter(run=OuterRef("pk")).order_by().values("run")
    number = Coalesce(Subquery(confirmed.annotate(number=Count("pk")).values("number")), 0)
    runs = runs.with_occupancy().annotate(confirmed=number).select_related("course", "venue")
    return runs.prefetch_related(Prefetch("sessions", Session.objects.with_recorded()))


def _last_year(runs: CourseRunQuerySet) -> int | None:
    """The year of the latest of them; whoever asks reads that one alone."""
    latest = runs.order_by("-starts_at").values_list("starts_at", flat=True).first()
    return timezone.localtime(latest).year if latest else None


def _first_year(runs: CourseRunQuerySet) -> int | None:
    earliest = runs.order_by("starts_at").values_list("starts_at", flat=True).first()
    return timezone.localtime(earliest).year if earliest else None


def attendance_list(request: SignedInRequest, pk: int) -> HttpResponse:
    sessions = sessions_for_teaching(request.user).select_related("run__course", "run__venue")
    session = get_object_or_404(sessions, pk=pk)
    registrations = attendance.expected(session)
    form = AttendanceForm(session, registrations, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            others = attendance.Mark(AttendanceRecord.Status.PRESENT) if "all_present" in request.POST else None
            reason = form.cleaned_data["reason"]
            changed = attendance.record(session, form.marks(), Act(request.user, reason=reason), others=others)
        except Refused as refused:
            show_within(form, refused)
        else:
            text = ngettext("%(number)d Eintrag gespeichert.", "%(number)d Einträge gespeichert.", changed)
            messages.success(request, text % {"number": changed} if changed else _("Es gab nichts zu ändern."))
            return redirect("trainings:attendance", pk=session.pk)
    on_list = actions.on_list(session, request.user)
    open_rows = sum(1 for row in form.rows if not row.status.initial)
    context = {
        "session": session,
        "run": session.run,
        "registrations": registrations,
        "submission": session.submissions.select_related("submitted_by").last(),
        "form": form,
        "open_rows": open_rows,
        "done": len(registrations) - open_rows,
        "total": len(registrations),
        "on_list": on_list,
        "asks_for_a_reason": form.asks_for_a_reason and not on_list.is_locked,
        "now": milliseconds(timezone.now()),
    }
    return render(request, "trainings/attendance/attendance.html", context)


@login_not_required  # people who are not signed in get a JSON answer
@require_POST
def taps(request: HttpRequest, pk: int) -> JsonResponse:
    """Takes the marks of a device and answers with the whole list; without marks it only asks for the list.

    JSON: ``{person, sent_at, taps: [{key, after, registration, status, late, early, minutes, note, reason, said_at}]}``
    brings ``{answers: [{key, refused, asks_reason, record}], list: [{registration, status, …}], closed, at}``; all
    moments in milliseconds since 1970. 401: to sign in again, as that person. 404: not yours. 400, 413: not readable;
    a sentence in ``error``.
    """
    at = timezone.now()
    if not isinstance(request.user, User) or second_factor.is_outstanding(request):
        return refusal(401, _("Bitte loggen Sie sich ein."))
    session = sessions_for_teaching(request.user).filter(pk=pk).select_related("run").first()
    if session is None:
        return refusal(404, _("Diese Sitzung gibt es nicht mehr."))
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return refusal(413, _("Das sind zu viele Einträge auf einmal."))
    try:
        batch = unpack(request.body)
    except Unreadable as unreadable:
        return refusal(400, str(unreadable))
    if batch.person != request.user.pk:
        return refusal(401, _("Auf diesem Gerät ist jetzt jemand anderes eingeloggt."))
    answers = [answer(session, batch, TapForm(tap), by=request.user, at=at) for tap in batch.taps]
    listed = {"list": standing(session), "closed": session.run.is_closed, "at": milliseconds(at)}
    return JsonResponse({"answers": answers, **listed})


def answer(session: Session, batch: TapBatch, form: TapForm, *, by: User, at: dt.datetime) -> dict[str, Any]:
    """What became of one mark."""
    key = str(form.data.get("key", ""))
    if not form.is_valid():
        return {"key": key, "refused": form.objection}
    sent = form.cleaned_data
    said_at = form.said(at - batch.sent_at)
    try:
        record = attendance.tap(
            session,
            sent["registration"],
            form.mark(),
            Act(by, reason=sent["reason"], at=at),
            key=sent["key"],
            after=sent["after"],
            said_at=said_at,
        )
    except Refused as refused:
        return {"key": key, "refused": str(refused), "asks_reason": "reason_missing" in refused.codes}
    return {"key": key, "record": said(record)}


def standing(session: Session) -> list[dict[str, Any]]:
    """Everybody with a place; who is not recorded has no status."""
    records = {record.registration_id: record for record in AttendanceRecord.objects.filter(session=session)}
    people = Registration.objects.confirmed().filter(run=session.run_id).order_by("pk").values_list("pk", flat=True)
    return [said(records[pk]) if pk in records else {"registration": pk, "status": ""} for pk in people]


def said(record: AttendanceRecord) -> dict[str, Any]:
    return {
        "registration": record.registration_id,
        "status": record.status,
        "minutes": record.minutes,
        "late": record.late_minutes,
        "early": record.early_minutes,
        "note": record.note,
        "said_at": milliseconds(record.said_at),
    }


def milliseconds(at: dt.datetime) -> int:
    """Since 1970, as the clocks of browsers count."""
    return int(at.timestamp() * 1000)


def refusal(status: int, text: str) -> JsonResponse:
    return JsonResponse({"error": text}, status=status)


@login_not_required  # it is program text, and browsers renew it whoever is signed in
@only_read
def worker(request: HttpRequest) -> HttpResponse:
    """The program that keeps opened lists on a device. At this address, since a worker may not reach above its own."""
    program = (settings.BASE_DIR / "static" / "js" / "attendance-worker.js").read_bytes()
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": reverse("trainings:teaching")}
    return HttpResponse(program, content_type="text/javascript; charset=utf-8", headers=headers)
