"""Which employers and organisations send people, and which mail domains are theirs?"""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.addresses import normalised
from accounts.mail_domains import must_be_of_one_agency
from accounts.names import sort_key


class AgencyQuerySet(models.QuerySet["Agency"]):
    def for_email(self, email: str) -> "Agency | None":
        """The agency whose mail domain the address belongs to; a subdomain belongs to its parent."""
        labels = normalised(email).rpartition("@")[2].split(".")
        domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
        found = {
            mail_domain.domain: mail_domain.agency
            for mail_domain in AgencyMailDomain.objects.filter(domain__in=domains).select_related("agency")
        }
        return next((found[domain] for domain in domains if domain in found), None)


class Agency(models.Model):
    """An employer or organisation that sends people."""

    class Kind(models.TextChoices):
        COUNTY = "county", _("Kreisverwaltung")
        MUNICIPALITY = "municipality", _("Stadt- oder Verbandsgemeindeverwaltung")
        JOBCENTER = "jobcenter", _("Jobcenter")
        EMPLOYMENT_AGENCY = "employment_agency", _("Agentur für Arbeit")
        CHAMBER = "chamber", _("Kammer")
        WELFARE = "welfare", _("Wohlfahrtsverband")
        EDUCATION = "education", _("Bildungsträger")
        CHURCH = "church", _("Kirche")
        COUNCIL = "council", _("Beirat")
        VOLUNTEERS = "volunteers", _("Ehrenamt")
        OTHER = "other", _("Sonstige")

    name = models.CharField(_("Name"), max_length=200, unique=True)
    short_name = models.CharField(_("Kurzname"), max_length=60, unique=True)
    kind = models.CharField(_("Art"), max_length=20, choices=Kind)
    seat = models.CharField(_("Sitz"), max_length=100, blank=True)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("Behörde / Einrichtung")
        verbose_name_plural = _("Behörden / Einrichtungen")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="agency_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name_sort_key(self) -> tuple[str, ...]:
        return sort_key(self.name)


class AgencyMailDomain(models.Model):
    """A mail domain whose addresses belong to the agency, for example ``mayen.example``."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="mail_domains", verbose_name=_("Behörde"))
    domain = models.CharField(
        _("E-Mail-Domain"),
        max_length=253,
        unique=True,
        validators=[
            RegexValidator(
                r"\A(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]*[a-z0-9])\Z",
                _("Bitte geben Sie eine Domain in Kleinbuchstaben an, zum Beispiel mayen.example."),
            ),
            must_be_of_one_agency,
        ],
    )

    class Meta:
        verbose_name = _("E-Mail-Domain")
        verbose_name_plural = _("E-Mail-Domains")
        ordering = ["domain"]
        constraints = [
            models.CheckConstraint(condition=models.Q(domain=Lower("domain")), name="mail_domain_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.domain
