"""What was handed in stays byte for byte; what differs afterwards is listed and goes into a supplement."""

import datetime as dt

import pytest
from django.db.models import ProtectedError
from django.utils import timezone

from accounts import people as accounts
from certificates import issuing
from certificates.models import Certificate
from certificates.paper import render
from evidence import dossiers, indicators, periods
from evidence.doors.looking import evidence_shown
from evidence.models import Dossier
from tests.builders import build_agency, build_person, build_venue, save_session
from tests.certificates.builders import build_attended, build_finished_run
from tests.evidence.builders import build_indicator, build_target
from tests.evidence.dossiers.reading import Read, later, make, taken
from trainings import attendance, keeping, people, planning, retention
from trainings.acts import Act, Channel
from trainings.attendance import Mark
from trainings.models import SheetScan
from trainings.refusals import Refused
from trainings.reporting import figures_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def handed_in(run, period, act) -> Dossier:
    return dossiers.hand_in(make(period, act), act)


def past(act: Act, *cautions: str) -> Act:
    return Act(act.by, act.channel, act.reason, " ".join(cautions))


def correct(run, act, last_name: str, minutes: int, reason: str = "Zug verspätet"):
    registration = run.registrations.get(person__last_name=last_name)
    correction = Act(act.by, Channel.COORDINATION, reason)
    attendance.record(run.sessions.last(), {registration.pk: Mark("partial", minutes=minutes)}, correction)
    return registration


def test_handing_in_fixes_the_period_and_says_how(run, period, act):
    dossier = dossiers.hand_in(make(period, act), act)
    period.refresh_from_db()
    assert (dossier.handed_in_by, period.is_handed_in, period.handed_in_by) == (act.by, True, act.by)
    event = period.events.get(what="handed_in")
    assert event.reason == "per Post an den Fördermittelgeber"
    assert dossier.sha256 in event.about
    with pytest.raises(Refused):
        periods.change_period(period, {"last_on": period.last_on - dt.timedelta(days=1)}, act)
    with pytest.raises(Refused):
        dossiers.ask_for(period, act)
    with pytest.raises(Refused):
        dossiers.hand_in(dossier, act)
    with pytest.raises(TypeError):
        dossier.delete()


@pytest.mark.slow
def test_it_needs_to_be_said_how_and_by_a_coordinator(run, period, act, participant):
    dossier = make(period, act)
    for wrong in (Act(act.by, Channel.COORDINATION), Act(participant, reason="x")):
        with pytest.raises(Refused):
            dossiers.hand_in(dossier, wrong)
    dossier.refresh_from_db()
    assert not dossier.is_handed_in


@pytest.mark.slow
def test_what_lacks_is_asked_about_first(run, grant, period, act):
    open_run = build_finished_run(funding=grant, number="2026-007")
    build_attended(open_run)
    scan = SheetScan.objects.filter(session__run=run).first()
    SheetScan.objects.filter(pk=scan.pk).update(content=b"anders")
    dossier = make(period, act)
    build_attended(open_run)
    with pytest.raises(Refused) as refused:
        dossiers.hand_in(dossier, past(act))
    assert refused.value.codes == ["not_over", "incomplete", "unsound", "outdated"]
    assert dossiers.hand_in(dossier, past(act, "not_over", "incomplete", "unsound", "outdated")).is_handed_in


@pytest.mark.slow
def test_one_for_other_days_is_refused(run, period, act):
    dossier = make(period, act)
    periods.change_period(period, {"first_on": period.first_on + dt.timedelta(days=1)}, act)
    with pytest.raises(Refused) as refused:
        dossiers.hand_in(dossier, past(act, "not_over", "outdated"))
    assert refused.value.codes == ["days"]


