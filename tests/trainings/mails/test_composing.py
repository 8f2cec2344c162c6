"""Does every mail state the facts, in the person's language, and nothing it must not?"""

import datetime as dt
import re
from itertools import product

import pytest
from django.conf import settings
from django.core import mail
from django.template import Context, Template
from django.utils import timezone

from tests import builders
from tests.builders import berlin, in_days
from tests.cases import one_in
from tests.mails import OF_ONE_TRAINING, STATUS_OF, Kind, compose, compose_any, facts_of, link_in, paragraphs
from trainings import booking, mails, personal_codes
from trainings.acts import Act
from trainings.mails import outbox
from trainings.models import Correspondence, Message, Registration, mail_kind, mail_kinds
from trainings.printing import qr_picture

Status = Registration.Status

pytestmark = pytest.mark.django_db


def test_facts_of_a_confirmed_place(two_day_run, participant, settings):
    registration = builders.build_registration(two_day_run, participant)
    assert facts_of(registration) == [
        ("Schulung", "Umgang mit Vielfalt"),
        ("1. Sitzung", "Di., 10. März 2037, 9:00–16:30 Uhr"),
        ("2. Sitzung", "Di., 14. April 2037, 9:00–13:00 Uhr"),
        ("Ort", "Altes Rathaus, Markt 1, 56727 Mayen"),
        ("Status", "bestätigt"),
        ("Mehr zur Schulung", f"{settings.PUBLIC_URL}/schulungen/vielfalt/#termin-2037-014"),
    ]


def test_waiting_person_reads_the_position(two_day_run, participant, other_participant):
    now = timezone.now()
    builders.build_registration(two_day_run, other_participant, Status.WAITLISTED, registered_at=now)
    registration = builders.build_registration(
        two_day_run, participant, Status.WAITLISTED, registered_at=now + dt.timedelta(minutes=1)
    )
    assert facts_of(registration)[4:6] == [("Status", "Warteliste"), ("Ihr Platz auf der Warteliste", "2")]


@pytest.mark.parametrize(
    ("status", "shown"), [(Status.CONFIRMED, True), (Status.WAITLISTED, False), (Status.CANCELLED, False)]
)
def test_only_a_confirmed_place_gets_the_link_of_an_online_run(course, participant, status, shown):
    run = builders.build_run(course, format="online", online_link="https://video.example/secret")
    registration = builders.build_registration(run, participant, status)
    kind = {Status.CONFIRMED: Kind.REGISTERED, Status.WAITLISTED: Kind.WAITLISTED}.get(status, Kind.CANCELLED)
    written = compose(kind, registration)
    assert ("https://video.example/secret" in written.text) == shown
    assert ("https://video.example/secret" in written.html) == shown


def test_what_is_of_use_only_before_the_end_is_left_out_afterwards(course, participant):
    """Thanks and certificates follow; the link may serve another meeting by then."""
    run = builders.build_run(
        course, format="online", online_link="https://video.example/x", notes="Bitte pünktlich", starts_at=in_days(-2)
    )
    labels = {label for label, _value in facts_of(builders.build_registration(run, participant))}
    assert labels.isdisjoint({"Zugangslink", "Hinweise"})


@pytest.mark.slow
def test_no_mail_says_the_same_twice(course):
    for kind in OF_ONE_TRAINING:
        run = builders.build_run(course, approval="required")
        said = paragraphs(compose_any(kind, run, builders.build_person()))
        assert (kind, sorted(part for part in said if said.count(part) > 1)) == (kind, [])


def test_a_mail_for_the_calendar_alone_says_how_to_cancel(run, participant):
    assert link_in(compose(Kind.CALENDAR_ENTRY, builders.build_registration(run, participant)).text, "cancel")


def test_a_place_cannot_be_handed_on_after_the_start(course, participant):
    run = builders.build_run(course, sessions=[(in_days(day), in_days(day, hour=16)) for day in (-1, 6)])
    registration = builders.build_registration(run, participant)
    written = compose(Kind.SESSION_MOVED, registration)
    assert "telefonisch oder per E-Mail Bescheid" in written.text
    assert "/meine-schulungen/" not in written.text + written.html


