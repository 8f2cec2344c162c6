"""The pages: asking for a dossier, taking it out, handing it in, what has changed; and the check for everybody."""

import datetime as dt
import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from evidence import dossiers, periods
from evidence.dossiers import checking, making
from evidence.models import Dossier
from tests.builders import build_registration
from tests.evidence.dossiers.reading import Read, later, make
from tests.pages import read
from trainings import attendance
from trainings.acts import Act
from trainings.attendance import Mark

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


def test_from_the_period_to_the_file(client, complete_run, period, act):
    page = read(client.get(period.get_absolute_url()))
    form = page.form("language")
    waiting = client.post(reverse("evidence:new_dossier", args=[period.pk]), form, follow=True)
    assert "wird gleich begonnen" in read(waiting).text
    address = waiting.redirect_chain[-1][0]
    file = reverse("evidence:dossier_file", args=[period.pk, 1])
    assert client.post(file).status_code == 302  # there is nothing to take out yet
    Dossier.objects.update(runs_total=7, runs_done=3, facts_sha256="0")
    assert "3 von 7 Terminen" in read(client.get(address)).text
    Dossier.objects.update(runs_total=0, runs_done=0, facts_sha256="")
    dossiers.make_due()
    assert "Nichts." in read(client.get(address)).text
    answer = client.post(file)
    content = answer.getvalue()
    assert len(content) == int(answer.headers["Content-Length"])
    assert hashlib.sha256(content).hexdigest() == Dossier.objects.get().sha256
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="amif-77-')
    assert "manifest.json" in Read(content).files
    [taken] = AuditEvent.objects.filter(what="exported", by=act.by)
    assert taken.about.startswith("evidence:dossier_file: amif-77")
    assert [event.what for event in period.events.order_by("pk")] == [
        "dossier_asked", "dossier_made", "dossier_taken",
    ]  # fmt: skip


def test_copies_can_be_asked_for_where_the_funder_gets_names(client, period, grant):
    assert "Mit Kopien der Teilnahmebescheinigungen" in read(client.get(period.get_absolute_url())).text
    grant.names_in_reports = False
    grant.save()
    assert "Mit Kopien" not in read(client.get(period.get_absolute_url())).text


@pytest.mark.slow
def test_handing_in_asks_first(client, run, period, act):
    build_registration(run)  # nobody recorded whether this one came
    make(period, act)
    address = reverse("evidence:hand_in", args=[period.pk, 1])
    page = read(client.get(address))
    assert "2026-001: Bescheinigungen, die auszustellen sind" in page.text
    refused = client.post(address, page.form("reason") | {"reason": "im Portal"})
    assert refused.status_code == 409
    assert "Im Dossier fehlt noch etwas" in refused.content.decode()
    done = client.post(
        address, page.form("reason") | {"reason": "im Portal", "doubts": ["incomplete", "not_over"]}, follow=True
    )
    assert "Der Zeitraum ist abgegeben." in read(done).alerts[0] + read(done).text
    period.refresh_from_db()
    assert period.is_handed_in
    assert "im Portal" in read(client.get(period.get_absolute_url())).text


@pytest.mark.slow
def test_what_is_typed_stays_where_the_reason_is_missing(client, run, period, act):
    make(period, act)
    answer = client.post(reverse("evidence:hand_in", args=[period.pk, 1]), {"reason": ""})
    assert "Bitte schreiben Sie, wie und an wen abgegeben wurde." in read(answer).errors[0]


@pytest.mark.slow
def test_what_has_changed_and_the_supplement(client, run, period, act):
    dossiers.hand_in(make(period, act), act)
    address = reverse("evidence:changed_since", args=[period.pk])
    assert "Heute ergäbe sich dasselbe Dossier" in read(client.get(address)).text
    nothing = client.post(reverse("evidence:new_supplement", args=[period.pk]), follow=True)
    assert "ist alles gleich" in nothing.content.decode()
    build_registration(run)
    assert "Angemeldet 2 3" in read(client.get(address)).text
    made = client.post(reverse("evidence:new_supplement", args=[period.pk]), follow=True)
    assert read(made).headings[0].startswith("Nachtrag 2")
    dossiers.make_due()
    assert "Der letzte Nachtrag enthält alle diese Änderungen." in read(client.get(address)).text


def test_one_that_failed_says_why(client, period, act):
    dossiers.ask_for(period, act)
    Dossier.objects.update(failure="Das Erstellen brach wiederholt ab.")
    page = read(client.get(reverse("evidence:dossier", args=[period.pk, 1])))
    assert "Das Erstellen brach wiederholt ab." in page.text


@pytest.mark.slow
def test_anybody_checks_the_manifest(run, period, act):
    client, address = Client(), reverse("evidence:check_dossier")
    content = Read.of(make(period, act), act).files["manifest.json"]
    sha256 = hashlib.sha256(content).hexdigest()
    for asked in ({"sha256": f" {sha256.upper()} "}, {"manifest": SimpleUploadedFile("manifest.json", content)}):
        page = read(client.post(address, asked))
        assert "Ja, diese Liste der Dateien ist von uns." in page.text
        assert "AMIF-77" in page.text
    said = json.loads(content)
    said["missing"] = ["nichts"]
    changed = SimpleUploadedFile("manifest.json", json.dumps(said).encode())
    assert "nicht von uns, oder sie wurde verändert" in read(client.post(address, {"manifest": changed})).text


