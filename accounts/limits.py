"""How often may something be tried? Counted in the cache, for whoever asks: a mailbox, a browser, a network.

Each try takes one of a limit's places and gives it back when its time is over, so the limit slides. Taking a place is
``cache.add``, which is atomic where processes share a cache: forty people at once are counted as forty.
"""

import ipaddress
import random
import time
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.crypto import salted_hmac


@dataclass(frozen=True)
class Limit:
    """``most`` tries within ``seconds``."""

    name: str
    most: int
    seconds: int

    def take(self, *of: object) -> bool:
        """Count one try; False, and not counted, when there have been too many."""
        places = self._places(of)
        taken = cache.get_many(places)
        free = [key for key in places if key not in taken]
        random.shuffle(free)  # people who come at once do not reach for the same place
        until = time.time() + self.seconds
        return any(cache.add(key, until, self.seconds) for key in free)

    def is_reached(self, *of: object) -> bool:
        return len(self._taken(of)) >= self.most

    def seconds_left(self, *of: object) -> int:
        """Until the next try; 0 if it may come now."""
        taken = self._taken(of)
        return max(1, round(min(taken) - time.time())) if len(taken) >= self.most else 0

    def _taken(self, of: tuple[object, ...]) -> list[float]:
        return list(cache.get_many(self._places(of)).values())

    def _places(self, of: tuple[object, ...]) -> list[str]:
        whose = hidden("\n".join(map(str, of)))
        return [f"limit:{self.name}:{whose}:{number}" for number in range(self.most)]


def hidden(text: str) -> str:
    """Whose count it is, so that who reads the cache learns no address: there are few enough to try them all."""
    return salted_hmac("accounts.limits", text, algorithm="sha256").hexdigest()[:32]


def network(address: str, v4: int = 32, v6: int = 64) -> str:
    """The network around a client's address, by the lengths of its prefix; empty if it is no address.

    Of IPv6 everybody is given at least a /64, and may use any address of it.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    prefix = v4 if parsed.version == 4 else v6
    return str(ipaddress.ip_network((int(parsed), prefix) if parsed.version == 4 else (parsed, prefix), strict=False))
