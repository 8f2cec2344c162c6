"""Who has a place, who waits, and how it came about: Registration and its append-only RegistrationEvent.

Status is written in one place only, ``trainings.booking.transitions``; every test runs under a guard that holds it.
"""

import datetime as dt
from typing import ClassVar

from django.db import connection, models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, AppendOnly, TargetGroup, User

AGENCY_OF_DAY = Coalesce("agency__name", "organisation")  # ``Registration.agency_of_day`` for querysets

# By hand, as occupancy is: who is ``waitlisted`` before the row, by the time they joined the queue.
_AHEAD = """(
    SELECT COUNT(*) FROM trainings_registration AS ahead
    WHERE ahead.run_id = %(expressions)s AND ahead.status = 'waitlisted'
      AND EXISTS (SELECT 1 FROM accounts_user AS person WHERE person.id = ahead.person_id AND person.is_active)
)"""
_BEFORE = " AND (ahead.queued_at, ahead.id) < "
_AHEAD_OF_ONE = _AHEAD % {"expressions": f"%s{_BEFORE}(%s, %s)"}


def _waiting_ahead() -> models.Func:
    joined = models.Func("queued_at", "pk", template="(%(expressions)s)", output_field=models.BooleanField())
    return models.Func(
        models.F("run"), joined, template=_AHEAD, arg_joiner=_BEFORE,
        output_field=models.IntegerField(),
    )  # fmt: skip


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def active(self) -> "RegistrationQuerySet":
        return self.filter(status__in=Registration.ACTIVE)

    def confirmed(self) -> "RegistrationQuerySet":
        return self.filter(status=Registration.Status.CONFIRMED)

    def waitlisted(self) -> "RegistrationQuerySet":
        """Who waits; nobody whose account has ended: they are offered nothing, and nobody waits behind them."""
        return self.filter(status=Registration.Status.WAITLISTED).of_active_people()

    def of_active_people(self) -> "RegistrationQuerySet":
        return self.filter(person__is_active=True)

    def taking_a_place(self) -> "RegistrationQuerySet":
        return self.filter(status__in=Registration.TAKING_A_PLACE)

    def holding(self) -> "RegistrationQuerySet":
        """Places held for a while: until a supervisor decides, or until the person accepts an offer."""
        # Each has an end, by a constraint; the index of these SQLite uses only if it is said.
        return self.filter(status__in=Registration.HOLDING, held_until__isnull=False)

    def asked_to_take_over(self) -> "RegistrationQuerySet":
        """Those who are to have a place that is still somebody else's: they take none of their own yet."""
        return self.holding().filter(substitute_for__status=Registration.Status.CONFIRMED)

    def holding_a_place(self) -> "RegistrationQuerySet":
        """``holding``, without those asked to take over a place."""
        return self.holding().exclude(substitute_for__status=Registration.Status.CONFIRMED)

    def in_queue_order(self) -> "RegistrationQuerySet":
        """Who waits, in the order of the queue; the run's fairness may let others go first."""
        return self.waitlisted().order_by("queued_at", "pk")

    def of_agency(self, agency: Agency) -> "RegistrationQuerySet":
        """Those the agency sent, whoever registered them."""
        return self.filter(agency=agency)

    def with_position(self) -> "RegistrationQuerySet":
        """Count, in the same query, who waits ahead of each waiting registration."""
        return self.annotate(counted_ahead=_waiting_ahead())

    def of(self, person: User) -> "RegistrationQuerySet":
        return self.filter(person=person)

    def for_lists(self) -> "RegistrationQuerySet":
        return self.select_related("run__course", "run__venue", "person", "agency").prefetch_related("run__sessions")


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
    HOLDING: ClassVar = frozenset({Status.REQUESTED, Status.OFFERED})
    TAKING_A_PLACE: ClassVar = frozenset({Status.REQUESTED, Status.OFFERED, Status.CONFIRMED})

    class Source(models.TextChoices):
        """Who made the registration."""

        SELF = "self", _("selbst angemeldet")
        AGENCY = "agency", _("durch die Behörde")
        COORDINATION = "coordination", _("durch die Koordination")
        IMPORT = "import", _("Import")
        WALK_IN = "walk_in", _("vor Ort")

    run = models.ForeignKey("CourseRun", models.PROTECT, related_name="registrations", verbose_name=_("Termin"))
    person = models.ForeignKey(User, models.PROTECT, related_name="registrations", verbose_name=_("Person"))
    status = models.CharField(_("Status"), max_length=12, choices=Status)
    source = models.CharField(_("Herkunft"), max_length=12, choices=Source, default=Source.SELF)
    registered_at = models.DateTimeField(_("angemeldet am"))
    queued_at = models.DateTimeField(
        _("wartet seit"),
        help_text=_("Wonach die Warteliste geordnet ist. Wer vorgezogen wird, steht vor allen anderen."),
    )
    status_changed_at = models.DateTimeField(_("Status seit"))
    held_until = models.DateTimeField(
        _("gehalten bis"),
        null=True,
        blank=True,
        help_text=_("Bis dahin muss zugestimmt oder das Angebot angenommen sein."),
    )
    called_at = models.DateTimeField(
        _("gefragt am"),
        null=True,
        blank=True,
        help_text=_("Seitdem kann die Person einen freien Platz mit einem Klick nehmen."),
    )
    agency = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="registrations",
        verbose_name=_("entsendende Behörde"),
        help_text=_("Die Behörde, der die Person am Tag des Termins angehört."),
    )
    group = models.CharField(
        _("Gruppe"),
        max_length=20,
        choices=TargetGroup,
        blank=True,
        help_text=_("Die Gruppe, der die Person am Tag des Termins angehört."),
    )
    organisation = models.CharField(
        _("angegebene Organisation"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("Die Organisation der Person an diesem Tag, wo keine bekannte Behörde sie entsandt hat."),
    )
    supervisor_email = models.EmailField(_("E-Mail-Adresse der vorgesetzten Person"), blank=True)
    gives_up = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("gibt auf"),
        help_text=_("Endet, sobald dieser Platz sicher ist."),
    )
    substitute_for = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="substitutes", verbose_name=_("anstelle von")
    )
    unanswered_offers = models.PositiveSmallIntegerField(
        _("unbeantwortete Angebote"),
        default=0,
        db_default=0,
        help_text=_("Bleibt auch das zweite ohne Antwort, endet das Warten."),
    )
    needs = models.TextField(
        _("Bedarf"),
        blank=True,
        max_length=1000,
        help_text=_("Sieht nur die Koordination; wird 14 Tage nach dem Termin gelöscht."),
    )

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("Anmeldung")
        verbose_name_plural = _("Anmeldungen")
        ordering = ["registered_at", "pk"]
        indexes = [
            models.Index(fields=["run", "status", "queued_at"]),
            models.Index(fields=["person", "status"]),
            models.Index(fields=["registered_at"], name="registration_registered_at"),
            models.Index(
                fields=["supervisor_email"],
                condition=~models.Q(supervisor_email=""),
                name="registration_supervisor_email",
            ),
            # However long the past is, these are few.
            models.Index(
                fields=["run"],
                condition=models.Q(status__in=["requested", "waitlisted", "offered"]),
                name="registration_undecided",
            ),
            models.Index(fields=["run"], condition=~models.Q(needs=""), name="registration_with_needs"),
            models.Index(fields=["held_until"], condition=models.Q(held_until__isnull=False), name="registration_held"),
            # SQLite takes the index over all rows for one of few values, since most of them are NULL, and passes it by.
            models.Index(
                fields=["substitute_for"],
                condition=models.Q(substitute_for__isnull=False),
                name="registration_substitutes",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "person"],
                condition=models.Q(status__in=["requested", "waitlisted", "offered", "confirmed"]),
                name="one_active_registration_per_person_and_run",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["requested", "offered"], held_until__isnull=False)
                | (~models.Q(status__in=["requested", "offered"]) & models.Q(held_until=None)),
                name="held_place_has_an_end",
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

    @property
    def is_requested(self) -> bool:
        return self.status == self.Status.REQUESTED

    @property
    def is_offered(self) -> bool:
        return self.status == self.Status.OFFERED

    @property
    def is_asked_to_take_over(self) -> bool:
        """Whether the person has still to say if they take over a colleague's place."""
        return self.is_offered and self.substitute_for_id is not None

    def has_run_out(self, at: dt.datetime) -> bool:
        """Whether the time has passed until which the place was held."""
        return self.held_until is not None and self.held_until <= at

    @property
    def takes_a_place(self) -> bool:
        return self.status in self.TAKING_A_PLACE

    @property
    def name_sort_key(self) -> tuple[str, ...]:
        return self.person.name_sort_key

    @property
    def agency_of_day(self) -> str:
        """Who sent the person; where no known agency did, what the person says. The group of that day is ``group``."""
        return self.agency.name if self.agency else self.organisation

    @property
    def needs_no_supervisor(self) -> bool:
        """Whether an agency contact registered the person, or a coordinator overrode the supervisor's approval."""
        if self.source == self.Source.SELF:
            return False
        return self.source == self.Source.AGENCY or not self.supervisor_email

    @property
    def was_named_from_queue(self) -> bool:
        """Whether the agency has given them a place it held, while they waited."""
        is_named = self.is_confirmed and self.queued_at < self.status_changed_at and hasattr(self, "held_place")
        return is_named and self.events.filter(to_status=self.Status.WAITLISTED).exists()

    @property
    def asks_for_approval(self) -> bool:
        """Whether a place is sure only once somebody has approved."""
        return self.run.needs_approval and not self.needs_no_supervisor

    @property
    def is_for_coordinator(self) -> bool:
        """Whether nobody but a coordinator, or the agency's contact, has been asked for the approval."""
        return self.is_requested and not self.supervisor_email

    def can_be_cancelled(self, at: dt.datetime | None = None) -> bool:
        """Whether the person may end it without the coordinator."""
        return self.is_active and self.run.can_be_left(at)

    def may_be_moved(self, at: dt.datetime | None = None) -> bool:
        """Whether the person may exchange the place for one in another run; ``booking.move`` asks more closely."""
        has_place = self.is_confirmed or self.is_requested
        return has_place and self.can_be_cancelled(at) and not self.run.is_cancelled

    def has_personal_code(self, at: dt.datetime | None = None) -> bool:
        """Whether a code of their own serves to check in: there is a room, and the run is not over."""
        run = self.run
        return (
            self.is_confirmed and run.format != run.Format.ONLINE and not run.is_cancelled and not run.is_finished(at)
        )

    @property
    def position(self) -> int | None:
        """Place in the queue, beginning with 1; None unless waiting. Lists use ``with_position``."""
        if not self.is_waiting:
            return None
        if hasattr(self, "counted_ahead"):
            return int(self.counted_ahead) + 1
        joined = connection.ops.adapt_datetimefield_value(self.queued_at)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {_AHEAD_OF_ONE}", [self.run_id, joined, self.pk])
            return int(cursor.fetchone()[0]) + 1


