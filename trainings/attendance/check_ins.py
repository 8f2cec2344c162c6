"""Who checked in with the code shown in the room? Codes, when they are valid, origin of check-ins, the head count.

A check-in is provisional. Figures and certificates see attendance records only, and those come about when the trainer
has counted the heads (``confirm_arrivals``) or marks people one by one.
"""

import datetime as dt
import hmac
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.limits import Limit, network
from accounts.models import User
from trainings.acts import Act
from trainings.attendance import marks
from trainings.attendance.marks import Mark
from trainings.dates import moment
from trainings.locking import locked_session
from trainings.models import AttendanceRecord, CheckIn, CourseRun, Registration, Session, SessionQuerySet
from trainings.refusals import Reason, Refused

Status = AttendanceRecord.Status
Way = CheckIn.Way

STEP = 30  # seconds for which a code is shown
DIGITS = 6
STEPS_REMEMBERED = 20  # a code shown in the last ten minutes is called old; any other is wrong
TICKET_FOR = dt.timedelta(minutes=5)  # time to sign in after scanning the code

TRIES_OF_A_PERSON = Limit("check_ins:person", 10, 600)
TRIES_OF_A_NETWORK = Limit("check_ins:network", 60, 600)


# --- The code ---------------------------------------------------------------------------------------------------------


def totp(key: bytes, step: int) -> str:
    """Six digits for one step of time (RFC 6238 with HMAC-SHA-256, truncated as in RFC 4226, 5.3)."""
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha256")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def room_code(session: Session, at: dt.datetime | None = None) -> str:
    """What the room shows at that moment."""
    return totp(_key(session), _step(at or timezone.now()))


def seconds_left_of_code(at: dt.datetime | None = None) -> int:
    """Until the next code: 1 to 30."""
    return STEP - int((at or timezone.now()).timestamp()) % STEP


def code_fits(session: Session, typed: str, at: dt.datetime | None = None) -> bool:
    """Whether it is the present code or the one before, which is at most 60 seconds old."""
    return _is_among(session, typed, _step(at or timezone.now()), range(2))


def code_was_shown(session: Session, typed: str, at: dt.datetime | None = None) -> bool:
    """Whether it is a code of the last ten minutes that no longer holds."""
    return _is_among(session, typed, _step(at or timezone.now()), range(2, STEPS_REMEMBERED))


def _is_among(session: Session, typed: str, step: int, ago: range) -> bool:
    key = _key(session)
    return any(constant_time_compare(totp(key, step - back), typed) for back in ago)


def _step(at: dt.datetime) -> int:
    return int(at.timestamp()) // STEP


def _key(session: Session) -> bytes:
    return salted_hmac("trainings.check_ins.code", str(session.pk), algorithm="sha256").digest()


# --- The window -------------------------------------------------------------------------------------------------------


def obstacle_to_check_in(session: Session, at: dt.datetime | None = None) -> Reason | None:
    """Why nobody can check in at that moment: from an hour before the start until the end it is None."""
    at = at or timezone.now()
    if session.is_cancelled or session.run.is_cancelled:
        return Reason("cancelled", _("Diese Sitzung entfällt."))
    if session.run.is_closed:
        return Reason("closed", _("Dieser Termin ist abgeschlossen. Bitte wenden Sie sich an die Koordination."))
    if not session.can_be_recorded(at):
        opens = moment(session.starts_at - dt.timedelta(hours=1))
        return Reason("early", _("Einchecken können Sie ab %(opens)s.") % {"opens": opens})
    if at >= session.ends_at:
        text = _("Diese Sitzung ist zu Ende. Waren Sie da, sagen Sie bitte der Kursleitung Bescheid.")
        return Reason("over", text)
    return None


def sessions_to_check_in(person: User, at: dt.datetime | None = None) -> SessionQuerySet:
    """Those of the next hours, or going on, for which the person has or wants a place."""
    at = at or timezone.now()
    return (
        Session.objects.taking_place()
        .upcoming(at)
        .filter(starts_at__lte=at + dt.timedelta(hours=12), run__closed_at=None)
        .filter(run__registrations__person=person, run__registrations__status__in=Registration.ACTIVE)
        .select_related("run__course", "run__venue")
        .order_by("starts_at", "pk")
    )


def session_by_code(person: User, typed: str, at: dt.datetime | None = None) -> Session:
    """The person's session whose code this is. Raises Refused: nothing_open, old or wrong."""
    at = at or timezone.now()
    sessions = [session for session in sessions_to_check_in(person, at) if obstacle_to_check_in(session, at) is None]
    if not sessions:
        text = _(
            "Zurzeit läuft keine Schulung, zu der Sie angemeldet sind. Sind Sie hier richtig, hilft die Kursleitung."
        )
        raise Refused(Reason("nothing_open", text))
    for session in sessions:
        if code_fits(session, typed, at):
            return session
    if any(code_was_shown(session, typed, at) for session in sessions):
        raise Refused(
            Reason("old", _("Dieser Code gilt nicht mehr. Bitte geben Sie den ein, der jetzt im Raum zu sehen ist."))
        )
    raise Refused(
        Reason(
            "wrong", _("Dieser Code stimmt nicht. Bitte vergleichen Sie ihn mit dem, der jetzt im Raum zu sehen ist.")
        )
    )


