"""How does a format become a table of a grant and a period, and what stands against it?"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.tables import Cell, write_csv, write_xlsx
from evidence.facts import period_evidence
from evidence.formats.contents import CONTENTS, LINE_NUMBER, TEXT, Minutes, Value
from evidence.formats.rows import FormatRow, rows_of
from evidence.models import ExportFormat, FormatColumn, ReportingPeriod
from trainings.models import Funding
from trainings.refusals import Reason, Refused
from trainings.reporting import teaching_units


@dataclass(frozen=True)
class FormatTable:
    """``headings`` are there for the page also where the file has none."""

    of: ExportFormat
    headings: list[str]
    rows: list[list[Cell]]


def table_of(of: ExportFormat, period: ReportingPeriod) -> FormatTable:
    """In the language of the format. Raises Refused for what stands against it."""
    if reasons := stands_against(of, period.funding):
        raise Refused(*reasons)
    columns = of.ordered_columns
    with_names = any(CONTENTS[column.content].names_people for column in columns)
    with translation.override(of.language):
        evidence = period_evidence(period.funding, period.days)
        rows = rows_of(ExportFormat.Row(of.row), evidence, with_names=with_names)
        lines = [[_cell(of, column, row, number) for column in columns] for number, row in enumerate(rows, 1)]
    return FormatTable(of, [column.heading for column in columns], lines)


def stands_against(of: ExportFormat, funding: Funding) -> list[Reason]:
    return [*broken(of), *_names_nobody(of, funding)]


def broken(of: ExportFormat) -> list[Reason]:
    """Columns whose content is not there (any more) for such rows."""
    if not of.columns:
        return [Reason("empty", _("Dieses Format hat noch keine Spalten."))]
    text = _(
        "Die Spalte „%(heading)s“ hat einen Inhalt, den es nicht mehr gibt („%(content)s“). Bitte wählen Sie einen "
        "anderen."
    )
    return [
        Reason("broken", text % {"heading": column.heading, "content": column.content}, f"content-{column.key}")
        for column in of.ordered_columns
        if column.content not in CONTENTS or of.row not in CONTENTS[column.content].rows
    ]


def _names_nobody(of: ExportFormat, funding: Funding) -> list[Reason]:
    """Columns that name those who take part, for a grant whose reports name nobody."""
    if funding.names_in_reports:
        return []
    text = _(
        "Die Spalte „%(heading)s“ nennt Teilnehmende mit Namen. Für die Förderung %(grant)s ist das nicht vorgesehen; "
        "ob ihre Nachweise Namen nennen, steht bei der Förderung."
    )
    return [
        Reason("names", text % {"heading": column.heading, "grant": funding.grant_number})
        for column in of.ordered_columns
        if column.content in CONTENTS and CONTENTS[column.content].names_people
    ]


def _cell(of: ExportFormat, column: FormatColumn, row: FormatRow, number: int) -> Cell:
    if column.content == TEXT:
        return column.text
    if column.content == LINE_NUMBER:
        return number
    return _as_the_format_says(of, CONTENTS[column.content].value(row))


def _as_the_format_says(of: ExportFormat, value: Value) -> Cell:
    if isinstance(value, Minutes):
        return int(value) if of.time_in == ExportFormat.TimeIn.MINUTES else teaching_units(value)
    if isinstance(value, dt.date):
        match of.days:
            case ExportFormat.Days.GERMAN:
                return f"{value:%d.%m.%Y}"
            case ExportFormat.Days.ISO:
                return value.isoformat()
    return value


def write_table_csv(table: FormatTable, file: IO[bytes]) -> None:
    of = table.of
    write_csv(_headings(table), table.rows, file, delimiter=of.delimiter, decimal_mark=of.decimal_mark)


def write_table_xlsx(table: FormatTable, file: IO[bytes]) -> None:
    write_xlsx(_headings(table), table.rows, file)


def _headings(table: FormatTable) -> list[str]:
    return table.headings if table.of.with_headings else []


def first_rows(table: FormatTable, most: int = 5) -> Iterator[list[Cell]]:
    yield from table.rows[:most]
