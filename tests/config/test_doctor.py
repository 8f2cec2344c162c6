"""Does the doctor name what is wrong, each thing with what to do, and everything in one go?"""

import datetime as dt

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from config import doctor
from tests.config.test_health import migrated, no_database  # noqa: F401  fixtures
from trainings import health
from trainings.health import disk
from trainings.models import Discrepancy, PeriodicJob, WorkerBeat


def found_by(examination) -> list[str]:
    return [finding.what for finding in examination()]


def serious(**options) -> list[str]:
    return [finding.what for finding in doctor.examine(**options) if finding.serious]


@pytest.fixture
def healthy(db, migrated, coordinator, settings):  # noqa: F811
    """Nothing serious is wrong."""
    settings.SILENCED_SYSTEM_CHECKS = ["templates.E002"]  # of pytest's own, which makes unknown variables fail
    settings.CONTACT_EMAIL = settings.DEFAULT_FROM_EMAIL = "schulungen@kreis-irgendwo.de"
    settings.CONTACT_PHONE = "02641 12345"
    health.beat()


def test_nothing_is_wrong(healthy):
    assert serious() == []


def test_the_command_says_so_by_its_exit_code(healthy, capsys):
    call_command("doctor")
    out = capsys.readouterr().out
    assert "To be looked at:" in out
    assert "What does not work:" not in out
    assert "Everything works" in out
    WorkerBeat.objects.all().delete()
    with pytest.raises(CommandError, match="1 to be mended") as sick:
        call_command("doctor")
    assert sick.value.returncode == 1


def test_everything_is_said_at_once(healthy, settings):
    WorkerBeat.objects.all().delete()
    User.objects.all().update(role=User.Role.PARTICIPANT)
    settings.CONTACT_PHONE = "0261 000-000"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.BOUNCE_IMAP_URL = "imap://bounces:geheim@127.0.0.1:1/INBOX"
    said = serious()
    for beginning in [
        "There is no coordinator.",
        "No worker has ever run",
        "CONTACT_PHONE is an invented one",
        "The mail server takes no mails: ConnectionRefusedError",
        "The mailbox for mails that come back cannot be read: 127.0.0.1 cannot be reached",
    ]:
        assert len([what for what in said if what.startswith(beginning)]) == 1, beginning
    assert len(said) == 5
    assert "geheim" not in str(said)


def test_gaps_in_legal_pages_are_named_with_where_to_fill_them(healthy):
    [one] = [finding for finding in doctor.examine() if "The legal page imprint (de) has gaps" in finding.what]
    assert (one.serious, "Rechtliche Seiten" in one.do) == (False, True)


def test_settings_of_another_county(monkeypatch):
    assert "OPERATOR_NAME is not set, so it says „Landkreis Mayen-Koblenz“" in "\n".join(found_by(doctor.names))
    for name in doctor.SOMEBODY_ELSES:
        monkeypatch.setenv(name, "x")
    assert [what for what in found_by(doctor.names) if "is not set" in what] == []


def test_a_setting_in_a_file_counts(monkeypatch):
    monkeypatch.setenv("CLAMD_URL_FILE", "/run/secrets/clamd")
    assert [what for what in found_by(doctor.recommended) if "CLAMD_URL" in what] == []


@pytest.mark.django_db
def test_workers_that_are_gone_and_work_that_waits():
    health.beat()
    assert found_by(doctor.workers) == []
    WorkerBeat.objects.update(seen_at=timezone.now() - dt.timedelta(hours=30))
    PeriodicJob.objects.create(name="deadlines", due_at=timezone.now() - dt.timedelta(hours=30))
    assert len(found_by(doctor.workers)) == 2


@pytest.mark.django_db
def test_a_clock_that_was_ahead():
    assert found_by(doctor.clock) == []
    PeriodicJob.objects.create(name="deadlines", due_at=timezone.now(), done_at=timezone.now() + dt.timedelta(days=1))
    assert len(found_by(doctor.clock)) == 1


@pytest.mark.django_db
def test_data_that_break_a_promise():
    Discrepancy.objects.create(promise="capacity", number=1, keys="CourseRun 3")
    assert found_by(doctor.data)[0].endswith("(1): CourseRun 3")


def test_a_full_disk(db, monkeypatch):
    monkeypatch.setattr(disk, "LEAST", 2**62)
    assert found_by(doctor.disk)[0].partition(" ")[2].startswith("MB are left at ")


@pytest.mark.django_db
def test_secrets_that_others_may_read(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    env = tmp_path / ".env"
    env.write_text("SECRET_KEY=x")
    env.chmod(0o600)
    assert found_by(doctor.permissions) == []
    env.chmod(0o644)
    assert found_by(doctor.permissions) == [f"{env} holds secrets, and others may read or change it."]


def test_files_that_were_not_collected(settings, tmp_path):
    settings.PRODUCTION, settings.STATIC_ROOT = True, tmp_path
    assert len(found_by(doctor.static_files)) == 1
    (tmp_path / "staticfiles.json").write_text("{}")
    assert found_by(doctor.static_files) == []


def test_a_test_mail_goes_to_whom_one_names_and_to_nobody_else(healthy):
    doctor.examine()
    assert mail.outbox == []
    doctor.examine(mail_to="it@kreis.example")
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [(["it@kreis.example"], "MiKo-MYK Schulungen: test")]


@pytest.mark.django_db(transaction=True)
def test_without_a_database_it_goes_on_with_the_rest(no_database, settings):  # noqa: F811
    said = serious()
    assert len([what for what in said if what.startswith("The database cannot be reached")]) == 1
    assert any(what.startswith("CONTACT_EMAIL is an invented one") for what in said)
    assert [what for what in said if "broke off" in what] == []


def test_an_examination_that_breaks_is_a_finding():
    def broken():
        raise RuntimeError("kaputt")
        yield

    assert found_by(lambda: doctor._seen_by(broken)) == ["The examination „broken“ broke off: RuntimeError: kaputt"]
