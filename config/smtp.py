"""How long may a mail server keep us waiting? Django bounds each answer; one that comes byte by byte has no end.

Here the way in (greeting, TLS, login) and each mail have twice the connection's timeout as a whole. What takes longer
is cut, and raises SMTPServerDisconnected as if the server had hung up.
"""

import os
import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

from django.core.mail.backends import smtp

WHOLE = 2  # times the timeout


class Bounded(smtplib.SMTP):
    _line: socket.socket | None = None  # a second handle of the connection, which TLS does not take over
    _timer: Timer | None = None

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        made: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._line = socket.socket(fileno=os.dup(made.fileno()))
        self._begin()
        return made

    def sendmail(self, *args: Any, **kwargs: Any) -> Any:
        with self._bounded():
            return super().sendmail(*args, **kwargs)

    def quit(self) -> tuple[int, bytes]:
        with self._bounded():
            return super().quit()

    def close(self) -> None:
        self._end()
        if self._line is not None:
            self._line.close()
            self._line = None
        super().close()

    def has_come_in(self) -> None:
        """Greeting, TLS and login are over: an open connection may wait for its mails."""
        self._end()

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        self._begin()
        try:
            yield
        finally:
            self._end()

    def _begin(self) -> None:
        self._end()
        if self._line is not None and self.timeout:
            self._timer = Timer(WHOLE * self.timeout, _cut, [self._line])
            self._timer.daemon = True
            self._timer.start()

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BoundedByTls(smtplib.SMTP_SSL, Bounded):
    """TLS from the first byte; the handshake is bounded, too: ``SMTP_SSL`` asks ``Bounded`` for its socket."""


class EmailBackend(smtp.EmailBackend):
    def open(self) -> bool | None:
        opened = super().open()
        if isinstance(self.connection, Bounded):
            self.connection.has_come_in()
        return opened

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return BoundedByTls if self.use_ssl else Bounded


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
