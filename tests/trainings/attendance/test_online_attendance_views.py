"""The export of an online meeting on the page: upload, preview, decide, save."""

import datetime as dt
import re
import uuid
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.addresses import NO_ADDRESS_DOMAIN
from accounts.models import User
from tests.builders import (
    berlin,
    build_course,
    build_person,
    build_registration,
    build_run,
    cancel_session,
    further_session,
    only_session,
)
from tests.pages import read
from trainings import attendance
from trainings.acts import Act, Channel
from trainings.attendance import Mark
from trainings.models import AttendanceChange, AttendanceRecord

pytestmark = pytest.mark.django_db

FOLDER = Path(__file__).parent / "online"
AFTER = berlin(2026, 3, 3, 14)
STALE = "Die Vorschau gilt nicht mehr"


@pytest.fixture(autouse=True)
def afternoon():
    """The session of the example files ended at 12:15."""
    with time_machine.travel(AFTER, tick=False):
        yield


@pytest.fixture
def session(trainer, participant, other_participant):
    """Yıldız, Weber, Müller and Adams are in the files, Zander is not."""
    run = build_run(
        build_course("Vielfalt im Amt"),
        trainers=[trainer],
        sessions=[(berlin(2026, 3, 3, 9), berlin(2026, 3, 3, 12, 15))],
        teaching_minutes=180,
        format="online",
    )
    others = [
        ("mueller@web.example", "Jörg", "Müller"),
        ("adams@x.example", "Zoë", "Adams"),
        ("z@x.example", "Al", "Zander"),
    ]
    for person in [participant, other_participant, *(build_person(*other) for other in others)]:
        build_registration(run, person)
    return only_session(run)


def url_of(session):
    return reverse("trainings:online_attendance", args=[session.pk])


def upload(client, session, name="teams_de.csv", data=None):
    file = SimpleUploadedFile(name, data if data is not None else (FOLDER / name).read_bytes(), "text/csv")
    return client.post(url_of(session), {"file": file})


def key_of(session, surname):
    [key] = [row.pk for row in attendance.expected(session) if row.person.last_name == surname]
    return key


def recorded(session):
    rows = AttendanceRecord.objects.filter(session=session).select_related("registration__person")
    return {row.registration.person.last_name: (row.status, row.minutes) for row in rows}


def filled_in(response, **decisions):
    """What a browser would send of the preview after these decisions."""
    return read(response).form("export") | decisions


def csv_of(*rows):
    return "\r\n".join(["Name,Email,Join Time,Leave Time", *rows]).encode()


# --- Preview --------------------------------------------------------------------------------------


def test_the_preview_says_who_was_there_and_saves_nothing(signed_in, trainer, session):
    page = read(upload(signed_in(trainer), session))
    assert "Die Datei stammt von: Microsoft Teams." in page.text
    unknown, _, registered = page.text.partition("Angemeldete")
    assert "Kursleitung, wird nicht gezählt: Ngozi Okafor (8:45–12:20 Uhr)" in unknown
    assert "iPhone – 9:00–9:12 Uhr 12 teilweise, 12 Minuten" in unknown
    assert "Adams, Zoë Zoë Adams (Gast) 9:01–12:10 Uhr 180 anwesend" in registered
    assert "mueller@web.example 8:58–11:00 Uhr 120 teilweise, 120 Minuten" in registered
    assert "Weber, Jan Jan Weber weber@bendorf.example 9:42–12:15 Uhr 153 teilweise, 153 Minuten" in registered
    assert "yildiz@mayen.example 8:55–12:16 Uhr ohne 10:20–10:24 Uhr 180 anwesend" in registered
    assert "Zander, Al nicht in der Datei – – –" in registered
    assert recorded(session) == {}


