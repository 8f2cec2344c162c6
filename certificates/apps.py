from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("Teilnahmebescheinigungen")

    def ready(self) -> None:
        from certificates import checks  # noqa: F401, PLC0415  registers itself once the apps are there
