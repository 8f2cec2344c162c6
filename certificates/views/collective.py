"""The confirmation an agency gets for its personnel office: as a page, and as a PDF."""

import logging
from typing import cast

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.models import Agency
from accounts.requests import SignedInRequest
from certificates import issuing
from certificates.forms.checking import AgencyPeriodForm
from trainings import printing
from trainings.forms.figures import PeriodForm, address_of
from trainings.permissions import agency_contact_required, coordinator_required
from trainings.reporting import Period, usual_periods

logger = logging.getLogger(__name__)


@agency_contact_required
@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    form = PeriodForm(_asked(request))
    agency = cast(Agency, request.user.agency)  # by a database constraint, contacts have an agency
    return _page(request, form, agency, "certificates:collective_file")


@agency_contact_required
@require_safe
def own_file(request: SignedInRequest) -> HttpResponse:
    form = PeriodForm(request.GET or None)
    return _file(request, form, cast(Agency, request.user.agency), "certificates:collective")


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


def _page(request: SignedInRequest, form: PeriodForm, agency: Agency | None, file: str) -> HttpResponse:
    found = issuing.confirmation(agency, form.period) if agency and form.period else None
    chosen = f"&behoerde={agency.pk}" if agency and isinstance(form, AgencyPeriodForm) else ""
    usual = [
        (str(period), address_of(period) + chosen, period == form.period)
        for period in usual_periods(timezone.localdate())
    ]
    context = {
        "form": form,
        "agency": agency,
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
    if missing := printing.missing_packages():
        logger.error(
            "No confirmation can be made: %s is missing. On Debian: %s", ", ".join(missing), printing.INSTALL_PANGO
        )
        return render(request, "certificates/issuing/no_collective.html", status=503)
    from trainings.printing.pdf import NotPrintable  # noqa: PLC0415  needs Pango, which is there, as has just been seen

    try:
        pdf = issuing.confirmation_pdf(found)
    except NotPrintable as error:
        logger.error("A confirmation cannot be printed: %s", error)
        return render(request, "certificates/issuing/no_collective.html", status=503)
    response = HttpResponse(pdf, content_type="application/pdf")
    name = slugify(f"sammelbestaetigung-{found.agency}-{found.period.first}-bis-{found.period.last}")
    response.headers["Content-Disposition"] = content_disposition_header(False, f"{name}.pdf") or "inline"
    return response
