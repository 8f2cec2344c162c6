"""Whose registrations are the people of an online meeting, and which mark follows from the minutes they were there?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.addresses import mailbox
from accounts.models import User
from accounts.names import clean_name, sort_key
from trainings.attendance import online_exports
from trainings.attendance.marks import Mark, Status
from trainings.attendance.online_exports import Attendee
from trainings.models import Registration, Session

# Joining late or a dropped connection: somebody who misses no more than this was there for the whole session.
TOLERANCE_MINUTES = 10

_TITLES = re.compile(
    r"\b(?:(?:herr|frau|mrs?|ms|prof(?:essor(?:in)?)?|dipl|ing|ph\.?d)\b\.?"
    r"|dr\b\.?(?:[\s-]*(?:med|phil|jur|iur|rer|nat|pol|oec|ing|theol|habil|h\.? ?c)\b\.?)*)",
    re.IGNORECASE,
)
_ADDITION = re.compile(r"\(([^()]*)\)|\[[^\[\]]*\]")
_BEHIND_THE_NAME = re.compile(r"\s[-–—]\s|[|/·•@]")

Name = tuple[str, ...]


@dataclass(frozen=True)
class Matching:
    """People by their place in the list: ``matched`` by the key of a registration, ``leading`` the run, or neither.

    ``namesakes``: of the others, those whom several registrations fit, by their keys: one name, or the name of one and
    the address of another. Only the trainer knows.
    """

    matched: Mapping[int, tuple[int, ...]]
    leading: tuple[int, ...]
    unmatched: tuple[int, ...]
    namesakes: Mapping[int, tuple[int, ...]]


def match_attendees(
    people: Sequence[Attendee], registrations: Sequence[Registration], trainers: Iterable[User] = ()
) -> Matching:
    """By address, then by name, where exactly one registration fits. Several devices of a person come together."""
    matched: dict[int, list[int]] = {}
    leading: list[int] = []
    unmatched: list[int] = []
    namesakes: dict[int, tuple[int, ...]] = {}
    persons = dict.fromkeys(trainers, 0) | {registration.person: registration.pk for registration in registrations}
    by_email = {mailbox(person.email): key for person, key in persons.items()}
    by_name = [_by_name(persons, variant) for variant in (0, 1)]
    for place, attendee in enumerate(people):
        addressed = by_email.get(mailbox(attendee.email))
        found = _named(attendee.name, by_name)
        if addressed is not None:
            found = [addressed] if addressed in found or not found else [addressed, *found]
        if len(found) == 1:
            [key] = found
            (matched.setdefault(key, []) if key else leading).append(place)
            continue
        unmatched.append(place)
        if found:
            namesakes[place] = tuple(key for key in found if key)
    devices = {key: tuple(places) for key, places in matched.items()}
    return Matching(devices, tuple(leading), tuple(unmatched), namesakes)


def _by_name(persons: Mapping[User, int], variant: int) -> dict[Name, list[int]]:
    found: dict[Name, list[int]] = {}
    for person, key in persons.items():
        found.setdefault(_folded(person.full_name)[variant], []).append(key)
    return found


def _named(name: str, by_name: Sequence[Mapping[Name, list[int]]]) -> list[int]:
    """Who has the first spelling that is known; two people of one name are for the trainer to tell apart."""
    for spelling in _spellings(name):
        for variant, known in zip(_folded(spelling), by_name, strict=True):
            if variant and (found := known.get(variant)):
                return found
    return []


def _spellings(name: str) -> list[str]:
    """„Kim (Kim Weber)“: without the addition, then, as Zoom has the original name there, the addition alone."""
    name = clean_name(name)
    plain = _ADDITION.sub(" ", name)
    return [name, plain, _BEHIND_THE_NAME.split(plain)[0], *(match[1] or "" for match in _ADDITION.finditer(name))]


def _folded(name: str) -> tuple[Name, Name]:
    """The words of a name in no order, without case, titles and marks: with ä as ae, and with ä as a."""
    return _words(name), _words(name.translate(str.maketrans("äöüÄÖÜ", "aouAOU")))


def _words(name: str) -> Name:
    [folded] = sort_key(_TITLES.sub(" ", name))
    words = re.split(r"[\s,.;_-]+", re.sub("['’\"“”„]", "", folded))
    return tuple(sorted(word for word in words if word))


def minutes_taught_online(session: Session, people: Iterable[Attendee]) -> int:
    """Minutes somebody, on all these devices together, was connected; at most those taught.

    Breaks may be spent connected or not: only what is more than the teaching is left out.
    """
    stays = [stay for attendee in people for stay in attendee.stays]
    connected = online_exports.minutes(stays, session.starts_at, session.ends_at)
    return min(connected, session.teaching_minutes)


def enough_minutes(session: Session) -> int:
    """The fewest teaching minutes with which somebody counts as present."""
    return max(1, session.teaching_minutes - TOLERANCE_MINUTES)


def is_doubtful(people: Iterable[Attendee]) -> bool:
    """Whether these people, who are one person, were there for longer than is known."""
    people = list(people)
    stays = [stay for attendee in people for stay in attendee.stays]
    return any(attendee.is_doubtful for attendee in people) or online_exports.may_overlap(stays)


def proposed_mark(session: Session, people: Sequence[Attendee], *, names_only: bool = False) -> Mark | None:
    """The mark for what the file says of somebody; None where it says nothing, or where that is not understood.

    Of a line that was not understood the time is missing: enough remains enough, anything less is for the trainer.
    """
    is_in_doubt = is_doubtful(people)
    if names_only:
        return Mark(status=Status.PRESENT) if people and not is_in_doubt else None
    minutes = minutes_taught_online(session, people)
    if minutes >= enough_minutes(session):
        return Mark(status=Status.PRESENT)
    return Mark(status=Status.PARTIAL, minutes=minutes) if minutes > 0 and not is_in_doubt else None
