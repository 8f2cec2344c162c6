"""What does a person's calendar still have to be told by mail? Invitations, changes and cancellations (iMIP, RFC 6047).

``CalendarEntry`` says what the calendar was told last, registration and session say what is true; the difference is
due. The next mail about the registration carries it, and once that mail is noted as sent, so is what it told:

- One mail for one act: nobody gets a mail for the calendar minutes after the mail that told of the act.
- One UID an invitation: Outlook takes the first of several, Thunderbird none. Several sessions at once go as one file
  without METHOD, to be imported, with a word on the subscription; so do their cancellations, which the person carries
  out by hand, as they did the import. A single session that is moved or called off afterwards comes as an invitation
  or a cancellation with the same UID.
- What ends while something else begins (the run somebody moves away from, a wait that is over because another place of
  the course is sure) goes with the mail about the new place, as a second file.
- What no other mail tells (a new address of the venue, a session added later, a mail that could not be delivered)
  ``catch_up`` finds by itself, and tells by one short mail for a run.
- An invitation may go twice, after a crash or when it is sent again: same UID, same SEQUENCE, nothing happens.
- Sessions that have ended are left alone, and nobody is invited to one that has begun.

Event, UID and SEQUENCE are those of feed and download; SEQUENCE is not raised by sending. ORGANIZER is the address the
mails come from: an installation that changes DEFAULT_FROM_EMAIL orphans the invitations sent before.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import quote

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Event, vCalAddress, vText

from accounts.models import User
from trainings.calendars import ical
from trainings.calendars.ical import CalendarItem
from trainings.models import (
    CalendarChoice,
    CalendarEntry,
    Correspondence,
    CourseRun,
    Message,
    Registration,
    Session,
    mail_kind,
    mail_kinds,
)

Told = CalendarEntry.Status
SHORT_MAIL = "calendar_entry"  # the kind that is for the calendar alone
# People who have chosen nothing get calendar invitations by mail.
BY_MAIL = Q(person__correspondence=None) | Q(person__correspondence__calendar_choice=CalendarChoice.MAIL)
# What a name must not contain: Outlook does not know the escapes of RFC 6868, and some programs no quotes.
UNSAFE_IN_NAMES = str.maketrans(dict.fromkeys('"^;,', " "))


@dataclass(frozen=True)
class CalendarUpdate:
    """One session as it should be in the calendar; ``registration`` is the person's latest for the run."""

    registration: Registration
    item: CalendarItem
    status: Told

    @property
    def session(self) -> Session:
        return self.item.session

    @property
    def sequence(self) -> int:
        return self.session.sequence + self.item.changes

    @property
    def method(self) -> str:
        return "CANCEL" if self.status == Told.CANCELLED else "REQUEST"


@dataclass(frozen=True)
class Enclosed:
    """What a mail encloses for the calendar: ``content`` is iCalendar, which tells of ``updates``.

    Without ``method`` it is a file to import. ``removal`` is a second file, of sessions in ``removed`` that leave the
    calendar because of what is told. All as of ``at``.
    """

    content: bytes
    updates: tuple[CalendarUpdate, ...]
    method: str
    at: dt.datetime
    removed: tuple[CalendarUpdate, ...] = ()
    removal: bytes = b""

    @property
    def is_cancellation(self) -> bool:
        return all(update.status == Told.CANCELLED for update in self.updates)

    @property
    def is_tentative(self) -> bool:
        return self.updates[0].status == Told.TENTATIVE

    @property
    def removed_sessions(self) -> list[Session]:
        return [update.session for update in self.removed]

    @property
    def files(self) -> list[tuple[str, bytes]]:
        """Name and content of each."""
        name = {"REQUEST": "einladung.ics", "CANCEL": "absage.ics"}.get(self.method, "termine.ics")
        return [(name, self.content), *([("absage.ics", self.removal)] if self.removed else [])]


Pair = tuple[int, int]  # the keys of a person and of a run
_Updates = list[CalendarUpdate]


def due(person: User, run: CourseRun, *, again: bool = False, at: dt.datetime | None = None) -> list[CalendarUpdate]:
    """Where the person's calendar differs from what is true, the earliest session first.

    ``again`` also counts what has been told already: the mail is sent a second time on purpose.
    """
    return _due([(person.pk, run)], again=again, at=at or timezone.now()).get((person.pk, run.pk), [])


