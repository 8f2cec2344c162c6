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
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.emblem import emblem_context
from trainings import calendars, catalogue, mail_texts
from trainings.dates import date_long, date_short, moment, run_when, session_when, when
from trainings.mail_texts import as_html
from trainings.mails import digest, facts, links, unsubscribing
from trainings.mails.facts import absolute
from trainings.models import CourseRun, HeldPlace, Message, MessageText, Registration

OTHER_RUNS = 5


@dataclass(frozen=True)
class Mail:
    """``enclosed`` is what goes to the reader's calendar."""

    subject: str
    text: str
    html: str
    enclosed: calendars.Enclosed | None = None


@dataclass(frozen=True)
class OtherRun:
    """Another chance: when, where, places free in words, address of its page."""

    day: str
    place: str
    availability: str
    url: str


@dataclass(frozen=True)
class Change:
    """What became of a session, in words; ``new`` is empty if it does not take place."""

    old: str
    new: str


def compose(message: Message, language: str = "") -> Mail:
    """The mail in the recipient's language, unless another one is asked for."""
    with override(language or message.language):
        return COMPOSERS[message.kind](message)


def plain(message: Message) -> Mail:
    """The mail whose templates bear the name of its kind."""
    return _mail(message)


def with_place(message: Message) -> Mail:
    """The place is sure: say how it came about, and what ended for it."""
    registration = _registration(message)
    return _mail(message, has_place=True, approved=_was_approved(registration), ended_runs=_ended_for(registration))


def on_the_way(message: Message) -> Mail:
    """No place yet, or not a sure one: what is kept meanwhile, and how a place reaches those who wait."""
    registration = _registration(message)
    return _mail(message, rules=_rules_of_the_queue(registration.run), kept_run=_kept_run(registration))


def with_other_runs(message: Message) -> Mail:
    """The place is gone or never came: where else the person could go."""
    return _mail(message, other_runs=_other_runs(message), kept_run=_kept_run(_registration(message)))


def with_answer_link(message: Message) -> Mail:
    """An offer, answered by a link without signing in."""
    return _mail(message, offer_url=links.link_url("offer", _registration(message)))


def to_decider(message: Message) -> Mail:
    """A supervisor or the agency's contact decides by a link without an account."""
    registration = _registration(message)
    url = links.link_url("approval", registration, message.address)
    return _mail(message, facts=facts.for_supervisors(registration), approval_url=url)


def to_supervisor(message: Message) -> Mail:
    """The supervisor hears of it and need not do anything."""
    registration = _registration(message)
    substitute = registration.substitutes.select_related("person").order_by("pk").first()
    moved = Registration.objects.confirmed().filter(gives_up=registration).select_related("run__course").first()
    return _mail(
        message,
        facts=facts.for_supervisors(registration),
        substitute_name=substitute.person.display_name if substitute else "",
        moved_to=_run_line(moved.run) if moved else "",
    )


def substituted(message: Message) -> Mail:
    """The place went to a colleague."""
    substitute = _registration(message).substitutes.select_related("person").order_by("pk").first()
    name = substitute.person.display_name if substitute else _("eine Kollegin oder ein Kollege")
    return _mail(message, substitute_name=name)


def walked_in(message: Message) -> Mail:
    """Somebody else has entered the person: they check and complete what is said of them."""
    return _mail(message, profile_url=absolute(reverse("accounts:profile")))


def session_moved(message: Message) -> Mail:
    """Old and new time and room of each session that changed; ``details`` keeps them as they were told."""
    return _mail(message, changes=_changes(message))


def _changes(message: Message) -> list[Change]:
    return [
        Change(_stated(change["old"]), "" if change["cancelled"] else _stated(change["new"]))
        for change in message.details["changes"]
    ]


def calendar_entry(message: Message) -> Mail:
    """For the calendar alone: of the session in ``details``, or of all sessions of the run if none is named."""
    run, wanted = _registration(message).run, message.details.get("session")
    session = next((session for session in run.sessions.all() if session.pk == wanted), None)
    return _mail(
        message,
        session_day=date_short(session.starts_at) if session else "",
        session_when=session_when(session) if session else "",
        profile_url=absolute(reverse("accounts:profile")),
    )


def names_wanted(message: Message) -> Mail:
    """How many places the contact has still to name, and until when the first of them."""
    run = message.about
    places = HeldPlace.objects.open().filter(run=run, taken_by=message.recipient)
    days = list(places.values_list("name_by", flat=True))
    return _mail(
        message,
        number=len(days),
        name_by=date_long(min(days)) if days else "",
        agency_url=absolute(reverse("trainings:agency_run", args=[run.pk])),
    )


def reminder(message: Message) -> Mail:
    """What to bring or read before, beside the facts."""
    preparation = _registration(message).run.display_preparation
    return _mail(message, preparation=preparation, preparation_html=as_html(preparation))


def thanks(message: Message) -> Mail:
    """What follows after the end: materials, and where the certificate is or will be."""
    registration = _registration(message)
    is_ready = registration.messages.filter(kind=Message.Kind.CERTIFICATE_READY).exists()
    follow_up = registration.run.display_follow_up
    return _mail(
        message,
        follow_up=follow_up,
        follow_up_html=as_html(follow_up),
        is_ready=is_ready,
        percent=registration.run.required_attendance_percent,
    )


