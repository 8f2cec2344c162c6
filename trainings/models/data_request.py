"""What has somebody asked to be done with their data: DataRequest, a task with its deadline."""

import calendar
import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


def one_month_after(day: dt.date) -> dt.date:
    """The deadline of Art. 12(3) GDPR: the same day of the next month, or its last one."""
    year, month = (day.year + day.month // 12, day.month % 12 + 1)
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def open(self) -> "DataRequestQuerySet":
        return self.filter(done_at=None).order_by("due_on", "pk")


class DataRequest(models.Model):
    """Goes with the person; that something was erased or restricted stays in the record of who did what."""

    class Kind(models.TextChoices):
        ERASURE = "erasure", _("Löschung der Daten")
        RESTRICTION = "restriction", _("Einschränkung der Verarbeitung")
        CORRECTION = "correction", _("Berichtigung")

    person = models.ForeignKey(User, models.CASCADE, related_name="data_requests", verbose_name=_("Person"))
    kind = models.CharField(_("Art"), max_length=12, choices=Kind)
    words = models.TextField(_("Was Sie uns dazu sagen möchten"), blank=True, max_length=1000)
    asked_at = models.DateTimeField(_("gestellt am"), default=timezone.now)
    due_on = models.DateField(_("zu beantworten bis"))
    done_at = models.DateTimeField(_("erledigt am"), null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("erledigt von")
    )
    answer = models.TextField(_("Antwort"), blank=True, max_length=1000)

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("Antrag zu den eigenen Daten")
        verbose_name_plural = _("Anträge zu den eigenen Daten")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"], condition=models.Q(done_at=None), name="one_open_data_request_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_kind_display()}"

    @property
    def is_open(self) -> bool:
        return self.done_at is None

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_on < timezone.localdate()
