"""Tables in the shapes in which people have them: encodings, titles, errors in cells, whole names in one column."""

import io
import zipfile

import openpyxl
import pytest

from accounts.models import Agency, User
from accounts.names import split_name
from accounts.tables import (
    PersonResource,
    TableResult,
    XlsxFile,
    read_table,
    write_xlsx,
)
from tests.accounts.tables.test_spreadsheets import xlsx
from tests.builders import build_person
from trainings.planning import AgencyResource


def imported(resource, data: str | bytes) -> TableResult:
    return resource.import_data(read_table(data.encode() if isinstance(data, str) else data))


def names(data: str | bytes) -> list[tuple[str, str, str]]:
    assert imported(PersonResource(), data).problems == []
    return list(User.objects.order_by("pk").values_list("title", "first_name", "last_name"))


# --- Where the headings stand -----------------------------------------------------------------------


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_line_for_excel_alone_is_passed_over(separator):
    table = read_table(f"sep={separator}\r\nName{separator}Ort\r\nMüller{separator}Mayen\r\n".encode("utf-8-sig"))
    assert (table.headers, list(table), table.row_numbers) == (["Name", "Ort"], [("Müller", "Mayen")], [3])
    assert table.remarks == []


@pytest.mark.parametrize(
    "rows",
    [
        [["Teilnehmerliste, Stand 12.11."], [], ["Nachname", "Vorname", "E-Mail"]],
        [["Teilnehmerliste"], ["Stand", "12.11."], [None, None, None], ["Nachname", "Vorname", "E-Mail", "Ort", "Tel"]],
        [[], ["Nachname", "Vorname"]],
    ],
)
def test_headings_are_found_below_a_title(rows):
    table = read_table(xlsx(*rows, ["Groß", "Änne"]))
    assert table.headers == rows[-1]
    assert table.row_numbers == [len(rows) + 1]
    assert table.remarks == [f"Die Überschriften stehen in Zeile {len(rows)}; was darüber steht, wird nicht gelesen."]


def test_a_title_in_csv_is_passed_over_too():
    table = read_table(b"Liste;;\n;;\nNachname;Vorname;E-Mail\nA;B;C\n")
    assert (table.headers, table.row_numbers) == (["Nachname", "Vorname", "E-Mail"], [4])
    table = read_table(b"Liste vom 12.11.\n\nNachname;Vorname;E-Mail\nA;B;C\n")
    assert (table.headers, table.row_numbers) == (["Nachname", "Vorname", "E-Mail"], [4])


@pytest.mark.parametrize("data", [b"Name\nA\nB\n", b"Name;Ort\nA\nB;C\n", b"Name;Ort;\nA;B;\n"])
def test_a_table_without_title_begins_with_its_first_row(data):
    table = read_table(data)
    assert (table.headers[0], table.row_numbers, table.remarks) == ("Name", [2, 3][: len(table)], [])


# --- Cells whose value nobody knows ------------------------------------------------------------------


def with_formula(cell: str) -> bytes:
    """A workbook whose B2 is that piece of XML."""
    data, file = xlsx(["E-Mail", "Nachname", "Gruppe"], ["a@mayen.example", "Ersetzt", "Mitarbeitende"]), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                start = content.index(b'<c r="B2"')
                content = content[:start] + cell.encode() + content[content.index(b"</c>", start) + 4 :]
            new.writestr(entry, content)
    return file.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="B2" t="e"><f>VLOOKUP("x",A:B,2,FALSE)</f><v>#N/A</v></c>', "#N/A"),
        ('<c r="B2"><f>LOWER(A1)</f><v></v></c>', "=LOWER(A1)"),
        ('<c r="B2"><f>LOWER(A1)</f></c>', "=LOWER(A1)"),
        ('<c r="B2" t="str"><v>#BEZUG!</v></c>', "#BEZUG!"),
    ],
)
def test_a_cell_of_unknown_value_refuses_its_row(agency, cell, shown):
    result = imported(PersonResource(), with_formula(cell))
    assert result.problems == [(2, "Nachname", f"Der Wert dieser Zelle ist nicht bekannt: „{shown}“.")]
    assert User.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("shown", ["#NV", "#WERT!", "#NAME?", "#DIV/0!", "########"])
def test_such_a_cell_in_csv_is_one_too_and_empties_nothing(agency, shown):
    build_person("j@mayen.example", phone="1")
    data = f"E-Mail;Nachname;Gruppe;Telefon\nj@mayen.example;Neu;Mitarbeitende;{shown}\n"
    assert [problem[:2] for problem in imported(PersonResource(), data).problems] == [(2, "Telefon")]
    assert User.objects.get().phone == "1"


