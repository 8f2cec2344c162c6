"""From the bytes of an export to minutes, people and proposed marks."""

import datetime as dt
from pathlib import Path

import pytest

from tests.builders import berlin, build_person, build_registration, build_run, only_session
from trainings import attendance
from trainings.attendance import Attendee, Export, Mark, Stay, UnreadableExport, read_export
from trainings.attendance import online_exports as online_attendance
from trainings.attendance.online_exports import minutes

FOLDER = Path(__file__).parent / "online"
START, END = berlin(2026, 3, 3, 9), berlin(2026, 3, 3, 12, 15)
COMMAS = "Name,Email,Join Time,Leave Time"


def file(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def connected(export: Export, start: dt.datetime = START, end: dt.datetime = END) -> dict[str, int]:
    return {person.name: minutes(person.stays, start, end) for person in export.people}


def one(text: str, start: dt.datetime = START, end: dt.datetime = END) -> int:
    """Minutes of the only person in a file."""
    [person] = read_export(text.encode(), start, end).people
    return minutes(person.stays, start, end)


# --- Each system ----------------------------------------------------------------------------------

# Yıldız 9:00–10:20:40 and 10:24–12:15, Müller 9:00–11:00 on two devices, Adams 9:01–12:10, Weber 9:42–12:15.
EXACT = [191, 120, 189, 153]
# Where nobody is seen leaving at the end, Adams stays until the end of the session.
EVENTS = [191, 120, 194, 153]
# The dashboard has first and last times and the sum of what lies between, so that early minutes cannot be left out.
DASHBOARD = [195, 120, 189, 153]
# Only sums: when Müller was there on which device is not seen.
SUMS = [195, 182, 189, 154]


@pytest.mark.parametrize(
    ("name", "system", "expected"),
    [
        ("teams_en.csv", "Microsoft Teams", EXACT),
        ("teams_de.csv", "Microsoft Teams", EXACT),
        ("teams_de_excel.csv", "Microsoft Teams", EXACT),
        ("teams_events_en.csv", "Microsoft Teams", EVENTS),
        ("teams_events_de.csv", "Microsoft Teams", EVENTS),
        ("webex_en.csv", "Webex", EXACT),
        ("webex_de.csv", "Webex", EXACT),
        ("zoom_en.csv", "Zoom", EXACT),
        ("zoom_de.csv", "Zoom", EXACT),
        ("zoom_unique.csv", "Zoom", SUMS),
        ("bigbluebutton_en.csv", "BigBlueButton", DASHBOARD),
        ("bigbluebutton_de.csv", "BigBlueButton", DASHBOARD),
    ],
)
def test_every_export_is_recognised_and_counted(name, system, expected):
    export = read_export(file(name), START, END)
    found = connected(export)
    assert export.system_name == system
    assert len(found) == 6
    assert [
        next(number for name, number in found.items() if part in name) for part in ("ld", "ller", "Adams", "Weber")
    ] == expected
    assert next(number for name, number in found.items() if "Okafor" in name) == 195
    assert found["iPhone"] == 12
    assert export.without_end == (1 if expected is EVENTS else 0)
    assert export.without_times == (expected is SUMS)


def test_addresses_are_read_where_the_export_has_them():
    for name in ("teams_de.csv", "webex_en.csv", "zoom_en.csv"):
        assert {person.email for person in read_export(file(name), START, END).people} == {
            "okafor@trainings.example", "yildiz@mayen.example", "mueller@web.example", "weber@bendorf.example", "",
        }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be-bom", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_with_every_separator(encoding, delimiter):
    rows = ["Vollständiger Name,E-Mail,Beitrittszeit,Austrittszeit", "Jörg Groß,,03.03.2026 09:15,03.03.2026 10:15"]
    text = "\r\n".join(rows).replace(",", delimiter)
    data = b"\xfe\xff" + text.encode("utf-16-be") if encoding == "utf-16-be-bom" else text.encode(encoding)
    assert connected(read_export(data, START, END)) == {"Jörg Groß": 60}


def test_zoom_with_the_meeting_repeated_in_every_line_takes_the_participant_not_the_host():
    text = (
        "Topic,MeetingID,User_Name,User_Email_1,Start_Time,End_Time,Duration_Minutes_1,Participants,"
        "Name (Original Name),User_Email_2,Join_Time,Leave_Time,Duration_Minutes_2,Guest\n"
        "Vielfalt,812,Ngozi Okafor,okafor@trainings.example,03/03/2026 09:00,03/03/2026 12:15,195,2,"
        "Jan Weber,weber@bendorf.example,03/03/2026 09:00,03/03/2026 09:30,30,Yes\n"
    )
    [person] = read_export(text.encode(), START, END).people
    assert (person.name, person.email, minutes(person.stays, START, END)) == ("Jan Weber", "weber@bendorf.example", 30)


def test_somebody_in_the_summary_alone_is_not_lost():
    text = (
        file("teams_en.csv").decode("utf-16").replace("Jan Weber\t3/3/26, 9:42:00 AM\t3/3/26, 12:15:30 PM\t", "\t", 2)
    )
    without = [line for line in text.split("\r\n") if not line.startswith("\t")]
    summary = "Jan Weber\t3/3/26, 9:42:00 AM\t3/3/26, 12:15:30 PM\t2h 33m 30s\tweber@bendorf.example\t\tAttendee"
    without.insert(without.index("3. In-Meeting Activities"), summary)
    assert connected(read_export("\r\n".join(without).encode("utf-16"), START, END))["Jan Weber"] == 153


# --- Counting -------------------------------------------------------------------------------------


def stay(*times: str, seconds: int | None = None) -> Stay:
    joined, left = (berlin(2026, 3, 3, *map(int, time.split(":"))) if time else None for time in (*times, "", "")[:2])
    return Stay(joined, left, seconds)


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        ([stay("9:00", "9:30"), stay("9:40", "10:00")], 50),
        ([stay("9:00", "10:00"), stay("9:30", "10:30")], 90),
        ([stay("9:00", "11:00"), stay("9:30", "10:00")], 120),
        ([stay("9:00", "10:00"), stay("9:00", "10:00")], 60),
        ([stay("8:00", "9:30"), stay("12:00", "13:00")], 45),
        ([stay("7:00", "18:00")], 195),
        ([stay("7:00", "8:59")], 0),
        ([stay("12:00")], 15),
        ([stay("9:00", seconds=1800)], 30),
        ([stay("9:00", "12:00", seconds=3600)], 60),
        ([stay("8:00", "10:00", seconds=5400)], 60),
        ([stay("9:00", "10:00", seconds=3599)], 60),
        ([stay("9:00", "12:00", seconds=3600), stay("9:00", "10:00")], 120),
        ([stay(seconds=3600), stay(seconds=1800)], 60),
        ([stay(seconds=1800), stay("9:00", "10:00")], 60),
        ([stay(seconds=36000)], 195),
        ([stay("9:00", "12:00", seconds=0)], 0),
        ([], 0),
    ],
)
def test_minutes_never_count_twice_and_never_exceed_the_session(stays, expected):
    assert minutes(stays, START, END) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("Joined 9:00, Left 10:00", 60),
        ("Joined 9:00, Left 9:30, Joined 10:00, Left 10:30", 60),
        ("Joined 9:00, Joined 9:30, Left 10:00, Left 10:30", 90),
        ("Joined before 8:50, Left 9:30", 30),
        ("Joined 12:00", 15),
        ("Joined 9:00, Joined 9:10, Left 10:00", 60),
        ("Left 9:30, Joined 10:00, Left 10:30", 30),
    ],
)
def test_the_list_of_events_becomes_stays(events, expected):
    lines = [event.rpartition(" ") for event in events.split(", ")]
    rows = [
        f'Jan Weber,{action},"3/3/2026, {time}:00 {"PM" if time > "12" and len(time) > 4 else "AM"}"'
        for action, _, time in lines
    ]
    assert one("\n".join(["Full Name,User Action,Timestamp", *rows])) == expected


