"""What is still missing in a dossier, as its facts say? On its cover, in its manifest, before it is handed in."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evidence.facts import PeriodEvidence, RunEvidence, evidence_from
from evidence.models import Dossier
from trainings.models import CourseRun


def missing(evidence: PeriodEvidence) -> list[str]:
    """One sentence for each thing; in the active language."""
    return [f"{run.number}: {text}" for run in evidence.runs for text in _of_run(run)]


def missing_in(dossier: Dossier) -> list[str]:
    return missing(evidence_from(dossier.facts)) if dossier.facts else []


def _of_run(run: RunEvidence) -> list[str]:
    found = []
    if run.closed_on is None:
        found.append(_("nicht abgeschlossen"))
    is_signed = run.participants and run.format != str(CourseRun.Format.ONLINE.label)
    if is_signed and (days := [one.session.day for one in run.lists if not one.scans]):
        text = _("keine unterschriebene Liste vom %(days)s")
        found.append(text % {"days": ", ".join(f"{day:%d.%m.%Y}" for day in dict.fromkeys(days))})
    if number := sum(None in one.minutes_by_session.values() for one in run.participants):
        text = ngettext(
            "Anwesenheit von %(number)d Person nicht erfasst", "Anwesenheit von %(number)d Personen nicht erfasst",
            number,
        )  # fmt: skip
        found.append(text % {"number": number})
    if numbers := [one.number for one in run.certificates if one.state == "failed"]:
        text = _("Bescheinigung konnte nicht erstellt werden: %(numbers)s")
        found.append(text % {"numbers": ", ".join(numbers)})
    return found
