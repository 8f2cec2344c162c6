"""Rows that are work to be done by one worker at a time: those with ``leased_until`` and ``attempts``."""

import datetime as dt
from typing import Self, TypeVar

from django.db import models
from django.utils import timezone

M = TypeVar("M", bound=models.Model)
LONGEST = dt.timedelta(hours=1)  # no work is leased for longer


class LeasedQuerySet(models.QuerySet[M]):
    def unleased(self, at: dt.datetime | None = None) -> Self:
        """Not leased, or left behind by a worker that died, or by one whose clock was ahead."""
        at = at or timezone.now()
        left = models.Q(leased_until__lt=at) | models.Q(leased_until__gt=at + LONGEST)
        return self.filter(models.Q(leased_until=None) | left)

    def lease(self, pk: int, for_: dt.timedelta) -> bool:
        """Take the row and count a try, in a transaction of its own: the count stays even if the work is killed.

        False if another worker was faster, or it is none of these rows any more.
        """
        now = timezone.now()
        mine = self.unleased(now).filter(pk=pk)
        return bool(mine.update(leased_until=now + for_, attempts=models.F("attempts") + 1))
