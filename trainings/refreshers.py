"""Who should refresh which course, and by when? Some years after they last attended it, as the course says.

Derived anew each time, nothing is stored: attendance that is taken back, a certificate that is revoked, another number
of years, an account that ends or joins another show at once. Nothing is due for whoever is registered for a run to
come, or was in one of which nothing is recorded yet.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import Agency, User
from accounts.names import by_name
from trainings import keeping
from trainings.attended import has_attended
from trainings.dates import ZONE
from trainings.models import AttendanceRecord, Course, CourseRun, CourseRunQuerySet, Registration, RegistrationQuerySet

DAY = dt.timedelta(days=1)
REMIND_BEFORE = 60 * DAY
LOOK_AHEAD = 183 * DAY  # of the lists, unless somebody wants to see further


@dataclass(frozen=True)
class Refresher:
    """``registration`` is the last one attended, with its person, agency and run."""

    registration: Registration
    due_on: dt.date

    @property
    def person(self) -> User:
        return self.registration.person

    @property
    def course(self) -> Course:
        return self.registration.run.course

    @property
    def attended_on(self) -> dt.date:
        return _last_day(self.registration)

    @property
    def is_overdue(self) -> bool:
        return self.due_on < timezone.localdate()

    @property
    def name_sort_key(self) -> tuple[str, ...]:
        return self.person.name_sort_key


def due(
    registrations: RegistrationQuerySet,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    at: dt.datetime | None = None,
) -> list[Refresher]:
    """Of people whose last participation is among these: what is due from the first to the last day, by that day.

    Two queries, however many courses there are; where days are given, of runs that ended in the right weeks alone.
    """
    at = at or timezone.now()
    courses = {course.pk: course for course in Course.objects.published(at).exclude(refresh_after_years=None)}
    if not courses:
        return []
    rows = (
        registrations.filter(has_attended(at), ~Exists(_later(at)), person__is_active=True)
        .filter(run__in=_runs(courses.values(), first, last, at).values("pk"))
        .select_related("person__agency", "agency", "run")
    )
    found = []
    for row in rows:
        row.run.course = courses[row.run.course_id]
        one = Refresher(row, years_after(_last_day(row), row.run.course.refresh_after_years or 0))
        if (first is None or first <= one.due_on) and (last is None or one.due_on <= last):
            found.append(one)
    return sorted(by_name(found), key=lambda one: (one.due_on, one.course.number))


def of_person(person: User, *, last: dt.date | None = None, at: dt.datetime | None = None) -> list[Refresher]:
    return due(Registration.objects.of(person), last=last, at=at)


def of_agency(agency: Agency, *, last: dt.date, at: dt.datetime | None = None) -> list[Refresher]:
    """Of people whom it sent the last time and who still belong to it."""
    return due(Registration.objects.of_agency(agency).filter(person__agency=agency), last=last, at=at)


def soon(at: dt.datetime | None = None) -> dt.date:
    """What is due until then is told of: people are reminded, and see it on their page."""
    return timezone.localdate(at) + REMIND_BEFORE


def to_remind(at: dt.datetime, runs: CourseRunQuerySet | None = None) -> list[Refresher]:
    """What becomes due in the next weeks, of people who want to hear of it. What was due before nobody is told late.

    ``runs``: only of people who were in one of these.
    """
    wanted = Registration.objects.exclude(person__correspondence__wants_refreshers=False)
    wanted = wanted.filter(run__in=runs) if runs is not None else wanted
    return due(
        wanted.exclude(person__in=User.objects.without_address()), first=timezone.localdate(at), last=soon(at), at=at
    )


def remark_on_master_data(fields: set[str], runs: CourseRunQuerySet) -> str:
    """What planning says of a change before it is made: how many people will be reminded by the next morning."""
    number = len(to_remind(timezone.now(), runs)) if "refresh_after_years" in fields else 0
    text = ngettext(
        "%(number)d Person wird an eine Auffrischung erinnert, die in den nächsten 60 Tagen fällig ist.",
        "%(number)d Personen werden an eine Auffrischung erinnert, die in den nächsten 60 Tagen fällig ist.",
        number,
    )
    return text % {"number": number} if number else ""


def is_due(registration: Registration, day: dt.date, at: dt.datetime | None = None) -> bool:
    """Whether it still is what is to be refreshed by that day."""
    found = due(Registration.objects.filter(pk=registration.pk), first=day, last=day, at=at)
    return bool(found)


def years_after(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; 28 February for the 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _last_day(registration: Registration) -> dt.date:
    return timezone.localdate(registration.run.ends_at)


def _runs(courses: Iterable[Course], first: dt.date | None, last: dt.date | None, at: dt.datetime) -> CourseRunQuerySet:
    """Runs of these courses that ended so many years before these days, as long as they are evidence.

    A day more on both sides, for leap years: who asks looks at the days themselves.
    """
    by_years: dict[int, list[int]] = defaultdict(list)
    for course in courses:
        by_years[course.refresh_after_years or 0].append(course.pk)
    ended = Q()
    for years, keys in sorted(by_years.items()):
        of_these = Q(course__in=keys)
        if first is not None:
            of_these &= Q(ends_at__gte=_midnight(years_after(first, -years) - DAY))
        if last is not None:
            of_these &= Q(ends_at__lt=_midnight(years_after(last, -years) + 2 * DAY))
        ended |= of_these
    runs = CourseRun.objects.filter(ended, ends_at__lte=at)
    return runs.exclude(pk__in=keeping.over(at, runs).values("pk"))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZONE)


def _later(at: dt.datetime) -> RegistrationQuerySet:
    """Of the same person in the same course: attended later, to come, or not recorded yet."""
    ended = OuterRef("run__ends_at")
    attended_later = Q(run__ends_at__gt=ended) | Q(run__ends_at=ended, pk__gt=OuterRef("pk"))
    to_come = Q(status__in=Registration.ACTIVE, run__cancelled_at=None, run__ends_at__gt=at)
    recorded = AttendanceRecord.objects.filter(registration=OuterRef("pk"))
    unknown = Q(
        ~Exists(recorded),
        status=Registration.Status.CONFIRMED,
        run__cancelled_at=None,
        run__closed_at=None,
        run__ends_at__gt=ended,
        run__ends_at__lte=at,
    )
    same = Registration.objects.filter(person=OuterRef("person"), run__course=OuterRef("run__course"))
    return same.filter((has_attended(at) & attended_later) | to_come | unknown)
