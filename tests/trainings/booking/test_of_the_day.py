"""Agency and group are those of the day somebody registered, wherever the past is shown."""

import re
from pathlib import Path

import pytest

from accounts.models import TargetGroup
from tests.builders import build_person, build_registration, build_run, in_days, only_session
from tests.pages import read
from tests.trainings.reporting.test_registrations import rows_of
from trainings import reporting
from trainings.attendance import sheets
from trainings.mails import facts
from trainings.models import AGENCY_OF_DAY, Registration
from trainings.reporting import Period

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def registration(agency, other_agency):
    """Ayşe was sent by Mayen as staff; since then she leads somebody in Bendorf."""
    person = build_person("yildiz@mayen.example", "Ayşe", "Yıldız")
    registration = build_registration(build_run(starts_at=in_days(-3)), person)
    person.agency, person.group = other_agency, TargetGroup.LEADERSHIP
    person.save()
    return Registration.objects.get(pk=registration.pk)


def test_export_list_report_and_mail_keep_the_agency_and_group_of_that_day(registration):
    figures = reporting.figures_of(Period(in_days(-30).date(), in_days(0).date()))
    [sheet_row] = sheets.sheet(only_session(registration.run)).rows
    [_headings, export_row] = rows_of(Registration.objects.all())
    told = [fact.value for fact in facts.for_supervisors(registration)]
    assert [part.name for part in (*figures.agencies, *figures.groups)] == ["Stadtverwaltung Mayen", "Mitarbeitende"]
    assert (sheet_row.agency, sheet_row.group) == ("Stadtverwaltung Mayen", "M")
    assert export_row[7:9] == ["Stadtverwaltung Mayen", "Mitarbeitende"]
    assert told[1:3] == ["Stadtverwaltung Mayen", "Mitarbeitende"]


@pytest.mark.parametrize(
    "path",
    [
        "/koordination/termine/{run}/",
        "/leitung/sitzungen/{session}/",
        "/koordination/termine/{run}/bescheinigungen/",
    ],
)
def test_so_do_the_pages(signed_in, coordinator, registration, path):
    place = path.format(run=registration.run_id, session=only_session(registration.run).pk)
    page = read(signed_in(coordinator).get(place))
    assert "Stadtverwaltung Mayen" in page.text
    assert "Stadtverwaltung Bendorf" not in page.text


def test_whose_agency_is_unknown_says_so_in_their_words(agency):
    registration = build_registration(build_run(), build_person("w@web.example", organisation="Verein Brücke"))
    assert registration.agency_of_day == "Verein Brücke"
    assert Registration.objects.values_list(AGENCY_OF_DAY, flat=True).get() == "Verein Brücke"


def test_nothing_shows_the_present_agency_or_group_of_somebody_registered():
    of_today = re.compile(
        r"(registration|row|entry)\.person\.(agency|organisation|group|get_group)"
        r"|person__(agency|group)|with person=\S*registration\.person.*\n(.*\n){0,8}.*person\.(agency|get_group)"
    )
    files = [
        path
        for pattern in (
            "trainings/**/*.py",
            "certificates/**/*.py",
            "templates/trainings/**/*",
            "templates/certificates/**/*",
        )
        for path in ROOT.glob(pattern)
        if path.is_file() and "migrations" not in path.parts
    ]
    found = {str(path.relative_to(ROOT)) for path in files if of_today.search(path.read_text())}
    # Interest and invitations are of today, and so is where somebody is to be asked to a refresher.
    assert found == {
        "templates/trainings/planning/refreshers.html",
        "trainings/refreshers.py",
        "trainings/views/refreshers.py",
        "trainings/planning/invitations.py",
        "trainings/views/planning.py",
    }, "ask registration.agency_of_day, registration.group or AGENCY_OF_DAY"
