"""Does a mail that tells of a run, or of a day, still tell the truth when it leaves? If not, it says why it is dropped.

What tells of a registration is measured by its status first, in ``outbox.TRUE_WHILE``, and then by the time.
"""

import datetime as dt
from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext as _

from trainings.mails import digest
from trainings.models import CourseRun, HeldPlace, Message, Registration

Kind = Message.Kind
# These ask for an answer that is of use only while the place is held.
TRUE_WHILE_HELD = frozenset(
    {
        Kind.REQUESTED,
        Kind.OFFERED,
        Kind.OFFER_REMINDER,
        Kind.APPROVAL_ASKED,
        Kind.APPROVAL_REMINDER,
        Kind.APPROVAL_PASSED_ON,
    }
)
# These tell of a place in a run to come.
TRUE_UNTIL_THE_END = frozenset({Kind.REGISTERED, Kind.PROMOTED, Kind.SUBSTITUTE, Kind.MOVED, Kind.SUPERVISOR_INFORMED})


def objection(message: Message) -> str:
    """Why a mail without a registration must not leave; empty if it still holds."""
    # A kind not named here also goes to people with a registration: a trainer hears of a moved session.
    return OBJECTIONS.get(Kind(message.kind), _moved)(message)


def objection_by_time(message: Message, registration: Registration) -> str:
    """Why a mail of a registration comes too late, whatever the status says; empty if it does not.

    After an outage mails may leave before the periodic work has ended what is over.
    """
    now = timezone.now()
    if message.kind in TRUE_WHILE_HELD and registration.held_until is not None and registration.held_until <= now:
        return _("Die Frist ist inzwischen abgelaufen.")
    if message.kind in TRUE_UNTIL_THE_END and registration.run.is_finished(now):
        return _("Der Termin ist inzwischen vorbei.")
    if message.kind == Kind.CALLED and registration.run.has_started(now):
        return _("Der Termin hat inzwischen begonnen.")
    if message.kind == Kind.SESSION_MOVED:
        return _is_past(message)
    if message.kind == Kind.REMINDER:
        return objection_to_reminder(message, registration.run)
    return ""


def _is_past(message: Message) -> str:
    """Of changed sessions: whether all of them, as they were and as they are, have begun."""
    now = timezone.now()
    starts = [change[name]["starts_at"] for change in message.details["changes"] for name in ("old", "new")]
    is_to_come = any(dt.datetime.fromisoformat(start) > now for start in starts)
    return "" if is_to_come else _("Die Sitzungen haben inzwischen begonnen.")


def _moved(message: Message) -> str:
    """A run of several days may have begun: what matters is the session."""
    return _("Der Termin ist inzwischen abgesagt.") if message.about.is_cancelled else _is_past(message)


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
    if message.details.get("day") != timezone.localdate().isoformat():
        return _("Die Übersicht ist von einem anderen Tag.")
    since, until = (dt.datetime.fromisoformat(message.details[name]) for name in ("since", "until"))
    return "" if digest.sections(since, until) else _("Es gibt nichts mehr zu berichten.")


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
