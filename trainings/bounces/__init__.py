"""Which mails came back, and which addresses do not work?"""

from trainings.bounces.mailbox import (
    MailboxUnavailable,
    clear_mark,
    fetch,
    read_mailbox,
    take_bounce,
    try_mailbox,
    unanswerable,
    unreachable,
)
from trainings.bounces.reports import MAX_MAIL_BYTES