def test_the_preview_becomes_records(signed_in, trainer, session):
    client = signed_in(trainer)
    response = client.post(url_of(session), filled_in(upload(client, session)))
    assert response.url == reverse("trainings:attendance", args=[session.pk])
    saved = (
        "4 Einträge gespeichert. Zurücknehmen können Sie das auf der Seite, auf der Sie die Datei hochgeladen haben."
    )
    assert saved in client.get(response.url).content.decode()
    assert recorded(session) == {
        "Adams": ("present", 180),
        "Müller": ("partial", 120),
        "Weber": ("partial", 153),
        "Yıldız": ("present", 180),
    }
    assert set(AttendanceChange.objects.values_list("actor", flat=True)) == {trainer.pk}


def test_one_tick_says_that_the_others_were_absent(signed_in, trainer, session):
    client = signed_in(trainer)
    client.post(url_of(session), filled_in(upload(client, session), absent="on"))
    assert recorded(session)["Zander"] == ("absent", 0)
    assert recorded(session)["Weber"] == ("partial", 153)


def test_coordinators_do_the_same(signed_in, coordinator, session):
    client = signed_in(coordinator)
    client.post(url_of(session), filled_in(upload(client, session, "bigbluebutton_de.csv")))
    assert len(recorded(session)) == 4


def test_an_unknown_person_is_assigned_by_the_trainer(signed_in, trainer, session):
    client = signed_in(trainer)
    response = upload(client, session)
    [phone] = re.findall(r'for="id_(person_\d+)">Wer ist iPhone\?', response.content.decode())
    client.post(url_of(session), filled_in(response, **{phone: str(key_of(session, "Zander"))}))
    assert recorded(session)["Zander"] == ("partial", 12)


def test_a_second_device_adds_to_somebody_found_already(signed_in, trainer, session):
    data = csv_of(
        "Jan Weber,weber@bendorf.example,2026-03-03 09:00,2026-03-03 10:00",
        "Küche,,2026-03-03 09:30,2026-03-03 11:00",
    )
    client = signed_in(trainer)
    response = upload(client, session, "x.csv", data)
    client.post(url_of(session), filled_in(response, person_1=str(key_of(session, "Weber"))))
    assert recorded(session) == {"Weber": ("partial", 120)}


def test_only_registrations_of_the_session_can_be_chosen(signed_in, trainer, session):
    stranger = build_registration(build_run())
    client = signed_in(trainer)
    response = upload(client, session, "x.csv", csv_of("Küche,,2026-03-03 09:30,2026-03-03 11:00"))
    response = client.post(url_of(session), filled_in(response, person_0=str(stranger.pk)))
    assert read(response).errors != []
    assert AttendanceRecord.objects.count() == 0


def test_formulas_and_markup_in_names_stay_text(signed_in, trainer, session):
    names = ["<script>alert(1)</script>", '=HYPERLINK(""x"")', "<b>Jan Weber</b>"]
    rows = [f'"{name}","<i>{place}@x.example",2026-03-03 09:00,2026-03-03 11:00' for place, name in enumerate(names)]
    response = upload(signed_in(trainer), session, "x.csv", csv_of(*rows))
    content = response.content.decode()
    assert "<script>alert" not in content
    assert "<i>" not in content
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in content
    assert '=HYPERLINK("x")' in read(response).text


# --- What only the trainer knows ------------------------------------------------------------------

CONFIRM_TIMES = "Die Zeiten stimmen so, wie sie hier stehen"
CONFIRM_PEOPLE = "Die Datei gehört zu dieser Sitzung, und diese Personen waren da"


@pytest.fixture
def autumn(trainer):
    """Of 3 November, 9 to 12 o'clock, with 165 minutes taught. Two people are called Thomas Meier."""
    people = [("Anna", "Müller"), ("Björn", "Groß"), ("Ayse", "Yilmaz"), ("Karl-Heinz", "von der Straße")]
    people += [("Thomas", "Meier"), ("Thomas", "Meier")]
    with time_machine.travel(berlin(2026, 11, 3, 14), tick=False):
        hours = (berlin(2026, 11, 3, 9), berlin(2026, 11, 3, 12))
        run = build_run(
            build_course("Leichte Sprache"), trainers=[trainer], sessions=[hours], teaching_minutes=165, format="online"
        )
        for number, (first, last) in enumerate(people):
            email = "anna.mueller@mayen.example" if first == "Anna" else f"p{number}@bendorf.example"
            build_registration(run, build_person(email, first, last))
        yield only_session(run)