def _due(pairs: Collection[tuple[int, CourseRun]], *, again: bool = False, at: dt.datetime) -> dict[Pair, _Updates]:
    """The same of many people and runs, in two queries; by their keys."""
    people, runs = {person for person, _run in pairs}, {run.pk for _person, run in pairs}
    rows = Registration.objects.filter(person__in=people, run__in=runs)
    rows = rows.only("person", "run", "status", "status_changed_at").annotate(changes=Count("events"))
    latest: dict[Pair, Registration] = {}
    changes: defaultdict[Pair, int] = defaultdict(int)
    for row in rows.order_by("pk"):
        latest[row.person_id, row.run_id] = row
        changes[row.person_id, row.run_id] += row.changes  # type: ignore[attr-defined]
    entries = CalendarEntry.objects.filter(person__in=people, session__run__in=runs)
    told = {(row.person_id, row.session_id): row for row in entries}
    found: dict[Pair, _Updates] = {}
    for person, run in pairs:
        registration = latest.get((person, run.pk))
        if registration is None:
            continue
        updates = []
        for session in run.sessions.all():
            session.run = run
            changed = changes[person, run.pk]
            item = CalendarItem(session, registration.status, registration.status_changed_at, changed)
            update = CalendarUpdate(registration, item, _truth(item))
            if _is_due(update, told.get((person, session.pk)), again=again, at=at):
                updates.append(update)
        found[person, run.pk] = sorted(updates, key=lambda update: (update.session.starts_at, update.session.pk))
    return found


def _truth(item: CalendarItem) -> Told:
    if item.is_cancelled or item.status not in Registration.ACTIVE:
        return Told.CANCELLED
    return Told.CONFIRMED if item.is_confirmed else Told.TENTATIVE


def _is_due(update: CalendarUpdate, told: CalendarEntry | None, *, again: bool, at: dt.datetime) -> bool:
    """Whether the calendar has to be told; of an ended place only if the calendar knew of it."""
    ends = update.status == Told.CANCELLED
    if told is None or (told.status == Told.CANCELLED and not ends):
        return not ends and update.session.starts_at > at
    if update.session.ends_at <= at:
        return False
    is_new = told.status != update.status or (told.sequence < update.sequence and not ends)
    return is_new or again


def news_for_calendar(message: Message, at: dt.datetime | None = None) -> list[CalendarUpdate]:
    """What the mail has to tell the calendar: nothing, unless it goes to the person who wants it by mail."""
    registration, person = message.registration, _reader(message)
    if registration is None or person is None:
        return []
    found = due(person, registration.run, again=message.repeats_id is not None, at=at)
    if message.kind == SHORT_MAIL and (only := message.details.get("session")):
        return [update for update in found if update.session.pk == only]
    return found


def _reader(message: Message) -> User | None:
    """Whose calendar the mail may tell; None if it is not theirs alone, or they do not want it by mail."""
    registration, person = message.registration, message.recipient
    if not mail_kind(message.kind).tells_calendar or registration is None or person is None:
        return None
    if person.pk != registration.person_id or Correspondence.objects.of(person).calendar_choice != CalendarChoice.MAIL:
        return None
    return person


def enclosed(message: Message, at: dt.datetime | None = None) -> Enclosed | None:
    """What goes with the mail, in the active language; None if the calendar has nothing to hear."""
    at = at or timezone.now()
    registration, person = message.registration, _reader(message)
    if registration is None or person is None:
        return None
    found = news_for_calendar(message, at)
    if message.kind != SHORT_MAIL:
        found += _ended_elsewhere(person, registration.run, at)
    if not found:
        return None
    begins = [update for update in found if update.status != Told.CANCELLED]
    ends = [update for update in found if update.status == Told.CANCELLED]
    content, method = _file(begins or ends, person)
    removed, removal = (ends, _file(ends, person)[0]) if begins and ends else ([], b"")
    return Enclosed(content, tuple(begins or ends), method, at, tuple(removed), removal)


