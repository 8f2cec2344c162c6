"""Feeds: which shows whom what, and what is not sent twice."""

import datetime as dt
from itertools import product

import pytest
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import User
from tests import builders
from tests.builders import cancel_session, further_session, save_session
from tests.cases import one_in
from tests.feeds import events, subscribe, text_of, titled
from trainings import booking, calendars, planning
from trainings.acts import Act
from trainings.calendars import feeds, ical
from trainings.calendars import programs as calendar_clients
from trainings.models import CalendarSubscription, CourseRun, HeldPlace
from trainings.refusals import Refused

Kind = CalendarSubscription.Kind
KINDS = list(Kind)
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)"


@pytest.fixture
def everybody(participant, trainer, agency_contact, coordinator):
    return {
        Kind.PERSONAL: participant,
        Kind.TRAINER: trainer,
        Kind.AGENCY: agency_contact,
        Kind.COORDINATOR: coordinator,
    }


@pytest.fixture
def busy_run(participant, other_participant, trainer):
    """Three of four places taken, one of them held by the agency of the participant, and one waits."""
    venue = builders.build_venue("Kreishaus", phone="0261 108-0")
    fields = {"venue": venue, "format": "hybrid", "online_link": "https://konferenz.example/raum"}
    run = titled("Voll", capacity=4, trainers=[trainer], **fields)
    builders.build_registration(run, participant)
    builders.build_registration(run, other_participant)
    builders.build_registration(run, builders.build_person(last_name="Wartezimmer"), "waitlisted")
    now = timezone.now()
    place = {"name_by": now.date(), "taken_at": now, "taken_by": participant}
    HeldPlace.objects.create(run=run, agency=participant.agency, **place)
    return run


# --- What each shows ------------------------------------------------------------------------------


def test_who_teaches_sees_how_full_it_is_whom_to_call_and_the_list(client, trainer, busy_run):
    titled("Von anderen")
    found = events(client.get(subscribe(trainer, Kind.TRAINER)))
    assert list(found) == ["Voll"]
    session = builders.only_session(busy_run)
    address = f"http://127.0.0.1:8000{reverse('trainings:attendance', args=[session.pk])}"
    assert str(found["Voll"]["DESCRIPTION"]).split("\n") == [
        "3 von 4 Plätzen belegt, 1 wartet",
        "Telefon vor Ort: 0261 108-0",
        "Zugangslink: https://konferenz.example/raum",
        "Umfang: 8 UE (6 Std.)",
        f"Teilnahmeliste: {address}",
    ]
    assert (found["Voll"]["TRANSP"], found["Voll"]["CLASS"]) == ("OPAQUE", "PRIVATE")


def test_an_agency_sees_what_is_open_to_it_with_its_own_numbers(client, agency, other_agency, agency_contact, busy_run):
    titled("Für uns", visibility=CourseRun.Visibility.AGENCIES, agencies=[agency])
    titled("Für andere", visibility=CourseRun.Visibility.AGENCIES, agencies=[other_agency])
    titled("Entwurf", published_at=None)
    response = client.get(subscribe(agency_contact, Kind.AGENCY))
    found = events(response)
    assert sorted(found) == ["Für uns", "Voll"]
    described = str(found["Voll"]["DESCRIPTION"]).split("\n")
    # Its colleague's place, the one it holds, and the colleague who waits.
    assert described[:2] == ["3 von 4 Plätzen belegt, 1 wartet", "Ihre Behörde: 2 Plätze, 1 wartet"]
    assert "konferenz.example" not in text_of(response)
    assert "Telefon vor Ort" not in text_of(response)
    assert found["Voll"]["TRANSP"] == "TRANSPARENT"


def test_coordinators_see_everything_and_drafts_as_such(client, coordinator, busy_run):
    titled("Geplant", published_at=None)
    found = events(client.get(subscribe(coordinator, Kind.COORDINATOR)))
    assert {title: str(event["STATUS"]) for title, event in found.items()} == {
        "Voll": "CONFIRMED",
        "ENTWURF: Geplant": "TENTATIVE",
    }
    described = str(found["Voll"]["DESCRIPTION"])
    assert "konferenz.example" in described
    assert "Telefon vor Ort: 0261 108-0" in described
    # Outlook looks at nothing else to decide whether the day is free.
    assert {str(event["X-MICROSOFT-CDO-BUSYSTATUS"]) for event in found.values()} == {"FREE"}