def keys_of(session, surname):
    return [row.pk for row in attendance.expected(session) if row.person.last_name == surname]


def test_namesakes_are_told_apart_and_none_is_chosen(signed_in, trainer, autumn):
    client = signed_in(trainer)
    response = upload(client, autumn, "teams_outsiders_en.csv")
    page = read(response)
    assert "Ayse Yilmaz (Unverified) 9:03–10:40 Uhr ohne 9:45–10:10 Uhr 72 teilweise, 72 Minuten" in page.text
    assert page.text.count("p4@bendorf.example") == 3  # among the registered, and once in each of two choices
    for number in (4, 5):
        assert re.search(rf"Meier, Thomas · [^·]+ · p{number}@bendorf.example", page.text)
    [choice] = re.findall(r'for="id_(person_\d+)">Wer ist Thomas Meier', response.content.decode())
    assert page.text.count("vielleicht: bitte oben wählen") == 2
    form = page.form("export")
    assert form[choice] == ""
    again = read(client.post(url_of(autumn), form))
    assert again.errors == ["Bitte wählen Sie, wer das ist."]
    assert recorded(autumn) == {}
    first, second = keys_of(autumn, "Meier")
    client.post(url_of(autumn), again.form("export") | {choice: str(second), "absent": "on"})
    marks = dict(AttendanceRecord.objects.values_list("registration", "status"))
    assert (marks[first], marks[second]) == ("absent", "present")
    assert recorded(autumn) | {"Meier": None} == {
        "Müller": ("present", 165),
        "Groß": ("present", 165),
        "Yilmaz": ("partial", 72),
        "von der Straße": ("present", 165),
        "Meier": None,
    }


def test_namesakes_without_an_address_show_none(signed_in, trainer, autumn):
    person = next(row.person for row in attendance.expected(autumn) if row.person.last_name == "Meier")
    User.objects.filter(pk=person.pk).update(email=f"meier@{NO_ADDRESS_DOMAIN}")
    page = read(upload(signed_in(trainer), autumn, "teams_outsiders_en.csv"))
    assert re.search(r"Meier, Thomas · [^·]+ · noch ohne E-Mail-Adresse", page.text)
    assert "no-address.example" not in page.text


def test_a_namesake_may_be_neither(signed_in, trainer, autumn):
    client = signed_in(trainer)
    response = upload(client, autumn, "x.csv", csv_of("Thomas Meier,,2026-11-03 09:00,2026-11-03 12:00"))
    client.post(url_of(autumn), filled_in(response, person_0="0"))
    assert recorded(autumn) == {}


@pytest.mark.parametrize(
    ("name", "present"),
    [("teams_only_who.csv", ["Groß", "Müller"]), ("moodle_de.csv", ["Müller"]), ("talk.csv", ["Müller"])],
)
def test_names_without_times_are_proposed_by_name_and_confirmed(signed_in, trainer, autumn, name, present):
    client = signed_in(trainer)
    page = read(upload(client, autumn, name))
    assert "Die Datei nennt nur Namen." in page.text
    assert "Minuten verbunden" not in page.text
    assert "Müller, Anna" in page.text
    again = read(client.post(url_of(autumn), page.form("export")))
    assert again.errors == ["Bitte prüfen Sie das und kreuzen Sie es an."]
    assert CONFIRM_PEOPLE in again.text
    assert recorded(autumn) == {}
    client.post(url_of(autumn), again.form("export") | {"checked": "on"})
    assert sorted(recorded(autumn).items()) == [(surname, ("present", 165)) for surname in present]


def test_who_is_excused_in_the_file_is_not_absent_by_the_tick(signed_in, trainer, autumn):
    client = signed_in(trainer)
    data = "Name;E-Mail;Status\nAnna Müller;;anwesend\nBjörn Groß;;entschuldigt\nAyse Yilmaz;;\n".encode()
    page = read(upload(client, autumn, "x.csv", data))
    assert page.text.count("Bitte selbst eintragen") == 2
    client.post(url_of(autumn), page.form("export") | {"checked": "on", "absent": "on"})
    assert recorded(autumn) == {"Müller": ("present", 165), "von der Straße": ("absent", 0), "Meier": ("absent", 0)}


