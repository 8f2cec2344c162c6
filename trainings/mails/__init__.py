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
from trainings.mails.contexts import ThanksParagraph, add_to_thanks
from trainings.mails.links import Link, addressee, link_token, link_url, read_link, shorten_links, shorten_links_to
from trainings.mails.notices import (
    AGENCY_PAGE,
    ASK_THE_PERSON,
    HAS_DONE_IT,
    NO_CHANGE,
    NOT_THEIRS,
    Happening,
    NoticeRow,
    Occasion,
    Who,
    declare,
    declare_ours,
    kind,
    notices_in_words,
    table,
    tell,
    tell_address,
    tell_of_account,
    tell_person,
)
from trainings.mails.objections import always_true
from trainings.mails.outbox import backlog, bring_back, deliver_due, no_longer_true, queue
from trainings.mails.preview import Example, chosen_example, examples, invented_mail, preview_mail
from trainings.mails.reminders import remind, remind_to_refresh, reminder_due_at, send_digests
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
