"""What is given to the funder about a period: everything in one file, made once and kept as it was."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import LeasedQuerySet, User
from evidence.models.reporting_period import ReportingPeriod
from trainings.reporting import Period


class DossierQuerySet(LeasedQuerySet["Dossier"]):
    def unfinished(self) -> "DossierQuerySet":
        return self.filter(made_at=None, failure="")

    def due(self) -> "DossierQuerySet":
        """To be made now."""
        return self.unleased().unfinished()

    def made(self) -> "DossierQuerySet":
        return self.filter(made_at__isnull=False)

    def kept(self) -> "DossierQuerySet":
        """What the funder has: the one handed in and its supplements. They go with the evidence of the grant."""
        return self.made().filter(models.Q(handed_in_at__isnull=False) | models.Q(supplements__isnull=False))

    def without_facts(self) -> "DossierQuerySet":
        return self.defer("facts")


class Dossier(models.Model):
    """``facts`` are gathered once, at the beginning, so that all files agree; then come its files, then ``made_at``.

    Nobody gets one that is not made. A supplement has what has changed since the dossier it ``supplements``.
    """

    period = models.ForeignKey(
        ReportingPeriod, models.PROTECT, related_name="dossiers", verbose_name=_("Nachweiszeitraum")
    )
    number = models.PositiveSmallIntegerField(_("Nummer"))
    supplements = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="supplement_set", verbose_name=_("Nachtrag zu")
    )
    language = models.CharField(_("Sprache"), max_length=5, choices=settings.LANGUAGES, default="de")
    with_copies = models.BooleanField(_("mit Kopien der Bescheinigungen"), default=False)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("angefordert von"))
    asked_at = models.DateTimeField(_("angefordert am"), default=timezone.now)
    facts = models.JSONField(_("Angaben"), null=True, blank=True, editable=False)
    lacks = models.JSONField(_("Was noch fehlt"), default=list, blank=True, editable=False)  # one line each
    facts_sha256 = models.CharField(_("SHA-256 der Angaben"), max_length=64, blank=True, editable=False)
    runs_total = models.PositiveIntegerField(_("Termine"), default=0)
    runs_done = models.PositiveIntegerField(_("Termine fertig"), default=0)
    made_at = models.DateTimeField(_("erstellt am"), null=True, blank=True)
    size = models.PositiveBigIntegerField(_("Größe"), null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    failure = models.CharField(_("Fehler beim Erstellen"), max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(_("Versuche"), default=0)
    leased_until = models.DateTimeField(_("in Arbeit bis"), null=True, blank=True)
    handed_in_at = models.DateTimeField(_("abgegeben am"), null=True, blank=True)
    handed_in_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("abgegeben von")
    )
    emptied_at = models.DateTimeField(_("Inhalt gelöscht am"), null=True, blank=True)

    objects = DossierQuerySet.as_manager()

    class Meta:
        verbose_name = _("Dossier")
        verbose_name_plural = _("Dossiers")
        ordering = ["period", "number"]
        indexes = [models.Index(fields=["id"], condition=models.Q(made_at=None), name="dossiers_not_made")]
        constraints = [
            models.UniqueConstraint(fields=["period", "number"], name="one_dossier_per_period_and_number"),
            models.UniqueConstraint(
                fields=["period"],
                condition=models.Q(made_at=None, failure=""),
                name="one_dossier_of_a_period_in_the_making",
            ),
            models.UniqueConstraint(
                fields=["period"],
                condition=models.Q(handed_in_at__isnull=False),
                name="one_dossier_of_a_period_is_handed_in",
            ),
            models.CheckConstraint(
                condition=(models.Q(made_at=None, size=None, sha256="") | models.Q(made_at__isnull=False, failure=""))
                & (models.Q(handed_in_at=None) | models.Q(made_at__isnull=False, supplements=None)),
                name="only_a_dossier_that_was_made_is_handed_in",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period}: {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("evidence:dossier", args=[self.period_id, self.number])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self.is_kept:
            raise TypeError("What was handed in is kept until the evidence of the grant is over.")
        return super().delete(*args, **kwargs)

    @property
    def title(self) -> str:
        """In the active language."""
        name = gettext("Nachtrag %(number)d") if self.supplements_id else gettext("Dossier %(number)d")
        return name % {"number": self.number}

    @property
    def days(self) -> Period:
        """Those it is about, without reading all of its facts: its period may have been given others since."""
        first, last = Dossier.objects.filter(pk=self.pk).values_list("facts__first_on", "facts__last_on").get()
        if not first:
            return self.period.days
        return Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last))

    @property
    def grant_number(self) -> str:
        """As it stands in it."""
        said = Dossier.objects.filter(pk=self.pk).values_list("facts__grant__grant_number", flat=True).get()
        return str(said or self.period.funding.grant_number)

    @property
    def is_made(self) -> bool:
        return self.made_at is not None

    @property
    def is_in_the_making(self) -> bool:
        return self.made_at is None and not self.failure

    @property
    def is_handed_in(self) -> bool:
        return self.handed_in_at is not None

    @property
    def is_kept(self) -> bool:
        return self.is_made and (self.is_handed_in or self.supplements_id is not None)

    @property
    def has_files(self) -> bool:
        """Whether it can be taken out."""
        return self.is_made and self.emptied_at is None
