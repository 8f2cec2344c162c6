"""Do the files for containers keep what they promise: no root, nothing written, limits, probes, a clean end?"""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest

from tests.writing import ROOT
from trainings.management.commands.worker import FAREWELL

CONTAINERFILE = (ROOT / "deploy/container/Containerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "deploy/container/compose.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def objects() -> list[dict[str, Any]]:
    """As kubectl puts them together."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not here")
    built = subprocess.run(["kubectl", "kustomize", "deploy/kubernetes"], cwd=ROOT, capture_output=True, check=True)
    understand = ["kubectl", "annotate", "--local", "-f", "-", "read=true", "-o", "json"]
    read = subprocess.run(understand, input=built.stdout, capture_output=True, check=True).stdout.decode()
    decoder, found = json.JSONDecoder(), []
    while read := read.strip():
        one, end = decoder.raw_decode(read)
        found.append(one)
        read = read[end:]
    return found


def pods(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in objects if "template" in one["spec"]}


def test_every_pod_is_unprivileged_and_limited(objects):
    assert set(pods(objects)) == {"miko-web", "miko-worker", "miko-migrate"}
    for name, pod in pods(objects).items():
        [container] = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not pod["automountServiceAccountToken"], name
        secure = container["securityContext"]
        assert secure == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/tmp"], name  # noqa: S108
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}, name


def test_what_runs_for_long_is_probed_and_given_time_to_end(objects):
    for name in ("miko-web", "miko-worker"):
        pod = pods(objects)[name]
        assert {"startupProbe", "livenessProbe"} <= set(pod["containers"][0]), name
        assert pod["terminationGracePeriodSeconds"] > FAREWELL, name
    web = pods(objects)["miko-web"]["containers"][0]
    assert web["livenessProbe"]["httpGet"]["path"] == "/live/"
    assert web["readinessProbe"]["httpGet"]["path"] == "/ready/"


def test_all_replicas_are_one_installation(objects):
    """Or each would take the database for one that has moved, and hold its mails."""
    named = [
        {one["name"]: one.get("value") for one in pods(objects)[name]["containers"][0]["env"]}["INSTALLATION"]
        for name in ("miko-web", "miko-worker")
    ]
    assert named == ["production", "production"]


def test_nobody_is_let_in_but_by_rule(objects):
    policies = {one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "NetworkPolicy"}
    assert policies["miko"]["policyTypes"] == ["Ingress", "Egress"]
    assert not policies["miko"].get("ingress")
    assert [port["port"] for port in policies["miko-web"]["ingress"][0]["ports"]] == [8000]


def test_the_image_runs_as_nobody_in_particular_and_ends_by_a_signal():
    last = CONTAINERFILE.split("\nFROM ")[-1]
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["10001:10001"]
    assert re.search(r'^CMD \["gunicorn"', last, re.MULTILINE), "a shell in between would not pass the signal on"
    assert "collectstatic" in CONTAINERFILE
    assert "--require-hashes" in CONTAINERFILE


def test_compose_says_the_same():
    site = COMPOSE[COMPOSE.index("x-site:") : COMPOSE.index("services:")]
    for word in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "tmpfs:"):
        assert word in site
    grace = re.search(r"stop_grace_period: (\d+)s", site)
    assert grace
    assert int(grace[1]) > FAREWELL
    assert COMPOSE.count("<<: *site") == 3