# --- Times ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "time",
    [
        "3/3/26, 10:15:00 AM",
        "3/3/2026, 10:15 AM",
        "03/03/2026 10:15:00 AM",
        "3/3/2026, 10:15:00\u202fAM",
        "3.3.2026, 10:15:00",
        "03.03.26 10:15",
        "03.03.2026 um 10:15 Uhr",
        "2026-03-03 10:15:00",
        "2026-03-03T10:15:00.123",
        "2026-03-03T09:15:00Z",
        "2026-03-03 10:15:00 +01:00",
        "2026-03-03 04:15:00 GMT-5",
        "2026-03-03 09:15:00 UTC",
        "2026-03-03 10:15 MEZ",
        "Mar 3, 2026 10:15:00 AM",
        "3. März 2026 10:15",
    ],
)  # fmt: skip
def test_times_as_they_are_written(time):
    assert one(f'{COMMAS}\nJan,,"{time}",') == 120


@pytest.mark.parametrize(
    ("time", "hour"),
    [
        ("12:30:00 AM", 0),
        ("1:30:00 AM", 1),
        ("11:30:00 AM", 11),
        ("12:30:00 PM", 12),
        ("1:30:00 PM", 13),
        ("11:30 p.m.", 23),
    ],
)
def test_noon_and_midnight_in_twelve_hours(time, hour):
    start, end = berlin(2026, 3, 3, 0), berlin(2026, 3, 4, 0)
    [person] = read_export(f'{COMMAS}\nJan,,"3/3/2026, {time}",'.encode(), start, end).people
    assert person.stays[0].joined == berlin(2026, 3, 3, hour, 30)


