"""Where limits are counted: a table that all processes share, and that forgets nothing before its time."""

import datetime as dt
from typing import Any

from django.core.cache.backends.db import DatabaseCache


class UnforgettingCache(DatabaseCache):
    """Django's, which beyond ``MAX_ENTRIES`` makes room by forgetting a third: whoever asks often enough has no limit.

    Here room is made of what has expired alone. The rest ends by itself within a day.
    """

    def _cull(self, db: str, cursor: Any, now: dt.datetime, num: int) -> None:
        # As if there were few; what has expired is deleted whatever their number.
        super()._cull(db, cursor, now, num=0)  # type: ignore[misc]
