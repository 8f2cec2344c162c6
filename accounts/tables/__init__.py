"""How do spreadsheets become people and other rows, and back?"""

from accounts.tables.columns import (
    Aside,
    AsideNumber,
    AsideYesNo,
    Choice,
    Column,
    Day,
    Lookup,
    Number,
    Several,
    Text,
    YesNo,
    folded,
    read_day,
    unknown_value,
)
from accounts.tables.encodings import UnknownCharacters, decode
from accounts.tables.importing import TableResource, TableResult, import_table
from accounts.tables.resources import PersonResource
from accounts.tables.spreadsheets import (
    XLSX_CONTENT_TYPE,
    Cell,
    CsvFile,
    LineTooLong,
    Table,
    Unknown,
    UnreadableTable,
    Worksheet,
    XlsxFile,
    gone,
    lines_of,
    read_table,
    too_large,
    write_csv,
    write_workbook,
    write_xlsx,
)
from accounts.tables.uploads import fetch_upload, forget_upload, keep_upload
