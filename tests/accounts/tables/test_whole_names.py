"""A surname is stored as one, a whole name is split where its parts are said, and what is neither is asked about."""

import pytest

from accounts.models import User
from accounts.tables import PersonResource, TableResult, read_table
from tests.builders import build_person

pytestmark = pytest.mark.django_db


def imported(heading: str, name: str, email: str = "x@mayen.example", **options: object) -> TableResult:
    sheet = f'{heading};E-Mail;Gruppe\n"{name}";{email};Mitarbeitende\n'
    return PersonResource().import_data(read_table(sheet.encode(), PersonResource.knows), **options)


def stored() -> list[tuple[str, str, str]]:
    return list(User.objects.values_list("title", "first_name", "last_name"))


@pytest.mark.parametrize(
    ("heading", "name", "parts"),
    [
        ("Name", "Prof. Dr. Anna von der Heide", ("Prof. Dr.", "Anna", "von der Heide")),
        ("Name", "Sukarno", ("", "", "Sukarno")),
        ("Name, Vorname", "Klein, Anna", ("", "Anna", "Klein")),
        ("Nachname, Vorname", "von der Heide, Dr. Anna Maria", ("Dr.", "Anna Maria", "von der Heide")),
        ("Vor- und Nachname", "Frau Dr. Anna Klein", ("Dr.", "Anna", "Klein")),
        ("Teilnehmende", "Klein, Anna", ("", "Anna", "Klein")),
    ],
)
def test_whole_names_become_title_first_name_and_surname(agency, heading, name, parts):
    result = imported(f'"{heading}"', name)
    assert (result.problems, stored()) == ([], [parts])
    assert result.remarks[-1].startswith(f"Die Spalte „{heading}“ ist in Titel, Vorname und Nachname geteilt.")


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Nachname Vorname", "Klein Anna Maria"),
        ("Vorname, Nachname", "Anna, Klein"),
        ("Name", "Klein, Anna, Weber, Jan"),
    ],
)
def test_where_the_surname_is_not_said_it_is_asked_for(agency, heading, name):
    [(row, column, text)] = imported(f'"{heading}"', name).problems
    assert (row, column) == (2, "Nachname")
    assert text == f"„{name}“: Was ist der Nachname? Schreiben Sie bitte „Nachname, Vorname“."
    assert stored() == []


@pytest.mark.parametrize("email", ["jan.weber@mayen.example", "j.weber2@mayen.example"])
def test_an_order_that_the_address_contradicts_is_asked_about(agency, email):
    result = imported("Name", "Weber Jan", email, dry_run=True)
    assert result.doubts == [(email, "A2: Ist „Jan“ der Nachname? Die Adresse legt das Umgekehrte nahe.")]
    assert imported("Name", "Jan Weber", email, dry_run=True).doubts == []
    assert imported("Name", "Weber, Jan", email, dry_run=True).doubts == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Weber, Jan", "„Weber, Jan“ sind mehrere Namen."),
        ("Dr. Groß", "„Dr. Groß“: „Dr.“ gehört in die Spalte „Titel“."),
        ("Herr/Frau Klein", "„Herr/Frau Klein“: „Herr/Frau“ gehört in die Spalte „Anrede“."),
        ("Frau Klein", "„Frau Klein“: „Frau“ gehört in die Spalte „Anrede“."),
        ("Schr”der", "In „Schr”der“ fehlt ein Zeichen."),
        ("MŸller", "In „MŸller“ fehlt ein Zeichen."),
        ("J?rg", "In „J?rg“ fehlt ein Zeichen."),
        ("M&uuml;ller", "In „M&uuml;ller“ fehlt ein Zeichen."),
        ("M&#252ller", "In „M&#252ller“ fehlt ein Zeichen."),
        *(
            (name, f"„{name}“ ist kein Name.")
            for name in (
                "12345",
                "0,5",
                "-",
                "WAHR",
                "ja",
                "FALSE",
                "01. Mai",
                "Mai 26",
                "01.05.2026",
                "2E+05",
                "n/a",
                "k. A.",
                "N.N.",
            )
        ),
        *(
            (name, f"„{name}“ können mehrere Namen sein.")
            for name in (
                "Anna Klein / Bert",
                "Klein/Groß",
                "Anna und Bert",
                "Anna u. Bert",
                "Anna & Bert",
                "Klein + Groß",
            )
        ),
    ],
)
def test_what_is_no_single_name_is_not_stored_as_one(agency, name, why):
    sheet = f'E-Mail;Vorname;Nachname;Gruppe\nx@mayen.example;X;"{name}";Mitarbeitende\n'
    [(row, heading, text)] = PersonResource().import_data(read_table(sheet.encode())).problems
    assert (row, heading, text[: len(why)]) == (2, "Nachname", why)


@pytest.mark.parametrize(
    "name",
    [
        "Meier „Kalle“",
        "O’Neill",
        "Freifrau von und zu Hohenstein-Waldburg",
        "zu und von der Tann",
        "ŠKODA",
        "Lück-Öhler",
        "D'Angelo",
        "Weiß (geb. Groß)",
        "Raj s/o Kumar",
        "True",
        "Mai",
        "Na",
        "Undine",
        "Meier 2",
        "李",
    ],
)
def test_signs_beside_a_name_are_its_own(agency, name):
    sheet = f'E-Mail;Vorname;Nachname;Gruppe\nx@mayen.example;X;"{name}";Mitarbeitende\n'
    assert PersonResource().import_data(read_table(sheet.encode())).problems == []
    assert stored() == [("", "X", name)]


def test_both_names_are_looked_at_and_there_may_be_no_first_name(agency):
    sheet = "E-Mail;Vorname;Nachname;Gruppe\nx@mayen.example;{};Klein;Mitarbeitende\n"
    [problem] = PersonResource().import_data(read_table(sheet.format("n/a").encode())).problems
    assert problem == (
        2,
        "Vorname",
        "„n/a“ ist kein Name. Bitte schreiben Sie ihn neu; ein fehlender Vorname bleibt leer.",
    )
    assert PersonResource().import_data(read_table(sheet.format("").encode())).problems == []


def test_a_name_somebody_has_already_is_not_questioned(agency):
    build_person("x@mayen.example", "X", "Weber, jun.")
    sheet = 'E-Mail;Vorname;Nachname;Gruppe\nx@mayen.example;X;"Weber, jun.";Mitarbeitende\n'
    assert PersonResource().import_data(read_table(sheet.encode())).problems == []
