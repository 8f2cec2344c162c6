"""What start.py decides: which Python, whether .venv can stay, which port, what is missing."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import start

THIS = tuple(sys.version_info[:3])


def interpreter(
    path: str = "/usr/bin/python3",
    version: tuple[int, ...] = (3, 11, 2),
    lacks: tuple[str, ...] = (),
    has: tuple[str, ...] = ("ensurepip", "pip"),
) -> start.Interpreter:
    return start.Interpreter(path, version, lacks, has)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout with one lock file; start.py works there."""
    venv = tmp_path / ".venv"
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "VAR", tmp_path / "var")
    monkeypatch.setattr(start, "VENV", venv)
    monkeypatch.setattr(start, "VENV_PYTHON", venv / "bin/python")
    monkeypatch.setattr(start, "STAMP", venv / "start.json")
    monkeypatch.setattr(start, "UNFINISHED", venv / "start.unfinished")
    (tmp_path / "requirements.txt").write_text("django==5.2.19\n")
    return tmp_path


# --- Which Python ------------------------------------------------------------------------------


def test_the_first_python_with_everything_is_taken() -> None:
    bare = interpreter("/usr/bin/python3", has=())
    complete = interpreter("/opt/python3.12", (3, 12, 1))
    later = interpreter("/opt/python3.13", (3, 13, 0))
    assert start.choose(iter([None, bare, complete, later])) == (complete, [bare, complete])


def test_a_python_without_ensurepip_is_taken_when_there_is_no_better() -> None:
    old = interpreter("/usr/bin/python3.9", (3, 9, 2))
    bare = interpreter("/usr/bin/python3.11", has=("pip",))
    assert start.choose(iter([old, bare, bare, None])) == (bare, [old, bare])


def test_old_and_incomplete_pythons_are_not_taken() -> None:
    old = interpreter(version=(3, 10, 13))
    without_sqlite = interpreter("/opt/python3.12", (3, 12, 1), lacks=("sqlite3",))
    assert start.choose(iter([old, without_sqlite])) == (None, [old, without_sqlite])
    assert str(without_sqlite) == "3.12.1 (/opt/python3.12, without sqlite3)"


def test_this_python_is_recognised() -> None:
    found = start.probe(sys.executable)
    assert found is not None
    assert (found.version, found.usable) == (THIS, True)


def test_a_shim_that_fails_is_no_python(tmp_path: Path) -> None:
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\necho 'python3.12: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert start.probe(str(shim)) is None
    assert start.probe(str(tmp_path / "python3.13")) is None


def test_every_folder_of_the_path_is_tried_and_then_pyenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["shims/python3.11", "bin/python3.11", "bin/python3", "pyenv/versions/3.12.1/bin/python3"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:{tmp_path}/bin:")
    monkeypatch.setenv("PYENV_ROOT", f"{tmp_path}/pyenv")
    assert list(start.executables()) == [sys.executable, *(str(tmp_path / name) for name in names)]


# --- The environment ---------------------------------------------------------------------------


def test_why_an_environment_is_made_anew(checkout: Path) -> None:
    assert start.reason_to_remake(None) == "there is none yet"
    start.VENV.mkdir()
    assert start.reason_to_remake(interpreter()) == "its Python does not run"
    (start.VENV / "pyvenv.cfg").touch()
    assert start.reason_to_remake(None) == "its Python does not run"
    assert start.reason_to_remake(interpreter(has=())) == "it has no pip"
    assert start.reason_to_remake(interpreter(version=(3, 9, 2))) == "it has Python 3.9.2 (/usr/bin/python3)"
    assert start.reason_to_remake(interpreter()) is None
    start.UNFINISHED.touch()
    assert start.reason_to_remake(interpreter()) == "an earlier set-up was interrupted"


def test_nothing_is_installed_when_the_stamp_is_current(checkout: Path) -> None:
    start.VENV.mkdir()
    stamp = {"requirements.txt": start.fingerprint(checkout / "requirements.txt", THIS)}
    start.STAMP.write_text(json.dumps(stamp))
    start.install("requirements.txt", THIS)  # there is no pip here: any attempt would fail
    assert json.loads(start.STAMP.read_text()) == stamp


def test_the_stamp_tells_another_lock_and_another_python(checkout: Path) -> None:
    lock = checkout / "requirements.txt"
    before = start.fingerprint(lock, (3, 11, 2))
    assert start.fingerprint(lock, (3, 12, 1)) != before
    lock.write_text("django==5.2.20\n")
    assert start.fingerprint(lock, (3, 11, 2)) != before


def test_an_installation_that_fails_leaves_its_mark(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python = start.VENV_PYTHON
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho no such package\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(SystemExit) as ended:
        start.install("requirements.txt", THIS)
    assert ended.value.code == 1
    assert "no such package" in capsys.readouterr().out
    assert (start.UNFINISHED.exists(), start.STAMP.exists()) == (True, False)


def test_what_would_break_the_environment_is_kept_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    unwanted = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
    for name in unwanted:
        monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "elsewhere.settings")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.kreis.example:3128")
    environment = start.child_environment(PUBLIC_URL="http://127.0.0.1:8080")
    assert unwanted & set(environment) == set()
    assert environment["DJANGO_SETTINGS_MODULE"] == "config.settings"
    assert environment["HTTPS_PROXY"] == "http://proxy.kreis.example:3128"
    assert environment["PUBLIC_URL"] == "http://127.0.0.1:8080"


def test_missing_libraries_are_named_by_their_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "PDF_LIBRARIES", {"libnowhere-1.0.so.0": "libnowhere-1.0-0"})
    assert start.missing_pdf_packages() == ["libnowhere-1.0-0"]
    monkeypatch.setattr(start, "PDF_LIBRARIES", {})
    assert start.missing_pdf_packages() == []


