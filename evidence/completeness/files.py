"""What is missing as a table, to work through or to send to somebody."""

from collections.abc import Iterable, Iterator
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.tables import Cell, Worksheet, write_csv, write_workbook
from evidence.completeness.nouns import Lack

_WIDTHS = [36, 14, 36, 12, 48, 30, 60]


def write_lacks_csv(lacks: Iterable[Lack], file: IO[bytes]) -> None:
    write_csv(_headings(), _rows(lacks), file)


def write_lacks_xlsx(lacks: Iterable[Lack], file: IO[bytes]) -> None:
    write_workbook([Worksheet(_("Was noch fehlt"), _headings(), _rows(lacks), _WIDTHS)], file)


def _headings() -> list[str]:
    return [_("Art"), pgettext("number", "Termin"), _("Schulung"), _("Tag"), _("Was fehlt"), _("Wer"), _("Seite")]


def _rows(lacks: Iterable[Lack]) -> Iterator[list[Cell]]:
    for lack in lacks:
        run, page = lack.run, urlsplit(lack.url).path
        yield [
            str(lack.kind.label),
            run.number if run else "",
            run.course.title if run else "",
            lack.day,
            lack.text,
            lack.who,
            f"{settings.PUBLIC_URL}{page}",
        ]