def test_durations_alone_are_confirmed(signed_in, trainer, autumn):
    client = signed_in(trainer)
    page = read(upload(client, autumn, "x.csv", b"Name;Dauer\nAnna M\xc3\xbcller;90 Min."))
    assert CONFIRM_PEOPLE in page.text
    client.post(url_of(autumn), page.form("export") | {"checked": "on"})
    assert recorded(autumn) == {"Müller": ("partial", 90)}


def test_the_day_that_was_assumed_is_said(signed_in, trainer, autumn):
    page = read(upload(signed_in(trainer), autumn, "meet_de.csv"))
    assert "Angenommen ist der Tag der Sitzung: Di., 3. November 2026." in page.text
    assert "Anna Müller anna.mueller@mayen.example 8:58–11:59 Uhr 165 anwesend" in page.text


def test_everybody_off_by_an_hour_is_never_silently_partial(signed_in, trainer, autumn):
    client = signed_in(trainer)
    page = read(upload(client, autumn, "webex_another_zone.csv"))
    assert "Alle Zeiten liegen um gleich viele volle Stunden neben der Sitzung" in page.text
    assert "Anna Müller anna.mueller@mayen.example 7:58–10:59 Uhr 119 teilweise, 119 Minuten" in page.text
    again = read(client.post(url_of(autumn), page.form("export")))
    assert len(again.errors) == 1
    assert CONFIRM_TIMES in again.text
    assert recorded(autumn) == {}
    assert "Zeiten 1 Stunde später lesen" in again.text
    shifted = read(client.post(url_of(autumn), again.form("export") | {"absent": "on", "shift": "1"}))
    assert "Alle Zeiten der Datei sind 1 Stunde später gelesen." in shifted.text
    assert "Anna Müller anna.mueller@mayen.example 8:58–11:59 Uhr 165 anwesend" in shifted.text
    assert recorded(autumn) == {}
    form = shifted.form("export")
    assert form.pop("absent") == "on"  # what was decided before stays
    back = read(client.post(url_of(autumn), form | {"shift": "-1"}))
    assert "7:58–10:59 Uhr" in back.text
    client.post(url_of(autumn), form)
    assert recorded(autumn) == {"Müller": ("present", 165), "Groß": ("present", 165), "Yilmaz": ("partial", 72)}


def test_who_opens_the_meeting_early_hides_no_other_zone(signed_in, trainer, autumn):
    data = csv_of("Ngozi Okafor,,2026-11-03 07:00,2026-11-03 11:30", "Anna Müller,,2026-11-03 07:58,2026-11-03 11:00")
    assert "Zeiten 1 Stunde später lesen" in read(upload(signed_in(trainer), autumn, "x.csv", data)).text


def test_the_times_may_be_right_all_the_same(signed_in, trainer, autumn):
    client = signed_in(trainer)
    form = filled_in(upload(client, autumn, "webex_another_zone.csv"))
    client.post(url_of(autumn), form | {"checked": "on"})
    assert recorded(autumn)["Müller"] == ("partial", 119)


@pytest.mark.parametrize("hours", ["27", "-99", "x", "1.5", "²"])
def test_nobody_shifts_by_other_than_hours(signed_in, trainer, autumn, hours):
    client = signed_in(trainer)
    form = filled_in(upload(client, autumn, "webex_another_zone.csv"))
    page = read(client.post(url_of(autumn), form | {"shift": hours}))
    assert "7:58–10:59 Uhr" in page.text


