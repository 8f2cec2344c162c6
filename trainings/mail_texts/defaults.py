"""With which words does each kind of mail begin, before coordinators change them? German, English by the catalogue.

Here is also to whom a kind goes, and which placeholders its words may have. Subject and opening are what can be
changed; everything else a mail says is in its templates.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from trainings.models import Message

Kind = Message.Kind


@dataclass(frozen=True)
class Placeholder:
    meaning: str | Promise
    example: str | Promise


# In the order in which the page explains them.
PLACEHOLDERS: dict[str, Placeholder] = {
    "title": Placeholder(gettext_lazy("Titel der Schulung"), gettext_lazy("Umgang mit Vielfalt")),
    "number": Placeholder(gettext_lazy("Nummer des Termins"), "2037-014"),
    "dates": Placeholder(gettext_lazy("wann der Termin stattfindet"), gettext_lazy("Di., 10. März 2037, 9:00 Uhr")),
    "place": Placeholder(gettext_lazy("Veranstaltungsort"), gettext_lazy("Altes Rathaus, Markt 1, 56727 Mayen")),
    "contact_email": Placeholder(gettext_lazy("E-Mail-Adresse der Koordination"), "schulungen@kreis.example"),
    "contact_phone": Placeholder(gettext_lazy("Telefonnummer der Koordination"), "0261 108-0"),
    "name": Placeholder(gettext_lazy("Name der angemeldeten Person"), "Alex Beispiel"),
    "agency": Placeholder(gettext_lazy("Behörde der angemeldeten Person"), "Stadtverwaltung Mayen"),
    "held_until": Placeholder(
        gettext_lazy("bis wann der Platz gehalten wird"), gettext_lazy("Di., 3. März 2037, 24:00 Uhr")
    ),
    "leave_until": Placeholder(gettext_lazy("bis wann man sich abmelden kann"), gettext_lazy("Di., 3. März 2037")),
    "closes_on": Placeholder(gettext_lazy("letzter Tag der Anmeldung"), gettext_lazy("Di., 3. März 2037")),
    "day": Placeholder(gettext_lazy("Tag der Sitzung"), gettext_lazy("Di., 10. März 2037")),
    "substitute": Placeholder(gettext_lazy("wer den Platz übernommen hat"), "Robin Muster"),
}
# A subject is read on locked screens and by whoever looks over a shoulder: nothing that tells of a person.
OF_SUBJECTS = ("title", "number", "dates")
OF_RUNS = (*OF_SUBJECTS, "place", "contact_email", "contact_phone")
OF_REGISTRATIONS = (*OF_RUNS, "name", "agency")

PERSON = gettext_lazy("die angemeldete Person")
SUPERVISOR = gettext_lazy("die vorgesetzte Person")
CONTACT = gettext_lazy("die Ansprechperson der Behörde")
GUEST = gettext_lazy("die eingeladene Person")
TRAINER = gettext_lazy("die Kursleitung")


@dataclass(frozen=True)
class Default:
    """To whom a kind goes, its words to begin with, and which placeholders its body may have."""

    to: str | Promise
    subject: str | Promise
    opening: str | Promise
    may_have: tuple[str, ...] = OF_REGISTRATIONS


HELD = (*OF_REGISTRATIONS, "held_until")
LEAVING = (*OF_REGISTRATIONS, "leave_until")

# Kinds that are missing here are written otherwise: free messages, for example, each time anew.
DEFAULTS: dict[str, Default] = {
    Kind.REGISTERED: Default(
        PERSON,
        gettext_lazy("Anmeldung bestätigt: {title} ({number})"),
        gettext_lazy("Sie haben einen Platz in dieser Schulung."),
        LEAVING,
    ),
    Kind.REQUESTED: Default(
        PERSON,
        gettext_lazy("Freigabe angefragt: {title} ({number})"),
        gettext_lazy(
            "Wir halten einen Platz für Sie. Bestätigt ist er, sobald Ihre vorgesetzte Person zugestimmt hat.\n\n"
            "Das ist nicht die Warteliste: Wir halten den Platz für Sie bis {held_until}. "
            "Ist bis dahin nicht zugestimmt, verfällt er."
        ),
        (*HELD, "leave_until"),
    ),
    Kind.WAITLISTED: Default(
        PERSON,
        gettext_lazy("Warteliste: {title} ({number})"),
        gettext_lazy("Zurzeit sind alle Plätze vergeben. Sie stehen auf der Warteliste."),
    ),
    Kind.PROMOTED: Default(
        PERSON,
        gettext_lazy("Platz bestätigt: {title} ({number})"),
        gettext_lazy("Ein Platz ist frei geworden, und Sie haben ihn: Ihre Anmeldung ist jetzt bestätigt."),
        LEAVING,
    ),
    Kind.OFFERED: Default(
        PERSON,
        gettext_lazy("Platz angeboten: {title} ({number})"),
        gettext_lazy(
            "Ein Platz ist frei geworden, und Sie sind an der Reihe. Wir halten ihn für Sie bis {held_until}.",
        ),
        HELD,
    ),
    Kind.CALLED: Default(
        PERSON,
        gettext_lazy("Platz frei, wer zuerst zusagt: {title} ({number})"),
        gettext_lazy(
            "Ein Platz ist frei geworden. Weil die Schulung bald beginnt, fragen wir alle Wartenden zugleich: "
            "Wer zuerst zusagt, bekommt ihn."
        ),
    ),
    Kind.OFFER_DECLINED: Default(
        PERSON,
        gettext_lazy("Angebot abgelehnt: {title} ({number})"),
        gettext_lazy(
            "Sie haben den angebotenen Platz abgelehnt. Ihre Anmeldung ist damit beendet, und die nächste Person "
            "bekommt den Platz."
        ),
    ),
    Kind.OFFER_EXPIRED: Default(
        PERSON,
        gettext_lazy("Angebot verfallen: {title} ({number})"),
        gettext_lazy(
            "Wir haben bis zum Ende der Frist keine Antwort auf unser Angebot bekommen. Der Platz geht an die nächste "
            "Person, und Ihre Anmeldung ist beendet."
        ),
    ),
    Kind.APPROVAL_ASKED: Default(
        SUPERVISOR,
        gettext_lazy("Bitte um Freigabe: {title} ({number})"),
        gettext_lazy(
            "{name} ist für diese Schulung angemeldet. Bitte entscheiden Sie, ob die Teilnahme möglich ist.\n\n"
            "Die Schulung ist kostenlos."
        ),
        HELD,
    ),
    Kind.APPROVAL_REMINDER: Default(
        SUPERVISOR,
        gettext_lazy("Erinnerung an die Freigabe: {title} ({number})"),
        gettext_lazy(
            "Über die Anmeldung von {name} ist noch nicht entschieden. Bitte entscheiden Sie, ob die Teilnahme "
            "möglich ist.\n\nDie Schulung ist kostenlos."
        ),
        HELD,
    ),
    Kind.APPROVAL_PASSED_ON: Default(
        CONTACT,
        gettext_lazy("Freigabe noch offen: {title} ({number})"),
        gettext_lazy(
            "Über die Anmeldung von {name} ist noch nicht entschieden, und die Frist endet bald. Als Ansprechperson "
            "der Behörde können auch Sie entscheiden."
        ),
        HELD,
    ),
    Kind.APPROVAL_DECLINED: Default(
        PERSON,
        gettext_lazy("Nicht freigegeben: {title} ({number})"),
        gettext_lazy("Ihre Teilnahme an dieser Schulung wurde nicht freigegeben. Ihre Anmeldung ist damit beendet."),
    ),
    Kind.APPROVAL_EXPIRED: Default(
        PERSON,
        gettext_lazy("Freigabe ausgeblieben: {title} ({number})"),
        gettext_lazy(
            "Über Ihre Teilnahme wurde nicht rechtzeitig entschieden. Der Platz ist deshalb nicht länger gehalten, "
            "und Ihre Anmeldung ist beendet."
        ),
    ),
    Kind.SUPERVISOR_INFORMED: Default(
        SUPERVISOR,
        gettext_lazy("Zur Kenntnis, Teilnahme bestätigt: {title} ({number})"),
        gettext_lazy("{name} hat einen Platz in dieser Schulung. Sie müssen nichts tun."),
    ),
    Kind.SUPERVISOR_CANCELLED: Default(
        SUPERVISOR,
        gettext_lazy("Zur Kenntnis, Anmeldung beendet: {title} ({number})"),
        gettext_lazy("Die Anmeldung von {name} zu dieser Schulung ist beendet. Sie müssen nichts tun."),
    ),
    Kind.SUBSTITUTED: Default(
        PERSON,
        gettext_lazy("Platz übergeben: {title} ({number})"),
        gettext_lazy("Ihren Platz in dieser Schulung hat jetzt {substitute}. Ihre Anmeldung ist damit beendet."),
        (*OF_REGISTRATIONS, "substitute"),
    ),
    Kind.SUBSTITUTE: Default(
        PERSON,
        gettext_lazy("Platz übernommen: {title} ({number})"),
        gettext_lazy(
            "Sie haben einen Platz in dieser Schulung: Sie nehmen anstelle einer Kollegin oder eines Kollegen teil."
        ),
        LEAVING,
    ),
    Kind.MOVED: Default(
        PERSON,
        gettext_lazy("Umgebucht: {title} ({number})"),
        gettext_lazy("Sie haben einen Platz in diesem Termin der Schulung."),
        LEAVING,
    ),
    Kind.CANCELLED: Default(
        PERSON,
        gettext_lazy("Abmeldung bestätigt: {title} ({number})"),
        gettext_lazy("Ihre Anmeldung zu dieser Schulung ist beendet. Sie brauchen nichts weiter zu tun."),
    ),
    Kind.SESSION_MOVED: Default(
        PERSON,
        gettext_lazy("Termin geändert: {title} ({number})"),
        gettext_lazy("An diesem Termin hat sich etwas geändert."),
    ),
    Kind.RUN_CANCELLED: Default(
        PERSON,
        gettext_lazy("Termin abgesagt: {title} ({number})"),
        gettext_lazy("Dieser Termin findet leider nicht statt."),
    ),
    Kind.WAIT_ENDED: Default(
        PERSON,
        gettext_lazy("Kein Platz frei geworden: {title} ({number})"),
        gettext_lazy(
            "Die Schulung hat begonnen, ohne dass ein Platz für Sie frei geworden ist. Das tut uns leid. "
            "Ihre Anmeldung auf der Warteliste ist damit beendet."
        ),
    ),
    Kind.WALKED_IN: Default(
        PERSON,
        gettext_lazy("Ihre Teilnahme: {title} ({number})"),
        gettext_lazy("Die Kursleitung hat Sie vor Ort in die Liste der Teilnehmenden eingetragen."),
    ),
    Kind.INVITED: Default(
        GUEST,
        gettext_lazy("Einladung: {title} ({number})"),
        gettext_lazy("Wir laden Sie zu dieser Schulung ein."),
        (*OF_RUNS, "closes_on"),
    ),
    Kind.NAMES_WANTED: Default(
        CONTACT,
        gettext_lazy("Plätze noch zu benennen: {title} ({number})"),
        gettext_lazy("Bitte sagen Sie uns, wer kommt."),
        OF_RUNS,
    ),
    Kind.REMINDER: Default(
        PERSON,
        gettext_lazy("Erinnerung: {title} ({number})"),
        gettext_lazy("Ihre Schulung beginnt bald. Wir freuen uns auf Sie."),
        LEAVING,
    ),
    Kind.OFFER_REMINDER: Default(
        PERSON,
        gettext_lazy("Ihre Antwort fehlt noch: {title} ({number})"),
        gettext_lazy(
            "Wir halten noch immer einen Platz für Sie, aber nur bis {held_until}. Ihre Antwort fehlt uns noch."
        ),
        HELD,
    ),
    Kind.THANKS: Default(
        PERSON,
        gettext_lazy("Danke für Ihre Teilnahme: {title} ({number})"),
        gettext_lazy("Vielen Dank, dass Sie an dieser Schulung teilgenommen haben."),
    ),
    Kind.TRAINER_ASSIGNED: Default(
        TRAINER,
        gettext_lazy("Sie leiten: {title} ({number})"),
        gettext_lazy("Sie sind als Kursleitung für diesen Termin eingetragen."),
        OF_RUNS,
    ),
    Kind.TRAINER_REMOVED: Default(
        TRAINER,
        gettext_lazy("Kursleitung geändert: {title} ({number})"),
        gettext_lazy(
            "Sie leiten diesen Termin nicht mehr. Er steht nicht mehr in Ihrer Übersicht und in Ihrem Kalender."
        ),
        OF_RUNS,
    ),
    Kind.TRAINER_CANCELLED: Default(
        TRAINER,
        gettext_lazy("Termin abgesagt: {title} ({number})"),
        gettext_lazy("Dieser Termin, den Sie leiten sollten, findet nicht statt."),
        OF_RUNS,
    ),
    Kind.TRAINER_LIST: Default(
        TRAINER,
        gettext_lazy("Ihre nächste Sitzung: {title} ({number})"),
        gettext_lazy("Hier ist, was Sie für Ihre Sitzung am {day} wissen müssen."),
        (*OF_RUNS, "day"),
    ),
    Kind.CONTACT_CANCELLED: Default(
        CONTACT,
        gettext_lazy("Termin abgesagt: {title} ({number})"),
        gettext_lazy("Dieser Termin, für den Sie Plätze gehalten haben, findet nicht statt."),
        OF_RUNS,
    ),
    Kind.CONTACT_MOVED: Default(
        CONTACT,
        gettext_lazy("Termin geändert: {title} ({number})"),
        gettext_lazy("An diesem Termin hat sich etwas geändert."),
        OF_RUNS,
    ),
    Kind.CERTIFICATE_READY: Default(
        PERSON,
        gettext_lazy("Teilnahmebescheinigung liegt bereit: {title} ({number})"),
        gettext_lazy("Ihre Teilnahmebescheinigung ist ausgestellt."),
    ),
    Kind.CERTIFICATE_REPLACED: Default(
        PERSON,
        gettext_lazy("Teilnahmebescheinigung ersetzt: {title} ({number})"),
        gettext_lazy("Eine Ihrer Teilnahmebescheinigungen hat sich geändert."),
    ),
    Kind.CERTIFICATE_REVOKED: Default(
        PERSON,
        gettext_lazy("Teilnahmebescheinigung widerrufen: {title} ({number})"),
        gettext_lazy("Eine Ihrer Teilnahmebescheinigungen gilt nicht mehr."),
    ),
}

# These tell of a run; every other one of a registration.
OF_A_RUN = frozenset(
    {
        Kind.INVITED,
        Kind.NAMES_WANTED,
        Kind.TRAINER_ASSIGNED,
        Kind.TRAINER_REMOVED,
        Kind.TRAINER_CANCELLED,
        Kind.TRAINER_LIST,
        Kind.CONTACT_CANCELLED,
        Kind.CONTACT_MOVED,
    }
)
