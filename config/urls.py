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


def page(address: str, name: str, template: str) -> URLPattern:
    """A page of fixed text, open to everybody."""
    return path(address, login_not_required(TemplateView.as_view(template_name=f"pages/{template}.html")), name=name)


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here where a page names no icon, as in the back office."""
    return redirect(static("img/favicon.svg"), permanent=True)


urlpatterns = [
    path("", include("trainings.urls")),
    path("", include("certificates.urls")),
    path("", include("accounts.urls")),
    *sign_in_urlpatterns,
    page("impressum/", "imprint", "imprint"),
    page("datenschutz/", "privacy", "privacy"),
    page("barrierefreiheit/", "accessibility", "accessibility"),
    page("barriere-melden/", "feedback", "feedback"),
    page("leichte-sprache/", "easy_language", "easy_language"),
    page("gebaerdensprache/", "sign_language", "sign_language"),
    path("sprache/", login_not_required(set_language), name="set_language"),
    path("favicon.ico", login_not_required(favicon), name="favicon"),
    path("verwaltung/", admin.site.urls),
]