def test_what_is_not_understood_is_listed_and_nobody_is_marked_by_it(signed_in, trainer, autumn):
    data = csv_of(
        "Anna Müller,,2026-11-03 09:00,2026-11-03 10:00",
        "Anna Müller,,irgendwann,2026-11-03 12:00",
        "Björn Groß,,2026-11-03 09:00,2026-11-03 12:00",
        "Björn Groß,,später,",
    )
    client = signed_in(trainer)
    response = upload(client, autumn, "x.csv", data)
    page = read(response)
    assert "Zeile 3, Anna Müller: „irgendwann“ ist nicht lesbar." in page.text
    assert "60 Bitte selbst eintragen" in page.text
    client.post(url_of(autumn), filled_in(response, absent="on"))
    marks = recorded(autumn)
    assert "Müller" not in marks
    assert marks["Groß"] == ("present", 165)
    assert marks["Yilmaz"] == ("absent", 0)


def test_the_same_file_again_changes_nothing_and_says_so(signed_in, trainer, autumn):
    client = signed_in(trainer)
    client.post(url_of(autumn), filled_in(upload(client, autumn, "meet_de.csv")))
    before = AttendanceChange.objects.count()
    page = read(upload(client, autumn, "meet_de.csv"))
    assert page.text.count("(wie in der Datei)") == 2
    ticked = {f"overwrite_{key}": "on" for key in keys_of(autumn, "Müller") + keys_of(autumn, "Groß")}
    response = client.post(url_of(autumn), page.form("export") | ticked)
    assert "Es gab nichts zu ändern." in read(client.get(response.url)).text
    assert AttendanceChange.objects.count() == before


# --- Taking back ----------------------------------------------------------------------------------


def take_back(client, session, **typed):
    """As somebody would who looks at the page and presses the button."""
    address = read(client.get(url_of(session))).links["Übernahme zurücknehmen"]
    page = read(client.get(address))
    return page, client.post(address, page.form("made_at") | typed)


def test_an_import_is_taken_back_to_what_stood_before(signed_in, trainer, autumn):
    mueller, gross = keys_of(autumn, "Müller") + keys_of(autumn, "Groß")
    attendance.record(autumn, {gross: Mark("partial", 90, note="Arzt")}, Act(trainer))
    client = signed_in(trainer)
    client.post(url_of(autumn), filled_in(upload(client, autumn, "meet_de.csv"), **{f"overwrite_{gross}": "on"}))
    assert recorded(autumn) == {"Müller": ("present", 165), "Groß": ("present", 165)}
    page, response = take_back(client, autumn)
    assert "Müller, Anna anwesend nicht erfasst" in page.text
    assert "Groß, Björn anwesend teilweise, 90 Minuten" in page.text
    assert "2 Einträge zurückgenommen." in read(client.get(response.url)).text
    assert recorded(autumn) == {"Groß": ("partial", 90)}
    assert AttendanceRecord.objects.get().note == "Arzt"
    history = AttendanceChange.objects.filter(registration=mueller).values_list("from_status", "to_status", "channel")
    assert list(history) == [("", "present", "import"), ("present", "", "web")]
    assert "Übernahme zurücknehmen" not in read(client.get(url_of(autumn))).links


def test_what_somebody_has_changed_since_stays(signed_in, trainer, coordinator, autumn):
    client = signed_in(trainer)
    client.post(url_of(autumn), filled_in(upload(client, autumn, "meet_de.csv")))
    attendance.record(autumn, {keys_of(autumn, "Groß")[0]: Mark("excused")}, Act(coordinator))
    page, _response = take_back(client, autumn)
    assert "Bei 1 Person wurde seitdem etwas anderes eingetragen; das bleibt." in page.text
    assert recorded(autumn) == {"Groß": ("excused", 0)}


def test_on_a_later_day_taking_back_needs_a_reason(signed_in, trainer, autumn):
    client = signed_in(trainer)
    client.post(url_of(autumn), filled_in(upload(client, autumn, "meet_de.csv")))
    with time_machine.travel(berlin(2026, 11, 5, 9), tick=False):
        client = signed_in(trainer)
        _page, refused = take_back(client, autumn)
        assert len(read(refused).errors) == 1
        assert len(recorded(autumn)) == 2
        take_back(client, autumn, reason="falsche Datei")
    assert recorded(autumn) == {}
    assert set(AttendanceChange.objects.filter(to_status="").values_list("reason", flat=True)) == {"falsche Datei"}


