"""Why must a mail no longer be sent, although the registration still has the status the mail is about?

Each kind declares one of these; the answer is empty if the mail is still true. After an outage mails may leave
before the periodic work has ended what is over.
"""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from trainings import calendars, refreshers
from trainings.mails import digest
from trainings.mails.facts import agency_of_appointment
from trainings.models import Correspondence, HeldPlace, Message


def always_true(message: Message) -> str:
    """True as long as the status is."""
    return ""


def while_held(message: Message) -> str:
    """It asks for an answer, which only matters while the place is held."""
    held_until = message.about_registration.held_until
    is_over = held_until is not None and held_until <= timezone.now()
    return _("Die Frist ist inzwischen abgelaufen.") if is_over else ""


def while_decided_by_another(message: Message) -> str:
    """It carries a link to decide with, which nobody gets about themselves."""
    if why := while_held(message):
        return why
    is_own = message.about_registration.person.reads(message.address)
    return _("Die Adresse gehört der angemeldeten Person selbst.") if is_own else ""


def over(message: Message) -> str:
    """It is about a place in an upcoming run."""
    return _("Der Termin ist inzwischen vorbei.") if message.about.is_finished() else ""


def has_started(message: Message) -> str:
    return _("Der Termin hat inzwischen begonnen.") if message.about.has_started() else ""


def nothing_for_calendar(message: Message) -> str:
    return "" if calendars.news_for_calendar(message) else _("Für den Kalender gibt es nichts Neues.")


def of_moved_sessions(message: Message) -> str:
    """A run of several days may have begun: what matters are the sessions, as they were and as they are."""
    if message.about.is_cancelled:
        return _("Der Termin ist inzwischen abgesagt.")
    now = timezone.now()
    changes = message.details["changes"]
    if any("field" in change for change in changes) and not message.about.is_finished(now):
        return ""
    starts = [
        change[name]["starts_at"]
        for change in changes
        if "field" not in change
        for name in ("old", "new")
        if change[name]
    ]
    is_to_come = any(dt.datetime.fromisoformat(start) > now for start in starts)
    return "" if is_to_come else _("Die Sitzungen haben inzwischen begonnen.")


def of_reminder(message: Message) -> str:
    """``details["day"]`` is the first day as it was when the mail was queued."""
    run = message.about
    if run.has_started():
        return _("Der Termin hat inzwischen begonnen.")
    if run.starts_at is None or message.details.get("day") != timezone.localdate(run.starts_at).isoformat():
        return _("Der Termin ist inzwischen verlegt.")
    return ""


def not_to_come(message: Message) -> str:
    run = message.about
    if run.is_cancelled:
        return _("Der Termin ist inzwischen abgesagt.")
    if run.has_started():
        return _("Der Termin hat inzwischen begonnen.")
    return ""


def nothing_to_name(message: Message) -> str:
    """Places an agency still has to name people for."""
    unnamed = HeldPlace.objects.open().filter(run=message.about, taken_by=message.recipient)
    if why := not_to_come(message):
        return why
    return "" if unnamed.exists() else _("Alle Plätze sind inzwischen benannt oder zurückgegeben.")


def run_is_not_off(message: Message) -> str:
    return "" if message.about.is_cancelled else _("Der Termin ist nicht mehr abgesagt.")


def _leads(message: Message) -> bool:
    return message.about.trainers.filter(pk=message.recipient_id).exists()


def not_assigned(message: Message) -> str:
    run = message.about
    if run.is_cancelled:
        return _("Der Termin ist inzwischen abgesagt.")
    return "" if _leads(message) else _("Die Person leitet den Termin inzwischen nicht mehr.")


def leads_again(message: Message) -> str:
    return _("Die Person leitet den Termin inzwischen wieder.") if _leads(message) else ""


def of_list(message: Message) -> str:
    """The list of a day: ``details["day"]``."""
    day = dt.date.fromisoformat(message.details["day"])
    sessions = [one for one in message.about.sessions_taking_place if timezone.localdate(one.starts_at) == day]
    if why := not_assigned(message):
        return why
    if not sessions:
        return _("An diesem Tag ist keine Sitzung mehr.")
    return "" if sessions[0].starts_at > timezone.now() else _("Die Sitzung hat inzwischen begonnen.")


def of_appointment(message: Message) -> str:
    agency = agency_of_appointment(message)
    is_contact = message.recipient is not None and agency is not None and message.recipient.speaks_for(agency.pk)
    return "" if is_contact else _("Die Person ist keine Ansprechperson mehr.")


def used_again(message: Message) -> str:
    """Signing in after the mail was queued keeps the account."""
    person = message.recipient
    if person is None or (person.last_login is not None and person.last_login > message.queued_at):
        return _("Das Konto wird wieder genutzt.")
    return ""


def of_digest(message: Message) -> str:
    """A digest is of its day, and for coordinators who want it."""
    person = message.recipient
    if person is None or not (person.is_coordinator and Correspondence.objects.of(person).wants_digest):
        return _("Die Person bekommt keine Übersicht mehr.")
    if message.details.get("day") != timezone.localdate().isoformat():
        return _("Die Übersicht ist von einem anderen Tag.")
    since, until = (dt.datetime.fromisoformat(message.details[name]) for name in ("since", "until"))
    return "" if digest.sections(since, until) else _("Es gibt nichts mehr zu berichten.")


def of_refresher(message: Message) -> str:
    """Attended again, registered, corrected, or due on another day; or the person does not want to hear of it."""
    person, registration = message.recipient, message.about_registration
    if person is None or not Correspondence.objects.of(person).wants_refreshers:
        return _("Die Person möchte keine Erinnerungen an Auffrischungen.")
    day = message.details.get("due_on")
    if day and refreshers.is_due(registration, dt.date.fromisoformat(day)):
        return ""
    return _("Die Auffrischung ist an diesem Tag nicht mehr fällig.")
