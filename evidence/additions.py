"""What do the pages of trainings show about evidence?"""

from evidence.models import Dossier, ReportingPeriod, ReportingPeriodEvent
from trainings import people
from trainings.additions import Place, register


def register_all() -> None:
    register(Place.DESK_LINKS, "evidence/_desk_link.html")
    people.register_holdings(
        parts=[],
        traces=[
            people.Trace(ReportingPeriod, "handed_in_by", "handed_in_at"),
            people.Trace(ReportingPeriodEvent, "actor", "at"),
            people.Trace(Dossier, "asked_by", "asked_at"),
            people.Trace(Dossier, "handed_in_by", "handed_in_at"),
        ],
    )
