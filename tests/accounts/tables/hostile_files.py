"""Files made to cost memory and time, each of at most 5 MB; and a reader that says what they do cost.

As a program: ``python -m tests.accounts.tables.hostile_files NAME`` reads one with settings in place and prints JSON.
"""

import datetime as dt
import importlib
import io
import json
import os
import re
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
ROWS = '<row r="1"><c t="inlineStr"><is><t>Name</t></is></c></row><row r="2"><c><v>1</v></c></row>'
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'haha'>{}]>".format(
    "".join(f"<!ENTITY {to} '{f'&{of};' * 20}'>" for of, to in zip("abcdefgh", "bcdefghi", strict=True))
)


def workbook(
    sheet: str = f"<worksheet {MAIN}><sheetData>{ROWS}</sheetData></worksheet>",
    strings: str = f"<sst {MAIN}/>",
    styles: str = f"<styleSheet {MAIN}/>",
    sheets: int = 1,
    types: str = "",
    method: int = zipfile.ZIP_DEFLATED,
    **more: str,
) -> bytes:
    """The smallest workbook that openpyxl reads, with these parts in it; ``sheets`` names for one sheet."""
    names = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, sheets + 1))
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        for n in range(1, sheets + 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPE}.sharedStrings+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": strings,
        "xl/styles.xml": styles,
        **more,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def sheet(rows: str, before: str = "") -> str:
    return f"<worksheet {MAIN}>{before}<sheetData>{rows}</sheetData></worksheet>"


def declaring_too_little() -> bytes:
    """The sheet unpacks to gigabytes; its entry says a kilobyte."""
    data = bytearray(workbook(sheet(ROWS + " " * 24_000_000)))
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46  # in the directory at the end
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(data)


def attributes(number: int) -> str:
    return " ".join(f"a{n}=''" for n in range(number))


