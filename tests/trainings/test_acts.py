"""Does every operation take one act, and does the history come from it in one place?"""

import ast
import inspect
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from certificates import issuing
from tests.builders import in_days
from trainings import attendance, booking, planning
from trainings.acts import Act

OF_AN_ACT = {"channel", "overrides", "reason", "by_email", "actor", "actor_email"}


@pytest.mark.parametrize("room", [booking, planning, attendance, issuing], ids=lambda room: room.__name__)
def test_no_operation_takes_an_act_in_pieces(room):
    operations = {name: shown for name, shown in vars(room).items() if inspect.isfunction(shown)}
    in_pieces = {
        name: pieces
        for name, operation in operations.items()
        if (pieces := OF_AN_ACT & set(inspect.signature(operation).parameters))
    }
    assert in_pieces == {}, "take an Act instead"


def test_one_function_writes_the_history_of_registrations():
    writers = []
    for app in ["accounts", "trainings", "certificates", "demo"]:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef) and {"RegistrationEvent.objects.create", "events.create"} & {
                    ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)
                }:
                    writers.append(f"{path.stem}.{node.name}")
    assert writers == ["transitions._write_event"]


def test_an_act_takes_its_time_once():
    act, at = Act().begin()
    assert (act.at, act.begin()) == (at, (act, at))
    assert timezone.now() >= at
    assert Act(at=in_days(3)).begin()[1] == in_days(3)
