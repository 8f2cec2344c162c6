"""Does the virus scanner find something in a file? Speaks to ClamAV's clamd, where ``settings.CLAMD_URL`` names one.

Its protocol is a word, the file in pieces with their lengths, and one line back (clamd(8), INSTREAM): less than a
dependency would have to be looked after.
"""

import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings

_PIECE = 64 * 1024
_PATIENCE = 30  # seconds without a sign; clamd answers nobody while it reads new signatures


class NoAnswer(OSError):
    """There is a scanner, and it has not said whether the file is clean."""


def found_in(content: bytes) -> str:
    """The name of what was found; empty if nothing was, or where there is no scanner. Raises NoAnswer."""
    if not settings.CLAMD_URL:
        return ""
    try:
        answer = _asked(content)
    except OSError as error:
        raise NoAnswer(f"{settings.CLAMD_URL}: {error}") from error
    said, _space, verdict = answer.removeprefix("stream: ").rpartition(" ")
    if verdict == "FOUND":
        return said
    if answer != "stream: OK":
        raise NoAnswer(f"{settings.CLAMD_URL}: {answer or 'hung up'}")
    return ""


def _asked(content: bytes) -> str:
    with _connected() as scanner:
        scanner.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), _PIECE):
            piece = content[start : start + _PIECE]
            scanner.sendall(struct.pack("!L", len(piece)) + piece)
        scanner.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < 4096 and (more := scanner.recv(4096)):
            answer += more
    return answer.rstrip(b"\0").decode(errors="replace")


def _connected() -> socket.socket:
    url = urlsplit(settings.CLAMD_URL)
    if url.scheme == "tcp":
        return socket.create_connection((url.hostname or "", url.port or 3310), timeout=_PATIENCE)
    scanner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    scanner.settimeout(_PATIENCE)
    try:
        scanner.connect(url.path)
    except OSError:
        scanner.close()
        raise
    return scanner