def test_only_the_import_that_was_shown_is_taken_back(signed_in, trainer, autumn):
    client = signed_in(trainer)
    client.post(url_of(autumn), filled_in(upload(client, autumn, "meet_de.csv")))
    url = reverse("trainings:take_back_import", args=[autumn.pk])
    form = read(client.get(url)).form("made_at")
    with time_machine.travel(berlin(2026, 11, 3, 15), tick=False):
        ticks = {f"overwrite_{key}": "on" for key in keys_of(autumn, "Groß")}
        data = csv_of("Björn Groß,,2026-11-03 09:00,2026-11-03 10:00")
        client.post(url_of(autumn), filled_in(upload(client, autumn, "x.csv", data), **ticks))
        assert "Diese Übernahme steht nicht mehr" in read(client.post(url, form), 409).text
        assert recorded(autumn) == {"Müller": ("present", 165), "Groß": ("partial", 60)}
        assert "Diese Übernahme steht nicht mehr" in read(client.post(url, form | {"made_at": "gestern"}), 409).text
        take_back(client, autumn)
    assert recorded(autumn) == {"Müller": ("present", 165), "Groß": ("present", 165)}
    assert client.get(url).url == url_of(autumn)


def test_a_mark_that_came_too_late_hides_no_import(trainer, autumn):
    [gross] = keys_of(autumn, "Groß")
    start, first, minute = timezone.now(), uuid.uuid4(), dt.timedelta(minutes=1)

    def tap(mark, **how):
        return attendance.tap(autumn, gross, mark, Act(trainer), said_at=timezone.now(), **how)

    with time_machine.travel(start + minute, tick=False):
        tap(Mark("present"), key=first)
    with time_machine.travel(start + 2 * minute, tick=False):
        attendance.record(autumn, {gross: Mark("absent")}, Act(trainer, Channel.IMPORT))
    with time_machine.travel(start + 3 * minute, tick=False):
        assert tap(Mark(""), key=uuid.uuid4(), after=first, takes_back=True).status == "absent"
        found = attendance.last_import(autumn)
        assert (len(found.standing), found.overtaken) == (1, 0)


def test_an_import_is_taken_back_though_fewer_minutes_were_taught(signed_in, trainer, autumn):
    [mueller], [gross], [yilmaz] = (keys_of(autumn, surname) for surname in ("Müller", "Groß", "Yilmaz"))
    minute = dt.timedelta(minutes=1)
    before = {mueller: Mark("partial", 150), gross: Mark("partial", 90), yilmaz: Mark("partial", 155)}
    attendance.record(autumn, before, Act(trainer), others=Mark("absent"))
    with time_machine.travel(timezone.now() + minute, tick=False):
        marks = {mueller: Mark("absent"), gross: Mark("partial", 140), yilmaz: Mark("present")}
        attendance.record(autumn, marks, Act(trainer, Channel.IMPORT))
    with time_machine.travel(timezone.now() + 2 * minute, tick=False):
        attendance.submit(autumn, Act(trainer), taught_minutes=120)
        autumn.refresh_from_db()
        page, response = take_back(signed_in(trainer), autumn, reason="falsche Datei")
        assert "Müller, Anna gefehlt anwesend" in page.text
        assert "Groß, Björn teilweise, 120 Minuten teilweise, 90 Minuten" in page.text
        assert "Yilmaz" not in page.text  # was there for all that was taught, before as after
        assert "2 Einträge zurückgenommen." in read(signed_in(trainer).get(response.url)).text
        found = recorded(autumn)
        assert attendance.last_import(autumn) is None
    expected = {"Müller": ("present", 120), "Groß": ("partial", 90), "Yilmaz": ("present", 120)}
    assert {name: found[name] for name in expected} == expected


def test_of_a_closed_run_nobody_is_set_back(signed_in, coordinator, autumn):
    client = signed_in(coordinator)
    client.post(url_of(autumn), filled_in(upload(client, autumn, "meet_de.csv")))
    type(autumn.run).objects.filter(pk=autumn.run_id).update(closed_at=timezone.now())
    _page, response = take_back(client, autumn, reason="falsche Datei")
    assert "Hier braucht jede Person einen Eintrag." in read(response, 409).text
    assert len(recorded(autumn)) == 2


