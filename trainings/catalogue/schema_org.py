"""What do search engines learn about a course? The vocabulary of schema.org as a dictionary, for JSON-LD."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from trainings.catalogue.cards import RunCard
from trainings.models import MINUTES_PER_UNIT, Course, CourseRun

MODES = {CourseRun.Format.ON_SITE: "onsite", CourseRun.Format.ONLINE: "online", CourseRun.Format.HYBRID: "blended"}
LANGUAGES = {CourseRun.Language.EASY_GERMAN: "de"}
AVAILABILITY = {"free": "InStock", "few": "LimitedAvailability", "not_open": "PreOrder"}


def course_data(course: Course, cards: Mapping[CourseRun, RunCard]) -> dict[str, Any]:
    """A Course with a CourseInstance for each run; runs have their sessions and venue loaded.

    Workloads are durations of ISO 8601 without breaks.
    """
    url = f"{settings.PUBLIC_URL}{course.get_absolute_url()}"
    data = {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": course.display_title,
        "description": course.display_summary or ". ".join(course.display_contents) or course.display_title,
        "url": url,
        "courseCode": str(course.number),
        "educationalLevel": course.get_level_display(),
        "timeRequired": _duration(course.teaching_units * MINUTES_PER_UNIT),
        "isAccessibleForFree": True,
        "provider": {
            "@type": "GovernmentOrganization",
            "name": settings.OPERATOR_NAME,
            "url": settings.PUBLIC_URL,
        },
        "offers": _offer(url),
        "hasCourseInstance": [_instance_of(run, card, url) for run, card in cards.items()],
    }
    if course.display_contents:
        data["syllabusSections"] = [{"@type": "Syllabus", "name": content} for content in course.display_contents]
    if course.target_groups:
        data["audience"] = [
            {"@type": "EducationalAudience", "educationalRole": str(group.label)} for group in course.target_groups
        ]
    return data


def _instance_of(run: CourseRun, card: RunCard, course_url: str) -> dict[str, Any]:
    venue = run.venue
    place = (venue.name, venue.street, venue.postal_code, venue.town) if venue else None
    return _instance(card, run.teaching_minutes, place, course_url)


@lru_cache(maxsize=256)
def _instance(
    card: RunCard, minutes: int, place: tuple[str, str, str, str] | None, course_url: str
) -> dict[str, Any]:  # shared: not to be changed
    url = f"{course_url}#{card.line.anchor}"
    status = "EventScheduled" if card.takes_place else "EventCancelled"
    data: dict[str, Any] = {
        "@type": "CourseInstance",
        "@id": url,
        "courseMode": MODES[CourseRun.Format(card.format)],
        "courseWorkload": _duration(minutes),
        "inLanguage": LANGUAGES.get(CourseRun.Language(card.line.language), card.line.language),
        "eventStatus": f"https://schema.org/{status}",
        "location": _location(card, place, course_url),
        "instructor": [{"@type": "Person", "name": name} for name in card.trainers],
        "offers": {
            **_offer(url),
            "availability": f"https://schema.org/{AVAILABILITY.get(card.line.availability.code, 'SoldOut')}",
        },
    }
    if card.line.starts_at and card.line.ends_at:
        start, end = timezone.localtime(card.line.starts_at), timezone.localtime(card.line.ends_at)
        data |= {"startDate": start.isoformat(), "endDate": end.isoformat()}
    return data


def _location(card: RunCard, place: tuple[str, str, str, str] | None, course_url: str) -> list[dict[str, Any]]:
    """Place and virtual place; the address of an online meeting is for confirmed people only and not told here."""
    places: list[dict[str, Any]] = []
    if place:
        name, street, postal_code, town = place
        address = {"@type": "PostalAddress", "addressLocality": town, "addressCountry": "DE"}
        if street:
            address["streetAddress"] = street
        if postal_code:
            address["postalCode"] = postal_code
        places.append({"@type": "Place", "name": name, "address": address})
    if card.is_online:
        places.append({"@type": "VirtualLocation", "url": course_url})
    return places


def _offer(url: str) -> dict[str, Any]:
    return {"@type": "Offer", "price": 0, "priceCurrency": "EUR", "category": "Free", "url": url}


def _duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"PT{hours}H{rest}M" if rest else f"PT{hours}H"
