"""The PDF is made once and kept; its owner hears of it."""

import hashlib
from collections.abc import Iterator

import pytest
from django.urls import reverse

from accounts.models import User
from certificates import issuing
from certificates.models import Certificate
from certificates.paper import render, render_due
from certificates.paper.press import Missing, Press
from tests import builders
from tests.certificates.builders import build_certificate, build_finished_run
from tests.mails import Kind
from trainings.acts import Act
from trainings.models import Course, CourseRun, Funding, Message, Registration, Venue

pytestmark = [pytest.mark.slow, pytest.mark.both_databases]


def test_rendering_stores_the_bytes_their_hash_and_a_message_to_the_owner(coordinator, participant):
    certificate = build_certificate(participant, by=coordinator, rendered=False)

    render_due()

    certificate.refresh_from_db()
    pdf = bytes(certificate.pdf)
    assert (pdf[:5], certificate.sha256, certificate.is_ready) == (b"%PDF-", hashlib.sha256(pdf).hexdigest(), True)
    assert [(message.kind, message.recipient) for message in Message.objects.all()] == [
        (Kind.CERTIFICATE_READY, participant)
    ]


def rename_everything(registration: Registration) -> None:
    """What a paper says of person, course, run, venue, trainer and funding."""
    run = registration.run
    User.objects.update(title="Prof.", first_name="Neu", last_name="Name", language="en")
    Course.objects.update(title="Anders", title_en="Different", contents="Anderes", contents_en="Other")
    Venue.objects.update(name="Anderswo", town="Trier")
    Funding.objects.update(fund="ESF", project_title="Anderes", grant_number="ANDERS-1")
    CourseRun.objects.filter(pk=run.pk).update(number="ANDERS")
    run.sessions.update(room="Keller", starts_at=builders.in_days(-1), ends_at=builders.in_days(-1, hour=12))


def test_whatever_is_renamed_later_the_certificate_stays_as_it_was(coordinator, participant, trainer, settings):
    run = build_finished_run(venue=builders.build_venue(), trainers=[trainer])
    certificate = build_certificate(participant, by=coordinator, run=run)
    before = (bytes(certificate.pdf), certificate.sha256, certificate.snapshot, certificate.rendered_at)
    rename_everything(certificate.registration)
    settings.OPERATOR_NAME = settings.OPERATOR_UNIT = settings.OPERATOR_PLACE = "Anders"
    settings.PUBLIC_URL = "https://anders.example"

    render(Certificate.objects.get(pk=certificate.pk))

    after = Certificate.objects.get(pk=certificate.pk)
    assert (bytes(after.pdf), after.sha256, after.snapshot, after.rendered_at) == before
    assert Message.objects.count() == 1


def test_a_snapshot_printed_once_more_after_all_that_gives_the_same_bytes(coordinator, participant, trainer, settings):
    run = build_finished_run(venue=builders.build_venue(), trainers=[trainer])
    certificate = build_certificate(participant, by=coordinator, run=run)
    rename_everything(certificate.registration)
    settings.OPERATOR_NAME = "Anders"

    again = Press()
    try:
        pdf = again.pdf(Certificate.objects.get(pk=certificate.pk).snapshot)
    finally:
        again.close()

    assert hashlib.sha256(pdf).hexdigest() == certificate.sha256


def test_of_two_workers_the_first_stores(coordinator, participant):
    stale = build_certificate(participant, by=coordinator, rendered=False)
    first = render(Certificate.objects.get(pk=stale.pk))

    second = render(stale)

    assert (second.rendered_at, second.sha256) == (first.rendered_at, first.sha256)
    assert Message.objects.count() == 1


def test_what_is_due_is_printed_the_oldest_first_while_it_may_go_on(coordinator, participant, other_participant):
    certificates = [
        build_certificate(person, by=coordinator, rendered=False) for person in (participant, other_participant)
    ]
    render_due(lambda: not Certificate.objects.rendered().exists())
    assert list(Certificate.objects.rendered()) == certificates[:1]
    render_due()
    assert (set(Certificate.objects.rendered()), Certificate.objects.due().exists()) == (set(certificates), False)


def test_what_cannot_be_printed_is_noted_and_told_nobody(coordinator, participant):
    participant.last_name = "李"
    participant.save()

    certificate = build_certificate(participant, by=coordinator)

    assert (certificate.failure, certificate.is_ready) == (
        "Keine Schrift der Bescheinigung enthält: 李 (U+674E)",
        False,
    )
    assert Message.objects.count() == 0


# --- what breaks the press ------------------------------------------------------------------------


@pytest.fixture
def press() -> Iterator[Press]:
    """Breaks at every paper for somebody named Yıldız."""
    press = Press("tests.certificates.presses.deadly_for_yildiz")
    yield press
    press.close()


def try_again(certificate: Certificate, press: Press) -> Certificate:
    """When the lease of the last try has run out."""
    Certificate.objects.update(leased_until=None)
    return render(certificate, press)


def test_a_certificate_that_breaks_the_press_is_tried_five_times_and_keeps_nobody_else(
    coordinator, participant, other_participant, press
):
    deadly = build_certificate(participant, by=coordinator, rendered=False)
    good = build_certificate(other_participant, by=coordinator, rendered=False)

    failures = [try_again(deadly, press).failure for _try in range(5)]

    assert failures == ["", "", "", "", "Das Erstellen brach ab, vermutlich aus Mangel an Speicher."]
    assert (try_again(deadly, press).attempts, render(good, press).is_ready) == (5, True)
    assert issuing.assess(deadly.registration.run)[0].code == "failed"


def test_the_try_is_counted_though_the_worker_itself_dies(coordinator, participant):
    certificate = build_certificate(participant, by=coordinator, rendered=False)

    class Killed(BaseException):
        """As by SIGKILL: nothing after it is done."""

    class DeadlyPress(Press):
        def start(self) -> None:
            """Nothing to warm up."""

        def pdf(self, snapshot) -> bytes:
            raise Killed

    for _try in range(5):
        with pytest.raises(Killed):
            try_again(certificate, DeadlyPress())
    held = try_again(certificate, DeadlyPress())

    assert (held.attempts, held.failure) == (6, "Das Erstellen brach wiederholt ab.")


def test_where_nothing_can_be_printed_no_try_is_counted(coordinator, participant):
    certificate = build_certificate(participant, by=coordinator, rendered=False)

    with pytest.raises(Missing):
        render(certificate, Press("certificates.no_such_paper"))

    certificate.refresh_from_db()
    assert (certificate.attempts, certificate.failure) == (0, "")


def test_one_that_gave_up_is_a_task_for_the_coordination_and_issued_anew(signed_in, coordinator, participant):
    certificate = build_certificate(participant, by=coordinator, rendered=False)
    Certificate.objects.update(attempts=5)
    render(certificate)

    page = signed_in(coordinator).get(reverse("trainings:coordination")).content.decode()
    assert ["Bescheinigung, deren PDF nicht erstellt werden konnte" in page, certificate.number in page] == [True, True]
    [again] = issuing.issue(certificate.registration.run, Act(coordinator))
    assert (render(again).is_ready, again.attempts, Certificate.objects.get(pk=certificate.pk).replaced_by) == (
        True,
        0,
        again,
    )
