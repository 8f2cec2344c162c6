import datetime as dt

import pytest
import time_machine
from django.utils import translation

from accounts.addresses import NO_ADDRESS_DOMAIN
from accounts.models import Agency, AgencyMailDomain, TargetGroup, User
from accounts.tables import CsvFile, PersonResource, TableResource, TableResult, XlsxFile, read_table
from tests.accounts.tables.test_spreadsheets import xlsx
from tests.builders import berlin, build_course, build_funding, build_person, build_registration, build_run, build_venue
from trainings.models import Course, CourseRun, Registration, Session
from trainings.planning import AgencyResource, CourseResource, RunResource

AGENCIES = """Name;Kurzname;Art;Sitz;E-Mail-Domains
Stadtverwaltung Mayen;Mayen;Stadt- oder Verbandsgemeindeverwaltung;Mayen;mayen.example
Handwerkskammer Koblenz;HWK;chamber;Koblenz;"hwk.example, hwk-bildung.example"
"""
RUNS = """Nummer;Schulung;Sitzung 1;Sitzung 2;Plätze;Ort;Kursleitung;Förderkennzeichen;Veröffentlicht
2027-001;7;10.03.2027 09:00–13:00;31.03.2027 9.00 – 12.00 Uhr, 180 Min., Raum 3;14;Kreishaus;okafor@trainings.example;AMIF-7;ja
"""  # noqa: E501


@pytest.fixture(autouse=True)
def before_its_dates():
    """The sheets below name days, which for this file are still to come."""
    with time_machine.travel("2026-11-25 10:00+00:00"):
        yield


def imported(resource: TableResource, text: str | bytes, **options: object) -> TableResult:
    return resource.import_data(read_table(text.encode() if isinstance(text, str) else text), **options)


def counts(result: TableResult) -> tuple[int, int, int]:
    return result.totals["new"], result.totals["update"], result.totals["skip"]


# --- Agencies ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_agencies_are_imported_once():
    assert counts(imported(AgencyResource(), AGENCIES)) == (2, 0, 0)
    assert counts(imported(AgencyResource(), AGENCIES)) == (0, 0, 2)
    chamber = Agency.objects.get(short_name="HWK")
    assert (chamber.name, chamber.kind, chamber.seat) == ("Handwerkskammer Koblenz", "chamber", "Koblenz")
    assert [str(domain) for domain in chamber.mail_domains.all()] == ["hwk-bildung.example", "hwk.example"]


@pytest.mark.django_db
def test_changes_are_told_and_stored():
    imported(AgencyResource(), AGENCIES)
    changed = AGENCIES.replace("Stadtverwaltung Mayen", "Stadt Mayen").replace("hwk.example, ", "")
    preview = imported(AgencyResource(), changed, dry_run=True)
    assert counts(preview) == (0, 2, 0)
    assert preview.changes[0].diff[0] == "<del>Stadtverwaltung Mayen</del> <ins>Stadt Mayen</ins>"
    assert Agency.objects.filter(name="Stadt Mayen").exists() is False
    imported(AgencyResource(), changed)
    assert Agency.objects.get(short_name="Mayen").name == "Stadt Mayen"
    assert list(AgencyMailDomain.objects.values_list("domain", flat=True)) == ["hwk-bildung.example", "mayen.example"]


@pytest.mark.django_db
def test_columns_that_are_missing_leave_things_as_they_are():
    imported(AgencyResource(), AGENCIES)
    result = imported(AgencyResource(), "Kurzname;Name;Art;Bemerkung\nHWK;Handwerkskammer;Kammer;x\n")
    assert (counts(result), result.ignored_headings) == ((0, 1, 0), ["Bemerkung"])
    chamber = Agency.objects.get(short_name="HWK")
    assert (chamber.name, chamber.seat, chamber.mail_domains.count()) == ("Handwerkskammer", "Koblenz", 2)


@pytest.mark.django_db
def test_one_wrong_row_stops_all_of_them():
    result = imported(
        AgencyResource(), AGENCIES + "Neu;Neu;Quatsch;;keine domain\nMayen II;mayen;county;;hwk.example\n"
    )
    kinds = "; ".join(str(label) for label in Agency.Kind.labels)
    assert result.problems == [
        (4, "Art", f"„Quatsch“ ist nicht bekannt. Möglich sind: {kinds}."),
        (4, "E-Mail-Domains", "Bitte geben Sie eine Domain in Kleinbuchstaben an, zum Beispiel mayen.example."),
        (5, "Kurzname", "„mayen“ steht schon in Zeile 2."),
    ]
    assert Agency.objects.count() == 0


@pytest.mark.django_db
def test_names_and_domains_belong_to_one_agency():
    imported(AgencyResource(), AGENCIES)
    result = imported(
        AgencyResource(), "Name;Kurzname;Art;Domains\nStadtverwaltung Mayen;A;county;\nB;B;county;mayen.example\n"
    )
    assert result.problems == [
        (2, "Name", "Eine andere Behörde heißt bereits so."),
        (3, "E-Mail-Domains", "„mayen.example“ gehört bereits zu einer anderen Behörde."),
    ]


