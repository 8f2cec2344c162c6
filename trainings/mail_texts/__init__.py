"""In which words does each kind of mail speak, and which versions have they had?"""

from trainings.mail_texts.defaults import CONTACT, DEFAULTS, OF_A_RUN, OF_SUBJECTS, PLACEHOLDERS, SUPERVISOR
from trainings.mail_texts.placeholders import Malformed, filled_text, problems_of_placeholders
from trainings.mail_texts.prose import as_html
from trainings.mail_texts.versions import (
    FIELDS,
    Filled,
    Outdated,
    allowed,
    as_written,
    current,
    filled,
    history,
    is_changed,
    languages,
    newest,
    problems,
    save,
    shown,
    tidied,
)

__all__ = [
    "CONTACT",
    "DEFAULTS",
    "FIELDS",
    "OF_A_RUN",
    "OF_SUBJECTS",
    "PLACEHOLDERS",
    "SUPERVISOR",
    "Filled",
    "Malformed",
    "Outdated",
    "allowed",
    "as_html",
    "as_written",
    "current",
    "filled",
    "filled_text",
    "history",
    "is_changed",
    "languages",
    "newest",
    "problems",
    "problems_of_placeholders",
    "save",
    "shown",
    "tidied",
]
