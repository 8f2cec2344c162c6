"""Is each row with consequences written in one file alone? What ``tests/writing.py`` watches while tests run.

What no test runs is read in the source, below.
"""

import ast
from collections.abc import Iterator

import pytest
from django.apps import apps

from accounts.models import Agency, AuditEvent, User
from tests.builders import build_registration, build_run, only_session
from tests.sources import nodes_of
from tests.writing import PRODUCT, ROOT, WRITERS, WrittenElsewhere, WrittenWithoutMoment
from trainings.models import CourseRun, Funding, MasterDataEvent, Registration, RunEvent, Session, Venue

HOW = {
    "status": [
        'row.status = "cancelled"; row.save()',
        'row.status = "cancelled"; row.save(update_fields=["status"])',
        'setattr(row, "status", "cancelled"); row.save()',
        'vars(row).update(status="cancelled"); row.save()',
        'Registration.objects.filter(pk=row.pk).update(status="cancelled")',
        'row.run.registrations.update(status="cancelled")',
        'row.status = "cancelled"; Registration.objects.bulk_update([row], ["status"])',
        "row.pk = None; Registration.objects.bulk_create([row])",
        "row.delete()",
    ],
    "session": [
        "session.save()",
        'session.room = "Saal"; session.save(update_fields=["room"])',
        'Session.objects.filter(pk=session.pk).update(room="Saal")',
        'session.run.sessions.update(room="Saal")',
        "Session.objects.bulk_update([session], ['room'])",
        "session.pk = None; Session.objects.bulk_create([session])",
        "session.run.sessions.create(starts_at=session.starts_at, ends_at=session.ends_at, teaching_minutes=1)",
        "session.delete()",
    ],
    "run": [
        "run.save()",
        "run.notes = 'Saal'; run.save(update_fields=['notes', 'changed_at'])",
        "CourseRun.objects.filter(pk=run.pk).update(capacity=3)",
        "run.course.runs.update(capacity=3)",
        "run.course.runs.filter(pk=run.pk).update(published_at=None)",
        "CourseRun.objects.bulk_update([run], ['capacity'])",
        "run.pk = None; CourseRun.objects.bulk_create([run])",
        "CourseRun.objects.create(course=run.course, number='neu', capacity=3)",
        "run.course.runs.create(number='neu', capacity=3)",
        "run.save(update_fields=['starts_at'])",
        "CourseRun.objects.update(ends_at=None)",
        "run.delete()",
    ],
    "person": [
        "row.person.last_name = 'Neu'; row.person.save()",
        "User.objects.filter(pk=row.person.pk).update(role='coordinator')",
        "User.objects.create(email='neu@mayen.example')",
        "User.objects.bulk_create([User(email='neu@mayen.example')])",
        "row.person.affiliations.create(since='2037-01-01')",
        "row.person.contact_duties.create(agency=row.agency)",
        "AuditEvent.objects.create(what='signed_in')",
    ],
    "master data": [
        "run.course.title = 'Neu'; run.course.save()",
        "type(run.course).objects.update(title='Neu', changed_at=None)",
        "Venue.objects.create(name='Haus', town='Mayen')",
        "Funding.objects.filter(pk=1).update(fund='ESF')",
        "Agency.objects.filter(pk=1).update(name='Neu')",
        "Agency.objects.create(name='Neu', short_name='N', kind='other')",
        "Venue(name='Haus', town='Mayen').save()",
        "MasterDataEvent.objects.create(of='venue', key=1, what='changed')",
    ],
    "history": [
        "RunEvent.objects.create(run=run, what='changed')",
        "run.events.create(what='changed')",
        "RunEvent(run=run, what='changed').save()",
        "RunEvent.objects.bulk_create([RunEvent(run=run, what='changed')])",
    ],
}


def test_the_history_has_no_second_writer_for_the_span_of_a_run_nor_the_sessions_for_the_rest():
    history, scheduling = [writer for writer in WRITERS if writer.model == "trainings.CourseRun"]
    columns = {field.attname for field in CourseRun._meta.concrete_fields}
    both = [writer.concerned("UPDATE", frozenset(columns)) for writer in (history, scheduling)]
    assert (both[0] | both[1], both[0] & both[1], both[1]) == (columns, set(), {"starts_at", "ends_at"})
    assert [writer.concerned("INSERT INTO", frozenset()) for writer in (history, scheduling)] == [{"a row"}, set()]


def as_if_in(file: str, statements: str, **names: object) -> None:
    exec(compile(statements, str(ROOT / file), "exec"), names)  # noqa: S102


