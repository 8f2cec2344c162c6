"""What would the paper look like? Samples for coordinators who change its words: marked as samples and never stored.

Their number and code belong to no certificate: numbers begin with 1, and the check knows nothing of the code.
"""

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from certificates.models import CODE_LENGTH
from certificates.paper import wording
from certificates.paper.snapshot import (
    AttendedSession,
    FundingFacts,
    Snapshot,
    TextWithLanguage,
    check_url,
    funding_facts,
    template_version,
    text_with_language,
)
from trainings import printing
from trainings.models import Course, Funding

CODE = "0" * CODE_LENGTH
INVENTED_FACTS, LONGEST = "erfunden", "laengste"

_PERSON = {"de": ("Dr. Alex Mustermann", "Mustermann"), "en": ("Dr Alex Sample", "Sample")}
_COURSE = {
    "de": TextWithLanguage(text=["Interkulturelle Kompetenz in der Verwaltung"], language="de"),
    "en": TextWithLanguage(text=["Intercultural competence in public administration"], language="en"),
}
_CONTENTS = {
    "de": ["Kulturbegriff und Wahrnehmung", "Stereotype und Vorurteile", "Gespräche führen, wo Sprache fehlt"],
    "en": ["Culture and perception", "Stereotypes and prejudice", "Conversations with few words in common"],
}
_VENUE = {"de": "Kreishaus, Sitzungssaal 1", "en": "Kreishaus, room 1"}
_ONE_DAY = [AttendedSession(starts_at="2026-03-10T09:00:00+01:00", ends_at="2026-03-10T16:30:00+01:00", minutes=360)]
_FOUR_DAYS = [
    AttendedSession(
        starts_at=f"2026-03-{day:02d}T09:00:00+01:00", ends_at=f"2026-03-{day:02d}T16:30:00+01:00", minutes=350
    )
    for day in (10, 11, 17, 18)
]


def sample_pdf(kind: str, language: str, text: wording.WordingText) -> bytes:
    """A sample with these words. Raises NotPrintable of ``trainings.printing``, which it needs."""
    from certificates.paper import page  # noqa: PLC0415  needs Pango and takes half a second

    sample = longest(language, text) if kind == LONGEST else invented_snapshot(language, text)
    return page.pdf(sample, sample=True)


def problem_of_sample(kind: str, language: str, text: wording.WordingText) -> str:
    """Why a paper with these words cannot be printed; empty if it can, or if this machine cannot tell."""
    if printing.missing_packages():
        return ""
    from trainings.printing.pdf import NotPrintable  # noqa: PLC0415  needs Pango, which is there, as has just been seen

    try:
        sample_pdf(kind, language, text)
    except NotPrintable as error:
        return str(error)
    return ""


def invented_snapshot(language: str, text: wording.WordingText) -> Snapshot:
    """An invented person at an invented one-day course."""
    name, surname = _PERSON[language]
    text = wording.as_printed(text)
    with override(language):
        return Snapshot(
            template_version=template_version(language, text),
            number=f"{settings.CERTIFICATE_PREFIX}-{timezone.localtime():%Y}-000000",
            code=CODE,
            check_url=check_url(CODE),
            language=language,
            issued_at=timezone.localtime().isoformat(timespec="seconds"),
            issuer=settings.OPERATOR_NAME,
            unit=settings.OPERATOR_UNIT,
            place=settings.OPERATOR_PLACE,
            name=name,
            surname=surname,
            course=_COURSE[language],
            run_number="2026-000",
            venue=_VENUE[language],
            meetings=_ONE_DAY,
            minutes_attended=360,
            minutes_held=360,
            contents=TextWithLanguage(text=_CONTENTS[language], language=language),
            trainers=["Robin Beispiel"],
            funding=_grant(),
            wording=text,
        )


def longest(language: str, text: wording.WordingText) -> Snapshot:
    """What needs most room: the longest course and the longest name there are, over four days, one left early."""
    sample = invented_snapshot(language, text)
    with override(language):
        # By what is printed: the English where there is one.
        course = max(Course.objects.all(), key=_length, default=None)
        person = (
            User.objects.filter(is_active=True)
            .alias(length=Length("title") + Length("first_name") + Length("last_name"))
            .order_by(F("length").desc(), "pk")
            .first()
        )
        if course is not None:
            written_in = "en" if language == "en" and course.title_en else "de"
            contents_in = "en" if language == "en" and course.contents_en else "de"
            sample["course"] = text_with_language([course.display_title], written_in)
            sample["contents"] = text_with_language(course.display_contents, contents_in)
        if person is not None:
            sample["name"], sample["surname"] = person.formal_name, person.last_name
        sample["meetings"] = _FOUR_DAYS
        sample["minutes_attended"], sample["minutes_held"] = 4 * 350, 4 * 360
    return sample


def _length(course: Course) -> int:
    return len(course.display_title) + sum(len(content) for content in course.display_contents)


def _grant() -> FundingFacts | None:
    """Today's grant, because its text and the emblem take up space."""
    today = timezone.localdate()
    funding = Funding.objects.filter(starts_on__lte=today, ends_on__gte=today).first()
    return None if funding is None else funding_facts(funding)
