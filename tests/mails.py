"""A mail of each kind, written as if the rules had queued it."""

import re
from types import SimpleNamespace

from django.db.models import F
from icalendar import Calendar

from tests import builders
from trainings import mails
from trainings.mails import facts as mail_facts
from trainings.models import Message, Registration, mail_kind, mail_kinds
from trainings.models.message import OF_NO_RUN
from trainings.planning.telling import GRACE

# The names of all that is declared: ``Kind.REGISTERED``.
Kind = SimpleNamespace(**{kind.name.upper(): kind.name for kind in mail_kinds()})
Status = Registration.Status

STATUS_OF = {
    Kind.REGISTERED: Status.CONFIRMED,
    Kind.REQUESTED: Status.REQUESTED,
    Kind.WAITLISTED: Status.WAITLISTED,
    Kind.PROMOTED: Status.CONFIRMED,
    Kind.OFFERED: Status.OFFERED,
    Kind.CALLED: Status.WAITLISTED,
    Kind.OFFER_DECLINED: Status.DECLINED,
    Kind.OFFER_EXPIRED: Status.EXPIRED,
    Kind.REQUESTED_OF_US: Status.REQUESTED,
    Kind.OFFER_PASSED: Status.WAITLISTED,
    Kind.SUBSTITUTE_ASKED: Status.OFFERED,
    Kind.SUBSTITUTE_ENDED: Status.EXPIRED,
    Kind.PLACE_KEPT: Status.CONFIRMED,
    Kind.APPROVAL_ASKED: Status.REQUESTED,
    Kind.APPROVAL_REMINDER: Status.REQUESTED,
    Kind.APPROVAL_PASSED_ON: Status.REQUESTED,
    Kind.APPROVAL_DECLINED: Status.DECLINED,
    Kind.APPROVAL_EXPIRED: Status.EXPIRED,
    Kind.SUPERVISOR_INFORMED: Status.CONFIRMED,
    Kind.SUPERVISOR_CANCELLED: Status.CANCELLED,
    Kind.SUBSTITUTED: Status.CANCELLED,
    Kind.SUBSTITUTE: Status.CONFIRMED,
    Kind.MOVED: Status.CONFIRMED,
    Kind.CANCELLED: Status.CANCELLED,
    Kind.SESSION_MOVED: Status.CONFIRMED,
    Kind.RUN_CANCELLED: Status.CANCELLED,
    Kind.WAIT_ENDED: Status.EXPIRED,
    Kind.WALKED_IN: Status.CONFIRMED,
    Kind.CALENDAR_ENTRY: Status.CONFIRMED,
    Kind.REMINDER: Status.CONFIRMED,
    Kind.OFFER_REMINDER: Status.OFFERED,
    Kind.THANKS: Status.CONFIRMED,
    Kind.REFRESHER_DUE: Status.CONFIRMED,
    Kind.CERTIFICATE_READY: Status.CONFIRMED,
    Kind.CERTIFICATE_REPLACED: Status.CONFIRMED,
    Kind.CERTIFICATE_REVOKED: Status.CONFIRMED,
}
DETAILS = {
    Kind.CERTIFICATE_REPLACED: {
        "number": "MYK-2037-000001",
        "new_number": "MYK-2037-000002",
        "reason": "Name berichtigt",
    },
    Kind.CERTIFICATE_REVOKED: {"number": "MYK-2037-000001", "reason": "Falsche Person"},
}
# What coordinators write themselves is in test_digest.py and test_announcements.py.
OF_ONE_TRAINING = [
    kind
    for kind in vars(Kind).values()
    if kind not in {*OF_NO_RUN, Kind.ANNOUNCEMENT} and not mail_kind(kind).is_of_no_run
]
TO_SUPERVISORS = [
    Kind.APPROVAL_ASKED,
    Kind.APPROVAL_REMINDER,
    Kind.APPROVAL_PASSED_ON,
    Kind.SUPERVISOR_INFORMED,
    Kind.SUPERVISOR_CANCELLED,
]
CHANGES = [
    {
        "session": 1,
        "old": {"starts_at": "2037-03-09T08:00:00+00:00", "ends_at": "2037-03-09T15:30:00+00:00", "room": "Saal 1"},
        "new": {"starts_at": "2037-03-10T08:00:00+00:00", "ends_at": "2037-03-10T15:30:00+00:00", "room": "Saal 2"},
        "cancelled": False,
    },
    {
        "session": 2,
        "old": {"starts_at": "2037-04-21T07:00:00+00:00", "ends_at": "2037-04-21T11:00:00+00:00", "room": ""},
        "new": {"starts_at": "2037-04-21T07:00:00+00:00", "ends_at": "2037-04-21T11:00:00+00:00", "room": ""},
        "cancelled": True,
    },
]
DETAILS |= {
    Kind.SESSION_MOVED: {"changes": CHANGES},
    Kind.CONTACT_MOVED: {"changes": CHANGES},
    Kind.TRAINER_LIST: {"day": "2037-03-10"},
    Kind.REFRESHER_DUE: {"due_on": "2039-03-10"},
}


