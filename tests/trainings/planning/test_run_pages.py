"""Planning on pages: a new run, a copy, a change with its preview, two people at once, a button pressed twice."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.builders import (
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    build_venue,
    in_days,
)
from tests.pages import read
from trainings.models import CourseRun, Message, RunEvent

pytestmark = pytest.mark.django_db

DAY = (timezone.localdate() + dt.timedelta(days=40)).isoformat()
SESSION = {"n0-day": DAY, "n0-start": "09:00", "n0-end": "", "n0-teaching_minutes": "180", "n0-room": "Saal"}


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of the form as it stands."""
    form = re.search(r'<form class="app-form" method="post".*?</form>', page, re.DOTALL)
    assert form is not None
    html, sent = form.group(), {}
    for tag in re.findall(r"<input[^>]*>", html):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_box = attributes.get("type") in {"checkbox", "radio"}
        if "name" in attributes and attributes.get("type") != "submit" and (not is_box or " checked" in tag):
            sent.setdefault(attributes["name"], []).append(_plain(attributes.get("value", "on" if is_box else "")))
    for name, body in re.findall(r'<textarea[^>]*name="([\w-]+)"[^>]*>(.*?)</textarea>', html, re.DOTALL):
        sent.setdefault(name, []).append(_plain(body.removeprefix("\n").removeprefix("\r\n")))
    for name, body in re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', body)
        sent.setdefault(name, []).append(_plain(chosen.group(1)) if chosen else "")
    return {name: values for name, values in sent.items() if name != "csrfmiddlewaretoken"}


def _plain(text: str) -> str:
    for escaped, plain in [("&quot;", '"'), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]:
        text = text.replace(escaped, plain)
    return text


@pytest.fixture
def pages(signed_in, coordinator):
    return signed_in(coordinator)


@pytest.fixture
def ready(trainer) -> CourseRun:
    """A public run about which nothing is doubtful but, perhaps, its day of the week."""
    return build_run(
        trainers=[trainer], venue=build_venue("Kreishaus"), funding=build_funding(), notes='Bitte "läuten"\r\n& warten'
    )


def open_form(client, run: CourseRun) -> dict[str, list[str]]:
    return fields_of(client.get(reverse("trainings:edit_run", args=[run.pk])).content.decode())


def save(client, run: CourseRun, sent: dict, **changed):
    return client.post(reverse("trainings:edit_run", args=[run.pk]), {**sent, **changed})


# --- New runs --------------------------------------------------------------------------------------


def test_a_new_run_is_published_from_one_page(pages, trainer):
    course = build_course(teaching_units=4)
    url = reverse("trainings:new_run", args=[course.pk])
    sent = fields_of(pages.get(url).content.decode())
    sent |= SESSION | {"venue": build_venue().pk, "new_trainer": trainer.email, "funding": build_funding().pk}
    preview = pages.post(url, {**sent, "publish": "1"}).content.decode()
    assert not CourseRun.objects.exists()
    codes = re.findall(r'name="doubts" value="(\w+)"', preview)
    page = pages.post(url, {**fields_of(preview), "doubts": codes, "confirmed": "1"}, follow=True)
    run = CourseRun.objects.get()
    assert page.redirect_chain == [(reverse("trainings:coordination_run", args=[run.pk]), 302)]
    assert (run.is_published, run.capacity, run.trainers.get()) == (True, 15, trainer)
    session = run.sessions.get()
    assert (timezone.localtime(session.ends_at).hour, session.teaching_minutes, session.room) == (12, 180, "Saal")
    assert [event.what for event in run.events.all()] == ["created", "published"]


def test_a_draft_needs_a_course_a_day_and_nothing_else(pages):
    course = build_course()
    url = reverse("trainings:new_run", args=[course.pk])
    sent = fields_of(pages.get(url).content.decode())
    pages.post(url, {**sent, **SESSION, "draft": "1"})
    assert CourseRun.objects.get().published_at is None


def test_a_new_run_starts_from_what_the_course_had_last(pages, ready):
    sent = fields_of(pages.get(reverse("trainings:new_run", args=[ready.course_id])).content.decode())
    assert (sent["capacity"], sent["venue"]) == (["10"], [str(ready.venue_id)])
    assert (sent["n0-day"], sent["n0-start"], sent["n0-end"]) == ([""], ["09:00"], ["16:30"])
    assert "trainers" not in sent  # they have to be asked


