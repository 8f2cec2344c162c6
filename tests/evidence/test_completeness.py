"""What is still missing of a period: each kind is shown, and mended on the page that it names."""

import datetime as dt
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts import affiliation
from certificates import issuing
from certificates.models import Certificate
from certificates.paper import render
from evidence.completeness import completeness_of
from tests.builders import (
    build_agreement,
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    in_days,
    only_session,
)
from tests.certificates.builders import build_attended, build_finished_run
from tests.evidence.builders import build_period
from tests.pages import read
from tests.trainings.planning.test_run_pages import fields_of
from trainings import attendance, health, planning
from trainings.acts import Act, Channel
from trainings.attendance import Mark, PaperEntry
from trainings.models import CourseRun, Funding, Registration, SheetEntry, SheetScan
from trainings.planning import Edit
from trainings.reporting import Period

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def grant():
    """From a year ago on, and the only one."""
    return build_funding(starts_on=in_days(-365).date(), ends_on=in_days(700).date())


@pytest.fixture
def days():
    return Period(in_days(-60).date(), in_days(-1).date())


@pytest.fixture
def period(grant, days):
    return build_period(funding=grant, first_on=days.first, last_on=days.last, due_on=in_days(30).date())


@pytest.fixture
def client_of(signed_in, coordinator):
    return signed_in(coordinator)


@pytest.fixture
def run(grant, trainer):
    return build_finished_run(days_ago=(10,), funding=grant, trainers=[trainer])


@pytest.fixture
def person(participant):
    return participant


def lacking(grant: Funding, days: Period, at: dt.datetime | None = None) -> list[str]:
    return [lack.kind.value for lack in completeness_of(grant, days, at).lacks]


def the(kind: str, grant: Funding, days: Period):
    found = completeness_of(grant, days)
    [lack] = [lack for lack in [*found.lacks, *found.questions] if lack.kind == kind]
    return lack


def finish(run: CourseRun, trainer, coordinator) -> CourseRun:
    """Everything of a run whose attendance is recorded."""
    for session in run.sessions.all():
        attendance.keep_scan(session, PDF + session.calendar_uid.encode() + b"%%EOF", Act(trainer), original_at="Büro")
        attendance.submit(session, Act(trainer), taught_minutes=session.teaching_minutes)
    attendance.close(run, Act(coordinator, Channel.COORDINATION))
    for certificate in issuing.issue(run, Act(coordinator)):
        render(certificate)
    run.refresh_from_db()
    return run


def submitted(client, address: str, **changed) -> None:
    """The form of the page as it stands, but for these values; it is done, and not asked again."""
    sent = fields_of(client.get(address).content.decode())
    answer = client.post(urlsplit(address).path, {**sent, **changed})
    assert answer.status_code == 302, read(answer, answer.status_code).text


# --- The way of a run ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_from_the_lists_of_a_run_to_its_certificates(client_of, grant, days, run, trainer, person):
    """What is missing comes in the order in which it can be done, each on the page that it names."""
    registration, session = build_registration(run, person), only_session(run)
    assert lacking(grant, days) == ["records", "scan"]
    lack = the("records", grant, days)
    assert (lack.text, lack.who, lack.trainers) == ("1 Person nicht erfasst", "Ngozi Okafor", (trainer,))
    assert client_of.post(lack.url, {"all_present": "1"}).status_code == 302

    assert lacking(grant, days) == ["submission", "scan", "closing"]
    submitted(client_of, the("submission", grant, days).url, taught_minutes="360")
    scan = the("scan", grant, days)
    assert client_of.get(scan.url).status_code == 200
    file = SimpleUploadedFile("liste.pdf", PDF)
    page = reverse("trainings:upload_scan", args=[session.pk])
    assert client_of.post(page, {"file": file, "original_at": "Büro"}).status_code == 302

    assert lacking(grant, days) == ["closing"]
    closing = the("closing", grant, days)
    assert closing.who == "Koordination"
    assert client_of.post(closing.url).status_code == 302  # without issuing in the same step

    assert lacking(grant, days) == ["to_issue"]
    assert client_of.post(the("to_issue", grant, days).url).status_code == 302
    assert registration.certificates.count() == 1
    found = completeness_of(grant, days)
    assert (found.lacks, found.questions, found.complete_runs) == ([], [], [run])