@pytest.mark.django_db
def test_headings_that_are_needed():
    result = imported(AgencyResource(), "Name;Sitz\nA;B\n")
    assert result.problems == [(None, "", "Diese Spalten fehlen: Kurzname, Art. Gefunden wurden: Name, Sitz.")]
    result = imported(AgencyResource(), "Name;name;Kurzname;Art\nA;A;A;county\n")
    assert result.problems == [(None, "", "Die Spalte „Name“ kommt zweimal vor.")]


@pytest.mark.django_db
def test_messages_and_values_follow_the_language():
    with translation.override("en"):
        assert counts(imported(AgencyResource(), AGENCIES)) == (2, 0, 0)
        exported = CsvFile().export_data(AgencyResource().export())
    assert exported.decode("utf-8-sig").splitlines()[0] == "Name;Kurzname;Art;Sitz;E-Mail-Domains;Vereinbarung bis"
    assert counts(imported(AgencyResource(), exported)) == (0, 0, 2)


# --- People ------------------------------------------------------------------------------------

PEOPLE = """E-Mail;Vorname;Nachname;Gruppe;Behörde;Telefon
NGUYEN@mayen.example;Thị  Hương;Nguyễn;Mitarbeitende;;'+49 261 1
frei@web.example;;Sukarno;volunteers;;
"""


@pytest.mark.django_db
def test_people_are_imported_once(agency):
    assert counts(imported(PersonResource(), PEOPLE)) == (2, 0, 0)
    assert counts(imported(PersonResource(), PEOPLE)) == (0, 0, 2)
    person = User.objects.get(email="nguyen@mayen.example")
    assert (person.full_name, person.agency, person.phone) == ("Thị Hương Nguyễn", agency, "+49 261 1")
    assert (person.group, person.role, person.language) == (TargetGroup.STAFF, User.Role.PARTICIPANT, "de")
    assert (person.has_completed_profile, person.has_usable_password(), person.privacy_notice_noted_at) == (
        True,
        False,
        None,
    )
    assert User.objects.get(email="frei@web.example").full_name == "Sukarno"


@pytest.mark.django_db
def test_exported_people_come_back_unchanged(agency):
    imported(PersonResource(), PEOPLE)
    for file in [CsvFile(), XlsxFile()]:
        assert counts(imported(PersonResource(), file.export_data(PersonResource().export()))) == (0, 0, 2)


@pytest.mark.django_db
def test_a_table_makes_nobody_a_coordinator(coordinator):
    sheet = "E-Mail;Nachname;Gruppe;Rolle\nx@mayen.example;X;staff;{}\n"
    message = "Die Rolle „Koordination“ wird nicht über eine Tabelle vergeben oder entzogen."
    assert imported(PersonResource(), sheet.format("Koordination")).problems == [(2, "Rolle", message)]
    demotion = sheet.format("Teilnehmende").replace("x@mayen.example", coordinator.email)
    assert imported(PersonResource(), demotion).problems == [(2, "Rolle", message)]
    allowed = PersonResource(may_appoint_coordinators=True)
    assert counts(imported(allowed, sheet.format("Koordination"))) == (1, 0, 0)


@pytest.mark.django_db
def test_rows_about_people_are_checked():
    sheet = """E-Mail;Nachname;Gruppe;Rolle;Behörde
keine;X;Chefs;;
;Y;staff;;
z@web.example;;staff;;XY
c@web.example;C;staff;agency_contact;
"""
    assert imported(PersonResource(), sheet).problems == [
        (2, "Gruppe", "„Chefs“ ist nicht bekannt. Möglich sind: Mitarbeitende; Führungskräfte; Ehrenamtliche."),
        (2, "E-Mail", "Bitte gültige E-Mail-Adresse eingeben."),
        (3, "E-Mail", "Bitte füllen Sie diese Spalte aus."),
        (4, "Nachname", "Bitte füllen Sie diese Spalte aus."),
        (4, "Behörde", "„XY“ ist nicht bekannt. Möglich sind: –."),
        (5, "Behörde", "Eine Ansprechperson braucht eine Behörde."),
    ]


@pytest.mark.django_db
def test_what_stands_for_no_address_is_known_and_makes_nobody_new(agency):
    known = build_person(f"abc@{NO_ADDRESS_DOMAIN}", "Anna", "Klein")
    sheet = f"E-Mail;Vorname;Nachname;Gruppe\n{known.email};Anna;Groß;Mitarbeitende\n"
    assert counts(imported(PersonResource(), sheet)) == (0, 1, 0)
    [(row, heading, text)] = imported(PersonResource(), sheet.replace("abc@", "def@")).problems
    assert (row, heading) == (2, "E-Mail")
    assert text.startswith(f"„def@{NO_ADDRESS_DOMAIN}“ steht für eine fehlende Adresse.")
    assert [person.last_name for person in User.objects.without_address()] == ["Groß"]


@pytest.mark.django_db
def test_the_number_of_queries_grows_only_with_what_is_saved(agency, django_assert_num_queries):
    def sheet(number: int) -> str:
        rows = [f"p{n}@mayen.example;P{n};staff;{agency.short_name}" for n in range(number)]
        return "\n".join(["E-Mail;Nachname;Gruppe;Behörde", *rows])

    imported(PersonResource(), sheet(20))
    outer, per_row = 8, 2  # a savepoint is opened and released around each row
    for number in [10, 20]:
        with django_assert_num_queries(outer + per_row * number):
            assert counts(imported(PersonResource(), sheet(number))) == (0, 0, number)