@pytest.mark.django_db
def test_the_value_of_a_formula_is_read_also_an_empty_one(agency):
    assert names(with_formula('<c r="B2" t="str"><f>UPPER(A1)</f><v>Groß</v></c>')) == [("", "", "Groß")]
    empty = imported(PersonResource(), with_formula('<c r="B2" t="str"><f>""</f><v></v></c>'))
    assert empty.problems == [(2, "Nachname", "Bitte füllen Sie diese Spalte aus.")]


# --- Names ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_whole_names_are_split_and_that_is_said(agency):
    data = (
        "Name;E-Mail;Gruppe\nWeber, Jan;j@mayen.example;Mitarbeitende\nDr. Groß, Änne;g@mayen.example;Mitarbeitende\n"
    )
    result = imported(PersonResource(), data)
    assert "Die Spalte „Name“ ist in Titel, Vorname und Nachname geteilt." in result.remarks[0]
    assert names(data) == [("", "Jan", "Weber"), ("Dr.", "Änne", "Groß")]


@pytest.mark.django_db
def test_beside_a_first_name_the_name_is_a_surname(agency):
    assert names("Vorname;Name;E-Mail;Gruppe\nJan;von Weber;j@mayen.example;Mitarbeitende\n") == [
        ("", "Jan", "von Weber")
    ]


@pytest.mark.django_db
def test_a_list_of_names_takes_no_title_away(agency):
    build_person("g@mayen.example", "Änne", "Groß", title="Dr.")
    assert names("Name;E-Mail;Gruppe\nGroß, Änne;g@mayen.example;Mitarbeitende\n") == [("Dr.", "Änne", "Groß")]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Weber, Jan", ("", "Jan", "Weber")),
        ("Dr. Groß, Änne", ("Dr.", "Änne", "Groß")),
        ("Groß, Dr. Änne", ("Dr.", "Änne", "Groß")),
        ("Prof. Dr.-Ing. Änne Groß", ("Prof. Dr.-Ing.", "Änne", "Groß")),
        ("Dr. med. Änne Groß", ("Dr. med.", "Änne", "Groß")),
        ("Dr. Phil Meier", ("Dr.", "Phil", "Meier")),
        ("Nat King Cole", ("", "Nat King", "Cole")),
        ("Frau Anna Klein", ("", "Anna", "Klein")),
        ("Herr Weber", ("", "", "Weber")),
        ("Karl von der Straße", ("", "Karl", "von der Straße")),
        ("Sukarno", ("", "", "Sukarno")),
        ("Van Nguyen", ("", "Van", "Nguyen")),
        ("Drees, Mara", ("", "Mara", "Drees")),
        ("", ("", "", "")),
    ],
)
def test_names_are_split(text, parts):
    assert split_name(text) == parts


@pytest.mark.django_db
def test_a_domain_with_its_at_sign_is_read_and_a_column_nobody_knows_is_named():
    data = "Kürzel;Name;Art;Ort;E-Mail-Domain;Ansprechpartner\nX;VG X;Kirche;X;@vg-x.example;Frau Muster\n"
    result = imported(AgencyResource(), data.encode("cp1252"))
    assert (result.problems, result.ignored_headings) == ([], ["Ansprechpartner"])
    assert Agency.objects.get().mail_domains.get().domain == "vg-x.example"


# --- Written ----------------------------------------------------------------------------------------


def written(*rows: list[object]) -> list[tuple]:
    file = io.BytesIO()
    write_xlsx(["A", "B"], rows, file)
    return list(openpyxl.load_workbook(io.BytesIO(file.getvalue())).active.iter_rows(values_only=True))[1:]


def test_phone_numbers_have_no_apostrophe_in_excel_but_formulas_have():
    assert written(["+49 (261) 10-8", "+49+1"], ["=1+1", "-"]) == [("+49 (261) 10-8", "'+49+1"), ("'=1+1", "'-")]


def test_empty_cells_are_empty():
    file = io.BytesIO()
    write_xlsx(["A", "B", "C"], [["", None, "x"]], file)
    with zipfile.ZipFile(file) as archive:
        assert b'r="A2"' not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.django_db
def test_phone_numbers_come_back(agency):
    build_person("j@mayen.example", phone="+49 261 1")
    assert imported(PersonResource(), XlsxFile().export_data(PersonResource().export())).changes == []
