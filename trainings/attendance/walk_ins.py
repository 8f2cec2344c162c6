"""How is somebody recorded who comes without a registration? They take part and are counted separately.

The software turns nobody away, also who has no address at hand. Whether places were left is shown to the trainer and
kept as an override, and so is what an agreement does not allow. docs/decisions/0028-people-without-an-address.md
"""

import uuid
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import affiliation
from accounts.models import Agency, User
from accounts.names import by_name, sort_key
from trainings import booking
from trainings.acts import Act
from trainings.attendance import marks
from trainings.attendance.marks import Mark
from trainings.booking import Status
from trainings.dates import date_short
from trainings.locking import locked
from trainings.mails import Occasion
from trainings.models import AttendanceChange, AttendanceRecord, CourseRun, Registration, Session
from trainings.refusals import Reason, Refused


@transaction.atomic
def add_walk_in(
    session: Session,
    act: Act,
    *,
    email: str,
    first_name: str,
    last_name: str,
    group: str,
    organisation: str = "",
    agency: Agency | None = None,
    same_as: Registration | None = None,
    is_another: bool = False,
    key: uuid.UUID | None = None,
) -> Registration:
    """Enter somebody on the spot: confirmed, present in this session, absent from earlier ones. Raises Refused.

    ``key`` is the name a device without network gave to it: the same one again changes nothing, and one that names
    something else is refused.

    An address known already is that person, whatever name was typed. What they had open in this run (waiting, asked,
    offered) ends for the new registration. They are asked by mail to complete their data.

    Without an address it is somebody new, whom a coordinator looks for later; ``agency`` is then what they say. Where
    somebody of that name has to do with this run, the trainer says if it is them: ``same_as``, or ``is_another``.
    """
    with locked(session.run) as run:
        act, at = act.begin()
        session = Session.objects.get(pk=session.pk)
        session.run = run
        if key and (known := walk_in_of(session, key)):
            return known
        if key and AttendanceChange.objects.filter(tap=key).exists():
            text = _(
                "Diese Eintragung gehört zu einer anderen Person oder Sitzung. Bitte tragen Sie die Person neu ein."
            )
            raise Refused(Reason("other_key", text))
        marks.must_be_open(session, act, at)
        if run.is_closed:
            raise marks.closed()
        said: dict[str, Any] = {"first_name": first_name, "last_name": last_name, "group": group}
        said |= {"organisation": organisation, "by": act.by}
        if same_as is not None:
            person = same_as.person
        elif email:
            person = _of_address(email, said)
        elif namesakes(session, first_name, last_name) and not is_another:
            text = _("Jemand dieses Namens hat mit dieser Schulung schon zu tun. Ist es dieselbe Person?")
            raise Refused(Reason("same_name", text, "same_as"))
        else:
            person = affiliation.introduce_without_address(agency=agency, **said)
        if not person.is_active:
            raise Refused(Reason("inactive", _("Dieses Konto ist nicht mehr aktiv.")))
        obstacle = booking.situation_of(run, at).obstacle(person.agency_id)
        overrides = [obstacle.code] if obstacle else []
        before = Registration.objects.active().filter(run=run, person=person).first()
        if before is not None:
            overrides += _end_what_was_open(before, run, act)
        registration = booking.unwritten(run, person, Registration.Source.WALK_IN, at)
        overrides += booking.passed_over_agreement(registration, at)
        act = replace(act, reason=_("Vor Ort dazugekommen am %(day)s.") % {"day": date_short(session.starts_at)})
        with_overrides = replace(act, overrides=" ".join(overrides))
        booking.give_place(registration, with_overrides, occasion=Occasion.WALKED_IN, approved=True)
        _record(registration, session, act, key)
    return registration


def walk_in_of(session: Session, key: uuid.UUID) -> Registration | None:
    """Whom a device has entered in this session under that name of its own."""
    entered = AttendanceChange.objects.filter(
        tap=key, session=session, registration__source=Registration.Source.WALK_IN
    )
    change = entered.select_related("registration__person").first()
    return change.registration if change else None


def namesakes(session: Session, first_name: str, last_name: str) -> dict[int, Registration]:
    """Who of that name is on the list, or waits, or is asked: registrations by their keys."""
    rows = Registration.objects.active().filter(run=session.run_id).select_related("person", "agency")
    name = sort_key(last_name, first_name)
    return {row.pk: row for row in by_name(rows) if sort_key(row.person.last_name, row.person.first_name) == name}


def _of_address(email: str, said: dict[str, Any]) -> User:
    person = User.objects.of_address(email)
    if person is None or not person.has_completed_profile:
        person = affiliation.introduce(email, **said)
    return person


def _end_what_was_open(before: Registration, run: CourseRun, act: Act) -> list[str]:
    """End a wait, a request or an offer; returns what it passed over. Raises Refused for a confirmed place."""
    if before.is_confirmed:
        raise Refused(Reason("already_registered", _("Diese Person steht schon auf der Liste.")))
    before.run = run
    was_waiting = before.is_waiting
    came_along = replace(act, reason=_("Vor Ort dazugekommen."))
    booking.end(before, Status.CANCELLED, came_along, occasion=Occasion.PLACE_OTHERWISE)
    return ["queue"] if was_waiting else []


def _record(registration: Registration, session: Session, act: Act, key: uuid.UUID | None) -> None:
    earlier = Session.objects.filter(run=session.run_id, cancelled_at=None, starts_at__lt=session.starts_at)
    for missed in earlier:
        marks.record(missed, {registration.pk: Mark(AttendanceRecord.Status.ABSENT)}, act)
    if key is None:
        marks.record(session, {registration.pk: Mark(AttendanceRecord.Status.PRESENT)}, act)
        return
    act, at = act.begin()
    marks.tap(session, registration.pk, Mark(AttendanceRecord.Status.PRESENT), act, key=key, said_at=at)
