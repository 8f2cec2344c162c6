"""Does every operation take one act, and does the history come from it in one place?"""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

import certificates
import trainings
from tests.builders import in_days
from tests.sources import nodes_of
from trainings import versions
from trainings.acts import Act

OF_AN_ACT = {"by", "channel", "overrides", "reason", "by_email", "actor", "actor_email"}
ROOMS = [
    importlib.import_module(f"{app.__name__}.{found.name}")
    for app in (trainings, certificates)
    for found in pkgutil.iter_modules(app.__path__)
    if found.ispkg and found.name not in {"forms", "management", "migrations", "models", "templatetags", "views"}
] + [versions]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__)
def test_no_operation_takes_an_act_in_pieces(room):
    """Neither instead of an act nor beside one, whose time is in it."""
    in_pieces = {}
    for name, operation in vars(room).items():
        if inspect.isfunction(operation):
            taken = set(inspect.signature(operation).parameters)
            if pieces := taken & (OF_AN_ACT | {"at"} if "act" in taken else OF_AN_ACT):
                in_pieces[name] = pieces
    assert in_pieces == {}, "take an Act instead"


def test_one_function_writes_the_history_of_registrations():
    writers = []
    for app in ["accounts", "trainings", "certificates", "demo"]:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for node in nodes_of(path, having=r"events\.create|RegistrationEvent"):
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
