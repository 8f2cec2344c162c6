"""Who gets in? Whoever has the link and reads the mailbox; with the link alone nobody."""

import datetime as dt
import re
import time
from types import SimpleNamespace

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from config.redaction import redacted
from evidence import doors
from evidence.doors import entering
from evidence.models import DoorLook
from tests.evidence.builders import TOKEN, build_door, build_period
from tests.evidence.doors.conftest import CODE, LINK, code_mailed, come_in
from tests.pages import read
from trainings.acts import Act

pytestmark = pytest.mark.django_db
NOWHERE = reverse("evidence:door_link", args=["y" * 43])


def overview(door) -> str:
    return reverse("evidence:audit", args=[door.pk])


def test_opening_the_link_does_nothing(client, door):
    """Mail scanners open every link, and some follow those on the page."""
    page = read(client.get(LINK))
    client.head(LINK)
    for address in page.links.values():
        client.get(address)
    assert (mail.outbox, DoorLook.objects.count(), AuditEvent.objects.count()) == ([], 0, 0)
    assert page.headings == ["Zugang zur Prüfung von Nachweisen"]
    assert [client.get(overview(door)).status_code, client.cookies.get(doors.COOKIE)] == [403, None]


def test_link_and_code_open_the_door_for_eight_hours(door):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = come_in(Client())
        cookie = client.cookies[doors.COOKIE]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (overview(door), True, "Lax")
        clock.shift(dt.timedelta(hours=8, seconds=-5))
        assert client.get(overview(door)).status_code == 200
        clock.shift(dt.timedelta(seconds=10))
        client.cookies[doors.COOKIE]["max-age"] = ""  # a browser that keeps it longer
        assert client.get(overview(door)).status_code == 403


def test_a_code_opens_once(door):
    client, other = Client(), Client()
    client.post(LINK)
    code = code_mailed()
    assert client.post(CODE, {"code": f" {code[:3]} {code[3:]} "}).status_code == 302
    assert read(other.post(CODE, {"code": code})).errors == ["Dieser Code ist falsch, abgelaufen oder schon benutzt."]


def test_two_with_the_same_code_at_the_same_time_are_one(door, monkeypatch):
    """Both have read the cache before either has taken the code out."""
    doors.mail_code(TOKEN, "192.0.2.1")
    waiting = cache.get(f"door:code:{door.token_sha256}")
    monkeypatch.setattr(entering, "cache", SimpleNamespace(get=lambda _key: waiting, delete=cache.delete))
    entered = [doors.enter(TOKEN, code_mailed(), "192.0.2.1") for _number in range(2)]
    assert entered == [door, None]


def test_a_code_ends_after_a_quarter_of_an_hour_and_with_the_next(door):
    client = Client()
    client.post(LINK)
    first = code_mailed()
    client.post(LINK)
    second = code_mailed()
    assert first == second or client.post(CODE, {"code": first}).status_code == 200
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16), tick=False):
        assert client.post(CODE, {"code": second}).status_code == 200


def test_codes_cannot_be_guessed(door):
    client = Client()
    client.post(LINK)
    right = code_mailed()
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _try in range(5):
        client.post(CODE, {"code": wrong})
    assert client.post(CODE, {"code": right}).status_code == 200  # the code has ended with the fifth
    client.post(LINK)
    for _try in range(4):
        client.post(CODE, {"code": wrong})
    last = client.post(CODE, {"code": code_mailed()})
    assert (last.status_code, "zu viele falsche Codes" in read(last, 429).text) == (429, True)
    assert [event.about for event in AuditEvent.objects.filter(what="code_refused")] == [f"Prüfzugang {door.pk}"] * 10


def test_a_new_link_ends_the_wait_for_who_was_locked_out_by_others(door, coordinator):
    for _try in range(11):
        Client().post(CODE, {"code": "000000"})
    _door, link = doors.renew_link(door, Act(coordinator))
    assert come_in(Client(), "/" + link.split("/", 3)[3])


def test_codes_are_mailed_so_many_times_an_hour(door):
    answers = [Client().post(LINK).status_code for _number in range(6)]
    assert (answers, len(mail.outbox)) == ([302] * 5 + [429], 5)


