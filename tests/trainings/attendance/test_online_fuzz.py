"""Any bytes are refused in words or read as somebody else reads them, in bounded time."""

import csv
import datetime as dt
import io
import time
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from tests.builders import berlin
from trainings.attendance import UnreadableExport, presence, read_export, suspected_shift
from trainings.attendance.online_exports import MAX_PEOPLE, minutes
from trainings.dates import ZONE

FOLDER = Path(__file__).parent / "online"
FILES = sorted(FOLDER.glob("*.*"))
START, END = berlin(2026, 3, 3, 9), berlin(2026, 3, 3, 12, 15)
LITTLE = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
MUCH = settings(LITTLE, max_examples=4000)


def check_any(data: bytes) -> None:
    try:
        export = read_export(data, START, END)
    except UnreadableExport:
        return
    assert 0 < len(export.people) <= MAX_PEOPLE
    suspected_shift(export.people, START, END)
    for person in export.people:
        assert person.name or person.email
        assert 0 <= minutes(person.stays, START, END) <= 195
        parts = presence(person.stays, END)
        assert parts == sorted(parts)
        assert all(start <= end for start, end in parts)
        assert not export.names_only or person.stays == ()


# Pieces of which exports are made, so that something is found in most of them.
PIECES = [
    "Name", "E-Mail", "Join Time", "Leave Time", "Duration", "Dauer", "Aktion", "Zeitstempel", "Time zone", "Vorname",
    "In Waiting Room", "Anna", "anna@mayen.example", "03.03.2026 09:00", "3/3/26, 9:00:00\u202fAM", "9:00", "90 Min.",
    "1:00", "Joined", "Left", "Ja", "UTC", "GMT+1", "(", ")", '"', '="', "\n", "\r\n", "\n\n", ",", ";", "\t", "|",
    "2. A", "3. Nov. 2026 09.00 Alle", "A (2/2)", "\x00", "\ufeff", "²", "٣", "-", "31.02.2026 25:61",
    "99999999999999999999",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=60).map("".join)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
BYTES = st.binary(max_size=300) | st.tuples(TEXTS, ENCODINGS).map(
    lambda pair: pair[0].encode(
        pair[1],
        "surrogatepass",
    )
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """One of our examples, with some bytes changed, lost, doubled or put elsewhere."""
    data = bytearray(draw(st.sampled_from(FILES)).read_bytes())
    for _step in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.integers(0, 3)):
            case 0:
                data[at : at + 1] = draw(st.binary(max_size=4))
            case 1:
                del data[at : at + draw(st.integers(1, 200))]
            case 2:
                data[at:at] = data[at : at + 120]
            case 3:
                data[at:at] = draw(st.sampled_from(PIECES)).encode()
    return bytes(data)


# --- An independent reading -----------------------------------------------------------------------

NAMES = st.text(
    st.characters(codec="utf-8", categories=["L", "Nd"], include_characters=" -'\"(),;"), min_size=1, max_size=20
)
LANGUAGES = [
    ("Name", "Join Time", "Leave Time"), ("Anzeigename", "Beitrittszeit", "Austrittszeit"),
    ("Nom", "Heure de participation", "Heure de départ"), ("Nombre", "Hora de entrada", "Hora de salida"),
]  # fmt: skip
WRITTEN = [
    "%d.%m.%Y %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%m/%d/%Y, %I:%M:%S %p",
    "%d/%m/%Y %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%H:%M:%S",
]
SECONDS = st.integers(0, 8 * 3600 - 1)
ROWS = st.lists(st.tuples(st.integers(0, 5), SECONDS, SECONDS), min_size=1, max_size=12)
SEVEN = berlin(2026, 3, 3, 7)


def check_written(rows, language, written, delimiter, encoding, quoting):
    """Six people called P0 to P5, whose seconds are counted one by one."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting)
    writer.writerow(language)
    seconds: dict[str, set[int]] = {}
    for number, one, other in rows:
        first, last = sorted((one, other))
        times = [(SEVEN + dt.timedelta(seconds=at)).strftime(written) for at in (first, last)]
        writer.writerow([f"Müller-P{number}, Zoë", *times])
        seconds.setdefault(f"Müller-P{number}, Zoë", set()).update(range(first, last))
    within = range(2 * 3600, 2 * 3600 + 195 * 60)
    expected = {name: len(those.intersection(within)) // 60 for name, those in seconds.items()}
    try:
        export = read_export(file.getvalue().encode(encoding), START, END)
    except UnreadableExport:
        assert not any(expected.values())
        return
    assert {person.name: minutes(person.stays, START, END) for person in export.people} == expected
    assert export.left_out == ()
    parts = [part for person in export.people for part in presence(person.stays, END)]
    assert all(start.astimezone(ZONE).date() == START.date() for start, _end in parts)


WRITINGS = {
    "rows": ROWS,
    "language": st.sampled_from(LANGUAGES),
    "written": st.sampled_from(WRITTEN),
    "delimiter": st.sampled_from(",;\t|"),
    "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
}


@LITTLE
@given(BYTES | damaged())
def test_any_bytes(data):
    check_any(data)


@pytest.mark.slow
@MUCH
@given(BYTES | damaged())
def test_any_bytes_at_length(data):
    check_any(data)


@LITTLE
@given(**WRITINGS)
def test_what_somebody_wrote_is_what_is_read(**written):
    check_written(**written)


@pytest.mark.slow
@settings(MUCH, max_examples=1500)
@given(**WRITINGS)
def test_what_somebody_wrote_is_what_is_read_at_length(**written):
    check_written(**written)


# --- Files made to cost ---------------------------------------------------------------------------

HEAD = b"Name,Join Time,Leave Time\n"
FULL = 5 * 1024 * 1024 - 100


def lines_of(piece: bytes, head: bytes = HEAD) -> bytes:
    """As many lines of as many characters as may be, each of the same pieces."""
    line = piece * (1060 // len(piece)) + b"\n"
    return head + line * min((FULL - len(head)) // len(line), 4_990)


def check_cost(data: bytes) -> None:
    began = time.process_time()
    check_any(data)
    assert time.process_time() - began < 10  # two at most, on a machine that does nothing else


@pytest.mark.parametrize(
    "data", [b'"' * 50_000_000, b"Anna,9:00,10:00\n" * 400_000, HEAD + b'"' * FULL, HEAD + b"\n" * FULL]
)
def test_no_large_file_costs_much(data):
    check_cost(data)


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [
        *(
            lines_of(piece)
            for piece in [
                b'"', b'"",', b'a"",', b'"a""b,c""d,', b'"a""b,', b"a,", b"name,", b"9:00,", b"1 h ", b"a 2026 ",
                b"3.3.2026 ", "Änné,".encode(), b"Name,Zeitzone,Dauer,", b"Anna,3.3.2026 09:00,3.3.2026 10:00,",
                b"Anna,Europe/London UTC+1 GMT+1 CET,", b"()(", b"+49 (0) 261/1234-",
            ]
        ),
        lines_of(b"Anna,Aa/Bb Cc/Dd Ee/Ff Gg/Hh Ii/Jj Kk/Ll Mm/Nn,9:00,", b"Name,Zeitzone,Join Time\n"),
        HEAD + b"\n" * 49_000 + b"Anna,9:00,10:00\n",
        lines_of(b"Name,Vorname,Anna,", b"Name,E-Mail\n"),
        lines_of(b"Name,Vorname,Anna,", b""),
        lines_of(b"Left,", b"Name,Aktion,Zeitstempel\n"),
    ],
    ids=range(22),
)  # fmt: skip
def test_no_full_file_costs_much(data):
    check_cost(data)
