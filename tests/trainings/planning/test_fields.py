"""Is a field of a course, a run or a session known wherever such fields are named?

A new field fails here until it is named in each place, or until it is said why it does not belong there.
"""

import datetime as dt
import inspect
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from accounts.models import Agency
from tests.builders import berlin, build_course, build_funding, build_person, build_run, build_venue, in_days, planner
from trainings import planning
from trainings.calendars import CalendarItem
from trainings.calendars.ical import Inside, event
from trainings.forms.master_data import AgencyForm, CourseForm, FundingForm, VenueForm
from trainings.forms.runs import RunForm, SessionForm
from trainings.models import Course, CourseRun, Funding, Session, Venue
from trainings.planning.changing import NOT_EDITED
from trainings.planning.copying import CHOSEN

pytestmark = pytest.mark.django_db

HAPPENED = {
    "published_at": "a copy is a draft",
    "cancelled_at": "happened",
    "cancellation_reason": "happened",
    "closed_at": "happened",
    "closed_by": "happened",
    "decided_at": "happened",
    "changed_at": "happened",
    "starts_at": "follows from the sessions",
    "ends_at": "follows from the sessions",
}
NOT_IN_THE_TABLE = {
    **HAPPENED,
    **dict.fromkeys(
        [
            "approval", "approval_days", "fairness", "direct_promotion_days", "first_come_days", "offer_hours",
            "only_for_group", "group_rule", "prerequisite_rule", "decide_on",
            "reminders", "preparation", "preparation_en", "follow_up", "follow_up_en", "coordinator",
        ],
        "set on the page of the run",
    ),
}  # fmt: skip


def names(model: type[models.Model]) -> set[str]:
    fields = [*model._meta.concrete_fields, *model._meta.many_to_many]
    return {field.name for field in fields if not field.primary_key}


def expect(fields: set[str], known: set[str], exceptions: dict[str, str], where: str) -> None:
    unknown, needless = fields - known - exceptions.keys(), exceptions.keys() & known
    assert unknown == set(), f"name them in {where}, or say in this file why not"
    assert needless == set(), f"they are in {where}: take them from the exceptions in this file"


# --- Runs ------------------------------------------------------------------------------------------


def test_a_copy_takes_over_each_field_or_has_a_reason_not_to():
    known = {*CHOSEN, *planning.MOVED_ALONG, "number", "funding", "agencies", "course"}
    exceptions = {**HAPPENED, "trainers": "they have to be asked"}
    expect(names(CourseRun), known, exceptions, "CHOSEN or MOVED_ALONG of trainings/planning/copying.py")


def test_the_table_of_runs_has_each_field_or_a_reason_not_to():
    known = set(planning.RunResource().columns)
    expect(names(CourseRun), known, NOT_IN_THE_TABLE, "RunResource of trainings/planning/tables.py")


def test_an_edit_writes_each_field_of_a_run_or_another_operation_does():
    exceptions = {**HAPPENED, "course": "a run keeps its course"}
    expect(names(CourseRun), set(planning.EDITED), exceptions, "EDITED of trainings/planning/changing.py")
    assert {"id", *exceptions} == NOT_EDITED


def test_the_page_of_a_run_has_each_field_an_edit_writes():
    run = build_run(sessions=[(in_days(30), in_days(30, 12)), (in_days(31), in_days(31, 12))], teaching_minutes=90)
    assert planning.EDITED - {*RunForm(None, run=run, start={}).fields} == set()


@pytest.mark.parametrize("name", sorted(NOT_EDITED))
def test_an_edit_refuses_to_write_any_other_field(name):
    run = build_run()
    before = CourseRun.objects.values().get()
    with pytest.raises(TypeError, match=f"does not write {name}"):
        planning.change_run(run, planning.Edit({name: getattr(run, name)}), planner())
    assert CourseRun.objects.values().get() == before


def test_a_copy_of_a_run_that_is_over_is_open():
    """Whatever happened to the run stays with it, whichever field says so."""
    coordinator = build_person()
    run = build_run(
        sessions=[(berlin(2026, 3, 2, 9), berlin(2026, 3, 2, 12))],
        teaching_minutes=135,
        closed_at=timezone.now(),
        closed_by=coordinator,
        decided_at=timezone.now(),
        cancelled_at=timezone.now(),
        cancellation_reason="Krank",
        registration_opens_on=dt.date(2026, 2, 1),
        minimum_number=3,
        offer_hours=12,
        funding=build_funding(ends_on=dt.date(2026, 12, 31)),
    )
    copy = CourseRun.objects.get(pk=planning.copy_run(run, planner(), days=364).pk)
    fresh = CourseRun()
    happened = ["closed_at", "closed_by", "decided_at", "cancelled_at", "cancellation_reason", "published_at"]
    assert {name: getattr(copy, name) for name in happened} == {name: getattr(fresh, name) for name in happened}
    assert {name: getattr(copy, name) for name in CHOSEN} == {name: getattr(run, name) for name in CHOSEN}
    assert copy.registration_opens_on == dt.date(2027, 1, 31)


