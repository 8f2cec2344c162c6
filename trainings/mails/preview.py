"""What would a mail look like for a real registration? Composed as usual, never stored, with links that do not work.

Links of mails act for whoever has them, so a preview must not hand them to the coordinator who looks at it. Where a
registration or run is no longer, or not yet, what the mail tells of, the preview takes it to be so.
"""

import base64
import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.emblem import CONTENT_ID, picture
from accounts.models import User
from trainings import mail_texts, personal_codes, working_days
from trainings.mails import composing
from trainings.mails.composing import Mail
from trainings.models import CourseRun, HeldPlace, MailKind, Message, MessageText, Registration, mail_kind
from trainings.printing import qr_picture

MOST = 5
NEWEST = 1000  # mails in which examples are looked for
INVENTED_EMAIL = "erika.muster@behoerde.example"
SUPERVISOR_EMAIL = "vorgesetzt@behoerde.example"
NO_CODE = "00000-00000"
_TOKEN = re.compile(r"[\w.=-]{2,}:[\w-]{4,}:[\w-]{20,}")  # as django.core.signing writes them

HELD_UNTIL = working_days.end_of(dt.date(2037, 3, 3))


@dataclass(frozen=True)
class Example:
    """For whom the mail is shown; ``key`` names it in a form."""

    key: str
    label: str
    message: Message


def examples(kind: str, *, viewer: User) -> list[Example]:
    """To whom this kind was written lately, or could be; the newest registrations if there are none."""
    declared = mail_kind(kind)
    if declared.is_of_no_run:
        message = Message(kind=kind, to_email=SUPERVISOR_EMAIL, details=dict(declared.invented_details))
        return [Example("", str(declared.label), message)]
    if declared.is_of_a_run:
        runs = CourseRun.objects.published().select_related("course", "venue", "funding").order_by("-pk")
        if _goes_to(declared, mail_texts.CONTACT):
            runs = runs.filter(held_places__in=HeldPlace.objects.open()).distinct() or runs
        return [_of_run(declared, run, viewer) for run in runs[:MOST]]
    registrations = Registration.objects.for_lists().select_related("run__funding").order_by("-pk")
    narrowed = registrations.filter(pk__in=_last_written_to(kind))[:MOST]
    narrowed = narrowed or registrations.filter(status__in=declared.true_while)[:MOST]
    return [_of_registration(declared, registration) for registration in narrowed or registrations[:MOST]]


def _last_written_to(kind: str) -> set[int]:
    """Registrations that mails of the kind were about; only the newest mails are looked through, of whatever kind."""
    newest = Message.objects.order_by("-queued_at", "-pk").values_list("kind", "registration")[:NEWEST]
    return {key for of, key in newest if of == kind and key}


def chosen_example(among: Sequence[Example], key: str) -> Example | None:
    """The one with that key, or else the first."""
    return next((example for example in among if example.key == key), among[0] if among else None)


def preview_mail(example: Example, text: MessageText) -> Mail:
    """As it would be sent with these words, without tokens and with the pictures inside the HTML."""
    written = composing.compose(example.message, text.language, text)
    html = _TOKEN.sub("vorschau", written.html)
    for content_id, content in [(CONTENT_ID, picture(text.language)), (composing.CODE_ID, written.code)]:
        html = html.replace(f"cid:{content_id}", f"data:image/png;base64,{base64.b64encode(content).decode()}")
    return dataclasses.replace(written, text=_TOKEN.sub("vorschau", written.text), html=html)


def _goes_to(kind: MailKind, reader: Promise) -> bool:
    return kind.words is not None and kind.words.to is reader


def _take_as_told(kind: MailKind, registration: Registration) -> None:
    """In memory only: the status, the deadline and the cancellation that the mail would tell of."""
    if registration.status not in kind.true_while:
        confirmed = Registration.Status.CONFIRMED
        registration.status = confirmed if confirmed in kind.true_while else min(kind.true_while)
    if registration.status in Registration.HOLDING and registration.held_until is None:
        registration.held_until = HELD_UNTIL
    if kind.of_cancelled_run:
        _take_as_cancelled(registration.run)


def _take_as_cancelled(run: CourseRun) -> None:
    run.cancelled_at = run.cancelled_at or timezone.now()
    run.cancellation_reason = run.cancellation_reason or _("Kursleitung erkrankt")


def _of_registration(kind: MailKind, registration: Registration) -> Example:
    label = f"{registration.person} · {registration.run.number} ({registration.get_status_display()})"
    message = registration.messages.filter(kind=kind.name).order_by("-pk").first()
    if message is None:
        to_decider = _goes_to(kind, mail_texts.SUPERVISOR) or _goes_to(kind, mail_texts.CONTACT)
        recipient, address = (None, SUPERVISOR_EMAIL) if to_decider else (registration.person, "")
        message = Message(kind=kind.name, registration=registration, recipient=recipient, to_email=address)
    message.registration = registration
    _take_as_told(kind, registration)
    message.details = message.details or dict(kind.invented_details)
    return Example(str(registration.pk), label, message)


def _of_run(kind: MailKind, run: CourseRun, viewer: User) -> Example:
    day = timezone.localdate(run.starts_at).isoformat() if run.starts_at else ""
    place = run.held_places.open().first()
    if kind.of_cancelled_run:
        _take_as_cancelled(run)
    recipient = place.taken_by if _goes_to(kind, mail_texts.CONTACT) and place else viewer
    details = {"day": day, **kind.invented_details}
    message = Message(kind=kind.name, run=run, recipient=recipient, details=details)
    return Example(str(run.pk), f"{run.course} · {run.number}", message)


def invented_mail(message: Message, language: str) -> Mail | None:
    """What a person registered was told, addressed to somebody invented: no name, link or code of anybody is in it.

    None where their name would be in it all the same, and of a free message, whose words are somebody's own.
    """
    kind, registration = mail_kind(message.kind), message.registration
    if registration is None or message.announcement_id is not None:
        return None
    person = registration.person
    hidden = [name for name in (person.last_name, person.email) if name]
    code = personal_codes.grouped(personal_codes.personal_code(registration))
    person.first_name, person.last_name, person.email = "Erika", "Muster", INVENTED_EMAIL  # in memory only
    person.title = person.form_of_address = ""
    registration.supervisor_email = registration.supervisor_email and SUPERVISOR_EMAIL
    registration.organisation = ""
    message.recipient, message.to_email = person, ""
    message.details = dict(kind.invented_details)
    _take_as_told(kind, registration)
    written = composing.compose(message, language)
    text, html = (_TOKEN.sub("vorschau", said).replace(code, NO_CODE) for said in (written.text, written.html))
    for content_id, content in [(CONTENT_ID, picture(language)), (composing.CODE_ID, qr_picture(NO_CODE))]:
        html = html.replace(f"cid:{content_id}", f"data:image/png;base64,{base64.b64encode(content).decode()}")
    if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text + html) for name in hidden):
        return None
    return dataclasses.replace(written, text=text, html=html, code=b"", enclosed=None)
