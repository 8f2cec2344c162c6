"""Pages on which coordinators keep the indicators of a grant, and see how far they are."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from evidence import history, indicators
from evidence.forms.indicators import IndicatorForm, TargetsForm
from evidence.models import Indicator, ReportingPeriod
from trainings.acts import Act, Channel
from trainings.models import Funding
from trainings.permissions import coordinator_required
from trainings.refusals import Refused
from trainings.reporting import DEFINITIONS
from trainings.views import files
from trainings.views.asking import ask, ticked_doubts


@coordinator_required
@require_safe
def of_grant(request: SignedInRequest, funding: int) -> HttpResponse:
    """Every indicator in every period and in the whole grant."""
    grant = get_object_or_404(Funding, pk=funding)
    periods = list(grant.reporting_periods.order_by("first_on"))
    found = indicators.attainments_of_grant(grant, periods)
    context = {
        "grant": grant,
        "periods": periods,
        "rows": [(one, indicators.in_words(one.indicator)) for one in found],
    }
    return render(request, "evidence/indicators.html", context)


@coordinator_required
def new_indicator(request: SignedInRequest, funding: int) -> HttpResponse:
    """Empty, or as the one of the address is."""
    grant = get_object_or_404(Funding, pk=funding)
    form = IndicatorForm(_typed(request), _to_copy(grant, request.GET.get("kopie", "")))
    doubts = indicators.doubts_about(grant)

    def act() -> str:
        by = Act(request.user, Channel.COORDINATION, overrides=ticked_doubts(request))
        made = indicators.create_indicator(grant, form.cleaned_data, by)
        return _("„%(name)s“ ist angelegt.") % {"name": made}

    context = {"grant": grant, "doubts": doubts, "definitions": _definitions(), "is_new": True}
    return ask(request, "evidence/indicator.html", form, act, reverse("evidence:indicators", args=[grant.pk]), context)


def _to_copy(grant: Funding, key: str) -> Indicator:
    if key.isascii() and key.isdecimal() and len(key) <= 18:
        found = Indicator.objects.filter(funding=grant, pk=int(key)).first()
        if found:
            found.name = _("Kopie von %(name)s") % {"name": found.name}
            return found
    return Indicator(funding=grant)


@coordinator_required
def edit_indicator(request: SignedInRequest, pk: int) -> HttpResponse:
    of = get_object_or_404(Indicator.objects.select_related("funding", "course"), pk=pk)
    fixed = indicators.is_fixed(of)
    form = IndicatorForm(_typed(request), of, fixed=fixed)

    def act() -> str:
        indicators.change_indicator(of, form.changed, Act(request.user, Channel.COORDINATION))
        return _("Gespeichert.")

    if form.is_bound and form.is_valid():
        form.find_collisions(history.last_editor(of))
    context = {
        "grant": of.funding,
        "of": of,
        "fixed": fixed,
        "words": indicators.in_words(of),
        "definitions": _definitions(),
        "history": history.told(of, {name: str(DEFINITIONS[name].label) for name in indicators.COUNTED}),
    }
    return ask(
        request, "evidence/indicator.html", form, act, reverse("evidence:indicators", args=[of.funding_id]), context
    )


@coordinator_required
@require_POST
def remove_indicator(request: SignedInRequest, pk: int) -> HttpResponse:
    of = get_object_or_404(Indicator, pk=pk)
    try:
        indicators.remove_indicator(of, Act(request.user, Channel.COORDINATION))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("„%(name)s“ ist gelöscht.") % {"name": of})
    return redirect("evidence:indicators", of.funding_id)


@coordinator_required
def targets(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is agreed for one period, for all indicators on one page."""
    period = get_object_or_404(ReportingPeriod.objects.select_related("funding"), pk=pk)
    rows = list(Indicator.objects.filter(funding=period.funding).select_related("course").order_by("pk"))
    form = TargetsForm(_typed(request), period, rows)

    def act() -> str:
        indicators.set_targets(period, form.targets, Act(request.user, Channel.COORDINATION))
        return _("Gespeichert.")

    if form.is_bound and form.is_valid():
        event = period.events.select_related("actor").last()
        form.find_collisions(str(event.actor) if event and event.actor else _("Jemand"))
    return ask(request, "evidence/targets.html", form, act, period.get_absolute_url(), {"period": period})


@coordinator_required
@require_safe
def file_of_grant(request: SignedInRequest, funding: int) -> HttpResponse:
    grant = get_object_or_404(Funding, pk=funding)
    found = indicators.attainments_of_grant(grant, grant.reporting_periods.order_by("first_on"))
    attainments = [one for row in found for one in [*row.of_periods, row.total] if one]
    name = slugify(f"indikatoren {grant.grant_number}")
    return files.table(attainments, name, "xlsx", {"xlsx": indicators.write_indicators_xlsx})


@coordinator_required
@require_safe
def file_of_period(request: SignedInRequest, pk: int) -> HttpResponse:
    period = get_object_or_404(ReportingPeriod.objects.select_related("funding"), pk=pk)
    name = slugify(f"indikatoren {period.funding.grant_number} {period.first_on} bis {period.last_on}")
    attainments = indicators.attainments_of_period(period)
    return files.table(attainments, name, "xlsx", {"xlsx": indicators.write_indicators_xlsx})


def _definitions() -> list[object]:
    return [DEFINITIONS[name] for name in indicators.COUNTED]


def _typed(request: HttpRequest) -> object:
    return request.POST if request.method == "POST" else None
