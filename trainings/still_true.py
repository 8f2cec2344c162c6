"""Does a mail that tells of a run, or of a day, still tell the truth when it leaves? If not, it says why it is dropped.

What tells of a registration is measured by its status first, in ``outbox.TRUE_WHILE``.
"""

import datetime as dt
from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext as _

from trainings.models import CourseRun, HeldPlace, Message

Kind = Message.Kind


def objection(message: Message) -> str:
    """Why a mail without a registration must not leave; empty if it still holds."""
    # A kind not named here also goes to people with a registration: a trainer hears of a moved session.
    return OBJECTIONS.get(Kind(message.kind), _to_come)(message)


def objection_to_reminder(message: Message, run: CourseRun) -> str:
    """The same for a reminder: ``details["day"]`` is the first day as it was when the mail was queued."""
    if run.has_started():
        return _("Der Termin hat inzwischen begonnen.")
    if run.starts_at is None or message.details.get("day") != timezone.localdate(run.starts_at).isoformat():
        return _("Der Termin ist inzwischen verlegt.")
    return ""


def objection_to_certificate(message: Message) -> str:
    """The same for „your certificate is ready“: of a certificate that ended, the mail that says so came later."""
    ended = Message.objects.filter(registration=message.registration, kind=Kind.CERTIFICATE_REVOKED, pk__gt=message.pk)
    return _("Die Bescheinigung ist inzwischen widerrufen.") if ended.exists() else ""


def _to_come(message: Message) -> str:
    run = message.about
    if run.is_cancelled:
        return _("Der Termin ist inzwischen abgesagt.")
    if run.has_started():
        return _("Der Termin hat inzwischen begonnen.")
    return ""


def _unnamed(message: Message) -> str:
    """Places that an agency has still to name."""
    unnamed = HeldPlace.objects.open().filter(run=message.about, taken_by=message.recipient)
    if why := _to_come(message):
        return why
    return "" if unnamed.exists() else _("Alle Plätze sind inzwischen benannt oder zurückgegeben.")


def _is_off(message: Message) -> str:
    return "" if message.about.is_cancelled else _("Der Termin ist nicht mehr abgesagt.")


def _leads(message: Message) -> bool:
    return message.about.trainers.filter(pk=message.recipient_id).exists()


def _assigned(message: Message) -> str:
    run = message.about
    if run.is_cancelled:
        return _("Der Termin ist inzwischen abgesagt.")
    return "" if _leads(message) else _("Die Person leitet den Termin inzwischen nicht mehr.")


def _removed(message: Message) -> str:
    return _("Die Person leitet den Termin inzwischen wieder.") if _leads(message) else ""


def _list(message: Message) -> str:
    """The list of a day: ``details["day"]``."""
    day = dt.date.fromisoformat(message.details["day"])
    sessions = [one for one in message.about.sessions_taking_place if timezone.localdate(one.starts_at) == day]
    if why := _assigned(message):
        return why
    if not sessions:
        return _("An diesem Tag ist keine Sitzung mehr.")
    return "" if sessions[0].starts_at > timezone.now() else _("Die Sitzung hat inzwischen begonnen.")


def _digest(message: Message) -> str:
    """A digest is of its day, and for coordinators who want it."""
    person = message.recipient
    if person is None or not (person.is_coordinator and person.wants_digest):
        return _("Die Person bekommt keine Übersicht mehr.")
    today = timezone.localdate().isoformat()
    return "" if message.details.get("day") == today else _("Die Übersicht ist von einem anderen Tag.")


OBJECTIONS: dict[Message.Kind, Callable[[Message], str]] = {
    Kind.INVITED: _to_come,
    Kind.NAMES_WANTED: _unnamed,
    Kind.CONTACT_CANCELLED: _is_off,
    Kind.CONTACT_MOVED: _unnamed,
    Kind.TRAINER_ASSIGNED: _assigned,
    Kind.TRAINER_REMOVED: _removed,
    Kind.TRAINER_CANCELLED: _is_off,
    Kind.TRAINER_LIST: _list,
    Kind.DIGEST: _digest,
}
