"""What goes out and comes in again changes nothing, and what came in goes out and comes in as the same."""

import pytest

from accounts.tables import CsvFile, PersonResource, TableResource, XlsxFile, read_table
from tests.builders import build_agency, build_course, build_person, build_run, build_venue, save_session
from tests.exports import build_world
from trainings.planning import AgencyResource, CourseResource, RunResource

pytestmark = pytest.mark.django_db

RESOURCES = [RunResource, CourseResource, AgencyResource, PersonResource]


@pytest.fixture(autouse=True)
def what_cells_do_not_keep(coordinator):
    """Values typed on pages, with what a cell writes in another way or separates by."""
    run = build_world(coordinator)
    session = run.sessions.first()
    session.room = "Saal; 2"
    save_session(session)
    build_course("Zwei  Leerzeichen", number=8, contents="a | b\n\nc ", goals="=1+1\n- zwei", summary="'x", slug="zwei")
    one = build_agency("Amt,  Kasse", "", short_name="Amt, Kasse")
    other = build_agency("Amt", "amt.example", short_name="Amt")
    build_agency("Nov 26", "", short_name="Nov 26")
    build_run(number="03-2", agencies=[one, other], visibility="agencies", venue=build_venue("Haus; Hof, oben"))
    build_person("x+y@mayen.example", "", "Weber, jun.", phone="261123", title="Dr.", organisation=" e.V. ")
    build_person("z@mayen.example", "Dr. Anna", "Klein")


def exported(resource: type[TableResource], file: CsvFile) -> bytes:
    return file.export_data(resource().export())


@pytest.mark.parametrize("file", [CsvFile(), XlsxFile()], ids=["csv", "xlsx"])
@pytest.mark.parametrize("resource", RESOURCES)
def test_what_goes_out_comes_in_without_a_change(resource, file, coordinator):
    data = exported(resource, file)
    result = resource().import_data(read_table(data, resource.knows), user=coordinator, confirmed=True)
    assert (result.problems, result.changes, result.doubts) == ([], [], [])
    assert read_table(exported(resource, file)).dict == read_table(data).dict


TABLES = [
    (CourseResource, "Nummer;Titel;Stufe;UE;Inhalte\n9; Neu  und =1 ;Basismodul;8;a | b || c\n"),
    (AgencyResource, "Kurzname;Name;Art;Domains\n\"B, C\";@Amt;Kirche;@neu.example\n"),
    (PersonResource, "E-Mail;Name;Gruppe;Telefon\nNEU@Web.example;\"Dr. Groß, Änne\";Mitarbeitende;'+49 261 1\n"),
    (RunResource, "Kurs;Datum;Uhrzeit;Raum;Plätze\n7;10.03.2037;9 - 12 Uhr;\"Saal; 3\";8\n"),
]  # fmt: skip


@pytest.mark.parametrize("file", [CsvFile(), XlsxFile()], ids=["csv", "xlsx"])
@pytest.mark.parametrize(("resource", "text"), TABLES)
def test_what_came_in_goes_out_and_comes_in_as_the_same(resource, text, file, coordinator):
    first = resource().import_data(read_table(text.encode(), resource.knows), user=coordinator, confirmed=True)
    assert (first.problems, first.totals["new"]) == ([], 1)
    data = exported(resource, file)
    again = resource().import_data(read_table(data, resource.knows), user=coordinator, confirmed=True)
    assert (again.problems, again.changes) == ([], [])
