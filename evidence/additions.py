"""What do the pages of trainings show about evidence?"""

from evidence import doors
from evidence.completeness import ended_periods
from evidence.models import AuditorDoor, DefinitionEvent, DoorQuestion, Dossier, ReportingPeriod, ReportingPeriodEvent
from trainings import people
from trainings.additions import Place, register


def register_all() -> None:
    register(Place.DESK, "evidence/_ended_periods.html", lambda _coordinator: ended_periods())
    register(Place.DESK_LINKS, "evidence/_desk_link.html")
    register(Place.DESK, "evidence/doors/_to_answer.html", lambda _coordinator: doors.to_answer())
    people.register_holdings(
        parts=[],
        traces=[
            people.Trace(ReportingPeriod, "handed_in_by", "handed_in_at"),
            people.Trace(ReportingPeriodEvent, "actor", "at"),
            people.Trace(AuditorDoor, "opened_by", "opened_at"),
            people.Trace(AuditorDoor, "closed_by", "closed_at"),
            people.Trace(AuditorDoor, "email", "opened_at"),
            people.Trace(DoorQuestion, "answered_by", "answered_at"),
            people.Trace(DefinitionEvent, "actor", "at"),
            people.Trace(Dossier, "asked_by", "asked_at"),
            people.Trace(Dossier, "handed_in_by", "handed_in_at"),
        ],
    )
