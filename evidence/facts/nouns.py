"""What a report says, as plain values: whatever made them may change afterwards, these do not.

Days and times are those of Europe/Berlin; minutes are teaching minutes, a teaching unit (UE) is 45 of them. Words are
in the language in which the evidence was gathered.
"""

import datetime as dt
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from trainings.reporting import Number

Numbers = dict[str, Number]  # by the names of reporting.DEFINITIONS


@dataclass(frozen=True)
class GrantEvidence:
    pk: int
    fund: str
    project_title: str
    grant_number: str
    beneficiary: str
    starts_on: dt.date
    ends_on: dt.date
    names_in_reports: bool


@dataclass(frozen=True)
class SessionEvidence:
    """One that took place."""

    pk: int
    day: dt.date
    starts: str  # „09:00“
    ends: str
    minutes: int
    room: str


@dataclass(frozen=True)
class ScanEvidence:
    """One file of a signed list; its bytes stay where they were filed, ``sha256`` says which they are."""

    pk: int
    sha256: str
    content_type: str
    size: int
    page: int
    original_at: str
    filed_on: dt.date


@dataclass(frozen=True)
class ListEvidence:
    """The list of a session: submitted when and by whom, signed on which files; a day's stand at each session of it."""

    session: SessionEvidence
    submitted_on: dt.date | None
    submitted_by: str
    scans: list[ScanEvidence]


@dataclass(frozen=True)
class ParticipantEvidence:
    """A confirmed place. ``outcome`` is a value of reporting.Outcome, empty while the run is not over."""

    registration: int
    person: int
    last_name: str
    first_name: str
    agency: str
    group: str
    source: str
    minutes: int
    minutes_by_session: dict[int, int | None]  # None: not recorded
    outcome: str


@dataclass(frozen=True)
class CertificateEvidence:
    """``state``: valid, revoked, replaced or failed (could not be printed)."""

    pk: int
    number: str
    registration: int
    issued_on: dt.date
    minutes: int
    state: str
    sha256: str
    reason: str


@dataclass(frozen=True)
class CorrectionEvidence:
    """What changed after the run had been closed for the first time."""

    at: dt.datetime
    by: str
    about: str  # the person concerned, where it is one
    label: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class PartEvidence:
    """What comes from one agency, or one group."""

    name: str
    numbers: Numbers


@dataclass(frozen=True)
class RunEvidence:
    """``is_counted``: its people are counted in this period, for its last session was held in it."""

    pk: int
    number: str
    course: str
    level: str
    format: str
    place: str
    language: str
    trainers: list[str]
    first_day: dt.date
    last_day: dt.date
    grant_number: str
    closed_on: dt.date | None
    is_counted: bool
    numbers: Numbers
    agencies: list[PartEvidence]
    groups: list[PartEvidence]
    lists: list[ListEvidence]
    participants: list[ParticipantEvidence]
    certificates: list[CertificateEvidence]
    corrections: list[CorrectionEvidence]


@dataclass(frozen=True)
class CalledOffEvidence:
    pk: int
    number: str
    course: str
    planned_for: dt.date | None
    called_off_on: dt.date
    reason: str
    registered: int  # who had a place on the day before, as far as it is known


@dataclass(frozen=True)
class PeriodEvidence:
    """As things stood ``at``; ``runs`` by their first day, and ``called_off`` by the day they were planned for.

    ``agreements``: by the name of each agency, in words, those it had on these days; nothing where nobody uses any.
    """

    grant: GrantEvidence
    first_on: dt.date
    last_on: dt.date
    at: dt.datetime
    numbers: Numbers
    agencies: list[PartEvidence]
    groups: list[PartEvidence]
    runs: list[RunEvidence]
    called_off: list[CalledOffEvidence]
    agreements: dict[str, str] = field(default_factory=dict)


def as_json(evidence: Any) -> Any:
    """A noun as values that JSON has: days and moments in ISO 8601, decimals as text."""
    return _plain(asdict(evidence))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