@pytest.mark.slow
def test_paper_that_says_something_else(client_of, grant, days, run, trainer, coordinator, person):
    registration, session = build_attended(run, person, by=trainer), only_session(run)
    other = build_attended(run, build_person(agency=person.agency), by=trainer)
    finish(run, trainer, coordinator)
    entries = {registration.pk: PaperEntry(SheetEntry.Signature.SIGNED, 300), other.pk: PaperEntry("signed")}
    attendance.enter_paper(session, entries, Act(trainer))
    lack = the("paper", grant, days)
    assert (lack.text, lack.who) == ("Bei 1 Person sagt das Papier etwas anderes", "Koordination")  # it is closed
    CourseRun.objects.update(coordinator=coordinator)
    assert the("paper", grant, days).who == "Miriam Roth"
    shown = read(client_of.get(lack.url)).text
    assert "Auf Papier 300 Minuten, im System 360." in shown
    said = {"follow": "1", "keys": [str(registration.pk)], "reason": "ging früher"}
    assert client_of.post(lack.url, said).status_code == 302
    assert lacking(grant, days) == ["outdated"]  # and with it a certificate that was issued

    [certificate] = Certificate.objects.filter(registration=registration)
    outdated = the("outdated", grant, days)
    assert outdated.text == f"{certificate.number}, Yıldız, Ayşe: bescheinigt 360 Minuten, erfasst 300"
    links = read(client_of.get(outdated.url)).links
    assert {"Ersetzen: Ayşe Yıldız", "Widerrufen: Ayşe Yıldız"} <= links.keys()
    submitted(client_of, links["Ersetzen: Ayşe Yıldız"], reason="ging früher")
    assert lacking(grant, days) == []


def test_a_certificate_that_cannot_be_printed(client_of, grant, days, run, trainer, coordinator, person):
    registration = build_attended(run, person, by=trainer)
    finish(run, trainer, coordinator)
    Certificate.objects.update(rendered_at=None, pdf=None, sha256="", failure="Kein Pango")
    lack = the("unprintable", grant, days)
    assert client_of.get(lack.url).status_code == 200
    assert client_of.post(lack.url).status_code == 302
    assert lacking(grant, days) == []
    assert registration.certificates.count() == 2


@pytest.mark.slow
def test_a_scan_that_is_no_longer_what_was_uploaded(client_of, grant, days, run, trainer, coordinator, person):
    build_attended(run, person, by=trainer)
    finish(run, trainer, coordinator)
    kept = bytes(SheetScan.objects.get().content)
    SheetScan.objects.update(content=b"something else")
    assert lacking(grant, days) == []  # nobody has looked yet
    health.verify()
    lack = the("changed_scan", grant, days)
    assert lack.who == "Technischer Betrieb"
    assert client_of.get(lack.url).status_code == 200
    SheetScan.objects.update(content=kept)
    health.verify()
    assert lacking(grant, days) == []


def test_more_changed_scans_than_are_named(client_of, grant, days, run, trainer, coordinator, person):
    build_attended(run, person, by=trainer)
    session = only_session(run)
    for number in range(12):
        attendance.keep_scan(session, PDF + b"%d\n%%%%EOF\n" % number, Act(trainer), original_at="Büro")
    SheetScan.objects.update(content=b"something else")
    health.verify()
    texts = [lack.text for lack in completeness_of(grant, days).lacks if lack.kind == "changed_scan"]
    assert len(texts) == 11
    assert "2 weitere Dateien" in "".join(texts)


# --- The grant ----------------------------------------------------------------------------------------


def test_a_run_without_a_grant_comes_with_a_proposal(client_of, grant, days):
    run = build_finished_run(funding=None)
    lack = the("no_grant", grant, days)
    assert lack.text == f"Vorschlag: {grant.grant_number}"
    submitted(client_of, lack.url, funding=str(grant.pk), reason="vergessen", confirmed="1")
    run.refresh_from_db()
    assert run.funding == grant
    assert lacking(grant, days) == ["closing"]


