"""What do search engines learn about a course? The vocabulary of schema.org as a dictionary, for JSON-LD."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone

from trainings.models import MINUTES_PER_UNIT, Course, CourseRun

MODES = {CourseRun.Format.ON_SITE: "onsite", CourseRun.Format.ONLINE: "online", CourseRun.Format.HYBRID: "blended"}
LANGUAGES = {CourseRun.Language.EASY_GERMAN: "de"}
AVAILABILITY = {"free": "InStock", "few": "LimitedAvailability", "not_open": "PreOrder"}


def course_data(course: Course, runs: Iterable[CourseRun]) -> dict[str, Any]:
    """A Course with a CourseInstance for each run; runs need occupancy, sessions, venue and trainers loaded.

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
        "hasCourseInstance": [_instance(run, url) for run in runs],
    }
    if course.display_contents:
        data["syllabusSections"] = [{"@type": "Syllabus", "name": content} for content in course.display_contents]
    if course.target_groups:
        data["audience"] = [
            {"@type": "EducationalAudience", "educationalRole": str(group.label)} for group in course.target_groups
        ]
    return data


def _instance(run: CourseRun, course_url: str) -> dict[str, Any]:
    url = f"{course_url}#{run.anchor}"
    status = "EventCancelled" if run.is_cancelled else "EventScheduled"
    data: dict[str, Any] = {
        "@type": "CourseInstance",
        "@id": url,
        "courseMode": MODES[CourseRun.Format(run.format)],
        "courseWorkload": _duration(run.teaching_minutes),
        "inLanguage": LANGUAGES.get(CourseRun.Language(run.language), run.language),
        "eventStatus": f"https://schema.org/{status}",
        "location": _location(run, course_url),
        "instructor": [{"@type": "Person", "name": trainer.formal_name} for trainer in run.trainers_shown],
        "offers": {
            **_offer(url),
            "availability": f"https://schema.org/{AVAILABILITY.get(run.availability().code, 'SoldOut')}",
        },
    }
    if run.starts_at and run.ends_at:
        start, end = timezone.localtime(run.starts_at), timezone.localtime(run.ends_at)
        data |= {"startDate": start.isoformat(), "endDate": end.isoformat()}
    return data


def _location(run: CourseRun, course_url: str) -> list[dict[str, Any]]:
    """Place and virtual place; the address of an online meeting is for confirmed people only and not told here."""
    places: list[dict[str, Any]] = []
    if run.venue:
        address = {"@type": "PostalAddress", "addressLocality": run.venue.town, "addressCountry": "DE"}
        if run.venue.street:
            address["streetAddress"] = run.venue.street
        if run.venue.postal_code:
            address["postalCode"] = run.venue.postal_code
        places.append({"@type": "Place", "name": run.venue.name, "address": address})
    if run.is_online:
        places.append({"@type": "VirtualLocation", "url": course_url})
    return places


def _offer(url: str) -> dict[str, Any]:
    return {"@type": "Offer", "price": 0, "priceCurrency": "EUR", "category": "Free", "url": url}


def _duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"PT{hours}H{rest}M" if rest else f"PT{hours}H"
