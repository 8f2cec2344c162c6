"""Who is meant? People by name, address or number, typing errors forgiven."""

import unicodedata
from collections.abc import Callable, Iterable

from django.db.models import Q
from django.db.models.functions import Lower
from rapidfuzz import fuzz, process

from accounts.models import User
from accounts.names import by_name, sort_key
from accounts.requests import words_in

MOST = 50
NEAR_ENOUGH = 80  # of 100, as rapidfuzz counts: „Jildiz“ and „Yildiz“ have 83

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
    exact = everybody
    for word in words:
        exact = exact.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
            | Q(title__iexact=word)
        )
    # In an order of which there is no index: by that of the names PostgreSQL would look up each person there is.
    exact = exact.order_by(Lower("last_name"), Lower("first_name"), "pk")
    if people := by_name(exact[: MOST * 4]):
        return sorted(people, key=lambda one: one.has_ended)[:MOST]
    names = {
        key: _folded(f"{first} {last}") for key, first, last in everybody.values_list("pk", "first_name", "last_name")
    }
    near = process.extract(
        _folded(text), names, scorer=fuzz.partial_token_sort_ratio, score_cutoff=NEAR_ENOUGH, limit=MOST
    )
    rank = {key: place for place, (_name, _score, key) in enumerate(near)}
    return sorted(everybody.filter(pk__in=rank), key=lambda one: rank[one.pk])


def _folded(text: str) -> str:
    """In plain letters, the German way; the rest without its marks."""
    plain = " ".join(part for part in sort_key(text) if part)
    return "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char)).lower()
