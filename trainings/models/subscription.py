"""Which calendars may read whose dates without a sign-in: CalendarSubscription."""

import hashlib
import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


def digest(token: str) -> str:
    """SHA-256 of the token in hexadecimal; enough for a secret of 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


class CalendarSubscriptionQuerySet(models.QuerySet["CalendarSubscription"]):
    def for_token(self, token: str) -> "CalendarSubscription | None":
        found = self.filter(token_sha256=digest(token), revoked_at=None, person__is_active=True)
        return found.select_related("person").first()


class CalendarSubscription(models.Model):
    """An address a calendar program may read. Only the digest of its secret is stored."""

    person = models.ForeignKey(User, models.CASCADE, related_name="calendar_subscriptions", verbose_name=_("Person"))
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("angelegt am"), default=timezone.now)
    revoked_at = models.DateTimeField(_("widerrufen am"), null=True, blank=True)

    objects = CalendarSubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Kalender-Abonnement")
        verbose_name_plural = _("Kalender-Abonnements")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(revoked_at=None), name="one_current_subscription_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.created_at:%d.%m.%Y}"

    @staticmethod
    def new_token() -> str:
        """256 random bits, safe in an address."""
        return secrets.token_urlsafe(32)
