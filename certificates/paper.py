"""How does a snapshot become a PDF? One A4 page that is PDF/UA-1 and PDF/A-3a at once.

The same snapshot gives the same bytes. What cannot be printed as it should raises NotPrintable; there is never a box
in place of a letter, nor a second page. Import this module inside functions: WeasyPrint needs the native library
Pango, which a web process need not have, and takes half a second to import.
"""

import itertools
import logging
import threading
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import pydyf  # type: ignore[import-untyped]
import segno
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from certificates.models import display_code, units
from certificates.snapshot import Snapshot
from trainings import dates

VARIANT = "pdf/a-3a"
# From roomy to dense; the first that fits is taken. Classes of certificate.css.
DENSITIES = ("roomy", "compact", "dense")
LONGEST_TEXT = 6000  # characters; more cannot fit and would only take time
MEETINGS_IN_LINES = 4
QUIET_ZONE = 4  # modules around a QR code (ISO/IEC 18004)
FONTS = (
    "vendor/fonts/NotoSans-Regular.ttf",
    "vendor/fonts/NotoSansArabic-Regular.ttf",
    "vendor/fonts/NotoSansGeorgian-Regular.ttf",
)
CONTENT_TYPES = {".ttf": "font/ttf", ".svg": "image/svg+xml", ".css": "text/css"}

# WeasyPrint writes the identification of PDF/A alone. PDF/UA-1 (ISO 14289-1, 5) wants its own beside it, and PDF/A
# (ISO 19005-3, 6.6.2.3) wants that property described, in the same rdf:RDF element.
_PDF_UA = b"""\
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about="" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about="" \
xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>\
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>\
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Indicates which part of ISO 14289 is followed</pdfaProperty:description></rdf:li>\
</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


# What ends a stream is CR LF, not LF: where compressed data happen to end with CR, a validator takes CR and LF together
# for the end of the line and finds the stream too short (ISO 19005-3, 6.1.7.1). One file in ten is such a case.
_stream_data = pydyf.Stream.data.fget


def _stream_data_with_crlf(stream: pydyf.Stream) -> bytes:
    data: bytes = _stream_data(stream)
    return data.removesuffix(b"\nendstream") + b"\r\nendstream"


pydyf.Stream.data = property(_stream_data_with_crlf)


class NotPrintable(Exception):
    """The snapshot cannot be printed as it should; the message says why."""


class AssetFetcher(URLFetcher):  # type: ignore[misc]
    """Serves ``static:`` addresses from our own static files and ends the rendering on any other."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        scheme, _colon, path = url.partition(":")
        content_type = CONTENT_TYPES.get(path[path.rfind(".") :])
        if scheme != "static" or content_type is None:
            raise FatalURLFetchingError(f"not one of our own files: {url[:200]}")
        try:
            found = finders.find(path)
        except SuspiciousFileOperation:
            found = None
        if not isinstance(found, str):
            raise FatalURLFetchingError(f"no such file: {url[:200]}")
        with open(found, "rb") as file:
            return URLFetcherResponse(url, file.read(), {"Content-Type": content_type})


def pdf(snapshot: Snapshot) -> bytes:
    """The page as bytes. Raises NotPrintable."""
    _check_text(snapshot)
    context = _context(snapshot)
    try:
        with _no_warnings():
            for density in DENSITIES:
                document = _laid_out({**context, "density": density})
                if len(document.pages) == 1:
                    return _written(document)
    except FatalURLFetchingError as error:
        raise NotPrintable(str(error)) from error
    raise NotPrintable(_("Der Text passt nicht auf eine Seite."))


def missing_characters(text: str) -> str:
    """The characters of the text that none of our typefaces has. (The system's own are not asked.)"""
    missing = {char for char in text if ord(char) not in _covered() and not _is_invisible(char)}
    return "".join(sorted(missing))


def _check_text(snapshot: Snapshot) -> None:
    text = "".join(_strings(snapshot))
    if len(text) > LONGEST_TEXT:
        raise NotPrintable(_("Der Text passt nicht auf eine Seite."))
    if missing := missing_characters(text):
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in missing[:10])
        raise NotPrintable(_("Keine Schrift der Bescheinigung enthält: %(characters)s") % {"characters": named})


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


@cache
def _covered() -> frozenset[int]:
    """The code points in our typefaces; regular and bold have the same."""
    covered: set[int] = set()
    for path in FONTS:
        with TTFont(finders.find(path), lazy=True) as font:
            covered |= set(font.getBestCmap())
    return frozenset(covered)


def _is_invisible(char: str) -> bool:
    """Formatting characters, such as the joiners in Persian names, draw nothing."""
    return unicodedata.category(char) == "Cf"


