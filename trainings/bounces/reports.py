"""What does a mail server report as failed for good? Reads one mail, which is untrusted input.

What a mail server has given up counts, whatever the reason (RFC 3464, Action: failed); what is delayed counts for
nothing. Out-of-office replies and receipts report no failure and return no headers.

Anybody can write to the mailbox, and parsers of mails need time that grows with the square of the depth, of a header or
of a line. So they get to see what a bounce of one of our mails can look like, and not more of it: the limits below.
"""

import email
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message as Part
from itertools import islice

from flufl.bounce import scan_message

from accounts.addresses import normalised

logger = logging.getLogger(__name__)

MAX_MAIL_BYTES = 512 * 1024  # our mails have a tenth of that, and a bounce returns one at most
MAX_LINES = 10_000
MAX_WIDTH = 998  # bytes of a line (RFC 5322, section 2.1.1)
MAX_HEADER = 4000  # bytes of what a header folds into further lines
# Of parts within parts: what mail servers make of our invitations has up to 8, and 2 more for whoever passes it on.
MAX_DEPTH = 40
MAX_PARTS = 60
MAX_MESSAGE_IDS = 20
WORDS_LINES, WORDS_WIDTH = 200, 200  # of the text, for those who report in words alone
REASON = 300  # characters

NESTING = re.compile(rb"boundary[*\d]*\s*=|message/", re.IGNORECASE)
MESSAGE_ID = re.compile(r"^[ \t>]*Message-ID:\s*<([!-;=?-~]{1,120})>", re.IGNORECASE | re.MULTILINE)
SMTP_REPLY = re.compile(r"\b5\d\d[ -][^\r\n]{3,}")
DIAGNOSTIC_TYPE = re.compile(r"\A\s*[\w-]+\s*;")
XTEXT = re.compile(r"\+([0-9A-F]{2})")  # RFC 3461, section 4


@dataclass(frozen=True)
class Failure:
    """What a bounce says: addresses in lower case, the Message-IDs it returns, and the mail server's own words."""

    addresses: frozenset[str]
    message_ids: frozenset[str]
    reason: str


def read(content: bytes) -> Failure | None:
    """What the mail reports as failed for good; None if it reports nothing of the kind. Raises nothing."""
    if len(content) > MAX_MAIL_BYTES:
        return None
    content = _within_limits(content)
    if len(NESTING.findall(content)) > MAX_DEPTH:
        return None
    try:
        return _read(email.message_from_bytes(content))
    except Exception:
        # Malformed mails break parsers in unforeseeable ways; the next one must still be read.
        logger.warning("A mail in the mailbox for bounces cannot be read.", exc_info=True)
        return None


def _within_limits(content: bytes) -> bytes:
    """The first lines, none of them too long, and of a header with many lines its beginning."""
    lines = []
    folded = 0
    for line in islice(content.splitlines(), MAX_LINES):
        line = line[:MAX_WIDTH]
        folded = folded + len(line) if line[:1] in {b" ", b"\t"} else 0
        if folded < MAX_HEADER:
            lines.append(line)
    return b"\n".join(lines) + b"\n"


def _read(mail: Part) -> Failure | None:
    parts = list(islice(mail.walk(), MAX_PARTS + 1))
    if len(parts) > MAX_PARTS:
        return None
    is_report = any(part.get_content_type() == "message/delivery-status" for part in parts)
    if not is_report and not _is_from_a_mail_server(mail):
        return None
    message_ids = frozenset(islice(_returned_message_ids(mail, parts), MAX_MESSAGE_IDS))
    if not message_ids:
        return None
    texts = [text for part in parts if (text := _text(part))]
    _shorten_texts(parts)
    addresses = frozenset(_addresses(mail))
    return Failure(addresses, message_ids, _reason(parts, texts, addresses)) if addresses else None


def _is_from_a_mail_server(mail: Part) -> bool:
    """A report without the parts of RFC 3464 must at least not come from a person."""
    if str(mail.get("Return-Path", "")).strip() == "<>" or mail.get("X-Failed-Recipients"):
        return True
    sender = str(mail.get("From", "")).lower()
    return "mailer-daemon" in sender or "postmaster" in sender


def _returned_message_ids(mail: Part, parts: list[Part]) -> Iterator[str]:
    """Those in the headers or the text of what came back, never those of the bounce itself."""
    for part in parts:
        if part is not mail:
            yield from MESSAGE_ID.findall(f"Message-ID: {part.get('Message-ID', '')}")
        yield from MESSAGE_ID.findall(_text(part))


def _text(part: Part) -> str:
    """What the part says, where it is text; what it says of its charset is not asked, as some have never existed."""
    if part.is_multipart() or part.get_content_type() not in {"text/plain", "text/rfc822-headers"}:
        return ""
    content = part.get_payload(decode=True)
    return _decoded(content) if isinstance(content, bytes) else ""


def _header(part: Part, name: str) -> str:
    """As it stands there; some mail servers write their language into it without saying how."""
    found = (value for key, value in part.raw_items() if key.lower() == name.lower())
    return _decoded(str(next(found, "")).encode("ascii", "surrogateescape"))


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _shorten_texts(parts: list[Part]) -> None:
    """Leave what the mail server says in front, without what it returns."""
    left = WORDS_LINES
    for part in parts:
        payload = part.get_payload()
        if isinstance(payload, str):
            lines = payload.splitlines()[:left]
            left -= len(lines)
            part.set_payload("\n".join(line[:WORDS_WIDTH] for line in lines))


def _addresses(mail: Part) -> Iterator[str]:
    """Each as it is reported and, as some report what SMTP calls it, also with its +2B read as a plus sign."""
    for reported in scan_message(mail):
        address = reported.decode("ascii", "replace")
        if "@" in address:
            yield normalised(address)
            yield normalised(XTEXT.sub(lambda code: chr(int(code[1], 16)), address))


def _reason(parts: list[Part], texts: list[str], addresses: Iterable[str]) -> str:
    """The mail server's answer in its own words, in one line; empty if it gives none."""
    for part in parts:
        if diagnostic := _header(part, "Diagnostic-Code"):
            return _line(DIAGNOSTIC_TYPE.sub("", diagnostic, count=1) or diagnostic)
    for text in texts:
        if answer := SMTP_REPLY.search(text):
            return _line(answer.group())
    for part in parts:
        if status := _header(part, "Status"):
            return _line(status)
    after_address = re.compile(rf"(?:{'|'.join(map(re.escape, addresses))})>?:?[ \t]*\n[ \t]*(\S[^\n]*)", re.IGNORECASE)
    found = (after_address.search(text.replace("\r", "")) for text in texts)
    return next((_line(answer[1]) for answer in found if answer), "")


def _line(text: str) -> str:
    """Without what a terminal or a page would obey: control characters, direction marks, half characters, NUL."""
    text = text[: 4 * REASON]
    with suppress(MessageError, LookupError, ValueError):
        text = str(make_header(decode_header(text)))
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.split())[:REASON]
