"""Lists of refreshers that are due: of an agency's own people for its contact, of everybody for coordinators."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.names import by_name
from accounts.requests import SignedInRequest
from trainings import agency_choice, refreshers, reporting
from trainings.forms.refreshers import AllRefreshersForm, RefreshersForm
from trainings.models import Registration
from trainings.permissions import agency_contact_required, coordinator_required
from trainings.refreshers import Refresher
from trainings.views import files

PER_PAGE = 100
WRITERS = {"csv": reporting.write_refreshers_csv, "xlsx": reporting.write_refreshers_xlsx}


@agency_contact_required
@require_safe
def of_agency(request: SignedInRequest) -> HttpResponse:
    """By name: whom the agency sent, and who still belongs to it."""
    form, choice = RefreshersForm(request.GET.dict()), agency_choice.chosen(request, request.user)
    found = by_name(refreshers.of_agency(choice.agency, last=form.last))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "trainings/booking/refreshers.html", {"form": form, "choice": choice, "page_obj": page})


@coordinator_required
@require_safe
def of_everybody(request: SignedInRequest) -> HttpResponse:
    form = AllRefreshersForm(request.GET.dict())
    page = Paginator(_found(form), PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "query": request.GET.urlencode()}
    return render(request, "trainings/planning/refreshers.html", context)


@coordinator_required
@require_safe
def file_of_everybody(request: SignedInRequest, extension: str) -> HttpResponse:
    """What the page shows; where its address is wrong, the page says so."""
    form = AllRefreshersForm(request.GET.dict())
    if not form.is_valid():
        return redirect(f"{reverse('trainings:refreshers')}?{request.GET.urlencode()}")
    return files.table(_found(form), f"auffrischungen-{timezone.localdate():%Y-%m-%d}", extension, WRITERS)


def _found(form: AllRefreshersForm) -> list[Refresher]:
    """What is due first, first."""
    rows = Registration.objects.all()
    return refreshers.due(rows.filter(person__agency=form.agency) if form.agency else rows, last=form.last)
