"""What is doubtful about a run as it is planned? The same list for pages, copies and tables, before and after a change.

Errors refuse. Warnings ask: the coordinator ticks each, and the history keeps which.
"""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise, starmap
from operator import or_
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.names import by_name
from trainings.acts import Act
from trainings.dates import date_long, date_short
from trainings.models import CourseRun, CourseRunQuerySet, Session, Venue, load_sessions, load_trainers
from trainings.refusals import Reason, Refused
from trainings.working_days import is_working_day

SHORT_NOTICE = dt.timedelta(days=7)
LONGEST = dt.timedelta(days=31)  # no session is as long: forms keep it to a day
FIRST_DAY = dt.datetime.min.replace(tzinfo=dt.UTC) + dt.timedelta(days=1)
FEW = 8  # sessions; of more, everything from the first to the last is read
T = TypeVar("T")


class Unconfirmed(Refused):
    """There are warnings nobody has confirmed; ``reasons`` are these warnings."""


def confirming(operation: Callable[[Act], T], act: Act) -> tuple[T, tuple[Reason, ...]]:
    """Do it and confirm whatever warnings there are; returns these, too. Raises Refused."""
    try:
        with transaction.atomic():
            return operation(act), ()
    except Unconfirmed as unconfirmed:
        codes = [*act.overrides.split(), *dict.fromkeys(unconfirmed.codes)]
        result, further = confirming(operation, replace(act, overrides=" ".join(codes)))
        return result, (*unconfirmed.reasons, *further)


@dataclass(frozen=True)
class Problem:
    """What is wrong (``is_error``) or doubtful, as a word for code and a sentence, and the field it is about.

    ``session``: the key of the one it is about, where it is not the whole run.
    """

    code: str
    text: str
    field: str = ""
    is_error: bool = False
    session: int | None = dataclasses.field(default=None, compare=False)

    @property
    def reason(self) -> Reason:
        return Reason(self.code, self.text, self.field)


def problems(run: CourseRun, at: dt.datetime | None = None) -> list[Problem]:
    """Of the run as the database has it; errors first."""
    return problems_of(read_for_checks(CourseRun.objects.filter(pk=run.pk)), at)[run.pk]


def read_for_checks(runs: CourseRunQuerySet) -> list[CourseRun]:
    found = list(runs.select_related("course", "venue", "funding").prefetch_related("agencies"))
    load_sessions(found)
    load_trainers(found)
    return found


def problems_of(runs: Sequence[CourseRun], at: dt.datetime | None = None) -> dict[int, list[Problem]]:
    """Of each by its key, in a fixed number of queries for all of them; they come from ``read_for_checks``."""
    at = at or timezone.now()
    others = _Others(_about_the_time_of(runs))
    return {run.pk: sorted(_all_of(run, others, at), key=lambda problem: not problem.is_error) for run in runs}


def clashes_of(runs: Sequence[CourseRun], among: Sequence[CourseRun]) -> dict[int, list[Problem]]:
    """Of each by its key what is doubtful of its place and its trainers, without a query.

    ``among``: all that take place at the time of one of them; both were read with sessions, trainers and venue.
    """
    others = _Others(sessions_of(among))
    return {run.pk: [*_of_place(run, others), *_of_trainers(run, others)] for run in runs}


def sessions_of(runs: Iterable[CourseRun]) -> list[Session]:
    """Those that take place, the earliest first, each with its run as it was read."""
    found = [(session, run) for run in runs for session in run.sessions_taking_place]
    for session, run in found:
        session.run = run
    return sorted((session for session, _run in found), key=lambda session: (session.starts_at, session.pk))


def _all_of(run: CourseRun, others: "_Others", at: dt.datetime) -> Iterable[Problem]:
    yield from _of_dates(run)
    yield from _of_place(run, others)
    yield from _of_days(run, at)
    yield from _of_trainers(run, others)
    yield from _of_funding(run)