def test_several_grants_may_be_the_right_one(grant, days):
    other = build_funding(starts_on=grant.starts_on, ends_on=grant.ends_on)
    ended = build_funding(starts_on=grant.starts_on, ends_on=in_days(-100).date())
    build_finished_run(funding=None)
    said = the("no_grant", grant, days).text
    assert (other.grant_number in said, grant.grant_number in said, ended.grant_number in said) == (True, True, False)


def test_a_run_outside_its_grant_is_missed_at_the_edge(client_of, grant):
    begins = Period(grant.starts_on, in_days(-300).date())
    later = Period(in_days(-299).date(), in_days(-1).date())
    run = build_run(starts_at=in_days(-400), funding=grant)
    assert (lacking(grant, begins), lacking(grant, later)) == (["outside"], [])
    lack = the("outside", grant, begins)
    address = reverse("trainings:edit_master_data", args=["foerderungen", grant.pk])
    assert client_of.get(lack.url).status_code == 200  # its grant, or its days; or else those of the grant
    form = read(client_of.get(address)).form("starts_on", "ends_on")
    client_of.post(address, form | {"starts_on": in_days(-500).date().isoformat()})
    grant.refresh_from_db()
    assert lacking(grant, begins) == []
    assert run.pk


@pytest.mark.slow
def test_a_closed_run_is_opened_before_its_grant_changes(client_of, grant, days, run, trainer, coordinator, person):
    build_attended(run, person, by=trainer)
    finish(run, trainer, coordinator)
    CourseRun.objects.update(funding=None)
    lack = the("no_grant", grant, days)
    assert lack.text.startswith(f"Vorschlag: {grant.grant_number}. Der Termin ist abgeschlossen: bitte öffnen Sie")
    submitted(client_of, lack.url, reason="Förderung fehlt")
    submitted(client_of, the("no_grant", grant, days).url, funding=str(grant.pk), reason="fehlt", confirmed="1")
    assert lacking(grant, days) == ["closing"]


def test_two_grants_of_one_day_are_asked_about(client_of, grant, days, run, person, trainer, coordinator):
    build_attended(run, person, by=trainer)
    finish(run, trainer, coordinator)
    other = build_funding(starts_on=in_days(-20).date(), ends_on=grant.ends_on)
    found = completeness_of(grant, days)
    assert (found.number, found.complete_runs) == (0, [run])
    assert other.grant_number in the("two_grants", grant, days).text
    assert client_of.get(the("two_grants", grant, days).url).status_code == 200
    planning.save_funding(other, {"starts_on": in_days(1).date()}, Act(coordinator))
    assert completeness_of(grant, days).questions == []


def test_an_agency_without_an_agreement_is_missed_where_agreements_are_used(
    client_of, grant, days, run, person, trainer, coordinator
):
    build_attended(run, person, by=trainer)
    finish(run, trainer, coordinator)
    assert lacking(grant, days) == []
    agreement = build_agreement(person.agency, starts_on=in_days(-5).date(), signed_on=in_days(-95).date())
    lack = the("agreement", grant, days)
    assert str(person.agency) in lack.text
    assert client_of.get(lack.url).status_code == 200
    planning.save_agreement(agreement, {"starts_on": in_days(-90).date()}, Act(coordinator))
    assert lacking(grant, days) == []


def test_a_grant_that_cannot_be_named(client_of, grant, days):
    Funding.objects.filter(pk=grant.pk).update(beneficiary=" ")
    grant.refresh_from_db()
    lack = the("statement", grant, days)
    assert "Zuwendungsempfänger" in lack.text
    form = read(client_of.get(lack.url)).form("starts_on", "beneficiary")
    client_of.post(lack.url, form | {"beneficiary": "Landkreis Mayen-Koblenz"})
    grant.refresh_from_db()
    assert lacking(grant, days) == []


# --- The programme --------------------------------------------------------------------------------------


