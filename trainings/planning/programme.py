"""What does the printed programme of a half-year say, and how does it become paper?

Two forms of the same: a brochure on A4, and a leaflet, which is A4 across, folded twice to DIN lang. Both name what
the public may see of the runs to come, in one language.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from trainings.models import Course, CourseRun, Funding
from trainings.printing import qr_path
from trainings.refusals import Reason, Refused
from trainings.reporting import Period

# Classes of leaflet.css and whether there are summaries; the first that fits on a sheet is taken.
DENSITIES = {"roomy": True, "close": True, "dense": True, "bare": False}


class Form(TextChoices):
    BROCHURE = "broschuere", _("Broschüre (A4)")
    LEAFLET = "faltblatt", _("Faltblatt (DIN lang)")


@dataclass(frozen=True)
class QrCode:
    address: str
    path: str
    size: int

    @classmethod
    def of(cls, path: str) -> "QrCode":
        address = f"{settings.PUBLIC_URL}{path}"
        return cls(address, *qr_path(address))

    @property
    def readable(self) -> str:
        """As people type it."""
        return self.address.partition("://")[2].rstrip("/")


@dataclass(frozen=True)
class CourseInProgramme:
    course: Course
    runs: list[CourseRun]
    qr_code: QrCode


@dataclass(frozen=True)
class Programme:
    """``levels`` are the courses in order, by the word for their level."""

    period: Period
    day: dt.date
    levels: list[tuple[str | Promise, list[CourseInProgramme]]]
    grants: list[Funding]
    qr_code: QrCode

    @property
    def runs(self) -> list[CourseRun]:
        """In the order of time."""
        found = [run for _level, entries in self.levels for entry in entries for run in entry.runs]
        return sorted(found, key=lambda run: (run.starts_at, run.number))


def programme_of(period: Period, at: dt.datetime | None = None, *, whole: bool = False) -> Programme:
    """In a handful of queries; ``whole``: also what has begun. Raises Refused where there is nothing to print."""
    at = at or timezone.now()
    runs = CourseRun.objects.published(at).taking_place()
    runs = runs if whole else runs.upcoming(at)
    runs = runs.filter(visibility=CourseRun.Visibility.PUBLIC)
    runs = runs.filter(starts_at__gte=period.begins_at, starts_at__lt=period.ends_before)
    related = ["sessions", "trainers", "course__target_group_rows"]
    found = list(runs.select_related("course", "venue", "funding").prefetch_related(*related))
    if not found:
        text = gettext("In diesem Halbjahr gibt es keinen öffentlichen Termin, der noch kommt.")
        raise Refused(Reason("nothing_to_print", text))
    return Programme(
        period,
        timezone.localdate(at),
        _levels(found),
        _grants(found, period),
        QrCode.of(reverse("trainings:catalogue")),
    )


def _levels(runs: list[CourseRun]) -> list[tuple[str | Promise, list[CourseInProgramme]]]:
    order = list(Course.Level)
    runs = sorted(runs, key=lambda run: (order.index(Course.Level(run.course.level)), run.course.number, run.starts_at))
    entries = []
    for _number, of_course in groupby(runs, key=lambda run: run.course.number):
        of_it = list(of_course)
        course = of_it[0].course
        entries.append(CourseInProgramme(course, of_it, QrCode.of(course.get_absolute_url())))
    return [
        (Course.Level(level).label, list(some)) for level, some in groupby(entries, key=lambda one: one.course.level)
    ]


def _grants(runs: list[CourseRun], period: Period) -> list[Funding]:
    """Those of the runs, each once; else the one of the half-year."""
    found = {run.funding.pk: run.funding for run in runs if run.funding}
    if not found and (of_period := Funding.of_day(period.first)):
        return [of_period]
    return list(found.values())


def programme_pdf(
    period: Period, form: Form, language: str, at: dt.datetime | None = None, *, whole: bool = False
) -> bytes:
    """PDF/UA-1 and PDF/A-3a. Raises Refused, and NotPrintable of ``trainings.printing``, which it needs."""
    context = {
        "programme": programme_of(period, at, whole=whole),
        "language": language,
        "issuer": settings.OPERATOR_NAME,
        "unit": settings.OPERATOR_UNIT,
        "site_name": settings.SITE_NAME,
        "email": settings.CONTACT_EMAIL,
        "phone": settings.CONTACT_PHONE,
    }
    return _leaflet(context) if form == Form.LEAFLET else _brochure(context)


def _brochure(context: dict[str, Any]) -> bytes:
    # Needs the native library Pango, which a machine may lack (trainings/printing/pango.py), and takes half a second.
    from trainings.printing import pdf as printing  # noqa: PLC0415

    html = _html("trainings/planning/brochure.html", context)
    with printing.no_warnings():
        return printing.written(printing.laid_out(html, stylesheet="trainings/planning/brochure.css"))


def _leaflet(context: dict[str, Any]) -> bytes:
    """One sheet with two sides, as roomy as its text allows."""
    from trainings.printing import pdf as printing  # noqa: PLC0415  see above

    with printing.no_warnings():
        for density, has_summaries in DENSITIES.items():
            more = {"density": density, "has_summaries": has_summaries}
            html = _html("trainings/planning/leaflet.html", context | more)
            document = printing.laid_out(html, stylesheet="trainings/planning/leaflet.css")
            if len(document.pages) == 2:
                return printing.written(document)
    text = gettext("Das sind mehr Termine, als auf ein Faltblatt passen. Bitte nehmen Sie die Broschüre.")
    raise Refused(Reason("too_long", text))


def _html(template: str, context: dict[str, Any]) -> str:
    """In the language of the paper. Raises Refused, in that of the page, for a letter that would be missing."""
    from trainings.printing import pdf as printing  # noqa: PLC0415  see above

    with override(context["language"]):
        html = render_to_string(template, context)
    if missing := printing.missing_characters("".join(strip_tags(html).split())):
        text = gettext("Diese Zeichen hat die Druckschrift nicht: %(characters)s") % {"characters": " ".join(missing)}
        raise Refused(Reason("missing_characters", text))
    return html
