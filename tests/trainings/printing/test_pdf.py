"""The machinery under every PDF: only our own files, QR codes module by module."""

import pytest
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
