"""What somebody reads and may do who has only a link from a mail: approve, answer an offer, cancel."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.builders import build_course, build_person, build_registration, build_run, in_days
from tests.pages import read
from trainings import mails
from trainings.models import Registration, RegistrationEvent

pytestmark = pytest.mark.django_db

CHIEF = "chef@mayen.example"


def path(purpose, registration, email=""):
    return urlsplit(mails.link_url(purpose, registration, email)).path


@pytest.fixture
def asked(participant):
    run = build_run(build_course("Vielfalt im Amt"), approval="required")
    return build_registration(run, participant, "requested", supervisor_email=CHIEF, needs="Rampe")


@pytest.fixture
def offered(participant):
    return build_registration(build_run(build_course("Vielfalt im Amt")), participant, "offered")


def note_of(registration):
    return [
        (event.from_status, event.to_status, event.channel, event.actor_email, event.reason)
        for event in RegistrationEvent.objects.filter(registration=registration)
    ]


# --- Approval -------------------------------------------------------------------------------------


def test_the_supervisor_sees_who_and_what_but_no_needs(client, asked):
    page = read(client.get(path("approval", asked, CHIEF)))
    assert page.headings == ["Freigabe: Vielfalt im Amt", "Freigeben", "Ablehnen", "An eine Vertretung geben"]
    for words in ["Ayşe Yıldız", "Stadtverwaltung Mayen", "Mitarbeitende", "9:00–16:30 Uhr", "gehalten"]:
        assert words in page.text
    assert "Rampe" not in page.text
    assert [form["act"] for form in page.forms if "act" in form] == ["approve", "decline", "hand_over"]


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("purpose", ["approval", "offer", "cancel"])
def test_opening_a_link_changes_nothing_and_is_kept_nowhere(client, asked, offered, purpose, method):
    registration = offered if purpose == "offer" else asked
    address = path(purpose, registration, CHIEF if purpose == "approval" else "")
    for _time in range(3):
        response = getattr(client, method)(address)
        assert response.status_code == 200
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers["Referrer-Policy"] == "same-origin"
    assert RegistrationEvent.objects.count() == 0
    assert sorted(Registration.objects.values_list("status", flat=True)) == ["offered", "requested"]


@pytest.mark.parametrize("word", ["freigabe", "angebot", "abmelden"])
def test_forged_links_and_those_of_another_purpose_are_not_found(client, asked, word):
    token = mails.link_token("approval" if word != "freigabe" else "cancel", asked, CHIEF)
    for forged in [token, token[:-1] + ("A" if token[-1] != "A" else "B"), "unfug"]:
        assert client.get(f"/{word}/{forged}/").status_code == 404
        assert client.post(f"/{word}/{forged}/", {"act": "approve"}).status_code == 404


def test_approving_confirms_the_place_and_the_link_says_so(client, asked):
    address = path("approval", asked, CHIEF)
    response = client.post(address, {"act": "approve"}, follow=True)
    assert response.redirect_chain == [(address, 302)]
    assert "Die Freigabe ist erteilt." in read(response).text
    asked.refresh_from_db()
    assert asked.status == "confirmed"
    assert note_of(asked) == [("requested", "confirmed", "link", CHIEF, "")]
    again = read(client.post(address, {"act": "decline", "reason": "doch nicht"}))
    assert "Die Freigabe ist erteilt." in again.text
    asked.refresh_from_db()
    assert asked.status == "confirmed"


def test_declining_needs_a_reason(client, asked):
    address = path("approval", asked, CHIEF)
    assert read(client.post(address, {"act": "decline", "reason": " "})).errors == [
        "Bitte nennen Sie den Grund; die angemeldete Person möchte ihn wissen."
    ]
    asked.refresh_from_db()
    assert asked.status == "requested"
    page = read(client.post(address, {"act": "decline", "reason": "Personalmangel"}, follow=True))
    assert "Die Freigabe ist abgelehnt." in page.text
    asked.refresh_from_db()
    assert (asked.status, note_of(asked)) == (
        "declined",
        [("requested", "declined", "link", CHIEF, "Personalmangel")],
    )


def test_handing_over_ends_the_link_and_the_deputy_decides(client, asked):
    address = path("approval", asked, CHIEF)
    refused = read(client.post(address, {"act": "hand_over", "email": "x@anderswo.example"}), 409)
    assert refused.alerts == [
        "Das ist nicht möglich Diese Adresse gehört nicht zu Stadtverwaltung Mayen. "
        "Bitte geben Sie eine dienstliche Adresse an."
    ]
    page = read(client.post(address, {"act": "hand_over", "email": "Vertretung@mayen.example"}, follow=True))
    assert "Diese Anfrage ist an jemand anderen übergeben." in page.text
    client.post(address, {"act": "approve"})
    asked.refresh_from_db()
    assert (asked.status, asked.supervisor_email) == ("requested", "vertretung@mayen.example")
    client.post(path("approval", asked, "vertretung@mayen.example"), {"act": "approve"})
    asked.refresh_from_db()
    assert asked.status == "confirmed"


def test_after_the_time_the_page_says_so(client, asked):
    address = path("approval", asked, CHIEF)
    with time_machine.travel(asked.held_until, tick=False):
        for response in [client.get(address), client.post(address, {"act": "approve"})]:
            assert "Die Frist für diese Anfrage ist abgelaufen" in read(response).text
    asked.refresh_from_db()
    assert asked.status == "requested"


def test_the_check_against_forged_requests_stays_on(asked):
    client = Client(enforce_csrf_checks=True)
    assert client.post(path("approval", asked, CHIEF), {"act": "approve"}).status_code == 403
    asked.refresh_from_db()
    assert asked.status == "requested"


# --- Offers ---------------------------------------------------------------------------------------


def test_accepting_an_offer_by_link(client, offered):
    address = path("offer", offered)
    page = read(client.get(address))
    assert page.headings == ["Freier Platz: Vielfalt im Amt", "Zusagen", "Absagen"]
    assert "es bleiben 23 Stunden" in page.text
    page = read(client.post(address, {"act": "accept"}, follow=True))
    assert "Sie haben einen Platz." in page.text
    offered.refresh_from_db()
    assert (offered.status, note_of(offered)) == ("confirmed", [("offered", "confirmed", "link", "", "")])


def test_accepting_where_an_approval_is_needed_says_it_is_asked_for(client, participant):
    run = build_run(approval="required")
    offered = build_registration(run, participant, "offered", supervisor_email=CHIEF)
    page = read(client.post(path("offer", offered), {"act": "accept"}, follow=True))
    assert "Die Freigabe ist angefragt" in page.text
    offered.refresh_from_db()
    assert offered.status == "requested"


def test_declining_an_offer_by_link(client, offered):
    page = read(client.post(path("offer", offered), {"act": "decline", "reason": "krank"}, follow=True))
    assert "Diese Anmeldung ist abgelehnt" in page.text
    offered.refresh_from_db()
    assert (offered.status, note_of(offered)) == ("declined", [("offered", "declined", "link", "", "krank")])


def test_a_lapsed_offer_says_so(client, offered):
    with time_machine.travel(offered.held_until, tick=False):
        assert "Dieses Angebot ist abgelaufen." in read(client.post(path("offer", offered), {"act": "accept"})).text
    offered.refresh_from_db()
    assert offered.status == "offered"


def test_who_was_called_takes_the_place_and_the_next_one_hears_why_not(client, participant):
    run = build_run(starts_at=timezone.now() + dt.timedelta(hours=30), capacity=1)
    called = timezone.now() - dt.timedelta(minutes=5)
    first = build_registration(run, participant, "waitlisted", called_at=called)
    second = build_registration(run, build_person(), "waitlisted", called_at=called)
    assert "wer zuerst zusagt, hat ihn" in read(client.get(path("offer", second))).text
    page = read(client.post(path("offer", first), {"act": "claim"}, follow=True))
    assert "Sie haben einen Platz." in page.text
    assert "Jemand war schneller" in read(client.get(path("offer", second))).text
    assert "Jemand war schneller" in read(client.post(path("offer", second), {"act": "claim"}), 409).alerts[0]
    assert [Registration.objects.get(pk=row.pk).status for row in (first, second)] == ["confirmed", "waitlisted"]


# --- Cancelling -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["confirmed", "waitlisted", "requested"])
def test_cancelling_by_link(client, participant, status):
    registration = build_registration(build_run(capacity=1), participant, status)
    address = path("cancel", registration)
    form = read(client.get(address)).form("reason") | {"reason": "krank"}
    page = read(client.post(address, form, follow=True))
    assert "Sie sind abgemeldet." in page.text
    registration.refresh_from_db()
    assert (registration.status, note_of(registration)) == ("cancelled", [(status, "cancelled", "link", "", "krank")])


def test_cancelling_too_late_says_whom_to_call(client, participant, settings):
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    registration = build_registration(build_run(cancellation_closes_on=yesterday), participant)
    address = path("cancel", registration)
    page = read(client.get(address))
    assert settings.CONTACT_PHONE in page.text
    assert "Jetzt abmelden" not in page.text
    assert read(client.post(address, {"act": "cancel", "reason": ""}), 409).alerts != []
    registration.refresh_from_db()
    assert registration.status == "confirmed"


def test_what_has_ended_otherwise_says_so(client, participant):
    registration = build_registration(build_run(starts_at=in_days(5)), participant, "expired")
    assert "Diese Anmeldung ist bereits beendet: verfallen." in read(client.get(path("cancel", registration))).text
