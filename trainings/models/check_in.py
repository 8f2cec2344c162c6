"""Who says „I am here“ with the code shown in the room: CheckIn, provisional until the heads are counted."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trainings.models.registration import Registration
from trainings.models.session import Session


class CheckIn(models.Model):
    """A person's own statement, once per session. ``network`` and ``device`` tell the trainer what came from where.

    ``network`` is a keyed hash that only tells networks of one session apart; both are emptied when the run is closed.
    """

    class Way(models.TextChoices):
        SCANNED = "scanned", _("QR-Code")
        TYPED = "typed", _("Code getippt")

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="check_ins", verbose_name=_("Anmeldung")
    )
    session = models.ForeignKey(Session, models.PROTECT, related_name="check_ins", verbose_name=_("Sitzung"))
    way = models.CharField(_("Weg"), max_length=10, choices=Way)
    network = models.CharField(_("Netz"), max_length=16, blank=True)
    device = models.CharField(_("Gerät"), max_length=60, blank=True)
    at = models.DateTimeField(_("am"), default=timezone.now)

    class Meta:
        verbose_name = _("Selbst eingecheckt")
        verbose_name_plural = _("Selbst eingecheckt")
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["session"], condition=~models.Q(network="", device=""), name="check_in_with_origin")
        ]
        constraints = [
            models.UniqueConstraint(fields=["registration", "session"], name="one_check_in_per_person_and_session")
        ]

    def __str__(self) -> str:
        return f"{self.registration.person} · {self.session}"
