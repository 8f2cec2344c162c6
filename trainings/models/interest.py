"""Who is asked to come, or would like to: Invitation to a run, Interest in a course."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models.catalogue import Course
from trainings.models.run import CourseRun


class Invitation(models.Model):
    """A coordinator asks a person to register for a run; it opens runs held by invitation."""

    run = models.ForeignKey(CourseRun, models.CASCADE, related_name="invitations", verbose_name=_("Termin"))
    person = models.ForeignKey(User, models.CASCADE, related_name="invitations", verbose_name=_("Person"))
    invited_at = models.DateTimeField(_("eingeladen am"), default=timezone.now)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("eingeladen von"))
    reason = models.CharField(_("Grund"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("Einladung")
        verbose_name_plural = _("Einladungen")
        ordering = ["-invited_at"]
        constraints = [models.UniqueConstraint(fields=["run", "person"], name="one_invitation_per_person_and_run")]

    def __str__(self) -> str:
        return f"{self.person} · {self.run}"


class InterestQuerySet(models.QuerySet["Interest"]):
    def open(self) -> "InterestQuerySet":
        """Neither withdrawn nor answered by an invitation or a registration."""
        return self.filter(ended_at=None)


class Interest(models.Model):
    """A person would take part in a course if there were a run that fits."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="interests", verbose_name=_("Schulung"))
    person = models.ForeignKey(User, models.CASCADE, related_name="interests", verbose_name=_("Person"))
    wish = models.CharField(
        _("Was würde passen?"),
        max_length=300,
        blank=True,
        help_text=_("Zum Beispiel: nur vormittags, lieber online, ab März."),
    )
    noted_at = models.DateTimeField(_("vorgemerkt am"), default=timezone.now)
    ended_at = models.DateTimeField(_("beendet am"), null=True, blank=True)
    invitation = models.ForeignKey(
        Invitation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="interests",
        verbose_name=_("beantwortet mit"),
    )

    objects = InterestQuerySet.as_manager()

    class Meta:
        verbose_name = _("Interesse")
        verbose_name_plural = _("Interessen")
        ordering = ["noted_at", "pk"]
        indexes = [models.Index(fields=["ended_at"], condition=~models.Q(wish=""), name="interest_with_wish")]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "person"],
                condition=models.Q(ended_at=None),
                name="one_open_interest_per_person_and_course",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.course}"