# --- Courses -----------------------------------------------------------------------------------

COURSES = """number;title;level;target_groups;teaching_units;contents;documented
7;Fachmodul „Ämter“;specialist;staff, volunteers;10;Namen | Dokumente;no
8;Fachmodul „Ämter“;Fachmodul;Führungskräfte;8;;no
"""


@pytest.mark.django_db
def test_courses_are_imported_once():
    result = imported(CourseResource(), COURSES)
    assert (counts(result), result.ignored_headings) == ((2, 0, 0), ["documented"])
    assert counts(imported(CourseResource(), COURSES)) == (0, 0, 2)
    course = Course.objects.get(number=7)
    assert (course.slug, course.contents, course.published_at) == ("fachmodul-aemter", "Namen\nDokumente", None)
    assert course.target_groups == [TargetGroup.STAFF, TargetGroup.VOLUNTEERS]
    assert Course.objects.get(number=8).slug == "fachmodul-aemter-8"


@pytest.mark.django_db
def test_the_address_of_a_published_course_stays():
    course = build_course(number=7, slug="alt")
    sheet = "Nummer;Titel;Stufe;UE;Adresse;Veröffentlicht\n7;T;Basismodul;8;neu;ja\n"
    message = "Die Adresse einer veröffentlichten Schulung ändert sich nicht mehr."
    assert imported(CourseResource(), sheet).problems == [(2, "Adresse", message)]
    assert counts(imported(CourseResource(), sheet.replace("neu", ""))) == (0, 1, 0)
    course.refresh_from_db()
    assert (course.slug, course.title) == ("alt", "T")
    message = "Veröffentlichtes wird nicht über eine Tabelle zurückgezogen."
    assert imported(CourseResource(), sheet.replace("neu;ja", ";nein")).problems == [(2, "Veröffentlicht", message)]


@pytest.mark.django_db
def test_a_table_gives_a_course_its_badge_and_leaves_it_where_it_has_no_such_column():
    build_course("T", number=7)
    sheet = "Nummer;Titel;Stufe;UE;Open Badge\n7;T;Basismodul;8;ja\n"
    assert counts(imported(CourseResource(), sheet)) == (0, 1, 0)
    assert Course.objects.get().with_badge is True
    assert counts(imported(CourseResource(), "Nummer;Titel;Stufe;UE\n7;T;Basismodul;8\n")) == (0, 0, 1)
    exported = CsvFile().export_data(CourseResource().export())
    assert counts(imported(CourseResource(), exported)) == (0, 0, 1)
    assert Course.objects.get().with_badge is True


@pytest.mark.django_db
def test_a_table_says_after_how_many_years_a_course_is_refreshed_and_keeps_it_where_it_does_not_say():
    build_course("T", number=7)
    sheet = "Nummer;Titel;Stufe;UE;Auffrischen nach Jahren\n7;T;Basismodul;8;3\n"
    assert counts(imported(CourseResource(), sheet)) == (0, 1, 0)
    assert Course.objects.get().refresh_after_years == 3
    assert counts(imported(CourseResource(), "Nummer;Titel;Stufe;UE\n7;T;Basismodul;8\n")) == (0, 0, 1)
    exported = CsvFile().export_data(CourseResource().export())
    assert counts(imported(CourseResource(), exported)) == (0, 0, 1)
    assert counts(imported(CourseResource(), sheet.replace(";3", ";"))) == (0, 1, 0)
    assert Course.objects.get().refresh_after_years is None
    for wrong in ("0", "21", "bald"):
        problems = imported(CourseResource(), sheet.replace(";3", f";{wrong}")).problems
        assert [(line, column) for line, column, _text in problems] == [(2, "Auffrischen nach Jahren")]


# --- Runs --------------------------------------------------------------------------------------


@pytest.fixture
def course(trainer) -> Course:
    build_venue("Kreishaus", "Koblenz")
    build_funding(grant_number="AMIF-7")
    return build_course("Fachmodul", number=7, teaching_units=10, published_at=None)


def sessions(run: CourseRun) -> list[tuple[dt.datetime, dt.datetime, int, str]]:
    return [(s.starts_at, s.ends_at, s.teaching_minutes, s.room) for s in run.sessions.all()]


def test_runs_are_imported_once_with_their_sessions(course, trainer, coordinator):
    assert counts(imported(RunResource(), RUNS, user=coordinator)) == (1, 0, 0)
    assert counts(imported(RunResource(), RUNS, user=coordinator)) == (0, 0, 1)
    run = CourseRun.objects.get(number="2027-001")
    assert (run.course, run.capacity, str(run.venue), [*run.trainers.all()]) == (
        course,
        14,
        "Kreishaus, Koblenz",
        [trainer],
    )
    assert (run.is_published, run.course.is_published) == (True, True)
    assert sessions(run) == [
        (berlin(2027, 3, 10, 9), berlin(2027, 3, 10, 13), 225, ""),  # half of ten units
        (berlin(2027, 3, 31, 9), berlin(2027, 3, 31, 12), 180, "Raum 3"),
    ]
    assert (run.starts_at, run.ends_at) == (berlin(2027, 3, 10, 9), berlin(2027, 3, 31, 12))


