"""Stand-ins for the paper that never end, or want all the memory there is: run by a real press."""

import os
from typing import Any


def endless(snapshot: dict[str, Any]) -> bytes:
    while True:
        pass


def insatiable(snapshot: dict[str, Any]) -> bytes:
    hoard = []
    while True:
        hoard.append(bytearray(10_000_000))


def deadly(snapshot: dict[str, Any]) -> bytes:
    os._exit(1)


def faulty(snapshot: dict[str, Any]) -> bytes:
    raise ValueError("no such thing")


def deadly_for_yildiz(snapshot: dict[str, Any]) -> bytes:
    if snapshot["surname"] == "Yıldız":
        os._exit(1)
    return b"%PDF-1.7 " + snapshot["number"].encode()


def chatty(snapshot: dict[str, Any]) -> bytes:
    print("what a library says")  # noqa: T201
    return b"%PDF-1.7"