def test_the_line_for_apt_can_be_pasted() -> None:
    assert start.apt_line(["a", "b"]) == "apt-get install -y --no-install-recommends a b"


# --- Serving -----------------------------------------------------------------------------------


def test_a_taken_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert start.is_free(taken) is False
        assert start.free_port(taken) > taken
    assert start.is_free(taken) is True


def test_the_next_free_port_is_taken() -> None:
    assert start.free_port(8000, free=lambda port: port == 8002) == 8002


def test_no_free_port_ends_the_start() -> None:
    with pytest.raises(SystemExit):
        start.free_port(8000, free=lambda port: False)


@pytest.mark.parametrize(
    ("arguments", "address"),
    [({"once": False}, "http://127.0.0.1:8091"), ({"once": True}, "http://127.0.0.1:8090")],
)
def test_a_demo_on_another_port_is_loaded_with_its_address(
    monkeypatch: pytest.MonkeyPatch, arguments: dict[str, bool], address: str
) -> None:
    """Its certificates name the page where they are checked."""
    loaded: list[str | None] = []

    def step(_title: str, _command: list[str], environment: dict[str, str]) -> str:
        loaded.append(environment.get("PUBLIC_URL"))
        return ""

    monkeypatch.setattr(start, "step", step)
    monkeypatch.setattr(start, "set_up", lambda _requirements: None)
    monkeypatch.setattr(start, "prepare", lambda _environment: None)
    monkeypatch.setattr(start, "child_environment", dict)
    monkeypatch.setattr(start, "free_port", lambda wanted: wanted + 1)
    monkeypatch.setattr(start, "serve", lambda _port, _environment: 0)
    assert start.start(8090, **arguments) == 0
    assert loaded == [address]


@pytest.mark.parametrize(
    ("environment", "dotenv"),
    [
        ({"MIKO_ENV": "production"}, ""),
        ({}, "DEBUG=false\nMIKO_ENV='production'\n"),
        ({}, "export MIKO_ENV=production"),
    ],
)
def test_the_demo_does_not_start_in_production(environment: dict[str, str], dotenv: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(dotenv)
    with pytest.raises(SystemExit):
        start.refuse_production(environment, tmp_path / ".env")


def test_the_demo_starts_elsewhere(tmp_path: Path) -> None:
    start.refuse_production({}, tmp_path / ".env")
    (tmp_path / ".env").write_text("MIKO_ENV=production\n")
    start.refuse_production({"MIKO_ENV": "development"}, tmp_path / ".env")


@pytest.mark.slow
def test_children_are_ended_and_the_stubborn_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "STOP_SECONDS", 0.5)
    wait = "print('up', flush=True); time.sleep(60)"
    ignore = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {wait}"
    command = [sys.executable, "-c"]
    children = [
        subprocess.Popen([*command, f"import signal, time; {code}"], stdout=subprocess.PIPE) for code in (ignore, wait)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        child.stdout.close()
    start.stop(children)
    assert [child.returncode for child in children] == [-signal.SIGKILL, -signal.SIGTERM]
