"""Pages on which coordinators keep the reporting periods of their grants."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from evidence.completeness import completeness_of
from evidence.doors import doors_of
from evidence.dossiers import handed_in_of, numbers_handed_in
from evidence.forms.periods import ReportingPeriodForm
from evidence.models import ReportingPeriod
from evidence.periods import FIELDS, change_period, open_period, proposed_for
from evidence.periods import remove_period as remove
from evidence.views.dossiers import dossiers_context
from evidence.views.formats import for_the_funder
from trainings.acts import Act, Channel
from trainings.models import Funding
from trainings.permissions import coordinator_required
from trainings.refusals import Refused
from trainings.reporting import DEFINITIONS, OF_EVERYTHING, Figures, Number, figures_of
from trainings.views.asking import ask


@coordinator_required
@require_safe
def periods(request: SignedInRequest) -> HttpResponse:
    """Every grant with its reporting periods, and the half-years that have none yet."""
    grants = Funding.objects.prefetch_related("reporting_periods")
    context = {"grants": [(one, list(one.reporting_periods.all()), proposed_for(one)) for one in grants]}
    return render(request, "evidence/periods.html", context)


@coordinator_required
def new_period(request: SignedInRequest, funding: int) -> HttpResponse:
    """The days of the address, else the first half-year that has none."""
    grant = get_object_or_404(Funding, pk=funding)
    proposed = proposed_for(grant)
    start: dict[str, object] = {"first_on": proposed[0].first, "last_on": proposed[0].last} if proposed else {}
    start |= {name: request.GET[name] for name in FIELDS if name in request.GET}
    form = ReportingPeriodForm(_typed(request), start)

    def act() -> str:
        opened = open_period(grant, form.cleaned_data, Act(request.user, Channel.COORDINATION))
        return _("„%(period)s“ ist angelegt.") % {"period": opened.days}

    context = {"grant": grant, "is_new": True}
    return ask(request, "evidence/period_form.html", form, act, "evidence:periods", context)


@coordinator_required
@require_safe
def period(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is known of the period, what was done with it, and what can be done now."""
    found = _period(pk)
    figures = figures_of(found.days, funding=found.funding)
    context = {
        "period": found,
        "figures": figures,
        "total": _total(found, figures),
        "completeness": completeness_of(found.funding, found.days),
        "doors": doors_of(found),
        "handed_in": handed_in_of(found),
        "for_the_funder": for_the_funder(found),
        "dossiers": dossiers_context(found),
        "history": found.events.select_related("actor").order_by("-at", "-pk"),
    }
    return render(request, "evidence/period.html", context)


def _total(period: ReportingPeriod, figures: Figures) -> list[tuple[object, Number, Number]]:
    """Each as it was handed in, with what it would be today if that is something else; else as it is."""
    today = dict(zip(OF_EVERYTHING, figures.numbers, strict=True))
    said = numbers_handed_in(period) or today
    return [
        (DEFINITIONS[name], said.get(name), today[name] if today[name] != said.get(name) else None)
        for name in OF_EVERYTHING
    ]


@coordinator_required
def edit_period(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _period(pk)
    current = {name: getattr(found, name) for name in FIELDS}
    form = ReportingPeriodForm(_typed(request), current, fixed=found.is_handed_in)

    def act() -> str:
        change_period(found, form.changed, Act(request.user, Channel.COORDINATION))
        return _("Gespeichert.")

    if form.is_bound and form.is_valid():
        form.find_collisions(_last_editor(found))
    context = {"grant": found.funding, "period": found, "is_new": False}
    return ask(request, "evidence/period_form.html", form, act, found.get_absolute_url(), context)


@coordinator_required
@require_POST
def remove_period(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _period(pk)
    try:
        remove(found, Act(request.user, Channel.COORDINATION))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(found)
    messages.success(request, _("„%(period)s“ ist gelöscht.") % {"period": found.days})
    return redirect("evidence:periods")


def _period(pk: int) -> ReportingPeriod:
    return get_object_or_404(ReportingPeriod.objects.select_related("funding", "handed_in_by"), pk=pk)


def _last_editor(found: ReportingPeriod) -> str:
    event = found.events.select_related("actor").last()
    return str(event.actor) if event and event.actor else _("Jemand")


def _typed(request: HttpRequest) -> object:
    return request.POST if request.method == "POST" else None