def test_the_bytes_are_the_same_whatever_happens_afterwards(run, period, act, trainer):
    """Corrections, new names, another agency, a venue renamed, an erasure, a list put elsewhere."""
    certificates = list(map(render, issuing.issue(run, act)))
    dossier = dossiers.hand_in(make(period, act, with_copies=True), act)
    before = taken(dossier, act)
    ada = correct(run, act, "Özil", 100).person
    accounts.change(ada, {"last_name": "Özil-Berg", "agency": build_agency("Kreis", "kreis.example")}, by=act.by)
    kim = run.registrations.get(person__last_name="Berg").person
    people.erase(kim, act)
    attendance.reopen(run, act)
    planning.save_venue(build_venue("Altes Rathaus"), {"name": "Neues Rathaus"}, act)
    first, second = run.sessions.all()
    attendance.refile(first.scans.first(), act, session=second, original_at="Ordner 9")
    issuing.revoke(certificates[0], act)
    with later(days=800):
        retention.clean_up()
        people.clean_up()
        issuing.clean_up()
        dossier.refresh_from_db()
        assert taken(dossier, act) == before


@pytest.mark.both_databases
@pytest.mark.slow
def test_what_it_needs_can_neither_be_deleted_nor_emptied(run, period, act, grant):
    [certificate] = map(render, issuing.issue(run, act))
    dossier = dossiers.hand_in(make(period, act, with_copies=True), act)
    before = taken(dossier, act)
    scan = SheetScan.objects.filter(session__run=run).first()
    with pytest.raises(ProtectedError):
        SheetScan.objects.filter(pk=scan.pk).delete()
    # The run gets another grant, whose evidence is over long before.
    short = type(grant).objects.create(
        fund="x", project_title="x", grant_number="AMIF-78", beneficiary="x", starts_on=grant.starts_on,
        ends_on=timezone.localdate(), keep_evidence_until=timezone.localdate(),
    )  # fmt: skip
    type(run).objects.filter(pk=run.pk).update(funding=short)
    with later(days=30):
        assert keeping.over(timezone.now()).filter(pk=run.pk).exists()
        people.clean_up()
        issuing.clean_up()
        dossier.refresh_from_db()
        assert taken(dossier, act) == before
        assert Certificate.objects.get(pk=certificate.pk).has_file


def test_altered_bytes_are_never_given_out(handed_in, run, act):
    SheetScan.objects.filter(session__run=run).update(content=b"verdorben")
    with pytest.raises(Refused) as refused:
        dossiers.take_out(handed_in, act)
    assert "Unterschriebene Liste" in str(refused.value)


def test_differences_say_what_who_when_and_why(handed_in, run, period, act):
    assert dossiers.differences_from(handed_in) == ([], [])
    correct(run, act, "Özil", 100)
    found, history = dossiers.differences_from(handed_in)
    said = {(one.run, one.about, one.what): (one.old, one.new) for one in found}
    assert said["", "", "Minuten anwesend"] == ("840", "580")
    assert said["2026-001", "Özil, Ada", f"Minuten am {run.sessions.last().starts_at:%d.%m.%Y}, 09:00"] == (
        "360",
        "100",
    )
    assert said["2026-001", "Özil, Ada", "Ergebnis"] == ("Teilgenommen", "Teilweise")
    [change] = history
    assert (change.by, change.about, change.reason) == (str(act.by), "Özil, Ada", "Zug verspätet")


@pytest.mark.slow
def test_every_kind_of_difference_is_told(run, grant, period, act, trainer):
    [certificate] = map(render, issuing.issue(run, act))
    dossier = dossiers.hand_in(make(period, act), act)
    attendance.reopen(run, act)
    run.refresh_from_db()
    first = run.sessions.first()
    first.room = "Raum 7"
    save_session(first)
    attendance.keep_scan(first, b"%PDF-1.7\nneu\n%%EOF\n", Act(trainer), original_at="Ordner 5")
    build_attended(run, build_person(first_name="Lea", last_name="Neu"), by=trainer)
    issuing.revoke(certificate, act)
    build_attended(build_finished_run(funding=grant, number="2026-011"), by=trainer)
    found, _history = dossiers.differences_from(dossier)
    told = {(one.run, one.what) for one in found}
    assert {
        ("", "Termine"), ("", "Personen"), ("2026-001", "Abgeschlossen am"), ("2026-001", "Sitzung"),
        ("2026-001", "Unterschriebene Liste"), ("2026-001", "Bestätigter Platz"), ("2026-001", "Zustand"),
        ("2026-011", "Termin im Zeitraum"),
    } <= told  # fmt: skip