@pytest.mark.parametrize(
    ("start", "written"),
    [
        (berlin(2026, 3, 4, 9), "3/4/2026 9:00 AM"),
        (berlin(2026, 3, 4, 9), "04/03/2026 09:00"),
        (berlin(2026, 3, 25, 9), "3/25/2026 9:00 AM"),
        (berlin(2026, 3, 25, 9), "25/03/2026 09:00"),
    ],
)
def test_whether_the_month_stands_first_follows_from_the_day_of_the_session(start, written):
    assert one(f"{COMMAS}\nJan,,{written},", start, start + dt.timedelta(hours=1)) == 60


NIGHT = berlin(2026, 10, 25, 1), berlin(2026, 10, 25, 4)  # four hours long


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Jan,2026-10-25 01:00,2026-10-25 04:00,", 240),
        ("Jan,2026-10-25 02:50,2026-10-25 02:10,", 20),
        ("Jan,2026-10-25 02:50,2026-10-25 02:10,20", 20),
        ("Jan,2026-10-25 01:50,2026-10-25 02:10,80", 80),
        ("Jan,2026-10-25 01:50,2026-10-25 02:10,20", 20),
        ("Jan,2026-10-25 02:30,2026-10-25 03:30,120", 120),
        ("Jan,2026-10-25 02:30,2026-10-25 03:30,60", 60),
    ],
)
def test_the_night_in_which_an_hour_comes_twice(row, expected):
    assert one(f"Name,Join Time,Leave Time,Duration (Minutes)\n{row}", *NIGHT) == expected


def test_the_night_in_which_an_hour_is_missing():
    start, end = berlin(2026, 3, 29, 1), berlin(2026, 3, 29, 4)
    assert one(f"{COMMAS}\nJan,,29.03.2026 01:30,29.03.2026 03:30", start, end) == 60


def test_headings_may_name_the_zone():
    assert one("Name,Join Time (UTC),Leave Time (UTC)\nJan,2026-03-03 09:00,2026-03-03 10:00") == 60
    [person] = read_export(b"Name,Join Time (UTC)\nJan,2026-03-03 09:00", START, END).people
    assert person.stays[0].joined == berlin(2026, 3, 3, 10)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("1h 2m 3s", 62), ("1 Std. 2 Min. 3 Sek.", 62), ("2 Min. 59 Sek.", 2), ("65 mins", 65), ("1 hr 5 min", 65),
        ("1 Stunde 5 Minuten", 65), ("01:02:03", 62), ("62", 62), ("1,5 h", 90), ("59s", 0), ("65 Min.", 65),
    ],
)  # fmt: skip
def test_durations_as_they_are_written(duration, expected):
    assert one(f"Name;Dauer\nJan;{duration}") == expected


