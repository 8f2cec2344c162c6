"""What did an auditor look at, and when? DoorLook."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from evidence.models.auditor_door import AuditorDoor


class DoorLook(models.Model):
    """One page that was opened through a door. Written by ``evidence.doors.looking`` alone."""

    class Page(models.TextChoices):
        ENTERED = "entered", _("Zugang geöffnet")
        OVERVIEW = "overview", _("Übersicht")
        RUNS = "runs", _("Liste der Termine")
        RUN = "run", _("Termin")
        CALLED_OFF = "called_off", _("Abgesagte Termine")
        SCAN = "scan", _("Scan einer Liste")
        QUESTIONS = "questions", _("Fragen und Antworten")

    door = models.ForeignKey(AuditorDoor, models.CASCADE, related_name="looks", verbose_name=_("Prüfzugang"))
    page = models.CharField(_("Seite"), max_length=12, choices=Page)
    about = models.CharField(
        _("worüber"), max_length=60, blank=True, help_text=_("Zum Beispiel die Nummer des Termins.")
    )
    at = models.DateTimeField(_("am"), default=timezone.now)

    class Meta:
        verbose_name = _("Aufruf über einen Prüfzugang")
        verbose_name_plural = _("Aufrufe über Prüfzugänge")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.door}: {self.get_page_display()} {self.about}".strip()
