"""Do codes leave at once, whatever the mail server does, and without a page that waits for it?"""

import datetime as dt
import re
import smtplib
import time

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import sign_in_mails
from accounts.models import SignInMail
from tests.relays import relay
from trainings import health, retention
from trainings.models import WorkerBeat
from trainings.queues import QUEUES

pytestmark = pytest.mark.django_db

KINDS = ["refusing", "hanging", "dripping"]
HELD_UP = "E-Mails gehen gerade nicht hinaus"


@pytest.fixture(autouse=True)
def not_the_demo(settings):
    settings.DEMO = False


def open_lane() -> None:
    """As a worker that stays does: it looks again and again."""
    lane = health.Lane()
    for _look in range(2):
        lane.look(lambda: False)


@pytest.fixture
def lane():
    open_lane()


@pytest.fixture
def relay_of(settings):
    """Puts a relay of this kind in the place of the site's mail server, with little patience."""
    opened = []

    def put(kind: str, timeout: float = 0.3) -> None:
        opened.append(relay(kind))
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = "config.smtp.EmailBackend", "127.0.0.1"
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = opened[-1].__enter__(), timeout

    yield put
    for one in opened:
        one.__exit__(None, None, None)


def ask(client: Client, email: str):
    return client.post("/anmelden/", {"email": email})


def code_in(text: str) -> str:
    [code] = re.findall(r"^([A-Z0-9-]{6,12})$", text, re.MULTILINE)
    return str(code)


def test_a_code_leaves_by_the_lane_and_leaves_nothing_behind(client, participant, lane):
    assert ask(client, participant.email)["Location"] == "/anmelden/code/"
    assert mail.outbox == []
    assert QUEUES["sign-in codes"](lambda: True) == 1
    [sent] = mail.outbox
    assert [sent.to, sent.reply_to, sent.extra_headers] == [
        [participant.email],
        [django_settings.CONTACT_EMAIL],
        {"Auto-Submitted": "auto-generated"},
    ]
    client.post("/anmelden/code/", {"code": code_in(sent.body), "action": "verify"})
    assert client.session["_auth_user_id"] == str(participant.pk)
    assert not SignInMail.objects.exists()


def test_the_mail_is_the_same_with_and_without_the_lane(participant, lane):
    def written(sent) -> tuple[object, ...]:
        [(html, kind)], code = sent.alternatives, code_in(sent.body)
        parts = [part.get_content_type() for part in sent.message().walk()]
        return sent.subject, sent.body.replace(code, ""), html.replace(code, ""), kind, sent.from_email, parts

    ask(Client(), participant.email)
    sign_in_mails.deliver_due()
    WorkerBeat.objects.all().delete()
    ask(Client(), participant.email)
    first, second = mail.outbox
    assert written(first) == written(second)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_page_waits_for_the_relay_and_the_page_says_what_is_the_matter(kind, client, participant, lane, relay_of):
    relay_of(kind, timeout=10)
    began = time.monotonic()
    page = ask(client, participant.email)
    assert time.monotonic() - began < 2, "the page waited for the relay"
    assert HELD_UP not in client.get(page["Location"]).content.decode()

    django_settings.EMAIL_TIMEOUT = 0.3
    began = time.monotonic()
    assert sign_in_mails.deliver_due() == 1
    assert time.monotonic() - began < 3, "the worker waited without end"
    for anybody in (client, Client()):
        if anybody is not client:
            ask(anybody, "niemand@mayen.example")
        shown = anybody.get("/anmelden/code/").content.decode()
        assert HELD_UP in shown
        assert django_settings.CONTACT_PHONE in shown


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_without_a_lane_the_page_waits_for_seconds_and_says_so(kind, client, participant, relay_of, monkeypatch):
    relay_of(kind, timeout=10)
    monkeypatch.setattr(sign_in_mails, "PATIENCE", 0.3)
    began = time.monotonic()
    page = client.get(ask(client, participant.email)["Location"]).content.decode()
    assert time.monotonic() - began < 3
    assert "konnte gerade nicht versendet werden" in page
    assert not SignInMail.objects.exists()


