"""A place is offered to one person, or to everybody waiting: accept or decline. Lapsed offers end in ``deadlines``."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from trainings import mails
from trainings.acts import Act, automatic
from trainings.booking import allocation, transitions
from trainings.booking.transitions import Status
from trainings.mails import Occasion, Who
from trainings.models import CourseRun, Registration
from trainings.refusals import Reason, Refused

LAST_DAY = dt.timedelta(days=1)
MOST_UNANSWERED = 2  # offers of one run; the last of them ends the wait


def accept_offer(registration: Registration, act: Act) -> Registration:
    """Take the offered place. Where the run needs an approval, it is asked for now and the place stays held.

    A colleague's place stays theirs until it is given to the person for good.

    Raises Refused when the offer has lapsed or is somebody else's.
    """
    with transitions.locked_registration(registration) as registration:
        act, at = act.begin()
        _may_answer(registration, act, at)
        occasion = Occasion.TAKES_OVER if registration.is_asked_to_take_over else Occasion.ACCEPTED
        transitions.give_place(registration, act, occasion=occasion)
    return registration


def decline_offer(registration: Registration, act: Act) -> Registration:
    """Decline the offered place; the registration ends and the next in the queue gets the place. Raises Refused.

    A colleague's place stays theirs, and who waited before waits on.
    """
    with transitions.locked_registration(registration) as registration:
        act, at = act.begin()
        _may_answer(registration, act, at)
        if registration.is_asked_to_take_over:
            _leave_with_giver(registration, Status.DECLINED, act, Occasion.SUBSTITUTE_DECLINED)
        else:
            transitions.end(registration, Status.DECLINED, act, occasion=Occasion.OFFER_DECLINED)
        transitions.fill(registration.run, at)
        # Who waits again may have a place by now.
        registration.refresh_from_db(fields=["status", "status_changed_at", "held_until", "called_at"])
    return registration


def claim_place(registration: Registration, act: Act) -> Registration:
    """Shortly before the start: take a free place that was offered to everybody waiting. The first to claim it gets it.

    Raises Refused to everybody else; they keep waiting.
    """
    with transitions.locked_registration(registration) as registration:
        act, at = act.begin()
        _only_the_person(registration, act)
        if obstacle := obstacle_to_claiming(registration, at):
            raise Refused(obstacle)
        transitions.give_place(registration, act, occasion=Occasion.CLAIMED)
    return registration


def obstacle_to_claiming(registration: Registration, at: dt.datetime | None = None) -> Reason | None:
    """Why the person cannot take a place with one click now; None if they can."""
    at = at or timezone.now()
    run = registration.run
    if not registration.is_waiting or registration.called_at is None:
        return Reason("not_called", _("Für Sie ist zurzeit kein Platz frei."))
    if run.is_cancelled or run.promotion(at) == CourseRun.Promotion.NEVER:
        return Reason("started", _("Dieser Termin hat bereits begonnen oder ist abgesagt."))
    if allocation.situation_of(run, at).obstacle(registration.agency_id) is not None:
        return Reason("taken", _("Jemand war schneller: Der Platz ist schon vergeben. Sie warten weiter."))
    return None


def remind(registration: Registration, *, at: dt.datetime) -> None:
    """Remind once of an open offer when a quarter of the time is left, at most a day. The caller holds the lock."""
    for kind, until in reminders_due(registration, at):
        if not registration.messages.filter(kind=kind, details__until=until).exists():
            mails.tell(Occasion.OFFER_DUE, registration, details={"until": until})


def reminders_due(registration: Registration, at: dt.datetime) -> list[tuple[str, str]]:
    """By the time that has passed, whether it was sent or not: the kind of the mail, and of which offer."""
    until = registration.held_until
    if until is None or at < until - min((until - registration.status_changed_at) / 4, LAST_DAY):
        return []
    return [(mails.kind(Occasion.OFFER_DUE, Who.PARTICIPANT), until.isoformat())]


def lapse(registration: Registration, *, at: dt.datetime) -> None:
    """End an offer that was not answered in time, and with the second one of a run the wait.

    The caller holds the lock, and fills; whoever waits on is passed over for this place.
    """
    over = automatic(at, _("Das Angebot wurde nicht angenommen."))
    if registration.is_asked_to_take_over:
        _leave_with_giver(registration, Status.EXPIRED, over, Occasion.SUBSTITUTE_SILENT)
        return
    registration.unanswered_offers += 1
    if registration.unanswered_offers < MOST_UNANSWERED and not registration.run.has_started(at):
        transitions.back_to_queue(registration, over, occasion=Occasion.OFFER_PASSED)
    else:
        transitions.end(registration, Status.EXPIRED, over, occasion=Occasion.OFFER_LAPSED)


def _leave_with_giver(registration: Registration, to: Status, act: Act, occasion: Occasion) -> None:
    act, at = act.begin()
    if transitions.has_waited(registration) and not registration.run.has_started(at):
        transitions.back_to_queue(registration, act, occasion=occasion)
    else:
        transitions.end(registration, to, act, occasion=occasion)


def _may_answer(registration: Registration, act: Act, at: dt.datetime) -> None:
    _only_the_person(registration, act)
    if not registration.is_offered:
        raise Refused(Reason("no_offer", _("Dieses Angebot ist bereits beantwortet.")))
    if registration.run.has_started(at) or registration.has_run_out(at):
        raise Refused(Reason("lapsed", _("Dieses Angebot ist abgelaufen.")))


def _only_the_person(registration: Registration, act: Act) -> None:
    if act.user.pk != registration.person_id:
        raise Refused(Reason("not_yours", _("Das kann nur die angemeldete Person.")))
