"""What the signed paper says is typed quickly, compared, and its scan kept as it is."""

import datetime as dt
import hashlib
import io

import pytest
from django.utils import timezone
from PIL import Image

from tests.builders import (
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    in_days,
    only_session,
)
from trainings import attendance, evidence_files, locking, planning
from trainings.acts import Act
from trainings.attendance import Mark, PaperEntry, UnreadableEntry
from trainings.attendance.signed_sheets import Signature
from trainings.completeness import lists_to_scan
from trainings.dates import moment
from trainings.models import AttendanceRecord, CourseRun, Registration, SheetEntry, SheetScan
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

SIGNED, MISSING = PaperEntry(Signature.SIGNED), PaperEntry(Signature.MISSING)


def build_session(*surnames, starts=-1):
    run = build_run(starts_at=timezone.now() + dt.timedelta(hours=starts))
    return only_session(run), *[build_registration(run, build_person(last_name=name)) for name in surnames]


def differences(session):
    return {row.registration.person.last_name: row.difference for row in attendance.paper_rows(session)}


def test_many_lists_differ_as_each_does(trainer, django_assert_num_queries):
    session, one, two, three = build_session("Berg", "Zorn", "Alt")
    other, gone, unknown = build_session("Fort", "Neu")
    attendance.record(session, {one.pk: Mark("present"), two.pk: Mark("present")}, Act(trainer))
    paper = {one.pk: MISSING, two.pk: SIGNED, three.pk: SIGNED}
    attendance.enter_paper(session, paper, Act(trainer))
    attendance.enter_paper(other, {gone.pk: SIGNED, unknown.pk: MISSING}, Act(trainer))
    with django_assert_num_queries(2):
        assert attendance.number_of_differences([session, other]) == {session.pk: 2, other.pk: 2}
    Registration.objects.filter(pk=gone.pk).update(status="cancelled")
    found = attendance.number_of_differences([session, other])
    assert found == {each.pk: sum(map(bool, differences(each).values())) for each in (session, other)}
    assert attendance.number_of_differences([]) == {}


def picture(format="PNG", size=(20, 30)):
    file = io.BytesIO()
    Image.new("RGB", size, "white").save(file, format)
    return file.getvalue()


@pytest.mark.parametrize(
    ("typed", "entry"),
    [
        ("x", SIGNED),
        (" X ", SIGNED),
        ("1", SIGNED),
        ("-", MISSING),
        ("0", MISSING),
        ("", None),
        ("2", PaperEntry(Signature.SIGNED, 2)),
        ("270", PaperEntry(Signature.SIGNED, 270)),
        ("360", SIGNED),
    ],
)
def test_what_one_key_means(typed, entry):
    session = build_session()[0]
    assert attendance.read_entry(typed, session) == entry


@pytest.mark.parametrize("typed", ["361", "-5", "xx", "1,5", "<b>", "²"])
def test_what_says_nothing(typed):
    session = build_session()[0]
    with pytest.raises(UnreadableEntry, match="Minuten bis 360"):
        attendance.read_entry(typed, session)


def test_who_came_along_stands_below_the_printed_list():
    session, *_others = build_session("Berg", "Zorn")
    now = timezone.now()
    for name, minute in [("Alt", 2), ("Aal", 1)]:
        person = build_person(last_name=name)
        build_registration(session.run, person, source="walk_in", registered_at=now - dt.timedelta(minutes=60 - minute))
    rows = attendance.paper_rows(session)
    assert [(row.number, row.registration.person.last_name) for row in rows] == [
        (1, "Berg"),
        (2, "Zorn"),
        (3, "Aal"),
        (4, "Alt"),
    ]


def test_where_paper_and_system_differ(trainer):
    session, *people = build_session("A", "B", "C", "D", "E", "F")
    marks = [Mark("present"), Mark("present"), Mark("absent"), Mark("excused"), Mark("partial", minutes=90)]
    attendance.record(session, dict(zip([row.pk for row in people], marks, strict=False)), Act(trainer))
    entries = [SIGNED, MISSING, SIGNED, MISSING, PaperEntry(Signature.SIGNED, 120), SIGNED]
    assert (
        attendance.enter_paper(session, dict(zip([row.pk for row in people], entries, strict=True)), Act(trainer)) == 6
    )
    assert differences(session) == {
        "A": "",
        "B": "Keine Unterschrift, im System anwesend.",
        "C": "Unterschrieben, im System nicht anwesend.",
        "D": "",
        "E": "Auf Papier 120 Minuten, im System 90.",
        "F": "Im System nicht erfasst.",
    }


