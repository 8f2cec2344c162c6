"""Who may do what? What is not yours does not exist: the answer is 404, never 403."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.models import Agency, User
from trainings.models import (
    CourseRun,
    CourseRunQuerySet,
    HeldPlace,
    HeldPlaceQuerySet,
    Registration,
    RegistrationQuerySet,
    Session,
    SessionQuerySet,
)

View = Callable[..., HttpResponseBase]
TEACHES_LATELY = dt.timedelta(days=90)  # so long a list may still be asked for


def _only_for(may: Callable[[User], bool]) -> Callable[[View], View]:
    """For views: everybody else gets 404."""

    def decorator(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not isinstance(request.user, User) or not may(request.user):
                raise Http404
            return view(request, *args, **kwargs)

        return wrapped

    return decorator


coordinator_required = _only_for(lambda person: person.is_coordinator)
agency_contact_required = _only_for(lambda person: person.is_agency_contact)


def teaches(person: User) -> bool:
    """Whether the person leads a run. Teaching is not a role."""
    return CourseRun.objects.taught_by(person).exists()


def home_of(person: User) -> str:
    """The page on which somebody works: where signing in leads. Empty for participants."""
    if person.is_coordinator:
        return "trainings:coordination"
    lately = timezone.now() - TEACHES_LATELY
    if CourseRun.objects.taught_by(person).filter(Q(ends_at=None) | Q(ends_at__gte=lately)).exists():
        return "trainings:teaching"
    return "trainings:agency" if person.is_agency_contact else ""


def runs_for_teaching(person: User) -> CourseRunQuerySet:
    """The runs whose attendance ``person`` may mark: coordinators all, trainers their own."""
    return CourseRun.objects.all() if person.is_coordinator else CourseRun.objects.taught_by(person)


def sessions_for_teaching(person: User) -> SessionQuerySet:
    return Session.objects.all() if person.is_coordinator else Session.objects.filter(run__in=runs_for_teaching(person))


def registrations_of(person: User) -> RegistrationQuerySet:
    """What ``person`` may see and end by themselves."""
    return Registration.objects.of(person)


def runs_open_to(person: User) -> CourseRunQuerySet:
    """Runs whose registration page ``person`` may open."""
    return CourseRun.objects.published().visible_to(person)


def keys_of_agencies(contact: User) -> list[int]:
    """Of those the contact speaks for. Read: as a subquery in several places they cost more to build than to answer."""
    return list(contact.spoken_for().order_by().values_list("pk", flat=True))


def registrations_of_agencies(contact: User) -> RegistrationQuerySet:
    """Those sent by the agencies the contact speaks for; nobody else's."""
    return Registration.objects.filter(agency__in=contact.spoken_for())


def people_entered_by_agencies(contact: User) -> QuerySet[User]:
    """Colleagues whom the contact's agencies have registered, and who have not been here themselves yet."""
    agencies = contact.spoken_for()
    sent = Registration.objects.filter(agency__in=agencies, source=Registration.Source.AGENCY, person=OuterRef("pk"))
    return User.objects.never_here().filter(
        Exists(sent), agency__in=agencies, role=User.Role.PARTICIPANT, is_superuser=False
    )


def held_places_of_agencies(contact: User) -> HeldPlaceQuerySet:
    return HeldPlace.objects.filter(agency__in=contact.spoken_for())


def runs_for_agencies(contact: User, agency: Agency | None = None) -> CourseRunQuerySet:
    """The programme as the agencies of the contact see it, or one of them, and whatever they have people in."""
    agencies = keys_of_agencies(contact)
    if agency:
        agencies = [agency.pk] if agency.pk in agencies else []
    return CourseRun.objects.shown_to_agencies(agencies)
