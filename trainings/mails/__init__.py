"""Who hears of what, and how does it reach them?"""

from trainings.mails.announcements import (
    Audience,
    Draft,
    announce,
    announcements_of,
    preview_announcement,
    reachable,
    recipients,
)
from trainings.mails.composing import Mail, compose
from trainings.mails.links import Link, addressee, link_token, link_url, read_link, shorten_links
from trainings.mails.notices import TABLE, Occasion, Who, kind, notice_lines, tell, tell_address, tell_person
from trainings.mails.outbox import deliver_due, no_longer_true, queue
from trainings.mails.preview import Example, chosen_example, examples, preview_mail
from trainings.mails.reminders import remind, reminder_due_at, send_digests
from trainings.mails.sending_again import (
    UNWRITTEN,
    messages_found_by,
    messages_to_read,
    preview_message,
    send_again,
)
from trainings.mails.unsubscribing import (
    MailSubscription,
    is_subscribed,
    read_unsubscribing,
    unsubscribe,
    unsubscribe_token,
)

__all__ = [
    "TABLE",
    "UNWRITTEN",
    "Audience",
    "Draft",
    "Example",
    "Link",
    "Mail",
    "MailSubscription",
    "Occasion",
    "Who",
    "addressee",
    "announce",
    "announcements_of",
    "chosen_example",
    "compose",
    "deliver_due",
    "examples",
    "is_subscribed",
    "kind",
    "link_token",
    "link_url",
    "messages_found_by",
    "messages_to_read",
    "no_longer_true",
    "notice_lines",
    "preview_announcement",
    "preview_mail",
    "preview_message",
    "queue",
    "reachable",
    "read_link",
    "read_unsubscribing",
    "recipients",
    "remind",
    "reminder_due_at",
    "send_again",
    "send_digests",
    "shorten_links",
    "tell",
    "tell_address",
    "tell_person",
    "unsubscribe",
    "unsubscribe_token",
]
