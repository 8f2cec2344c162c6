"""Pages on which coordinators make the dossier of a period, take it out and hand it in, and anybody checks one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import SignedInRequest, client_address
from evidence import dossiers, periods
from evidence.forms.dossiers import CheckForm, DossierForm, HandingInForm
from evidence.models import Dossier, ReportingPeriod
from trainings.acts import Act, Channel
from trainings.permissions import coordinator_required
from trainings.refusals import Refused
from trainings.views.asking import ask, ticked_doubts


def dossiers_context(period: ReportingPeriod) -> dict[str, Any]:
    """What the page of a period shows of its dossiers."""
    made = list(period.dossiers.without_facts().select_related("asked_by").order_by("-number"))
    form = DossierForm(named=period.funding.names_in_reports)
    form.initial["language"] = get_language()
    return {"all": made, "form": form}


@coordinator_required
@require_POST
def new_dossier(request: SignedInRequest, pk: int) -> HttpResponse:
    period = _period(pk)
    form = DossierForm(request.POST, named=period.funding.names_in_reports)
    if not form.is_valid():
        messages.error(request, _("Bitte wählen Sie eine der Sprachen."))
        return redirect(period)
    try:
        dossier = dossiers.ask_for(period, Act(request.user, Channel.COORDINATION), **form.cleaned_data)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(period)
    return redirect(dossier)


@coordinator_required
@require_safe
def dossier(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """How far it is; once it is made, what is in it and what can be done with it."""
    found = _dossier(pk, number)
    files = found.files.without_bytes() if found.is_made else found.files.none()
    context = {
        "dossier": found,
        "days": found.days,
        "period": found.period,
        "files": files,
        "unsound": [file for file in files if not file.is_sound],
        "missing": found.lacks if found.has_files else [],
    }
    return render(request, "evidence/dossier.html", context)


@coordinator_required
@require_POST
def dossier_file(request: SignedInRequest, pk: int, number: int) -> HttpResponseBase:
    found = _dossier(pk, number)
    try:
        content = dossiers.take_out(found, Act(request.user, Channel.COORDINATION))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(found)
    response = StreamingHttpResponse(content, content_type="application/zip")
    response.headers["Content-Length"] = str(found.size)
    response.headers["Content-Disposition"] = content_disposition_header(True, dossiers.file_name_of(found)) or ""
    return response


@coordinator_required
def hand_in(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    found = _dossier(pk, number)
    if found.period.is_handed_in and not found.is_handed_in:
        messages.error(request, str(periods.handed_in()))
    if found.period.is_handed_in or not found.has_files:
        return redirect(found)
    form = HandingInForm(request.POST if request.method == "POST" else None)

    def act() -> str:
        reason, doubts = form.cleaned_data["reason"], ticked_doubts(request)
        dossiers.hand_in(found, Act(request.user, Channel.COORDINATION, reason, doubts))
        return _("Der Zeitraum ist abgegeben. Dieses Dossier bleibt, wie es ist.")

    def context() -> dict[str, object]:
        cautions = dossiers.cautions(found)
        return {
            "dossier": found,
            "period": found.period,
            "cautions": cautions,
            "missing": found.lacks,
        }

    return ask(request, "evidence/hand_in.html", form, act, found.get_absolute_url(), context)


@coordinator_required
@require_safe
def changed_since(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is different from the dossier that was handed in."""
    period = _period(pk)
    before = dossiers.handed_in_of(period)
    if before is None:
        return redirect(period)
    differences, history = dossiers.differences_from(before) if before.has_files else ([], [])
    supplements = list(period.dossiers.without_facts().filter(supplements=before))
    context = {
        "period": period,
        "before": before,
        "differences": differences,
        "history": history,
        "is_new": dossiers.changed_since_last(period) if supplements else bool(differences),
        "supplements": supplements,
    }
    return render(request, "evidence/changed_since.html", context)


@coordinator_required
@require_POST
def new_supplement(request: SignedInRequest, pk: int) -> HttpResponse:
    period = _period(pk)
    try:
        return redirect(dossiers.ask_for_supplement(period, Act(request.user, Channel.COORDINATION)))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("evidence:changed_since", pk=pk)


@login_not_required
@never_cache
@require_http_methods(["HEAD", "GET", "POST"])
def check_dossier(request: HttpRequest) -> HttpResponse:
    """For everybody who has one, so many times a minute; kept by no cache and no search engine."""
    context: dict[str, object] = {"form": CheckForm()}
    status = 200
    if request.method == "POST":
        form = CheckForm(request.POST, request.FILES)
        context = {"form": form}
        if seconds := dossiers.seconds_to_wait(client_address(request)):
            context["minutes"], status = -(-seconds // 60), 429
        elif form.is_valid():
            context |= {"is_asked": True, "dossier": dossiers.dossier_with(str(form.cleaned_data["asked"]))}
    response = render(request, "evidence/check_dossier.html", context, status=status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _period(pk: int) -> ReportingPeriod:
    return get_object_or_404(ReportingPeriod.objects.select_related("funding"), pk=pk)


def _dossier(pk: int, number: int) -> Dossier:
    related = Dossier.objects.select_related("period__funding", "asked_by", "handed_in_by", "supplements")
    return get_object_or_404(related, period=pk, number=number)
