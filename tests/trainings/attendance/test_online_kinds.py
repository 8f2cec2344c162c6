"""Kinds of attendance exports from the field: each test stands for all files of its kind, whoever wrote them."""

import datetime as dt
from pathlib import Path

import pytest

from tests.builders import berlin
from trainings.attendance import Export, UnreadableExport, read_export, suspected_shift
from trainings.attendance.online_exports import minutes

FOLDER = Path(__file__).parent / "online"
START, END = berlin(2026, 11, 3, 9), berlin(2026, 11, 3, 12)


def read(data: str | bytes, start: dt.datetime = START, end: dt.datetime = END) -> Export:
    return read_export(data if isinstance(data, bytes) else data.encode(), start, end)


def file(name: str) -> Export:
    return read((FOLDER / name).read_bytes())


def connected(export: Export) -> dict[str, int]:
    return {person.name or person.email: minutes(person.stays, START, END) for person in export.people}


def refused(data: str | bytes) -> str:
    with pytest.raises(UnreadableExport) as caught:
        read(data)
    return str(caught.value)


def left_out(export: Export) -> list[tuple[int, str]]:
    return [(one.row, one.why) for one in export.left_out]


# --- Files of 3 November, 9 to 12 o'clock ---------------------------------------------------------


def test_teams_with_narrow_spaces_and_people_from_elsewhere():
    assert connected(file("teams_outsiders_en.csv")) == {
        "Müller, Anna": 179,
        "Groß, Björn (External)": 160,
        "Ayse Yilmaz (Unverified)": 72,
        "[Kreis] Karl-Heinz von der Straße": 180,
        "Thomas Meier (External)": 180,
        "+49 261 ***56 (Unverified)": 180,
    }


def test_zoom_as_german_excel_saves_it_without_the_hour_in_the_waiting_room():
    export = file("zoom_de_excel.csv")
    assert export.system_name == "Zoom"
    assert connected(export) == {"Anna Müller": 159, "Björn Groß": 160}
    assert left_out(export) == [(5, "im Warteraum")]


def test_times_of_the_clock_are_those_of_the_day_of_the_session():
    export = file("meet_de.csv")
    assert connected(export) == {"Anna Müller": 179, "Björn Groß": 160}
    assert export.day_assumed
    assert not file("zoom_de_excel.csv").day_assumed


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("teams_only_who.csv", ["Müller, Anna", "Groß, Björn"]),
        ("moodle_de.csv", ["Anna Müller"]),
        ("talk.csv", ["Anna Müller"]),
    ],
)
def test_files_that_say_who_and_not_how_long(name, people):
    export = file(name)
    assert [person.name for person in export.people] == people
    assert export.names_only
    assert {person.stays for person in export.people} == {()}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ((FOLDER / "jitsi.json").read_bytes(), "JSON"),
        (b'[{"name": "Anna"}]', "JSON"),
        ('{"name": "Anna"}'.encode("utf-16"), "JSON"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"%PDF-1.7", "PDF"),
        (b"<!DOCTYPE html><table>", "HTML"),
        (b"PK\x03\x04", "Excel"),
    ],
)
def test_other_kinds_of_files_are_refused_with_the_way_to_one_that_works(data, kind):
    sentence = refused(data)
    assert f"Art {kind}." in sentence
    assert "CSV" in sentence
    assert "Überschriften Name, E-Mail, Beitritt, Austritt" in sentence


def test_the_table_that_the_refusal_asks_for_is_read():
    assert connected(read("Name;E-Mail;Beitritt;Austritt\nAnna Müller;;09:00;10:30")) == {"Anna Müller": 90}


# --- Off by whole hours ---------------------------------------------------------------------------


def test_everybody_an_hour_early_is_a_clock_in_another_zone():
    export = file("webex_another_zone.csv")
    assert suspected_shift(export.people, START, END) == 1
    assert connected(export.shifted(1)) == {"Anna Müller": 179, "Björn Groß": 160, "Ayse Yilmaz": 72}