def test_cancelled_session_is_left_out(two_day_run, participant):
    two_day_run.sessions.filter(starts_at=berlin(2037, 4, 14, 9)).update(cancelled_at=timezone.now())
    registration = builders.build_registration(two_day_run, participant)
    assert facts_of(registration)[1] == ("Zeit", "Di., 10. März 2037, 9:00–16:30 Uhr")
    assert [label for label, _value in facts_of(registration)].count("Zeit") == 1


def test_cancelled_run_says_why_and_names_other_runs(course, participant, settings):
    run = builders.build_run(
        course, number="A", cancelled_at=timezone.now(), cancellation_reason="Kursleitung erkrankt"
    )
    other = builders.build_run(course, number="B", starts_at=berlin(2037, 5, 5, 9), format="online")
    builders.build_run(course, number="draft", published_at=None)
    builders.build_run(course, number="past", starts_at=builders.in_days(-3))
    builders.build_run(course, number="other agency", visibility="agencies")
    written = compose(Kind.RUN_CANCELLED, builders.build_registration(run, participant, Status.CANCELLED))
    assert "\nStatus: Termin abgesagt\nGrund: Kursleitung erkrankt\n" in written.text
    assert re.findall(r"^- .*$", written.text, re.MULTILINE) == [
        f"- Di., 5. Mai 2037, 9:00–16:30 Uhr, online (frei): {settings.PUBLIC_URL}{other.get_absolute_url()}"
    ]


def test_ended_wait_without_another_run_leads_to_the_catalogue(two_day_run, participant, settings):
    written = compose(Kind.WAIT_ENDED, builders.build_registration(two_day_run, participant, Status.EXPIRED))
    assert f"Andere Schulungen finden Sie hier:\n{settings.PUBLIC_URL}/\n" in written.text


def test_confirmation_says_how_and_until_when_to_cancel(two_day_run, participant, settings):
    text = compose(Kind.REGISTERED, builders.build_registration(two_day_run, participant)).text
    address = f"{settings.PUBLIC_URL}/abmelden/"
    assert f"bis Di., 3. März 2037 selbst ab, damit jemand anderes den Platz bekommen kann:\n{address}" in text
    colleague = "Oder geben Sie den Platz an eine Kollegin oder einen Kollegen weiter:"
    assert f"{colleague}\n{settings.PUBLIC_URL}/meine-schulungen/\n" in text


def test_after_the_last_day_to_cancel_the_mail_says_whom_to_call(course, participant):
    run = builders.build_run(course, cancellation_closes_on=timezone.localdate() - dt.timedelta(days=1))
    text = compose(Kind.PROMOTED, builders.build_registration(run, participant)).text
    assert "Dann geben Sie uns bitte telefonisch oder per E-Mail Bescheid." in text
    assert "selbst ab" not in text


# Whoever gets one of these has a place, and comes.
TO_A_PLACE = [Kind.REGISTERED, Kind.PROMOTED, Kind.SUBSTITUTE, Kind.MOVED, Kind.REMINDER]


@pytest.mark.parametrize("kind", TO_A_PLACE)
def test_with_a_place_comes_the_code_to_check_in_with(kind, two_day_run, participant, settings):
    settings.PUBLIC_URL = "https://schulungen.example"
    registration = builders.build_registration(two_day_run, participant)
    written = compose(kind, registration)
    code = personal_codes.personal_code(registration)
    for body in [written.text, written.html]:
        assert personal_codes.grouped(code) in body
        assert f"https://schulungen.example/meine-schulungen/{registration.pk}/code/" in body
    assert written.code == qr_picture(f"MIKO {code}")
    assert 'alt="QR-Code zum Einchecken"' in written.html


@pytest.mark.parametrize("kind", [Kind.REGISTERED, Kind.REMINDER])
def test_online_there_is_no_room_to_check_in_to(kind, course, participant):
    run = builders.build_run(course, format="online", online_link="https://meet.example/1")
    written = compose(kind, builders.build_registration(run, participant))
    assert (written.code, "Einchecken" in written.text, "cid:check-in" in written.html) == (b"", False, False)


