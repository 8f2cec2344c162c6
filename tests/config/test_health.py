"""Do load balancers and monitors hear whether the site is alive and ready, whatever name they ask by?"""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config import health
from trainings import health as workers
from trainings import outage
from trainings.models import WorkerBeat


@pytest.fixture(autouse=True)
def nothing_said():
    outage.forget()


@pytest.fixture
def migrated(db, settings):
    """The tests make their tables from the models; here the database says that it was by migrations."""
    settings.MIGRATION_MODULES = {}
    health._newest_migrations.cache_clear()
    number = "integer" if connection.vendor == "sqlite" else "serial"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS django_migrations (id {number} PRIMARY KEY, "
            "app varchar(255), name varchar(255), applied timestamp with time zone)"
        )
    recorder = MigrationRecorder(connection)
    known = recorder.applied_migrations()
    for app, name in health._newest_migrations():
        if (app, name) not in known:
            recorder.record_applied(app, name)
    yield
    health._newest_migrations.cache_clear()


@pytest.fixture
def no_database(transactional_db, monkeypatch):
    """From here on the database cannot be reached, by name or by port."""
    connection.close()
    nowhere = {"NAME": "/nirgends/miko.sqlite3", "HOST": "127.0.0.1", "PORT": "1"}
    for name, value in nowhere.items():
        monkeypatch.setitem(connections["default"].settings_dict, name, value)
    yield
    connection.close()


def ask(client, address, **headers):
    return client.get(address, headers={"host": "10.1.2.3:8000", **headers})


@pytest.fixture
def strict(settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["schulungen.kreis.example"], True


def test_alive_without_a_database_by_any_name_without_https_or_cookie(client, strict):
    answer = ask(client, "/live/")
    assert (answer.status_code, answer.content, list(answer.cookies)) == (200, b"ok\n", [])
    assert answer.headers["Cache-Control"] == "no-store"


def test_ready(client, strict, migrated):
    answer = ask(client, "/ready/")
    assert (answer.status_code, answer.content, list(answer.cookies)) == (200, b"ok\n", [])
    assert client.head("/ready/").content == b""


def test_every_other_address_keeps_its_rules(client, strict):
    assert ask(client, "/").status_code == 400
    assert client.get("/", headers={"host": "schulungen.kreis.example"}).status_code == 301


def test_ready_when_the_project_has_ended(client, settings, migrated):
    settings.SITE_READ_ONLY = True
    assert ask(client, "/ready/").status_code == 200


def test_not_ready_before_the_migrations(client, migrated, caplog):
    MigrationRecorder.Migration.objects.filter(app="certificates").delete()
    answer = ask(client, "/ready/")
    assert (answer.status_code, answer.content) == (503, b"not ready\n")
    assert answer.headers["Retry-After"] == "30"
    assert caplog.messages[0].startswith("Not ready: migrations are not applied: certificates.")


def test_ready_with_a_database_that_is_ahead_as_during_an_upgrade(client, migrated):
    MigrationRecorder.Migration.objects.create(app="trainings", name="9999_of_the_next_version")
    assert ask(client, "/ready/").status_code == 200


def test_not_ready_without_the_table_of_the_cache(client, migrated, settings, caplog):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "not_created"}}
    assert ask(client, "/ready/").status_code == 503
    assert "not_created" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_a_database_and_one_line_for_many_requests(client, no_database, caplog):
    answers = [ask(client, "/ready/") for _number in range(20)]
    assert {answer.status_code for answer in answers} == {503}
    assert len([line for line in caplog.messages if line.startswith("Not ready: OperationalError")]) == 1
    assert ask(client, "/live/").status_code == 200


# --- the worker -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_worker_is_checked_by_its_host(capsys):
    with pytest.raises(CommandError, match="No worker of") as none:
        call_command("worker", check=True)
    assert none.value.returncode == 1
    WorkerBeat.objects.create(name="elsewhere", host="elsewhere", seen_at=timezone.now())
    with pytest.raises(CommandError, match="No worker of"):
        call_command("worker", check=True)
    workers.beat()
    call_command("worker", check=True)
    assert "was seen at" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_that_nobody_can_know_is_another_answer(no_database):
    with pytest.raises(CommandError, match="The database is away") as away:
        call_command("worker", check=True)
    assert away.value.returncode == 75
