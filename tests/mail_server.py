"""A mail server for tests and benchmarks, in a process of its own: ``python -m tests.mail_server FILE PAUSE``.

It takes every mail after PAUSE seconds and notes it as a line of JSON in FILE. The part of an address before the
@ makes it misbehave: ``busy`` (refused for now), ``unknown`` (refused for good), ``full`` (refused after the text),
``silent`` (no answer to the text), ``cut`` (hangs up in the middle of the text).
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

ANSWERS = {
    "busy": "450 4.2.1 Mailbox busy, try again later",
    "unknown": "550 5.1.1 No such user here",
}


@dataclass(frozen=True)
class MailServer:
    port: int
    file: Path

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def mails(self) -> list[dict[str, str]]:
        """What it has taken, in this order: ``to``, ``message_id``, and ``at`` in seconds."""
        lines = self.file.read_text().split("\n")
        return [json.loads(line) for line in lines[:-1]]  # the last may be half written

    def connections(self) -> int:
        """How many conversations these mails took."""
        return len({mail["connection"] for mail in self.mails()})


@contextmanager
def mail_server(folder: Path, *, pause: float = 0) -> Iterator[MailServer]:
    """One that answers; ended with the block."""
    file = folder / "mails.jsonl"
    file.touch()
    command = [sys.executable, "-m", "tests.mail_server", str(file), str(pause)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield MailServer(int(process.stdout.readline()), file)
        finally:
            process.kill()


# --- in the process --------------------------------------------------------------------------------


class Conversation(SMTP):
    async def smtp_DATA(self, arg: str) -> None:
        if self.envelope and any(_local(address) == "cut" for address in self.envelope.rcpt_tos):
            await self.push("354 Go on")
            assert self.transport is not None
            self.transport.close()
            return
        await super().smtp_DATA(arg)


class Mailboxes:
    def __init__(self, file: Path, pause: float) -> None:
        self.file = file.open("a")
        self.pause = pause

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := ANSWERS.get(_local(address)):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        [address] = envelope.rcpt_tos
        if _local(address) == "full":
            return "552 5.2.2 Mailbox full"
        if _local(address) == "silent":
            await asyncio.sleep(3600)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content)
        note = {
            "to": address,
            "message_id": mail["Message-ID"].strip("<>"),
            "connection": f"{session.peer}",
            "at": time.time(),
        }
        self.file.write(json.dumps(note) + "\n")
        self.file.flush()
        await asyncio.sleep(self.pause)
        return "250 Accepted"


def _local(address: str) -> str:
    return address.partition("@")[0]


async def serve(file: Path, pause: float) -> None:
    mailboxes = Mailboxes(file, pause)
    server = await asyncio.get_running_loop().create_server(
        lambda: Conversation(mailboxes, hostname="mail.example", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
