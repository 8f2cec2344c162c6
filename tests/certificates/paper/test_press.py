"""The process that prints is stopped, limited and replaced; whoever asks it goes on."""

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from certificates.paper.press import Broken, Missing, Press, Unprintable
from tests.certificates.builders import build_snapshot

pytestmark = pytest.mark.slow

PRESSES = "tests.certificates.presses"


@pytest.fixture
def build_press() -> Iterator[Callable[..., Press]]:
    built = []

    def build(make: str = "certificates.paper.page.pdf", **limits: float) -> Press:
        press = Press(make if "." in make else f"{PRESSES}.{make}", **limits)
        built.append(press)
        return press

    yield build
    for press in built:
        press.close()


def pid(press: Press) -> int:
    assert press._process is not None
    return press._process.pid


def test_a_warm_press_prints_one_after_the_other_and_the_same_twice(build_press):
    press = build_press()

    papers = [press.pdf(build_snapshot(name=name)) for name in ("Ayşe Yıldız", "Jan Weber", "Ayşe Yıldız")]

    assert (papers[0][:5], papers[0] == papers[2], papers[0] == papers[1]) == (b"%PDF-", True, False)


def test_what_cannot_be_printed_is_said_in_the_language_of_the_caller_and_the_press_stays(build_press):
    press = build_press()

    with pytest.raises(Unprintable, match="Keine Schrift der Bescheinigung enthält: 李"):
        press.pdf(build_snapshot(name="李"))

    first = pid(press)
    assert press.pdf(build_snapshot())[:5] == b"%PDF-"
    assert pid(press) == first


def test_a_legal_snapshot_too_long_to_lay_out_in_time_is_given_up(build_press):
    """All limits of characters kept, but a page that takes a tenth of a second has only a thousandth."""
    press = build_press(seconds=0.001)
    press.start()

    with pytest.raises(Broken, match="Das Erstellen dauerte länger als"):
        press.pdf(build_snapshot(contents={"text": ["Wort " * 1000], "language": "de"}))


def test_a_press_that_never_ends_is_stopped_and_the_next_paper_is_printed(build_press):
    press = build_press("endless", seconds=1)
    press.start()
    began = time.monotonic()

    with pytest.raises(Broken, match="Das Erstellen dauerte länger als 1 Sekunden"):
        press.pdf(build_snapshot())

    assert time.monotonic() - began < 5
    press.make = "certificates.paper.page.pdf"
    press.seconds = 20
    assert press.pdf(build_snapshot())[:5] == b"%PDF-"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_press_that_wants_all_the_memory_gets_its_share_and_no_more(build_press):
    press = build_press("insatiable", megabytes=500)

    with pytest.raises(Broken, match=r"MemoryError|Mangel an Speicher"):
        press.pdf(build_snapshot())


def test_a_press_that_dies_is_replaced(build_press):
    press = build_press("deadly")
    with pytest.raises(Broken, match="Das Erstellen brach ab"):
        press.pdf(build_snapshot())

    press.make = f"{PRESSES}.chatty"
    assert press.pdf(build_snapshot()) == b"%PDF-1.7"
    os.kill(pid(press), signal.SIGTERM)  # sent to all processes of the service: the press lets the worker end it
    assert press.pdf(build_snapshot()) == b"%PDF-1.7"


def test_a_fault_in_the_making_is_named(build_press):
    with pytest.raises(Broken, match="ValueError: no such thing"):
        build_press("faulty").pdf(build_snapshot())


def test_a_press_ends_with_the_process_that_started_it(build_press):
    press = build_press("chatty")
    press.start()
    process = press._process

    process.stdin.close()  # as when the worker is killed

    assert process.wait(10) == 0


def test_where_nothing_can_be_printed_no_snapshot_is_to_blame(build_press):
    with pytest.raises(Missing):
        build_press("certificates.no_such_paper").start()
