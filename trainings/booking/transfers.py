"""How does a place change hands in one step? To a colleague (substitute), or with the person to another run (move)."""

from dataclasses import replace

from django.utils.translation import gettext as _

from accounts.models import User
from trainings.acts import Act
from trainings.booking import registering, transitions
from trainings.booking.eligibility import Case, Context, reasons_against
from trainings.booking.transitions import Status
from trainings.mails import Occasion
from trainings.models import CourseRun, Registration
from trainings.refusals import Reason, Refused


def substitute(registration: Registration, colleague: User, act: Act) -> Registration:
    """Hand a confirmed place to a colleague of the same agency, until the run starts; the queue is not consulted.

    The person, the agency's contact or a coordinator may do so. A colleague who waits for this run gives up that
    entry. Returns the colleague's registration; raises Refused.
    """
    with transitions.locked_registration(registration) as old:
        act, at = act.begin()
        _is_theirs_or_coordinators(old, act)
        if not old.is_confirmed:
            raise Refused(Reason("not_confirmed", _("Nur ein bestätigter Platz kann übergeben werden.")))
        if old.attendance_records.exists():
            raise Refused(Reason("attended", _("Für diese Anmeldung ist bereits Anwesenheit erfasst.")))
        waiting = Registration.objects.waitlisted().filter(run=old.run, person=colleague).first()
        _must_be_a_colleague(old, colleague)
        if reasons := reasons_against(Case(old.run, colleague, Act(colleague, at=at), Context.TAKING_OVER)):
            raise Refused(*reasons)
        if waiting is not None:
            waiting.run = old.run
            taken_over = replace(act, reason=_("Platz übernommen von: %(person)s") % {"person": old.person})
            transitions.end(waiting, Status.CANCELLED, taken_over, occasion=Occasion.PLACE_OTHERWISE)
        text = _("Platz übergeben an: %(person)s") % {"person": colleague}
        handed_on = replace(act, reason=f"{text}. {act.reason.strip()}" if act.has_reason else text)
        transitions.end(old, Status.CANCELLED, handed_on, occasion=Occasion.HANDED_ON)
        by_themselves = act.user.pk == old.person_id
        source = Registration.Source.SELF if by_themselves else registering.source_of(colleague, act.user)
        new = transitions.unwritten(
            old.run, colleague, source, at, supervisor_email=old.supervisor_email, substitute_for=old
        )
        instead = replace(act, reason=_("Anstelle von: %(person)s") % {"person": old.person})
        transitions.give_place(new, instead, occasion=Occasion.TAKES_OVER, approved=True)
    return new


def move(registration: Registration, to: CourseRun, act: Act, *, supervisor_email: str = "") -> Registration:
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
            supervisor_email=supervisor_email or old.supervisor_email,
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
