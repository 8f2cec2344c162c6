"""What do calendars show: as files, as feeds, by mail?"""

from trainings.calendars.by_mail import SHORT_MAIL, Enclosed, catch_up, enclosed, news_for_calendar, note_told
from trainings.calendars.feeds import FeedState, feed_of, note_of_feed, own_items, own_sessions, public_feed
from trainings.calendars.ical import MOST_EVENTS, CalendarItem, Note, as_ical
from trainings.calendars.programs import program_label
from trainings.calendars.subscriptions import (
    FEED_OPTIONS,
    FeedKind,
    change_subscription,
    feed_kinds_for,
    note_fetch,
    options_of,
    revoke,
    revoke_all,
    subscribe,
    subscriptions_of,
)
