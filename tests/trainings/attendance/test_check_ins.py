"""Which code counts when, who may check in, and how the head count makes it attendance."""

import datetime as dt
import re
import threading

import pytest
import segno
import time_machine
from django.db import connections
from django.utils import timezone

from accounts.requests import device_of
from tests.builders import berlin, build_person, build_registration, build_run, only_session
from trainings import attendance, printing, retention
from trainings.acts import Act
from trainings.attendance import Mark, check_ins
from trainings.completeness import missing_records
from trainings.models import AttendanceChange, AttendanceRecord, CheckIn, Session
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

START = berlin(2026, 3, 10, 9)
SCANNED = CheckIn.Way.SCANNED


def build_session(*, starts_at=START, hours=7, **fields):
    run = build_run(sessions=[(starts_at, starts_at + dt.timedelta(hours=hours))], **fields)
    return only_session(run)


def build_people(session, *surnames):
    return [build_registration(session.run, build_person(last_name=surname)) for surname in surnames]


def arrive(registration, session, at=START, **fields):
    return attendance.check_in(session, registration.person, way=SCANNED, at=at, **fields)


def refused(session, person, at=START):
    with pytest.raises(Refused) as found:
        attendance.check_in(session, person, way=SCANNED, at=at)
    assert CheckIn.objects.filter(session=session, registration__person=person).count() == 0
    return found.value.reasons[0].code


def recorded(session):
    rows = AttendanceRecord.objects.filter(session=session).order_by("registration__person__last_name")
    return list(rows.values_list("registration__person__last_name", "status", "minutes"))


# --- The code ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "46119246"),
        (1111111109, "68084774"),
        (1111111111, "67062674"),
        (1234567890, "91819424"),
        (2000000000, "90698825"),
        (20000000000, "77737706"),
    ],
)
def test_codes_are_those_of_the_standard(seconds, eight_digits):
    """RFC 6238, appendix B, SHA-256: of its eight digits the last six."""
    key = b"12345678901234567890123456789012"
    assert check_ins.totp(key, seconds // 30) == eight_digits[2:]


@pytest.mark.parametrize(
    ("age", "fits", "was_shown"),
    [
        (0, True, False),
        (29, True, False),
        (30, True, False),
        (59, True, False),
        (60, False, True),
        (61, False, True),
        (599, False, True),
        (600, False, False),
    ],
)
def test_a_code_counts_for_a_minute_and_is_called_old_for_ten(age, fits, was_shown):
    session = build_session()
    shown = attendance.room_code(session, START)  # the first second of its step
    at = START + dt.timedelta(seconds=age)
    assert [attendance.code_fits(session, shown, at), attendance.code_was_shown(session, shown, at)] == [
        fits,
        was_shown,
    ]


def test_a_code_seen_in_its_last_second_counts_for_half_a_minute_more():
    session = build_session()
    shown = attendance.room_code(session, START + dt.timedelta(seconds=29))
    assert [attendance.code_fits(session, shown, START + dt.timedelta(seconds=age)) for age in (59, 60)] == [
        True,
        False,
    ]


def test_a_code_does_not_count_before_it_is_shown():
    session = build_session()
    assert not attendance.code_fits(session, attendance.room_code(session, START), START - dt.timedelta(seconds=1))


@pytest.mark.parametrize(("second", "left"), [(0, 30), (1, 29), (29, 1), (30, 30), (59, 1)])
def test_how_long_the_room_shows_it(second, left):
    assert attendance.seconds_left_of_code(START.replace(second=second)) == left


def test_every_session_and_every_installation_has_codes_of_its_own(settings):
    first, second = build_session(), build_session()
    times = [START + dt.timedelta(seconds=30 * number) for number in range(10)]
    codes = [[attendance.room_code(session, at) for at in times] for session in (first, second)]
    settings.SECRET_KEY = "another"
    codes.append([attendance.room_code(first, at) for at in times])
    assert len({tuple(found) for found in codes}) == 3
    assert {len(code) for found in codes for code in found} == {6}
    assert not attendance.code_fits(first, codes[0][0], START)


@pytest.mark.parametrize("typed", ["", "12345", "１２３４５６", "٤٥٦١٢٣", "abcdef", "1234567"])
def test_what_is_no_code_does_not_fit(typed):
    assert not attendance.code_fits(build_session(), typed, START)


def test_the_drawing_is_the_code_of_the_address():
    url = "https://schulungen.example/einchecken/12/123456/"
    path, size = printing.qr_path(url)
    drawn = {
        (int(x) + further, int(y))
        for x, y, width in re.findall(r"M(\d+) (\d+)\.5h(\d+)", path)
        for further in range(int(width))
    }
    rows = list(segno.make(url, error="m", micro=False).matrix)
    assert drawn == {(x + 4, y + 4) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}
    assert size == len(rows) + 8


# --- The window -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (START - dt.timedelta(hours=1, seconds=1), "early"),
        (START - dt.timedelta(hours=1), "checked in"),
        (START + dt.timedelta(hours=7, seconds=-1), "checked in"),
        (START + dt.timedelta(hours=7), "over"),
    ],
)
def test_from_an_hour_before_the_start_until_the_end(at, outcome):
    session = build_session()
    [registration] = build_people(session, "A")
    if outcome == "checked in":
        assert arrive(registration, session, at).at == at
    else:
        assert refused(session, registration.person, at) == outcome