def test_exported_runs_come_back_unchanged(course, coordinator):
    imported(RunResource(), RUNS, user=coordinator)
    exported = CsvFile().export_data(RunResource().export())
    assert exported.decode("utf-8-sig").splitlines()[1].split(";")[:5] == [
        "2027-001",
        "7",
        "10.03.2027 09:00–13:00, 5 UE",
        "31.03.2027 09:00–12:00, 4 UE, Raum 3",
        "",
    ]
    assert counts(imported(RunResource(), exported, user=coordinator)) == (0, 0, 1)


def test_a_session_moves_with_its_identity_and_its_registrations(course, coordinator):
    imported(RunResource(), RUNS, user=coordinator)
    run = CourseRun.objects.get()
    registration = build_registration(run)
    before = list(run.sessions.values_list("pk", "calendar_uid"))
    imported(RunResource(), RUNS.replace("31.03.2027", "07.04.2027"), user=coordinator)
    assert list(run.sessions.values_list("pk", "calendar_uid")) == before
    assert [(s.starts_at, s.sequence) for s in run.sessions.all()] == [
        (berlin(2027, 3, 10, 9), 0),
        (berlin(2027, 4, 7, 9), 1),
    ]
    assert Registration.objects.get() == registration


def test_a_session_that_is_gone_from_the_table_is_called_off(course, coordinator):
    imported(RunResource(), RUNS, user=coordinator)
    imported(RunResource(), RUNS.replace("10.03.2027 09:00–13:00", ""), user=coordinator)
    run = CourseRun.objects.get()
    assert [session.is_cancelled for session in run.sessions.all()] == [True, False]
    assert run.starts_at == berlin(2027, 3, 31, 9)


def test_another_place_is_told_to_calendars(course, coordinator):
    imported(RunResource(), RUNS, user=coordinator)
    imported(RunResource(), RUNS.replace("Kreishaus", ""), user=coordinator, confirmed=True)
    assert list(Session.objects.values_list("sequence", flat=True)) == [1, 1]


def test_more_places_move_waiting_people_up(course, coordinator):
    imported(RunResource(), RUNS.replace(";14;", ";1;"), user=coordinator)
    run = CourseRun.objects.get()
    build_registration(run)
    waiting = build_registration(run, status=Registration.Status.WAITLISTED)
    imported(RunResource(), RUNS.replace(";14;", ";2;"), user=coordinator)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.events.get().to_status) == ("confirmed", "confirmed")
    result = imported(RunResource(), RUNS.replace(";14;", ";1;"), user=coordinator)
    assert result.problems == [(2, "Plätze", "Es sind bereits 2 Plätze vergeben; weniger sind nicht möglich.")]
    assert CourseRun.objects.get().capacity == 2


def test_rows_about_runs_are_checked(course, coordinator):
    build_course("Fachtag", number=8, slug="fachtag-1999")  # in which the 99 below is no hint
    sheet = """Nummer;Schulung;Sitzungen;Plätze;Format;Ort;Kursleitung;Sichtbarkeit;Veröffentlicht;Anmeldeschluss
A;99;10.03.2027;x;fern;Rathaus;nn@web.example;;vielleicht;32.01.2027
B;7;10.03.2027 09:00-10:00;0;;;;;;
C;7;"10.03.2027 09:00-10:00; 2027-03-10 09:30-11:00";5;;;;;;
D;7;10.03.2027 10:00-09:00;5;;;;;;
E;7;10.03.2027 09:00-10:00, 2 UE;5;;;;;;
F;7;;5;;;;;ja;
G;7;;5;;;;nur für bestimmte Behörden;;
H;7;;5;online;Kreishaus;;;;
"""
    assert imported(RunResource(), sheet, user=coordinator).problems == [
        (2, "Schulung Nr.", "„99“ ist nicht bekannt. Möglich sind: 7 (Fachmodul); 8 (Fachtag)."),
        (2, "Sitzungen", "„10.03.2027“ ist keine Sitzung wie „10.03.2026 09:00–16:30“."),
        (2, "Plätze", "„x“ ist keine ganze Zahl."),
        (2, "Format", "„fern“ ist nicht bekannt. Möglich sind: vor Ort; online; vor Ort und online."),
        (2, "Veranstaltungsort", "„Rathaus“ ist nicht bekannt. Möglich sind: Kreishaus, Koblenz."),
        (2, "Kursleitung", "Es gibt keine Person mit der E-Mail-Adresse „nn@web.example“."),
        (2, "Anmeldeschluss", "„32.01.2027“ ist kein Datum wie 10.03.2026."),
        (2, "Veröffentlicht", "„vielleicht“ ist nicht bekannt. Möglich sind: ja; nein."),
        (3, "Plätze", "Dieser Wert muss größer oder gleich 1 sein."),
        (4, "Sitzungen", "Zwei Sitzungen überschneiden sich: 10.03.2027 09:30–11:00."),
        (5, "Sitzungen", "„10.03.2027 10:00-09:00“: Das Ende liegt nicht nach dem Beginn."),
        (6, "Sitzungen", "„10.03.2027 09:00-10:00, 2 UE“: So viel Unterricht passt nicht zwischen Beginn und Ende."),
        (7, "Sitzungen", "Ein Termin ohne Sitzung kann nicht veröffentlicht werden."),
        (8, "Nur für Behörden", "Behörden werden genau dann genannt, wenn der Termin nur für bestimmte Behörden ist."),
        (9, "Veranstaltungsort", "Eine Online-Schulung hat keinen Veranstaltungsort."),
    ]


