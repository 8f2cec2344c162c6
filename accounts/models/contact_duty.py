"""For which agencies beside their own does somebody speak?"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.agency import Agency
from accounts.models.user import User


class ContactDuty(models.Model):
    """The person speaks for an agency they do not belong to; counts with the role of a contact, and ends with it.

    For one's own agency there is no row: see ``User.speaks_only_for_others``. ``accounts.people`` alone writes it.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="contact_duties", verbose_name=_("Person"))
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="contact_duties", verbose_name=_("Behörde / Einrichtung")
    )

    class Meta:
        verbose_name = _("Ansprechperson einer weiteren Behörde")
        verbose_name_plural = _("Ansprechpersonen weiterer Behörden")
        ordering = ["person", "agency"]
        constraints = [models.UniqueConstraint(fields=["person", "agency"], name="one_duty_per_person_and_agency")]

    def __str__(self) -> str:
        return f"{self.person}: {self.agency}"
