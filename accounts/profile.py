"""What does the profile page ask beyond the account? Apps above register their questions when they start."""

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
