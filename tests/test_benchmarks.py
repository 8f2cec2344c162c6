"""Does every benchmark still run? Each once, tiny, on a database of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

BENCHMARKS = sorted(path.stem for path in (settings.BASE_DIR / "benchmarks").glob("[!_]*.py"))
HELP = "A benchmark takes its sizes through benchmarks.size(usual, tiny), prints figures, and ends in seconds."


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables, for each benchmark to copy: to make them takes it longer than all the rest."""
    file = tmp_path_factory.mktemp("benchmarks") / "bench.sqlite3"
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{file}"}
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True)
    return file


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHMARKS)
def test_it_runs(name: str, migrated: Path, tmp_path: Path) -> None:
    database = shutil.copy(migrated, tmp_path)
    environment = {**os.environ, "BENCHMARK_TINY": "1", "DATABASE_URL": f"sqlite:///{database}"}
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert (done.returncode, done.stdout != "") == (0, True), f"{HELP}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_every_benchmark_is_described() -> None:
    described = (settings.BASE_DIR / "benchmarks/README.md").read_text(encoding="utf-8")
    missing = [name for name in BENCHMARKS if f"python -m benchmarks.{name}" not in described]
    assert missing == [], "give each a section with its command and figures in benchmarks/README.md"
