"""What do coordinators read in the morning, when, and how does one end it?"""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.builders import berlin, build_course, build_person, build_registration, build_run
from trainings import mails, planning
from trainings.mails import MailSubscription, digest, unsubscribing
from trainings.models import Correspondence, Interest, Message, Registration

# A Monday; the Friday before was a working day. The clocks went forward on the day before.
MONDAY = berlin(2037, 3, 30, 7)
FRIDAY = berlin(2037, 3, 27, 7)

pytestmark = pytest.mark.django_db


def registered(at: dt.datetime, **fields) -> Registration:
    return build_registration(build_run(starts_at=berlin(2037, 6, 1, 9), **fields), registered_at=at)


def told() -> list[str]:
    return list(Message.objects.filter(kind="digest").order_by("pk").values_list("recipient__email", flat=True))


@pytest.mark.parametrize(
    ("at", "number"),
    [
        (MONDAY - dt.timedelta(minutes=1), 0),
        (MONDAY, 1),
        (berlin(2037, 3, 30, 11, 59), 1),
        (berlin(2037, 3, 30, 12), 0),
        (berlin(2037, 3, 28, 8), 0),  # Saturday
        (berlin(2037, 4, 3, 8), 0),  # Good Friday
    ],
)
def test_digest_is_queued_once_on_the_morning_of_working_days(at, number, coordinator):
    registered(at - dt.timedelta(hours=13), approval="required")
    build_registration(build_run(starts_at=berlin(2037, 6, 1, 9)), status="requested")
    assert [mails.send_digests(at), mails.send_digests(at)] == [number, 0]
    assert told() == [coordinator.email] * number


def test_without_anything_to_tell_there_is_no_digest(coordinator):
    registered(FRIDAY - dt.timedelta(hours=1))  # was told on Friday
    assert mails.send_digests(MONDAY) == 0


def test_only_coordinators_who_want_it_get_it(coordinator, agency_contact, participant):
    declined = build_person("nein@kreis.example", role=User.Role.COORDINATOR)
    Correspondence.objects.change(declined, wants_digest=False)
    build_person("weg@kreis.example", role=User.Role.COORDINATOR, is_active=False)
    registered(FRIDAY + dt.timedelta(hours=1))
    mails.send_digests(MONDAY)
    assert told() == [coordinator.email]


def test_what_a_lost_digest_would_have_told_stands_in_the_next(coordinator, time_machine):
    registered(berlin(2037, 3, 26, 12))  # Thursday
    time_machine.move_to(berlin(2037, 3, 26, 7), tick=False)
    Message.objects.create(
        kind="digest", recipient=coordinator, status="sent", sent_at=timezone.now(), details={"day": "2037-03-26"}
    )
    assert mails.send_digests(MONDAY) == 1
    assert Message.objects.latest("pk").details["since"] == berlin(2037, 3, 26, 7).isoformat()


