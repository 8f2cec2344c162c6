"""How are settings read, and is the operator's table of them true?"""

import re
import subprocess
import sys

import pytest

from config.environment import LISTED, Environment, Variable
from config.management.commands.settings_table import page
from config.variables import VARIABLES
from tests.production import PRODUCTION
from tests.writing import ROOT


def start(**changed: str) -> str:
    """What a production start with these variables, and no others but the needed ones, says to standard error."""
    return run("import config.settings", **{**PRODUCTION, **changed}).stderr


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def problems(said: str) -> list[str]:
    return re.findall(r"^  ([A-Z_]+ .*)$", said, re.MULTILINE)


def test_everything_missing_is_said_at_once():
    assert problems(run("import config.settings", MIKO_ENV="production").stderr) == [
        "SECRET_KEY must be set in production.",
        "PUBLIC_URL must be set in production.",
        "ALLOWED_HOSTS must be set in production.",
        "CONTACT_EMAIL must be set in production.",
        "CONTACT_PHONE must be set in production.",
        "DATABASE_URL must be set in production.",
        "EMAIL_URL must be set in production.",
    ]


def test_everything_wrong_is_said_at_once_and_no_value_repeated():
    said = start(
        SECRET_KEY="kurz",
        DEMO="vielleicht",
        DATABASE_URL="geheim",
        CLAMD_URL="clamd",
        REGISTER_WITHOUT_AGREEMENT="verboten",
        RETENTION_AUDIT_DAYS="bald",
        CERTIFICATE_SEAL_PIN_FILE="/nirgends/pin",
    )
    assert problems(said) == [
        "SECRET_KEY must have at least 50 characters in production.",
        "DEMO must be true or false.",
        "REGISTER_WITHOUT_AGREEMENT must be free, warn or refuse.",
        "CERTIFICATE_SEAL_PIN_FILE cannot be read: No such file or directory.",
        "DATABASE_URL is no address of a database.",
        "CLAMD_URL must begin with unix:/// or tcp://.",
        "RETENTION_AUDIT_DAYS must be a number.",
    ]
    assert "geheim" not in said
    assert "vielleicht" not in said


@pytest.mark.parametrize("value", ["$ecret", "a$HOME", r"\$x", "$$", "${PATH}", "50 €$"])
def test_a_dollar_is_a_dollar(value, monkeypatch):
    monkeypatch.setenv("SITE_NAME", value)
    assert Environment([Variable("SITE_NAME", "")]).str("SITE_NAME") == value


def test_an_empty_number_or_flag_is_not_given(monkeypatch):
    monkeypatch.setenv("SOME_DAYS", "")
    monkeypatch.setenv("SOME_FLAG", "")
    env = Environment([Variable("SOME_DAYS", "", default=7), Variable("SOME_FLAG", "", default=True)])
    assert (env.int("SOME_DAYS"), env.bool("SOME_FLAG"), env.problems) == (7, True, [])


def test_the_table_of_settings_is_made_from_their_declarations():
    assert (ROOT / LISTED).read_text(encoding="utf-8") == page(), "manage.py settings_table --write"


def test_every_declared_variable_is_read():
    settings = (ROOT / "config/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'(?:env\.\w+|required_in_production)\(\s*"([A-Z_]+)"', settings))
    declared = [variable.name for variable in VARIABLES]
    assert set(declared) ^ read == set(), "config/settings.py reads it, or config/variables.py declares it, in vain"
    assert len(declared) == len(set(declared))


def test_needed_is_what_production_refuses_to_start_without():
    needed = {variable.name for variable in VARIABLES if variable.needed}
    missing = problems(run("import config.settings", MIKO_ENV="production").stderr)
    assert {line.split()[0] for line in missing} == needed


@pytest.mark.parametrize(
    ("more", "options"),
    [
        ({}, "-c jit=off"),
        ({"DATABASE_URL": "postgres://miko@db.example/miko?options=-c%20search_path%3Dmiko"}, "-c search_path=miko"),
        ({"DATABASE_POOLED": "true"}, None),
    ],
)
def test_connections_ask_postgresql_not_to_compile_unless_a_pooler_would_refuse_that(more, options):
    says = "from config import settings; print(settings.DATABASES['default']['OPTIONS'].get('options'))"
    database = {"DATABASE_URL": "postgres://miko@db.example/miko"}
    assert run(says, **{**PRODUCTION, **database, **more}).stdout.strip() == str(options)
