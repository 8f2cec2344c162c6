"""How is a mail built? Text, HTML, picture and calendar as one MIME message.

    multipart/mixed                          only with something for the calendar
        multipart/related
            multipart/alternative
                text/plain
                text/html
                text/calendar; method=…      only an invitation or a cancellation (RFC 6047), as the last choice
            image/png                        the code to check in with, if the mail shows one
            image/png                        the emblem
        application/ics                      the same again as a file, for programs that look for one
        application/ics                      what leaves the calendar for it, only if there is something

This is how Exchange packs invitations with pictures. The calendar travels in base64: its folded lines may end with a
blank, which gateways are known to cut.
"""

from collections.abc import Sequence
from email.charset import Charset
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from typing import Any, cast

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEMultipart, SafeMIMEText
from django.utils.translation import override

from accounts.emblem import attach_emblem
from trainings.mails import unsubscribing
from trainings.mails.composing import CODE_ID, Mail
from trainings.models import Message

CALENDAR = "text/calendar"


class OutgoingMail(EmailMultiAlternatives):
    """A mail that may have files beside its related parts.

    Overrides hooks of Django 5.2 that its stubs do not know; tests read the result over the wire, for the
    day when Django changes them.
    """

    files: Sequence[tuple[str, bytes]] = ()

    def _create_message(self, msg: SafeMIMEText) -> MIMEBase:
        inner: MIMEBase = super()._create_message(msg)  # type: ignore[misc]
        if not self.files:
            return inner
        outer = SafeMIMEMultipart("mixed", encoding=settings.DEFAULT_CHARSET)
        outer.attach(inner)
        for name, content in self.files:
            outer.attach(self._create_attachment(name, content, "application/ics"))  # type: ignore[attr-defined]
        return outer

    def _create_mime_attachment(self, content: Any, mimetype: str) -> MIMEBase:
        if mimetype.startswith(CALENDAR):
            return SafeMIMEText(content, mimetype.partition("/")[2], Charset("utf-8"))  # type: ignore[arg-type]
        return cast(MIMEBase, super()._create_mime_attachment(content, mimetype))  # type: ignore[misc]


def as_mime(message: Message, to_email: str, mail: Mail) -> OutgoingMail:
    """The mail to that address, ready to be sent."""
    headers = {
        "Message-ID": f"<{message.message_id}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office replies
        "Content-Language": message.language,
        **unsubscribing.headers(message),
    }
    outgoing = OutgoingMail(mail.subject, mail.text, to=[to_email], reply_to=[_answered_by(message)], headers=headers)
    outgoing.attach_alternative(mail.html, "text/html")
    if mail.enclosed:
        if mail.enclosed.method:
            # Without a charset: Django writes its own beside any given here.
            outgoing.attach_alternative(mail.enclosed.content.decode(), f"{CALENDAR}; method={mail.enclosed.method}")
        outgoing.files = mail.enclosed.files
    if mail.code:
        outgoing.attach(_picture(mail.code, CODE_ID, "check-in.png"))
    with override(message.language):
        attach_emblem(outgoing)
    return outgoing


def _picture(content: bytes, content_id: str, name: str) -> MIMEImage:
    """Beside the HTML, which shows it by its Content-ID (RFC 2392): nothing is loaded from anywhere."""
    image = MIMEImage(content, "png")
    image.add_header("Content-ID", f"<{content_id}>")
    image.add_header("Content-Disposition", "inline", filename=name)
    return image


def _answered_by(message: Message) -> str:
    """The coordinator of the run it tells of, if there is one; else the mailbox of all."""
    run = message.run_told_of
    coordinator = run.active_coordinator if run else None
    return coordinator.email if coordinator else settings.CONTACT_EMAIL