def test_too_early_says_from_when_on():
    session = build_session()
    obstacle = attendance.obstacle_to_check_in(Session.objects.get(pk=session.pk), START - dt.timedelta(hours=2))
    assert obstacle.text == "Einchecken können Sie ab Di., 10. März 2026, 8:00 Uhr."


def test_not_for_what_is_cancelled_or_closed(coordinator):
    session, cancelled_run, closed = build_session(), build_session(), build_session()
    people = [build_people(each, "A")[0].person for each in (session, cancelled_run, closed)]
    Session.objects.filter(pk=session.pk).update(cancelled_at=START)
    cancelled_run.run.cancelled_at, cancelled_run.run.cancellation_reason = START, "krank"
    cancelled_run.run.save()
    closed.run.closed_at, closed.run.closed_by = START, coordinator
    closed.run.save()
    sessions = (session, cancelled_run, closed)
    assert [refused(each, person) for each, person in zip(sessions, people, strict=True)] == [
        "cancelled",
        "cancelled",
        "closed",
    ]


@pytest.mark.parametrize(
    ("starts_at", "opens", "hours"),
    [
        # Clocks go back at 3:00: 2:00 to 3:00 is there twice, and the hour before 3:00 is the second of them.
        (berlin(2026, 10, 25, 3), dt.datetime(2026, 10, 25, 1, tzinfo=dt.UTC), 3),
        # A night over the change lasts an hour longer than the clock says.
        (berlin(2026, 10, 24, 22), dt.datetime(2026, 10, 24, 19, tzinfo=dt.UTC), 9),
        # Clocks go forward at 2:00: the hour before 3:00 begins at 1:00.
        (berlin(2026, 3, 29, 3), dt.datetime(2026, 3, 29, 0, tzinfo=dt.UTC), 3),
        (berlin(2026, 3, 28, 22), dt.datetime(2026, 3, 28, 20, tzinfo=dt.UTC), 7),
    ],
)
def test_the_window_and_the_code_where_the_clocks_change(starts_at, opens, hours):
    starts_at = starts_at.astimezone(dt.UTC)
    session = build_session(starts_at=starts_at, hours=hours)
    [registration] = build_people(session, "A")
    session = Session.objects.get(pk=session.pk)
    second = dt.timedelta(seconds=1)
    ends = starts_at + dt.timedelta(hours=hours)
    moments = [opens - second, opens, ends - second, ends]
    closed = [
        getattr(attendance.obstacle_to_check_in(session, at.astimezone(START.tzinfo)), "code", None) for at in moments
    ]
    assert closed == ["early", None, None, "over"]
    middle = dt.datetime.combine(ends.date(), dt.time(1), dt.UTC)  # the clocks change
    codes = [
        attendance.room_code(session, (middle + dt.timedelta(seconds=n)).astimezone(START.tzinfo)) for n in (-3600, 0)
    ]
    assert codes[0] != codes[1]
    arrive(registration, session, opens.astimezone(START.tzinfo))
    assert CheckIn.objects.get().at == opens