# --- Runs in other shapes ---------------------------------------------------------------------------

COLUMNS = "Kurs;Datum;Beginn;Ende;Raum;Plätze\nFachmodul;10.03.2027;{};{};Saal 1;16\n"


def sessions_of(number: str) -> list[tuple]:
    found = Session.objects.filter(run__number=number, cancelled_at=None)
    return [(one.starts_at, one.ends_at, one.teaching_minutes, one.room) for one in found]


@pytest.mark.parametrize(
    ("start", "end"), [("09:00", "16:30"), ("9.00 Uhr", "16.30 Uhr"), ("9:00:00", "16:30:00"), ("09:00 h", "16:30")]
)
def test_date_and_times_in_columns_of_their_own(course, coordinator, start, end):
    sheet = COLUMNS.format(start, end)
    result = imported(RunResource(), sheet, user=coordinator)
    assert (result.problems, counts(result)) == ([], (1, 0, 0))
    assert sessions_of("2027-001") == [(berlin(2027, 3, 10, 9), berlin(2027, 3, 10, 16, 30), 450, "Saal 1")]
    run = CourseRun.objects.get()
    assert (run.course, run.capacity, run.published_at) == (course, 16, None)
    assert counts(imported(RunResource(), sheet, user=coordinator)) == (0, 0, 1)  # the same run, though without number


def test_the_cells_of_excel_are_read_as_dates_and_times(course, coordinator):
    times = [dt.datetime(2027, 3, 10), dt.time(9), dt.time(16, 30)]  # noqa: DTZ001
    data = xlsx(["Kurs", "Datum", "Beginn", "Ende", "Raum", "Plätze"], ["Fachmodul", *times, "Saal 1", 16])
    assert imported(RunResource(), data, user=coordinator).problems == []
    assert sessions_of("2027-001") == [(berlin(2027, 3, 10, 9), berlin(2027, 3, 10, 16, 30), 450, "Saal 1")]


@pytest.mark.parametrize(
    "sheet",
    [
        "Kurs;Datum;Uhrzeit;Raum;UE;Plätze\nFachmodul;10.03.2027;9 - 12 Uhr;Saal;3;16\n",
        "Kurs;Beginn;Ende;Raum;UE;Plätze\nFachmodul;10.03.2027 09:00;12:00;Saal;3;16\n",
        "Kurs;Beginn;Ende;Raum;UE;Plätze\nFachmodul;10.03.2027 09:00;10.03.2027 12:00;Saal;3;16\n",
        "Kurs;Tag;Von;Bis;Saal;Unterrichtseinheiten;Plätze\nFachmodul;Mi, 10.03.2027;9;12;Saal;3;16\n",
    ],
)
def test_other_columns_that_say_when(course, coordinator, sheet):
    assert imported(RunResource(), sheet, user=coordinator).problems == []
    assert sessions_of("2027-001") == [(berlin(2027, 3, 10, 9), berlin(2027, 3, 10, 12), 135, "Saal")]


IN_CELLS = "Kurs;Datum;Von;Bis;UE;Raum;Plätze\nFachmodul;10.03.2027;09:00;16:30;{};{};16\n"
IN_ONE_CELL = 'Kurs;Sitzung 1;Plätze\nFachmodul;"10.03.2027 09:00–16:30, {}";16\n'


@pytest.mark.parametrize(
    ("units", "room", "minutes"),
    [
        ("8", "Raum 12", 360),
        ("8 UE", "12", 360),
        ("360 Min.", "1.04", 360),
        ("240 Minuten", "Saal", 240),
        ("", "1.04", 450),
        ("", "12, EG", 450),
    ],
)
def test_units_and_rooms_in_columns_of_their_own_are_what_the_headings_say(course, coordinator, units, room, minutes):
    sheet = IN_CELLS.format(units, room)
    assert imported(RunResource(), sheet, user=coordinator, confirmed=True).problems == []
    assert [one[2:] for one in sessions_of("2027-001")] == [(minutes, room)]
    again = CsvFile().export_data(RunResource().export())
    assert counts(imported(RunResource(), again, user=coordinator, confirmed=True)) == (0, 0, 1)


@pytest.mark.parametrize("units", ["8,5", "8.5", "6 Std.", "8 Ustd", "ca. 8", "?", "0", "8 UE + 1", "1000"])
def test_units_that_are_no_number_are_not_taken_for_the_room(course, coordinator, units):
    [problem] = imported(RunResource(), IN_CELLS.format(units, "Raum 12"), user=coordinator).problems
    assert problem == (2, "Sitzungen", f"E2: „{units}“ ist keine Angabe wie „8“, „8 UE“ oder „360 Min.“.")
    assert not CourseRun.objects.exists()