def test_a_session_is_repeated_at_the_same_time_of_day(pages):
    course = build_course()
    url = reverse("trainings:new_run", args=[course.pk])
    sent = fields_of(pages.get(url).content.decode())
    repeated = {"n0-day": "2037-03-20", "repeat-times": "2", "repeat-every": "7", "draft": "1"}
    pages.post(url, {**sent, **SESSION, **repeated})
    starts = [timezone.localtime(session.starts_at) for session in CourseRun.objects.get().sessions.all()]
    assert [f"{start:%d.%m. %H:%M}" for start in starts] == ["20.03. 09:00", "27.03. 09:00", "03.04. 09:00"]


@pytest.mark.slow
@pytest.mark.parametrize(("day", "field"), [("2037-03-29", "start"), ("2037-10-25", "end")])
def test_a_time_that_the_clock_skips_or_repeats_is_asked_for_again(pages, day, field):
    url = reverse("trainings:new_run", args=[build_course().pk])
    sent = fields_of(pages.get(url).content.decode())
    times = {"n0-start": "01:00", "n0-end": "05:00", f"n0-{field}": "02:30"}
    page = read(pages.post(url, {**sent, **SESSION, "n0-day": day, **times, "draft": "1"}))
    shown = dt.date.fromisoformat(day)
    assert page.errors == [f"02:30 gibt es am {shown:%d.%m.%Y} nicht genau einmal: Die Uhr wird umgestellt."]
    assert not CourseRun.objects.exists()


def test_a_run_of_the_past_is_published_with_a_reason(pages):
    url = reverse("trainings:new_run", args=[build_course().pk])
    sent = fields_of(pages.get(url).content.decode())
    past = (timezone.localdate() - dt.timedelta(days=20)).isoformat()
    sent |= {**SESSION, "n0-day": past, "publish": "1", "confirmed": "1"}
    sent["doubts"] = ["no_venue", "no_trainer", "no_funding"]
    page = pages.post(url, sent)
    assert page.status_code == 409
    assert "Der Beginn liegt in der Vergangenheit. Bitte nennen Sie den Grund." in page.content.decode()
    assert not CourseRun.objects.exists()
    pages.post(url, {**sent, "reason": "Nachgetragen"})
    assert CourseRun.objects.get().is_published


def test_a_button_pressed_twice_makes_one_run(pages):
    course = build_course()
    url = reverse("trainings:new_run", args=[course.pk])
    sent = {**fields_of(pages.get(url).content.decode()), **SESSION, "draft": "1"}
    first, second = pages.post(url, sent), pages.post(url, sent)
    assert first.url == second.url
    assert CourseRun.objects.count() == 1


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_lost(pages):
    url = reverse("trainings:new_run", args=[build_course().pk])
    sent = fields_of(pages.get(url).content.decode())
    wrong = {**sent, **SESSION, "n0-start": "", "new_trainer": "niemand@mayen.example", "notes": "Bitte läuten"}
    page = pages.post(url, {**wrong, "draft": "1"}).content.decode()
    assert "Bitte ausfüllen." in page
    assert "Mit dieser Adresse gibt es kein aktives Konto." in page
    assert fields_of(page)["notes"] == ["Bitte läuten"]
    assert not CourseRun.objects.exists()


def test_another_session_is_one_more_and_keeps_what_was_typed(pages):
    url = reverse("trainings:new_run", args=[build_course().pk])
    sent = fields_of(pages.get(url).content.decode())
    more = fields_of(pages.post(url, {**sent, **SESSION, "more": "1"}).content.decode())
    assert (more["n0-room"], more["n1-day"], more["new"]) == (["Saal"], [""], ["2"])


def test_a_copy_is_the_same_in_a_year_on_the_same_weekday(pages, ready):
    url = reverse("trainings:copy_run", args=[ready.pk])
    sent = fields_of(pages.get(url).content.decode())
    day = timezone.localtime(ready.starts_at).date() + dt.timedelta(days=364)
    assert sent["n0-day"] == [day.isoformat()]
    pages.post(url, {**sent, "draft": "1"})
    copy = CourseRun.objects.exclude(pk=ready.pk).get()
    assert (timezone.localtime(copy.starts_at).date(), copy.venue, copy.published_at) == (day, ready.venue, None)
    assert copy.events.get().what == "copied"


# --- Changes ---------------------------------------------------------------------------------------


def test_saving_what_was_shown_changes_nothing(pages, ready):
    save(pages, ready, open_form(pages, ready))
    assert not RunEvent.objects.exists()
    ready.refresh_from_db()
    assert ready.notes == 'Bitte "läuten"\r\n& warten'


