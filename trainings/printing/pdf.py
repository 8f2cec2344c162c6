"""How does HTML become a PDF that is PDF/UA-1 and PDF/A-3a at once? For certificates and sign-in sheets.

Only our own static files are loaded, the same HTML gives the same bytes, and what cannot be printed as it should
raises NotPrintable. Import this module inside functions: WeasyPrint needs the native library Pango, which a machine
need not have (trainings/printing/pango.py), and takes half a second to import.
"""

import gc
import logging
import re
import threading
import unicodedata
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ContextDecorator, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from weasyprint import CSS, HTML, Document
from weasyprint.images import SVGImage
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from trainings.printing.typefaces import families, file_of, typefaces

VARIANT = "pdf/a-3a"
EMBLEMS = tuple(f"static:img/eu-kofinanziert-{language}.svg" for language in ("de", "en"))
CONTENT_TYPES = {".ttf": "font/ttf", ".otf": "font/otf", ".svg": "image/svg+xml", ".css": "text/css"}

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
_END_OF_STREAM = b"\nendstream\nendobj"


class NotPrintable(Exception):
    """It cannot be printed as it should; the message says why."""


class AssetFetcher(URLFetcher):  # type: ignore[misc]
    """Serves ``static:`` addresses from our own static files, the typefaces, and ends the rendering on any other."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        scheme, _colon, path = url.partition(":")
        content_type = CONTENT_TYPES.get(path[path.rfind(".") :])
        if scheme not in {"static", "fonts"} or content_type is None:
            raise FatalURLFetchingError(f"not one of our own files: {url[:200]}")
        try:
            found = file_of(url)
        except SuspiciousFileOperation:
            found = None
        if not isinstance(found, str):
            raise FatalURLFetchingError(f"no such file: {url[:200]}")
        with open(found, "rb") as file:
            return URLFetcherResponse(url, file.read(), {"Content-Type": content_type})


class KeptDrawing(SVGImage):  # type: ignore[misc]
    """A drawing of paths alone that is worked out once for each size, and then written again as it was.

    What is written also depends on the colours in force, and on nothing else: the bytes are those of drawing anew. A
    drawing that needs more of the page than its shades (a gradient, a group) is drawn anew each time.
    """

    def __init__(self, svg: str, fetcher: AssetFetcher) -> None:
        super().__init__(ET.fromstring(svg), "", fetcher, None)  # noqa: S314  our own
        self._kept: dict[Any, tuple[bytes, dict[str, Any]]] = {}

    def draw(self, stream: Any, concrete_width: float, concrete_height: float, style: Any) -> None:
        resources = stream._resources
        in_force = ("_current_color", "_current_color_stroke", "_current_alpha", "_current_alpha_stroke")
        key = (concrete_width, concrete_height, *(getattr(stream, name) for name in in_force))
        if key in self._kept:
            drawn, shades = self._kept[key]
            resources["ExtGState"].update(shades)
            stream.push_state()  # as drawing does; what follows sets its colours again
            stream.pop_state()
            stream.stream.append(drawn)
            return
        before, others = len(stream.stream), _others(resources)
        super().draw(stream, concrete_width, concrete_height, style)
        if _others(resources) == others:
            drawn = b"\n".join(stream.stream[before:])
            named = {name.decode() for name in re.findall(rb"/(\S+) gs", drawn)}
            shades = {name: shade for name, shade in resources["ExtGState"].items() if name in named}
            self._kept[key] = (drawn, shades)


def _others(resources: Mapping[str, Any]) -> dict[str, int]:
    return {kind: len(resources[kind]) for kind in ("XObject", "Pattern", "Shading")}


@dataclass(frozen=True)
class _Kit:
    """What is expensive to make and can be reused: typefaces, parsed rules and the emblem."""

    fonts: FontConfiguration
    css: CSS
    fetcher: AssetFetcher
    drawings: dict[str, KeptDrawing]


class _Kits(threading.local):
    """By stylesheet; a FontConfiguration must not be shared between threads."""

    def __init__(self) -> None:
        self.made: dict[str, _Kit] = {}


_kits = _Kits()


def _kit(stylesheet: str) -> _Kit:
    if stylesheet not in _kits.made:
        fonts, fetcher = FontConfiguration(), AssetFetcher()
        rules = render_to_string(stylesheet, {"typefaces": typefaces(), "families": families()})
        css = CSS(string=rules, font_config=fonts, url_fetcher=fetcher)
        emblems = {address: KeptDrawing(Path(str(file_of(address))).read_text(), fetcher) for address in EMBLEMS}
        _kits.made[stylesheet] = _Kit(fonts, css, fetcher, emblems)
    return _kits.made[stylesheet]


class _Uncollected(ContextDecorator):
    """Looks for no garbage meanwhile: pages are many objects that stay, and looking through them takes a sixth of
    the time.

    What is thrown away without being part of a circle goes at once, as always. Several threads may be inside.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._was_on = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._was_on:
                gc.enable()


