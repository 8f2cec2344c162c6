"""Do the limits of the sign-in stop an attacker, and nobody else: no room of people, no owner of a mailbox?"""

import re

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import codes, people
from accounts.limits import Limit, network
from accounts.models import User
from tests import builders

pytestmark = pytest.mark.django_db

SIGN_IN, CODE = "/anmelden/", "/anmelden/code/"
HOME, ATTACKER, OFFICE = "192.0.2.1", "198.51.100.7", "203.0.113.5"


@pytest.fixture(autouse=True)
def not_the_demo(settings):
    settings.DEMO = False


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-23 08:00:00+00:00", tick=False) as traveller:
        yield traveller


class Browser(Client):
    """As a browser is: with the cookies of this site, and a token in every form."""

    def __init__(self, address: str = HOME) -> None:
        super().__init__(enforce_csrf_checks=True, REMOTE_ADDR=address)

    def send(self, url: str, **data: str):
        page = self.get(SIGN_IN).content.decode()
        [token, *_others] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        return self.post(url, {**data, "csrfmiddlewaretoken": token})

    def ask(self, email: str):
        return self.send(SIGN_IN, email=email)

    def enter(self, code: str) -> bool:
        self.answer = self.send(CODE, code=code, action="verify")
        return "_auth_user_id" in self.session

    @property
    def refusal(self) -> str:
        return str(self.answer.context["form"].errors)


def newest(to: str) -> str:
    body = next(str(sent.body) for sent in reversed(mail.outbox) if sent.to == [to])
    [code] = re.findall(r"^([B-Z]{4}(?:-[B-Z]{4})+)$", body, re.MULTILINE)
    return code


def mails_to(person: User) -> int:
    return sum(sent.to == [person.email] for sent in mail.outbox)


# --- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_forty_people_in_one_room_sign_in_within_a_minute(clock, agency):
    known = [builders.build_person(f"person{number}@mayen.example") for number in range(30)]
    room = [person.email for person in known] + [f"neu{number}@mayen.example" for number in range(10)]
    browsers = [Browser(OFFICE) for _person in room]
    for browser, email in zip(browsers, room, strict=True):
        assert browser.ask(email)["Location"] == CODE
        clock.shift(0.6)
    for browser, email in zip(browsers, room, strict=True):
        assert not browser.enter("WRNG-WRNG")  # everybody mistypes it once
        assert browser.enter(newest(email))
        clock.shift(0.6)


@pytest.mark.slow
def test_a_flood_from_one_network_is_stopped_and_others_go_on(clock, participant):
    asked = [
        Browser(ATTACKER).ask(f"opfer{number}@mayen.example").status_code for number in range(codes.NETWORK[0].most)
    ]
    assert set(asked) == {302}
    refused = Browser(ATTACKER).ask("noch-eins@mayen.example")
    assert "Aus Ihrem Netz wurden gerade" in str(refused.context["form"].errors["email"])
    assert not User.objects.filter(email="noch-eins@mayen.example").exists()
    assert Browser(HOME).ask(participant.email).status_code == 302
    clock.shift(61)
    assert Browser(ATTACKER).ask("noch-eins@mayen.example").status_code == 302


def test_one_browser_waits_a_minute_and_is_told_so(clock, participant, other_participant):
    browser = Browser()
    assert [browser.ask(participant.email).status_code for _time in range(4)] == [302, 302, 302, 200]
    response = browser.ask("Yildiz+x@mayen.example")  # the same mailbox
    assert "in 1 Minute erneut" in str(response.context["form"].errors["email"])
    assert browser.ask(other_participant.email).status_code == 302
    assert Browser().ask(participant.email).status_code == 302
    clock.shift(61)
    assert browser.ask(participant.email).status_code == 302


def test_networks_of_ipv6_and_proxies(settings, rf):
    assert network("2001:db8::1") == network("2001:db8:0:0:ffff::1") != network("2001:db8:0:1::1")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") != network("192.0.2.2")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    request = rf.get("/", headers={"X-Forwarded-For": f"{HOME}, {ATTACKER}, {OFFICE}"})
    assert codes.client_address(request) == ATTACKER  # what stands before came from the client, who may write anything


