"""What does a funder want to see reached, how is it counted, and how much of it in which period?"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, TargetGroup
from evidence.models.reporting_period import ReportingPeriod
from trainings.models import Course, CourseRun, Funding
from trainings.reporting import Narrowing


class Indicator(models.Model):
    """``counts`` is a name of ``indicators.COUNTED``; what is empty below does not narrow it."""

    funding = models.ForeignKey(Funding, models.PROTECT, related_name="indicators", verbose_name=_("Förderung"))
    name = models.CharField(_("Name"), max_length=120)
    definition = models.TextField(
        _("Definition"), blank=True, help_text=_("So, wie der Fördermittelgeber sie im Bescheid oder Antrag schreibt.")
    )
    counts = models.CharField(_("Gezählt wird"), max_length=30)  # one of COUNTED
    level = models.CharField(_("Nur Stufe"), max_length=20, choices=Course.Level, blank=True)
    course = models.ForeignKey(
        Course, models.PROTECT, null=True, blank=True, related_name="indicators", verbose_name=_("Nur Schulung")
    )
    format = models.CharField(_("Nur Format"), max_length=10, choices=CourseRun.Format, blank=True)
    group = models.CharField(_("Nur Gruppe"), max_length=20, choices=TargetGroup, blank=True)
    agency_kind = models.CharField(_("Nur Art der Behörde"), max_length=20, choices=Agency.Kind, blank=True)
    target = models.DecimalField(
        _("Ziel der ganzen Förderung"),
        help_text=_("Leer: kein Ziel vereinbart."),
        max_digits=10,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    created_at = models.DateTimeField(_("angelegt am"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("Indikator")
        verbose_name_plural = _("Indikatoren")
        ordering = ["funding", "pk"]
        constraints = [
            models.UniqueConstraint(
                "funding",
                Lower("name"),
                name="indicator_has_a_name_of_its_own_in_its_grant",
                violation_error_message=_("Diesen Namen gibt es schon."),
            ),
            models.CheckConstraint(
                condition=models.Q(target=None) | models.Q(target__gte=0), name="indicator_has_no_negative_target"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("evidence:edit_indicator", args=[self.pk])

    @property
    def narrowing(self) -> Narrowing:
        return Narrowing(self.level, self.course_id, self.format, self.group, self.agency_kind)


class PeriodTarget(models.Model):
    """What is to be reached in one period; ``reached`` is what it came to when the period was handed in."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="of_periods", verbose_name=_("Indikator"))
    period = models.ForeignKey(
        ReportingPeriod, models.CASCADE, related_name="targets", verbose_name=_("Nachweiszeitraum")
    )
    target = models.DecimalField(
        _("Ziel"), max_digits=10, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    reached = models.DecimalField(
        _("bei Abgabe erreicht"),
        editable=False,
        max_digits=10,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )

    class Meta:
        verbose_name = _("Ziel eines Nachweiszeitraums")
        verbose_name_plural = _("Ziele der Nachweiszeiträume")
        ordering = ["indicator", "period"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "period"], name="period_target_once_per_indicator"),
            models.CheckConstraint(
                condition=models.Q(target=None) | models.Q(target__gte=0), name="period_target_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator}, {self.period.days}"
