"""Who was there: one AttendanceRecord per person and session, and its append-only AttendanceChange.

No record means „not recorded“, which is not „absent“.
"""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models.history import AppendOnly
from trainings.models.registration import Registration
from trainings.models.run import MINUTES_PER_UNIT
from trainings.models.session import Session


class AttendanceRecord(models.Model):
    """``minutes`` are teaching minutes attended, at most the session's ``teaching_minutes``."""

    class Status(models.TextChoices):
        PRESENT = "present", _("anwesend")
        PARTIAL = "partial", _("teilweise")
        EXCUSED = "excused", _("entschuldigt")
        ABSENT = "absent", _("gefehlt")

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="attendance_records", verbose_name=_("Anmeldung")
    )
    session = models.ForeignKey(Session, models.PROTECT, related_name="attendance_records", verbose_name=_("Sitzung"))
    status = models.CharField(_("Anwesenheit"), max_length=10, choices=Status)
    minutes = models.PositiveSmallIntegerField(_("Minuten"))
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("erfasst von"))
    recorded_at = models.DateTimeField(_("erfasst am"), default=timezone.now)

    class Meta:
        verbose_name = _("Anwesenheit")
        verbose_name_plural = _("Anwesenheiten")
        ordering = ["session", "registration"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "session"], name="one_record_per_person_and_session"),
            models.CheckConstraint(
                condition=models.Q(status__in=["present", "partial"], minutes__gt=0)
                | models.Q(status__in=["excused", "absent"], minutes=0),
                name="minutes_only_for_people_who_came",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration.person} · {self.session} · {self.get_status_display()}"

    @property
    def teaching_units(self) -> int:
        return self.minutes // MINUTES_PER_UNIT


class AttendanceChange(AppendOnly):
    """What a record said before and after, who changed it, and why."""

    record = models.ForeignKey(AttendanceRecord, models.PROTECT, related_name="changes", verbose_name=_("Anwesenheit"))
    from_status = models.CharField(_("vorher"), max_length=10, choices=AttendanceRecord.Status, blank=True)
    from_minutes = models.PositiveSmallIntegerField(_("Minuten vorher"), null=True, blank=True)
    to_status = models.CharField(_("nachher"), max_length=10, choices=AttendanceRecord.Status)
    to_minutes = models.PositiveSmallIntegerField(_("Minuten nachher"))
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("durch"))
    reason = models.CharField(_("Grund"), max_length=500, blank=True)
    at = models.DateTimeField(_("am"), default=timezone.now)

    class Meta:
        verbose_name = _("Änderung der Anwesenheit")
        verbose_name_plural = _("Änderungen der Anwesenheit")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.from_status or '–'} → {self.to_status}"
