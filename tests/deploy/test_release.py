"""Is a release what it says it is: its software of others, its changelog, its archive?"""

import datetime as dt
import hashlib
import json
import re
import subprocess
import tarfile

import pytest

from deploy.release import sbom
from deploy.release.__main__ import build, dated, numbered
from tests.writing import ROOT

CHANGELOG = "# Changelog\n\n## Unreleased\n\n- Neu.\n\n## 0.1.0 (2026-01-02)\n\n- Alt.\n"


def test_the_list_of_software_is_what_the_lock_says_and_every_licence_is_accepted():
    said = json.loads(sbom.FILE.read_text(encoding="utf-8"))
    named = {(one["name"], one["version"]) for one in said["components"]}
    locked = {(name, version) for name, version, _hashes in sbom.locked(sbom.LOCK.read_text(encoding="utf-8"))}
    vendored = {(name, version) for name, version, _licence in sbom.VENDORED}
    assert named == locked | vendored, "python -m deploy.release.sbom"
    assert sbom.problems(said, sbom.as_text(said)) == []


def test_a_licence_that_nobody_accepted_is_named():
    made = {"components": [sbom.component("x", "1", "AGPL-3.0-only", []), sbom.component("y", "1", "", [])]}
    assert sbom.problems(made, sbom.as_text(made)) == [
        "x: the licence 'AGPL-3.0-only' is not among those accepted",
        "y: the licence '' is not among those accepted",
    ]
    either = {"components": [sbom.component("x", "1", "AGPL-3.0-only OR MIT", [])]}
    assert sbom.problems(either, sbom.as_text(either)) == []
    both = {"components": [sbom.component("x", "1", "AGPL-3.0-only AND MIT", [])]}
    assert len(sbom.problems(both, sbom.as_text(both))) == 1


def test_vendored_files_have_the_versions_their_page_names():
    page = (ROOT / "static/vendor/README.md").read_text(encoding="utf-8")
    assert [version for _name, version, _licence in sbom.VENDORED if version not in page] == []


def test_vendored_files_are_those_their_page_names_unchanged():
    folder = ROOT / "static/vendor"
    rows = re.findall(
        r"^\| `(\S+)` \| ([\d,]+) \| `([0-9a-f]{64})` \|$", (folder / "README.md").read_text(), re.MULTILINE
    )
    files = {name: (folder / name).read_bytes() for name, _size, _hash in rows}
    found = [(name, f"{len(content):,}", hashlib.sha256(content).hexdigest()) for name, content in files.items()]
    assert found == rows
    listed = {*files, "README.md"}
    unlisted = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - listed
    assert {name.partition("/")[0] for name in unlisted} == {"fira-sans-split"}  # made of those that are


def test_what_was_unreleased_gets_its_number_and_day():
    text = dated(CHANGELOG, "0.2.0", dt.date(2026, 3, 1))
    assert text.startswith("# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-03-01)\n\n- Neu.\n")
    with pytest.raises(ValueError, match="nothing under"):
        dated(text, "0.3.0", dt.date(2026, 3, 2))
    with pytest.raises(ValueError, match="already"):
        dated(CHANGELOG, "0.1.0", dt.date(2026, 3, 1))
    assert numbered('[project]\nname = "x"\nversion = "0.1.0"\n', "0.2.0").endswith('version = "0.2.0"\n')


@pytest.mark.slow
def test_the_archive_has_what_an_installation_needs_and_no_git(tmp_path):
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("this is an archive itself")
    with tarfile.open(build(tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"start.py", "deploy/miko", "requirements-seal.txt", "CHANGELOG.md", "LICENSE"} <= names
    assert not [name for name in names if name.startswith(".git/")]
    assert (tmp_path / "SHA256SUMS").read_text().count("\n") == 2
