"""The pages on mails: what a coordinator finds, reads, sends again and writes."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests import builders
from tests.pages import read
from trainings import booking, mails
from trainings.acts import Act
from trainings.mails import outbox
from trainings.models import Announcement, Correspondence, Message
from trainings.views import messages as messages_view

pytestmark = pytest.mark.django_db

LIST = reverse("trainings:messages")
DESK = reverse("trainings:coordination")


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


def told(registration, **fields) -> Message:
    fields = {"kind": "registered", "recipient": registration.person, **fields}
    if fields.get("status") == "sent":
        fields |= {"sent_at": timezone.now(), "to_email": fields.get("to_email") or registration.person.email}
    return Message.objects.create(registration=registration, **fields)


def page_of(message) -> str:
    return reverse("trainings:message", args=[message.pk])


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["Bounced", "Dead", "Sent"]),
        ("?q=dead", ["Dead"]),
        ("?stand=bounced", ["Bounced"]),
        ("?stand=dead", ["Dead"]),
        ("?anlass=promoted", ["Sent"]),
        ("?termin=A-1&stand=sent", ["Bounced", "Sent"]),
        ("?termin=A-2", []),
        ("?termin=gibt-es-nicht", ["Bounced", "Dead", "Sent"]),  # named beside its field, and left out
        ("?anmeldung=999999", ["Bounced", "Dead", "Sent"]),
        (f"?anmeldung={'9' * 30}&nachricht=x&page=0", ["Bounced", "Dead", "Sent"]),
    ],
)
def test_messages_are_found_by_what_one_knows_of_them(client, query, shown):
    run = builders.build_run(number="A-1")
    builders.build_run(number="A-2")
    fields = {"Sent": {"kind": "promoted", "status": "sent"}, "Dead": {"status": "dead"}}
    fields["Bounced"] = {"status": "sent", "bounced_at": timezone.now()}
    for name, what in fields.items():
        told(builders.build_registration(run, builders.build_person(last_name=name)), **what)
    page = read(client.get(LIST + query), 200)
    assert sorted(name for name in fields if f" {name}" in page.text.partition("Zeit")[2]) == shown
    assert ("Einen Termin mit dieser Nummer gibt es nicht." in page.text) == ("gibt-es-nicht" in query)


def test_list_and_page_ask_the_database_as_often_for_thirty_as_for_three(client, run):
    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    def more(number):
        for _ in range(number):
            last = told(builders.build_registration(run), status="sent")
            told(last.registration, status="sent", repeats=last)
        return queries(LIST), queries(page_of(last))

    client.get(LIST)
    assert more(3) == more(30)


def test_what_was_sent_is_read_with_its_secret_cut_short(client, run, participant):
    registration = builders.build_registration(run, participant)
    message = mails.queue("registered", registration)
    outbox.deliver(message.pk)
    response = client.get(page_of(message))
    page = read(response, 200)
    assert "Sie haben einen Platz in dieser Schulung." in page.text
    assert mails.link_token("cancel", registration) not in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"


def test_dead_mail_shows_why_what_would_leave_and_leaves_again(client, run, participant):
    message = told(builders.build_registration(run, participant), status="dead", attempts=5, last_error="Zeitlimit")
    page = read(client.get(page_of(message)), 200)
    assert "Nach 5 Versuchen aufgegeben. Zeitlimit" in page.text
    assert "Sie haben einen Platz in dieser Schulung." in page.text
    assert client.post(reverse("trainings:send_again", args=[message.pk]), {"seen": "0"}).url == page_of(message)
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("queued", 0)


def test_what_is_no_longer_true_is_not_offered_and_refused_when_asked_for(client, run, participant):
    message = told(builders.build_registration(run, participant, "cancelled"), status="sent")
    page = read(client.get(page_of(message)), 200)
    assert "Die E-Mail geht nicht erneut hinaus:" in page.text
    refused = client.post(reverse("trainings:send_again", args=[message.pk]), {"seen": "0"}, follow=True)
    assert "Die E-Mail geht nicht erneut hinaus:" in read(refused, 200).text
    assert Message.objects.count() == 1


def test_text_deleted_after_its_time_leaves_the_fact(client, run, participant):
    message = told(builders.build_registration(run, participant), status="sent", subject="Anmeldung bestätigt: X")
    assert "Der Text ist nach der Frist gelöscht" in read(client.get(page_of(message)), 200).text


def test_free_message_whose_subject_is_deleted_as_well_says_so_and_is_still_found_by_name(client, run, coordinator):
    announcement = Announcement.objects.create(run=run, subject="", text="", written_by=coordinator)
    registration = builders.build_registration(run)
    message = told(registration, kind="announcement", status="sent", announcement=announcement)
    assert "Der Text ist nach der Frist gelöscht" in read(client.get(page_of(message)), 200).text
    run_page = read(client.get(reverse("trainings:coordination_run", args=[run.pk])), 200)
    assert run_page.links["Nachricht der Koordination"] == f"{LIST}?nachricht={announcement.pk}"


# --- The desk ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_address_out_of_order_is_a_task_until_somebody_says_it_works(client, run, participant):
    message = told(builders.build_registration(run, participant), status="sent", bounced_at=timezone.now())
    Correspondence.objects.change(participant, bounced_at=message.bounced_at, bounce_reason="550 unknown")
    assert "yildiz@mayen.example" in (text := read(client.get(DESK), 200).text)
    assert "550 unknown" in text
    run_page = read(client.get(reverse("trainings:coordination_run", args=[run.pk])), 200)
    assert "E-Mails kommen zurück" in run_page.text
    assert client.post(reverse("trainings:address_works", args=[participant.pk])).url == DESK
    assert "yildiz@mayen.example" not in read(client.get(DESK), 200).text
    assert client.post(reverse("trainings:address_works", args=[participant.pk])).status_code == 404


def test_a_changed_address_is_no_longer_marked(client, run, participant):
    message = told(builders.build_registration(run, participant), status="sent", bounced_at=timezone.now())
    Correspondence.objects.change(participant, bounced_at=message.bounced_at)
    User.objects.filter(pk=participant.pk).update(email="neu@mayen.example")
    for address in (DESK, reverse("trainings:coordination_run", args=[run.pk])):
        text = read(client.get(address), 200).text
        assert "E-Mails kommen zurück" not in text
        assert "deren E-Mails zurückkommen" not in text


def test_supervisor_who_never_got_the_request_is_a_task(client, run, participant):
    asked = builders.build_registration(run, participant, "requested", supervisor_email="chef@mayen.example")
    fields = {"kind": "approval_asked", "status": "sent", "recipient": None, "to_email": "chef@mayen.example"}
    told(asked, **fields, bounced_at=timezone.now(), bounce_reason="554 full")
    page = read(client.get(DESK), 200)
    assert "Bitte um Freigabe, die zurückkam" in page.text
    assert "chef@mayen.example: 554 full" in page.text


@pytest.mark.slow
def test_what_the_desk_has_no_room_for_is_one_click_away(client, run, monkeypatch):
    monkeypatch.setattr("trainings.views.desk.MOST_LISTED", 2)
    for is_full in (False, True):
        told(builders.build_registration(run), status="dead", last_error="Zeitlimit")
        assert ("Alle anzeigen" in read(client.get(DESK), 200).text) == is_full
    assert f"{LIST}?stand=dead" in read(client.get(DESK), 200).links.values()


def test_overview_that_was_not_delivered_is_a_task_though_it_tells_of_no_run(client, coordinator):
    digest = Message.objects.create(kind="digest", recipient=coordinator, status="dead", last_error="voll",
                                    details={"since": "2037-03-09T06:00:00+01:00", "until": "2037-03-10T06:00:00+01:00",
                                             "day": "2037-03-10"})  # fmt: skip
    assert page_of(digest) in read(client.get(DESK), 200).links.values()
    assert client.get(page_of(digest)).status_code == 200
    assert client.get(LIST).status_code == 200


# --- Writing ----------------------------------------------------------------------------------------------------------


def written(**fields) -> dict[str, object]:
    return {"key": "0" * 32, "subject": "Anderer\nEingang", "text": "Im Hof.", "audience": "place", **fields}


def test_a_message_is_looked_at_before_it_leaves_and_a_double_click_sends_once(client, run, participant):
    registration = builders.build_registration(run, participant)
    address = reverse("trainings:announce", args=[run.pk])
    page = read(client.post(address, written()), 200)
    assert "An 1 Person" in page.text
    assert "Im Hof." in page.text
    assert not Message.objects.exists()
    [sending] = [form for form in page.forms if "to" in form]
    assert sending["to"] == str(registration.pk)
    for _ in range(2):
        after = client.post(address, {**sending, "send": "1"}, follow=True).content.decode()
        assert "Die Nachricht geht an 1 Person." in after
    assert (Announcement.objects.get().subject, Message.objects.count()) == ("Anderer Eingang", 1)
    run_page = read(client.get(reverse("trainings:coordination_run", args=[run.pk])), 200)
    assert "an 1 Person, versendet: 0" in run_page.text


def test_where_nobody_is_registered_there_is_nothing_to_write(client, run):
    page = read(client.get(reverse("trainings:announce", args=[run.pk])), 200)
    assert "noch niemand angemeldet" in page.text
    assert [form for form in page.forms if "subject" in form] == []


def test_changing_goes_back_with_everything_typed(client, run):
    builders.build_registration(run)
    page = read(client.post(reverse("trainings:announce", args=[run.pk]), written(change="1")), 200)
    [form] = [form for form in page.forms if "subject" in form]
    assert (form["subject"].split(), form["key"]) == (["Anderer", "Eingang"], "0" * 32)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"subject": ""}, "Dieses Feld ist zwingend erforderlich."),
        ({"text": " "}, "Dieses Feld ist zwingend erforderlich."),
        ({"audience": "chosen"}, "Bitte wählen Sie mindestens eine Person aus."),
        ({"audience": "waiting"}, "Diese Nachricht würde niemand erhalten."),
        ({"audience": "chosen", "chosen": ["999999"]}, "999999"),
    ],
)
def test_what_cannot_be_sent_is_said_beside_the_field_and_nothing_typed_is_lost(client, run, fields, error):
    builders.build_registration(run)
    page = read(client.post(reverse("trainings:announce", args=[run.pk]), written(text="Im Hof.") | fields), 200)
    assert any(error in text for text in page.errors), page.errors
    assert not Message.objects.exists()


def test_when_nobody_is_left_of_those_previewed_it_says_so_and_keeps_what_was_typed(client, run):
    fields = written(to=[builders.build_registration(run).pk + 1], send="1")
    page = read(client.post(reverse("trainings:announce", args=[run.pk]), fields), 409)
    assert "Diese Nachricht hätte niemand erhalten." in page.text
    assert [form["text"] for form in page.forms if "text" in form] == ["Im Hof."]
    assert not Announcement.objects.exists()


def test_a_message_goes_to_the_others_when_an_account_was_closed_since_the_preview(client, run):
    gone, stays = builders.build_registration(run), builders.build_registration(run)
    User.objects.filter(pk=gone.person_id).update(is_active=False)
    client.post(reverse("trainings:announce", args=[run.pk]), written(to=[gone.pk, stays.pk], send="1"))
    assert [message.registration for message in Message.objects.all()] == [stays]


def test_who_has_left_since_the_preview_stands_in_the_list_with_a_reason(client, run, coordinator):
    left = builders.build_registration(run)
    booking.cancel(left, Act(coordinator, reason="Anruf"))
    client.post(reverse("trainings:announce", args=[run.pk]), written(to=[left.pk], send="1"))
    mails.deliver_due()
    message = Message.objects.get(kind="announcement")
    page = read(client.get(page_of(message)), 200)
    assert "Nicht versendet: Die Anmeldung hat inzwischen den Status „abgemeldet“." in page.text


def test_people_of_other_runs_are_no_choice(client, run):
    builders.build_registration(run)
    stranger = builders.build_registration(builders.build_run())
    fields = written(audience="chosen", chosen=[stranger.pk])
    page = read(client.post(reverse("trainings:announce", args=[run.pk]), fields), 200)
    assert len(page.errors) == 1
    assert not [form for form in page.forms if "to" in form]


def test_what_was_written_is_one_line_of_subject_and_never_markup(client, run):
    registration = builders.build_registration(run)
    fields = written(subject="Raum\r\nBcc: alle@mayen.example", text="<b>fett</b>", to=[registration.pk])
    address = reverse("trainings:announce", args=[run.pk])
    assert "<b>fett" not in client.post(address, fields).content.decode()
    client.post(address, fields | {"send": "1"})
    mails.deliver_due()
    [one] = mail.outbox
    assert (one.subject, one.bcc) == ("Raum Bcc: alle@mayen.example", [])
    assert "Bcc" not in one.message()
    assert not [content for content, kind in one.alternatives if kind == "text/html" and "<b>fett" in content]


@pytest.mark.parametrize("moments", ["apart", "at once"])
def test_the_list_goes_on_to_the_oldest_and_back(client, run, monkeypatch, moments):
    """Each message once, also where several were queued in one moment, and while new ones arrive."""
    monkeypatch.setattr(messages_view, "AT_ONCE", 2)
    registration, now = builders.build_registration(run), timezone.now()
    made = [
        told(registration, queued_at=now - dt.timedelta(minutes=number if moments == "apart" else 0)).pk
        for number in range(5)
    ]
    newest_first = made if moments == "apart" else made[::-1]
    seen, address = [], LIST + "?anlass=registered"
    while address:
        response = client.get(address)
        seen += [message.pk for message in response.context["page"].rows]
        page = read(response, 200)
        assert ("Zu den neuesten" in page.text) == (seen != newest_first[:2])
        onward = re.search(r'href="([^"]*nach=[^"]*)" rel="next"', response.content.decode())
        address = LIST + onward[1].replace("&amp;", "&") if onward else ""
        told(registration)
    assert seen == newest_first


def test_a_page_after_a_message_that_is_gone_is_the_first(client, run):
    message = told(builders.build_registration(run))
    for after in ["999999", "x", "9" * 30]:
        assert [row.pk for row in client.get(f"{LIST}?nach={after}").context["page"].rows] == [message.pk]
