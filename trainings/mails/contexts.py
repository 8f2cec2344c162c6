"""What does the template of each kind of mail get, beyond what every mail states? Declared with the kind."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.names import by_name
from trainings import catalogue, mail_texts, personal_codes
from trainings.agency_choice import query_of
from trainings.dates import date_long, date_short, moment, run_days, run_when, session_when, when
from trainings.mails import digest, facts, links, unsubscribing
from trainings.mails.facts import absolute, agency_of_appointment
from trainings.models import CourseRun, Funding, HeldPlace, Message, Registration

OTHER_RUNS = 5

Context = dict[str, Any]


@dataclass(frozen=True)
class OtherRun:
    """Another run to offer: when, where, whether places are free (in words, after the day), and the URL of its page."""

    day: str
    where: str
    url: str


@dataclass(frozen=True)
class Change:
    """What became of a session or of the place, in words.

    ``old`` is empty of a session that was added, ``new`` of one that does not take place.
    """

    old: str
    new: str


def nothing_more(message: Message) -> Context:
    return {}


def with_place(message: Message) -> Context:
    """The place is confirmed: how it came about, and which registrations ended because of it."""
    registration = message.about_registration
    return {
        "has_place": True,
        "approved": _was_approved(registration),
        "was_named_from_queue": registration.was_named_from_queue,
        "ended_runs": _ended_for(registration),
        "preparation": registration.run.display_preparation,
        **_personal_code(registration),
    }


def _personal_code(registration: Registration) -> Context:
    """What to show the trainer, for runs that are held in a room; as a picture it is put in by composing."""
    if not registration.has_personal_code():
        return {"personal_code": ""}
    return {
        "personal_code": personal_codes.personal_code(registration),
        "personal_code_url": absolute(reverse("trainings:personal_code", args=[registration.pk])),
    }


def on_the_way(message: Message) -> Context:
    """No confirmed place yet: what is kept in the meantime, and how those who wait get a place."""
    registration = message.about_registration
    rules = _rules_of_the_queue(registration.run)
    return {"rules": rules, "kept_run": _kept_run(registration), "instead": _free_instead(registration)}


def with_other_runs(message: Message) -> Context:
    """The place is lost or there never was one: other runs the person could attend."""
    return {"other_runs": _other_runs(message), "kept_run": _kept_run(message.about_registration)}


def with_answer_link(message: Message) -> Context:
    """An offer, answered by a link without signing in; of a second one, silence ends the wait."""
    registration = message.about_registration
    return {
        "offer_url": links.link_url("offer", registration),
        "is_last_offer": registration.unanswered_offers > 0,
        "giver_name": _giver_name(registration),
    }


def asked_to_take_over(message: Message) -> Context:
    """Whose place it is, whether it needs an approval then, and the link to say yes or no."""
    return with_answer_link(message) | {"asks_for_approval": message.about_registration.asks_for_approval}


def _giver_name(registration: Registration) -> str:
    giver = registration.substitute_for if registration.is_asked_to_take_over else None
    return giver.person.display_name if giver else ""


def to_decider(message: Message) -> Context:
    """A supervisor or the agency's contact decides by a link without an account."""
    registration = message.about_registration
    is_own = registration.person.reads(message.address)  # it is not sent then, but may be looked at
    url = "" if is_own else links.link_url("approval", registration, message.address)
    return {"facts": facts.for_supervisors(registration), "approval_url": url}


def to_supervisor(message: Message) -> Context:
    """The supervisor is informed and need not do anything."""
    registration = message.about_registration
    substitute = _substitute_of(registration)
    moved = Registration.objects.confirmed().filter(gives_up=registration).select_related("run__course").first()
    return {
        "facts": facts.for_supervisors(registration),
        "substitute_name": substitute.person.display_name if substitute else "",
        "moved_to": _run_line(moved.run) if moved else "",
        "ended_runs": _ended_for(registration) if registration.is_confirmed else [],
        "giver": _handed_on_by(registration),
    }


