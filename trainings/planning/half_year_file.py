"""How does the plan of a half-year become a file for Excel? The list coordinators used to keep there themselves.

Days, times and numbers are real ones, so that one can sort, filter and count by them.
"""

from collections.abc import Iterator
from typing import IO

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.tables import Cell, Worksheet, write_workbook
from trainings.planning.half_year import Plan, PlannedSession

WIDE, NAME, NARROW = 44, 26, 11


def write_plan_xlsx(plan: Plan, file: IO[bytes]) -> None:
    write_workbook(_sheets(plan), file)


def _sheets(plan: Plan) -> Iterator[Worksheet]:
    columns = {
        _("KW"): 5,
        _("Tag"): NARROW,
        _("Wochentag"): NARROW,
        _("Beginn"): 8,
        _("Ende"): 8,
        _("Schulung"): WIDE,
        pgettext("number", "Termin"): NARROW,
        _("Ort"): NAME,
        _("Raum"): 14,
        _("Kursleitung"): NAME,
        pgettext("run", "Format"): NARROW,
        _("Plätze"): 8,
        _("Belegt"): 8,
        _("Wartend"): 9,
        _("Stand"): 15,
        _("Förderung"): 15,
        _("Bemerkungen"): WIDE,
    }
    lines = [*plan.lines, *plan.without_day]
    yield Worksheet(_("Plan"), list(columns), map(_row, lines), list(columns.values()))
    rows: list[list[Cell]] = [
        [day.date.isocalendar().week, day.date, _weekday(day.date.weekday()), day.holiday] for day in plan.holidays
    ]
    yield Worksheet(_("Feiertage"), [_("KW"), _("Tag"), _("Wochentag"), _("Feiertag")], rows, [5, NARROW, NARROW, NAME])


def _row(line: PlannedSession) -> list[Cell]:
    run, day = line.run, line.day
    return [
        day.isocalendar().week if day else None,
        day,
        _weekday(day.weekday()) if day else None,
        line.starts_at.time() if line.starts_at else None,
        line.ends_at.time() if line.ends_at else None,
        run.course.title,
        run.number,
        str(run.venue) if run.venue else "",
        line.room,
        ", ".join(trainer.full_name for trainer in line.trainers),
        run.get_format_display(),
        run.capacity,
        run.places_taken,
        run.people_waiting,
        str(line.standing.label),
        run.funding.grant_number if run.funding else "",
        " ".join(problem.text for problem in line.problems),
    ]


def _weekday(number: int) -> str:
    return str(WEEKDAYS_ABBR[number])
