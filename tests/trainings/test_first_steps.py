"""A fresh coordinator on an empty database: from nothing to a published run, and no page on the way ends nowhere."""

import datetime as dt
import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agency, User
from tests.accounts.test_profile import ANSWERS
from tests.builders import build_everything_that_comes_first, build_run
from tests.pages import read
from tests.trainings.planning.test_run_pages import fields_of
from trainings import legal_pages
from trainings.first_steps import first_steps
from trainings.models import Course, CourseRun, Funding, Message, PageText, Venue

pytestmark = pytest.mark.django_db
DESK = reverse("trainings:coordination")
PLAN = reverse("trainings:coordination") + "plan/"
MAIL_TEXTS = reverse("trainings:message_texts")
TODAY = timezone.localdate()
SESSION = {
    "n0-day": f"{TODAY + dt.timedelta(days=40)}",
    "n0-start": "09:00",
    "n0-end": "",
    "n0-teaching_minutes": "180",
}


def links_of(client: Client, address: str) -> list[str]:
    """Addresses of this site that the main part of the page leads to."""
    response = client.get(address)
    # A programme without runs is refused by a page that says why, and leads back.
    fine = {200, 409} if address.startswith(PLAN) and address.endswith(".pdf") else {200}
    assert response.status_code in fine, f"{address} answers {response.status_code}"
    if not response["Content-Type"].startswith("text/html"):
        return []
    found = [urlsplit(link) for link in read(response, response.status_code).links.values()]
    return [link.path or address for link in found if not link.scheme and not link.netloc]


def walk(client: Client) -> None:
    """Every page answers that can be reached from the desk; the back office is entered, but not walked."""
    seen, to_see = set(), [DESK]
    while to_see:
        address = to_see.pop()
        if address in seen or (address.startswith(MAIL_TEXTS) and "/de/" in address):
            continue
        seen.add(address)
        to_see += [] if address.startswith(reverse("admin:index")) else links_of(client, address)
    assert reverse("trainings:legal_pages") in seen


def open_steps(person: User) -> list[str]:
    return [str(step.name) for found in first_steps(person) for step in found.steps if not step.done]


def address_of(name: str, person: User) -> str:
    [found] = first_steps(person)
    return next(step.url for step in found.steps if step.name == name)


def fill_in(client: Client, address: str, **answers: str) -> None:
    """Add one in the back office."""
    page = client.get(address).content.decode()
    inlines = re.findall(r'name="([\w-]+-(?:TOTAL|INITIAL)_FORMS)"', page)
    response = client.post(address, {**dict.fromkeys(inlines, "0"), **answers})
    assert response.status_code == 302, re.findall(r'<ul class="errorlist".*?</ul>', response.content.decode())


@pytest.mark.slow
def test_from_nothing_to_a_published_run(settings):
    first = User.objects.create_superuser("erste@kreis.example")
    client = Client()
    client.force_login(first, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(DESK).url.startswith(reverse("accounts:profile"))
    client.post(reverse("accounts:profile"), {**ANSWERS, "organisation": "Landkreis", "next": DESK})

    assert "8 erste Schritte sind noch offen" in read(client.get(DESK)).text
    assert {step.url for step in first_steps(first)[0].steps} <= set(links_of(client, DESK))
    walk(client)

    fill_in(client, address_of("Behörde", first), name="Stadt Mayen", short_name="Mayen", kind="municipality")
    fill_in(client, address_of("Veranstaltungsort", first), name="Kreishaus", town="Koblenz")
    fill_in(
        client, address_of("Förderung", first),
        fund="AMIF", project_title="MiKo", grant_number="A-1", beneficiary="Kreis", starts_on=f"{TODAY}",
        ends_on=f"{TODAY + dt.timedelta(days=400)}", keep_evidence_until=f"{TODAY + dt.timedelta(days=4000)}",
    )  # fmt: skip
    fill_in(
        client, address_of("Schulung", first), number="1", title="Vielfalt", slug="vielfalt", level="opening",
        teaching_units="4",
    )  # fmt: skip
    assert [model.objects.count() for model in (Agency, Venue, Funding, Course)] == [1, 1, 1, 1]
    assert open_steps(first)[0] == "Veröffentlichter Termin"

    walk(client)
    [new_run] = [link for link in links_of(client, address_of("Veröffentlichter Termin", first)) if "/neu/" in link]
    sent = fields_of(client.get(new_run).content.decode()) | SESSION | {"venue": str(Venue.objects.get().pk)}
    client.post(new_run, {**sent, "draft": "1"})
    draft = CourseRun.objects.get()
    assert address_of("Veröffentlichter Termin", first) == reverse("trainings:coordination_run", args=[draft.pk])
    walk(client)
    publish = reverse("trainings:publish", args=[draft.pk])
    doubts = re.findall(r'name="doubts" value="(\w+)"', client.get(publish).content.decode())
    client.post(publish, {"doubts": doubts})
    assert open_steps(first)[0] == "Rechtliche Seiten ohne Lücken"
    assert "Vielfalt" in read(Client().get(reverse("trainings:catalogue"))).text

    for page in PageText.Page:
        address = reverse("trainings:page_text", args=[page, "de"])
        assert address in links_of(client, address_of("Rechtliche Seiten ohne Lücken", first))
        client.post(address, {"version": "0", "text": "Alles gesagt."})
    settings.BOUNCE_IMAP_URL = "imaps://schulungen:geheim@kreis.example/INBOX"
    assert open_steps(first) == ["Zweite Person in der Koordination"]
    fill_in(
        client, address_of("Zweite Person in der Koordination", first), email="zweite@kreis.example",
        first_name="Ada", last_name="Zwei", group="staff", language="de", role="coordinator", is_active="on",
    )  # fmt: skip
    assert open_steps(first) == []
    assert "erste Schritte" not in read(client.get(DESK)).text
    walk(client)


def test_a_mail_that_came_back_shows_that_somebody_looks(coordinator):
    build_everything_that_comes_first(coordinator)
    assert open_steps(coordinator) == ["Postfach für zurückgekommene E-Mails"]
    Message.objects.create(kind="digest", to_email="a@b.example", recipient=coordinator, bounced_at=timezone.now())
    assert first_steps(coordinator) == []


def test_one_gap_or_a_coordinator_who_has_left_opens_the_list_again(coordinator, settings):
    settings.BOUNCE_IMAP_URL = "imaps://schulungen:geheim@kreis.example/INBOX"
    build_everything_that_comes_first(coordinator)
    assert first_steps(coordinator) == []
    newest = legal_pages.current("privacy", "de")
    PageText.objects.filter(pk=newest.pk).update(text="[[Auftragsverarbeitung]]")
    User.objects.exclude(pk=coordinator.pk).update(is_active=False)
    assert open_steps(coordinator) == ["Rechtliche Seiten ohne Lücken", "Zweite Person in der Koordination"]


def test_a_run_of_a_course_that_nobody_sees_does_not_count(coordinator):
    run = build_run()
    assert "Veröffentlichter Termin" not in open_steps(coordinator)
    Course.objects.filter(pk=run.course_id).update(published_at=None)
    assert "Veröffentlichter Termin" in open_steps(coordinator)
