"""How can others check a certificate: by its code, its seal, its badge?"""

from certificates.proof.badges import (
    BADGE_CONTENT_TYPE,
    BADGE_FILE_NAME,
    BadgeFacts,
    NotSignable,
    badge_credential,
    badge_facts,
    badge_issuer,
    badge_keys,
    badges_are_on,
    status_list,
    status_list_is_begun,
)
from certificates.proof.sealing import NotSealable, seal, seal_ends_at, seals_are_on
from certificates.proof.signature_field import add_signature_field
from certificates.proof.surnames import surname_key, write_surname_keys
from certificates.proof.verification import (
    CHECKS,
    COMPARISONS,
    NOBODYS,
    find_certificate,
    is_issued_to,
    is_the_file,
    seconds_to_wait,
)
