"""Where is a paper printed? In a process of its own, kept warm, that has only so much time and memory.

A snapshot comes from what people typed, and laying out text is work without a known end. Whatever becomes of the
printing, the worker goes on: a press that takes too long is stopped, one that dies is replaced by a new one. The
process itself is ``management/commands/press.py``.
"""

import atexit
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from typing import IO, Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from certificates.paper.snapshot import Snapshot

PAPER = "certificates.paper.page.pdf"
SECONDS = 20  # a page takes a tenth of one
SECONDS_TO_START = 120
MEGABYTES = 1024  # of addresses, of which a press at work fills about a tenth


class Unprintable(Exception):
    """The snapshot cannot be printed as it should; the message says why. It never will be."""


class Broken(Exception):
    """The press did not finish: too long, too large, or dead. The message says which. Another time it may."""


class Missing(Exception):
    """There is no press: this machine cannot print. No fault of any snapshot."""


class Press:
    """One child process that turns snapshots into bytes; started when first needed, and again when it has died.

    ``make`` is the dotted name of a function from a snapshot to bytes. Limits of memory are those of POSIX; elsewhere
    there is the limit of time alone. One caller at a time; others wait.
    """

    def __init__(self, make: str = PAPER, *, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> None:
        self.make, self.seconds, self.megabytes = make, seconds, megabytes
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Warm up, unless it is warm. Raises Missing."""
        with self._lock:
            self._running()

    def pdf(self, snapshot: Snapshot, **more: str) -> bytes:
        """The paper, made with ``more`` arguments where there are any. Raises Unprintable, Broken or Missing."""
        with self._lock:
            process = self._running()
            asked = {"snapshot": snapshot, "more": more, "language": get_language()}
            with stopped_after(self.seconds, process) as stopped:
                try:
                    return _answer(process, asked)
                except (OSError, EOFError) as error:
                    self._end()
                    raise Broken(_why(self.seconds if stopped.is_set() else 0)) from error
                except Broken:
                    self._end()  # whatever is left of it, the next paper gets a fresh one
                    raise

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._lock:
            self._end()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        command = [sys.executable, "manage.py", "press", self.make, str(self.seconds), str(self.megabytes)]
        # A session of its own: Ctrl+C at the worker must not end the paper in hand.
        self._process = subprocess.Popen(  # noqa: S603  our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )
        atexit.register(self.close)
        with stopped_after(SECONDS_TO_START, self._process):
            try:
                receive(_pipe(self._process.stdout))
            except EOFError as error:
                self._end()
                raise Missing("The press does not start; its own message stands above.") from error
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.close)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()


@cache
def the_press() -> Press:
    """The press of this process."""
    return Press()


@contextlib.contextmanager
def stopped_after(seconds: float, process: "subprocess.Popen[bytes]") -> Iterator[threading.Event]:
    """Kills the process if what is done inside takes longer; then the event is set."""
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield stopped
    finally:
        timer.cancel()


def _why(seconds: float) -> str:
    if seconds:
        return _("Das Erstellen dauerte länger als %(seconds)d Sekunden.") % {"seconds": seconds}
    return _("Das Erstellen brach ab, vermutlich aus Mangel an Speicher.")


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("The press is started with pipes.")
    return pipe


def _answer(process: "subprocess.Popen[bytes]", asked: dict[str, Any]) -> bytes:
    """Raises EOFError or OSError when the press dies meanwhile."""
    send(_pipe(process.stdin), json.dumps(asked).encode())
    outcome, content = receive(_pipe(process.stdout)), receive(_pipe(process.stdout))
    if outcome == b"printed":
        return content
    if outcome == b"unprintable":
        raise Unprintable(content.decode())
    raise Broken(content.decode())


# --- Both ends of the pipe: parts of bytes, each after a line with its length -----------------------


def send(pipe: IO[bytes], *parts: bytes) -> None:
    for part in parts:
        pipe.write(b"%d\n" % len(part) + part)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """One part. Raises EOFError when the other end has gone."""
    line = pipe.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    part = pipe.read(int(line))
    if len(part) < int(line):
        raise EOFError
    return part
