"""A supervisor decides, by a link and without an account: approve, decline, or hand over to a deputy.

The place is held meanwhile. Of the working days the run allows, a reminder goes out after half, the agency's contacts
are asked a day before the end, and then the request lapses (``deadlines``). A coordinator may decide at any time, and
decides where no supervisor is named: then nothing lapses before the start.
"""

import datetime as dt
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.addresses import is_same_person, normalised
from trainings import mails, working_days
from trainings.acts import Act, Channel, automatic
from trainings.booking import transitions
from trainings.booking.registering import speaks_for_agency_of
from trainings.booking.supervisors import deciding_contacts, must_be_somebody_else, unfit_supervisor
from trainings.booking.transitions import Status
from trainings.mails import Occasion, Who
from trainings.models import Registration
from trainings.refusals import Reason, Refused

TO_SUPERVISOR = (Occasion.REQUEST_DUE, Who.SUPERVISOR)
TO_CONTACTS = (Occasion.REQUEST_OVERDUE, Who.CONTACT)


def decider(link: mails.Link) -> str:
    """The address of the link's addressee, if the request is (still) theirs; else empty."""
    registration = link.registration
    addresses = [registration.supervisor_email]
    if _already(*TO_CONTACTS, registration):
        addresses += [contact.email for contact in deciding_contacts(registration)]
    asked = (email for email in addresses if email and mails.addressee(email) == link.sent_to)
    return next((email for email in asked if not registration.person.reads(email)), "")


def approve(registration: Registration, act: Act) -> Registration:
    """Confirm the place. Raises Refused."""
    with transitions.locked_registration(registration) as registration:
        act, at = act.begin()
        act = replace(act, channel=_may_decide(registration, act, at))
        by_supervisor = _is_supervisor(registration, act.by_email)
        occasion = Occasion.APPROVED_BY_LINK if by_supervisor else Occasion.APPROVED
        transitions.give_place(registration, act, occasion=occasion, approved=True)
    return registration


def decline_request(registration: Registration, act: Act) -> Registration:
    """Decline; the next in the queue gets the place. The person is told the reason. Raises Refused."""
    with transitions.locked_registration(registration) as registration:
        act, at = act.begin()
        act = replace(act, channel=_may_decide(registration, act, at))
        if not act.has_reason:
            raise Refused(Reason("no_reason", _("Bitte nennen Sie den Grund; die angemeldete Person erfährt ihn.")))
        by_supervisor = _is_supervisor(registration, act.by_email)
        occasion = Occasion.REFUSED_BY_LINK if by_supervisor else Occasion.REFUSED
        transitions.end(registration, Status.DECLINED, act, occasion=occasion)
        transitions.fill(registration.run, at)
    return registration


def lose_supervisor(email: str, act: Act) -> list[Registration]:
    """Whoever has this address decides no more: open requests become the coordinator's task. Returns them."""
    act, _at = act.begin()
    lost = []
    for asked in Registration.objects.filter(status=Status.REQUESTED, supervisor_email=email).order_by("run", "pk"):
        with transitions.locked_registration(asked) as registration:
            if registration.is_requested and registration.supervisor_email == email:
                registration.supervisor_email = ""
                registration.save(update_fields=["supervisor_email"])
                gone = _("Die vorgesetzte Person hat kein Konto mehr.")
                transitions.note(registration, replace(act, by=None, channel=Channel.AUTOMATIC, reason=gone))
                lost.append(registration)
    return lost


def hand_over(registration: Registration, email: str, act: Act) -> Registration:
    """Let somebody else decide; the old link ends, the deadline stays. The address must be one of the agency's.

    Raises Refused.
    """
    email = normalised(email)
    with transitions.locked_registration(registration) as registration:
        act, at = act.begin()
        act = replace(act, reason=_("Übergeben an %(email)s") % {"email": email})
        act = replace(act, channel=_may_decide(registration, act, at))
        if unfit := unfit_supervisor(registration.person, email):
            raise Refused(unfit)
        if email == registration.supervisor_email:
            raise Refused(Reason("same_supervisor", _("An diese Adresse ist die Anfrage bereits gegangen.")))
        registration.supervisor_email = email
        registration.save(update_fields=["supervisor_email"])
        transitions.note(registration, act)
        mails.tell_address(Occasion.REQUEST_HANDED_OVER, Who.SUPERVISOR, registration, email)
    return registration


