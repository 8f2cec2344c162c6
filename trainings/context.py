"""What do pages of the whole site know of trainings? Asked of the database only by pages that show it."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from trainings.models import Funding
from trainings.permissions import teaches


def funding(request: HttpRequest) -> dict[str, object]:
    """The grant of today (Regulation (EU) 2021/1060, Art. 50)."""
    today = timezone.localdate()
    return {
        "funding": SimpleLazyObject(lambda: Funding.objects.filter(starts_on__lte=today, ends_on__gte=today).first())
    }


def teaching(request: HttpRequest) -> dict[str, object]:
    """Whether the person who has signed in leads a run; the navigation asks."""
    return {"teaches": SimpleLazyObject(lambda: isinstance(request.user, User) and teaches(request.user))}
