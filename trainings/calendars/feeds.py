"""Which sessions are in which feed, and has anything in it changed? The queries behind feeds and downloads.

What a subscription may show is asked anew at every fetch: without the role its calendar is empty, but still one, so
that programs take out what they have, and the address works again should the role return.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import (
    Aggregate,
    Case,
    Count,
    F,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from trainings.calendars import ical
from trainings.calendars.ical import CalendarItem, Inside, Note
from trainings.models import (
    CalendarSubscription,
    Course,
    CourseRun,
    CourseRunQuerySet,
    HeldPlace,
    Registration,
    RegistrationEvent,
    RunPolicies,
    Session,
    Venue,
    people_waiting,
    places_taken,
)
from trainings.permissions import keys_of_agencies

Kind = CalendarSubscription.Kind
Status = Registration.Status

# So long a session that was called off stays, to be seen by those who do not look every day.
CANCELLED_DAYS = 60
# What a transaction changes may be seen later than it says, so a moment is told only when it is so long ago.
SETTLED = dt.timedelta(minutes=1)

# Texts and settings that no event shows.
NOT_SHOWN = (
    *(f"run__{name}" for name in ("preparation", "preparation_en", "reminders", "follow_up", "follow_up_en")),
    *(f"run__{field.name}" for field in RunPolicies._meta.get_fields()),
    *(f"run__{name}" for name in ("minimum_number", "coordinator", "funding", "closed_at", "closed_by", "language")),
    *(f"run__{name}" for name in ("registration_opens_on", "registration_closes_on", "required_attendance_percent")),
)

# Few of each, and many sessions: joined, every row would bring its own.
COURSES = Course.objects.only("slug", "title", "title_en", "changed_at", "published_at")
VENUES = Venue.objects.defer("directions", "directions_en")

MOMENTS = ("changed_at", "run__changed_at", "run__course__changed_at", "run__venue__changed_at")


class _Keys(Aggregate):
    """The keys of the rows in one string with commas, in any order."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        other = self.copy()
        other.template = "STRING_AGG(%(expressions)s::text, ',')"
        return other.as_sql(compiler, connection, **context)


@dataclass(frozen=True)
class FeedState:
    """What tells two answers apart (RFC 9110, section 8.8).

    ``last_modified`` is None where it could lie: where a session may leave the feed without a trace of when.
    """

    etag: str
    last_modified: dt.datetime | None


@dataclass(frozen=True)
class Feed:
    """The sessions a calendar shows: those ``around`` it whose changes matter, of them the ``shown``, before narrowing.

    ``counted`` are rows of other tables whose number tells of changes, ``apart`` are sessions that look different;
    ``details`` are annotations only items need; ``facts`` what else it depends on.
    ``is_traced``: whatever leaves it has a moment ``around`` it, or leaves at midnight.
    """

    around: Q
    shown: Q
    at: dt.datetime
    item: Callable[[Session], CalendarItem] = CalendarItem
    details: Callable[[], dict[str, Any]] = dict
    counted: tuple[QuerySet[Any], ...] = ()
    apart: tuple[Q, ...] = ()
    facts: tuple[object, ...] = ()
    moments: tuple[str, ...] = MOMENTS
    is_traced: bool = False

    def items(self) -> list[CalendarItem]:
        """What the calendar is built from, in three queries: the next first, then the past, the latest first."""
        to_come = Case(When(ends_at__gte=midnight(self.at), then="starts_at"))
        found = self._shown().annotate(**self.details()).select_related("run").defer(*NOT_SHOWN)
        found = found.prefetch_related(Prefetch("run__course", COURSES), Prefetch("run__venue", VENUES))
        nearest = found.order_by(to_come.asc(nulls_last=True), "-starts_at", "pk")
        return [self.item(session) for session in nearest[: ical.MOST_EVENTS + 1]]

    def number(self) -> int:
        return self._shown().count()

    def _shown(self) -> QuerySet[Session]:
        return Session.objects.filter(self.around & self.shown)  # at once, so that both speak of one registration

    def state(self, *context: object, changed_at: dt.datetime | None = None) -> FeedState:
        """One query, and nothing built. ``context`` is whatever else the calendar depends on, and since when."""
        found = Session.objects.filter(self.around).aggregate(
            shown=_Keys("pk", filter=self.shown),
            sequences=Sum("sequence", filter=self.shown),  # of the same sessions it only rises
            **{f"count_{place}": Count("pk", filter=rows) for place, rows in enumerate(self.apart)},
            **{f"at_{name}": Max(name) for name in self.moments},
            **{f"number_{place}": Max(_number(rows)) for place, rows in enumerate(self.counted)},
        )
        found["shown"] = sorted((found["shown"] or "").split(","))
        today = midnight(self.at)
        said = [ical.VERSION, settings.PUBLIC_URL, get_language(), context, today.date(), sorted(found.items())]
        known = [found[f"at_{name}"] for name in self.moments]
        last = max(moment for moment in [*known, changed_at, today] if moment)
        return FeedState(
            etag=f'"{hashlib.sha256(repr([*said, *self.facts]).encode()).hexdigest()[:40]}"',
            last_modified=last if self.is_traced and last <= self.at - SETTLED else None,
        )


