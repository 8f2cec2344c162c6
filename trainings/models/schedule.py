"""When did periodic work last run, who is there to do it, and what did the nightly look at the data find?"""

import datetime as dt

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

SKEW = dt.timedelta(minutes=1)  # by which the clocks of two machines may differ


class PeriodicJobQuerySet(models.QuerySet["PeriodicJob"]):
    def claim(
        self, name: str, every: dt.timedelta, at: dt.datetime | None = None, *, next_at: dt.datetime | None = None
    ) -> bool:
        """Whether the caller is the one to do the job now; True for one caller only per period.

        Then it is due again at ``next_at``, by default a period later. A row that is due later than a period from now
        was written while the clock was ahead: it is due as well, or the job would stand still until then.
        """
        at = at or timezone.now()
        next_at = next_at or at + every
        _row, created = self.get_or_create(name=name, defaults={"due_at": next_at})
        due = models.Q(due_at__lte=at) | models.Q(due_at__gt=at + every + SKEW)
        return created or bool(self.filter(due, name=name).update(due_at=next_at))

    def note_done(self, name: str, at: dt.datetime) -> None:
        self.filter(name=name).update(done_at=at, failing_since=None, failure="")

    def note_failed(self, name: str, at: dt.datetime, failure: str) -> None:
        """``failure``: the name of the error, not its text, which may name people."""
        self.filter(name=name).update(failing_since=Coalesce("failing_since", models.Value(at)), failure=failure[:100])


class PeriodicJob(models.Model):
    name = models.CharField(_("Aufgabe"), max_length=200, unique=True)
    due_at = models.DateTimeField(_("fällig am"))
    done_at = models.DateTimeField(_("zuletzt erledigt am"), null=True, blank=True)
    failing_since = models.DateTimeField(_("scheitert seit"), null=True, blank=True)
    failure = models.CharField(_("Fehler"), max_length=100, blank=True, default="", db_default="")

    objects = PeriodicJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("wiederkehrende Aufgabe")
        verbose_name_plural = _("wiederkehrende Aufgaben")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WorkerBeat(models.Model):
    """When a worker last said that it is there. Rows of workers that are gone are deleted by those that follow."""

    name = models.CharField(_("Name"), max_length=120, unique=True)
    host = models.CharField(_("Rechner"), max_length=80)
    started_at = models.DateTimeField(_("begonnen am"), default=timezone.now)
    seen_at = models.DateTimeField(_("zuletzt gesehen am"))

    class Meta:
        verbose_name = _("Lebenszeichen eines Workers")
        verbose_name_plural = _("Lebenszeichen der Worker")
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return self.name


class Discrepancy(models.Model):
    """What the nightly look through the data found not to be as promised. It stays as long as it is found again."""

    promise = models.CharField(_("Zusage"), max_length=60, unique=True)
    number = models.PositiveIntegerField(_("Anzahl"))
    keys = models.CharField(_("Schlüssel"), max_length=300)
    found_at = models.DateTimeField(_("zuerst gefunden am"), default=timezone.now)

    class Meta:
        verbose_name = _("Unstimmigkeit")
        verbose_name_plural = _("Unstimmigkeiten")
        ordering = ["promise"]

    def __str__(self) -> str:
        return f"{self.promise}: {self.number}"
