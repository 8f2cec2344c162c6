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
    """Each word belongs to the recipient, to whoever the mail is about, or to the address it went to.

    A word of people is found as in the search for them, one of an account's former address by how that begins.
    """
    found = models.Q()
    for word in words:
        keys = _mails_of(word)
        found &= _has(word) if keys is None else models.Q(pk__in=keys)
    return found


def _mails_of(word: str) -> list[int] | None:
    """The keys of the mails that have it, each way by its index; None if they are many."""
    people = finding.keys_of([word], FEW_PEOPLE + 1)
    if len(people) > FEW_PEOPLE:
        return None
    rows = Message.objects.order_by()
    ways = [
        models.Q(recipient__in=people),
        models.Q(registration__person__in=people),
        models.Q(recipient=None, to_email__icontains=word),  # to somebody without an account, such as a supervisor
        models.Q(to_email__startswith=word.lower()),
    ]
    first, *others = (rows.filter(way).values_list("pk", flat=True) for way in ways)
    keys = list(first.union(*others)[: FEW_MESSAGES + 1])
    return keys if len(keys) <= FEW_MESSAGES else None


def _has(word: str) -> models.Q:
    """The same, asked of one mail after the other: of many the newest hundred soon have a page."""
    recipient, about = models.Q(), models.Q()
    for rows in (parts := finding.rows_of(word)):
        recipient &= models.Q(recipient__in=rows.values("person"))
        about &= models.Q(registration__person__in=rows.values("person"))
    to_address = models.Q(to_email__icontains=word)
    return to_address | recipient | about if parts else to_address


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
