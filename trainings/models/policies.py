"""Which rules does a run follow? The settings a coordinator chooses for it, each with a sensible default.

``trainings.catalogue.rules`` says each of them in a sentence; ``trainings.booking`` acts on them.
"""

import datetime as dt

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import TargetGroup


class RunPolicies(models.Model):
    """Fields of CourseRun that are rules of registration. Days before the start are days of 24 hours."""

    class Approval(models.TextChoices):
        NONE = "none", _("ohne Freigabe")
        INFORM = "inform", _("Vorgesetzte werden informiert")
        REQUIRED = "required", _("Vorgesetzte müssen zustimmen")

    class Fairness(models.TextChoices):
        TIME = "time", _("nach Zeitpunkt der Anmeldung")
        AGENCIES = "agencies", _("Behörden mit weniger Plätzen zuerst, dann nach Zeitpunkt")

    class Strictness(models.TextChoices):
        BINDING = "binding", _("verbindlich")
        ADVICE = "advice", _("empfohlen")

    class Promotion(models.TextChoices):
        """How a free place reaches those who wait; it follows from the time left until the start."""

        DIRECT = "direct", _("direkt")
        OFFER = "offer", _("als Angebot")
        CALL = "call", _("wer sich zuerst meldet")
        NEVER = "never", _("nicht mehr")

    approval = models.CharField(
        _("Freigabe"),
        max_length=10,
        choices=Approval,
        default=Approval.NONE,
        help_text=_("Ob Vorgesetzte per Link zustimmen müssen, nur informiert werden oder nichts erfahren."),
    )
    approval_days = models.PositiveSmallIntegerField(
        _("Freigabe innerhalb von Arbeitstagen"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("So lange ist der Platz gehalten. Feiertage in Rheinland-Pfalz zählen nicht mit."),
    )
    direct_promotion_days = models.PositiveSmallIntegerField(
        _("Direkt nachrücken bis Tage vor Beginn"),
        default=10,
        help_text=_("Bis dahin rückt die Warteliste direkt nach, danach bekommt sie ein befristetes Angebot."),
    )
    first_come_days = models.PositiveSmallIntegerField(
        _("Wer zuerst zusagt: ab Tage vor Beginn"),
        default=2,
        help_text=_("Von da an erfahren alle Wartenden zugleich von einem freien Platz. 0: nie."),
    )
    offer_hours = models.PositiveSmallIntegerField(
        _("Angebote gelten Stunden"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text=_(
            "Nur Stunden an Arbeitstagen zählen: Was am Samstag angeboten wird, ist am Sonntag nicht verfallen."
        ),
    )
    fairness = models.CharField(
        _("Reihenfolge der Warteliste"),
        max_length=10,
        choices=Fairness,
        default=Fairness.TIME,
        help_text=_("Die Regel sehen alle, bevor sie sich anmelden."),
    )
    only_for_group = models.CharField(
        _("nur für Gruppe"),
        max_length=20,
        choices=TargetGroup,
        blank=True,
        help_text=_("Leer: für die Zielgruppen der Schulung."),
    )
    group_rule = models.CharField(_("Zielgruppe ist"), max_length=10, choices=Strictness, default=Strictness.BINDING)
    prerequisite_rule = models.CharField(
        _("Vorausgesetzte Schulungen sind"),
        max_length=10,
        choices=Strictness,
        default=Strictness.ADVICE,
        help_text=_("Welche Schulungen vorausgesetzt werden, steht bei der Schulung."),
    )
    decide_on = models.DateField(
        _("Entscheidung über Durchführung am"),
        null=True,
        blank=True,
        help_text=_("Ist die Mindestzahl dann nicht erreicht, erscheint eine Aufgabe. Nie wird von selbst abgesagt."),
    )
    decided_at = models.DateTimeField(_("Durchführung trotzdem beschlossen am"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    starts_at: dt.datetime | None

    def promotion(self, at: dt.datetime | None = None) -> "RunPolicies.Promotion":
        """How a place that is free at that moment reaches those who wait."""
        at = at or timezone.now()
        if self.starts_at is None or self.starts_at <= at:
            return self.Promotion.NEVER
        left = self.starts_at - at
        if left > dt.timedelta(days=self.direct_promotion_days):
            return self.Promotion.DIRECT
        if left >= dt.timedelta(days=self.first_come_days):
            return self.Promotion.OFFER
        return self.Promotion.CALL