@pytest.mark.parametrize(("kind", "language"), one_in(3, product(OF_ONE_TRAINING, ["de", "en"])))
def test_every_mail_has_contact_funding_and_only_links_to_the_site(kind, language, two_day_run, participant, settings):
    settings.PUBLIC_URL = "https://schulungen.example"
    participant.language = language
    if kind in (Kind.RUN_CANCELLED, Kind.TRAINER_CANCELLED, Kind.CONTACT_CANCELLED):
        two_day_run.cancelled_at, two_day_run.cancellation_reason = timezone.now(), "Kursleitung erkrankt"
    written = compose_any(kind, two_day_run, participant)
    for body in [written.text, written.html]:
        assert "AM-26-0815" in body
        assert settings.CONTACT_EMAIL in body
        assert settings.CONTACT_PHONE in body
        assert "2037-014" in body or kind == Kind.REFRESHER_DUE  # of a run that is over
        assert {link[:26] for link in re.findall(r"https?://[^\s\"<]+", body)} == {"https://schulungen.example"}
    code = ["cid:check-in-code@miko-trainings"] if kind in TO_A_PLACE else []
    assert re.findall(r'src="([^"]*)"', written.html) == [*code, "cid:eu-emblem@miko-trainings"]


@pytest.mark.parametrize("kind", [kind for kind in OF_ONE_TRAINING if not mail_kind(kind).is_of_a_run])
def test_to_an_invented_person_a_mail_says_nothing_of_a_real_one(kind, two_day_run, participant):
    """It goes to the funder, as an example: no name, address or code of anybody, and no link that works."""
    chief = "chef@mayen.example"
    registration = builders.build_registration(two_day_run, participant, STATUS_OF[kind], supervisor_email=chief)
    code = personal_codes.grouped(personal_codes.personal_code(registration))
    real = [participant.last_name, participant.email, chief, code]
    message = Message(kind=kind, registration=registration, recipient=participant, to_email="")
    written = mails.invented_mail(message, "de")
    assert written is not None
    for body in [written.text, written.html]:
        assert [word for word in real if word in body] == []
        assert re.findall(r"[\w.=-]{2,}:[\w-]{4,}:[\w-]{20,}", body) == []
    assert "AM-26-0815" in written.text
    participant.refresh_from_db()
    assert participant.last_name == real[0]


# Contacts and trainers work with the numbers of runs; everybody else knows a run by its training and its days.
WORKED_WITH = [
    Kind.NAMES_WANTED,
    Kind.CONTACT_MOVED,
    Kind.CONTACT_CANCELLED,
    Kind.TRAINER_ASSIGNED,
    Kind.TRAINER_REMOVED,
    Kind.TRAINER_CANCELLED,
    Kind.TRAINER_LIST,
]


@pytest.mark.parametrize("kind", [kind for kind in OF_ONE_TRAINING if kind not in WORKED_WITH])
def test_participants_and_supervisors_read_no_number_of_a_run(kind, two_day_run, participant):
    written = compose_any(kind, two_day_run, participant)
    assert "2037-014" not in re.sub(r"#termin-2037-014", "", written.text + written.html)


