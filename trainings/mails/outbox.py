"""Which mails wait to be sent, and how is each sent exactly once?

A message is a row of the transaction it tells of; the row is all there is, and a worker that looks for due rows sends
it. It leases the row, sends outside of any transaction, and notes the result. A worker that dies leaves a lease that
runs out; then the message is due again. SMTP has no transactions, so a worker killed between the mail server's
„accepted“ and our note sends twice: both copies bear the same Message-ID (RFC 5322, section 3.6.4), by which mailboxes
recognise them. What a mail told the calendar of its reader is noted together with the fact that it was sent.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from accounts.addresses import stands_for_none
from accounts.models import User
from trainings import calendars, holding
from trainings.mails import composing, mime
from trainings.models import CourseRun, Message, MessageQuerySet, Registration, mail_kind
from trainings.queues import Backlog

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=2)
PAUSES = (dt.timedelta(minutes=1), dt.timedelta(minutes=5), dt.timedelta(minutes=30), dt.timedelta(hours=2))
TRIES = len(PAUSES) + 1
SKEW = dt.timedelta(minutes=10)
AT_ONCE = 100  # keys read at a time
PER_CONNECTION = 20  # mails per connection; some servers refuse more

Status = Registration.Status


def queue(
    kind: str,
    registration: Registration | None,
    *,
    recipient: User | None = None,
    to_email: str = "",
    run: CourseRun | None = None,
    details: dict[str, Any] | None = None,
    due_at: dt.datetime | None = None,
) -> Message:
    """Note a mail to the person registered, to ``recipient``, or to an address without an account; sent at ``due_at``.

    Call inside the transaction of the change. One insert, nothing is rendered: callers hold the lock. Raises
    ImproperlyConfigured for a kind that nobody has declared.
    """
    mail_kind(kind)
    if recipient is None and not to_email and registration is not None:
        recipient = registration.person
    return Message.objects.create(
        kind=kind,
        registration=registration,
        recipient=recipient,
        to_email=to_email,
        run=run,
        details=details or {},
        due_at=due_at or timezone.now(),
    )


def queue_once(messages: Iterable[Message]) -> int:
    """Queue those whose ``once_key`` has no message yet; returns how many are new. Workers may call it at once."""
    waiting = list(messages)
    number = 0
    for start in range(0, len(waiting), AT_ONCE):
        some = {message.once_key: message for message in waiting[start : start + AT_ONCE]}
        rows = Message.objects.filter(once_key__in=some)
        recipients = {message.recipient_id for message in some.values()}
        if None not in recipients:  # SQLite cannot use the index of the keys, which leaves out empty ones
            rows = rows.filter(recipient__in=recipients)
        known = set(rows.values_list("once_key", flat=True))
        new = [message for key, message in some.items() if key not in known]
        Message.objects.bulk_create(new, ignore_conflicts=True)  # another worker may be as fast
        number += len(new)
    return number


def deliver_due(go_on: Callable[[], bool] = lambda: True) -> int:
    """Deliver what is due, the oldest first, as long as ``go_on()`` is true; returns how many were tried.

    Any number of workers may call it at once: the one with the lease sends. Nothing is tried while mails are held.
    """
    tried, told = 0, set[int]()  # whose calendars were told something
    if holding.are_held():
        return tried
    connection = get_connection()
    try:
        while pks := list(Message.objects.due().order_by("due_at", "pk").values_list("pk", flat=True)[:AT_ONCE]):
            for pk in pks:
                if not go_on() or holding.are_held():
                    _catch_up(told)
                    return tried
                if person := deliver(pk, connection):
                    told.add(person)
                tried += 1
                if tried % PER_CONNECTION == 0:
                    _hang_up(connection)
            _catch_up(told)
    finally:
        _hang_up(connection)
    return tried


def _catch_up(told: set[int]) -> None:
    """Queue what has changed for people while they were being told; where this is not reached, a job does it later."""
    if told:
        calendars.catch_up(told)
        told.clear()


def backlog(at: dt.datetime) -> Backlog:
    """What should have left by now, and since when the oldest waits: due, or refused and to be tried again.

    What the mail server took, but for its recipient or its content, does not count: that is one mail's own fault.
    """
    refused = Q(attempts__gt=0) & ~Q(last_error__startswith="SMTPRecipientsRefused")
    refused &= ~Q(last_error__startswith="SMTPDataError")
    rows = Message.objects.filter(Q(due_at__lte=at) | refused, status=Message.Status.QUEUED)
    found = rows.aggregate(
        number=Count("pk"), due=Min("due_at", filter=Q(attempts=0)), tried=Min("queued_at", filter=Q(attempts__gt=0))
    )
    number = found["number"]
    text = ngettext("%(number)d E-Mail wurde nicht versandt.", "%(number)d E-Mails wurden nicht versandt.", number)
    since = min(found["due"] or at, found["tried"] or at) if number else None
    return Backlog(number, since, text % {"number": number})


def bring_back(at: dt.datetime | None = None) -> int:
    """Mails that are to be tried again later than any pause lasts: the clock was ahead when they failed."""
    at = at or timezone.now()
    late = Message.objects.filter(status=Message.Status.QUEUED, attempts__gt=0, due_at__gt=at + PAUSES[-1] + SKEW)
    return late.update(due_at=at)


def deliver(message_pk: int, connection: BaseEmailBackend | None = None) -> int | None:
    """Send the message, unless another worker has it, it is not due, or it is no longer true.

    Returns the key of whose calendar it told something; what has changed meanwhile, ``calendars.catch_up`` finds.
    ``connection`` to the mail server is left open for the next mail, unless this one failed; by default it has its own.
    """
    message = _lease(message_pk)
    if message is None:
        return None
    if message.attempts > TRIES:
        _end(message, Message.Status.DEAD, gettext("Der Versand brach wiederholt ab."))
        return None
    try:
        if why := no_longer_true(message):
            _end(message, Message.Status.DROPPED, why)
            return None
        mail = composing.compose(message)
        to_email = message.address
        _send(mime.as_mime(message, to_email, mail), connection)
    except Exception as error:
        # Whatever went wrong with this one, the worker goes on with the next, on a new connection.
        if connection is not None:
            _hang_up(connection)
        _log(message, error)
        _postpone(message, f"{type(error).__name__}: {error}")
        return None
    _note_sent(message, to_email, mail)
    return message.recipient_id if mail.enclosed else None


def no_longer_true(message: Message) -> str:
    """Why the mail must no longer be sent; empty if it is still true."""
    kind, registration = mail_kind(message.kind), message.registration
    if stands_for_none(message.address):
        return gettext("Eine E-Mail-Adresse ist nicht bekannt.")
    if message.recipient is not None and not message.recipient.is_active:
        return gettext("Das Konto ist deaktiviert.")
    if registration is None:
        return kind.objection(message)
    if kind.only_to_last_asked and registration.supervisor_email != message.to_email:
        return gettext("Die Anfrage ging inzwischen an jemand anderen.")
    if message.announcement is not None and not message.announcement.text:
        return gettext("Der Text wurde inzwischen gelöscht.")
    if registration.status not in message.details.get("true_while", kind.true_while):
        return gettext("Die Anmeldung hat inzwischen den Status „%(status)s“.") % {
            "status": registration.get_status_display()
        }
    if Status.CANCELLED not in kind.true_while and registration.run.is_cancelled:
        return gettext("Der Termin ist inzwischen abgesagt.")
    return kind.objection(message)


def _lease(message_pk: int) -> Message | None:
    """The message, for one caller at a time; None if it is not to be sent now or in another worker's hands."""
    if not Message.objects.due().lease(message_pk, LEASE):
        return None
    message = Message.objects.for_writing().defer("text", "html", "last_error").get(pk=message_pk)
    registration, recipient = message.registration, message.recipient
    if registration and recipient and registration.person_id == recipient.pk:
        registration.person = recipient  # as nearly always; whose is not read twice
    return message


