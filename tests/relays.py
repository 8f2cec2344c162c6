"""Mail relays as one would not wish them, each in a thread of its own, to be given as the site's mail server."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def relay(kind: str) -> Iterator[int]:
    """Its port. ``refusing``: nobody listens; ``hanging``: accepts and says nothing; ``dripping``: a byte at a time."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if kind == "refusing":
            server.close()
            yield port
            return
        ending = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, kind, ending), daemon=True)
        thread.start()
        try:
            yield port
        finally:
            ending.set()
            thread.join()


def _serve(server: socket.socket, kind: str, ending: threading.Event) -> None:
    server.settimeout(0.05)
    open_: list[socket.socket] = []
    while not ending.is_set():
        with suppress(TimeoutError):
            open_.append(server.accept()[0])
        if kind == "dripping":
            open_ = [client for client in open_ if _drips(client)]
        time.sleep(0.02)
    for client in open_:
        client.close()


def _drips(client: socket.socket) -> bool:
    try:
        client.sendall(b"2")  # of a greeting that never ends
    except OSError:
        client.close()
        return False
    return True
