"""Who is meant by these words? People by name or address, typing errors forgiven, without reading everybody.

Each word of a name and an address is a row of SearchWord, and indexes find by what it begins or ends with. Whoever
writes a name or an address need not know: the database says who has none of these rows yet, or those of a former name
(``without_search_words``), ``catch_up`` makes them a little later, and till then these few are read one by one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from rapidfuzz import fuzz, process

from accounts.addresses import stands_for_none
from accounts.models import FOUND_BY, SearchWord, User
from accounts.names import by_name, plain
from accounts.requests import words_in

SAID = ("title", "first_name", "last_name", "organisation", "email")
NEAR_ENOUGH = 80  # of 100, as rapidfuzz counts, of whole names: „Jildiz“ and „Yildiz“ have 83
MAYBE = 70  # the same of single words: what else stands in the name decides
AS_NEAR = 100  # words
LONGEST = SearchWord._meta.get_field("word").max_length
MANY = 2000  # of more people than that it is all the same who is shown: somebody must type more
AT_ONCE = 1000  # people
_PARTS = re.compile(r"[^\W\d_]+")
_LAST_CHARACTER = "\U0010ffff"


def find(people: QuerySet[User], typed: str, most: int) -> list[User]:
    """Best first: who has all the words, in any order; if nobody has, whose name is nearest."""
    words = _plain(words_in(typed.replace(",", " ")))
    if not words:
        return []
    keys = keys_of(words, MANY)
    # In an order of which there is no index: by that of the names PostgreSQL would look up each person there is.
    found = people.filter(pk__in=keys).order_by(Lower("last_name"), Lower("first_name"), "pk")
    if keys and (named := by_name(found[: most * 4])):
        return sorted(named, key=lambda one: one.has_ended)[:most]
    return _nearest(people, words, _new(), most)


def keys_of(words: Iterable[str], most: int) -> list[int]:
    """Of all people of whom a word begins with each of these, or ends with it: their keys, of ``most`` at most."""
    if not (asked := _plain(words)):
        return []
    new = [pk for pk, own in _new().items() if all(_is_like(own, word) for word in asked)]
    return [*_whoever([_like(word) for word in asked], most), *new[:most]]


def rows_of(word: str) -> list[QuerySet[SearchWord]]:
    """The rows that are like it, for a subquery; of a word with a sign in it, such as „O´Neill“, those of each part."""
    return [_rows(_like(part)) for part in _plain([word])]


def named_like(people: QuerySet[User], person: User) -> QuerySet[User]:
    """Of these people whoever has all words of the person's name, and maybe more."""
    words = words_of("", person.first_name, person.last_name, "", "")
    keys = _whoever([Q(word=word) for word in sorted(words)]) if words else []
    return people.filter(pk__in=keys + [pk for pk, own in _new().items() if words <= own][:MANY])