def _context(snapshot: Snapshot) -> dict[str, Any]:
    """What the templates print: words and numbers, ready to be read."""
    language = snapshot["language"]
    with override(language):
        qr_path, qr_size = _qr(snapshot["check_url"])
        return {
            **snapshot,
            "course": snapshot["course"]["text"][0],
            "course_language": snapshot["course"]["language"],
            "contents": snapshot["contents"]["text"],
            "contents_language": snapshot["contents"]["language"],
            "meetings": _meetings(snapshot),
            "number_of_meetings": len(snapshot["meetings"]),
            "units": units(snapshot["minutes_attended"]),
            "units_held": units(snapshot["minutes_held"]),
            "hours": _hours(snapshot["minutes_attended"], language),
            "hours_held": _hours(snapshot["minutes_held"], language),
            "is_partial": snapshot["minutes_attended"] < snapshot["minutes_held"],
            "issued_on": _day_of(snapshot["issued_at"], language),
            "display_code": display_code(snapshot["code"]),
            "check_page": snapshot["check_url"].removesuffix(f"{snapshot['code']}/").partition("://")[2].rstrip("/"),
            "qr_path": qr_path,
            "qr_size": qr_size,
        }


def _day_of(moment: str, language: str) -> str:
    """„23. November 2026“, as letters are dated: without the day of the week."""
    day = timezone.localdate(datetime.fromisoformat(moment))
    return dateformat.format(day, "j F Y" if language == "en" else "j. F Y")


def _meetings(snapshot: Snapshot) -> list[str]:
    """One line for each meeting; where they are many, a shorter form in one line."""
    spans = [
        (datetime.fromisoformat(meeting["starts_at"]), datetime.fromisoformat(meeting["ends_at"]))
        for meeting in snapshot["meetings"]
    ]
    if len(spans) <= MEETINGS_IN_LINES:
        return [dates.when(start, end) for start, end in spans]
    return ["; ".join(f"{dates.date_short(start)}, {dates.span(start, end)}" for start, end in spans)]


def _hours(minutes: int, language: str) -> str:
    """„5 Stunden 50 Minuten“: hours of 60 minutes, beside the units of 45."""
    names = ("hour", "hours", "minute", "minutes") if language == "en" else ("Stunde", "Stunden", "Minute", "Minuten")
    whole, rest = divmod(minutes, 60)
    parts = [(whole, names[0 if whole == 1 else 1]), (rest, names[2 if rest == 1 else 3])]
    return " ".join(f"{number} {name}" for number, name in parts if number)


def _qr(url: str) -> tuple[str, int]:
    """The QR code as the data of one SVG path to be stroked, and its width in modules; error correction M."""
    code = segno.make(url, error="m", micro=False)
    runs = []
    for y, row in enumerate(code.matrix, start=QUIET_ZONE):
        x = QUIET_ZONE
        for dark, modules in itertools.groupby(row):
            width = len(list(modules))
            if dark:
                runs.append(f"M{x} {y}.5h{width}")
            x += width
    return "".join(runs), len(code.matrix) + 2 * QUIET_ZONE


# --- WeasyPrint ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Kit:
    """What is dear to make and can be used again: typefaces and parsed rules."""

    fonts: FontConfiguration
    css: CSS
    fetcher: AssetFetcher


_local = threading.local()  # a FontConfiguration must not be shared between threads


def _kit() -> _Kit:
    if not hasattr(_local, "kit"):
        fonts, fetcher = FontConfiguration(), AssetFetcher()
        rules = render_to_string("certificates/certificate.css")
        _local.kit = _Kit(fonts, CSS(string=rules, font_config=fonts, url_fetcher=fetcher), fetcher)
    kit: _Kit = _local.kit
    return kit


def _laid_out(context: dict[str, Any]) -> Any:
    kit = _kit()
    html = render_to_string(f"certificates/certificate_{context['language']}.html", context)
    return HTML(string=html, url_fetcher=kit.fetcher).render(
        font_config=kit.fonts, stylesheets=[kit.css], pdf_variant=VARIANT
    )


def _written(document: Any) -> bytes:
    metadata = document.metadata
    of_pdf_a = metadata.generate_rdf_metadata

    def of_both(*args: Any) -> bytes:
        rdf: bytes = of_pdf_a(*args)
        return rdf.replace(b"</rdf:RDF>", _PDF_UA + b"</rdf:RDF>")

    metadata.generate_rdf_metadata = of_both
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves the file of its colour profile open
        written: bytes = document.write_pdf(pdf_variant=VARIANT, finisher=_uncompress_metadata)
    return written


def _uncompress_metadata(document: Any, pdf: Any) -> None:
    """Archives must be able to read the metadata without a decoder."""
    for stored in pdf.objects:
        if getattr(stored, "extra", {}).get("Type") == "/Metadata":
            stored.compress = False


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Raise NotPrintable for what WeasyPrint only logs: a missing letter, a file that does not load."""
    collected: list[str] = []
    here = threading.get_ident()

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == here:
                collected.append(record.getMessage())

    collector = Collector(logging.WARNING)
    logger = logging.getLogger("weasyprint")
    logger.addHandler(collector)
    try:
        yield
    finally:
        logger.removeHandler(collector)
    if collected:
        raise NotPrintable("; ".join(collected))
