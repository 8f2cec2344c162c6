"""The history of formats and indicators: who changed what, when, from what to what, and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trainings.models import PlanningEvent


class DefinitionEvent(PlanningEvent):
    """One act. Written by ``evidence.history`` alone.

    The row it is about is named by kind and key, not by a foreign key: the entry outlives the row. ``changes`` is a
    list of ``{"field", "old", "new"}`` with plain JSON values.
    """

    class Of(models.TextChoices):
        """Named after the models."""

        FORMAT = "exportformat", _("Format für den Fördermittelgeber")
        INDICATOR = "indicator", _("Indikator")

    class What(models.TextChoices):
        CREATED = "created", _("angelegt")
        COPIED = "copied", _("als Kopie angelegt")
        CHANGED = "changed", _("geändert")
        DELETED = "deleted", _("gelöscht")

    of = models.CharField(_("worüber"), max_length=12, choices=Of)
    key = models.PositiveBigIntegerField(_("Schlüssel"))
    name = models.CharField(_("Bezeichnung"), max_length=120)
    what = models.CharField(_("was"), max_length=12, choices=What)
    changes = models.JSONField(_("Änderungen"), default=list, blank=True)

    class Meta:
        verbose_name = _("Änderung eines Formats oder Indikators")
        verbose_name_plural = _("Verlauf der Formate und Indikatoren")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["of", "key", "at"])]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_what_display()}"