def catch_up() -> int:
    """Make the words of whoever has a new name or address; says of how many. Idempotent."""
    made = 0
    while keys := list(User.objects.without_search_words().order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            # Locked, so that what is read here is what ``FOUND_BY`` stands for below.
            rows = User.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
            locked = list(rows.values_list("pk", flat=True))
            people = list(User.objects.filter(pk__in=locked, erased_at=None).values_list("pk", *SAID))
            SearchWord.objects.filter(person__in=locked).delete()
            SearchWord.objects.bulk_create(
                SearchWord(person_id=pk, word=word, backwards=word[::-1])
                for pk, *said in people
                for word in sorted(words_of(*said))
            )
            User.objects.filter(pk__in=[pk for pk, *_said in people]).update(found_by=FOUND_BY)
            User.objects.filter(pk__in=locked, erased_at__isnull=False).update(found_by="")
        made += len(locked)
    return made


def forget_nobodys() -> int:
    """Delete the words of accounts that the version before has deleted; says how many. Reads all rows."""
    return SearchWord.objects.filter(~Exists(User.objects.filter(pk=OuterRef("person")))).delete()[0]


def out_of_step() -> Iterator[int]:
    """The keys of people whose rows are not the words of their name and address, though they should be."""
    erased = User.objects.filter(erased_at__isnull=False).filter(~Q(found_by="") | Q(search_words__isnull=False))
    yield from erased.order_by("pk").values_list("pk", flat=True).distinct()
    ready = User.objects.filter(erased_at=None, found_by=FOUND_BY).order_by("pk")
    last = 0
    while people := list(ready.filter(pk__gt=last).values_list("pk", *SAID)[:AT_ONCE]):
        last = people[-1][0]
        rows = SearchWord.objects.filter(person__gte=people[0][0], person__lte=last).order_by()
        words: dict[int, set[str]] = {}
        for pk, word in rows.values_list("person", "word"):
            words.setdefault(pk, set()).add(word)
        yield from (pk for pk, *said in people if words.get(pk, set()) != words_of(*said))


def words_of(title: str, first_name: str, last_name: str, organisation: str, email: str) -> set[str]:
    """Whole and in parts: „Müller-Lüdenscheid“ is found by either, and an address by its name and its domain."""
    names = plain(f"{title} {first_name} {last_name} {organisation}").split()
    words = {*names, *_parts(names)}
    if email and not stands_for_none(email):
        address = plain(email)
        name, _at, domain = address.rpartition("@")
        words |= {address, domain, *_parts([name])}
    return {word[:LONGEST] for word in words}  # an „ä“ is two letters


def _plain(words: Iterable[str]) -> list[str]:
    """As the words of names are: „O´Neill“ is two, „@mayen.example“ a domain."""
    parts = (part.lstrip("@")[:LONGEST] for word in words for part in plain(word).split())
    return [part for part in parts if part]


def _parts(words: Iterable[str]) -> Iterator[str]:
    return (part for word in words for part in _PARTS.findall(word))


def _new() -> dict[int, set[str]]:
    """The words of people who have no rows yet."""
    people = User.objects.without_search_words().filter(erased_at=None).order_by("pk")
    return {pk: words_of(*said) for pk, *said in people.values_list("pk", *SAID)}


def _rows(asked: Q) -> QuerySet[SearchWord]:
    return SearchWord.objects.filter(asked).order_by()


def _whoever(asked: Sequence[Q], most: int = MANY) -> list[int]:
    """The keys of people with a row for each, found without looking at the people: of many that is what costs."""
    first, *others = (_rows(one).values_list("person", flat=True) for one in asked)
    return list((first.intersection(*others) if others else first.distinct())[:most])


def _like(word: str) -> Q:
    """Rows that begin with the word; with one of some length, also those that end with it."""
    begins = _begins("word", word)
    return begins | _begins("backwards", word[::-1]) if len(word) > 2 else begins


def _is_like(own: Iterable[str], word: str) -> bool:
    """The same, of words that have no rows yet."""
    return any(one.startswith(word) or (len(word) > 2 and one.endswith(word)) for one in own)


def _begins(column: str, text: str) -> Q:
    """By the index: SQLite's LIKE would ignore capitals, and so the index."""
    if connection.vendor == "sqlite":
        return Q(**{f"{column}__gte": text, f"{column}__lt": text + _LAST_CHARACTER})
    return Q(**{f"{column}__startswith": text})


def _nearest(people: QuerySet[User], words: Sequence[str], new: Mapping[int, set[str]], most: int) -> list[User]:
    text = " ".join(words)
    parts = sorted({part for part in _parts(words) if len(part) > 1}, key=lambda part: (-len(part), part))
    near = {part: near for part in parts if (near := _near(part, new))}
    # Who has a word near each of them; else near the longest, and so on.
    for asked in ([parts] if set(near) == set(parts) else []) + [[part] for part in near if len(parts) > 1]:
        keys = _whoever([Q(word__in=near[part]) for part in asked]) if asked else []
        keys += [pk for pk, own in new.items() if all(own & near[part] for part in asked)][:MANY]
        rows = people.filter(pk__in=keys).order_by("pk").values_list("pk", "first_name", "last_name")
        names = {pk: plain(f"{first} {last}") for pk, first, last in rows}
        best = process.extract(text, names, scorer=fuzz.partial_token_sort_ratio, score_cutoff=NEAR_ENOUGH, limit=most)
        if best:
            rank = {key: place for place, (_name, _score, key) in enumerate(best)}
            return sorted(people.filter(pk__in=rank), key=lambda one: rank[one.pk])
    return []


def _near(part: str, new: Mapping[int, set[str]]) -> set[str]:
    """Words that are like it: whoever mistypes a letter leaves what is before it, or what is behind it.

    The letter in the middle is in neither half, so that of two exchanged ones neither half has both.
    """
    length = max(2, (len(part) - 1) // 2)
    begin, end = part[:length], part[-max(2, len(part) - 1 - length) :]
    beginning = _rows(_begins("word", begin)).exclude(word__contains="@").values_list("word", flat=True)
    ending = _rows(_begins("backwards", end[::-1])).exclude(backwards__contains="@")
    words = {*beginning.distinct(), *(word[::-1] for word in ending.values_list("backwards", flat=True).distinct())}
    words.update(*new.values())
    longer = [word for word in words if len(word) > len(part) - 3]
    found = process.extract(part, longer, scorer=fuzz.partial_ratio, score_cutoff=MAYBE, limit=AS_NEAR)
    return {word for word, _score, _place in found}
