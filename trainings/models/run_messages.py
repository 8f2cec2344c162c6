"""What does a run's own mail say, and when: reminders before it, what to bring, and what follows after it."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from trainings.models.catalogue import in_active_language

EARLIEST_REMINDER = 60  # days before the start
MOST_REMINDERS = 4


def validate_reminders(value: str) -> None:
    """Numbers of days, separated by commas. Raises ValidationError."""
    parts = [part.strip() for part in value.split(",")]
    if not all(re.fullmatch("[0-9]{1,2}", part) and 1 <= int(part) <= EARLIEST_REMINDER for part in parts):
        raise ValidationError(
            gettext("Bitte Tage von 1 bis %(most)d nennen, durch Komma getrennt, zum Beispiel: 7, 1.")
            % {"most": EARLIEST_REMINDER}
        )
    if len(set(map(int, parts))) > MOST_REMINDERS:
        raise ValidationError(gettext("Höchstens %(most)d Erinnerungen.") % {"most": MOST_REMINDERS})


class RunMessages(models.Model):
    """Fields of CourseRun for those who have a place."""

    preparation = models.TextField(
        _("Mitbringen oder vorher lesen"), blank=True, help_text=_("Steht in den Erinnerungen vor dem Beginn.")
    )
    preparation_en = models.TextField(_("Mitbringen oder vorher lesen (englisch)"), blank=True)
    reminders = models.CharField(
        _("Erinnerungen"),
        max_length=20,
        blank=True,
        default="7, 1",
        validators=[validate_reminders],
        help_text=_("So viele Tage vor der ersten Sitzung, durch Komma getrennt. Leer: keine."),
    )
    follow_up = models.TextField(
        _("Nach der Schulung"),
        blank=True,
        help_text=_("Steht im Dank nach dem Ende: Unterlagen, Links, wie es weitergeht."),
    )
    follow_up_en = models.TextField(_("Nach der Schulung (englisch)"), blank=True)

    class Meta:
        abstract = True

    @property
    def reminder_days(self) -> list[int]:
        """So many days before the start, the earliest reminder first."""
        return sorted({int(part) for part in self.reminders.split(",") if part.strip()}, reverse=True)

    @property
    def display_preparation(self) -> str:
        return in_active_language(self.preparation, self.preparation_en)

    @property
    def display_follow_up(self) -> str:
        return in_active_language(self.follow_up, self.follow_up_en)