@pytest.mark.parametrize("kind", KINDS)
def test_no_feed_names_a_participant_or_whom_it_would_ask_to_answer(client, everybody, busy_run, kind):
    content = text_of(client.get(subscribe(everybody[kind], kind)))
    assert "BEGIN:VEVENT" in content
    people = [word for person in User.objects.all() for word in (person.last_name, person.email) if word]
    assert [word for word in [*people, "ORGANIZER", "ATTENDEE", "METHOD"] if word in content] == []


def test_nobody_subscribes_to_what_their_role_does_not_show(everybody, busy_run):
    may = {owner: calendars.feed_kinds_for(person) for owner, person in everybody.items()}
    assert may == {kind: list(dict.fromkeys([Kind.PERSONAL, kind])) for kind in KINDS}
    with pytest.raises(Refused):
        calendars.subscribe(everybody[Kind.PERSONAL], Kind.COORDINATOR)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_without_the_role_the_calendar_is_empty_but_one(client, everybody, busy_run, kind):
    address = subscribe(everybody[kind], kind)
    assert events(client.get(address)) != {}
    busy_run.trainers.clear()
    User.objects.filter(pk=everybody[kind].pk).update(role=User.Role.PARTICIPANT)
    response = client.get(address)
    assert events(response) == {}
    assert [component.name for component in Calendar.from_ical(response.content).subcomponents] == [
        "VTIMEZONE",
        "VEVENT",
    ]
    assert "SUMMARY:Zurzeit keine Termine" in text_of(response)


def test_the_link_of_the_page_leads_where_its_owner_may_go(signed_in, everybody, busy_run):
    for kind in KINDS[1:]:
        client = signed_in(everybody[kind])
        [event] = events(client.get(subscribe(everybody[kind], kind))).values()
        assert client.get(str(event["URL"]).removeprefix("http://127.0.0.1:8000")).status_code == 200


# --- Fetching -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_other_sessions_are_another_state_though_all_their_sums_are_the_same(course):
    first, second, third, fourth = (builders.only_session(builders.build_run(course)).pk for _ in range(4))
    assert first + fourth == second + third
    shown = [Q(pk__in=pks) for pks in ([first, fourth], [second, third], [fourth, first])]
    one, other, same = (feeds.Feed(Q(), these, timezone.now()).state().etag for these in shown)
    assert (one == other, one == same) == (False, True)


@pytest.mark.parametrize(("kind", "further"), list(zip(KINDS, [0, 2, 3, 2], strict=True)))
def test_few_short_questions_of_one_fetch(client, everybody, busy_run, kind, further, django_assert_num_queries):
    """Whose the calendar is and what state it has; ``further``: which runs it is about, how full, of which agencies."""
    titled("Noch einer", trainers=[everybody[Kind.TRAINER]])
    address = subscribe(everybody[kind], kind)
    client.get(address)
    with django_assert_num_queries(5 + further):
        first = client.get(address)
    with django_assert_num_queries(2 + further):
        second = client.get(address, headers={"if-none-match": first.headers["ETag"]})
    assert (second.status_code, second.content) == (304, b"")
    assert client.get(address).content == first.content
    head = client.head(address)
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", first.headers["ETag"])


CHANGES = {
    "title": lambda run: set_and_save(run.course, title="Neu"),
    "place": lambda run: set_and_save(run.venue, street="Bahnhofstr. 1"),
    "notes": lambda run: set_and_save(run, notes="Bitte Ausweis mitbringen"),
    "link": lambda run: set_and_save(run, online_link="https://konferenz.example/anders"),
    "length": lambda run: save_session(set_on(run.sessions.get(), teaching_minutes=300)),
    "room": lambda run: save_session(set_on(run.sessions.get(), room="Saal 2")),
    "session": lambda run: cancel_session(run.sessions.first()),
    "new session": lambda run: planning.add_session(
        run, starts_at=builders.in_days(40), ends_at=builders.in_days(40, 12), teaching_minutes=90
    ),
}