_uncollected = _Uncollected()


@_uncollected
def laid_out(html: str, *, stylesheet: str, drawings: Mapping[str, str] | None = None) -> Document:
    """The pages, with the rules of a template. Inside ``no_warnings``.

    ``drawings``: SVG of paths by the address an ``img`` names; each is worked out once, on however many pages it is.
    """
    kit = _kit(stylesheet)
    kept = kit.drawings | {address: KeptDrawing(svg, kit.fetcher) for address, svg in (drawings or {}).items()}
    return HTML(string=html, url_fetcher=kit.fetcher).render(
        font_config=kit.fonts, stylesheets=[kit.css], pdf_variant=VARIANT, cache=kept
    )


def in_one(documents: Sequence[Document], *, title: str) -> Document:
    """The pages of several documents with the same stylesheet, one after the other; each keeps its page numbers."""
    together = documents[0].copy([page for document in documents for page in document.pages])
    together.metadata.title = title
    return together


@_uncollected
def written(document: Document, finish: Callable[[Any, Any], None] | None = None) -> bytes:
    """The bytes, as PDF/UA-1 and PDF/A-3a; ``finish`` may change the PDF before (a finisher of WeasyPrint)."""
    metadata = document.metadata
    of_pdf_a = metadata.generate_rdf_metadata

    def of_both(*args: Any) -> bytes:
        rdf: bytes = of_pdf_a(*args)
        return rdf.replace(b"</rdf:RDF>", _PDF_UA + b"</rdf:RDF>")

    def finisher(document: Any, pdf: Any) -> None:
        _uncompress_metadata(pdf)
        _end_streams_with_crlf(pdf)
        if finish is not None:
            finish(document, pdf)

    metadata.generate_rdf_metadata = of_both
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves the file of its colour profile open
        written: bytes = document.write_pdf(pdf_variant=VARIANT, finisher=finisher)
    return written


def _uncompress_metadata(pdf: Any) -> None:
    """Archives must be able to read the metadata without a decoder."""
    for stored in pdf.objects:
        if getattr(stored, "extra", {}).get("Type") == "/Metadata":
            stored.compress = False


def _end_streams_with_crlf(pdf: Any) -> None:
    """Write CR LF before "endstream" instead of LF, in this file alone.

    Where compressed data happen to end with CR, a validator takes CR and LF together for the end of the line and finds
    the stream too short (ISO 19005-3, 6.1.7.1). One file in ten is such a case.
    Can go when ``pydyf.Stream.data`` does so itself.
    """
    write_line = pdf.write_line

    def write_line_with_crlf(content: bytes, output: Any) -> None:
        if content.endswith(_END_OF_STREAM):
            content = content.removesuffix(_END_OF_STREAM) + b"\r" + _END_OF_STREAM
        write_line(content, output)

    pdf.write_line = write_line_with_crlf


@contextmanager
def no_warnings() -> Iterator[None]:
    """Raise NotPrintable for what WeasyPrint only logs, a missing letter for example, and for a file refused."""
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
    except FatalURLFetchingError as error:
        raise NotPrintable(str(error)) from error
    finally:
        logger.removeHandler(collector)
    if collected:
        raise NotPrintable("; ".join(collected))


def missing_characters(text: str) -> str:
    """The characters of the text that none of our typefaces has. (The system's own are not asked.)"""
    # Formatting characters (Cf), such as the joiners in Persian names, draw nothing.
    covered = _covered(tuple(typeface.regular for typeface in typefaces()))
    missing = {char for char in text if ord(char) not in covered and unicodedata.category(char) != "Cf"}
    return "".join(sorted(missing))


@cache
def _covered(addresses: tuple[str, ...]) -> frozenset[int]:
    """The code points in these typefaces; regular and bold have the same."""
    covered: set[int] = set()
    for address in addresses:
        with TTFont(file_of(address), lazy=True) as font:
            covered |= set(font.getBestCmap())
    return frozenset(covered)
