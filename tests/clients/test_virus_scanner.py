"""Debian's clamd looks through uploads, with one signature of our own; no signatures are fetched."""

import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.builders import build_run, only_session
from trainings import attendance, virus_scanner
from trainings.acts import Act
from trainings.models import SheetScan
from trainings.refusals import Refused

pytestmark = [pytest.mark.clients, pytest.mark.django_db]

BAD = b"DIESES-WORT-STEHT-IN-KEINER-LISTE"


@pytest.fixture(scope="module", params=["unix", "tcp"])
def scanner(request, tmp_path_factory) -> Iterator[str]:
    """The address of a clamd that knows one thing."""
    home = tmp_path_factory.mktemp("clamd")
    (home / "ours.ndb").write_text(f"Schulung.Test:0:*:{BAD.hex()}\n")
    if request.param == "unix":
        url, listens = f"unix://{home}/ctl", f"LocalSocket {home}/ctl"
    else:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        url, listens = f"tcp://127.0.0.1:{port}", f"TCPSocket {port}\nTCPAddr 127.0.0.1"
    (home / "conf").write_text(f"{listens}\nDatabaseDirectory {home}\nForeground yes\nLogFile {home}/log\n")
    process = subprocess.Popen(["clamd", "--config-file", str(home / "conf")])
    try:
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.CLAMD_URL", url)
        until = time.monotonic() + 60
        while True:
            try:
                virus_scanner.found_in(b"")
            except virus_scanner.NoAnswer:
                assert time.monotonic() < until, "Waited 60 s for clamd."
                time.sleep(0.2)
            else:
                return


def test_an_infected_scan_is_refused_by_its_name_and_a_clean_one_kept(scanner, settings, trainer):
    settings.CLAMD_URL = scanner
    session = only_session(build_run(trainers=[trainer]))
    infected = b"%PDF-1.7\n" + b"x" * 200_000 + BAD + b"\n%%EOF\n"
    with pytest.raises(Refused, match=r"Virenscanner hat in dieser Datei „Schulung\.Test\.UNOFFICIAL“ gefunden"):
        attendance.keep_scan(session, infected, Act(trainer), original_at="Büro")
    assert SheetScan.objects.count() == 0
    kept = attendance.keep_scan(session, infected.replace(BAD, b"harmlos"), Act(trainer), original_at="Büro")
    assert SheetScan.objects.get() == kept


def test_what_is_longer_than_the_scanner_takes_is_not_called_clean(scanner, settings, trainer):
    settings.CLAMD_URL = scanner
    with pytest.raises(virus_scanner.NoAnswer):
        virus_scanner.found_in(b"x" * (101 * 1024**2))
