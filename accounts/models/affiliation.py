"""Which agency, and which group, did a person belong to on a day?"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.agency import Agency
from accounts.models.user import TargetGroup, User


class Affiliation(models.Model):
    """From this day on the person belongs to the agency and the group; until the day of the next row.

    Somebody who has never changed has none: ``User.agency`` and ``User.group`` hold for every day.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="affiliations", verbose_name=_("Person"))
    since = models.DateField(_("seit"))
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Behörde / Einrichtung")
    )
    organisation = models.CharField(_("Angegebene Organisation"), max_length=200, blank=True)
    group = models.CharField(_("Gruppe"), max_length=20, choices=TargetGroup, blank=True)

    class Meta:
        verbose_name = _("Zugehörigkeit")
        verbose_name_plural = _("Zugehörigkeiten")
        ordering = ["person", "since"]
        constraints = [
            models.UniqueConstraint(fields=["person", "since"], name="one_affiliation_per_person_and_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.agency_name} ({self.since})"

    @property
    def agency_name(self) -> str:
        return self.agency.name if self.agency else self.organisation