# --- The feeds -------------------------------------------------------------------------------------


def public_feed(runs: CourseRunQuerySet, *, at: dt.datetime | None = None) -> Feed:
    """The sessions of these runs, cancelled ones included."""
    at = at or timezone.now()
    return Feed(Q(run__in=runs.order_by().values("pk")), _not_long_called_off(at), at)


def feed_of(subscription: CalendarSubscription, *, at: dt.datetime | None = None) -> Feed:
    """What the subscription shows its person now, by their present roles."""
    at = at or timezone.now()
    build = {Kind.PERSONAL: _personal, Kind.TRAINER: _trainers, Kind.AGENCY: _agencys, Kind.COORDINATOR: _coordinators}
    return build[Kind(subscription.kind)](subscription, at)


def note_of_feed(subscription: CalendarSubscription) -> Note:
    """What its calendar says as long as it is empty, on the day it was made."""
    text = _("Noch keine Anmeldungen") if subscription.kind == Kind.PERSONAL else _("Zurzeit keine Termine")
    return Note(text, timezone.localdate(subscription.created_at))


def _personal(subscription: CalendarSubscription, at: dt.datetime) -> Feed:
    """Registrations stay when they have ended, so everything that leaves this feed has left a moment."""
    person = subscription.person
    return Feed(
        Q(run__registrations__person=person),
        _is_own(confirmed_only=not subscription.with_waitlisted) & _window(subscription, at),
        at,
        item=lambda session: own_item(session, reminder=subscription.reminder),
        details=lambda: _own_place(person),
        counted=(RegistrationEvent.objects.filter(registration__person=person),),
        moments=(*MOMENTS, "run__registrations__status_changed_at"),
        is_traced=True,
    )


def _trainers(subscription: CalendarSubscription, at: dt.datetime) -> Feed:
    """The runs the person teaches now, also those not published yet."""
    person = subscription.person
    runs = _runs_since(subscription, at, run__trainers=person)

    def seen(session: Session) -> Inside:
        path = reverse("trainings:attendance", args=[session.pk])
        return _inside(session, at, path=path, teaches=True, works_there=True)

    return Feed(
        _since(subscription, at) & Q(run__in=runs),
        _window(subscription, at),
        at,
        item=lambda session: CalendarItem(session, inside=seen(session), reminder=subscription.reminder),
        details=_numbers,
        apart=(_unpublished(at),),
        facts=(runs, _changes_of_numbers(runs)),
    )