# --- Who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("waitlisted", "waitlisted"),
        ("requested", "not_confirmed"),
        ("offered", "not_confirmed"),
        ("cancelled", "not_registered"),
        ("declined", "not_registered"),
    ],
)
def test_only_who_has_a_place(status, outcome):
    session = build_session()
    registration = build_registration(session.run, status=status)
    assert refused(session, registration.person) == outcome


def test_not_for_the_session_of_another_run(participant):
    session, other = build_session(), build_session()
    build_registration(other.run, participant)
    assert refused(session, participant) == "not_registered"


def test_twice_is_once():
    session = build_session()
    [registration] = build_people(session, "A")
    first = arrive(registration, session, network="a" * 16, device="iPhone · Safari")
    again = arrive(registration, session, START + dt.timedelta(hours=8), network="b" * 16)  # even when it is over
    assert (again.pk, again.at, again.network) == (first.pk, START, "a" * 16)
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        (Mark("present"), "Die Kursleitung hat Sie schon eingetragen. Sie brauchen nichts mehr zu tun."),
        (
            Mark("absent"),
            "Die Kursleitung hat für Sie schon „gefehlt“ eingetragen. Sind Sie da, sagen Sie ihr bitte Bescheid.",
        ),
    ],
)
def test_who_is_recorded_already_hears_so_and_nothing_changes(trainer, mark, text):
    session = build_session()
    [registration] = build_people(session, "A")
    attendance.record(session, {registration.pk: mark}, Act(trainer, at=START))
    before = recorded(session)
    assert refused(session, registration.person) == "recorded"
    assert attendance.refusal_to_check_in(session, registration.person, START).text == text
    assert recorded(session) == before


def test_a_check_in_is_no_attendance():
    session = build_session()
    [registration] = build_people(session, "A")
    arrive(registration, session)
    assert recorded(session) == []
    assert missing_records(session.run) == [(registration, session)]


@pytest.mark.django_db(transaction=True)
def test_two_people_and_two_devices_of_one_at_once():
    session = build_session()
    first, second = build_people(session, "A", "B")
    barrier, problems = threading.Barrier(3), []

    def arrive_with_others(registration):
        try:
            barrier.wait(timeout=10)
            arrive(registration, session)
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=arrive_with_others, args=[row]) for row in (first, second, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert problems == []
    assert sorted(CheckIn.objects.values_list("registration", flat=True)) == sorted([first.pk, second.pk])


# --- Finding the session of a typed code ------------------------------------------------------------------------------


def outcome_of_typing(person, typed, at=START):
    with pytest.raises(Refused) as found:
        attendance.session_by_code(person, typed, at)
    return found.value.reasons[0].code


def test_a_typed_code_finds_the_own_session_it_is_of(participant):
    session, other, foreign = build_session(), build_session(), build_session()
    for each in (session, other):
        build_registration(each.run, participant)
    assert attendance.session_by_code(participant, attendance.room_code(other, START), START) == other
    assert outcome_of_typing(participant, attendance.room_code(foreign, START)) == "wrong"
    late = START + dt.timedelta(seconds=60)
    assert outcome_of_typing(participant, attendance.room_code(session, START), late) == "old"


def test_nothing_is_found_outside_the_window(participant):
    session = build_session()
    build_registration(session.run, participant)
    for at in (START - dt.timedelta(hours=2), START + dt.timedelta(hours=7)):
        assert outcome_of_typing(participant, attendance.room_code(session, at), at) == "nothing_open"
    assert outcome_of_typing(build_person(), attendance.room_code(session, START)) == "nothing_open"


# --- Guessing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "addresses", "tries"),
    [(1, 100, check_ins.TRIES_OF_A_PERSON.most), (100, 1, check_ins.TRIES_OF_A_NETWORK.most)],
)
def test_so_many_wrong_tries_and_no_more_for_ten_minutes(people, addresses, tries):
    made = 0
    with time_machine.travel(START, tick=False) as clock:
        crowd = [build_person() for _ in range(people)]
        while made < 100 and attendance.may_try_code(crowd[made % people], f"10.0.0.{made % addresses}"):
            attendance.note_wrong_code(crowd[made % people], f"10.0.0.{made % addresses}")
            made += 1
        assert made == tries
        assert attendance.may_try_code(build_person(), "10.1.0.1")
        clock.shift(attendance.seconds_until_next_try(crowd[0], "10.0.0.0") + 1)
        assert attendance.may_try_code(crowd[0], "10.0.0.0")


