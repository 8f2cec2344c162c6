"""What have coordinators written to the people of a run, beside the mails the system writes: Announcement."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models.run import CourseRun


class Announcement(models.Model):
    """A free message, kept as it was written. Its mails are ``messages``, which also say who got it."""

    run = models.ForeignKey(CourseRun, models.PROTECT, related_name="announcements", verbose_name=_("Termin"))
    subject = models.CharField(_("Betreff"), max_length=150)
    text = models.TextField(_("Text"), max_length=5000)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("geschrieben von"))
    written_at = models.DateTimeField(_("geschrieben am"), default=timezone.now)

    class Meta:
        verbose_name = _("freie Nachricht")
        verbose_name_plural = _("freie Nachrichten")
        ordering = ["-written_at", "-pk"]
        indexes = [
            models.Index(
                fields=["written_at"],
                condition=~models.Q(subject="") | ~models.Q(text=""),
                name="announcement_with_text",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject or self._meta.verbose_name} · {self.run}"
