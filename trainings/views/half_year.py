"""The plan of a half-year: a page, a file, and the programme that is printed from it."""

import io

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from accounts.tables import XLSX_CONTENT_TYPE
from trainings import planning
from trainings.forms.half_year import PlanForm, address_part
from trainings.permissions import coordinator_required
from trainings.planning import Plan


@coordinator_required
@require_safe
def half_year(request: SignedInRequest) -> HttpResponse:
    form = PlanForm(request.GET, timezone.localdate())
    context = {
        "form": form,
        "plan": _plan(form) if form.is_valid() else None,
        "by_month": form.is_valid() and form.by_month,
        "query": request.GET.urlencode(),
        "weekdays": WEEKDAYS.values(),
    }
    return render(request, "trainings/planning/half_year.html", context)


def _plan(form: PlanForm) -> Plan:
    said = form.cleaned_data
    return planning.plan_of(form.period, venue=said["ort"], trainer=said["leitung"])


@coordinator_required
@require_safe
def file_of_half_year(request: SignedInRequest, extension: str) -> HttpResponse:
    """What the page shows; where its address is wrong, the page says so."""
    if extension != "xlsx":
        raise Http404
    form = PlanForm(request.GET, timezone.localdate())
    if not form.is_valid():
        return redirect(f"{reverse('trainings:half_year')}?{request.GET.urlencode()}")
    file = io.BytesIO()
    planning.write_plan_xlsx(_plan(form), file)
    response = HttpResponse(file.getvalue(), content_type=XLSX_CONTENT_TYPE)
    name = f"plan-{address_part(form.period)}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
