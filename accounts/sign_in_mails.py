"""How does a mail with a code to sign in with leave? By a lane of the worker that nothing else uses, in seconds.

No page waits for the mail server. Only where no worker keeps the lane open does the page send the mail itself, and then
it waits a few seconds at most: without that nobody could sign in to see that the worker is gone.
"""

import datetime as dt
import logging
import smtplib
from collections.abc import Callable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Count, Min, Q
from django.utils import timezone

from accounts.emblem import attach_emblem
from accounts.models import SignInMail

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=1)
PAUSES = [dt.timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 60)]  # the last one again and again
LATE = dt.timedelta(seconds=20)  # by then it should have left
PATIENCE = 2.5  # seconds of a page for each answer of the mail server; for all of them twice that

_lanes: list[Callable[[], bool]] = []


def register(is_open: Callable[[], bool]) -> None:
    """Who knows of the workers says whether one keeps the lane open."""
    _lanes.append(is_open)


def send(mail: EmailMultiAlternatives) -> None:
    """Have the mail sent, to the one address in it. Without a lane raises OSError, smtplib's errors among them."""
    [address], [(html, _type)] = mail.to, mail.alternatives
    row = SignInMail(to_email=address, subject=str(mail.subject), text=str(mail.body), html=str(html))
    if not settings.SITE_READ_ONLY and any(is_open() for is_open in _lanes):
        row.save(force_insert=True)
    else:
        _outgoing(row, get_connection(timeout=PATIENCE)).send()


def deliver_due(go_on: Callable[[], bool] = lambda: True) -> int:
    """Deliver what is due, as long as ``go_on()`` is true; returns how many were tried. One query if there are none.

    Any number of workers may call it at once: the one with the lease sends.
    """
    now = timezone.now()
    if settings.SITE_READ_ONLY or not SignInMail.objects.exists():
        return 0
    clean_up(now)
    tried = 0
    for pk, to_email in SignInMail.objects.due(now).values_list("pk", "to_email"):
        # Codes of one mailbox arrive in their order: the newest is the one that counts, and people take the last.
        earlier = SignInMail.objects.filter(to_email=to_email, pk__lt=pk).order_by("pk").values_list("pk", flat=True)
        for each in [*earlier, pk]:
            if not go_on():
                return tried
            leased = SignInMail.objects.unleased().lease(each, LEASE)
            if leased and (row := SignInMail.objects.filter(pk=each).first()):  # unless its code has just ended
                _deliver(row)
                tried += 1
    return tried


def clean_up(at: dt.datetime) -> int:
    """Delete the mails whose code has ended; says how many. The lane does so at every look, where there is one."""
    return SignInMail.objects.expired(at).delete()[0]


def waiting(at: dt.datetime) -> tuple[int, dt.datetime | None]:
    """How many wait that should have left, and since when the oldest does: the same for whoever asks."""
    untried_or_failed = Q(queued_at__lt=at - LATE, attempts=0) | ~Q(last_error="")
    held_up = SignInMail.objects.filter(untried_or_failed, queued_at__lte=at)
    found = held_up.aggregate(number=Count("pk"), since=Min("queued_at"))
    return found["number"], found["since"]


def _deliver(row: SignInMail) -> None:
    try:
        _outgoing(row, get_connection()).send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
        if not _is_for_good(error):
            _postpone(row, error, blames_server=False)
            return
        logger.warning("A sign-in code was refused by the mail server for good: %s.", type(error).__name__)
    except Exception as error:
        _postpone(row, error)
        return
    row.delete()


def _is_for_good(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> bool:
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return all(code >= 500 for code, _said in error.recipients.values())


def _postpone(row: SignInMail, error: Exception, *, blames_server: bool = True) -> None:
    """One line of the log, without the address. What a server says of one recipient is not said of the server."""
    if isinstance(error, OSError):
        logger.warning("A sign-in code was not sent (try %s): %s.", row.attempts, type(error).__name__)
    else:
        logger.exception("A sign-in code was not sent (try %s).", row.attempts)
    pause = PAUSES[min(row.attempts, len(PAUSES)) - 1]
    mine = SignInMail.objects.filter(pk=row.pk, attempts=row.attempts)  # unless the lease ran out
    mine.update(
        leased_until=None, due_at=timezone.now() + pause, last_error=type(error).__name__ if blames_server else ""
    )


def _outgoing(row: SignInMail, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        row.subject,
        row.text,
        settings.DEFAULT_FROM_EMAIL,
        [row.to_email],
        connection=connection,
        headers={"Auto-Submitted": "auto-generated"},
        reply_to=[settings.CONTACT_EMAIL],
    )
    mail.attach_alternative(row.html, "text/html")
    attach_emblem(mail)
    return mail
