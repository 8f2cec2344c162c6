"""What has an agency agreed with the county: from when to when, for whom, for how many, and who has signed it?"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, TargetGroup


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def on(self, day: dt.date) -> "AgreementQuerySet":
        """In force on that day; of an agency there is at most one."""
        return self.within(day, day)

    def within(self, first: dt.date, last: dt.date | None) -> "AgreementQuerySet":
        """In force on some day between these two, both included; without a last day from the first one on."""
        begun = models.Q() if last is None else models.Q(starts_on__lte=last)
        return self.filter(begun, models.Q(ends_on=None) | models.Q(ends_on__gte=first))

    def of(self, agencies: Iterable[Agency | int]) -> "AgreementQuerySet":
        return self.filter(agency__in=list(agencies))

    def without_bytes(self) -> "AgreementQuerySet":
        return self.defer("content")


class Agreement(models.Model):
    """The signed cooperation agreement of an agency. Two of one agency never overlap.

    ``groups`` are the target groups it is about, all of them if it names none. Who signed is a text, not an account.
    Once nothing under it is evidence any more, its file and its texts about people are emptied (``trainings.keeping``).
    """

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="agreements", verbose_name=_("Behörde"))
    starts_on = models.DateField(_("Gilt ab"))
    ends_on = models.DateField(_("Gilt bis"), null=True, blank=True, help_text=_("Einschließlich. Leer: unbefristet."))
    signed_by = models.CharField(
        _("Unterschrieben von"),
        max_length=200,
        help_text=_(
            "Wer für die Behörde unterschrieben hat, mit Funktion, zum Beispiel: Erika Muster, Bürgermeisterin."
        ),
    )
    signed_on = models.DateField(_("Unterschrieben am"))
    groups = models.JSONField(_("Gilt für"), default=list, blank=True)  # values of TargetGroup, in their order
    places_per_run = models.PositiveSmallIntegerField(
        _("Plätze je Termin höchstens"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Leer: ohne Obergrenze."),
    )
    note = models.TextField(_("Anmerkung"), blank=True, max_length=2000)
    content = models.BinaryField(_("Datei"), null=True, blank=True)
    content_type = models.CharField(_("Art der Datei"), max_length=40, blank=True)
    size = models.PositiveIntegerField(_("Größe"), default=0)
    sha256 = models.CharField(_("SHA-256 der Datei"), max_length=64, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("Vereinbarung")
        verbose_name_plural = _("Vereinbarungen")
        ordering = ["agency__name", "-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="agreement_ends_after_start",
                violation_error_message=_("Das Ende liegt vor dem Beginn."),
            ),
            models.CheckConstraint(
                condition=models.Q(places_per_run=None) | models.Q(places_per_run__gt=0),
                name="agreement_allows_a_place",
            ),
            models.CheckConstraint(
                condition=models.Q(content_type="") | (~models.Q(sha256="") & models.Q(size__gt=0)),
                name="agreement_file_has_its_hash",
            ),
            # Any two that overlap are refused by the operation, under the lock of the agency, and on PostgreSQL by an
            # exclusion constraint (migration 0030), which Django's SQLite does not know.
            models.UniqueConstraint(fields=["agency", "starts_on"], name="one_agreement_of_an_agency_begins_on_a_day"),
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(ends_on=None), name="one_agreement_of_an_agency_without_an_end"
            ),
        ]

    def __str__(self) -> str:
        end = "…" if self.ends_on is None else f"{self.ends_on:%d.%m.%Y}"
        return f"{self.agency.short_name}, {self.starts_on:%d.%m.%Y} – {end}"

    @property
    def has_file(self) -> bool:
        return self.content_type != ""

    @property
    def groups_in_words(self) -> str:
        """Whom it is for; empty if for all groups."""
        return ", ".join(str(TargetGroup(group).label) for group in self.groups)

    def covers(self, day: dt.date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def is_for(self, group: str) -> bool:
        return not self.groups or group in self.groups


def agreement_of(agency: Agency | int, day: dt.date) -> Agreement | None:
    """The agency's agreement in force on that day, without the bytes of its file."""
    return Agreement.objects.of([agency]).on(day).without_bytes().select_related("agency").first()


def agreements_of(agencies: Collection[Agency] | Collection[int]) -> dict[int, list[Agreement]]:
    """All of these agencies by the agency's key, the earliest first, in one query. Every key is there.

    ``covering`` and ``last_covering`` then answer for any day without asking again.
    """
    found: dict[int, list[Agreement]] = defaultdict(list)
    rows = Agreement.objects.of(agencies).without_bytes().select_related("agency").order_by("starts_on")
    for agreement in rows:
        found[agreement.agency_id].append(agreement)
    return {key: found[key] for key in (one if isinstance(one, int) else one.pk for one in agencies)}


def covering(agreements: Iterable[Agreement], day: dt.date) -> Agreement | None:
    """Of one agency's agreements the one in force on that day."""
    return next((agreement for agreement in agreements if agreement.covers(day)), None)


def last_covering(agreements: Iterable[Agreement], day: dt.date) -> Agreement | None:
    """The one with which the coverage of that day ends, each beginning the day after the one before; else None."""
    in_order = sorted(agreements, key=lambda agreement: agreement.starts_on)
    last = covering(in_order, day)
    while last is not None and last.ends_on is not None:
        following = covering(in_order, last.ends_on + dt.timedelta(days=1))
        if following is None:
            break
        last = following
    return last
