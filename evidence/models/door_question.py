"""What does an auditor ask, and what was answered? DoorQuestion."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from evidence.models.auditor_door import AuditorDoor
from trainings.models import CourseRun

MOST_CHARACTERS = 2000


class DoorQuestionQuerySet(models.QuerySet["DoorQuestion"]):
    def open(self) -> "DoorQuestionQuerySet":
        return self.filter(answered_at=None)


class DoorQuestion(models.Model):
    """Seen by coordinators and at the door it came from. Written by ``evidence.doors.questions`` alone."""

    class Page(models.TextChoices):
        """Where it was asked, and where the answer is shown."""

        OVERVIEW = "overview", _("Übersicht")
        RUNS = "runs", _("Liste der Termine")
        RUN = "run", _("Termin")
        CALLED_OFF = "called_off", _("Abgesagte Termine")

    door = models.ForeignKey(AuditorDoor, models.PROTECT, related_name="questions", verbose_name=_("Prüfzugang"))
    page = models.CharField(_("Seite"), max_length=12, choices=Page)
    run = models.ForeignKey(
        CourseRun, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Termin")
    )
    text = models.TextField(_("Frage"), max_length=MOST_CHARACTERS)
    asked_at = models.DateTimeField(_("gestellt am"), default=timezone.now)
    answer = models.TextField(_("Antwort"), max_length=MOST_CHARACTERS, blank=True)
    answered_at = models.DateTimeField(_("beantwortet am"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("beantwortet von")
    )

    objects = DoorQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Frage der Prüfung")
        verbose_name_plural = _("Fragen der Prüfung")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_at=None, answered_by=None, answer="")
                | models.Q(answered_at__isnull=False, answered_by__isnull=False),
                name="door_question_is_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(page="run", run__isnull=False) | (~models.Q(page="run") & models.Q(run=None)),
                name="door_question_of_a_run_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.door} ({self.pk})"

    @property
    def is_answered(self) -> bool:
        return self.answered_at is not None

    @property
    def where(self) -> str:
        """„Termin 2026-014“, „Übersicht“."""
        return f"{self.get_page_display()} {self.run.number}" if self.run else self.get_page_display()
