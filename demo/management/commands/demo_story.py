"""Plays the way from the catalogue to the certificate, through the pages and the worker, and says what happened.

For a throw-away database: ``start.py --once`` makes one. Ends with code 1 at the first step that does not hold.
"""

import re
import textwrap
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ObjectDoesNotExist
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

import accounts.demo
from accounts.models import TargetGroup, User
from certificates.models import Certificate
from demo import world as demo
from trainings import attendance, dates
from trainings.completeness import missing_records
from trainings.models import AttendanceRecord, CourseRun, Message, Registration
from trainings.printing import missing_packages

FULL, FREE, TO_RECORD = "05-1", "07-1", "06-2"
NEWCOMER = "keller@vg-mendig.example"


class DoesNotHold(Exception):
    """A page or the database does not say what the story tells."""


def must(holds: object, otherwise: str) -> None:
    if not holds:
        raise DoesNotHold(otherwise)


class Browser:
    """Somebody at a screen: opens addresses, follows redirects, reads pages."""

    def __init__(self) -> None:
        self.client = Client(headers={"accept-language": "de"})

    def open(self, address: str) -> str:
        return self._page(self.client.get(address, follow=True), address)

    def send(self, address: str, **fields: Any) -> str:
        return self._page(self.client.post(address, fields, follow=True), address)

    def fetch(self, address: str) -> bytes:
        response = self.client.get(address)
        must(response.status_code == 200, f"{address} antwortet mit {response.status_code}.")
        return response.content

    def sign_in(self, person: User) -> None:
        """By the button the demo offers."""
        must(person in accounts.demo.people(), f"{person} steht nicht auf der Anmeldeseite.")
        self.send(reverse("accounts:demo_sign_in"), person=person.pk)

    @staticmethod
    def _page(response: Any, address: str) -> str:
        must(response.status_code == 200, f"{address} antwortet mit {response.status_code}.")
        return str(response.content.decode())


