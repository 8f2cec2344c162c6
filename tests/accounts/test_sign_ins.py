"""Where is one signed in, and does ending it end it, wherever sessions are kept?"""

import datetime as dt
import json
import logging
import time

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import people, sign_ins
from accounts.models import AuditEvent, SignIn, User
from tests.pages import read
from trainings import retention

pytestmark = pytest.mark.django_db

PAGE, IDLE = "/konto/anmeldungen/", "/koordination/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ENGINES = ["django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cache"]


@pytest.fixture(params=ENGINES)
def engine(request, settings) -> str:
    """The two that are used: the second after the project has ended."""
    settings.SESSION_ENGINE = request.param
    return request.param


def browser_of(person: User, **headers: str) -> Client:
    client = Client(headers=headers)
    client.post("/anmelden/demo/", {"person": person.pk})
    return client


def is_in(client: Client) -> bool:
    return client.get("/meine-schulungen/").status_code == 200


def test_one_sees_where_one_is_signed_in(engine, participant, other_participant):
    here, there = browser_of(participant), browser_of(participant, user_agent=FIREFOX)
    browser_of(other_participant)
    page = read(here.get(PAGE))
    assert "Linux · Firefox, eingeloggt am" in page.text
    assert (page.text.count("eingeloggt am"), page.text.count("(hier)")) == (2, 1)
    assert is_in(there)


def test_what_is_kept_says_neither_address_nor_version(participant):
    browser_of(participant, user_agent=FIREFOX)
    kept = {field.name: str(getattr(SignIn.objects.get(), field.name)) for field in SignIn._meta.fields}
    assert sorted(kept) == ["at", "device", "id", "person", "session_key"]
    assert kept["device"] == "Linux · Firefox"


def test_one_other_is_ended(engine, participant):
    here, there, third = (browser_of(participant) for _browser in range(3))
    key = there.cookies["sessionid"].value
    here.post(PAGE, {"sign_in": SignIn.objects.get(session_key=key).pk})
    assert [is_in(here), is_in(there), is_in(third)] == [True, False, True]


def test_all_others_are_ended(engine, participant, other_participant):
    here, there, third = (browser_of(participant) for _browser in range(3))
    somebody = browser_of(other_participant)
    here.post(PAGE, {"others": "1"})
    assert [is_in(here), is_in(there), is_in(third), is_in(somebody)] == [True, False, False, True]
    ended = AuditEvent.objects.get(what="sessions_ended")
    assert (ended.by, ended.person, ended.about) == (participant, participant, "2")


@pytest.mark.parametrize("number", ["", "0", "x", "99999999", "²"])
def test_nothing_else_is_ended(participant, other_participant, number):
    here, theirs = browser_of(participant), browser_of(other_participant)
    own, foreign = (SignIn.objects.get(person=person).pk for person in (participant, other_participant))
    for asked in (number, own, foreign):
        assert here.post(PAGE, {"sign_in": asked}).status_code == 404
    assert [is_in(here), is_in(theirs)] == [True, True]


def test_an_operation_ends_all_of_them_also_those_nobody_noted(engine, participant, coordinator):
    noted, begun_before = browser_of(participant), browser_of(participant)
    SignIn.objects.filter(session_key=begun_before.cookies["sessionid"].value).delete()
    stale = User.objects.get(pk=participant.pk)

    assert sign_ins.end_sessions(stale, coordinator) == 1
    assert [is_in(noted), is_in(begun_before)] == [False, False]
    stale.save()  # by the operation that ended them, of the whole row
    assert [is_in(noted), is_in(begun_before)] == [False, False]
    assert is_in(browser_of(participant))


@pytest.mark.parametrize(
    "values", [{"email": "neu@mayen.example"}, {"role": User.Role.COORDINATOR}, {"is_active": False}]
)
def test_another_address_role_or_standing_ends_them(engine, participant, coordinator, values):
    client = browser_of(participant)
    people.change(participant, {"phone": "0261 000-222"}, by=coordinator)
    assert is_in(client)
    people.change(participant, values, by=coordinator)
    assert not is_in(client)


