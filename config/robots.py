"""What do search engines read of the site: which pages, and which not?"""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps import views as sitemaps
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from trainings.models import Course

# Nothing there is for them. Links with a secret in them say „noindex“ on their own pages: a rule here would name them.
KEPT_OUT = ["/anmelden/", "/verwaltung/", "/sprache/"]


class Pages(Sitemap):  # type: ignore[type-arg]
    protocol = urlsplit(settings.PUBLIC_URL).scheme

    def items(self) -> list[str]:
        return ["trainings:catalogue", "trainings:calendar", "certificates:verify_form"]

    def location(self, item: str) -> str:
        return reverse(item)


class Courses(Sitemap):  # type: ignore[type-arg]
    protocol = urlsplit(settings.PUBLIC_URL).scheme

    def items(self) -> Iterable[Course]:
        return Course.objects.published().order_by("number")

    def lastmod(self, item: Course) -> datetime:
        return item.changed_at


@login_not_required
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    return sitemaps.sitemap(request, {"pages": Pages, "courses": Courses}).render()


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """A demo is nobody's programme."""
    closed = ["/"] if settings.DEMO else KEPT_OUT
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {settings.PUBLIC_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
