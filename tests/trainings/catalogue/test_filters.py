"""What the catalogue's filter finds, and what it says to wrong values."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import TargetGroup
from tests import builders
from tests.builders import berlin
from trainings.catalogue import CatalogueFilter, counted
from trainings.models import Course, CourseRun, Registration

NOW = berlin(2026, 2, 1, 12)


def found(*, viewer=None, **values):
    return set(CatalogueFilter(values, viewer=viewer, at=NOW).runs())


def run_at(*start, **fields):
    fields.setdefault("published_at", berlin(2026, 1, 1))
    course = fields.pop("course", None) or builders.build_course(published_at=berlin(2026, 1, 1))
    return builders.build_run(course, starts_at=berlin(*start), **fields)


@pytest.fixture
def course(db):
    return builders.build_course(
        "Basisseminar „Interkulturelle Kompetenz“",
        title_en="Basic seminar",
        summary="Übungen zum Wechsel der Perspektive",
        contents="Kulturbegriff\nStereotype",
        groups=[TargetGroup.STAFF],
        level=Course.Level.BASIC,
        published_at=berlin(2026, 1, 1),
    )


@pytest.fixture
def march(course):
    return run_at(2026, 3, 10, 9, course=course, venue=builders.build_venue(town="Mayen"))


@pytest.fixture
def april(db):
    other = builders.build_course(
        "Asylrecht", contents="Verfahren", groups=[TargetGroup.LEADERSHIP], level=Course.Level.SPECIALIST,
        published_at=berlin(2026, 1, 1),
    )  # fmt: skip
    return run_at(2026, 4, 1, 9, course=other, format=CourseRun.Format.ONLINE)


def test_without_a_choice_all_coming_runs_are_found(march, april):
    assert found() == {march, april}


@pytest.mark.parametrize(
    "values",
    [
        {"q": "basisseminar"},
        {"q": "seminar BASIC"},
        {"q": "ÜBUNGEN"},
        {"q": "stereotype kulturbegriff"},
        {"zielgruppe": "staff"},
        {"stufe": "basic"},
        {"format": "on_site"},
        {"ort": "Mayen"},
        {"monat": "2026-03"},
        {"q": "Kompetenz", "zielgruppe": "staff", "stufe": "basic", "ort": "Mayen", "monat": "2026-03"},
    ],
)
def test_each_choice_finds_its_runs_only(march, april, values):
    assert found(**values) == {march}


def test_all_terms_must_be_there(march):
    assert found(q="basisseminar asylrecht") == set()


def test_a_percent_sign_is_a_character_like_any_other(march):
    assert found(q="%") == set()


def test_months_begin_and_end_in_berlin(db):
    last_of_march = run_at(2026, 3, 31, 23)
    first_of_april = run_at(2026, 4, 1, 0, 30)
    assert found(monat="2026-03") == {last_of_march}
    assert found(monat="2026-04") == {first_of_april}
    assert found(monat="2026-12") == set()


def test_only_runs_where_a_newcomer_gets_a_place_have_free_places(db):
    free = run_at(2026, 3, 1, capacity=2)
    builders.build_registration(free)
    full = run_at(2026, 3, 2, capacity=1)
    builders.build_registration(full)
    somebody_waits = run_at(2026, 3, 3, capacity=2)
    builders.build_registration(somebody_waits, status=Registration.Status.WAITLISTED)
    run_at(2026, 3, 4, registration_closes_on=dt.date(2026, 1, 31))
    run_at(2026, 3, 5, visibility=CourseRun.Visibility.INVITATION)
    run_at(2026, 3, 6, cancelled_at=NOW, cancellation_reason="krank")
    assert found(frei="1") == {free}
    assert found(frei="") == set(CourseRun.objects.all())


def test_drafts_and_finished_runs_are_not_found(db):
    run_at(2026, 3, 1, published_at=None)
    run_at(2026, 3, 1, published_at=berlin(2026, 2, 2))
    run_at(2026, 3, 1, course=builders.build_course(published_at=None))
    run_at(2026, 1, 31)
    running = builders.build_run(
        builders.build_course(published_at=berlin(2026, 1, 1)),
        sessions=[(berlin(2026, 1, 20, 9), berlin(2026, 1, 20, 12)), (berlin(2026, 2, 20, 9), berlin(2026, 2, 20, 12))],
        published_at=berlin(2026, 1, 1),
    )
    cancelled = run_at(2026, 3, 1, cancelled_at=NOW, cancellation_reason="krank")
    assert found() == {running, cancelled}


def test_runs_for_agencies_are_found_by_their_people_only(participant, other_participant, coordinator, agency):
    reserved = run_at(2026, 3, 1, visibility=CourseRun.Visibility.AGENCIES, agencies=[agency])
    assert found(viewer=participant) == {reserved}
    assert found(viewer=coordinator) == {reserved}
    assert found(viewer=other_participant) == set()
    assert found() == set()
    assert CatalogueFilter({}, viewer=other_participant, at=NOW).month_choices == [("", "alle Monate")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("zielgruppe", "aliens"),
        ("stufe", "x"),
        ("format", "x"),
        ("ort", "Atlantis"),
        ("monat", "2026-13"),
        ("monat", "März"),
        ("monat", "٢٠٢٦-03"),
        ("q", "x" * 101),
        ("q", "nu\x00ll"),
    ],
)
def test_a_wrong_value_is_named_beside_its_field_and_the_rest_applies(march, april, name, value):
    rest = {"format": "on_site"} if name != "format" else {"ort": "Mayen"}
    form = CatalogueFilter({name: value, **rest}, at=NOW)
    assert set(form.runs()) == {march}
    assert list(form.errors) == [name]
    assert form.chosen == rest


def test_the_query_string_is_normalised(march):
    form = CatalogueFilter({"frei": "on", "monat": "", "stufe": "falsch", "q": "  Übung ", "page": "2"}, at=NOW)
    assert form.query_string == "q=%C3%9Cbung&frei=1"
    assert CatalogueFilter({}, at=NOW).query_string == ""
    assert CatalogueFilter({"q": "  "}, at=NOW).is_active is False


def test_the_lists_offer_what_is_coming(march, april):
    run_at(2026, 3, 5, venue=builders.build_venue(town="Öhringen"))
    run_at(2026, 3, 6, venue=builders.build_venue(town="Polch"))
    run_at(2025, 3, 6, venue=builders.build_venue(town="Vallendar"))
    form = CatalogueFilter({}, at=NOW)
    assert form.place_choices == [
        ("", "alle Orte"), ("Mayen", "Mayen"), ("Öhringen", "Öhringen"), ("Polch", "Polch")
    ]  # fmt: skip
    assert form.month_choices == [("", "alle Monate"), ("2026-03", "März 2026"), ("2026-04", "April 2026")]


def test_what_is_chosen_stays_in_the_list(march):
    form = CatalogueFilter({"monat": "2025-01"}, at=NOW)
    assert form.month_choices == [("", "alle Monate"), ("2025-01", "Januar 2025"), ("2026-03", "März 2026")]
    assert [(list_.field.name, list_.chosen) for list_ in form.selections if list_.chosen] == [("monat", "2025-01")]


def test_finding_runs_takes_few_queries(march, django_assert_num_queries):
    values = {"zielgruppe": "staff", "monat": "2026-03", "frei": "1"}
    with django_assert_num_queries(1):
        assert list(CatalogueFilter({**values, "frei": ""}, at=NOW).runs()) == [march]
    with django_assert_num_queries(3):  # and which there are, and how full these are
        assert list(CatalogueFilter(values, at=NOW).runs()) == [march]
    with django_assert_num_queries(5):  # and the texts of courses, and who teaches them where
        assert list(CatalogueFilter({"q": "basis", **values}, at=NOW).runs()) == [march]


def test_courses_come_by_their_next_run_and_without_one_last(course, march, april):
    idle = builders.build_course("Ohne Termin", published_at=berlin(2026, 1, 1))
    only_past = run_at(2025, 5, 1).course
    assert list(CatalogueFilter({}, at=NOW).courses_by_next_run) == [course, april.course, idle, only_past]
    assert list(CatalogueFilter({"monat": "2026-04"}, at=NOW).courses_by_next_run) == [april.course]
    assert list(CatalogueFilter({"q": "ohne termin"}, at=NOW).courses_by_next_run) == [idle]


def test_the_fields_are_named_in_german_as_written_here_and_by_no_library(db):
    assert [str(field.label) for field in CatalogueFilter({}, at=NOW)] == [
        "Suchbegriff", "Zielgruppe", "Stufe", "Format", "Ort", "Beginn im Monat", "nur mit freien Plätzen"
    ]  # fmt: skip


def test_somebody_without_an_agency_sees_no_run_reserved_for_agencies(db):
    builders.build_run(visibility="agencies")  # its agencies are still to be entered
    person = builders.build_person("wer@unbekannt.example")
    assert list(CatalogueFilter({}, viewer=person).runs()) == []


# --- models and columns --------------------------------------------------------------------------


@pytest.mark.parametrize("days", [-20, 0, 1, 40, 110])
def test_what_the_columns_say_is_what_the_models_and_queries_say(course, march, april, days):
    """Of runs in every state: the list reads columns, the page of the course models, jobs ask by queries."""
    at = NOW + dt.timedelta(days=days)
    day = timezone.localdate(at)
    for number, fields in enumerate(
        [
            {"cancelled_at": NOW, "cancellation_reason": "krank"},
            {"visibility": "invitation"},
            {"registration_opens_on": day},
            {"registration_opens_on": day + dt.timedelta(days=1)},
            {"registration_closes_on": day},
            {"registration_closes_on": day - dt.timedelta(days=1)},
            {"capacity": 3},
            {"format": "online"},
        ]
    ):
        run = run_at(2026, 5, 1 + number, course=course)
        CourseRun.objects.filter(pk=run.pk).update(**fields)
    full, waited = run_at(2026, 6, 1, course=course, capacity=1), run_at(2026, 6, 2, course=course)
    builders.build_registration(full)
    builders.build_registration(waited, status="waitlisted")

    form = CatalogueFilter({}, at=at)
    models = {run.pk: run for run in CourseRun.objects.published(at).not_finished(at).with_occupancy()}
    columns = {run.pk: run for run in counted(form.listed, at)}
    open_ones = CourseRun.objects.published(at).open_for_registration(at).values_list("pk", flat=True)
    assert columns.keys() == models.keys()
    for pk, run in models.items():
        said = [(one.availability(at), one.place, one.anchor, one.is_online) for one in (run, columns[pk])]
        assert said[0] == said[1]
    assert {pk for pk, run in columns.items() if run.is_open(at)} == {*open_ones}
    free = {pk for pk, run in models.items() if run.availability(at).code in {"free", "few"}}
    assert {run.pk for run in form.with_a_place()} == free
    assert {run.pk for run in CatalogueFilter({"frei": "1"}, at=at).listed} == free
