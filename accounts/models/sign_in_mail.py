"""Which mails with a code to sign in with wait for the mail server? SignInMail."""

import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressColumn
from accounts.models.leases import LeasedQuerySet

HOLDS = dt.timedelta(minutes=15)  # as long as the code in it


class SignInMailQuerySet(LeasedQuerySet["SignInMail"]):
    def due(self, at: dt.datetime) -> "SignInMailQuerySet":
        return self.unleased(at).filter(due_at__lte=at)

    def expired(self, at: dt.datetime) -> "SignInMailQuerySet":
        """Their code has ended; or the clock was ahead when they were written."""
        return self.filter(models.Q(queued_at__lte=at - HOLDS) | models.Q(queued_at__gt=at + HOLDS))


class SignInMail(models.Model):
    """There for a second or two: deleted when it has left, and when its code has ended.

    ``accounts.sign_in_mails`` alone writes it. No person: the address is as it was when somebody asked.
    """

    to_email = AddressColumn(_("an"))
    subject = models.CharField(_("Betreff"), max_length=998)
    text = models.TextField(_("Text"))
    html = models.TextField(_("HTML"))
    queued_at = models.DateTimeField(_("eingereiht am"), default=timezone.now)
    due_at = models.DateTimeField(_("fällig am"), default=timezone.now)
    leased_until = models.DateTimeField(_("in Arbeit bis"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("Versuche"), default=0, db_default=0)
    last_error = models.CharField(_("letzter Fehler"), max_length=80, blank=True, default="", db_default="")

    objects = SignInMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("E-Mail mit Code")
        verbose_name_plural = _("E-Mails mit Code")
        ordering = ["queued_at", "pk"]

    def __str__(self) -> str:
        return f"{self.queued_at:%Y-%m-%d %H:%M}"
