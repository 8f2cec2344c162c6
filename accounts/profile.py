"""What does the profile page ask and say beyond the account? Apps above register their part when they start."""

from collections.abc import Callable
from typing import Any, Protocol

from django import forms

from accounts.models import User


class ProfileSection(Protocol):
    def fields(self, person: User) -> dict[str, forms.Field]:
        """The questions to this person, with the present answers as ``initial``."""

    def save(self, person: User, answers: dict[str, Any]) -> None:
        """Keep the cleaned answers, by the names of the fields."""


SECTIONS: list[ProfileSection] = []


def register(section: ProfileSection) -> None:
    SECTIONS.append(section)


# Of a name as it will be printed: what is to be thought of, and what one can do; empty if there is nothing.
_remarks: list[Callable[[str], str]] = []


def register_remark(remark: Callable[[str], str]) -> None:
    _remarks.append(remark)


def remarks_on_name(name: str) -> list[str]:
    """What whoever gives the name should know before it is printed, in the active language."""
    return [said for remark in _remarks if (said := remark(name))]
