"""Where does an upload wait for its confirmation?

In the cache, which every process sees, unlike a folder; nothing personal is left on the disk.
"""

import uuid

from django.core.cache import cache

_SECONDS = 3600
_PREFIX = "waiting-table-"


def keep_upload(data: bytes) -> str:
    """A random name by which it is found again within the hour."""
    name = uuid.uuid4().hex
    cache.set(_PREFIX + name, data, _SECONDS)
    return name


def fetch_upload(name: str) -> bytes | None:
    """None for one that is gone, or never was."""
    data: bytes | None = cache.get(f"{_PREFIX}{name[:32]}") if name.isascii() and name.isalnum() else None
    return data


def forget_upload(name: str) -> None:
    cache.delete(f"{_PREFIX}{name[:32]}")
