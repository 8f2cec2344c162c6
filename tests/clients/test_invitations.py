"""Do other programs object to nothing in invitations, and does a calendar follow them to the end?"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core import mail

from accounts.models import User
from tests.clients import world as worlds
from tests.clients.conftest import PROGRAMS, utc
from tests.clients.thunderbird import Marionette, Thunderbird
from tests.clients.world import Shown
from tests.mails import let_grace_pass
from trainings import mails
from trainings.models import Session

pytestmark = [pytest.mark.clients, pytest.mark.django_db]


@dataclass(frozen=True)
class CalendarPart:
    method: str
    content: bytes


def sent_to(person: User) -> list[CalendarPart]:
    """Sends what is due; what the mails to this person say to calendars."""
    mail.outbox.clear()
    let_grace_pass()
    mails.deliver_due()
    messages = [outgoing.message() for outgoing in mail.outbox if outgoing.to == [person.email]]
    return [
        CalendarPart(part.get_param("method"), part.get_payload(decode=True))
        for message in messages
        for part in message.walk()
        if part.get_content_type() == "text/calendar"
    ]


# --- parsers ---------------------------------------------------------------------------------------


@pytest.fixture
def read(call, shown, tmp_path) -> Callable[[list[CalendarPart]], list[tuple[str, Shown]]]:
    """What ical.js reads of invitations to which libical does not object: their method and their only event."""

    def read(invitations: list[CalendarPart]) -> list[tuple[str, Shown]]:
        paths = [tmp_path / f"{number}.ics" for number in range(len(invitations))]
        for path, invitation in zip(paths, invitations, strict=True):
            path.write_bytes(invitation.content)
        call(PROGRAMS / "icallint", *paths)
        events = [event for [event] in shown(*paths)]
        return sorted((invitation.method, event) for invitation, event in zip(invitations, events, strict=True))

    return read


def test_parsers_read_of_invitations_what_the_tables_say(participant, coordinator, read):
    story = worlds.registered(participant, coordinator)
    for _registered_then_moved in range(2):
        next(story)
        expected = [("REQUEST", event) for event in worlds.of_person(participant)]
        assert read(sent_to(participant)) == expected
    next(story)
    withdrawn = read(sent_to(participant))
    assert Counter((method, event.status) for method, event in withdrawn) == {("CANCEL", "CANCELLED"): len(expected)}
    uids = Session.objects.filter(run__registrations__person=participant).values_list("calendar_uid", flat=True)
    assert {event.uid for _method, event in withdrawn} == set(uids)


# --- Thunderbird -----------------------------------------------------------------------------------


class Reader(Thunderbird):
    """Somebody with a mailbox and a calendar of their own."""

    SCRIPT = (Path(__file__).parent / "take_invitation.js").read_text()

    def __init__(self, folder: Path, email: str) -> None:
        super().__init__(
            folder,
            {
                "calendar.registry.own.type": "storage",
                "calendar.registry.own.uri": "moz-storage-calendar://",
                "calendar.registry.own.name": "own",
                "calendar.registry.own.imip.identity.key": "id1",
                "mail.accountmanager.accounts": "account1",
                "mail.accountmanager.localfoldersserver": "server1",
                "mail.account.account1.identities": "id1",
                "mail.account.account1.server": "server1",
                "mail.identity.id1.useremail": email,
                "mail.identity.id1.valid": True,
                "mail.server.server1.type": "none",
                "mail.server.server1.hostname": "Local Folders",
                "mail.server.server1.name": "Local Folders",
                "mail.server.server1.userName": "nobody",
                "mail.server.server1.directory-rel": "[ProfD]Mail/Local Folders",
            },
        )

    def take(self, marionette: Marionette, invitation: CalendarPart) -> tuple[str, list[Shown]]:
        """Accept it; what Thunderbird made of it, nothing if it is out of date, and what the calendar then shows."""
        action, items = marionette.run(self.SCRIPT, invitation.content.decode(), invitation.method)
        return action, sorted(
            Shown(uid, utc(start), utc(end), status, worlds.title_in(title)) for uid, start, end, status, title in items
        )


@pytest.fixture
def reader(tmp_path, participant) -> Iterator[Callable[[CalendarPart], tuple[str, list[Shown]]]]:
    """``reader(invitation)`` takes it; Thunderbird runs until the end of the test."""
    client = Reader(tmp_path, participant.email)
    client.start()
    with ExitStack() as ends:
        ends.callback(client.end)
        marionette = ends.enter_context(closing(Marionette(client)))
        yield lambda invitation: client.take(marionette, invitation)


def test_calendar_follows_invitations_changes_and_cancellations(participant, coordinator, reader):
    story = worlds.registered(participant, coordinator)
    next(story)
    invitations = sent_to(participant)
    actions, calendars = zip(*(reader(invitation) for invitation in invitations), strict=True)
    assert calendars[-1] == worlds.of_person(participant)
    assert set(actions) == {"REQUEST"}

    next(story)
    actions, calendars = zip(*(reader(change) for change in sent_to(participant)), strict=True)
    assert calendars[-1] == worlds.of_person(participant)
    assert set(actions) == {"REQUEST:UPDATE"}

    # What comes late or a second time changes nothing.
    for invitation in invitations:
        assert reader(invitation) == ("", worlds.of_person(participant))

    next(story)
    actions, calendars = zip(*(reader(cancellation) for cancellation in sent_to(participant)), strict=True)
    assert calendars[-1] == []
    assert set(actions) == {"CANCEL"}
