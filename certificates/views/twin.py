"""The HTML version of each PDF: the same text, for reading on a screen or with a screen reader."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from certificates import paper
from certificates.models import Certificate


@require_safe
def show(request: SignedInRequest, number: str) -> HttpResponse:
    known = Certificate.objects.known_to(request.user).defer("pdf", "replaced_by__pdf", "replaced_by__snapshot")
    certificate = get_object_or_404(known.select_related("registration__run", "replaced_by", "ended_by"), number=number)
    context = {
        "certificate": certificate,
        "run": certificate.registration.run,
        "may_have_paper": certificate.is_valid or request.user.is_coordinator,
        "shows_reasons": request.user.is_coordinator,
        "paper": paper.twin_html(certificate.snapshot),
    }
    return render(request, "certificates/paper/twin.html", context)
