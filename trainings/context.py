"""What do pages of the whole site know of trainings? Asked of the database only by pages that show it."""

import datetime as dt
from functools import cache
from typing import NamedTuple

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from trainings.models import CalendarChoice, Funding, in_active_language

# By hand, for every page asks of whoever has signed in: as a queryset it took ten times as long to build as to answer.
_KNOWN = """
    SELECT EXISTS (SELECT 1 FROM trainings_courserun_trainers WHERE user_id = %s),
           (SELECT calendar_choice FROM trainings_correspondence WHERE person_id = %s)
"""


class GrantStatement(NamedTuple):
    """What pages say of a grant; plain values, so that equal footers are drawn once (``kept``)."""

    fund: str
    fund_en: str
    project_title: str
    grant_number: str
    starts_on: dt.date
    ends_on: dt.date

    @property
    def display_fund(self) -> str:
        return in_active_language(self.fund, self.fund_en)


def funding(request: HttpRequest) -> dict[str, object]:
    """The grant of today (Regulation (EU) 2021/1060, Art. 50)."""

    @cache
    def funding() -> GrantStatement | None:
        found = Funding.of_day(timezone.localdate())
        return GrantStatement._make(getattr(found, name) for name in GrantStatement._fields) if found else None

    return {"funding": funding}  # templates call it


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
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [pk, pk])
        teaches, calendar_choice = cursor.fetchone()
    return bool(teaches), calendar_choice
