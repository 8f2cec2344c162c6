"""Where is somebody signed in at this moment? SignIn."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User


class SignIn(models.Model):
    """One browser in which somebody is signed in. ``accounts.sign_ins`` alone writes it, and deletes it at the end.

    No network address and no version of the browser: which device it is, people know by its kind and the time.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="sign_ins", verbose_name=_("Person"))
    session_key = models.CharField(_("Sitzungsschlüssel"), max_length=40, unique=True)
    at = models.DateTimeField(_("eingeloggt am"), default=timezone.now)
    device = models.CharField(_("Gerät"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("Eingeloggtes Gerät")
        verbose_name_plural = _("Eingeloggte Geräte")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["at"], name="sign_in_at")]

    def __str__(self) -> str:
        return f"{self.device} · {self.at:%Y-%m-%d %H:%M}"
