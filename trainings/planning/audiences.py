"""Whom can a coordinator invite at once? Whole agencies, who did the course before it, who is interested."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import Agency, User
from trainings.models import AttendanceRecord, CourseRun, Interest, Registration
from trainings.planning.invitations import people_interested


@dataclass(frozen=True)
class InvitedGroups:
    """All who belong to any of it."""

    agencies: Collection[Agency] = ()
    attended_before: bool = False
    interested: bool = False


def people_of(audience: InvitedGroups, run: CourseRun) -> QuerySet[User]:
    """Those of them who would get an invitation; each once."""
    belongs = Q(agency__in=audience.agencies)
    if audience.attended_before:
        belongs |= Q(pk__in=_attended_before(run))
    if audience.interested:
        belongs |= Q(pk__in=people_interested(run.course).values("person"))
    return _to_invite(run).filter(belongs).order_by("pk")


def agencies_to_invite(run: CourseRun) -> list[tuple[Agency, int]]:
    """Agencies with people who could be invited, and how many, in the order of the keys."""
    found = _to_invite(run).filter(agency__isnull=False).order_by("agency").values_list("agency")
    numbers = dict(found.annotate(number=Count("pk")))
    return [(agency, numbers[agency.pk]) for agency in Agency.objects.filter(pk__in=numbers)]


def people_called_off(run: CourseRun) -> QuerySet[User]:
    """Who lost a place, or one in the queue, because the run was called off."""
    lost = run.registrations.filter(
        status=Registration.Status.CANCELLED, status_changed_at__gte=run.cancelled_at, person__is_active=True
    )
    return User.objects.filter(pk__in=lost.values("person")).order_by("pk")


def other_runs(run: CourseRun) -> list[tuple[CourseRun, int]]:
    """Runs to come of the course, and to how many of those called off each could be offered."""
    found = CourseRun.objects.published().taking_place().upcoming().filter(course=run.course_id).for_lists()
    return [(other, people_to_offer(run, other).count()) for other in found]


def people_to_offer(run: CourseRun, other: CourseRun) -> QuerySet[User]:
    return people_called_off(run).filter(pk__in=_to_invite(other).values("pk"))


def _to_invite(run: CourseRun) -> QuerySet[User]:
    """Not invited yet, nothing in the course, whom the run is for, and who has not said no to the course."""
    has = Registration.objects.active().filter(run__course=run.course_id)
    interest = Interest.objects.filter(course=run.course_id)
    said_no = interest.exclude(ended_at=None).filter(invitation=None)
    people = User.objects.filter(is_active=True, profile_completed_at__isnull=False)
    people = people.exclude(pk__in=has.values("person")).exclude(pk__in=run.invitations.values("person"))
    people = people.exclude(Q(pk__in=said_no.values("person")) & ~Q(pk__in=interest.open().values("person")))
    if run.visibility == CourseRun.Visibility.AGENCIES:
        people = people.filter(agency__in=run.agencies.all())
    if run.group_rule == CourseRun.Strictness.BINDING:
        groups = [run.only_for_group] if run.only_for_group else run.course.target_groups
        people = people.filter(group__in=groups) if groups else people
    return people


def _attended_before(run: CourseRun) -> QuerySet[User]:
    """Who was there in a run of a course that this one presupposes."""
    there = AttendanceRecord.Status.PRESENT, AttendanceRecord.Status.PARTIAL
    before = run.course.prerequisites.values("pk")
    records = AttendanceRecord.objects.filter(status__in=there, registration__run__course__in=before)
    confirmed = Registration.objects.confirmed().filter(pk__in=records.values("registration"))
    return User.objects.filter(pk__in=confirmed.values("person"))