def test_a_draft_that_was_held_counts_nowhere(client_of, grant, days, person):
    build_run(starts_at=in_days(-10), funding=grant, published_at=None)  # nobody came: it was never held
    draft = build_run(starts_at=in_days(-12), funding=grant, published_at=None)
    build_registration(draft, person)
    assert lacking(grant, days) == ["not_published"]
    doubts = ["no_venue", "no_trainer"]
    submitted(client_of, the("not_published", grant, days).url, reason="vergessen", doubts=doubts)
    found = completeness_of(grant, days)
    assert [lack.kind for lack in found.lacks] == ["records", "scan"]
    assert [(lack.kind, lack.run) for lack in found.questions] == [("published_late", draft)]


def test_a_course_that_nobody_could_see(client_of, grant, days, trainer, coordinator, person):
    run = build_finished_run(funding=grant, trainers=[trainer], course=build_course(published_at=None))
    build_attended(run, person, by=trainer)
    finish(run, trainer, coordinator)
    submitted(client_of, the("not_published", grant, days).url)
    assert lacking(grant, days) == []


# --- People ---------------------------------------------------------------------------------------------


def test_people_without_agency_or_group(client_of, grant, days, run, trainer, agency):
    nobodys = build_person("privat@anderswo.example", "Ada", "Özil")
    build_attended(run, nobodys, by=trainer)
    ungrouped = build_registration(run, build_person("neu@anderswo.example", "Bo", "Ek", agency=agency), group="")
    attendance.record(only_session(run), {ungrouped.pk: Mark("absent")}, Act(trainer))
    lacks = [lack for lack in completeness_of(grant, days).lacks if lack.kind == "belonging"]
    lacks.sort(key=lambda lack: lack.text)
    assert [(lack.text, lack.who) for lack in lacks] == [
        ("Ek, Bo: ohne Gruppe", f"Koordination, nach Auskunft von: Ansprechperson von {agency}"),
        ("Özil, Ada: ohne Behörde", "Koordination, nach Auskunft von: Ada Özil"),
    ]
    since = in_days(-30).date().isoformat()
    submitted(client_of, lacks[0].url, since=since)
    submitted(client_of, lacks[1].url, agency=str(agency.pk), since=since)
    assert "belonging" not in lacking(grant, days)
    assert set(Registration.objects.values_list("agency", "group")) == {(agency.pk, "staff")}


def test_an_organisation_is_enough_once_somebody_has_checked_it(grant, days, run, trainer):
    volunteer = build_person("v@anderswo.example", organisation="Freundeskreis Asyl", group="volunteers")
    build_attended(run, volunteer, by=trainer)
    assert "angegeben ist „Freundeskreis Asyl“" in the("belonging", grant, days).text
    volunteer.affiliation_checked_at = timezone.now()
    volunteer.save()
    assert "belonging" not in lacking(grant, days)


def test_an_agency_that_was_found_out_after_the_run(client_of, grant, days, run, trainer, agency, coordinator):
    """Settling does not touch what is over; the day from which they belonged there does."""
    person = build_person("v@anderswo.example", "Ada", "Özil", organisation="Rathaus")
    registration = build_attended(run, person, by=trainer)
    affiliation.settle(person, agency, by=coordinator)
    lack = the("belonging", grant, days)
    assert lack.text == f"Özil, Ada: zählt ohne Behörde, gehört aber zu „{agency}“"
    submitted(client_of, lack.url, since=in_days(-30).date().isoformat())
    registration.refresh_from_db()
    assert registration.agency == agency
    assert "belonging" not in lacking(grant, days)


# --- Which runs, which days -------------------------------------------------------------------------------


def test_only_what_is_over_can_be_missing(grant, run, person):
    build_registration(run, person)
    to_come = build_run(starts_at=in_days(5), funding=grant)
    build_registration(to_come)
    running = Period(in_days(-60).date(), in_days(60).date())
    found = completeness_of(grant, running)
    assert ({lack.run for lack in found.lacks}, found.is_running) == ({run}, True)
    assert "scan" in lacking(grant, running, in_days(6))


