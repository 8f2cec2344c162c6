"""Which mails are due because a day has come? Reminders, also of refreshers, the trainers' lists, thanks, the digest.

All are due at seven in the morning in Berlin. The jobs run every few minutes, catch up after a worker was away, and
queue nothing twice, however many workers there are: ``Message.once_key`` names registration, step and day, and the
database refuses a second one. A run that moves to another day gets its reminders for that day.
"""

import datetime as dt
from collections.abc import Iterator

from django.db import models
from django.utils import timezone

from accounts.models import User
from trainings import refreshers
from trainings.mails import digest, notices, outbox
from trainings.mails.notices import Occasion, Who
from trainings.models import (
    EARLIEST_REMINDER,
    AttendanceRecord,
    CourseRun,
    CourseRunQuerySet,
    Message,
    Registration,
    Session,
)
from trainings.working_days import before, is_working_day, morning_of

DAY = dt.timedelta(days=1)
# Somebody who got the place less than this before a reminder is due has just been told everything.
JUST_TOLD = DAY
# Attendance is sometimes recorded days later; after that, nobody expects to be thanked.
THANK_WITHIN = dt.timedelta(days=14)
# A digest not sent by then is out of date; the next one makes up for it.
DIGEST_UNTIL = dt.timedelta(hours=5)
LOOK_BACK = dt.timedelta(days=7)

# A mail that has told somebody, or will.
STANDING = [Message.Status.QUEUED, Message.Status.SENT]


def remind(at: dt.datetime | None = None) -> int:
    """Queue what is due to people with a place and to trainers; returns how many mails."""
    at = at or timezone.now()
    return outbox.queue_once([*_reminders(at), *_lists(at), *_thanks(at)])


def step_due(run: CourseRun, at: dt.datetime) -> int | None:
    """So many days before the start is the reminder that is due now, the latest if several are; None if none is."""
    if run.starts_at is None or run.has_started(at):
        return None
    steps = [days for days in run.reminder_days if reminder_due_at(run, days) <= at]
    return min(steps, default=None)


def reminder_due_at(run: CourseRun, days: int) -> dt.datetime:
    """The morning so many calendar days before the first session; the run has one."""
    return morning_of(timezone.localdate(run.starts_at) - days * DAY)


def _reminders(at: dt.datetime) -> Iterator[Message]:
    kind = notices.kind(Occasion.DAYS_BEFORE, Who.PARTICIPANT)
    for run in _announced(at).upcoming(at).filter(starts_at__lt=at + (EARLIEST_REMINDER + 1) * DAY):
        days = step_due(run, at)
        if days is None or _told_since(run, reminder_due_at(run, days)):
            continue
        day = timezone.localdate(run.starts_at).isoformat()
        # Where the steps were changed meanwhile, an earlier one may be due after a later one was sent.
        later = Message.objects.filter(kind=kind, registration=models.OuterRef("pk"), details__day=day)
        later = later.filter(details__days__lt=days, status__in=STANDING)
        told = Registration.objects.confirmed().filter(
            ~models.Exists(later),
            run=run,
            status_changed_at__lte=reminder_due_at(run, days) - JUST_TOLD,
            person__is_active=True,
        )
        for pk, person in told.values_list("pk", "person"):
            yield Message(
                kind=kind,
                registration_id=pk,
                recipient_id=person,
                once_key=f"reminder:{pk}:{days}:{day}",
                details={"day": day, "days": days},
            )


def _told_since(run: CourseRun, due: dt.datetime) -> bool:
    """Whether a mail on a changed session went out after the reminder was due: it says where and when."""
    return Message.objects.filter(
        kind=notices.kind(Occasion.SESSION_MOVED, Who.PARTICIPANT),
        status__in=STANDING,
        registration__run=run,
        queued_at__gt=due,
    ).exists()


