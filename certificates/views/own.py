"""Pages on which people fetch their certificates."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.requests import SignedInRequest
from certificates import issuing
from certificates.models import Certificate
from trainings import refreshers
from trainings.views import files


@require_safe
def my_certificates(request: SignedInRequest) -> HttpResponse:
    certificates = Certificate.objects.of(request.user).held().without_bytes()
    due = {one.registration.pk: one.due_on for one in refreshers.of_person(request.user)}
    rows = [(one, due.get(one.registration_id) if one.is_valid else None) for one in certificates]
    return render(request, "certificates/issuing/list.html", {"certificates": rows})


@require_safe
def download(request: SignedInRequest, number: str) -> HttpResponse:
    certificate = get_object_or_404(Certificate.objects.visible_to(request.user).with_file(), number=number)
    response = HttpResponse(certificate.pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = _disposition(certificate)
    return response


@require_safe
def all_of_mine(request: SignedInRequest) -> HttpResponse:
    """The files, whenever the person wants them."""
    found = issuing.certificates_of(request.user)
    if not found.exists():
        raise Http404
    audit.record(audit.What.DATA_COPIED, by=request.user, about="bescheinigungen.zip")
    return files.file(issuing.as_zip(found), "bescheinigungen.zip")


def _disposition(certificate: Certificate) -> str:
    """The file's name with the person's, and for old programs one in ASCII (RFC 6266, appendix D)."""
    plain = f"Teilnahmebescheinigung-{certificate.number}"
    named = content_disposition_header(True, f"{plain}-{certificate.snapshot['name'].replace('/', ' ')}.pdf") or ""
    return named.replace("attachment; filename*=", f'attachment; filename="{plain}.pdf"; filename*=')
