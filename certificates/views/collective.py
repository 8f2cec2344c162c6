"""The confirmation an agency gets for its personnel office: as a page, and as a PDF."""

from functools import partial

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Agency
from accounts.requests import SignedInRequest
from certificates import issuing
from certificates.forms.checking import AgencyPeriodForm
from trainings import agency_choice
from trainings.agency_choice import AgencyChoice
from trainings.forms.figures import PeriodForm, address_of
from trainings.permissions import agency_contact_required, coordinator_required
from trainings.reporting import Period, usual_periods
from trainings.views import files

NO_PAPER = "certificates/issuing/no_paper.html"


@agency_contact_required
@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    form = PeriodForm(_asked(request))
    choice = agency_choice.chosen(request, request.user)
    return _page(request, form, choice.agency, "certificates:collective_file", choice)


@agency_contact_required
@require_safe
def own_file(request: SignedInRequest) -> HttpResponse:
    form = PeriodForm(request.GET or None)
    agency = agency_choice.chosen(request, request.user).agency
    return _file(request, form, agency, "certificates:collective")


@coordinator_required
@require_safe
def of_agency(request: SignedInRequest) -> HttpResponse:
    form = AgencyPeriodForm(_asked(request) if request.GET else None, initial=_asked(request))
    return _page(request, form, form.agency, "certificates:collective_of_agency_file")


@coordinator_required
@require_safe
def of_agency_file(request: SignedInRequest) -> HttpResponse:
    form = AgencyPeriodForm(request.GET or None)
    return _file(request, form, form.agency, "certificates:collective_of_agency")


def _asked(request: SignedInRequest) -> dict[str, str]:
    """The period in the URL; this half-year if there is none."""
    period = Period.half_year(timezone.localdate())
    return {"von": period.first.isoformat(), "bis": period.last.isoformat(), **request.GET.dict()}


def _page(
    request: SignedInRequest, form: PeriodForm, agency: Agency | None, file: str, choice: AgencyChoice | None = None
) -> HttpResponse:
    found = issuing.confirmation(agency, form.period) if agency and form.period else None
    is_said = isinstance(form, AgencyPeriodForm) or (choice is not None and choice.query)
    chosen = f"&behoerde={agency.pk}" if agency and is_said else ""
    usual = [
        (str(period), address_of(period) + chosen, period == form.period)
        for period in usual_periods(timezone.localdate())
    ]
    context = {
        "form": form,
        "agency": agency,
        "choice": choice,
        "confirmation": found,
        "presets": usual,
        "file": f"{reverse(file)}{address_of(found.period)}{chosen}" if found and found.rows else "",
        "is_coordination": isinstance(form, AgencyPeriodForm),
    }
    return render(request, "certificates/issuing/collective.html", context)


def _file(request: SignedInRequest, form: PeriodForm, agency: Agency | None, page: str) -> HttpResponse:
    """The PDF; where something is wrong with what was asked, or nobody took part, the page says so."""
    found = issuing.confirmation(agency, form.period) if agency and form.period else None
    if found is None or not found.rows:
        return redirect(f"{reverse(page)}?{request.GET.urlencode()}")
    name = f"sammelbestaetigung-{found.agency}-{found.period.first}-bis-{found.period.last}"
    make = partial(issuing.confirmation_pdf, found)
    return files.pdf(request, name, make, otherwise=NO_PAPER, paper=_("Sammelbestätigung"))
