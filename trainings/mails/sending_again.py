"""What became of a mail, what would it say now, and can it leave again? For coordinators."""

import logging
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from trainings.acts import Act
from trainings.mails import composing, links, outbox
from trainings.models import Message, MessageQuerySet
from trainings.refusals import Reason, Refused

logger = logging.getLogger(__name__)

Status = Message.Status
# Whose text is written only when they leave.
UNWRITTEN = frozenset({Status.QUEUED, Status.DEAD})


def messages_to_read() -> MessageQuerySet:
    """Messages with all that their page says of them."""
    return Message.objects.for_writing().select_related("registration__person", "queued_by", "announcement")


def messages_found_by(words: list[str]) -> models.Q:
    """Every word must occur in the address, the recipient's name or the name of the person the mail is about."""
    fields = [
        "to_email",
        "recipient__email",
        "recipient__first_name",
        "recipient__last_name",
        "registration__person__first_name",
        "registration__person__last_name",
    ]
    found = models.Q()
    for word in words:
        found &= models.Q(*[(f"{field}__icontains", word) for field in fields], _connector=models.Q.OR)
    return found


def preview_message(message: Message) -> composing.Mail | None:
    """What would leave now, its secret links cut short; None if it cannot be written."""
    try:
        mail = composing.compose(message)
    except Exception:
        # The page that explains what is wrong with a mail must not fail for the same reason.
        logger.exception("Message %s cannot be written.", message.pk)
        return None
    return composing.Mail(mail.subject, links.shorten_links(mail.text), "")


@transaction.atomic
def send_again(message: Message, act: Act, *, seen: int) -> Message:
    """Queue the mail once more: a dead one itself, of any other a new one that repeats it. Raises Refused.

    ``seen`` is how many repetitions whoever asks has been shown; if there are more, the last of them is the answer, so
    that a double click sends once. The facts are those of the moment of sending. The Message-ID of a repetition is a
    new one, that of a dead mail stays.
    """
    Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    message = messages_to_read().get(pk=message.pk)
    act, at = act.begin()
    if message.status == Status.QUEUED:
        return message
    if message.repetitions.count() > seen:
        return message.repetitions.order_by("pk").last() or message
    if why := outbox.no_longer_true(message):
        raise Refused(Reason("untrue", _("Die E-Mail geht nicht erneut hinaus: %(why)s") % {"why": why}))
    if message.status == Status.DEAD:
        again: dict[str, Any] = {"status": Status.QUEUED, "attempts": 0, "due_at": at, "queued_by": act.user}
        Message.objects.filter(pk=message.pk).update(**again)
        message.refresh_from_db()
        return message
    return Message.objects.create(
        kind=message.kind,
        registration=message.registration,
        recipient=message.recipient,
        to_email="" if message.recipient else message.to_email,
        run=message.run,
        announcement=message.announcement,
        details=message.details,
        repeats=message,
        queued_by=act.user,
    )