def set_on(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    return row


def set_and_save(row, **values):
    set_on(row, **values).save()


@pytest.mark.parametrize(("kind", "change"), one_in(3, product(KINDS, CHANGES)))
def test_every_change_is_sent_again_with_a_later_moment(client, everybody, busy_run, kind, change, time_machine):
    if change == "session":
        further_session(busy_run)
    address = subscribe(everybody[kind], kind)
    first = client.get(address)
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=10))
    CHANGES[change](CourseRun.objects.get(pk=busy_run.pk))
    second = client.get(address, headers={"if-none-match": first.headers["ETag"]})
    moments = [max(event["LAST-MODIFIED"].dt for event in events(response).values()) for response in (first, second)]
    assert moments[0] < moments[1]


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_place_given_up_is_told(client, everybody, busy_run, participant, kind, time_machine):
    address = subscribe(everybody[kind], kind)
    first = client.get(address)
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=10))
    registration = participant.registrations.get()
    booking.cancel(registration, Act(participant))
    second = client.get(address, headers={"if-none-match": first.headers["ETag"]})
    [before], [after] = (events(response).values() for response in (first, second))
    assert after["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
    assert after["SEQUENCE"] == before["SEQUENCE"]


def test_ones_own_calendar_may_also_be_asked_by_time(client, participant, run, time_machine, django_assert_num_queries):
    time_machine.move_to(builders.in_days(1, 12))  # no midnight within, which is a change of its own
    registration = booking.register(run, participant, Act(participant))
    address = subscribe(participant)
    assert "Last-Modified" not in client.get(address).headers  # others may just be changing it as well
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=5))
    first = client.get(address)
    with django_assert_num_queries(2):
        second = client.get(address, headers={"if-modified-since": first.headers["Last-Modified"]})
    assert (second.status_code, second.content) == (304, b"")
    # What leaves the calendar is a change like any other.
    booking.cancel(registration, Act(participant))
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=5))
    third = client.get(address, headers={"if-modified-since": first.headers["Last-Modified"]})
    assert events(third) == {}
    assert client.get(address, headers={"if-modified-since": third.headers["Last-Modified"]}).status_code == 304


def test_time_alone_takes_a_session_out_and_is_noticed_both_ways(client, participant, time_machine):
    time_machine.move_to("2026-03-02 09:00:00+00:00", tick=False)
    builders.build_registration(titled("Kurs", starts_at=builders.in_days(-30)), participant)
    address = subscribe(participant, look_back=30)
    time_machine.shift(dt.timedelta(hours=1))
    first = client.get(address)
    assert list(events(first)) == ["Kurs"]
    time_machine.shift(dt.timedelta(days=1))
    for asked in ({"if-none-match": first.headers["ETag"]}, {"if-modified-since": first.headers["Last-Modified"]}):
        assert events(client.get(address, headers=asked)) == {}


def test_where_a_moment_could_lie_none_is_given(client, everybody, busy_run, time_machine):
    addresses = [subscribe(everybody[kind], kind) for kind in KINDS[1:]]
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=5))
    for address in [*addresses, reverse("trainings:public_feed")]:
        assert "Last-Modified" not in client.get(address).headers


def test_feeds_know_no_cookies(signed_in, participant):
    client = signed_in(participant)
    for address in (subscribe(participant), reverse("trainings:public_feed")):
        response = client.get(address)
        assert "Set-Cookie" not in response.headers
        assert dict(response.cookies) == {}
        assert "cookie" not in response.headers.get("Vary", "").lower()


def test_an_address_that_is_not_known_any_more_sets_no_cookie_either(client, participant, django_assert_num_queries):
    address = subscribe(participant)
    calendars.revoke(calendars.subscriptions_of(participant).get())
    with django_assert_num_queries(1):
        response = client.get(address, headers={"If-None-Match": "*"})
    assert (response.status_code, dict(response.cookies)) == (404, {})
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content == client.get(reverse("trainings:personal_feed", args=["nie-dagewesen"])).content
    assert (response.headers["Cache-Control"], response.headers["Referrer-Policy"]) == (
        "private, no-cache",
        "no-referrer",
    )


def test_who_last_fetched_it_is_noted_once_an_hour_and_nothing_else(client, participant, time_machine):
    time_machine.move_to("2026-03-02 09:00:00+00:00", tick=False)
    address = subscribe(participant)
    agents = [(0, OUTLOOK), (59, "Mozilla/5.0 (X11) Gecko/20100101 Thunderbird/128.0")]
    for minutes, agent in agents:
        time_machine.shift(dt.timedelta(minutes=minutes))
        client.get(address, headers={"user-agent": agent}, REMOTE_ADDR="203.0.113.7")
    [row] = CalendarSubscription.objects.values()
    assert (row["fetched_by"], row["fetched_at"]) == ("outlook", dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
    assert [value for value in row.values() if "203.0.113" in str(value) or "16.0" in str(value)] == []
    time_machine.shift(dt.timedelta(minutes=1))
    client.get(address, headers={"user-agent": agents[1][1]})
    assert CalendarSubscription.objects.get().fetched_by == "thunderbird"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (OUTLOOK, "Outlook"),
        ("Google-Calendar-Importer", "Google Kalender"),
        ("Mozilla/5.0 (compatible; Google-Calendar-Importer)", "Google Kalender"),
        ("iOS/17.4 (21E219) dataaccessd/1.0", "Apple Kalender"),
        ("macOS/14.2.1 (23C71) CalendarAgent/994", "Apple Kalender"),
        ("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Thunderbird/128.4.0", "Thunderbird"),
        ("Nextcloud Server Crawler", "Nextcloud"),
        ("Mozilla/4.0 (compatible; Lotus-Notes/6.0; Windows-NT)", "HCL Notes"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0", "ein Browser"),
        ("", "anderes Programm"),
        ("\r\nX-Evil: 1", "anderes Programm"),
    ],
)
def test_families_of_programs(agent, name):
    assert calendars.program_label(calendar_clients.family(agent)) == name


