"""Scripts are modules that import one another: in production each must name the others as they are called there."""

import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

IMPORTED = re.compile(r"^import [^;]*?[\"']([^\"']+)[\"'];$", re.MULTILINE)
SCRIPTS = project.BASE_DIR / "static" / "js"
OF_OTHERS = project.BASE_DIR / "static" / "vendor" / "qr"
NAMES = ["attendance", "code", "copy", "device", "dossier", "passkey", "room", "scan", "verify"]
ENTRIES = [f"js/{name}.js" for name in NAMES]


@pytest.fixture
def collected(settings, tmp_path) -> Path:
    """The scripts as production serves them."""
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_DIRS = [("js", SCRIPTS), ("vendor/qr", OF_OTHERS)]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "config.storage.StaticFilesStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def reached(entry: Path) -> set[Path]:
    """The file and all that it imports, by one step or many."""
    found, left = set(), [entry]
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            left += [(path.parent / address).resolve() for address in IMPORTED.findall(path.read_text())]
    return found


def test_modules_import_one_another_by_the_names_of_production(collected):
    scripts = [*SCRIPTS.rglob("*.js"), *OF_OTHERS.glob("*.js")]
    served = {staticfiles_storage.stored_name(str(path.relative_to(SCRIPTS.parent))) for path in scripts}
    modules = set().union(*(reached(collected / staticfiles_storage.stored_name(entry)) for entry in ENTRIES))
    names = {str(path.relative_to(collected)) for path in modules}
    # The worker stands alone and is served from an address of its own.
    assert served - names == {staticfiles_storage.stored_name("js/attendance-worker.js")}
    assert names <= served
