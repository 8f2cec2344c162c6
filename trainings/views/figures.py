"""Pages and files on which coordinators read what the funder asks for."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from trainings.forms.figures import PeriodForm, address_of
from trainings.models import CourseRun
from trainings.permissions import coordinator_required
from trainings.reporting import (
    ATTRIBUTIONS,
    DEFINITIONS,
    OF_A_RUN,
    OF_EVERYTHING,
    OF_PEOPLE,
    Figures,
    Period,
    figures_of,
    usual_periods,
    write_figures_csv,
    write_figures_xlsx,
)
from trainings.views import files

WRITERS = {"csv": write_figures_csv, "xlsx": write_figures_xlsx}


@coordinator_required
@require_safe
def of_period(request: SignedInRequest) -> HttpResponse:
    form = _period_form(request)
    found = figures_of(form.period) if form.period else None
    presets = [(str(usual), address_of(usual), usual == form.period) for usual in usual_periods(timezone.localdate())]
    context = {"form": form, "presets": presets, "query": address_of(found.period) if found else ""}
    return render(request, "trainings/reporting/figures.html", context | _tables(found))


def _period_form(request: SignedInRequest) -> PeriodForm:
    """The days that the address names, else those of this half-year."""
    if {"von", "bis"} & set(request.GET):
        return PeriodForm(request.GET)
    period = Period.half_year(timezone.localdate())
    return PeriodForm({"von": period.first.isoformat(), "bis": period.last.isoformat()})


@coordinator_required
@require_safe
def of_run(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.select_related("course"), pk=pk)
    return render(
        request, "trainings/reporting/figures.html", {"run": run} | _tables(figures_of(Period.of(run), run=run))
    )


def _tables(found: Figures | None) -> dict[str, object]:
    if found is None:
        return {"figures": None}
    return {
        "figures": found,
        "total": list(zip(_labels(OF_EVERYTHING), found.numbers, strict=True)),
        "columns_of_run": _labels(OF_A_RUN),
        "columns_of_people": _labels(OF_PEOPLE),
        "definitions": [*DEFINITIONS.values(), *ATTRIBUTIONS],
    }


def _labels(names: list[str]) -> list[str]:
    """As text: a table of a thousand runs would translate each again in every cell."""
    return [str(DEFINITIONS[name].label) for name in names]


@coordinator_required
@require_safe
def file_of_period(request: SignedInRequest, extension: str) -> HttpResponse:
    """Where the days are wrong, the page says so."""
    period = _period_form(request).period
    if period is None:
        return redirect(f"{reverse('trainings:figures')}?{request.GET.urlencode()}")
    return files.table(figures_of(period), f"zahlen-{period.first}-bis-{period.last}", extension, WRITERS)


@coordinator_required
@require_safe
def file_of_run(request: SignedInRequest, pk: int, extension: str) -> HttpResponse:
    run = get_object_or_404(CourseRun, pk=pk)
    return files.table(figures_of(Period.of(run), run=run), f"zahlen-{run.number}", extension, WRITERS)
