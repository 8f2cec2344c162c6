"""The list that people sign: what is on it, what never is, and that it is the same for the same people."""

import datetime as dt
import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import page
import pytest
from django.utils import translation
from pypdf import PdfReader

from accounts.models import TargetGroup
from tests.builders import (
    berlin,
    build_agency,
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    build_venue,
    cancel_session,
    further_session,
    in_days,
    only_session,
)
from trainings import attendance, printing
from trainings.attendance import sheets
from trainings.models import CourseRun, Funding, Registration, Session, Venue
from trainings.printing import pango

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DAY = (berlin(2026, 12, 8, 9), berlin(2026, 12, 8, 16, 30))
MM = 72 / 25.4  # points


def build_list(*names, sessions=(DAY,), agency=None, **fields):
    """A run of one day with a room, and a confirmed registration for each „surname, first name“."""
    fields.setdefault("number", "2026-014")
    fields.setdefault("course", build_course("Interkulturelle Kompetenz für die Verwaltung"))
    if "venue" not in fields:
        fields["venue"] = Venue.objects.filter(name="Kreishaus").first() or build_venue("Kreishaus")
    if "funding" not in fields:
        fields["funding"] = Funding.objects.filter(grant_number="AMIF-0815").first() or build_funding(
            grant_number="AMIF-0815"
        )
    fields.setdefault("capacity", 200)
    run = build_run(sessions=sessions, **fields)
    run.sessions.update(room="Saal 1")
    for name in names:
        surname, _comma, first = name.partition(", ")
        build_registration(run, build_person(last_name=surname, first_name=first, agency=agency))
    return run


def pages(pdf: bytes) -> list[str]:
    """The text of each page, with single spaces."""
    return [re.sub(r"\s+", " ", one.extract_text()) for one in PdfReader(io.BytesIO(pdf)).pages]


def printed(run) -> list[str]:
    return pages(attendance.sheet_for_session(only_session(run)))


def numbers(texts: list[str]) -> list[int]:
    """The numbers of the rows, in order: 1, 2, 3 …"""
    found = itertools.chain.from_iterable(re.findall(r"(?<!\S)\d{1,3}(?!\S)", rows(text)) for text in texts)
    return [int(number) for number in found]


def rows(text: str) -> str:
    """What stands between the heads of the table's columns and the foot of the page."""
    return re.split("Zielgruppenzugehörigkeit|Anwesenheitsliste: |Gruppe: M", text.partition("Unterschrift ")[2])[0]


def failures(pdf: bytes) -> list[tuple[str, str]]:
    return [
        (profile.value, failure.rule_id)
        for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A)
        for failure in page.validate_pdf_bytes(pdf, profile=profile).failures
    ]