def test_the_paper_is_followed_where_somebody_says_so(trainer):
    session, first, second, third = build_session("A", "B", "C")
    attendance.enter_paper(
        session, {first.pk: SIGNED, second.pk: MISSING, third.pk: PaperEntry(Signature.SIGNED, 90)}, Act(trainer)
    )
    assert attendance.follow_paper(session, [first.pk, second.pk], Act(trainer)) == 2
    rows = AttendanceRecord.objects.order_by("registration")
    assert list(rows.values_list("status", "minutes")) == [("present", 360), ("absent", 0)]
    assert differences(session) == {"A": "", "B": "", "C": "Im System nicht erfasst."}


def test_following_the_paper_later_is_a_correction(trainer):
    session, person = build_session("A", starts=-48)
    attendance.record(session, {person.pk: Mark("present")}, Act(trainer))
    attendance.enter_paper(session, {person.pk: MISSING}, Act(trainer))
    with pytest.raises(Refused, match="Bitte nennen Sie den Grund"):
        attendance.follow_paper(session, [person.pk], Act(trainer))
    assert attendance.follow_paper(session, [person.pk], Act(trainer, reason="laut Papier")) == 1


def test_the_paper_is_taken_over_in_one_step_but_what_says_something_else_stands(trainer):
    session, first, second, third, untyped = build_session("A", "B", "C", "D", starts=-48)
    attendance.record(session, {third.pk: Mark("absent")}, Act(trainer))
    entries = {first.pk: SIGNED, second.pk: MISSING, third.pk: SIGNED, untyped.pk: None}
    assert attendance.take_over_paper(session, entries, Act(trainer)) == 2
    rows = AttendanceRecord.objects.order_by("registration")
    assert list(rows.values_list("registration", "status")) == [
        (first.pk, "present"),
        (second.pk, "absent"),
        (third.pk, "absent"),
    ]
    assert differences(session) == {"A": "", "B": "", "C": "Unterschrieben, im System nicht anwesend.", "D": ""}


def test_a_paper_that_cannot_be_recorded_is_not_kept_either(trainer):
    session, person = build_session("A", starts=5)
    with pytest.raises(Refused, match="ab einer Stunde vor Beginn"):
        attendance.take_over_paper(session, {person.pk: SIGNED}, Act(trainer))
    assert SheetEntry.objects.count() == 0


def test_entries_are_changed_and_taken_back_and_only_of_this_list(trainer):
    session, person = build_session("A")
    stranger = build_registration(build_run())
    assert attendance.enter_paper(session, {person.pk: SIGNED, stranger.pk: SIGNED}, Act(trainer)) == 1
    assert attendance.enter_paper(session, {person.pk: SIGNED}, Act(trainer)) == 0
    assert attendance.enter_paper(session, {person.pk: MISSING}, Act(trainer)) == 1
    assert attendance.enter_paper(session, {person.pk: None}, Act(trainer)) == 1
    assert SheetEntry.objects.count() == 0


# --- scans ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(picture("PNG"), "image/png"), (picture("JPEG"), "image/jpeg"), (b"%PDF-1.7\n...\n%%EOF\n", "application/pdf")],
    ids=["png", "jpeg", "pdf"],
)
def test_a_scan_is_kept_byte_for_byte_with_its_hash(trainer, content, content_type):
    session = build_session()[0]
    kept = attendance.keep_scan(session, content, Act(trainer), original_at=" Projektbüro, Ordner 3 ")
    kept.refresh_from_db()
    assert (bytes(kept.content), kept.content_type, kept.size) == (content, content_type, len(content))
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert kept.original_at == "Projektbüro, Ordner 3"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "PDF-Datei oder ein Foto"),
        (b"<html><script>alert(1)</script>", "PDF-Datei oder ein Foto"),
        (b"MZ\x90\x00", "PDF-Datei oder ein Foto"),
        (
            b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
            "Foto im Format HEIC. Öffnen Sie diese Seite auf dem iPhone",
        ),
        (picture("GIF"), "PDF-Datei oder ein Foto"),
        (picture("PNG")[:60], "unvollständig"),
        (picture("JPEG")[:-20], "unvollständig"),
        (b"%PDF-1.7 abgebrochen", "unvollständig"),
        (b"%PDF-1.7" + b"x" * evidence_files.MAX_BYTES, "größer als 10 MB"),
    ],
    ids=["empty", "html", "exe", "heic", "gif", "torn picture", "torn photo", "torn pdf", "too large"],
)
def test_what_is_no_scan(trainer, content, why):
    session = build_session()[0]
    with pytest.raises(Refused, match=why):
        attendance.keep_scan(session, content, Act(trainer), original_at="Büro")
    assert SheetScan.objects.count() == 0