def _handed_on_by(registration: Registration) -> str:
    """Whose place it was; empty if nobody has handed it on, or it is none of this supervisor's business."""
    giver = registration.substitute_for
    if giver and giver.supervisor_email != registration.supervisor_email:
        return ""
    return giver.person.display_name if registration.is_confirmed and giver and not giver.is_active else ""


def substituted(message: Message) -> Context:
    """The place went to a colleague."""
    substitute = _substitute_of(message.about_registration)
    name = substitute.person.display_name if substitute else _("eine Kollegin oder ein Kollege")
    return {"substitute_name": name}


def _substitute_of(registration: Registration) -> Registration | None:
    """Who has taken over the place, or had it before handing it on."""
    confirmed = Registration.Status.CONFIRMED
    asked = registration.substitutes.filter(Q(status=confirmed) | Q(events__to_status=confirmed))
    return asked.select_related("person").order_by("pk").first()


def walked_in(message: Message) -> Context:
    """Somebody else has entered the person, who is asked to check and complete their details."""
    return {"profile_url": absolute(reverse("accounts:profile"))}


def session_moved(message: Message) -> Context:
    """Old and new time and room of each session that changed; ``details`` keeps them as they were told."""
    return {"changes": _changes(message)}


def _changes(message: Message) -> list[Change]:
    return [_of_run(change) if "field" in change else _of_session(change) for change in message.details["changes"]]


def _of_session(change: dict[str, Any]) -> Change:
    old = _stated(change["old"]) if change["old"] else ""
    return Change(old, "" if change["cancelled"] else _stated(change["new"]))


def _of_run(change: dict[str, Any]) -> Change:
    """A link is told to nobody here: the facts below name it to those who may know it."""
    name, old, new = change["field"], change["old"], change["new"]
    label = CourseRun._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    if name == "online_link":
        return Change("", _("Der Zugangslink ist ein anderer.") if new else _("Es gibt keinen Zugangslink mehr."))
    if name == "format":
        old, new = (CourseRun.Format(value).label for value in (old, new))
    if name == "trainers":
        old, new = (_names(keys) for keys in (old, new))
    return Change(f"{label}: {old or '–'}", f"{label}: {new or '–'}")


def _names(keys: list[int]) -> str:
    return ", ".join(person.display_name for person in by_name(User.objects.filter(pk__in=keys)))


def calendar_entry(message: Message) -> Context:
    """For the calendar alone: of the session in ``details``, or of all sessions of the run if none is named."""
    run, wanted = message.about, message.details.get("session")
    session = next((session for session in run.sessions.all() if session.pk == wanted), None)
    title = run.course.display_title
    if session is None:
        subject = _("Kalendereinträge: %(title)s (%(days)s)") % {"title": title, "days": run_days(run)}
    else:
        day = date_short(session.starts_at)
        subject = _("Kalendereintrag für den %(day)s: %(title)s") % {"day": day, "title": title}
    return {
        "words": mail_texts.FilledText(subject),
        "session_when": session_when(session) if session else "",
        "profile_url": absolute(reverse("accounts:profile")),
    }


def names_wanted(message: Message) -> Context:
    """How many places the contact has still to name, and until when the first of them."""
    run = message.about
    places = HeldPlace.objects.open().filter(run=run, taken_by=message.recipient)
    days = [place.name_by for place in places]
    return {
        "number": len(days),
        "name_by": date_long(min(days)) if days else "",
        "agency_url": _to_places(message, places),
    }


def reminder(message: Message) -> Context:
    """What to bring or read before, and the code to show there, beside the facts."""
    registration = message.about_registration
    return {"preparation": registration.run.display_preparation, **_personal_code(registration)}


@dataclass(frozen=True)
class ThanksParagraph:
    """A paragraph that an app above adds to the thanks: its template and the context for it."""

    template: str
    context: Callable[[Registration], Context]


_paragraphs: list[ThanksParagraph] = []


