"""Gnumeric opens every table we give out, and reads in it what we have written; what it saves, we read back."""

import csv
import datetime as dt
import io
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from accounts.tables import PersonResource, read_table
from tests.exports import Export, build_world, exports

pytestmark = [pytest.mark.clients, pytest.mark.django_db]

AS_SHOWN = "separator=; format=preserve locale=de_DE"


def converted(source: Path, target: Path, *options: str) -> None:
    if shutil.which("ssconvert") is None:
        pytest.fail("ssconvert is missing. Install Debian's gnumeric.")
    done = subprocess.run(
        ["ssconvert", *options, str(source), str(target)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "E Fatal" not in done.stderr, done.stderr


def shown(data: bytes, folder: Path) -> list[list[list[str]]]:
    """The cells of each sheet, as the program shows them."""
    (folder / "export.xlsx").write_bytes(data)
    converted(folder / "export.xlsx", folder / "sheet-%n.csv", "-S", "-T", "Gnumeric_stf:stf_assistant", "-O", AS_SHOWN)
    files = sorted(folder.glob("sheet-*.csv"), key=lambda path: int(path.stem.rpartition("-")[2]))
    return [list(csv.reader(io.StringIO(path.read_text(), newline=""), delimiter=";")) for path in files]


def written(data: bytes) -> list[list[list[str]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [[[text_of(cell) for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets]


def text_of(cell: openpyxl.cell.Cell) -> str:
    value = cell.value
    if isinstance(value, dt.datetime):
        return f"{value:%d.%m.%Y %H:%M:%S}" if "hh" in cell.number_format else f"{value:%d.%m.%Y}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, float) or cell.number_format == "#,##0.0":
        return f"{value:,.1f}"
    return "" if value is None else str(value)


def test_it_shows_what_we_have_written(signed_in, coordinator, tmp_path):
    client, run = signed_in(coordinator), build_world(coordinator)
    for number, export in enumerate(exports(run)):
        folder = tmp_path / str(number)
        folder.mkdir()
        data = export.fetch(client, "xlsx")
        assert [sheet[1:] for sheet in shown(data, folder)] == [sheet[1:] for sheet in written(data)], export


@pytest.mark.parametrize("extension", ["xlsx", "csv"])
def test_what_it_saves_comes_back_unchanged(signed_in, coordinator, tmp_path, extension):
    client = signed_in(coordinator)
    build_world(coordinator)
    source, target = tmp_path / "export.xlsx", tmp_path / f"saved.{extension}"
    source.write_bytes(Export("table_file", ("personen",)).fetch(client, "xlsx"))
    converted(source, target)
    result = PersonResource().import_data(read_table(target.read_bytes(), PersonResource.knows), dry_run=True)
    assert (result.problems, result.changes) == ([], [])


def test_old_excel_files_are_refused_and_its_own_new_ones_read(tmp_path):
    source = tmp_path / "list.csv"
    source.write_text("E-Mail,Nachname,Gruppe\nx@mayen.example,Öztürk,Mitarbeitende\n")
    converted(source, tmp_path / "list.xlsx")
    assert read_table((tmp_path / "list.xlsx").read_bytes()).headers == ["E-Mail", "Nachname", "Gruppe"]
    for extension, way in [("xls", "alte Excel-Datei"), ("ods", r"LibreOffice \(\.ods\)")]:
        converted(source, tmp_path / f"list.{extension}")
        with pytest.raises(ValueError, match=way):
            read_table((tmp_path / f"list.{extension}").read_bytes())
