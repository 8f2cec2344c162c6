"""Who has a place, who waits, and how it came about: Registration and its append-only RegistrationEvent.

Status is written in one place only, ``trainings.booking``; a test reads the source for others.
"""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models.history import AppendOnly
from trainings.models.run import CourseRun

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from trainings.models.attendance import AttendanceRecord


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def active(self) -> "RegistrationQuerySet":
        return self.filter(status__in=Registration.ACTIVE)

    def confirmed(self) -> "RegistrationQuerySet":
        return self.filter(status=Registration.Status.CONFIRMED)

    def waitlisted(self) -> "RegistrationQuerySet":
        return self.filter(status=Registration.Status.WAITLISTED)

    def taking_a_place(self) -> "RegistrationQuerySet":
        return self.filter(status__in=Registration.TAKING_A_PLACE)

    def in_queue_order(self) -> "RegistrationQuerySet":
        return self.waitlisted().order_by("registered_at", "pk")

    def with_position(self) -> "RegistrationQuerySet":
        """Count, in the same query, who waits ahead of each waiting registration."""
        ahead = (
            Registration.objects.waitlisted()
            .filter(run=models.OuterRef("run"))
            .filter(
                models.Q(registered_at__lt=models.OuterRef("registered_at"))
                | models.Q(registered_at=models.OuterRef("registered_at"), pk__lt=models.OuterRef("pk"))
            )
            .order_by()
            .values("run")
            .annotate(n=models.Count("pk"))
            .values("n")
        )
        return self.annotate(counted_ahead=Coalesce(models.Subquery(ahead), 0, output_field=models.IntegerField()))

    def of(self, person: User) -> "RegistrationQuerySet":
        return self.filter(person=person)

    def for_lists(self) -> "RegistrationQuerySet":
        return self.select_related("run__course", "run__venue", "person__agency").prefetch_related("run__sessions")


class Registration(models.Model):
    """One person's place, or position in the queue, in a run. Ended ones stay; registering again is a new row."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Freigabe angefragt")
        WAITLISTED = "waitlisted", _("Warteliste")
        OFFERED = "offered", _("Platz angeboten")
        CONFIRMED = "confirmed", _("bestätigt")
        DECLINED = "declined", _("abgelehnt")
        CANCELLED = "cancelled", _("abgemeldet")
        EXPIRED = "expired", _("verfallen")

    ACTIVE: ClassVar = frozenset({Status.REQUESTED, Status.WAITLISTED, Status.OFFERED, Status.CONFIRMED})
    TAKING_A_PLACE: ClassVar = frozenset({Status.REQUESTED, Status.OFFERED, Status.CONFIRMED})

    class Source(models.TextChoices):
        """Who brought the registration about."""

        SELF = "self", _("selbst angemeldet")
        AGENCY = "agency", _("durch die Behörde")
        COORDINATION = "coordination", _("durch die Koordination")
        IMPORT = "import", _("Import")
        WALK_IN = "walk_in", _("vor Ort")

    run = models.ForeignKey(CourseRun, models.PROTECT, related_name="registrations", verbose_name=_("Termin"))
    person = models.ForeignKey(User, models.PROTECT, related_name="registrations", verbose_name=_("Person"))
    status = models.CharField(_("Status"), max_length=12, choices=Status)
    source = models.CharField(_("Herkunft"), max_length=12, choices=Source, default=Source.SELF)
    registered_at = models.DateTimeField(_("angemeldet am"))
    status_changed_at = models.DateTimeField(_("Status seit"))
    offer_expires_at = models.DateTimeField(_("Angebot gilt bis"), null=True, blank=True)
    needs = models.TextField(
        _("Bedarf"),
        blank=True,
        max_length=1000,
        help_text=_("Sieht nur die Koordination; wird 14 Tage nach dem Termin gelöscht."),
    )

    objects = RegistrationQuerySet.as_manager()
    if TYPE_CHECKING:
        events: RelatedManager["RegistrationEvent"]
        attendance_records: RelatedManager["AttendanceRecord"]

    class Meta:
        verbose_name = _("Anmeldung")
        verbose_name_plural = _("Anmeldungen")
        ordering = ["registered_at", "pk"]
        indexes = [models.Index(fields=["run", "status", "registered_at"]), models.Index(fields=["person", "status"])]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "person"],
                condition=models.Q(status__in=["requested", "waitlisted", "offered", "confirmed"]),
                name="one_active_registration_per_person_and_run",
            ),
            models.CheckConstraint(
                condition=models.Q(status="offered", offer_expires_at__isnull=False)
                | (~models.Q(status="offered") & models.Q(offer_expires_at=None)),
                name="offered_has_an_expiry",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["requested", "waitlisted", "offered", "confirmed", "declined", "cancelled", "expired"]
                ),
                name="registration_status_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.run}"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def is_confirmed(self) -> bool:
        return self.status == self.Status.CONFIRMED

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITLISTED

    def can_be_cancelled(self, at: dt.datetime | None = None) -> bool:
        """Whether the person may end it without the coordinator."""
        return self.is_active and self.run.can_be_left(at)

    @property
    def position(self) -> int | None:
        """Place in the queue, beginning with 1; None unless waiting. Lists use ``with_position``."""
        if not self.is_waiting:
            return None
        if hasattr(self, "counted_ahead"):
            return int(self.counted_ahead) + 1
        ahead = Registration.objects.waitlisted().filter(run=self.run_id)
        earlier = models.Q(registered_at__lt=self.registered_at)
        return ahead.filter(earlier | models.Q(registered_at=self.registered_at, pk__lt=self.pk)).count() + 1


class RegistrationEvent(AppendOnly):
    """One change of status: from, to, by whom, for whom, through which channel, why, when."""

    class Channel(models.TextChoices):
        WEB = "web", _("Website")
        LINK = "link", _("Link in einer E-Mail")
        COORDINATION = "coordination", _("Koordination")
        IMPORT = "import", _("Import")
        AUTOMATIC = "automatic", _("automatisch")

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="events", verbose_name=_("Anmeldung"))
    from_status = models.CharField(_("von"), max_length=12, choices=Registration.Status, blank=True)
    to_status = models.CharField(_("nach"), max_length=12, choices=Registration.Status)
    actor = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("durch"),
        help_text=_("Leer: automatisch."),
    )
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("im Namen von")
    )
    channel = models.CharField(_("Weg"), max_length=12, choices=Channel)
    reason = models.CharField(_("Grund"), max_length=500, blank=True)
    at = models.DateTimeField(_("am"), default=timezone.now)

    class Meta:
        verbose_name = _("Ereignis")
        verbose_name_plural = _("Verlauf")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.from_status or '–'} → {self.to_status}"
