"""What does an auditor see? The facts of one period, from each number to the signed paper, and nothing else."""

import datetime as dt
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from certificates.models import Certificate
from evidence.models import DoorLook
from tests.builders import build_funding, build_person, build_registration, build_run, in_days
from tests.certificates.builders import build_attended, build_finished_run
from tests.evidence.builders import build_door, build_dossier, build_period
from tests.evidence.doors.conftest import PDF, come_in
from tests.pages import read
from trainings import attendance, people, planning
from trainings.acts import Act, Channel
from trainings.attendance import Mark
from trainings.models import SheetScan
from trainings.reporting import DEFINITIONS

pytestmark = pytest.mark.django_db


def page_of(name: str, *args: object) -> str:
    return reverse(f"evidence:{name}", args=args)


def test_every_number_leads_to_the_signed_paper(held, auditor, door):
    overview = read(auditor.get(page_of("audit", door.pk)))
    assert "UE gehalten 16" in overview.text
    assert "Minuten gehalten geteilt durch 45" in overview.text  # how it is counted
    runs = read(auditor.get(overview.links["Zu den Terminen"]))
    assert "1 von 2" in runs.text  # lists
    run = read(auditor.get(runs.links["Vielfalt am Schalter"]))
    scan = SheetScan.objects.get()
    for fact in (
        scan.sha256,
        "Original: Ordner 3",
        "Ngozi Okafor",
        "Jobcenter",
        "Özil, Ada",
        "360 Minuten ohne",
    ):
        assert fact in run.text
    for correction in ("anwesend (360 Minuten)", "teilweise (300 Minuten)", "Frau Özil kam zu spät", "Miriam Roth"):
        assert correction in run.text
    [number] = [words for words in run.links if words.startswith("Scan ansehen")]
    file = auditor.get(run.links[number])
    assert (file.content, file["Content-Type"], file["Cache-Control"]) == (PDF, "application/pdf", "private, no-store")
    certificate = Certificate.objects.get()
    assert run.links[certificate.number] == reverse("certificates:verify", args=[certificate.code])


def test_without_names_there_are_none_anywhere(held, period, grant):
    door = build_door(period=period)
    auditor = come_in(Client())
    pages = [
        auditor.get(page_of(name, door.pk)).content.decode() for name in ("audit", "audit_runs", "audit_called_off")
    ]
    run = auditor.get(page_of("audit_run", door.pk, held.pk)).content.decode()
    for text in [*pages, run]:
        assert [said for said in ("Özil", "Ada", "ada@jobcenter.example") if said in text] == []
    assert ("Frau … kam zu spät" in run, "Jobcenter" in run, SheetScan.objects.get().sha256 in run) == (True,) * 3
    assert Certificate.objects.get().code not in run
    assert auditor.get(page_of("audit_scan", door.pk, SheetScan.objects.get().pk)).status_code == 404


def test_names_go_when_the_grant_no_longer_allows_them(held, auditor, door, grant):
    address = page_of("audit_run", door.pk, held.pk)
    assert "Özil, Ada" in auditor.get(address).content.decode()
    grant.names_in_reports = False
    grant.save()
    assert "Özil" not in auditor.get(address).content.decode()
    assert auditor.get(page_of("audit_scan", door.pk, SheetScan.objects.get().pk)).status_code == 404


def test_names_without_scans(held, period):
    door = build_door(period=period, with_names=True)
    auditor = come_in(Client())
    text = auditor.get(page_of("audit_run", door.pk, held.pk)).content.decode()
    assert ("Özil, Ada" in text, SheetScan.objects.get().sha256 in text, "Scan ansehen" in text) == (True, True, False)
    assert auditor.get(page_of("audit_scan", door.pk, SheetScan.objects.get().pk)).status_code == 404


@pytest.mark.slow
def test_nothing_of_another_grant_period_or_run(held, auditor, door, grant, trainer):
    of_another_grant = build_finished_run(funding=build_funding(), trainers=[trainer])
    before = build_finished_run(days_ago=(90,), funding=grant, trainers=[trainer])
    for run in (of_another_grant, before):
        build_attended(run, by=trainer)
        attendance.keep_scan(run.sessions.first(), PDF + b"%", Act(trainer), original_at="Ordner 4")
        assert auditor.get(page_of("audit_run", door.pk, run.pk)).status_code == 404
        assert run.number not in auditor.get(page_of("audit_runs", door.pk)).content.decode()
    for scan in SheetScan.objects.exclude(session__run=held):
        assert auditor.get(page_of("audit_scan", door.pk, scan.pk)).status_code == 404
    assert auditor.get(page_of("audit_run", door.pk, 10**9)).status_code == 404


