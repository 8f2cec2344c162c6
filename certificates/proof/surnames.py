"""How can a certificate still be matched to its holder once the name is erased? By a keyed hash of the surname.

HMAC-SHA-256 over the certificate's code and the surname as German lists sort it. Surnames are easily guessed, so the
hash alone must not tell them: who has a copy of the database, but not the key, can try nothing, and the code in it
gives two people of one name two hashes. Who has both can try all surnames there are; the key is kept like SECRET_KEY.
"""

from django.conf import settings
from django.db.models import F
from django.utils.crypto import salted_hmac

from accounts.names import clean_name, sort_key
from certificates.models import Certificate

PURPOSE = "certificates.surnames"
NEWEST = 1000  # more than are issued in a day


def surname_key(code: str, surname: str) -> str:
    """64 hexadecimal digits; accents, capitals and German spellings (Müller, Mueller) give the same."""
    said = "\n".join([code, *sort_key(clean_name(surname))])
    return salted_hmac(PURPOSE, said, secret=settings.CERTIFICATE_NAME_KEY, algorithm="sha256").hexdigest()


def write_surname_keys() -> int:
    """Give every certificate that still has its name the key of today's secret; says how many had another or none.

    From the newest to the oldest: where the oldest has today's key, all have it, and only the newest are looked at,
    which a process may have issued that still had the secret of before.
    """
    named = Certificate.objects.filter(erased_at=None).annotate(surname=F("snapshot__surname"))
    rows = named.values_list("pk", "code", "surname_key", "surname")
    is_as_before = all(stored == surname_key(code, surname) for _pk, code, stored, surname in rows.order_by("pk")[:1])
    newest = rows.order_by("-pk")
    written = 0
    for pk, code, stored, surname in newest[:NEWEST] if is_as_before else newest.iterator():
        wanted = surname_key(code, surname)
        if stored != wanted:
            written += Certificate.objects.filter(pk=pk, erased_at=None).update(surname_key=wanted)
    return written
