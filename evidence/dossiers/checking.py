"""Is it from here, unchanged? Whoever has a dossier asks by the SHA-256 of its manifest, which nobody can guess.

The manifest has the SHA-256 of every other file. Nothing is told that is not in it.
"""

from accounts.limits import Limit, network
from evidence.dossiers.cover import MANIFEST
from evidence.models import Dossier, DossierFile

LARGEST_MANIFEST = 5 * 1024 * 1024  # bytes; two hundred runs have a tenth of it
CHECKS = Limit("evidence:check", 60, 60)  # from one network


def dossier_with(manifest_sha256: str) -> Dossier | None:
    """Of those that were made."""
    rows = DossierFile.objects.filter(path=MANIFEST, sha256=manifest_sha256.lower(), dossier__made_at__isnull=False)
    file = rows.without_bytes().select_related("dossier__period__funding").defer("dossier__facts").first()
    return file.dossier if file else None


def seconds_to_wait(address: str) -> int:
    """Until this client may check once more; 0 if now, which is counted."""
    asking = network(address)
    return 0 if CHECKS.take(asking) else CHECKS.seconds_left(asking)