TABLES: dict[str, Callable[[], bytes]] = {
    "16,384 columns": lambda: workbook(sheet(f"<row>{'<c><v>1</v></c>' * 16_384}</row>" * 2)),
    "six million cells in a row": lambda: workbook(sheet(f"<row>{'<c/>' * 6_000_000}</row>")),
    "100,000 rows of many cells": lambda: workbook(sheet(f"<row>{'<c><v>1</v></c>' * 16}</row>" * 100_000)),
    "declared as the largest sheet": lambda: workbook(sheet(ROWS, '<dimension ref="A1:XFD1048576"/>')),
    "a row far below": lambda: workbook(sheet(ROWS + '<row r="900000000"><c><v>1</v></c></row>')),
    "a million empty rows": lambda: workbook(sheet(ROWS + "<row/>" * 1_000_000)),
    "a million strings": lambda: workbook(strings=f"<sst {MAIN}>{'<si><t>a</t></si>' * 1_000_000}</sst>"),
    "four million empty strings": lambda: workbook(strings=f"<sst {MAIN}>{'<si/>' * 4_500_000}</sst>"),
    "many rich strings": lambda: workbook(
        strings=f"<sst {MAIN}>{'<si><r><rPr><b/></rPr><t>a</t></r></si>' * 500_000}</sst>"
    ),
    "one string of 24 MB": lambda: workbook(strings=f"<sst {MAIN}><si><t>{'a' * 24_000_000}</t></si></sst>"),
    "laughs in the strings": lambda: workbook(strings=f"{LAUGHS}<sst {MAIN}><si><t>&i;</t></si></sst>"),
    "laughs in the sheet": lambda: workbook(LAUGHS + sheet(f"{ROWS}<row><c t='str'><v>&i;</v></c></row>")),
    "a million formats": lambda: workbook(
        styles=f"<styleSheet {MAIN}><cellXfs>{'<xf/>' * 1_000_000}</cellXfs></styleSheet>"
    ),
    "a million fonts": lambda: workbook(
        styles=f"<styleSheet {MAIN}><fonts>{'<font><b/></font>' * 1_000_000}</fonts></styleSheet>"
    ),
    "a million types": lambda: workbook(types='<Override PartName="/a" ContentType="b"/>' * 500_000),
    "200 names for one long sheet": lambda: workbook(sheet("<row><c/></row>" * 200_000), sheets=200),
    "40 names for one long sheet": lambda: workbook(sheet("<row><c/></row>" * 200_000), sheets=40),
    "half a million attributes": lambda: workbook(sheet(f"<row><c {attributes(500_000)}/></row>")),
    "attributes on many cells": lambda: workbook(sheet(f"<row>{f'<c {attributes(28)}/>' * 1000}</row>" * 90)),
    "two million elements in each other": lambda: workbook(sheet("<a>" * 1_500_000 + "</a>" * 1_500_000)),
    "long formulas shared by many": lambda: workbook(
        sheet(
            f'<row><c r="A1"><f t="shared" si="0" ref="A1:A9">{"A1+" * 2_500}1</f></c></row>'
            + '<row><c><f t="shared" si="0"/></c></row>' * 200_000
        )
    ),
    "a gigabyte in 1 MB": lambda: workbook(**{"xl/media/image1.png": "\0" * 1_000_000_000}),
    "declaring too little": declaring_too_little,
    "packed by lzma": lambda: workbook(sheet("<row><c/></row>" * 400_000), method=zipfile.ZIP_LZMA),
    "30,000 files": lambda: workbook(**{f"f{n}": "" for n in range(30_000)}),
    "one long text in all cells": lambda: workbook(
        sheet(("<row>" + '<c t="s"><v>0</v></c>' * 50 + "</row>") * 5000),
        strings=f"<sst {MAIN}><si><t>{'a' * 1_000_000}</t></si></sst>",
    ),
    "as many cells as may be": lambda: workbook(sheet(f"<row>{'<c/>' * 16_000}</row>" * 37)),
    "as many values as may be": lambda: workbook(sheet(f"<row>{'<c><v>1.5</v></c>' * 58}</row>" * 5000)),
    "as many strings as may be": lambda: workbook(strings=f"<sst {MAIN}>{'<si><t>a</t></si>' * 290_000}</sst>"),
    "as many rich strings as may be": lambda: workbook(
        strings=f"<sst {MAIN}>{'<si><r><rPr><b/></rPr><t>a</t></r></si>' * 16_000}</sst>"
    ),
    "as many formats as may be": lambda: workbook(
        styles=f"<styleSheet {MAIN}><cellXfs>{'<xf/>' * 49_000}</cellXfs></styleSheet>"
    ),
    "as many fonts as may be": lambda: workbook(
        styles=f"<styleSheet {MAIN}><fonts>{'<font><b/></font>' * 24_000}</fonts></styleSheet>"
    ),
    "as many attributes as may be": lambda: workbook(sheet(f"<row>{f'<c {attributes(28)}/>' * 16_000}</row>" * 3)),
    "as many shared formulas as may be": lambda: workbook(
        sheet(
            f'<row><c r="A1"><f t="shared" si="0" ref="A1:A9">{"A1+" * 20}1</f></c></row>'
            + '<row><c><f t="shared" si="0"/></c></row>' * 4_990
        )
    ),
}
TEXTS: dict[str, Callable[[], bytes]] = {
    "one line of separators": lambda: b";" * 5_000_000,
    "one line of cells": lambda: b"ab;" * 1_600_000,
    "one line of commas": lambda: b"Name,Join Time\n" + b"a," * 2_400_000,
    "one word": lambda: b"a" * 5_000_000,
    "one quote": lambda: b'Name;Ort\n"' + b"a;b\n" * 1_200_000,
    "a quote in each cell": lambda: b"Name;Ort\n" + b'"\n";' * 900_000,
    "empty lines": lambda: b"Name\n" + b"\n" * 4_900_000,
    "short lines": lambda: b"Name\n" + b"a\n" * 2_400_000,
    "misread twice": lambda: b"Name\n" + "Ã¤".encode() * 1_200_000,
}


def measured(name: str, read: Callable[[bytes], object], refusal: type[Exception]) -> dict[str, object]:
    data = {**TABLES, **TEXTS}[name]()
    _peak()
    before = _peak()
    began = time.process_time()
    try:
        read(data)
        outcome = "read"
    except refusal as refused:
        outcome = str(refused)
    seconds = round(time.process_time() - began, 2)
    return {"bytes": len(data), "outcome": outcome, "seconds": seconds, "megabytes": _peak() - before}


def _peak() -> int:
    """What the process has taken at most since the last call, in MB."""
    status = Path("/proc/self/status").read_text()
    Path("/proc/self/clear_refs").write_text("5")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024


def main(reader: str, name: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    importlib.import_module("django").setup()
    tables, attendance = importlib.import_module("accounts.tables"), importlib.import_module("trainings.attendance")
    booking = importlib.import_module("trainings.booking")
    at = dt.datetime(2026, 3, 3, 8, tzinfo=dt.UTC)
    read, refusal = {
        "table": (tables.read_table, tables.UnreadableTable),
        "export": (
            lambda data: attendance.read_export(data, at, at + dt.timedelta(hours=2)),
            attendance.UnreadableExport,
        ),
        "lines": (lambda data: booking.read_lines(data.decode()), booking.TooManyLines),
    }[reader]
    sys.stdout.write(json.dumps(measured(name, read, refusal)))


if __name__ == "__main__":
    main(*sys.argv[1:])