def _agencys(subscription: CalendarSubscription, at: dt.datetime) -> Feed:
    """What is open to the agencies one speaks for and the runs their people are in, with numbers and no names."""
    agencies = keys_of_agencies(subscription.person)
    recent = Session.objects.filter(_since(subscription, at)).order_by().values("run")
    runs = CourseRun.objects.shown_to_agencies(agencies).published(at).filter(pk__in=recent).order_by()
    shown = list(runs.values_list("pk", flat=True)) if agencies else []

    def seen(session: Any) -> Inside:
        path = reverse("trainings:agency_run", args=[session.run_id])
        return _inside(session, at, path=path, own_taken=session.own_taken, own_waiting=session.own_waiting)

    return Feed(
        _since(subscription, at) & Q(run__in=shown),
        _window(subscription, at),
        at,
        item=lambda session: CalendarItem(session, inside=seen(session)),
        details=lambda: (
            _numbers()
            | {
                "own_taken": places_taken("run", agencies=agencies),
                "own_waiting": people_waiting("run", agencies=agencies),
            }
        ),
        facts=(sorted(agencies), sorted(shown), _changes_of_numbers(shown, agencies)),
    )


def _coordinators(subscription: CalendarSubscription, at: dt.datetime) -> Feed:
    """Every session, also of drafts."""

    def seen(session: Session) -> Inside:
        path = reverse("trainings:coordination_run", args=[session.run_id])
        return _inside(session, at, path=path, works_there=True)

    return Feed(
        _since(subscription, at) if subscription.person.is_coordinator else Q(pk__in=[]),
        _window(subscription, at),
        at,
        item=lambda session: CalendarItem(session, inside=seen(session)),
        details=_numbers,
        apart=(_unpublished(at),),
        facts=(_changes_of_numbers(_runs_since(subscription, at)),),
    )


# --- One's own sessions ----------------------------------------------------------------------------


def own_sessions(person: User) -> QuerySet[Session]:
    """Sessions of runs the person is in, waits for, or was in when the run was called off, for ``own_items``."""
    own = Session.objects.filter(Q(run__registrations__person=person) & _is_own())
    return own.annotate(**_own_place(person))


def own_items(sessions: QuerySet[Session]) -> list[CalendarItem]:
    return [own_item(session) for session in sessions.select_related("run__course", "run__venue")]


def own_item(session: Any, *, reminder: int | None = None) -> CalendarItem:
    return CalendarItem(
        session,
        status=session.own_status,
        changed_at=session.own_changed_at,
        changes=session.own_changes,
        reminder=reminder,
    )


def _is_own(*, confirmed_only: bool = False) -> Q:
    """Whether the person is in; or was when the run was called off, which ended every registration."""
    is_in = Q(run__registrations__status__in=[Status.CONFIRMED] if confirmed_only else sorted(Registration.ACTIVE))
    was_in = Q(
        run__registrations__status=Status.CANCELLED,
        run__registrations__status_changed_at__gte=F("run__cancelled_at"),
    )
    if confirmed_only:
        ended = RegistrationEvent.objects.filter(from_status=Status.CONFIRMED, to_status=Status.CANCELLED)
        was_in &= Q(run__registrations__in=ended.values("registration"))
    return is_in | was_in


def _own_place(person: User) -> dict[str, Any]:
    """The registration that brought the session in, and how often the person's registrations for the run changed."""
    own = (
        RegistrationEvent.objects.filter(registration__run=OuterRef("run"))
        # A sum cannot be looked up in an index. Through the index of people, SQLite would read all of this person's
        # registrations again for every session.
        .annotate(of=F("registration__person") + 0)
        .filter(of=person.pk)
    )
    changes = own.order_by().values("registration__run").annotate(n=Count("pk")).values("n")
    return {
        "own_status": F("run__registrations__status"),
        "own_changed_at": F("run__registrations__status_changed_at"),
        "own_changes": Coalesce(Subquery(changes), 0),
    }


# --- Windows and numbers ---------------------------------------------------------------------------


def midnight(at: dt.datetime) -> dt.datetime:
    """When that day began in Berlin: time takes sessions out of a subscription at midnight only."""
    return timezone.make_aware(dt.datetime.combine(timezone.localdate(at), dt.time.min))


