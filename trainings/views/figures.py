"""Pages and files on which coordinators read what the funder asks for."""

import re

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from accounts.models import Agency, TargetGroup
from accounts.requests import SignedInRequest
from trainings.forms.figures import FiguresForm, address_of
from trainings.models import Course, CourseRun
from trainings.permissions import coordinator_required
from trainings.reporting import (
    ATTRIBUTIONS,
    DEFINITIONS,
    NUMBERS_OF,
    OF_A_RUN,
    CountedPart,
    Dimension,
    Figures,
    Period,
    Report,
    Section,
    columns,
    figures_of,
    figures_pdf,
    report_of,
    runs_behind,
    sections_of,
    usual_periods,
    write_figures_csv,
    write_figures_xlsx,
)
from trainings.views import files

NO_PDF = "trainings/reporting/no_figures_pdf.html"
WRITERS = {"csv": write_figures_csv, "xlsx": write_figures_xlsx}
# How an address names a part, and that it is of none.
PARTS = {Dimension.AGENCY: "behoerde", Dimension.GROUP: "gruppe", Dimension.LEVEL: "stufe"}
NONE = "ohne"


@coordinator_required
@require_safe
def of_period(request: SignedInRequest) -> HttpResponse:
    form = _form(request)
    report = _report(form)
    presets = [
        (str(usual), form.address_of(usual), usual == form.period) for usual in usual_periods(timezone.localdate())
    ]
    if report and (grant := report.figures.funding):
        whole = Period(grant.starts_on, grant.ends_on)
        presets.append((gettext("Ganze Förderung"), form.address_of(whole), whole == form.period))
    context: dict[str, object] = {"form": form, "presets": presets, "report": report}
    if report:
        address = _Addresses(report.figures)
        context["query"] = form.address_of(report.figures.period)
        context["addresses"] = [address(figures.period, None, "") for figures in report.both]
        context |= _shown(report, sections_of(report, address))
    return render(request, "trainings/reporting/figures.html", context)


def _form(request: SignedInRequest) -> FiguresForm:
    """The days that the address names, else those of this half-year."""
    if {"von", "bis"} & set(request.GET):
        return FiguresForm(request.GET)
    period = Period.half_year(timezone.localdate())
    return FiguresForm({**request.GET.dict(), "von": period.first.isoformat(), "bis": period.last.isoformat()})


def _report(form: FiguresForm) -> Report | None:
    """None where the form is invalid, and says why."""
    if form.period is None:
        return None
    return report_of(form.period, compared_with=form.compared_with, funding=form.cleaned_data["foerderung"])


@coordinator_required
@require_safe
def of_run(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.select_related("course"), pk=pk)
    report = report_of(Period.of(run), run=run)
    sections = sections_of(report, _no_address, [Dimension.AGENCY, Dimension.GROUP])
    return render(request, "trainings/reporting/figures.html", {"run": run} | _shown(report, sections))


class _Addresses:
    """Where the lists of the runs behind numbers are, of one grant or of all runs."""

    def __init__(self, figures: Figures) -> None:
        grant = f"&foerderung={figures.funding.pk}" if figures.funding else ""
        self._page, self._grant = reverse("trainings:runs_behind"), grant

    def __call__(self, period: Period, part: CountedPart | None, name: str) -> str:
        of = f"&{PARTS[part.dimension]}={part.key or NONE}" if part else ""
        return f"{self._page}{address_of(period)}{self._grant}{of}&zahl={name}"


def _no_address(period: Period, part: CountedPart | None, name: str) -> str:
    """The numbers of one run have no runs behind them."""
    return ""


def _shown(report: Report, sections: list[Section]) -> dict[str, object]:
    return {
        "report": report,
        "sections": sections,
        "columns_of_run": columns(OF_A_RUN),
        "definitions": DEFINITIONS.values(),
        "attributions": ATTRIBUTIONS,
    }


@coordinator_required
@require_safe
def behind(request: SignedInRequest) -> HttpResponse:
    """The runs behind a number. Its address is one of ours; where the days in it are wrong, the figures say so."""
    form = _form(request)
    part, name = _part(request), request.GET.get("zahl", "runs")
    if name not in NUMBERS_OF[part.dimension if part else None]:
        raise Http404
    if form.period is None:
        return redirect(f"{reverse('trainings:figures')}?{request.GET.urlencode()}")
    figures = figures_of(form.period, funding=form.cleaned_data["foerderung"], part=part)
    found = runs_behind(figures, name)
    context = {
        "figures": figures,
        "behind": found,
        "columns": columns(found.names),
        "definition": DEFINITIONS[name],
        "part": _name_of(part) if part else "",
        "query": form.address_of(form.period),
    }
    return render(request, "trainings/reporting/runs_behind.html", context)


def _part(request: SignedInRequest) -> CountedPart | None:
    """The one that the address names first; 404 for a key that can be none."""
    for dimension, name in PARTS.items():
        if (said := request.GET.get(name)) is None:
            continue
        if said == NONE:
            return CountedPart(dimension, "")
        if not said or (dimension == Dimension.AGENCY and not re.fullmatch("[0-9]{1,9}", said)):
            raise Http404
        return CountedPart(dimension, said)
    return None


def _name_of(part: CountedPart) -> str:
    if part.dimension == Dimension.AGENCY:
        return get_object_or_404(Agency, pk=part.key).name if part.key else gettext("ohne Behörde")
    if part.dimension == Dimension.GROUP:
        names = {"": gettext("ohne Angabe")} | {group.value: str(group.label) for group in TargetGroup}
    else:
        names = {level.value: str(level.label) for level in Course.Level}
    if part.key not in names:
        raise Http404
    return names[part.key]


@coordinator_required
@require_safe
def file_of_period(request: SignedInRequest, extension: str) -> HttpResponse:
    """Where the days are wrong, the page says so."""
    report = _report(_form(request))
    if report is None:
        return redirect(f"{reverse('trainings:figures')}?{request.GET.urlencode()}")
    return files.table(report, _file_name("zahlen", report.figures), extension, WRITERS)


@coordinator_required
@require_safe
def printed(request: SignedInRequest) -> HttpResponse:
    """The same on paper, or a page that says why there is none; in the language of the page."""
    report = _report(_form(request))
    if report is None:
        return redirect(f"{reverse('trainings:figures')}?{request.GET.urlencode()}")
    name = _file_name("auswertung", report.figures)
    return files.pdf(request, name, lambda: figures_pdf(report, get_language() or "de"), otherwise=NO_PDF)


def _file_name(what: str, figures: Figures) -> str:
    period, grant = figures.period, figures.funding
    name = f"{what}-{period.first}-bis-{period.last}"
    return f"{name}-{slugify(grant.grant_number)}" if grant else name


@coordinator_required
@require_safe
def file_of_run(request: SignedInRequest, pk: int, extension: str) -> HttpResponse:
    run = get_object_or_404(CourseRun, pk=pk)
    return files.table(report_of(Period.of(run), run=run), f"zahlen-{run.number}", extension, WRITERS)
