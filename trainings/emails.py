"""What does each mail say? One function per message; text and HTML out, nothing is sent here.

Subjects name the training, never a person. Dates, place and status are those of the moment of sending.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from trainings.dates import date_long, session_when
from trainings.models import CourseRun, Message, Registration

OTHER_RUNS = 5


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


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
    context = {**_facts(registration), **more}
    subject = render_to_string(f"emails/{name}_subject.txt", context)
    text = render_to_string(f"emails/{name}.txt", context)
    html = render_to_string(f"emails/{name}.html", context)
    return Mail(
        subject=re.sub(r"\s+", " ", subject).strip()[:200],
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        html=html,
    )


def _facts(registration: Registration) -> dict[str, Any]:
    run = registration.run
    return {
        "site_name": settings.SITE_NAME,
        "operator_name": settings.OPERATOR_NAME,
        "operator_unit": settings.OPERATOR_UNIT,
        "contact_email": settings.CONTACT_EMAIL,
        "contact_phone": settings.CONTACT_PHONE,
        "registration": registration,
        "person": registration.person,
        "run": run,
        "course": run.course,
        "title": run.course.display_title,
        "sessions": [(session_when(session), session.room) for session in run.sessions_taking_place],
        "venue": run.venue,
        # The link lets people in: only who has a place gets it.
        "online_link": run.online_link if registration.is_confirmed and not run.is_cancelled else "",
        "position": registration.position,
        "leave_until": _leave_until(registration),
        "funding": run.funding,
        "course_url": _absolute(run.get_absolute_url()),
        "registrations_url": _absolute(reverse("trainings:my_registrations")),
        "certificates_url": _absolute(reverse("certificates:list")),
        "calendar_url": _absolute(reverse("trainings:calendar")),
        "catalogue_url": _absolute(reverse("trainings:catalogue")),
        "privacy_url": _absolute(reverse("privacy")),
    }


def _leave_until(registration: Registration) -> str:
    """The last day to cancel oneself, in words; empty once only the coordinator can, or without dates."""
    run = registration.run
    if not registration.can_be_cancelled() or run.starts_at is None:
        return ""
    return date_long(run.cancellation_closes_on or timezone.localdate(run.starts_at))


def _other_runs(registration: Registration) -> Sequence[tuple[CourseRun, str, str]]:
    """The next runs of the course the person may see: run, first session in words, address of its page."""
    runs = (
        registration.run.course.runs.published()  # type: ignore[attr-defined]
        .taking_place()
        .upcoming()
        .visible_to(registration.person)
        .exclude(pk=registration.run_id)
        .for_lists()[:OTHER_RUNS]
    )
    return [(run, date_long(timezone.localdate(run.starts_at)), _absolute(run.get_absolute_url())) for run in runs]


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