def times(*pairs: str) -> str:
    rows = [f"Person {number};03.11.2026 {pair.replace('-', ';03.11.2026 ')}" for number, pair in enumerate(pairs)]
    return "\n".join(["Name;Beitritt;Austritt", *rows])


@pytest.mark.parametrize(
    ("pairs", "hours"),
    [
        (["08:55-12:05", "09:00-12:00", "09:20-12:00"], 0),
        (["07:45-12:10", "08:58-12:00", "08:59-11:59", "09:10-10:00"], 0),  # the trainer opened the room an hour before
        (["08:58-13:10", "08:59-12:00", "09:00-11:59", "09:01-12:00"], 0),  # and forgot to leave it
        (["10:58-13:00"], 0),  # one late and long: an hour more at one end only
        (["06:58-09:59", "07:00-10:00", "07:10-08:30"], 2),
        (["14:58-18:00", "15:02-17:59"], -6),
        (["02:58-06:00", "03:02-05:59"], 6),
        (["12:58-16:00", "13:02-15:59"], -4),
    ],
)
def test_only_what_is_off_at_both_ends_by_one_whole_hour_is_remarked(pairs, hours):
    assert suspected_shift(read(times(*pairs)).people, START, END) == hours


def test_a_zone_on_the_other_side_of_midnight_is_another_day_and_still_the_session():
    text = "Name;Beitritt;Austritt\nAnna;02.11.2026 23:58;03.11.2026 03:00\nJan;03.11.2026 00:01;03.11.2026 03:01"
    export = read(text)
    assert suspected_shift(export.people, START, END) == 9
    assert connected(export.shifted(9)) == {"Anna": 180, "Jan": 179}


# --- Zones that are named -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-03 08:00 UTC", "2026-11-03 08:00:00Z", "2026-11-03 10:00 GMT+2", "2026-11-03 09:00 (UTC+01:00)",
        "2026-11-03 08:00 Europe/London", "2026-11-03 03:00 America/New_York", "2026-11-03 08:00 GMT Standard Time",
        "2026-11-03 09:00 W. Europe Standard Time", "2026-11-03 03:00 EST",
        "Tue Nov 03 2026 09:00:00 GMT+0100 (Central European Standard Time)",
        "Nov 3, 2026, 9:00 a.m. CET", "3 nov. 2026 09h00", "3 de noviembre de 2026 9:00",
        "2026-11-03T09:00+01:00", "2026-11-03 09:00 +01:00", "2026-11-03 02:00:00-06:00", "2026-11-03 09:00 GMT +1",
        "09:00 03.11.2026", "Dienstag, 3. November 2026, 09:00 Uhr", "9:00:00 a. m.", "2026/11/03 09:00", "09:00",
    ],
)  # fmt: skip
def test_nine_o_clock_in_many_hands(written):
    assert connected(read(f'Name,Join Time,Leave Time\nAnna,"{written}",2026-11-03 10:30')) == {"Anna": 90}


@pytest.mark.parametrize(
    "written",
    [
        "09:00-10:00", "03.11.2026 09:00-10:00", "03.11.2026 09:00 - 10:00", "03.11.2026 09:00 17", "09:00 morgens",
        "03.11.2026 09:00 XYZ+1", "2026-11-03 09:00 CST", "2026-11-03 09:00 +19:00", "24:30", "13:00 PM",
    ],
)  # fmt: skip
def test_what_may_mean_something_else_is_no_time(written):
    export = read(f"Name;Beitritt;Austritt\nAnna;{written};12:00\nJan;09:00;12:00")
    assert left_out(export) == [(2, f"„{written}“ ist nicht lesbar.")]


