"""Every address of the site: the apps, the sign-in, the legal pages, the back office."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, include, path
from django.views.generic import TemplateView
from django.views.i18n import set_language

from accounts.urls import sign_in_urlpatterns
from config import robots
from trainings.views.legal_pages import legal_page


def legal(address: str, page: str) -> URLPattern:
    """Open to everybody; the page names the address."""
    return path(address, legal_page, {"page": page}, name=page)


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here where a page names no icon, as in the back office."""
    return redirect(static("img/favicon.svg"), permanent=True)


handler500 = "config.outages.broken"

feedback = login_not_required(TemplateView.as_view(template_name="pages/feedback.html"))

urlpatterns = [
    path("", include("trainings.urls")),
    path("", include("certificates.urls")),
    path("", include("evidence.urls")),
    path("", include("accounts.urls")),
    *sign_in_urlpatterns,
    legal("impressum/", "imprint"),
    legal("datenschutz/", "privacy"),
    legal("barrierefreiheit/", "accessibility"),
    path("barriere-melden/", feedback, name="feedback"),
    legal("leichte-sprache/", "easy_language"),
    legal("gebaerdensprache/", "sign_language"),
    path("sprache/", login_not_required(set_language), name="set_language"),
    path("robots.txt", robots.robots, name="robots"),
    path("sitemap.xml", robots.sitemap, name="sitemap"),
    path("favicon.ico", login_not_required(favicon), name="favicon"),
    path("verwaltung/", admin.site.urls),
]
