"""A grant with a run that was held, closed and signed for, in a reporting period."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Agency
from certificates import issuing
from certificates.paper import render
from tests.builders import build_agency, build_course, build_funding, build_person
from tests.certificates.builders import build_attended, build_finished_run
from tests.evidence.builders import build_period
from tests.evidence.dossiers.reading import UNDRAWN
from trainings import attendance
from trainings.acts import Act, Channel
from trainings.printing import pdf

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(autouse=True)
def undrawn(request, monkeypatch):
    """Papers are their HTML, which takes no half a second and says the same to ``Read``. „drawn“: as PDF."""
    if request.node.get_closest_marker("drawn") is None:
        monkeypatch.setattr(pdf, "laid_out", lambda html, **_how: html)
        monkeypatch.setattr(pdf, "written", lambda html: UNDRAWN + html.encode())


@pytest.fixture
def act(coordinator) -> Act:
    """That something is missing is known (the agency of one, the certificate of the other), and that today is in it."""
    return Act(coordinator, Channel.COORDINATION, "per Post an den Fördermittelgeber", "incomplete not_over")


@pytest.fixture
def grant():
    return build_funding(grant_number="AMIF-77", names_in_reports=True)


@pytest.fixture
def period(grant):
    today = timezone.localdate()
    return build_period(funding=grant, first_on=today - dt.timedelta(days=60), last_on=today)


@pytest.fixture
def run(grant, trainer, act):
    """Özil and Kim were there, on two days; the list of the first was filed with two pages."""
    course = build_course("Vielfalt am Schalter")
    run = build_finished_run(days_ago=(20, 13), course=course, funding=grant, trainers=[trainer], number="2026-001")
    agency = build_agency("Jobcenter", "jobcenter.example")
    build_attended(run, build_person(first_name="Ada", last_name="Özil", agency=agency), by=trainer)
    build_attended(run, build_person(first_name="Kim", last_name="Berg"), by=trainer, minutes=60)
    first, second = run.sessions.all()
    attendance.keep_scans(first, [PDF, PDF + b"\n"], Act(trainer), original_at="Ordner 3")
    attendance.keep_scan(second, PDF + b"\n\n", Act(trainer), original_at="Ordner 3")
    attendance.close(run, act)
    run.refresh_from_db()
    return run


@pytest.fixture
def complete_run(run, act):
    """The same, and nothing is missing of it."""
    run.registrations.update(agency=Agency.objects.get(short_name=run.registrations.first().agency.short_name))
    list(map(render, issuing.issue(run, act)))
    return run
