"""Is a certificate valid? Anybody with its code may ask; the answer does not contain the name.

Who has the paper may type the surname on it and hears yes or no; who has the file may ask whether it is the one that
was issued. Codes have 80 random bits, so that trying them is hopeless; the limit keeps people from trying surnames, and
the load small.

The SHA-256 of the file is asked for and never told. Everything on a paper but the name follows from the public check
and this program: with the hash at hand anybody could print it for one name after another, at home and without limit,
until the hash fits.
"""

from dataclasses import dataclass

from django.utils.crypto import constant_time_compare

from accounts.limits import Limit, network
from accounts.names import clean_name, sort_key
from certificates.models import CODE_LENGTH, Certificate, normalised_code
from certificates.proof.surnames import surname_key

# From one network: a room of people may look up what they were just given; surnames and files are tried one by one.
CHECKS = Limit("certificates:check", 120, 60)
COMPARISONS = Limit("certificates:compare", 10, 600)  # with one certificate
# Checked in place of an unknown code, so that the answer takes as long as any other.
NOBODYS = Certificate(
    number="MYK-0000-000000",
    code="0" * CODE_LENGTH,
    surname_key="0" * 64,
    snapshot={
        "course": {"text": ["Interkulturelle Kompetenz für die Verwaltung"], "language": "de"},
        "meetings": [
            {"starts_at": "2026-03-10T09:00:00+01:00", "ends_at": "2026-03-10T16:30:00+01:00", "minutes": 360}
        ],
        "minutes_attended": 360,
        "issuer": "Landkreis Mayen-Koblenz",
        "unit": "Projekt MiKo-MYK",
    },
)


@dataclass(frozen=True)
class Finding:
    """``state`` is valid, revoked, replaced or unknown; there is a certificate unless it is unknown."""

    state: str
    certificate: Certificate | None = None


def find_certificate(code: str) -> Finding:
    """What is known of the code as typed, in one query. A certificate that was never printed is unknown."""
    rows = Certificate.objects.rendered().select_related("replaced_by")
    rows = rows.defer("pdf", "badge", "replaced_by__pdf", "replaced_by__badge", "replaced_by__snapshot")
    certificate = rows.filter(code=normalised_code(code)).first()
    if certificate is None:
        return Finding("unknown")
    if certificate.revoked_at is not None:
        return Finding("revoked", certificate)
    if certificate.replaced_at is not None:
        return Finding("replaced", certificate)
    return Finding("valid", certificate)


def is_issued_to(certificate: Certificate, surname: str) -> bool:
    """Whether it was issued to that surname, ignoring accents, capitals and spelling (Müller, Mueller)."""
    if certificate.surname_key:
        return constant_time_compare(certificate.surname_key, surname_key(certificate.code, surname))
    return sort_key(clean_name(surname)) == sort_key(clean_name(certificate.snapshot["surname"]))


def is_the_file(certificate: Certificate, sha256: str) -> bool:
    """Whether it is the hash (hexadecimal) of the file as issued; also when the file itself is no longer kept."""
    return constant_time_compare(certificate.sha256, sha256)


def seconds_to_wait(address: str, compared_with: str = "") -> int:
    """Count a check from the address, and a comparison with the certificate of that code; 0 if it may be made."""
    net = network(address)
    if not CHECKS.take(net):
        return CHECKS.seconds_left(net)
    one = (net, normalised_code(compared_with))
    return 0 if not compared_with or COMPARISONS.take(*one) else COMPARISONS.seconds_left(*one)
