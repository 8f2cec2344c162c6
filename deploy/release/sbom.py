"""Which software of others is in a release, in which version, under which licence? sbom.cdx.json, from the lock.

    python -m deploy.release.sbom          write it, in an environment that has what the lock names
    python -m deploy.release.sbom --check  say what is not true in it any more

CycloneDX 1.6, without a date or a number of its own, so that the same lock makes the same file.
"""

import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements-seal.txt"  # with all extras that an operator may install
FILE = ROOT / "sbom.cdx.json"
# Of others and in the repository itself; static/vendor/README.md has their files.
VENDORED = [
    ("@kern-ux/native", "2.7.2", "EUPL-1.2"),
    ("Fira Sans", "4.106", "OFL-1.1"),
    ("Noto Sans", "20201225", "OFL-1.1"),
    ("qr", "0.7.0", "MIT OR Apache-2.0"),
]
# Licences that go together with ours, EUPL-1.2, for what is used and not changed.
ACCEPTED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "EUPL-1.2", "HPND", "ISC", "LGPL-2.1-or-later"),
    *("LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "OFL-1.1", "PSF-2.0"),
    *("Python-2.0", "Unlicense", "Zlib"),
}
# What packages say of themselves in other words than SPDX has.
IN_OTHER_WORDS = {
    "Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
LOOKED_UP = {  # not installed everywhere, or in words of their own
    "brotlicffi": "MIT", "colorama": "BSD-3-Clause", "tzdata": "Apache-2.0",
    "pyphen": "GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1",
}  # fmt: skip


def locked(text: str) -> list[tuple[str, str, list[str]]]:
    """Name, version and SHA-256 of each line of the lock."""
    found: list[tuple[str, str, list[str]]] = []
    for line in text.splitlines():
        if named := re.match(r"([A-Za-z0-9._-]+)==(\S+)", line):
            found.append((named[1].lower(), named[2], []))
        if hashed := re.search(r"--hash=sha256:([0-9a-f]{64})", line):
            found[-1][2].append(hashed[1])
    return found


def licence(name: str) -> str:
    """As SPDX has it; empty where the package does not say."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return LOOKED_UP.get(name, "")
    if "License-Expression" in said:
        return str(said["License-Expression"])
    classifiers = [
        line.split(" :: ")[-1] for line in said.get_all("Classifier") or [] if line.startswith("License :: ")
    ]
    words = [word for word in [*(said.get_all("License") or []), *classifiers] if word]
    known = [IN_OTHER_WORDS.get(word, word if word in ACCEPTED else "") for word in words]
    return next((one for one in known if one), LOOKED_UP.get(name, ""))


def component(name: str, version: str, licensed: str, hashes: list[str]) -> dict[str, Any]:
    purl = f"pkg:pypi/{name}@{version}" if hashes else f"pkg:generic/{name.replace(' ', '-')}@{version}"
    one: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    one["licenses"] = [{"expression": licensed}]
    if hashes:  # a lock has those of every system's file; which one was installed is not known here
        one["properties"] = [{"name": "miko:lock:sha256", "value": value} for value in hashes[:1]]
    return one


def bom() -> dict[str, Any]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = [component(name, version, licence(name), hashes) for name, version, hashes in locked(LOCK.read_text())]
    vendored = [component(name, version, licensed, []) for name, version, licensed in VENDORED]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": project["name"],
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": packages + vendored,
    }


def problems(made: dict[str, Any], text: str) -> list[str]:
    """A file that is not what the lock makes, and licences that nobody has looked at."""
    said = (
        [] if text == as_text(made) else [f"{FILE.name} is not what {LOCK.name} makes: python -m deploy.release.sbom"]
    )
    for one in made["components"]:
        words = re.split(r" (?:AND|OR) ", one["licenses"][0]["expression"].strip("()"))
        if not set(words) & ACCEPTED or (" OR " not in one["licenses"][0]["expression"] and not set(words) <= ACCEPTED):
            said.append(f"{one['name']}: the licence {one['licenses'][0]['expression']!r} is not among those accepted")
    return said


def as_text(made: dict[str, Any]) -> str:
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        wrong = problems(bom(), FILE.read_text(encoding="utf-8"))
        print("\n".join(wrong) or f"{FILE.name} holds.")
        sys.exit(bool(wrong))
    FILE.write_text(as_text(bom()), encoding="utf-8")
