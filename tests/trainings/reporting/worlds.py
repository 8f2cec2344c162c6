"""Worlds in which something was counted, and what the pages and papers about them say."""

import datetime as dt
import io
import random
import re

import tinyhtml5
from pypdf import PdfReader

from accounts.models import TargetGroup
from tests.builders import berlin, build_agency, build_course, build_person, build_registration, build_run
from trainings.models import AttendanceRecord, Course, RegistrationEvent
from trainings.reporting import Period, sections_of

FIGURES = "/koordination/zahlen/"
THIS, LAST = Period(dt.date(2026, 1, 1), dt.date(2026, 6, 30)), Period(dt.date(2025, 1, 1), dt.date(2025, 6, 30))
COMPARED = "?von=2026-01-01&bis=2026-06-30&vergleich=vorjahr"
AT = berlin(2026, 6, 30, 20)


def attend(run, person=None, minutes=180, *, waited=False, **fields):
    registration = build_registration(run, person, **fields)
    if waited:
        for before, after in [("", "waitlisted"), ("waitlisted", registration.status)]:
            RegistrationEvent.objects.create(
                registration=registration, from_status=before, to_status=after, channel="web"
            )
    if minutes is not None and registration.is_confirmed:
        status = {0: "absent", 180: "present"}.get(minutes, "partial")
        AttendanceRecord.objects.create(
            registration=registration,
            session=run.sessions.get(),
            status=status,
            minutes=minutes,
            recorded_by=registration.person,
        )
    return registration


def build_world(choose: random.Random, runs: int = 6, agencies: int = 4) -> None:
    """Runs of two first halves of years at several levels, with people of several agencies and none."""
    senders = [build_agency(f"Amt {number}", f"amt{number}.example") for number in range(agencies)]
    groups = TargetGroup.values
    people = [build_person(agency=choose.choice([*senders, None]), group=choose.choice(groups)) for _n in range(12)]
    for number in range(runs):
        start = berlin(choose.choice([2025, 2026]), choose.randint(1, 6), choose.randint(1, 28), 9)
        level = choose.choice(Course.Level.values)
        run = build_run(
            build_course(f"Kurs {number}", level=level, number=900 + number),
            number=f"R-{number}",
            starts_at=start,
            capacity=choose.randint(1, 8),
            teaching_minutes=180,
        )
        for person in choose.sample(people, choose.randint(0, 8)):
            status = choose.choice(["confirmed", "confirmed", "confirmed", "expired", "cancelled"])
            attend(run, person, choose.choice([180, 180, 90, 0, None]), status=status, waited=choose.random() < 0.4)


def tables_of(response) -> dict[str, list[list[str]]]:
    """The rows of each table of a page, as text, by what its region is labelled by."""
    root = tinyhtml5.parse(response.content.decode(), namespace_html_elements=False)
    found = {}
    for region in root.iter("div"):
        if region.get("role") == "region":
            rows = [
                [" ".join("".join(cell.itertext()).split()) for cell in row if cell.tag in {"td", "th"}]
                for row in region.iter("tr")
            ]
            found[region.get("aria-labelledby") or region.get("aria-label")] = rows
    return found


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages))


def links_behind(response) -> dict[str, str]:
    """The number that each link to a list of runs shows, by its address."""
    root = tinyhtml5.parse(response.content.decode(), namespace_html_elements=False)
    said = {link.get("href", ""): "".join(link.itertext()).strip() for link in root.iter("a")}
    behind = {address: words for address, words in said.items() if address.startswith(f"{FIGURES}termine/")}
    return {address: words for address, words in behind.items() if re.fullmatch(r"[\d.,]+", words)}


def charts(report, dimension=None):
    """What each chart says, row by row, by its anchor."""
    return {
        chart.anchor: [(row.label, *(bar.said for bar in row.bars)) for row in chart.rows]
        for section in sections_of(report, lambda *_: "")
        if dimension in {None, section.division.dimension}
        for chart in section.charts
    }
