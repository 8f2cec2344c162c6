"""With which words does a mail say it? Those that coordinators may change, for each kind and language.

Subject, opening and closing can be changed. The block of facts, what comes next, the links and how to cancel are
written by the templates and stay, whatever is changed here. Each saving is a new version; an empty field means the
words to begin with, which are below in German and come in English from the catalogue.
"""

import datetime as dt
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import User
from trainings import placeholders, prose
from trainings.models import Message, MessageText

logger = logging.getLogger(__name__)

Kind = Message.Kind
FIELDS = ("subject", "opening", "closing")

# What turns the direction of writing: it could make one address look like another.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


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
        gettext_lazy("bis wann der Platz gehalten wird"), gettext_lazy("Di., 3. März 2037, Ende des Tages")
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
        gettext_lazy("Sie leiten diesen Termin."),
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


@dataclass(frozen=True)
class Filled:
    """The words as they are sent: the prose once as text and once as paragraphs of HTML."""

    subject: str
    opening: str = ""
    opening_html: str = ""
    closing: str = ""
    closing_html: str = ""


class Outdated(Exception):
    """Somebody else has saved a version in the meantime: ``latest``."""

    def __init__(self, latest: MessageText) -> None:
        super().__init__(str(latest))
        self.latest = latest


# --- Versions ---------------------------------------------------------------------------------------------------------


def current(kind: str, language: str) -> MessageText:
    """The newest version; one that is not stored, empty and with the version 0 if there is none."""
    return history(kind, language).first() or MessageText(kind=kind, language=language, version=0)


def history(kind: str, language: str) -> QuerySet[MessageText]:
    """All versions, the newest first, with who saved them."""
    return MessageText.objects.filter(kind=kind, language=language).select_related("saved_by").order_by("-version")


def newest() -> dict[tuple[str, str], MessageText]:
    """The newest version of everything that was ever changed, by kind and language."""
    versions = MessageText.objects.select_related("saved_by").order_by("version")
    return {(text.kind, text.language): text for text in versions}


def is_changed(text: MessageText) -> bool:
    return any(getattr(text, field) for field in FIELDS)


def default(kind: str, language: str) -> dict[str, str]:
    """The words to begin with, by field."""
    with override(language):
        return {"subject": str(DEFAULTS[kind].subject), "opening": str(DEFAULTS[kind].opening), "closing": ""}


def shown(text: MessageText) -> dict[str, str]:
    """The words that hold with this version, by field: its own, or those to begin with."""
    to_begin_with = default(text.kind, text.language)
    return {field: getattr(text, field) or to_begin_with[field] for field in FIELDS}


@transaction.atomic
def save(text: MessageText, *, based_on: int, by: User, at: dt.datetime | None = None) -> MessageText | None:
    """Keep the words as a new version; None if they are those of the current one. Raises Outdated, Malformed.

    ``based_on`` is the version they were made from. Who saves at the same moment waits for the first version, whose
    lock stands for kind and language; before there is any, the constraint lets one of two through. Words that are
    those to begin with are kept as empty, so that they follow when those are improved.
    """
    words = {field: getattr(text, field) for field in FIELDS}
    to_begin_with = default(text.kind, text.language)
    words = {field: "" if said == to_begin_with[field] else said for field, said in words.items()}
    for field, said in words.items():
        placeholders.filled_text(said, dict.fromkeys(allowed(text.kind, field), ""))
    versions = MessageText.objects.filter(kind=text.kind, language=text.language)
    list(versions.select_for_update().order_by("version").values_list("pk", flat=True)[:1])
    present = current(text.kind, text.language)
    if based_on != present.version:
        raise Outdated(present)
    if words == {field: getattr(present, field) for field in FIELDS}:
        return None
    try:
        with transaction.atomic():
            return MessageText.objects.create(
                kind=text.kind,
                language=text.language,
                version=present.version + 1,
                **words,
                saved_by=by,
                saved_at=at or timezone.now(),
            )
    except IntegrityError:
        raise Outdated(history(text.kind, text.language)[0]) from None


# --- What may be written ----------------------------------------------------------------------------------------------


def allowed(kind: str, field: str) -> tuple[str, ...]:
    """The placeholders of that field."""
    return OF_SUBJECTS if field == "subject" else DEFAULTS[kind].may_have


def problems(kind: str, field: str, text: str) -> list[str]:
    """Why the text cannot be saved, in the active language; empty if it can."""
    found = placeholders.problems(text, allowed(kind, field))
    if found and field == "subject":
        found.append(_("Ein Betreff sagt nichts über eine Person, denn andere lesen ihn mit."))
    if unseen := sorted({*_TURNING.findall(text), *_CONTROL.findall(text)}):
        named = ", ".join(f"U+{ord(char):04X}" for char in unseen)
        found.append(_("Der Text enthält unsichtbare Steuerzeichen (%(characters)s).") % {"characters": named})
    return found


def tidied(field: str, text: str) -> str:
    """As it is kept: a subject on one line, other words with plain line ends."""
    if field == "subject":
        return " ".join(text.split())
    return re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


# --- Filling ----------------------------------------------------------------------------------------------------------


def filled(text: MessageText, values: Mapping[str, str]) -> Filled:
    """The words with the values in place of the placeholders.

    Where a value is missing for this recipient, the words to begin with stand in for that field: a mail is never
    held up by its words.
    """
    one_line = {name: " ".join(_TURNING.sub("", value).split()) for name, value in values.items()}
    in_html = {name: escape(value) for name, value in one_line.items()}
    subject, opening, closing = (_fillable(text, field, one_line) for field in FIELDS)
    return Filled(
        subject=placeholders.filled_text(subject, one_line),
        opening=placeholders.filled_text(opening, one_line),
        opening_html=_html(opening, in_html),
        closing=placeholders.filled_text(closing, one_line),
        closing_html=_html(closing, in_html),
    )


def as_written(subject: str, text: str) -> Filled:
    """Words of one message alone, which have no placeholders."""
    return Filled(subject=subject, opening=text, opening_html=prose.as_html(text))


def _fillable(text: MessageText, field: str, values: Mapping[str, str]) -> str:
    """The words of the version if everything they name is there."""
    if own := str(getattr(text, field)):
        try:
            placeholders.filled_text(own, {name: value for name, value in values.items() if value})
        except placeholders.Malformed as missing:
            logger.warning(
                "The %s of %s (%s, version %s) cannot be filled here, %s is missing; the default is sent.",
                field,
                text.kind,
                text.language,
                text.version,
                missing,
            )
        else:
            return own
    return default(text.kind, text.language)[field]


def _html(text: str, escaped: Mapping[str, str]) -> SafeString:
    return mark_safe(placeholders.filled_text(prose.as_html(text), escaped))  # noqa: S308  text and values are escaped


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]