def test_a_change_that_concerns_others_is_shown_first(pages, ready):
    person = build_registration(ready).person
    other = build_venue("Rathaus", "Mayen")
    preview = save(pages, ready, open_form(pages, ready), venue=other.pk).content.decode()
    assert "Termin geändert: 2" in preview
    ready.refresh_from_db()
    assert (ready.venue.name, Message.objects.count()) == ("Kreishaus", 0)
    answer = save(pages, ready, fields_of(preview), confirmed="1")
    assert answer.url == reverse("trainings:coordination_run", args=[ready.pk])
    ready.refresh_from_db()
    assert ready.venue == other
    assert Message.objects.filter(recipient=person).exists()


def test_the_way_back_keeps_what_was_typed(pages, ready):
    build_registration(ready)
    other = build_venue("Rathaus", "Mayen")
    preview = save(pages, ready, open_form(pages, ready), venue=other.pk, notes="Neu").content.decode()
    again = fields_of(save(pages, ready, fields_of(preview), back="1").content.decode())
    assert (again["venue"], again["notes"]) == ([str(other.pk)], ["Neu"])


def test_what_concerns_nobody_is_saved_at_once(pages, ready):
    answer = save(pages, ready, open_form(pages, ready), notes="Neu", next="/koordination/")
    assert answer.url == "/koordination/"
    ready.refresh_from_db()
    assert ready.notes == "Neu"


def test_days_that_move_along_are_shown_first(pages):
    closes = timezone.localdate() + dt.timedelta(days=20)
    run = build_run(published_at=None, registration_closes_on=closes)
    moved = {f"s{run.sessions.get().pk}-day": DAY}
    preview = save(pages, run, open_form(pages, run), **moved).content.decode()
    assert "Anmeldeschluss" in preview
    run.refresh_from_db()
    assert run.registration_closes_on == closes
    save(pages, run, fields_of(preview), confirmed="1")
    run.refresh_from_db()
    assert run.registration_closes_on == closes + dt.timedelta(days=10)


@pytest.mark.slow
def test_warnings_are_to_be_ticked(pages, ready):
    preview = save(pages, ready, open_form(pages, ready), trainers=[]).content.decode()
    sent = fields_of(preview)
    refused = save(pages, ready, sent, confirmed="1")
    assert refused.status_code == 409
    assert ready.trainers.exists()
    save(pages, ready, sent, confirmed="1", doubts="no_trainer")
    assert not ready.trainers.exists()
    assert ready.events.get().overrides == "no_trainer"


def test_what_is_refused_stands_beside_its_field(pages, ready):
    late = (timezone.localdate() + dt.timedelta(days=99)).isoformat()
    answer = save(pages, ready, open_form(pages, ready), registration_closes_on=late)
    assert answer.status_code == 409
    assert "liegt nach dem Beginn" in answer.content.decode()
    assert fields_of(answer.content.decode())["registration_closes_on"] == [late]


@pytest.mark.parametrize(
    "wrong", [{"end": "09:00"}, {"teaching_minutes": "361"}, {"day": ""}, {"start": "viel"}, {"teaching_minutes": "0"}]
)
def test_what_a_session_cannot_be(pages, ready, wrong):
    prefix = f"s{ready.sessions.get().pk}-"
    moved = {"day": DAY, "start": "10:00", "end": "16:00", "teaching_minutes": "300", **wrong}
    moved = {f"{prefix}{name}": value for name, value in moved.items()}
    page = save(pages, ready, open_form(pages, ready), confirmed="1", **moved).content.decode()
    assert page.count('class="kern-error"') == 1
    assert not RunEvent.objects.exists()


def test_the_run_of_somebody_else_is_not_found(signed_in, ready, participant, trainer, agency_contact):
    for person in (participant, trainer, agency_contact):
        client = signed_in(person)
        for name in ("edit_run", "copy_run", "withdraw", "reopen", "publish"):
            assert client.get(reverse(f"trainings:{name}", args=[ready.pk])).status_code == 404


def test_a_foreign_key_in_the_address_is_not_found(pages):
    for name in ("edit_run", "copy_run", "new_run"):
        assert pages.get(reverse(f"trainings:{name}", args=[999999])).status_code == 404


# --- Two people at once ----------------------------------------------------------------------------


@pytest.mark.slow
def test_two_people_who_change_different_things_both_succeed(pages, ready):
    first, second = open_form(pages, ready), open_form(pages, ready)
    save(pages, ready, first, notes="Von mir")
    save(pages, ready, second, notes_en="By me")
    ready.refresh_from_db()
    assert (ready.notes, ready.notes_en) == ("Von mir", "By me")