def test_a_household_has_many_addresses_and_one_count():
    for number in range(check_ins.TRIES_OF_A_NETWORK.most):
        attendance.note_wrong_code(None, f"2001:db8:1:{number:x}::1")
    assert not attendance.may_try_code(None, "2001:db8:1:ff::2")
    assert attendance.may_try_code(None, "2001:db8:2::1")


# --- What came from where ---------------------------------------------------------------------------------------------


def test_a_network_is_told_apart_in_one_session_and_given_away_nowhere(settings):
    session, other = build_session(), build_session()
    same = ["192.0.2.1", "192.0.2.254", "::ffff:192.0.2.7"]
    [found] = {attendance.network_of(session, address) for address in same}
    assert re.fullmatch(r"[0-9a-f]{16}", found)
    different = [attendance.network_of(session, "192.0.3.1"), attendance.network_of(other, "192.0.2.1")]
    settings.SECRET_KEY = "another"
    assert len({found, *different, attendance.network_of(session, "192.0.2.1")}) == 4


def test_of_ipv6_the_56_bits_of_a_household():
    session = build_session()
    addresses = ["2001:db8:0:1200::1", "2001:db8:0:12ff::2", "2001:db8:0:1300::1"]
    first, second, third = (attendance.network_of(session, address) for address in addresses)
    assert [first == second, first == third] == [True, False]
    assert attendance.network_of(session, "") == attendance.network_of(session, "unknown") == ""


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile "
            "Safari/537.36",
            "Android · Chrome",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Safari/604.1",
            "iPhone · Safari",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) CriOS/141.0 Mobile Safari/604.1", "iPhone · Chrome"),
        (
            "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921B) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
            "Android · Samsung Internet",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0 Safari/537.36 Edg/141.0", "Windows · Edge"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Linux · Firefox"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "macOS · Safari"),
        ("Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) Kiosk", "iPad"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_device_is_told_in_two_words(user_agent, device):
    assert device_of(user_agent) == device
    assert len(device) <= CheckIn._meta.get_field("device").max_length


def test_the_commonest_network_is_called_a():
    session = build_session()
    people = build_people(session, "A", "B", "C", "D")
    for registration, name in zip(people, ["home", "room", "room", ""], strict=True):
        arrive(registration, session, network=name)
    rows = attendance.arrivals(session)
    assert [row.network for row in rows] == ["B", "A", "A", ""]
    assert attendance.shared_networks(rows) == [("A", 2), ("B", 1)]


def test_more_networks_than_letters():
    assert [check_ins._letter(number) for number in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        *("A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA")
    ]


def test_origins_are_forgotten_with_the_run_and_the_check_ins_kept():
    session, other = build_session(), build_session()
    for each in (session, other):
        arrive(build_people(each, "A")[0], each, network="a" * 16, device="iPhone · Safari")
    assert attendance.forget_origins(session.run) == 1
    assert attendance.forget_origins(session.run) == 0
    left = CheckIn.objects.order_by("pk").values_list("network", "device")
    assert list(left) == [("", ""), ("a" * 16, "iPhone · Safari")]


@pytest.mark.parametrize(("days", "forgotten"), [(13, 0), (15, 1)])
def test_of_runs_nobody_closes_they_are_forgotten_a_fortnight_later(days, forgotten):
    session = build_session()
    arrive(build_people(session, "A")[0], session, device="iPhone · Safari")
    assert retention.clean_up(session.ends_at + dt.timedelta(days=days))["check_in_origins"] == forgotten
    assert CheckIn.objects.exclude(device="").count() == 1 - forgotten


# --- The head count ---------------------------------------------------------------------------------------------------


def history():
    return list(AttendanceChange.objects.order_by("pk").values_list("to_status", "actor__last_name", "reason"))


def test_the_right_count_makes_check_ins_attendance(trainer):
    session = build_session()
    first, second, third, fourth = build_people(session, "A", "B", "C", "D")
    build_people(session, "Missing")
    for registration in (first, second):
        arrive(registration, session)
    arrive(fourth, session)
    marks = {third.pk: Mark("partial", 90), fourth.pk: Mark("excused")}  # fourth has left again
    attendance.record(session, marks, Act(trainer, at=START))
    assert attendance.confirm_arrivals(session, 3, Act(trainer, at=START)) == 2
    assert recorded(session) == [
        ("A", "present", 360),
        ("B", "present", 360),
        ("C", "partial", 90),
        ("D", "excused", 0),
    ]
    assert history()[2:] == [("present", "Okafor", "Kopfzahl bestätigt: 3")] * 2
    assert attendance.confirm_arrivals(session, 3, Act(trainer, at=START)) == 0  # again: nothing to do
    assert len(history()) == 4


@pytest.mark.parametrize(
    ("head_count", "text"),
    [
        (
            1,
            "Gezählt: 1, eingecheckt oder erfasst: 2. "
            "Bitte haken Sie an, wer nicht im Raum ist, und bestätigen Sie dann noch einmal.",
        ),
        (
            3,
            "Gezählt: 3, eingecheckt oder erfasst: 2. Wer ohne Code da ist, fehlt noch: "
            "Bitte markieren Sie die Person in der Anwesenheitsliste und bestätigen Sie dann noch einmal.",
        ),
    ],
)
def test_the_wrong_count_says_both_numbers_and_records_nothing(trainer, head_count, text):
    session = build_session()
    for registration in build_people(session, "A", "B"):
        arrive(registration, session)
    with pytest.raises(Refused) as invalid:
        attendance.confirm_arrivals(session, head_count, Act(trainer, at=START))
    assert str(invalid.value) == text
    assert (recorded(session), history()) == ([], [])


@pytest.mark.parametrize(("are_absent", "rest"), [(False, []), (True, [("B", "absent", 0)])])
def test_who_is_not_in_the_room_stays_open_or_becomes_absent(trainer, are_absent, rest):
    session = build_session()
    people = build_people(session, "A", "B")
    for registration in people:
        arrive(registration, session)
    number = attendance.confirm_arrivals(
        session, 1, Act(trainer, at=START), excluded=[people[1].pk], excluded_are_absent=are_absent
    )
    assert number == 1
    assert recorded(session) == [("A", "present", 360), *rest]
    assert CheckIn.objects.count() == 2
    if are_absent:
        reason = "Eingecheckt, beim Zählen nicht im Raum; Kopfzahl bestätigt: 1"
        assert history()[1:] == [("absent", "Okafor", reason)]


def test_who_gave_the_place_back_is_not_counted(trainer):
    session = build_session()
    first, second = build_people(session, "A", "B")
    for registration in (first, second):
        arrive(registration, session)
    type(first).objects.filter(pk=first.pk).update(status="cancelled")
    assert attendance.confirm_arrivals(session, 1, Act(trainer, at=START)) == 1
    assert recorded(session) == [("B", "present", 360)]


def test_after_closing_only_the_coordination_confirms(trainer, coordinator):
    session = build_session()
    arrive(build_people(session, "A")[0], session)
    session.run.closed_at, session.run.closed_by = timezone.now(), coordinator
    session.run.save()
    with pytest.raises(Refused):
        attendance.confirm_arrivals(session, 1, Act(trainer, at=START))
    assert attendance.confirm_arrivals(session, 1, Act(coordinator, at=START)) == 1
