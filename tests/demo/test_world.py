import datetime as dt
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import serializers
from django.core.management import CommandError, call_command
from django.utils import timezone

import accounts.demo
from accounts.models import Agency, User
from certificates.models import Certificate
from demo import world as demo
from trainings import refreshers
from trainings.completeness import incomplete
from trainings.models import (
    Agreement,
    Course,
    CourseRun,
    Funding,
    Message,
    Registration,
    RegistrationEvent,
    Session,
    Venue,
)

pytestmark = pytest.mark.slow

MODELS = [
    Agency,
    Agreement,
    User,
    Venue,
    Funding,
    Course,
    CourseRun,
    Session,
    Registration,
    RegistrationEvent,
    Certificate,
    Message,
]


@pytest.fixture
def saturday():
    """Between the years, when few things are as usual."""
    with time_machine.travel(dt.datetime(2026, 12, 26, 15, tzinfo=ZoneInfo("Europe/Berlin")), tick=True) as traveller:
        yield traveller


def dump() -> list[str]:
    return [serializers.serialize("json", model._default_manager.order_by("pk")) for model in MODELS]


def state(number: str) -> tuple[str, int, int]:
    run = CourseRun.objects.with_occupancy().get(number=number)
    return run.availability().code, run.places_taken, run.people_waiting


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("+2", "2027-01-11"),  # Monday, 28 December is between the years
        ("+7", "2027-01-04"),
        ("-1", "2026-12-11"),
        ("-7", "2026-12-18"),
        ("Sa +33", "2027-01-30"),
        ("Di nächste Woche", "2026-12-29"),
    ],
)
def test_days_are_relative_and_working_days(words, day):
    assert f"{demo.day(words, dt.date(2026, 12, 26))}" == day


@pytest.mark.django_db
def test_the_demo_shows_every_situation_and_is_loaded_once(saturday):
    assert demo.load() is True
    counts = [model._default_manager.count() for model in [Agency, User, Course, CourseRun, Registration, Certificate]]
    assert counts == [22, 65, 18, 23, 184, 11]
    assert {
        number: state(number) for number in ["01-1", "03-1", "03-2", "05-1", "10-1", "13-1", "15-1", "16-1", "18-1"]
    } == {
        "01-1": ("invitation", 8, 0),
        "03-1": ("past", 12, 0),
        "03-2": ("few", 14, 0),
        "05-1": ("waitlist", 15, 2),
        "10-1": ("closed", 7, 0),
        "13-1": ("cancelled", 0, 0),
        "15-1": ("not_open", 0, 0),
        "16-1": ("past", 8, 0),
        "18-1": ("free", 12, 0),
    }
    runs = CourseRun.objects.taking_place()
    assert list(runs.filter(trainers=None).published().values_list("number", flat=True)) == ["08-1"]
    assert list(incomplete(runs.finished()).values_list("number", flat=True)) == ["06-2"]
    assert list(runs.filter(published_at=None).values_list("number", flat=True)) == ["03-3"]
    assert list(runs.filter(visibility="agencies").values_list("number", "agencies__short_name")) == [
        ("09-1", "VG Maifeld")
    ]
    assert [str(person) for person in User.objects.to_check()] == ["Ute Neumann"]
    assert [str(one.person) for one in refreshers.due(Registration.objects.all())] == ["Lena Schneider", "Jan Weber"]
    evening = CourseRun.objects.get(number="11-1")
    assert timezone.localtime(evening.starts_at).isoformat()[:16] == "2026-12-29T18:00"
    assert Message.objects.exclude(status=Message.Status.DROPPED).count() == 0
    assert [person.display_name for person, _role in accounts.demo.people()] == [
        "Miriam Roth",
        "Ngozi Okafor",
        "Paul Lindner",
        "Petra Braun",
        "Jan Weber",
        "Ayşe Yıldız",
        "Selam Haile",
        "Sabine Hoffmann",
    ]
    assert {certificate.failure for certificate in Certificate.objects.all()} == {""}
    assert {certificate.is_ready for certificate in Certificate.objects.all()} == {not demo.missing_packages()}
    agreements = Agreement.objects.order_by("pk").values_list("agency__short_name", "ends_on", "content_type")
    assert list(agreements) == [
        ("Mayen", None, "application/pdf"),
        ("Jobcenter MYK", dt.date(2027, 2, 4), ""),
        ("Bendorf", dt.date(2028, 5, 9), ""),
    ]
    before = dump()
    for days, is_over in [(0, False), (45, False), (400, True)]:
        saturday.shift(dt.timedelta(days=days))
        out = StringIO()
        call_command("load_demo", stdout=out)
        assert (dump(), "Alle Demo-Termine sind vorbei." in out.getvalue()) == (before, is_over)


@pytest.mark.django_db
def test_there_is_no_demo_in_production(settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("load_demo", stdout=StringIO())
    assert User.objects.count() == 0
