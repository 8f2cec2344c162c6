"""Feeds as programs fetch them."""

from django.urls import reverse
from icalendar import Calendar

from tests import builders
from trainings import calendars
from trainings.models import CalendarSubscription

Kind = CalendarSubscription.Kind


def subscribe(person, kind=Kind.PERSONAL, **options):
    """The path of a new feed."""
    return reverse("trainings:personal_feed", args=[calendars.subscribe(person, kind, **options)])


def text_of(response):
    assert response.status_code == 200
    return response.content.decode().replace("\r\n ", "")


def events(response):
    """Title → event, without the note of an empty calendar."""
    found = Calendar.from_ical(response.content).walk("VEVENT")
    return {str(event["SUMMARY"]): event for event in found if "STATUS" in event}


def titled(title, **fields):
    return builders.build_run(builders.build_course(title), **fields)
