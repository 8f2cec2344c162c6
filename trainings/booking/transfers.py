"""A place goes elsewhere in one step: to a colleague (substitute), or with the person to a parallel run (move)."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from trainings.booking import registering, transitions
from trainings.booking.eligibility import reasons_against_substitute
from trainings.booking.transitions import Channel, Status
from trainings.mails import Occasion
from trainings.models import CourseRun, Registration
from trainings.refusals import Reason, Refused


def substitute(
    registration: Registration,
    colleague: User,
    *,
    by: User,
    channel: Channel = Channel.WEB,
    reason: str = "",
    at: dt.datetime | None = None,
) -> Registration:
    """Hand a confirmed place to a colleague of the same agency, until the run starts; the queue is not asked.

    The person, the agency's contact or the coordination may do so. A colleague who waits for this run gives up that
    entry. Returns the colleague's registration; raises Refused.
    """
    with transitions.locked_registration(registration) as old:
        at = at or timezone.now()
        if not (by.is_coordinator or by.pk == old.person_id or registering.speaks_for_agency_of(old, by)):
            raise Refused(Reason("not_yours", _("Diese Anmeldung ist nicht Ihre.")))
        if not old.is_confirmed:
            raise Refused(Reason("not_confirmed", _("Nur ein bestätigter Platz kann übergeben werden.")))
        if old.attendance_records.exists():
            raise Refused(Reason("attended", _("Für diese Anmeldung ist bereits Anwesenheit erfasst.")))
        waiting = Registration.objects.waitlisted().filter(run=old.run, person=colleague).first()
        if reasons := reasons_against_substitute(old, colleague, waits=waiting is not None, at=at):
            raise Refused(*reasons)
        if waiting is not None:
            waiting.run = old.run
            text = _("Platz übernommen von: %(person)s") % {"person": old.person}
            otherwise = Occasion.PLACE_OTHERWISE
            transitions.end(
                waiting, Status.CANCELLED, actor=by, channel=channel, occasion=otherwise, reason=text, at=at
            )
        text = _("Platz übergeben an: %(person)s") % {"person": colleague}
        text = f"{text}. {reason.strip()}" if reason.strip() else text
        handed_on = Occasion.HANDED_ON
        transitions.end(old, Status.CANCELLED, actor=by, channel=channel, occasion=handed_on, reason=text, at=at)
        new = Registration(
            run=old.run,
            person=colleague,
            agency_id=colleague.agency_id,
            source=Registration.Source.SELF if by.pk == old.person_id else registering.source_of(colleague, by),
            registered_at=at,
            queued_at=at,
            supervisor_email=old.supervisor_email,
            substitute_for=old,
        )
        text = _("Anstelle von: %(person)s") % {"person": old.person}
        transitions.give_place(
            new, actor=by, channel=channel, occasion=Occasion.TAKES_OVER, approved=True, reason=text, at=at
        )
    return new


def move(
    registration: Registration,
    to: CourseRun,
    *,
    by: User,
    channel: Channel = Channel.WEB,
    reason: str = "",
    supervisor_email: str = "",
    at: dt.datetime | None = None,
) -> Registration:
    """Change to another run of the course. The old place ends only when the new one is sure.

    Returns the registration for ``to``: confirmed, then the old one has ended; or waiting or requested, then the old
    one stays until the new one is confirmed. Raises Refused.
    """
    with transitions.locked_registration(registration) as old:
        if to.course_id != old.run.course_id or to.pk == old.run_id:
            raise Refused(Reason("other_course", _("Umbuchen geht nur zwischen Terminen derselben Schulung.")))
        if not (by.is_coordinator or by.pk == old.person_id or registering.speaks_for_agency_of(old, by)):
            raise Refused(Reason("not_yours", _("Diese Anmeldung ist nicht Ihre.")))
        if not by.is_coordinator and not old.can_be_cancelled(at):
            raise Refused(
                Reason("too_late", _("Umbuchen ist jetzt nur noch über die Koordination möglich. Bitte rufen Sie an."))
            )
        return registering.register(
            to,
            old.person,
            by=by,
            channel=channel,
            reason=reason,
            needs=old.needs,
            supervisor_email=supervisor_email or old.supervisor_email,
            gives_up=old,
            at=at,
        )
