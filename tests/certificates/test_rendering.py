"""The PDF is made once and kept; its owner hears of it."""

import hashlib

from certificates.models import Certificate
from certificates.rendering import render
from certificates.tasks import render_certificate
from tests.certificates.builders import build_certificate
from trainings.models import Message


def test_rendering_stores_the_bytes_their_hash_and_a_message_to_the_owner(coordinator, participant):
    certificate = build_certificate(participant, by=coordinator, rendered=False)

    render_certificate.func(certificate.pk)

    certificate.refresh_from_db()
    pdf = bytes(certificate.pdf)
    assert (pdf[:5], certificate.sha256, certificate.is_ready) == (b"%PDF-", hashlib.sha256(pdf).hexdigest(), True)
    assert [(message.kind, message.recipient) for message in Message.objects.all()] == [
        (Message.Kind.CERTIFICATE_READY, participant)
    ]


def test_whatever_is_renamed_later_the_certificate_stays_as_it_was(coordinator, participant):
    certificate = build_certificate(participant, by=coordinator)
    before = (bytes(certificate.pdf), certificate.sha256, certificate.snapshot, certificate.rendered_at)
    registration = certificate.registration
    participant.last_name = "Neu"
    participant.save()
    course = registration.run.course
    course.title, course.contents = "Anders", "Anderes"
    course.save()

    render(Certificate.objects.get(pk=certificate.pk))

    after = Certificate.objects.get(pk=certificate.pk)
    assert (bytes(after.pdf), after.sha256, after.snapshot, after.rendered_at) == before
    assert Message.objects.count() == 1


def test_of_two_workers_the_first_stores(coordinator, participant):
    stale = build_certificate(participant, by=coordinator, rendered=False)
    first = render(Certificate.objects.get(pk=stale.pk))

    second = render(stale)

    assert (second.rendered_at, second.sha256) == (first.rendered_at, first.sha256)
    assert Message.objects.count() == 1


def test_what_cannot_be_printed_is_noted_and_told_nobody(coordinator, participant):
    participant.last_name = "李"
    participant.save()

    certificate = build_certificate(participant, by=coordinator)

    assert (certificate.failure, certificate.is_ready) == (
        "Keine Schrift der Bescheinigung enthält: 李 (U+674E)",
        False,
    )
    assert Message.objects.count() == 0
