"""Which tables are in a dossier? Made from its facts alone, so that all of them agree."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.tables import Cell, Worksheet
from evidence.dossiers.parts import PackedPart, csv_table, file_name, table
from evidence.facts import Numbers, PartEvidence, ParticipantEvidence, PeriodEvidence, RunEvidence
from trainings.reporting import ATTRIBUTIONS, DEFINITIONS, OF_A_RUN, OF_EVERYTHING, OF_PEOPLE, Outcome

WIDE, MIDDLE, NARROW, DAY = 40, 24, 12, 12


def summary(evidence: PeriodEvidence) -> Iterator[PackedPart]:
    """The numbers of the period: of everything, by agency, by group, with how each is counted."""
    grant = evidence.grant
    about: list[list[Cell]] = [
        [_("Förderkennzeichen"), grant.grant_number],
        [_("Zuwendungsempfänger"), grant.beneficiary],
        [_("Erster Tag"), evidence.first_on],
        [_("Letzter Tag"), evidence.last_on],
    ]
    total: list[list[Cell]] = [[label_of(name), evidence.numbers.get(name)] for name in OF_EVERYTHING]
    definitions: list[list[Cell]] = [
        [str(one.label), str(one.sentence)] for one in [*DEFINITIONS.values(), *ATTRIBUTIONS]
    ]
    sheets = [
        Worksheet(_("Zahlen"), [_("Zahl"), _("Zeitraum")], [*about, *total], [WIDE, MIDDLE]),
        _with_agreements(_by_part(_("je Behörde"), _("Behörde / Einrichtung"), evidence.agencies), evidence),
        _by_part(_("je Gruppe"), _("Gruppe"), evidence.groups),
        Worksheet(_("Definitionen"), [_("Zahl"), _("Definition")], definitions, [MIDDLE, 100]),
    ]
    headings = [_("Auswertung"), _("Bezeichnung"), *labels(OF_EVERYTHING)]
    lines: list[list[Cell]] = [[*headings, _("Vereinbarung")] if evidence.agreements else [*headings]]
    lines.append([_("Gesamt"), grant.grant_number, *values(OF_EVERYTHING, evidence.numbers)])
    for part in evidence.agencies:
        said = _agreement_with(part.name, evidence)
        lines.append([_("je Behörde"), part.name, *values(OF_EVERYTHING, part.numbers), *said])
    lines += [[_("je Gruppe"), part.name, *values(OF_EVERYTHING, part.numbers)] for part in evidence.groups]
    lines += [[_("Definition"), f"{label}: {sentence}"] for label, sentence in definitions]
    yield from table(f"01 {_('Zusammenfassung')}", sheets, lines)


def run_list(evidence: PeriodEvidence) -> Iterator[PackedPart]:
    headings = [
        pgettext("number", "Termin"), _("Schulung"), _("Stufe"), _("Erster Tag"), _("Letzter Tag"), _("Format"),
        _("Ort"), _("Sprache"), _("Kursleitung"), _("Förderkennzeichen"), _("Personen gezählt"), *labels(OF_A_RUN),
        _("Gültige Bescheinigungen"), _("Dateien der unterschriebenen Listen"), _("Abgeschlossen am"), _("Ordner"),
    ]  # fmt: skip
    folders = folders_of(evidence)
    rows: list[list[Cell]] = [
        [
            run.number, run.course, run.level, run.first_day, run.last_day, run.format, run.place, run.language,
            "; ".join(run.trainers), run.grant_number,
            _("ja") if run.is_counted else _("im Zeitraum der letzten Sitzung"),
            *values(OF_A_RUN, run.numbers), sum(one.state == "valid" for one in run.certificates), len(scans_of(run)),
            run.closed_on, folders[run.pk],
        ]
        for run in evidence.runs
    ]  # fmt: skip
    widths = [NARROW, WIDE, MIDDLE, DAY, DAY, NARROW, WIDE, NARROW, MIDDLE, MIDDLE, MIDDLE, *[NARROW] * len(OF_A_RUN)]
    parts = [
        (what, run, part)
        for what, of_run in [(_("je Behörde"), _agencies_of), (_("je Gruppe"), _groups_of)]
        for run in evidence.runs
        for part in of_run(run)
    ]
    headed = [_("Auswertung"), headings[0], headings[1], headings[4], _("Bezeichnung"), *labels(OF_PEOPLE)]
    found: list[list[Cell]] = [
        [what, run.number, run.course, run.last_day, part.name, *values(OF_PEOPLE, part.numbers)]
        for what, run, part in parts
    ]
    by_part = _("je Behörde und Gruppe")
    yield from table(
        f"02 {_('Termine')}",
        [
            Worksheet(_("Termine"), headings, rows, [*widths, NARROW, NARROW, DAY, WIDE]),
            Worksheet(by_part, headed, found, [MIDDLE, NARROW, WIDE, DAY, WIDE, *[NARROW] * len(OF_PEOPLE)]),
        ],
    )
    yield csv_table(f"02 {_('Termine')}, {by_part}", headed, found)


def _agencies_of(run: RunEvidence) -> list[PartEvidence]:
    return run.agencies


def _groups_of(run: RunEvidence) -> list[PartEvidence]:
    return run.groups


def called_off(evidence: PeriodEvidence) -> Iterator[PackedPart]:
    headings = [
        pgettext("number", "Termin"), _("Schulung"), _("Geplant für"), _("Abgesagt am"), _("Grund"),
        _("Angemeldet, als abgesagt wurde"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [one.number, one.course, one.planned_for, one.called_off_on, one.reason, one.registered]
        for one in evidence.called_off
    ]
    yield from table(
        f"03 {_('Abgesagte Termine')}",
        [Worksheet(_("Abgesagte Termine"), headings, rows, [NARROW, WIDE, DAY, DAY, WIDE, NARROW])],
    )


def certificates(evidence: PeriodEvidence, copies: dict[int, str]) -> Iterator[PackedPart]:
    """``copies``: by the key of a certificate the path of its copy."""
    headings = [
        _("Nummer"), pgettext("number", "Termin"), _("Schulung"), _("Ausgestellt am"), _("Minuten"), _("Zustand"),
        _("Grund"), _("SHA-256 des PDF"), _("Kopie"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            one.number, run.number, run.course, one.issued_on, one.minutes, states()[one.state],
            one.reason, one.sha256, copies.get(one.pk, ""),
        ]
        for run in evidence.runs
        for one in run.certificates
    ]  # fmt: skip
    widths = [MIDDLE, NARROW, WIDE, DAY, NARROW, MIDDLE, WIDE, 66, WIDE]
    name = _("Teilnahmebescheinigungen")
    yield from table(f"04 {name}", [Worksheet(name, headings, rows, widths)])


def states() -> dict[str, str]:
    """Of certificates, in the active language."""
    return {
        "valid": _("gültig"),
        "revoked": _("widerrufen"),
        "replaced": _("ersetzt"),
        "failed": _("konnte nicht erstellt werden"),
    }


def participants(run: RunEvidence, folder: str, *, named: bool) -> Iterator[PackedPart]:
    """With names, or how many there were by agency and group."""
    sheets = [
        *([_people(run)] if named else []),
        _by_part(_("je Behörde"), _("Behörde / Einrichtung"), run.agencies),
        _by_part(_("je Gruppe"), _("Gruppe"), run.groups),
    ]
    lines: list[list[Cell]] | None = None
    if not named:
        lines = [[_("Auswertung"), _("Bezeichnung"), *labels(OF_PEOPLE)]]
        for what, parts in [(_("je Behörde"), run.agencies), (_("je Gruppe"), run.groups)]:
            lines += [[what, part.name, *values(OF_PEOPLE, part.numbers)] for part in parts]
    yield from table(f"{folder}/{_('Teilnehmende')}", sheets, lines)


def _people(run: RunEvidence) -> Worksheet:
    sessions = [one.session for one in run.lists]
    headings = [
        _("Nachname"), _("Vorname"), _("Behörde / Einrichtung"), _("Gruppe"), _("Weg der Anmeldung"),
        *(_("Minuten am %(day)s, %(time)s Uhr") % {"day": f"{one.day:%d.%m.%Y}", "time": one.starts}
          for one in sessions),
        _("Minuten"), _("Ergebnis"),
    ]  # fmt: skip
    rows = [
        [
            *_named(one), one.agency, one.group, one.source,
            *(one.minutes_by_session.get(session.pk) for session in sessions),
            one.minutes, outcome_in_words(one.outcome),
        ]
        for one in run.participants
    ]  # fmt: skip
    widths = [MIDDLE, MIDDLE, WIDE, MIDDLE, MIDDLE, *[NARROW] * len(sessions), NARROW, MIDDLE]
    return Worksheet(pgettext("number", "Teilnehmende"), headings, rows, widths)


def _named(one: ParticipantEvidence) -> tuple[str, str]:
    return (one.last_name, one.first_name) if one.last_name or one.first_name else (_("gelöscht oder gesperrt"), "")


def corrections(run: RunEvidence, folder: str) -> Iterator[PackedPart]:
    """What was changed after the run had been closed; nothing where there is none."""
    if run.corrections:
        headings = [_("Wann"), _("Wer"), _("Betrifft"), _("Was"), _("Vorher"), _("Nachher"), _("Grund")]
        rows: list[list[Cell]] = [
            [in_berlin(one.at), one.by, one.about, one.label, one.old, one.new, one.reason] for one in run.corrections
        ]
        yield csv_table(f"{folder}/{_('Änderungen nach Abschluss')}", headings, rows)


def _by_part(name: str, heading: str, parts: Iterable[PartEvidence]) -> Worksheet:
    rows = [[part.name, *values(OF_PEOPLE, part.numbers)] for part in parts]
    return Worksheet(name, [heading, *labels(OF_PEOPLE)], rows, [WIDE, *[NARROW] * len(OF_PEOPLE)])


def _with_agreements(sheet: Worksheet, evidence: PeriodEvidence) -> Worksheet:
    """A column more, where agencies have agreements."""
    if not evidence.agreements:
        return sheet
    rows = [[*row, *_agreement_with(str(row[0]), evidence)] for row in sheet.rows]
    return Worksheet(sheet.name, [*sheet.headings, _("Vereinbarung")], rows, [*sheet.widths, WIDE])


def _agreement_with(agency: str, evidence: PeriodEvidence) -> list[Cell]:
    if agency not in evidence.agreements:
        return []
    return [evidence.agreements[agency] or _("keine Vereinbarung")]


def in_berlin(at: dt.datetime) -> dt.datetime:
    """As tables have it, without its zone."""
    return timezone.localtime(at).replace(tzinfo=None)


def runs_folder() -> str:
    return _("Termine")


def folders_of(evidence: PeriodEvidence) -> dict[int, str]:
    """By run; of two that would be the same where case or signs do not count, the later one has its key as well."""
    found: dict[str, int] = {}
    paths: dict[int, str] = {}
    for run in sorted(evidence.runs, key=lambda run: run.pk):
        name = file_name(f"{run.number} {run.course}")
        if found.setdefault(name.casefold(), run.pk) != run.pk:
            name = f"{name} (#{run.pk})"
        paths[run.pk] = f"{runs_folder()}/{name}"
    return paths


def scans_of(run: RunEvidence) -> list[int]:
    """Each once, though the list of a day stands at each session of it; without those that are emptied."""
    found = {scan.pk: scan for of_list in run.lists for scan in of_list.scans if scan.original_at}
    return list(found)


def label_of(name: str) -> str:
    return str(DEFINITIONS[name].label)


def labels(names: Iterable[str]) -> list[str]:
    return [label_of(name) for name in names]


def values(names: Sequence[str], numbers: Numbers) -> list[Cell]:
    return [numbers.get(name) for name in names]


def outcome_in_words(outcome: str) -> str:
    """The heading under which it is counted; empty while the run is not over."""
    return label_of(Outcome(outcome).value) if outcome else ""
