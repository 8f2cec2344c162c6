"""Calendars over HTTP: who gets which sessions, what is not sent twice, and what stays secret."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session as BrowserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import User
from tests import builders
from tests.builders import save_session
from tests.pages import read
from trainings import booking, calendars, planning
from trainings.acts import Act
from trainings.models import CalendarSubscription, Course, CourseRun, Registration

PUBLIC = "trainings:public_feed"


def events(response):
    """Title and status of each event sent."""
    assert response.status_code == 200
    found = Calendar.from_ical(response.content).walk("VEVENT")
    return [
        (str(event["SUMMARY"]), str(event["STATUS"])) if "STATUS" in event else str(event["SUMMARY"]) for event in found
    ]


def uids(response):
    return [str(event["UID"]) for event in Calendar.from_ical(response.content).walk("VEVENT")]


def feed_of(person):
    return reverse("trainings:personal_feed", args=[calendars.subscribe(person)])


def titled(title, **fields):
    return builders.build_run(builders.build_course(title), **fields)


# --- The public calendar --------------------------------------------------------------------------


def test_the_public_calendar_has_what_the_catalogue_has(client, agency, db):
    titled("Öffentlich")
    titled("Abgesagt", cancelled_at=timezone.now(), cancellation_reason="krank", starts_at=builders.in_days(31))
    titled("Entwurf", published_at=None)
    titled("Vorbei", starts_at=builders.in_days(-9))
    titled("Für andere", visibility=CourseRun.Visibility.AGENCIES, agencies=[agency])
    response = client.get(reverse(PUBLIC))
    assert events(response) == [("Öffentlich", "CONFIRMED"), ("ABGESAGT: Abgesagt", "CANCELLED")]
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'inline; filename="schulungen.ics"'
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["Content-Language"] == "de"


def test_the_public_calendar_shows_nobody_more_than_the_public(signed_in, participant, agency, db):
    titled("Für uns", visibility=CourseRun.Visibility.AGENCIES, agencies=[agency])
    mine = titled("Meins")
    builders.build_registration(mine, participant)
    assert events(signed_in(participant).get(reverse(PUBLIC))) == [("Meins", "CONFIRMED")]


def test_the_public_calendar_takes_the_catalogues_filter(client, db):
    basic = builders.build_run(builders.build_course("Basis", level=Course.Level.BASIC))
    builders.build_run(builders.build_course("Fach", level=Course.Level.SPECIALIST))
    full = builders.build_run(builders.build_course("Voll", level=Course.Level.BASIC), capacity=1)
    builders.build_registration(full)
    response = client.get(reverse(PUBLIC), {"stufe": "basic", "frei": "1"})
    assert uids(response) == [builders.only_session(basic).calendar_uid]


def test_a_wrong_filter_is_refused_so_that_no_subscription_grows(client, db):
    titled("Basis")
    assert client.get(reverse(PUBLIC), {"stufe": "falsch"}).status_code == 400


def test_the_public_calendar_in_english(client, db):
    builders.build_run(builders.build_course("Basisseminar", title_en="Basic seminar"))
    english = client.get(reverse(PUBLIC), {"sprache": "en"})
    assert events(english) == [("Basic seminar", "CONFIRMED")]
    assert english.headers["Content-Language"] == "en"
    # The browser's language does not matter: proxies may keep the answer.
    german = client.get(reverse(PUBLIC), headers={"accept-language": "en"})
    assert events(german) == [("Basisseminar", "CONFIRMED")]


def test_what_is_known_already_is_not_sent_again(client, run, django_assert_num_queries):
    with django_assert_num_queries(3):
        first = client.get(reverse(PUBLIC))
    with django_assert_num_queries(1):
        second = client.get(reverse(PUBLIC), headers={"if-none-match": first.headers["ETag"]})
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Cache-Control"] == "public, max-age=300"
    assert client.get(reverse(PUBLIC)).content == first.content


def test_a_moved_session_is_sent_again_with_the_same_uid(client, run):
    first = client.get(reverse(PUBLIC))
    session = run.sessions.get()
    session.starts_at += dt.timedelta(hours=1)
    save_session(session)
    second = client.get(reverse(PUBLIC), headers={"if-none-match": first.headers["ETag"]})
    event = Calendar.from_ical(second.content).walk("VEVENT")[0]
    assert (str(event["UID"]), event["SEQUENCE"]) == (uids(first)[0], 1)
    assert event["DTSTART"].dt == session.starts_at


def test_a_new_title_is_sent_again(client, run):
    first = client.get(reverse(PUBLIC))
    run.course.title = "Neu"
    run.course.save()
    second = client.get(reverse(PUBLIC), headers={"if-none-match": first.headers["ETag"]})
    assert events(second) == [("Neu", "CONFIRMED")]


def test_each_selection_and_language_has_its_own_tag(client, run):
    tags = {
        client.get(reverse(PUBLIC), query).headers["ETag"]
        for query in ({}, {"stufe": "basic"}, {"sprache": "en"}, {"stufe": "basic", "sprache": "en"})
    }
    assert len(tags) == 4


@pytest.mark.parametrize("of", ["public", "own", "session"])
def test_calendars_are_only_read(participant, run, of):
    """By programs that bear no cookie, so that the check against forged requests must not speak first."""
    address = {
        "public": reverse(PUBLIC),
        "own": feed_of(participant),
        "session": reverse("trainings:session_calendar", args=[builders.only_session(run).pk]),
    }[of]
    client = Client(enforce_csrf_checks=True)
    for method in ["POST", "PUT", "DELETE", "PROPFIND", "REPORT", "MKCALENDAR"]:
        response = client.generic(method, address)
        assert (method, response.status_code, response.headers["Allow"]) == (method, 405, "GET, HEAD, OPTIONS")
    answer = client.options(address)
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (204, "GET, HEAD, OPTIONS", b"")
    assert "DAV" not in answer.headers
    assert (client.head(address).status_code, client.head(address).content) == (200, b"")


# --- One's own calendar ---------------------------------------------------------------------------


def test_ones_own_calendar_has_places_and_waits_and_nothing_else(client, participant, other_participant, db):
    registered = [
        ("Bestätigt", "confirmed"), ("Wartet", "waitlisted"), ("Zurückgegeben", "cancelled"), ("Verfallen", "expired")
    ]  # fmt: skip
    for day, (title, status) in enumerate(registered):
        builders.build_registration(titled(title, starts_at=builders.in_days(day + 1)), participant, status=status)
    builders.build_registration(titled("Von jemand anderem"), other_participant)
    titled("Von niemandem")
    response = client.get(feed_of(participant))
    assert events(response) == [("Bestätigt", "CONFIRMED"), ("Warteliste: Wartet", "TENTATIVE")]


def test_ones_own_calendar_names_nobody_else(client, participant, other_participant, trainer, run):
    builders.build_registration(run, participant)
    builders.build_registration(run, other_participant)
    content = client.get(feed_of(participant)).content.decode()
    people = [other_participant, participant]
    assert [person.last_name for person in people if person.last_name in content or person.email in content] == []


def test_a_run_called_off_stays_for_those_who_were_in_it(client, participant, other_participant, coordinator, run):
    booking.register(run, participant, Act(participant))
    left = booking.register(run, other_participant, Act(other_participant))
    booking.cancel(left, Act(other_participant))
    planning.cancel_run(run, Act(coordinator, reason="Die Kursleitung ist krank"))
    assert events(client.get(feed_of(participant))) == [(f"ABGESAGT: {run.course.title}", "CANCELLED")]
    assert events(client.get(feed_of(other_participant))) == ["Noch keine Anmeldungen"]


def test_the_sequence_rises_with_every_change_also_after_coming_back(client, participant, run):
    def sequence():
        return Calendar.from_ical(client.get(address).content).walk("VEVENT")[0]["SEQUENCE"]

    address = feed_of(participant)
    registration = booking.register(run, participant, Act(participant))
    first = sequence()
    booking.cancel(registration, Act(participant))
    booking.register(run, participant, Act(participant))
    assert sequence() == first + 2


def test_long_past_sessions_go(client, participant, db):
    builders.build_registration(titled("Neulich", starts_at=builders.in_days(-80)), participant)
    builders.build_registration(titled("Lange her", starts_at=builders.in_days(-100)), participant)
    assert events(client.get(feed_of(participant))) == [("Neulich", "CONFIRMED")]


def test_ones_own_calendar_speaks_ones_language(client, participant, db):
    User.objects.filter(pk=participant.pk).update(language="en")
    builders.build_registration(builders.build_run(builders.build_course("Kurs", title_en="Course")), participant)
    assert events(client.get(feed_of(participant))) == [("Course", "CONFIRMED")]


def test_ones_own_calendar_is_kept_by_nobody_and_leaves_no_trace(client, participant, run):
    response = client.get(feed_of(participant))
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert dict(response.cookies) == {}


@pytest.mark.parametrize("number", [1, 3])
def test_ones_own_calendar_asks_few_questions_and_two_if_nothing_changed(
    client, participant, django_assert_num_queries, number
):
    for _ in range(number):
        builders.build_registration(builders.build_run(), participant)
    address = feed_of(participant)
    with django_assert_num_queries(5):  # that it was fetched is noted, at most once an hour
        client.get(address)
    with django_assert_num_queries(4):
        first = client.get(address)
    with django_assert_num_queries(2):
        second = client.get(address, headers={"if-none-match": first.headers["ETag"]})
    assert second.status_code == 304
    assert client.get(address).content == first.content


def test_a_promotion_is_sent_again(client, participant, run):
    registration = builders.build_registration(run, participant, status=Registration.Status.WAITLISTED)
    address = feed_of(participant)
    first = client.get(address)
    Registration.objects.filter(pk=registration.pk).update(status="confirmed", status_changed_at=timezone.now())
    second = client.get(address, headers={"if-none-match": first.headers["ETag"]})
    assert events(second) == [(run.course.title, "CONFIRMED")]


# --- The secret -----------------------------------------------------------------------------------


def subscribed(client, **fields):
    """The page the form leads to, whose context holds the address."""
    return client.post(reverse("trainings:subscribe"), {"name": "Handy", "look_back": "90"} | fields, follow=True)


def path(address):
    return address.removeprefix("http://127.0.0.1:8000")


def test_the_secret_is_stored_as_a_digest_only(signed_in, participant):
    response = subscribed(signed_in(participant))
    token = response.context["address"].rpartition("/")[2].removesuffix(".ics")
    assert len(token) == 43
    stored = CalendarSubscription.objects.get()
    assert token not in [stored.token_sha256, str(stored.person)]
    assert [row for row in BrowserSession.objects.all() if token in str(row.get_decoded())] == []
    assert response.headers["Cache-Control"] == "private, no-store"


def test_the_address_is_shown_once_to_copy_and_to_open(signed_in, participant):
    client = signed_in(participant)
    response = subscribed(client)
    address, told = response.context["address"], response.content.decode()
    assert f'value="{address}" readonly' in told
    assert f'href="webcal://{address.partition("://")[2]}"' in told
    page = client.get(reverse("trainings:calendar")).content.decode()
    assert (address in page, "Handy" in page) == (False, True)
    assert client.get(path(address)).status_code == 200


def test_loading_the_page_of_an_address_anew_makes_no_second_one_and_does_not_show_it_again(signed_in, participant):
    client = signed_in(participant)
    response = subscribed(client)
    assert response.redirect_chain == [("/kalender/abonnements/neu/", 302)]
    again = client.get(response.request["PATH_INFO"], follow=True)
    assert again.redirect_chain == [("/kalender/", 302)]
    page = read(again)
    assert page.alerts[0].startswith("Eine Adresse zeigen wir nur einmal.")
    assert response.context["address"] not in again.content.decode()
    assert CalendarSubscription.objects.count() == 1


def test_nobody_is_shown_an_address_that_is_not_theirs(signed_in, participant, other_participant):
    client = signed_in(other_participant)
    client.cookies["calendar_address"] = calendars.subscribe(participant)
    assert client.get("/kalender/abonnements/neu/").status_code == 302


def test_an_unknown_secret_or_an_inactive_person_finds_nothing(client, participant):
    address = feed_of(participant)
    User.objects.filter(pk=participant.pk).update(is_active=False)
    assert client.get(address).status_code == 404
    assert client.get(reverse("trainings:personal_feed", args=["unbekannt"])).status_code == 404


def test_an_address_is_made_by_post_and_for_oneself_only(client, signed_in, participant):
    assert subscribed(client).redirect_chain[0][0].startswith("/anmelden/")
    assert signed_in(participant).get(reverse("trainings:subscribe")).status_code == 405
    assert CalendarSubscription.objects.count() == 0


# --- One session ----------------------------------------------------------------------------------


def download(client, run):
    return client.get(reverse("trainings:session_calendar", args=[builders.only_session(run).pk]))


def test_one_session_as_a_file(client, run):
    response = download(client, run)
    assert events(response) == [(run.course.title, "CONFIRMED")]
    pk = builders.only_session(run).pk
    assert response.headers["Content-Disposition"] == f'attachment; filename="sitzung-{pk}.ics"'
    assert b"X-WR-CALNAME" not in response.content


def test_the_file_says_what_the_feed_says(signed_in, participant, run):
    builders.build_registration(run, participant, status=Registration.Status.WAITLISTED)
    client = signed_in(participant)
    own, feed = download(client, run).content, client.get(feed_of(participant)).content
    assert own[own.index(b"BEGIN:VTIMEZONE") :] == feed[feed.index(b"BEGIN:VTIMEZONE") :]


def test_sessions_one_may_not_see_are_not_found(client, signed_in, participant, other_participant, agency, db):
    reserved = titled("Für uns", visibility=CourseRun.Visibility.AGENCIES, agencies=[agency])
    assert download(client, reserved).status_code == 404
    assert download(client, titled("Entwurf", published_at=None)).status_code == 404
    assert client.get(reverse("trainings:session_calendar", args=[99999])).status_code == 404
    assert download(signed_in(other_participant), reserved).status_code == 404
    assert download(signed_in(participant), reserved).status_code == 200


def test_who_is_registered_gets_the_session_of_a_run_for_others(signed_in, other_participant, agency, db):
    reserved = titled("Für andere", visibility=CourseRun.Visibility.AGENCIES, agencies=[agency])
    builders.build_registration(reserved, other_participant)
    assert events(download(signed_in(other_participant), reserved)) == [("Für andere", "CONFIRMED")]


# --- The page -------------------------------------------------------------------------------------


def test_the_page_gives_the_address_of_the_selection(client, db):
    query = {"stufe": "basic", "frei": "1", "monat": "kaputt"}
    page = client.get(reverse("trainings:calendar"), query).content.decode()
    assert "http://127.0.0.1:8000/kalender.ics?stufe=basic&amp;frei=1" in page
    assert "webcal://127.0.0.1:8000/kalender.ics?stufe=basic&amp;frei=1" in page
    assert "Loggen Sie sich ein" in page


def test_the_english_page_gives_the_english_calendar(client, db):
    page = client.get(reverse("trainings:calendar"), headers={"accept-language": "en"}).content.decode()
    assert "http://127.0.0.1:8000/kalender.ics?sprache=en" in page


def test_the_page_offers_signed_in_people_an_address(signed_in, participant):
    page = signed_in(participant).get(reverse("trainings:calendar")).content.decode()
    assert f'action="{reverse("trainings:subscribe")}"' in page
    assert "Adresse erzeugen" in page
