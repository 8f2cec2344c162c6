"""How does a place change hands in one step? To a colleague (substitute), or with the person to another run (move)."""

import datetime as dt
from dataclasses import replace

from django.utils.translation import gettext as _

from accounts.models import User
from trainings import mails
from trainings.acts import Act
from trainings.booking import registering, transitions
from trainings.booking.eligibility import Case, Context, reasons_against
from trainings.booking.supervisors import unfit_supervisor
from trainings.booking.transitions import Status
from trainings.mails import Occasion
from trainings.models import CourseRun, Registration
from trainings.refusals import Reason, Refused


def substitute(registration: Registration, colleague: User, act: Act) -> Registration:
    """Ask a colleague of the same agency to take over a confirmed place; the queue is not consulted.

    The person, the agency's contact or a coordinator may do so, until the run starts. The place stays whose it is until
    the colleague has said yes and, where the run needs an approval, somebody has approved anew: the agency's contact
    does by asking, a coordinator with a reason. Asking a second colleague ends the first request. Returns the
    colleague's registration; raises Refused.
    """
    with transitions.locked_registration(registration) as old:
        act, at = act.begin()
        _is_theirs_or_coordinators(old, act)
        if not old.is_confirmed:
            raise Refused(Reason("not_confirmed", _("Nur ein bestätigter Platz kann übergeben werden.")))
        if old.attendance_records.exists():
            raise Refused(Reason("attended", _("Für diese Anmeldung ist bereits Anwesenheit erfasst.")))
        _must_be_a_colleague(old, colleague)
        if reasons := reasons_against(Case(old.run, colleague, Act(colleague, at=at), Context.TAKING_OVER)):
            raise Refused(*reasons)
        if act.is_by_coordinator and old.run.needs_approval and not act.has_reason:
            raise Refused(Reason("no_reason", _("Bitte nennen Sie den Grund; er wird gespeichert.")))
        transitions.withdraw_from_substitutes(old, act)
        asked = _asked(old, colleague, act, at)
        text = _("Gefragt anstelle von: %(person)s") % {"person": old.person}
        because = replace(act, reason=f"{text}. {act.reason.strip()}" if act.has_reason else text)
        transitions.change(asked, Status.OFFERED, because, held_until=transitions.answer_deadline(old.run, at))
        mails.tell(Occasion.SUBSTITUTE_ASKED, asked)
        transitions.fill(old.run, at)  # who was asked before may wait again, beside a place that became free meanwhile
    return asked


def _asked(old: Registration, colleague: User, act: Act, at: dt.datetime) -> Registration:
    """The colleague's entry in the queue, or a new registration; whose approval it needs follows from who asks."""
    by_giver = act.user.pk == old.person_id
    source = Registration.Source.SELF if by_giver else registering.source_of(colleague, act.user)
    waiting = Registration.objects.waitlisted().filter(run=old.run, person=colleague).select_related("person").first()
    if waiting is not None:
        waiting.run, waiting.substitute_for = old.run, old
        if source != Registration.Source.SELF:  # the agency or a coordinator has spoken for them
            waiting.source = source
        if act.is_by_coordinator and old.run.needs_approval:
            waiting.supervisor_email = ""
        return waiting
    is_asked_again = by_giver and old.supervisor_email and not unfit_supervisor(colleague, old.supervisor_email)
    supervisor_email = old.supervisor_email if is_asked_again else ""
    return transitions.unwritten(old.run, colleague, source, at, supervisor_email=supervisor_email, substitute_for=old)


def move(
    registration: Registration,
    to: CourseRun,
    act: Act,
    *,
    supervisor_email: str = "",
    has_no_supervisor: bool = False,
) -> Registration:
    """Change to another run of the course. The old place ends only once the new one is confirmed.

    Returns the registration for ``to``: confirmed, then the old one has ended; or waiting or requested, then the old
    one stays until the new one is confirmed. Raises Refused.
    """
    with transitions.locked_registration(registration) as old:
        act, at = act.begin()
        if to.course_id != old.run.course_id or to.pk == old.run_id:
            raise Refused(Reason("other_course", _("Umbuchen geht nur zwischen Terminen derselben Schulung.")))
        _is_theirs_or_coordinators(old, act)
        if not act.is_by_coordinator and not old.can_be_cancelled(at):
            raise Refused(
                Reason("too_late", _("Umbuchen ist jetzt nur noch über die Koordination möglich. Bitte rufen Sie an."))
            )
        return registering.register(
            to,
            old.person,
            act,
            needs=old.needs,
            supervisor_email="" if has_no_supervisor else supervisor_email or old.supervisor_email,
            has_no_supervisor=has_no_supervisor,
            gives_up=old,
        )


def _must_be_a_colleague(registration: Registration, colleague: User) -> None:
    if registration.person_id == colleague.pk:
        raise Refused(Reason("same_person", _("Das ist Ihr eigener Platz.")))
    if registration.agency_id is None or colleague.agency_id != registration.agency_id:
        raise Refused(Reason("other_agency", _("Den Platz kann nur jemand aus derselben Behörde übernehmen.")))


def _is_theirs_or_coordinators(registration: Registration, act: Act) -> None:
    if not (act.is_by_coordinator or registering.is_theirs(registration, act)):
        raise Refused(Reason("not_yours", _("Diese Anmeldung ist nicht Ihre.")))