def _lists(at: dt.datetime) -> Iterator[Message]:
    """For each trainer one mail on each day with sessions, the day before."""
    kind = notices.kind(Occasion.DAY_BEFORE, Who.TRAINER)
    sessions = Session.objects.filter(cancelled_at=None, starts_at__gt=at, starts_at__lt=at + 2 * DAY).order_by()
    soon = list(sessions.values_list("run", "starts_at"))
    # Of these few alone: SQLite would start from all runs that were ever announced.
    announced = set(_announced(at).filter(pk__in={run for run, _day in soon}).values_list("pk", flat=True))
    days: set[tuple[int, dt.date]] = set()
    for run, starts_at in soon:
        day = timezone.localdate(starts_at)
        if run in announced and morning_of(day - DAY) <= at:
            days.add((run, day))
    for run, day in sorted(days):
        for trainer in User.objects.filter(taught_runs=run, is_active=True).order_by("pk"):
            yield Message(
                kind=kind,
                run_id=run,
                recipient=trainer,
                once_key=f"list:{run}:{trainer.pk}:{day.isoformat()}",
                details={"day": day.isoformat()},
            )


def _thanks(at: dt.datetime) -> Iterator[Message]:
    """To everybody who was there, once their attendance is recorded."""
    kind = notices.kind(Occasion.DAY_AFTER, Who.PARTICIPANT)
    came = AttendanceRecord.objects.filter(registration=models.OuterRef("pk"), minutes__gt=0)
    finished = _announced(at).finished(at).filter(ends_at__gt=at - THANK_WITHIN)
    for run in finished:
        if at < morning_of(timezone.localdate(run.ends_at) + DAY):
            continue
        attended = Registration.objects.confirmed().filter(models.Exists(came), run=run, person__is_active=True)
        for pk, person in attended.values_list("pk", "person"):
            yield Message(kind=kind, registration_id=pk, recipient_id=person, once_key=f"thanks:{pk}")


def _announced(at: dt.datetime) -> CourseRunQuerySet:
    return CourseRun.objects.published(at).taking_place()


def remind_to_refresh(at: dt.datetime | None = None) -> int:
    """Queue what tells people that a refresher is due, once for each participation and day; says how many mails."""
    at = at or timezone.now()
    if at < morning_of(timezone.localdate(at)):
        return 0
    kind = notices.kind(Occasion.REFRESHER_DUE, Who.PARTICIPANT)
    return outbox.queue_once(
        Message(
            kind=kind,
            registration=one.registration,
            recipient=one.person,
            once_key=f"refresher:{one.registration.pk}:{one.due_on.isoformat()}",
            details={"due_on": one.due_on.isoformat()},
        )
        for one in refreshers.to_remind(at)
    )


def send_digests(at: dt.datetime | None = None) -> int:
    """Queue the digest on working days to coordinators who want it; none if there is nothing to tell."""
    at = at or timezone.now()
    today = timezone.localdate(at)
    morning = morning_of(today)
    if not is_working_day(today) or not morning <= at < morning + DIGEST_UNTIL:
        return 0
    kind = notices.kind(Occasion.MORNING, Who.COORDINATOR)
    coordinators = models.Q(role=User.Role.COORDINATOR) | models.Q(is_superuser=True)
    wanted = User.objects.filter(coordinators, is_active=True).exclude(correspondence__wants_digest=False)
    people = {_once_a_day(person, today): person for person in wanted.order_by("pk")}
    told = Message.objects.filter(once_key__in=people, recipient__in=people.values())  # SQLite finds them by these
    have_it = set(told.values_list("once_key", flat=True))
    since = {person: _told_until(person, today) for key, person in people.items() if key not in have_it}
    has_news = {moment: bool(digest.sections(moment, morning, at)) for moment in set(since.values())}
    return outbox.queue_once(
        Message(
            kind=kind,
            recipient=person,
            once_key=_once_a_day(person, today),
            details={"day": today.isoformat(), "since": moment.isoformat(), "until": morning.isoformat()},
        )
        for person, moment in since.items()
        if has_news[moment]
    )


def _once_a_day(person: User, day: dt.date) -> str:
    return f"digest:{person.pk}:{day.isoformat()}"


def _told_until(person: User, today: dt.date) -> dt.datetime:
    """Since when things are new to them: the morning of their last digest or working day, at most a week ago."""
    kind = notices.kind(Occasion.MORNING, Who.COORDINATOR)
    sent = Message.objects.filter(kind=kind, recipient=person, status=Message.Status.SENT)
    last = sent.order_by("-queued_at").values_list("details__day", flat=True).first()
    days = [before(today), *([dt.date.fromisoformat(last)] if last else [])]
    return morning_of(max(min(days), today - LOOK_BACK))