def test_the_second_sees_what_the_first_has_saved_and_decides(signed_in, coordinator, ready):
    other = build_person(first_name="Mara", last_name="Stein", role="coordinator")
    theirs, mine = open_form(signed_in(other), ready), open_form(signed_in(coordinator), ready)
    save(signed_in(other), ready, theirs, notes="Von Mara", capacity="12")
    page = save(signed_in(coordinator), ready, mine, notes="Von mir").content.decode()
    assert "Mara Stein hat hier inzwischen „Von Mara“ eingetragen." in page
    ready.refresh_from_db()
    assert (ready.notes, ready.capacity) == ("Von Mara", 12)
    save(signed_in(coordinator), ready, fields_of(page))
    ready.refresh_from_db()
    assert (ready.notes, ready.capacity) == ("Von mir", 12)


def test_a_form_that_says_nothing_of_its_beginning_is_taken_as_it_is(pages, ready):
    sent = {name: values for name, values in open_form(pages, ready).items() if "initial-" not in name}
    save(pages, ready, sent, notes="Neu")
    ready.refresh_from_db()
    assert ready.notes == "Neu"


def test_who_began_without_a_trainer_does_not_remove_the_one_added_since(pages, ready, other_trainer):
    build_run(trainers=[other_trainer])  # so that they can be chosen
    ready.trainers.clear()
    mine = open_form(pages, ready)
    ready.trainers.set([other_trainer])
    chosen = {"trainers": [str(ready.trainers.get().pk)], "notes": "Neu"}
    save(pages, ready, mine, notes="Neu")
    assert ready.trainers.get() == other_trainer
    teaching = build_run(trainers=[build_person()]).trainers.get()
    page = save(pages, ready, mine, **{**chosen, "trainers": [str(teaching.pk)]})
    assert "hat hier inzwischen" in page.content.decode()
    assert ready.trainers.get() == other_trainer


@pytest.mark.slow
def test_two_people_who_move_the_same_session(pages, ready):
    session = ready.sessions.get()
    first, second = open_form(pages, ready), open_form(pages, ready)
    day, room = f"s{session.pk}-day", f"s{session.pk}-room"
    other_day = (timezone.localdate() + dt.timedelta(days=33)).isoformat()
    ticks = {"confirmed": "1", "doubts": ["no_working_day", "room_twice"]}
    save(pages, ready, first, **{day: other_day}, **ticks)
    save(pages, ready, second, **{room: "Saal 2"}, **ticks)
    session.refresh_from_db()
    assert (timezone.localdate(session.starts_at).isoformat(), session.room) == (other_day, "Saal 2")
    page = save(pages, ready, first, **{day: (timezone.localdate() + dt.timedelta(days=50)).isoformat()}, **ticks)
    assert "hat hier inzwischen" in page.content.decode()


# --- Publishing, withdrawing, reopening ------------------------------------------------------------


def test_publishing_asks_about_what_is_doubtful(pages):
    run = build_run(published_at=None)
    url = reverse("trainings:publish", args=[run.pk])
    page = pages.post(url)
    assert page.status_code == 409
    codes = re.findall(r'name="doubts" value="(\w+)"', page.content.decode())
    assert {"no_trainer", "no_venue", "no_funding"} <= set(codes)
    pages.post(url, {"doubts": codes})
    run.refresh_from_db()
    assert run.is_published


def test_withdrawing_and_reopening(pages):
    over = build_run(starts_at=in_days(-3))
    assert pages.post(reverse("trainings:withdraw", args=[over.pk])).status_code == 409
    run, closed = build_run(), build_run(starts_at=in_days(-9), closed_at=timezone.now())
    assert "Termin zurückziehen" in pages.get(reverse("trainings:coordination_run", args=[run.pk])).content.decode()
    pages.post(reverse("trainings:withdraw", args=[run.pk]))
    run.refresh_from_db()
    assert run.published_at is None
    url = reverse("trainings:reopen", args=[closed.pk])
    assert "Bitte nennen Sie den Grund." in pages.post(url).content.decode()
    pages.post(url, {"reason": "Falsche Minuten"})
    closed.refresh_from_db()
    assert closed.closed_at is None
    page = pages.get(reverse("trainings:coordination_run", args=[closed.pk])).content.decode()
    assert "wieder geöffnet" in page
    assert "Falsche Minuten" in page
