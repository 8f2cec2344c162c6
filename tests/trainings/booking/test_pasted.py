"""Lists as people paste them: nobody in them is lost, and nothing that is no name becomes one."""

import pytest

from trainings import booking
from trainings.booking.list_lines import read_back
from trainings.booking.name_doubts import doubt_about
from trainings.booking.pasted import addresses_in, read_lines, read_rows

# Surname, first name, name before the @, and what stands in the column of groups.
EIGHT = [
    ("Yıldız", "Ayşe", "yildiz", "Mitarbeiter/in"),
    ("Klein", "Anna", "klein", "Beschäftigte"),
    ("Beridze", "Nino", "beridze", "Führungskraft"),
    ("von der Heide", "Karl", "k.vonderheide", "Ehrenamtliche"),
    ("Groß-Müller", "Änne", "gross-mueller", "Sachbearbeiterin"),
    ("O’Brien", "Sean", "o'brien", "Amtsleiter"),
    ("Haddad", "Noor", "noor", "M"),
    ("Đorđević", "Jelena", "jelena.djordjevic", "FK"),
]
GROUPS = ["staff", "staff", "leadership", "volunteers", "staff", "leadership", "staff", "leadership"]
ADDRESSES = [f"{local}@mayen.example" for _last, _first, local, _group in EIGHT]


def written(shape, between="\n", **more):
    return between.join(
        shape.format(last=last, first=first, mail=f"{local}@mayen.example", group=group, number=number, **more)
        for number, (last, first, local, group) in enumerate(EIGHT, 1)
    )


def said(line):
    return line.email, line.last_name, line.first_name


NAMED = [(mail, last, first) for mail, (last, first, _local, _group) in zip(ADDRESSES, EIGHT, strict=True)]

ONE_LINE = [
    ("{last}, {first} <{mail}>", "; "),
    ("{last}, {first} <{mail}>", ";\r\n"),
    ("{last}, {first} <{mail}>", ", "),
    ('"{last}, {first}" <{mail}>', "; "),
    ('"{last}, {first}" <{mail}>', ","),
    ("'{last}, {first}' <{mail}>", "; "),
    ("„{last}, {first}“ <{mail}>", "; "),
    ("{first} {last} <{mail}>", ", "),
    ("{first} {last} <{mail}>", " "),
    ("{first} {last} ({mail})", ", "),
    ("{first} {last} [{mail}]", " / "),
    ("{first} {last} <mailto:{mail}>", "; "),
    ("{last}, {first} (KV MYK) <{mail}>", "; "),
    ("{mail} {first} {last}", "; "),
    ("{mail}, {first} {last}", ", "),
    ("{number}. {first} {last}, {mail}", "; "),
    ("Frau {first} {last} ({mail})", " und "),
]
MANY_LINES = [
    "{last}\t{first}\t{mail}",
    "{mail}\t{last}\t{first}",
    "{number}\t{last}\t{first}\t{mail}",
    "{number}\tFrau\t\t{last}\t{first}\tFB 3\t{mail}",
    "{number}\tHerrn\t{last}\t{first}\tJugendamt\t02651 12-{number}\t{mail}",
    "• {first} {last} ({mail})",
    "- {first} {last}, {mail}",
    "{number}. {first} {last} <{mail}>",
    "{number}) {last}, {first}; {mail}",
    "{number} {first} {last} {mail}",
    "({number}) {first} {last}: {mail}",
    "☐ {first} {last} – {mail}",
    "> {first} {last} | {mail}",
    "| {last} | {first} | {mail} |",
    "Herr {first} {last} <{mail}>.",
    "{first}\u00a0{last}\u202f<{mail}>",
    "\u200f{first} {last}\u200e;\u202a{mail}\u202c",
    "{last}；{first}；{mail}",
    "{first} {last} ＜{mail}＞",
    "{first} {last}, [{mail}](mailto:{mail})",
    "{first} {last}, {mail}<mailto:{mail}>",
    "{first} {last} <{mail}> <mailto:{mail}?subject=Anmeldung>",
    "{first} {last} → {mail}",
    "Name: {first} {last}, E-Mail: {mail}",
    "Vorname: {first}; Nachname: {last}; E-Mail: {mail}",
    "{number}.) {first} {last}, {mail}",
    "Nr. {number}: {first} {last}, {mail}",
    "Teilnehmer {number}: {first} {last}, {mail}",
    "👉 {first} {last}, {mail}",
    "① {first} {last} – {mail}",
    "{mail} ({first} {last})",
    "{last}, {first}\t{last}, {first} <{mail}>",
    "{first} {last} (Jugendamt, FB 3): {mail}",
    '"{last}, {first} - Bauamt" <{mail}>',
    "{first} {last}\n{mail}\n",
    "{first} {last}\nE-Mail: {mail}",
]
WITH_GROUP = [
    "{last}\t{first}\t{mail}\t{group}",
    "{last};{first};{group};{mail}",
    "{number}\tFrau\tDr.\t{last}\t{first}\tFB 3\t{mail}\t{group}",
    "Dr. {first} {last}, {mail}, {group}",
    "Dr. {first} {last} ({group}) <{mail}>",
    "{mail}, Dr. {first} {last}, {group}",
    "- Frau Dr. {first} {last} – {mail} – {group}",
    "Dr. {first} {last} <{mail}> {group}",
    "{last}, Dr. {first} <{mail}>; {group}",
    "Dr. {first} {last} ({group}, Amt 51): {mail}",
    "Dr. {first} {last} ({mail}, {group})",
    "{last};{first};Frau;{mail};Jugendamt;{group}",
]


