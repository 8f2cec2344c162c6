"""How do spreadsheets become people and other rows, and back?"""

from accounts.tables.cells import Cell, Table, Unknown, UnreadableTable
from accounts.tables.columns import (
    Aside,
    AsideNumber,
    AsideYesNo,
    Choice,
    Column,
    Day,
    Lookup,
    Number,
    Percent,
    Several,
    Text,
    YesNo,
    folded,
    read_day,
    unknown_value,
)
from accounts.tables.encodings import UnknownCharacters, decode
from accounts.tables.headings import Knows
from accounts.tables.importing import TableResource, TableResult, import_table
from accounts.tables.resources import PersonResource
from accounts.tables.spreadsheets import LineTooLong, gone, lines_of, read_table, too_large
from accounts.tables.uploads import fetch_upload, forget_upload, keep_upload
from accounts.tables.writing import (
    XLSX_CONTENT_TYPE,
    CsvFile,
    Worksheet,
    XlsxFile,
    write_csv,
    write_workbook,
    write_xlsx,
)