def elements(pdf: bytes) -> Iterator[Any]:
    """The structure that programs read aloud, in order."""

    def below(element: Any) -> Iterator[Any]:
        for kid in element.get("/K", []):
            kid = kid.get_object()
            if isinstance(kid, dict):
                yield kid
                yield from below(kid)

    return below(PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"])


# --- What it says -----------------------------------------------------------------------------------------------------


def test_the_list_says_all_it_must_in_order(trainer):
    mayen = build_agency("Stadtverwaltung Mayen")
    run = build_list("Yıldız, Ayşe", agency=mayen, trainers=[trainer])
    head = build_person("w@wir.example", "Jan", "Weber", group=TargetGroup.LEADERSHIP, organisation="Verein Wir")
    helper = build_person(last_name="Zander", first_name="Ute", group=TargetGroup.VOLUNTEERS, agency=mayen)
    build_registration(run, head)
    build_registration(run, helper)
    version = attendance.sheet_version(only_session(run))

    pdf = attendance.sheet_for_session(only_session(run))

    assert pages(pdf) == [
        "Anwesenheitsliste: Interkulturelle Kompetenz für die Verwaltung "
        "Asyl-, Migrations- und Integrationsfonds (AMIF) · Projekt MiKo-MYK · Förderkennzeichen AMIF-0815 · "
        "Zuwendungsempfänger: Landkreis Mayen-Koblenz "
        f"Liste 2026-014 · 08.12.2026 · Fassung {version} "
        "Tag und Zeit Di., 8. Dezember 2026, 9:00–16:30 Uhr Ort Kreishaus, Koblenz, Saal 1 Umfang 8 UE (6 Std.) "
        "Kursleitung Ngozi Okafor Termin 2026-014 "
        "Nr. Nachname Vorname Dienststelle Gruppe Unterschrift "
        "1 Weber Jan Verein Wir F 2 Yıldız Ayşe Stadtverwaltung Mayen M 3 Zander Ute Stadtverwaltung Mayen E "
        "4 5 6 7 8 9 10 11 "
        "Zielgruppenzugehörigkeit geprüft: Ort, Datum Unterschrift der Kursleitung "
        "Gruppe: M = Mitarbeitende, F = Führungskräfte, E = Ehrenamtliche. "
        "Datenschutz: Die Liste weist dem Fördermittelgeber die Teilnahme nach (Art. 6 Abs. 1 Buchst. e DSGVO) "
        "und wird bis 31.12.2044 aufbewahrt. Näheres: 127.0.0.1:8000/datenschutz/ Seite 1 von 1"
    ]
    assert PdfReader(io.BytesIO(pdf)).metadata.title == (
        "Anwesenheitsliste 2026-014, 08.12.2026: Interkulturelle Kompetenz für die Verwaltung"
    )
    assert failures(pdf) == []


def test_nothing_that_does_not_belong_on_it(agency):
    person = build_person(
        "noor@mayen.example",
        "Noor",
        "Haddad",
        phone="0261 108-4711",
        form_of_address="Frau",
        title="Dr.",
        agency=agency,
    )
    nameless = build_person("ohne@mayen.example", "", "", agency=agency, profile_completed_at=None)
    nameless.last_name = ""
    nameless.save()
    run = build_list()
    build_registration(run, person, needs="Rollstuhl, vegan")
    build_registration(run, nameless)

    [text] = printed(run)

    assert "1 Stadtverwaltung Mayen M 2 Haddad Noor Stadtverwaltung Mayen M 3 4" in text
    unwanted = ["@", "example/", "4711", "Frau", "Dr.", "Rollstuhl", "vegan"]
    assert [word for word in unwanted if word in text] == []


def test_only_those_with_a_place_sorted_the_german_way():
    run = build_list("Zäh, A", "Mueller, Zoe", "Müller, Anna", "Öztürk, Can", "Özil, B", "Oehler, C", "Ostrowski, D")
    for status in ("requested", "waitlisted", "offered", "cancelled"):
        build_registration(run, build_person(last_name=f"Nicht{status}"), status)

    [text] = printed(run)

    assert rows(text).strip() == (
        "1 Müller Anna M 2 Mueller Zoe M 3 Oehler C M 4 Özil B M 5 Öztürk Can M 6 Ostrowski D M 7 Zäh A M "
        "8 9 10 11 12 13 14 15"
    )


def test_the_words_are_german_in_every_language():
    run = build_list("Weber, Jan", course=build_course("Auftakt", title_en="Opening"))
    german = printed(run), attendance.sheet_version(only_session(run))

    with translation.override("en"):
        assert (printed(run), attendance.sheet_version(only_session(run))) == german


def test_a_list_without_people_has_rows_for_those_who_come():
    [text] = printed(build_list())

    assert numbers([text]) == [1, 2, 3, 4, 5, 6, 7, 8]


# --- Funding ----------------------------------------------------------------------------------------------------------


def test_the_grant_of_the_run_is_kept_else_it_is_that_of_the_day():
    build_funding(grant_number="AMIF-DAY", starts_on=dt.date(2026, 1, 1))
    own = build_funding(grant_number="AMIF-OWN", starts_on=dt.date(2020, 1, 1), ends_on=dt.date(2020, 12, 31))

    assert sheets.sheet(only_session(build_list(number="1", funding=own))).grant.grant_number == "AMIF-OWN"
    assert sheets.sheet(only_session(build_list(number="2", funding=None))).grant.grant_number == "AMIF-DAY"


def test_without_a_grant_there_is_no_emblem_and_no_funder():
    run = build_list("Weber, Jan", funding=None)

    pdf = attendance.sheet_for_session(only_session(run))

    assert [element["/Alt"] for element in elements(pdf) if element["/S"] == "/Figure"] == [
        f"QR-Code: {sheets.sheet(only_session(run)).label}"
    ]
    assert "Förder" not in pages(pdf)[0]
    assert failures(pdf) == []


def test_the_emblem_is_a_centimetre_high_and_the_code_is_told_in_words():
    run = build_list("Weber, Jan")

    figures = [one for one in elements(attendance.sheet_for_session(only_session(run))) if one["/S"] == "/Figure"]

    label = sheets.sheet(only_session(run)).label
    assert [figure["/Alt"] for figure in figures] == ["Kofinanziert von der Europäischen Union", f"QR-Code: {label}"]
    _left, top, _right, bottom = figures[0]["/A"]["/BBox"]  # CSS pixels; 72 of 96 units are the emblem
    assert (bottom - top) * 25.4 / 96 * 72 / 96 >= 10


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_twelve_people_have_one_page():
    run = build_list(*[f"Person{number:02d}, Kim" for number in range(12)])

    [text] = printed(run)

    assert numbers([text]) == list(range(1, 17))


def test_120_people_have_the_head_on_every_page_and_every_number_once(trainer):
    run = build_list(*[f"Person{number:03d}, Kim" for number in range(120)], trainers=[trainer])

    pdf = attendance.sheet_for_session(only_session(run))

    texts = pages(pdf)
    assert len(texts) == 8
    label = sheets.sheet(only_session(run)).label
    for number, text in enumerate(texts, start=1):
        assert text.count(f"Seite {number} von 8") == 1
        for part in (
            "Anwesenheitsliste: Interkulturelle Kompetenz für die Verwaltung",
            "Förderkennzeichen AMIF-0815",
            "Di., 8. Dezember 2026, 9:00–16:30 Uhr",
            "Kreishaus, Koblenz, Saal 1",
            "8 UE (6 Std.)",
            "Ngozi Okafor",
            label,
            "Nr. Nachname Vorname Dienststelle Gruppe Unterschrift",
            "Datenschutz: ",
        ):
            assert text.count(part) == 1, (number, part)
    assert sorted(numbers(texts)) == list(range(1, 125))
    assert rows(texts[-1]).strip().endswith("121 122 123 124")
    assert ["geprüft" in text for text in texts] == [False] * 7 + [True]
    assert failures(pdf) == []


def test_the_emblem_is_drawn_on_every_page():
    run = build_list(*[f"Person{number:02d}, Kim" for number in range(40)])

    reader = PdfReader(io.BytesIO(attendance.sheet_for_session(only_session(run))))

    reflex_blue = b"0 0.2 0.6 rg"
    assert [reflex_blue in one.get_contents().get_data() for one in reader.pages] == [True] * 3


@pytest.mark.parametrize("people", [13, 14, 29, 30, 31])
def test_rows_for_walk_ins_stay_together_with_the_foot(people):
    run = build_list(*[f"Person{number:02d}, Kim" for number in range(people)])

    texts = printed(run)

    assert numbers(texts) == list(range(1, people + 5))
    assert numbers(texts[-1:])[-4:] == list(range(people + 1, people + 5))
    assert "Zielgruppenzugehörigkeit geprüft" in texts[-1]


def test_rows_are_nine_millimetres_high():
    run = build_list(*[f"Person{number:02d}, Kim" for number in range(10)])
    heights = []

    def note(text: str, _matrix: Any, position: list[float], _font: Any, _size: float) -> None:
        if re.fullmatch(r"Person\d\d", text.strip()):
            heights.append(position[5])

    def visit(text, cm, tm, font, size):
        note(text, cm, [0, 0, 0, 0, 0, tm[4] * cm[1] + tm[5] * cm[3] + cm[5]], font, size)

    PdfReader(io.BytesIO(attendance.sheet_for_session(only_session(run)))).pages[0].extract_text(visitor_text=visit)

    assert len(heights) == 10
    assert min(abs(one - other) for one, other in itertools.pairwise(heights)) >= 9 * MM


def test_the_lists_of_a_run_follow_each_other_and_count_their_own_pages():
    second = (berlin(2026, 12, 9, 9), berlin(2026, 12, 9, 12))
    third = (berlin(2026, 12, 9, 13), berlin(2026, 12, 9, 16))
    cancelled = (berlin(2026, 12, 10, 9), berlin(2026, 12, 10, 12))
    run = build_list(*[f"Person{number:02d}, Kim" for number in range(20)], sessions=[DAY, second, third, cancelled])
    cancel_session(run.sessions.get(starts_at=cancelled[0]))

    pdf = attendance.sheet_for_run(run)

    texts = pages(pdf)
    assert [re.findall(r"\d\d?:00–[\d:]+|Seite . von .", text) for text in texts] == [
        ["9:00–16:30", "Seite 1 von 2"],
        ["9:00–16:30", "Seite 2 von 2"],
        ["9:00–16:00", "9:00–12:00", "13:00–16:00", "Seite 1 von 2"],
        ["9:00–12:00", "13:00–16:00", "9:00–16:00", "Seite 2 von 2"],
    ]
    assert len({re.search(r"Fassung (\w+)", text)[1] for text in texts}) == 2
    assert PdfReader(io.BytesIO(pdf)).metadata.title.startswith("Anwesenheitslisten 2026-014: ")
    assert failures(pdf) == []


def test_a_day_has_one_list_with_a_column_to_sign_for_each_session(signed_in, coordinator):
    morning, noon = (
        (berlin(2026, 12, 9, 9), berlin(2026, 12, 9, 12)),
        (berlin(2026, 12, 9, 13), berlin(2026, 12, 9, 16)),
    )
    run = build_list("Weber, Jan", sessions=[morning, noon])
    first, second = run.sessions_taking_place
    Session.objects.filter(pk=second.pk).update(room="Saal 2")
    client = signed_in(coordinator)

    for session in (first, second):
        response = client.get(f"/leitung/sitzungen/{session.pk}/liste.pdf")
        assert response.headers["Content-Disposition"].endswith('-2026-12-09-0900.pdf"')
        [text] = pages(response.content)
        assert "Mi., 9. Dezember 2026, 9:00–16:00 Uhr Ort Kreishaus, Koblenz Umfang 16 UE (12 Std.)" in text
        assert (
            "Gruppe Unterschrift 9:00–12:00 Uhr, Saal 1 Unterschrift 13:00–16:00 Uhr, Saal 2 1 Weber Jan M 2 3" in text
        )
        assert failures(response.content) == []
    heads = [one for one in elements(response.content) if one["/S"] == "/TH"]
    assert len(heads) == 7 + 1  # of the columns, and the name of Weber


def test_a_day_of_more_sessions_than_have_room_has_several_lists():
    hours = [(berlin(2026, 12, 8, 8 + n), berlin(2026, 12, 8, 8 + n, 45)) for n in range(5)]
    run = build_list("Weber, Jan", sessions=hours)

    lists = {tuple(session.starts_at.hour for session in attendance.on_one_sheet(one)) for one in run.sessions.all()}

    assert lists == {(7, 8), (9, 10, 11)}  # UTC


def test_who_comes_along_in_the_morning_stands_below_in_the_afternoon_too():
    """They wrote themselves into the blank rows of the one list."""
    morning, noon = (in_days(-1, 9), in_days(-1, 12)), (in_days(-1, 13), in_days(-1, 16))
    run = build_list("Zorn, A", sessions=[morning, noon])
    build_registration(run, build_person(last_name="Abel"), source="walk_in", registered_at=in_days(-1, 9))

    for session in run.sessions_taking_place:
        assert [row.registration.person.last_name for row in attendance.paper_rows(session)] == ["Zorn", "Abel"]


# --- Versions ---------------------------------------------------------------------------------------------------------


def test_the_same_list_has_the_same_version_and_the_same_bytes():
    run = build_list("Weber, Jan", "Yıldız, Ayşe")
    first, again = (attendance.sheet_for_session(Session.objects.get(run=run)) for _ in range(2))

    assert first == again
    version = attendance.sheet_version(only_session(run))
    assert re.fullmatch(r"[0-9A-F]{6}", version)
    assert f"Liste 2026-014 · 08.12.2026 · Fassung {version}" in pages(first)[0]


def _another_person(run):
    build_registration(run, build_person(last_name="Neu"))


def _one_less(run):
    run.registrations.filter(person__last_name="Weber").update(status="cancelled")


def _another_name(run):
    person = run.registrations.get(person__last_name="Weber").person
    person.first_name = "Johann"
    person.save()


def _another_group(run):
    run.registrations.filter(person__last_name="Weber").update(group=TargetGroup.VOLUNTEERS)


def _another_room(run):
    run.sessions.update(room="Saal 2")


def _another_time(run):
    run.sessions.update(starts_at=berlin(2026, 12, 8, 10))


def _another_trainer(run):
    run.trainers.add(build_person(last_name="Okafor"))


def _another_grant(run):
    run.funding = build_funding(grant_number="AMIF-0816")
    run.save()


@pytest.mark.parametrize(
    "change",
    [
        _another_person,
        _one_less,
        _another_name,
        _another_group,
        _another_room,
        _another_time,
        _another_trainer,
        _another_grant,
    ],
)
def test_another_list_has_another_version(change):
    run = build_list("Weber, Jan", "Yıldız, Ayşe")
    before = attendance.sheet_version(only_session(run))

    change(run)

    assert attendance.sheet_version(Session.objects.get(run=run)) != before


def test_lists_of_one_session_have_the_version_they_always_had():
    """Else every paper printed before would seem outdated."""
    grant = sheets.FundingOnSheet("AMIF", "MiKo-MYK", "AMIF-1", "Landkreis", "31.12.2044")
    person = sheets.ListedPerson("Weber", "Jan", "Stadtverwaltung Mayen", "M")
    one = sheets.Sheet(
        "2026-014", "Auftakt", "08.12.2026", "9 Uhr", "Saal 1", "8 UE", ("Ngozi Okafor",), grant, (person,)
    )

    assert one.version == "823680"


def test_what_is_not_on_the_list_does_not_change_its_version():
    run = build_list("Weber, Jan")
    before = attendance.sheet_version(only_session(run))
    build_registration(run, build_person(last_name="Wartet"), "waitlisted")
    person = Registration.objects.get(run=run, person__last_name="Weber").person
    person.phone, person.email = "0261 1", "anders@mayen.example"
    person.save()
    run.notes = "Bitte Ausweis mitbringen"
    run.save()

    assert attendance.sheet_version(Session.objects.get(run=run)) == before


# --- Names that are hard to print -------------------------------------------------------------------------------------


def test_long_names_and_titles_break_and_lose_nothing():
    surname, first, agency = "X" * 120, "Y" * 120, build_agency("Z" * 200, "z.example", short_name="Z")
    title = "Haltung, Wahrnehmung und Kommunikation in Konflikten mit Menschen unterschiedlicher Herkunft " * 2
    course = build_course(title.strip())
    run = build_list(f"{surname}, {first}", agency=agency, course=course, venue=build_venue("W" * 200))
    for number in range(30):
        build_registration(run, build_person(last_name=f"Person{number:02d}"))

    pdf = attendance.sheet_for_session(only_session(run))

    texts = pages(pdf)
    together = [text.replace(" ", "") for text in texts]
    assert [one in "".join(together) for one in (surname, first, "Z" * 200)] == [True] * 3
    assert [title.replace(" ", "") in text for text in together] == [True] * len(texts)
    assert ["W" * 200 in text for text in together] == [True] * len(texts)
    assert numbers(texts) == list(range(1, 36))
    assert failures(pdf) == []


@pytest.mark.parametrize("sessions", [1, 2, 3, 4])
def test_names_of_sixty_characters_do_not_touch_the_lines(sessions):
    """As they are written: several words, and one without a gap. Breaking more is no reason to come nearer."""
    words, one_word = "Wolfeschlegelsteinhausenberger Freifrau von und zu Hohenstein", "Ł" + "ǻ" * 59
    agency = build_agency(
        "Verbandsgemeindeverwaltung Maifeld, Fachbereich Bürgerdienste", "lang.example", short_name="VG Maifeld"
    )
    hours = [(berlin(2026, 12, 8, 8 + 3 * n), berlin(2026, 12, 8, 10 + 3 * n)) for n in range(sessions)]
    run = build_list(f"{words}, {words}", f"{one_word}, {one_word}", agency=agency, sessions=hours)

    document = sheets.laid_out(sheets.sheet(*run.sessions_taking_place))

    cells = [box for box in document.pages[0]._page_box.descendants() if type(box).__name__ == "TableCellBox"]
    texts = [
        (cell, text)
        for cell in cells
        for text in cell.descendants()
        if type(text).__name__ == "TextBox" and text.text.strip()
    ]
    said = "".join(text.text for _cell, text in texts).replace(" ", "")
    assert [said.count(name.replace(" ", "")) for name in (words, one_word, agency.name)] == [2, 2, 2]
    mm = 96 / 25.4
    for cell, text in texts:
        assert text.position_y - cell.position_y >= 0.3 * mm  # from the highest accent, or the lowest tail
        assert (
            cell.position_y + cell.border_height() - (text.position_y + text.height) >= 0.3 * mm
        )  # from the highest accent, or the lowest tail
        assert text.position_x - cell.position_x >= 1 * mm
        assert cell.position_x + cell.border_width() - (text.position_x + text.width) >= 1 * mm


def test_names_of_many_scripts_quotes_and_markup_are_printed_as_written():
    names = ["Nguyễn Thị, Phượng Ánh", "O’Brien „Zo“, Zoë", '<b>Fett</b>, &amp; "Zitat"', "მაისურაძე, გიორგი"]
    run = build_list(*names, "الحسيني, محمد")

    pdf = attendance.sheet_for_session(only_session(run))

    [text] = pages(pdf)
    assert [part in text for name in names for part in name.split(", ")] == [True] * 8
    assert failures(pdf) == []


def test_marks_that_turn_the_direction_of_text_are_left_out():
    run = build_list("\u202eWeber\u200f, J\u202dan")

    assert sheets.sheet(only_session(run)).rows == (sheets.ListedPerson("Weber", "Jan", "", "M"),)


def test_a_letter_no_typeface_has_does_not_stop_the_list():
    run = build_list("李, 明", "Weber, Jan")

    pdf = attendance.sheet_for_session(only_session(run))

    [text] = pages(pdf)
    assert rows(text).startswith("1 Weber Jan M 2 � � M")
    assert "� steht für einen Buchstaben, den die Druckschrift nicht hat." in text
    assert failures(pdf) == []


@pytest.mark.parametrize("address", ["file:///etc/hostname", "http://127.0.0.1:9/x.svg", "static:img/favicon.svg"])
def test_a_name_loads_no_file(address):
    markup = f'<img src="{address}" alt="x">'
    run = build_list(f"{markup}, <style>@import url({address})</style>")

    pdf = attendance.sheet_for_session(only_session(run))

    assert markup.replace(" ", "") in pages(pdf)[0].replace(" ", "")
    assert [one["/Alt"] for one in elements(pdf) if one["/S"] == "/Figure"][0:1] == [sheets.FUNDING_STATEMENT]
    assert len([one for one in elements(pdf) if one["/S"] == "/Figure"]) == 2


# --- The pages --------------------------------------------------------------------------------------------------------


def test_as_many_queries_for_one_person_as_for_twenty(django_assert_num_queries):
    few = build_list("A, B", number="1", agency=build_agency())
    many = build_list(
        *[f"P{n}, K" for n in range(20)], number="2", agency=build_agency("VG Maifeld", "maifeld.example")
    )
    for run in (few, many):
        session = Session.objects.select_related("run__course", "run__venue", "run__funding").get(run=run)
        with django_assert_num_queries(2):
            sheets.sheet(session)


def test_the_trainer_fetches_a_list_that_no_cache_keeps(signed_in, trainer):
    run = build_list("Weber, Jan", trainers=[trainer], number="2026/Ö 14")

    response = signed_in(trainer).get(f"/leitung/sitzungen/{only_session(run).pk}/liste.pdf")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == (
        'inline; filename="anwesenheitsliste-2026o-14-2026-12-08-0900.pdf"'
    )
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Weber Jan" in pages(response.content)[0]


def test_the_coordinator_fetches_the_lists_of_a_run(signed_in, coordinator):
    run = build_list("Weber, Jan", sessions=[DAY, (berlin(2026, 12, 9, 9), berlin(2026, 12, 9, 12))])

    response = signed_in(coordinator).get(f"/leitung/termine/{run.pk}/listen.pdf")

    assert response.headers["Content-Disposition"] == 'inline; filename="anwesenheitslisten-2026-014.pdf"'
    assert response.headers["Cache-Control"] == "private, no-store"
    assert len(pages(response.content)) == 2


def test_what_does_not_take_place_has_no_list(signed_in, coordinator):
    client = signed_in(coordinator)
    run = build_list()
    session = only_session(run)
    further_session(session.run)
    cancel_session(session)

    assert client.get(f"/leitung/sitzungen/{session.pk}/liste.pdf").status_code == 404
    without_session = CourseRun.objects.create(course=run.course, number="leer", capacity=5)
    assert client.get(f"/leitung/termine/{without_session.pk}/listen.pdf").status_code == 404


def test_where_pango_is_missing_the_page_says_so(signed_in, coordinator, monkeypatch):
    run = build_list("Weber, Jan")
    monkeypatch.setattr(pango, "_loads", lambda name: "harfbuzz" not in name)

    for address in (f"/leitung/sitzungen/{only_session(run).pk}/liste.pdf", f"/leitung/termine/{run.pk}/listen.pdf"):
        response = signed_in(coordinator).get(address)

        assert response.status_code == 503
        text = response.content.decode()
        assert "Auf dem Server fehlt ein Programm, das PDF-Dateien erzeugt." in text
        assert printing.INSTALL_PANGO in text


def test_what_cannot_be_printed_as_it_should_is_said_and_noted(signed_in, coordinator, monkeypatch, caplog):
    run = build_list("Weber, Jan")
    monkeypatch.setattr(sheets, "FUNDING_STATEMENT", "")  # the emblem would not be told to those who cannot see it

    response = signed_in(coordinator).get(f"/leitung/sitzungen/{only_session(run).pk}/liste.pdf")

    assert response.status_code == 503
    assert "es wurde aufgezeichnet" in response.content.decode()
    assert "has no required alt description" in caplog.text


def test_the_pages_lead_to_the_lists(signed_in, trainer, coordinator):
    run = build_run(trainers=[trainer], sessions=[(in_days(5), in_days(5, 12)), (in_days(6), in_days(6, 12))])
    first, second = run.sessions.all()
    lists = {session: f'href="/leitung/sitzungen/{session.pk}/liste.pdf"' for session in (first, second)}
    all_lists = f'href="/leitung/termine/{run.pk}/listen.pdf"'

    teaching = signed_in(trainer).get("/leitung/").content.decode()
    attendance = signed_in(trainer).get(f"/leitung/sitzungen/{first.pk}/").content.decode()
    coordination = signed_in(coordinator).get(f"/koordination/termine/{run.pk}/").content.decode()

    assert [teaching.count(link) for link in (*lists.values(), all_lists)] == [1, 1, 1]
    assert attendance.count(lists[first]) == 1
    assert all_lists in coordination