@pytest.mark.parametrize(("shape", "between"), ONE_LINE)
def test_of_a_line_with_several_people_nobody_is_lost(shape, between):
    text = written(shape, between)
    lines = read_lines(text)
    assert [said(line) for line in lines] == NAMED
    assert sum(addresses_in(text).values()) == 8
    assert [doubt_about(line) for line in lines] == [""] * 8


@pytest.mark.parametrize("shape", MANY_LINES)
def test_a_person_a_line_however_it_is_written(shape):
    text = written(shape)
    lines = read_lines(text)
    assert [said(line) for line in lines] == NAMED
    assert sum(addresses_in(text).values()) == 8
    assert [doubt_about(line) for line in lines] == [""] * 8


@pytest.mark.parametrize("shape", WITH_GROUP)
def test_groups_are_read_in_the_words_of_an_office(shape):
    lines = read_lines(written(shape))
    assert [said(line) for line in lines] == NAMED
    assert [line.target_group for line in lines] == GROUPS
    assert {line.title for line in lines} <= {"", "Dr."}


@pytest.mark.parametrize("between", [", ", "; ", ";", "\n", "\t", " ", " ;\n", ",\n", " | ", "/", " und "])
def test_addresses_alone(between):
    text = between.join(ADDRESSES)
    assert [said(line) for line in read_lines(text)] == [(mail, "", "") for mail in ADDRESSES]
    assert sum(addresses_in(text).values()) == 8


def test_separators_may_be_mixed_and_groups_stand_behind_their_person():
    text = "yildiz@mayen.example, klein@mayen.example; beridze@mayen.example\nAn: Haddad, Noor <noor@mayen.example>;"
    assert [line.email.partition("@")[0] for line in read_lines(text)] == ["yildiz", "klein", "beridze", "noor"]
    lines = read_lines("Klein, Anna <klein@mayen.example> (FK), Groß, Änne <gross@mayen.example> (MA)")
    assert [(*said(line)[1:], line.target_group) for line in lines] == [
        ("Klein", "Anna", "leadership"),
        ("Groß", "Änne", "staff"),
    ]


