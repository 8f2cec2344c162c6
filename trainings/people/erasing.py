"""A person wants their data erased, or not used any more: what goes now, what is evidence and until when?

What nobody needs goes at once. While something is evidence the row stays, restricted: nobody signs in, nobody finds the
person or chooses them, and on the evidence date they become a count by themselves. Otherwise they are one at once.
"""

import datetime as dt
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import audit
from accounts import people as accounts
from accounts.models import User
from trainings import mails
from trainings.acts import Act, Channel
from trainings.mails import Occasion, Who
from trainings.models import (
    AttendanceRecord,
    CourseRun,
    DataRequest,
    Interest,
    Message,
    Registration,
    RegistrationEvent,
)
from trainings.people import ending, evidence, relations
from trainings.people.leaving import leave, what_leaving_does
from trainings.people.voluntary import VOLUNTARY
from trainings.refusals import Reason, Refused

# Of what would go with the account, this says something of a participation, or of the request itself.
STAYS_WITH_EVIDENCE = frozenset({"Affiliation.person", "Invitation.person", "DataRequest.person", "LogEntry.user"})
_NO_TEXT = {"text": "", "html": "", "last_error": "", "bounce_reason": "", "subject": "", "details": {}}


@dataclass(frozen=True)
class Preview:
    """What an erasure would do. ``until``: the last day of evidence; None: the person is a count at once.

    ``goes`` and ``stays`` are things in words with how many there are; ``places`` are given back.
    """

    places: list[Registration]
    goes: list[tuple[str, int]]
    stays: list[tuple[str, int]]
    until: dt.date | None
    obstacles: list[Reason]


def preview_erasure(person: User, act: Act) -> Preview:
    """As ``act`` would do it; the person may look as well."""
    act, at = act.begin()
    obstacles = _obstacles(person, at)
    ended = what_leaving_does(person, act).ended if person.is_active and not obstacles else []
    places = Registration.objects.filter(pk__in=[one.pk for one in ended]).select_related("run__course").order_by("pk")
    until = evidence.kept_until(person, at)
    took_part = Registration.objects.of(person)
    goes = [(str(label), 1) for name, label in VOLUNTARY.items() if getattr(person, name)]
    goes += _counted(
        (_("Bedarf bei Anmeldungen"), took_part.exclude(needs="")),
        (_("Vorgemerktes Interesse"), Interest.objects.filter(person=person)),
        (_("Kalender-Abonnements"), person.calendar_subscriptions.all()),
        (_("Texte von E-Mails"), _mails_of(person).exclude(text="")),
        (_("Gründe von Abmeldungen"), _reasons_of(person)),
    )
    name = _("Name, E-Mail-Adresse, Behörde und Gruppe")
    stays = _counted(
        (_("Anmeldungen mit ihrem Verlauf"), took_part),
        (_("Anwesenheit"), AttendanceRecord.objects.filter(registration__person=person)),
    )
    stays, goes = ([(name, 1), *stays], goes) if until else ([], [(name, 1), *goes])
    return Preview(list(places), goes, stays, until, obstacles)


@transaction.atomic
def erase(person: User, act: Act) -> User:
    """Erase what is no evidence, restrict the rest, tell the person. Raises Refused."""
    act, at = _begin(person, act)
    address, language = person.email, person.language
    person = _close(person, act)
    Message.objects.filter(kind=mails.kind(Occasion.ACCOUNT_ENDED, Who.PARTICIPANT), to_email=address).delete()
    took_part = Registration.objects.of(person)
    took_part.exclude(needs="").update(needs="")
    AttendanceRecord.objects.filter(registration__in=took_part).exclude(note="").update(note="")
    _reasons_of(person).forget("reason")
    _mails_of(person).update(**_NO_TEXT)
    for column in relations.go_with_the_person():
        if f"{column.model.__name__}.{column.name}" not in STAYS_WITH_EVIDENCE:
            column.model._base_manager.filter(**{column.name: person}).delete()
    DataRequest.objects.open().filter(person=person).update(done_at=at, done_by=act.by)
    ending.end_merges_into(person, at)
    audit.record(audit.What.PERSON_ERASED, by=act.by, person=person, at=at)
    until = evidence.kept_until(person, at)
    if until:
        accounts.forget(person, *VOLUNTARY, by=act.by)
        person = accounts.restrict(person, by=act.by, at=at)
    else:
        person = ending.become_count(person, at)
    details = {"until": until.isoformat() if until else "", "language": language}
    mails.tell_of_account(Occasion.ERASED, email=address, details=details)
    return person


@transaction.atomic
def restrict(person: User, act: Act) -> User:
    """Nothing more is done with their data than to keep them (Art. 18 GDPR). Raises Refused."""
    act, at = _begin(person, act)
    if person.restricted_at:
        raise Refused(Reason("restricted", _("Die Verarbeitung ist bereits eingeschränkt.")))
    person = accounts.restrict(_close(person, act), by=act.by, reason=act.reason, at=at)
    DataRequest.objects.open().filter(person=person, kind=DataRequest.Kind.RESTRICTION).update(
        done_at=at, done_by=act.by
    )
    return person


@transaction.atomic
def end_restriction(person: User, act: Act) -> User:
    """The person can sign in again; places that were given back do not come back. Raises Refused."""
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
    person = User.objects.get(pk=person.pk)
    if person.restricted_at is None or person.erased_at or person.merged_into_id:
        raise Refused(Reason("not_restricted", _("Hier ist nichts eingeschränkt.")))
    return accounts.end_restriction(person, by=act.by, reason=act.reason)


def _begin(person: User, act: Act) -> tuple[Act, dt.datetime]:
    act, at = act.begin()
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
    if obstacles := _obstacles(person, at):
        raise Refused(*obstacles)
    return replace(act, channel=Channel.COORDINATION), at


def _obstacles(person: User, at: dt.datetime) -> list[Reason]:
    """What must be handed on first."""
    found = []
    if person.erased_at:
        found.append(Reason("erased", _("Diese Person ist bereits gelöscht.")))
    if ending.is_last_coordinator(person):
        text = _("Das ist die letzte Person in der Koordination. Ernennen Sie zuerst eine andere.")
        found.append(Reason("last", text))
    to_come = CourseRun.objects.taking_place().not_finished(at)
    runs = [*to_come.taught_by(person), *to_come.coordinated_by(person)]
    if runs:
        numbers = ", ".join(sorted({run.number for run in runs}))
        text = _("Leitung oder Zuständigkeit ist zuerst zu übergeben: %(numbers)s.") % {"numbers": numbers}
        found.append(Reason("in_charge", text))
    return found


def _close(person: User, act: Act) -> User:
    """Give back the places to come, and end the account, unless it has ended before."""
    if person.is_active:
        leave(person, act)
    return User.objects.get(pk=person.pk)


def _mails_of(person: User) -> QuerySet[Message]:
    return Message.objects.filter(recipient=person).exclude(status=Message.Status.QUEUED)


def _reasons_of(person: User):  # type: ignore[no-untyped-def]
    rows = RegistrationEvent.objects.filter(registration__person=person, to_status=Registration.Status.CANCELLED)
    return rows.exclude(channel=Channel.AUTOMATIC).exclude(reason="")


def _counted(*things: tuple[str, QuerySet]) -> list[tuple[str, int]]:  # type: ignore[type-arg]
    return [(label, number) for label, rows in things if (number := rows.count())]
