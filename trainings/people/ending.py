"""How does an account end, and how does a person become a count?

The row of the person stays, emptied, and everything that points to it: registrations with the agency and the group of
that day, attendance, who decided. So every figure is the same before and after, and none of it names anybody.
"""

import datetime as dt
from functools import partial

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import affiliation
from accounts import people as accounts
from accounts.models import Affiliation, User
from trainings import attendance, mails
from trainings.acts import automatic
from trainings.mails import Occasion, Who
from trainings.models import CourseRun, Message, Registration
from trainings.people import evidence, relations
from trainings.people.details import forget_details
from trainings.people.leaving import leave
from trainings.people.merging import settle_merges

WARNING = dt.timedelta(days=30)  # before an account ends because nobody uses it


def clean_up(at: dt.datetime | None = None) -> dict[str, int]:
    """What ends by itself because its evidence is over or nobody uses it; says how much of each. Idempotent."""
    at = at or timezone.now()
    attendance.complete_changes()
    return {
        **forget_details(at),
        "farewells": delete_farewells(),
        "warned": warn_unused(at),
        "ended": end_unused(at),
        "merges": settle_merges(at, partial(empty_if_no_evidence, at=at)),
        "counts": count_people(at),
    }


# --- accounts that nobody uses ---------------------------------------------------------------------


def unused(at: dt.datetime, days: int) -> models.QuerySet[User]:
    """Accounts nobody has signed in to for so many days and who took part in, taught or planned nothing since."""
    before = at - dt.timedelta(days=days)
    since = CourseRun.objects.filter(ends_at__gte=before) | CourseRun.objects.filter(ends_at=None, cancelled_at=None)
    place = Registration.objects.filter(person=OuterRef("pk"), run__in=since.values("pk"))
    found = User.objects.filter(is_active=True, is_superuser=False).annotate(
        last_used=Coalesce("last_login", "date_joined")
    )
    return (
        found.filter(last_used__lt=before)
        .exclude(Exists(place))
        .exclude(Exists(since.filter(trainers=OuterRef("pk"))))
        .exclude(Exists(since.filter(coordinator=OuterRef("pk"))))
    )


def warn_unused(at: dt.datetime) -> int:
    """Say once that the account will end; signing in keeps it."""
    days = settings.RETENTION_INACTIVE_ACCOUNT_DAYS - WARNING.days
    day = timezone.localdate(at + WARNING).isoformat()
    people = [person for person in unused(at, days) if not is_last_coordinator(person)]
    told = set(Message.objects.filter(kind=_tells_of_end(), queued_at__gt=at - 2 * WARNING).values_list("recipient"))
    new = [person for person in people if (person.pk,) not in told]
    for person in new:
        mails.tell_of_account(Occasion.UNUSED, person=person, details={"day": day})
    return len(new)


def end_unused(at: dt.datetime) -> int:
    """End those that were told in time. Nobody is told twice, so the mail itself says since when they know."""
    told = Message.objects.filter(
        kind=_tells_of_end(), recipient=OuterRef("pk"), queued_at__lte=at - WARNING, queued_at__gt=at - 3 * WARNING
    )
    people = list(unused(at, settings.RETENTION_INACTIVE_ACCOUNT_DAYS).filter(Exists(told)))
    ended = 0
    for person in people:
        if not is_last_coordinator(person):
            leave(person, automatic(at, _("Niemand hat das Konto genutzt.")))
            ended += 1
    return ended


def _tells_of_end() -> str:
    return mails.kind(Occasion.UNUSED, Who.PARTICIPANT)


def delete_farewells() -> int:
    """The mail to somebody who is a count bears the last address there is; once it has left, or cannot, it goes."""
    of_no_run = Message.objects.filter(registration=None, run=None)  # by their index; of one it never is
    rows = of_no_run.filter(kind=mails.kind(Occasion.ERASED, Who.PARTICIPANT))
    return rows.exclude(status=Message.Status.QUEUED).delete()[0]


def is_last_coordinator(person: User) -> bool:
    return person.is_coordinator and not User.objects.coordinators().exclude(pk=person.pk).exists()


# --- people as counts --------------------------------------------------------------------------------


def count_people(at: dt.datetime) -> int:
    """Whose account has ended some time ago and of whom nothing is evidence any more."""
    before = at - dt.timedelta(days=settings.RETENTION_ENDED_ACCOUNT_DAYS)
    ended = User.objects.filter(is_active=False, erased_at=None).annotate(
        ended_at=Coalesce("left_at", "last_login", "date_joined")
    )
    people = list(evidence.without_evidence(ended.filter(ended_at__lt=before), at).order_by("pk"))
    for person in people:
        become_count(person, at)
    return len(people)


def end_merges_into(person: User, at: dt.datetime) -> int:
    """Accounts that were merged into this one are the same person: they do not come back, and end as it does."""
    return settle_merges(at, partial(empty_if_no_evidence, at=at), of=person)


def empty_if_no_evidence(person: User, at: dt.datetime) -> None:
    """What still says who did something waits for its date."""
    for found in evidence.without_evidence(User.objects.filter(pk=person.pk), at):
        become_count(found, at)


@transaction.atomic
def become_count(person: User, at: dt.datetime) -> User:
    """Empty the row and delete what belongs to the person alone, whose account has ended and who is no evidence."""
    end_merges_into(person, at)
    person = accounts.empty(person, at=at)
    affiliation.forget(person)
    Message.objects.filter(recipient=person).delete()
    of_person = {"content_type": ContentType.objects.get_for_model(User), "object_id": str(person.pk)}
    LogEntry.objects.filter(**of_person).delete()
    for column in relations.go_with_the_person():
        if column.model is not Affiliation:
            column.model._base_manager.filter(**{column.name: person}).delete()
    return person