@pytest.mark.parametrize(
    ("headings", "row"),
    [
        (
            "Nr.\tAnrede\tTitel\tNachname\tVorname\tAbteilung\tE-Mail\tFunktion",
            "1\tFrau\tDr.\tKlein\tAnna\tKasse\t{}\tSB",
        ),
        ("lfd. Nr.;E-Mail-Adresse;Vorname;Familienname;Gruppe (M/F/E)", "1;{};Anna;Dr. Klein;M"),
        ("M/F/E;Dienstliche E-Mail;Name, Vorname", 'M;{};"Klein, Dr. Anna"'),
        ("Vor- und Nachname | E-Mail | Zielgruppe", "Frau Dr. Anna Klein | {} | Beschäftigte"),
        ("Mitarbeiterliste des Amtes\nName\tVorname\tMailadresse\tGruppe", "Klein\tDr. Anna\t{}\tMitarbeiter:in"),
        ("Teilnehmer/in\tMail\tGruppe", "Dr. Anna Klein\t{}\tMitarbeiter_in"),
    ],
)
def test_headings_in_any_order_and_words(headings, row):
    line = read_lines(f"{headings}\n{row.format('klein@mayen.example')}")[-1]
    assert (*said(line), line.title, line.target_group) == ("klein@mayen.example", "Klein", "Anna", "Dr.", "staff")
    assert doubt_about(line) == ""


def test_groups_may_stand_above_their_people_or_be_ticked_in_a_column():
    text = "Führungskräfte:\nAnna Klein <klein@mayen.example>\n\nMitarbeitende:\nÄnne Groß <gross@mayen.example>"
    assert [(line.last_name, line.target_group) for line in read_lines(text)] == [
        ("Klein", "leadership"),
        ("Groß", "staff"),
    ]
    text = "Nachname;Vorname;E-Mail;M;F;E\nKlein;Anna;klein@mayen.example;x;;\nGroß;Änne;gross@mayen.example;X;;x"
    klein, gross = read_lines(text)
    assert (klein.target_group, gross.has_group) == ("staff", False)


def test_two_words_for_a_group_that_differ_are_asked_about():
    (line,) = read_lines("Klein; Anna; Sachbearbeiterin; klein@mayen.example; Amtsleiterin")
    assert (line.name, line.has_group) == ("Klein, Anna", False)


@pytest.mark.parametrize("heading", ["E-Mail", "E-Mail-Adressen:", "Adressen", "| --- |"])
def test_a_heading_over_addresses_is_nobody(heading):
    assert [line.email for line in read_lines(f"{heading}\nklein@mayen.example")] == ["klein@mayen.example"]


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (
            "staff",
            "Mitarbeiter/in|Mitarbeiter*in|Mitarbeiter:in|Mitarbeiter_in|Mitarbeiter(in)|MitarbeiterIn|Mitarbeiter/-in|"
            "Mitarbeiterinnen|Mitarbeiter*innen|Mitarbeitende/r|Beschäftigte|Beschäftigte(r)|Sachbearbeiter/in|"
            "Sachbearbeitung|Sachbearb.|SB|MA|M|m.|(M)|Ｍ|М|Angestellte|Tarifbeschäftigte|employee|M (Mitarbeitende)",
        ),
        (
            "leadership",
            "Führungskraft|Führungskräfte|Fuehrungskraft|FK|F|Leitung|Leiter/in|Leiter*in|Leitungskraft|Amtsleiter|"
            "Amtsleiterin|Amtsleiter:in|Team-Leitung|Kita-Leitung|Fachbereichsleiterin|Stellv. Amtsleiter|"
            "Leitung Jugendamt|Vorgesetzte|Bürgermeisterin|F - Führungskraft|manager",
        ),
        ("volunteers", "Ehrenamt|ehrenamtlich|Ehrenamtliche*r|Ehrenamtler|Freiwillige|E|Ｅ|Е|volunteer"),
    ],
)
def test_words_for_a_group(group, words):
    assert {word: booking.group_of(word) for word in words.split("|")} == dict.fromkeys(words.split("|"), group)


@pytest.mark.parametrize(
    "word",
    [
        "Beamte",
        "keine Führungskraft",
        "Assistenz der Leitung",
        "Mitarbeiterin mit Führungsverantwortung",
        "ehrenamtliche Mitarbeiterin",
        "M/F",
        "Leitner",
        "",
    ],
)
def test_what_could_mean_two_groups_or_none_is_asked_about(word):
    assert booking.group_of(word) is None


