"""What has a person's calendar been told by mail: CalendarEntry, one row per person and session."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models.session import Session


class CalendarEntry(models.Model):
    """The last invitation or cancellation (RFC 5546) of a session that was mailed to the person."""

    class Status(models.TextChoices):
        """STATUS of the event (RFC 5545, section 3.8.1.11) as it was told."""

        CONFIRMED = "confirmed", _("zugesagt")
        TENTATIVE = "tentative", _("mit Vorbehalt")
        CANCELLED = "cancelled", _("abgesagt")

    person = models.ForeignKey(User, models.CASCADE, related_name="calendar_entries", verbose_name=_("Person"))
    session = models.ForeignKey(Session, models.CASCADE, related_name="calendar_entries", verbose_name=_("Sitzung"))
    status = models.CharField(_("Status"), max_length=10, choices=Status)
    sequence = models.PositiveIntegerField(_("Kalender-Sequenz"))
    told_at = models.DateTimeField(_("mitgeteilt am"), default=timezone.now)

    class Meta:
        verbose_name = _("Kalendereintrag")
        verbose_name_plural = _("Kalendereinträge")
        ordering = ["person", "session"]
        constraints = [
            models.UniqueConstraint(fields=["person", "session"], name="one_calendar_entry_per_person_and_session")
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.session}"