def _send(outgoing: mime.OutgoingMail, connection: BaseEmailBackend | None) -> None:
    """Hand the mail to the mail server; raises what the mail backend raises."""
    outgoing.connection = connection
    if isinstance(connection, SmtpBackend):
        connection.open()  # or sending would open and close one
    outgoing.send()


@transaction.atomic
def _note_sent(message: Message, to_email: str, mail: composing.Mail) -> None:
    """Note that the mail was sent, what it told the calendar, and queue what follows."""
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.SENT,
        sent_at=timezone.now(),
        leased_until=None,
        to_email=to_email,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        last_error="",
    )
    if mail.enclosed and message.recipient:
        calendars.note_told(message.recipient, mail.enclosed)


def _log(message: Message, error: Exception) -> None:
    """Where the mail server is to blame, one line: a relay that is down is tried by every mail that waits."""
    said = "Message %s was not sent (try %s of %s)."
    if isinstance(error, OSError):  # smtplib's errors are among them
        logger.warning(f"{said[:-1]}: %s.", message.pk, message.attempts, TRIES, type(error).__name__)
    else:
        logger.exception(said, message.pk, message.attempts, TRIES)


def _hang_up(connection: BaseEmailBackend) -> None:
    """Close it whatever its state; the next mail opens it again."""
    with suppress(Exception):
        connection.close()


def _postpone(message: Message, error: str) -> None:
    """Try again after the next pause, or give up after the last try."""
    if message.attempts >= TRIES:
        _end(message, Message.Status.DEAD, error)
        return
    _still_mine(message).update(
        leased_until=None, due_at=timezone.now() + PAUSES[message.attempts - 1], last_error=error[:500]
    )


def _end(message: Message, status: Message.Status, why: str) -> None:
    _still_mine(message).update(status=status, leased_until=None, last_error=why[:500])


def _still_mine(message: Message) -> MessageQuerySet:
    """The row, as long as no other worker has taken it over after our lease ran out."""
    return Message.objects.filter(pk=message.pk, status=Message.Status.QUEUED, attempts=message.attempts)
