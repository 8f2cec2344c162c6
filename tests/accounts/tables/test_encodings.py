"""No letter is stored that the file does not hold: each encoding is read right, or refused with the way out."""

import itertools

import pytest

from accounts.tables import UnreadableTable, read_table
from accounts.tables.encodings import UnknownCharacters, decode
from tests.accounts.tables.test_spreadsheets import xlsx

PERSON = "E-Mail;Vorname;Nachname;Gruppe\nj@mayen.example;Jörg;{};Mitarbeitende\n"
# As people here are called.
NAMES = """
    Jörg Müller Schröder-Weiß Große Üblich Äcker ÖZTÜRK ÄRZTE Öhler Straße René José Hélène Muñoz García Gonçalves Zoë
    Jérôme François Núñez Wałęsa Łukasz Kozień Kąkol Nováček Dvořák Miloš Čapek Smrčka Kováč Ćirić Đorđević Erdős Gyűrű
    Árpád Yıldız Şahin Ağaoğlu Brâncuși Jānis Ozoliņš Bērziņš Žukauskas Söderström Åsa Jørgensen Æbelø Sigurðsson
    O’Neill Nagy–Klein
""".split()  # noqa: SIM905
ENCODINGS = ["cp1252", "cp1250", "cp1254", "cp1257", "iso8859_2", "iso8859_15", "cp850", "cp437", "cp857", "mac_roman"]


def listed(*names: str) -> str:
    return "Name;E-Mail\r\n" + "".join(f"{name};x@mayen.example\r\n" for name in names)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_name_is_read_wrongly_alone_or_with_another(encoding):
    read = 0
    for names in [*itertools.combinations(NAMES, 1), *itertools.combinations(NAMES, 2)]:
        try:
            data = listed(*names).encode(encoding)
            text = decode(data).text
        except (UnicodeEncodeError, UnknownCharacters):
            continue
        assert text == listed(*names)
        read += 1
    assert read > (20 if encoding == "mac_roman" else 70)


@pytest.mark.parametrize("taken_for", ["cp1252", "latin-1", "iso8859_15", "cp850", "cp437", "mac_roman", "cp1250"])
def test_what_was_encoded_twice_is_put_right_or_refused(taken_for):
    read = 0
    for name in NAMES:
        try:
            twice = listed(name).encode().decode(taken_for)
            text = decode(twice.encode()).text
        except (UnicodeDecodeError, UnknownCharacters):
            continue
        assert text == listed(name)
        read += 1
    assert read > 30


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp1252", "Windows-1252"),
        ("cp850", "MS-DOS (Codepage 850)"),
    ],
)
@pytest.mark.parametrize("surname", ["Schröder-Weiß", "Müller", "Große", "Üblich", "Äcker"])
def test_each_encoding_of_umlauts_is_told_and_named(encoding, name, surname):
    table = read_table(PERSON.format(surname).encode(encoding))
    assert table[0][1:3] == ("Jörg", surname)
    assert table.remarks == [f"Zeichen gelesen als {name}. Prüfen Sie bitte die Umlaute."]
    assert table.how == f"Gelesen ist eine CSV-Datei: Trennzeichen „;“, Zeichen in {name}, Überschriften in Zeile 1."


@pytest.mark.parametrize("surname", ["Schröder-Weiß", "Müller", "Äcker", "Lück-Öhler", "é"])
def test_those_of_a_macintosh_are_read_right_or_refused(surname):
    try:
        table = read_table(PERSON.format(surname).encode("mac_roman"))
    except UnreadableTable:
        return
    assert table[0][1:3] == ("Jörg", surname)


def test_polish_letters_of_windows_1250_are_read():
    table = read_table(PERSON.format("Wałęsa").encode("cp1250"))
    assert table[0][2] == "Wałęsa"
    assert table.remarks == ["Zeichen gelesen als Windows-1250. Prüfen Sie bitte die Umlaute."]


