"""Minutes held and attended: one way to add them up, whoever asks."""

import ast
from pathlib import Path

import pytest

from certificates import issuing
from tests.builders import build_registration, build_run, cancel_session, in_days
from tests.sources import nodes_of
from tests.trainings.reporting.test_registrations import rows_of
from trainings import attendance, reporting
from trainings.models import AttendanceRecord, Registration, Session, minutes_by_session, minutes_held
from trainings.reporting import Period

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(trainer):
    """Three days of 180 minutes, the last of them called off after it was recorded."""
    days = [(in_days(-day, 8), in_days(-day, 12)) for day in (9, 8, 7)]
    run = build_run(sessions=days, teaching_minutes=180, trainers=[trainer])
    registration = build_registration(run)
    for session, minutes in zip(run.sessions.all(), (180, 90, 180), strict=True):
        status = "present" if minutes == 180 else "partial"
        AttendanceRecord.objects.create(
            registration=registration, session=session, status=status, minutes=minutes, recorded_by=trainer
        )
    cancel_session(run.sessions.last())
    return run


def everywhere(run):
    """What each place says was attended of the run, in minutes."""
    registration = run.registrations.get()
    [assessment] = issuing.assess(run)
    figures = reporting.figures_of(Period(in_days(-30).date(), in_days(0).date()))
    [_headings, *rows] = rows_of(Registration.objects.all())
    return [
        attendance.minutes_if_complete(registration),
        assessment.minutes_attended,
        figures.total.minutes_attended,
        *(int(row[-2]) for row in rows),
    ]


def held_everywhere(run):
    [assessment] = issuing.assess(run)
    figures = reporting.figures_of(Period(in_days(-30).date(), in_days(0).date()))
    return [run.teaching_minutes, minutes_held(run.sessions.all()), assessment.minutes_held, figures.total.minutes_held]


def test_what_was_called_off_counts_nowhere(run):
    assert everywhere(run) == [270] * 4
    assert held_everywhere(run) == [360] * 4


def test_nobody_attended_more_than_was_held_by_whatever_path_it_shrank(run):
    Session.objects.filter(pk=run.sessions.first().pk).update(teaching_minutes=100)
    assert everywhere(run) == [190] * 4
    assert held_everywhere(run) == [280] * 4


def test_what_is_not_recorded_is_not_nothing(run):
    registration = build_registration(run)
    first, second, _called_off = run.sessions.all()
    assert minutes_by_session(registration, run.sessions.all()) == {first: None, second: None}
    assert attendance.minutes_if_complete(registration) is None
    assert [row[-2] for row in rows_of(Registration.objects.filter(pk=registration.pk))[1:]] == [""]


def test_nobody_else_adds_minutes_up():
    adding = {
        str(path.relative_to(ROOT))
        for app in ("accounts", "trainings", "certificates")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
        for call in nodes_of(path, having="[sS]um")
        if isinstance(call, ast.Call) and called(call) in {"sum", "Sum"} and mentions_minutes(call)
    }
    # The second adds up what a paper says, to see whether it still adds up.
    assert adding == {"trainings/models/minutes.py", "certificates/promises.py"}, (
        "ask minutes_held, minutes_by_session or minutes_attended instead"
    )


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def mentions_minutes(call: ast.Call) -> bool:
    """Of a session or a record, by attribute or by name as querysets take it."""
    words = [node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)]
    words += [node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    words += [name.id for name in ast.walk(call) if isinstance(name, ast.Name)]
    return any(word.rpartition("__")[2] in {"minutes", "teaching_minutes"} for word in words)