def test_unclear_units_below_the_first_row_of_a_run_are_named_by_their_cell(course, coordinator):
    sheet = "Nummer;Kurs;Datum;Von;Bis;UE;Plätze\nX;7;10.03.2027;9;12;3;16\nX;7;17.03.2027;9;12;3,5;\n"
    [(_row, _heading, text)] = imported(RunResource(), sheet, user=coordinator).problems
    assert text.startswith("F3: „3,5“ ist keine Angabe")


@pytest.mark.parametrize(
    "said", ["8,5 UE", "8,5", "8.5, Raum 12", "6 Std., Raum 12", "ca. 8 UE", "8", "8, Raum 12", "0 UE", "8 UE Raum 12"]
)
def test_in_a_cell_units_are_not_taken_for_the_room(course, coordinator, said):
    [problem] = imported(RunResource(), IN_ONE_CELL.format(said), user=coordinator).problems
    why = f"Ist „{said}“ Unterricht oder Raum? Schreiben Sie zum Beispiel „8 UE“, „360 Min.“ oder „Raum 12“."
    assert problem == (2, "Sitzungen", why)


@pytest.mark.parametrize("room", ["Raum 8,5", "3. OG", "2a", "1. Etage, 8"])
def test_in_a_cell_a_room_may_have_a_number(course, coordinator, room):
    assert imported(RunResource(), IN_ONE_CELL.format(room), user=coordinator).problems == []
    assert [one[2:] for one in sessions_of("2027-001")] == [(450, room)]


def test_new_runs_without_numbers_get_the_next_ones(course, coordinator):
    build_run(course, number="2027-004")
    sheet = COLUMNS.format("9", "12") + "Fachmodul;11.03.2027;9;12;;8\nFachmodul;11.03.2028;9;12;;8\n"
    assert imported(RunResource(), sheet, user=coordinator).problems == []
    numbers = CourseRun.objects.order_by("starts_at").values_list("number", flat=True)
    assert list(numbers) == ["2027-004", "2027-005", "2027-006", "2028-001"]


def test_rows_of_one_number_are_the_sessions_of_one_run(course, coordinator):
    sheet = "Nummer;Kurs;Datum;Beginn;Ende;Plätze\nX;7;10.03.2027;9;12;16\nX;7;17.03.2027;9;12;\nY;7;1.4.2027;9;12;4\n"
    assert counts(imported(RunResource(), sheet, user=coordinator)) == (2, 0, 0)
    assert [starts for starts, *_further in sessions_of("X")] == [berlin(2027, 3, 10, 9), berlin(2027, 3, 17, 9)]
    contradicted = sheet.replace("9;12;\n", "9;12;17\n")
    text = "Zeile 3 sagt in „Plätze“ etwas anderes als die erste Zeile dieses Termins."
    assert imported(RunResource(), contradicted, user=coordinator).problems == [(None, "", text)]


def test_problems_of_dates_in_columns_name_their_row(course, coordinator):
    sheet = "Kurs;Datum;Beginn;Ende;Plätze\nBasis;10.03.2027;9;12;3\nFachmodul;10.03.2027;spät;12;3\nFachmodul;;;;3\n"
    result = imported(RunResource(), sheet, user=coordinator)
    assert [problem[:2] for problem in result.problems] == [(2, "Schulung Nr."), (3, "Sitzungen")]


@pytest.mark.parametrize("name", ["Ngozi Okafor", "Okafor, Ngozi", "Dr. Ngozi Okafor", "okafor@trainings.example"])
def test_trainers_are_found_by_name(course, trainer, other_trainer, coordinator, name):
    build_run(trainers=[other_trainer])
    for text, expected in [(name, [trainer]), (f"{name}; Lindner", [other_trainer, trainer])]:
        sheet = f'Nummer;Kurs;Sitzungen;Plätze;Kursleitung\nX;7;10.03.2027 09:00-12:00;3;"{text}"\n'
        assert imported(RunResource(), sheet, user=coordinator).problems == []
        assert list(CourseRun.objects.get(number="X").trainers.order_by("email")) == expected


def test_a_trainers_name_is_not_guessed(course, trainer, coordinator):
    build_person("zwei@trainings.example", "Ngozi", "Okafor")
    sheet = "Nummer;Kurs;Sitzungen;Plätze;Kursleitung\nX;7;10.03.2027 09:00-12:00;3;{}\n"
    problems = [
        imported(RunResource(), sheet.format(name), user=coordinator).problems[0][2]
        for name in ("Ngozi Okafor", "Okafor", "Nie Mand")
    ]
    assert problems[0].startswith("„Ngozi Okafor“ heißen mehrere: okafor@trainings.example, zwei@trainings.example.")
    assert problems[1:] == ["Es gibt keine Person namens „Okafor“.", "Es gibt keine Person namens „Nie Mand“."]


