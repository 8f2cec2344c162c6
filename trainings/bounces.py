"""Which of our mails came back, and whose address is out of order?

A bounce is a mail anybody can write. It counts only if it quotes, among the headers it returns, the Message-ID of a
mail we sent to that very address not long ago: whoever has never had that mail cannot know it. What is delayed counts for
nothing; what a mail server has given up counts, whatever the reason (RFC 3464, Action: failed). Out-of-office replies
report no failure and return no headers.

Bounces come in by the mailbox the mails are sent from (settings.BOUNCE_IMAP_URL) or through a pipe (`manage.py
read_bounces --stdin`).
"""

import datetime as dt
import email
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message as Part
from itertools import islice
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from flufl.bounce import scan_message
from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.mailbox import BaseMailBox

from accounts.models import User
from trainings.models import Message, Registration

logger = logging.getLogger(__name__)

QUOTABLE = dt.timedelta(days=30)  # mail servers give up after five days; some queues are slower
MAX_BYTES = 512 * 1024  # our mails have a tenth of that, and a bounce returns one at most
MAX_PARTS = 50
MAX_DEPTH = 10  # of parts within parts
MAX_MAILS = 200  # in one look at the mailbox
TIMEOUT = 20  # seconds for one answer of the mailbox's server
REASON = 300  # characters
ASK_PLAINLY = frozenset({"localhost", "127.0.0.1", "::1"})  # where passwords may travel without encryption

MESSAGE_ID = re.compile(r"^[ \t>]*Message-ID:\s*<([^<>\s]{1,120})>", re.IGNORECASE | re.MULTILINE)
SMTP_REPLY = re.compile(r"\b5\d\d[ -][^\r\n]{3,}")


@dataclass(frozen=True)
class Failure:
    """What a bounce says: addresses in lower case, the Message-IDs it returns, and the mail server's own words."""

    addresses: frozenset[str]
    message_ids: frozenset[str]
    reason: str


# --- reading -------------------------------------------------------------------------------------


def read(content: bytes) -> Failure | None:
    """What the mail reports as failed for good; None if it reports nothing of the kind. Raises nothing."""
    if len(content) > MAX_BYTES or _nests_too_deeply(content):
        return None
    try:
        mail = email.message_from_bytes(content)
        parts = list(islice(mail.walk(), MAX_PARTS))
        is_report = any(part.get_content_type() == "message/delivery-status" for part in parts)
        if not is_report and not _is_from_a_mail_server(mail):
            return None
        addresses = frozenset(address.decode("ascii", "replace").lower() for address in scan_message(mail))
        if not addresses:
            return None
        return Failure(addresses, frozenset(_returned_message_ids(mail, parts)), _reason(parts))
    except Exception:
        # Broken mails break parsers in ways nobody can list; the next one must still be read.
        logger.warning("A mail in the mailbox for bounces cannot be read.", exc_info=True)
        return None


def _nests_too_deeply(content: bytes) -> bool:
    """Parsers need time that grows with the square of the depth; a bounce has three levels."""
    return len(re.findall(rb"(?i)boundary\s*=|message/rfc822", content)) > MAX_DEPTH


def _is_from_a_mail_server(mail: Part) -> bool:
    """Who reports in words alone, without the parts of RFC 3464, must at least be no person."""
    if str(mail.get("Return-Path", "")).strip() == "<>" or mail.get("X-Failed-Recipients"):
        return True
    sender = str(mail.get("From", "")).lower()
    return "mailer-daemon" in sender or "postmaster" in sender


def _returned_message_ids(mail: Part, parts: list[Part]) -> Iterator[str]:
    """Those in the headers or the text of what came back, never those of the bounce itself."""
    ours = "@" + settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ").lower()
    for part in parts:
        found = [] if part is mail else MESSAGE_ID.findall(f"Message-ID: {part.get('Message-ID', '')}")
        found += MESSAGE_ID.findall(_text(part))
        yield from (message_id for message_id in found if message_id.lower().endswith(ours))


def _text(part: Part) -> str:
    """What the part says, where it is text: in any charset, also in one that does not exist."""
    if part.is_multipart() or part.get_content_type() not in {"text/plain", "text/rfc822-headers"}:
        return ""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("ascii", "replace")


def _reason(parts: list[Part]) -> str:
    """The mail server's answer in its own words, in one line; empty if it gives none."""
    for part in parts:
        diagnostic = part.get("Diagnostic-Code")
        if diagnostic:
            return _line(str(diagnostic).partition(";")[2] or str(diagnostic))
    for part in parts:
        if answer := SMTP_REPLY.search(_text(part)):
            return _line(answer.group())
    return next((_line(str(part["Status"])) for part in parts if part.get("Status")), "")


def _line(text: str) -> str:
    with suppress(LookupError, ValueError, UnicodeError):
        text = str(make_header(decode_header(text)))
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.split())[:REASON]


# --- marking -------------------------------------------------------------------------------------


def take(content: bytes, at: dt.datetime | None = None) -> list[Message]:
    """Mark what the mail proves to have failed; says which messages. Anything else is not ours to judge: none."""
    failure = read(content)
    if failure is None:
        return []
    at = at or timezone.now()
    sent = Message.objects.filter(
        message_id__in=failure.message_ids, status=Message.Status.SENT, sent_at__gt=at - QUOTABLE
    )
    quoted = [message for message in sent if message.to_email.lower() in failure.addresses]
    for message in quoted:
        mark(message, failure.reason, at)
    return quoted


