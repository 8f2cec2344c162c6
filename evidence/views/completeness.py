"""What is still missing for a reporting period, as a page and as a table."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from evidence.completeness import completeness_of, write_lacks_csv, write_lacks_xlsx
from evidence.models import ReportingPeriod
from trainings.permissions import coordinator_required
from trainings.views import files

WRITERS = {"csv": write_lacks_csv, "xlsx": write_lacks_xlsx}


@coordinator_required
@require_safe
def missing(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything that is missing, by kind and by run, and at whom of the trainers it waits."""
    period = get_object_or_404(ReportingPeriod.objects.select_related("funding"), pk=pk)
    found = completeness_of(period.funding, period.days, back=reverse("evidence:missing", args=[period.pk]))
    return render(request, "evidence/missing.html", {"period": period, "found": found})


@coordinator_required
@require_safe
def file_of_missing(request: SignedInRequest, pk: int, extension: str) -> HttpResponse:
    """All of it; of one trainer's lists only (``kursleitung`` is their key) to send it to them."""
    period = get_object_or_404(ReportingPeriod.objects.select_related("funding"), pk=pk)
    found = completeness_of(period.funding, period.days)
    lacks, name = [*found.lacks, *found.questions], f"was-fehlt-{period.first_on}-bis-{period.last_on}"
    if chosen := request.GET.get("kursleitung", ""):
        lacks = next((one.lacks for one in found.by_trainer if str(one.person.pk) == chosen), [])
        if not lacks:
            raise Http404
        name = f"{name}-listen"
    return files.table(lacks, f"{name}-stand-{timezone.localdate(found.at)}", extension, WRITERS)
