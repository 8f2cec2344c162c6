"""Which formats come with the software? In the language of the page; they are used as they are, or copied."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evidence.formats.contents import CONTENTS
from evidence.models import ExportFormat, FormatColumn

Row = ExportFormat.Row
_COLUMNS = {
    "runs": (
        Row.RUN,
        [
            "run_number", "course", "level", "first_day", "last_day", "place", "run_format", "trainers",
            "run_minutes_held", "run_registered", "run_attended", "run_partial", "run_excused", "run_absent",
            "run_not_recorded", "run_minutes_attended",
        ],
    ),
    "people": (
        Row.PLACE,
        ["person", "agency", "group", "run_number", "course", "last_day", "time_attended", "outcome"],
    ),
    "person_days": (
        Row.PERSON_DAY,
        ["day", "person", "agency", "group", "run_number", "course", "time_attended"],
    ),
}  # fmt: skip


def standard_formats() -> list[ExportFormat]:
    names = {
        "runs": _("Terminliste"),
        "people": _("Teilnehmende ohne Namen"),
        "person_days": _("Personentage"),
    }
    found = []
    for standard, (row, contents) in _COLUMNS.items():
        one = ExportFormat(name=names[standard], row=row, language=(get_language() or "de")[:2])
        one.standard = standard
        one.ordered_columns = [
            FormatColumn(key, str(CONTENTS[name].label), name) for key, name in enumerate(contents, 1)
        ]
        found.append(one)
    return found
