"""By which code does somebody show that a place is theirs, without a mailbox at hand?

It is derived from the registration, so nothing of it is stored, and it ends with it. Two letters tell the run, seven
the registration, the last one is a check. It says nothing about the person, and only whoever records the attendance
of the run can do something with it. ``static/js/scan/codes.js`` reads the same codes without network.
"""

import hashlib
import hmac

from django.utils.crypto import salted_hmac

from trainings.models import Registration, Session

# Nothing that looks or sounds like another: no 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V. 23 is prime, on which the check rests.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
OF_RUN, OF_REGISTRATION = 2, 7
LENGTH = OF_RUN + OF_REGISTRATION + 1
PREFIX = "MIKO "  # in the QR code; has letters that no code has


def personal_code(registration: Registration) -> str:
    """Ten letters and digits; another one for every registration."""
    own = _letters(f"{registration.run_id}:{registration.pk}", "registration", OF_REGISTRATION)
    code = run_part(registration.run_id) + own
    return code + _check(code)


def run_part(run_pk: int) -> str:
    """What the codes of the run begin with: 1 of 529, enough to tell people they are in the wrong room."""
    return _letters(str(run_pk), "run", OF_RUN)


def grouped(code: str) -> str:
    """„K7QFA-M9XTC“, as people read and type it."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def in_qr_code(code: str) -> str:
    """What the QR code says: letters and digits only, so that it stays small, and can be read from far."""
    return f"{PREFIX}{code}"


def typed(text: str) -> str:
    """What was meant, without dashes and blanks, or what a scanner typed."""
    letters = "".join(character for character in text.upper() if character.isalnum())
    return letters.removeprefix(PREFIX.strip())


def is_whole(code: str) -> bool:
    """Whether it has the length and the letters of a code."""
    return len(code) == LENGTH and set(code) <= set(ALPHABET)


def is_spelled_right(code: str) -> bool:
    """Whether the check fits: it finds every single wrong letter, and every two that changed places."""
    return is_whole(code) and hmac.compare_digest(_check(code[:-1]), code[-1])


def fits(registration: Registration, code: str) -> bool:
    return hmac.compare_digest(personal_code(registration), code)


def mark_of_code(session: Session, code: str) -> str:
    """What the page of a session has in place of the code, to recognise it: ten hexadecimal digits of SHA-256."""
    return hashlib.sha256(f"{session.pk}:{code}".encode()).hexdigest()[:10]


def _letters(value: str, of: str, number: int) -> str:
    digest = salted_hmac(f"trainings.personal_codes.{of}", value, algorithm="sha256").digest()
    rest, letters = int.from_bytes(digest), ""
    for _position in range(number):
        rest, place = divmod(rest, len(ALPHABET))
        letters += ALPHABET[place]
    return letters


def _check(code: str) -> str:
    """The sum of the letters' places, each times its position, modulo 23."""
    total = sum(position * ALPHABET.index(letter) for position, letter in enumerate(code, start=1))
    return ALPHABET[total % len(ALPHABET)]
