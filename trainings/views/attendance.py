"""Pages on which a trainer sees the own runs and marks who was there."""

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.requests import SignedInRequest
from trainings import attendance as rules
from trainings.forms.attendance import AttendanceForm
from trainings.models import AttendanceRecord, CourseRun, Registration, Session
from trainings.permissions import sessions_for_teaching


def teaching(request: SignedInRequest) -> HttpResponse:
    if not request.user.teaches:
        raise Http404
    now = timezone.now()
    runs = CourseRun.objects.taught_by(request.user).filter(starts_at__isnull=False).order_by("starts_at")
    sessions = Session.objects.with_recorded()
    confirmed = Count("registrations", filter=Q(registrations__status=Registration.Status.CONFIRMED), distinct=True)
    runs = (
        runs.with_occupancy()
        .annotate(confirmed=confirmed)
        .select_related("course", "venue")
        .prefetch_related(Prefetch("sessions", sessions))
    )
    context = {
        "current": [run for run in runs if not run.is_finished(now) and not run.is_cancelled],
        "past": [run for run in reversed(runs) if run.is_finished(now) and not run.is_cancelled],
        "cancelled": [run for run in runs if run.is_cancelled and not run.is_finished(now)],
    }
    return render(request, "trainings/teaching.html", context)


def attendance(request: SignedInRequest, pk: int) -> HttpResponse:
    sessions = sessions_for_teaching(request.user).select_related("run__course", "run__venue")
    session = get_object_or_404(sessions, pk=pk)
    registrations = rules.expected(session)
    form = AttendanceForm(session, registrations, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            others = rules.Mark(AttendanceRecord.Status.PRESENT) if "all_present" in request.POST else None
            reason = form.cleaned_data["reason"]
            changed = rules.record(session, form.marks(), others=others, by=request.user, reason=reason)
        except rules.InvalidMark as invalid:
            form.add_objections(invalid)
        else:
            text = ngettext("%(number)d Eintrag gespeichert.", "%(number)d Einträge gespeichert.", changed)
            messages.success(request, text % {"number": changed} if changed else _("Es gab nichts zu ändern."))
            return redirect("trainings:attendance", pk=session.pk)
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
    }
    return render(request, "trainings/attendance.html", context)