def change_supervisor(registration: Registration, email: str, act: Act) -> Registration:
    """The person had given a wrong address: the right one is asked, the old link ends, the deadline stays.

    Raises Refused, also for an address of the person's own.
    """
    email = normalised(email)
    with transitions.locked_registration(registration) as registration:
        act, at = act.begin()
        if act.by is None or act.by.pk != registration.person_id:
            raise Refused(Reason("not_yours", _("Das ändert nur die Person selbst.")))
        if not registration.is_requested:
            raise Refused(Reason("decided", _("Über diese Anfrage ist bereits entschieden.")))
        if registration.run.has_started(at) or registration.has_run_out(at):
            raise Refused(Reason("lapsed", _("Die Frist für diese Anfrage ist abgelaufen.")))
        if is_same_person(registration.person.email, email):
            text = _("Bitte geben Sie die Adresse Ihrer vorgesetzten Person an, nicht Ihre eigene.")
            raise Refused(Reason("supervisor", text, "supervisor_email"))
        if unfit := unfit_supervisor(registration.person, email):
            raise Refused(unfit)
        if email == registration.supervisor_email:
            text = _("An diese Adresse ist die Anfrage bereits gegangen.")
            raise Refused(Reason("same_supervisor", text, "supervisor_email"))
        registration.supervisor_email = email
        registration.save(update_fields=["supervisor_email"])
        transitions.note(registration, replace(act, reason=_("Adresse der vorgesetzten Person geändert")))
        mails.tell_address(Occasion.REQUEST_HANDED_OVER, Who.SUPERVISOR, registration, email)
    return registration


def lapse(registration: Registration, *, at: dt.datetime) -> None:
    """End a request nobody decided in time. The caller holds the lock, and fills.

    One that is a coordinator's to decide does not end: the place stays held until the start, and the desk has the task.
    """
    starts_at = registration.run.starts_at
    if registration.is_for_coordinator and starts_at is not None and starts_at > at:
        text = _("Die Frist für die Freigabe ist um. Der Platz bleibt gehalten, bis die Koordination entscheidet.")
        transitions.hold_until(registration, starts_at)
        transitions.note(registration, automatic(at, text))
        return
    over = automatic(at, _("Über die Freigabe wurde nicht rechtzeitig entschieden."))
    transitions.end(registration, Status.EXPIRED, over, occasion=Occasion.REQUEST_LAPSED)


def remind(registration: Registration, *, at: dt.datetime) -> None:
    """Remind the supervisor once, later ask the agency's contacts once. The caller holds the lock."""
    for kind, _until in reminders_due(registration, at):
        if kind == mails.kind(*TO_SUPERVISOR):
            _once(*TO_SUPERVISOR, registration, [registration.supervisor_email])
        else:
            _once(*TO_CONTACTS, registration, [contact.email for contact in deciding_contacts(registration)])


def reminders_due(registration: Registration, at: dt.datetime) -> list[tuple[str, str]]:
    """By the time that has passed, whether they were sent or not: the kind of each mail, and nothing that repeats."""
    days = registration.run.approval_days
    if days <= 1:
        return []
    asked = timezone.localdate(registration.status_changed_at)
    due = []
    if at >= working_days.end_of(working_days.after(asked, days // 2)) and registration.supervisor_email:
        due.append((mails.kind(*TO_SUPERVISOR), ""))
    if at >= working_days.end_of(working_days.after(asked, days - 1)):
        due.append((mails.kind(*TO_CONTACTS), ""))
    return due


def _is_supervisor(registration: Registration, email: str) -> bool:
    """Whether that address was asked as the supervisor; a contact who was asked later has a link as well."""
    return bool(email) and email == registration.supervisor_email


def _once(occasion: Occasion, who: Who, registration: Registration, emails: list[str]) -> None:
    if not _already(occasion, who, registration):
        for email in emails:
            mails.tell_address(occasion, who, registration, email)


def _already(occasion: Occasion, who: Who, registration: Registration) -> bool:
    # A registration is requested at most once.
    return registration.messages.filter(kind=mails.kind(occasion, who)).exists()


def _may_decide(registration: Registration, act: Act, at: dt.datetime) -> Channel:
    """Through which channel the decision comes; raises Refused where it is not theirs, or too late."""
    if not registration.is_requested:
        raise Refused(Reason("decided", _("Über diese Anfrage ist bereits entschieden.")))
    is_too_late = registration.has_run_out(at) and not registration.is_for_coordinator
    if registration.run.has_started(at) or is_too_late:
        raise Refused(Reason("lapsed", _("Die Frist für diese Anfrage ist abgelaufen.")))
    must_be_somebody_else(registration, act.by.email if act.by else act.by_email)
    if act.by is None:
        if not act.by_email:
            raise Refused(Reason("not_yours", _("Diese Anfrage ist nicht an Sie gerichtet.")))
        return Channel.LINK
    if act.by.is_coordinator:
        if not act.has_reason:
            raise Refused(Reason("no_reason", _("Bitte nennen Sie den Grund; er wird gespeichert.")))
        return Channel.COORDINATION
    if not speaks_for_agency_of(registration, act.by):
        raise Refused(Reason("not_yours", _("Diese Anfrage ist nicht an Sie gerichtet.")))
    return Channel.WEB