@pytest.mark.parametrize(
    ("head", "heading"),
    [
        ("", " (GMT+2)"), ("", " (Europe/Helsinki)"), ("", " (UTC+02:00)"), ("Time zone: Europe/Helsinki\n\n", ""),
        ("Zeitzone;FLE Standard Time\n", ""), ("Meeting;Sprache\nFuseau horaire;UTC+2\n\n", ""),
    ],
)  # fmt: skip
def test_a_zone_named_once_is_that_of_all_times(head, heading):
    export = read(f"{head}Name;Join Time{heading};Leave Time{heading}\nAnna;2026-11-03 10:00;2026-11-03 11:00")
    assert connected(export) == {"Anna": 60}
    assert export.zone == ""


def test_a_column_of_zones_and_one_of_days():
    text = (
        "Name;Datum;Beitritt;Austritt;Zeitzone\nAnna;03.11.2026;08:00;09:00;Europe/London\nJan;03.11.2026;09:00;10:00;"
    )
    export = read(text)
    assert connected(export) == {"Anna": 60, "Jan": 60}
    assert not export.day_assumed


def test_a_zone_nobody_knows_is_said():
    head = "Time zone: Somewhere Standard Time\n"
    export = read(f"{head}Name;Beitritt;Austritt\nAnna;03.11.2026 09:00;03.11.2026 10:00")
    assert export.zone == "Somewhere Standard Time"
    export = read("Name;Beitritt;Zeitzone\nAnna;03.11.2026 09:00;Nirgends\nJan;03.11.2026 09:00;UTC+1")
    assert left_out(export) == [(2, "„03.11.2026 09:00“ ist nicht lesbar.")]
    assert [person.is_doubtful for person in export.people] == [True, False]


# --- Languages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headings",
    [
        "Nom,Première participation,Dernier départ,Durée de la réunion,E-mail,ID du participant (UPN),Rôle",
        "Nombre,Primera entrada,Última salida,Duración de la reunión,Correo electrónico,Id. de participante (UPN),Rol",
        "Nome,Primo accesso,Ultima uscita,Durata riunione,Posta elettronica,ID partecipante (UPN),Ruolo",
        "Naam,Eerste deelname,Laatste vertrek,Duur van vergadering,E-mail,Deelnemer-id (UPN),Rol",
        "Nazwa,Pierwsze dołączenie,Ostatnie opuszczenie,Czas trwania spotkania,Adres e-mail,ID (UPN),Rola",
        "Ad,İlk Katılma,Son Ayrılma,Toplantı Süresi,E-posta,Katılımcı Kimliği (UPN),Rol",
        "Имя,Первое присоединение,Последний выход,Длительность собрания,Электронная почта,ИД (UPN),Роль",
        "Jméno,První připojení,Poslední odchod,Doba trvání schůzky,E-mail,ID účastníka (UPN),Role",
        "NAME,FIRST JOIN,LAST LEAVE,IN-MEETING DURATION,EMAIL,PARTICIPANT ID (UPN),ROLE",
        "Teilnehmer,Start,Ende,Dauer,E-Mail-Adresse,x,y",
    ],
)
def test_headings_in_any_language(headings):
    row = "Anna Müller,03.11.2026 09:00,03.11.2026 10:30,1:30:00,anna.mueller@mayen.example,,Attendee"
    [person] = read(f"{headings}\n{row}").people
    assert (person.name, person.email) == ("Anna Müller", "anna.mueller@mayen.example")
    assert minutes(person.stays, START, END) == 90


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Vorname", "Name"),
        ("Prénom", "Nom"),
        ("First name", "Last name"),
        ("Nombre", "Apellidos"),
        ("Imię", "Nazwisko"),
    ],
)
def test_first_and_last_name_in_columns_of_their_own(first, last):
    assert connected(read(f"{last};{first};Dauer\nMüller;Anna;90 Min.")) == {"Anna Müller": 90}