def test_who_has_left_is_signed_in_nowhere(engine, participant, coordinator):
    client = browser_of(participant)
    people.end(participant, by=coordinator)
    assert not is_in(client)
    people.reopen(participant, by=coordinator)
    assert not is_in(client)


def test_signing_out_takes_the_row_along(participant):
    client = browser_of(participant)
    client.post("/abmelden/")
    assert SignIn.objects.count() == 0


def test_rows_of_sessions_that_ran_out_are_deleted(participant, other_participant):
    browser_of(participant)
    SignIn.objects.update(at=timezone.now() - dt.timedelta(days=2))  # used again and again
    browser_of(other_participant)
    assert retention.clean_up()["sign_ins"] == 0
    assert retention.clean_up(timezone.now() + dt.timedelta(hours=13))["sign_ins"] == 0  # the sessions are still there
    with time_machine.travel(time.time() + 13 * 3600):
        assert retention.clean_up()["sign_ins"] == 2
    assert SignIn.objects.count() == 0


def test_after_the_project_only_the_line_is_written(settings, participant, caplog):
    settings.SITE_READ_ONLY = True
    settings.SESSION_ENGINE = ENGINES[1]
    with caplog.at_level(logging.INFO, "audit"):
        browser_of(participant)
    assert [SignIn.objects.count(), AuditEvent.objects.count()] == [0, 0]
    [line] = [record.message for record in caplog.records if record.name == "audit"]
    assert [json.loads(line)["what"], json.loads(line)["by"]] == ["signed_in", participant.pk]


# --- Idle end -------------------------------------------------------------------------------------


def test_a_coordinator_who_was_away_signs_in_again_and_comes_back(engine, coordinator):
    with time_machine.travel(time.time()) as clock:
        client = browser_of(coordinator)
        for _page in range(3):
            clock.shift(50 * 60)
            assert client.get(IDLE).status_code == 200
        clock.shift(62 * 60)
        assert client.get(IDLE).url == f"/anmelden/?next={IDLE}"


def test_who_marks_attendance_is_not_away(coordinator, run):
    with time_machine.travel(time.time()) as clock:
        client = browser_of(coordinator)
        for _mark in range(3):
            clock.shift(50 * 60)
            client.post(reverse("trainings:attendance_taps", args=[run.sessions.get().pk]), {})
        assert client.get(IDLE).status_code == 200


def test_others_may_be_away(engine, participant):
    with time_machine.travel(time.time()) as clock:
        client = browser_of(participant)
        assert is_in(client)
        clock.shift(5 * 3600)
        assert is_in(client)


@pytest.mark.slow
def test_no_session_of_a_coordinator_outlives_the_day(engine, coordinator):
    with time_machine.travel(time.time()) as clock:
        client = browser_of(coordinator)
        for _page in range(14):
            clock.shift(50 * 60)
            client.get(IDLE)
        clock.shift(30 * 60)
        assert client.get(IDLE).status_code == 302


def test_it_is_a_setting(coordinator, settings):
    settings.COORDINATOR_IDLE_MINUTES = 0
    with time_machine.travel(time.time()) as clock:
        client = browser_of(coordinator)
        client.get(IDLE)
        clock.shift(5 * 3600)
        assert client.get(IDLE).status_code == 200


def test_what_somebody_wrote_meanwhile_is_shown_to_them(coordinator, run):
    client = browser_of(coordinator)
    address = f"/koordination/termine/{run.pk}/absagen/"
    client.get(address)  # sets the cookie of the form's token
    client.cookies.pop("sessionid")  # as browsers do when its time is over
    response = client.post(
        address,
        {"reason": "Hochwasser & <b>Sturm</b>\nauf der B9", "csrfmiddlewaretoken": "x", "capacity": "12"},
        headers={"referer": f"http://testserver{address}"},
    )
    page = read(response, 403)
    assert page.headings == ["Sie sind nicht mehr eingeloggt", "Ihre Texte"]
    assert "Hochwasser & <b>Sturm</b> auf der B9" in page.text
    assert page.links["Einloggen und zurück zum Formular"] == f"/anmelden/?next={address}"
    assert response["Cache-Control"] == "no-store"