@transaction.atomic
def mark(message: Message, reason: str, at: dt.datetime) -> None:
    """The mail did not arrive, and its address is out of order. A bounce read twice changes nothing."""
    is_new = Message.objects.filter(pk=message.pk, bounced_at=None).update(bounced_at=at, bounce_reason=reason)
    if is_new and message.recipient_id is not None:
        same_address = User.objects.filter(pk=message.recipient_id, email=message.to_email)
        same_address.update(bounced_at=at, bounce_reason=reason)


def unreachable() -> models.QuerySet[User]:
    """People whose present address is marked; a changed address is another one, and nobody has to think of the mark."""
    came_back = Message.objects.filter(
        recipient=models.OuterRef("pk"), to_email=models.OuterRef("email"), bounced_at__isnull=False
    )
    marked = User.objects.filter(models.Exists(came_back), is_active=True, bounced_at__isnull=False)
    return marked.order_by("-bounced_at", "pk")


def unanswerable() -> models.QuerySet[Message]:
    """Requests to supervisors, who have no account, that came back and are still waited for."""
    return (
        Message.objects.filter(
            recipient=None,
            bounced_at__isnull=False,
            registration__status=Registration.Status.REQUESTED,
            registration__supervisor_email=models.F("to_email"),
        )
        .select_related("registration__person", "registration__run__course")
        .order_by("-bounced_at", "pk")
    )


@transaction.atomic
def clear(person: User, *, by: User) -> None:
    """The address works again, as somebody has found out; the history of the back office says who. Idempotent."""
    one = User.objects.filter(pk=person.pk, bounced_at__isnull=False)
    if one.update(bounced_at=None, bounce_reason=""):
        text = _("Die Adresse gilt wieder als zustellbar.")
        LogEntry.objects.log_actions(
            by.pk, User.objects.filter(pk=person.pk), CHANGE, change_message=text, single_object=True
        )


# --- the mailbox ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mailbox:
    """Where the bounces are, as ``imaps://user:password@host:port/folder`` says; signs such as @ are written %40."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    folder: str

    @classmethod
    def from_url(cls, url: str) -> "Mailbox":
        """Raises ImproperlyConfigured, which never repeats the address: there is a password in it."""
        try:
            parts = urlsplit(url)
            port = parts.port or {"imaps": 993, "imap+tls": 143, "imap": 143}[parts.scheme]
        except (ValueError, KeyError):
            raise ImproperlyConfigured("BOUNCE_IMAP_URL is no address of a mailbox.") from None
        if not parts.hostname or not parts.username or parts.password is None:
            raise ImproperlyConfigured("BOUNCE_IMAP_URL needs user, password and host.")
        if parts.scheme == "imap" and parts.hostname not in ASK_PLAINLY:
            raise ImproperlyConfigured("BOUNCE_IMAP_URL must begin with imaps:// or imap+tls://.")
        folder = unquote(parts.path.strip("/")) or "INBOX"
        return cls(parts.scheme, parts.hostname, port, unquote(parts.username), unquote(parts.password), folder)

    def open(self) -> BaseMailBox:
        kinds = {"imaps": MailBox, "imap+tls": MailBoxStartTls, "imap": MailBoxUnencrypted}
        box: BaseMailBox = kinds[self.scheme](self.host, self.port, timeout=TIMEOUT)
        return box.login(self.user, self.password, self.folder)


def fetch() -> int:
    """Look through what is new in the mailbox; says how many messages came back. Nothing where there is no mailbox.

    Bounces of ours are marked as seen; everything else is left as it is, and not read twice.
    """
    if not settings.BOUNCE_IMAP_URL:
        return 0
    came_back = 0
    with Mailbox.from_url(settings.BOUNCE_IMAP_URL).open() as box:
        place = f"bounces:{box.folder.status(box.folder.get())['UIDVALIDITY']}"
        last = cache.get(place, 0)
        found = sorted(int(uid) for uid in box.uids(f"UNSEEN UID {last + 1}:*"))
        for uid in [uid for uid in found if uid > last][:MAX_MAILS]:
            came_back += _take_from(box, str(uid))
            cache.set(place, uid, timeout=None)
    return came_back


def _take_from(box: BaseMailBox, uid: str) -> int:
    """Raises what only time can heal: the server is gone, or the database."""
    content = _content(box, uid)
    try:
        marked = take(content) if content else []
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        logger.exception("Mail %s in the mailbox for bounces cannot be read.", uid)
        return 0
    if marked:
        box.flag(uid, MailMessageFlags.SEEN, True)
    return len(marked)


def _content(box: BaseMailBox, uid: str) -> bytes:
    """The mail as it came, left unseen; empty if it is too large for a bounce, without loading it, or gone."""
    sizes = box.client.uid("FETCH", uid, "(RFC822.SIZE)")[1]
    size = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(row for row in sizes if isinstance(row, bytes)))
    if size is None or int(size.group(1)) > MAX_BYTES:
        return b""
    rows = box.client.uid("FETCH", uid, "(BODY.PEEK[])")[1]
    return next((bytes(row[1]) for row in rows if isinstance(row, tuple)), b"")
