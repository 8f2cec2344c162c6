"""What does a certificate assert? Everything the paper says, as data, on the day it is issued.

A snapshot is JSON: words as they are printed, times in ISO 8601 with offset, durations in minutes. It is taken once;
whatever is renamed later, the paper and the public check read from here and nowhere else.
"""

import datetime as dt
from collections.abc import Iterable
from typing import NotRequired, TypedDict

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from certificates import proof
from certificates.models import Certificate, units
from certificates.paper import wording
from certificates.proof import BadgeFacts
from trainings import dates
from trainings.models import CourseRun, Funding, Registration, Session, minutes_held

# The paper as drawn by templates/certificates/certificate*.html and certificate.css. Raise it when they change.
TEMPLATE_VERSION = "2026-4"


class TextWithLanguage(TypedDict):
    """Text with the language it is written in: the English of a course may be missing."""

    text: list[str]
    language: str


class AttendedSession(TypedDict):
    starts_at: str
    ends_at: str
    minutes: int  # attended


class FundingFacts(TypedDict):
    fund: str
    project_title: str
    grant_number: str
    beneficiary: str


class Snapshot(TypedDict):
    template_version: str  # „2026-4/de-3“: how the paper is drawn, and the version of its words
    number: str
    code: str
    check_url: str
    language: str
    issued_at: str
    issuer: str
    unit: str
    place: str
    name: str
    surname: str
    course: TextWithLanguage
    level: NotRequired[str]  # whose mark stands beside the title; papers before „2026-3“ have none
    run_number: str
    venue: str
    meetings: list[AttendedSession]  # those the person came to
    minutes_attended: int
    minutes_held: int
    contents: TextWithLanguage
    trainers: list[str]
    funding: FundingFacts | None
    wording: NotRequired[wording.WordingText]  # papers of „2026-1“ have none: they bear the words to begin with
    sealed: NotRequired[bool]
    badge: NotRequired[BadgeFacts | None]


def text_with_language(text: Iterable[str], language: str) -> TextWithLanguage:
    """Plain text, which does not mark its language by itself as on pages: the paper does it once, around all of it."""
    return TextWithLanguage(text=[str(one) for one in text], language=language)


def check_url(code: str) -> str:
    """The public address behind the QR code."""
    return f"{settings.PUBLIC_URL}/pruefen/{code}/"


def take_snapshot(certificate: Certificate, minutes_by_session: dict[Session, int]) -> Snapshot:
    """The snapshot for a certificate that has a registration, number, code, language and date, but is not saved yet.

    ``minutes_by_session``: all sessions that took place, in order, with the minutes this person attended.
    """
    registration = certificate.registration
    run: CourseRun = registration.run
    language = certificate.language
    words = wording.as_printed(wording.words_in_use(language))
    with override(language):
        return Snapshot(
            template_version=template_version(language, words),
            number=certificate.number,
            code=certificate.code,
            check_url=check_url(certificate.code),
            language=language,
            issued_at=_iso(certificate.issued_at),
            issuer=settings.OPERATOR_NAME,
            unit=settings.OPERATOR_UNIT,
            place=settings.OPERATOR_PLACE,
            name=registration.person.formal_name,
            surname=registration.person.last_name,
            course=text_with_language([run.course.display_title], _written_in(language, run.course.title_en)),
            level=run.course.level,
            run_number=run.number,
            venue=run.place,
            meetings=[
                AttendedSession(starts_at=_iso(session.starts_at), ends_at=_iso(session.ends_at), minutes=minutes)
                for session, minutes in minutes_by_session.items()
                if minutes
            ],
            minutes_attended=sum(minutes_by_session.values()),
            minutes_held=minutes_held(minutes_by_session),
            contents=text_with_language(run.course.display_contents, _written_in(language, run.course.contents_en)),
            trainers=[trainer.formal_name for trainer in run.trainers_by_name],
            funding=_grant(registration),
            wording=words,
            sealed=proof.seals_are_on(),
            badge=_badge(registration),
        )


def template_version(language: str, words: wording.WordingText) -> str:
    return f"{TEMPLATE_VERSION}/{language}-{words['version']}"


def is_drawn_since(snapshot: Snapshot, version: str) -> bool:
    """Whether the paper is of that version of its template, or a later one."""
    drawn_as = snapshot["template_version"].partition("/")[0]
    return [int(part) for part in drawn_as.split("-")] >= [int(part) for part in version.split("-")]


def snapshot_facts(snapshot: Snapshot) -> dict[str, str]:
    """What the placeholders of the wording stand for."""
    language = snapshot["language"]
    days = [
        dt.datetime.fromisoformat(at)
        for meeting in snapshot["meetings"]
        for at in (meeting["starts_at"], meeting["ends_at"])
    ]
    with override(language):
        first_and_last = dates.day_range(days[0], days[-1]) if days else ""
    return {
        "name": snapshot["name"],
        "course": snapshot["course"]["text"][0],
        "units": wording.units_in_words(units(snapshot["minutes_attended"]), language),
        "hours": wording.hours_in_words(snapshot["minutes_attended"], language),
        "dates": first_and_last,
        "place": snapshot["venue"],
        "issuer": snapshot["issuer"],
        "number": snapshot["number"],
    }


def filled_wording(snapshot: Snapshot) -> wording.FilledWording:
    """The words as they are printed: made from the snapshot alone, so that they are the same for ever.

    The wording is stored with its placeholders, so that a name to be erased or corrected is in one place only.
    """
    text = snapshot.get("wording", wording.DEFAULT_WORDING[snapshot["language"]])
    return wording.filled(text, snapshot_facts(snapshot))


def _iso(at: dt.datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds")


def _written_in(language: str, english: str) -> str:
    return "en" if language == "en" and english else "de"


def _badge(registration: Registration) -> BadgeFacts | None:
    """None without an address: it is what a badge is bound to."""
    has_one = registration.run.course.with_badge and proof.badges_are_on() and registration.person.has_address
    return proof.badge_facts(registration) if has_one else None


def _grant(registration: Registration) -> FundingFacts | None:
    """The run's own grant, else the one in force on its last day."""
    run = registration.run
    funding = run.funding
    if funding is None and run.ends_at is not None:
        day = timezone.localdate(run.ends_at)
        funding = Funding.objects.filter(starts_on__lte=day, ends_on__gte=day).first()
    return None if funding is None else funding_facts(funding)


def funding_facts(funding: Funding) -> FundingFacts:
    return FundingFacts(
        fund=funding.display_fund,
        project_title=funding.project_title,
        grant_number=funding.grant_number,
        beneficiary=funding.beneficiary,
    )