@pytest.mark.slow
def test_a_check_that_cannot_be_is_said_beside_its_field(client):
    address = reverse("evidence:check_dossier")
    too_large = SimpleUploadedFile("dossier.zip", bytes(checking.LARGEST_MANIFEST + 1))
    for asked, said in [
        ({}, "Bitte geben Sie die SHA-256 ein"),
        ({"sha256": "abc"}, "64 Zeichen"),
        ({"manifest": too_large}, "nicht die ganze ZIP-Datei"),
    ]:
        assert said in read(client.post(address, asked)).errors[0]


def test_checks_are_limited(client, monkeypatch):
    monkeypatch.setattr(checking, "CHECKS", checking.Limit("evidence:check", 2, 60))
    address = reverse("evidence:check_dossier")
    answers = [client.post(address, {"sha256": "0" * 64}).status_code for _number in range(3)]
    assert answers == [200, 200, 429]


def test_one_that_is_not_made_is_no_dossier_of_ours(period, act):
    dossier = make(period, act)
    manifest = dossier.files.get(path="manifest.json")
    assert dossiers.dossier_with(manifest.sha256) == dossier
    Dossier.objects.update(made_at=None, size=None, sha256="")
    assert dossiers.dossier_with(manifest.sha256) is None


@pytest.mark.slow
def test_a_dossier_says_the_days_it_is_about(client, run, grant, period, act):
    """Whatever days, and number of the grant, somebody has typed since it was begun."""
    dossier = make(period, act)
    days, number = f"{period.first_on:%d.%m.%Y} – {period.last_on:%d.%m.%Y}", grant.grant_number
    periods.change_period(period, {"first_on": period.first_on + dt.timedelta(days=3)}, act)
    type(grant).objects.filter(pk=grant.pk).update(grant_number="AMIF-99")
    checked = read(Client().post(reverse("evidence:check_dossier"), {"sha256": manifest_of(dossier)})).text
    assert (days in checked, number in checked, "AMIF-99" in checked) == (True, True, False)
    page = read(client.get(dossier.get_absolute_url()))
    assert "Der Zeitraum hat inzwischen andere Tage" in page.text
    assert "Zeitraum abgeben" not in page.links
    assert dossiers.file_name_of(Dossier.objects.get(pk=dossier.pk)).startswith("amif-77-")


@pytest.mark.slow
def test_the_cover_has_the_days_of_its_numbers(run, period, act, monkeypatch):
    """Somebody changes the period while the dossier is made, and another worker goes on with it."""
    first = f"{period.first_on:%d.%m.%Y}"
    with monkeypatch.context() as patch:
        patch.setattr(making, "files_of_run", lambda *told, **how: 1 / 0)
        dossiers.ask_for(period, act)
        with pytest.raises(ZeroDivisionError):
            dossiers.make_due()
    periods.change_period(period, {"first_on": period.first_on + dt.timedelta(days=3)}, act)
    with later(minutes=6):
        dossiers.make_due()
    cover = Read.of(Dossier.objects.get(), act).pdf("00 Deckblatt")
    assert (first in cover, f"{period.first_on + dt.timedelta(days=3):%d.%m.%Y}" in cover) == (True, False)


def manifest_of(dossier: Dossier) -> str:
    return dossier.files.get(path="manifest.json").sha256


@pytest.mark.slow
def test_the_page_of_a_period_handed_in_has_what_was_handed_in(client, run, period, act):
    """And says beside it what is of today: numbers, what is missing, tables in the funder's columns."""
    dossiers.hand_in(make(period, act), act)
    unchanged = read(client.get(period.get_absolute_url())).text
    assert "Minuten anwesend 840 " in unchanged
    assert "(heute" not in unchanged
    registration = run.registrations.get(person__last_name="Özil")
    correction = Act(act.by, act.channel, "Zug verspätet")
    attendance.record(run.sessions.last(), {registration.pk: Mark("partial", minutes=100)}, correction)
    page = read(client.get(period.get_absolute_url()))
    assert "Minuten anwesend 840 (heute 580)" in page.text
    assert f"Abgegeben am {timezone.localdate():%d.%m.%Y} von {act.by}" in page.text
    assert "Gezeigt wird, was heute fehlt" in page.text
    assert "Diese Tabellen zeigen den Stand von heute, nicht den der Abgabe" in page.text
    file = client.get(page.links["Excel: Terminliste"])
    assert f"stand-{timezone.localdate()}.xlsx" in file.headers["Content-Disposition"]


def test_before_handing_in_nothing_is_said_of_it(client, run, period, grant):
    page = read(client.get(period.get_absolute_url()))
    assert [said for said in ("Abgegeben", "Stand von heute", "heute fehlt", "heute anders") if said in page.text] == []
    assert "Auf ihnen stehen Namen und Unterschriften" not in page.text
    assert "stand-" not in client.get(page.links["Excel: Terminliste"]).headers["Content-Disposition"]
    grant.names_in_reports = False
    grant.save()
    assert "Auf ihnen stehen Namen und Unterschriften" in read(client.get(period.get_absolute_url())).text


@pytest.mark.slow
def test_who_hands_in_a_moment_later_is_told(client, run, period, act):
    first, second = make(period, act), make(period, act)
    form = {"reason": "im Portal", "doubts": ["incomplete", "not_over"]}
    assert client.get(reverse("evidence:hand_in", args=[period.pk, 2])).status_code == 200
    dossiers.hand_in(first, act)
    answer = client.post(reverse("evidence:hand_in", args=[period.pk, 2]), form, follow=True)
    assert "Dieser Zeitraum ist abgegeben." in read(answer).text
    second.refresh_from_db()
    assert (second.is_handed_in, dossiers.handed_in_of(period)) == (False, first)