@pytest.mark.slow
def test_a_picture_that_would_fill_the_memory_is_refused(trainer):
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    assert len(file.getvalue()) < 100_000
    with pytest.raises(Refused):
        attendance.keep_scan(build_session()[0], file.getvalue(), Act(trainer), original_at="Büro")


def test_the_same_file_is_kept_once(trainer):
    session = build_session()[0]
    attendance.keep_scan(session, picture(), Act(trainer), original_at="Büro")
    with pytest.raises(Refused, match="schon abgelegt"):
        attendance.keep_scan(session, picture(), Act(trainer), original_at="Büro")


def test_pages_are_kept_in_their_order_or_none_of_them(trainer):
    session = build_session()[0]
    pages = [picture(size=(20, height)) for height in (30, 40, 50)]
    with pytest.raises(Refused, match="Datei 3: Dieses Bild ist unvollständig"):
        attendance.keep_scans(session, [*pages[:2], pages[2][:-20]], Act(trainer), original_at="Büro")
    with pytest.raises(Refused, match="Datei 1: Diese Datei haben Sie zweimal gewählt"):
        attendance.keep_scans(session, [pages[0], pages[0]], Act(trainer), original_at="Büro")
    assert SheetScan.objects.count() == 0
    attendance.keep_scans(session, pages, Act(trainer), original_at="Büro")
    attendance.keep_scan(session, b"%PDF-1.7\n%%EOF\n", Act(trainer), original_at="Büro")
    kept = SheetScan.objects.with_pages()
    assert [bytes(scan.content) for scan in kept[:3]] == pages
    assert [scan.page_of for scan in kept] == ["Seite 1 von 3", "Seite 2 von 3", "Seite 3 von 3", ""]


def test_where_the_last_original_is_is_remembered_of_the_run_first(trainer):
    session, other = build_session()[0], build_session()[0]
    assert attendance.original_last_at(session, Act(trainer)) == ""
    attendance.keep_scan(other, picture(), Act(trainer), original_at="Bei Ngozi Okafor")
    assert attendance.original_last_at(session, Act(trainer)) == "Bei Ngozi Okafor"
    attendance.keep_scan(session, picture(), Act(build_person()), original_at="Ordner 3")
    assert attendance.original_last_at(session, Act(trainer)) == "Ordner 3"


def test_a_scan_at_the_wrong_session_goes_to_the_right_one_with_all_its_pages(trainer, coordinator):
    funding = build_funding()
    wrong, right = (
        only_session(build_run(funding=funding, trainers=[trainer], starts_at=timezone.now() - dt.timedelta(days=days)))
        for days in (2, 3)
    )
    for session in (wrong, right):
        build_registration(session.run, build_person())
    now = timezone.now()
    first, second = attendance.keep_scans(
        wrong, [picture(), picture(size=(9, 9))], Act(trainer), original_at="Bei Ngozi Okafor"
    )
    assert list(lists_to_scan(now)) == [right]

    with pytest.raises(Refused, match="Grund"):
        attendance.refile(first, Act(trainer), session=right, original_at="Ordner 3")
    attendance.refile(first, Act(trainer, reason="vertauscht"), session=right, original_at="Ordner 3")

    assert list(lists_to_scan(now)) == [wrong]
    for scan, content in [(first, picture()), (second, picture(size=(9, 9)))]:
        scan.refresh_from_db()
        assert (scan.session, scan.original_at, bytes(scan.content)) == (right, "Ordner 3", content)
        assert scan.sha256 == hashlib.sha256(content).hexdigest()
    for run in (wrong.run, right.run):
        event, said = planning.history_of(run)[0]
        assert (event.what, event.actor, event.reason) == ("refiled", trainer, "vertauscht")
        start = moment(wrong.starts_at)
        assert said[0].old == f"{wrong.run.number}, {start}"
        assert said[0].new == f"{right.run.number}, {moment(right.starts_at)}"
        assert (said[1].old, said[1].new) == ("Bei Ngozi Okafor", "Ordner 3")
        assert len(said) == 4  # place and original, of two pages


