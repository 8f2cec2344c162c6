"""What may stand in a column of a funder's table? Each content with its explanation, and in which rows there is one.

A content that is taken away here is named as missing wherever a format still has it; its name is not used again.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.tables import Cell
from evidence.formats.rows import FormatRow, sessions_held
from evidence.models import ExportFormat
from trainings.reporting import ATTRIBUTIONS, DEFINITIONS, OF_A_RUN, OF_PEOPLE, Outcome

Row = ExportFormat.Row
EMPTY, TEXT, LINE_NUMBER = "empty", "text", "line_number"


class Minutes(int):
    """How long, to be written in minutes or teaching units as the format says."""


Value = Cell | Minutes


@dataclass(frozen=True)
class Content:
    """``value`` takes it from a row. ``names_people``: only where the grant's reports name those who take part."""

    name: str
    label: str | Promise
    explanation: str | Promise
    rows: frozenset[str]
    value: Callable[[FormatRow], Value]
    names_people: bool = False


ALL = frozenset(Row)
OF_RUNS = frozenset({Row.RUN, Row.PARTICIPATION, Row.PLACE, Row.PERSON, Row.PERSON_DAY})
RUN = frozenset({Row.RUN})
PEOPLE = frozenset({Row.PARTICIPATION, Row.PLACE, Row.PERSON, Row.PERSON_DAY})
PLACES = frozenset({Row.PARTICIPATION, Row.PLACE})
NAMED = PLACES | {Row.PERSON_DAY}
_SEVERAL = _("Mehrere stehen durch Komma getrennt.")


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(text for text in texts if text))


def _of_runs(name: str) -> Callable[[FormatRow], Value]:
    return lambda row: _joined(str(getattr(run, name)) for run in row.runs)


def _of_places(name: str, otherwise: str | Promise = "") -> Callable[[FormatRow], Value]:
    return lambda row: _joined(getattr(place, name) or str(otherwise) for place in row.places)


def _yes_or_no(value: object) -> str:
    return gettext("ja") if value else gettext("nein")


def _number(name: str) -> Callable[[FormatRow], Value]:
    def value(row: FormatRow) -> Value:
        numbers = row.part.numbers if row.part else row.runs[0].numbers
        return numbers[name]

    return value


def _minutes(name: str) -> Callable[[FormatRow], Value]:
    def value(row: FormatRow) -> Value:
        number = _number(name)(row)
        return number if number is None else Minutes(number)  # type: ignore[arg-type]

    return value


def _in_period(row: FormatRow) -> Value:
    held = [{key for _day, key in sessions_held(run, row.evidence)} for run in row.runs]
    return Minutes(
        sum(
            minutes or 0
            for place, keys in zip(row.places, held, strict=True)
            for key, minutes in place.minutes_by_session.items()
            if key in keys
        )
    )


def _outcome(row: FormatRow) -> Value:
    return str(DEFINITIONS[Outcome(row.places[0].outcome).value].label)


def _certificate(row: FormatRow) -> Value:
    held = {one.registration for one in row.runs[0].certificates if one.state == "valid"}
    return _yes_or_no(row.places[0].registration in held)


def _days(row: FormatRow) -> Value:
    days = sorted({one.session.day for one in row.runs[0].lists})
    return ", ".join(f"{day:%d.%m.%Y}" for day in days)


def _first_day(row: FormatRow) -> dt.date:
    return min(run.first_day for run in row.runs)


def _last_day(row: FormatRow) -> dt.date:
    return max(run.last_day for run in row.runs)


_AGENCY, _GROUP = ATTRIBUTIONS[:2]
# Numbers in the same words and by the same counting as on the page; times as the format says.
_TIMES: dict[str, str | Promise] = {"minutes_held": _("Zeit gehalten"), "minutes_attended": _("Zeit anwesend")}


def _numbers(names: Iterable[str], rows: frozenset[str], prefix: str) -> list[Content]:
    found = []
    for definition in (DEFINITIONS[name] for name in names if not name.startswith("units")):
        is_time = definition.name in _TIMES
        label = _TIMES[definition.name] if is_time else definition.label
        value = _minutes(definition.name) if is_time else _number(definition.name)
        found.append(Content(f"{prefix}_{definition.name}", label, definition.sentence, rows, value))
    return found


