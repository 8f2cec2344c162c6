"""Who was there: one AttendanceRecord per person and session, its append-only AttendanceChange, and the sign-off.

No record means „not recorded“, which is not „absent“. Who is set back to that has no record any more: whoever reads
records need not know of it, and the changes say what stood there, who took it back, and when.
"""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AppendOnly, AppendOnlyQuerySet, User
from trainings.models.registration import Registration, RegistrationEvent
from trainings.models.session import Session
from trainings.models.units import MINUTES_PER_UNIT


class AttendanceRecord(models.Model):
    """``minutes`` are teaching minutes attended, at most the session's ``teaching_minutes``.

    Where a partial record came from somebody late or early gone, ``late_minutes`` and ``early_minutes`` say so.
    ``said_at`` is when it was marked: of two devices, the later mark counts, whichever arrives last.
    """

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
    late_minutes = models.PositiveSmallIntegerField(_("Minuten zu spät"), default=0)
    early_minutes = models.PositiveSmallIntegerField(_("Minuten früher gegangen"), default=0)
    note = models.CharField(
        _("Notiz"),
        max_length=200,
        blank=True,
        help_text=_("Zum Beispiel, womit sich jemand entschuldigt hat. Wird 14 Tage nach dem Termin gelöscht."),
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("erfasst von"))
    recorded_at = models.DateTimeField(_("erfasst am"), default=timezone.now)
    said_at = models.DateTimeField(_("markiert am"), default=timezone.now)

    class Meta:
        verbose_name = _("Anwesenheit")
        verbose_name_plural = _("Anwesenheiten")
        ordering = ["session", "registration"]
        indexes = [models.Index(fields=["session"], condition=~models.Q(note=""), name="attendance_with_note")]
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
    def partial_minutes(self) -> int | None:
        """How long somebody was there who was not there all the time."""
        return self.minutes if self.status == self.Status.PARTIAL else None

    @property
    def teaching_units(self) -> int:
        return self.minutes // MINUTES_PER_UNIT


class AttendanceChangeQuerySet(AppendOnlyQuerySet):
    def corrections(self) -> "AttendanceChangeQuerySet":
        """Changes of something that was recorded before, also those that came too late to count."""
        return self.exclude(from_status="")


class AttendanceChange(AppendOnly):
    """What was recorded of a person before and after, who changed it, and why; no status is „not recorded“.

    ``tap`` is the name a device gave to the mark, so that one sent twice counts once. One that arrived after a later
    mark of another device changes nothing; it is kept here as well, and ``overruled_status`` says what it was: None for
    those that counted, no status for „not recorded“.
    """

    FREE_TEXTS = ("reason",)

    # Null only in rows that the version before wrote while an upgrade ran.
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, related_name="attendance_changes", verbose_name=_("Anmeldung")
    )
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, related_name="attendance_changes", verbose_name=_("Sitzung")
    )
    # Given up: the version before reads it. Goes with the next migration.
    record = models.ForeignKey(
        AttendanceRecord, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, editable=False
    )
    from_status = models.CharField(_("vorher"), max_length=10, choices=AttendanceRecord.Status, blank=True)
    from_minutes = models.PositiveSmallIntegerField(_("Minuten vorher"), null=True, blank=True)
    to_status = models.CharField(_("nachher"), max_length=10, choices=AttendanceRecord.Status, blank=True)
    to_minutes = models.PositiveSmallIntegerField(_("Minuten nachher"), null=True, blank=True)
    overruled_status = models.CharField(  # noqa: DJ001 (the empty text has a meaning of its own)
        _("galt nicht"), max_length=10, choices=AttendanceRecord.Status, null=True, blank=True
    )
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("durch"))
    # Empty where nobody had kept it. What one act recorded through a channel has the same ``at``.
    channel = models.CharField(
        _("Weg"), max_length=12, choices=RegistrationEvent.Channel, blank=True, default="", db_default=""
    )
    reason = models.CharField(_("Grund"), max_length=500, blank=True)
    at = models.DateTimeField(_("am"), default=timezone.now)
    said_at = models.DateTimeField(_("markiert am"), default=timezone.now)
    tap = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar = AttendanceChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("Änderung der Anwesenheit")
        verbose_name_plural = _("Änderungen der Anwesenheit")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["at"], name="attendance_change_at")]

    def __str__(self) -> str:
        return f"{self.from_status or '–'} → {self.to_status or '–'}"

    @property
    def counts(self) -> bool:
        """It did not arrive after a later mark."""
        return self.overruled_status is None


class Submission(AppendOnly):
    """The trainer says that a session's list is complete, and how many teaching minutes were taught."""

    FREE_TEXTS = ("remark",)

    session = models.ForeignKey(Session, models.PROTECT, related_name="submissions", verbose_name=_("Sitzung"))
    planned_minutes = models.PositiveSmallIntegerField(_("geplante Unterrichtsminuten"))
    taught_minutes = models.PositiveSmallIntegerField(_("gehaltene Unterrichtsminuten"))
    remark = models.CharField(_("Bemerkung"), max_length=500, blank=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("abgegeben von"))
    submitted_at = models.DateTimeField(_("abgegeben am"), default=timezone.now)

    class Meta:
        verbose_name = _("Abgabe der Liste")
        verbose_name_plural = _("Abgaben der Listen")
        ordering = ["submitted_at", "pk"]

    def __str__(self) -> str:
        return f"{self.session} · {self.taught_minutes}"
