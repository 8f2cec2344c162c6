"""What every page knows of the site and its operator."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "site_name": settings.SITE_NAME,
        "operator_name": settings.OPERATOR_NAME,
        "operator_unit": settings.OPERATOR_UNIT,
        "contact_email": settings.CONTACT_EMAIL,
        "contact_phone": settings.CONTACT_PHONE,
        "official_site": settings.OFFICIAL_SITE,
        "demo": settings.DEMO,
        "read_only": settings.SITE_READ_ONLY,
    }
