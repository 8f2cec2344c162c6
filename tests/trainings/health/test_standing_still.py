"""Does the desk say what stands still, since when and whom to tell, and nothing while all is well?"""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certificates.models import Certificate
from tests import builders
from tests.certificates.builders import build_certificate
from tests.mails import Kind
from tests.pages import read
from trainings import health, mails
from trainings.health import disk
from trainings.models import Message, PeriodicJob, WorkerBeat

pytestmark = pytest.mark.django_db


def ago(**span: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(**span)


def said() -> list[tuple[str, dt.datetime | None]]:
    return [(still.what, still.since) for still in health.standing_still()]


@pytest.fixture
def worker():
    health.beat()


def queue_mail(**fields) -> Message:
    message = mails.queue(Kind.REGISTERED, builders.build_registration(builders.build_run()))
    Message.objects.filter(pk=message.pk).update(**fields)
    return message


def test_a_site_that_is_just_set_up_says_nothing():
    assert said() == []


def test_workers_that_are_gone(worker):
    assert said() == []
    since = ago(hours=30)
    WorkerBeat.objects.update(seen_at=since)
    assert said() == [
        ("Das Programm, das E-Mails versendet, Bescheinigungen erstellt und Fristen überwacht, läuft nicht.", since)
    ]


def test_a_beat_of_a_clock_that_was_ahead_says_nothing(worker):
    WorkerBeat.objects.update(seen_at=ago(hours=-5))
    assert len(said()) == 1


def test_no_worker_was_ever_started_and_something_waits():
    since = ago(minutes=11)
    queue_mail(due_at=since)
    assert said() == [
        ("Das Programm, das E-Mails versendet, Bescheinigungen erstellt und Fristen überwacht, lief noch nie.", None),
        ("1 E-Mail wurde nicht versandt.", since),
    ]


def test_mails_that_wait_too_long(worker):
    since = ago(hours=2)
    queue_mail(due_at=ago(minutes=9))
    assert said() == []
    queue_mail(due_at=since)
    queue_mail(due_at=ago(hours=-1))  # is not due yet
    assert said() == [("2 E-Mails wurden nicht versandt.", since)]


def test_a_relay_that_is_down_although_every_mail_is_tried_again_later(worker):
    since = ago(minutes=40)
    queue_mail(queued_at=since, due_at=ago(hours=-1), attempts=3, last_error="ConnectionRefusedError: [Errno 111]")
    assert said() == [("1 E-Mail wurde nicht versandt.", since)]


def test_an_address_that_is_refused_is_that_mails_own_fault(worker):
    queue_mail(queued_at=ago(hours=1), due_at=ago(hours=-1), attempts=3, last_error="SMTPRecipientsRefused: {…}")
    assert said() == []


def test_certificates(worker, coordinator, participant):
    since = ago(minutes=11)
    build_certificate(participant, by=coordinator)
    Certificate.objects.update(rendered_at=None, pdf=None, sha256="", failure="", issued_at=since)
    assert said() == [("1 Bescheinigung wurde nicht erstellt.", since)]
    Certificate.objects.update(failure="Die Schrift fehlt.")  # the desk has a place of its own for these
    assert said() == []


def test_jobs_that_are_overdue_or_fail(worker):
    since, failing = ago(hours=3), ago(minutes=31)
    PeriodicJob.objects.create(name="deadlines", due_at=since)
    PeriodicJob.objects.create(name="bounces", due_at=ago(minutes=-1), failing_since=failing)
    PeriodicJob.objects.create(name="reminders", due_at=ago(minutes=5), failing_since=ago(minutes=5))
    PeriodicJob.objects.create(name="of an earlier version", due_at=ago(days=300))
    assert said() == [
        ("Fristen und frei gewordene Plätze: steht aus.", since),
        ("Postfach für zurückgekommene E-Mails: scheitert.", failing),
    ]


def test_a_disk_that_is_nearly_full(worker, monkeypatch):
    monkeypatch.setattr(disk, "LEAST", 2**62)
    assert {what.partition(":")[0] for what, _since in said()} == {"Der Speicherplatz geht zu Ende"}


def test_the_desk_says_it_and_whom_to_tell(signed_in, coordinator, worker, settings):
    desk = reverse("trainings:coordination")
    assert "Hier steht etwas still" not in read(signed_in(coordinator).get(desk)).headings
    WorkerBeat.objects.update(seen_at=ago(hours=30))
    page = read(signed_in(coordinator).get(desk))
    assert "Hier steht etwas still" in page.headings
    assert "denen Bescheid, die diese Website betreiben" in page.text
    settings.TECHNICAL_CONTACT = "IT-Service, 0261 000-111"
    assert "Bitte sagen Sie Bescheid: IT-Service, 0261 000-111." in read(signed_in(coordinator).get(desk)).text


def test_it_is_cheap(worker):
    with CaptureQueriesContext(connection) as captured:
        health.standing_still()
    assert len(captured) == 6


def test_beats_of_workers_long_gone_are_forgotten(worker):
    WorkerBeat.objects.create(name="old", host="old", seen_at=ago(days=8))
    WorkerBeat.objects.create(name="late", host="late", seen_at=ago(days=6))
    health.beat(once=True)
    assert set(WorkerBeat.objects.values_list("host", flat=True)) == {"late", health.this_host()}
    health.beat()
    assert WorkerBeat.objects.count() == 3