def told(client: Client, link: str) -> list[object]:
    """All that somebody sees who tries a link."""
    answers = [
        client.get(link),
        client.post(link),
        client.get(f"{link}code/"),
        client.post(f"{link}code/", {"code": "1"}),
    ]
    kept = [(answer.status_code, sorted(answer.headers), sorted(answer.cookies)) for answer in answers]
    token = link.split("/")[2]
    texts = [re.sub(r'value="[\w=-]{64}"', "", answer.content.decode()).replace(token, "") for answer in answers]
    return [kept, texts]


def test_nobody_learns_whether_there_is_a_door(door, coordinator, settings):
    """A link that was never one, one that leads to an open door, and the same after its end."""
    settings.DEMO = False  # which shows the code
    never, is_open = told(Client(), NOWHERE), told(Client(), LINK)
    doors.close(door, Act(coordinator))
    assert never == is_open == told(Client(), LINK)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("token", [TOKEN, "y" * 43])
def test_nobody_learns_it_by_the_time_it_takes(door, monkeypatch, token):
    monkeypatch.setattr(entering, "LEAST", 0.1)
    for work in (lambda: doors.mail_code(token, "192.0.2.1"), lambda: doors.enter(token, "1", "192.0.2.1")):
        start = time.monotonic()
        work()
        assert time.monotonic() - start >= 0.1


def test_a_door_ends_by_itself_at_its_date(door):
    client = come_in(Client())
    after = dt.datetime.combine(door.ends_on + dt.timedelta(days=1), dt.time(0, 1), timezone.get_current_timezone())
    with time_machine.travel(after - dt.timedelta(minutes=2), tick=False):
        assert come_in(Client()).get(overview(door)).status_code == 200
    with time_machine.travel(after, tick=False):
        sent = len(mail.outbox)
        Client().post(LINK)
        assert (len(mail.outbox), client.get(overview(door)).status_code) == (sent, 403)


def test_a_session_is_for_one_door(door):
    other = build_door("z" * 43, period=build_period())
    client = come_in(Client())
    client.cookies[doors.COOKIE]["path"] = "/"  # a browser that does not keep to the path
    assert [client.get(overview(one)).status_code for one in (door, other)] == [200, 403]
    assert client.get(reverse("evidence:audit", args=[999])).status_code == 403


@pytest.mark.parametrize("cookie", ["", "x", "\x00" * 32, "ä" * 32, "x" * 5000, "../" * 12])
def test_a_cookie_that_is_none_opens_nothing(door, cookie):
    assert doors.inside(cookie, door.pk) is None
    doors.end(cookie)


def test_sign_in_and_door_do_not_mix(door, signed_in, coordinator):
    staff = signed_in(coordinator)
    key = staff.cookies["sessionid"].value
    come_in(staff)
    page = staff.get(overview(door))
    assert (coordinator.display_name in page.content.decode(), staff.cookies["sessionid"].value) == (False, key)
    outsider = Client()
    outsider.cookies[doors.COOKIE] = key  # whoever is signed in has no way in by that
    assert outsider.get(overview(door)).status_code == 403
    outsider.cookies["sessionid"] = staff.cookies[doors.COOKIE].value  # nor is who came in signed in by that
    assert outsider.get(reverse("trainings:coordination")).status_code == 302
    staff.post(reverse("evidence:leave_audit", args=[door.pk]))
    assert staff.get(reverse("trainings:coordination")).status_code == 200


def test_leaving_ends_this_session_and_no_other(door):
    here, there = come_in(Client()), come_in(Client())
    kept = here.cookies[doors.COOKIE].value
    here.post(reverse("evidence:leave_audit", args=[door.pk]))
    here.cookies[doors.COOKIE] = kept
    assert [one.get(overview(door)).status_code for one in (here, there)] == [403, 200]


def test_no_other_cookies_and_nothing_kept(auditor, door):
    answer = auditor.get(overview(door))
    assert set(auditor.cookies) <= {doors.COOKIE, "csrftoken"}
    for page in (answer, Client().get(LINK), Client().get(overview(door))):
        assert page["Cache-Control"] == "private, no-store"
        assert page["X-Robots-Tag"] == "noindex, nofollow"
        assert page["Referrer-Policy"] == "same-origin"
        assert 'name="robots" content="noindex, nofollow"' in page.content.decode()


def test_logs_hold_no_link():
    assert redacted(f"GET {CODE} HTTP/1.1") == "GET /pruefzugang/***/code/ HTTP/1.1"
