"""How does what is on main become a release?

python -m deploy.release 0.2.0     set the version and today's date in the files that say them; look, commit, tag
python -m deploy.release           build dist/ from the commit: an archive that installs without git, its SBOM, sums
"""

import datetime as dt
import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from deploy.release import sbom
from deploy.release.sbom import ROOT

CHANGELOG, PROJECT = ROOT / "CHANGELOG.md", ROOT / "pyproject.toml"
OPEN = "## Unreleased\n"
DATED = re.compile(r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$", re.MULTILINE)


def dated(changelog: str, version: str, day: dt.date) -> str:
    """What was unreleased is the version's; raises ValueError where nothing was, or the version has been before."""
    before, sign, after = changelog.partition(OPEN)
    if not sign or not after.split("\n## ")[0].strip():
        raise ValueError("CHANGELOG.md has nothing under „Unreleased“.")
    if version in {number for number, _day in DATED.findall(changelog)}:
        raise ValueError(f"CHANGELOG.md has {version} already.")
    return f"{before}{OPEN}\n## {version} ({day})\n{after}"


def numbered(project: str, version: str) -> str:
    return re.sub(r'^version = "[^"]*"$', f'version = "{version}"', project, count=1, flags=re.MULTILINE)


def prepare(version: str) -> None:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        sys.exit("A version is three numbers: 0.2.0")
    CHANGELOG.write_text(dated(CHANGELOG.read_text(encoding="utf-8"), version, dt.date.today()), encoding="utf-8")  # noqa: DTZ011
    PROJECT.write_text(numbered(PROJECT.read_text(encoding="utf-8"), version), encoding="utf-8")
    sbom.FILE.write_text(sbom.as_text(sbom.bom()), encoding="utf-8")
    print(f"Look at it, then: git commit -am 'Release {version}' && git tag -s v{version} && python -m deploy.release")
    print(f"Afterwards the next version is tried beside this one: git rev-parse v{version} > deploy/release/former")


def build(folder: Path) -> Path:
    """The archive of the commit that is checked out. Times in it are the commit's: whoever builds it gets the same."""
    version = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    name = f"miko-trainings-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{name}.tar.gz"
    command = ["git", "archive", "--format=tar.gz", f"--prefix={name}/", f"--output={archive}", "HEAD"]
    subprocess.run(command, cwd=ROOT, check=True)
    shutil.copy(sbom.FILE, folder / f"{name}.cdx.json")
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.glob(f"{name}.*"))
    ]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    return archive


if __name__ == "__main__":
    if sys.argv[1:]:
        prepare(sys.argv[1])
    else:
        print(build(ROOT / "dist"))
