"""Is a copy taken while people write whole, does the check of it find what is wrong, and does it come back?"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import User
from config import backups
from tests.builders import build_person, build_run, only_session
from tests.writing import ROOT
from trainings import attendance
from trainings.acts import Act
from trainings.models import SheetScan

pytestmark = pytest.mark.django_db(transaction=True)

WRITER = """
import itertools, django
django.setup()
from accounts.models import Agency
for number in itertools.count():
    Agency.objects.create(short_name=f"W{number}", name=f"Behörde {number}")
    if number == 3:
        print("writing", flush=True)
"""


@pytest.fixture
def scan(coordinator) -> SheetScan:
    return attendance.keep_scan(
        only_session(build_run()), b"%PDF-1.7\n1\n%%EOF\n", Act(coordinator), original_at="Büro"
    )


def changed(copy: Path, **facts: object) -> Path:
    beside = copy.with_name(copy.name + ".json")
    beside.write_text(json.dumps({**json.loads(beside.read_text()), **facts}))
    return copy


def facts_of(copy: Path) -> dict[str, dict[str, int]]:
    return json.loads(copy.with_name(copy.name + ".json").read_text())


def test_a_copy_is_whole_and_for_its_owner_alone(tmp_path, scan):
    copy = backups.take(tmp_path)
    assert backups.verify(copy) == []
    assert facts_of(copy)["rows"]["trainings_sheetscan"] == 1
    assert [path.stat().st_mode & 0o077 for path in tmp_path.iterdir()] == [0, 0]


@pytest.mark.both_databases
@pytest.mark.slow
def test_people_may_write_meanwhile(tmp_path, database_url):
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    writer = subprocess.Popen([sys.executable, "-c", WRITER], env=environment, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        copies = [backups.take(tmp_path / str(number)) for number in range(3)]
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
    assert [backups.verify(copy) for copy in copies] == [[], [], []]
    numbers = [facts_of(copy)["rows"]["accounts_agency"] for copy in copies]
    assert 4 <= numbers[0] < numbers[1] < numbers[2]


def test_what_is_missing_is_named(tmp_path, scan, participant):
    copy = backups.take(tmp_path)
    facts = facts_of(copy)
    rows, hashes = {**facts["rows"], "accounts_user": 99}, {**facts["hashes"], "trainings_sheetscan.content": "0"}
    sequences = {**facts["sequences"], "accounts_user": 10_000_000}
    wrong = backups.verify(changed(copy, rows=rows, hashes=hashes, sequences=sequences))
    assert wrong == [
        f"accounts_user: 99 rows, found {User.objects.count()}",
        "trainings_sheetscan.content: the bytes are not the same",
        f"sequence accounts_user: is at {facts['sequences']['accounts_user']}, was at 10000000",
    ]


def test_a_scan_that_is_not_what_came_is_named(tmp_path, scan):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trainings_sheetscan SET sha256 = %s", ["0" * 64])
    [wrong] = backups.verify(backups.take(tmp_path))
    assert wrong == f"trainings_sheetscan {scan.pk}: content has another SHA-256 than noted"


def test_a_sequence_behind_its_keys_is_named(tmp_path, participant):
    highest = User.objects.order_by("pk").last().pk
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'accounts_user'")
        else:
            cursor.execute("SELECT setval(pg_get_serial_sequence('accounts_user', 'id'), 1, false)")
    assert backups.verify(backups.take(tmp_path)) == [
        f"accounts_user: the sequence is at 0, the highest key is {highest}"
    ]


def test_a_copy_cut_off_is_no_backup(tmp_path, participant):
    copy = backups.take(tmp_path)
    copy.write_bytes(copy.read_bytes()[:-100])
    with pytest.raises(backups.CannotBackUp, match="it is not whole"):
        backups.verify(copy)


def test_a_damaged_copy_is_no_backup(tmp_path, scan):
    copy = backups.take(tmp_path)
    content = bytearray(copy.read_bytes())
    content[4096 : len(content) - 100] = b"\xff" * (len(content) - 4196)
    copy.write_bytes(content)
    with pytest.raises(backups.CannotBackUp):
        backups.verify(copy)


def test_nothing_is_left_of_a_check(tmp_path, participant):
    def databases() -> list[str]:
        if connection.vendor == "sqlite":
            return sorted(path.name for path in Path(connection.settings_dict["NAME"]).parent.glob("*restoring*"))
        with connection.cursor() as cursor:
            mine = f"{connection.settings_dict['NAME']}_restoring%"  # others test beside this one
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [mine])
            return [name for (name,) in cursor.fetchall()]

    backups.verify(backups.take(tmp_path))
    assert databases() == []


def test_only_the_newest_stay(tmp_path):
    for day in ("01", "02", "03"):
        (tmp_path / f"miko-202603{day}T030000Z.dump").touch()
        (tmp_path / f"miko-202603{day}T030000Z.dump.json").touch()
    (tmp_path / "miko-notes.txt").touch()
    backups.keep_newest(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "miko-20260302T030000Z.dump",
        "miko-20260302T030000Z.dump.json",
        "miko-20260303T030000Z.dump",
        "miko-20260303T030000Z.dump.json",
        "miko-notes.txt",
    ]


def test_a_copy_comes_back_and_the_former_database_is_kept(tmp_path, scan, participant):
    copy = backups.take(tmp_path)
    late = build_person("spaet@mayen.example")
    former = backups.restore(copy)
    try:
        assert User.objects.filter(pk=participant.pk).exists()
        assert not User.objects.filter(pk=late.pk).exists()
        assert "before" in former
    finally:
        put_back(former)
    assert User.objects.filter(pk=late.pk).exists()


def put_back(former: str) -> None:
    """For the tests that follow."""
    name = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        for end in ("-wal", "-shm"):
            Path(f"{name}{end}").unlink(missing_ok=True)
        for end in ("-wal", "-shm", ""):
            if (left := Path(f"{former}{end}")).exists():
                left.rename(f"{name}{end}")
        return
    from config.backups.restoring import _say  # noqa: PLC0415

    quote = connection.ops.quote_name
    _say(connection, f"DROP DATABASE {quote(name)}")
    _say(connection, f"ALTER DATABASE {quote(former.removeprefix('the database '))} RENAME TO {quote(name)}")
