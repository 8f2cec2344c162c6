"""When are two email addresses one address, one mailbox, one person?"""

import unicodedata

from accounts.names import clean_name


def normalised(email: str) -> str:
    """As addresses are stored and compared: NFKC, without invisible marks, in lower case."""
    return clean_name(unicodedata.normalize("NFKC", email)).replace(" ", "").lower()


def mailbox(email: str) -> str:
    """The mailbox behind the address: what follows a plus sign is the addressee's own business (RFC 5233)."""
    local, _at, domain = normalised(email).rpartition("@")
    name = local.partition("+")[0] or local
    return f"{name}@{domain}"


def is_same_person(one: str, other: str) -> bool:
    """Whether both are surely read by one person: the same name before the @, in one domain or a part of it."""
    name, _at, domain = mailbox(one).rpartition("@")
    other_name, _at, other_domain = mailbox(other).rpartition("@")
    return name == other_name and (
        domain == other_domain or domain.endswith(f".{other_domain}") or other_domain.endswith(f".{domain}")
    )
