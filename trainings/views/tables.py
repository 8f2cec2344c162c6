"""Pages on which coordinators bring tables in, after a preview, and take them out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import SignedInRequest
from accounts.tables import (
    CsvFile,
    PersonResource,
    TableResource,
    TableResult,
    XlsxFile,
    fetch_upload,
    forget_upload,
    gone,
    keep_upload,
    read_table,
)
from trainings.forms.tables import TableForm
from trainings.permissions import coordinator_required
from trainings.planning import AgencyResource, CourseResource, RunResource

MOST_PROBLEMS = 200
MOST_CHANGES = 500
FILES = {"xlsx": XlsxFile, "csv": CsvFile}


@dataclass(frozen=True)
class TablePages:
    """``name`` is its word in addresses."""

    name: str
    heading: Any
    resource: Callable[[User], TableResource]

    @property
    def url(self) -> str:
        return reverse("trainings:table", args=[self.name])


KINDS = {
    kind.name: kind
    for kind in (
        TablePages("termine", gettext_lazy("Termine"), lambda user: RunResource()),
        TablePages("schulungen", gettext_lazy("Schulungen"), lambda user: CourseResource()),
        TablePages("behoerden", gettext_lazy("Behörden und Einrichtungen"), lambda user: AgencyResource()),
        TablePages(
            "personen",
            gettext_lazy("Personen"),
            lambda user: PersonResource(),  # coordinators are made on their page, where one shows first who one is
        ),
    )
}


def _kind(name: str) -> TablePages:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


@coordinator_required
def tables(request: SignedInRequest) -> HttpResponse:
    return render(request, "trainings/planning/tables.html", {"kinds": KINDS.values()})


@coordinator_required
def table(request: SignedInRequest, kind: str) -> HttpResponse:
    """Check the file and show what it would change."""
    of = _kind(kind)
    resource, given = of.resource(request.user), (request.POST, request.FILES) if request.method == "POST" else ()
    form, result = TableForm(*given, knows=resource.knows), None
    if form.is_valid():
        result = resource.import_data(form.table, dry_run=True, user=request.user)
        if not result.problems:
            return _preview(request, of, result, keep_upload(form.content) if result.changes else "")
    problems = (
        [(result.cell(row, heading), row, heading, text) for row, heading, text in result.problems] if result else []
    )
    context = {
        "kind": of,
        "form": form,
        "result": result,
        "problems": problems[:MOST_PROBLEMS],
        "columns": resource.columns.values(),
    }
    return render(request, "trainings/planning/table.html", context)


def _preview(
    request: SignedInRequest, of: TablePages, result: TableResult, name: str, *, unconfirmed: bool = False
) -> HttpResponse:
    headings = result.diff_headers
    rows = [(row.import_type, list(zip(headings, row.diff, strict=True))) for row in result.changes[:MOST_CHANGES]]
    context = {
        "kind": of, "result": result, "rows": rows, "headings": headings, "name": name, "unconfirmed": unconfirmed,
        "is_cut": len(result.changes) > MOST_CHANGES,
    }  # fmt: skip
    return render(request, "trainings/planning/table_preview.html", context, status=409 if unconfirmed else 200)


@coordinator_required
@require_POST
def confirm_table(request: SignedInRequest, kind: str) -> HttpResponse:
    """Save what was shown. Between preview and confirmation somebody else may have changed what the rows depend on."""
    of = _kind(kind)
    name = request.POST.get("table", "")
    if (data := fetch_upload(name)) is None:
        messages.error(request, gone())
        return redirect(of.url)
    confirmed, resource = "confirmed" in request.POST, of.resource(request.user)
    if not confirmed:
        checked = resource.import_data(read_table(data, resource.knows), dry_run=True, user=request.user)
        if checked.doubts and not checked.problems:
            return _preview(request, of, checked, name, unconfirmed=True)
    resource = of.resource(request.user)
    result = resource.import_data(read_table(data, resource.knows), user=request.user, confirmed=confirmed)
    if result.problems:
        text = _("Nichts wurde gespeichert: Die Tabelle passt nicht mehr zum Bestand. Bitte prüfen Sie sie erneut.")
        messages.error(request, text)
        return redirect(of.url)
    forget_upload(name)
    messages.success(request, _("Gespeichert: %(new)d neu, %(update)d geändert, %(skip)d unverändert.") % result.totals)
    return HttpResponseRedirect(reverse("trainings:tables"))


@coordinator_required
@require_safe
def table_file(request: SignedInRequest, kind: str, extension: str) -> HttpResponse:
    of = _kind(kind)
    if extension not in FILES:
        raise Http404
    file, resource = FILES[extension](), of.resource(request.user)
    response = HttpResponse(file.export_data(resource.export()), content_type=file.get_content_type())
    name = f"{resource.file_name}-{timezone.localdate():%Y-%m-%d}.{extension}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
