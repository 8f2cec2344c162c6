from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Personen und Behörden")

    def ready(self) -> None:
        from accounts import backends, sign_in_events  # noqa: PLC0415  need the models

        backends.grant_coordinators("accounts", to_edit=["user"], to_see=["agency", "agencymaildomain"])
        sign_in_events.connect()
        if settings.SITE_READ_ONLY:  # Django notes every sign-in with the person
            user_logged_in.disconnect(dispatch_uid="update_last_login")