def to_trainer(message: Message) -> Mail:
    """The run as its trainers have to know it, with the access link and where its lists are."""
    teaching_url = absolute(reverse("trainings:teaching"))
    return _mail(message, facts=facts.for_trainers(message.about), teaching_url=teaching_url)


def to_contact(message: Message) -> Mail:
    """The run for which places were still to be named does not take place."""
    return _mail(message, facts=facts.of_cancelled_run(message.about))


def removed_trainer(message: Message) -> Mail:
    """Somebody else leads the run: only which it was."""
    return _mail(message, facts=facts.times_and_place(message.about))


def trainer_list(message: Message) -> Mail:
    """The day's sessions and how many are expected, by group; names are in the list, not in the mail."""
    run = message.about
    day = dt.date.fromisoformat(message.details["day"])
    sessions = [one for one in run.sessions_taking_place if timezone.localdate(one.starts_at) == day]
    links_of = [
        {
            "when": session_when(one),
            "list": absolute(reverse("trainings:attendance", args=[one.pk])),
            "sheet": absolute(reverse("trainings:session_sheet", args=[one.pk])),
        }
        for one in sessions
    ]
    return _mail(message, day=date_long(day), facts=facts.of_day(run, sessions), sessions=links_of)


def contact_moved(message: Message) -> Mail:
    """As for people registered, and how many places are still to be named."""
    places = HeldPlace.objects.open().filter(run=message.about, taken_by=message.recipient)
    agency_url = absolute(reverse("trainings:agency_run", args=[message.about.pk]))
    return _mail(message, changes=_changes(message), number=places.count(), agency_url=agency_url)


def morning_digest(message: Message) -> Mail:
    """Tells of no single run: what is new since the last one, and what is waiting."""
    since, until = (dt.datetime.fromisoformat(message.details[name]) for name in ["since", "until"])
    day = date_long(dt.date.fromisoformat(message.details["day"]))
    subscription = unsubscribing.of_message(message)
    return _render(
        message.kind,
        {
            **_site(),
            "greeted": message.recipient,
            "facts": [],
            "funding": None,
            "day": day,
            "since": moment(since),
            "sections": digest.sections(since, until),
            "coordination_url": absolute(reverse("trainings:coordination")),
            "unsubscribe_url": unsubscribing.url(subscription) if subscription else "",
        },
    )


def announcement(message: Message) -> Mail:
    """What the coordination has written, before the facts every mail states."""
    written = message.announcement
    if written is None:
        raise ValueError("A message of this kind tells of an announcement.")
    return _mail(message, words=mail_texts.as_written(written.subject, written.text))


def certificate_ended(message: Message) -> Mail:
    """Which certificate no longer holds, why, and which holds instead; ``details`` has the numbers and the reason."""
    return _mail(message, **message.details)


COMPOSERS: dict[str, Callable[[Message], Mail]] = {
    Message.Kind.REGISTERED: with_place,
    Message.Kind.REQUESTED: on_the_way,
    Message.Kind.WAITLISTED: on_the_way,
    Message.Kind.PROMOTED: with_place,
    Message.Kind.OFFERED: with_answer_link,
    Message.Kind.CALLED: with_answer_link,
    Message.Kind.OFFER_DECLINED: with_other_runs,
    Message.Kind.OFFER_EXPIRED: with_other_runs,
    Message.Kind.APPROVAL_ASKED: to_decider,
    Message.Kind.APPROVAL_REMINDER: to_decider,
    Message.Kind.APPROVAL_PASSED_ON: to_decider,
    Message.Kind.APPROVAL_DECLINED: with_other_runs,
    Message.Kind.APPROVAL_EXPIRED: with_other_runs,
    Message.Kind.SUPERVISOR_INFORMED: to_supervisor,
    Message.Kind.SUPERVISOR_CANCELLED: to_supervisor,
    Message.Kind.SUBSTITUTED: substituted,
    Message.Kind.SUBSTITUTE: with_place,
    Message.Kind.MOVED: with_place,
    Message.Kind.CANCELLED: plain,
    Message.Kind.SESSION_MOVED: session_moved,
    Message.Kind.RUN_CANCELLED: with_other_runs,
    Message.Kind.WAIT_ENDED: with_other_runs,
    Message.Kind.WALKED_IN: walked_in,
    Message.Kind.CALENDAR_ENTRY: calendar_entry,
    Message.Kind.INVITED: plain,
    Message.Kind.NAMES_WANTED: names_wanted,
    Message.Kind.REMINDER: reminder,
    Message.Kind.OFFER_REMINDER: with_answer_link,
    Message.Kind.THANKS: thanks,
    Message.Kind.TRAINER_ASSIGNED: to_trainer,
    Message.Kind.TRAINER_REMOVED: removed_trainer,
    Message.Kind.TRAINER_CANCELLED: to_trainer,
    Message.Kind.TRAINER_LIST: trainer_list,
    Message.Kind.CONTACT_CANCELLED: to_contact,
    Message.Kind.CONTACT_MOVED: contact_moved,
    Message.Kind.DIGEST: morning_digest,
    Message.Kind.ANNOUNCEMENT: announcement,
    Message.Kind.CERTIFICATE_READY: plain,
    Message.Kind.CERTIFICATE_REPLACED: certificate_ended,
    Message.Kind.CERTIFICATE_REVOKED: certificate_ended,
}


