"""HTML that is kept by the values in it is never out of date, and shows nobody what is another's."""

import datetime as dt

import pytest
from django.template import Context, Template
from django.utils import timezone
from django.utils.safestring import mark_safe

from tests import builders
from tests.pages import read
from trainings.models import Course, Registration

CHANGES = {
    "title": lambda run: change(run.course, title="Anders genannt"),
    "summary": lambda run: change(run.course, summary="Anders beschrieben"),
    "level": lambda run: change(run.course, level=Course.Level.CONFERENCE),
    "units": lambda run: change(run.course, teaching_units=17),
    "groups": lambda run: run.course.target_group_rows.create(group="volunteers"),
    "time": lambda run: change(run, starts_at=run.starts_at + dt.timedelta(minutes=30)),
    "capacity": lambda run: change(run, capacity=2),
    "language": lambda run: change(run, language="en"),
    "format": lambda run: change(run, format="online", venue=None),
    "venue": lambda run: change(run.venue, name="Anderes Haus"),
    "closed": lambda run: change(run, registration_closes_on=timezone.localdate() - dt.timedelta(days=1)),
    "called off": lambda run: change(run, cancelled_at=timezone.now(), cancellation_reason="Anders gekommen"),
    "waiting": lambda run: builders.build_registration(run, status=Registration.Status.WAITLISTED),
    "sessions": lambda run: run.sessions.create(
        starts_at=run.starts_at + dt.timedelta(1), ends_at=run.ends_at + dt.timedelta(1), teaching_minutes=90
    ),
}
# What only the page of the training says.
OF_THE_COURSE = {
    "room": lambda run: change(run.sessions.get(), room="Anderer Raum"),
    "notes": lambda run: change(run, notes="Anders zu beachten"),
    "directions": lambda run: change(run.venue, directions="Anders zu erreichen"),
    "trainer": lambda run: run.trainers.add(builders.build_person(last_name="Anders")),
    "approval": lambda run: change(run, approval="required"),
    "cancelling": lambda run: change(run, cancellation_closes_on=timezone.localdate()),
    "prerequisite": lambda run: run.course.prerequisites.add(builders.build_course("Anderer Kurs")),
}


def change(row, **values):
    type(row).objects.filter(pk=row.pk).update(**values)


@pytest.fixture
def run(db):
    return builders.build_run(
        builders.build_course("Basismodul", groups=["staff"], summary="Worum es geht"),
        venue=builders.build_venue(town="Mayen"),
        starts_at=builders.in_days(9, 9),
    )


def shown(client, address):
    return read(client.get(address)).text


@pytest.mark.parametrize("name", CHANGES)
def test_the_catalogue_says_what_is_true_now(client, run, name):
    before = shown(client, "/")
    assert shown(client, "/") == before
    CHANGES[name](run)
    assert shown(client, "/") != before


@pytest.mark.parametrize("name", CHANGES | OF_THE_COURSE)
def test_the_page_of_a_training_says_what_is_true_now(client, run, name):
    before = shown(client, run.course.get_absolute_url())
    (CHANGES | OF_THE_COURSE)[name](run)
    assert shown(client, run.course.get_absolute_url()) != before


def test_nobody_sees_the_place_of_somebody_else(client, signed_in, participant, run):
    address = run.course.get_absolute_url()
    before = shown(client, "/"), shown(client, address)
    builders.build_registration(run, participant)
    mine = signed_in(participant)
    assert "bestätigt" in shown(mine, "/")
    assert "Sie sind angemeldet." in shown(mine, address)
    mine.logout()
    assert (shown(mine, "/"), shown(mine, address)) == before


def test_each_language_has_its_own(client, run):
    german = shown(client, "/")
    client.cookies["django_language"] = "en"
    english = shown(client, "/")
    assert "Für Mitarbeitende" in german
    assert "Für Mitarbeitende" not in english
    client.cookies["django_language"] = "de"
    assert shown(client, "/") == german


def test_the_grant_in_the_footer_is_that_of_today(client, db):
    grant = builders.build_funding()
    assert grant.grant_number in client.get("/").content.decode()
    change(grant, grant_number="AMIF-ANDERS")
    assert "AMIF-ANDERS" in client.get("/").content.decode()


@pytest.mark.parametrize("value", [Course(title="x"), mark_safe("<b>x</b>"), ["x"], (("x", Course()),)])
def test_only_plain_values_are_taken(value):
    """A row equals another with the same key, marked text equals text that must be escaped."""
    template = Template('{% load kept_html %}{% kept "trainings/catalogue/_doors.html" doors=value %}')
    with pytest.raises(TypeError):
        template.render(Context({"value": value}))
