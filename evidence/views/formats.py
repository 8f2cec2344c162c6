"""Pages on which coordinators keep the funder's formats, and the files made by them."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from accounts.tables import Cell
from evidence import formats, history, indicators
from evidence.forms.formats import FormatForm, NewFormatForm, PreviewedPeriodForm
from evidence.models import ExportFormat, ReportingPeriod
from trainings.acts import Act, Channel
from trainings.dates import date_short
from trainings.forms.refusing import show
from trainings.permissions import coordinator_required
from trainings.refusals import Reason, Refused
from trainings.views import files
from trainings.views.asking import ask

WRITERS = {"csv": formats.write_table_csv, "xlsx": formats.write_table_xlsx}


def for_the_funder(period: ReportingPeriod) -> dict[str, object]:
    """What the page of a period shows of formats and indicators."""
    attainments = indicators.attainments_of_period(period)
    return {
        "formats": [(one, formats.stands_against(one, period.funding)) for one in formats.all_formats()],
        "attainments": [(one, indicators.in_words(one.indicator)) for one in attainments],
    }


@coordinator_required
@require_safe
def all_formats(request: SignedInRequest) -> HttpResponse:
    context = {"formats": [(one, formats.broken(one)) for one in formats.all_formats()]}
    return render(request, "evidence/formats.html", context)


@coordinator_required
def new_format(request: SignedInRequest) -> HttpResponse:
    form = NewFormatForm(request.POST if request.method == "POST" else None)
    made: list[ExportFormat] = []

    def act() -> str:
        made.append(formats.create_format(form.cleaned_data, Act(request.user, Channel.COORDINATION)))
        return _("„%(name)s“ ist angelegt. Wählen Sie nun die Spalten.") % {"name": made[0]}

    answer = ask(request, "evidence/new_format.html", form, act, reverse("evidence:formats"), {})
    return redirect(made[0]) if made else answer


@coordinator_required
@require_POST
def copy_format(request: SignedInRequest, code: str) -> HttpResponse:
    copied = formats.copy_format(_format(code), Act(request.user, Channel.COORDINATION))
    messages.success(request, _("„%(name)s“ ist eine Kopie, die Sie anpassen können.") % {"name": copied})
    return redirect(copied)


@coordinator_required
def edit_format(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every button saves what was typed; those of a column do one thing more."""
    of = get_object_or_404(ExportFormat, pk=pk)
    form = FormatForm(request.POST if request.method == "POST" else None, of)
    reasons: list[Reason] = []
    if request.method == "POST" and form.is_valid() and not form.find_collisions(history.last_editor(of)):
        step = _step(request, form)
        try:
            saved = formats.change_format(of, form.edit(step), Act(request.user, Channel.COORDINATION))
        except Refused as refused:
            reasons = show(form, refused)
        else:
            messages.success(request, _("Gespeichert."))
            return redirect(f"{request.get_full_path()}{_place(saved, step)}")
    context = {
        "of": of,
        "form": form,
        "reasons": reasons,
        "broken": formats.broken(of) if of.columns else [],
        "contents": formats.contents_for(of.row),
        "history": history.told(of, formats.labels_of_contents()),
        **_preview(request, of),
    }
    return render(request, "evidence/format.html", context, status=409 if reasons else 200)


def _step(request: HttpRequest, form: FormatForm) -> tuple[str, Any] | None:
    """What the button says that was pressed: „up-3“, „add“."""
    what, _dash, which = request.POST.get("step", "").partition("-")
    if what == formats.ADD:
        return what, form.cleaned_data["new_content"]
    known = what in {formats.UP, formats.DOWN, formats.REMOVE}
    return (what, int(which)) if known and which.isdecimal() and len(which) < 10 else None


def _place(of: ExportFormat, step: tuple[str, Any] | None) -> str:
    """Where the page goes on: at the column that was touched."""
    if not step:
        return ""
    what, which = step
    keys = [column.key for column in of.ordered_columns]
    key = keys[-1] if what == formats.ADD else which
    return f"#spalte-{key}" if key in keys else "#spalten"


def _preview(request: HttpRequest, of: ExportFormat) -> dict[str, object]:
    """The first rows of the period chosen, else of the last one; or why there are none."""
    chosen = PreviewedPeriodForm(request.GET)
    period = chosen.cleaned_data["zeitraum"] if chosen.is_valid() else None
    period = period or ReportingPeriod.objects.select_related("funding").first()
    found: dict[str, object] = {"chosen": PreviewedPeriodForm(initial={"zeitraum": period}), "period": period}
    if period is None:
        return found
    try:
        table = formats.table_of(of, period)
    except Refused as refused:
        return found | {"refusals": refused.reasons}
    rows = [[_shown(of, cell) for cell in row] for row in formats.first_rows(table)]
    return found | {"table": table, "rows": rows}


def _shown(of: ExportFormat, cell: Cell) -> str:
    """As the file will have it."""
    if isinstance(cell, dt.date):
        return date_short(cell)
    if isinstance(cell, Decimal):
        return number_format(cell, use_l10n=True)
    return "" if cell is None else str(cell)


@coordinator_required
@require_POST
def remove_format(request: SignedInRequest, pk: int) -> HttpResponse:
    of = get_object_or_404(ExportFormat, pk=pk)
    try:
        formats.remove_format(of, Act(request.user, Channel.COORDINATION))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("„%(name)s“ ist gelöscht.") % {"name": of})
    return redirect("evidence:formats")


@coordinator_required
@require_safe
def file_of_format(request: SignedInRequest, pk: int, code: str, extension: str) -> HttpResponse:
    """What stands against it is said on the period's page."""
    period = get_object_or_404(ReportingPeriod.objects.select_related("funding"), pk=pk)
    of = _format(code)
    if extension not in WRITERS:
        raise Http404
    try:
        table = formats.table_of(of, period)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(period)
    name = slugify(f"{of} {period.funding.grant_number} {period.first_on} bis {period.last_on}")
    if period.is_handed_in:  # it has the numbers of today
        name = f"{name}-stand-{timezone.localdate()}"
    return files.table(table, name, extension, WRITERS)


def _format(code: str) -> ExportFormat:
    if of := formats.format_of(code):
        return of
    raise Http404
