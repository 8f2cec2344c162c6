"""The lists that people sign, as PDF files."""

import logging
from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from trainings import attendance, printing
from trainings.permissions import runs_for_teaching, sessions_for_teaching

logger = logging.getLogger(__name__)


@require_safe
def session_sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    sessions = sessions_for_teaching(request.user).taking_place()
    session = get_object_or_404(sessions.select_related("run__course", "run__venue", "run__funding"), pk=pk)
    start = timezone.localtime(session.starts_at)
    name = f"anwesenheitsliste-{session.run.number}-{start:%Y-%m-%d-%H%M}"
    return _answer(request, name, lambda: attendance.sheet_for_session(session))


@require_safe
def run_sheets(request: SignedInRequest, pk: int) -> HttpResponse:
    """One list for each session that takes place; where none does there is nothing to sign."""
    runs = runs_for_teaching(request.user).taking_place().select_related("course", "venue", "funding")
    run = get_object_or_404(runs.prefetch_related("sessions"), pk=pk)
    if not run.sessions_taking_place:
        raise Http404
    return _answer(request, f"anwesenheitslisten-{run.number}", lambda: attendance.sheet_for_run(run))


def _answer(request: SignedInRequest, name: str, make: Callable[[], bytes]) -> HttpResponse:
    """The file, or a page that says why there is none."""
    if missing := printing.missing_packages():
        logger.error("No list can be made: %s is missing. On Debian: %s", ", ".join(missing), printing.INSTALL_PANGO)
        return render(request, "trainings/attendance/no_sheet.html", {"install": printing.INSTALL_PANGO}, status=503)
    from trainings.printing.pdf import NotPrintable  # noqa: PLC0415  needs Pango, which is there, as has just been seen

    try:
        pdf = make()
    except NotPrintable as error:
        logger.error("A list cannot be printed: %s", error)
        return render(request, "trainings/attendance/no_sheet.html", {"install": ""}, status=503)
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(False, f"{slugify(name)}.pdf") or "inline"
    return response