def add_to_thanks(paragraph: ThanksParagraph) -> None:
    """Called when the apps start."""
    if paragraph not in _paragraphs:
        _paragraphs.append(paragraph)


def thanks(message: Message) -> Context:
    """What follows after the end: materials, and paragraphs of apps above."""
    registration = message.about_registration
    follow_up = registration.run.display_follow_up
    context: Context = {"follow_up": follow_up}
    for paragraph in _paragraphs:
        context |= paragraph.context(registration)
    return context | {"additions": [paragraph.template for paragraph in _paragraphs]}


def refresher_due(message: Message) -> Context:
    """When the training was attended last, by when it is to be refreshed (``details["due_on"]``), and the next runs.

    The grant is the one of today, if there is one: that of the run may have ended.
    """
    registration = message.about_registration
    due_on = date_long(dt.date.fromisoformat(message.details["due_on"]))
    subscription = unsubscribing.of_message(message)
    return {
        "facts": facts.of_refresher(registration, due_on),
        "funding": Funding.of_day(timezone.localdate()) or registration.run.funding,
        "due_on": due_on,
        "other_runs": _other_runs(message),
        "unsubscribe_url": unsubscribing.url(subscription) if subscription else "",
    }


def to_trainer(message: Message) -> Context:
    """What trainers need to know about the run, with the access link and the pages of its lists."""
    teaching_url = absolute(reverse("trainings:teaching"))
    return {"facts": facts.for_trainers(message.about), "teaching_url": teaching_url}


def to_contact(message: Message) -> Context:
    """A run for which people were still to be named is cancelled."""
    return {"facts": facts.of_cancelled_run(message.about)}


def removed_trainer(message: Message) -> Context:
    """The person is no longer the trainer: only which run it was."""
    return {"facts": facts.times_and_place(message.about, with_number=True)}


def trainer_list(message: Message) -> Context:
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
    return {"day": date_long(day), "facts": facts.of_day(run, sessions), "sessions": links_of}


def contact_moved(message: Message) -> Context:
    """As for people registered, and how many places are still to be named."""
    places = HeldPlace.objects.open().filter(run=message.about, taken_by=message.recipient)
    return {"changes": _changes(message), "number": len(places), "agency_url": _to_places(message, places)}


def _to_places(message: Message, places: Iterable[HeldPlace]) -> str:
    """The page of the run, of the agency that holds them; of the first, where somebody speaks for several."""
    agency = next((place.agency_id for place in places), None)
    return absolute(reverse("trainings:agency_run", args=[message.about.pk]) + query_of(message.recipient, agency))


def contact_appointed(message: Message) -> Context:
    """About no run: which agency the person speaks for now, and where that is done."""
    agency = agency_of_appointment(message)
    page = reverse("trainings:agency") + query_of(message.recipient, agency.pk if agency else None)
    subject = _("Sie sind jetzt Ansprechperson Ihrer Behörde")
    if agency and message.recipient and agency.pk != message.recipient.agency_id:
        subject = _("Sie sind jetzt Ansprechperson: %(agency)s") % {"agency": agency.short_name}
    return {
        "words": mail_texts.FilledText(subject),
        "agency_name": agency.name if agency else "",
        "agency_page_url": absolute(page),
    }


def morning_digest(message: Message) -> Context:
    """About no single run: what is new since the last digest, and what is waiting."""
    since, until = (dt.datetime.fromisoformat(message.details[name]) for name in ["since", "until"])
    day = date_long(dt.date.fromisoformat(message.details["day"]))
    subscription = unsubscribing.of_message(message)
    return {
        "words": mail_texts.FilledText(_("Übersicht vom %(day)s") % {"day": day}),
        "since": moment(since),
        "sections": digest.sections(since, until),
        "coordination_url": absolute(reverse("trainings:coordination")),
        "unsubscribe_url": unsubscribing.url(subscription) if subscription else "",
    }