@pytest.mark.django_db
@pytest.mark.parametrize(("what", "how"), [(what, how) for what in HOW for how in HOW[what]])
def test_a_row_with_consequences_is_not_written_elsewhere_in_any_shape(what, how):
    row = build_registration(build_run())
    # Of rows that others point to Django asks and deletes in another order: nothing points to this one.
    run = CourseRun.objects.create(course=row.run.course, number="leer", capacity=2)
    names = {"row": row, "session": only_session(row.run), "run": run}
    models = (Registration, Session, CourseRun, RunEvent, Venue, Funding, Agency, MasterDataEvent, User, AuditEvent)
    names |= {model.__name__: model for model in models}
    with pytest.raises(WrittenElsewhere, match=r"^trainings/invented\.py writes .*: only \w+/[\w/]+\.py may; "):
        as_if_in("trainings/invented.py", how, **names)


@pytest.mark.django_db
def test_the_admin_deletes_no_session_along_with_its_run(signed_in, coordinator):
    run = build_run()
    client = signed_in(coordinator)
    client.post(f"/admin/trainings/courserun/{run.pk}/delete/", {"post": "yes"})
    assert run.sessions.count() == 1


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.model)
def test_the_one_writer_exists(writer):
    assert [file for file in {writer.file, *writer.also} if not (ROOT / file).is_file()] == []


def test_every_table_of_ours_has_its_writers():
    """So that a page, a command, an import or the back office which writes one past them fails."""
    # Roles are a word, so nobody writes these; what a course, a run or a person consists of stands for itself.
    unused = {"accounts.User_groups", "accounts.User_user_permissions"}
    ours = {
        model._meta.label for model in apps.get_models(include_auto_created=True) if model._meta.app_label in PRODUCT
    }
    assert ours - {writer.model for writer in WRITERS} - unused == set(), "name its writers in tests/writing.py"
    assert {writer.model for writer in WRITERS} - ours == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "how",
    [
        "CourseRun.objects.filter(pk=run.pk).update(notes='Parkplatz im Hof')",
        "run.notes = 'Parkplatz im Hof'; run.save(update_fields=['notes'])",
        "run.notes = 'Parkplatz im Hof'; CourseRun.objects.bulk_update([run], ['notes'])",
    ],
)
def test_what_feeds_show_is_not_written_without_its_moment(how):
    with pytest.raises(WrittenWithoutMoment, match=r"^trainings/history\.py writes notes of .* changed_at"):
        as_if_in("trainings/history.py", how, run=build_run(), CourseRun=CourseRun)


@pytest.mark.django_db
def test_nor_is_a_course():
    how, file = "type(run.course).objects.update(title='Neu')", "trainings/planning/master_data.py"
    with pytest.raises(
        WrittenWithoutMoment, match=r"^trainings/planning/master_data\.py writes title of .* changed_at"
    ):
        as_if_in(file, how, run=build_run())


@pytest.mark.django_db
def test_what_no_feed_shows_is_written_without_one():
    as_if_in("trainings/history.py", "run.save(update_fields=['decided_at'])", run=build_run())


# --- the source ----------------------------------------------------------------------------------

REGISTRATIONS, SESSIONS, RUNS, _SPANS, EVENTS, *_MASTER_DATA = WRITERS
WRITES = {"save", "delete", "create", "update", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}

# What is called like a column of Registration but belongs to another model, or never reaches the database.
KNOWN = {
    "trainings/attendance/marks.py: row.status =": "an AttendanceRecord",
    "trainings/reporting/tallies.py: setattr(self, name, getattr(self, name) + getattr(other, name))": "a Tally",
    "trainings/mails/outbox.py: .update(status=)": "a Message",
    "trainings/mails/preview.py: registration.status =": "in memory, for the preview of a mail",
    "trainings/mails/preview.py: registration.held_until =": "in memory, for the preview of a mail",
    "accounts/people.py: setattr(person, name, value)": "a User",
    "trainings/history.py: setattr(self.run, name, value)": "a CourseRun",
    "trainings/planning/changing.py: setattr(run, name, value)": "a CourseRun, in memory",
    "trainings/planning/master_data.py: setattr(row, name, value)": "a Course, Venue, Funding, Agency or Agreement",
    "evidence/history.py: setattr(row, name, value)": "an ExportFormat or an Indicator",
    "trainings/planning/telling.py: message.status =": "a Message",
    "trainings/planning/telling.py: unsent.status =": "a Message",
    "trainings/planning/telling.py: .save('status')": "a Message",
    "demo/world.py: .update(status=)": "a Message",
}


