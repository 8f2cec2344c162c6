from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.core import checks
from django.db import models


class AdminConfig(DjangoAdminConfig):
    """The admin with this project's sign-in in front of it."""

    default_site = "config.admin.AdminSite"


class SiteConfig(AppConfig):
    """The commands and checks that concern the site as a whole."""

    name = "config"

    def ready(self) -> None:
        from config import catalogues, impossible  # noqa: PLC0415  once the apps are there

        checks.register(catalogues.check)
        models.IntegerField.register_lookup(impossible.AmongNumbers)
        if settings.SENTRY_DSN:
            from config import error_hook  # noqa: PLC0415

            error_hook.start()