class Story:
    """Each step does one thing a person does, checks that it worked, and returns what happened."""

    def __init__(self) -> None:
        runs = CourseRun.objects.select_related("course", "venue")
        self.full, self.free, self.to_record = (runs.get(number=number) for number in (FULL, FREE, TO_RECORD))
        people = User.objects.select_related("agency")
        self.yildiz, self.weber = (people.get(email=email) for email in (demo.YILDIZ, demo.WEBER))
        self.trainer, self.coordinator = self.to_record.trainers.get(), people.get(email=demo.COORDINATOR)

    def find(self) -> str:
        """Eine Schulung finden"""
        browser = Browser()
        must("Asyl und Flucht" in browser.open("/?q=Asyl"), "Die Suche findet die Schulung nicht.")
        page = browser.open(reverse("trainings:course", args=[self.full.course.slug]))
        label = str(CourseRun.objects.with_occupancy().get(pk=self.full.pk).availability())
        must(label.startswith("Warteliste") and label in page, f"„{label}“ steht nicht auf der Seite.")
        when = dates.session_when(self.full.sessions.get())
        return f"Die Suche nach „Asyl“ findet {self.full.course}: {when}, {self.full.place}. {label}."

    def take_a_place(self) -> str:
        """Mit einem Klick anmelden und einen Platz nehmen"""
        browser = Browser()
        browser.sign_in(self.weber)
        page = browser.send(reverse("trainings:register", args=[self.free.pk]), needs="")
        must(self._registration(self.free, self.weber).is_confirmed, "Es gab keinen Platz.")
        must("Sie haben einen Platz" in page, "Die Seite sagt nichts vom Platz.")
        days = " und ".join(dates.date_short(session.starts_at) for session in self.free.sessions.all())
        return f"{self.weber} ({self.weber.agency_name}) hat einen Platz: {self.free.course}, {days}."

    def wait_in_line(self) -> str:
        """Neu dabei: Code aus der E-Mail, Name und Gruppe, Warteliste"""
        browser = Browser()
        target = reverse("trainings:register", args=[self.full.pk])
        page = browser.send(reverse("account_login"), email=NEWCOMER, next=target)
        code = re.search(r"Der Code lautet ([\w-]+)\.", page)
        if code is None:
            raise DoesNotHold("Die Demo zeigt den Code nicht.")
        browser.send(reverse("account_confirm_login_code"), code=code[1], next=target)
        answers = {"first_name": "Jonas", "last_name": "Keller", "group": TargetGroup.STAFF, "language": "de"}
        browser.send(reverse("accounts:profile"), **answers, privacy_notice="on", next=target)
        page = browser.send(target, needs="")
        waiting = self._registration(self.full, User.objects.get(email=NEWCOMER))
        must(waiting.is_waiting and f"Position {waiting.position}" in page, "Die Seite nennt keine Position.")
        person = waiting.person
        return f"{person} ({person.agency_name}) steht auf der Warteliste, Position {waiting.position}."

    def give_a_place_back(self) -> str:
        """Einen Platz zurückgeben; die nächste Person rückt nach"""
        before = self._registration(self.full, self.yildiz)
        must(before.position == 1, f"{self.yildiz} wartet nicht als Nächste.")
        browser = Browser()
        browser.sign_in(self.weber)
        place = self._registration(self.full, self.weber)
        page = browser.send(reverse("trainings:cancel", args=[place.pk]), reason="Terminkonflikt")
        must("Sie sind abgemeldet" in page, "Die Seite sagt nichts von der Abmeldung.")
        after = self._registration(self.full, self.yildiz)
        must(after.is_confirmed, f"{self.yildiz} ist nicht nachgerückt.")
        event = after.events.order_by("pk").last()
        must(event is not None and event.channel == "automatic", "Im Verlauf fehlt das Nachrücken.")
        newcomer = self._registration(self.full, User.objects.get(email=NEWCOMER))
        return (
            f"{self.weber} meldet sich ab; {self.yildiz} rückt von Position 1 nach; "
            f"{newcomer.person} steht jetzt auf Position {newcomer.position}."
        )

    def send_mails(self) -> str:
        """Der Worker versendet die Nachrichten"""
        call_command("worker", once=True, verbosity=0)
        must(not Message.objects.filter(status=Message.Status.QUEUED).exists(), "Nachrichten sind liegen geblieben.")
        sent = Message.objects.filter(status=Message.Status.SENT).order_by("pk")
        kinds = {message.kind for message in sent}
        must(kinds >= {"registered", "waitlisted", "promoted", "cancelled"}, f"Versendet wurden nur: {kinds}.")
        return "; ".join(f"{message.subject} → {message.to_email}" for message in sent)

    def mark_attendance(self) -> str:
        """Die Kursleitung erfasst die Anwesenheit"""
        browser = Browser()
        browser.sign_in(self.trainer)
        session = self.to_record.sessions.get()
        address = reverse("trainings:attendance", args=[session.pk])
        browser.open(address)
        late, absent = [row for row in attendance.expected(session) if row.person not in {self.yildiz, self.weber}][:2]
        fields = {f"status_{late.pk}": "partial", f"late_{late.pk}": 60, f"status_{absent.pk}": "absent"}
        browser.send(address, all_present="1", **fields)
        must(not missing_records(self.to_record), "Die Liste ist nicht vollständig.")
        counted = AttendanceRecord.objects.filter(session=session).values_list("status").annotate(number=Count("pk"))
        words = dict(AttendanceRecord.Status.choices)
        marks = ", ".join(f"{number} {words[status]}" for status, number in sorted(counted, reverse=True))
        return f"{self.trainer}: {self.to_record.course}, {dates.date_short(session.starts_at)}: {marks}."

    def issue(self) -> str:
        """Die Koordination stellt Bescheinigungen aus, der Worker erstellt die PDF"""
        browser = Browser()
        browser.sign_in(self.coordinator)
        browser.send(reverse("certificates:issue", args=[self.to_record.pk]))
        issued = Certificate.objects.filter(registration__run=self.to_record).order_by("pk")
        expected = self.to_record.registrations.count() - 1
        must(issued.count() == expected, f"Ausgestellt: {issued.count()} statt {expected}.")
        if missing_packages():
            return f"{expected} ausgestellt; PDF folgen, sobald {' '.join(missing_packages())} installiert ist."
        call_command("worker", once=True, verbosity=0)
        must(not issued.filter(rendered_at=None).exists(), "Nicht jede Bescheinigung wurde erstellt.")
        return (
            f"{expected} ausgestellt: {issued[0].number} bis {issued[expected - 1].number}; eine Person war nicht da."
        )

    def download(self) -> str:
        """Die Teilnehmerin lädt ihre Bescheinigung herunter"""
        certificate = self._certificate()
        browser = Browser()
        browser.sign_in(self.yildiz)
        must(certificate.number in browser.open(reverse("certificates:list")), "Sie steht nicht in der Liste.")
        if not certificate.is_ready:
            return f"{certificate.number} wird noch erstellt."
        pdf = browser.fetch(reverse("certificates:download", args=[certificate.number]))
        must(pdf.startswith(b"%PDF") and pdf == bytes(certificate.pdf or b""), "Das ist nicht das gespeicherte PDF.")
        return f"{certificate.number}.pdf, {len(pdf) // 1024} KB, SHA-256 {certificate.sha256[:16]}…"

    def verify(self) -> str:
        """Jemand prüft den Code auf dem Papier"""
        code = self._certificate().code
        page = Browser().open(reverse("certificates:verify", args=[code]))
        must("gültig" in page and self.yildiz.last_name not in page, "Die Seite sagt nicht „gültig“, oder den Namen.")
        return f"{self._certificate().display_code}: gültig. Der Name steht nicht auf der Seite."

    def subscribe(self) -> str:
        """Den eigenen Kalender abonnieren"""
        browser = Browser()
        browser.sign_in(self.yildiz)
        page = browser.send(reverse("trainings:subscribe"), name="Handy", look_back="90", with_waitlisted="on")
        address = re.search(r"https?://[^\s\"<>]+/kalender/[\w-]{20,}\.ics", page)
        if address is None:
            raise DoesNotHold("Die Seite nennt keine Adresse.")
        feed = Calendar.from_ical(Browser().fetch(urlsplit(address[0]).path))
        titles = [str(event["SUMMARY"]) for event in feed.walk("VEVENT")]
        must(any("Asyl und Flucht" in title for title in titles), "Der neue Platz fehlt im Kalender.")
        return f"{len(titles)} Ereignisse im Kalender von {self.yildiz}, darunter: {titles[-1]}."

    def _registration(self, run: CourseRun, person: User) -> Registration:
        return Registration.objects.active().select_related("person__agency", "run").get(run=run, person=person)

    def _certificate(self) -> Certificate:
        return Certificate.objects.get(registration__run=self.to_record, registration__person=self.yildiz)


STEPS = [
    Story.find,
    Story.take_a_place,
    Story.wait_in_line,
    Story.give_a_place_back,
    Story.send_mails,
    Story.mark_attendance,
    Story.issue,
    Story.download,
    Story.verify,
    Story.subscribe,
]


class Command(BaseCommand):
    help = (
        "Loads the demo and plays the way from the catalogue to the certificate in it. Only for a throw-away database."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("load_demo", stdout=self.stdout)
        self.stdout.write("")
        story = Story()
        for number, step in enumerate(STEPS, 1):
            title = f"{number:>2}. {step.__doc__}"
            try:
                said = step(story)
            except (DoesNotHold, ObjectDoesNotExist) as problem:
                raise CommandError(f"{title}\n    HÄLT NICHT: {problem}") from problem
            self.stdout.write(title)
            self.stdout.write(textwrap.fill(said, 110, initial_indent="    ", subsequent_indent="    "))
        self.stdout.write("\nDie Geschichte hält.")