@pytest.mark.slow
@pytest.mark.drawn
def test_a_supplement_has_the_differences_and_changed_files_alone(handed_in, run, grant, period, act):
    build_attended(other := build_finished_run(funding=grant, number="2026-009"))
    with pytest.raises(Refused):
        dossiers.ask_for(period, act)
    dossiers.ask_for_supplement(period, act)
    dossiers.make_due()
    correct(run, act, "Özil", 100)
    supplement = dossiers.ask_for_supplement(period, act)
    assert dossiers.ask_for_supplement(period, act) == supplement
    dossiers.make_due()
    supplement.refresh_from_db()
    assert (supplement.title, supplement.is_kept) == ("Nachtrag 3", True)
    read = Read.of(supplement, act)
    paper = read.pdf("00 Nachtrag")
    assert "840" in paper
    assert "Zug verspätet" in paper
    assert ("2026-001", "Özil, Ada", "Ergebnis", "Teilgenommen", "Teilweise") in read.xlsx(
        "00 Seit der Abgabe geändert", "Was anders ist"
    )
    assert {path for path in read.files if path.startswith("Termine/2026-001")} == {
        f"Termine/2026-001 Vielfalt am Schalter/{name}"
        for name in (
            "Teilnehmende.csv", "Teilnehmende.xlsx", "Änderungen nach Abschluss.csv", "Prüfsummen.txt",
        )
    }  # fmt: skip
    checksums = read.files["Termine/2026-001 Vielfalt am Schalter/Prüfsummen.txt"].decode()
    assert [line.partition("  ")[2] for line in checksums.splitlines()[1:]] == [
        "Teilnehmende.xlsx", "Teilnehmende.csv", "Änderungen nach Abschluss.csv",
    ]  # fmt: skip
    assert any(path.startswith(f"Termine/{other.number}") for path in read.files)
    assert "03 Abgesagte Termine.csv" not in read.files
    assert not any(path.startswith("Öffentlichkeit") for path in read.files)
    with pytest.raises(Refused) as refused:
        dossiers.ask_for_supplement(period, act)
    assert refused.value.codes == ["nothing_changed"]


@pytest.mark.slow
def test_a_supplement_names_nobody_erased(handed_in, run, period, act):
    ada = correct(run, act, "Özil", 100).person
    people.erase(ada, act)
    supplement = dossiers.ask_for_supplement(period, act)
    dossiers.make_due()
    supplement.refresh_from_db()
    read = Read.of(supplement, act)
    assert "Özil" not in read.everything()
    assert "Teilnahme (Jobcenter, Mitarbeitende)" in read.pdf("00 Nachtrag")


@pytest.mark.slow
def test_without_names_differences_have_none(run, grant, period, act):
    grant.names_in_reports = False
    grant.save()
    dossier = dossiers.hand_in(make(period, act), act)
    correct(run, act, "Özil", 100)
    found, history = dossiers.differences_from(dossier)
    assert "Özil" not in str(found) + str(history)
    assert any(one.about == "Teilnahme (Jobcenter, Mitarbeitende)" for one in found)


@pytest.mark.slow
def test_auditors_and_indicators_keep_to_what_was_handed_in(run, grant, period, act):
    target = build_target(build_indicator(funding=grant, counts="minutes_attended"), period, target=1000)
    dossiers.hand_in(make(period, act), act)
    period.refresh_from_db()
    correct(run, act, "Özil", 300)
    assert figures_of(period.days, funding=grant).total.minutes_attended == 780
    assert evidence_shown(period).numbers["minutes_attended"] == 840
    target.refresh_from_db()
    assert target.reached == 840


