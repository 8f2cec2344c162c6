"""How is somebody recorded who comes without a registration? They take part and are counted separately.

The software turns nobody away. Whether places were left is shown to the trainer and kept as an override.
"""

import uuid
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import affiliation
from accounts.models import User
from trainings import booking
from trainings.acts import Act
from trainings.attendance import marks
from trainings.attendance.marks import Mark
from trainings.booking import Status
from trainings.dates import date_short
from trainings.locking import locked
from trainings.mails import Occasion
from trainings.models import AttendanceRecord, CourseRun, Registration, Session
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
    key: uuid.UUID | None = None,
) -> Registration:
    """Enter somebody on the spot: confirmed, present in this session, absent from earlier ones. Raises Refused.

    ``key`` is the name a device without network gave to it: the same one again changes nothing.

    An address known already is that person, whatever name was typed. What they had open in this run (waiting, asked,
    offered) ends for the new registration. They are asked by mail to complete their data.
    """
    with locked(session.run) as run:
        act, at = act.begin()
        session = Session.objects.get(pk=session.pk)
        session.run = run
        if key and (known := Registration.objects.filter(attendance_changes__tap=key, run=run).first()):
            return known
        marks.must_be_open(session, act, at)
        if run.is_closed:
            raise marks.closed()
        person = User.objects.of_address(email)
        if person is None or not person.has_completed_profile:
            names = {"first_name": first_name, "last_name": last_name}
            person = affiliation.introduce(email, **names, group=group, organisation=organisation, by=act.by)
        if not person.is_active:
            raise Refused(Reason("inactive", _("Dieses Konto ist nicht mehr aktiv.")))
        obstacle = booking.situation_of(run, at).obstacle(person.agency_id)
        overrides = [obstacle.code] if obstacle else []
        before = Registration.objects.active().filter(run=run, person=person).first()
        if before is not None:
            overrides += _end_what_was_open(before, run, act)
        registration = booking.unwritten(run, person, Registration.Source.WALK_IN, at)
        act = replace(act, reason=_("Vor Ort dazugekommen am %(day)s.") % {"day": date_short(session.starts_at)})
        with_overrides = replace(act, overrides=" ".join(overrides))
        booking.give_place(registration, with_overrides, occasion=Occasion.WALKED_IN, approved=True)
        _record(registration, session, act, key)
    return registration


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
