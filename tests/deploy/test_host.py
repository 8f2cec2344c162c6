"""Does the command for a bare Debian write what the site reads, ask for all it needs at once, and guess nothing?

The whole of it is tried by deploy/rehearse, in a Debian made for that.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import environ
import pytest

from config.variables import VARIABLES
from deploy.host import answers, installing, machine, settings_file, versions
from deploy.host.answers import QUESTIONS
from tests.production import PRODUCTION
from tests.writing import ROOT

GIVEN = {
    "ADDRESS": "schulungen.kreis.example",
    "SITE_NAME": "Schulungen im Kreis Beispiel",
    "OPERATOR_NAME": "Landkreis Beispiel",
    "OPERATOR_UNIT": "Stabsstelle",
    "OPERATOR_PLACE": "Musterstadt",
    "CERTIFICATE_PREFIX": "KRB",
    "CONTACT_EMAIL": "schulungen@kreis.example",
    "CONTACT_PHONE": "0261 000-000",
    "DEFAULT_FROM_EMAIL": "Schulungen <schulungen@kreis.example>",
    "EMAIL_URL": "smtp://relay.kreis.example:25",
    "BOUNCE_IMAP_URL": "none",
    "COORDINATOR_EMAIL": "vera.koch@kreis.example",
    "TLS": "certificate",
    "TLS_CERTIFICATE": "/etc/ssl/kreis.pem",
    "TLS_KEY": "/etc/ssl/private/kreis.key",
}
VALUES = [
    "$ecret", "a$b${C}", "mit Leerzeichen", "it's", '"quoted"', "'single'", 'a "b" c', r"back\slash", r"\$",
    "#kein Kommentar", "ä–€", "", '"', "'", "a=b", " davor und danach ", r'"\n"', "%40",
]  # fmt: skip
KNOWN = {variable.name for variable in VARIABLES}


def as_read_by_the_site(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    found: dict[str, str] = {}
    monkeypatch.setattr(environ.Env, "ENVIRON", found)
    environ.Env.read_env(tmp_path / ".env")
    return found


@pytest.mark.parametrize("value", VALUES)
def test_the_site_reads_what_was_meant(value, monkeypatch, tmp_path):
    text = settings_file.merged("", {"SITE_NAME": value})
    assert as_read_by_the_site(text, monkeypatch, tmp_path) == {"SITE_NAME": value}
    assert settings_file.read(text) == {"SITE_NAME": value}


def test_a_value_of_two_lines_is_refused():
    with pytest.raises(ValueError, match="one line"):
        settings_file.merged("", {"CERTIFICATE_BADGE_KEY": "a\nb"})


def test_what_stands_in_the_file_stays():
    before = "# von Hand\nLOG_LEVEL=DEBUG\nexport SITE_NAME='Alt'\n\nUNBEKANNT=1\n"
    after = settings_file.merged(before, {"SITE_NAME": "Neu", "CONTACT_PHONE": "1"})
    assert after == "# von Hand\nLOG_LEVEL=DEBUG\nSITE_NAME='Neu'\n\nUNBEKANNT=1\nCONTACT_PHONE='1'\n"
    assert settings_file.merged(after, {"SITE_NAME": "Neu", "CONTACT_PHONE": "1"}) == after


def test_a_line_that_is_none_is_named():
    with pytest.raises(ValueError, match="Line 2"):
        settings_file.read("A=1\nb c\n")


def test_secrets_are_made_once():
    first = settings_file.with_secrets({}, {})
    assert set(first) == {"SECRET_KEY", "CERTIFICATE_NAME_KEY"}
    assert min(map(len, first.values())) >= 50
    assert len(set(first.values())) == 2
    assert settings_file.with_secrets({}, first) == {}
    assert settings_file.with_secrets({"SECRET_KEY": "mine"}, first) == {"SECRET_KEY": "mine"}


def test_all_that_is_missing_is_asked_for_at_once():
    lacking = [question.name for question in answers.missing({})]
    assert lacking == [name for name in GIVEN if name not in {"TLS_CERTIFICATE", "TLS_KEY"}]
    assert answers.missing(GIVEN) == []


@pytest.mark.parametrize(
    ("way", "asked"),
    [("certificate", ["TLS_CERTIFICATE", "TLS_KEY"]), ("acme", ["ACME_EMAIL"]), ("proxy", ["PROXY_ADDRESSES"])],
)
def test_each_way_of_https_asks_for_its_own(way, asked):
    given = {name: value for name, value in GIVEN.items() if not name.startswith("TLS")} | {"TLS": way}
    assert [question.name for question in answers.missing(given)] == asked


def test_what_cannot_be_meant_is_said_at_once_and_no_value_repeated():
    given = {
        **GIVEN, "ADDRESS": "https://geheim/", "TLS": "geheim", "CONTACT_EMAIL": "geheim", "SITE_NAME": "none",
        "SECRETKEY": "geheim", "PORT": "geheim",
    }  # fmt: skip
    said = answers.wrong(given, KNOWN)
    assert said == [
        "SECRETKEY is no setting and no answer.",
        "ADDRESS must be a host name in small letters, without https:// and without a path.",
        "TLS must be certificate, acme or proxy.",
        "SITE_NAME cannot be none.",
        "CONTACT_EMAIL must be an e-mail address.",
        "PORT must be a number.",
    ]
    assert answers.wrong(GIVEN, KNOWN) == []


def test_nothing_is_done_where_something_is_missing():
    done = subprocess.run(
        [ROOT / "deploy/miko", "install", "--no-input", "--set", "ADDRESS=schulungen.kreis.example"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Nothing has been done.\n")
    assert re.findall(r"^  ([A-Z_]+) ", done.stderr, re.MULTILINE) == [
        question.name for question in answers.missing({"ADDRESS": "x"})
    ]


def test_answers_become_settings_that_production_starts_with(tmp_path):
    settings = settings_file.with_secrets(answers.as_settings(GIVEN, installing.LOCAL_DATABASE), {})
    assert settings["BOUNCE_IMAP_URL"] == ""
    assert set(settings) <= KNOWN
    environment = {**settings, "DATABASE_URL": PRODUCTION["DATABASE_URL"]}  # the driver of PostgreSQL is an extra
    command = [sys.executable, "-c", "import config.settings"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_names_of_settings_are_known_before_django_is_there():
    assert settings_file.declared(ROOT / "config/variables.py") == KNOWN
    assert {question.name for question in QUESTIONS} - answers.OWN <= KNOWN


def test_a_version_is_named_after_what_is_in_it(tmp_path):
    for name in ("a", "b"):
        folder = tmp_path / name
        (folder / "some").mkdir(parents=True)
        (folder / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
        (folder / "some/file").write_text("")
        (folder / ".git").mkdir()
        (folder / ".git/HEAD").write_text(name)
        (folder / ".env").write_text(name)
    assert versions.name_of(tmp_path / "a") == versions.name_of(tmp_path / "b")
    assert versions.name_of(tmp_path / "a").startswith("1.2.3-")
    (tmp_path / "b/some/file").write_text("1")
    assert versions.name_of(tmp_path / "a") != versions.name_of(tmp_path / "b")


def test_the_way_back_is_the_version_before(tmp_path, monkeypatch):
    for name in ("CURRENT", "PREVIOUS"):
        monkeypatch.setattr(versions, name, tmp_path / name.lower())
    one, two = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    two.mkdir()
    versions.serve(one)
    with pytest.raises(machine.Failed, match="no former version"):
        versions.back()
    versions.serve(two)
    versions.serve(two)
    assert versions.back() == one
    assert (tmp_path / "current").resolve() == one
    assert versions.back() == two

    before = versions.pointers()
    broken = tmp_path / "3"
    broken.mkdir()
    versions.serve(broken)
    versions.withdraw(before)
    assert versions.back() == one, "a version that failed is not one to go back to"


def test_a_file_is_written_once_and_for_those_it_is_meant_for(tmp_path):
    path = tmp_path / "etc/miko.env"
    assert machine.write(path, "A=1\n", 0o640)
    assert not machine.write(path, "A=1\n", 0o640)
    assert path.stat().st_mode & 0o777 == 0o640
    assert machine.write(path, "A=2\n", 0o640)
    assert [one.name for one in path.parent.iterdir()] == ["miko.env"]


def unit(name: str) -> str:
    given = {**installing.DEFAULTS, "WEB_WORKERS": "2", "HARDENING": machine.filled("hardening")}
    return machine.filled(name, **given)


@pytest.mark.parametrize("name", [*installing.SERVICES, "miko-web.socket", "miko-backup.timer"])
def test_nothing_is_left_to_fill_in(name):
    assert not re.findall(r"@[A-Z_]+@", unit(name))


@pytest.mark.parametrize("name", installing.SERVICES)
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_units_are_hardened(name, tmp_path):
    folder = tmp_path / "etc/systemd/system"
    folder.mkdir(parents=True)
    (folder / name).write_text(unit(name))
    command = ["systemd-analyze", f"--root={tmp_path}", "--offline=true", "--threshold=40", "security", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


@pytest.mark.parametrize(
    "given",
    [GIVEN, {**GIVEN, "TLS": "proxy", "PROXY_ADDRESSES": "192.0.2.10, 2001:db8::1"}],
    ids=["certificate", "proxy"],
)
def test_the_site_of_nginx_is_whole(given):
    text = installing.site({**installing.DEFAULTS, **given})
    assert not re.findall(r"@[A-Z_]+@", text)
    assert text.count("{") == text.count("}")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert ("192.0.2.10 1;" in text) == (given["TLS"] == "proxy")