def test_a_supervisor_tells_five_requests_apart_and_no_subject_names_anybody(course):
    at = berlin(2037, 2, 2, 10, 14)
    people = [builders.build_person(f"p{number}@mayen.example") for number in range(5)]
    runs = [builders.build_run(course, starts_at=berlin(2037, 3, 10, 9))] * 3
    runs += [builders.build_run(course, starts_at=berlin(2037, day, 1, 9)) for day in (4, 5)]
    times = [at, at, berlin(2037, 2, 3, 8), at, at]
    asked = [
        builders.build_registration(
            run, person, Status.REQUESTED, registered_at=time, supervisor_email="chef@mayen.example"
        )
        for run, person, time in zip(runs, people, times, strict=True)
    ]
    subjects = [compose(Kind.APPROVAL_ASKED, one).subject for one in asked]
    assert subjects[:3] == [
        "Bitte um Freigabe: Umgang mit Vielfalt (10.03.2037), Anmeldung vom 02.02.2037, 10:14 Uhr",
        "Bitte um Freigabe: Umgang mit Vielfalt (10.03.2037), Anmeldung vom 02.02.2037, 10:14 Uhr (2)",
        "Bitte um Freigabe: Umgang mit Vielfalt (10.03.2037), Anmeldung vom 03.02.2037, 8:00 Uhr",
    ]
    assert len(set(subjects)) == 5


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [
        (Kind.OFFERED, "offer"),
        (Kind.OFFER_REMINDER, "offer"),
        (Kind.CALLED, "offer"),
        (Kind.SUBSTITUTE_ASKED, "offer"),
        (Kind.APPROVAL_ASKED, "approval"),
        (Kind.APPROVAL_REMINDER, "approval"),
        (Kind.APPROVAL_PASSED_ON, "approval"),
    ],
)
def test_what_a_mail_asks_for_stands_above_the_facts(kind, purpose, two_day_run, participant):
    written = compose(kind, builders.build_registration(two_day_run, participant, STATUS_OF[kind]))
    for body, facts_begin in [(written.text, "Umgang mit Vielfalt\n1. Sitzung"), (written.html, "<table")]:
        above = body.partition(facts_begin)[0]
        assert link_in(above, purpose) is not None
        assert link_in(body.removeprefix(above), purpose) is None


@pytest.mark.parametrize("kind", OF_ONE_TRAINING)
def test_subject_names_the_training_and_no_person(kind, two_day_run, participant):
    written = compose_any(kind, two_day_run, participant)
    known_by = "2037-014" if kind in WORKED_WITH else "10.03.2037–14.04.2037"
    if kind == Kind.REFRESHER_DUE:  # of no single run
        assert written.subject == "Auffrischung: Umgang mit Vielfalt"
    else:
        assert f": Umgang mit Vielfalt ({known_by})" in written.subject or kind == Kind.CALENDAR_ENTRY
    others = "10.03.2037" if kind in WORKED_WITH else "2037-014"
    assert others not in written.subject
    assert [name for name in ["Ayşe", "Yıldız", participant.email] if name in written.subject] == []


def test_english_mail_for_a_person_who_chose_english(two_day_run, participant):
    participant.language = "en"
    written = compose(Kind.REGISTERED, builders.build_registration(two_day_run, participant))
    assert "Working with Diversity (10 Mar 2037–14 Apr 2037)" in written.subject
    assert "Tue, 10 March 2037, 9:00–16:30" in written.text
    assert '<html lang="en">' in written.html


@pytest.mark.parametrize("kind", mail_kinds(), ids=lambda kind: kind.name)
def test_a_mail_is_one_template_built_of_blocks_alone(kind):
    """So text and HTML cannot say different things: markup or a second template would be for one of the two."""
    template = settings.BASE_DIR / "templates" / kind.template_name
    written = [template, *template.parent.glob("_[!b]*")]
    assert [path.name for path in written if re.search(r"<|as_text", path.read_text())] == []
    assert [path.name for path in template.parent.glob("*.txt")] in ([], ["_base.txt"])
    assert template.read_text().startswith("{% extends frame %}\n")


