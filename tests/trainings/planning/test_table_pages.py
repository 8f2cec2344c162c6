"""Tables come in after a preview, and go out, on pages of the coordination."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Agency, AuditEvent, User
from accounts.tables import fetch_upload
from tests.builders import berlin, build_agency, build_course, build_person, build_run
from tests.pages import read
from trainings.models import Course, CourseRun, MasterDataEvent, Message

pytestmark = pytest.mark.django_db

KINDS = ["termine", "schulungen", "behoerden", "personen"]
SHEET = "Kurzname;Name;Art\nX;=cmd|' /C calc'!A0;Kammer\nY;Ypsilon;Kirche\n"


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


def upload(client: Client, content: str | bytes, kind: str = "behoerden"):
    file = SimpleUploadedFile("tabelle.csv", content.encode() if isinstance(content, str) else content)
    return client.post(reverse("trainings:table", args=[kind]), {"file": file})


def confirm(client: Client, preview, kind: str = "behoerden", **fields: str):
    form = read(preview, preview.status_code).form("table")
    return client.post(reverse("trainings:confirm_table", args=[kind]), form | fields, follow=True)


# --- In -----------------------------------------------------------------------------------------


def test_a_table_is_shown_first_and_saved_after_confirmation(client, coordinator):
    preview = upload(client, SHEET)
    assert Agency.objects.filter(short_name="X").count() == 0
    text = preview.content.decode()
    assert "2 neu, 0 geändert, 0 unverändert. Noch ist nichts gespeichert." in text
    assert "=cmd|&#x27; /C calc&#x27;!A0" in text
    assert "style=" not in text
    done = read(confirm(client, preview))
    assert done.alerts == ["Gespeichert: 2 neu, 0 geändert, 0 unverändert."]
    assert Agency.objects.get(short_name="X").name == "=cmd|' /C calc'!A0"
    events = MasterDataEvent.objects.values_list("of", "what", "channel", "actor")
    assert list(events) == [("agency", "created", "import", coordinator.pk)] * 2


def test_what_changes_is_shown_old_and_new(client):
    build_agency("Ypsilon alt", domain="", short_name="Y")
    text = upload(client, SHEET).content.decode()
    assert "<del>Ypsilon alt</del> <ins>Ypsilon</ins>" in text
    assert "1 neu, 1 geändert, 0 unverändert." in text


def test_what_was_confirmed_cannot_be_confirmed_again(client):
    preview = upload(client, SHEET)
    confirm(client, preview)
    again = read(confirm(client, preview))
    assert again.alerts == ["Die Datei liegt nicht mehr vor. Bitte laden Sie sie noch einmal hoch."]


def test_the_same_table_again_leaves_nothing_to_confirm(client):
    confirm(client, upload(client, SHEET))
    page = read(upload(client, SHEET))
    assert "0 neu, 0 geändert, 2 unverändert." in page.text
    assert "Die Tabelle enthält nichts Neues." in page.text
    assert "So speichern" not in page.text


def test_a_wrong_table_is_explained_by_row_and_column_and_not_kept(client):
    response = upload(client, "Kurzname;Name;Art\nX;X;Quatsch\n")
    page = read(response)
    assert "2 Art „Quatsch“ ist nicht bekannt." in page.text
    assert "Nichts wurde gespeichert." in page.text
    assert [form for form in page.forms if "table" in form] == []
    kept = read(upload(client, SHEET)).form("table")["table"]
    assert fetch_upload(kept) == SHEET.encode()


def test_columns_nobody_knows_and_how_the_file_was_read_are_named(client):
    sheet = "Behörden\n\nKurzname;Name;Art;Bemerkung\nX;Größe;Kirche;x\n"
    text = read(upload(client, sheet.encode("cp850"))).text
    assert "Diese Spalten kennt der Import nicht und lässt sie aus: Bemerkung." in text
    assert "Zeichen gelesen als MS-DOS (Codepage 850)." in text
    assert "Die Überschriften stehen in Zeile 3;" in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7\n%\xe2\x81\n", "Diese Zeichen sind nicht lesbar."),
        (b"PK\x03\x04", "Die Excel-Datei ist beschädigt oder keine .xlsx-Datei."),
        ("Name\n" + "x\n" * 5001, "Die Tabelle hat mehr als 5000 Zeilen."),
        (b"x" * (5 * 1024**2 + 1), "Die Datei ist größer als 5 MB."),
        (b"", "Die übertragene Datei ist leer."),
    ],
)
def test_an_unreadable_file_is_refused_beside_its_field(client, content, message):
    [error] = read(upload(client, content)).errors
    assert error[: len(message)] == message


def test_rows_that_no_longer_fit_stop_the_import(client):
    preview = upload(client, SHEET)
    build_agency("Ypsilon", domain="", short_name="Z")
    page = read(confirm(client, preview))
    assert page.alerts[0].startswith("Nichts wurde gespeichert: Die Tabelle passt nicht mehr zum Bestand.")
    assert Agency.objects.filter(short_name="X").exists() is False


RUN = "Nummer;Kurs;Datum;Beginn;Ende;Plätze;Veröffentlicht\nX;Fachmodul;{};9:00;12:00;5;ja\n"


def test_warnings_about_runs_take_one_tick(client):
    build_course("Fachmodul")
    preview = upload(client, RUN.format("11.03.2037"), "termine")
    assert "X: Die Kursleitung fehlt noch." in read(preview).text
    again = confirm(client, preview, "termine")
    page = read(again, 409)
    assert page.errors == ["Bitte bestätigen Sie die Hinweise."]
    assert not CourseRun.objects.exists()
    confirm(client, again, "termine", confirmed="on")
    run = CourseRun.objects.get()
    assert (run.is_published, "no_trainer" in run.events.last().overrides) == (True, True)


def test_a_moved_run_is_told_as_on_its_page(client, trainer):
    run = build_run(build_course("Fachmodul"), number="X", trainers=[trainer], starts_at=berlin(2037, 3, 11, 9))
    confirm(client, upload(client, RUN.format("12.03.2037"), "termine"), "termine", confirmed="on")
    run.refresh_from_db()
    assert run.starts_at == berlin(2037, 3, 12, 9)
    assert Message.objects.get().recipient == trainer


def test_courses_come_in_through_their_operation(client, coordinator):
    sheet = "Nummer;Titel;Stufe;UE;Zielgruppen;Veröffentlicht\n7;T;Basismodul;8;staff;ja\n"
    confirm(client, upload(client, sheet, "schulungen"), "schulungen")
    course = Course.objects.get()
    assert (course.is_published, course.target_groups) == (True, ["staff"])
    confirm(client, upload(client, sheet.replace("T;", "Neu;"), "schulungen"), "schulungen")
    changes = [[one["field"] for one in event.changes] for event in MasterDataEvent.objects.filter(what="changed")]
    assert changes == [["title"]]


def test_nobody_makes_coordinators_by_a_table(client, signed_in):
    sheet = "E-Mail;Nachname;Gruppe;Rolle\nneu@kreis-myk.example;Neu;Mitarbeitende;Koordination\n"
    assert "2 Rolle Die Rolle „Koordination“" in read(upload(client, sheet, "personen")).text
    chief = signed_in(build_person(role="coordinator", is_superuser=True))
    assert "2 Rolle Die Rolle „Koordination“" in read(upload(chief, sheet, "personen")).text
    confirm(client, upload(client, sheet.replace("Koordination", "Teilnehmende"), "personen"), "personen")
    created = AuditEvent.objects.get(what="person_created")
    assert created.person == User.objects.get(email="neu@kreis-myk.example")
    assert created.by.is_coordinator


def test_unknown_tables_and_formats_are_not_there(client):
    for address in ["mails/", "mails.csv", "termine.pdf"]:
        assert client.get(f"/koordination/tabellen/{address}").status_code == 404


# --- Out ----------------------------------------------------------------------------------------


def exported(client: Client, kind: str, extension: str):
    return client.get(reverse("trainings:table_file", args=[kind, extension]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_what_goes_out_comes_in_unchanged(client, run, participant, kind, extension):
    assert "0 neu, 0 geändert" in read(upload(client, exported(client, kind, extension).content, kind)).text


def test_people_stand_in_the_order_of_names(client, coordinator):
    for name in ("Öztürk", "Ofen", "Zander", "oel"):
        build_person(last_name=name)
    response = exported(client, "personen", "xlsx")
    assert response.headers["Content-Disposition"].startswith('attachment; filename="personen-20')
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))
    assert rows[0][:4] == ("E-Mail", "Titel", "Vorname", "Nachname")
    assert [row[3] for row in rows[1:]] == ["oel", "Öztürk", "Ofen", "Roth", "Zander"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_takes_the_same_queries_however_many_rows(client, kind, django_assert_max_num_queries):
    for _number in range(3):
        build_run()
        with django_assert_max_num_queries(11):
            exported(client, kind, "csv")


# --- What the preview says of the file ----------------------------------------------------------


def test_the_preview_names_the_sheet_and_what_of_the_file_was_left_out(client, agency):
    book = openpyxl.Workbook()
    book.active.title = "Hinweise"
    book.active.append(["Bitte lesen"])
    sheet = book.create_sheet("Liste")
    for row in [["Liste, Stand 12.11."], ["Name", "E-Mail", "Gruppe", "Bemerkung"]]:
        sheet.append(row)
    sheet.append(["Klein, Anna", "anna.klein@mayen.example", "Mitarbeitende", "x"])
    sheet.row_dimensions[3].hidden = True
    file = io.BytesIO()
    book.save(file)
    text = read(upload(client, file.getvalue(), "personen")).text
    for said in [
        "Gelesen ist das Tabellenblatt „Liste“, Überschriften in Zeile 2.",
        "Nicht gelesen werden die Tabellenblätter: Hinweise.",
        "Ausgeblendet oder weggefiltert, aber mit übernommen: Zeile 3.",
        "Die Spalte „Name“ ist in Titel, Vorname und Nachname geteilt.",
        "Diese Spalten kennt der Import nicht und lässt sie aus: Bemerkung.",
    ]:
        assert said in text


def test_a_problem_is_named_by_its_cell(client):
    page = read(upload(client, "Kurzname;Name;Art\nX;X;Kirche\nY;#NV;Quatsch\n"))
    assert "B3 3 Name Der Wert dieser Zelle ist nicht bekannt: „#NV“." in page.text
    assert "C3 3 Art „Quatsch“ ist nicht bekannt." in page.text


def test_what_is_doubtful_about_people_takes_one_tick(client, agency):
    sheet = "Name;E-Mail;Gruppe\nWeber Jan;jan.weber@mayen.example;Mitarbeitende\n"
    preview = upload(client, sheet, "personen")
    assert "A2: Ist „Jan“ der Nachname? Die Adresse legt das Umgekehrte nahe." in read(preview).text
    again = confirm(client, preview, "personen")
    assert read(again, 409).errors == ["Bitte bestätigen Sie die Hinweise."]
    assert not User.objects.filter(email="jan.weber@mayen.example").exists()
    confirm(client, again, "personen", confirmed="on")
    assert User.objects.get(email="jan.weber@mayen.example").last_name == "Jan"
