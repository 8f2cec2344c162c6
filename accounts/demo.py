"""Whom does the demo offer for signing in with one click? Never in production (config/settings.py refuses)."""

from django.conf import settings
from django.db.models import Count

from accounts.models import User


def people() -> list[User]:
    """Up to eight: a coordinator, two trainers, an agency contact and the busiest participants."""
    if not settings.DEMO:
        return []
    known = User.objects.filter(is_active=True, email__endswith=".example").exclude(profile_completed_at=None)
    known = known.select_related("agency")
    participants = known.filter(role=User.Role.PARTICIPANT, taught_runs=None).order_by("pk")
    return [
        *known.filter(role=User.Role.COORDINATOR).order_by("pk")[:1],
        *known.exclude(taught_runs=None).distinct().order_by("pk")[:2],
        *known.filter(role=User.Role.AGENCY_CONTACT).order_by("pk")[:1],
        *participants.annotate(registered=Count("registrations")).order_by("-registered", "pk")[:4],
    ]
