"""Which two accounts became one, what passed from one to the other, and until when can that be taken back?"""

import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

REVERSIBLE_FOR = dt.timedelta(days=30)


class AccountMerge(models.Model):
    """``moved``: by model and field, the keys of the rows that passed from ``gone`` to ``kept``."""

    kept = models.ForeignKey(User, models.PROTECT, related_name="merges", verbose_name=_("bleibt"))
    gone = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("geht auf"))
    at = models.DateTimeField(_("am"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("durch"))
    moved = models.JSONField(_("übernommen"), default=dict)
    undone_at = models.DateTimeField(_("zurückgenommen am"), null=True, blank=True)
    settled_at = models.DateTimeField(_("endgültig seit"), null=True, blank=True)

    class Meta:
        verbose_name = _("Zusammenführung")
        verbose_name_plural = _("Zusammenführungen")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.gone} → {self.kept}"

    def can_be_undone(self, at: dt.datetime | None = None) -> bool:
        return self.undone_at is None and self.settled_at is None and (at or timezone.now()) < self.at + REVERSIBLE_FOR