def test_people_are_asked_about_where_they_are_counted(grant, trainer):
    """Of a run over two periods: the first has its own list, the second the people, and both lists."""
    run = build_finished_run(days_ago=(70, 10), funding=grant, trainers=[trainer])
    build_registration(run, build_person())
    before, after = Period(in_days(-90).date(), in_days(-61).date()), Period(in_days(-60).date(), in_days(-1).date())
    first, second = (timezone.localdate(session.starts_at) for session in run.sessions.all())
    assert [(lack.kind, lack.day) for lack in completeness_of(grant, before).lacks] == [
        ("records", first),
        ("scan", first),
    ]
    assert sorted((lack.kind.value, lack.day) for lack in completeness_of(grant, after).lacks) == [
        ("belonging", first),
        ("records", first),
        ("records", second),
        ("scan", first),
        ("scan", second),
    ]


def test_other_grants_and_what_was_called_off_lack_nothing(grant, days, coordinator, person):
    other = build_finished_run(funding=build_funding(starts_on=in_days(-900).date(), ends_on=in_days(-300).date()))
    build_registration(other, person)
    off = build_run(starts_at=in_days(-5), funding=grant)
    build_registration(off, person)
    planning.cancel_run(off, Act(coordinator, Channel.COORDINATION, "Referentin krank"))
    found = completeness_of(grant, days)
    assert (found.lacks, found.runs, found.called_off) == ([], [], 1)


# --- On pages -----------------------------------------------------------------------------------------------


def test_the_page_says_how_far_it_is_and_every_link_opens(client_of, period, grant, days, run, trainer, coordinator):
    build_registration(run, build_person("x@anderswo.example", "Ada", "Özil"))
    done = build_finished_run(days_ago=(20,), funding=grant, trainers=[trainer])
    build_attended(done, build_person(agency=coordinator.agency), by=trainer)
    finish(done, trainer, coordinator)
    page = read(client_of.get(reverse("evidence:missing", args=[period.pk])))
    assert "1 von 2 Terminen ist vollständig" not in page.text
    assert "1 von 2 Terminen sind vollständig. 3 Punkte fehlen noch." in page.text
    assert f"Abgabe bis {in_days(30):%d.%m.%Y}" in page.text
    assert "läuft noch" not in page.text
    assert [heading for heading in page.headings if "(" in heading] == [
        "Listen mit fehlender Anwesenheit (1)",
        "Unterschriebene Listen ohne Scan (1)",
        "Teilnehmende ohne Behörde oder Gruppe (1)",
        "Okafor, Ngozi (2)",
        "Vollständig (1)",
    ]
    for address in page.links.values():
        if not address.startswith(("#", "mailto:")):
            assert client_of.get(address).status_code == 200, address
    shown = read(client_of.get(period.get_absolute_url()))
    assert "3 Punkte fehlen noch." in shown.text
    assert shown.links["Ansehen, was noch fehlt"] == reverse("evidence:missing", args=[period.pk])


def test_a_period_that_still_runs_says_so(client_of, grant, run, person):
    build_registration(run, person)
    period = build_period(funding=grant, first_on=in_days(-60).date(), last_on=in_days(30).date())
    page = read(client_of.get(reverse("evidence:missing", args=[period.pk])))
    assert f"Der Zeitraum läuft noch bis zum {in_days(30):%d.%m.%Y}." in page.text
    assert "2 Punkte fehlen noch." in page.text


def test_a_mail_to_a_trainer_names_lists_and_nobody_else(client_of, period, grant, days, run, trainer, settings):
    settings.PUBLIC_URL = "https://schulungen.example"
    build_registration(run, build_person("x@anderswo.example", "Ada", "Özil"))
    [owes] = completeness_of(grant, days).by_trainer
    address = urlsplit(owes.mail)
    assert (address.scheme, unquote(address.path)) == ("mailto", trainer.email)
    [body] = parse_qs(address.query)["body"]
    session = only_session(run)
    assert f"https://schulungen.example{reverse('trainings:attendance', args=[session.pk])}" in body
    assert "1 Person nicht erfasst" in body
    assert "Özil" not in owes.mail
    assert len(owes.mail) < 2000


