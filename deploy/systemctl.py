#!/usr/bin/env python3
"""Stands in for systemd in a rehearsal: runs our units' commands, keeps their sockets, leaves the rest to /etc/init.d.

`systemctl.py serve` is the daemon; as /usr/bin/systemctl it passes orders on. It knows what our units need and no
more: ExecStart, ListenStream, READY=1, an end by SIGTERM.
"""

import json
import os
import pwd
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

UNITS = Path("/etc/systemd/system")
ORDERS = "/run/stand-in.sock"
sockets: dict[str, socket.socket] = {}
running: dict[str, subprocess.Popen[bytes]] = {}


def values(unit: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (UNITS / unit).read_text().replace("\\\n", " ").splitlines():
        name, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def start(unit: str) -> None:
    said = values(unit)
    if unit.endswith(".timer") or (unit in running and running[unit].poll() is None):
        return
    if unit.endswith(".socket"):
        if unit not in sockets:
            host, _, port = said["ListenStream"][0].rpartition(":")
            sockets[unit] = socket.create_server((host, int(port)), backlog=int(said["Backlog"][0]))
        return
    wanted = unit.replace(".service", ".socket")
    if (UNITS / wanted).exists():
        start(wanted)
    ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    path = f"/run/{unit}.notify"
    Path(path).unlink(missing_ok=True)
    ready.bind(path)
    os.chmod(path, 0o666)
    ready.settimeout(60)
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "NOTIFY_SOCKET": path}
    environment |= dict(word.split("=", 1) for line in said.get("Environment", []) for word in shlex.split(line))
    user = pwd.getpwnam(said["User"][0])
    given = sockets.get(wanted)

    def become() -> None:
        os.setsid()
        if given:
            os.dup2(given.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ["LISTEN_PID"] = str(os.getpid())

    command = shlex.split(said["ExecStart"][0])
    if given:  # the number of the process is known in it alone
        command = ["/bin/sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', "sh", *command]
    log = open(f"/var/log/{unit}.log", "ab")  # noqa: SIM115  the service writes on
    running[unit] = subprocess.Popen(
        command, cwd=os.path.realpath(said["WorkingDirectory"][0]), env=environment, stdin=subprocess.DEVNULL,
        stdout=log, stderr=log, user=user.pw_uid, group=user.pw_gid, extra_groups=[], umask=0o077,
        preexec_fn=become, pass_fds=[3] if given else [],
    )  # fmt: skip
    if said.get("Type") == ["notify"]:
        while b"READY=1" not in ready.recv(4096):
            pass
    ready.close()


def stop(unit: str) -> None:
    if unit in sockets:
        sockets.pop(unit).close()
    if process := running.pop(unit, None):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def obey(order: str, units: list[str]) -> str:
    for unit in units:
        if order in {"stop", "restart"}:
            stop(unit)
        if order in {"start", "restart"}:
            start(unit)
    return "ok"


def serve() -> None:
    Path(ORDERS).unlink(missing_ok=True)
    taker = socket.socket(socket.AF_UNIX)
    taker.bind(ORDERS)
    taker.listen()
    while True:
        asking, _ = taker.accept()
        with asking:
            order, units = json.loads(asking.makefile().readline())
            try:
                answer = obey(order, units)
            except Exception as error:  # said to whoever gave the order
                answer = f"{type(error).__name__}: {error}"
            asking.sendall(answer.encode())


def pass_on(words: list[str]) -> None:
    order, *units = [word for word in words if not word.startswith("-")]
    ours = [unit for unit in units if unit.startswith("miko-")]
    others = [unit for unit in units if not unit.startswith("miko-")]
    if order == "enable" and "--now" in words:
        order = "start"
    if order not in {"start", "stop", "restart", "reload"}:
        return
    for unit in others:
        if (script := Path("/etc/init.d", unit)).exists():
            environment = {**os.environ, "_SYSTEMCTL_SKIP_REDIRECT": "true"}
            subprocess.run([script, order], check=True, stdout=subprocess.DEVNULL, env=environment)
    if ours:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(ORDERS)
            asked.sendall((json.dumps([order, ours]) + "\n").encode())
            answer = asked.makefile().read()
        if answer != "ok":
            sys.exit(answer)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        pass_on(sys.argv[1:])