@pytest.mark.parametrize(("days", "is_named"), [(303, True), (304, True), (305, False)])
def test_a_copy_names_no_grant_that_has_ended_by_then(days, is_named):
    run = build_run(
        sessions=[(berlin(2026, 3, 2, 9), berlin(2026, 3, 2, 12))],
        teaching_minutes=135,
        funding=build_funding(ends_on=dt.date(2026, 12, 31)),
    )
    assert planning.copy_run(run, planner(), days=days).funding == (run.funding if is_named else None)


# --- What calendars show of a run ------------------------------------------------------------------

SHOWN = {
    *planning.PLACE, "cancelled_at", "course", "number", "capacity", "visibility", "notes", "notes_en",
    "cancellation_reason", "changed_at",
}  # fmt: skip


def another(field: models.Field, value: Any) -> Any:
    """A value unlike the present one."""
    if field.related_model:
        builders: dict[str, Any] = {"course": build_course, "venue": build_venue, "funding": build_funding}
        return builders.get(field.name, build_person)()
    if field.choices:
        return next(choice for choice, _label in reversed(field.flatchoices) if choice != value)
    if isinstance(field, models.DateTimeField):
        return berlin(2040, 1, 2)
    if isinstance(field, models.DateField):
        return dt.date(2040, 1, 2)
    if isinstance(field, models.IntegerField):
        return (value or 0) + 7
    return "https://anders.example" if isinstance(field, models.URLField) else f"{value} anders"


def events(session: Session) -> list[bytes]:
    """As anybody, who comes, and who teaches sees the session."""
    inside = Inside("/liste/", 3, 0, works_there=True, teaches=True)
    seen = [CalendarItem(session), CalendarItem(session, status="confirmed"), CalendarItem(session, inside=inside)]
    return [bytes(event(entry).to_ical()) for entry in seen]


@pytest.mark.parametrize("state", ["to come", "called off"])
def test_calendars_show_of_a_run_what_is_declared(state):
    fields: dict[str, Any] = {
        "format": "hybrid",
        "venue": build_venue(phone="0261 1"),
        "online_link": "https://a.example",
    }
    if state == "called off":
        fields |= {"cancelled_at": timezone.now(), "cancellation_reason": "Krank"}
    session = Session.objects.select_related("run__course", "run__venue").get(run=build_run(**fields))
    before, shown = events(session), set()
    for field in CourseRun._meta.concrete_fields:
        value = getattr(session.run, field.name)
        setattr(session.run, field.name, another(field, value))
        if events(session) != before:
            shown.add(field.name)
        setattr(session.run, field.name, value)
    assert shown - SHOWN == set(), (
        "its change must write changed_at; if it is place or state, it must call scheduling.touch_sessions: "
        "name it in SHOWN of this file"
    )


# --- Courses and sessions --------------------------------------------------------------------------


def test_the_table_of_courses_has_each_field_or_a_reason_not_to():
    exceptions = {
        "prerequisites": "set on its page",
        "published_at": "the column published",
        "changed_at": "happened",
    }
    known = set(planning.CourseResource().columns)
    expect(names(Course), known, exceptions, "CourseResource of trainings/planning/course_table.py")


@pytest.mark.parametrize(
    ("form", "model", "exceptions"),
    [
        (CourseForm, Course, {"slug": "follows from the title", "published_at": "the field published"}),
        (VenueForm, Venue, {}),
        (FundingForm, Funding, {}),
        (AgencyForm, Agency, {}),
    ],
)
def test_the_page_shows_each_field_or_has_a_reason_not_to(form, model, exceptions):
    known = {name for _heading, rows in form.layout for cells in rows for name in cells}
    if "changed_at" in names(model):
        exceptions = {**exceptions, "changed_at": "happened"}
    expect(names(model), known, exceptions, f"the layout of {form.__name__}")


# What happened to a session stays with it, and a copy has a UID of its own.
OF_ONE_SESSION = dict.fromkeys(["run", "cancelled_at", "calendar_uid", "sequence", "changed_at"], "of this one alone")


@pytest.mark.parametrize(
    ("known", "where"),
    [
        (planning.Meeting.__annotations__, "Meeting of trainings/planning/scheduling.py, and its cell in tables.py"),
        (inspect.signature(planning.add_session).parameters, "planning.add_session"),
    ],
    ids=["meeting", "adding"],
)
def test_a_session_is_planned_with_each_of_its_fields(known, where):
    expect(names(Session), set(known) - {"run"}, OF_ONE_SESSION, where)


def test_the_page_of_a_run_writes_a_session_with_each_of_its_fields():
    known = {*SessionForm.base_fields} | {"starts_at", "ends_at"}
    expect(names(Session), known, OF_ONE_SESSION, "SessionForm, and what makes a Meeting of it")