def test_a_long_mail_to_a_trainer_leads_to_their_page(grant, days, trainer):
    for number in range(9):
        build_registration(build_finished_run(days_ago=(10 + number,), funding=grant, trainers=[trainer]))
    [owes] = completeness_of(grant, days).by_trainer
    [body] = parse_qs(urlsplit(owes.mail).query)["body"]
    assert "und 10 weitere: " in body
    assert "/leitung/" in body
    assert len(owes.mail) < 4000


@pytest.mark.slow
@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_as_a_table(client_of, period, run, trainer, other_trainer, extension):
    build_registration(run, build_person("x@anderswo.example", "Ada", "Özil"))
    address = reverse("evidence:file_of_missing", args=[period.pk, extension])
    answer = client_of.get(address)
    assert answer.status_code == 200
    assert f"was-fehlt-{period.first_on}" in answer["Content-Disposition"]
    if extension == "csv":
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert lines[0] == "Art;Termin;Schulung;Tag;Was fehlt;Wer;Seite"
        assert len(lines) == 4
        of_trainer = client_of.get(f"{address}?kursleitung={trainer.pk}").content.decode("utf-8-sig")
        assert len(of_trainer.splitlines()) == 3
        assert "Özil" not in of_trainer
    assert client_of.get(f"{address}?kursleitung={other_trainer.pk}").status_code == 404


# --- On the desk --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_desk_asks_from_the_end_of_a_period_until_it_is_handed_in(client_of, period, grant, run, coordinator):
    build_registration(run, build_person("x@anderswo.example"))
    build_period(funding=grant, first_on=in_days(0).date(), last_on=in_days(30).date())  # has not ended
    page = read(client_of.get(reverse("trainings:coordination")))
    assert "Zeitraum, dessen Nachweis abzugeben ist" in page.headings
    assert f"3 Punkte fehlen, Abgabe bis {in_days(30):%d.%m.%Y}" in page.text
    assert page.links[f"{period.days}, {grant.grant_number}"] == reverse("evidence:missing", args=[period.pk])
    period.handed_in_at, period.handed_in_by = timezone.now(), coordinator
    period.save()
    assert "Nachweis abzugeben" not in read(client_of.get(reverse("trainings:coordination"))).text


def test_what_ended_long_ago_is_named_and_not_counted(client_of, grant, coordinator):
    period = build_period(funding=build_funding(), first_on=dt.date(2023, 1, 1), last_on=dt.date(2023, 6, 30))
    page = read(client_of.get(reverse("trainings:coordination")))
    assert page.links[f"1. Halbjahr 2023, {period.funding.grant_number}"]
    assert "noch nicht abgegeben" in page.text


def test_the_desk_asks_for_half_years_that_nobody_has_opened(client_of, grant):
    before = Period.half_year(Period.half_year(timezone.localdate()).first - dt.timedelta(days=1))
    page = read(client_of.get(reverse("trainings:coordination")))
    assert "Nachweis abzugeben" not in page.text  # nothing was held in them
    middle = before.first + dt.timedelta(days=40)
    start = in_days((middle - timezone.localdate()).days)
    build_run(starts_at=start, funding=grant)
    page = read(client_of.get(reverse("trainings:coordination")))
    address = page.links[f"{before}, {grant.grant_number}"]
    assert "noch nicht angelegt" in page.text
    form = read(client_of.get(address)).form("first_on", "last_on")
    assert (form["first_on"], form["last_on"]) == (before.first.isoformat(), before.last.isoformat())


def test_a_correction_by_hand_makes_a_certificate_outdated(grant, days, run, trainer, coordinator, person):
    registration = build_attended(run, person, by=trainer)
    finish(run, trainer, coordinator)
    assert lacking(grant, days) == []
    act = Act(coordinator, Channel.COORDINATION, "ging früher")
    attendance.record(only_session(run), {registration.pk: Mark("partial", minutes=300)}, act)
    assert lacking(grant, days) == ["outdated"]


def test_an_edit_that_changes_nothing_on_the_lists_is_nothing_missing(grant, days, run, trainer, coordinator, person):
    build_attended(run, person, by=trainer)
    finish(run, trainer, coordinator)
    planning.change_run(run, Edit({"notes": "Bitte läuten"}), Act(coordinator, Channel.COORDINATION))
    assert lacking(grant, days) == []
