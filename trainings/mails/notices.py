"""Who hears of what? One table: every change of a registration and every other occasion, by five who may hear of it.

Each decision is a kind of mail, or the reason why there is none. Operations name the occasion and never a mail;
coordinators read the same table on a page, and tests hold the diagram of the registration and the mails against it.
Apps above declare rows of their own.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from trainings.mails import kinds, outbox
from trainings.mails.kinds import accounts, changes, occasional, of_people, places, staff, supervisors
from trainings.models import CourseRun, MailKind, Registration, declare_kind

Status = Registration.Status


class Who(models.TextChoices):
    """Those who may hear of something, in the order of the table's columns."""

    PARTICIPANT = "participant", _("angemeldete Person")
    SUPERVISOR = "supervisor", _("vorgesetzte Person")
    CONTACT = "contact", _("Ansprechperson der Behörde")
    TRAINER = "trainer", _("Kursleitung")
    COORDINATOR = "coordinator", pgettext_lazy("role", "Koordination")


class Occasion(models.TextChoices):
    """What happens. One change of status may have several occasions, one for each cause."""

    REGISTERED = "registered", _("meldet sich an oder wird angemeldet, ein Platz ist frei")
    NAMED = "named", _("wird von der Behörde für einen gehaltenen Platz benannt")
    NAMED_FROM_QUEUE = "named_from_queue", _("wartet und wird von der Behörde für einen gehaltenen Platz benannt")
    WALKED_IN = "walked_in", _("kommt vor Ort dazu")
    TAKES_OVER = "takes_over", _("übernimmt den Platz einer Kollegin oder eines Kollegen")
    MOVED = "moved", _("wird umgebucht und hat den neuen Platz sofort")
    WAITLISTED = "waitlisted", _("meldet sich an oder wird angemeldet, kein Platz ist frei")
    REQUESTED = "requested", _("könnte den Platz haben, die Freigabe fehlt noch")
    REQUESTED_OF_COORDINATOR = (
        "requested_of_us",
        _("könnte den Platz haben, die Koordination entscheidet"),
    )
    PROMOTED = "promoted", _("rückt von der Warteliste nach")
    CLAIMED = "claimed", _("sagt als Erste oder Erster für einen freien Platz zu")
    GIVEN_AHEAD = "given_ahead", _("wartet und bekommt den Platz von der Koordination")
    OFFERED = "offered", _("bekommt einen freien Platz angeboten")
    ACCEPTED = "accepted", _("nimmt das Angebot an")
    GIVEN = "given", _("hat einen gehaltenen Platz, die Koordination bestätigt ihn")
    APPROVED_BY_LINK = "approved_by_link", _("Freigabe über den Link in der E-Mail")
    APPROVED = "approved", _("Freigabe durch Ansprechperson oder Koordination")
    REFUSED_BY_LINK = "refused_by_link", _("Ablehnung über den Link in der E-Mail")
    REFUSED = "refused", _("Ablehnung durch Ansprechperson oder Koordination")
    REQUEST_LAPSED = "request_lapsed", _("über die Freigabe wird nicht rechtzeitig entschieden")
    OFFER_DECLINED = "offer_declined", _("lehnt das Angebot ab")
    OFFER_LAPSED = "offer_lapsed", _("beantwortet das Angebot nicht rechtzeitig")
    WAIT_ENDED = "wait_ended", _("wartet noch, wenn der Termin beginnt")
    CANCELLED = "cancelled", _("meldet sich ab oder wird abgemeldet")
    HANDED_ON = "handed_on", _("übergibt den Platz an eine Kollegin oder einen Kollegen")
    PLACE_ELSEWHERE = "place_elsewhere", _("hat einen sicheren Platz in einem anderen Termin der Schulung")
    PLACE_OTHERWISE = "place_otherwise", _("bekommt in diesem Termin auf anderem Weg einen Platz")
    RUN_CANCELLED = "run_cancelled", _("der Termin wird abgesagt")

    SUBSTITUTE_ASKED = "substitute_asked", _("wird gefragt, ob sie oder er einen Platz übernimmt")
    SUBSTITUTE_DECLINED = "substitute_declined", _("will einen Platz nicht übernehmen")
    SUBSTITUTE_SILENT = "substitute_silent", _("sagt nicht rechtzeitig, ob sie oder er einen Platz übernimmt")
    SUBSTITUTE_NOT_WANTED = "substitute_not_wanted", _("soll einen Platz doch nicht übernehmen")
    OFFER_PASSED = "offer_passed", _("beantwortet ein erstes Angebot nicht rechtzeitig und wartet weiter")
    PLACE_KEPT = "place_kept", _("behält den Platz: die Übergabe kommt nicht zustande")

    CALLED = "called", _("kurz vor Beginn wird ein Platz frei: wer zuerst zusagt")
    MOVED_UP = "moved_up", _("wird auf der Warteliste vorgezogen")
    REQUEST_HANDED_OVER = "request_handed_over", _("die Freigabe geht an eine Vertretung")
    REQUEST_DUE = "request_due", _("die halbe Zeit für die Freigabe ist um")
    REQUEST_OVERDUE = "request_overdue", _("die Zeit für die Freigabe ist fast um")
    OFFER_DUE = "offer_due", _("die Zeit für das Angebot ist fast um")
    CONTACT_APPOINTED = "contact_appointed", _("wird Ansprechperson einer Behörde")
    NAMES_DUE = "names_due", _("gehaltene Plätze sind bald zu benennen")
    INVITED = "invited", _("wird eingeladen, auch nach vorgemerktem Interesse")
    RUN_PUBLISHED = "run_published", _("der Termin wird veröffentlicht")
    SESSION_MOVED = "session_moved", _("Zeit, Ort, Raum, Link oder Kursleitung ändern sich, oder eine Sitzung entfällt")
    CALENDAR = "calendar", _("der Kalendereintrag entsteht, ändert sich oder endet")
    TRAINER_ASSIGNED = "trainer_assigned", _("jemand übernimmt die Kursleitung")
    TRAINER_REMOVED = "trainer_removed", _("jemand gibt die Kursleitung ab")
    DAYS_BEFORE = "days_before", _("Tage vor der ersten Sitzung, wie am Termin eingestellt")
    DAY_BEFORE = "day_before", _("der Tag vor einer Sitzung")
    DAY_AFTER = "day_after", _("der Tag nach der letzten Sitzung")
    REFRESHER_DUE = "refresher_due", _("60 Tage, bevor eine Auffrischung fällig ist")
    ANNOUNCED = "announced", _("die Koordination schreibt eine freie Nachricht")
    ADDRESS_CHANGED = "address_changed", _("die E-Mail-Adresse eines Kontos ändert sich")
    COORDINATORS_CHANGED = (
        "coordinators_changed",
        _("jemand kommt zur Koordination oder verlässt sie"),
    )
    ACCOUNT_ENDED = "account_ended", _("ein Konto endet")
    MORNING = "morning", _("der Morgen eines Arbeitstags")
    UNUSED = "unused", _("niemand hat sich lange eingeloggt: das Konto endet bald")
    ERASED = "erased", _("die Daten der Person werden auf ihren Antrag gelöscht")


