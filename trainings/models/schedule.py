"""When did periodic work last run: one PeriodicJob row per job, so that several workers do it once."""

import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PeriodicJobQuerySet(models.QuerySet["PeriodicJob"]):
    def claim(self, name: str, every: dt.timedelta, at: dt.datetime | None = None) -> bool:
        """Whether the caller is the one to do the job now; True for one caller only per period."""
        at = at or timezone.now()
        _row, created = self.get_or_create(name=name, defaults={"due_at": at + every})
        return created or bool(self.filter(name=name, due_at__lte=at).update(due_at=at + every))


class PeriodicJob(models.Model):
    name = models.CharField(_("Aufgabe"), max_length=200, unique=True)
    due_at = models.DateTimeField(_("fällig am"))

    objects = PeriodicJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("wiederkehrende Aufgabe")
        verbose_name_plural = _("wiederkehrende Aufgaben")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
