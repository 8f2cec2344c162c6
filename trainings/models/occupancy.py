"""How full is a run? Nothing else counts places: pages, mails, feeds, lists and the rules all ask here.

A place is taken by a registration that asks for it, is offered it or has it, and by an agency that holds it for
somebody yet to be named. This is SQL by hand, from the statuses the model names: as querysets the same took most of a
page's time to build, anew at every use, and most of a registration's time under the lock.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Func, IntegerField, QuerySet
from django.utils import timezone

from accounts.models import Agency
from trainings.models.contingent import Contingent
from trainings.models.registration import Registration

Agencies = Collection[int] | QuerySet[Agency]  # their keys, or themselves

# Who is asked to take over a place takes none beside it.
_NOT_ANOTHERS = """NOT EXISTS (
    SELECT 1 FROM trainings_registration AS giver
    WHERE giver.id = counted.substitute_for_id AND giver.status = 'confirmed'
)"""
# Nobody whose account has ended waits: as ``RegistrationQuerySet.waitlisted``.
_ACTIVE = "EXISTS (SELECT 1 FROM accounts_user AS person WHERE person.id = counted.person_id AND person.is_active)"
# The same for a few of many rows: for an EXISTS within an OR, PostgreSQL would read all people.
_IS_ACTIVE = "(SELECT person.is_active FROM accounts_user AS person WHERE person.id = counted.person_id)"
_TAKEN = """(
    (SELECT COUNT(*) FROM trainings_registration AS counted
     WHERE counted.run_id = %(expressions)s AND counted.status IN (%(statuses)s)%(of_agency)s AND {not_anothers})
  + (SELECT COUNT(*) FROM trainings_heldplace AS counted
     WHERE counted.run_id = %(expressions)s AND counted.ended_at IS NULL%(of_agency)s)
)""".replace("{not_anothers}", _NOT_ANOTHERS)
_WAITING = """(
    SELECT COUNT(*) FROM trainings_registration AS counted
    WHERE counted.run_id = %(expressions)s AND counted.status IN (%(statuses)s)%(of_agency)s AND {active}
)""".replace("{active}", _ACTIVE)
_RESERVED = """(
    SELECT COALESCE(SUM(CASE WHEN kept.reserved > kept.used THEN kept.reserved - kept.used ELSE 0 END), 0)
    FROM (
        SELECT share.reserved, {taken} AS used
        FROM trainings_contingent AS share
        WHERE share.run_id = %(expressions)s AND share.release_on > '%(day)s'
    ) AS kept
)""".replace("{taken}", _TAKEN)
_HELD = """
    UNION ALL
    SELECT run_id, 'held', agency_id, COUNT(*), NULL, NULL
    FROM trainings_heldplace WHERE run_id IN ({runs}) AND ended_at IS NULL GROUP BY run_id, agency_id
    UNION ALL
    SELECT run_id, 'share', agency_id, reserved, maximum, release_on
    FROM trainings_contingent WHERE run_id IN ({runs}) AND release_on > %s
"""
_WHAT_COUNTS = (
    """
    SELECT run_id, status, agency_id, COUNT(*), CAST(NULL AS integer), CAST(NULL AS date)
    FROM trainings_registration AS counted
    WHERE run_id IN ({runs}) AND {not_anothers} AND (status <> 'waitlisted' OR {is_active})
    GROUP BY run_id, status, agency_id
""".replace("{not_anothers}", _NOT_ANOTHERS).replace("{is_active}", _IS_ACTIVE)
    + _HELD
)
# The same of one run, for which hundreds may wait: looking up each of them took longer than all else.
_WHAT_COUNTS_OF_ONE = (
    """
    SELECT run_id, status, counted.agency_id, COUNT(*), CAST(NULL AS integer), CAST(NULL AS date)
    FROM trainings_registration AS counted JOIN accounts_user AS person ON person.id = counted.person_id
    WHERE run_id IN ({runs}) AND {not_anothers} AND (status <> 'waitlisted' OR person.is_active)
    GROUP BY run_id, status, counted.agency_id
