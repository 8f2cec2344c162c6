"""Pages behind the links in mails: approve, answer an offer, cancel. GET shows, POST acts; nobody signs in."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


@login_not_required
def approval(request: HttpRequest, token: str) -> HttpResponse:
    raise NotImplementedError


@login_not_required
def offer(request: HttpRequest, token: str) -> HttpResponse:
    raise NotImplementedError


@login_not_required
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    raise NotImplementedError
