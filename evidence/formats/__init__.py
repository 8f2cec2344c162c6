"""In which columns does the funder want it? Formats as data, and the tables that are made by them."""

from evidence.formats.changing import (
    ADD,
    DOWN,
    MOST_OF_A_HEADING,
    REMOVE,
    UP,
    FormatEdit,
    all_formats,
    change_format,
    copy_format,
    create_format,
    format_of,
    remove_format,
)
from evidence.formats.contents import TEXT, contents_for, labels_of_contents
from evidence.formats.writing import (
    broken,
    first_rows,
    stands_against,
    table_of,
    write_table_csv,
    write_table_xlsx,
)