Happening = models.TextChoices  # an occasion of trainings, or of an app above
Decision = MailKind | Promise  # a mail, or why there is none


@dataclass(frozen=True)
class NoticeRow:
    """Of which changes of status the occasion is a cause (none: it leaves the status alone), and who hears of it."""

    changes: frozenset[tuple[str, str]]
    participant: Decision
    supervisor: Decision
    contact: Decision
    trainer: Decision
    coordinator: Decision

    def of(self, who: Who) -> Decision:
        decision: Decision = getattr(self, who.value)
        return decision

    @property
    def mails(self) -> list[MailKind]:
        return [decision for who in Who if isinstance(decision := self.of(who), MailKind)]


def _change(*before: str, to: Status) -> frozenset[tuple[str, str]]:
    return frozenset((one, to.value) for one in before)


NEW = ""  # as in the history: the first status follows none
REQUESTED, WAITLISTED, OFFERED, CONFIRMED = (
    Status.REQUESTED.value,
    Status.WAITLISTED.value,
    Status.OFFERED.value,
    Status.CONFIRMED.value,
)
ACTIVE = (REQUESTED, WAITLISTED, OFFERED, CONFIRMED)
NO_CHANGE: frozenset[tuple[str, str]] = frozenset()

# Why somebody gets no mail.
DOES_IT = _("handelt selbst")
NOT_YET = _("erst, wenn der Platz sicher ist oder eine Freigabe nötig wird")
HEARS_THE_END = _("hört erst, wie es ausgeht")
WAS_REMINDED = _("ist schon erinnert")
KNEW_NOTHING = _("wusste davon nichts")
NAMED_NOBODY = _("es ist niemand benannt")
ASK_THE_PERSON = _("hört es von der angemeldeten Person")
NOT_THEIRS = _("betrifft sie nicht")
OTHER_MAIL = _("steht in der Nachricht über den neuen Platz")
AGENCY_PAGE = _("sieht es auf der Seite der Behörde")
LIST_PAGE = _("sieht es in der Liste; Zahlen kommen am Tag vor der Sitzung")
DESK = _("sieht es als Aufgabe; steht auch in der Übersicht am Morgen")
DIGEST = _("steht in der Übersicht am Morgen")
QUEUE_PAGE = _("sieht es auf der Seite des Termins")
HAS_DONE_IT = _("hat es selbst veranlasst")
SENT_LIST = _("sieht es in der Liste der Nachrichten")
FEED = _("hat es im abonnierten Kalender")
PROGRAMME = _("steht im Programm; wer Interesse vorgemerkt hat, wird eingeladen")
CATALOGUE = _("steht im Programm")
REFRESHER_LIST = _("sieht es in der Liste der Auffrischungen")
OWN_MAILS = _("bekommt eigene Nachrichten")