def test_a_code_is_tried_again_until_it_leaves(client, participant, lane, relay_of, settings):
    backend = settings.EMAIL_BACKEND
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(client, participant.email)
        relay_of("refusing")
        for seconds in (0, 5, 10, 20, 40, 60, 60):
            clock.shift(seconds - 1 if seconds else 0)
            assert sign_in_mails.deliver_due() == (0 if seconds else 1)
            clock.shift(1 if seconds else 0)
            assert sign_in_mails.deliver_due() == (1 if seconds else 0)
        number, since = sign_in_mails.waiting(timezone.now())
        assert [number, (timezone.now() - since).total_seconds()] == [1, 195]
        settings.EMAIL_BACKEND = backend
        clock.shift(60)
        assert sign_in_mails.deliver_due() == 1
        assert len(mail.outbox) == 1
        assert sign_in_mails.waiting(timezone.now()) == (0, None)
        assert HELD_UP not in client.get("/anmelden/code/").content.decode()


def test_the_mail_goes_when_its_code_has_ended_or_the_clock_went_wrong(client, participant, lane):
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        ask(client, participant.email)
        clock.shift(15 * 60)
        assert sign_in_mails.deliver_due() == 0
        assert not SignInMail.objects.exists()
        open_lane()
        ask(client, participant.email)
        SignInMail.objects.update(queued_at=now + dt.timedelta(days=1), due_at=now + dt.timedelta(days=1))
        sign_in_mails.deliver_due()
        retention.clean_up()
    assert [mail.outbox, SignInMail.objects.count()] == [[], 0]


def test_what_the_relay_refuses_for_good_is_not_tried_again(client, participant, lane, monkeypatch):
    def refuse(code: int):
        raise smtplib.SMTPRecipientsRefused({participant.email: (code, b"no")})

    for code, left in ((450, 1), (550, 0)):
        monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", lambda _self, code=code: refuse(code))
        SignInMail.objects.all().delete()
        ask(Client(), participant.email)
        assert sign_in_mails.deliver_due() == 1
        assert SignInMail.objects.count() == left


def test_the_desk_hears_of_codes_that_do_not_leave(client, participant, lane):
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        ask(client, participant.email)
        clock.shift(11 * 60)
        assert "1 Code zum Einloggen wurde nicht versandt." in [one.what for one in health.standing_still()]


@pytest.mark.parametrize(("age", "is_open"), [(10, True), (60, False)])
def test_a_lane_that_nobody_looks_at_any_more_is_closed(client, participant, lane, age, is_open):
    WorkerBeat.objects.update(seen_at=timezone.now() - dt.timedelta(seconds=age))
    ask(client, participant.email)
    assert [len(mail.outbox), SignInMail.objects.count()] == ([0, 1] if is_open else [1, 0])


def test_neither_cron_nor_a_worker_of_an_earlier_version_keeps_it_open(client, participant):
    health.beat()  # which has no lane
    health.beat(once=True)
    health.Lane().look(lambda: True)  # once
    ask(client, participant.email)
    assert [len(mail.outbox), SignInMail.objects.count()] == [1, 0]


def test_codes_of_a_mailbox_arrive_in_their_order(participant, lane, relay_of, settings):
    """After an outage the newest must not be followed by one that holds no more."""
    backend = settings.EMAIL_BACKEND
    ask(first := Client(), participant.email)
    relay_of("refusing")
    assert sign_in_mails.deliver_due() == 1
    settings.EMAIL_BACKEND = backend
    ask(first, participant.email)
    codes = [code_in(row.text) for row in SignInMail.objects.order_by("pk")]
    assert sign_in_mails.deliver_due() == 2, "the first one is not due yet"
    assert [code_in(sent.body) for sent in mail.outbox] == codes


def test_one_address_that_is_refused_for_now_is_no_outage(client, participant, lane, monkeypatch):
    def refuse(_self):
        raise smtplib.SMTPRecipientsRefused({participant.email: (450, b"try later")})

    ask(client, participant.email)
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    assert sign_in_mails.deliver_due() == 1
    SignInMail.objects.update(queued_at=timezone.now() - dt.timedelta(minutes=5))
    assert sign_in_mails.waiting(timezone.now()) == (0, None)
    assert HELD_UP not in client.get("/anmelden/code/").content.decode()


def test_after_the_end_of_the_project_the_page_sends_for_it_may_write_nothing(client, participant, lane, settings):
    settings.SITE_READ_ONLY = True
    sign_in_mails.send(
        mail.EmailMultiAlternatives("Betreff", "Text", to=["a@web.example"], alternatives=[("x", "text/html")])
    )
    assert [len(mail.outbox), SignInMail.objects.count()] == [1, 0]
