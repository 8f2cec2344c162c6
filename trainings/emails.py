"""What does each mail say? One function per message; text and HTML out, nothing is sent here.

Subjects name the training, never a person. Dates, place and status are those of the moment of sending.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from accounts.emblem import emblem_context
from trainings import links
from trainings.dates import date_long, run_when, session_when, time_of_day
from trainings.models import CourseRun, Message, Registration

OTHER_RUNS = 5


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Fact:
    label: str
    value: str
    is_link: bool = False


@dataclass(frozen=True)
class OtherRun:
    """Another chance: when, where, places free in words, address of its page."""

    day: str
    place: str
    availability: str
    url: str


def compose(message: Message) -> Mail:
    """The mail in the recipient's language."""
    with override(message.language):
        return COMPOSERS[message.kind](message)


def _plain(message: Message) -> Mail:
    """The mail whose templates bear the name of its kind."""
    return _mail(message.kind, message)


def with_other_runs(message: Message) -> Mail:
    """The place is gone or never came: where else the person could go."""
    return _mail(message.kind, message, other_runs=_other_runs(message))


def with_answer_link(message: Message) -> Mail:
    """An offer, answered by a link without signing in."""
    return _mail(message.kind, message, offer_url=links.url("offer", _registration(message)))


def to_decider(message: Message) -> Mail:
    """A supervisor or the agency's contact decides by a link without an account."""
    return _mail(message.kind, message, approval_url=links.url("approval", _registration(message), message.address))


COMPOSERS: dict[str, Callable[[Message], Mail]] = {
    Message.Kind.REGISTERED: _plain,
    Message.Kind.REQUESTED: _plain,
    Message.Kind.WAITLISTED: _plain,
    Message.Kind.PROMOTED: _plain,
    Message.Kind.OFFERED: with_answer_link,
    Message.Kind.CALLED: with_answer_link,
    Message.Kind.OFFER_DECLINED: with_other_runs,
    Message.Kind.OFFER_EXPIRED: with_other_runs,
    Message.Kind.APPROVAL_ASKED: to_decider,
    Message.Kind.APPROVAL_REMINDER: to_decider,
    Message.Kind.APPROVAL_PASSED_ON: to_decider,
    Message.Kind.APPROVAL_DECLINED: with_other_runs,
    Message.Kind.APPROVAL_EXPIRED: with_other_runs,
    Message.Kind.SUPERVISOR_INFORMED: _plain,
    Message.Kind.SUPERVISOR_CANCELLED: _plain,
    Message.Kind.SUBSTITUTED: _plain,
    Message.Kind.SUBSTITUTE: _plain,
    Message.Kind.MOVED: _plain,
    Message.Kind.CANCELLED: _plain,
    Message.Kind.SESSION_MOVED: _plain,
    Message.Kind.RUN_CANCELLED: with_other_runs,
    Message.Kind.WAIT_ENDED: with_other_runs,
    Message.Kind.INVITED: _plain,
    Message.Kind.NAMES_WANTED: _plain,
    Message.Kind.CERTIFICATE_READY: _plain,
}


def _registration(message: Message) -> Registration:
    if message.registration is None:
        raise ValueError(f"A message of kind {message.kind} tells of a registration.")
    return message.registration


def _mail(name: str, message: Message, **more: Any) -> Mail:
    """Render ``templates/emails/<name>{_subject.txt,.txt,.html}`` with the facts every mail states."""
    context = {**_context(message), **more}
    subject = render_to_string(f"emails/{name}_subject.txt", context)
    text = render_to_string(f"emails/{name}.txt", context)
    html = render_to_string(f"emails/{name}.html", context)
    return Mail(
        subject=re.sub(r"\s+", " ", subject).strip()[:200],
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        html=html,
    )


