"""What is in a dossier, and that one is made whole or not at all."""

import datetime as dt
import hashlib
import io
import subprocess

import pypdf
import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from certificates import issuing
from certificates.paper import render
from evidence import dossiers
from evidence.dossiers import making
from evidence.models import Dossier, DossierFile
from tests.builders import (
    berlin,
    build_agency,
    build_agreement,
    build_course,
    build_person,
    build_registration,
    build_run,
    in_days,
)
from tests.certificates.builders import build_attended, build_finished_run
from tests.evidence.builders import build_period
from tests.evidence.dossiers.reading import Read, later, make
from trainings import attendance, mails, people, planning, printing
from trainings.acts import Act, Channel
from trainings.attendance import Mark
from trainings.mails import Occasion
from trainings.models import SheetScan
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

FOLDER = "Termine/2026-001 Vielfalt am Schalter"


def test_it_has_everything_that_proves_a_period(run, period, act, trainer, grant, tmp_path):
    called_off = build_run(starts_at=in_days(4), funding=grant, number="2026-002")
    build_registration(called_off)
    planning.cancel_run(called_off, Act(act.by, Channel.COORDINATION, "Hochwasser"))
    period.last_on = timezone.localdate(in_days(5))
    period.save()
    [certificate] = map(render, issuing.issue(run, act))
    ada = run.registrations.get(person__last_name="Özil")
    correction = Act(act.by, Channel.COORDINATION, "Zug verspätet")
    attendance.record(run.sessions.last(), {ada.pk: Mark("partial", minutes=300)}, correction)

    read = Read.of(make(period, act, with_copies=True), act)
    [numbers] = [line for line in read.csv("01 Zusammenfassung") if line["Auswertung"] == "Gesamt"]
    assert (numbers["Termine"], numbers["Teilnahmen"], numbers["Minuten anwesend"]) == ("1", "2", "780")
    [listed] = read.csv("02 Termine")
    assert (listed["Termin"], listed["Kursleitung"], listed["Ordner"]) == ("2026-001", str(trainer), FOLDER)
    [off] = read.csv("03 Abgesagte Termine")
    assert (off["Termin"], off["Grund"], off["Angemeldet, als abgesagt wurde"]) == ("2026-002", "Hochwasser", "1")
    [proof] = read.csv("04 Teilnahmebescheinigungen")
    assert (proof["Nummer"], proof["Zustand"]) == (certificate.number, "gültig")
    assert hashlib.sha256(read.files[proof["Kopie"]]).hexdigest() == certificate.sha256 == proof["SHA-256 des PDF"]
    people_listed = [(one["Nachname"], one["Minuten"], one["Ergebnis"]) for one in read.csv(f"{FOLDER}/Teilnehmende")]
    assert people_listed == [("Berg", "120", "Teilweise"), ("Özil", "660", "Teilgenommen")]
    [changed] = read.csv(f"{FOLDER}/Änderungen nach Abschluss")
    assert (changed["Betrifft"], changed["Nachher"], changed["Grund"]) == (
        "Özil, Ada", "teilweise (300 Minuten)", "Zug verspätet",
    )  # fmt: skip
    scans = SheetScan.objects.filter(session__run=run)
    lists = [content for path, content in read.files.items() if "Unterschriebene Liste" in path]
    assert sorted(map(bytes, scans.values_list("content", flat=True))) == sorted(lists)
    for path, content in read.files.items():
        if path.startswith(FOLDER):
            (tmp_path / path.rpartition("/")[2]).write_bytes(content)
    assert (
        subprocess.run(["sha256sum", "--check", "--strict", "Prüfsummen.txt"], cwd=tmp_path, check=False).returncode
        == 0
    )


@pytest.mark.drawn
def test_cover_manifest_and_readme_lead_to_everything(complete_run, period, act):
    dossier = make(period, act)
    read = Read.of(dossier, act)
    cover = read.pdf("00 Deckblatt")
    for said in ("AMIF-77", "Landkreis Mayen-Koblenz", "Miriam Roth", "Jeder Termin ist abgeschlossen", "720"):
        assert said in cover
    manifest = read.json()
    assert {one["path"]: one["sha256"] for one in manifest["files"]} == {
        path: hashlib.sha256(content).hexdigest() for path, content in read.files.items() if path != "manifest.json"
    }
    assert manifest["facts"]["sha256"] == dossier.facts_sha256
    readme = read.files["LIES MICH.txt"].decode("utf-8-sig")
    assert "Ordner" in readme
    assert "dossier-pruefen" in readme


