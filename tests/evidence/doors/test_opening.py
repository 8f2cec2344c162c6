"""Who opens a door, for how long, and what does it show at most?"""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from evidence import doors
from evidence.models import AuditorDoor, sha256_of_link
from tests.evidence.builders import build_door
from tests.evidence.doors.conftest import LINK, come_in
from tests.pages import read
from trainings.acts import Act, Channel
from trainings.mails.outbox import deliver_due
from trainings.models import Message
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def act(coordinator) -> Act:
    return Act(coordinator, Channel.COORDINATION)


def values(**others):
    return {
        "auditor": "Landesrechnungshof",
        "email": "Pruefung@Behoerde.example",
        "language": "de",
        "ends_on": doors.usual_end(),
    } | others


def test_the_link_is_mailed_shown_once_and_kept_as_a_digest(signed_in, coordinator, period):
    client = signed_in(coordinator)
    address = read(client.get(period.get_absolute_url())).links["Zugang für eine Prüfung einrichten"]
    form = read(client.get(address)).form("auditor", "email", "ends_on")
    assert form["ends_on"] == (timezone.localdate() + dt.timedelta(days=30)).isoformat()
    page = client.post(address, form | values(with_names="on"), follow=True)
    door = AuditorDoor.objects.get()
    deliver_due()
    [sent] = mail.outbox
    [link] = [word for word in sent.body.split() if "/pruefzugang/" in word]
    assert (sent.to, link in page.content.decode()) == (["pruefung@behoerde.example"], True)
    assert door.token_sha256 == sha256_of_link(link.rstrip("/").rpartition("/")[2])
    assert link not in client.get(door.get_absolute_url()).content.decode()
    assert [(one.what, one.actor, one.about) for one in period.events.all()] == [
        ("door_opened", coordinator, f"Prüfzugang {door.pk}: Landesrechnungshof")
    ]
    path = "/" + link.split("/", 3)[3]
    assert come_in(client_without_account(), path).get(reverse("evidence:audit", args=[door.pk])).status_code == 200


def client_without_account():
    from django.test import Client  # noqa: PLC0415  beside the one signed in

    return Client()


def test_coordinators_who_read_the_mail_do_not_get_the_link(signed_in, coordinator, period, act):
    _door, link = doors.open_door(period, values(), act)
    message = Message.objects.get()
    client, address = signed_in(coordinator), reverse("trainings:message", args=[message.pk])
    before = client.get(address).content.decode()
    deliver_due()
    after = client.get(address).content.decode()
    token = link.rstrip("/").rpartition("/")[2]
    assert (token in before, token in after, "/pruefzugang/" in after) == (False, False, True)
    message.refresh_from_db()
    assert token not in str(message.details)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ends_on": timezone.localdate() + dt.timedelta(days=181)}, "ends_on"),
        ({"ends_on": timezone.localdate() - dt.timedelta(days=1)}, "ends_on"),
        ({"with_scans": True}, "with_scans"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(period, act, changed, field):
    with pytest.raises(Refused) as refused:
        doors.open_door(period, values(**changed), act)
    assert [reason.field for reason in refused.value.reasons] == [field]
    assert (AuditorDoor.objects.count(), Message.objects.count()) == (0, 0)


def test_a_coordinator_adds_no_names_to_what_the_grant_allows(signed_in, coordinator, period, act):
    period.funding.names_in_reports = False
    period.funding.save()
    with pytest.raises(Refused):
        doors.open_door(period, values(with_names=True), act)
    client, address = signed_in(coordinator), reverse("evidence:new_door", args=[period.pk])
    assert "with_names" not in client.get(address).content.decode()
    client.post(address, values(with_names="on", with_scans="on"))
    door = AuditorDoor.objects.get()
    assert (door.with_names, door.with_scans) == (False, False)


def test_only_coordinators_open_and_close(period, participant, door):
    for operation in (
        lambda: doors.open_door(period, values(), Act(participant)),
        lambda: doors.close(door, Act(participant)),
        lambda: doors.prolong(door, doors.usual_end(), Act(participant)),
        lambda: doors.renew_link(door, Act(participant)),
    ):
        with pytest.raises(Refused):
            operation()


def test_prolonging_asks_tells_and_keeps_the_link(signed_in, coordinator, period):
    door = build_door(period=period, ends_on=timezone.localdate() - dt.timedelta(days=3))
    client = signed_in(coordinator)
    address = read(client.get(door.get_absolute_url())).links["Verlängern"]
    until = timezone.localdate() + dt.timedelta(days=180)
    client.post(address, {"ends_on": until.isoformat()})
    deliver_due()
    door.refresh_from_db()
    assert (door.ends_on, "Link aus unserer früheren E-Mail gilt weiter" in mail.outbox[0].body) == (until, True)
    [event] = period.events.all()
    assert event.changes == [
        {"field": "ends_on", "old": (timezone.localdate() - dt.timedelta(days=3)).isoformat(), "new": until.isoformat()}
    ]
    assert come_in(client_without_account(), LINK)


def test_a_new_link_ends_the_former_and_who_came_in_by_it(auditor, door, act):
    page = reverse("evidence:audit", args=[door.pk])
    assert auditor.get(page).status_code == 200
    _door, link = doors.renew_link(door, act)
    assert auditor.get(page).status_code == 403
    sent = len(mail.outbox)
    client_without_account().post(LINK)
    assert len(mail.outbox) == sent
    assert come_in(client_without_account(), "/" + link.split("/", 3)[3]).get(page).status_code == 200


def test_closing_ends_what_is_being_read(auditor, door, signed_in, coordinator):
    page = reverse("evidence:audit_runs", args=[door.pk])
    assert auditor.get(page).status_code == 200
    client = signed_in(coordinator)
    client.post(read(client.get(door.get_absolute_url())).links["Beenden"])
    assert read(auditor.get(page), 403).headings == ["Zugang nicht geöffnet"]
    assert auditor.post(page, {"text": "Noch etwas?"}).status_code == 403
    door.refresh_from_db()
    assert (door.closed_by, door.questions.count()) == (coordinator, 0)


def test_a_closed_door_stays_closed(door, act):
    closed = doors.close(door, act)
    assert doors.close(door, act).closed_at == closed.closed_at
    with pytest.raises(Refused):
        doors.prolong(door, doors.usual_end(), act)
    with pytest.raises(Refused):
        doors.renew_link(door, act)
    assert [event.what for event in door.period.events.all()] == ["door_closed"]


def test_a_mail_that_waits_says_nothing_of_a_door_that_was_closed(period, act):
    door, _link = doors.open_door(period, values(), act)
    doors.renew_link(door, act)
    assert deliver_due() == 2
    assert len(mail.outbox) == 1  # the link that was replaced is not sent
    doors.prolong(door, doors.usual_end() + dt.timedelta(days=5), act)
    doors.close(door, act)
    deliver_due()
    assert len(mail.outbox) == 1


def test_the_words_of_the_mail_can_be_read_before_and_changed(signed_in, coordinator, period, act):
    client = signed_in(coordinator)
    preview = reverse("trainings:message_text_preview", args=["auditor_link", "de"])
    assert "Vielfalt im Dienst (AMIF-2037-01)" in client.get(preview).content.decode()
    address = reverse("trainings:message_text", args=["auditor_link", "en"])
    assert "You are auditing" in client.get(address).content.decode()
    client.post(address, {"version": "0", "closing": "Call {contact_phone} at any time."})
    doors.open_door(period, values(language="en"), act)
    deliver_due()
    assert "Call 0261 000-000 at any time." in mail.outbox[0].body
    assert "Access to the evidence" in mail.outbox[0].subject