def test_needs_addresses_and_cancellations_are_not_shown(grant, auditor, door, trainer):
    run = build_finished_run(funding=grant, trainers=[trainer])
    gone = build_registration(run, status="cancelled")
    here = build_attended(run, by=trainer)
    type(here).objects.filter(pk=here.pk).update(needs="Hörschleife")
    text = auditor.get(page_of("audit_run", door.pk, run.pk)).content.decode()
    assert here.person.last_name in text
    assert [said for said in (here.person.email, "Hörschleife", gone.person.last_name) if said in text] == []


def test_what_was_called_off_says_why(period, coordinator, door):
    door.period.last_on = timezone.localdate(in_days(10))
    door.period.save()
    run = build_run(starts_at=in_days(4), funding=period.funding)
    build_registration(run)
    planning.cancel_run(run, Act(coordinator, Channel.COORDINATION, "Referentin krank"))
    text = read(come_in(Client()).get(page_of("audit_called_off", door.pk))).text
    assert run.number in text
    assert "Referentin krank" in text


def test_each_page_is_on_record_without_an_account(held, auditor, door):
    scan = SheetScan.objects.get()
    addresses = [
        page_of("audit", door.pk),
        page_of("audit_runs", door.pk),
        page_of("audit_run", door.pk, held.pk),
        page_of("audit_scan", door.pk, scan.pk),
        page_of("audit_questions", door.pk),
        page_of("audit_called_off", door.pk),
    ]
    for address in addresses:
        auditor.get(address)
    auditor.get(page_of("audit_run", door.pk, 10**9))  # of what there is not, nothing was seen
    pages = [(look.page, look.about) for look in door.looks.order_by("pk")]
    assert pages == [
        ("entered", ""),
        ("overview", ""),
        ("runs", ""),
        ("run", held.number),
        ("scan", scan.sha256[:12]),
        ("questions", ""),
        ("called_off", ""),
    ]
    events = AuditEvent.objects.filter(what="evidence_viewed").order_by("pk")
    assert [(event.by, event.person) for event in events] == [(None, None)] * 7
    assert events[3].about == f"Prüfzugang {door.pk}: Termin {held.number}"


def test_coordinators_see_what_was_looked_at(held, auditor, door, signed_in, coordinator):
    auditor.get(page_of("audit_run", door.pk, held.pk))
    text = read(signed_in(coordinator).get(door.get_absolute_url())).text
    assert f"Termin {held.number}" in text
    assert "zuletzt angesehen" in read(signed_in(coordinator).get(door.period.get_absolute_url())).text


def test_an_auditor_reads_english(held, auditor, door):
    auditor.cookies["django_language"] = "en"
    text = read(auditor.get(page_of("audit_run", door.pk, held.pk))).text
    assert "Signed list" in text
    assert [word for word in ("Unterschriebene", "Angemeldete", "Sitzungen") if word in text] == []


def test_what_is_kept_of_it_is_in_the_language_of_the_coordinators(held, auditor, door):
    auditor.cookies["django_language"] = "en"
    auditor.get(page_of("audit_run", door.pk, held.pk))
    auditor.post(page_of("audit_run", door.pk, held.pk), {"text": "Where is page 2?"})
    assert AuditEvent.objects.latest("pk").about == f"Prüfzugang {door.pk}: Termin {held.number}"
    assert door.period.events.get().about == f"Prüfzugang {door.pk}, Termin {held.number}"


@pytest.mark.parametrize(
    ("first", "last", "typed", "shown"),
    [
        ("Ada", "Özil", "Özils Zug; adaptiert für ADA", "… Zug; adaptiert für …"),
        ("Li", "Wu", "Frau Wu im Wuppertaler Zug, wu", "Frau … im Wuppertaler Zug, wu"),
        ("Eva-Maria", "von der Straße", "Frau von der Straße fehlt, Eva-Maria kommt", "Frau von der … fehlt, … kommt"),
        ("", "O'Neill (B.)", "O'Neill (B.) war da", "… (B.) war da"),
    ],
)
def test_names_are_taken_out_of_what_was_typed(grant, period, trainer, coordinator, first, last, typed, shown):
    run = build_finished_run(funding=grant, trainers=[trainer])
    registration = build_attended(run, build_person(first_name=first, last_name=last), by=trainer)
    act = Act(coordinator, Channel.COORDINATION)
    attendance.close(run, act)
    attendance.record(run.sessions.get(), {registration.pk: Mark("excused")}, replace(act, reason=typed))
    door = build_door(period=period)
    text = read(come_in(Client()).get(page_of("audit_run", door.pk, run.pk))).text
    assert (shown in text, typed in text) == (True, False)