@pytest.mark.parametrize(
    ("heading", "duration", "expected"),
    [
        ("Duration (seconds)", "600", 10), ("Dauer in Sekunden", "5400", 90), ("durationSeconds", "5400", 90),
        ("Duration_sec", "5400", 90), ("Dauer (Stunden)", "2,5", 150), ("Duration (h)", "2", 120),
        ("Duration (Minutes)", "90", 90), ("Dauer (Min.)", "90,5", 90), ("Dauer (Minuten)", "1 h 5 min", 65),
        ("Dauer (h:mm)", "1:30", 90), ("Duration (hh:mm:ss)", "01:30:00", 90), ("Duration (mm:ss)", "45:30", 45),
        ("Dauer (Min:Sek)", "90:00", 90), ("Minuten", "30", 30), ("Minutes attended", "30", 30),
        ("Gesamtzeit", "30 min", 30), ("Anwesend (Min)", "30", 30), ("Anwesenheit in Minuten", "30", 30),
        ("Anwesenheitszeit (Std.)", "1,5", 90), ("Duration", "3:15", 195),
    ],
)  # fmt: skip
def test_the_unit_of_a_duration_stands_in_the_heading(heading, duration, expected):
    assert one(f"Name;{heading}\nJan;{duration}") == expected


@pytest.mark.parametrize(
    ("heading", "duration"),
    [
        ("Duration", "45:30"), ("Duration", "10:00"), ("Duration", "3:16"), ("Duration", "25:00:00"),
        ("Duration", "10800"), ("Duration", "2,5"), ("Duration (minutes)", "45:30"), ("Dauer (Min:Sek)", "90"),
        ("Duration", "25 h"), ("Duration (seconds)", "90000"),
    ],
)  # fmt: skip
def test_a_duration_that_may_be_of_another_unit_is_not_understood(heading, duration):
    export = read_export(f"Name;{heading}\nJan;{duration}\nKim;90 min".encode(), START, END)
    assert [person.is_doubtful for person in export.people] == [True, False]
    assert export.left_out[0].why.startswith(f"„{duration}“")


@pytest.mark.parametrize(("high", "low"), [("45:30", "3:10"), ("9900", "185"), ("45:30:00", "03:10:00")])
def test_one_duration_far_too_long_makes_all_of_its_form_doubtful(high, low):
    export = read_export(f"Name;Duration\nJan;{high}\nKim;{low}\nLea;90 min".encode(), START, END)
    assert [person.is_doubtful for person in export.people] == [True, True, False]


def test_beside_both_times_the_form_of_a_duration_matters_little():
    row = "Jan;03.03.2026 09:00;03.03.2026 10:00;9900"
    export = read_export(f"Name;Beitritt;Austritt;Dauer\n{row}".encode(), START, END)
    assert (connected(export), export.people[0].is_doubtful) == ({"Jan": 60}, False)


def test_durations_without_times_are_not_summed_up():
    text = "Name;Dauer\nJan;90 min\nJan;90 min\nKim;195 min\nKim;5 min\nLea;90 min"
    export = read_export(text.encode(), START, END)
    assert connected(export) == {"Jan": 90, "Kim": 195, "Lea": 90}
    assert [person.is_doubtful for person in export.people] == [True, True, False]
    assert [one.row for one in export.left_out] == [3, 5]


# --- What is refused ------------------------------------------------------------------------------


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableExport) as caught:
        read_export(data, START, END)
    return str(caught.value)


