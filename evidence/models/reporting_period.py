"""For which days of a grant is a report handed in, and what became of it?"""

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models import Funding, PlanningEvent
from trainings.reporting import Period


class ReportingPeriod(models.Model):
    """Days of a grant that are reported together, both inclusive. Those of one grant never overlap.

    Frozen from ``handed_in_at`` on: what was handed in is kept as it was, later corrections are listed beside it.
    """

    funding = models.ForeignKey(Funding, models.PROTECT, related_name="reporting_periods", verbose_name=_("Förderung"))
    first_on = models.DateField(_("Erster Tag"))
    last_on = models.DateField(_("Letzter Tag"))
    due_on = models.DateField(
        _("Abgabe bis"), null=True, blank=True, help_text=_("Wann der Nachweis beim Fördermittelgeber sein muss.")
    )
    handed_in_at = models.DateTimeField(_("abgegeben am"), null=True, blank=True, editable=False)
    handed_in_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("abgegeben von")
    )

    class Meta:
        verbose_name = _("Nachweiszeitraum")
        verbose_name_plural = _("Nachweiszeiträume")
        ordering = ["-first_on", "funding"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")), name="reporting_period_ends_after_start"
            ),
            models.UniqueConstraint(fields=["funding", "first_on"], name="reporting_period_begins_once_per_grant"),
            models.CheckConstraint(
                condition=models.Q(handed_in_at=None, handed_in_by=None)
                | models.Q(handed_in_at__isnull=False, handed_in_by__isnull=False),
                name="reporting_period_is_handed_in_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.funding.grant_number}, {self.days}"

    def get_absolute_url(self) -> str:
        return reverse("evidence:period", args=[self.pk])

    @property
    def days(self) -> Period:
        return Period(self.first_on, self.last_on)

    @property
    def is_handed_in(self) -> bool:
        return self.handed_in_at is not None


class ReportingPeriodEvent(PlanningEvent):
    """What was done with a reporting period. Written by ``evidence.periods`` alone.

    ``changes`` is a list of ``{"field", "old", "new"}`` with plain JSON values; ``about`` names what it was done with.
    """

    FREE_TEXTS: ClassVar[tuple[str, ...]] = ("reason", "changes", "about")

    class What(models.TextChoices):
        OPENED = "opened", _("angelegt")
        CHANGED = "changed", _("geändert")
        DOSSIER_ASKED = "dossier_asked", _("Dossier angefordert")
        DOSSIER_MADE = "dossier_made", _("Dossier erstellt")
        DOSSIER_TAKEN = "dossier_taken", _("Dossier heruntergeladen")
        HANDED_IN = "handed_in", _("abgegeben")
        SUPPLEMENTED = "supplemented", _("Nachtrag erstellt")
        DOOR_OPENED = "door_opened", _("Zugang zur Prüfung eingerichtet")
        DOOR_CLOSED = "door_closed", _("Zugang zur Prüfung beendet")
        ASKED = "asked", _("Frage der Prüfung")
        ANSWERED = "answered", _("Frage beantwortet")

    period = models.ForeignKey(
        ReportingPeriod, models.CASCADE, related_name="events", verbose_name=_("Nachweiszeitraum")
    )
    what = models.CharField(_("was"), max_length=20, choices=What)
    about = models.CharField(_("worüber"), max_length=200, blank=True)
    changes = models.JSONField(_("Änderungen"), default=list, blank=True)

    class Meta:
        verbose_name = _("Ereignis eines Nachweiszeitraums")
        verbose_name_plural = _("Verlauf der Nachweiszeiträume")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.period}: {self.get_what_display()}"
