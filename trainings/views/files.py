"""How does a page answer with a file, or say why there is none?"""

import io
import logging
from collections.abc import Callable, Mapping
from typing import IO, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from accounts.tables import XLSX_CONTENT_TYPE
from trainings import printing
from trainings.evidence_files import EXTENSIONS

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Whatever is in a scan, no script of it runs, and it has no origin. Browsers show pictures with a style of their own.
FRAMED = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX_CONTENT_TYPE,
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "zip": "application/zip",
}


def file(content: bytes, name: str, *, is_shown: bool = False) -> HttpResponse:
    """To be kept, or shown by the browser; its type is that of the extension."""
    response = HttpResponse(content, content_type=CONTENT_TYPES[name.rpartition(".")[2]])
    response.headers["Content-Disposition"] = content_disposition_header(not is_shown, name) or "inline"
    return response


def evidence(content: bytes, content_type: str, name: str) -> HttpResponse:
    """A file as it was handed in, shown by the browser, also in a frame of our own pages."""
    is_shown = content_type in EXTENSIONS  # stored as no other, but rows may come from elsewhere
    content_type = content_type if is_shown else "application/octet-stream"
    response = HttpResponse(content, content_type=content_type)
    whole_name = f"{name}.{EXTENSIONS.get(content_type, 'bin')}"
    response["Content-Disposition"] = content_disposition_header(not is_shown, whole_name) or "attachment"
    response["Content-Security-Policy"] = FRAMED
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def table(rows: T, name: str, extension: str, writers: Mapping[str, Callable[[T, IO[bytes]], None]]) -> HttpResponse:
    """By the writer for that extension; 404 where there is none."""
    if extension not in writers:
        raise Http404
    written = io.BytesIO()
    writers[extension](rows, written)
    return file(written.getvalue(), f"{name}.{extension}")


def pdf(
    request: HttpRequest,
    name: str,
    make: Callable[[], bytes],
    *,
    otherwise: str,
    unprintable: int = 503,
    **context: str,
) -> HttpResponse:
    """The file, or the page ``otherwise``, which is told what to ``install`` on the server, or ``why`` there is none.

    ``unprintable`` is the status where ``make`` raises NotPrintable.
    """
    if missing := printing.missing_packages():
        logger.error("%s cannot be made: %s is missing. %s", name, ", ".join(missing), printing.INSTALL_PANGO)
        return render(request, otherwise, {**context, "install": printing.INSTALL_PANGO}, status=503)
    from trainings.printing.pdf import NotPrintable  # noqa: PLC0415  needs Pango, which is there, as has just been seen

    try:
        content = make()
    except NotPrintable as error:
        logger.error("%s cannot be printed: %s", name, error)
        return render(request, otherwise, {**context, "install": "", "why": str(error)}, status=unprintable)
    return file(content, f"{slugify(name)}.pdf", is_shown=True)
