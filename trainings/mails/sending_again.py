"""What became of a mail, what would it say now, and can it leave again? For coordinators."""

import logging
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts import finding
from trainings.acts import Act
from trainings.mails import composing, links, outbox
from trainings.models import Message, MessageQuerySet
from trainings.refusals import Reason, Refused

logger = logging.getLogger(__name__)

Status = Message.Status
FEW_PEOPLE, FEW_MESSAGES = 500, 10_000
# Whose text is written only when they leave.
UNWRITTEN = frozenset({Status.QUEUED, Status.DEAD})


def messages_to_read() -> MessageQuerySet:
    """Messages with all that their page says of them."""
    return Message.objects.for_writing().select_related("registration__person", "queued_by", "announcement")


def messages_found_by(words: list[str]) -> models.Q:
    """Those to or about somebody with all these words in name or address, or to an address that has them.

    The mails of a few people are looked up. Where the words say little, mails are looked at one after the other: the
    newest hundred soon have a page of them.
    """
    people = finding.keys_of(words, FEW_PEOPLE + 1) if words else []
    if not words or len(people) > FEW_PEOPLE:
        return _with_each(words)
    rows = Message.objects.order_by()
    to_nobody = models.Q(recipient=None)  # without an account, such as a supervisor
    for word in words:
        to_nobody &= models.Q(to_email__icontains=word)
    ways = [
        models.Q(registration__person__in=people),
        to_nobody,
        models.Q(to_email__in=[word.lower() for word in words] if len(words) == 1 else []),
    ]
    found = rows.filter(recipient__in=people).values_list("pk", flat=True)
    keys = list(found.union(*(rows.filter(way).values_list("pk", flat=True) for way in ways))[: FEW_MESSAGES + 1])
    return models.Q(pk__in=keys) if len(keys) <= FEW_MESSAGES else _with_each(words)


def _with_each(words: list[str]) -> models.Q:
    """Every word occurs in the address, the recipient's name or the name of the person the mail is about."""
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
