"""Which group do people mean by what they write: Mitarbeiter/in, Sachbearbeiterin, Amtsleiter, FK, M, F, E?

Whatever could mean two groups, or none for sure, is no group: it is asked about.
"""

import re
import unicodedata

from accounts.models import TargetGroup
from accounts.names import clean_name
from accounts.tables import Choice, folded

GROUPS = Choice("group", "Gruppe", choices=TargetGroup.choices)
# As they are written on lists to be signed, and in the heads of tables.
_SHORT = {
    "m": TargetGroup.STAFF,
    "ma": TargetGroup.STAFF,
    "mit": TargetGroup.STAFF,
    "mitarb": TargetGroup.STAFF,
    "sb": TargetGroup.STAFF,
    "staff": TargetGroup.STAFF,
    "f": TargetGroup.LEADERSHIP,
    "fk": TargetGroup.LEADERSHIP,
    "al": TargetGroup.LEADERSHIP,
    "leiter": TargetGroup.LEADERSHIP,
    "manager": TargetGroup.LEADERSHIP,
    "e": TargetGroup.VOLUNTEERS,
    "ea": TargetGroup.VOLUNTEERS,
}
_UNITS = (
    "amts?|abteilungs|bereichs|betriebs|büro|dezernats|dienststellen|einrichtungs|fachbereichs|fachdienst|"
    "fachgebiets|gruppen|haupt|instituts|kindergarten|kita|personal|referats|sachgebiets|schul|stabsstellen|"
    "stellen|team|verwaltungs|werk"
)
_STEMS = {
    TargetGroup.STAFF: re.compile(
        r"mitarb(?:eit(?:er|ende|erin|erinnen|enden?|ender|schaft)?)?\b|beschäft(?:igte?[nr]?)?\b|sachbearb(?:eit(?:er|erin|"
        r"erinnen|ende?r?|ung))?\b|angestellte?[nr]?\b|arbeitnehm(?:er|ende)(?:in|innen|r)?\b|\bpersonal\b|\bemployees?\b"
    ),
    TargetGroup.LEADERSHIP: re.compile(
        r"\bführungs(?:kr(?:[aä]fte?n?)?\b|person|verantwortung|ebene)|"
        r"\bleitung(?:s(?:kr[aä]fte?|person|ebene|funktion))?\b|"
        r"(?:\b|-)leitend\w*|\bvorgesetzte?[nr]?\b|"
        rf"\b(?:{_UNITS})(?:-| )?(?:leit(?:er|ung|erin|erinnen)|chef(?:in)?)\b|"
        r"(?<=-)leit(?:er|ung|erin|erinnen)\b|\bleiter(?:in|innen)\b|"
        r"\bleiter(?:in)? (?:der|des|von)\b|\bleit(?:er|erin)\b(?=.)|\bgeschäftsführ(?:er|erin|ung|ende)\b|"
        r"\b(?:ober)?bürgermeister(?:in)?\b|\blandr(?:at|ätin)\b|\bbeigeordnete?r?\b|\bdezernent(?:in)?\b|"
        r"\bleadership\b|\bmanagers?\b|\bmanagement\b"
    ),
    TargetGroup.VOLUNTEERS: re.compile(r"\behrenamt(?:s|ler\w*|lich\w*)?\b|\bfreiwillige?[nr]?\b|\bvolunteers?\b"),
}
# „keine Führungskraft“, „Assistenz der Leitung“: the word is there and does not say what they are.
_BUT = re.compile(
    r"\b(?:kein\w*|nicht|ohne|non?|not|assist\w*|sekret\w*|vorzimmer|ex|ehemalig\w*)\b|\w*unterstützung\b"
)
# Mitarbeiter/in, Mitarbeiter*innen, Mitarbeiter:in, Mitarbeiter(in), Mitarbeiter_in, Mitarbeiter/-in, Leiter/Leiterin.
_GENDERED = re.compile(r"\s?[/*:_·•|(]\s?-?(?:innen|in|en|r|n)\b\)?")

_LOOK_ALIKE = str.maketrans("мекафμεκα", "mekafmeka")  # Cyrillic and Greek
_FILLERS = frozenset(
    [
        "der",
        "des",
        "die",
        "das",
        "im",
        "in",
        "am",
        "von",
        "und",
        "vom",
        "für",
        "stellv",
        "stv",
        "stellvertretende",
        "stellvertretender",
        "kita",
        "fb",
    ]
)


def _words(text: str) -> str:
    words = folded(unicodedata.normalize("NFKC", clean_name(text))).strip(" .,;:()[]\"'„“-–—")
    if len(words) < 3:
        words = words.translate(_LOOK_ALIKE)
    return words.replace("fuehrung", "führung").replace("beschaeft", "beschäft").replace("kraefte", "kräfte")


def group_of(text: str) -> TargetGroup | None:
    """The group, where the words say it and say no other."""
    words = _words(text)
    if not words or len(words) > 200:
        return None
    try:
        return TargetGroup(str(GROUPS.read(words)))
    except ValueError:
        pass
    words = _GENDERED.sub("", words).strip(" .")
    if known := _SHORT.get(words):
        return known
    meant = [group for group, stem in _STEMS.items() if stem.search(words)]
    return meant[0] if len(meant) == 1 and not _BUT.search(words) else None


def is_group(text: str) -> bool:
    """Whether the words say a group and no name beside it: „Stellv. Amtsleiter“, not „Führungskraft Weber“."""
    if group_of(text) is None:
        return False
    words = _GENDERED.sub("", _words(text))
    for stem in _STEMS.values():
        words = stem.sub(" ", words)
    left = [word for word in re.split(r"[^\w]+", words) if word]
    return len(text.split()) == 1 or all(word in _FILLERS or word in _SHORT or word.endswith("amt") for word in left)
