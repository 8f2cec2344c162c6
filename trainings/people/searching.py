"""Who is meant? People by name, address or number, typing errors forgiven."""

from collections.abc import Callable, Iterable

from accounts import finding
from accounts.models import User
from accounts.requests import words_in

MOST = 50

_by_number: list[Callable[[str], Iterable[int]]] = []


def find_by_number(keys_of: Callable[[str], Iterable[int]]) -> None:
    """Apps above say when they start by which of their numbers a person is found: of a text, the keys of people."""
    _by_number.append(keys_of)


def find_people(text: str) -> list[User]:
    """Best first. Words in any order; if nothing has them all, whose name is nearest."""
    words = words_in(text.replace(",", " "))
    if not words:
        return []
    everybody = User.objects.filter(erased_at=None, merged_into=None, restricted_at=None).select_related("agency")
    if len(words) == 1 and (keys := [key for found in _by_number for key in found(words[0])]):
        return list(everybody.filter(pk__in=keys))
    if (number := words[0].lstrip("#")).isdecimal() and len(number) < 12 and len(words) == 1:
        return list(everybody.filter(pk=number))
    return finding.find(everybody, text, MOST)