@pytest.mark.parametrize(
    ("joined", "left"),
    [
        ("Beigetreten", "Verlassen"), ("Joined", "Left"), ("A rejoint", "A quitté"), ("Se unió", "Salió"),
        ("Dołączył(a)", "Opuścił(a)"), ("Katıldı", "Ayrıldı"), ("Присоединился", "Вышел"), ("Joined before", "Left"),
    ],
)  # fmt: skip
def test_lists_of_events_in_any_language(joined, left):
    rows = [f"Anna;{joined};03.11.2026 09:10", f"Anna;{left};03.11.2026 10:10"]
    assert connected(read("\n".join(["Name;Aktion;Zeitstempel", *rows]))) == {"Anna": 60}


@pytest.mark.parametrize(
    "action", ["Hand gehoben", "Im Wartebereich", "Entered lobby", "Requested to join", "離開了", ""]
)
def test_an_unknown_word_never_counts_as_joining(action):
    rows = [f"Anna;{action};03.11.2026 09:10", "Jan;Joined;03.11.2026 09:10"]
    export = read("\n".join(["Name;Aktion;Zeitstempel", *rows]))
    anna, jan = export.people
    assert (anna.stays, anna.is_doubtful, jan.is_doubtful) == ((), True, False)
    assert left_out(export) == [(2, f"Was „{action}“ bedeutet, ist nicht bekannt.")]
    assert "Zeile 2: Was" in refused(f"Name;Aktion;Zeitstempel\nAnna;{action};03.11.2026 09:10")


def test_an_unknown_word_may_have_been_the_end_of_a_stay():
    rows = ["Anna;Joined;03.11.2026 09:00", "Anna;Xyz;03.11.2026 09:30", "Jan;Joined;03.11.2026 09:10"]
    anna = read("\n".join(["Name;Aktion;Zeitstempel", *rows])).people[0]
    assert (anna.stays, anna.is_doubtful) == ((), True)


def test_leaving_before_any_joining_is_a_doubt():
    rows = ["Anna;Left;03.11.2026 09:30", "Anna;Joined;03.11.2026 10:00", "Anna;Left;03.11.2026 11:00"]
    export = read("\n".join(["Name;Aktion;Zeitstempel", *rows]))
    assert connected(export) == {"Anna": 60}
    assert export.people[0].is_doubtful


# --- Marks and rows -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ['Anna "Anni Müller', '"Anna Müller', 'Anna Müller"', '"Anna" Müller', 'M"'])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_lone_quotation_mark_swallows_nobody(name, delimiter):
    rows = ["Name,E-Mail,Beitritt,Austritt", f"{name},,09:00,10:00", '"Weber, Jan",,09:00,"10:30"', "Kim,,09:00,11:00"]
    text = "\r\n".join(row.replace(",", delimiter).replace(f"Weber{delimiter}", "Weber,") for row in rows)
    assert connected(read(text)) == {name: 60, "Weber, Jan": 90, "Kim": 120}


def test_excel_has_quoted_the_whole_line():
    text = '"Name,Beitritt,Austritt"\n"""Müller, Anna"",09:00,10:00"\n"Jan,09:00,11:00"\n'
    assert connected(read(text)) == {"Müller, Anna": 60, "Jan": 120}


def test_the_hint_for_excel_and_a_title_stand_above_the_headings():
    assert connected(read("sep=;\nAnwesenheit\n\nName;Beitritt;Austritt\nAnna;09:00;10:00")) == {"Anna": 60}


