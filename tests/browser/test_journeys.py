"""From the catalogue to the certificate, as people go it; once with scripts and once without."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from certificates.models import Certificate
from tests.builders import build_course, build_person, build_registration, build_run, in_days
from tests.certificates.builders import build_attended, build_finished_run
from trainings.models import AttendanceRecord, Message, RegistrationEvent

pytestmark = pytest.mark.browser

TITLE = "Grundsensibilisierung „Asyl und Flucht“"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> dict[str, bool]:
    return {"java_script_enabled": request.param}


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()


def about(verb: str, what: str = "") -> re.Pattern[str]:
    """The name of a link or button that says unseen what it is about; browsers put a space before what is unseen."""
    return re.compile(rf"^{verb} ?: {re.escape(what)}")


def code_from_the_mail() -> str:
    found = re.search(r"^[A-Z0-9-]{6,12}$", mail.outbox[-1].body, re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[0]


def test_find_sign_in_take_a_place_wait_and_move_up(browse, scripts, agency, other_participant):
    build_run(build_course("„Menschen in Syrien“"), starts_at=in_days(20))
    build_run(build_course(TITLE), starts_at=in_days(30), capacity=1)

    first = browse(**scripts)
    first.goto("/")
    first.get_by_label("Suchbegriff").fill("Asyl")
    first.get_by_role("button", name="Suchen").click()
    expect(first.get_by_role("main").get_by_role("heading", level=2)).to_have_text([TITLE])
    first.get_by_role("link", name=TITLE).click()
    heading(first, TITLE)
    first.get_by_role("link", name=about("Anmelden")).click()

    heading(first, "Einloggen")
    first.get_by_label("Dienstliche E-Mail-Adresse").fill("keller@mayen.example")
    first.get_by_role("button", name="Code anfordern").click()
    expect(first.get_by_label("Code aus der E-Mail")).to_be_visible()
    first.get_by_label("Code aus der E-Mail").fill(code_from_the_mail())
    first.get_by_role("button", name="Einloggen", exact=True).click()

    heading(first, "Ihre Angaben")
    expect(first.get_by_text("Stadtverwaltung Mayen")).to_be_visible()
    first.get_by_label("Vorname").fill("Jonas")
    first.get_by_label("Nachname").fill("Keller")
    first.get_by_label("Mitarbeitende").check()
    first.get_by_label("zur Kenntnis genommen").check()
    first.get_by_role("button", name="Speichern und weiter").click()

    heading(first, f"Anmelden: {TITLE}")
    first.get_by_role("button", name="Verbindlich anmelden").click()
    heading(first, TITLE)
    expect(first.get_by_text("Zu entscheiden ist nichts mehr; kommen Sie einfach.")).to_be_visible()
    expect(first.get_by_text("Platz bestätigt")).to_be_visible()

    second = browse(other_participant, **scripts)
    second.goto("/")
    second.get_by_role("link", name=TITLE).click()
    second.get_by_role("link", name=about("Auf die Warteliste")).click()
    second.get_by_role("button", name="Auf die Warteliste setzen").click()
    expect(second.get_by_text("Warteliste, Position 1", exact=True)).to_be_visible()

    first.get_by_role("link", name=about("Abmelden", TITLE)).click()
    first.get_by_role("button", name="Jetzt abmelden").click()
    expect(first.get_by_text(f"Sie sind abgemeldet: {TITLE}.")).to_be_visible()

    second.reload()
    expect(second.get_by_text("Platz bestätigt")).to_be_visible()
    queued = Message.objects.filter(status=Message.Status.QUEUED).order_by("pk")
    assert [(message.kind, message.recipient.last_name) for message in queued] == [
        ("registered", "Keller"),
        ("waitlisted", "Weber"),
        ("cancelled", "Keller"),
        ("promoted", "Weber"),
    ]


def test_mark_attendance_on_a_phone(browse, scripts, trainer):
    run = build_run(build_course(TITLE), trainers=[trainer], starts_at=timezone.now() - dt.timedelta(hours=2))
    for name in ["Amiri", "Çelik", "Demir", "Engel"]:
        build_registration(run, build_person(last_name=name, organisation="Caritasverband Rhein-Mosel-Ahr e. V."))

    page = browse(trainer, **PHONE, **scripts)
    page.goto("/")
    page.get_by_text("Menü").tap()
    page.get_by_role("link", name="Kursleitung").tap()
    page.get_by_role("link", name=about("Anwesenheit")).tap()
    heading(page, f"Anwesenheit: {TITLE}")
    partial = page.get_by_role("group", name="Çelik")
    partial.get_by_text("teilweise").tap()
    excused = page.get_by_role("group", name="Demir")
    excused.get_by_text("entschuldigt").tap()
    page.get_by_text("Codes der Teilnehmenden lesen").tap()
    expect(page.get_by_label("Code der Person")).to_be_visible()
    targets = page.locator(".app-choice, main .kern-btn, main .kern-form-input__input, .app-menu > summary").all()
    sizes = [box for target in targets if (box := target.bounding_box())]
    buttons = 2  # one for everybody; and to save, or with a script, which saves by itself, to take back
    reading = (
        3 if scripts.get("java_script_enabled", True) else 2
    )  # a code is typed and entered; with a script, also the camera
    assert [(box["height"] >= 44, box["width"] >= 44) for box in sizes] == [(True, True)] * (
        4 * 4 + 3 + buttons + 1 + reading
    )

    partial.get_by_label("Minuten zu spät").fill("60")
    page.get_by_role("group", name="Engel").get_by_text("gefehlt").tap()
    page.get_by_role("button", name=re.compile("^Alle .*anwesend$")).tap()
    expect(page.get_by_text("4 von 4 erfasst")).to_be_visible()
    if scripts["java_script_enabled"]:
        expect(page.get_by_role("status")).to_have_text("Gespeichert")

    assert {row.registration.person.last_name: (row.status, row.minutes) for row in AttendanceRecord.objects.all()} == {
        "Amiri": ("present", 360),
        "Çelik": ("partial", 300),
        "Demir": ("excused", 0),
        "Engel": ("absent", 0),
    }
    page.goto("/leitung/")
    expect(page.get_by_text("4 von 4 erfasst")).to_be_visible()


def test_coordinate_a_run_and_register_and_cancel_for_somebody(browse, scripts, coordinator, other_participant):
    build_person("noor@verein.example", "Samira", "Noor", organisation="Verein Willkommen")
    build_run(build_course(TITLE), starts_at=in_days(10), minimum_number=5)

    page = browse(coordinator, **scripts)
    page.goto("/")
    page.get_by_role("link", name="Koordination").click()
    expect(page.locator(".app-todo h3")).to_have_text(
        [
            "Person, deren Behörde zu prüfen ist",
            "Termin ohne Kursleitung",
            "Termin in den nächsten drei Wochen unter der Mindestzahl",
            "erste Schritte sind noch offen",
        ]
    )
    page.get_by_role("region", name="Nächste Termine").get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="Jemanden anmelden").click()
    page.get_by_label("Name oder E-Mail-Adresse").fill("web")
    page.get_by_role("main").get_by_role("button", name="Suchen").click()
    page.get_by_role("button", name=about("Anmelden", "Jan Weber")).click()
    expect(page.get_by_role("region", name="Angemeldet (1)").get_by_text("Weber, Jan")).to_be_visible()

    page.get_by_role("link", name=about("Abmelden", "Jan Weber")).click()
    page.get_by_role("main").get_by_role("button", name="Abmelden").click()  # without saying why
    expect(page.get_by_role("alert").get_by_role("link", name=re.compile("^Grund"))).to_be_visible()
    page.get_by_label("Grund").fill("Anruf der Dienststelle")
    page.get_by_role("main").get_by_role("button", name="Abmelden").click()
    expect(page.get_by_text("Beendete Anmeldungen (1)")).to_be_visible()
    events = RegistrationEvent.objects.order_by("pk")
    assert [(event.to_status, event.actor, event.reason) for event in events] == [
        ("confirmed", coordinator, ""),
        ("cancelled", coordinator, "Anruf der Dienststelle"),
    ]


def test_issue_download_and_verify_a_certificate(browse, scripts, public_url, coordinator, participant):
    run = build_finished_run(course=build_course(TITLE))
    build_attended(run, participant, by=coordinator)
    build_attended(run, minutes=60, by=coordinator)

    page = browse(coordinator, **scripts)
    page.goto(f"/koordination/termine/{run.pk}/")
    page.get_by_role("link", name="Bescheinigungen ausstellen").click()
    page.get_by_role("button", name="1 Bescheinigung ausstellen").click()
    expect(page.get_by_text("0 von 1 PDF-Dateien sind fertig.")).to_be_visible()
    call_command("worker", once=True, verbosity=0)
    page.get_by_role("link", name="Aktualisieren").click()
    expect(page.get_by_role("link", name=about("PDF", "Ayşe Yıldız"))).to_be_visible()

    owner = browse(participant, **scripts)
    owner.goto("/")
    owner.get_by_role("link", name="Bescheinigungen", exact=True).click()
    with owner.expect_download() as download:
        owner.get_by_role("link", name=about("PDF herunterladen", TITLE)).click()
    certificate = Certificate.objects.get()
    assert Path(download.value.path()).read_bytes() == bytes(certificate.pdf)
    assert bytes(certificate.pdf).startswith(b"%PDF-")
    assert download.value.suggested_filename == f"Teilnahmebescheinigung-{certificate.number}-Ayşe Yıldız.pdf"

    anybody = browse(**scripts)
    anybody.goto("/pruefen/")
    anybody.get_by_label("Prüfcode").fill(certificate.display_code.lower())
    anybody.get_by_role("button", name="Prüfen").click()
    expect(anybody.get_by_text("Diese Bescheinigung ist gültig.")).to_be_visible()
    assert "Yıldız" not in anybody.content()
    for surname, answer in [("Weber", "Nein, die Bescheinigung"), ("Yıldız", "Ja, die Bescheinigung")]:
        anybody.get_by_label("Nachname auf der Bescheinigung").fill(surname)
        anybody.get_by_role("button", name="Namen prüfen").click()
        expect(anybody.get_by_text(answer)).to_be_visible()


def test_subscribe_to_ones_own_calendars_and_end_one(browse, public_url, participant):
    build_registration(build_run(build_course(TITLE)), participant)
    page = browse(participant)

    def subscribe(name: str) -> str:
        page.goto("/kalender/")
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Adresse erzeugen").click()
        address = page.get_by_label("Adresse zum Kopieren").input_value()
        assert address.startswith(f"{public_url}/kalender/")
        return address

    office, phone = subscribe("Outlook Büro"), subscribe("Handy")
    feed = browse().request.get(office)
    assert (feed.status, feed.text().splitlines()[0], TITLE in feed.text()) == (200, "BEGIN:VCALENDAR", True)

    page.goto("/kalender/")
    assert office not in page.content()
    page.get_by_role("row", name="Outlook Büro").get_by_role("link", name="Beenden").click()
    page.get_by_role("button", name="Abonnement beenden").click()
    expect(page.get_by_text("Das Abonnement „Outlook Büro“ ist beendet.")).to_be_visible()
    assert [browse().request.get(known).status for known in (office, phone)] == [404, 200]