def test_blocks_say_the_same_as_html_and_as_text():
    source = """{% load mail_blocks %}{% lead %}Bitte bringen Sie mit:{% endlead %}
{% bullets %}
{% for thing in things %}{% item %}{{ thing }}{% enditem %}
{% endfor %}{% endbullets %}
{% paragraph %}Fragen? {% link url %}Schreiben Sie uns{% endlink %}{% endparagraph %}
{% paragraph %}{% linked url %}Zum Programm{% endlinked %}{% endparagraph %}"""
    context = {"things": ["Stift & Papier", "<b>"], "url": "https://schulungen.example/?a=1&b=2"}
    html = Template(source).render(Context({**context, "as_text": False}))
    text = Template(source).render(Context({**context, "as_text": True}, autoescape=False))
    address = "https://schulungen.example/?a=1&amp;b=2"
    assert re.sub(r' style="[^"]*"|\n', "", html) == (
        "<p>Bitte bringen Sie mit:</p><ul><li>Stift &amp; Papier</li><li>&lt;b&gt;</li></ul>"
        f'<p>Fragen? <a href="{address}">Schreiben Sie uns</a></p><p><a href="{address}">Zum Programm</a></p>'
    )
    assert re.sub(r"\n{3,}", "\n\n", text).strip() == (
        "Bitte bringen Sie mit:\n- Stift & Papier\n- <b>\n\n"
        "Fragen?\nhttps://schulungen.example/?a=1&b=2\n\nZum Programm: https://schulungen.example/?a=1&b=2"
    )


def test_emblem_and_code_travel_inside_the_mail(two_day_run, participant):
    Correspondence.objects.change(participant, calendar_choice="none")
    outbox.deliver(mails.queue(Kind.REGISTERED, builders.build_registration(two_day_run, participant)).pk)
    message = mail.outbox[0].message()
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
        "image/png",
    ]
    pictures = list(message.walk())[-2:]
    assert [(picture["Content-ID"], picture.get_payload(decode=True)[:8]) for picture in pictures] == [
        ("<check-in-code@miko-trainings>", b"\x89PNG\r\n\x1a\n"),
        ("<eu-emblem@miko-trainings>", b"\x89PNG\r\n\x1a\n"),
    ]


def test_names_and_titles_are_text_not_markup_and_cannot_add_headers(agency):
    person = builders.build_person(first_name="<b>Kim</b>", last_name="O'\"Neill & Söhne")
    course = builders.build_course("Recht\nBcc: alle@x.example <script>")
    written = compose(Kind.REGISTERED, builders.build_registration(builders.build_run(course, number="X"), person))
    assert re.fullmatch(r"Anmeldung bestätigt: Recht Bcc: alle@x\.example <script> \([\d.]{10}\)", written.subject)
    assert "Guten Tag <b>Kim</b> O'\"Neill & Söhne," in written.text
    assert "&lt;b&gt;Kim&lt;/b&gt; O&#x27;&quot;Neill &amp; Söhne" in written.html
    assert "<script>" not in written.html


def test_the_journey_of_a_full_run_in_mails(trainer, participant, other_participant):
    run = builders.build_run(capacity=1, trainers=[trainer])
    first = booking.register(run, participant, Act(participant))
    booking.register(run, other_participant, Act(other_participant))
    for message in Message.objects.order_by("pk"):
        outbox.deliver(message.pk)
    booking.cancel(first, Act(participant))
    for message in Message.objects.filter(status=Message.Status.QUEUED).order_by("pk"):
        outbox.deliver(message.pk)
    assert [(sent.to[0], sent.subject.partition(":")[0]) for sent in mail.outbox] == [
        (participant.email, "Anmeldung bestätigt"),
        (other_participant.email, "Warteliste"),
        (participant.email, "Abmeldung bestätigt"),
        (other_participant.email, "Platz bestätigt"),
    ]


# --- Places that are held, offered, called out ----------------------------------------------------


def test_german_reasons_and_preparation_are_marked_for_english_readers(course, participant):
    participant.language = "en"
    run = builders.build_run(course, cancelled_at=timezone.now(), cancellation_reason="Kursleitung erkrankt")
    written = compose(Kind.RUN_CANCELLED, builders.build_registration(run, participant, Status.CANCELLED))
    assert '<span lang="de">Kursleitung erkrankt</span>' in written.html
    assert "Reason: Kursleitung erkrankt\n" in written.text
    prepared = builders.build_run(course, preparation="Bitte Laptop mitbringen.")
    written = compose(Kind.REGISTERED, builders.build_registration(prepared, participant))
    assert '<div lang="de"><p style="margin:0 0 16px">Bitte Laptop mitbringen.</p></div>' in written.html
    assert "\nBitte Laptop mitbringen.\n" in written.text
