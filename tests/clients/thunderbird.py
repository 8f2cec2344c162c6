"""A real Thunderbird without a screen, started on a profile of its own."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

from tests.clients.conftest import ENVIRONMENT, wait_for

PREFERENCES = {
    "calendar.timezone.local": "Europe/Berlin",
    "calendar.timezone.useSystemTimezone": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "marionette.port": 0,  # any that is free
    "network.proxy.type": 0,
    "storage.sqlite.exclusiveLock.enabled": False,  # so that a test can read beside it
}


class Thunderbird:
    def __init__(self, folder: Path, preferences: dict[str, object]) -> None:
        self.folder = folder
        self.profile = folder / "profile"
        self.profile.mkdir()
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});"
            for name, value in {**PREFERENCES, **preferences}.items()
        ]
        (self.profile / "user.js").write_text("\n".join(lines))

    def start(self) -> None:
        command = ["thunderbird", "--headless", "--no-remote", "--profile", str(self.profile)]
        command += ["--marionette", "--remote-allow-system-access"]
        environment = {**ENVIRONMENT, "HOME": str(self.folder), "TZ": "Europe/Berlin"}
        with (self.folder / "thunderbird.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)  # it has children
        self.process.wait()


class Marionette:
    """Runs scripts inside Thunderbird; its protocol is Mozilla's, a length and JSON at a time."""

    def __init__(self, client: Thunderbird) -> None:
        port = client.profile / "MarionetteActivePort"
        wait_for(lambda: port.exists() and port.read_text() != "", "Thunderbird to listen")
        self.connection = socket.create_connection(("127.0.0.1", int(port.read_text())), timeout=60)
        self.answers = self.connection.makefile("rb")
        self.sent = 0
        self._answer()  # what it is
        self._command("WebDriver:NewSession", {})
        self._command("Marionette:SetContext", {"value": "chrome"})

    def run(self, script: str, *arguments: object) -> Any:
        """What the script gives to its last argument, a function."""
        parameters = {"script": script, "args": list(arguments), "sandbox": "system", "newSandbox": True}
        return self._command("WebDriver:ExecuteAsyncScript", parameters)["value"]

    def close(self) -> None:
        self.answers.close()
        self.connection.close()

    def _command(self, name: str, parameters: dict[str, object]) -> Any:
        self.sent += 1
        message = json.dumps([0, self.sent, name, parameters]).encode()
        self.connection.sendall(str(len(message)).encode() + b":" + message)
        _kind, _number, error, result = self._answer()
        assert error is None, error
        return result

    def _answer(self) -> Any:
        length = b""
        while (byte := self.answers.read(1)) != b":":
            assert byte, "Thunderbird hung up"
            length += byte
        return json.loads(self.answers.read(int(length)))
