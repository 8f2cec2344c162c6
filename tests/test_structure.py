"""Does every module stand under a contract of pyproject.toml, so that no arrow can run back unseen?

``lint-imports`` checks the contracts themselves; those by layers are exhaustive for the first level of each app.
"""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

from tests.sources import nodes_of, text_of

ROOT = Path(__file__).resolve().parent.parent
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
# Pages and what Django finds by its name: nobody imports them but the addresses and Django itself.
WITHOUT_A_DOOR = {"forms", "management", "migrations", "templatetags", "views"}


def contracts(kind: str) -> list[dict]:
    return [contract for contract in LINTER["contracts"] if contract["type"] == kind]


def guarded() -> set[str]:
    return {name for contract in contracts("protected") for name in contract["protected_modules"]}


def test_every_app_is_known_to_the_linter():
    apps = {name for name in settings.INSTALLED_APPS if (ROOT / name).is_dir()} | {"config"}
    assert apps - set(LINTER["root_packages"]) == set(), "declare them in pyproject.toml, [tool.importlinter]"


def test_every_app_has_layers():
    containers = {name for contract in contracts("layers") for name in contract.get("containers", [])}
    without = set(LINTER["root_packages"]) - containers - {"config", "demo"}  # these have no rules
    assert without == set(), "each needs a contract of type layers in pyproject.toml"


def test_every_room_is_entered_by_its_front_door():
    rooms = {
        f"{app}.{room.parent.name}"
        for app in LINTER["root_packages"]
        for room in (ROOT / app).glob("*/__init__.py")
        if room.parent.name not in WITHOUT_A_DOOR | {"formats"}
    }
    assert rooms - {name.removesuffix(".*") for name in guarded()} == set(), (
        "each needs a contract of type protected in pyproject.toml"
    )


@pytest.mark.slow
def test_rooms_show_only_what_somebody_outside_uses():
    """By their ``__init__``, whose imports no linter can tell from those that are left over."""
    files = [path for path in [*written(), *(ROOT / "benchmarks").rglob("*.py")] if path.suffix == ".py"]
    uses = {path: Uses(path) for path in files}
    unused = {}
    for room in sorted(name.removesuffix(".*") for name in guarded() if name.endswith(".*")):
        folder = ROOT.joinpath(*room.split("."))
        shown = {known_as for _module, _name, known_as in uses[folder / "__init__.py"].imported}
        outside = [file for path, file in uses.items() if folder not in path.parents]
        if left_over := shown - {name for file in outside for name in file.of(room)}:
            unused[room] = left_over
    assert unused == {}, "nobody outside of these rooms uses what they show"


class Uses:
    """What a file imports (module, name, known as), and what stands behind the dot of which name."""

    def __init__(self, path: Path) -> None:
        self.imported, self.behind = [], []
        for node in nodes_of(path):
            if isinstance(node, ast.ImportFrom):
                self.imported += [(node.module, name.name, name.asname or name.name) for name in node.names]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                self.behind.append((node.value.id, node.attr))

    def of(self, room: str) -> set[str]:
        known_as = {known_as for module, name, known_as in self.imported if f"{module}.{name}" == room}
        named = {name for module, name, _known_as in self.imported if module == room}
        return named | {name for before, name in self.behind if before in known_as}


def test_every_file_and_module_that_is_named_exists():
    """In documents, docstrings and comments; the changelog tells of the past."""
    named = re.compile(r"(?<![\w/])(?:accounts|certificates|config|demo|trainings)(?:(?:/\w+)+\.py|(?:\.\w+)+(?=``))")
    texts = [path for path in written() if path.name != "CHANGELOG.md"]
    gone = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in texts
        for name in named.findall(text_of(path))
        if not exists(name) and "invented" not in name
    }
    assert gone == set(), "these say where something is, and it is not there"


def written() -> list[Path]:
    apps = [path for app in LINTER["root_packages"] for path in (ROOT / app).rglob("*.py")]
    return [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *(ROOT / "tests").rglob("*.py"), *apps]


def exists(name: str) -> bool:
    """A file, or a module with perhaps a name in it, which is looked for as a word."""
    if name.endswith(".py"):
        return (ROOT / name).exists()
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        folder = ROOT.joinpath(*parts[:length])
        file = folder.with_suffix(".py") if folder.with_suffix(".py").exists() else folder / "__init__.py"
        if file.exists():
            return all(re.search(rf"\b{part}\b", text_of(file)) for part in parts[length:])
    return False
