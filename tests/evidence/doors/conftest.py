"""A period with a run that was held, and an auditor's way in."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certificates import issuing
from certificates.models import Certificate
from evidence.doors import entering
from evidence.models import AuditorDoor
from tests.builders import build_agency, build_course, build_funding, build_person
from tests.certificates.builders import build_attended, build_finished_run
from tests.evidence.builders import TOKEN, build_door, build_period
from tests.pages import read
from trainings import attendance
from trainings.acts import Act, Channel
from trainings.attendance import Mark

PDF = b"%PDF-1.7\n%%EOF\n"
LINK = reverse("evidence:door_link", args=[TOKEN])
CODE = reverse("evidence:door_code", args=[TOKEN])


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Tests do not wait; one looks whether others do."""
    monkeypatch.setattr(entering, "LEAST", 0)


@pytest.fixture
def grant(db):
    return build_funding(names_in_reports=True)


@pytest.fixture
def period(grant):
    today = timezone.localdate()
    return build_period(funding=grant, first_on=today - dt.timedelta(days=60), last_on=today)


@pytest.fixture
def held(grant, trainer, coordinator):
    """Somebody came, signed, has a certificate; afterwards their minutes were corrected."""
    course = build_course("Vielfalt am Schalter")
    run = build_finished_run(days_ago=(20, 13), course=course, funding=grant, trainers=[trainer])
    person = build_person("ada@jobcenter.example", "Ada", "Özil", agency=build_agency("Jobcenter", "jobcenter.example"))
    registration = build_attended(run, person, by=trainer)
    first, second = run.sessions.all()
    attendance.keep_scan(first, PDF, Act(trainer), original_at="Ordner 3")
    attendance.submit(first, Act(trainer), taught_minutes=360)
    attendance.close(run, Act(coordinator, Channel.COORDINATION))
    issuing.issue(run, Act(coordinator))
    Certificate.objects.update(rendered_at=timezone.now(), pdf=PDF, sha256="0" * 64)
    act = Act(coordinator, Channel.COORDINATION, "Frau Özil kam zu spät")
    attendance.record(second, {registration.pk: Mark("partial", minutes=300)}, act)
    return run


@pytest.fixture
def door(period) -> AuditorDoor:
    return build_door(period=period, with_names=True, with_scans=True)


def code_mailed() -> str:
    """The last one."""
    [code] = re.findall(r"^(\d{6})$", mail.outbox[-1].body, re.MULTILINE)
    return str(code)


def come_in(client: Client, link: str = LINK) -> Client:
    """As an auditor: the link, the button, the code from the mail."""
    assert client.post(link).url == f"{link}code/"
    answer = client.post(f"{link}code/", {"code": code_mailed()})
    assert answer.status_code == 302, read(answer).errors
    return client


@pytest.fixture
def auditor(door) -> Client:
    """A browser that has come in."""
    return come_in(Client())
