"""What does each mail say? One function per message; text and HTML out, nothing is sent here.

Subjects name the training, never a person. Dates, place and status are those of the moment of sending.
"""

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
from trainings.dates import date_long, run_when, session_when
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
    with override(message.recipient.language):
        return COMPOSERS[message.kind](message.registration)


def registered(registration: Registration) -> Mail:
    return _mail("registered", registration)


def waitlisted(registration: Registration) -> Mail:
    return _mail("waitlisted", registration)


def promoted(registration: Registration) -> Mail:
    return _mail("promoted", registration)


def cancelled(registration: Registration) -> Mail:
    return _mail("cancelled", registration)


def run_cancelled(registration: Registration) -> Mail:
    return _mail("run_cancelled", registration, other_runs=_other_runs(registration))


def wait_ended(registration: Registration) -> Mail:
    return _mail("wait_ended", registration, other_runs=_other_runs(registration))


def certificate_ready(registration: Registration) -> Mail:
    return _mail("certificate_ready", registration)


COMPOSERS: dict[str, Callable[[Registration], Mail]] = {
    Message.Kind.REGISTERED: registered,
    Message.Kind.WAITLISTED: waitlisted,
    Message.Kind.PROMOTED: promoted,
    Message.Kind.CANCELLED: cancelled,
    Message.Kind.RUN_CANCELLED: run_cancelled,
    Message.Kind.WAIT_ENDED: wait_ended,
    Message.Kind.CERTIFICATE_READY: certificate_ready,
}


def _mail(name: str, registration: Registration, **more: Any) -> Mail:
    """Render ``templates/emails/<name>{_subject.txt,.txt,.html}`` with the facts every mail states."""
    context = {**_context(registration), **more}
    subject = render_to_string(f"emails/{name}_subject.txt", context)
    text = render_to_string(f"emails/{name}.txt", context)
    html = render_to_string(f"emails/{name}.html", context)
    return Mail(
        subject=re.sub(r"\s+", " ", subject).strip()[:200],
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        html=html,
    )


def _context(registration: Registration) -> dict[str, Any]:
    run = registration.run
    return {
        **emblem_context(),
        "site_name": settings.SITE_NAME,
        "operator_name": settings.OPERATOR_NAME,
        "operator_unit": settings.OPERATOR_UNIT,
        "contact_email": settings.CONTACT_EMAIL,
        "contact_phone": settings.CONTACT_PHONE,
        "person": registration.person,
        "run": run,
        "title": run.course.display_title,
        "facts": facts(registration),
        "leave_until": _leave_until(registration),
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
    sessions = run.sessions_taking_place
    time = _("Zeit") if len(sessions) == 1 else _("%(number)d. Sitzung")
    rows = [Fact(_("Schulung"), run.course.display_title), Fact(pgettext("number", "Termin"), run.number)]
    for number, session in enumerate(sessions, start=1):
        rows.append(Fact(time.replace("%(number)d", str(number)), _joined(session_when(session), session.room)))
    rows.append(Fact(_("Ort"), _place(run)))
    # The link lets people in: only who has a place gets it.
    if run.online_link and registration.is_confirmed and not run.is_cancelled:
        rows.append(Fact(_("Zugangslink"), run.online_link, is_link=True))
    rows.append(Fact(_("Status"), _status(registration)))
    if run.is_cancelled and run.cancellation_reason:
        rows.append(Fact(_("Grund"), run.cancellation_reason))
    if position := registration.position:
        rows.append(Fact(_("Ihr Platz auf der Warteliste"), str(position)))
    if run.display_notes and registration.is_active and not run.is_cancelled:
        rows.append(Fact(_("Hinweise"), run.display_notes))
    rows.append(Fact(_("Mehr zur Schulung"), _absolute(run.get_absolute_url()), is_link=True))
    return rows


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


def _other_runs(registration: Registration) -> list[OtherRun]:
    """The next runs of the course that the person may see."""
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
