"""Which sessions belong into whose calendar, and who may fetch it: the queries behind feeds and downloads."""

import datetime as dt
import hashlib

from django.db import transaction
from django.db.models import CharField, Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from trainings import calendars
from trainings.calendars import Entry
from trainings.models import CalendarSubscription, Registration, RegistrationEvent, Session
from trainings.models.run import CourseRunQuerySet
from trainings.models.subscription import digest

# Google cuts a feed at about a thousand events or one megabyte.
MOST_EVENTS = 1000
LOOK_BACK = dt.timedelta(days=90)

# Everything an event is made of; if none of it has changed, neither has the feed.
SHOWN = [
    "pk",
    "sequence",
    "room",
    "teaching_minutes",
    "run__format",
    "run__visibility",
    "run__cancellation_reason",
    "run__online_link",
    "run__notes",
    "run__notes_en",
    "run__course__title",
    "run__course__title_en",
    "run__venue__name",
    "run__venue__street",
    "run__venue__postal_code",
    "run__venue__town",
]
# As the database writes them: making a thousand dates of them would take longer than all the rest.
SHOWN_MOMENTS = [Cast(name, CharField()) for name in ("starts_at", "ends_at", "cancelled_at", "run__cancelled_at")]
SHOWN_TO_THEIR_OWN = ["own_status", "own_changes"]


@transaction.atomic
def renew(person: User, *, at: dt.datetime | None = None) -> str:
    """A new secret for the person's calendar; the one before is revoked. Only its digest is stored: tell it now."""
    at = at or timezone.now()
    User.objects.select_for_update().get(pk=person.pk)
    CalendarSubscription.objects.filter(person=person, revoked_at=None).update(revoked_at=at)
    token = CalendarSubscription.new_token()
    CalendarSubscription.objects.create(person=person, name="Kalender", token_sha256=digest(token), created_at=at)
    return token


def public_sessions(runs: CourseRunQuerySet) -> QuerySet[Session]:
    """The sessions of these runs, cancelled ones included."""
    return Session.objects.filter(run__in=runs.order_by().values("pk")).order_by("starts_at", "pk")[:MOST_EVENTS]


def own_sessions(person: User, *, at: dt.datetime | None = None) -> QuerySet[Session]:
    """Sessions of runs the person is in, waits for, or was in when the run was called off; not those long past."""
    own_events = (
        RegistrationEvent.objects.filter(registration__run=OuterRef("run"))
        # A sum cannot be looked up in an index. Through the index of people, SQLite would read all of this person's
        # registrations again for every session.
        .annotate(of=F("registration__person") + 0)
        .filter(of=person.pk)
    )
    changes = own_events.order_by().values("registration__run").annotate(n=Count("pk")).values("n")
    is_in = Q(run__registrations__status__in=Registration.ACTIVE)
    was_in = Q(
        run__registrations__status=Registration.Status.CANCELLED,
        run__registrations__status_changed_at__gte=F("run__cancelled_at"),
    )
    return (
        Session.objects.filter(is_in | was_in, run__registrations__person=person)
        .filter(ends_at__gt=(at or timezone.now()) - LOOK_BACK)
        .annotate(
            own_status=F("run__registrations__status"),
            own_changed_at=F("run__registrations__status_changed_at"),
            own_changes=Coalesce(Subquery(changes), 0),
        )
        .order_by("starts_at", "pk")
    )


def entries(sessions: QuerySet[Session]) -> list[Entry]:
    """What the calendar is built from, in one query."""
    return [
        Entry(
            session,
            status=getattr(session, "own_status", ""),
            changed_at=getattr(session, "own_changed_at", None),
            changes=getattr(session, "own_changes", 0),
        )
        for session in sessions.select_related("run__course", "run__venue")
    ]


def etag(sessions: QuerySet[Session], *context: str) -> str:
    """A strong validator (RFC 9110, 8.8.3) of the feed of these sessions, in one query and without building it.

    ``context`` is whatever else the feed depends on; the active language and the builder's version always count.
    """
    own = SHOWN_TO_THEIR_OWN if "own_status" in sessions.query.annotations else []
    rows = list(sessions.values_list(*SHOWN, *own, *SHOWN_MOMENTS))
    state = repr([calendars.VERSION, get_language(), context, rows])
    return f'"{hashlib.sha256(state.encode()).hexdigest()[:40]}"'
