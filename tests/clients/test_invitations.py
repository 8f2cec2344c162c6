"""Do the parsers of other programs object to nothing in invitations, and read of them what the tables say?"""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable

import pytest
from django.core import mail

from accounts.models import User
from tests import builders
from tests.clients import world as worlds
from tests.clients.conftest import PROGRAMS
from trainings import booking, outbox, scheduling
from trainings.models import Registration, Session

pytestmark = [pytest.mark.clients, pytest.mark.django_db]

Invitation = tuple[str, worlds.Shown]  # the method, and the event


@pytest.fixture
def invitations(call, shown, tmp_path) -> Callable[[User], list[Invitation]]:
    """``invitations(person)`` sends what is due; what parsers read of the mails to this person."""

    def invitations(person: User) -> list[Invitation]:
        mail.outbox.clear()
        outbox.deliver_due()
        sent = [outgoing.message() for outgoing in mail.outbox if outgoing.to == [person.email]]
        parts = [part for message in sent for part in message.walk() if part.get_content_type() == "text/calendar"]
        paths = [tmp_path / f"{number}.ics" for number in range(len(parts))]
        for path, part in zip(paths, parts, strict=True):
            path.write_bytes(part.get_payload(decode=True))
        call(PROGRAMS / "icallint", *paths)
        events = [event for [event] in shown(*paths)]  # one a mail
        return sorted((part.get_param("method"), event) for part, event in zip(parts, events, strict=True))

    return invitations


def test_invitations_changes_and_cancellations_are_read_as_the_tables_say(agency, coordinator, invitations):
    person, other = builders.build_person(), builders.build_person()
    runs = [
        builders.build_run(builders.build_course(title), starts_at=moment)
        for title, moment in zip(worlds.TITLES, itertools.cycle(worlds.MOMENTS), strict=False)
    ]
    full = builders.build_run(builders.build_course("Nachrücken"), capacity=1)
    booking.register(full, other, by=other)
    registrations = [booking.register(run, person, by=person) for run in [*runs, full]]
    assert registrations[-1].status == Registration.Status.WAITLISTED
    assert invitations(person) == [("REQUEST", event) for event in worlds.of_person(person)]

    for session in Session.objects.filter(run__in=runs):
        session.starts_at += dt.timedelta(days=180)
        session.ends_at += dt.timedelta(days=180)
        session.room = "Saal 2; Seiteneingang, links"
        scheduling.save_session(session)
    booking.change_capacity(full, 2, by=coordinator)
    assert invitations(person) == [("REQUEST", event) for event in worlds.of_person(person)]

    for registration in registrations[1:]:
        booking.cancel(registration, by=person)
    booking.cancel_run(runs[0], by=coordinator, reason="Kursleitung erkrankt")
    withdrawn = invitations(person)
    assert Counter((method, event.status) for method, event in withdrawn) == {
        ("CANCEL", "CANCELLED"): len(registrations)
    }
    assert {event.uid for _method, event in withdrawn} == set(
        Session.objects.filter(run__in=[*runs, full]).values_list("calendar_uid", flat=True)
    )
