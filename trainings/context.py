"""What do pages of the whole site know of trainings? Asked of the database only by pages that show it."""

from django.db.models import Exists
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from trainings.models import CalendarChoice, CourseRun, Funding


def funding(request: HttpRequest) -> dict[str, object]:
    """The grant of today (Regulation (EU) 2021/1060, Art. 50)."""
    today = timezone.localdate()
    return {
        "funding": SimpleLazyObject(lambda: Funding.objects.filter(starts_on__lte=today, ends_on__gte=today).first())
    }


def person(request: HttpRequest) -> dict[str, object]:
    """Whether the person who has signed in leads a run, and how dates reach their calendar; one query for both."""
    known = SimpleLazyObject(lambda: _known_of(request.user.pk or 0))
    return {
        "teaches": SimpleLazyObject(lambda: known[0]),
        "calendar_choice": SimpleLazyObject(lambda: known[1] or CalendarChoice.MAIL),
        "my_data_url": SimpleLazyObject(lambda: reverse("trainings:my_data")),
        "finds_people": SimpleLazyObject(lambda: "/koordination/" in request.path and _is_coordinator(request)),
    }


def _is_coordinator(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_coordinator


def _known_of(pk: int) -> tuple[bool, str | None]:
    # By the key itself: without it PostgreSQL takes everybody for a trainer, and reads all of whom there ever was one.
    rows = User.objects.filter(pk=pk).annotate(teaches=Exists(CourseRun.trainers.through.objects.filter(user=pk)))
    return rows.values_list("teaches", "correspondence__calendar_choice").first() or (False, None)
