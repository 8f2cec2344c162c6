"""Which of our mails came back, and which addresses do not work?

A bounce is a mail anybody can write. It counts only if it quotes, among the headers it returns, the Message-ID of a
mail we sent to that very address not long ago: whoever has never had that mail cannot know it.

Bounces come in by the mailbox the mails are sent from (settings.BOUNCE_IMAP_URL) or through a pipe (`manage.py
read_bounces --stdin`).
"""

import datetime as dt
import hashlib
import imaplib
import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from imap_tools import ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import MailboxFolderSelectError
from imap_tools.mailbox import BaseMailBox

from accounts.addresses import normalised
from accounts.models import User
from trainings import holding
from trainings.acts import Act
from trainings.bounces.reports import MAX_MAIL_BYTES, read
from trainings.models import Correspondence, Message, Registration
from trainings.periodic import JobFailed

logger = logging.getLogger(__name__)

QUOTABLE = dt.timedelta(days=30)  # mail servers give up after five days; some queues are slower
MAX_MAILS = 200  # in one look at the mailbox
TIMEOUT = 20  # seconds for one answer of the mailbox's server
ASK_PLAINLY = frozenset({"localhost", "127.0.0.1", "::1"})  # where passwords may travel without encryption


# --- marking -------------------------------------------------------------------------------------


def take_bounce(content: bytes, at: dt.datetime | None = None) -> list[Message]:
    """Mark the messages the mail proves to have failed, and return them. Ignores anything else."""
    failure = read(content)
    if failure is None:
        return []
    at = at or timezone.now()
    sent = Message.objects.filter(
        message_id__in=failure.message_ids, status=Message.Status.SENT, sent_at__gt=at - QUOTABLE
    )
    quoted = [message for message in sent if normalised(message.to_email) in failure.addresses]
    for message in quoted:
        mark(message, failure.reason, at)
    return quoted


@transaction.atomic
def mark(message: Message, reason: str, at: dt.datetime) -> None:
    """Mark the mail as undelivered and its address as not working. Reading a bounce twice changes nothing."""
    is_new = Message.objects.filter(pk=message.pk, bounced_at=None).update(bounced_at=at, bounce_reason=reason)
    person = message.recipient
    if is_new and person and person.email == message.to_email:
        Correspondence.objects.change(person, bounced_at=at, bounce_reason=reason)


def unreachable() -> models.QuerySet[User]:
    """People whose present address is marked; a changed address has no mark, so nobody has to remove it."""
    came_back = Message.objects.filter(
        recipient=models.OuterRef("pk"), to_email=models.OuterRef("email"), bounced_at__isnull=False
    )
    marked = User.objects.filter(models.Exists(came_back), is_active=True, correspondence__bounced_at__isnull=False)
    return marked.select_related("correspondence").order_by("-correspondence__bounced_at", "pk")


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
def clear_mark(person: User, act: Act) -> None:
    """The address works again, as somebody has found out; the history of the back office says who. Idempotent."""
    one = Correspondence.objects.filter(person=person, bounced_at__isnull=False)
    if one.update(bounced_at=None, bounce_reason=""):
        text = _("Die Adresse gilt wieder als zustellbar.")
        LogEntry.objects.log_actions(
            act.user.pk, User.objects.filter(pk=person.pk), CHANGE, change_message=text, single_object=True
        )


# --- the mailbox ---------------------------------------------------------------------------------