""".replace("{not_anothers}", _NOT_ANOTHERS)
    + _HELD
)
KEYS_A_QUERY = 5000  # SQLite takes 32,766 values in a statement, and each key stands in it three times
_parse_day = Contingent._meta.get_field("release_on").to_python  # SQLite knows no dates


class Counted(NamedTuple):
    """Registrations of a status (``what``), places ``held``, or a ``share``: a contingent in force."""

    run: int
    what: str
    agency: int | None
    number: int
    maximum: int | None
    release_on: dt.date | None


class Occupancy(NamedTuple):
    """How many places are taken, people wait, and places are kept for agencies by contingents in force."""

    taken: int
    waiting: int
    reserved: int
    has_contingents: bool


def places_taken(run: str = "pk", *, agencies: Agencies | None = None) -> Func:
    """For ``annotate``: places taken, by everybody or by these agencies; ``run`` is the way to the run's key."""
    return _number(_TAKEN, run, Registration.TAKING_A_PLACE, of_agency=_of(agencies))


def people_waiting(run: str = "pk", *, agencies: Agencies | None = None) -> Func:
    return _number(_WAITING, run, {Registration.Status.WAITLISTED}, of_agency=_of(agencies))


def places_reserved(run: str = "pk", *, at: dt.datetime | None = None) -> Func:
    """What contingents in force keep for their agencies and these have not taken yet."""
    day = timezone.localdate(at).isoformat()
    return _number(_RESERVED, run, Registration.TAKING_A_PLACE, of_agency=" AND agency_id = share.agency_id", day=day)


def what_counts(runs: Collection[int], at: dt.datetime) -> list[Counted]:
    """By agency, of all these runs (their keys), in one query. Ended registrations are among them."""
    keys, found = list(runs), []
    for first in range(0, len(keys), KEYS_A_QUERY):
        some = keys[first : first + KEYS_A_QUERY]
        sql = (_WHAT_COUNTS if len(some) > 1 else _WHAT_COUNTS_OF_ONE).replace("{runs}", ", ".join(["%s"] * len(some)))
        with connection.cursor() as cursor:
            cursor.execute(sql, [*some, *some, *some, timezone.localdate(at)])
            found += [Counted._make([*row[:-1], _parse_day(row[-1])]) for row in cursor.fetchall()]
    return found


def occupancy_of(runs: Collection[int], at: dt.datetime) -> dict[int, Occupancy]:
    """By the run's key, as ``with_occupancy`` counts, in one query that needs not be built."""
    used: Counter[tuple[int, int | None]] = Counter()
    waiting: Counter[int] = Counter()
    shares: list[Counted] = []
    for row in what_counts(runs, at):
        if row.what == "share":
            shares.append(row)
        elif row.what == Registration.Status.WAITLISTED:
            waiting[row.run] += row.number
        elif row.what == "held" or row.what in Registration.TAKING_A_PLACE:
            used[row.run, row.agency] += row.number
    taken: Counter[int] = Counter()
    for (run, _agency), number in used.items():
        taken[run] += number
    reserved: Counter[int] = Counter()
    for share in shares:
        reserved[share.run] += max(0, share.number - used[share.run, share.agency])
    return {run: Occupancy(taken[run], waiting[run], reserved[run], run in reserved) for run in runs}


def _of(agencies: Agencies | None) -> str:
    if agencies is None:
        return ""
    if isinstance(agencies, QuerySet):
        # It compares keys alone: nothing to quote.
        keys = "NULL" if agencies.query.is_empty() else str(agencies.order_by().values("pk").query)
    else:
        keys = ", ".join(f"{agency:d}" for agency in sorted(agencies))
    return f" AND agency_id IN ({keys})"


def _number(template: str, run: str, statuses: Collection[str], **parts: str) -> Func:
    listed = ", ".join(f"'{status}'" for status in sorted(statuses))
    return Func(F(run), template=template, statuses=listed, output_field=IntegerField(), **parts)
