"""The way from the catalogue to the certificate in the demo world, through the pages and the worker."""

import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db.models import Count
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

import accounts.demo
from accounts.models import TargetGroup, User
from certificates.models import Certificate
from demo import world as demo
from tests.pages import Page, read
from trainings import attendance
from trainings.models import AttendanceRecord, CourseRun, Message, Registration

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NEWCOMER = "keller@vg-mendig.example"


class Browser:
    """Somebody at a screen, who opens addresses and sends forms; signed in by the button the demo offers."""

    def __init__(self, person: User | None = None) -> None:
        self.client = Client(headers={"accept-language": "de"})
        if person:
            assert person in [offered for offered, _role in accounts.demo.people()]
            self.send(reverse("accounts:demo_sign_in"), person=person.pk)

    def open(self, address: str) -> Page:
        return read(self.client.get(address, follow=True))

    def send(self, address: str, **fields: Any) -> Page:
        return read(self.client.post(address, fields, follow=True))


def test_from_the_catalogue_to_the_certificate():
    demo.load()
    full, free, to_record = (CourseRun.objects.get(number=number) for number in ("05-1", "07-1", "06-2"))
    yildiz, weber = (User.objects.get(email=email) for email in (demo.YILDIZ, demo.WEBER))
    find(full)
    take_a_place(free, weber)
    newcomer = join_the_waiting_list(full)
    give_a_place_back(full, weber, next_in_line=yildiz, then=newcomer)
    send_mails()
    mark_attendance(to_record, present={yildiz, weber})
    issue(to_record)
    certificate = Certificate.objects.get(registration__run=to_record, registration__person=yildiz)
    download(certificate, yildiz)
    verify(certificate, yildiz)
    subscribe(yildiz)


def find(full: CourseRun) -> None:
    browser = Browser()
    assert "Grundsensibilisierung „Asyl und Flucht“" in browser.open("/?q=Asyl").headings
    assert "Warteliste (2)" in browser.open(reverse("trainings:course", args=[full.course.slug])).text


def take_a_place(free: CourseRun, weber: User) -> None:
    page = Browser(weber).send(reverse("trainings:register", args=[free.pk]), needs="")
    assert "Sie haben einen Platz" in page.text
    assert registration(free, weber).is_confirmed


def join_the_waiting_list(full: CourseRun) -> User:
    """Somebody new: the code from the mail, name and group, then the place in line."""
    browser, target = Browser(), reverse("trainings:register", args=[full.pk])
    code = re.search(r"Der Code lautet ([\w-]+)\.", browser.send(reverse("account_login"), email=NEWCOMER).text)
    assert code is not None
    browser.send(reverse("account_confirm_login_code"), code=code[1])
    answers = {"first_name": "Jonas", "last_name": "Keller", "group": TargetGroup.STAFF, "language": "de"}
    browser.send(reverse("accounts:profile"), **answers, privacy_notice="on", next=target)
    page = browser.send(target, needs="")
    newcomer = User.objects.get(email=NEWCOMER)
    assert "Position 3" in page.text
    assert registration(full, newcomer).position == 3
    return newcomer


def give_a_place_back(full: CourseRun, weber: User, *, next_in_line: User, then: User) -> None:
    assert registration(full, next_in_line).position == 1
    place = registration(full, weber)
    page = Browser(weber).send(reverse("trainings:cancel", args=[place.pk]), reason="Terminkonflikt")
    assert "Sie sind abgemeldet" in page.text
    moved_up = registration(full, next_in_line)
    assert (moved_up.is_confirmed, moved_up.events.latest("pk").channel) == (True, "automatic")
    assert registration(full, then).position == 2


def send_mails() -> None:
    call_command("worker", once=True, verbosity=0)
    assert not Message.objects.filter(status=Message.Status.QUEUED).exists()
    sent = set(Message.objects.filter(status=Message.Status.SENT).values_list("kind", flat=True))
    assert sent >= {"registered", "waitlisted", "promoted", "cancelled"}


def mark_attendance(run: CourseRun, present: set[User]) -> None:
    """One came an hour late, one did not come, all others are there."""
    browser, session = Browser(run.trainers.get()), run.sessions.get()
    address = reverse("trainings:attendance", args=[session.pk])
    browser.open(address)
    late, absent = [row for row in attendance.expected(session) if row.person not in present][:2]
    fields = {f"status_{late.pk}": "partial", f"late_{late.pk}": 60, f"status_{absent.pk}": "absent"}
    browser.send(address, all_present="1", **fields)
    counted = AttendanceRecord.objects.filter(session=session).values_list("status").annotate(number=Count("pk"))
    assert dict(counted) == {"present": run.registrations.count() - 2, "partial": 1, "absent": 1}


def issue(run: CourseRun) -> None:
    """To all but the one who was absent; the worker prints."""
    Browser(User.objects.get(email=demo.COORDINATOR)).send(reverse("certificates:issue", args=[run.pk]))
    issued = Certificate.objects.filter(registration__run=run)
    assert issued.count() == run.registrations.count() - 1
    call_command("worker", once=True, verbosity=0)
    assert not issued.filter(rendered_at=None).exists()


def download(certificate: Certificate, owner: User) -> None:
    certificate.refresh_from_db()
    browser = Browser(owner)
    assert certificate.number in browser.open(reverse("certificates:list")).text
    pdf = browser.client.get(reverse("certificates:download", args=[certificate.number])).content
    assert (pdf[:4], hashlib.sha256(pdf).hexdigest()) == (b"%PDF", certificate.sha256)


def verify(certificate: Certificate, owner: User) -> None:
    """Anybody with the paper learns that it is valid, and not whose it is."""
    page = Browser().open(reverse("certificates:verify", args=[certificate.code]))
    assert ("gültig" in page.text, owner.last_name in page.text) == (True, False)


def subscribe(person: User) -> None:
    page = Browser(person).send(reverse("trainings:subscribe"), name="Handy", look_back="90", with_waitlisted="on")
    address = urlsplit(page.links["Im Kalenderprogramm öffnen"])
    assert address.scheme == "webcal"
    feed = Calendar.from_ical(Client().get(address.path).content)
    titles = [str(event["SUMMARY"]) for event in feed.walk("VEVENT")]
    assert any("Asyl und Flucht" in title for title in titles), titles


def registration(run: CourseRun, person: User) -> Registration:
    return Registration.objects.active().get(run=run, person=person)