@pytest.mark.slow
@pytest.mark.drawn
def test_its_papers_are_accessible(run, period, act):
    read = Read.of(make(period, act), act)
    for path, content in read.files.items():
        if path.endswith(".pdf") and "Unterschriebene" not in path:
            assert b"pdfuaid:part" in content, path
            assert "/StructTreeRoot" in pypdf.PdfReader(io.BytesIO(content)).root_object, path


@pytest.mark.slow
def test_mails_are_shown_to_an_invented_person(run, period, act):
    ada = run.registrations.get(person__last_name="Özil")
    with later(days=-30):
        mails.tell(Occasion.REGISTERED, ada)
        mails.deliver_due()
    read = Read.of(make(period, act), act)
    shown = [content.decode() for path, content in read.files.items() if "/E-Mails/" in path]
    assert len(shown) == 2
    for text in shown:
        assert "Özil" not in text
        assert ada.person.email not in text
        assert "Kofinanziert von der Europäischen Union" in text


def test_asked_twice_is_one(period, act):
    assert dossiers.ask_for(period, act) == dossiers.ask_for(period, act)
    dossiers.make_due()
    assert dossiers.ask_for(period, act).number == 2


def test_only_coordinators_ask(period, participant):
    with pytest.raises(Refused):
        dossiers.ask_for(period, Act(participant))


@pytest.mark.both_databases
@pytest.mark.slow
def test_one_that_is_interrupted_is_gone_on_with(run, grant, period, act, monkeypatch):
    """Killed in its second run: the first folder stays, nothing is offered, another goes on after the lease."""
    build_attended(build_finished_run(funding=grant, number="2026-009"))
    dossier = dossiers.ask_for(period, act)
    of_run = making.files_of_run

    def killed(told, folder, **how):
        if told.number == "2026-009":
            raise KeyboardInterrupt
        return of_run(told, folder, **how)

    monkeypatch.setattr(making, "files_of_run", killed)
    with pytest.raises(KeyboardInterrupt):
        dossiers.make_due()
    dossier.refresh_from_db()
    assert (dossier.runs_done, dossier.runs_total, dossier.is_made) == (1, 2, False)
    with pytest.raises(Refused):
        dossiers.take_out(dossier, act)
    facts, kept = dossier.facts_sha256, set(dossier.files.values_list("pk", flat=True))
    monkeypatch.undo()
    assert dossiers.make_due() == 0  # somebody has it
    build_attended(build_finished_run(funding=grant, number="2026-010"))  # what comes later is not in it
    with later(minutes=6):
        dossiers.make_due()
    dossier.refresh_from_db()
    assert (dossier.is_made, dossier.facts_sha256) == (True, facts)
    assert kept <= set(dossier.files.values_list("pk", flat=True))
    assert {line["Termin"] for line in Read.of(dossier, act).csv("02 Termine")} == {"2026-001", "2026-009"}


def test_a_worker_that_is_to_end_leaves_it_to_the_next(run, period, act):
    dossier = dossiers.ask_for(period, act)
    answers = iter([True])
    dossiers.make_due(lambda: next(answers, False))
    dossier.refresh_from_db()
    assert (dossier.is_made, dossier.leased_until, dossier.attempts) == (False, None, 0)
    dossiers.make_due()
    dossier.refresh_from_db()
    assert dossier.is_made


def test_who_lost_the_lease_writes_nothing_more(run, period, act):
    dossier = dossiers.ask_for(period, act)

    def other_worker_came() -> bool:
        Dossier.objects.filter(pk=dossier.pk).update(leased_until=timezone.now() + making.LEASE / 3)
        return True

    making.make(dossier.pk, other_worker_came)
    dossier.refresh_from_db()
    assert (dossier.is_made, dossier.files.count()) == (False, 0)


def test_a_full_disk_leaves_nothing_half(run, period, act):
    dossier = dossiers.ask_for(period, act)

    def full(execute, sql, *args):
        if sql.startswith('INSERT INTO "evidence_dossierfile"') and DossierFile.objects.exists():
            raise DatabaseError("database or disk is full")
        return execute(sql, *args)

    with connection.execute_wrapper(full), pytest.raises(DatabaseError):
        dossiers.make_due()
    dossier.refresh_from_db()
    assert (dossier.is_made, dossier.runs_done, dossier.files.count()) == (False, 0, 0)
    with later(minutes=6):
        dossiers.make_due()
    dossier.refresh_from_db()
    assert dossier.is_made


