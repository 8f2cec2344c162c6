"""All certificates of a run at once, for coordinators."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from certificates import issuing
from trainings.models import CourseRun
from trainings.permissions import coordinator_required


@coordinator_required
@require_safe
def zipped(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _run_with_files(pk)
    response = HttpResponse(issuing.as_zip(run), content_type="application/zip")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{_name(run)}.zip") or "attachment"
    return response


@coordinator_required
@require_safe
def printed(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _run_with_files(pk)
    response = HttpResponse(issuing.to_print(run), content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(False, f"{_name(run)}.pdf") or "inline"
    return response


def _run_with_files(pk: int) -> CourseRun:
    run = get_object_or_404(CourseRun, pk=pk)
    if not issuing.certificates_of_run(run).exists():
        raise Http404
    return run


def _name(run: CourseRun) -> str:
    return slugify(f"teilnahmebescheinigungen-{run.number}")
