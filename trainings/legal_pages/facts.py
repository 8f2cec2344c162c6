"""What may the words of a legal page name without saying it? What is set for the site, and today's grant."""

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trainings.dates import date_long
from trainings.models import Funding

# In the order in which the page explains them.
PLACEHOLDERS: dict[str, Promise] = {
    "operator_name": _("wer die Schulungen anbietet"),
    "operator_unit": _("Stelle oder Projekt"),
    "site_name": _("Name dieser Website"),
    "contact_email": _("E-Mail-Adresse der Koordination"),
    "contact_phone": _("Telefonnummer der Koordination"),
    "fund": _("Fonds der Förderung von heute"),
    "project": _("Titel des geförderten Projekts"),
    "grant_number": _("Förderkennzeichen"),
    "evidence_until": _("bis wann Nachweise aufbewahrt werden"),
}


def facts() -> dict[str, str]:
    """By placeholder, in the active language; empty where there is none."""
    grant = Funding.of_day(timezone.localdate())
    of_grant = (
        {
            "fund": grant.display_fund,
            "project": grant.project_title,
            "grant_number": grant.grant_number,
            "evidence_until": date_long(grant.keep_evidence_until),
        }
        if grant
        else {}
    )
    return dict.fromkeys(PLACEHOLDERS, "") | {
        "operator_name": settings.OPERATOR_NAME,
        "operator_unit": settings.OPERATOR_UNIT,
        "site_name": settings.SITE_NAME,
        "contact_email": settings.CONTACT_EMAIL,
        "contact_phone": settings.CONTACT_PHONE,
        **of_grant,
    }