def test_what_breaks_again_and_again_is_given_up(period, act):
    dossier = dossiers.ask_for(period, act)
    Dossier.objects.update(attempts=making.TRIES)
    dossiers.make_due()
    dossier.refresh_from_db()
    assert dossier.failure == "Das Erstellen brach wiederholt ab."
    assert dossiers.ask_for(period, act).number == 2


def test_a_scan_that_is_not_what_was_filed_is_named(run, period, act):
    scan = SheetScan.objects.filter(session__run=run).first()
    SheetScan.objects.filter(pk=scan.pk).update(content=b"%PDF-1.7\nanders\n%%EOF\n")
    read = Read.of(make(period, act), act)
    [wrong] = [one for one in read.json()["files"] if "state" in one]
    assert (wrong["state"], wrong["filed_sha256"]) == ("stimmt nicht", scan.sha256)
    assert read.files[wrong["path"]] == b"%PDF-1.7\nanders\n%%EOF\n"
    assert "Was nicht stimmt" in read.pdf("00 Deckblatt")
    assert "STIMMT NICHT" in read.files[f"{FOLDER}/Prüfsummen.txt"].decode()


def test_a_period_without_runs_says_so(period, act):
    read = Read.of(make(period, act), act)
    assert "kein Termin dieser Förderung" in read.pdf("00 Deckblatt")
    assert read.csv("02 Termine") == []


def test_what_is_missing_stands_on_the_cover(grant, period, act):
    run = build_finished_run(funding=grant, number="2026-007")
    build_attended(run, minutes=None)
    read = Read.of(make(period, act), act)
    assert read.json()["missing"] == [
        "2026-007: Listen mit fehlender Anwesenheit",
        "2026-007: Unterschriebene Listen ohne Scan",
        "2026-007: Teilnehmende ohne Behörde oder Gruppe",
    ]
    assert "2026-007: Unterschriebene Listen ohne Scan" in read.pdf("00 Deckblatt")


@pytest.mark.slow
def test_a_funder_who_gets_no_names_gets_none(run, grant, period, act):
    """Signed lists are pictures of themselves; in everything else there are numbers only."""
    grant.names_in_reports = False
    grant.save()
    dossier = make(period, act, with_copies=True)
    read = Read.of(dossier, act)
    assert "Özil" not in read.everything()
    assert "Özil" not in str(dossier.facts)
    told = read.csv(f"{FOLDER}/Teilnehmende")
    assert [(one["Auswertung"], one["Bezeichnung"], one["Angemeldet"]) for one in told] == [
        ("je Behörde", "Jobcenter", "1"), ("je Behörde", "ohne Behörde", "1"), ("je Gruppe", "Mitarbeitende", "2"),
    ]  # fmt: skip


@pytest.mark.slow
def test_nobody_is_named_who_was_erased(run, period, act):
    ada = run.registrations.get(person__last_name="Özil").person
    people.erase(ada, act)
    read = Read.of(make(period, act), act)
    assert "Özil" not in read.everything()
    listed = [(one["Nachname"], one["Minuten"]) for one in read.csv(f"{FOLDER}/Teilnehmende")]
    assert ("gelöscht oder gesperrt", "720") in listed


@pytest.mark.slow
@pytest.mark.drawn
def test_it_speaks_the_language_that_was_asked_for(run, period, act):
    dossier = make(period, act, language="en")
    read = Read.of(dossier, act)
    assert "README.txt" in read.files
    assert "How it is counted" in read.pdf("00 Cover")


@pytest.mark.slow
def test_a_session_on_new_years_eve_belongs_to_the_old_year(grant, act):
    start, end = berlin(2024, 12, 31, 22), berlin(2025, 1, 1, 2)
    run = build_run(sessions=[(start, end)], teaching_minutes=180, funding=grant, number="2024-099")
    build_attended(run)
    for first, last, runs in [((2024, 7, 1), (2024, 12, 31), 1), ((2025, 1, 1), (2025, 6, 30), 0)]:
        days = {"first_on": berlin(*first).date(), "last_on": berlin(*last).date()}
        read = Read.of(make(build_period(funding=grant, **days), act), act)
        assert len(read.csv("02 Termine")) == runs