def test_digest_has_numbers_and_links_for_all_that_is_new_or_waits(coordinator, participant, time_machine, settings):
    settings.PUBLIC_URL = "https://schulungen.example"
    time_machine.move_to(MONDAY, tick=False)
    course = build_course("Vielfalt", number=7)
    run = build_run(course, number="2037-001", starts_at=berlin(2037, 6, 1, 9))
    build_registration(run, participant, registered_at=FRIDAY + dt.timedelta(hours=3))
    build_registration(run, registered_at=FRIDAY + dt.timedelta(hours=4))
    build_registration(run, registered_at=MONDAY + dt.timedelta(minutes=1))  # for tomorrow
    build_registration(run, status="requested", registered_at=FRIDAY, held_until=berlin(2037, 4, 1))
    build_registration(run, status="offered", registered_at=FRIDAY, held_until=berlin(2037, 3, 31, 12))
    build_registration(run, status="offered", registered_at=FRIDAY, held_until=berlin(2037, 4, 9, 12))
    past = build_run(build_course("Rückblick"), number="2037-002", starts_at=berlin(2037, 3, 20, 9))
    build_registration(past, registered_at=FRIDAY - dt.timedelta(days=40))
    Message.objects.create(kind="registered", recipient=participant, run=run, status="dead")
    for address in ("zurueck@mayen.example", "frueher@mayen.example"):
        person = build_person(address.replace("frueher", "heute"))
        Correspondence.objects.change(person, bounced_at=MONDAY)
        sent = {"status": "sent", "sent_at": FRIDAY, "to_email": address, "bounced_at": MONDAY}
        Message.objects.create(kind="registered", recipient=person, run=past, **sent)
    Interest.objects.create(course=course, person=participant, noted_at=FRIDAY + dt.timedelta(hours=1))
    when = "2037-001 Vielfalt, Mo., 1. Juni 2037, 9:00–16:30 Uhr"
    page = f"https://schulungen.example/koordination/termine/{run.pk}/"
    said = [
        (section.title, [(line.text, line.url) for line in section.lines])
        for section in digest.sections(FRIDAY, MONDAY)
    ]
    assert said == [
        ("Neue Anmeldungen", [(f"2 neue Anmeldungen: {when}", page)]),
        (
            "Freigaben, auf die gewartet wird",
            [(f"1 offene Freigabe, bis Di., 31. März 2037, 24:00 Uhr: {when}", f"{page}warteliste/")],
        ),
        (
            "Angebote, die bald verfallen",
            [(f"1 offenes Angebot, bis Di., 31. März 2037, 12:00 Uhr: {when}", f"{page}warteliste/")],
        ),
        (
            "Anwesenheit fehlt",
            [("2037-002 Rückblick, 20.03.2037", f"https://schulungen.example/koordination/termine/{past.pk}/")],
        ),
        (
            "Nachrichten, die nicht ankommen",
            [
                ("1 nicht zustellbare Nachricht", "https://schulungen.example/koordination/"),
                ("1 unzustellbare Adresse", "https://schulungen.example/koordination/"),
            ],
        ),
        ("Neues Interesse", [("1 Person: Vielfalt", "https://schulungen.example/koordination/interesse/")]),
    ]


def test_under_filled_runs_are_named_a_week_before_they_are_to_be_decided_on(time_machine):
    time_machine.move_to(MONDAY, tick=False)
    run = build_run(starts_at=berlin(2037, 6, 1, 9), minimum_number=6, decide_on=dt.date(2037, 4, 6))
    build_run(starts_at=berlin(2037, 6, 1, 9), minimum_number=6, decide_on=dt.date(2037, 4, 7))
    [section] = digest.sections(FRIDAY, MONDAY)
    [line] = section.lines
    assert line.text.startswith("0 von mindestens 6, Entscheidung bis Mo., 6. April 2037: ")
    assert line.url.endswith(f"/{run.pk}/")


def test_queries_of_the_digest_do_not_grow_with_the_runs(django_assert_max_num_queries):
    for _run in range(8):
        registered(FRIDAY + dt.timedelta(hours=1))
    with django_assert_max_num_queries(15):
        digest.sections(FRIDAY, MONDAY, MONDAY)


