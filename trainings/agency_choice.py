"""Which agency is a contact's page about? Whoever speaks for several says so in the address; others have no choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest

from accounts.models import Agency, User
from accounts.names import by_name

PARAMETER = "behoerde"


@dataclass(frozen=True)
class AgencyChoice:
    """``agency`` is the one the page is about, ``agencies`` all of them, the own one first.

    ``is_said``: by the address of the page.
    """

    contact: User
    agency: Agency
    agencies: Sequence[Agency]
    is_said: bool = False

    @property
    def query(self) -> str:
        """To be added to the addresses of pages about the same agency."""
        return query_of(self.contact, self.agency.pk)

    @property
    def links(self) -> list[tuple[str, str, bool]]:
        """Name of each agency, address of this page about it, and whether it is the one shown; none without choice."""
        if len(self.agencies) < 2:
            return []
        return [(one.name, f"?{PARAMETER}={one.pk}", one == self.agency) for one in self.agencies]


def chosen(request: HttpRequest, contact: User) -> AgencyChoice:
    """What the address says; else the own agency, or the first by name. 404 for one the contact does not speak for."""
    agencies = sorted(by_name(contact.spoken_for()), key=lambda one: one.pk != contact.agency_id)
    said = request.GET.get(PARAMETER)
    found = next((one for one in agencies if said in (None, str(one.pk))), None)
    if found is None:
        raise Http404
    return AgencyChoice(contact, found, agencies, said is not None)


def query_of(contact: User | None, agency_id: int | None) -> str:
    """Empty for one's own agency, whose pages need no choice."""
    if contact is None or agency_id is None or agency_id == contact.agency_id:
        return ""
    return f"?{urlencode({PARAMETER: agency_id})}"