def test_a_line_that_is_not_understood_is_listed_and_its_person_marked():
    rows = [
        "Anna;03.11.2026 09:00;03.11.2026 10:00",
        "Anna;gestern;03.11.2026 11:00",
        "Jan;03.11.2026 11:00;03.11.2026 09:00",
        "Kim;;03.11.2026 09:00",
        "Lea;;",
    ]
    export = read("\n".join(["Name;Beitritt;Austritt", *rows]))
    assert connected(export) == {"Anna": 60, "Jan": 0, "Kim": 0}
    assert [person.is_doubtful for person in export.people] == [True, True, True]
    assert left_out(export) == [
        (3, "„gestern“ ist nicht lesbar."),
        (4, "Das Verlassen steht vor dem Beitritt."),
        (5, "Der Beitritt fehlt."),
        (6, "ohne Zeiten"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"), [("Ja", {}), ("No", {"Anna": 60}), ("", {"Anna": 60}), ("oui", {}), ("0", {"Anna": 60})]
)
def test_the_waiting_room_does_not_count(value, expected):
    text = f"Name;Beitritt;Austritt;In Waiting Room\nAnna;09:00;10:00;{value}\nJan;09:00;12:00;No"
    assert connected(read(text)) == expected | {"Jan": 180}


def test_whether_the_waiting_room_is_meant_is_asked():
    export = read("Name;Beitritt;Austritt;In Waiting Room\nAnna;09:00;10:00;vielleicht\nJan;09:00;12:00;No")
    assert export.people[0].is_doubtful
    assert left_out(export) == [(2, "Was „vielleicht“ bedeutet, ist nicht bekannt.")]


def test_who_registered_and_did_not_come_was_not_there():
    text = "Attended,Name,Join Time,Leave Time\nYes,Anna,2026-11-03 09:00,2026-11-03 10:00\nNo,Jan,--,--"
    export = read(text)
    assert connected(export) == {"Anna": 60}
    assert left_out(export) == [(3, "laut Datei nicht da")]


@pytest.mark.parametrize(
    ("cell", "names", "why"),
    [
        ("A (2/2)", ["Anna", "Jan"], []),
        ("V (1/2)", ["Anna", "Jan"], [(2, "„V (1/2)“ sind nicht alle Punkte.")]),
        ("L (0.5/2)", ["Anna", "Jan"], [(2, "„L (0.5/2)“ sind nicht alle Punkte.")]),
        ("P (1,5/1,5)", ["Anna", "Jan"], []),
        ("E (1/2)", ["Anna", "Jan"], [(2, "laut Datei entschuldigt")]),
        ("E (0/2)", ["Anna", "Jan"], [(2, "laut Datei entschuldigt")]),
        ("E (2/2)", ["Anna", "Jan"], [(2, "laut Datei entschuldigt")]),
        ("A (0/0)", ["Anna", "Jan"], [(2, "„A (0/0)“ sind nicht alle Punkte.")]),
        ("F (0/2)", ["Jan"], [(2, "laut Datei nicht da")]),
        ("", ["Jan"], [(2, "an diesem Tag ist nichts eingetragen")]),
        ("A", ["Anna", "Jan"], [(2, "Was „A“ bedeutet, ist nicht bekannt.")]),
    ],
)
def test_points_under_the_day_say_whether_somebody_was_there(cell, names, why):
    headings = "Name;E-Mail-Adresse;27. Okt. 2026 09.00 Alle;3. Nov. 2026 09.00 Alle;3. Nov. 2026 14.00 Alle"
    export = read(f"{headings}\nAnna;;A (2/2);{cell};A (2/2)\nJan;;F (0/2);A (2/2);F (0/2)")
    assert [person.name for person in export.people] == names
    assert left_out(export) == why
    assert [person.is_doubtful for person in export.people] == [bool(why) and person == "Anna" for person in names]


NOT_FILLED_IN = "Ob die Person da war, ist nicht eingetragen."
EXCUSED = "laut Datei entschuldigt"


@pytest.mark.parametrize(
    ("heading", "there", "cell", "why"),
    [
        ("Anwesend", "x", "", NOT_FILLED_IN), ("Anwesend", "x", "-", NOT_FILLED_IN),
        ("Status", "Anwesend", "", NOT_FILLED_IN), ("Abwesend", "nein", "", NOT_FILLED_IN),
        ("Status", "anwesend", "entschuldigt", EXCUSED), ("Attendance", "Present", "Excused", EXCUSED),
        ("Abwesend", "nein", "entschuldigt", EXCUSED),
        ("Anwesend", "ja", "30", "Was „30“ bedeutet, ist nicht bekannt."),
    ],
)  # fmt: skip
def test_who_is_neither_there_nor_absent_is_for_the_trainer(heading, there, cell, why):
    export = read(f"Name;E-Mail;{heading}\nAnna;;{there}\nJan;;{cell}")
    assert [(person.name, person.is_doubtful) for person in export.people] == [("Anna", False), ("Jan", True)]
    assert left_out(export) == [(3, why)]


@pytest.mark.parametrize(
    ("heading", "there", "away"),
    [
        ("Present", "Yes", "No"), ("War da", "ja", "nein"), ("Anwesend (ja/nein)", "ja", "nein"),
        ("Abwesend", "nein", "ja"), ("Abwesend", "anwesend", "abwesend"), ("Absent", "0", "x"),
        ("Gefehlt", "nein", "x"), ("Status", "anwesend", "unentschuldigt"),
    ],
)  # fmt: skip
def test_who_was_not_there_is_said_in_many_words(heading, there, away):
    export = read(f"Name;E-Mail;{heading}\nAnna;;{there}\nJan;;{away}")
    assert [(person.name, person.is_doubtful) for person in export.people] == [("Anna", False)]
    assert left_out(export) == [(3, "laut Datei nicht da")]


def test_columns_that_contradict_each_other_are_not_understood():
    export = read("Name;Anwesend;Abwesend\nAnna;ja;\nJan;;ja\nKim;ja;ja")
    assert [(person.name, person.is_doubtful) for person in export.people] == [("Anna", False), ("Kim", True)]
    assert left_out(export) == [(3, "laut Datei nicht da"), (4, "Die Spalten widersprechen sich.")]


def test_who_is_excused_beside_times_is_for_the_trainer():
    export = read("Name;Beitritt;Austritt;Status\nAnna;09:00;12:00;\nJan;09:00;09:05;entschuldigt")
    assert [person.is_doubtful for person in export.people] == [False, True]


@pytest.mark.parametrize("cell", ["ja", "x", "fehlt", "30", "2,5", "30 min", "80 %", "✓", "entschuldigt"])
@pytest.mark.parametrize("heading", ["Mitgemacht", ""])
def test_an_unknown_column_may_say_who_was_there(heading, cell):
    text = f"Name;E-Mail;{heading};Telefon\nAnna;;;\nJan;;{cell};"
    assert f"wer da war oder wie lange, aber wir kennen die Überschrift nicht: {heading or 'Spalte 3'}. " in refused(
        text
    )


@pytest.mark.parametrize(
    ("heading", "cell"),
    [("Behörde", "Stadt Mayen"), ("Nr.", "12"), ("Tel.", "49261"), ("PLZ", "56727"), ("Rolle", "x"), ("Amt", "-")],
)
def test_other_columns_beside_names_are_left_alone(heading, cell):
    assert [person.name for person in read(f"Name;E-Mail;{heading}\nAnna;;{cell}").people] == ["Anna"]


def test_beside_days_numbers_are_sums_of_all_days():
    text = "Name;E-Mail;3. Nov. 2026 09.00 Alle;Punkte;Prozent\nAnna;;A (2/2);1;100 %"
    assert [person.name for person in read(text).people] == ["Anna"]


@pytest.mark.parametrize(("hour", "people"), [(9, ["Anna"]), (14, ["Jan"]), (21, ["Kim"])])
def test_of_several_points_on_one_day_those_of_the_hour_count(hour, people):
    headings = "Name;E-Mail;3 Nov 2026 9.00PM All;3 Nov 2026 2.00PM All;3 Nov 2026 9.00AM All"
    rows = ["Anna;;A (0/2);A (0/2);P (2/2)", "Jan;;A (0/2);P (2/2);A (0/2)", "Kim;;P (2/2);A (0/2);A (0/2)"]
    start = berlin(2026, 11, 3, hour)
    export = read("\n".join([headings, *rows]), start, start + dt.timedelta(hours=1))
    assert [person.name for person in export.people] == people


def test_days_without_a_time_beside_names_are_no_times():
    assert read("Name;E-Mail;Angemeldet seit\nAnna;;01.10.2026").names_only


def test_points_of_other_days_are_another_file():
    assert "27. Okt. 2026" in refused("Name;E-Mail;27. Okt. 2026 09.00 Alle\nAnna;;A (2/2)")


@pytest.mark.parametrize(
    "text", ["Name\nMüller, Anna\nJan Weber", "Nachname;Vorname\nMüller;Anna", "Teilnehmer;E-Mail\nAnna;"]
)
def test_a_bare_list_of_names(text):
    assert read(text).names_only


def test_first_names_do_not_make_a_summary():
    text = "First name;Last name;Time joined;Time exited\nAnna;Müller;09:00;10:00\nAnna;Müller;11:00;12:00"
    assert connected(read(text)) == {"Anna Müller": 120}
    assert len(read(text).people) == 1


def test_two_people_of_one_name_stay_two():
    summary = ["2. Participants", "Name\tFirst Join\tLast Leave\tEmail"]
    summary += ["Thomas Meier\t11/3/26, 9:00:00 AM\t11/3/26, 12:00:00 PM\t"]
    summary += ["Thomas Meier\t11/3/26, 9:30:00 AM\t11/3/26, 10:30:00 AM\t", ""]
    listed = ["3. In-Meeting Activities", "Name\tJoin Time\tLeave Time"]
    listed += ["Thomas Meier\t11/3/26, 9:00:00 AM\t11/3/26, 12:00:00 PM"]
    listed += ["Thomas Meier\t11/3/26, 9:30:00 AM\t11/3/26, 10:30:00 AM"]
    people = read("\r\n".join(summary + listed)).people
    assert [minutes(person.stays, START, END) for person in people] == [180, 60]


def test_the_address_of_the_summary_belongs_to_the_list_without_addresses():
    summary = ["2. Participants", "Name\tFirst Join\tLast Leave\tEmail"]
    summary += ["Anna\t11/3/26, 9:00:00 AM\t11/3/26, 12:00:00 PM\tanna.mueller@mayen.example", ""]
    listed = ["3. In-Meeting Activities", "Name\tJoin Time\tLeave Time"]
    listed += ["Anna\t11/3/26, 9:00:00 AM\t11/3/26, 9:30:00 AM", "Anna\t11/3/26, 11:00:00 AM\t11/3/26, 12:00:00 PM"]
    [person] = read("\r\n".join(summary + listed)).people
    assert (person.email, minutes(person.stays, START, END)) == ("anna.mueller@mayen.example", 90)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_characters(encoding):
    text = "Name;Beitritt;Austritt\nJörg Groß;09:00;10:00"
    assert connected(read(text.encode(encoding))) == {"Jörg Groß": 60}


@pytest.mark.parametrize(
    ("cells", "email"),
    [
        ("anna@mayen.example;", "anna@mayen.example"),
        ("Anna (Anna@Mayen.example);", "anna@mayen.example"),
        ("Anna;Anna Müller <anna@mayen.example>", "anna@mayen.example"),
        ("Anna;anna_web.example#EXT#@mayen.example", ""),
    ],
)
def test_an_address_is_found_where_it_stands(cells, email):
    [person] = read(f"Name;E-Mail;Dauer\n{cells};90").people
    assert person.email == email


def test_characters_that_cannot_be_told_are_refused():
    assert "CSV UTF-8" in refused("Name;Beitritt\nŁukasz Żółć;09:00".encode("cp1250").replace(b"\xa3", b"\x81"))


def test_a_session_over_midnight_has_two_days():
    start, end = berlin(2026, 11, 3, 22), berlin(2026, 11, 4, 1)
    [person] = read("Name;Beitritt;Austritt\nAnna;22:00;00:30", start, end).people
    assert minutes(person.stays, start, end) == 150
