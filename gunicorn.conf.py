"""What gunicorn reads wherever it is started here, besides the words of its command line."""

import socket
from typing import Any

SILENT = 120  # seconds


def when_ready(server: Any) -> None:
    """Have the system keep connections on which nothing was asked yet: browsers and proxies open them ahead of time.

    Otherwise each holds one of a few workers, and two of them held the whole site for half a minute. Linux alone can.
    """
    for listener in server.LISTENERS:
        if hasattr(socket, "TCP_DEFER_ACCEPT") and listener.sock.family in {socket.AF_INET, socket.AF_INET6}:
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT)
