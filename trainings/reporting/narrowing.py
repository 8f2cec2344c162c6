"""Of which runs, and of whom, is something counted? What is left open does not narrow it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Narrowing:
    """Runs by level and course of the catalogue and by format; people by the group and the agency of the day.

    Of what kind an agency or a course is says the catalogue of today.
    """

    level: str = ""
    course: int | None = None
    format: str = ""
    group: str = ""
    agency_kind: str = ""

    @property
    def of_sessions(self) -> dict[str, object]:
        """As filters of the sessions of the runs."""
        chosen = {"course__level": self.level, "course": self.course, "format": self.format}
        return {f"run__{name}": value for name, value in chosen.items() if value}

    @property
    def of_registrations(self) -> dict[str, object]:
        chosen = {"group": self.group, "agency__kind": self.agency_kind}
        return {name: value for name, value in chosen.items() if value}


EVERYTHING = Narrowing()