def _registration(message: Message) -> Registration:
    if message.registration is None:
        raise ValueError(f"A message of kind {message.kind} tells of a registration.")
    return message.registration


def _mail(message: Message, **more: Any) -> Mail:
    """Render ``templates/emails/<kind>{.txt,.html}`` with the facts every mail states and the words of its kind."""
    context = {**_context(message), "enclosed": calendars.enclosed(message), "has_place": False, **more}
    if message.kind in mail_texts.DEFAULTS:
        context["words"] = mail_texts.filled(_words(message), _values(message, context))
    return _render(message.kind, context)


def _render(name: str, context: dict[str, Any]) -> Mail:
    """The words of kinds that nobody may change stand in the templates, the subject in ``<kind>_subject.txt``."""
    words = context.get("words") or mail_texts.Filled(render_to_string(f"emails/{name}_subject.txt", context))
    context |= {"words": words, "subject": re.sub(r"\s+", " ", words.subject).strip()[:200]}
    text = render_to_string(f"emails/{name}.txt", context)
    html = render_to_string(f"emails/{name}.html", context)
    return Mail(
        subject=context["subject"],
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        html=html,
        enclosed=context.get("enclosed"),
    )


def _words(message: Message) -> MessageText:
    """Of the active language."""
    return message.draft or mail_texts.current(message.kind, get_language() or settings.LANGUAGE_CODE)


def _values(message: Message, context: dict[str, Any]) -> dict[str, str]:
    """What the placeholders stand for; empty where there is nothing to say."""
    run, registration = message.about, message.registration
    told = ("title", "name", "contact_email", "contact_phone", "held_until", "leave_until", "closes_on")
    return {
        **{name: context[name] for name in told},
        "number": run.number,
        "dates": run_when(run),
        "place": facts.place(run),
        "agency": registration.agency_of_day if registration else "",
        "day": context.get("day", ""),
        "substitute": context.get("substitute_name", ""),
    }


def _site() -> dict[str, Any]:
    """What mails say of whom they come from."""
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
    run, registration = message.about, message.registration
    return {
        **_site(),
        "message": message,
        "registration": registration,
        "greeted": message.recipient,  # nobody if the mail goes to somebody without an account
        "name": registration.person.display_name if registration else "",
        "run": run,
        "title": run.course.display_title,
        "facts": facts.of_registration(registration) if registration else facts.of_run(run),
        "held_until": moment(registration.held_until) if registration and registration.held_until else "",
        "closes_on": date_long(run.registration_closes_on) if run.registration_closes_on else "",
        "leave_until": _leave_until(registration) if registration else "",
        "cancel_url": links.link_url("cancel", registration) if registration and registration.is_active else "",
        "funding": run.funding,
        "course_url": absolute(run.get_absolute_url()),
        "registrations_url": absolute(reverse("trainings:my_registrations")),
        "certificates_url": absolute(reverse("certificates:list")),
        "calendar_url": absolute(reverse("trainings:calendar")),
        "catalogue_url": absolute(reverse("trainings:catalogue")),
    }


def _was_approved(registration: Registration) -> bool:
    last = registration.events.last()
    return last is not None and last.from_status == Registration.Status.REQUESTED and registration.is_confirmed


def _ended_for(registration: Registration) -> list[str]:
    """The person's other runs of the course that ended in the very moment this place became sure."""
    ended = Registration.objects.filter(
        person=registration.person_id,
        run__course=registration.run.course_id,
        status=Registration.Status.CANCELLED,
        status_changed_at=registration.status_changed_at,
    ).exclude(run=registration.run_id)
    return [_run_line(other.run) for other in ended.select_related("run").prefetch_related("run__sessions")]


def _kept_run(registration: Registration) -> str:
    """The other run that the person would have given up for this place, and has still."""
    old = registration.gives_up
    return _run_line(old.run) if old is not None and old.is_active else ""


def _run_line(run: CourseRun) -> str:
    return f"{run.number}, {run_when(run)}"


def _stated(session: dict[str, str]) -> str:
    """Time and room of a session as the details of a message keep them."""
    start, end = (dt.datetime.fromisoformat(session[name]) for name in ["starts_at", "ends_at"])
    return facts.joined(when(start, end), session["room"])


def _rules_of_the_queue(run: CourseRun) -> list[str]:
    """How a free place reaches those who wait, in the words of the page of the training."""
    codes = {"order", "promotion"} | ({"approval"} if run.approval == CourseRun.Approval.REQUIRED else set())
    return [rule.sentence for rule in catalogue.rules_of(run) if rule.code in codes]


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
        OtherRun(run_when(run), run.place, run.availability().label, absolute(run.get_absolute_url())) for run in runs
    ]