class MailboxUnavailable(Exception):
    """The mailbox cannot be looked into now; the text says why, and never repeats the password."""


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
        if parts.scheme == "imap+tls" and port == 993:
            raise ImproperlyConfigured("BOUNCE_IMAP_URL must begin with imaps:// for port 993.")
        folder = unquote(parts.path.strip("/")) or "INBOX"
        return cls(parts.scheme, parts.hostname, port, unquote(parts.username), unquote(parts.password), folder)

    @contextmanager
    def opened(self) -> Iterator[BaseMailBox]:
        """Signed in, the folder chosen. Raises Unavailable, also for what goes wrong before it is closed."""
        box = None
        try:
            box = self._connected()
            self._sign_in(box)
            box.folder.set(self.folder)
            yield box
        except MailboxFolderSelectError:
            raise MailboxUnavailable(f"There is no folder {self.folder!r} at {self.host}.") from None
        except ssl.SSLCertVerificationError as error:
            raise MailboxUnavailable(
                f"The certificate of {self.host} cannot be trusted: {error.verify_message}."
            ) from None
        except (imaplib.IMAP4.error, ImapToolsError, OSError) as error:
            raise MailboxUnavailable(f"{self.host} cannot be reached or broke off: {error}") from None
        finally:
            if box is not None:
                _hang_up(box)

    def _sign_in(self, box: BaseMailBox) -> None:
        """The server's answer is not repeated: some servers repeat the password."""
        sign_in = box.login if (self.user + self.password).isascii() else box.login_utf8
        try:
            sign_in(self.user, self.password, initial_folder=None)
        except imaplib.IMAP4.abort:
            raise MailboxUnavailable(f"{self.host} broke off while signing in.") from None
        except (imaplib.IMAP4.error, ImapToolsError):
            raise MailboxUnavailable(f"{self.host} refused user or password.") from None

    def _connected(self) -> BaseMailBox:
        if self.scheme == "imap":
            return MailBoxUnencrypted(self.host, self.port, timeout=TIMEOUT)
        # Without a context imaplib trusts every certificate, and the password would go to anybody.
        trusted = ssl.create_default_context()
        if self.scheme == "imap+tls":
            return MailBoxStartTls(self.host, self.port, timeout=TIMEOUT, ssl_context=trusted)
        return MailBox(self.host, self.port, timeout=TIMEOUT, ssl_context=trusted)

    def place(self, box: BaseMailBox) -> str:
        """The key of what has been read of it; another one once its server counts anew (UIDVALIDITY, RFC 3501)."""
        valid = box.folder.status(self.folder, ["UIDVALIDITY"])["UIDVALIDITY"]
        name = f"{self.host}:{self.port}/{self.user}/{self.folder}"
        return f"bounces:{hashlib.sha256(name.encode()).hexdigest()[:16]}:{valid}"


def _hang_up(box: BaseMailBox) -> None:
    """Close the connection, whatever its state."""
    with suppress(imaplib.IMAP4.error, ImapToolsError, OSError):
        box.logout()
    with suppress(OSError):
        box.client.shutdown()  # which a failed logout leaves undone


def fetch() -> int:
    """For the worker: read the mailbox. Raises JobFailed, by which the desk knows since when it cannot be read."""
    if holding.are_held():
        return 0
    try:
        return read_mailbox()
    except (MailboxUnavailable, ImproperlyConfigured) as error:
        raise JobFailed(f"The mailbox for bounces was not read: {error}") from error


def try_mailbox() -> None:
    """Sign in and hang up; nothing is read. Raises Unavailable and ImproperlyConfigured."""
    with Mailbox.from_url(settings.BOUNCE_IMAP_URL).opened():
        pass


def read_mailbox() -> int:
    """Look through what is new in the mailbox; says how many messages came back. Nothing where there is no mailbox.

    Bounces of ours are marked as seen; everything else is left as it is, and not read twice. Raises Unavailable,
    ImproperlyConfigured, and what the database raises; the next look goes on where this one ended.
    """
    if not settings.BOUNCE_IMAP_URL:
        return 0
    if holding.are_held():
        raise MailboxUnavailable("Mails are held here, so the real site may be reading this mailbox.")
    came_back = 0
    mailbox = Mailbox.from_url(settings.BOUNCE_IMAP_URL)
    with mailbox.opened() as box:
        place = mailbox.place(box)
        last = cache.get(place, 0)
        found = sorted(int(uid) for uid in box.uids(f"UNSEEN UID {last + 1}:*"))
        for uid in [uid for uid in found if uid > last][:MAX_MAILS]:
            came_back += _take_from(box, str(uid))
            cache.set(place, uid, timeout=None)
    return came_back


def _take_from(box: BaseMailBox, uid: str) -> int:
    """Raises what a later attempt may cure: server or database unavailable."""
    content = _content(box, uid)
    try:
        marked = take_bounce(content) if content else []
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        logger.exception("Mail %s in the mailbox for bounces cannot be read.", uid)
        return 0
    if marked:
        # Not by way of imap_tools, which would also expunge what the owner of the mailbox has marked as deleted.
        _answer(box, "STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
    return len(marked)


def _content(box: BaseMailBox, uid: str) -> bytes:
    """The mail as received, left unseen; empty if it is gone, or too large for a bounce (then it is not loaded)."""
    sizes = _answer(box, "FETCH", uid, "(RFC822.SIZE)")
    size = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(row for row in sizes if isinstance(row, bytes)))
    if size is None or int(size.group(1)) > MAX_MAIL_BYTES:
        return b""
    rows = _answer(box, "FETCH", uid, "(BODY.PEEK[])")
    return next((bytes(row[1]) for row in rows if isinstance(row, tuple)), b"")


def _answer(box: BaseMailBox, command: str, *words: str) -> list[Any]:
    """What the server answers to a command on mails named by UID; raises imaplib's error if it refuses."""
    status, rows = box.client.uid(command, *words)
    if status != "OK":
        raise imaplib.IMAP4.error(f"{command} was answered by {status}")
    return rows
