"""One meeting of a run. Sessions are written by ``planning.scheduling`` alone."""

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models.units import MINUTES_PER_UNIT


def new_calendar_uid() -> str:
    """A UID for RFC 5545: random once, then fixed for ever."""
    return f"{uuid.uuid4()}@miko-trainings"


# How long a trainer's device keeps a list: as long before its session as marks from a device count as said in time.
KEPT_FOR = dt.timedelta(days=3)


class SessionQuerySet(models.QuerySet["Session"]):
    def taking_place(self) -> "SessionQuerySet":
        return self.filter(cancelled_at=None, run__cancelled_at=None)

    def upcoming(self, at: dt.datetime | None = None) -> "SessionQuerySet":
        return self.filter(ends_at__gt=at or timezone.now())

    def taught_by(self, person: User) -> "SessionQuerySet":
        return self.filter(run__trainers=person)

    def with_recorded(self) -> "SessionQuerySet":
        """Count for how many people with a place attendance is recorded, as ``recorded``."""
        confirmed = models.Q(attendance_records__registration__status="confirmed")
        return self.annotate(recorded=models.Count("attendance_records", filter=confirmed))


class Session(models.Model):
    """One meeting of a run. Breaks are not teaching: ``teaching_minutes`` may be less than from start to end."""

    run = models.ForeignKey("CourseRun", models.CASCADE, related_name="sessions", verbose_name=_("Termin"))
    starts_at = models.DateTimeField(_("Beginn"))
    ends_at = models.DateTimeField(_("Ende"))
    teaching_minutes = models.PositiveSmallIntegerField(
        _("Unterrichtsminuten"), help_text=_("Ohne Pausen. Eine Unterrichtseinheit (UE) hat 45 Minuten.")
    )
    room = models.CharField(_("Raum"), max_length=120, blank=True)
    cancelled_at = models.DateTimeField(_("entfällt seit"), null=True, blank=True, editable=False)
    calendar_uid = models.CharField(
        _("Kalender-UID"), max_length=120, unique=True, default=new_calendar_uid, editable=False
    )
    sequence = models.PositiveIntegerField(
        _("Kalender-Sequenz"),
        default=0,
        editable=False,
        help_text=_("Steigt mit jeder Änderung von Zeit, Ort oder Status (RFC 5545)."),
    )
    changed_at = models.DateTimeField(_("geändert am"), default=timezone.now, editable=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Sitzung")
        verbose_name_plural = _("Sitzungen")
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["starts_at"], name="session_starts_at"),
            models.Index(fields=["ends_at"], name="session_ends_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="session_ends_after_start"
            ),
            models.CheckConstraint(condition=models.Q(teaching_minutes__gt=0), name="session_has_teaching_minutes"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.starts_at):%d.%m.%Y %H:%M}"

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def teaching_units(self) -> int:
        return self.teaching_minutes // MINUTES_PER_UNIT

    @property
    def recordable_from(self) -> dt.datetime:
        """Attendance may be marked from an hour before the start."""
        return self.starts_at - dt.timedelta(hours=1)

    def can_be_recorded(self, at: dt.datetime | None = None) -> bool:
        return not self.is_cancelled and (at or timezone.now()) >= self.recordable_from

    def is_at_hand(self, at: dt.datetime | None = None) -> bool:
        """Its list goes along to a room without network: from three days before, until its day is over."""
        at = at or timezone.now()
        is_soon = self.starts_at - at <= KEPT_FOR and timezone.localdate(at) <= timezone.localdate(self.ends_at)
        return is_soon and not self.is_cancelled

    def clean(self) -> None:
        if self.starts_at and self.ends_at:
            if self.ends_at <= self.starts_at:
                raise ValidationError({"ends_at": gettext("Das Ende liegt nicht nach dem Beginn.")})
            duration = (self.ends_at - self.starts_at).total_seconds() / 60
            if self.teaching_minutes and self.teaching_minutes > duration:
                raise ValidationError(
                    {"teaching_minutes": gettext("Das sind mehr Minuten als zwischen Beginn und Ende liegen.")}
                )