@pytest.mark.slow
def test_where_the_funder_gets_no_names_nothing_that_was_typed_has_any(run, grant, period, act):
    """Neither in the dossier nor at a door that shows it, nor in what has changed since and its supplement."""
    type(grant).objects.filter(pk=grant.pk).update(names_in_reports=False)
    [certificate] = map(render, issuing.issue(run, act))
    issuing.revoke(certificate, Act(act.by, Channel.COORDINATION, "falsch für Ada Özil"))
    correct(run, act, "Özil", 100, "Frau Özil kam spät")
    dossier = dossiers.hand_in(make(period, act), act)
    correct(run, act, "Berg", 90, "Kim Bergs Zug")
    dossiers.ask_for_supplement(period, act)
    dossiers.make_due()
    _found, history = dossiers.differences_from(dossier)
    supplement = Read.of(Dossier.objects.get(supplements=dossier), act).everything()
    whole = Read.of(dossier, act).everything()
    account = str(evidence_shown(period))
    assert "Frau … kam spät" in whole
    assert "falsch für … …" in whole
    assert [one.reason for one in history] == ["… … Zug"]
    for text in (whole, account, str(history), supplement):
        assert [name for name in ("Özil", "Berg") if name in text] == []


@pytest.mark.slow
@pytest.mark.parametrize("ends", [people.erase, people.restrict])
def test_one_that_names_somebody_erased_since_is_neither_handed_in_nor_given_out(run, period, act, ends):
    dossier, number = make(period, act), Dossier.objects.count()
    ends(run.registrations.get(person__last_name="Özil").person, act)
    for refusing in (lambda: dossiers.hand_in(dossier, act), lambda: dossiers.take_out(dossier, act)):
        with pytest.raises(Refused) as refused:
            refusing()
        assert refused.value.codes == ["erased"]
    again = make(period, act)
    assert (again.number, "Özil" in Read.of(again, act).everything()) == (number + 1, False)
    assert dossiers.hand_in(again, act).is_handed_in


def test_a_period_that_still_runs_is_asked_about(run, period, act):
    """Handing in cannot be taken back, and what comes in its last days would be missing."""
    dossier = make(period, act)
    with pytest.raises(Refused) as refused:
        dossiers.hand_in(dossier, past(act, "incomplete"))
    assert refused.value.codes == ["not_over"]
    with later(days=1):
        assert "not_over" not in [one.code for one in dossiers.cautions(dossier)]


def test_an_indicator_says_what_the_dossier_says_that_was_handed_in(run, grant, period, act):
    """Also where somebody corrected something in between, and the coordinator hands in the dossier as it is."""
    told = build_target(build_indicator(funding=grant, counts="minutes_attended"), period)
    altered = build_indicator(funding=grant, counts="registered")
    dossier = make(period, act)
    indicators.change_indicator(altered, {"counts": "minutes_attended"}, act)
    younger = build_indicator(funding=grant, counts="minutes_attended")
    correct(run, act, "Özil", 100)
    dossiers.hand_in(dossier, past(act, "not_over", "incomplete", "outdated"))
    reached = {one.indicator_id: one.reached for one in period.targets.all()}
    assert evidence_shown(period).numbers["minutes_attended"] == 840
    assert reached == {told.indicator_id: 840, altered.pk: 580, younger.pk: 580}


@pytest.mark.slow
def test_names_go_where_the_grant_no_longer_gives_any(run, grant, period, act):
    dossier = make(period, act)
    type(grant).objects.filter(pk=grant.pk).update(names_in_reports=False)
    dossier = Dossier.objects.get(pk=dossier.pk)
    for refusing in (lambda: dossiers.hand_in(dossier, act), lambda: dossiers.take_out(dossier, act)):
        with pytest.raises(Refused) as refused:
            refusing()
        assert refused.value.codes == ["names"]
    assert dossiers.hand_in(again := make(period, act), act).is_handed_in
    assert "Özil" not in Read.of(again, act).everything()
