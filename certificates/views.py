"""Pages on which certificates are issued, fetched and checked."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest, client_address
from certificates import issuing, verification
from certificates.forms import CodeForm, SurnameForm
from certificates.models import Certificate
from trainings.models import CourseRun
from trainings.permissions import coordinator_required

View = Callable[..., HttpResponse]


@require_safe
def my_certificates(request: SignedInRequest) -> HttpResponse:
    certificates = Certificate.objects.of(request.user).without_bytes()
    # One that was replaced because it could not be printed has never been seen by anybody.
    certificates = certificates.exclude(replaced_at__isnull=False, rendered_at=None)
    return render(request, "certificates/list.html", {"certificates": certificates})


@require_safe
@cache_control(private=True, no_cache=True)
def download(request: SignedInRequest, number: str) -> HttpResponse:
    certificate = get_object_or_404(Certificate.objects.visible_to(request.user).rendered(), number=number)
    response = HttpResponse(certificate.pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = _disposition(certificate)
    return response


def _disposition(certificate: Certificate) -> str:
    """The file's name with the person's, and for old programs one in ASCII (RFC 6266, appendix D)."""
    plain = f"Teilnahmebescheinigung-{certificate.number}"
    named = content_disposition_header(True, f"{plain}-{certificate.snapshot['name'].replace('/', ' ')}.pdf") or ""
    return named.replace("attachment; filename*=", f'attachment; filename="{plain}.pdf"; filename*=')


@coordinator_required
def issue(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    if request.method == "POST":
        try:
            issued = issuing.issue(run, by=request.user)
        except issuing.NotFinished:
            messages.error(request, _("Bescheinigungen gibt es erst, wenn der Termin stattgefunden hat."))
        else:
            messages.success(request, _issued(len(issued)))
        return redirect("certificates:issue", pk=run.pk)
    assessments = issuing.assess(run)
    missing = {session for assessment in assessments for session in assessment.missing}
    held = [assessment.certificate for assessment in assessments if assessment.code == "issued"]
    context = {
        "run": run,
        "assessments": assessments,
        "eligible": [assessment for assessment in assessments if assessment.is_eligible],
        "issued": held,
        "rendered": [certificate for certificate in held if certificate is not None and certificate.is_ready],
        "missing_sessions": sorted(missing, key=lambda session: session.starts_at),
        "can_issue": run.is_finished() and not run.is_cancelled,
    }
    return render(request, "certificates/issue.html", context)


def _issued(number: int) -> str:
    if not number:
        return _("Es gab nichts auszustellen.")
    return ngettext(
        "%(number)d Bescheinigung ist ausgestellt. Die Person erhält eine Nachricht, sobald das PDF fertig ist.",
        "%(number)d Bescheinigungen sind ausgestellt. Die Personen erhalten eine Nachricht, sobald das PDF fertig ist.",
        number,
    ) % {"number": number}


def public_check(view: View) -> View:
    """For everybody, so many times a minute; kept by no cache and no search engine."""

    @login_not_required
    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if verification.may_check(client_address(request)):
            response = view(request, *args, **kwargs)
        else:
            response = render(request, "certificates/too_many_checks.html", status=429)
            response.headers["Retry-After"] = "60"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


@public_check
@require_safe
def verify_form(request: HttpRequest) -> HttpResponse:
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("certificates:verify", code=form.cleaned_data["code"])
    return render(request, "certificates/verify_form.html", {"form": form})


@public_check
def verify(request: HttpRequest, code: str) -> HttpResponse:
    finding = verification.find(code)
    form = SurnameForm(request.POST or None)
    bears_the_name = None
    if finding.certificate is not None and form.is_valid():
        bears_the_name = verification.is_issued_to(finding.certificate, form.cleaned_data["surname"])
    context = {"finding": finding, "certificate": finding.certificate, "form": form, "bears_the_name": bears_the_name}
    return render(request, "certificates/verify.html", context, status=404 if finding.state == "unknown" else 200)
