"""Which calendars may read whose dates without a sign-in: CalendarSubscription."""

import hashlib
import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


def sha256_of_token(token: str) -> str:
    """SHA-256 of the token in hexadecimal; enough for a secret of 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


class CalendarSubscriptionQuerySet(models.QuerySet["CalendarSubscription"]):
    def for_token(self, token: str) -> "CalendarSubscription | None":
        found = self.filter(token_sha256=sha256_of_token(token), person__is_active=True)
        return found.select_related("person").first()


class CalendarSubscription(models.Model):
    """An address a calendar program may read. Only the digest of its secret is stored.

    What the person may see is asked anew at every fetch: a former trainer's calendar is empty.
    """

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Meine Schulungen")
        TRAINER = "trainer", _("Termine, die ich leite")
        AGENCY = "agency", _("Termine meiner Behörde")
        COORDINATOR = "coordinator", _("Alle Termine, auch Entwürfe")

    class Reminder(models.IntegerChoices):
        """Minutes before the start."""

        QUARTER_OF_AN_HOUR = 15, _("15 Minuten vorher")
        HOUR = 60, _("1 Stunde vorher")
        DAY = 24 * 60, _("1 Tag vorher")

    class LookBack(models.IntegerChoices):
        """Days after the end."""

        NONE = 0, _("keine vergangenen Termine")
        MONTH = 30, _("30 Tage")
        QUARTER = 90, _("90 Tage")
        YEAR = 365, _("ein Jahr")

    person = models.ForeignKey(User, models.CASCADE, related_name="calendar_subscriptions", verbose_name=_("Person"))
    kind = models.CharField(_("Inhalt"), max_length=12, choices=Kind, default=Kind.PERSONAL)
    name = models.CharField(_("Name"), max_length=60, help_text=_("Zum Beispiel: Outlook Büro oder Handy."))
    with_waitlisted = models.BooleanField(_("auch Termine, für die ich noch keinen Platz habe"), default=True)
    with_cancelled = models.BooleanField(_("auch abgesagte Termine"), default=True)
    reminder = models.PositiveSmallIntegerField(_("Erinnerung"), choices=Reminder, null=True, blank=True)
    look_back = models.PositiveSmallIntegerField(_("Vergangene Termine"), choices=LookBack, default=LookBack.QUARTER)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("angelegt am"), default=timezone.now)
    changed_at = models.DateTimeField(_("geändert am"), default=timezone.now, editable=False)
    fetched_at = models.DateTimeField(_("zuletzt abgerufen am"), null=True, blank=True, editable=False)
    fetched_by = models.CharField(_("zuletzt abgerufen von"), max_length=40, blank=True, editable=False)

    objects = CalendarSubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Kalender-Abonnement")
        verbose_name_plural = _("Kalender-Abonnements")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.person} · {self.name}"

    @staticmethod
    def new_token() -> str:
        """256 random bits, safe in an address."""
        return secrets.token_urlsafe(32)
