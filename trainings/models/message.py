"""What was told to whom: a Message is queued in the transaction of the change it tells of, and sent afterwards."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings.models.registration import Registration


def new_message_id() -> str:
    """The content of the Message-ID header (RFC 5322) without angle brackets; a second try bears the same."""
    return f"{uuid.uuid4()}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].strip('> ')}"


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, at: dt.datetime | None = None) -> "MessageQuerySet":
        """To be sent now: queued and not in a worker's hands, or left behind by a worker that died."""
        at = at or timezone.now()
        return self.filter(status=Message.Status.QUEUED, due_at__lte=at).filter(
            models.Q(leased_until=None) | models.Q(leased_until__lt=at)
        )

    def dead(self) -> "MessageQuerySet":
        return self.filter(status=Message.Status.DEAD)


class Message(models.Model):
    """One mail to one person. Texts are written when it is sent, so that they tell the facts of that moment."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("Anmeldung bestätigt")
        WAITLISTED = "waitlisted", _("Auf der Warteliste")
        PROMOTED = "promoted", _("Nachgerückt")
        CANCELLED = "cancelled", _("Abmeldung bestätigt")
        RUN_CANCELLED = "run_cancelled", _("Termin abgesagt")
        WAIT_ENDED = "wait_ended", _("Warteliste beendet")
        CERTIFICATE_READY = "certificate_ready", _("Bescheinigung liegt bereit")

    class Status(models.TextChoices):
        QUEUED = "queued", _("wartet auf Versand")
        SENT = "sent", _("versendet")
        DROPPED = "dropped", _("nicht mehr zutreffend")
        DEAD = "dead", _("nicht zustellbar")

    kind = models.CharField(_("Anlass"), max_length=20, choices=Kind)
    recipient = models.ForeignKey(User, models.PROTECT, related_name="messages", verbose_name=_("Empfänger"))
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="messages", verbose_name=_("Anmeldung"))
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

    objects = MessageQuerySet.as_manager()

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
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.recipient}"