# --- What is recorded already ---------------------------------------------------------------------


def test_records_are_shown_and_only_overwritten_when_ticked(signed_in, trainer, session):
    excused = Mark(status="excused")
    weber, yildiz, zander = (key_of(session, name) for name in ("Weber", "Yıldız", "Zander"))
    attendance.record(session, {weber: excused, yildiz: excused, zander: excused}, Act(trainer))
    client = signed_in(trainer)
    response = upload(client, session)
    assert read(response).text.count("entschuldigt überschreiben") == 3
    client.post(url_of(session), filled_in(response, **{f"overwrite_{weber}": "on", "absent": "on"}))
    assert recorded(session) == {
        "Adams": ("present", 180),
        "Müller": ("partial", 120),
        "Weber": ("partial", 153),
        "Yıldız": ("excused", 0),
        "Zander": ("excused", 0),
    }


def test_a_correction_on_a_later_day_needs_a_reason_and_nothing_is_lost(signed_in, trainer, session):
    weber = key_of(session, "Weber")
    attendance.record(session, {weber: Mark(status="absent")}, Act(trainer))
    with time_machine.travel(AFTER + dt.timedelta(days=1), tick=False):
        client = signed_in(trainer)
        form = filled_in(upload(client, session), **{f"overwrite_{weber}": "on", "absent": "on"})
        page = read(client.post(url_of(session), form))
        assert page.errors == ["Bitte nennen Sie den Grund, aus dem Sie einen Eintrag ändern."]
        assert recorded(session) == {"Weber": ("absent", 0)}
        again = page.form("export")
        assert {name for name in (f"overwrite_{weber}", "absent") if name in again} == {f"overwrite_{weber}", "absent"}
        client.post(url_of(session), again | {"reason": "Liste des Konferenzprogramms"})
    assert recorded(session)["Weber"] == ("partial", 153)
    assert AttendanceChange.objects.get(from_status="absent").reason == "Liste des Konferenzprogramms"


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(signed_in, trainer, other_trainer, session):
    weber = key_of(session, "Weber")
    attendance.record(session, {weber: Mark(status="absent")}, Act(trainer))
    client = signed_in(trainer)
    form = filled_in(upload(client, session), **{f"overwrite_{weber}": "on"})
    attendance.record(session, {weber: Mark(status="excused")}, Act(other_trainer))
    page = read(client.post(url_of(session), form))
    assert page.errors == ["Dieser Eintrag wurde inzwischen geändert. Bitte prüfen Sie ihn."]
    assert recorded(session) == {"Weber": ("excused", 0)}
    client.post(url_of(session), page.form("export"))  # seen now, and still ticked
    assert recorded(session)["Weber"] == ("partial", 153)


def test_assigning_to_somebody_recorded_already_asks_for_the_tick(signed_in, trainer, session):
    zander = key_of(session, "Zander")
    attendance.record(session, {zander: Mark(status="excused")}, Act(trainer))
    client = signed_in(trainer)
    response = upload(client, session, "x.csv", csv_of("Küche,,2026-03-03 09:30,2026-03-03 11:00"))
    form = filled_in(response, person_0=str(zander))
    page = read(client.post(url_of(session), form))
    assert page.errors == [
        "Für Zander, Al ist schon „entschuldigt“ erfasst. Soll das ersetzt werden, kreuzen Sie dort an."
    ]
    client.post(url_of(session), form | {f"overwrite_{zander}": "on"})
    assert recorded(session) == {"Zander": ("partial", 90)}


def test_nobody_who_has_lost_the_place_is_recorded(signed_in, trainer, session):
    client = signed_in(trainer)
    form = filled_in(upload(client, session))
    session.run.registrations.filter(person__last_name="Weber").update(status="cancelled")
    client.post(url_of(session), form)
    assert sorted(recorded(session)) == ["Adams", "Müller", "Yıldız"]