# --- Where the code goes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["yildiz+x@mayen.example", "YILDIZ@mayen.example", "yil\u200bdiz+@mayen.example"])
def test_the_code_goes_to_the_accounts_own_address(participant, typed):
    browser = Browser()
    browser.ask(typed)
    assert [sent.to for sent in mail.outbox] == [[participant.email]]
    browser.send(CODE, action="resend")
    assert [sent.to for sent in mail.outbox] == [[participant.email]] * 2
    assert browser.enter(newest(participant.email))
    assert browser.session["_auth_user_id"] == str(participant.pk)


def test_a_tag_is_no_account_of_its_own_and_the_mailbox_keeps_its_owner(clock):
    Browser(ATTACKER).ask("anna+x@mayen.example")
    assert [(person.email, sent.to) for person in User.objects.all() for sent in mail.outbox] == [
        ("anna@mayen.example", ["anna@mayen.example"])
    ]
    browser = Browser(HOME)
    browser.ask("anna@mayen.example")
    assert (browser.enter(newest("anna@mayen.example")), User.objects.count()) == (True, 1)


def test_an_account_that_went_into_another_leads_there(participant, other_participant):
    people.end(other_participant, by=None)
    User.objects.filter(pk=other_participant.pk).update(merged_into=participant)
    browser = Browser()
    browser.ask(other_participant.email)
    assert browser.enter(newest(participant.email))
    assert browser.session["_auth_user_id"] == str(participant.pk)


def what_is_seen(email: str) -> list[object]:
    """Everything an outsider sees who asks for a code until it is refused, and types wrong ones."""
    seen: list[object] = []
    for browser in [Browser(ATTACKER) for _number in range(5)]:
        for _time in range(4):
            response = browser.ask(email)
            seen.append((response.status_code, response.get("Location")))
            seen += [browser.enter("WRNG-WRNG") for _code in range(2)]
            seen.append(text_of(browser.get(CODE), email))
        browser.send(CODE, action="resend")
        seen.append(text_of(browser.get(CODE), email))
        browser.enter("WRNG-WRNG")
        seen.append(text_of(browser.answer, email))
    return seen


def text_of(response, email: str) -> str:
    page = response.content.decode().replace(email, "EMAIL")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


@pytest.mark.slow
def test_nobody_learns_who_has_an_account(clock, participant, other_participant):
    people.end(other_participant, by=None)
    known = ["yildiz@mayen.example", "weber@bendorf.example", "nobody@mayen.example"]
    tagged = [email.replace("@", "+x@") for email in known]
    seen = [what_is_seen(email) for email in known]
    assert seen[0] == seen[1] == seen[2]
    clock.shift(2 * 24 * 3600)
    seen = [what_is_seen(email) for email in tagged]
    assert seen[0] == seen[1] == seen[2]


# --- Nobody keeps others out ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_attacker_from_one_network_neither_fills_the_mailbox_nor_keeps_its_owner_out(clock, participant):
    for number in range(60):
        Browser(ATTACKER).ask(f"yildiz+{number}@mayen.example")
    assert mails_to(participant) == codes.MAILS_BY_NETWORK.most + 1
    owner = Browser(HOME)
    owner.ask(participant.email)
    assert mails_to(participant) == codes.MAILS_BY_NETWORK.most + 2  # at once, as if nothing had happened
    assert owner.enter(newest(participant.email))


@pytest.mark.slow
def test_many_networks_neither_fill_the_mailbox_nor_keep_its_owner_out(clock, participant):
    for _quarter in range(10):
        for number in range(15):
            Browser(f"198.51.100.{number}").ask(participant.email)
        clock.shift(15 * 60)
    assert mails_to(participant) == codes.MAILS.most + 10
    Browser("198.51.100.99").ask(participant.email)
    owner, before = Browser(HOME), mails_to(participant)
    owner.ask(participant.email)
    assert owner.enter(newest(participant.email))
    assert mails_to(participant) in {before, before + 1}


