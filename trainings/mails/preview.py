"""What would a mail look like for a real registration? Composed as ever, never stored, and its links lead nowhere.

Links of mails act for whoever has them, so a preview must not hand them to the coordinator who looks at it. Where a
registration or run is no longer, or not yet, what the mail tells of, the preview takes it to be so.
"""

import base64
import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.emblem import CONTENT_ID, picture
from accounts.models import User
from trainings import mail_texts, working_days
from trainings.mails import composing, outbox
from trainings.mails.composing import Mail
from trainings.models import CourseRun, HeldPlace, Message, MessageText, Registration

Kind = Message.Kind

MOST = 5
SUPERVISOR_EMAIL = "vorgesetzt@behoerde.example"
_TOKEN = re.compile(r"[\w.=-]{2,}:[\w-]{4,}:[\w-]{20,}")  # as django.core.signing writes them

HELD_UNTIL = working_days.end_of(dt.date(2037, 3, 3))

_TIMES = {"starts_at": "2037-03-09T08:00:00+00:00", "ends_at": "2037-03-09T15:30:00+00:00", "room": ""}
_LATER = {"starts_at": "2037-03-10T08:00:00+00:00", "ends_at": "2037-03-10T15:30:00+00:00", "room": ""}
# What a mail of the kind would have been told, where there was none yet.
INVENTED_DETAILS: dict[str, dict[str, Any]] = {
    Kind.SESSION_MOVED: {"changes": [{"session": 0, "old": _TIMES, "new": _LATER, "cancelled": False}]},
    Kind.CONTACT_MOVED: {"changes": [{"session": 0, "old": _TIMES, "new": _LATER, "cancelled": False}]},
    Kind.CERTIFICATE_REPLACED: {"number": "2037-000001", "new_number": "2037-000002", "reason": "Name berichtigt"},
    Kind.CERTIFICATE_REVOKED: {"number": "2037-000001", "reason": "Falsche Person"},
}


@dataclass(frozen=True)
class Example:
    """For whom the mail is shown; ``key`` names it in a form."""

    key: str
    label: str
    message: Message


def examples(kind: str, *, viewer: User) -> list[Example]:
    """The last to whom this kind was written, or could be; the newest registrations if there are none."""
    if kind in mail_texts.OF_A_RUN:
        runs = CourseRun.objects.published().select_related("course", "venue", "funding").order_by("-pk")
        if mail_texts.DEFAULTS[kind].to is mail_texts.CONTACT:
            runs = runs.filter(held_places__in=HeldPlace.objects.open()).distinct() or runs
        return [_of_run(kind, run, viewer) for run in runs[:MOST]]
    registrations = Registration.objects.for_lists().select_related("run__funding").order_by("-pk")
    narrowed = registrations.filter(messages__kind=kind).distinct()[:MOST]
    narrowed = narrowed or registrations.filter(status__in=outbox.TRUE_WHILE.get(kind, ()))[:MOST]
    return [_of_registration(kind, registration) for registration in narrowed or registrations[:MOST]]


def chosen_example(among: Sequence[Example], key: str) -> Example | None:
    """The one with that key, or else the first."""
    return next((example for example in among if example.key == key), among[0] if among else None)


def preview_mail(example: Example, text: MessageText) -> Mail:
    """As it would be sent with these words, without tokens and with the emblem inside the HTML."""
    example.message.draft = text
    written = composing.compose(example.message, text.language)
    emblem = base64.b64encode(picture(text.language)).decode()
    return dataclasses.replace(
        written,
        text=_TOKEN.sub("vorschau", written.text),
        html=_TOKEN.sub("vorschau", written.html).replace(f"cid:{CONTENT_ID}", f"data:image/png;base64,{emblem}"),
    )


def _take_as_told(kind: str, registration: Registration) -> None:
    """In memory only: the status, the deadline and the cancellation that the mail would tell of."""
    statuses = outbox.TRUE_WHILE.get(kind, frozenset())
    if statuses and registration.status not in statuses:
        confirmed = Registration.Status.CONFIRMED
        registration.status = confirmed if confirmed in statuses else min(statuses)
    if registration.status in Registration.HOLDING and registration.held_until is None:
        registration.held_until = HELD_UNTIL
    if kind == Kind.RUN_CANCELLED:
        _take_as_cancelled(registration.run)


def _take_as_cancelled(run: CourseRun) -> None:
    run.cancelled_at = run.cancelled_at or timezone.now()
    run.cancellation_reason = run.cancellation_reason or _("Kursleitung erkrankt")


def _of_registration(kind: str, registration: Registration) -> Example:
    label = f"{registration.person} · {registration.run.number} ({registration.get_status_display()})"
    message = registration.messages.filter(kind=kind).order_by("-pk").first()
    if message is None:
        to_supervisor = mail_texts.DEFAULTS[kind].to is mail_texts.SUPERVISOR
        recipient, address = (None, SUPERVISOR_EMAIL) if to_supervisor else (registration.person, "")
        message = Message(kind=kind, registration=registration, recipient=recipient, to_email=address)
    message.registration = registration
    _take_as_told(kind, registration)
    message.details = message.details or INVENTED_DETAILS.get(kind, {})
    return Example(str(registration.pk), label, message)


def _of_run(kind: str, run: CourseRun, viewer: User) -> Example:
    day = timezone.localdate(run.starts_at).isoformat() if run.starts_at else ""
    details = INVENTED_DETAILS.get(kind, {"day": day})
    place = run.held_places.open().first()
    is_to_contact = mail_texts.DEFAULTS[kind].to is mail_texts.CONTACT
    if kind in (Kind.TRAINER_CANCELLED, Kind.CONTACT_CANCELLED):
        _take_as_cancelled(run)
    recipient = place.taken_by if is_to_contact and place else viewer
    message = Message(kind=kind, run=run, recipient=recipient, details=details)
    return Example(str(run.pk), f"{run.course} · {run.number}", message)