def _context(message: Message) -> dict[str, Any]:
    run, registration = message.about, message.registration
    return {
        **emblem_context(),
        "site_name": settings.SITE_NAME,
        "operator_name": settings.OPERATOR_NAME,
        "operator_unit": settings.OPERATOR_UNIT,
        "contact_email": settings.CONTACT_EMAIL,
        "contact_phone": settings.CONTACT_PHONE,
        "message": message,
        "registration": registration,
        "person": registration.person if registration else message.recipient,
        "run": run,
        "title": run.course.display_title,
        "facts": facts(registration) if registration else run_facts(run),
        "leave_until": _leave_until(registration) if registration else "",
        "cancel_url": links.url("cancel", registration) if registration and registration.is_active else "",
        "funding": run.funding,
        "course_url": _absolute(run.get_absolute_url()),
        "registrations_url": _absolute(reverse("trainings:my_registrations")),
        "certificates_url": _absolute(reverse("certificates:list")),
        "calendar_url": _absolute(reverse("trainings:calendar")),
        "catalogue_url": _absolute(reverse("trainings:catalogue")),
        "privacy_url": _absolute(reverse("privacy")),
    }


def facts(registration: Registration) -> list[Fact]:
    """What every mail states: training, run, each session, place, link, status, position in the queue, notes, page."""
    run = registration.run
    rows = _times_and_place(run)
    # The link lets people in: only who has a place gets it.
    if run.online_link and registration.is_confirmed and not run.is_cancelled:
        rows.append(Fact(_("Zugangslink"), run.online_link, is_link=True))
    rows.append(Fact(_("Status"), _status(registration)))
    if registration.held_until:
        rows.append(Fact(_("Platz gehalten bis"), _until(registration.held_until)))
    if run.is_cancelled and run.cancellation_reason:
        rows.append(Fact(_("Grund"), run.cancellation_reason))
    if position := registration.position:
        rows.append(Fact(_("Ihr Platz auf der Warteliste"), str(position)))
    if run.display_notes and registration.is_active and not run.is_cancelled:
        rows.append(Fact(_("Hinweise"), run.display_notes))
    rows.append(Fact(_("Mehr zur Schulung"), _absolute(run.get_absolute_url()), is_link=True))
    return rows


def run_facts(run: CourseRun) -> list[Fact]:
    """What is said of a run to somebody who is not registered for it."""
    return [*_times_and_place(run), Fact(_("Mehr zur Schulung"), _absolute(run.get_absolute_url()), is_link=True)]


def _times_and_place(run: CourseRun) -> list[Fact]:
    sessions = run.sessions_taking_place
    time = _("Zeit") if len(sessions) == 1 else _("%(number)d. Sitzung")
    rows = [Fact(_("Schulung"), run.course.display_title), Fact(pgettext("number", "Termin"), run.number)]
    for number, session in enumerate(sessions, start=1):
        rows.append(Fact(time.replace("%(number)d", str(number)), _joined(session_when(session), session.room)))
    return [*rows, Fact(_("Ort"), _place(run))]


def _until(at: dt.datetime) -> str:
    return f"{date_long(at)}, {time_of_day(at)}"


def _place(run: CourseRun) -> str:
    if run.venue is None:
        return run.place
    return f"{run.venue.address} / {_('online')}" if run.format == CourseRun.Format.HYBRID else run.venue.address


def _status(registration: Registration) -> str:
    return _("Termin abgesagt") if registration.run.is_cancelled else registration.get_status_display()


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _leave_until(registration: Registration) -> str:
    """Until when people may cancel themselves, to follow „bis“; empty once only the coordinator can."""
    if not registration.can_be_cancelled():
        return ""
    last_day = registration.run.cancellation_closes_on
    return date_long(last_day) if last_day else _("zum Beginn")


def _other_runs(message: Message) -> list[OtherRun]:
    """The next runs of the course that the person may see."""
    registration = _registration(message)
    runs = (
        CourseRun.objects.filter(course=registration.run.course_id)
        .exclude(pk=registration.run_id)
        .published()
        .taking_place()
        .upcoming()
        .visible_to(registration.person)
        .for_lists()
    )[:OTHER_RUNS]
    return [
        OtherRun(run_when(run), run.place, run.availability().label, _absolute(run.get_absolute_url())) for run in runs
    ]


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
