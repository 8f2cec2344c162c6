"""Mails that are due on a day, and those that somebody writes."""

from django.utils.translation import gettext_lazy as _

from trainings import calendars
from trainings.mail_texts import ATTENDEE, CONTACT, GUEST, HELD, LEAVING, OF_REGISTRATIONS, OF_RUNS, PERSON
from trainings.mails import contexts, objections
from trainings.models import Ending, MailKind, Registration, Words

Status = Registration.Status

INVITED = MailKind(
    name="invited",
    label=_("Einladung"),
    words=Words(
        GUEST, _("Einladung: {title} ({days})"), _("Wir laden Sie zu dieser Schulung ein."), (*OF_RUNS, "closes_on")
    ),
    context=contexts.nothing_more,
    true_while=frozenset(),
    objection=objections.not_to_come,
    tells_calendar=False,
    can_be_ended=Ending.INTEREST,
)
NAMES_WANTED = MailKind(
    name="names_wanted",
    label=_("Plätze noch zu benennen"),
    words=Words(
        CONTACT, _("Plätze noch zu benennen: {title} ({number})"), _("Bitte sagen Sie uns, wer kommt."), OF_RUNS
    ),
    context=contexts.names_wanted,
    true_while=frozenset(),
    objection=objections.nothing_to_name,
    tells_calendar=False,
)
REMINDER = MailKind(
    name="reminder",
    label=_("Erinnerung an die Schulung"),
    words=Words(
        PERSON, _("Erinnerung: {title} ({days})"), _("Ihre Schulung beginnt bald. Wir freuen uns auf Sie."), LEAVING
    ),
    context=contexts.reminder,
    true_while=frozenset({Status.CONFIRMED}),
    objection=objections.of_reminder,
    tells_calendar=True,
)
OFFER_REMINDER = MailKind(
    name="offer_reminder",
    label=_("Erinnerung an das Angebot"),
    words=Words(
        PERSON,
        _("Ihre Antwort fehlt noch: {title} ({days})"),
        _("Wir halten noch immer einen Platz für Sie, aber nur bis {held_until}. Ihre Antwort fehlt uns noch."),
        HELD,
    ),
    context=contexts.with_answer_link,
    true_while=frozenset({Status.OFFERED}),
    objection=objections.while_held,
    tells_calendar=True,
)
CALENDAR_ENTRY = MailKind(
    name=calendars.SHORT_MAIL,
    label=_("Kalendereintrag"),
    words=None,
    context=contexts.calendar_entry,
    true_while=frozenset(Status),
    objection=objections.nothing_for_calendar,
    tells_calendar=True,
)
THANKS = MailKind(
    name="thanks",
    label=_("Dank nach der Schulung"),
    words=Words(
        PERSON,
        _("Danke für Ihre Teilnahme: {title} ({days})"),
        _("Vielen Dank, dass Sie an dieser Schulung teilgenommen haben."),
        OF_REGISTRATIONS,
    ),
    context=contexts.thanks,
    true_while=frozenset({Status.CONFIRMED}),
    objection=objections.always_true,
    tells_calendar=False,
)
REFRESHER_DUE = MailKind(
    name="refresher_due",
    label=_("Auffrischung fällig"),
    words=Words(
        ATTENDEE,
        _("Auffrischung: {title}"),
        _("Ihre Teilnahme an dieser Schulung liegt eine Weile zurück. Eine Auffrischung ist fällig am {due_on}."),
        (*OF_REGISTRATIONS, "due_on"),
    ),
    context=contexts.refresher_due,
    true_while=frozenset({Status.CONFIRMED}),
    objection=objections.of_refresher,
    tells_calendar=False,
    can_be_ended=Ending.REFRESHERS,
    invented_details={"due_on": "2037-03-10"},
)
ANNOUNCEMENT = MailKind(
    name="announcement",
    label=_("Nachricht der Koordination"),
    words=None,
    context=contexts.announcement,
    true_while=frozenset(Status),
    objection=objections.always_true,
    tells_calendar=False,
)
