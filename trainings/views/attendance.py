"""Pages on which trainers see their runs and mark who was there."""

import datetime as dt
from dataclasses import astuple
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
from trainings.forms.attendance import STATUSES, AttendanceForm, Filter, sentence_of
from trainings.forms.refusing import show_within
from trainings.forms.taps import MOST_BYTES, TapBatch, TapForm, Unreadable, unpack
from trainings.models import KEPT_FOR, AttendanceRecord, CourseRun, CourseRunQuerySet, Registration, Session
from trainings.permissions import sessions_for_teaching, teaches
from trainings.refusals import Refused

Status = AttendanceRecord.Status
BEFORE = "attendance_before"  # in the browser's session: what stood before the last saving of a list
A_SCREENFUL = 10  # people; a longer list has a search
SHOWN = dt.timedelta(days=365)  # so long a past run stays on the first page; the others are listed by their year


def teaching(request: SignedInRequest) -> HttpResponse:
    if not teaches(request.user):
        raise Http404
    now = timezone.now()
    taught = CourseRun.objects.taught_by(request.user)
    to_come = list(_with_numbers(taught.not_finished(now).order_by("starts_at", "number")))
    current = [run for run in to_come if not run.is_cancelled]
    since = now - SHOWN
    past = taught.finished(now).taking_place().filter(ends_at__gt=since).order_by("-starts_at", "-number")
    past_runs, last_time = list(_with_numbers(past)), attendance.last_time(current, now)
    context = {
        "current": [actions.of_trainer(run, now, last_time.get(run.pk)) for run in current],
        "past": [actions.of_trainer(run, now) for run in past_runs],
        "cancelled": [run for run in to_come if run.is_cancelled],
        "year_before": _last_year(taught.taking_place().filter(ends_at__lte=since)),
        **taken_along([*current, *past_runs], now),
    }
    return render(request, "trainings/attendance/teaching.html", context)


def taken_along(runs: list[CourseRun], now: dt.datetime) -> dict[str, Any]:
    """What the device keeps for rooms without network: the lists of the next days, not those of closed runs."""
    at_hand = [
        session for run in runs if not run.is_closed for session in run.sessions.all() if session.is_at_hand(now)
    ]
    ended = [
        session
        for run in runs
        if run.closed_at and run.closed_at > now - KEPT_FOR  # later the device has forgotten by itself
        for session in run.sessions.all()
    ]
    return {"at_hand": at_hand, "ended": ended}


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
    if "take_back" in request.POST:
        return _take_back(request, session)
    registrations = attendance.expected(session)
    shown = Filter(request.GET.get("name", "").strip(), "offen" in request.GET)
    form = AttendanceForm(session, registrations, request.POST or None, filter=shown)
    now = timezone.now()
    all_present = request.POST.get("all_present")
    asks_first = form.is_bound and form.is_valid() and all_present == "1" and session.starts_at > now
    if form.is_bound and form.is_valid() and not asks_first:
        try:
            changed = _record(request, form, others=attendance.Mark(Status.PRESENT) if all_present else None)
        except Refused as refused:
            show_within(form, refused)
        else:
            text = ngettext("%(number)d Eintrag gespeichert.", "%(number)d Einträge gespeichert.", changed)
            messages.success(request, text % {"number": changed} if changed else _("Es gab nichts zu ändern."))
            return redirect(request.get_full_path())
    on_list = actions.on_list(session, request.user)
    open_rows = sum(1 for row in form.rows if row.record is None)
    context = {
        "session": session,
        "run": session.run,
        "sessions": session.run.sessions.filter(cancelled_at=None).with_recorded(),
        "registrations": registrations,
        "submission": session.submissions.select_related("submitted_by").last(),
        "form": form,
        "statuses": STATUSES[:-1],
        "filter": shown,
        "is_long": len(registrations) > A_SCREENFUL,
        "open_rows": open_rows,
        "done": len(registrations) - open_rows,
        "total": len(registrations),
        "on_list": on_list,
        "is_early": not on_list.is_begun,
        "shows_form": on_list.is_begun or session.is_at_hand(now),
        "asks_for_a_reason": form.asks_for_a_reason and not on_list.is_locked,
        "asks_first": asks_first,
        "taken_back": _to_take_back(request, session),
        "now": milliseconds(now),
        "opens": milliseconds(session.recordable_from),
        "starts": milliseconds(session.starts_at),
    }
    return render(request, "trainings/attendance/attendance.html", context)


def _record(request: SignedInRequest, form: AttendanceForm, *, others: attendance.Mark | None) -> int:
    """Record what was sent; the browser's session keeps for a while what it took the place of."""
    at = timezone.now()
    marks = form.marks()
    before = form.standing(row.pk for row in form.registrations if others or row.pk in marks)
    act = Act(request.user, reason=form.cleaned_data["reason"], at=at)
    changed = attendance.record(form.session, marks, act, others=others)
    if changed:
        stood = [[key, *astuple(mark)] for key, mark in before.items()]
        request.session[BEFORE] = {"session": form.session.pk, "at": at.isoformat(), "marks": stood, "number": changed}
    return changed


def _to_take_back(request: SignedInRequest, session: Session) -> int:
    """How many people the last saving was about, while it can be taken back; else 0."""
    before = request.session.get(BEFORE)
    if before is None or before["session"] != session.pk:
        return 0
    is_fresh = timezone.now() - dt.datetime.fromisoformat(before["at"]) <= attendance.TAKEN_BACK_WITHIN
    return int(before["number"]) if is_fresh else 0


def _take_back(request: SignedInRequest, session: Session) -> HttpResponse:
    before = request.session[BEFORE] if _to_take_back(request, session) else None
    stood = {key: attendance.Mark(*mark) for key, *mark in before["marks"]} if before else {}
    made_at = dt.datetime.fromisoformat(before["at"]) if before else timezone.now()
    try:
        number = attendance.take_back(session, stood, Act(request.user), made_at=made_at)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        if before:
            del request.session[BEFORE]
        text = ngettext("%(number)d Eintrag zurückgenommen.", "%(number)d Einträge zurückgenommen.", number)
        nothing = _("Es gab nichts zurückzunehmen: Die Einträge sind inzwischen geändert.")
        messages.success(request, text % {"number": number} if number else nothing)
    return redirect(request.get_full_path())


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
            takes_back=sent["takes_back"],
            said_at=said_at,
        )
    except Refused as refused:
        return {"key": key, "refused": str(refused), "asks_reason": "reason_missing" in refused.codes}
    return {"key": key, "record": said(sent["registration"], record)}


def standing(session: Session) -> list[dict[str, Any]]:
    """Everybody with a place; who is not recorded has no status. ``differs`` is a sentence for who said otherwise."""
    records = {record.registration_id: record for record in AttendanceRecord.objects.filter(session=session)}
    people = Registration.objects.confirmed().filter(run=session.run_id).order_by("pk").values_list("pk", flat=True)
    differing = attendance.disagreements(session)
    return [
        said(pk, records.get(pk)) | ({"differs": sentence_of(differing[pk])} if pk in differing else {})
        for pk in people
    ]


def said(registration: int, record: AttendanceRecord | None) -> dict[str, Any]:
    if record is None:
        return {"registration": registration, "status": attendance.NOT_RECORDED}
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
