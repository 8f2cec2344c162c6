"""The machinery under every PDF: only our own files, QR codes module by module, drawings that are kept."""

import gc
import threading

import pytest
from weasyprint.images import SVGImage
from weasyprint.urls import FatalURLFetchingError

from trainings.printing import pdf as printing


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "http://127.0.0.1/logo.svg",
        "https://schulungen.example/logo.svg",
        "data:image/svg+xml,<svg/>",
        "ftp://127.0.0.1/logo.svg",
        "static:../config/settings.py",
        "static:../../../../../etc/ssl/logo.svg",
        "static:/etc/hostname.svg",
        "static:img/missing.svg",
        "static:vendor/fonts/OFL.txt",
        "img/eu-kofinanziert-de.svg",
    ],
)
def test_the_fetcher_serves_our_own_assets_and_nothing_else(url):
    with pytest.raises(FatalURLFetchingError):
        printing.AssetFetcher().fetch(url)


def test_the_fetcher_serves_the_lock_up():
    response = printing.AssetFetcher().fetch("static:img/eu-kofinanziert-de.svg")

    assert (response.content_type, response.read()[:4]) == ("image/svg+xml", b"<svg")


@pytest.mark.parametrize("address", ["http://127.0.0.1/x.svg", "file:///etc/hostname", "data:image/svg+xml,<svg/>"])
def test_a_file_from_elsewhere_ends_the_rendering(address):
    html = f'<html lang="de"><title>x</title><img src="{address}" alt="x">'
    with pytest.raises(printing.NotPrintable, match="not one of our own files"), printing.no_warnings():
        printing.laid_out(html, stylesheet="trainings/attendance/sheet.css")


HALF_SEEN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g opacity="0.5"><path d="M1 1h7"/></g></svg>'
STROKED = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path stroke="#0b2a7e" d="M1 1h7M1 3.5h2"/></svg>'


@pytest.mark.slow
@pytest.mark.parametrize("svg", [STROKED, HALF_SEEN], ids=["kept", "anew"])
def test_a_drawing_that_is_kept_has_the_bytes_of_one_that_is_made_anew(monkeypatch, svg):
    """On the same page again, beside words, in another size and colour, and on other pages."""
    picture = '<img src="drawing:x" alt="x">'
    pictures = f'<p style="color: #0b2a7e; break-before: page">a {picture} b {picture}</p>'
    emblem = '<p><img src="static:img/eu-kofinanziert-de.svg" alt="EU"> <img src="drawing:x" alt="x" width="9"></p>'
    html = f'<html lang="de"><title>x</title>{(pictures + emblem) * 3}'
    anew = []

    def made() -> bytes:
        with printing.no_warnings():
            document = printing.laid_out(html, stylesheet="trainings/attendance/sheet.css", drawings={"drawing:x": svg})
            assert len(document.pages) > 2
            return printing.written(document)

    def draw(self, *args):
        anew.append(self)
        SVGImage.draw(self, *args)

    kept, again = made(), made()
    monkeypatch.setattr(printing.KeptDrawing, "draw", draw)
    assert kept == again == made()
    assert len(anew) == 12


def test_garbage_is_looked_for_again_once_the_last_of_several_pages_is_made():
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with printing._uncollected:
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(5)
    with printing._uncollected:
        assert not gc.isenabled()
    assert not gc.isenabled()  # the other is still at it
    leave.set()
    thread.join(5)
    assert gc.isenabled()