def _file(updates: Sequence[CalendarUpdate], person: User) -> tuple[bytes, str]:
    """What tells of them, and its method: of one session an invitation or a cancellation, of several none."""
    if len(updates) == 1:
        return _scheduling(updates[0], person), updates[0].method
    return _calendar(map(_event, updates)), ""


def _ended_elsewhere(person: User, run: CourseRun, at: dt.datetime) -> list[CalendarUpdate]:
    """What has ended in other runs of the course and is told by no mail of its own."""
    known = CalendarEntry.objects.filter(person=person, session__run__course=run.course_id)
    if not known.exclude(session__run=run).exclude(status=Told.CANCELLED).exists():
        return []  # as for most, whom this mail tells of their only run of the course
    stale = _stale(at, _waiting(registration__run=OuterRef("session__run")))
    pks = stale.filter(person=person, session__run__course=run.course_id).exclude(session__run=run)
    runs = CourseRun.objects.filter(pk__in=pks.values("session__run")).select_related("course", "venue")
    return [
        update
        for other in runs.prefetch_related("sessions").order_by("starts_at", "pk")
        for update in due(person, other, at=at)
        if update.status == Told.CANCELLED
    ]


def note_told(person: User, sent: Enclosed) -> None:
    """Store what the mail told. Part of the transaction that notes the mail; ``catch_up`` with the person after it."""
    sessions: defaultdict[tuple[Told, int], list[Session]] = defaultdict(list)
    for update in (*sent.updates, *sent.removed):
        sessions[update.status, update.sequence].append(update.session)
    for (status, sequence), told in sessions.items():
        now = {"status": status, "sequence": sequence, "told_at": sent.at}
        rows = [CalendarEntry(person=person, session=session, **now) for session in told]
        CalendarEntry.objects.bulk_create(rows, ignore_conflicts=True)
        # A worker whose lease ran out may arrive late; what it told is older.
        CalendarEntry.objects.filter(person=person, session__in=told, sequence__lte=sequence).update(**now)


def catch_up(people: Collection[int] | None = None, *, at: dt.datetime | None = None) -> int:
    """Queue what calendars were told otherwise and no waiting mail will tell; says for how many runs. Idempotent.

    Of everybody, or of ``people``, by their keys.
    """
    at = at or timezone.now()
    stale = _stale(at, _waiting(registration__run__course=OuterRef("session__run__course")))
    added = _added(at)
    if people is not None:
        stale, added = stale.filter(person__in=people), added.filter(person__in=people)
    found = {*stale.values_list("person_id", "session__run_id"), *added.values_list("person_id", "run_id")}
    pairs = sorted(found)
    if not pairs:
        return 0
    runs = CourseRun.objects.select_related("course", "venue").prefetch_related("sessions")
    runs_by_pk = runs.in_bulk({pk for _person, pk in pairs})
    found_due = _due([(person_pk, runs_by_pk[run_pk]) for person_pk, run_pk in pairs], at=at)
    short = [_short_mail(pk, updates) for (pk, _run), updates in found_due.items() if updates]
    Message.objects.bulk_create(short, ignore_conflicts=True)
    return len(pairs)


def _stale(at: dt.datetime, waiting: QuerySet[Message]) -> QuerySet[CalendarEntry]:
    """Entries that differ from what is true, unless a mail that will say so is queued."""
    last = Registration.objects.filter(person=OuterRef("person"), run=OuterRef("session__run")).order_by("-pk")
    is_called_off = Q(session__cancelled_at__isnull=False) | Q(session__run__cancelled_at__isnull=False)
    has_changed = Q(session__changed_at__gt=F("told_at"))
    was_sure, was_unsure = Q(status=Told.CONFIRMED), Q(status=Told.TENTATIVE)
    confirmed = Registration.Status.CONFIRMED
    has_another_place = (was_sure & ~Q(now=confirmed)) | (was_unsure & ~Q(now__in=Registration.ACTIVE - {confirmed}))
    return (
        CalendarEntry.objects.exclude(status=Told.CANCELLED)
        .filter(BY_MAIL, session__ends_at__gt=at, person__is_active=True)
        .annotate(now=Subquery(last.values("status")[:1]))
        .filter(is_called_off | has_changed | has_another_place)
        .filter(~Exists(waiting))
    )


