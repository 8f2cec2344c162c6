"""What does each mail say? Text and HTML from one declaration; nothing is sent here.

Subjects name the training, never a person. Dates, place and status are those of the moment of sending.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.emblem import emblem_context
from trainings import calendars, mail_texts, personal_codes
from trainings.dates import date_long, date_short, moment, run_days, run_when, time_of_day
from trainings.mails import facts, links
from trainings.mails.facts import absolute
from trainings.models import Message, MessageText, Registration, mail_kind
from trainings.printing import qr_picture

CODE_ID = "check-in-code@miko-trainings"  # Content-ID of the picture


@dataclass(frozen=True)
class Mail:
    """``enclosed`` is what goes to the reader's calendar, ``code`` the reader's own, as the HTML shows it: a PNG."""

    subject: str
    text: str
    html: str
    enclosed: calendars.Enclosed | None = None
    code: bytes = b""


def compose(message: Message, language: str = "", words: MessageText | None = None) -> Mail:
    """The mail in the recipient's language, with the words in use unless others are given."""
    kind = mail_kind(message.kind)
    with override(language or message.language):
        context = {**_site(), **_context(message), **kind.context(message)}
        if kind.words:
            current = words or mail_texts.current(kind.name, get_language() or settings.LANGUAGE_CODE)
            context["words"] = mail_texts.filled(current, _values(message, context))
        return _render(kind.template_name, context)


def _render(template: str, context: dict[str, Any]) -> Mail:
    subject = re.sub(r"\s+", " ", context["words"].subject).strip()[:200]
    context |= {"subject": subject}
    code = context.get("personal_code", "")
    if code:
        context |= {"personal_code": personal_codes.grouped(code), "code_cid": CODE_ID}
    text = render_to_string(template, context | {"frame": "emails/_base.txt", "as_text": True})
    return Mail(
        subject=subject,
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        html=render_to_string(template, context | {"frame": "emails/_base.html", "as_text": False}),
        enclosed=context["enclosed"],
        code=qr_picture(personal_codes.in_qr_code(code)) if code else b"",
    )


def _values(message: Message, context: dict[str, Any]) -> dict[str, str]:
    """What the placeholders stand for; empty where there is nothing to say."""
    if message.run_told_of is None:
        return {name: str(context[name]) for name in mail_texts.OF_NO_RUN}
    run, registration = message.about, message.registration
    told = ("title", "name", "contact_email", "contact_phone", "held_until", "leave_until", "closes_on")
    return {
        **{name: context[name] for name in told},
        "number": run.number,
        "days": run_days(run),
        "dates": run_when(run),
        "place": facts.place(run),
        "agency": registration.agency_of_day if registration else "",
        "registered_at": _registered_at(registration) if registration else "",
        "day": context.get("day", ""),
        "due_on": context.get("due_on", ""),
        "substitute": context.get("substitute_name", ""),
    }


def _site() -> dict[str, Any]:
    """What mails say about their sender."""
    return {
        **emblem_context(),
        "site_name": settings.SITE_NAME,
        "operator_name": settings.OPERATOR_NAME,
        "operator_unit": settings.OPERATOR_UNIT,
        "contact_email": settings.CONTACT_EMAIL,
        "contact_phone": settings.CONTACT_PHONE,
        "privacy_url": absolute(reverse("privacy")),
    }


def _context(message: Message) -> dict[str, Any]:
    """What every mail states; less for one about no single run."""
    reader = {"greeted": message.recipient}  # nobody if the mail goes to somebody without an account
    run, registration = message.run_told_of, message.registration
    if run is None:
        return {**reader, "facts": [], "funding": None, "enclosed": None, "has_place": False}
    return {
        **reader,
        "registration": registration,
        "name": registration.person.display_name if registration else "",
        "run": run,
        "title": run.course.display_title,
        "facts": facts.of_registration(registration) if registration else facts.of_run(run),
        "held_until": moment(registration.held_until) if registration and registration.held_until else "",
        "closes_on": date_long(run.registration_closes_on) if run.registration_closes_on else "",
        "leave_until": _leave_until(registration) if registration else "",
        "cancel_url": links.link_url("cancel", registration) if registration and registration.is_active else "",
        "move_url": _move_url(registration) if registration else "",
        "funding": run.funding,
        "course_url": absolute(run.get_absolute_url()),
        "registrations_url": absolute(reverse("trainings:my_registrations")),
        "calendar_url": absolute(reverse("trainings:calendar")),
        "catalogue_url": absolute(reverse("trainings:catalogue")),
        "enclosed": calendars.enclosed(message),
        "has_place": False,
    }


def _move_url(registration: Registration) -> str:
    """Where the person moves to another run by themselves; empty where only the coordinator can, or nothing is held."""
    if not registration.may_be_moved():
        return ""
    return absolute(reverse("trainings:registration", args=[registration.pk])) + "#umbuchen"


def _registered_at(registration: Registration) -> str:
    """Tells the requests one supervisor gets apart, without a name; those of the same minute by their number."""
    at = registration.registered_at
    text = f"{date_short(at)}, {time_of_day(at)}"
    if not registration.is_requested or not registration.supervisor_email:
        return text
    minute = at.replace(second=0, microsecond=0)
    same = Registration.objects.filter(
        run=registration.run_id,
        supervisor_email=registration.supervisor_email,
        registered_at__gte=minute,
        registered_at__lt=minute + dt.timedelta(minutes=1),
        pk__lt=registration.pk,
    )
    earlier = same.count()
    return f"{text} ({earlier + 1})" if earlier else text


def _leave_until(registration: Registration) -> str:
    """Until when people may cancel themselves, to follow „bis“; empty once only the coordinator can."""
    if not registration.can_be_cancelled():
        return ""
    last_day = registration.run.cancellation_closes_on
    return date_long(last_day) if last_day else _("zum Beginn")
