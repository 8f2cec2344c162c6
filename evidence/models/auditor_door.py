"""Who from outside may look at the evidence of a period, without an account: AuditorDoor."""

import datetime as dt
import hashlib
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressColumn
from accounts.models import User
from evidence.models.reporting_period import ReportingPeriod


def sha256_of_link(token: str) -> str:
    """In hexadecimal; enough for a secret of 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


class AuditorDoorQuerySet(models.QuerySet["AuditorDoor"]):
    def open(self, at: dt.datetime | None = None) -> "AuditorDoorQuerySet":
        """Whose address is gone gets no code."""
        return self.filter(closed_at=None, ends_on__gte=timezone.localdate(at)).exclude(email="")

    def for_token(self, token: str, at: dt.datetime | None = None) -> "AuditorDoor | None":
        """The open door to which the link leads."""
        found = self.open(at).filter(token_sha256=sha256_of_link(token))
        return found.select_related("period__funding").first()


class AuditorDoor(models.Model):
    """A way for one auditor to the evidence of one period, until a day. Written by ``evidence.doors`` alone.

    Only the digest of the secret in its link is kept, and the link by itself opens nothing: whoever follows it has to
    type a code that goes to ``email``.
    """

    period = models.ForeignKey(
        ReportingPeriod, models.PROTECT, related_name="doors", verbose_name=_("Nachweiszeitraum")
    )
    auditor = models.CharField(
        _("Wer prüft"), max_length=150, help_text=_("Name der Person oder der Stelle, zum Beispiel der Prüfbehörde.")
    )
    email = AddressColumn(
        _("E-Mail-Adresse"),
        blank=True,
        help_text=_(
            "Dorthin gehen der Link und bei jedem Öffnen ein Code. Ohne dieses Postfach öffnet der Link nichts."
        ),
    )
    language = models.CharField(_("Sprache"), max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    with_names = models.BooleanField(_("mit den Namen der Teilnehmenden"), default=False)
    with_scans = models.BooleanField(_("mit den Scans der unterschriebenen Listen"), default=False)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    ends_on = models.DateField(_("Zugang bis"), help_text=_("Einschließlich; danach endet der Zugang von selbst."))
    opened_at = models.DateTimeField(_("eingerichtet am"), default=timezone.now)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("eingerichtet von"))
    closed_at = models.DateTimeField(_("beendet am"), null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("beendet von")
    )

    objects = AuditorDoorQuerySet.as_manager()

    class Meta:
        verbose_name = _("Prüfzugang")
        verbose_name_plural = _("Prüfzugänge")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(with_scans=False) | models.Q(with_names=True), name="scans_at_a_door_show_names"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_by=None)
                | models.Q(closed_at__isnull=False, closed_by__isnull=False),
                name="door_is_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.auditor}" if self.auditor else self.label

    def get_absolute_url(self) -> str:
        return reverse("evidence:door", args=[self.pk])

    @property
    def label(self) -> str:
        """Without a name: for the record of who looked at what."""
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    def is_open(self, at: dt.datetime | None = None) -> bool:
        return not self.is_closed and self.email != "" and self.ends_on >= timezone.localdate(at)

    @property
    def ended_at(self) -> dt.datetime:
        """When nobody came in any more: closed, or the end of its last day."""
        after = dt.datetime.combine(self.ends_on + dt.timedelta(days=1), dt.time(), ZoneInfo(settings.TIME_ZONE))
        return min(self.closed_at, after) if self.closed_at else after

    @property
    def shows_names(self) -> bool:
        """The grant must still say so, whatever was ticked when the door was opened."""
        return self.with_names and self.period.funding.names_in_reports

    @property
    def shows_scans(self) -> bool:
        return self.with_scans and self.shows_names