# --- Checking in ------------------------------------------------------------------------------------------------------


@transaction.atomic
def check_in(
    session: Session, person: User, *, way: str, network: str = "", device: str = "", at: dt.datetime | None = None
) -> CheckIn:
    """Record that the person says they are there. A second call returns the same row. Raises Refused.

    Whoever calls has seen a code that fits, or the ticket given for one. Under the lock of the run, as attendance is.
    """
    at = at or timezone.now()
    session = locked_session(session)
    registration = _place(session, person)
    if found := CheckIn.objects.filter(registration=registration, session=session).first():
        return found
    if reason := _recorded(session, registration) or obstacle_to_check_in(session, at):
        raise Refused(reason)
    return CheckIn.objects.create(
        registration=registration, session=session, way=way, network=network, device=device, at=at
    )


def refusal_to_check_in(session: Session, person: User, at: dt.datetime | None = None) -> Reason | None:
    """What ``check_in`` would say, without doing it."""
    try:
        registration = _place(session, person)
    except Refused as refused:
        return refused.reasons[0]
    return _recorded(session, registration) or obstacle_to_check_in(session, at)


def check_in_of(session_pk: int, person: User) -> CheckIn | None:
    """The person's check-in for that session, if the place is still theirs."""
    rows = CheckIn.objects.filter(session=session_pk, registration__person=person)
    rows = rows.filter(registration__status=Registration.Status.CONFIRMED)
    return rows.select_related("registration", "session__run__course", "session__run__venue").first()


def not_checked_in(person: User, sessions: Collection[Session]) -> list[Session]:
    """Those of ``sessions`` the person has not checked in for; one query, none where there is no session."""
    if not sessions:
        return []
    rows = CheckIn.objects.filter(session__in=sessions, registration__person=person)
    done = set(rows.values_list("session_id", flat=True))
    return [session for session in sessions if session.pk not in done]


def _place(session: Session, person: User) -> Registration:
    """The person's confirmed registration, or why there is none."""
    registration = Registration.objects.active().filter(run=session.run_id, person=person).first()
    if registration is None:
        text = _("Sie sind für diese Schulung nicht angemeldet. Bitte wenden Sie sich an die Kursleitung.")
        raise Refused(Reason("not_registered", text))
    if registration.is_waiting:
        text = _("Sie stehen für diese Schulung auf der Warteliste. Bitte wenden Sie sich an die Kursleitung.")
        raise Refused(Reason("waitlisted", text))
    if not registration.is_confirmed:
        text = _("Ihr Platz in dieser Schulung ist noch nicht bestätigt. Bitte wenden Sie sich an die Kursleitung.")
        raise Refused(Reason("not_confirmed", text))
    return registration


def _recorded(session: Session, registration: Registration) -> Reason | None:
    record = AttendanceRecord.objects.filter(session=session, registration=registration).first()
    if record is None:
        return None
    if record.status in {Status.PRESENT, Status.PARTIAL}:
        return Reason("recorded", _("Die Kursleitung hat Sie schon eingetragen. Sie brauchen nichts mehr zu tun."))
    text = _("Die Kursleitung hat für Sie schon „%(status)s“ eingetragen. Sind Sie da, sagen Sie ihr bitte Bescheid.")
    return Reason("recorded", text % {"status": record.get_status_display()})


# --- Guessing ---------------------------------------------------------------------------------------------------------


def may_try_code(person: User | None, address: str) -> bool:
    """Whether the person, and the address, may try a code; ``note_wrong_try`` counts those that were wrong.

    At any moment two of 1,000,000 codes hold. A session of 7 ½ hours and the hour before it have 51 times ten minutes:
    10 wrong tries each make 510, which find a code with 510 × 2 / 1,000,000 = 0.1 %; 60 from one address, whoever
    tries, make 3,060 and 0.6 %. That is for somebody who is registered for the session and tries all day. Codes that
    were shown a while ago are not counted: a room full of people behind one address may be slow.
    """
    return not seconds_until_next_try(person, address)


def note_wrong_code(person: User | None, address: str) -> None:
    TRIES_OF_A_NETWORK.take(_network(address))
    if person is not None:
        TRIES_OF_A_PERSON.take(person.pk)


def seconds_until_next_try(person: User | None, address: str) -> int:
    """0 if the person, and the address, may try now."""
    by_person = TRIES_OF_A_PERSON.seconds_left(person.pk) if person is not None else 0
    return max(by_person, TRIES_OF_A_NETWORK.seconds_left(_network(address)))