def writes_of_a_status(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in REGISTRATIONS.columns:
        yield f"{ast.unparse(node)} ="
    if isinstance(node, ast.Call):
        name = called(node)
        if name == "setattr" and getattr(node.args[1], "value", "status") in REGISTRATIONS.columns:
            yield ast.unparse(node)
        if name in WRITES:
            yield from (f".{name}({word.arg}=)" for word in node.keywords if word.arg in REGISTRATIONS.columns)
        if name in {"save", "bulk_update"}:
            texts = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
            yield from (f".{name}({text!r})" for text in texts & REGISTRATIONS.columns)


def writes_of_a_session(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and called(node) in WRITES:
        receiver = [getattr(part, "attr", getattr(part, "id", "")).lower() for part in chain(node.func)]
        if "request" not in receiver and any(name.startswith("session") for name in receiver):
            yield f"{ast.unparse(node.func)}()"


def writes_of_a_run(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and called(node) in WRITES and written(node) in {"run", "runs", "courserun"}:
        yield f"{ast.unparse(node.func)}()"


def writes_of_an_event(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and called(node) in WRITES and written(node) in {"runevent", "run.events"}:
        yield f"{ast.unparse(node.func)}()"


def written(node: ast.Call) -> str:
    """``courserun`` of ``CourseRun.objects.filter(…).update()``, ``run.events`` of ``row.run.events.create()``."""
    parts = list(chain(node.func))[1:]
    names = []
    for place, part in enumerate(parts):
        is_called = place > 0 and isinstance(parts[place - 1], ast.Call)
        name = getattr(part, "attr", getattr(part, "id", "")).lower()
        if name and name != "objects" and (not is_called or isinstance(part, ast.Name)):
            names.append(name)
    return ".".join(reversed(names[:2])) if names[:1] == ["events"] else "".join(names[:1])


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def chain(node: ast.expr) -> Iterator[ast.expr]:
    """``Session.objects.filter(…).update``, from its end, without what stands in brackets."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Name):
        yield node
        if isinstance(node, ast.Name):
            return
        node = node.func if isinstance(node, ast.Call) else node.value


@pytest.mark.parametrize(
    ("writer", "look"),
    [
        (REGISTRATIONS, writes_of_a_status),
        (SESSIONS, writes_of_a_session),
        (RUNS, writes_of_a_run),
        (EVENTS, writes_of_an_event),
    ],
)
def test_no_other_file_looks_like_a_writer(writer, look):
    """The guard sees only what a test runs."""
    its_own = {file for one in WRITERS if one.model == writer.model for file in (one.file, *one.also)}
    paths = [path for app in PRODUCT for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    found = {
        f"{file}: {what}"
        for path in paths
        if (file := str(path.relative_to(ROOT))) not in its_own
        for node in nodes_of(path)
        for what in look(node)
    }
    assert found - KNOWN.keys() == set(), (
        f"only {writer.file} writes it: {writer.instead}; another model's column belongs into KNOWN"
    )
    if look is writes_of_a_status:
        assert KNOWN.keys() - found == set(), "no longer there: take it from KNOWN"


@pytest.mark.parametrize("how", [how for how in HOW["status"][:6] if "vars" not in how])
def test_the_source_shows_a_written_status(how):
    assert [what for node in ast.walk(ast.parse(how)) for what in writes_of_a_status(node)]


@pytest.mark.parametrize("how", [how for how in HOW["session"] if "bulk" not in how])
def test_the_source_shows_a_written_session(how):
    assert [what for node in ast.walk(ast.parse(how)) for what in writes_of_a_session(node)]


@pytest.mark.parametrize("how", [how for how in HOW["run"] if "bulk" not in how])
def test_the_source_shows_a_written_run(how):
    assert [what for node in ast.walk(ast.parse(how)) for what in writes_of_a_run(node)]


@pytest.mark.parametrize("how", [how for how in HOW["history"] if "bulk" not in how])
def test_the_source_shows_a_written_event(how):
    assert [what for node in ast.walk(ast.parse(how)) for what in writes_of_an_event(node)]


@pytest.mark.parametrize(
    "how", ["run.sessions.update(room='')", "registration.events.create()", "run.contingents.create()"]
)
def test_the_source_of_other_rows_is_no_written_run(how):
    looks = (writes_of_a_run, writes_of_an_event)
    assert [what for node in ast.walk(ast.parse(how)) for look in looks for what in look(node)] == []
