"""Who is asked to come? Invite people to a run, note interest in a course, plan a run for all who are interested."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import TargetGroup, User
from accounts.names import sort_key
from trainings import mails
from trainings.acts import Act
from trainings.locking import locked
from trainings.mails import Occasion, Who
from trainings.models import Course, CourseRun, Interest, Invitation, Registration, Venue
from trainings.planning import publishing
from trainings.planning.changing import Edit
from trainings.planning.scheduling import Meeting
from trainings.refusals import Reason, Refused


def invite(run: CourseRun, people: Iterable[User], act: Act) -> list[Invitation]:
    """Invite those with an active account who are not invited yet, and mail them; it answers their interest.

    Raises Refused.
    """
    with locked(run) as run:
        act, at = act.begin()
        if reasons := _objections(run, act, at):
            raise Refused(*reasons)
        invitations = []
        for person in (one for one in people if one.is_active):
            invitation, is_new = Invitation.objects.get_or_create(
                run=run,
                person=person,
                defaults={"invited_at": at, "invited_by": act.user, "reason": act.reason.strip()[:500]},
            )
            if is_new:
                mails.tell_person(Occasion.INVITED, Who.PARTICIPANT, person, run)
                invitations.append(invitation)
            open_interest = Interest.objects.open().filter(course=run.course_id, person=person)
            open_interest.update(ended_at=at, invitation=invitation)
    return invitations


def note_interest(course: Course, person: User, *, wish: str = "", at: dt.datetime | None = None) -> Interest:
    """The person would come if there were a run that fits. Noting it again changes the wish."""
    interest, _created = Interest.objects.open().update_or_create(
        course=course,
        person=person,
        ended_at=None,
        defaults={"wish": wish.strip()[:300]},
        create_defaults={"wish": wish.strip()[:300], "noted_at": at or timezone.now()},
    )
    return interest


def withdraw_interest(course: Course, person: User, *, at: dt.datetime | None = None) -> None:
    Interest.objects.open().filter(course=course, person=person).update(ended_at=at or timezone.now())


def people_interested(course: Course | None = None) -> models.QuerySet[Interest]:
    """Open interest of people who can still be reached and have no place in the course meanwhile."""
    has_a_place = Registration.objects.active().filter(
        person=models.OuterRef("person"), run__course=models.OuterRef("course")
    )
    found = Interest.objects.open().filter(~models.Exists(has_a_place), person__is_active=True)
    return found.filter(course=course) if course else found


@dataclass(frozen=True)
class Demand:
    """How many are interested in a course: in all, by agency and by group, most first."""

    course: Course
    number: int
    agencies: list[tuple[str, int]]
    groups: list[tuple[str, int]]
    wishes: list[str]


def demand() -> list[Demand]:
    """The courses people are interested in, the most wanted first."""
    by_course: dict[Course, list[Interest]] = {}
    for interest in people_interested().select_related("course", "person__agency"):
        by_course.setdefault(interest.course, []).append(interest)
    found = [
        Demand(
            course=course,
            number=len(rows),
            agencies=_counted(row.person.agency_name for row in rows),
            groups=_counted(str(TargetGroup(row.person.group).label) for row in rows if row.person.group),
            wishes=[row.wish for row in rows if row.wish],
        )
        for course, rows in by_course.items()
    ]
    return sorted(found, key=lambda row: (-row.number, row.course.number))


@transaction.atomic
def plan_and_invite(
    course: Course,
    act: Act,
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    teaching_minutes: int,
    capacity: int,
    venue: Venue | None,
    online_link: str = "",
    registration_closes_on: dt.date | None = None,
    preparation: str = "",
    reminders: str = "7, 1",
) -> tuple[CourseRun, list[Invitation]]:
    """A run with one session, published, and everybody interested invited: all of it or nothing. Raises Refused."""
    values = {
        "capacity": capacity,
        "format": CourseRun.Format.ON_SITE if venue else CourseRun.Format.ONLINE,
        "venue": venue,
        "online_link": online_link,
        "registration_closes_on": registration_closes_on,
        "preparation": preparation,
        "reminders": reminders,
    }
    edit = Edit(values, added=[Meeting(starts_at, ends_at, teaching_minutes)])
    run = publishing.publish(publishing.new_run(course, edit, act), act)
    people = User.objects.filter(pk__in=people_interested(course).values("person")).order_by("pk")
    return run, invite(run, people, replace(act, reason=_("Interesse an der Schulung")))


def _objections(run: CourseRun, act: Act, at: dt.datetime) -> list[Reason]:
    if not act.is_by_coordinator:
        return [Reason("coordinator", _("Das kann nur die Koordination."))]
    if run.is_cancelled:
        return [Reason("cancelled", _("Dieser Termin ist abgesagt."))]
    if not run.is_published:
        return [Reason("draft", _("Bitte veröffentlichen Sie den Termin zuerst."))]
    if run.has_started(at):
        return [Reason("started", _("Dieser Termin hat bereits begonnen."))]
    return []


def _counted(words: Iterable[str]) -> list[tuple[str, int]]:
    """Each word with how often it occurs, the most frequent first, by name among equals."""
    counted: dict[str, int] = {}
    for word in words:
        counted[word] = counted.get(word, 0) + 1
    return sorted(counted.items(), key=lambda row: (-row[1], sort_key(row[0])))
