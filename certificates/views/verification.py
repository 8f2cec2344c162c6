"""Pages on which anybody checks a certificate."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import client_address
from certificates import proof
from certificates.forms.checking import CertificateCodeForm, FileForm, SurnameForm

View = Callable[..., HttpResponse]


def public_check(view: View) -> View:
    """For everybody, so many times a minute; kept by no cache and no search engine."""

    @login_not_required
    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        compared_with = kwargs.get("code", "") if request.method == "POST" else ""
        if seconds := proof.seconds_to_wait(client_address(request), compared_with):
            context = {"minutes": -(-seconds // 60)}
            response = render(request, "certificates/proof/too_many_checks.html", context, status=429)
            response.headers["Retry-After"] = str(seconds)
        else:
            response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


@public_check
@require_safe
def verify_form(request: HttpRequest) -> HttpResponse:
    form = CertificateCodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("certificates:verify", code=form.cleaned_data["code"])
    return render(request, "certificates/proof/verify_form.html", {"form": form})


@public_check
@require_http_methods(["HEAD", "GET", "POST"])
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """For an unknown code the same work is done on a dummy certificate, so that timing reveals nothing."""
    finding = proof.find_certificate(code)
    certificate = finding.certificate or proof.NOBODYS
    form = SurnameForm(request.POST or None)
    bears_the_name = None
    if form.is_valid():
        bears_the_name = proof.is_issued_to(certificate, form.cleaned_data["surname"])
    of_certificate = {"certificate": certificate, "form": form, "bears_the_name": bears_the_name}
    verified = render_to_string("certificates/proof/_verified.html", of_certificate, request)
    context = {
        "finding": finding,
        "certificate": finding.certificate,
        "form": form,
        "verified": verified if finding.certificate else "",
    }
    return render(request, "certificates/proof/verify.html", context, status=404 if finding.state == "unknown" else 200)


@public_check
@require_POST
def compare_file(request: HttpRequest, code: str) -> HttpResponse:
    """``{"is_the_file": true}`` or false, for the script of the page; the browser sends the file's SHA-256 alone."""
    certificate = proof.find_certificate(code).certificate
    form = FileForm(request.POST)
    if certificate is None:
        return JsonResponse({"error": "unknown code"}, status=404)
    if not form.is_valid():
        return JsonResponse({"error": "not a SHA-256"}, status=400)
    return JsonResponse({"is_the_file": proof.is_the_file(certificate, form.cleaned_data["sha256"])})
