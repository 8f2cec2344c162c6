"""How long does it take from the button to the last PDF, and what else could print the same page?

    python -m benchmarks.certificates               1,000 people of one run, on DATABASE_URL or a fresh SQLite file
    python -m benchmarks.certificates 200           so many people

The database must be empty, or have "bench" in its name: then it is emptied. Issuing is one transaction: locks,
numbers, snapshots. Two workers, started as production starts them, print: PDF, hash, storing and the message
to the owner; their presses are measured when a tenth is done and at the end. Then one page is made by this software,
by headless Chromium from the same HTML (if Playwright is there) and by ReportLab with the same words but no tags (if
that is installed), each warm, in turns.
"""

import contextlib
import importlib
import importlib.util
import io
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import size
from benchmarks._databases import prepare_to_empty

PEOPLE = size(1000, 3)
PAGES = size(30, 1)  # made by each of the renderers that are compared
PATIENCE = 3600  # seconds


def main(people: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare_to_empty(folder)
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        from certificates import issuing
        from certificates.models import Certificate
        from trainings.acts import Act

        run, coordinator = world(people)
        print(f"database          {connection.vendor}")
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            issued = issuing.issue(run, Act(coordinator))
        seconds = time.perf_counter() - began
        rate = len(issued) / seconds
        print(f"issued            {len(issued)} in {seconds:.2f} s, {len(queries)} queries: {rate:.0f} a second")
        print_by_workers(people, began, mail_folder=folder)
        sizes = [len(pdf) for pdf in Certificate.objects.rendered().values_list("pdf", flat=True)]
        print(f"bytes each        median {statistics.median(sizes):,.0f}, largest {max(sizes):,}")
        compare([certificate.snapshot for certificate in issued[:PAGES]])


def world(people: int) -> tuple:
    """A run of two days with four contents, two trainers and so many people who were there."""
    from accounts.models import User
    from tests import builders
    from tests.certificates.builders import build_finished_run
    from trainings.models import AttendanceRecord, Registration

    builders.build_agency()
    coordinator = builders.build_person(role=User.Role.COORDINATOR)
    contents = "Kulturbegriff und Wahrnehmung\nStereotype und Vorurteile\nKommunikation\nUmgang mit Konflikten"
    course = builders.build_course("Interkulturelle Kompetenz für die Verwaltung", contents=contents)
    trainers = [builders.build_person(), builders.build_person()]
    run = build_finished_run(course=course, capacity=people, days_ago=(9, 8), trainers=trainers)
    for number in range(people):
        builders.build_registration(run, builders.build_person(first_name="Zoë", last_name=f"Person{number}"))
    AttendanceRecord.objects.bulk_create(
        AttendanceRecord(
            registration=registration, session=session, status="present", minutes=360, recorded_by=coordinator
        )
        for registration in Registration.objects.filter(run=run)
        for session in run.sessions.all()
    )
    return run, coordinator


# --- Two workers --------------------------------------------------------------------------------


def print_by_workers(people: int, began: float, mail_folder: str) -> None:
    """From the start of two workers to the last PDF; ``began``: when the button was pressed."""
    with two_workers(mail_folder) as pids:
        started = time.perf_counter()
        wait_until_printed(people // 10)
        first_at, first_memory = time.perf_counter(), presses(pids)
        wait_until_printed(people)
        ended, memory = time.perf_counter(), presses(pids)
        worker_memory = max(megabytes(pid) for pid in pids)
    rate = (people - people // 10) / (ended - first_at)
    print(f"printed           {people} in {ended - started:.1f} s by two workers: {rate:.1f} a second once warm")
    print(f"end to end        {ended - began:.1f} s from the button to the last PDF, the start of the workers included")
    print(f"memory            press {max(first_memory):.0f} MB at a tenth, {max(memory):.0f} MB at the end; ", end="")
    print(f"worker {worker_memory:.0f} MB")


@contextlib.contextmanager
def two_workers(mail_folder: str) -> Iterator[list[int]]:
    """As production starts them; what they send goes into the folder."""
    from tests.production import PRODUCTION

    environment = {
        **os.environ,
        **PRODUCTION,
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "EMAIL_URL": f"filemail:///{mail_folder}",
    }
    command = [sys.executable, "manage.py", "worker", "--interval", "0.2"]
    workers = [subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) for _worker in range(2)]
    try:
        yield [worker.pid for worker in workers]
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()


def wait_until_printed(number: int) -> None:
    from certificates.models import Certificate

    patience = time.monotonic() + PATIENCE
    while Certificate.objects.rendered().count() < number:
        if time.monotonic() > patience:
            raise SystemExit("The workers do not finish.")
        time.sleep(0.1)


def presses(pids: list[int]) -> list[float]:
    """Megabytes of each child process of the workers, from Linux's /proc."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            if parent := re.search(r"^PPid:\s+(\d+)", status.read_text(), re.MULTILINE):
                parents[int(status.parent.name)] = int(parent[1])
    return [megabytes(pid) for pid, parent in parents.items() if parent in pids] or [0]


def megabytes(pid: int) -> float:
    with contextlib.suppress(OSError):
        if resident := re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE):
            return int(resident[1]) / 1024
    return 0


# --- The same page by others ----------------------------------------------------------------------


def compare(snapshots: list) -> None:
    """Wall time of one page, warm; the renderers take turns, so that a busy machine disturbs all alike."""
    from certificates.paper.press import Press

    press = Press()
    press.start()
    with by_chromium() as chromium:
        makers = {"this software": press.pdf, "Chromium": chromium, "ReportLab": by_reportlab()}
        makers = {name: make for name, make in makers.items() if make is not None}
        seconds: dict[str, list[float]] = {name: [] for name in makers}
        pdfs = {name: make(snapshots[0]) for name, make in makers.items()}  # warm
        for snapshot in snapshots:
            for name, make in makers.items():
                began = time.perf_counter()
                make(snapshot)
                seconds[name].append(time.perf_counter() - began)
    press.close()
    for name, each in seconds.items():
        print(f"{name:<18}{statistics.median(each) * 1000:.0f} ms a page, {len(pdfs[name]):,} bytes, ", end="")
        print(conformance(pdfs[name]))


def conformance(pdf: bytes) -> str:
    """What a reader of PDF/UA and PDF/A would ask for first."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(pdf))
    catalog = reader.trailer["/Root"]
    metadata = catalog["/Metadata"].get_object().get_data() if "/Metadata" in catalog else b""
    found = {
        "tagged": "/StructTreeRoot" in catalog,
        "PDF/UA": b"pdfuaid:part" in metadata,
        "PDF/A": b"pdfaid:part" in metadata,
    }
    return ", ".join(name if yes else f"not {name}" for name, yes in found.items())


@contextlib.contextmanager
def by_chromium() -> Iterator[Callable[[dict], bytes] | None]:
    """Prints the paper's own HTML, its stylesheet inside; one browser and one page for all."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path or importlib.util.find_spec("playwright") is None:
        print("Chromium          left out: Playwright or Chromium is missing")
        yield None
        return
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()

        def make(snapshot: dict) -> bytes:
            page.set_content(paper_html(snapshot))
            return page.pdf(prefer_css_page_size=True, tagged=True)

        yield make
        browser.close()


def paper_html(snapshot: dict) -> str:
    """The HTML of the paper, as a browser can read it: ``static:`` addresses become data."""
    from base64 import b64encode

    from django.contrib.staticfiles import finders
    from django.template.loader import render_to_string

    from certificates.paper import content
    from certificates.paper import page as paper

    context = {**content.of(snapshot), "frame": content.frame(snapshot), "density": paper.DENSITIES[0]}
    html = render_to_string(content.template(snapshot), context)
    html = html.replace("</head>", f"<style>{render_to_string(paper.STYLESHEET)}</style></head>")

    def data(address: re.Match[str]) -> str:
        kind = {"ttf": "font/ttf", "svg": "image/svg+xml"}[address[1].rpartition(".")[2]]
        return f"data:{kind};base64,{b64encode(Path(finders.find(address[1])).read_bytes()).decode()}"

    return re.sub(r"static:([\w./-]+)", data, html)


def by_reportlab() -> Callable[[dict], bytes] | None:
    """Draws the words of the page line by line: no tags, no PDF/A, no emblem, no QR code."""
    if importlib.util.find_spec("reportlab") is None:
        print("ReportLab         left out: pip install reportlab")
        return None
    from django.contrib.staticfiles import finders
    from django.utils.html import strip_tags

    pdfmetrics = importlib.import_module("reportlab.pdfbase.pdfmetrics")
    ttfonts = importlib.import_module("reportlab.pdfbase.ttfonts")
    from certificates import paper

    canvas = importlib.import_module("reportlab.pdfgen.canvas")
    font = ttfonts.TTFont("NotoSans", finders.find("vendor/fonts/NotoSans-Regular.ttf"))
    pdfmetrics.registerFont(font)

    def make(snapshot: dict) -> bytes:
        file = io.BytesIO()
        sheet = canvas.Canvas(file, pagesize=(595, 842))
        sheet.setFont("NotoSans", 10)
        lines = [line.strip() for line in strip_tags(paper.twin_html(snapshot)).splitlines() if line.strip()]
        for number, line in enumerate(lines):
            sheet.drawString(50, 800 - 14 * number, line)
        sheet.save()
        return file.getvalue()

    return make


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE)
