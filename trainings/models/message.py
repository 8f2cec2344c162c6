"""What was told to whom: a Message is queued in the transaction of the change it tells of, and sent afterwards."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models.leases import LeasedQuerySet
from trainings.models.registration import Registration
from trainings.models.run import CourseRun


def new_message_id() -> str:
    """The content of the Message-ID header (RFC 5322) without angle brackets; a second try bears the same."""
    return f"{uuid.uuid4()}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].strip('> ')}"


class MessageQuerySet(LeasedQuerySet["Message"]):
    def due(self, at: dt.datetime | None = None) -> "MessageQuerySet":
        """To be sent now."""
        at = at or timezone.now()
        return self.unleased(at).filter(status=Message.Status.QUEUED, due_at__lte=at)

    def for_writing(self) -> "MessageQuerySet":
        """With what a mail states: whom it goes to, and the run it tells of."""
        return self.select_related(
            "recipient",
            "run__course",
            "run__venue",
            "run__funding",
            "registration__person",
            "registration__run__course",
            "registration__run__venue",
            "registration__run__funding",
        )

    def dead(self) -> "MessageQuerySet":
        return self.filter(status=Message.Status.DEAD)


class Message(models.Model):
    """One mail to one person. Texts are written when it is sent, so that they tell the facts of that moment.

    Who has no account, a supervisor, is reached by ``to_email`` alone. An invitation tells of a run, everything else
    of a registration. ``details`` holds what the tables no longer say when the mail leaves, for example the old time.
    """

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("Anmeldung bestätigt")
        REQUESTED = "requested", _("Freigabe angefragt")
        WAITLISTED = "waitlisted", _("Auf der Warteliste")
        PROMOTED = "promoted", _("Nachgerückt")
        OFFERED = "offered", _("Platz angeboten")
        CALLED = "called", _("Platz frei: wer zuerst zusagt")
        OFFER_DECLINED = "offer_declined", _("Angebot abgelehnt")
        OFFER_EXPIRED = "offer_expired", _("Angebot verfallen")
        APPROVAL_ASKED = "approval_asked", _("Bitte um Freigabe")
        APPROVAL_REMINDER = "approval_reminder", _("Erinnerung an die Freigabe")
        APPROVAL_PASSED_ON = "approval_passed_on", _("Freigabe durch die Ansprechperson")
        APPROVAL_DECLINED = "approval_declined", _("Nicht freigegeben")
        APPROVAL_EXPIRED = "approval_expired", _("Freigabe ausgeblieben")
        SUPERVISOR_INFORMED = "supervisor_informed", _("Vorgesetzte informiert: Platz")
        SUPERVISOR_CANCELLED = "supervisor_cancelled", _("Vorgesetzte informiert: Platz beendet")
        SUBSTITUTED = "substituted", _("Platz übergeben")
        SUBSTITUTE = "substitute", _("Platz übernommen")
        MOVED = "moved", _("Umgebucht")
        CANCELLED = "cancelled", _("Abmeldung bestätigt")
        SESSION_MOVED = "session_moved", _("Sitzung verlegt")
        RUN_CANCELLED = "run_cancelled", _("Termin abgesagt")
        WAIT_ENDED = "wait_ended", _("Warteliste beendet")
        WALKED_IN = "walked_in", _("Vor Ort dazugekommen")
        INVITED = "invited", _("Einladung")
        NAMES_WANTED = "names_wanted", _("Plätze noch zu benennen")
        REMINDER = "reminder", _("Erinnerung an die Schulung")
        OFFER_REMINDER = "offer_reminder", _("Erinnerung an das Angebot")
        CALENDAR_ENTRY = "calendar_entry", _("Kalendereintrag")
        THANKS = "thanks", _("Dank nach der Schulung")
        ANNOUNCEMENT = "announcement", _("Nachricht der Koordination")
        TRAINER_ASSIGNED = "trainer_assigned", _("Kursleitung übernommen")
        TRAINER_REMOVED = "trainer_removed", _("Kursleitung abgegeben")
        TRAINER_CANCELLED = "trainer_cancelled", _("Kursleitung informiert: Termin abgesagt")
        TRAINER_LIST = "trainer_list", _("Liste für die Kursleitung")
        CONTACT_CANCELLED = "contact_cancelled", _("Ansprechperson informiert: Termin abgesagt")
        CONTACT_MOVED = "contact_moved", _("Ansprechperson informiert: Sitzung verlegt")
        DIGEST = "digest", _("Übersicht für die Koordination")
        CERTIFICATE_READY = "certificate_ready", _("Bescheinigung liegt bereit")
        CERTIFICATE_REPLACED = "certificate_replaced", _("Bescheinigung ersetzt")
        CERTIFICATE_REVOKED = "certificate_revoked", _("Bescheinigung widerrufen")

    class Status(models.TextChoices):
        QUEUED = "queued", _("wartet auf Versand")
        SENT = "sent", _("versendet")
        DROPPED = "dropped", _("nicht mehr zutreffend")
        DEAD = "dead", _("nicht zustellbar")

    kind = models.CharField(_("Anlass"), max_length=20, choices=Kind)
    recipient = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("Empfänger")
    )
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("Anmeldung")
    )
    run = models.ForeignKey(
        CourseRun, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("Termin")
    )
    announcement = models.ForeignKey(
        "trainings.Announcement",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("freie Nachricht"),
    )
    repeats = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="repetitions",
        verbose_name=_("erneut versandt von"),
    )
    queued_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("veranlasst durch")
    )
    occasion = models.CharField(
        _("Gelegenheit"),
        max_length=100,
        blank=True,
        help_text=_("Was nur einmal versandt wird, trägt hier einen Schlüssel, zum Beispiel Erinnerungen."),
    )
    details = models.JSONField(_("Einzelheiten"), default=dict, blank=True)
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.QUEUED)
    message_id = models.CharField(max_length=120, unique=True, default=new_message_id, editable=False)
    queued_at = models.DateTimeField(_("vorgemerkt am"), default=timezone.now)
    due_at = models.DateTimeField(_("fällig am"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("Versuche"), default=0)
    leased_until = models.DateTimeField(_("in Arbeit bis"), null=True, blank=True)
    sent_at = models.DateTimeField(_("versendet am"), null=True, blank=True)
    to_email = models.EmailField(_("an"), blank=True)
    subject = models.CharField(_("Betreff"), max_length=200, blank=True)
    text = models.TextField(_("Text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    last_error = models.CharField(_("letzter Fehler"), max_length=500, blank=True)
    bounced_at = models.DateTimeField(_("zurückgekommen am"), null=True, blank=True)
    bounce_reason = models.CharField(_("Antwort des Mailservers"), max_length=300, blank=True)

    objects = MessageQuerySet.as_manager()

    # The words of a preview, in place of those saved; never stored.
    draft: Any = None

    class Meta:
        verbose_name = _("Nachricht")
        verbose_name_plural = _("Nachrichten")
        ordering = ["-queued_at", "-pk"]
        indexes = [models.Index(fields=["status", "due_at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="sent", sent_at__isnull=False)
                | (~models.Q(status="sent") & models.Q(sent_at=None)),
                name="sent_message_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(recipient__isnull=False) | ~models.Q(to_email=""), name="message_has_a_recipient"
            ),
            models.CheckConstraint(
                condition=models.Q(registration__isnull=False) | models.Q(run__isnull=False) | models.Q(kind="digest"),
                name="message_tells_of_something",
            ),
            models.UniqueConstraint(
                fields=["occasion"], condition=~models.Q(occasion=""), name="message_once_per_occasion"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.recipient or self.to_email}"

    @property
    def address(self) -> str:
        """Where it goes, or went."""
        return self.recipient.email if self.recipient else self.to_email

    @property
    def language(self) -> str:
        return self.recipient.language if self.recipient else settings.LANGUAGE_CODE

    @property
    def run_told_of(self) -> CourseRun | None:
        """None of a digest, which tells of many."""
        return self.registration.run if self.registration else self.run

    @property
    def about(self) -> CourseRun:
        """The run it tells of."""
        run = self.run_told_of
        if run is None:
            raise ValueError("A message tells of a registration or of a run.")
        return run