@pytest.mark.parametrize("shown", ["03. Feb", "3. Februar", "03.02.2026", "2026-02-03", "3-Feb", "03. Feb 26"])
def test_a_number_that_excel_made_a_date_is_that_number_or_none(course, coordinator, shown):
    sheet = f"Nummer;Kurs;Sitzungen;Plätze\n{shown};7;10.03.2027 09:00-12:00;3\n"
    [(row, heading, text)] = imported(RunResource(), sheet, user=coordinator).problems
    assert (row, heading, text[:14]) == (2, "Nummer", f"„{shown}“ ist ein Datum"[:14])
    run = build_run(course, number="03-2", starts_at=berlin(2027, 3, 10, 9))
    assert imported(RunResource(), sheet, user=coordinator).problems == []
    run.refresh_from_db()
    assert (run.capacity, CourseRun.objects.count()) == (3, 1)
    build_run(course, number="3-2")
    assert imported(RunResource(), sheet, user=coordinator).problems[0][1] == "Nummer"  # it could be either


def test_a_run_that_is_closed_is_not_changed_by_a_table(course, coordinator):
    run = build_run(course, number="03-1", starts_at=berlin(2026, 10, 29, 9), closed_at=berlin(2026, 11, 1))
    sheet = "Nummer;Schulung Nr.;Sitzung 1;Plätze\n03-1;7;29.10.2026 09:00–16:30, 2 UE;16\n"
    [(row, _heading, text)] = imported(RunResource(), sheet, user=coordinator).problems
    assert (row, text.startswith("Dieser Termin ist abgeschlossen. Öffnen Sie ihn zuerst wieder")) == (2, True)
    assert run.sessions.get().teaching_minutes == 360


def test_a_run_keeps_its_course(course, coordinator):
    build_course(number=8)
    imported(RunResource(), RUNS, user=coordinator)
    result = imported(RunResource(), RUNS.replace("001;7", "001;8"), user=coordinator)
    message = "Ein Termin wechselt die Schulung nicht. Bitte legen Sie einen neuen an."
    assert result.problems == [(2, "Schulung Nr.", message)]


def test_a_name_two_venues_share_is_not_guessed(course, coordinator):
    build_venue("Rathaus", "Mendig")
    build_venue("Rathaus", "Bendorf")
    result = imported(RunResource(), RUNS.replace("Kreishaus", "Rathaus"), user=coordinator)
    venues = "Rathaus, Bendorf; Rathaus, Mendig"
    assert result.problems == [(2, "Veranstaltungsort", f"„Rathaus“ ist nicht bekannt. Möglich sind: {venues}.")]
    assert counts(imported(RunResource(), RUNS.replace("Kreishaus", "Rathaus, Mendig"), user=coordinator)) == (1, 0, 0)


def test_a_run_by_hand_keeps_what_the_cell_does_not_tell(course, coordinator):
    imported(RunResource(), RUNS, user=coordinator)
    Session.objects.filter(room="").update(teaching_minutes=200, room="Saal")
    assert counts(imported(RunResource(), RUNS, user=coordinator)) == (0, 0, 1)


@pytest.mark.slow
def test_runs_are_loaded_and_compared_in_a_fixed_number_of_queries(course, coordinator, django_assert_num_queries):
    def sheet(number: int) -> str:
        rows = [f"N-{n};7;10.03.2027 09:00–13:00;5;Kreishaus;{coordinator.email};ja" for n in range(number)]
        return "\n".join(["Nummer;Schulung;Sitzungen;Plätze;Ort;Kursleitung;Veröffentlicht", *rows])

    imported(RunResource(), sheet(6), user=coordinator, confirmed=True)
    outer, per_row = 14, 2
    for number in [3, 6]:
        with django_assert_num_queries(outer + per_row * number):
            assert counts(imported(RunResource(), sheet(number), user=coordinator)) == (0, 0, number)


def test_people_in_a_run_are_not_touched(course, coordinator):
    run = build_run(course, number="2027-001")
    build_registration(run, build_person())
    imported(RunResource(), RUNS, user=coordinator)
    assert run.registrations.get().status == "confirmed"


# What a table is asked about: no funding, no trainer.
DOUBTFUL = """Nummer;Schulung;Sitzung 1;Plätze;Ort;Veröffentlicht
2027-002;7;10.03.2027 09:00–13:00;14;Kreishaus;ja
"""
WARNINGS = [("2027-002", "Die Kursleitung fehlt noch."), ("2027-002", "Es ist keine Förderung angegeben.")]


def test_warnings_of_a_trial_run_are_collected(course, coordinator):
    resource = RunResource()
    assert counts(imported(resource, DOUBTFUL, user=coordinator, dry_run=True)) == (1, 0, 0)
    assert sorted(resource.doubts) == WARNINGS
    assert CourseRun.objects.count() == 0


def test_nothing_is_imported_past_warnings_nobody_confirmed(course, coordinator):
    resource = RunResource()
    problems = imported(resource, DOUBTFUL, user=coordinator).problems
    assert [text for _row, _column, text in problems] == [
        "Die Kursleitung fehlt noch.",
        "Es ist keine Förderung angegeben.",
    ]
    assert (resource.doubts, CourseRun.objects.count()) == ([], 0)


def test_confirmed_warnings_are_kept_in_the_history(course, coordinator):
    resource = RunResource()
    assert counts(imported(resource, DOUBTFUL, user=coordinator, confirmed=True)) == (1, 0, 0)
    assert sorted(resource.doubts) == WARNINGS
    created, published = CourseRun.objects.get().events.all()
    assert [(event.what, event.channel, event.actor) for event in (created, published)] == [
        ("created", "import", coordinator),
        ("published", "import", coordinator),
    ]
    assert set(published.overrides.split()) == {"no_trainer", "no_funding"}


