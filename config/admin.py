"""The back office for master data: Django's admin, entered through the ordinary sign-in."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _


class AdminSite(admin.AdminSite):
    site_header = _("Stammdaten")
    site_title = _("Stammdaten")
    index_title = _("Stammdaten der Schulungen")

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """There is no password to ask for: send people to the sign-in by e-mail code."""
        if request.user.is_authenticated:
            return super().login(request, extra_context)
        return redirect_to_login(
            request.GET.get("next", resolve_url("admin:index")), resolve_url(settings.LOGIN_URL)
        )