CONTENTS = {
    content.name: content
    for content in [
        Content(EMPTY, _("Leere Spalte"), _("Zum Ausfüllen von Hand."), ALL, lambda row: None),
        Content(
            TEXT, _("Fester Text"), _("In jeder Zeile derselbe, so, wie Sie ihn schreiben."), ALL, lambda row: None
        ),
        Content(
            LINE_NUMBER, _("Laufende Nummer"), _("1, 2, 3 … in der Reihenfolge der Zeilen."), ALL, lambda row: None
        ),
        Content(
            "grant_number",
            _("Förderkennzeichen"),
            _("Das der Förderung."),
            ALL,
            lambda row: row.evidence.grant.grant_number,
        ),
        Content(
            "project_title",
            _("Projekttitel"),
            _("Der der Förderung."),
            ALL,
            lambda row: row.evidence.grant.project_title,
        ),
        Content(
            "beneficiary",
            _("Zuwendungsempfänger"),
            _("Der der Förderung."),
            ALL,
            lambda row: row.evidence.grant.beneficiary,
        ),
        Content("first_on", _("Zeitraum von"), _("Der erste Tag."), ALL, lambda row: row.evidence.first_on),
        Content("last_on", _("Zeitraum bis"), _("Der letzte Tag."), ALL, lambda row: row.evidence.last_on),
        # --- runs
        Content(
            "run_number", pgettext_lazy("number", "Termin"), _("Die Nummer des Termins."), OF_RUNS, _of_runs("number")
        ),
        Content("course", _("Schulung"), _("Der Titel in der Sprache des Formats."), OF_RUNS, _of_runs("course")),
        Content("level", _("Stufe"), _("Die Stufe der Schulung im Programm."), OF_RUNS, _of_runs("level")),
        Content("run_format", _("Format"), _("Vor Ort, online oder beides."), OF_RUNS, _of_runs("format")),
        Content("place", _("Veranstaltungsort"), _("Name und Anschrift; online leer."), OF_RUNS, _of_runs("place")),
        Content(
            "run_language", _("Sprache der Schulung"), _("In der sie gehalten wurde."), OF_RUNS, _of_runs("language")
        ),
        Content(
            "trainers",
            _("Kursleitung"),
            _SEVERAL,
            OF_RUNS,
            lambda row: _joined(name for run in row.runs for name in run.trainers),
        ),
        Content("first_day", _("Erster Tag"), _("Der Tag der ersten Sitzung."), OF_RUNS, _first_day),
        Content("last_day", _("Letzter Tag"), _("Der Tag der letzten Sitzung."), OF_RUNS, _last_day),
        Content("days", _("Alle Tage"), _("Die Tage aller Sitzungen, als Text."), RUN | PLACES, _days),
        Content(
            "sessions",
            _("Zahl der Sitzungen"),
            _("Alle, die nicht entfallen sind, auch außerhalb des Zeitraums."),
            RUN,
            lambda row: len(row.runs[0].lists),
        ),
        Content(
            "closed_on",
            _("Abgeschlossen am"),
            _("Leer, solange der Termin nicht abgeschlossen ist."),
            RUN,
            lambda row: row.runs[0].closed_on,
        ),
        Content(
            "is_counted",
            _("Zählt in diesem Zeitraum"),
            _(
                "„Ja“, wenn die letzte Sitzung im Zeitraum war. Sonst zählen hier nur die Zeiten; die Zahlen der "
                "Personen stehen im Zeitraum, in dem der Termin endet, und bleiben hier leer."
            ),
            RUN,
            lambda row: _yes_or_no(row.runs[0].is_counted),
        ),
        *_numbers(OF_A_RUN, RUN, "run"),
        Content(
            "run_agencies",
            _("Behörden"),
            _("Von denen jemand angemeldet war."),
            RUN,
            lambda row: _joined(part.name for part in row.runs[0].agencies),
        ),
        Content(
            "scans",
            _("Unterschriebene Listen"),
            _("Zahl der abgelegten Dateien."),
            RUN,
            lambda row: len({scan.pk for one in row.runs[0].lists for scan in one.scans}),
        ),
        Content(
            "certificates",
            _("Bescheinigungen"),
            _("Zahl der gültigen Teilnahmebescheinigungen."),
            RUN,
            lambda row: sum(one.state == "valid" for one in row.runs[0].certificates),
        ),
        # --- people
        Content(
            "person",
            _("Nummer der Person"),
            _(
                "Dieselbe Person hat in einer Datei überall dieselbe Nummer. Jede Datei vergibt neue, so lässt sich "
                "niemand von einer zur anderen verfolgen."
            ),
            PEOPLE,
            lambda row: row.person,
        ),
        Content(
            "last_name", _("Nachname"), _("Nur wo die Förderung Namen verlangt."), NAMED, _of_places("last_name"), True
        ),
        Content(
            "first_name", _("Vorname"), _("Nur wo die Förderung Namen verlangt."), NAMED, _of_places("first_name"), True
        ),
        Content("agency", _AGENCY.label, _AGENCY.sentence, PEOPLE, _of_places("agency", _("ohne Behörde"))),
        Content("group", _GROUP.label, _GROUP.sentence, PEOPLE, _of_places("group", _("ohne Angabe"))),
        Content("source", _("Herkunft"), _("Auf welchem Weg die Anmeldung kam."), PLACES, _of_places("source")),
        Content(
            "outcome",
            _("Ergebnis"),
            _("Teilgenommen, teilweise, entschuldigt, gefehlt oder nicht erfasst, wie auf der Seite der Zahlen."),
            PLACES,
            _outcome,
        ),
        Content(
            "time_attended",
            _("Zeit anwesend"),
            _("Über alle Sitzungen der Termine, von denen die Zeile handelt; bei einem Personentag die dieses Tages."),
            PEOPLE,
            lambda row: Minutes(row.minutes),
        ),
        Content(
            "time_in_period",
            _("Zeit anwesend im Zeitraum"),
            _("Nur die Sitzungen, die im Zeitraum stattgefunden haben."),
            PLACES | {Row.PERSON},
            _in_period,
        ),
        Content("certificate", _("Bescheinigung"), _("Ob es eine gültige gibt: ja oder nein."), PLACES, _certificate),
        Content("day", _("Tag"), _("Der Tag, um den es geht."), frozenset({Row.PERSON_DAY}), lambda row: row.day),
        Content(
            "number_of_runs",
            _("Zahl der Teilnahmen"),
            _("An wie vielen Terminen die Person teilgenommen hat."),
            frozenset({Row.PERSON}),
            lambda row: len(row.places),
        ),
        # --- agencies
        Content(
            "agency_name",
            _AGENCY.label,
            _("Ihr Name, wie er heute ist. Wer zu keiner gehörte, steht am Ende zusammen."),
            frozenset({Row.AGENCY}),
            lambda row: row.part.name if row.part else "",
        ),
        *_numbers(OF_PEOPLE, frozenset({Row.AGENCY}), "agency"),
    ]
}


def contents_for(row: str) -> list[Content]:
    return [content for content in CONTENTS.values() if row in content.rows]


def labels_of_contents() -> dict[str, str]:
    return {content.name: str(content.label) for content in CONTENTS.values()}
