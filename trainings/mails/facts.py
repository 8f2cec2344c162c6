"""Which facts does a mail state of a run and of a registration: labels and values in the active language.

They are those of the moment of sending.
"""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Agency, TargetGroup
from trainings.dates import date_long, moment, run_days, session_when
from trainings.models import Course, CourseRun, HeldPlace, Message, Registration, Session, in_active_language

END_OF_DAY = dt.timedelta(seconds=1)  # a deadline at midnight belongs to the day before


@dataclass(frozen=True)
class Fact:
    label: str
    value: str
    is_link: bool = False


def of_registration(registration: Registration) -> list[Fact]:
    """What every mail states: training, run, each session, place, link, status, position in the queue, notes, page."""
    run = registration.run
    rows = times_and_place(run)
    is_to_come = not run.is_cancelled and not run.is_finished()
    # The link lets people in, so only people with a place get it.
    if run.online_link and registration.is_confirmed and is_to_come:
        rows.append(Fact(_("Zugangslink"), run.online_link, is_link=True))
    rows += _standing(registration)
    if position := registration.position:
        rows.append(Fact(_("Ihr Platz auf der Warteliste"), str(position)))
        if on_hold := _on_hold(run):
            rows.append(Fact(_("Noch nicht endgültig vergeben"), on_hold))
    if run.display_notes and registration.is_active and is_to_come:
        rows.append(Fact(_("Hinweise"), run.display_notes))
    rows.append(page(run))
    return rows


def for_supervisors(registration: Registration) -> list[Fact]:
    """Who is registered for what. Without the link of an online run or anything else meant for participants."""
    rows = [
        Fact(_("Angemeldete Person"), registration.person.display_name),
        Fact(_("Behörde / Einrichtung"), registration.agency_of_day),
        Fact(_("Gruppe"), registration.get_group_display()),
    ]
    rows = [row for row in rows if row.value]
    return [*rows, *times_and_place(registration.run), *_standing(registration), page(registration.run)]


def of_run(run: CourseRun) -> list[Fact]:
    """The facts about a run for somebody not registered for it."""
    return [*times_and_place(run), page(run)]


def of_refresher(registration: Registration, due_on: str) -> list[Fact]:
    """Of the run that was attended only when it was: what matters is to come."""
    return [
        Fact(_("Schulung"), registration.run.course.display_title),
        Fact(_("Zuletzt besucht"), run_days(registration.run)),
        Fact(_("Auffrischung fällig am"), due_on),
        page_of_course(registration.run.course),
    ]


def of_cancelled_run(run: CourseRun) -> list[Fact]:
    return [
        *times_and_place(run, with_number=True),
        Fact(_("Grund"), in_active_language(run.cancellation_reason, "")),
        page(run),
    ]


def for_trainers(run: CourseRun) -> list[Fact]:
    """What trainers need to know about the run, with the access link."""
    rows = times_and_place(run, with_number=True)
    if run.online_link and not run.is_cancelled:
        rows.append(Fact(_("Zugangslink"), run.online_link, is_link=True))
    if run.is_cancelled:
        rows.append(Fact(_("Grund"), in_active_language(run.cancellation_reason, "")))
    return [*rows, page(run)]


def of_day(run: CourseRun, sessions: list[Session]) -> list[Fact]:
    """What trainers need to know about a day's sessions: how many people are expected, by group, without names."""
    confirmed = list(Registration.objects.confirmed().filter(run=run).values_list("group", flat=True))
    groups = [f"{group.label}: {confirmed.count(group.value)}" for group in TargetGroup if group.value in confirmed]
    rows = [
        Fact(_("Schulung"), run.course.display_title),
        Fact(pgettext("number", "Termin"), run.number),
        *(Fact(_("Zeit"), joined(session_when(one), one.room)) for one in sessions),
        Fact(_("Ort"), place(run)),
        Fact(_("Angemeldet"), f"{len(confirmed)} ({joined(*groups)})" if groups else "0"),
        Fact(_("Warteliste"), str(Registration.objects.waitlisted().filter(run=run).count())),
        Fact(_("Zugangslink"), run.online_link, is_link=True),
        Fact(_("Hinweise"), run.display_notes),
        Fact(_("Mitbringen oder vorher lesen"), run.display_preparation),
        Fact(_("Nach der Schulung"), run.display_follow_up),
    ]
    return [row for row in rows if row.value]


def times_and_place(run: CourseRun, *, with_number: bool = False) -> list[Fact]:
    """``with_number``: for those who work with it; others know a run by its training and its days."""
    sessions = run.sessions_taking_place
    time = _("Zeit") if len(sessions) == 1 else _("%(number)d. Sitzung")
    rows = [Fact(_("Schulung"), run.course.display_title)]
    if with_number:
        rows.append(Fact(pgettext("number", "Termin"), run.number))
    for number, session in enumerate(sessions, start=1):
        rows.append(Fact(time.replace("%(number)d", str(number)), joined(session_when(session), session.room)))
    return [*rows, Fact(_("Ort"), place(run))]


def page(run: CourseRun) -> Fact:
    return Fact(_("Mehr zur Schulung"), absolute(run.get_absolute_url()), is_link=True)


def page_of_course(course: Course) -> Fact:
    return Fact(_("Mehr zur Schulung"), absolute(course.get_absolute_url()), is_link=True)


def place(run: CourseRun) -> str:
    if run.venue is None:
        return run.place
    return f"{run.venue.address} / {_('online')}" if run.format == CourseRun.Format.HYBRID else run.venue.address


def joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def agency_of_appointment(message: Message) -> Agency | None:
    """Whom the recipient was appointed to speak for; of mails queued before there were several, their own."""
    key = message.details.get("agency")
    own = message.recipient.agency if message.recipient else None
    return Agency.objects.filter(pk=key).first() if key else own


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def _standing(registration: Registration) -> list[Fact]:
    """Status, until when a place is held, and why there is none."""
    run = registration.run
    rows = [Fact(_("Status"), _status(registration))]
    if registration.held_until and not registration.is_for_coordinator:  # which never lapses before the start
        rows.append(Fact(_("Platz gehalten bis"), moment(registration.held_until)))
    reason = run.cancellation_reason if run.is_cancelled else _reason_of_supervisor(registration)
    if reason:
        rows.append(Fact(_("Grund"), in_active_language(reason, "")))
    return rows


def _reason_of_supervisor(registration: Registration) -> str:
    """Why the approval was declined; empty if it was not."""
    if registration.status != Registration.Status.DECLINED:
        return ""
    last = registration.events.last()
    return last.reason if last is not None and last.from_status == Registration.Status.REQUESTED else ""


def _status(registration: Registration) -> str:
    return _("Termin abgesagt") if registration.run.is_cancelled else registration.get_status_display()


def _on_hold(run: CourseRun) -> str:
    """How many places are held for a while, for approvals, offers or people to be named, and for how long."""
    held = Registration.objects.holding_a_place().filter(run=run)
    days = [timezone.localdate(until - END_OF_DAY) for until in held.values_list("held_until", flat=True) if until]
    days += HeldPlace.objects.open().filter(run=run).values_list("name_by", flat=True)
    if not days:
        return ""
    text = ngettext("%(number)d Platz, längstens bis %(day)s", "%(number)d Plätze, längstens bis %(day)s", len(days))
    return text % {"number": len(days), "day": date_long(max(days))}
