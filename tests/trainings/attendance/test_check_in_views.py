"""The pages on which people check in, the screen of the room, and the trainer's head count."""

import datetime as dt
import re

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.builders import berlin, build_course, build_person, build_registration, build_run, only_session
from tests.pages import read
from tests.test_access import everything
from trainings import attendance
from trainings.acts import Act
from trainings.attendance import Mark, check_ins
from trainings.models import AttendanceRecord, CheckIn
from trainings.printing import qr_path

pytestmark = pytest.mark.django_db

START = berlin(2026, 3, 10, 9)
TYPE, TITLE = "/einchecken/", "„Menschen in Syrien“"
OLD = "Der Code im Raum hat inzwischen gewechselt. Bitte scannen Sie ihn noch einmal oder tippen Sie ihn ein."
TOO_MANY = "Es wurden mehrmals falsche Codes eingegeben."
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1"}


@pytest.fixture(autouse=True)
def clock():
    """It is the start of the session, and stays so until a test moves on."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def session(trainer):
    return only_session(build_run(build_course(TITLE), starts_at=START, trainers=[trainer]))


@pytest.fixture
def registration(session, participant):
    return build_registration(session.run, participant)


@pytest.fixture
def client_of_participant(signed_in, participant):
    return signed_in(participant)


def link(session, code=""):
    return reverse("trainings:check_in_scanned", args=[session.pk, code or attendance.room_code(session)])


def after_scan(session):
    return reverse("trainings:check_in_session", args=[session.pk])


def wrong_code(*sessions):
    """One that none of the sessions shows now or did in the last ten minutes."""
    codes = (f"{number:06d}" for number in range(1000))
    return next(
        code
        for code in codes
        if not any(attendance.code_fits(each, code) or attendance.code_was_shown(each, code) for each in sessions)
    )


def post_code(client, code, **more):
    return client.post(TYPE, {"code": code}, **more)


# --- Typing -----------------------------------------------------------------------------------------------------------


def test_six_digits_check_in_pasted_with_a_space(client_of_participant, session, registration):
    code = attendance.room_code(session)
    response = post_code(client_of_participant, f" {code[:3]} {code[3:]} ", headers=PHONE, REMOTE_ADDR="192.0.2.7")
    assert response.url == after_scan(session)
    page = read(client_of_participant.get(response.url))
    assert page.alerts == ["Sie sind eingecheckt."]
    assert page.headings == [f"Eingecheckt: {TITLE}"]
    assert "9:00 Uhr, Code getippt" in page.text
    assert "Ihre Anwesenheit gilt, sobald die Kursleitung die Anwesenden gezählt hat." in page.text
    row = CheckIn.objects.get()
    assert [row.registration, row.session, row.way, row.device] == [registration, session, "typed", "iPhone · Safari"]
    assert row.network == attendance.network_of(session, "192.0.2.250")
    assert AttendanceRecord.objects.count() == 0


def test_the_field_suits_phones(client_of_participant, registration):
    page = client_of_participant.get(TYPE)
    [field] = re.findall(r"<input[^>]*name=\"code\"[^>]*>", page.content.decode())
    assert [word in field for word in ('inputmode="numeric"', 'autocomplete="one-time-code"')] == [True, True]
    assert TITLE in read(page).text


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12-34 5"])
def test_what_is_not_six_digits_is_told_beside_the_field(client_of_participant, registration, typed):
    page = read(post_code(client_of_participant, typed))
    assert page.errors == ["Bitte geben Sie die sechs Ziffern ein, die im Raum zu sehen sind."]
    assert page.form("code")["code"] == typed


def test_digits_of_other_scripts_are_digits(client_of_participant, session, registration):
    arabic = attendance.room_code(session).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert post_code(client_of_participant, arabic).status_code == 302


@pytest.mark.parametrize(("seconds", "status"), [(29, 302), (30, 302), (59, 302), (61, 200)])
def test_a_typed_code_counts_for_a_minute(client_of_participant, session, registration, clock, seconds, status):
    code = attendance.room_code(session)
    clock.shift(seconds)
    response = post_code(client_of_participant, code)
    assert response.status_code == status
    if status == 200:
        text = "Dieser Code gilt nicht mehr. Bitte geben Sie den ein, der jetzt im Raum zu sehen ist."
        assert read(response).errors == [text]
    assert CheckIn.objects.count() == (status == 302)


def test_the_code_of_another_session_is_refused(client_of_participant, session, registration):
    other = only_session(build_run(starts_at=START))
    page = read(post_code(client_of_participant, attendance.room_code(other)))
    text = "Dieser Code stimmt nicht. Bitte vergleichen Sie ihn mit dem, der jetzt im Raum zu sehen ist."
    assert page.errors == [text]
    assert CheckIn.objects.count() == 0


def test_wrong_codes_cannot_be_tried_for_ever(client_of_participant, session, registration, clock):
    for _ in range(check_ins.TRIES_OF_A_PERSON.most):
        assert post_code(client_of_participant, wrong_code(session)).status_code == 200
    for address in ("127.0.0.1", "192.0.2.1"):
        response = post_code(client_of_participant, attendance.room_code(session), REMOTE_ADDR=address)
        assert TOO_MANY in read(response, 429).text
        assert response.headers["Retry-After"] == "600"
    response = client_of_participant.get(link(session))
    assert TOO_MANY in read(response, 429).text
    assert CheckIn.objects.count() == 0
    clock.shift(600)
    assert post_code(client_of_participant, attendance.room_code(session)).status_code == 302


def test_codes_that_were_right_a_while_ago_are_not_counted(client_of_participant, session, registration, clock):
    code = attendance.room_code(session)
    clock.shift(120)
    for _ in range(check_ins.TRIES_OF_A_PERSON.most + 1):
        assert post_code(client_of_participant, code).status_code == 200
        assert OLD in read(client_of_participant.get(link(session, code))).text
    assert post_code(client_of_participant, attendance.room_code(session)).status_code == 302


def test_whoever_waits_hears_so(signed_in, session, participant):
    build_registration(session.run, participant, "waitlisted")
    client = signed_in(participant)
    text = "Sie stehen für diese Schulung auf der Warteliste. Bitte wenden Sie sich an die Kursleitung."
    assert read(post_code(client, attendance.room_code(session))).errors == [text]
    page = read(client.get(link(session), follow=True))
    assert (text in page.text, "Ich bin da" in page.text) == (True, False)
    assert text in read(client.post(after_scan(session)), 409).text
    assert CheckIn.objects.count() == 0


# --- The link ---------------------------------------------------------------------------------------------------------


def test_scan_and_press_one_button(client_of_participant, session, registration):
    response = client_of_participant.get(link(session))
    assert response.url == after_scan(session)
    page = read(client_of_participant.get(response.url))
    assert page.headings == [f"Einchecken: {TITLE}"]
    assert "Sie sind eingeloggt als Ayşe Yıldız." in page.text
    response = client_of_participant.post(after_scan(session), headers=PHONE)
    assert response.url == after_scan(session)
    assert "9:00 Uhr, QR-Code" in read(client_of_participant.get(response.url)).text
    assert list(CheckIn.objects.values_list("registration", "way")) == [(registration.pk, "scanned")]


def test_opening_the_link_changes_nothing(client_of_participant, session, registration):
    before = everything()
    for client in (client_of_participant, Client()):
        for method in (client.get, client.head, client.get):
            assert method(link(session)).status_code == 302
        assert client.post(link(session)).status_code == 405
        client.get(after_scan(session))
    assert everything() == before


def test_signing_in_on_the_way_keeps_the_ticket(client, session, registration, participant, clock):
    """Cookies and all: the sign-in gives the browser a new session key, and takes longer than a code lives."""
    response = client.get(client.get(link(session)).url)
    assert response.url == f"/anmelden/?next={after_scan(session)}"
    key = client.session.session_key
    client.post("/anmelden/", {"email": participant.email, "next": after_scan(session)})
    [code] = re.findall(r"^([A-Z0-9-]{6,12})$", mail.outbox[-1].body, re.MULTILINE)
    clock.shift(240)
    response = client.post("/anmelden/code/", {"code": code, "action": "verify", "next": after_scan(session)})
    assert response.url == after_scan(session)
    assert client.session.session_key != key
    assert read(client.get(response.url)).headings == [f"Einchecken: {TITLE}"]
    client.post(response.url)
    assert list(CheckIn.objects.values_list("registration", "way")) == [(registration.pk, "scanned")]


def test_who_has_not_said_yet_who_they_are_does_so_first(client, session):
    newcomer = build_person(profile_completed_at=None)
    build_registration(session.run, newcomer)
    client.force_login(newcomer, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.get(client.get(link(session)).url)
    assert response.url == f"/konto/?next=%2Feinchecken%2F{session.pk}%2F"
    profile = {"first_name": "Kim", "last_name": "Neu", "group": "staff", "language": "de", "privacy_notice": "on"}
    profile |= {"organisation": "Verein", "next": after_scan(session)}
    assert client.post("/konto/", profile).url == after_scan(session)
    client.post(after_scan(session))
    assert CheckIn.objects.get().registration.person == newcomer


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_an_old_link_says_so_and_leads_to_typing(client, session, registration, participant, clock, is_signed_in):
    if is_signed_in:
        client.force_login(participant, backend="allauth.account.auth_backends.AuthenticationBackend")
    old = link(session)
    clock.shift(60)
    page = read(client.get(old))
    assert OLD in page.text
    assert page.links["Code eingeben"] == TYPE
    response = client.get(after_scan(session), follow=True)
    assert response.redirect_chain[0][0] == (TYPE if is_signed_in else f"/anmelden/?next={after_scan(session)}")


def test_the_ticket_lasts_five_minutes_and_an_old_link_does_not_prolong_it(
    client_of_participant, session, registration, clock
):
    scanned = link(session)
    client_of_participant.get(scanned)
    clock.shift(299)
    assert client_of_participant.get(scanned).url == after_scan(session)
    assert client_of_participant.get(after_scan(session)).status_code == 200
    clock.shift(1)
    response = client_of_participant.post(after_scan(session), follow=True)
    assert response.redirect_chain == [(TYPE, 302)]
    text = "Seit dem Scannen ist zu viel Zeit vergangen. Bitte geben Sie den Code ein."
    assert read(response).alerts == [text]
    assert CheckIn.objects.count() == 0


def test_the_ticket_is_for_one_session_and_one_check_in(client_of_participant, session, registration, participant):
    other = only_session(build_run(starts_at=START))
    build_registration(other.run, participant)
    client_of_participant.get(link(session))
    assert client_of_participant.post(after_scan(other)).url == TYPE
    client_of_participant.get(link(session))
    client_of_participant.post(after_scan(session))
    CheckIn.objects.all().delete()
    assert client_of_participant.post(after_scan(session)).url == TYPE
    assert CheckIn.objects.count() == 0


def test_the_code_of_another_session_gives_no_ticket(client_of_participant, session, registration):
    other = only_session(build_run(starts_at=START))
    assert OLD in read(client_of_participant.get(link(session, attendance.room_code(other)))).text
    assert client_of_participant.post(after_scan(session)).url == TYPE


def test_no_ticket_for_the_next_person_in_the_same_browser(client, session, registration, participant):
    other = build_registration(session.run)
    for person in (participant, other.person):
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        if person == participant:
            client.get(link(session))
    assert client.post(after_scan(session)).url == TYPE
    assert CheckIn.objects.count() == 0


def test_links_cannot_be_guessed_without_signing_in(client, session):
    for _ in range(check_ins.TRIES_OF_A_NETWORK.most):
        assert client.get(link(session, wrong_code(session))).status_code == 200
    assert TOO_MANY in read(client.get(link(session)), 429).text
    assert client.get(link(session), REMOTE_ADDR="192.0.2.1").status_code == 302


def test_who_is_recorded_already_is_told_kindly(client_of_participant, session, registration, trainer):
    attendance.record(session, {registration.pk: Mark("present")}, Act(trainer))
    page = read(client_of_participant.get(link(session), follow=True))
    assert "Die Kursleitung hat Sie schon eingetragen. Sie brauchen nichts mehr zu tun." in page.text
    assert CheckIn.objects.count() == 0


def test_pages_of_the_code_are_kept_nowhere(client_of_participant, session, registration):
    for address in (TYPE, link(session), link(session, wrong_code(session))):
        assert "no-store" in client_of_participant.get(address).headers["Cache-Control"]


# --- The way there ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "shown"), [(-1.1, False), (-1, True), (7.4, True), (7.5, False)])
def test_my_registrations_lead_to_it_while_it_is_open(
    signed_in, participant, session, registration, clock, hours, shown
):
    clock.shift(dt.timedelta(hours=hours))
    page = read(signed_in(participant).get("/meine-schulungen/"))
    assert (page.links.get("Mit dem Code im Raum einchecken") == TYPE) == shown


def test_and_not_afterwards_nor_for_who_waits(client_of_participant, session, registration, participant):
    other = build_run(starts_at=START)
    build_registration(other, participant, "waitlisted")
    post_code(client_of_participant, attendance.room_code(session))
    assert "Mit dem Code im Raum einchecken" not in read(client_of_participant.get("/meine-schulungen/")).links


def test_it_costs_one_query_and_none_outside(signed_in, participant, session, registration, clock):
    counts = []
    for _ in range(3):
        client = signed_in(participant)
        client.get("/meine-schulungen/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/meine-schulungen/")
        counts.append(sum("trainings_checkin" in query["sql"] for query in captured))
        if len(counts) == 1:
            build_registration(build_run(starts_at=START), participant)
        elif len(counts) == 2:
            clock.shift(-dt.timedelta(hours=2))
    assert counts == [1, 1, 0]


# --- The screen of the room -------------------------------------------------------------------------------------------


def room(session):
    return reverse("trainings:room_code", args=[session.pk])


def digits(response):
    [shown] = re.findall(r'<p class="room__code"[^>]*>(.*?)</p>', response.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>|\s", "", shown)


def waits(response):
    """Seconds until the page loads itself anew, until its script does, and as long as the code is taken."""
    return re.findall(
        r'(?:http-equiv="refresh" content|data-next-in|data-holds-for)="(\d+)"', response.content.decode()
    )


def test_the_room_shows_the_code_and_renews_itself(signed_in, trainer, session, registration, clock):
    client = signed_in(trainer)
    attendance.check_in(session, registration.person, way="scanned")
    clock.shift(12)
    response = client.get(room(session))
    assert digits(response) == attendance.room_code(session)
    assert waits(response) == ["18", "18", "48"]
    assert "Refresh" not in response.headers  # which nothing could stop once the network is away
    assert "no-store" in response.headers["Cache-Control"]
    clock.shift(18)
    assert digits(client.get(room(session))) == attendance.room_code(session) != digits(response)
    text = response.content.decode()
    assert ("1 eingecheckt" in text, "Yıldız" in text, "testserver" in text) == (True, False, False)
    assert f"<strong>127.0.0.1:8000{TYPE}</strong>" in text


def test_what_the_room_shows_is_what_opens(signed_in, trainer, session, settings):
    settings.PUBLIC_URL = "https://schulungen.example"
    response = signed_in(trainer).get(room(session))
    path, size = qr_path("https://schulungen.example" + link(session))
    assert f'viewBox="0 0 {size} {size}"' in response.content.decode()
    assert f'd="{path}"' in response.content.decode()


@pytest.mark.parametrize(
    ("hours", "text", "is_renewed"),
    [
        (-2, "Einchecken können Sie ab Di., 10. März 2026, 8:00 Uhr.", True),
        (8, "Diese Sitzung ist zu Ende.", False),
    ],
)
def test_no_code_outside_the_window(signed_in, trainer, session, clock, hours, text, is_renewed):
    clock.shift(dt.timedelta(hours=hours))
    response = signed_in(trainer).get(room(session))
    assert text in read(response).text
    assert ("room__code" in response.content.decode(), bool(waits(response))) == (False, is_renewed)


def test_only_trainers_of_the_run_and_the_coordination(
    signed_in, session, trainer, other_trainer, participant, agency_contact, coordinator, registration
):
    build_run(trainers=[other_trainer])
    for page in (room(session), trainers_page(session)):
        outsiders = [other_trainer, participant, agency_contact]
        statuses = [signed_in(person).get(page).status_code for person in [trainer, coordinator, *outsiders]]
        assert statuses == [200, 200, 404, 404, 404]
    attendance.check_in(session, participant, way="scanned")
    for person in outsiders:
        assert signed_in(person).post(trainers_page(session), {"head_count": "1"}).status_code == 404
    assert AttendanceRecord.objects.count() == 0


# --- The head count ---------------------------------------------------------------------------------------------------


def trainers_page(session):
    return reverse("trainings:check_ins", args=[session.pk])


@pytest.fixture
def room_of_three(session):
    """Adam and Berg from the room, Celik from elsewhere; Dorn has not checked in."""
    people = [build_registration(session.run, build_person(last_name=name)) for name in ("Adam", "Berg", "Celik")]
    for registration, address in zip(people, ["192.0.2.1", "192.0.2.2", "198.51.100.7"], strict=True):
        network = attendance.network_of(session, address)
        attendance.check_in(session, registration.person, way="typed", network=network, device="Android · Chrome")
    build_registration(session.run, build_person(last_name="Dorn"))
    return people


def recorded():
    rows = AttendanceRecord.objects.order_by("registration__person__last_name")
    return list(rows.values_list("registration__person__last_name", "status"))


def test_the_trainer_sees_what_came_from_where(signed_in, trainer, session, room_of_three):
    page = read(signed_in(trainer).get(trainers_page(session)))
    assert "Netz A (2), Netz B (1)" in page.text
    assert re.search(r"Celik, Kim .*?9:00 Uhr Code getippt B Android · Chrome", page.text)
    assert page.headings[1:] == ["Eingecheckt (3)", "Nicht eingecheckt (1)", "Kopfzahl bestätigen"]
    assert "Dorn, Kim" in page.text.partition("Nicht eingecheckt")[2]


def test_the_right_count_is_confirmed(signed_in, trainer, session, room_of_three):
    response = signed_in(trainer).post(trainers_page(session), {"head_count": "3", "excluded_as": "open"}, follow=True)
    page = read(response)
    assert page.alerts == ["Kopfzahl bestätigt: 3 Personen sind jetzt als anwesend eingetragen."]
    assert recorded() == [("Adam", "present"), ("Berg", "present"), ("Celik", "present")]
    again = signed_in(trainer).post(trainers_page(session), page.form("head_count") | {"head_count": "3"}, follow=True)
    assert read(again).alerts == ["Kopfzahl bestätigt. Es gab nichts einzutragen."]


def test_a_wrong_count_keeps_what_was_typed(signed_in, trainer, session, room_of_three):
    celik = room_of_three[2]
    posted = {"head_count": "1", "excluded": [str(celik.pk)], "excluded_as": "absent"}
    page = read(signed_in(trainer).post(trainers_page(session), posted))
    [error] = page.errors
    assert error.startswith("Gezählt: 1, eingecheckt oder erfasst: 2.")
    assert page.form("head_count").items() >= {
        ("head_count", "1"),
        ("excluded", str(celik.pk)),
        ("excluded_as", "absent"),
    }
    assert recorded() == []
    signed_in(trainer).post(trainers_page(session), posted | {"head_count": "2"})
    assert recorded() == [("Adam", "present"), ("Berg", "present"), ("Celik", "absent")]


@pytest.mark.parametrize("posted", [{}, {"head_count": "-1"}, {"head_count": "viele"}, {"head_count": "3"}])
def test_nonsense_records_nothing(signed_in, trainer, session, room_of_three, posted):
    page = read(signed_in(trainer).post(trainers_page(session), posted | {"excluded": ["99999", "x"]}))
    assert page.alerts != []
    assert recorded() == []


def test_the_pages_lead_to_each_other(signed_in, trainer, session, registration):
    client = signed_in(trainer)
    marking = read(client.get(reverse("trainings:attendance", args=[session.pk]))).links
    counting = read(client.get(trainers_page(session))).links
    assert marking["Selbst einchecken"] == trainers_page(session)
    assert counting["Anwesenheit"] == reverse("trainings:attendance", args=[session.pk])
    assert room(session) in counting.values()


def test_the_trainers_page_asks_as_often_for_many_as_for_one(signed_in, trainer, session, registration):
    attendance.check_in(session, registration.person, way="scanned", network="a" * 16)
    client = signed_in(trainer)
    counts = []
    for _ in range(2):
        client.get(trainers_page(session))
        with CaptureQueriesContext(connection) as captured:
            client.get(trainers_page(session))
        counts.append(len(captured))
        for _ in range(3):
            attendance.check_in(session, build_registration(session.run).person, way="typed", network="b" * 16)
    assert counts[0] == counts[1]