# --- Size and texts -------------------------------------------------------------------------------


def test_too_many_events_are_narrowed_to_the_nearest(client, coordinator, monkeypatch, signed_in):
    monkeypatch.setattr(ical, "MOST_EVENTS", 3)
    for title, day in [("lange her", -60), ("gestern", -1), ("morgen", 1), ("bald", 5), ("später", 50)]:
        titled(title, starts_at=builders.in_days(day))
    address = subscribe(coordinator, Kind.COORDINATOR)
    response = client.get(address)
    assert list(events(response)) == ["morgen", "bald", "später"]
    assert "(gekürzt auf die nächsten Termine)" in text_of(response)
    monkeypatch.setattr(ical, "MOST_EVENTS", 4)
    monkeypatch.setattr(calendars, "MOST_EVENTS", 4)  # what the page says
    assert list(events(client.get(address))) == ["gestern", "morgen", "bald", "später"]
    page = signed_in(coordinator).get(reverse("trainings:calendar")).content.decode()
    assert "gekürzt auf die nächsten 4 Sitzungen" in page


def test_no_feed_reaches_the_size_at_which_programs_cut(client, coordinator, monkeypatch):
    monkeypatch.setattr(ical, "MOST_BYTES", 8_000)
    for day in range(1, 12):
        titled(f"Tag {day}", starts_at=builders.in_days(day))
    response = client.get(subscribe(coordinator, Kind.COORDINATOR))
    found = list(events(response))
    assert len(response.content) < 8_000
    assert found == [f"Tag {day}" for day in range(1, len(found) + 1)]
    assert 1 < len(found) < 11


HOSTILE = "Büro\r\nX-EVIL:1\nEND:VCALENDAR\x85X-EVIL:2\u2028X-EVIL:3 ;,\\N\x00"


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_breaks_out_of_its_line(client, everybody, busy_run, settings, kind):
    settings.SITE_NAME = HOSTILE
    set_and_save(busy_run.venue, name=HOSTILE.replace("\0", ""), phone="0\r\nX-EVIL:4")
    set_and_save(busy_run, notes=HOSTILE.replace("\0", ""))
    address = subscribe(everybody[kind], kind, name=HOSTILE.replace("\0", "")[:60])
    response = client.get(address)
    lines = text_of(response).replace("\r\n", "\n").splitlines()
    assert [line for line in lines if line.startswith(("X-EVIL", "END:VCALENDAR"))] == ["END:VCALENDAR"]
    assert len(events(response)) == 1


def test_a_name_typed_with_line_breaks_is_one_line(signed_in, participant):
    signed_in(participant).post(reverse("trainings:subscribe"), {"name": "A\r\nB", "look_back": "0"})
    assert CalendarSubscription.objects.get().name == "A B"


def test_midnight_is_that_of_berlin():
    assert feeds.midnight(dt.datetime(2026, 7, 1, 22, 30, tzinfo=dt.UTC)) == builders.berlin(2026, 7, 2)


@pytest.mark.parametrize("kind", [Kind.TRAINER, Kind.AGENCY, Kind.COORDINATOR])
def test_what_happens_to_runs_long_past_does_not_change_a_feed(client, everybody, busy_run, kind):
    """Nothing of them is shown; what happens to one that is shown changes the feed."""
    long_past = titled("Früher", trainers=[everybody[Kind.TRAINER]], starts_at=builders.in_days(-120))
    over = titled("Neulich", trainers=[everybody[Kind.TRAINER]], starts_at=builders.in_days(-80))
    address = subscribe(everybody[kind], kind)

    def etag():
        return client.get(address).headers["ETag"]

    def note(run):
        registration = builders.build_registration(run, builders.build_person(agency=everybody[kind].agency))
        registration.events.create(to_status="confirmed", channel="web")

    before = etag()
    note(long_past)
    assert etag() == before
    note(over)
    assert etag() != before
