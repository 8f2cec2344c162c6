"""Can anybody lift a limit by asking so often that the cache has no room left?"""

import datetime as dt

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.limits import Limit
from config import settings as configured


@pytest.fixture
def table(settings, db):
    """The cache of production, with room for 300 entries."""
    settings.CACHES = {"default": {**configured.CACHES["default"], "OPTIONS": {"MAX_ENTRIES": 300}}}
    call_command("createcachetable", verbosity=0)


def test_ten_of_ten_that_are_blocked_stay_blocked(table):
    limit = Limit("wrong", 5, 24 * 3600)
    blocked = [f"person{number}@mayen.example" for number in range(10)]
    for address in blocked:
        assert [limit.take(address) for _time in range(6)] == [True] * 5 + [False]
    for number in range(700):
        Limit("asked", 1, 600).take(number)
    assert [limit.is_reached(address) for address in blocked] == [True] * 10


def test_what_has_expired_makes_room(table, time_machine):
    for number in range(301):
        cache.set(f"short{number}", 1, timeout=1)
    time_machine.move_to(timezone.now() + dt.timedelta(seconds=10))
    cache.set("one_more", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM cache")
        assert cursor.fetchone() == (1,)