def test_the_code_mailed_before_holds_in_every_browser_until_it_is_used(clock, participant):
    for number in range(codes.MAILS.most + 1):
        Browser(f"198.51.100.{number}").ask(participant.email)
    first, second, sent = Browser(HOME), Browser(OFFICE), mails_to(participant)
    first.ask(participant.email)
    second.ask(participant.email)
    assert mails_to(participant) == sent
    code = newest(participant.email)
    assert not first.enter("WRNG-WRNG")
    assert first.enter(code)
    assert not second.enter(code)
    third = Browser(OFFICE)  # and the owner, elsewhere, need not wait either
    third.ask(participant.email)
    assert (mails_to(participant), third.enter(newest(participant.email))) == (sent + 1, True)


@pytest.mark.slow
def test_a_colleague_behind_the_same_address_keeps_nobody_out(clock, participant):
    for _number in range(20):
        Browser(OFFICE).ask(participant.email)
    owner = Browser(OFFICE)
    assert owner.ask(participant.email).status_code == 302
    assert owner.enter(newest(participant.email))


# --- Guessing ---------------------------------------------------------------------------------------------------------


def guess(address: str, email: str, times: int = 3) -> None:
    browser = Browser(address)
    browser.ask(email)
    for _code in range(times):
        browser.enter("WRNG-WRNG")


def test_three_wrong_codes_end_a_pending_one(clock, participant):
    browser = Browser()
    browser.ask(participant.email)
    for _time in range(3):
        assert not browser.enter("WRNG-WRNG")
    assert not browser.enter(newest(participant.email))


@pytest.mark.slow
def test_after_wrong_codes_the_mailbox_needs_longer_ones_and_its_owner_gets_them(clock, participant):
    owner = Browser(HOME)
    owner.ask(participant.email)
    short = newest(participant.email)
    for number in range(codes.WRONG.most // 3 + 1):
        guess(f"198.51.100.{number}", f"yildiz+{number}@mayen.example")
    assert not owner.enter(short)
    assert "Es wurden zu viele falsche eingegeben" in owner.refusal
    owner.send(CODE, action="resend")
    long = newest(participant.email)
    assert (len(short), len(long)) == (9, 19)
    for number in range(30):
        guess(f"198.51.100.{number}", participant.email)
    assert owner.enter(long)
    clock.shift(24 * 3600 + 1)
    Browser(HOME).ask(participant.email)
    assert len(newest(participant.email)) == 9


@pytest.mark.slow
def test_the_short_code_that_is_shared_ends_as_well(clock, participant):
    for number in range(codes.MAILS.most + 1):
        Browser(f"198.51.100.{number}").ask(participant.email)
    owner = Browser(HOME)
    owner.ask(participant.email)
    short = newest(participant.email)
    for number in range(codes.WRONG.most // 3 + 1):
        guess(f"198.51.100.{number}", participant.email)
    assert not owner.enter(short)
    owner.send(CODE, action="resend")
    assert owner.enter(newest(participant.email))


# --- The counting -----------------------------------------------------------------------------------------------------


def test_a_limit_slides_and_says_how_long(clock):
    limit = Limit("test", 2, 60)
    assert [limit.take("a"), limit.seconds_left("a")] == [True, 0]
    clock.shift(20)
    assert [limit.take("a"), limit.take("a"), limit.is_reached("a"), limit.seconds_left("a")] == [True, False, True, 40]
    assert limit.take("b")
    clock.shift(41)
    assert [limit.take("a"), limit.take("a"), limit.seconds_left("a")] == [True, False, 19]


def test_a_limit_is_kept_in_the_table_that_processes_share(settings, clock):
    from django.core.management import call_command  # noqa: PLC0415

    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": settings.CACHE_OPTIONS,
        }
    }
    call_command("createcachetable", verbosity=0)
    limit = Limit("test", 10, 24 * 3600)
    assert [limit.take("a") for _time in range(11)] == [True] * 10 + [False]
    for other in range(400):  # Django's own number of entries is 300
        Limit("other", 1, 600).take(other)
    clock.shift(23 * 3600)
    assert limit.is_reached("a")
    assert timezone.now().hour == 7