def compose(kind, registration) -> mails.Mail:
    if kind in TO_SUPERVISORS:
        return mails.compose(Message(kind=kind, registration=registration, to_email="chef@mayen.example"))
    person, details = registration.person, DETAILS.get(kind, {})
    return mails.compose(Message(kind=kind, registration=registration, recipient=person, details=details))


def compose_any(kind, run, person) -> mails.Mail:
    """One mail of that kind about the run, to the person or their supervisor."""
    if mail_kind(kind).is_of_a_run:
        return mails.compose(Message(kind=kind, run=run, recipient=person, details=DETAILS.get(kind, {})))
    return compose(kind, builders.build_registration(run, person, STATUS_OF[kind]))


def let_grace_pass() -> None:
    """The minutes are over in which a change of a run may be taken back before anybody hears of it."""
    Message.objects.filter(status=Message.Status.QUEUED).update(due_at=F("due_at") - GRACE)


def facts_of(registration) -> list[tuple[str, str]]:
    return [(fact.label, fact.value) for fact in mail_facts.of_registration(registration)]


def paragraphs(written: mails.Mail) -> list[str]:
    return [" ".join(part.split()) for part in written.text.split("\n\n")]


def link_in(text: str, purpose: str) -> mails.Link | None:
    """Where the link of the mail leads; None if there is none."""
    path = {"offer": "angebot", "approval": "freigabe", "cancel": "abmelden"}[purpose]
    found = re.search(rf"/{path}/([^/\s\"]+)/", text)
    return mails.read_link(purpose, found[1]) if found else None


def heard(sent) -> tuple[str, ...]:
    """Of an invitation method, status and SEQUENCE; of a file „file“ and its statuses; nothing without either.

    Then „gone“ and the statuses of the second file, if there is one.
    """
    types = ["text/calendar", "application/ics"]
    parts = [part for part in sent.message().walk() if part.get_content_type() in types]
    if not parts:
        return ()
    number = 2 if parts[0].get_content_type() == "text/calendar" else 1
    told = _told(parts[:number])
    for more in parts[number:]:
        calendar = Calendar.from_ical(more.get_payload(decode=True))
        told += ("gone", *(str(event["STATUS"]) for event in calendar.walk("VEVENT")))
    return told


def _told(parts) -> tuple[str, ...]:
    calendar = Calendar.from_ical(parts[-1].get_payload(decode=True))
    events = calendar.walk("VEVENT")
    if "METHOD" not in calendar:
        return ("file", *(str(event["STATUS"]) for event in events))
    [event] = events
    assert len(parts) == 2
    assert parts[0].get_payload(decode=True) == parts[1].get_payload(decode=True)
    assert parts[0].get_param("method") == calendar["METHOD"]
    return (str(calendar["METHOD"]), str(event["STATUS"]), str(event["SEQUENCE"]))


def the_event(sent) -> dict:
    [part] = [part for part in sent.message().walk() if part.get_content_type() == "text/calendar"]
    [event] = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    return event
