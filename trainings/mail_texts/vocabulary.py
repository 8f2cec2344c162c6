"""To whom do mails go, and which placeholders may their words have? Declarations of kinds choose from both.

Subject, opening and closing are what can be changed; everything else a mail says is in its template.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Placeholder:
    meaning: str | Promise
    example: str | Promise


# In the order in which the page explains them.
PLACEHOLDERS: dict[str, Placeholder] = {
    "title": Placeholder(gettext_lazy("Titel der Schulung"), gettext_lazy("Umgang mit Vielfalt")),
    "number": Placeholder(gettext_lazy("Nummer des Termins"), "2037-014"),
    "days": Placeholder(gettext_lazy("an welchen Tagen der Termin stattfindet"), gettext_lazy("10.03.2037")),
    "dates": Placeholder(gettext_lazy("wann der Termin stattfindet"), gettext_lazy("Di., 10. März 2037, 9:00 Uhr")),
    "place": Placeholder(gettext_lazy("Veranstaltungsort"), gettext_lazy("Altes Rathaus, Markt 1, 56727 Mayen")),
    "contact_email": Placeholder(gettext_lazy("E-Mail-Adresse der Koordination"), "schulungen@kreis.example"),
    "contact_phone": Placeholder(gettext_lazy("Telefonnummer der Koordination"), "0261 108-0"),
    "name": Placeholder(gettext_lazy("Name der angemeldeten Person"), "Alex Beispiel"),
    "agency": Placeholder(gettext_lazy("Behörde der angemeldeten Person"), "Stadtverwaltung Mayen"),
    "registered_at": Placeholder(
        gettext_lazy("wann die Anmeldung eingegangen ist"), gettext_lazy("23.02.2037, 10:14 Uhr")
    ),
    "held_until": Placeholder(
        gettext_lazy("bis wann der Platz gehalten wird"), gettext_lazy("Di., 3. März 2037, 24:00 Uhr")
    ),
    "leave_until": Placeholder(gettext_lazy("bis wann man sich abmelden kann"), gettext_lazy("Di., 3. März 2037")),
    "closes_on": Placeholder(gettext_lazy("letzter Tag der Anmeldung"), gettext_lazy("Di., 3. März 2037")),
    "day": Placeholder(gettext_lazy("Tag der Sitzung"), gettext_lazy("Di., 10. März 2037")),
    "due_on": Placeholder(gettext_lazy("wann die Auffrischung fällig ist"), gettext_lazy("Di., 10. März 2037")),
    "substitute": Placeholder(gettext_lazy("wer den Platz übernommen hat"), "Robin Muster"),
}
# A subject can be read on locked screens and over a shoulder: nothing about a person.
OF_SUBJECTS = ("title", "number", "days", "dates", "registered_at")
OF_RUNS = ("title", "number", "days", "dates", "place", "contact_email", "contact_phone")
OF_NO_RUN = ("contact_email", "contact_phone")
OF_REGISTRATIONS = (*OF_RUNS, "name", "agency", "registered_at")

PERSON = gettext_lazy("die angemeldete Person")
ATTENDEE = gettext_lazy("wer teilgenommen hat")
SUPERVISOR = gettext_lazy("die vorgesetzte Person")
CONTACT = gettext_lazy("die Ansprechperson der Behörde")
GUEST = gettext_lazy("die eingeladene Person")
TRAINER = gettext_lazy("die Kursleitung")


HELD = (*OF_REGISTRATIONS, "held_until")
LEAVING = (*OF_REGISTRATIONS, "leave_until")
