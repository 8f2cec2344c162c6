"""All certificates of a run at once, for coordinators."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from certificates import issuing
from trainings.models import CourseRun
from trainings.permissions import coordinator_required
from trainings.views import files


@coordinator_required
@require_safe
def zipped(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _run_with_files(pk)
    return files.file(issuing.as_zip(issuing.certificates_of_run(run)), f"{_name(run)}.zip")


@coordinator_required
@require_safe
def printed(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _run_with_files(pk)
    return files.file(issuing.to_print(run), f"{_name(run)}.pdf", is_shown=True)


def _run_with_files(pk: int) -> CourseRun:
    run = get_object_or_404(CourseRun, pk=pk)
    if not issuing.certificates_of_run(run).exists():
        raise Http404
    return run


def _name(run: CourseRun) -> str:
    return slugify(f"teilnahmebescheinigungen-{run.number}")