@pytest.mark.parametrize(("language", "day"), [("de", "Mo., 30. März 2037"), ("en", "Mon, 30 March 2037")])
def test_digest_in_the_mail(coordinator, participant, time_machine, language, day):
    time_machine.move_to(MONDAY, tick=False)
    User.objects.filter(pk=coordinator.pk).update(language=language)
    run = build_run(starts_at=berlin(2037, 6, 1, 9))
    build_registration(run, participant, registered_at=FRIDAY + dt.timedelta(hours=1))
    mails.send_digests()
    mails.deliver_due()
    [sent] = mail.outbox
    assert sent.subject.endswith(day)
    assert run.number not in sent.subject
    assert f"/koordination/termine/{run.pk}/" in sent.body
    assert f"/koordination/termine/{run.pk}/" in sent.alternatives[0].content
    assert "Yıldız" not in sent.body + sent.alternatives[0].content
    message = sent.message()
    assert message["List-Unsubscribe"] == f"<{unsubscribing.url(MailSubscription(coordinator))}>"
    assert f" <{unsubscribing.url(MailSubscription(coordinator))}>\n" in message.as_string()  # in one piece
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_digest_is_dropped_on_another_day_or_for_who_no_longer_wants_it(coordinator, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    registered(FRIDAY + dt.timedelta(hours=1))
    mails.send_digests()
    message = Message.objects.get()
    assert mails.no_longer_true(message) == ""
    mails.unsubscribe(MailSubscription(coordinator))
    message = Message.objects.get()
    assert mails.no_longer_true(message) == "Die Person bekommt keine Übersicht mehr."
    Correspondence.objects.update(wants_digest=True)
    time_machine.move_to(MONDAY + dt.timedelta(days=1), tick=False)
    assert mails.no_longer_true(Message.objects.get()) == "Die Übersicht ist von einem anderen Tag."


def test_digest_that_leaves_when_everything_is_done_is_dropped(coordinator, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    run = build_run(starts_at=berlin(2037, 6, 1, 9))
    build_registration(run, status="requested", registered_at=FRIDAY - dt.timedelta(days=9))
    assert mails.send_digests() == 1
    Registration.objects.update(status="confirmed", held_until=None)
    assert mails.no_longer_true(Message.objects.get()) == "Es gibt nichts mehr zu berichten."


# --- ending it ---------------------------------------------------------------------------------


def wants_digest(person: User) -> bool:
    return Correspondence.objects.of(User.objects.get(pk=person.pk)).wants_digest


def test_opening_the_link_changes_nothing_and_one_click_without_cookie_ends_the_digest(coordinator):
    client = Client(enforce_csrf_checks=True)
    address = reverse("trainings:unsubscribe", args=[mails.unsubscribe_token(MailSubscription(coordinator))])
    page = client.get(address)
    assert [page.status_code, "Übersicht abbestellen" in page.content.decode()] == [200, True]
    assert wants_digest(coordinator)
    client = Client(enforce_csrf_checks=True)
    answer = client.post(address, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200  # mail programs follow no redirect
    assert not wants_digest(coordinator)
    assert "nicht mehr" in client.get(address).content.decode()


def test_link_of_an_invitation_ends_the_interest_in_that_course_alone(participant, client):
    wanted, other = build_course(), build_course()
    planning.note_interest(other, participant)
    message = Message(kind="invited", recipient=participant, run=build_run(wanted))
    planning.note_interest(wanted, participant)
    [address] = [header[1:-1] for name, header in unsubscribing.headers(message).items() if name == "List-Unsubscribe"]
    path = address[address.index("/abbestellen/") :]
    client.get(path)
    assert planning.people_interested().count() == 2
    client.post(path, {"List-Unsubscribe": "One-Click"})
    assert [interest.course for interest in planning.people_interested()] == [other]


@pytest.mark.parametrize("token", ["", "x", "WzEsMF0:1:abc"])
def test_forged_links_do_not_exist(client, token, coordinator):
    forged = mails.unsubscribe_token(MailSubscription(coordinator))[:-1] + ("A" if token else "")
    assert client.post(f"/abbestellen/{token or forged}/").status_code == 404
    assert wants_digest(coordinator)


def test_mails_about_a_place_of_ones_own_cannot_be_unsubscribed_from(participant, run):
    message = Message(kind="reminder", recipient=participant, registration=build_registration(run, participant))
    assert unsubscribing.headers(message) == {}


def test_coordinators_choose_the_digest_in_their_profile_and_nobody_else_is_asked(signed_in, coordinator, participant):
    page = signed_in(coordinator).get(reverse("accounts:profile")).content.decode()
    assert "Morgendliche Übersicht per E-Mail" in page
    assert "wants_digest" not in signed_in(participant).get(reverse("accounts:profile")).content.decode()
    fields = {
        "last_name": "Roth",
        "first_name": "Miriam",
        "group": "staff",
        "language": "de",
        "calendar_choice": "feed",
    }
    signed_in(coordinator).post(reverse("accounts:profile"), fields)
    assert not wants_digest(coordinator)


def test_digest_that_could_not_be_delivered_is_a_task_like_any_mail(signed_in, coordinator):
    Message.objects.create(kind="digest", recipient=coordinator, status="dead", last_error="Postfach voll")
    assert "Postfach voll" in signed_in(coordinator).get(reverse("trainings:coordination")).content.decode()