def test_a_scan_is_not_refiled_where_it_is_already_nor_from_a_closed_run_by_its_trainer(trainer, coordinator):
    one, other = (only_session(build_run(trainers=[trainer], starts_at=in_days(-days))) for days in (2, 3))
    scan = attendance.keep_scan(one, picture(), Act(trainer), original_at="Büro")
    attendance.keep_scan(other, picture(), Act(trainer), original_at="Büro")
    with pytest.raises(Refused, match="Dort ist diese Datei schon abgelegt"):
        attendance.refile(scan, Act(trainer, reason="vertauscht"), session=other, original_at="Büro")
    attendance.close(one.run, Act(coordinator))
    with pytest.raises(Refused, match="abgeschlossen"):
        attendance.refile(scan, Act(trainer, reason="im Archiv"), session=one, original_at="Archiv")
    attendance.refile(scan, Act(coordinator, reason="im Archiv"), session=one, original_at="Archiv")
    scan.refresh_from_db()
    assert (scan.session, scan.original_at) == (one, "Archiv")


def test_a_scan_is_not_refiled_where_the_list_of_the_day_has_it_already(trainer):
    hours = [(in_days(-2, hour), in_days(-2, hour + 2)) for hour in (9, 13)]
    morning, noon = build_run(trainers=[trainer], sessions=hours).sessions_taking_place
    wrong = only_session(build_run(trainers=[trainer], starts_at=in_days(-2)))
    attendance.keep_scans(morning, [picture()], Act(trainer), original_at="Büro", covers_day=True)
    scan = attendance.keep_scan(wrong, picture(), Act(trainer), original_at="Büro")
    with pytest.raises(Refused, match="Dort ist diese Datei schon abgelegt"):
        attendance.refile(scan, Act(trainer, reason="vertauscht"), session=noon, original_at="Büro")


def test_refiling_locks_runs_in_the_order_of_every_operation(trainer, monkeypatch):
    first, second = build_course("Erster"), build_course("Zweiter")
    one = only_session(build_run(second, trainers=[trainer], starts_at=in_days(-2)))
    other = only_session(build_run(first, trainers=[trainer], starts_at=in_days(-2)))
    scan = attendance.keep_scan(one, picture(), Act(trainer), original_at="Büro")
    locked: list[int] = []

    def lock(run_pk: int) -> CourseRun:
        locked.append(run_pk)
        return CourseRun.objects.get(pk=run_pk)

    monkeypatch.setattr(locking, "lock", lock)
    attendance.refile(scan, Act(trainer, reason="vertauscht"), session=other, original_at="Büro")
    assert one.run_id < other.run_id
    assert locked == [other.run_id, one.run_id]  # by course, then by run


def test_the_scan_of_a_days_list_stands_for_all_its_sessions(trainer):
    hours = [(in_days(-2, hour), in_days(-2, hour + 2)) for hour in (9, 13)] + [(in_days(-1, 9), in_days(-1, 12))]
    run = build_run(funding=build_funding(), trainers=[trainer], sessions=hours)
    build_registration(run, build_person())
    morning, noon, next_day = run.sessions_taking_place
    now = timezone.now()
    assert list(lists_to_scan(now)) == [morning, next_day]  # of two, which are on one sheet, the first

    attendance.keep_scan(morning, picture(), Act(trainer), original_at="Büro")
    assert list(lists_to_scan(now)) == [noon, next_day]
    [scan] = attendance.keep_scans(noon, [picture("JPEG")], Act(trainer), original_at="Büro", covers_day=True)
    assert list(lists_to_scan(now)) == [next_day]
    assert list(SheetScan.objects.of_list(morning)) == [SheetScan.objects.earliest("pk"), scan]
    assert list(SheetScan.objects.of_list(noon)) == [scan]
    assert list(SheetScan.objects.of_list(next_day)) == []
    with pytest.raises(Refused, match="schon abgelegt"):
        attendance.keep_scan(morning, picture("JPEG"), Act(trainer), original_at="Büro")
