"""When is a course held, how many may come, and how full is it: CourseRun.

``trainings.planning.scheduling`` keeps ``starts_at`` and ``ends_at`` equal to the first start and the last end of the
sessions that take place.
"""

import datetime as dt
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, User
from accounts.names import by_name
from trainings.models.catalogue import Course, Funding, Venue, in_active_language
from trainings.models.minutes import minutes_held
from trainings.models.occupancy import people_waiting, places_reserved, places_taken
from trainings.models.policies import RunPolicies
from trainings.models.registration import Registration
from trainings.models.run_messages import RunMessages
from trainings.models.run_state import RunState
from trainings.models.session import Session
from trainings.models.units import MINUTES_PER_UNIT

# From one trainer to the next by the index: a DISTINCT reads every run there ever was.
_TRAINERS = """
    WITH RECURSIVE trainer AS (
        SELECT MIN(user_id) AS id FROM trainings_courserun_trainers
        UNION ALL
        SELECT (SELECT MIN(user_id) FROM trainings_courserun_trainers WHERE user_id > trainer.id)
        FROM trainer WHERE trainer.id IS NOT NULL
    )
    SELECT id FROM trainer WHERE id IS NOT NULL
"""


def teaching() -> models.QuerySet[User]:
    """Who leads a run, or has led one. Not lazy: their keys are read when it is called."""
    with connection.cursor() as cursor:
        cursor.execute(_TRAINERS)
        return User.objects.filter(pk__in=[key for (key,) in cursor.fetchall()])


def _is_published(at: dt.datetime | None) -> models.Q:
    at = at or timezone.now()
    return models.Q(published_at__lte=at, course__published_at__lte=at)


def _is_for_everybody() -> models.Q:
    return ~models.Q(visibility=CourseRun.Visibility.AGENCIES)


def _is_visible_to(agencies: "Collection[int] | models.QuerySet[Agency]") -> models.Q:
    held_for_them = CourseRun.agencies.through.objects.filter(courserun=models.OuterRef("pk"), agency__in=agencies)
    return _is_for_everybody() | models.Q(models.Exists(held_for_them))


class CourseRunQuerySet(models.QuerySet["CourseRun"]):
    def published(self, at: dt.datetime | None = None) -> "CourseRunQuerySet":
        """Runs the public may see, cancelled ones included."""
        return self.filter(_is_published(at))

    def taking_place(self) -> "CourseRunQuerySet":
        return self.filter(cancelled_at=None)

    def upcoming(self, at: dt.datetime | None = None) -> "CourseRunQuerySet":
        return self.filter(starts_at__gt=at or timezone.now())

    def not_finished(self, at: dt.datetime | None = None) -> "CourseRunQuerySet":
        return self.filter(ends_at__gt=at or timezone.now())

    def finished(self, at: dt.datetime | None = None) -> "CourseRunQuerySet":
        return self.filter(ends_at__lte=at or timezone.now())

    def taught_by(self, person: User) -> "CourseRunQuerySet":
        return self.filter(trainers=person)  # each once: nobody leads a run twice

    def coordinated_by(self, person: User) -> "CourseRunQuerySet":
        return self.filter(coordinator=person)

    def nobodys(self) -> "CourseRunQuerySet":
        """Without a coordinator, or with one who no longer is."""
        return self.exclude(coordinator__in=User.objects.coordinators())

    def visible_to(self, person: User | None) -> "CourseRunQuerySet":
        """Leave out runs held for other agencies; runs by invitation are listed as such."""
        everybody = _is_for_everybody()
        if person is None or not person.is_authenticated:
            return self.filter(everybody)
        if person.is_coordinator:
            return self
        return self.filter(everybody) if person.agency_id is None else self.visible_to_agencies([person.agency_id])

    def visible_to_agencies(self, agencies: "Collection[int] | models.QuerySet[Agency]") -> "CourseRunQuerySet":
        """Leave out runs held for others than any of these."""
        return self.filter(_is_visible_to(agencies))

    def shown_to_agencies(self, agencies: "Collection[int]", at: dt.datetime | None = None) -> "CourseRunQuerySet":
        """The programme as these agencies see it, and whatever they have people in."""
        sent_to = Registration.objects.filter(agency__in=agencies, run=models.OuterRef("pk"))
        return self.filter((_is_published(at) & _is_visible_to(agencies)) | models.Exists(sent_to))

    def with_occupancy(self) -> "CourseRunQuerySet":
        """Count taken places, waiting people, and places reserved for agencies, in the same query."""
        return self.annotate(  # type: ignore[no-redef]
            counted_taken=places_taken(), counted_waiting=people_waiting(), counted_reserved=places_reserved()
        )

    def under_filled(self) -> "CourseRunQuerySet":
        """Runs that have not reached their minimum number."""
        return self.with_occupancy().filter(models.Q(counted_taken__lt=models.F("minimum_number")))

    def to_decide(self, until: dt.date, at: dt.datetime | None = None) -> "CourseRunQuerySet":
        """Under-filled runs to come, to be decided on until that day, that nobody has decided on."""
        to_come = self.published(at).taking_place().upcoming(at)
        return to_come.filter(decide_on__lte=until, decided_at=None).under_filled()

    def open_for_registration(self, at: dt.datetime | None = None) -> "CourseRunQuerySet":
        at = at or timezone.now()
        today = timezone.localdate(at)
        return self.filter(
            models.Q(registration_opens_on=None) | models.Q(registration_opens_on__lte=today),
            models.Q(registration_closes_on=None) | models.Q(registration_closes_on__gte=today),
            cancelled_at=None,
            starts_at__gt=at,
        )

    def for_lists(self) -> "CourseRunQuerySet":
        """What every list of runs shows, in a fixed number of queries."""
        return self.with_occupancy().select_related("course", "venue").prefetch_related("sessions")


