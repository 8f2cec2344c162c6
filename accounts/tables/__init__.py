"""How do spreadsheets become people and agencies, and back?"""

from accounts.tables.back_office import ReadOnlyAdmin, TableAdmin, WaitingUpload
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
from accounts.tables.importing import TableResource, TableResult, import_table
from accounts.tables.resources import AgencyResource, PersonResource
from accounts.tables.spreadsheets import (
    XLSX_CONTENT_TYPE,
    Cell,
    CsvFile,
    Table,
    Unknown,
    UnreadableTable,
    Worksheet,
    XlsxFile,
    read_table,
    too_large,
    write_csv,
    write_workbook,
    write_xlsx,
)