# --- Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("x.csv", b"Kurs;Ort\r\nVielfalt;Mayen", "keine Anwesenheitsliste"),
        ("x.xlsx", b"PK\x03\x04", "Art Excel."),
        ("x.csv", b"\xff\xfe", "Die Datei ist leer."),
        ("x.csv", csv_of("Jan,,2026-03-04 09:00,2026-03-04 10:00"), "Die Datei ist vom Mi., 4. März 2026"),
        ("x.csv", b"x" * (5 * 1024 * 1024 + 1), "größer als 5 MB"),
    ],
)
def test_other_files_are_refused_beside_the_field(signed_in, trainer, session, name, data, sentence):
    page = read(upload(signed_in(trainer), session, name, data))
    assert len(page.errors) == 1
    assert sentence in page.errors[0]


def test_no_file_is_refused(signed_in, trainer, session):
    assert len(read(signed_in(trainer).post(url_of(session), {})).errors) == 1


@pytest.mark.parametrize("changed", [lambda token: token[:-2] + "xx", lambda token: "x" + token, lambda token: ""])
def test_a_preview_that_was_tampered_with_is_refused(signed_in, trainer, session, changed):
    client = signed_in(trainer)
    form = filled_in(upload(client, session))
    page = read(client.post(url_of(session), form | {"export": changed(form["export"])}), 409)
    assert STALE in page.text
    assert recorded(session) == {}


def test_a_preview_is_good_for_one_person_one_session_and_two_hours(signed_in, trainer, coordinator, session):
    client = signed_in(trainer)
    form = filled_in(upload(client, session))
    twin = only_session(build_run(trainers=[trainer], sessions=[(session.starts_at, session.ends_at)], format="hybrid"))
    assert STALE in read(client.post(url_of(twin), form), 409).text
    assert STALE in read(signed_in(coordinator).post(url_of(session), form), 409).text
    client = signed_in(trainer)
    with time_machine.travel(AFTER + dt.timedelta(hours=2, seconds=1), tick=False):
        assert STALE in read(client.post(url_of(session), form), 409).text
    assert recorded(session) == {}


def test_a_preview_ends_when_the_session_is_moved(signed_in, trainer, session):
    client = signed_in(trainer)
    form = filled_in(upload(client, session))
    type(session).objects.filter(pk=session.pk).update(teaching_minutes=90)
    assert STALE in read(client.post(url_of(session), form), 409).text
    assert recorded(session) == {}


def test_a_foreign_session_and_one_on_site_do_not_exist(signed_in, other_trainer, trainer, participant, session):
    for person in (other_trainer, participant):
        assert signed_in(person).get(url_of(session)).status_code == 404
        assert upload(signed_in(person), session).status_code == 404
    on_site = only_session(build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(hours=1)))
    assert signed_in(trainer).get(url_of(on_site)).status_code == 404


def test_before_the_session_and_when_it_is_cancelled_there_is_nothing_to_upload(signed_in, trainer, session):
    client = signed_in(trainer)
    with time_machine.travel(berlin(2026, 3, 3, 7, 59), tick=False):
        assert "ab einer Stunde vor Beginn" in read(client.get(url_of(session))).text
    further_session(session.run)
    cancel_session(session)
    page = read(client.get(url_of(session)))
    assert "Diese Sitzung entfällt." in page.text
    assert not any("file" in form for form in page.forms)


def test_the_list_links_to_the_upload_for_online_sessions_only(signed_in, trainer, session):
    client = signed_in(trainer)
    label = "Anwesenheit aus der Datei des Konferenzprogramms übernehmen"
    address = reverse("trainings:attendance", args=[session.pk])
    assert read(client.get(address)).links[label] == url_of(session)
    session.run.format = "on_site"
    session.run.save()
    assert label not in read(client.get(address)).links


def test_the_preview_asks_the_database_no_more_for_more_people(
    signed_in, trainer, session, django_assert_max_num_queries
):
    client = signed_in(trainer)
    for _number in range(12):
        build_registration(session.run)
    with django_assert_max_num_queries(12):
        upload(client, session)