class CourseRun(RunState, RunMessages, RunPolicies):
    """One scheduled delivery of a course, with a capacity (schema.org CourseInstance).

    Draft until ``published_at``, cancelled from ``cancelled_at`` on; upcoming, running and finished follow from
    the sessions. Days (``…_on``) are inclusive and end at midnight in Europe/Berlin.
    """

    course = models.ForeignKey(Course, models.PROTECT, related_name="runs", verbose_name=_("Schulung"))
    number = models.CharField(_("Nummer"), max_length=20, unique=True, help_text=_("Zum Beispiel 2026-014."))
    capacity = models.PositiveSmallIntegerField(_("Plätze"), validators=[MinValueValidator(1)])
    minimum_number = models.PositiveSmallIntegerField(_("Mindestzahl"), default=0)
    format = models.CharField(_("Format"), max_length=10, choices=RunState.Format, default=RunState.Format.ON_SITE)
    venue = models.ForeignKey(
        Venue, models.PROTECT, null=True, blank=True, related_name="runs", verbose_name=_("Veranstaltungsort")
    )
    online_link = models.URLField(
        _("Zugangslink"), blank=True, help_text=_("Sehen nur Personen mit bestätigtem Platz und die Kursleitung.")
    )
    trainers = models.ManyToManyField(User, blank=True, related_name="taught_runs", verbose_name=_("Kursleitung"))
    coordinator = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="coordinated_runs",
        verbose_name=_("Zuständig"),
        help_text=_("Antworten auf E-Mails des Termins gehen an diese Person, sonst an das Postfach für alle."),
    )
    language = models.CharField(
        _("Kurssprache"), max_length=10, choices=RunState.Language, default=RunState.Language.GERMAN
    )
    visibility = models.CharField(
        _("Sichtbarkeit"), max_length=12, choices=RunState.Visibility, default=RunState.Visibility.PUBLIC
    )
    agencies = models.ManyToManyField(
        Agency,
        blank=True,
        related_name="reserved_runs",
        verbose_name=_("nur für"),
        help_text=_("Nur bei „nur für bestimmte Behörden“."),
    )
    registration_opens_on = models.DateField(_("Anmeldung ab"), null=True, blank=True)
    registration_closes_on = models.DateField(_("Anmeldeschluss"), null=True, blank=True)
    cancellation_closes_on = models.DateField(
        _("Selbst abmelden bis"),
        null=True,
        blank=True,
        help_text=_("Danach nur über die Koordination. Leer: bis zum Beginn."),
    )
    required_attendance_percent = models.PositiveSmallIntegerField(
        _("Mindestanwesenheit in Prozent"), default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    notes = models.TextField(_("Hinweise für Teilnehmende"), blank=True)
    notes_en = models.TextField(_("Hinweise für Teilnehmende (englisch)"), blank=True)
    funding = models.ForeignKey(
        Funding, models.PROTECT, null=True, blank=True, related_name="runs", verbose_name=_("Förderung")
    )
    published_at = models.DateTimeField(_("veröffentlicht am"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("abgesagt am"), null=True, blank=True)
    cancellation_reason = models.CharField(_("Grund der Absage"), max_length=500, blank=True)
    closed_at = models.DateTimeField(_("abgeschlossen am"), null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("durch")
    )
    starts_at = models.DateTimeField(_("Beginn"), null=True, blank=True, editable=False)
    ends_at = models.DateTimeField(_("Ende"), null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(_("geändert am"), auto_now=True)

    objects = CourseRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("Termin")
        verbose_name_plural = _("Termine")
        ordering = ["starts_at", "number"]
        indexes = [
            models.Index(fields=["course", "starts_at"]),
            models.Index(fields=["starts_at"]),
            models.Index(fields=["ends_at"], name="run_ends_at"),
            # However long the past is, these are few.
            models.Index(
                fields=["ends_at"], condition=models.Q(closed_at=None, cancelled_at=None), name="run_not_closed"
            ),
            models.Index(fields=["starts_at"], condition=models.Q(published_at=None), name="run_not_published"),
            models.Index(fields=["funding"], condition=models.Q(cancelled_at__isnull=False), name="run_called_off"),
            # One coordinator, or one grant, may have nearly all runs: the second column narrows.
            models.Index(fields=["coordinator", "ends_at"], name="run_of_coordinator"),
            models.Index(fields=["funding", "starts_at"], name="run_of_grant"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(capacity__gt=0), name="run_has_capacity"),
            models.CheckConstraint(
                condition=models.Q(required_attendance_percent__range=(1, 100)), name="run_attendance_is_a_percentage"
            ),
            models.CheckConstraint(
                condition=models.Q(cancelled_at=None) | ~models.Q(cancellation_reason=""),
                name="cancelled_run_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(starts_at=None, ends_at=None) | models.Q(ends_at__gt=models.F("starts_at")),
                name="run_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(registration_opens_on=None)
                | models.Q(registration_closes_on=None)
                | models.Q(registration_closes_on__gte=models.F("registration_opens_on")),
                name="registration_closes_after_opening",
            ),
            models.CheckConstraint(
                condition=~models.Q(format="online") | models.Q(venue=None), name="online_run_has_no_venue"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.course}"

    def get_absolute_url(self) -> str:
        return f"{self.course.get_absolute_url()}#{self.anchor}"

    def clean(self) -> None:
        if self.format == self.Format.ONLINE and self.venue_id:
            raise ValidationError({"venue": gettext("Eine Online-Schulung hat keinen Veranstaltungsort.")})
        if self.minimum_number and self.capacity and self.minimum_number > self.capacity:
            raise ValidationError({"minimum_number": gettext("Die Mindestzahl ist höher als die Zahl der Plätze.")})
        if (self.first_come_days or 0) > (self.direct_promotion_days or 0):
            text = gettext("Das ist früher als das Ende des direkten Nachrückens.")
            raise ValidationError({"first_come_days": text})
        if self.decide_on and self.starts_at and self.decide_on >= timezone.localdate(self.starts_at):
            raise ValidationError({"decide_on": gettext("Die Entscheidung liegt nicht vor dem Beginn.")})
        opens, closes = self.registration_opens_on, self.registration_closes_on
        if opens and closes and closes < opens:
            raise ValidationError(
                {"registration_closes_on": gettext("Der Anmeldeschluss liegt vor dem Beginn der Anmeldung.")}
            )

    # --- facts ---------------------------------------------------------------------------------

    @property
    def is_published(self) -> bool:
        return self.published_at is not None and self.published_at <= timezone.now()

    @property
    def is_draft(self) -> bool:
        return not self.is_published and not self.is_cancelled

    @property
    def is_in_another_language(self) -> bool:
        return self.language != self.Language.GERMAN

    @property
    def active_coordinator(self) -> User | None:
        """Whose run it is; nobody's once that person is no longer a coordinator."""
        return self.coordinator if self.coordinator and self.coordinator.is_coordinator else None

    @property
    def needs_approval(self) -> bool:
        return self.approval == self.Approval.REQUIRED

    @property
    def is_closed(self) -> bool:
        """Whether a coordinator has closed its lists; from then on only coordinators correct them."""
        return self.closed_at is not None

    def can_be_left(self, at: dt.datetime | None = None) -> bool:
        """Whether participants may still cancel by themselves."""
        if self.has_started(at):
            return False
        return self.cancellation_closes_on is None or timezone.localdate(at) <= self.cancellation_closes_on

    def _counted(self, name: str) -> int:
        """Counted now unless the queryset did (``with_occupancy``)."""
        if not hasattr(self, name):
            return int(CourseRun.objects.with_occupancy().values_list(name, flat=True).get(pk=self.pk))
        return int(getattr(self, name))

    @property
    def sessions_taking_place(self) -> list[Session]:
        return [session for session in self.sessions.all() if not session.is_cancelled]

    @property
    def teaching_minutes(self) -> int:
        return minutes_held(self.sessions.all())

    @property
    def teaching_units(self) -> int:
        return self.teaching_minutes // MINUTES_PER_UNIT

    @property
    def trainers_by_name(self) -> list[User]:
        return by_name(self.trainers.all())

    @property
    def trainers_shown(self) -> list[User]:
        """Whom pages and prints of the run name: before it is over, nobody whose account has ended."""
        return [person for person in self.trainers_by_name if person.is_active or self.is_finished()]

    @property
    def agencies_by_name(self) -> list[Agency]:
        return by_name(self.agencies.all())

    @property
    def display_notes(self) -> str:
        return in_active_language(self.notes, self.notes_en)
