"""Page, dossier and certificates agree in any world, before and after corrections, erasures and changes of employer."""

import datetime as dt
from collections import Counter

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts import people as accounts
from accounts.models import User
from certificates import issuing
from certificates.paper import render
from evidence import dossiers
from evidence.dossiers.frozen import cautions
from evidence.models import ReportingPeriod
from tests.builders import build_agency, build_funding, build_person
from tests.certificates.builders import build_attended, build_finished_run
from tests.evidence.dossiers.reading import Read, make, taken
from tests.pages import read
from trainings import attendance, people
from trainings.acts import Act, Channel
from trainings.attendance import Mark
from trainings.reporting import DEFINITIONS, OF_EVERYTHING

AGENCIES = 3
MINUTES = st.sampled_from([None, 0, 60, 300, 360])
RUN = st.lists(st.tuples(st.integers(0, 4), MINUTES), max_size=4, unique_by=lambda one: one[0])
WORLD = st.lists(RUN, max_size=3)
AFTERWARDS = st.lists(
    st.tuples(st.sampled_from(["correct", "erase", "move"]), st.integers(0, 4), st.integers(0, 2)), max_size=4
)


@pytest.mark.slow
@pytest.mark.drawn
@pytest.mark.django_db
def test_they_agree(signed_in, coordinator):
    world = [[(0, 360), (1, 60), (2, None)], [(0, 0), (3, 360)]]
    agree(signed_in, coordinator, world, [("correct", 0, 0), ("erase", 1, 0), ("move", 0, 2)])


@pytest.mark.slow
@pytest.mark.django_db
@settings(
    max_examples=10, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(world=WORLD, afterwards=AFTERWARDS)
def test_they_agree_in_many_worlds(signed_in, coordinator, world, afterwards):
    agree(signed_in, coordinator, world, afterwards)


def agree(signed_in, coordinator, world, afterwards) -> None:
    client, act = signed_in(coordinator), Act(coordinator, Channel.COORDINATION, "berichtigt")
    grant, today = build_funding(names_in_reports=True), timezone.localdate()
    agencies = [build_agency(f"Amt {number} {grant.pk}", "") for number in range(AGENCIES)]
    persons = [build_person(agency=agencies[number % AGENCIES]) for number in range(5)]
    runs = []
    for number, attended in enumerate(world):
        run = build_finished_run(funding=grant, days_ago=(20 - number,), number=f"{grant.pk}-{number}")
        for key, minutes in attended:
            build_attended(run, persons[key], minutes=minutes, by=coordinator)
        runs.append(run)
    period = ReportingPeriod.objects.create(funding=grant, first_on=today - dt.timedelta(days=60), last_on=today)
    for run in runs:
        list(map(render, issuing.issue(run, act)))
    first = make(period, act)
    kept = taken(first, act)
    same(Read(kept), client, period, runs)
    for what, key, other in afterwards:
        person = persons[key]
        person.refresh_from_db()
        registration = person.registrations.filter(run__in=runs).first()
        if what == "erase" and person.is_active:
            people.erase(person, act)
        elif what == "move" and person.is_active:
            accounts.change(person, {"agency": agencies[other]}, by=coordinator)
        elif what == "correct" and registration is not None:
            attendance.record(registration.run.sessions.get(), {registration.pk: Mark("partial", minutes=123)}, act)
    again = make(period, act)
    same(Read.of(again, act), client, period, runs)
    if User.objects.filter(restricted_at__isnull=False).exists():  # the first one may name them
        first, kept = again, taken(again, act)
    past = Act(coordinator, Channel.COORDINATION, "abgegeben", " ".join(one.code for one in cautions(first)))
    frozen = dossiers.hand_in(first, past)
    assert taken(frozen, act) == kept


def same(told: Read, client, period, runs) -> None:
    """What each of them says of the same number."""
    on_the_page = read(client.get(reverse("evidence:period", args=[period.pk]))).text
    [total] = [line for line in told.csv("01 Zusammenfassung") if line["Auswertung"] == "Gesamt"]
    by_label = dict(told.xlsx("01 Zusammenfassung", "Zahlen")[1:])
    cover = told.pdf("00 Deckblatt")
    for name in OF_EVERYTHING:
        label = str(DEFINITIONS[name].label)
        if not total[label]:  # a share of nothing
            assert by_label[label] is None
            continue
        assert number_of(total[label]) == float(by_label[label])
        assert f"{label} {grouped(total[label])}" in on_the_page
        assert f"{label} {grouped(total[label])}" in cover
    listed = told.csv("02 Termine")
    assert len(listed) == len(runs)
    for name in ("Angemeldet", "Teilgenommen", "Teilweise", "Nicht erfasst", "Minuten anwesend"):
        assert sum(int(line[name]) for line in listed) == int(total[name])
    for line in listed:
        people_of = told.csv(f"{line['Ordner']}/Teilnehmende")
        came_to = Counter(one["Ergebnis"] for one in people_of)
        assert len(people_of) == int(line["Angemeldet"])
        assert [came_to[name] for name in ("Teilgenommen", "Teilweise", "Gefehlt", "Nicht erfasst")] == [
            int(line[name]) for name in ("Teilgenommen", "Teilweise", "Gefehlt", "Nicht erfasst")
        ]
        assert sum(int(one["Minuten"]) for one in people_of) == int(line["Minuten anwesend"])
        by_agency = [one for one in told.csv("02 Termine, je Behörde und Gruppe") if one["Termin"] == line["Termin"]]
        of_day = Counter(one["Behörde / Einrichtung"] or "ohne Behörde" for one in people_of)
        assert of_day == {
            one["Bezeichnung"]: int(one["Angemeldet"]) for one in by_agency if one["Auswertung"] == "je Behörde"
        }
        proofs = [one for one in told.csv("04 Teilnahmebescheinigungen") if one["Termin"] == line["Termin"]]
        assert sum(one["Zustand"] == "gültig" for one in proofs) == int(line["Gültige Bescheinigungen"])


def number_of(cell: str) -> float:
    return float(cell.replace(",", ".") or 0)


def grouped(cell: str) -> str:
    """As pages and papers have it: 1.234,5."""
    whole, comma, rest = cell.partition(",")
    return f"{int(whole):,}".replace(",", ".") + comma + rest
