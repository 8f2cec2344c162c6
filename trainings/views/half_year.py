"""The plan of a half-year: a page, a file, and the programme that is printed from it."""

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from trainings import planning
from trainings.forms.half_year import HalfYearForm, address_part
from trainings.permissions import coordinator_required
from trainings.planning import Form, Plan
from trainings.refusals import Refused
from trainings.reporting import Period
from trainings.views import files

YEARS = range(2000, 2101)
WRITERS = {"xlsx": planning.write_plan_xlsx}
NO_PROGRAMME = "trainings/planning/no_programme.html"


@coordinator_required
@require_safe
def half_year(request: SignedInRequest) -> HttpResponse:
    form = HalfYearForm(request.GET, timezone.localdate())
    context = {
        "form": form,
        "plan": _plan(form) if form.is_valid() else None,
        "by_month": form.is_valid() and form.by_month,
        "query": request.GET.urlencode(),
        "weekdays": WEEKDAYS.values(),
        "printed_forms": Form.choices,
        "languages": settings.LANGUAGES,
    }
    return render(request, "trainings/planning/half_year.html", context)


def _plan(form: HalfYearForm) -> Plan:
    said = form.cleaned_data
    return planning.plan_of(form.period, venue=said["ort"], trainer=said["leitung"])


@coordinator_required
@require_safe
def file_of_half_year(request: SignedInRequest, extension: str) -> HttpResponse:
    """What the page shows; where its address is wrong, the page says so."""
    form = HalfYearForm(request.GET, timezone.localdate())
    if not form.is_valid():
        return redirect(f"{reverse('trainings:half_year')}?{request.GET.urlencode()}")
    return files.table(_plan(form), f"plan-{address_part(form.period)}", extension, WRITERS)


@coordinator_required
@require_safe
def programme(request: SignedInRequest, year: int, half: int, form: str, language: str) -> HttpResponse:
    """The printed programme, or a page that says why there is none."""
    if year not in YEARS or half not in {1, 2} or form not in Form or language not in dict(settings.LANGUAGES):
        raise Http404
    period = Period.half_year(dt.date(year, 6 * half, 1))
    name = f"programm-{address_part(period)}-{form}-{language}"
    try:
        return files.pdf(
            request, name, lambda: planning.programme_pdf(period, Form(form), language), otherwise=NO_PROGRAMME
        )
    except Refused as refused:
        return render(request, NO_PROGRAMME, {"install": "", "why": str(refused)}, status=409)
