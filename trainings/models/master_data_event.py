"""The history of courses, venues, grants, agencies, agreements: who changed what, when, and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trainings.models.run_event import PlanningEvent


class MasterDataEvent(PlanningEvent):
    """One act. Written by ``planning`` alone.

    The row it is about is named by kind and key, not by a foreign key: the entry outlives the row. ``changes`` is a
    list of ``{"field", "old", "new"}`` with plain JSON values.
    """

    class Of(models.TextChoices):
        """Named after the models."""

        COURSE = "course", _("Schulung")
        VENUE = "venue", _("Veranstaltungsort")
        FUNDING = "funding", _("Förderung")
        AGENCY = "agency", _("Behörde / Einrichtung")
        AGREEMENT = "agreement", _("Vereinbarung")

    class What(models.TextChoices):
        CREATED = "created", _("angelegt")
        CHANGED = "changed", _("geändert")
        DELETED = "deleted", _("gelöscht")

    of = models.CharField(_("worüber"), max_length=12, choices=Of)
    key = models.PositiveBigIntegerField(_("Schlüssel"))
    name = models.CharField(_("Bezeichnung"), max_length=300)
    what = models.CharField(_("was"), max_length=12, choices=What)
    changes = models.JSONField(_("Änderungen"), default=list, blank=True)

    class Meta:
        verbose_name = _("Änderung der Stammdaten")
        verbose_name_plural = _("Verlauf der Stammdaten")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["of", "key", "at"])]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_what_display()}"