# --- What came from where ---------------------------------------------------------------------------------------------


def network_of(session: Session, address: str) -> str:
    """16 hexadecimal digits that tell networks of one session apart (/24, in IPv6 /56) and give none of them away."""
    net = _network(address, v4=24)
    if not net:
        return ""
    return salted_hmac("trainings.check_ins.network", f"{session.pk}:{net}", algorithm="sha256").hexdigest()[:16]


def _network(address: str, v4: int = 32) -> str:
    """Of IPv6 the /56 that an office gets: its rooms may have a /64 each."""
    return network(address, v4=v4, v6=56)


def forget_origins(run: CourseRun) -> int:
    """Delete networks and devices, which only served the head count. Returns how many rows had any."""
    rows = CheckIn.objects.filter(session__run=run).exclude(network="", device="")
    return rows.update(network="", device="")


# --- The head count ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arrival:
    """A person with a place, their check-in and record. ``network`` is a letter: A is the most common."""

    registration: Registration
    check_in: CheckIn | None
    record: AttendanceRecord | None
    network: str = ""

    @property
    def is_provisional(self) -> bool:
        return self.check_in is not None and self.record is None

    @property
    def was_there(self) -> bool:
        return self.record is not None and self.record.status in {Status.PRESENT, Status.PARTIAL}


def arrivals(session: Session) -> list[Arrival]:
    """One for everybody with a place, by surname; three queries."""
    check_ins = {row.registration_id: row for row in CheckIn.objects.filter(session=session)}
    records = {row.registration_id: row for row in AttendanceRecord.objects.filter(session=session)}
    people = marks.expected(session)
    here = sorted((check_ins[row.pk] for row in people if row.pk in check_ins), key=lambda row: (row.at, row.pk))
    letters = {"": ""}
    for number, (name, _count) in enumerate(Counter(row.network for row in here if row.network).most_common()):
        letters[name] = _letter(number)
    found = []
    for row in people:
        check_in = check_ins.get(row.pk)
        found.append(Arrival(row, check_in, records.get(row.pk), letters[check_in.network] if check_in else ""))
    return found


def shared_networks(rows: Collection[Arrival]) -> list[tuple[str, int]]:
    """[("A", 14), ("B", 1)]."""
    counted = Counter(row.network for row in rows if row.network)
    return sorted(counted.items(), key=lambda item: (len(item[0]), item[0]))


def _letter(number: int) -> str:
    """A, B … Z, AA, AB …"""
    before, last = divmod(number, 26)
    return (_letter(before - 1) if before else "") + chr(ord("A") + last)


@transaction.atomic
def confirm_arrivals(
    session: Session,
    head_count: int,
    act: Act,
    *,
    excluded: Collection[int] = (),
    excluded_are_absent: bool = False,
) -> int:
    """The trainer counted ``head_count`` people: check-ins not recorded yet become PRESENT. Returns how many.

    ``excluded`` are the keys of registrations that checked in but are not in the room; they stay unrecorded unless
    ``excluded_are_absent``. Unless the count is that of the people recorded as there and of the check-ins left, raises
    Refused, and nothing is written. A check-in that arrives meanwhile makes the count wrong, so none slips through.
    """
    session = locked_session(session)
    act, _at = act.begin()
    rows = arrivals(session)
    provisional = [row.registration.pk for row in rows if row.is_provisional]
    here = [key for key in provisional if key not in excluded]
    known = len(here) + sum(row.was_there for row in rows)
    if known != head_count:
        raise Refused(Reason("head_count", _mismatch(head_count, known), field="head_count"))
    reason = _("Kopfzahl bestätigt: %(number)d") % {"number": head_count}
    marks.record(session, {key: Mark(Status.PRESENT) for key in here}, replace(act, reason=reason))
    if excluded_are_absent:
        absent = {key: Mark(Status.ABSENT) for key in provisional if key in excluded}
        reason = _("Eingecheckt, beim Zählen nicht im Raum; %(reason)s") % {"reason": reason}
        marks.record(session, absent, replace(act, reason=reason))
    return len(here)


def _mismatch(head_count: int, known: int) -> str:
    if head_count > known:
        text = _(
            "Gezählt: %(counted)d, eingecheckt oder erfasst: %(known)d. Wer ohne Code da ist, fehlt noch: "
            "Bitte markieren Sie die Person in der Anwesenheitsliste und bestätigen Sie dann noch einmal."
        )
    else:
        text = _(
            "Gezählt: %(counted)d, eingecheckt oder erfasst: %(known)d. "
            "Bitte haken Sie an, wer nicht im Raum ist, und bestätigen Sie dann noch einmal."
        )
    return text % {"counted": head_count, "known": known}