def _added(at: dt.datetime) -> QuerySet[Registration]:
    """Registrations whose run has a session the calendar has not heard of, though of others; as in ``_stale``."""
    person, run = OuterRef("person"), OuterRef("run")
    told = CalendarEntry.objects.filter(person=person, session__run=run)
    known = CalendarEntry.objects.filter(person=OuterRef(person), session=OuterRef("pk"))
    unknown = Session.objects.filter(~Exists(known), run=run, cancelled_at=None, starts_at__gt=at)
    return (
        Registration.objects.active()
        .filter(BY_MAIL, run__cancelled_at=None, run__ends_at__gt=at, person__is_active=True)
        .filter(Exists(told), Exists(unknown), ~Exists(_waiting(registration__run=run)))
    )


def _waiting(**about: OuterRef) -> QuerySet[Message]:
    """Mails to the outer query's person that will tell the calendar once they are sent."""
    carriers = [kind.name for kind in mail_kinds() if kind.tells_calendar]
    return Message.objects.filter(
        status=Message.Status.QUEUED, kind__in=carriers, recipient=OuterRef("person"), **about
    )


def _short_mail(person: int, updates: Sequence[CalendarUpdate]) -> Message:
    """One for all; once for each state of the sessions. ``person`` is a key."""
    first, details = updates[0], {}
    if len(updates) == 1:
        details = {"session": first.session.pk}
        state = f"{first.session.pk}-{first.sequence}"
    else:
        told = sorted((update.session.pk, update.sequence) for update in updates)
        state = f"run-{first.item.run.pk}-{hashlib.sha256(repr(told).encode()).hexdigest()[:16]}"
    return Message(
        kind=SHORT_MAIL,
        registration=first.registration,
        recipient_id=person,
        details=details,
        once_key=f"calendar-{person}-{state}",
    )


def _scheduling(update: CalendarUpdate, person: User) -> bytes:
    """The scheduling message (RFC 5546) to this person alone."""
    event = _event(update)
    is_sure = update.status == Told.CONFIRMED
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    event.add("ORGANIZER", _address(address, name))
    event.add("ATTENDEE", _attendee(person, "ACCEPTED" if is_sure else "TENTATIVE"))
    event.add("X-MICROSOFT-CDO-INTENDEDSTATUS", vText(str(event["X-MICROSOFT-CDO-BUSYSTATUS"])))
    event.add("X-MICROSOFT-DISALLOW-COUNTER", vText("TRUE"))
    return _calendar([event], update.method)


def _calendar(events: Iterable[Event], method: str = "") -> bytes:
    result = ical.empty_calendar()
    if method:
        result.add("METHOD", method)
    result.add_component(ical.timezone())
    for event in events:
        result.add_component(event)
    return bytes(result.to_ical())


def _event(update: CalendarUpdate) -> Event:
    """The same event as in feed and download; also for a place that has ended, which those omit."""
    item = update.item
    event = ical.event(item)
    if update.status == Told.CANCELLED and not item.is_cancelled:
        url = f"{settings.PUBLIC_URL}{item.run.get_absolute_url()}"
        event["DESCRIPTION"] = vText(_("Ihre Anmeldung ist beendet.") + f"\n{url}")
        event["STATUS"] = vText("CANCELLED")
        event["TRANSP"] = vText("TRANSPARENT")
        event["X-MICROSOFT-CDO-BUSYSTATUS"] = vText("FREE")
    return event


def _attendee(person: User, participation: str) -> vCalAddress:
    """The person as an attendee who need not reply, being registered already."""
    address = _address(person.email, person.display_name)
    for name, value in [
        ("CUTYPE", "INDIVIDUAL"),
        ("ROLE", "REQ-PARTICIPANT"),
        ("PARTSTAT", participation),
        ("RSVP", "FALSE"),
    ]:
        address.params[name] = value
    return address


def _address(email: str, name: str) -> vCalAddress:
    """CAL-ADDRESS with CN; whatever could end a line or a parameter is percent-encoded (RFC 6068) or left out."""
    address = vCalAddress("mailto:" + quote(email, safe="@+'"))
    if common_name := ical.one_line(name.translate(UNSAFE_IN_NAMES)):
        address.params["CN"] = common_name
    return address
