"""Whom may one be in the demo?"""

from django.db.models import Count
from django.utils.translation import pgettext

from accounts.models import User


def offered() -> list[tuple[User, str]]:
    """Up to eight, with their roles: a coordinator, two trainers, an agency contact and the busiest participants."""
    known = User.objects.filter(is_active=True, email__endswith=".example").exclude(profile_completed_at=None)
    known = known.select_related("agency")
    trainers = known.exclude(taught_runs=None).distinct().order_by("pk")[:2]
    participants = known.filter(role=User.Role.PARTICIPANT, taught_runs=None).order_by("pk")
    people = [
        *known.filter(role=User.Role.COORDINATOR).order_by("pk")[:1],
        *trainers,
        *known.filter(role=User.Role.AGENCY_CONTACT).order_by("pk")[:1],
        *participants.annotate(registered=Count("registrations")).order_by("-registered", "pk")[:4],
    ]
    return [(person, role(person)) for person in people]


def role(person: User) -> str:
    return pgettext("role", "Kursleitung") if person.taught_runs.exists() else str(person.get_role_display())
