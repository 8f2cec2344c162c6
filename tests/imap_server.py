"""An IMAP server for tests, pymap, in a process of its own, with an empty mailbox in memory.

``python -m tests.imap_server OPTIONS`` is pymap with passwords that are checked at once.
"""

import imaplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import quote

from pymap.main import main
from pysasl.hashing import BuiltinHash

USER, PASSWORD = "bounces@kreis-myk.example", 'g&h:e"i/m'
STARTS_WITHIN = 20.0  # seconds; other tests may be running


@dataclass
class ImapServer:
    port: int
    options: tuple[str, ...] = ("--no-tls",)
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def url(self, *, scheme: str = "imap", password: str = PASSWORD, folder: str = "INBOX", host: str = "") -> str:
        user = f"{quote(USER, safe='')}:{quote(password, safe='')}"
        return f"{scheme}://{user}@{host or '127.0.0.1'}:{self.port}/{quote(folder)}"

    def start(self) -> None:
        pymap = [sys.executable, "-m", "tests.imap_server"]
        where = ["--host", "127.0.0.1", "--port", str(self.port), *self.options]
        account = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
        self.process = subprocess.Popen([*pymap, *where, *account], stderr=subprocess.DEVNULL)
        give_up = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < give_up:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise TimeoutError("pymap does not start.")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @contextmanager
    def signed_in(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """As the owner of the mailbox."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as client:
            client.login(USER, PASSWORD)
            client.select(folder)
            yield client

    def put(self, *mails: bytes, flags: str | None = None, folder: str = "INBOX") -> None:
        with self.signed_in() as client:
            for mail in mails:
                assert client.append(folder, flags, None, mail)[0] == "OK"  # type: ignore[arg-type]

    def flags(self) -> list[str]:
        """Of each mail in the inbox, for example ``\\Seen``."""
        with self.signed_in() as client:
            rows = client.fetch("1:*", "(FLAGS)")[1]
        found = [row.decode().partition("FLAGS (")[2].rstrip(")") for row in rows if isinstance(row, bytes)]
        return [flags.replace("\\Recent", "").strip() for flags in found]


@contextmanager
def imap_server(*options: str) -> Iterator[ImapServer]:
    """One that answers; ended with the block. ``options`` of pymap, by default without TLS."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = ImapServer(port, options) if options else ImapServer(port)
    try:
        server.start()
        yield server
    finally:
        server.stop()


if __name__ == "__main__":
    BuiltinHash.__init__.__kwdefaults__["rounds"] = 1
    main()