@pytest.mark.parametrize(
    "text",
    [
        "Klein; Anna; Bürgerdienste; klein@mayen.example; FK",
        "Anna Klein, Bürgerdienste, klein@mayen.example",
        "Kreis\tAnna\tklein@mayen.example",
        "Frau\tklein@mayen.example",
        "Nachname;Vorname;E-Mail\nFrau;Klein;klein@mayen.example",
        "Nachname;Vorname;E-Mail\nSozialamt;Anna;klein@mayen.example",
        "Nachname;Vorname;E-Mail\nKlein;Mitarbeiterin;klein@mayen.example",
        "Nachname;Vorname;E-Mail\n1. Klein;Anna;klein@mayen.example",
        "Nachname;Vorname;E-Mail\n#NV;Anna;klein@mayen.example",
        "Anna\tKlein\tanna.klein@mayen.example",
        "Anna\tKlein\ta.klein@mayen.example",
        "Кlein;Anna;klein@mayen.example",
        "Anna Klein und Jan Weber: klein@mayen.example",
        "Klein/Anna/klein@mayen.example",
        "Klein, FB 3, klein@mayen.example",
    ],
)
def test_what_is_no_name_for_sure_is_asked_about(text):
    line = read_lines(text)[-1]
    assert line.email.endswith("klein@mayen.example")
    assert not line.last_name or doubt_about(line)


@pytest.mark.parametrize(
    ("shape", "asked"), [("{first}\t{last}\t{mail}", "perhaps"), ("{last} {first} <{mail}>", "order")]
)
def test_names_the_other_way_round_are_seen_from_the_list_as_a_whole(shape, asked):
    lines = read_lines("\n".join(written(shape).splitlines()[:3]))
    assert [line.asked for line in lines] == [asked] * 3
    assert [bool(doubt_about(line)) for line in lines] == [asked == "order"] * 3


def test_a_comma_says_which_is_the_surname():
    (line,) = read_lines("Klein, Anna <klein.anna@mayen.example>")
    assert (line.name, line.asked) == ("Klein, Anna", "")


def test_a_second_address_in_a_row_is_somebody_and_asked_about():
    lines = read_lines("E-Mail;Name;E-Mail der Leitung\nklein@mayen.example;Klein, Anna;chefin@mayen.example")
    assert [(line.email, line.asked) for line in lines] == [
        ("klein@mayen.example", ""),
        ("chefin@mayen.example", "column"),
    ]
    rows = [["Nachname", "E-Mail"], ["Klein", "klein@mayen.example\nanna@mayen.example"]]
    assert [line.email for line in read_rows(rows)] == ["klein@mayen.example", "anna@mayen.example"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("klein@mayen.example <klein@mayen.example>", {1: 1}),
        ("klein@mayen.example<mailto:klein@mayen.example>; 'gross@mayen.example' <GROSS@mayen.example>", {1: 2}),
        ("klein@mayen.example\n\nklein@mayen.example", {1: 1, 3: 1}),
        ("Klein, Anna <info@mayen.example>; Groß, Änne <info@mayen.example>", {1: 2}),
        ("klein @ mayen.example; gross(at)mayen.example; weber＠mayen.example", {1: 3}),
        ("Klein, Anna (AT), klein@mayen.example", {1: 1}),
        ("niemand", {}),
    ],
)
def test_addresses_are_counted_without_reading_the_list(text, found):
    assert addresses_in(text) == found


@pytest.mark.slow
def test_however_long_the_cells_of_a_file_are_nobody_is_lost_on_the_way():
    rows = [["x" * 9_000, "y" * 9_000, f"person{number}@mayen.example", "z" * 9_000] for number in range(200)]
    lines = read_rows(rows)
    carried = booking.as_text(lines)
    assert len(carried) < 600_000
    assert [line.email for line in read_back(carried)] == [row[2] for row in rows]


def test_what_somebody_confirmed_is_no_longer_asked_and_what_is_carried_stays():
    (line,) = read_lines("Kreis\tAnna\tkreis@mayen.example")
    assert doubt_about(line)
    assert read_back(booking.as_text([line])) == [line]
    assert read_back("\n\t\n") == []