def address_changed(message: Message) -> Context:
    """To the old address and the new one; neither is told the other."""
    return {
        "words": mail_texts.FilledText(_("Ihre E-Mail-Adresse ist geändert")),
        "is_new": message.recipient is not None,
    }


def coordinators_changed(message: Message) -> Context:
    """``details``: the person's key, and whether the role was ``granted``, ``taken``, or their ``address`` changed."""
    person = User.objects.filter(pk=message.details.get("person")).first()
    return {
        "words": mail_texts.FilledText(_("Änderung in der Koordination")),
        "who": person.display_name if person else _("jemand"),
        "what": message.details.get("what", ""),
        "people_url": absolute(reverse("trainings:audit")),
    }


def account_ended(message: Message) -> Context:
    return {"words": mail_texts.FilledText(_("Ihr Konto ist beendet"))}


def account_ends(message: Message) -> Context:
    """``details["day"]``: from when on nobody can sign in any more."""
    return {
        "words": mail_texts.FilledText(_("Ihr Konto endet bald")),
        "day": date_long(dt.date.fromisoformat(message.details["day"])),
        "sign_in_url": absolute(reverse("account_login")),
    }


def erased(message: Message) -> Context:
    """``details["until"]``: until when evidence is kept; empty if nothing is left."""
    until = message.details.get("until")
    return {
        "words": mail_texts.FilledText(_("Ihre Daten sind gelöscht")),
        "until": date_long(dt.date.fromisoformat(until)) if until else "",
    }


def announcement(message: Message) -> Context:
    """What a coordinator has written, before the facts every mail states."""
    written = message.announcement
    if written is None:
        raise ValueError("A message of this kind tells of an announcement.")
    return {"words": mail_texts.as_written(written.subject, written.text)}


def _was_approved(registration: Registration) -> bool:
    last = registration.events.last()
    return last is not None and last.from_status == Registration.Status.REQUESTED and registration.is_confirmed


def _ended_for(registration: Registration) -> list[str]:
    """The person's other registrations in the course, ended at the moment this place was confirmed."""
    ended = Registration.objects.filter(
        person=registration.person_id,
        run__course=registration.run.course_id,
        status=Registration.Status.CANCELLED,
        status_changed_at=registration.status_changed_at,
    ).exclude(run=registration.run_id)
    runs = list(ended.values_list("run", flat=True))
    if not runs:
        return []  # as for nearly everybody
    by_pk = CourseRun.objects.prefetch_related("sessions").in_bulk(runs)
    return [_run_line(by_pk[pk]) for pk in runs]


def _kept_run(registration: Registration) -> str:
    """The run that the person would have given up for this place and still has."""
    old = registration.gives_up
    return _run_line(old.run) if old is not None and old.is_active else ""


def _run_line(run: CourseRun) -> str:
    return run_when(run)


def _stated(session: dict[str, str]) -> str:
    """Time and room of a session as the details of a message keep them."""
    start, end = (dt.datetime.fromisoformat(session[name]) for name in ["starts_at", "ends_at"])
    return facts.joined(when(start, end), session["room"])


def _rules_of_the_queue(run: CourseRun) -> list[str]:
    """How a free place reaches those who wait, in the words of the page of the training."""
    codes = {"order", "promotion"} | ({"approval"} if run.needs_approval else set())
    return [rule.sentence for rule in catalogue.rules_of(run) if rule.code in codes]


def _free_instead(registration: Registration) -> OtherRun | None:
    """For somebody who waits: another run of the course in which whoever registers now gets a place."""
    if not registration.is_waiting:
        return None
    run = catalogue.free_instead([registration.run], registration.person).get(registration.run_id)
    return (
        OtherRun(run_when(run), f", {run.place}", absolute(reverse("trainings:register", args=[run.pk])))
        if run
        else None
    )


def _other_runs(message: Message) -> list[OtherRun]:
    """The next runs of the course that the person may see."""
    registration = message.about_registration
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
        OtherRun(run_when(run), f", {run.place} ({run.availability().label})", absolute(run.get_absolute_url()))
        for run in runs
    ]
