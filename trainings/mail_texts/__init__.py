"""What words does each kind of mail use, and which versions have they had?"""

from trainings.mail_texts.placeholders import (
    Malformed,
    filled_text,
    names_in,
    problems_of_characters,
    problems_of_placeholders,
)
from trainings.mail_texts.prose import as_html
from trainings.mail_texts.versions import (
    FIELDS,
    FilledText,
    allowed,
    as_written,
    current,
    filled,
    kinds_to_change,
    languages,
    newest,
    problems,
    save,
    shown,
    tidied,
    words_of,
)
from trainings.mail_texts.vocabulary import (
    ATTENDEE,
    CONTACT,
    GUEST,
    HELD,
    LEAVING,
    OF_NO_RUN,
    OF_REGISTRATIONS,
    OF_RUNS,
    OF_SUBJECTS,
    PERSON,
    PLACEHOLDERS,
    SUPERVISOR,
    TRAINER,
)