def test_other_files_are_refused_with_a_sentence(settings):
    not_a_list = refused(b"Kurs;Ort;E-Mail\r\nVielfalt;Mayen;weber@bendorf.example\r\n")
    assert "keine Anwesenheitsliste" in not_a_list
    assert {refused(data) for data in [b"\xff\xfea", b"Hallo", b'"', b"a\x00b\x01"]} == {not_a_list}
    assert {refused(data) for data in [b"", b"\xff\xfe", b"\xef\xbb\xbf\r\n"]} == {"Die Datei ist leer."}
    assert "Art Excel." in refused(b"PK\x03\x04rest")
    assert "Art Excel." in refused(b"\xd0\xcf\x11\xe0rest")
    assert "CSV UTF-8" in refused(b"\x81\x8d")
    assert refused(COMMAS.encode()) == "In der Datei steht niemand."
    unreadable = "Die Datei nennt keine Zeiten, die zu lesen sind. Zeile 2: „%s“ ist nicht lesbar."
    assert refused(f"{COMMAS}\nJan,,gestern,".encode()) == unreadable % "gestern"
    assert refused(f"{COMMAS}\nJan,,31.02.2026 09:00,".encode()) == unreadable % "31.02.2026 09:00"
    assert refused(b"Name,Duration\nJan,lange") == unreadable % "lange"


def test_a_file_of_another_day_is_refused():
    other = berlin(2026, 3, 10, 9), berlin(2026, 3, 10, 12)
    with pytest.raises(UnreadableExport) as caught:
        read_export(file("zoom_de.csv"), *other)
    assert str(caught.value) == (
        "Die Datei ist vom Di., 3. März 2026; die Sitzung war am Di., 10. März 2026. "
        "Bitte wählen Sie die Datei dieser Sitzung."
    )
    with pytest.raises(UnreadableExport, match="niemand verbunden"):
        read_export(file("zoom_de.csv"), berlin(2026, 3, 3, 14), berlin(2026, 3, 3, 16))


@pytest.mark.slow
def test_limits(settings):
    row = "\nJan,,2026-03-03 09:00,2026-03-03 10:00"
    assert one(COMMAS + row * 4999) == 60
    assert "mehr als 5000 Zeilen" in refused((COMMAS + row * 5000).encode())
    assert "größer als 5 MB" in refused(b"x" * (5 * 1024 * 1024 + 1))
    many = "".join(f"\nPerson {number}{row[4:]}" for number in range(online_attendance.MAX_PEOPLE + 1))
    assert "mehr als 400 Personen" in refused((COMMAS + many.replace("Jan", "")).encode())


# --- Whose registration ---------------------------------------------------------------------------


@pytest.fixture
def registrations(db):
    """By name, so that tests read."""
    people = [
        ("weber@bendorf.example", "Jan", "Weber"), ("a@x.example", "Jörg", "Müller"), ("b@x.example", "Kim", "Groß"),
        ("c@x.example", "Kim", "Groß"), ("d@x.example", "Ayşe", "Yıldız"),
        ("e@x.example", "Anna Lena", "von der Heide"),
    ]  # fmt: skip
    run = build_run()
    return [build_registration(run, build_person(email, first, last)) for email, first, last in people]


def names_of(registrations, *people):
    """For each person the address of the registration found, or None."""
    matching = attendance.match_attendees([Attendee(name, email, ()) for name, email in people], registrations)
    found = {place: key for key, places in matching.matched.items() for place in places}
    by_key = {registration.pk: registration.person.email for registration in registrations}
    assert sorted([*found, *matching.unmatched]) == list(range(len(people)))
    return [by_key[found[place]] if place in found else None for place in range(len(people))]


@pytest.mark.parametrize(
    ("name", "email", "expected"),
    [
        ("iPhone", "WEBER@bendorf.example", "weber@bendorf.example"),
        ("Jan Weber", "privat@web.example", "weber@bendorf.example"),
        ("WEBER, Jan", "", "weber@bendorf.example"),
        ("Jan Weber (Gast)", "", "weber@bendorf.example"),
        ("Weber, Jan (Stadtverwaltung Mayen)", "", "weber@bendorf.example"),
        ("Prof. Dr. med. Jan Weber", "", "weber@bendorf.example"),
        ("Herr Jan Weber | Ordnungsamt", "", "weber@bendorf.example"),
        ("Jan Weber - Stadt Bendorf", "", "weber@bendorf.example"),
        ("Janni (Jan Weber)", "", "weber@bendorf.example"),
        ("Joerg Mueller", "", "a@x.example"),
        ("jörg müller", "", "a@x.example"),
        ("Jorg Muller", "", "a@x.example"),
        ("Ayse Yildiz", "", "d@x.example"),
        ("von der Heide, Anna-Lena", "", "e@x.example"),
        ("Kim Groß", "", None),
        ("Kim Gross", "b@x.example", "b@x.example"),
        ("Jan", "", None),
        ("Jan Weberling", "", None),
        ("", "", None),
        ("(Gast)", "", None),
    ],
)
def test_people_are_found_by_address_then_by_a_name_only_one_has(registrations, name, email, expected):
    assert names_of(registrations, (name, email)) == [expected]


