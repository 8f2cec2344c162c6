"""What do a seal and an Open Badge cost, beside the page itself?

    python -m benchmarks.seals                 30 of each; needs no database

Keys are made for the occasion. Times are CPU time, which a busy machine disturbs less; of the first seal, which loads
pyHanko and the key, the time is told apart.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import size
from benchmarks._databases import set_up

ROUNDS = size(30, 1)
SITE = "https://schulungen.example"


def main() -> None:
    set_up()
    from django.conf import settings

    from certificates import proof
    from certificates.models import Certificate
    from certificates.paper import page as paper
    from certificates.proof import badges
    from tests.certificates.builders import build_snapshot
    from tests.certificates.proof.keys import PASSWORD, build_badge_key, build_seal

    settings.PUBLIC_URL, settings.CERTIFICATE_BADGE_KEY = SITE, build_badge_key()
    facts = {
        "course_url": f"{SITE}/schulungen/grundlagen/",
        "required_percent": 80,
        "salt": "00",
        "recipient": badges.identity_hash("yildiz@mayen.example", "00"),
    }
    certificate = Certificate(pk=1, language="de", snapshot=build_snapshot(badge=facts))
    badge = proof.badge_credential(certificate)
    plain, sealable = build_snapshot(), build_snapshot(sealed=True)
    page, with_badge, to_seal = paper.pdf(plain), paper.pdf(plain, badge=badge), paper.pdf(sealable)
    report("page", lambda: paper.pdf(plain), len(page))
    report("badge, signing", lambda: proof.badge_credential(certificate), len(badge))
    report("page with badge", lambda: paper.pdf(plain, badge=badge), len(with_badge))
    with tempfile.TemporaryDirectory() as folder:
        for name, elliptic in (("RSA-2048", False), ("P-256", True)):
            place = Path(folder) / name
            place.mkdir()
            settings.CERTIFICATE_SEAL_FILE = str(build_seal(place, elliptic=elliptic).file)
            settings.CERTIFICATE_SEAL_PASSWORD = PASSWORD
            began = time.process_time()
            sealed = proof.seal(to_seal)
            first = (time.process_time() - began) * 1000
            report(f"seal, {name}", lambda: proof.seal(to_seal), len(sealed) - len(to_seal), f"first {first:.0f} ms")


def report(name: str, make: Callable[[], object], size: int, more: str = "") -> None:
    each = []
    for _round in range(ROUNDS):
        began = time.process_time()
        make()
        each.append((time.process_time() - began) * 1000)
    print(f"{name:<18}{statistics.median(each):6.1f} ms (least {min(each):.1f}), {size:,} bytes  {more}")


if __name__ == "__main__":
    main()