_S = Status
_I, _C = supervisors.SUPERVISOR_INFORMED, supervisors.SUPERVISOR_CANCELLED
_X = _S.CANCELLED
On = Occasion

# occasion: changes, participant, supervisor, agency contact, trainer, coordinator
OURS: dict[Happening, NoticeRow] = {
    On.REGISTERED: NoticeRow(_change(NEW, to=_S.CONFIRMED), places.REGISTERED, _I, AGENCY_PAGE, LIST_PAGE, DIGEST),
    On.NAMED: NoticeRow(_change(NEW, to=_S.CONFIRMED), places.REGISTERED, NAMED_NOBODY, DOES_IT, LIST_PAGE, DIGEST),
    On.NAMED_FROM_QUEUE: NoticeRow(
        _change(WAITLISTED, to=_S.CONFIRMED), places.REGISTERED, _I, DOES_IT, LIST_PAGE, QUEUE_PAGE
    ),
    On.WALKED_IN: NoticeRow(
        _change(NEW, to=_S.CONFIRMED), changes.WALKED_IN, NAMED_NOBODY, AGENCY_PAGE, DOES_IT, QUEUE_PAGE
    ),
    On.TAKES_OVER: NoticeRow(
        _change(OFFERED, to=_S.CONFIRMED), changes.SUBSTITUTE, _I, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.MOVED: NoticeRow(_change(NEW, to=_S.CONFIRMED), changes.MOVED, _I, AGENCY_PAGE, LIST_PAGE, DIGEST),
    On.WAITLISTED: NoticeRow(
        _change(NEW, to=_S.WAITLISTED), places.WAITLISTED, NOT_YET, AGENCY_PAGE, QUEUE_PAGE, DIGEST
    ),
    On.REQUESTED: NoticeRow(
        _change(NEW, WAITLISTED, OFFERED, to=_S.REQUESTED),
        places.REQUESTED,
        supervisors.APPROVAL_ASKED,
        AGENCY_PAGE,
        LIST_PAGE,
        DIGEST,
    ),
    On.REQUESTED_OF_COORDINATOR: NoticeRow(
        _change(NEW, WAITLISTED, OFFERED, to=_S.REQUESTED),
        places.REQUESTED_OF_COORDINATOR,
        NAMED_NOBODY,
        AGENCY_PAGE,
        LIST_PAGE,
        DESK,
    ),
    On.PROMOTED: NoticeRow(
        _change(WAITLISTED, to=_S.CONFIRMED), places.PROMOTED, _I, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.CLAIMED: NoticeRow(
        _change(WAITLISTED, to=_S.CONFIRMED), places.PROMOTED, _I, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.GIVEN_AHEAD: NoticeRow(
        _change(WAITLISTED, to=_S.CONFIRMED), places.PROMOTED, _I, AGENCY_PAGE, LIST_PAGE, HAS_DONE_IT
    ),
    On.OFFERED: NoticeRow(_change(WAITLISTED, to=_S.OFFERED), places.OFFERED, NOT_YET, AGENCY_PAGE, LIST_PAGE, DIGEST),
    On.ACCEPTED: NoticeRow(
        _change(OFFERED, to=_S.CONFIRMED), places.REGISTERED, _I, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.GIVEN: NoticeRow(
        _change(OFFERED, REQUESTED, to=_S.CONFIRMED), places.REGISTERED, _I, AGENCY_PAGE, LIST_PAGE, HAS_DONE_IT
    ),
    On.APPROVED_BY_LINK: NoticeRow(
        _change(REQUESTED, to=_S.CONFIRMED), places.REGISTERED, DOES_IT, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.APPROVED: NoticeRow(_change(REQUESTED, to=_S.CONFIRMED), places.REGISTERED, _I, DOES_IT, LIST_PAGE, HAS_DONE_IT),
    On.REFUSED_BY_LINK: NoticeRow(
        _change(REQUESTED, to=_S.DECLINED), supervisors.APPROVAL_DECLINED, DOES_IT, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.REFUSED: NoticeRow(
        _change(REQUESTED, to=_S.DECLINED), supervisors.APPROVAL_DECLINED, _C, DOES_IT, LIST_PAGE, HAS_DONE_IT
    ),
    On.REQUEST_LAPSED: NoticeRow(
        _change(REQUESTED, to=_S.EXPIRED),
        supervisors.APPROVAL_EXPIRED,
        ASK_THE_PERSON,
        AGENCY_PAGE,
        LIST_PAGE,
        QUEUE_PAGE,
    ),
    On.OFFER_DECLINED: NoticeRow(
        _change(OFFERED, to=_S.DECLINED), places.OFFER_DECLINED, KNEW_NOTHING, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.OFFER_LAPSED: NoticeRow(
        _change(OFFERED, to=_S.EXPIRED), places.OFFER_EXPIRED, KNEW_NOTHING, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.OFFER_PASSED: NoticeRow(
        _change(OFFERED, to=_S.WAITLISTED), places.OFFER_PASSED, KNEW_NOTHING, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.SUBSTITUTE_ASKED: NoticeRow(
        _change(NEW, WAITLISTED, to=_S.OFFERED), changes.SUBSTITUTE_ASKED, NOT_YET, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.SUBSTITUTE_DECLINED: NoticeRow(
        _change(OFFERED, to=_S.DECLINED) | _change(OFFERED, to=_S.WAITLISTED),
        DOES_IT,
        KNEW_NOTHING,
        AGENCY_PAGE,
        LIST_PAGE,
        QUEUE_PAGE,
    ),
    On.SUBSTITUTE_SILENT: NoticeRow(
        _change(OFFERED, to=_S.EXPIRED) | _change(OFFERED, to=_S.WAITLISTED),
        changes.SUBSTITUTE_ENDED,
        KNEW_NOTHING,
        AGENCY_PAGE,
        LIST_PAGE,
        QUEUE_PAGE,
    ),
    On.SUBSTITUTE_NOT_WANTED: NoticeRow(
        _change(OFFERED, REQUESTED, to=_X) | _change(OFFERED, REQUESTED, to=_S.WAITLISTED),
        changes.SUBSTITUTE_ENDED,
        HEARS_THE_END,
        AGENCY_PAGE,
        LIST_PAGE,
        QUEUE_PAGE,
    ),
    On.WAIT_ENDED: NoticeRow(
        _change(WAITLISTED, to=_S.EXPIRED), changes.WAIT_ENDED, KNEW_NOTHING, AGENCY_PAGE, NOT_THEIRS, QUEUE_PAGE
    ),
    On.CANCELLED: NoticeRow(_change(*ACTIVE, to=_X), changes.CANCELLED, _C, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE),
    On.HANDED_ON: NoticeRow(_change(CONFIRMED, to=_X), changes.SUBSTITUTED, _C, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE),
    On.PLACE_ELSEWHERE: NoticeRow(_change(*ACTIVE, to=_X), OTHER_MAIL, _C, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE),
    On.PLACE_OTHERWISE: NoticeRow(
        _change(REQUESTED, WAITLISTED, OFFERED, to=_X), OTHER_MAIL, _C, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE
    ),
    On.RUN_CANCELLED: NoticeRow(
        _change(*ACTIVE, to=_X),
        changes.RUN_CANCELLED,
        _C,
        staff.CONTACT_CANCELLED,
        staff.TRAINER_CANCELLED,
        HAS_DONE_IT,
    ),
    On.PLACE_KEPT: NoticeRow(NO_CHANGE, changes.PLACE_KEPT, KNEW_NOTHING, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE),
    On.CALLED: NoticeRow(NO_CHANGE, places.CALLED, NOT_YET, AGENCY_PAGE, LIST_PAGE, QUEUE_PAGE),
    On.MOVED_UP: NoticeRow(NO_CHANGE, HEARS_THE_END, NOT_YET, NOT_THEIRS, NOT_THEIRS, HAS_DONE_IT),
    On.REQUEST_HANDED_OVER: NoticeRow(
        NO_CHANGE, HEARS_THE_END, supervisors.APPROVAL_ASKED, AGENCY_PAGE, NOT_THEIRS, QUEUE_PAGE
    ),
    On.REQUEST_DUE: NoticeRow(NO_CHANGE, HEARS_THE_END, supervisors.APPROVAL_REMINDER, AGENCY_PAGE, NOT_THEIRS, DIGEST),
    On.REQUEST_OVERDUE: NoticeRow(
        NO_CHANGE, HEARS_THE_END, WAS_REMINDED, supervisors.APPROVAL_PASSED_ON, NOT_THEIRS, DIGEST
    ),
    On.OFFER_DUE: NoticeRow(NO_CHANGE, occasional.OFFER_REMINDER, NOT_YET, AGENCY_PAGE, NOT_THEIRS, DIGEST),
    On.CONTACT_APPOINTED: NoticeRow(
        NO_CHANGE, NOT_THEIRS, NOT_THEIRS, staff.CONTACT_APPOINTED, NOT_THEIRS, HAS_DONE_IT
    ),
    On.NAMES_DUE: NoticeRow(NO_CHANGE, NOT_THEIRS, NOT_THEIRS, occasional.NAMES_WANTED, NOT_THEIRS, QUEUE_PAGE),
    On.INVITED: NoticeRow(NO_CHANGE, occasional.INVITED, NOT_YET, NOT_THEIRS, NOT_THEIRS, HAS_DONE_IT),
    On.RUN_PUBLISHED: NoticeRow(NO_CHANGE, PROGRAMME, CATALOGUE, CATALOGUE, staff.TRAINER_ASSIGNED, HAS_DONE_IT),
    On.SESSION_MOVED: NoticeRow(
        NO_CHANGE, changes.SESSION_MOVED, ASK_THE_PERSON, staff.CONTACT_MOVED, changes.SESSION_MOVED, HAS_DONE_IT
    ),
    On.CALENDAR: NoticeRow(NO_CHANGE, occasional.CALENDAR_ENTRY, NOT_THEIRS, FEED, FEED, FEED),
    On.TRAINER_ASSIGNED: NoticeRow(NO_CHANGE, CATALOGUE, NOT_THEIRS, NOT_THEIRS, staff.TRAINER_ASSIGNED, HAS_DONE_IT),
    On.TRAINER_REMOVED: NoticeRow(NO_CHANGE, CATALOGUE, NOT_THEIRS, NOT_THEIRS, staff.TRAINER_REMOVED, HAS_DONE_IT),
    On.DAYS_BEFORE: NoticeRow(NO_CHANGE, occasional.REMINDER, ASK_THE_PERSON, AGENCY_PAGE, OWN_MAILS, SENT_LIST),
    On.DAY_BEFORE: NoticeRow(NO_CHANGE, OWN_MAILS, NOT_THEIRS, NOT_THEIRS, staff.TRAINER_LIST, SENT_LIST),
    On.DAY_AFTER: NoticeRow(NO_CHANGE, occasional.THANKS, NOT_THEIRS, AGENCY_PAGE, NOT_THEIRS, DIGEST),
    On.REFRESHER_DUE: NoticeRow(
        NO_CHANGE, occasional.REFRESHER_DUE, NOT_THEIRS, REFRESHER_LIST, NOT_THEIRS, REFRESHER_LIST
    ),
    On.ANNOUNCED: NoticeRow(NO_CHANGE, occasional.ANNOUNCEMENT, NOT_THEIRS, NOT_THEIRS, NOT_THEIRS, HAS_DONE_IT),
    On.ADDRESS_CHANGED: NoticeRow(
        NO_CHANGE, of_people.ADDRESS_CHANGED, NOT_THEIRS, NOT_THEIRS, NOT_THEIRS, HAS_DONE_IT
    ),
    On.COORDINATORS_CHANGED: NoticeRow(
        NO_CHANGE, NOT_THEIRS, NOT_THEIRS, NOT_THEIRS, NOT_THEIRS, of_people.COORDINATORS_CHANGED
    ),
    On.ACCOUNT_ENDED: NoticeRow(NO_CHANGE, of_people.ACCOUNT_ENDED, NOT_THEIRS, NOT_THEIRS, NOT_THEIRS, HAS_DONE_IT),
    On.MORNING: NoticeRow(NO_CHANGE, OWN_MAILS, OWN_MAILS, OWN_MAILS, OWN_MAILS, staff.DIGEST),
    On.UNUSED: NoticeRow(NO_CHANGE, accounts.ACCOUNT_ENDS, NOT_THEIRS, NOT_THEIRS, NOT_THEIRS, NOT_THEIRS),
    On.ERASED: NoticeRow(NO_CHANGE, accounts.ERASED, NOT_THEIRS, NOT_THEIRS, NOT_THEIRS, HAS_DONE_IT),
}


_table: dict[Happening, NoticeRow] = {}


def declare(rows: Mapping[Happening, NoticeRow]) -> None:
    """Enter the rows and the kinds of mail they name, when the apps start. Raises ImproperlyConfigured."""
    for happenings in {type(happening) for happening in rows}:
        if missing := [happening.value for happening in happenings if happening not in rows]:
            raise ImproperlyConfigured(f"The table does not say who hears of: {', '.join(missing)}. Give it a row.")
    for mail in [mail for row in rows.values() for mail in row.mails]:
        declare_kind(mail)
        if not (settings.BASE_DIR / "templates" / mail.template_name).exists():
            raise ImproperlyConfigured(f"The mail {mail.name!r} has no template: {mail.template_name}.")
    _table.update(rows)


def declare_ours() -> None:
    """What happens in trainings, and its kinds of mail. Raises ImproperlyConfigured for a mail that nobody gets."""
    for mail in kinds.OURS:  # first, in the order in which pages list them
        declare_kind(mail)
    named = {mail.name for row in OURS.values() for mail in row.mails}
    if unnamed := [mail.name for mail in kinds.OURS if mail.name not in named]:
        raise ImproperlyConfigured(f"The table does not say who gets the mail: {', '.join(unnamed)}. Name it in OURS.")
    declare(OURS)


def table() -> Mapping[Happening, NoticeRow]:
    """All that was declared, by occasion."""
    return MappingProxyType(_table)


def kind(occasion: Happening, who: Who) -> str:
    """The name of the mail they get. ValueError where the table says that there is none."""
    decision = _table[occasion].of(who)
    if not isinstance(decision, MailKind):
        raise ValueError(f"{who.value} does not hear of {occasion.value}.")
    return decision.name


def tell(
    occasion: Happening, registration: Registration, *, supervisor: bool = True, details: dict[str, Any] | None = None
) -> str:
    """Queue the mail to the person registered, and the one to the supervisor if they are concerned.

    Call inside the transaction of the change: one insert for each mail, nothing is read or rendered. Returns the
    address of the supervisor who hears of it, empty if none does: a second mail of the same act would be one too many.
    """
    row = _table[occasion]
    if isinstance(row.participant, MailKind):
        outbox.queue(row.participant.name, registration, details=details)
    if isinstance(row.supervisor, MailKind) and supervisor and _has_a_say(registration):
        outbox.queue(row.supervisor.name, registration, to_email=registration.supervisor_email)
        return registration.supervisor_email
    return ""


def tell_address(occasion: Happening, who: Who, registration: Registration, email: str) -> None:
    """The same to one address, whose owner decides on the registration."""
    outbox.queue(kind(occasion, who), registration, to_email=email)


def tell_person(
    occasion: Happening,
    who: Who,
    person: User,
    run: CourseRun | None = None,
    *,
    due_at: dt.datetime | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """The same to somebody involved without a registration; without ``run`` it is about no single one."""
    outbox.queue(kind(occasion, who), None, recipient=person, run=run, due_at=due_at, details=details)


def tell_of_account(
    occasion: Happening, *, person: User | None = None, email: str = "", details: dict[str, Any] | None = None
) -> None:
    """Queue the mail to the person, or to the address of somebody who has no account any more."""
    name = kind(occasion, Who.PARTICIPANT)
    outbox.queue(name, None, recipient=person, to_email=email, details=details)


def _has_a_say(registration: Registration) -> bool:
    """Whether the run lets supervisors decide or know, and one is named."""
    lets_know = registration.run.approval != CourseRun.Approval.NONE or registration.is_requested
    return lets_know and bool(registration.supervisor_email)


@dataclass(frozen=True)
class NoticeInWords:
    """A row of the page: what happens, how the status changes, and a decision for each of the five."""

    group: str
    occasion: str
    changes: list[str]
    decisions: list[tuple[str, str, bool]]  # who, what, whether it is a mail


def notices_in_words() -> list[NoticeInWords]:
    """The table in words, in the active language."""
    names: dict[str, Any] = {NEW: _("neu"), **dict(Status.choices)}
    return [
        NoticeInWords(
            group=str(_("Die Anmeldung ändert ihren Status") if row.changes else _("Was sonst geschieht")),
            occasion=str(occasion.label),
            changes=[f"{names[before]} → {names[to]}" for before, to in sorted(row.changes)],
            decisions=[(str(who.label), *_said(row.of(who))) for who in Who],
        )
        for occasion, row in _table.items()
    ]


def _said(decision: Decision) -> tuple[str, bool]:
    return (str(decision.label), True) if isinstance(decision, MailKind) else (str(decision), False)