@pytest.mark.parametrize("surname", ["Hélène", "Muñoz", "Gonçalves", "Nagy – „der Große“", "5 €", "O’Neill"])
def test_western_names_stay_what_they_are(surname):
    assert read_table(PERSON.format(surname).encode("cp1252"))[0][2] == surname


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_text_of_excel_is_read_with_its_mark_and_without(encoding):
    table = read_table("Name\tOrt\r\nWałęsa-Groß\tMayen\r\n".encode(encoding))
    assert list(table) == [("Wałęsa-Groß", "Mayen")]
    assert table.how == (
        "Gelesen ist eine CSV-Datei: Trennzeichen Tabulator, Zeichen in UTF-16, Überschriften in Zeile 1."
    )


@pytest.mark.parametrize(
    "data",
    [
        "Name\nDvořák".encode("cp1250"),  # could be „Dvoøák“
        "Name\nMarić".encode("cp1250"),
        "Name\nKozień".encode("cp1250"),  # „Kozieñ“
        "Name\nMiloš".encode("cp1252"),  # could be „Miloö“ of a Macintosh
        "Name\nJos\u201a".encode("cp1252"),  # „José“ of MS-DOS
        "Name\nJ\ufffdrg".encode(),
        "Name\nJ\x94rg".encode(),
        "Name;x\nMüller;¬\n".encode("mac_roman"),  # „Mźller“ of Windows-1250
        "Name\nΣοφία".encode("iso8859-7"),
        "Name\nИван".encode("cp1251"),
        "Name\nMüller".encode("utf-32"),
    ],
)
def test_what_cannot_be_told_is_refused(data):
    with pytest.raises(UnreadableTable, match="CSV UTF-8"):
        read_table(data)


def test_a_refusal_shows_the_word_and_what_it_may_be():
    with pytest.raises(UnreadableTable) as refused:
        read_table("Nachname;Ort\nKlein;Mayen\nKozień;Mayen\n".encode("cp1250"))
    assert str(refused.value) == (
        "Diese Zeichen sind nicht lesbar. Die Datei sagt nicht, was in Zeile 3 steht: „Kozieñ“ / „Kozień“? "
        "Bitte speichern Sie die Datei in Excel als „CSV UTF-8“ oder als .xlsx."
    )


def test_umlauts_encoded_twice_are_put_right_and_named():
    twice = PERSON.format("Größe-Ümit").encode().decode("cp1252", "surrogateescape")
    data = "".join(chr(ord(char) - 0xDC00) if "\udc80" <= char <= "\udcff" else char for char in twice).encode()
    table = read_table(data)
    assert table[0][2] == "Größe-Ümit"
    assert "doppelt kodiert" in table.remarks[0]


@pytest.mark.parametrize("cell", ["MÃ¼ller", "M├╝ller", "M√ºller", "MĂĽller", "J\ufffdrg", "Schr\x94der"])
def test_garbled_cells_in_excel_are_refused_with_their_row(cell):
    with pytest.raises(UnreadableTable, match="In Zeile 2"):
        read_table(xlsx(["Name"], [cell]))


def test_a_list_that_is_garbled_in_part_is_refused():
    with pytest.raises(UnreadableTable, match="CSV UTF-8"):
        read_table("Name\nMüller\nSchrÃ¶der\n".encode())


@pytest.mark.parametrize("text", ["Ã", "Årsta ©", "São Tomé", "Größe „Ä“", "Müller · Köln", "Đặng Thị", "√ 4", "Ä–Z"])
def test_rare_letters_are_not_taken_for_that(text):
    assert read_table(f"Name\n{text}\n".encode())[0][0] == text
    assert read_table(xlsx(["Name"], [text]))[0][0] == text


def test_utf_8_needs_no_remark():
    table = read_table(PERSON.format("Groß").encode("utf-8-sig"))
    assert (table.remarks, "Zeichen in UTF-8," in table.how) == ([], True)


def test_a_wide_space_of_ms_dos_is_no_letter():
    """Byte 255 is ÿ in Windows-1252 and a space that does not break in cp850."""
    with pytest.raises(UnknownCharacters):
        decode("E-Mail;Nachname\r\nx@mayen.example;van\u00a0Dam\r\n".encode("cp850"))
