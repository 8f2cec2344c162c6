"""Files from the field, each for a kind of trouble: what must come out of them."""

from pathlib import Path

import pytest

from accounts.models import Agency, User
from accounts.tables import PersonResource, TableResource, TableResult, read_table
from tests.builders import berlin, build_course, build_run
from trainings.models import CourseRun
from trainings.planning import AgencyResource, RunResource

pytestmark = pytest.mark.django_db

CASES = Path(__file__).parent / "cases"


def imported(resource: TableResource, name: str, **options: object) -> TableResult:
    return resource.import_data(read_table((CASES / name).read_bytes(), resource.knows), **options)


def names() -> list[tuple[str, str, str]]:
    return list(User.objects.order_by("pk").values_list("title", "first_name", "last_name"))


def test_an_error_value_refuses_its_row_and_is_named_by_its_cell(agency):
    result = imported(PersonResource(), "fehlerwert.xlsx")
    [(row, heading, text)] = result.problems
    assert (row, result.cell(row, heading)) == (2, "C2")
    assert text == "Der Wert dieser Zelle ist nicht bekannt: „#N/A“."
    assert names() == []


def test_a_formula_without_its_value_is_unknown_and_not_empty(agency):
    result = imported(PersonResource(), "p_formula.xlsx")
    assert [result.cell(row, heading) for row, heading, _text in result.problems] == ["A2"]
    assert names() == []


def test_ms_dos_is_read_right_and_named(agency):
    result = imported(PersonResource(), "msdos-cp850.csv")
    assert (result.problems, names()) == ([], [("", "Jörg", "Schröder-Weiß")])
    assert "MS-DOS (Codepage 850)" in result.how


def test_a_line_that_says_the_separator_is_passed_over(agency):
    assert imported(PersonResource(), "sep-zeile.csv").problems == []
    assert names() == [("", "Jörg", "Schröder-Weiß")]


def test_headings_below_a_title_are_found_and_their_row_is_said(agency):
    result = imported(PersonResource(), "p_title.xlsx")
    assert (result.problems, names()) == ([], [("", "Änne", "Groß"), ("", "Jörg", "Weiß")])
    assert result.remarks == ["Die Überschriften stehen in Zeile 3; was darüber steht, wird nicht gelesen."]


def test_whole_names_are_split_and_shown(agency):
    result = imported(PersonResource(), "name.csv")
    assert (result.problems, names()) == ([], [("", "Jan", "Weber"), ("Dr.", "Änne", "Groß")])
    assert "Die Spalte „Name“ ist in Titel, Vorname und Nachname geteilt." in result.remarks[-1]


def test_a_column_nobody_knows_is_named_and_a_number_as_phone_asked_about(agency):
    result = imported(PersonResource(), "p_unknown.xlsx", dry_run=True)
    assert (result.problems, result.ignored_headings) == ([], ["Bemerkung"])
    text = "G2: „2651123456“ ist eine Zahl; Excel lässt die führende Null und das Plus weg."
    assert result.doubts == [("aenne.gross@mayen.example", text)]


def test_a_domain_with_its_sign_is_read():
    result = imported(AgencyResource(), "ag.csv")
    assert (result.problems, result.ignored_headings) == ([], ["Ansprechpartner"])
    assert Agency.objects.get().mail_domains.get().domain == "vg-x.example"


def test_date_and_times_in_columns_of_their_own_are_a_session(coordinator):
    build_course("Basismodul", number=3)
    assert imported(RunResource(), "runs_datecols.xlsx", user=coordinator).problems == []
    session = CourseRun.objects.get().sessions.get()
    assert (session.starts_at, session.ends_at) == (berlin(2027, 3, 10, 9), berlin(2027, 3, 10, 16, 30))


def test_what_is_closed_is_not_changed(coordinator):
    course = build_course("Basismodul", number=3)
    run = build_run(course, number="03-1", starts_at=berlin(2026, 10, 29, 9), closed_at=berlin(2026, 11, 1))
    [(row, _heading, text)] = imported(RunResource(), "runs_change_past.xlsx", user=coordinator).problems
    assert (row, text.startswith("Dieser Termin ist abgeschlossen. Öffnen Sie ihn zuerst wieder")) == (2, True)
    assert run.sessions.get().teaching_minutes == 360
