"""The lists that people sign, as PDF files."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from trainings import attendance
from trainings.permissions import runs_for_teaching, sessions_for_teaching
from trainings.views import files

NO_SHEET = "trainings/attendance/no_sheet.html"


@require_safe
def session_sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    sessions = sessions_for_teaching(request.user).taking_place()
    session = get_object_or_404(sessions.select_related("run__course", "run__venue", "run__funding"), pk=pk)
    start = timezone.localtime(attendance.on_one_sheet(session)[0].starts_at)
    name = f"anwesenheitsliste-{session.run.number}-{start:%Y-%m-%d-%H%M}"
    return files.pdf(request, name, lambda: attendance.sheet_for_session(session), otherwise=NO_SHEET)


@require_safe
def run_sheets(request: SignedInRequest, pk: int) -> HttpResponse:
    """One list for each day with sessions that take place; where there are none there is nothing to sign."""
    runs = runs_for_teaching(request.user).taking_place().select_related("course", "venue", "funding")
    run = get_object_or_404(runs.prefetch_related("sessions"), pk=pk)
    if not run.sessions_taking_place:
        raise Http404
    name = f"anwesenheitslisten-{run.number}"
    return files.pdf(request, name, lambda: attendance.sheet_for_run(run), otherwise=NO_SHEET)
