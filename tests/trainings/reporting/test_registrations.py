import csv
import io

import openpyxl
import pytest
from django.http import HttpResponse

from tests.builders import berlin, build_course, build_person, build_registration, build_run, build_venue, only_session
from trainings import attendance, reporting
from trainings.models import AttendanceRecord, Registration

HEADINGS = [
    "Termin", "Schulung", "Beginn", "Nachname", "Vorname", "Titel", "E-Mail-Adresse", "Behörde / Einrichtung",
    "Gruppe", "Status", "Herkunft", "angemeldet am", "Minuten anwesend", "UE anwesend",
]  # fmt: skip


@pytest.fixture
def registrations(agency):
    run = build_run(
        build_course("Asyl; und „Flucht“"), number="2026-001", starts_at=berlin(2026, 3, 29, 0, 30), venue=build_venue()
    )
    first = build_person("a@mayen.example", "=cmd()", "Adams", title="Dr.")
    last = build_person("z@web.example", "+x", "Zoë", organisation="Verein", group="volunteers")
    registration = build_registration(run, first, registered_at=berlin(2026, 3, 1, 0, 30), needs="Rollstuhl")
    build_registration(run, last, status="waitlisted", registered_at=berlin(2026, 3, 2, 12))
    AttendanceRecord.objects.create(
        registration=registration, session=only_session(run), status="partial", minutes=100, recorded_by=first
    )
    return Registration.objects.all()


def rows_of(registrations) -> list[list[str]]:
    file = io.BytesIO()
    reporting.write_registrations_csv(registrations, file)
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig")), delimiter=";"))


def test_registrations_as_csv(registrations):
    title, agency = "Asyl; und „Flucht“", "Stadtverwaltung Mayen"
    assert rows_of(registrations) == [
        HEADINGS,
        ["2026-001", title, "29.03.2026", "Adams", "'=cmd()", "Dr.", "a@mayen.example", agency,
         "Mitarbeitende", "bestätigt", "selbst angemeldet", "01.03.2026", "100", "2"],
        ["2026-001", title, "29.03.2026", "Zoë", "'+x", "", "z@web.example", "Verein",
         "Ehrenamtliche", "Warteliste", "selbst angemeldet", "02.03.2026", "", ""],
    ]  # fmt: skip


def test_registrations_as_xlsx(registrations):
    response = HttpResponse()  # as the coordinators' page does it
    reporting.write_registrations_xlsx(registrations, response)
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    first, second, third = sheet.iter_rows()
    assert [cell.value for cell in first] == HEADINGS
    assert [second[place].value for place in (0, 3, 4, 12, 13)] == ["2026-001", "Adams", "'=cmd()", 100, 2]
    assert [second[place].data_type for place in (2, 4, 12)] == ["d", "s", "n"]
    assert [cell.value for cell in third][3:5] == ["Zoë", "'+x"]


def test_csv_can_be_written_into_a_response(registrations):
    response = HttpResponse()
    reporting.write_registrations_csv(registrations, response)
    assert response.content.startswith("\ufeffTermin;Schulung;".encode())


def test_needs_stay_with_the_coordination(registrations):
    assert "Rollstuhl" not in str(rows_of(registrations))


def test_one_query_however_many_there_are(registrations, django_assert_num_queries):
    for _more in range(3):
        with django_assert_num_queries(1):
            rows_of(registrations)
        build_registration(registrations[0].run)


def test_people_stand_run_by_run_in_the_order_of_the_pages(agency):
    early, late = build_run(starts_at=berlin(2026, 3, 2, 9)), build_run(starts_at=berlin(2026, 3, 3, 9))
    for run, names in [(late, ["Zander", "Ärmel"]), (early, ["Mutzke", "Müller", "Mueller", "Örtel", "Oswald"])]:
        for name in names:
            build_registration(run, build_person(last_name=name, first_name="Kim" if name != "Mueller" else "Ada"))
    [_headings, *rows] = rows_of(Registration.objects.all())
    assert [row[3] for row in rows] == ["Mueller", "Müller", "Mutzke", "Örtel", "Oswald", "Ärmel", "Zander"]
    pages = [row.person.last_name for run in (early, late) for row in attendance.expected(only_session(run))]
    assert [row[3] for row in rows] == pages
