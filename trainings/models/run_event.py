"""The history of a run: who changed what, when, from what to what, and why."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AppendOnly, User
from trainings.models.registration import RegistrationEvent


class PlanningEvent(AppendOnly):
    """Who did it, by which way, past which warnings, why and when: what an ``Act`` says."""

    FREE_TEXTS: ClassVar[tuple[str, ...]] = ("reason", "changes")

    actor = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("durch"),
        help_text=_("Leer: automatisch."),
    )
    channel = models.CharField(_("Weg"), max_length=12, choices=RegistrationEvent.Channel)
    overrides = models.CharField(
        _("bestätigte Hinweise"),
        max_length=200,
        blank=True,
        help_text=_("Wörter der Hinweise, die bestätigt wurden."),
    )
    reason = models.CharField(_("Grund"), max_length=500, blank=True)
    at = models.DateTimeField(_("am"), default=timezone.now)

    class Meta:
        abstract = True


class RunEvent(PlanningEvent):
    """One act of planning. Written by ``trainings.history`` alone.

    ``changes`` is a list of ``{"field", "session", "old", "new"}``: the name of a field of the run or of one of its
    sessions (its key, None for the run), and plain JSON values as ``history.facts_of`` gives them.
    """

    class What(models.TextChoices):
        CREATED = "created", _("angelegt")
        COPIED = "copied", _("als Kopie angelegt")
        CHANGED = "changed", _("geändert")
        PUBLISHED = "published", _("veröffentlicht")
        WITHDRAWN = "withdrawn", _("zurückgezogen")
        HELD = "held", _("Durchführung trotz Unterschreitung der Mindestzahl beschlossen")
        CALLED_OFF = "called_off", _("abgesagt")
        CLOSED = "closed", _("abgeschlossen")
        REOPENED = "reopened", _("wieder geöffnet")
        REFILED = "refiled", _("Ablage der unterschriebenen Liste geändert")

    run = models.ForeignKey("CourseRun", models.PROTECT, related_name="events", verbose_name=_("Termin"))
    what = models.CharField(_("was"), max_length=12, choices=What)
    changes = models.JSONField(_("Änderungen"), default=list, blank=True)

    class Meta:
        verbose_name = _("Änderung eines Termins")
        verbose_name_plural = _("Verlauf der Planung")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["run", "at"]), models.Index(fields=["at"], name="run_event_at")]

    def __str__(self) -> str:
        return f"{self.run}: {self.get_what_display()}"