def _window(subscription: CalendarSubscription, at: dt.datetime) -> Q:
    not_long_past = _since(subscription, at)
    if subscription.with_cancelled:
        return not_long_past & _not_long_called_off(at)
    return not_long_past & Q(cancelled_at=None, run__cancelled_at=None)


def _since(subscription: CalendarSubscription, at: dt.datetime) -> Q:
    """Sessions not over before the subscription looks back: however long the past is, nothing else is read."""
    return Q(ends_at__gte=midnight(at) - dt.timedelta(days=subscription.look_back))


def _runs_since(subscription: CalendarSubscription, at: dt.datetime, **narrowed: object) -> list[int]:
    """The keys of the runs of these."""
    sessions = Session.objects.filter(_since(subscription, at), **narrowed).order_by()
    # A DISTINCT would take SQLite through all sessions in the order of their runs.
    return sorted(set(sessions.values_list("run", flat=True)))


def _not_long_called_off(at: dt.datetime) -> Q:
    since = midnight(at) - dt.timedelta(days=CANCELLED_DAYS)
    takes_place = Q(cancelled_at=None, run__cancelled_at=None)
    return takes_place | Q(cancelled_at__gte=since) | Q(run__cancelled_at__gte=since)


def _unpublished(at: dt.datetime) -> Q:
    run = Q(run__published_at=None) | Q(run__published_at__gt=at)
    return run | Q(run__course__published_at=None) | Q(run__course__published_at__gt=at)


def _inside(session: Any, at: dt.datetime, **fields: Any) -> Inside:
    published = [session.run.published_at, session.run.course.published_at]
    return Inside(
        taken=session.taken,
        waiting=session.waiting,
        changed_at=session.numbers_changed_at,
        is_draft=any(moment is None or moment > at for moment in published),
        **fields,
    )


def _numbers() -> dict[str, Any]:
    """How full the session's run is, and since when."""
    moments = [
        (Registration.objects.all(), "status_changed_at"),
        (HeldPlace.objects.all(), "taken_at"),
        (HeldPlace.objects.all(), "ended_at"),
    ]
    return {
        "taken": places_taken("run"),
        "waiting": people_waiting("run"),
        "numbers_changed_at": Greatest(*(_latest(rows, name) for rows, name in moments)),
    }


# By hand, for calendar programs ask all day: as subqueries of the state they took longer to build than to answer.
_CHANGES = """
    SELECT (SELECT COUNT(*) FROM trainings_registrationevent AS event
            JOIN trainings_registration AS registration ON registration.id = event.registration_id
            WHERE registration.run_id IN ({keys})),
           (SELECT COUNT(*) FROM trainings_heldplace WHERE run_id IN ({keys})),
           (SELECT COUNT(ended_at) FROM trainings_heldplace WHERE run_id IN ({keys}))
"""
_ACTIVE = [f"'{status}'" for status in sorted(Registration.ACTIVE)]
_OF_AGENCIES = """,
           (SELECT COUNT(*) FROM trainings_registration
            WHERE run_id IN ({keys}) AND agency_id IN ({agencies}) AND status IN ({active}))
"""


def _changes_of_numbers(runs: list[int], agencies: list[int] | None = None) -> tuple[int, ...]:
    """How many rows there are that are only added, one with every change of how full the runs with these keys are.

    With agencies, by their keys, also how many people they have in them.
    """
    if not runs:
        return ()
    keys, of_agencies, active = (", ".join(map(str, some)) for some in (runs, agencies or [], _ACTIVE))
    sql = _CHANGES + _OF_AGENCIES if agencies else _CHANGES
    with connection.cursor() as cursor:
        cursor.execute(sql.format(keys=keys, agencies=of_agencies, active=active))
        return tuple(cursor.fetchone())


def _latest(rows: QuerySet[Any], name: str) -> Coalesce:
    of_run = rows.filter(run=OuterRef("run")).order_by().values("run").annotate(last=Max(name)).values("last")
    return Coalesce(Subquery(of_run), F("changed_at"))


def _number(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n"))
