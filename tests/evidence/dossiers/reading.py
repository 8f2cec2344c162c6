"""Reads a dossier as whoever gets it does."""

import csv
import datetime as dt
import io
import json
import re
import zipfile
from html import unescape
from typing import Any

import openpyxl
import pypdf
import time_machine
from django.utils import timezone

from evidence import dossiers
from evidence.models import Dossier, ReportingPeriod
from trainings.acts import Act

UNDRAWN = b"<!-- no paper, but what would stand on one -->"  # see conftest


def make(period: ReportingPeriod, act: Act, **asked: Any) -> Dossier:
    """Asked for, and made by the worker."""
    dossier = dossiers.ask_for(period, act, **asked)
    dossiers.make_due()
    dossier.refresh_from_db()
    assert (dossier.failure, dossier.is_made) == ("", True)
    return dossier


def taken(dossier: Dossier, act: Act) -> bytes:
    return b"".join(dossiers.take_out(dossier, act))


class Read:
    """The files of a ZIP by path."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            self.files = {name: archive.read(name) for name in archive.namelist()}

    @classmethod
    def of(cls, dossier: Dossier, act: Act) -> "Read":
        return cls(taken(dossier, act))

    def csv(self, path: str) -> list[dict[str, str]]:
        text = self.files[f"{path}.csv"].decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    def xlsx(self, path: str, sheet: str) -> list[tuple[Any, ...]]:
        book = openpyxl.load_workbook(io.BytesIO(self.files[f"{path}.xlsx"]))
        return list(book[sheet].values)

    def pdf(self, path: str) -> str:
        content = self.files[f"{path}.pdf"]
        if content.startswith(UNDRAWN):
            text = unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", content.decode(), flags=re.DOTALL))
        else:
            text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
        return " ".join(text.split())

    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.files["manifest.json"]))

    def everything(self) -> str:
        """What can be read in it, for names that must not be."""
        text = [*self.files, *(content.decode(errors="replace") for content in self.files.values())]
        for path in self.files:
            if path.endswith(".xlsx"):
                book = openpyxl.load_workbook(io.BytesIO(self.files[path]))
                text += [str(cell) for sheet in book for row in sheet.values for cell in row]
            elif path.endswith(".pdf") and len(self.files[path]) > 1000:
                text.append(self.pdf(path.removesuffix(".pdf")))
        return "\n".join(text)


def later(days: float = 0, minutes: float = 0) -> time_machine.travel:
    return time_machine.travel(timezone.now() + dt.timedelta(days=days, minutes=minutes))
