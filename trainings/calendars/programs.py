"""Which kind of program fetched a calendar? From its User-Agent (RFC 9110, section 10.1.5) to a family of programs."""

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# The first that is found counts: Thunderbird and others also say Mozilla. Google's and Microsoft's servers fetch for
# their users, so that only the service is known.
FAMILIES = [
    ("google", re.compile(r"Google-Calendar|Google-Apps|Googlebot|Google")),
    ("notes", re.compile(r"Lotus-?Notes|HCL-?Notes|Domino", re.IGNORECASE)),
    ("outlook", re.compile(r"Outlook|Microsoft Office|MSOffice|ms-office|Exchange|OutlookMobile", re.IGNORECASE)),
    ("thunderbird", re.compile(r"Thunderbird|Lightning|Betterbird")),
    ("nextcloud", re.compile(r"Nextcloud|ownCloud", re.IGNORECASE)),
    ("open_xchange", re.compile(r"Open-?Xchange|OX ", re.IGNORECASE)),
    ("apple", re.compile(r"CalendarAgent|dataaccessd|iCal/|Calendar/.*Darwin|calaccessd|remindd|\biOS/|\bmacOS/")),
    ("icsx5", re.compile(r"ICSx5|ICSdroid|DAVx5", re.IGNORECASE)),
    ("evolution", re.compile(r"Evolution|GNOME|KOrganizer|Akonadi|Kontact", re.IGNORECASE)),
    ("vdirsyncer", re.compile(r"vdirsyncer|pimsync", re.IGNORECASE)),
    ("browser", re.compile(r"^Mozilla/")),
]
LABELS = {
    "google": _("Google Kalender"),
    "notes": "HCL Notes",
    "outlook": "Outlook",
    "thunderbird": "Thunderbird",
    "nextcloud": "Nextcloud",
    "open_xchange": "Open-Xchange",
    "apple": _("Apple Kalender"),
    "icsx5": "ICSx⁵",
    "evolution": _("Kalender unter Linux"),
    "vdirsyncer": "vdirsyncer",
    "browser": _("ein Browser"),
}


def family(agent: str) -> str:
    """A key of ``LABELS``; empty for a program nobody here knows."""
    return next((key for key, pattern in FAMILIES if pattern.search(agent)), "")


def program_label(key: str) -> str:
    return str(LABELS.get(key) or gettext("anderes Programm"))