def test_without_what_prints_it_says_so(period, act, monkeypatch):
    monkeypatch.setattr(printing, "missing_packages", lambda: ["libpango"])
    with pytest.raises(Refused) as refused:
        dossiers.ask_for(period, act)
    assert refused.value.codes == ["no_press"]
    assert not Dossier.objects.exists()


@pytest.mark.slow
def test_the_same_scan_name_does_not_hide_another(run, period, act, trainer):
    first = run.sessions.first()
    attendance.keep_scan(first, b"%PDF-1.7\nneu\n%%EOF\n", Act(act.by, Channel.COORDINATION), original_at="Ordner 4")
    read = Read.of(make(period, act), act)
    assert len([path for path in read.files if "Unterschriebene Liste" in path]) == 4


@pytest.mark.slow
def test_a_run_of_another_grant_is_not_in_it(run, period, act):
    other = build_finished_run(number="2026-050")
    build_attended(other, build_person(last_name="Fremd"))
    assert "Fremd" not in Read.of(make(period, act), act).everything()


@pytest.mark.slow
def test_a_mail_that_cannot_be_written_any_more_does_not_keep_a_dossier(run, period, act, monkeypatch, caplog):
    with later(days=-30):
        mails.tell(Occasion.REGISTERED, run.registrations.first())
        mails.deliver_due()
    monkeypatch.setattr(mails, "invented_mail", lambda *_of: 1 / 0)
    read = Read.of(make(period, act), act)
    assert "ohne Muster" in read.files["Öffentlichkeit/Was es nicht gibt.txt"].decode()
    assert "can be written" in caplog.text


@pytest.mark.slow
def test_each_run_has_a_folder_of_its_own_whatever_it_is_called(run, grant, period, act, trainer):
    """Signs that Windows does not take, case that it does not tell apart, signs that turn the direction of writing."""
    course = build_course("Vielfalt/am:Schalter\u202egpj".ljust(200, "ä"))
    numbers = ["2026/9", "2026:9", "..", "2026-9A", "2026-9a", "../../x"]
    runs = [build_finished_run(course=course, funding=grant, trainers=[trainer], number=number) for number in numbers]
    for one in runs:
        build_attended(one, build_person(first_name="=1+1", last_name='"Q\nX\u202e'), by=trainer)
    read = Read.of(make(period, act), act)
    listed = {one["Termin"]: one["Ordner"] for one in read.csv("02 Termine")}
    assert listed.keys() == {*numbers, run.number}
    assert len({folder.casefold() for folder in listed.values()}) == len(listed)
    assert f"(#{runs[1].pk})" in listed["2026:9"]
    for folder in listed.values():
        assert f"{folder}/Prüfsummen.txt" in read.files
        assert folder.count("/") == 1
    for path in read.files:
        assert not set('\u202e\n:\\"') & set(path)
        assert ".." not in path
        assert len(path) < 200


@pytest.mark.slow
def test_agreements_stand_beside_the_agencies_that_sent_somebody(run, period, act, trainer):
    """Where agencies have any; the one of a former year is none of these days."""
    without = Read.of(make(period, act), act)
    assert "Vereinbarung" not in without.csv("01 Zusammenfassung")[0]
    assert "Vereinbarung" not in without.xlsx("01 Zusammenfassung", "je Behörde")[0]
    agency, other = run.registrations.get(person__last_name="Özil").agency, build_agency("Kreis", "kreis.example")
    build_attended(build_finished_run(funding=run.funding), build_person(last_name="Neu", agency=other), by=trainer)
    build_agreement(agency, starts_on=dt.date(2020, 1, 1), ends_on=dt.date(2020, 12, 31))
    build_agreement(agency, starts_on=period.first_on, signed_on=period.first_on)
    read, day = Read.of(make(period, act), act), f"{period.first_on:%d.%m.%Y}"
    expected = {"Jobcenter": f"ab {day}, unterschrieben am {day}", "Kreis": "keine Vereinbarung"}
    lines = read.csv("01 Zusammenfassung")
    assert {one["Bezeichnung"]: one["Vereinbarung"] for one in lines if one["Bezeichnung"] in expected} == expected
    headings, *rows = read.xlsx("01 Zusammenfassung", "je Behörde")
    assert headings[-1] == "Vereinbarung"
    assert {row[0]: row[-1] for row in rows} == {**expected, "ohne Behörde": None}