def test_an_import_says_who_plans_and_only_coordinators_do(course, participant):
    [row] = imported(RunResource(), RUNS).error_rows
    assert [str(error.error) for error in row.errors] == ["The import of runs needs a user."]
    result = imported(RunResource(), RUNS, user=participant)
    assert [text for _row, _column, text in result.problems] == ["Das kann nur die Koordination."]
    assert CourseRun.objects.count() == 0


def test_a_run_that_is_over_is_not_corrected_by_a_table(course, coordinator):
    imported(RunResource(), RUNS, user=coordinator)
    with time_machine.travel("2027-04-05 10:00+00:00"):
        result = imported(RunResource(), RUNS.replace(";14;", ";15;"), user=coordinator, confirmed=True)
        assert counts(imported(RunResource(), RUNS, user=coordinator)) == (0, 0, 1)  # as long as it says the same
    text = "Dieser Termin ist vorbei. Berichtigen Sie ihn auf seiner Seite und nennen Sie den Grund."
    assert [said for _row, _column, said in result.problems] == [text]
    assert CourseRun.objects.get().capacity == 14


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ("28.03.2027 02:30–04:00", "02:30 gibt es am 28.03.2027 nicht genau einmal: Die Uhr wird umgestellt."),
        ("31.10.2027 01:00–02:30", "02:30 gibt es am 31.10.2027 nicht genau einmal: Die Uhr wird umgestellt."),
        ("Mo., 10.03.2027 09:00–12:00", "„Mo., 10.03.2027 09:00–12:00“: Der Wochentag passt nicht zum Datum."),
        ("10.03.2027 09:00:30–12:00", "„10.03.2027 09:00:30–12:00“ ist keine Sitzung wie „10.03.2026 09:00–16:30“."),
        ("46456", "„46456“ ist keine Sitzung wie „10.03.2026 09:00–16:30“."),
    ],
)
def test_a_doubtful_time_is_not_stored(course, coordinator, cells, text):
    sheet = f"Nummer;Schulung;Sitzung 1;Plätze\nX;7;{cells};5\n"
    assert imported(RunResource(), sheet, user=coordinator).problems == [(2, "Sitzungen", text)]
    assert not CourseRun.objects.exists()


@pytest.mark.parametrize("cells", ["Mi., 10.03.2027 09:00–12:00", "Mittwoch, 10.03.2027, 9.00 − 12.00 Uhr"])
def test_a_weekday_and_any_dash_are_read(course, coordinator, cells):
    sheet = f'Nummer;Schulung;Sitzung 1;Plätze\nX;7;"{cells}";5\n'
    assert imported(RunResource(), sheet, user=coordinator).problems == []
    assert [one[:2] for one in sessions_of("X")] == [(berlin(2027, 3, 10, 9), berlin(2027, 3, 10, 12))]


@pytest.mark.parametrize(
    ("cell", "percent"), [("80 %", 80), ("80%", 80), (75, 75), ("0.8", None), ("0,8", None), ("120 %", None)]
)
def test_a_share_is_read_with_its_sign_and_not_guessed(course, coordinator, cell, percent):
    data = xlsx(
        ["Nummer", "Schulung", "Sitzung 1", "Plätze", "Mindestanwesenheit (%)"],
        ["X", 7, "10.03.2027 09:00–12:00", 5, cell],
    )
    result = imported(RunResource(), data, user=coordinator)
    assert [problem[:2] for problem in result.problems] == ([] if percent else [(2, "Mindestanwesenheit (%)")])
    assert list(CourseRun.objects.values_list("required_attendance_percent", flat=True)) == (
        [percent] if percent else []
    )


def test_cells_of_sessions_are_named_by_their_columns(course, coordinator):
    sheet = "Nummer;Schulung;Sitzung 1;Sitzung 2;Plätze\nX;7;10.03.2027 09:00–12:00;irgendwann;x\n"
    result = imported(RunResource(), sheet, user=coordinator)
    assert [result.cell(row, heading) for row, heading, _text in result.problems] == ["C2–D2", "E2"]


def test_an_unknown_cell_below_the_first_row_of_a_run_names_its_row(course, coordinator):
    sheet = "Nummer;Kurs;Datum;Beginn;Ende;Plätze\nX;7;10.03.2027;9;12;16\nX;7;17.03.2027;#NV;12;\n"
    [(_row, heading, text)] = imported(RunResource(), sheet, user=coordinator).problems
    assert (heading, text) == ("Sitzungen", "Der Wert dieser Zelle ist nicht bekannt: „#NV (Zeile 3)“.")


def test_numbers_are_compared_without_regard_to_capitals_and_what_nobody_sees(course, coordinator):
    build_run(course, number="ÖPNV-1", starts_at=berlin(2027, 3, 10, 9))
    sheet = "Nummer;Schulung;Sitzung 1;Plätze\nöpnv\u200b-1;7;10.03.2027 09:00–15:00;5\n"
    imported(RunResource(), sheet, user=coordinator, confirmed=True)
    assert CourseRun.objects.count() == 1
