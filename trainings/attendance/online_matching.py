"""Whose registrations are the people of an online meeting, and which mark follows from the minutes they were there?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.addresses import mailbox
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
    """``matched`` maps the key of a registration to its people, by their place in the list; the others fit nobody."""

    matched: Mapping[int, tuple[int, ...]]
    unmatched: tuple[int, ...]


def match_attendees(people: Sequence[Attendee], registrations: Sequence[Registration]) -> Matching:
    """By address, then by name, where exactly one registration fits. Several devices of a person come together."""
    matched: dict[int, list[int]] = {}
    unmatched = []
    by_email = {mailbox(registration.person.email): registration for registration in registrations}
    by_name = [_by_name(registrations, variant) for variant in (0, 1)]
    for place, attendee in enumerate(people):
        found = by_email.get(mailbox(attendee.email)) or _named(attendee.name, by_name)
        if found is None:
            unmatched.append(place)
        else:
            matched.setdefault(found.pk, []).append(place)
    return Matching({key: tuple(places) for key, places in matched.items()}, tuple(unmatched))


def _by_name(registrations: Iterable[Registration], variant: int) -> dict[Name, list[Registration]]:
    found: dict[Name, list[Registration]] = {}
    for registration in registrations:
        found.setdefault(_folded(registration.person.full_name)[variant], []).append(registration)
    return found


def _named(name: str, by_name: Sequence[Mapping[Name, Sequence[Registration]]]) -> Registration | None:
    """By the first spelling that is known; two people of one name are for the trainer to tell apart."""
    for spelling in _spellings(name):
        for variant, known in zip(_folded(spelling), by_name, strict=True):
            if variant and (found := known.get(variant)):
                return found[0] if len(found) == 1 else None
    return None


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
    words = re.split(r"[\s,.;_-]+", folded.replace("'", "").replace("’", ""))
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


def proposed_marks(session: Session, minutes: int) -> Mark | None:
    """The mark for these teaching minutes; None for somebody who was not there, which the trainer decides."""
    if minutes <= 0:
        return None
    if minutes >= enough_minutes(session):
        return Mark(status=Status.PRESENT)
    return Mark(status=Status.PARTIAL, minutes=minutes)