def test_the_address_of_one_and_the_name_of_another_are_asked_about(registrations):
    keys = {registration.person.email: registration.pk for registration in registrations}
    matching = attendance.match_attendees([Attendee("Jörg Müller", "weber@bendorf.example", ())], registrations)
    assert (matching.matched, matching.unmatched) == ({}, (0,))
    assert matching.namesakes == {0: (keys["weber@bendorf.example"], keys["a@x.example"])}


def test_who_leads_is_no_unknown_person(registrations):
    trainer = build_person("okafor@trainings.example", "Ngozi", "Okafor")
    people = [Attendee("iPhone", "okafor+web@trainings.example", ()), Attendee("Okafor, Ngozi (Gast)", "", ())]
    matching = attendance.match_attendees(people, registrations, [trainer])
    assert (matching.leading, matching.unmatched) == ((0, 1), ())


def test_a_trainer_who_is_registered_is_counted(registrations):
    trainer = registrations[0].person
    matching = attendance.match_attendees([Attendee("Jan Weber", "", ())], registrations, [trainer])
    assert matching.matched == {registrations[0].pk: (0,)}


def test_a_close_spelling_yields_to_an_exact_one(db):
    run = build_run()
    pair = [
        build_registration(run, build_person(f"{name.lower()}@x.example", "Kim", name))
        for name in ("Muller", "Mueller")
    ]
    assert names_of(pair, ("Kim Müller", ""), ("Kim Muller", "")) == ["mueller@x.example", "muller@x.example"]


def test_two_lines_of_a_person_come_together(registrations):
    run = registrations[0].run
    session = only_session(run)
    start = session.starts_at
    laptop = Attendee("Jan Weber", "weber@bendorf.example", (Stay(start, start + dt.timedelta(minutes=60)),))
    phone = Attendee(
        "Weber, Jan (Handy)", "", (Stay(start + dt.timedelta(minutes=30), start + dt.timedelta(minutes=90)),)
    )
    matching = attendance.match_attendees([laptop, phone], registrations)
    assert matching.matched == {registrations[0].pk: (0, 1)}
    assert attendance.minutes_taught_online(session, [laptop, phone]) == 90


@pytest.mark.parametrize(
    ("connected", "expected"),
    [
        (0, None),
        (1, Mark(status="partial", minutes=1)),
        (349, Mark(status="partial", minutes=349)),
        (350, Mark(status="present")),
        (360, Mark(status="present")),
        (450, Mark(status="present")),
    ],
)
def test_the_proposed_mark_forgives_ten_minutes_and_does_not_count_breaks(db, connected, expected):
    session = only_session(build_run())  # 450 minutes, 360 of them teaching
    someone = Attendee("Jan", "", (Stay(session.starts_at, session.starts_at + dt.timedelta(minutes=connected)),))
    assert attendance.proposed_mark(session, [someone]) == expected


def test_of_several_durations_without_times_one_alone_must_be_enough(db):
    session = only_session(build_run())
    laptop, phone = (Attendee(name, "", (Stay(seconds=200 * 60),)) for name in ("Jan", "Jan (Handy)"))
    assert attendance.proposed_mark(session, [laptop]) == Mark(status="partial", minutes=200)
    assert attendance.proposed_mark(session, [laptop, phone]) is None
    assert attendance.is_doubtful([laptop, phone])
    enough = Attendee("Jan", "", (Stay(seconds=360 * 60),))
    assert attendance.proposed_mark(session, [enough, phone]) == Mark(status="present")
