"""Which places are kept for whom: an agency's Contingent of a run, and the HeldPlaces it has yet to name people for."""

import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, User


class ContingentQuerySet(models.QuerySet["Contingent"]):
    def in_force(self, at: dt.datetime | None = None) -> "ContingentQuerySet":
        return self.filter(release_on__gt=timezone.localdate(at))


class Contingent(models.Model):
    """Places of a run reserved for an agency, and the most it may have. On ``release_on`` both end."""

    run = models.ForeignKey("CourseRun", models.CASCADE, related_name="contingents", verbose_name=_("Termin"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="contingents", verbose_name=_("Behörde"))
    reserved = models.PositiveSmallIntegerField(_("Reservierte Plätze"), default=0)
    maximum = models.PositiveSmallIntegerField(
        _("Höchstens"), null=True, blank=True, help_text=_("Leer: ohne Obergrenze.")
    )
    release_on = models.DateField(
        _("Freigabe am"),
        help_text=_("An diesem Tag werden nicht genutzte Plätze für alle frei, und die Obergrenze endet."),
    )

    objects = ContingentQuerySet.as_manager()

    class Meta:
        verbose_name = _("Kontingent")
        verbose_name_plural = _("Kontingente")
        ordering = ["run", "agency__name"]
        constraints = [
            models.UniqueConstraint(fields=["run", "agency"], name="one_contingent_per_agency_and_run"),
            models.CheckConstraint(
                condition=models.Q(maximum=None) | models.Q(maximum__gte=models.F("reserved"), maximum__gt=0),
                name="contingent_maximum_covers_reserved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency.short_name}: {self.reserved}"

    @property
    def name_sort_key(self) -> tuple[str, ...]:
        return self.agency.name_sort_key


class HeldPlaceQuerySet(models.QuerySet["HeldPlace"]):
    def open(self) -> "HeldPlaceQuerySet":
        """Places still held: neither named nor given back."""
        return self.filter(ended_at=None)

    def overdue(self, at: dt.datetime | None = None) -> "HeldPlaceQuerySet":
        return self.open().filter(name_by__lt=timezone.localdate(at))


class HeldPlace(models.Model):
    """A place an agency has taken without saying yet for whom. It counts as taken until it is named or given back."""

    run = models.ForeignKey("CourseRun", models.PROTECT, related_name="held_places", verbose_name=_("Termin"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="held_places", verbose_name=_("Behörde"))
    name_by = models.DateField(_("zu benennen bis"), help_text=_("Einschließlich; danach wird der Platz frei."))
    taken_at = models.DateTimeField(_("genommen am"))
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("genommen von"))
    ended_at = models.DateTimeField(_("beendet am"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("beendet von")
    )
    registration = models.OneToOneField(
        "Registration",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="held_place",
        verbose_name=_("benannt als"),
    )
    reminded_at = models.DateTimeField(_("erinnert am"), null=True, blank=True)

    objects = HeldPlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("Platzhalter")
        verbose_name_plural = _("Platzhalter")
        ordering = ["name_by", "pk"]
        indexes = [
            models.Index(fields=["run", "ended_at"]),
            models.Index(fields=["run"], condition=models.Q(ended_at=None), name="place_still_held"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(registration=None) | models.Q(ended_at__isnull=False), name="named_place_is_ended"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency.short_name}: {self.run}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None