def _about_the_time_of(runs: Sequence[CourseRun]) -> Iterable[Session]:
    """Sessions at the time of these runs, wherever and by whom they are held."""
    spans = [(session.starts_at, session.ends_at) for run in runs for session in run.sessions_taking_place]
    if not spans:
        return []
    if len(spans) > FEW:
        spans = [(min(begin for begin, _end in spans), max(end for _begin, end in spans))]
    found = Session.objects.taking_place().filter(reduce(or_, starmap(_at_the_time, spans)))
    others = list(found.select_related("run__course").order_by("starts_at", "pk"))
    load_trainers([session.run for session in others])
    return others


def _at_the_time(begin: dt.datetime, end: dt.datetime) -> Q:
    """With two ends for the index of starts: with one, SQLite reads everything before it."""
    earliest = max(begin, FIRST_DAY + LONGEST) - LONGEST
    return Q(starts_at__gt=earliest, starts_at__lt=end, ends_at__gt=begin)


class _Others:
    """Sessions by where and by whom."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        self.in_venue: dict[int, list[Session]] = defaultdict(list)
        self.by_trainer: dict[int, list[Session]] = defaultdict(list)
        for session in sessions:
            if session.run.venue_id:
                self.in_venue[session.run.venue_id].append(session)
            for trainer in session.run.trainers.all():
                self.by_trainer[trainer.pk].append(session)

    def in_room_of(self, session: Session, venue: Venue) -> list[Session]:
        room = session.room.casefold()
        return [other for other in self._among(self.in_venue[venue.pk], session) if other.room.casefold() == room]

    def of_trainers(self, session: Session, trainers: Iterable[User]) -> list[tuple[Session, list[User]]]:
        """Each with those who would have to be in both."""
        found: dict[Session, list[User]] = defaultdict(list)
        for trainer in trainers:
            for other in self._among(self.by_trainer[trainer.pk], session):
                found[other].append(trainer)
        return sorted(found.items(), key=lambda one: (one[0].starts_at, one[0].pk))

    @staticmethod
    def _among(sessions: Iterable[Session], session: Session) -> Iterable[Session]:
        for other in sessions:
            is_at_the_time = other.starts_at < session.ends_at and other.ends_at > session.starts_at
            if is_at_the_time and other.run_id != session.run_id:
                yield other


def insist(found: Iterable[Problem], act: Act, *, but: Iterable[Problem] = (), is_public: bool) -> None:
    """Raise Refused for an error, and Unconfirmed for a warning of a public run that ``act.overrides`` does not name.

    ``but``: what was so before.
    """
    new = [problem for problem in found if problem not in set(but)]
    if errors := [problem.reason for problem in new if problem.is_error]:
        raise Refused(*errors)
    confirmed = set(act.overrides.split())
    doubtful = [problem.reason for problem in new if not problem.is_error and problem.code not in confirmed]
    if doubtful and is_public:
        raise Unconfirmed(*doubtful)


def _of_dates(run: CourseRun) -> Iterable[Problem]:
    sessions = sorted(run.sessions_taking_place, key=lambda session: session.starts_at)
    for earlier, later in pairwise(sessions):
        if later.starts_at < earlier.ends_at:
            text = _("Zwei Sitzungen überschneiden sich: %(first)s und %(second)s.")
            names = {"first": _when(earlier), "second": _when(later)}
            yield Problem("overlap", text % names, "sessions", is_error=True, session=later.pk)
    for session in sessions:
        try:
            session.clean()
        except ValidationError as invalid:
            text = f"{_when(session)}: {' '.join(invalid.messages)}"
            yield Problem("session", text, "sessions", is_error=True, session=session.pk)
    try:
        run.clean()
    except ValidationError as invalid:
        for name, messages in invalid.message_dict.items():
            yield Problem("invalid", " ".join(messages), name, is_error=True)
    if (run.visibility == CourseRun.Visibility.AGENCIES) != bool(run.agencies.all()):
        text = _("Behörden werden genau dann genannt, wenn der Termin nur für bestimmte Behörden ist.")
        yield Problem("agencies", text, "agencies", is_error=True)
    if sessions:
        yield from _of_deadlines(run, timezone.localdate(sessions[0].starts_at))


def _of_deadlines(run: CourseRun, first: dt.date) -> Iterable[Problem]:
    for name in ("registration_opens_on", "registration_closes_on", "cancellation_closes_on"):
        day = getattr(run, name)
        if day and day > first:
            label = CourseRun._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            text = _("„%(field)s“ am %(day)s liegt nach dem Beginn am %(first)s.")
            shown = {"field": label, "day": date_short(day), "first": date_short(first)}
            yield Problem("after_start", text % shown, name, is_error=True)


def _of_place(run: CourseRun, others: _Others) -> Iterable[Problem]:
    if run.format != CourseRun.Format.ON_SITE and not run.online_link:
        yield Problem("no_link", _("Der Zugangslink fehlt noch."), "online_link")
    if run.format != CourseRun.Format.ONLINE and run.venue is None:
        yield Problem("no_venue", _("Der Veranstaltungsort fehlt noch."), "venue")
    if run.venue is None:
        return
    for session in run.sessions_taking_place:
        for other in others.in_room_of(session, run.venue):
            text = _("Doppelt belegt: %(place)s hat am %(day)s auch %(run)s.")
            place = f"{run.venue.name}, {session.room}" if session.room else run.venue.name
            shown = {"place": place, "day": date_short(session.starts_at), "run": other.run}
            yield Problem("room_twice", text % shown, "venue", session=session.pk)


def _of_days(run: CourseRun, at: dt.datetime) -> Iterable[Problem]:
    for session in run.sessions_taking_place:
        day = timezone.localdate(session.starts_at)
        if session.starts_at > at and not is_working_day(day):
            text = _("%(day)s ist kein Arbeitstag.") % {"day": date_long(session.starts_at)}
            yield Problem("no_working_day", text, "sessions", session=session.pk)
    if run.starts_at and at < run.starts_at < at + SHORT_NOTICE:
        text = _("Bis zum Beginn ist es weniger als eine Woche.")
        yield Problem("short_notice", text, "sessions")


def _of_trainers(run: CourseRun, others: _Others) -> Iterable[Problem]:
    trainers = by_name(run.trainers.all())
    if not any(trainer.is_active for trainer in trainers):
        yield Problem("no_trainer", _("Die Kursleitung fehlt noch."), "trainers")
    for trainer in trainers:
        if not trainer.is_active:
            text = _("%(person)s hat kein aktives Konto mehr.") % {"person": trainer}
            yield Problem("trainer_gone", text, "trainers")
    for session in run.sessions_taking_place:
        for other, both in others.of_trainers(session, trainers):
            text = _("%(people)s leitet am %(day)s zur selben Zeit auch %(run)s.")
            names = ", ".join(str(trainer) for trainer in both)
            shown = {"people": names, "day": date_short(session.starts_at), "run": other.run}
            yield Problem("trainer_twice", text % shown, "trainers", session=session.pk)


def _of_funding(run: CourseRun) -> Iterable[Problem]:
    if run.funding is None:
        yield Problem("no_funding", _("Es ist keine Förderung angegeben."), "funding")
        return
    days = [timezone.localdate(session.starts_at) for session in run.sessions_taking_place]
    if days and not (run.funding.starts_on <= min(days) and max(days) <= run.funding.ends_on):
        shown = {"start": date_short(run.funding.starts_on), "end": date_short(run.funding.ends_on)}
        text = _("Die Förderung gilt vom %(start)s bis zum %(end)s, nicht an allen Tagen des Termins.")
        yield Problem("funding_period", text % shown, "funding")


def _when(session: Session) -> str:
    return str(session)
