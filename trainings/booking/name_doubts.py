"""Is what stands for a name on a pasted list a name? Where it may be something else, the words to ask that in."""

import re
import unicodedata

from django.utils.translation import gettext as _

from accounts.names import is_salutation, is_title
from trainings.booking.group_words import group_of
from trainings.booking.list_lines import Line

LONGEST_CELL = 300  # no name, no group, no office
# What an office is called for sure, and words that may be somebody's name as well.
OFFICE = re.compile(
    r"\b(?:(?:fb|fd|sg|ref|abt|dez|az|oe|amt|team|kita|gruppe)\b\.?[ -]?[\d.]+\w?|(?:fach|sach|geschäfts)bereich\w*|"
    r"fachdienst\w*|(?:fach|sach)gebiet\w*|abteilung\w*|dezernat\w*|referat\w*|stabsstelle\w*|\w{3,}amt|\w{3,}verwaltung|"
    r"jobcenter|\w+behörde|landkreis|verbandsgemeinde|kindertagesstätte|geschäftsstelle|sekretariat|department)\b",
    re.IGNORECASE,
)
_DEPARTMENT = re.compile(
    rf"{OFFICE.pattern}|\b(?:fb|fd|sg|ref|abt|dez|oe|amt|ämter|team|bereich\w*|verwaltung|behörde|kreis|stadt|"
    r"gemeinde|schule|\w{3,}schule|kita|haus|zentrale|unit|office|personalrat|\w{3,}dienste?|\w{3,}büro|\w{3,}stelle|"
    r"\w{3,}wesen|\w{3,}management|integration|soziales|jugend|bauen|finanzen|ordnung|personal|organisation|kultur|"
    r"sport|umwelt|recht|it|edv)\b",
    re.IGNORECASE,
)
_NO_NAME = set('@#<>;|[]{}()\\/"„“”=%&*_!?:•●▪■§$€+~^\0')
_SENTENCE = {"und", "sowie", "oder", "and", "or", "bitte", "hallo", "liebe", "lieber", "sehr", "geehrte", "geehrter"}
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")


def doubt_about(line: Line) -> str:
    """Why the name should not be stored like this, in words; empty where nothing speaks against it."""
    if line.is_sure or max(map(len, (line.last_name, line.first_name, line.title))) > LONGEST_CELL:
        return ""  # what is too long is said to be that
    if line.asked == "column":
        return _("Diese Adresse steht in derselben Zeile wie eine andere. Bitte prüfen Sie, wem sie gehört.")
    for name in (line.last_name, line.first_name, line.title):
        if name and (doubt := _doubt_about_name(name, is_title_expected=name is line.title)):
            return doubt
    if line.asked == "many":
        return _("Welche Angabe ist der Name? Bitte prüfen Sie Vor- und Nachnamen.")
    if line.asked == "order":
        return _("Ist „%(name)s“ der Nachname? Die E-Mail-Adresse lässt es anders vermuten.") % {"name": line.last_name}
    return ""


def _doubt_about_name(name: str, *, is_title_expected: bool) -> str:
    words = re.split(r"[\s,]+", name)
    is_odd = bool(set(name) & _NO_NAME) or any(
        unicodedata.category(char)[0] in "NS" for char in name if char not in "`´"
    )
    is_odd = is_odd or name[0] in "-–—.,'’*" or not any(char.isalpha() for char in name)
    if is_odd or _mixes_scripts(name):
        return _("„%(name)s“ enthält Zeichen, die in Namen nicht vorkommen. Bitte prüfen Sie den Namen.") % {
            "name": name
        }
    if is_title_expected:
        return (
            ""
            if is_title(name) or is_title(f"{name}.")
            else _("„%(name)s“ kennen wir nicht als Titel.") % {"name": name}
        )
    is_word = any(word.casefold() in _SENTENCE for word in words)
    is_word = is_word or any(
        is_salutation(word) or is_title(word) for word in words if len(word) > 1 or len(words) == 1
    )
    is_group = bool(group_of(name)) or any(len(word) > 2 and group_of(word) for word in words)
    if is_word or is_group or _DEPARTMENT.search(name):
        return _("Ist „%(name)s“ ein Name? Es sieht nach Anrede, Titel, Gruppe oder Abteilung aus.") % {"name": name}
    return ""


def _mixes_scripts(name: str) -> bool:
    """Letters that look alike, of two scripts in one word."""
    for word in name.split():
        kinds = {unicodedata.name(char, "").split(" ")[0] for char in word if char.isalpha()}
        if len(kinds & set(_SCRIPTS)) > 1:
            return True
    return False
