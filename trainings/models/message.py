"""What was told to whom: a Message is queued in the transaction of the change it tells of, and sent afterwards.

Which kinds of mail there are, those declare who send them: trainings in ``mails/kinds``, apps above in theirs.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.addresses import stands_for_none
from accounts.models import LeasedQuerySet, User
from trainings.models.registration import Registration
from trainings.models.run import CourseRun

MOST_CHARACTERS = 20  # of the name of a kind


class Ending(Enum):
    """What the recipients of a mail may end by a link in it."""

    DIGEST = "digest"
    INTEREST = "interest"
    REFRESHERS = "refreshers"


@dataclass(frozen=True)
class Words:
    """To whom a kind goes, the words it begins with, and which placeholders its prose may have."""

    to: str | Promise
    subject: str | Promise
    opening: str | Promise
    placeholders: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class MailKind:
    """Everything about one kind of mail, except its template and who gets it.

    Attributes whose absence would only show up in production have no default.
    """

    name: str
    label: str | Promise
    words: Words | None  # those that coordinators may change; without, the context brings the words of each mail
    context: Callable[["Message"], dict[str, Any]]  # what the template knows beside what every mail states
    true_while: frozenset[str]  # what the registration must still be; none of kinds that tell of a run or of a day
    objection: Callable[["Message"], str]  # why it must not leave although the status is right; empty if it may
    tells_calendar: bool  # whether it carries what the reader's calendar has to hear
    only_to_last_asked: bool = False  # of addresses asked for approval
    can_be_ended: Ending | None = None  # by a link in the mail (RFC 8058)
    invented_details: Mapping[str, Any] = field(default_factory=dict)  # of the preview, where nothing was told yet
    is_of_no_run: bool = False  # nor of a registration: its context and ``details`` say what it is about
    of_cancelled_run: bool = False  # the preview takes the run to be called off
    template: str = ""

    @property
    def is_of_a_run(self) -> bool:
        """It is about a run, to somebody who need not be registered for it."""
        return not self.true_while and not self.is_of_no_run

    @property
    def template_name(self) -> str:
        return self.template or f"emails/{self.name}.html"


_kinds: dict[str, MailKind] = {}


def declare_kind(kind: MailKind) -> None:
    """Make the kind known when the apps start. Raises ImproperlyConfigured for a name that cannot be, or twice."""
    if len(kind.name) > MOST_CHARACTERS:
        raise ImproperlyConfigured(f"The name of the mail {kind.name!r} has more than {MOST_CHARACTERS} characters.")
    if _kinds.setdefault(kind.name, kind) is not kind:
        raise ImproperlyConfigured(f"Two kinds of mail are called {kind.name!r}.")


def mail_kind(name: str) -> MailKind:
    """Raises ImproperlyConfigured for one that nobody has declared."""
    if name not in _kinds:
        raise ImproperlyConfigured(
            f"No kind of mail is called {name!r}: declare it where it is sent, as in mails/kinds."
        )
    return _kinds[name]


def mail_kinds() -> list[MailKind]:
    """In the order in which they were declared, and in which pages list them."""
    return list(_kinds.values())


def kind_choices() -> list[tuple[str, str | Promise]]:
    return [(kind.name, kind.label) for kind in mail_kinds()]


def new_message_id() -> str:
    """The content of the Message-ID header (RFC 5322) without angle brackets; a second try bears the same."""
    return f"{uuid.uuid4()}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].strip('> ')}"


# Kinds of mail that are about a person or a day.
OF_NO_RUN = (
    "digest",
    "address_changed",
    "coordinators_changed",
    "account_ended",
    "contact_appointed",
    "account_ends",
    "erased",
)


# Whose words are not emptied yet; the condition of an index.
WITH_TEXT = ~models.Q(text="") | ~models.Q(html="") | ~models.Q(last_error="") | ~models.Q(bounce_reason="")


class MessageQuerySet(LeasedQuerySet["Message"]):
    def due(self, at: dt.datetime | None = None) -> "MessageQuerySet":
        """To be sent now."""
        at = at or timezone.now()
        return self.unleased(at).filter(status=Message.Status.QUEUED, due_at__lte=at)

    def for_writing(self) -> "MessageQuerySet":
        """With what a mail states: whom it goes to, and the run it tells of with its sessions.

        Runs are not joined: a statement of fourteen tables takes PostgreSQL 6 ms to plan and 1 to answer.
        """
        runs = CourseRun.objects.select_related("course", "venue", "funding", "coordinator")
        runs = runs.prefetch_related("sessions")
        return self.select_related("recipient__correspondence", "registration").prefetch_related(
            models.Prefetch("run", runs), models.Prefetch("registration__run", runs)
        )

    def for_lists(self) -> "MessageQuerySet":
        """With what a list says of each. Not joined: of as many tables PostgreSQL plans longer than it reads."""
        about = self.prefetch_related("registration__person", "registration__run__course", "run__course")
        return about.select_related("recipient", "announcement").defer("text", "html")

    def about(self, person: User) -> "MessageQuerySet":
        """To the person, or about a registration of theirs. Each by its own index: as an OR, all were looked at."""
        rows = Message.objects.order_by()
        keys = rows.filter(recipient=person).values("pk").union(rows.filter(registration__person=person).values("pk"))
        return self.filter(pk__in=keys)

    def dead(self) -> "MessageQuerySet":
        return self.filter(status=Message.Status.DEAD)


class Message(models.Model):
    """One mail to one person. Texts are written when it is sent, so that they tell the facts of that moment.

    Who has no account, a supervisor, is reached by ``to_email`` alone. An invitation tells of a run, everything else
    of a registration. ``details`` holds what the tables no longer say when the mail leaves, for example the old time.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("wartet auf Versand")
        SENT = "sent", _("versendet")
        DROPPED = "dropped", _("nicht mehr zutreffend")
        DEAD = "dead", _("nicht zustellbar")

    kind = models.CharField(pgettext_lazy("mail", "Anlass"), max_length=MOST_CHARACTERS, choices=kind_choices)
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
    once_key = models.CharField(
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

    class Meta:
        verbose_name = _("Nachricht")
        verbose_name_plural = _("Nachrichten")
        ordering = ["-queued_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "due_at"]),
            models.Index(fields=["-queued_at", "-id"], name="message_newest"),
            models.Index(fields=["to_email"], opclasses=["varchar_pattern_ops"], name="message_to_email"),
            # What retention looks for every hour, and what somebody has to look after: few, however many were sent.
            models.Index(fields=["sent_at"], condition=WITH_TEXT, name="message_with_text"),
            models.Index(
                fields=["queued_at"], condition=~models.Q(status__in=["queued", "sent"]), name="message_given_up"
            ),
            models.Index(
                fields=["queued_at"], condition=models.Q(registration=None, run=None), name="message_of_no_run"
            ),
            models.Index(
                fields=["sent_at"],
                condition=models.Q(announcement__isnull=False) & ~models.Q(subject=""),
                name="message_with_free_subject",
            ),
            models.Index(fields=["recipient"], condition=models.Q(bounced_at__isnull=False), name="message_come_back"),
        ]
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
                condition=models.Q(registration__isnull=False)
                | models.Q(run__isnull=False)
                | models.Q(kind__in=OF_NO_RUN)
                | models.Q(recipient=None),  # to somebody without an account, of what an app above knows
                name="message_tells_of_something",
            ),
            models.UniqueConstraint(fields=["once_key"], condition=~models.Q(once_key=""), name="message_once_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.recipient or self.to_email}"

    @property
    def is_queued(self) -> bool:
        return self.status == self.Status.QUEUED

    @property
    def is_sent(self) -> bool:
        return self.status == self.Status.SENT

    @property
    def is_dropped(self) -> bool:
        return self.status == self.Status.DROPPED

    @property
    def is_dead(self) -> bool:
        return self.status == self.Status.DEAD

    @property
    def address(self) -> str:
        """Where it goes, or went."""
        return self.recipient.email if self.recipient else self.to_email

    @property
    def shown_address(self) -> str:
        """The same for people to read."""
        address = self.to_email or self.address
        return gettext("noch ohne E-Mail-Adresse") if stands_for_none(address) else address

    @property
    def language(self) -> str:
        if self.recipient:
            return self.recipient.language
        return str(self.details.get("language", settings.LANGUAGE_CODE))

    @property
    def run_told_of(self) -> CourseRun | None:
        """None of a digest, which tells of many, and of mails about the account."""
        return self.registration.run if self.registration else self.run

    @property
    def about(self) -> CourseRun:
        """The run it tells of."""
        run = self.run_told_of
        if run is None:
            raise ValueError("A message tells of a registration or of a run.")
        return run

    @property
    def about_registration(self) -> Registration:
        if self.registration is None:
            raise ValueError(f"A message of kind {self.kind} tells of a registration.")
        return self.registration