def test_two_auditors_of_one_period_see_what_each_may(held, period, door):
    named = come_in(Client())
    other_door = build_door("z" * 43, period=period, email="zweite@behoerde.example")
    nameless = come_in(Client(), reverse("evidence:door_link", args=["z" * 43]))
    assert "Özil" in named.get(page_of("audit_run", door.pk, held.pk)).content.decode()
    assert "Özil" not in nameless.get(page_of("audit_run", other_door.pk, held.pk)).content.decode()
    assert nameless.get(page_of("audit_run", door.pk, held.pk)).status_code == 403


def test_a_period_without_runs_says_so(door, auditor):
    assert "hat kein Termin stattgefunden" in read(auditor.get(page_of("audit_runs", door.pk))).text


def test_it_is_gone_when_the_project_has_ended(auditor, door, settings):
    """Each look is written down, and nothing is written any more."""
    settings.SITE_READ_ONLY = True
    assert auditor.get(page_of("audit", door.pk)).status_code == 410


def test_a_run_that_ends_in_the_next_period_counts_its_minutes_alone(trainer, grant):
    run = build_finished_run(days_ago=(20, 13), funding=grant, trainers=[trainer])
    build_attended(run, by=trainer)
    first = timezone.localdate(run.starts_at)
    period = build_period(funding=grant, first_on=first - dt.timedelta(days=5), last_on=first)
    door = build_door(period=period)
    text = read(come_in(Client()).get(page_of("audit_run", door.pk, run.pk))).text
    assert "Die letzte Sitzung liegt nicht in diesem Zeitraum" in text


def test_nothing_is_seen_that_is_not_on_record(held, auditor, door):
    """A question that is not taken brings the page back; a look without the page is none."""
    address = page_of("audit_run", door.pk, held.pk)
    before = DoorLook.objects.filter(page="run").count()
    assert held.number in auditor.post(address, {"text": ""}).content.decode()
    assert DoorLook.objects.filter(page="run").count() == before + 1
    assert [auditor.generic(method, address).content for method in ("OPTIONS", "HEAD")] == [b"", b""]
    assert DoorLook.objects.filter(page="run").count() == before + 1


def test_a_file_that_is_not_what_was_filed_is_not_shown(held, auditor, door):
    scan = SheetScan.objects.get()
    SheetScan.objects.filter(pk=scan.pk).update(content=b"anders")
    answer = auditor.get(page_of("audit_scan", door.pk, scan.pk))
    page = read(answer, 409).text
    assert (answer.status_code, scan.sha256 in page, "anders" in page) == (409, True, False)
    assert "nicht die, die abgelegt wurde" in page
    assert "Original Ordner 3" in page


def test_numbers_stand_in_their_order_whatever_a_database_makes_of_it(held, period, coordinator, auditor, door):
    """PostgreSQL orders the names of JSON by their length; an older account lacks what is counted since."""
    dossier = build_dossier(coordinator, period, handed_in=True)
    dossier.facts["numbers"] = dict(sorted(dossier.facts["numbers"].items(), key=lambda one: (len(one[0]), one[0])))
    [run] = dossier.facts["runs"]
    del dossier.facts["numbers"]["waited"], run["numbers"]["waited"], run["numbers"]["registered"]
    run["numbers"]["no_longer_counted"] = 3
    dossier.save()
    overview = read(auditor.get(page_of("audit", door.pk))).text
    places = [overview.index(f"{DEFINITIONS[name].label} ") for name in ("runs", "units_held", "registered", "persons")]
    assert places == sorted(places)
    for name, *args in (("audit_runs",), ("audit_run", held.pk)):
        assert held.number in read(auditor.get(page_of(name, door.pk, *args))).text


def test_who_is_named_nowhere_is_said_to_be_so(held, auditor, door, coordinator):
    people.restrict(held.registrations.get().person, Act(coordinator, Channel.COORDINATION, "Antrag"))
    page = read(auditor.get(page_of("audit_run", door.pk, held.pk))).text
    assert ("Özil, Ada" in page, "nicht genannt Jobcenter" in page) == (False, True)
