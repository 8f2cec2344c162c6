"""When a dossier ends: with the evidence of its grant, or a while after a newer one."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from evidence import dossiers, promises, retention
from evidence.models import Dossier, DossierFile
from tests.builders import berlin
from tests.evidence.dossiers.reading import later, make
from trainings import people
from trainings.models import SheetScan
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.mark.slow
@pytest.mark.both_databases
def test_contents_end_with_the_evidence_of_the_grant(run, period, act, grant):
    dossier = dossiers.hand_in(make(period, act), act)
    paths = list(dossier.files.values_list("path", "sha256"))
    kept = grant.keep_evidence_until
    with time_machine.travel(berlin(kept.year, kept.month, kept.day, 12)):
        assert retention.clean_up()["dossier_contents"] == 0
    with time_machine.travel(berlin(kept.year, kept.month, kept.day, 12) + dt.timedelta(days=1)):
        assert retention.clean_up()["dossier_contents"] == 1
        assert retention.clean_up()["dossier_contents"] == 0
        people.clean_up()
        dossier.refresh_from_db()
        with pytest.raises(Refused):
            dossiers.take_out(dossier, act)
    assert list(dossier.files.values_list("path", "sha256")) == paths
    assert not DossierFile.objects.exclude(content=b"", scan=None, certificate=None).exists()
    assert "Özil" not in str(dossier.facts)
    assert dossier.facts["numbers"]["participations"] == 2
    assert not SheetScan.objects.exclude(content=b"").exists()


@pytest.mark.both_databases
@pytest.mark.slow
def test_one_that_was_not_handed_in_goes_after_a_newer_one(run, period, act):
    first, second = make(period, act), make(period, act)
    with later(days=29):
        assert retention.clean_up()["dossiers"] == 0
    with later(days=31):
        assert retention.clean_up()["dossiers"] == 1
        assert list(Dossier.objects.all()) == [second]
    assert not DossierFile.objects.filter(dossier=first.pk).exists()


@pytest.mark.both_databases
@pytest.mark.slow
def test_what_the_funder_has_stays_beside_newer_ones(run, period, act):
    handed_in = dossiers.hand_in(make(period, act), act)
    period.refresh_from_db()
    Dossier.objects.create(
        period=period, number=2, asked_by=act.by, made_at=timezone.now(), size=1, sha256="0", supplements=handed_in
    )
    Dossier.objects.create(period=period, number=3, asked_by=act.by, failure="Papierstau")
    Dossier.objects.create(
        period=period, number=4, asked_by=act.by, made_at=timezone.now(), size=1, sha256="0", supplements=handed_in
    )
    with later(days=400):
        assert retention.clean_up()["dossiers"] == 1
    assert list(Dossier.objects.values_list("number", flat=True)) == [1, 2, 4]


def test_one_that_waits_is_not_made_any_more(period, act, grant):
    dossier = dossiers.ask_for(period, act)
    with time_machine.travel(berlin(grant.keep_evidence_until.year + 1, 6, 1)):
        retention.clean_up()
        assert dossiers.make_due() == 0
    dossier.refresh_from_db()
    assert dossier.failure == "Die Nachweise werden nicht mehr aufbewahrt."


def test_the_nightly_look_finds_one_that_was_altered(run, period, act):
    dossier = make(period, act)
    assert list(promises.altered(timezone.now())) == []
    DossierFile.objects.filter(dossier=dossier, path="LIES MICH.txt").update(content=b"anders")
    assert list(promises.altered(timezone.now())) == [f"Dossier {dossier.pk}"]