class RegistrationEvent(AppendOnly):
    """One change of status: from, to, by whom, for whom, through which channel, why, when."""

    FREE_TEXTS = ("reason", "actor_email")

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
    actor_email = models.EmailField(
        _("durch (ohne Konto)"), blank=True, help_text=_("Wer über einen Link gehandelt hat, ohne ein Konto zu haben.")
    )
    channel = models.CharField(_("Weg"), max_length=12, choices=Channel)
    overrides = models.CharField(
        _("übergangene Regeln"),
        max_length=200,
        blank=True,
        help_text=_("Wörter der Regeln, über die sich die Koordination mit einem Grund hinweggesetzt hat."),
    )
    reason = models.CharField(_("Grund"), max_length=500, blank=True)
    at = models.DateTimeField(_("am"), default=timezone.now)

    class Meta:
        verbose_name = _("Ereignis")
        verbose_name_plural = _("Verlauf")
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["at"], name="registration_event_at"),
            models.Index(fields=["actor_email"], condition=~models.Q(actor_email=""), name="event_actor_email"),
            models.Index(
                fields=["registration"],
                condition=models.Q(to_status="cancelled") & ~models.Q(channel="automatic") & ~models.Q(reason=""),
                name="event_with_cancelling_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_status or '–'} → {self.to_status}"
