"""Which kind of program fetched a calendar? From its User-Agent (RFC 9110, section 10.1.5) to a family of programs."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# The first that is found counts: Thunderbird and others also say Mozilla. Google's and Microsoft's servers fetch for
# their users, so that only the service is known.
FAMILIES: dict[str, tuple[str | Promise, re.Pattern[str]]] = {
    "google": (_("Google Kalender"), re.compile(r"Google")),
    "notes": ("HCL Notes", re.compile(r"Lotus-?Notes|HCL-?Notes|Domino", re.IGNORECASE)),
    "outlook": ("Outlook", re.compile(r"Outlook|Microsoft Office|MSOffice|ms-office|Exchange", re.IGNORECASE)),
    "thunderbird": ("Thunderbird", re.compile(r"Thunderbird|Lightning|Betterbird")),
    "nextcloud": ("Nextcloud", re.compile(r"Nextcloud|ownCloud", re.IGNORECASE)),
    "open_xchange": ("Open-Xchange", re.compile(r"Open-?Xchange|OX ", re.IGNORECASE)),
    "apple": (
        _("Apple Kalender"),
        re.compile(r"CalendarAgent|dataaccessd|iCal/|Calendar/.*Darwin|calaccessd|remindd|\biOS/|\bmacOS/"),
    ),
    "icsx5": ("ICSx⁵", re.compile(r"ICSx5|ICSdroid|DAVx5", re.IGNORECASE)),
    "evolution": (
        _("Kalender unter Linux"),
        re.compile(r"Evolution|GNOME|KOrganizer|Akonadi|Kontact", re.IGNORECASE),
    ),
    "vdirsyncer": ("vdirsyncer", re.compile(r"vdirsyncer|pimsync", re.IGNORECASE)),
    "browser": (_("ein Browser"), re.compile(r"^Mozilla/")),
}


def family(agent: str) -> str:
    """A key of ``FAMILIES``; empty for a program nobody here knows."""
    return next((key for key, (_label, pattern) in FAMILIES.items() if pattern.search(agent)), "")


def program_label(key: str) -> str:
    return str(FAMILIES[key][0]) if key in FAMILIES else gettext("anderes Programm")
