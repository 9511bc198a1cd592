"""The lab itself: its instances stand side by side, survive kills of their parts, and leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.lab import addons, control, waiting
from tests.lab.control import Running
from tests.lab.errors import LabError
from tests.lab.instance import STATE_ROOT, Instance
from tests.lab.kubectl import call
from tests.lab.network import veth

PROJECT = Path(__file__).resolve().parents[2]
SECONDS = 120


def lab(*words: str) -> str:
    """Run the lab's command line and give what it prints; it has to succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab", *words], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def left_of(instance: Instance) -> dict[str, list[str]]:
    """All that is on this machine of an instance; only kinds of which there is something."""
    found = {
        "processes": [path.parent.name for path in Path("/proc").glob("[0-9]*/cgroup") if _is_in(path, instance)],
        "mounts": [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if _names(line, instance)],
        "cgroups": [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/{instance.cgroup}")],
        "namespaces": [path.name for path in Path("/run/netns").glob("*") if path.name == instance.netns],
        "links": [path.name for path in Path("/sys/class/net").iterdir() if path.name == veth(instance)],
        "routes": [line for line in Path("/proc/net/route").read_text().splitlines() if veth(instance) in line],
        "state": [str(path) for path in STATE_ROOT.glob(instance.name)],
    }
    return {kind: things for kind, things in found.items() if things}


def _is_in(cgroup_file: Path, instance: Instance) -> bool:
    try:
        ended = "State:\tZ" in (cgroup_file.parent / "status").read_text()
        return not ended and f"/{instance.cgroup}/" in cgroup_file.read_text()
    except OSError:  # it is gone meanwhile
        return False


def _names(line: str, instance: Instance) -> bool:
    return f"{instance.state}/" in line or line.split()[4] == f"/run/netns/{instance.netns}"


def runs_again(instance: Instance, killed: Running) -> bool:
    """Whether a unit that was killed has another process."""
    return any(unit.name == killed.name and unit.pid not in (0, killed.pid) for unit in control.units(instance))


@pytest.fixture
def instance_of() -> Iterator[Callable[[str], Instance]]:
    """Names instances that are removed after the test, whatever became of them."""
    named: list[Instance] = []

    def name(text: str) -> Instance:
        named.append(Instance(text))
        return named[-1]

    yield name
    for instance in named:
        lab("down", "--name", instance.name)


def test_a_node_survives_kills_and_down_leaves_nothing(instance_of: Callable[[str], Instance]) -> None:
    instance = instance_of("lab-test-node")
    lab("up", "--name", instance.name)
    nodes = json.loads(call(instance, "get", "nodes", "-o", "json"))["items"]
    assert [node["metadata"]["name"] for node in nodes] == [instance.node]
    assert left_of(instance).keys() >= {"processes", "cgroups", "namespaces", "links", "routes", "state"}

    for unit in control.units(instance):
        os.kill(unit.pid, signal.SIGKILL)
        waiting.until(partial(runs_again, instance, unit), SECONDS, f"{unit.name} to be started again")

    def takes_changes() -> bool:
        try:
            call(instance, "-n", "kube-system", "rollout", "restart", "deployment/coredns")
        except LabError:
            return False
        return True

    waiting.until(takes_changes, SECONDS, "the API server to take a change again")
    call(instance, "-n", "kube-system", "rollout", "status", f"--timeout={SECONDS}s", "deployment/coredns")

    lab("down", "--name", instance.name)
    assert left_of(instance) == {}


def test_a_killed_instance_is_cleared_by_down_and_by_up(instance_of: Callable[[str], Instance]) -> None:
    instance = instance_of("lab-test-killed")
    for command in (["up", "--parts", "api"], ["down"]):
        lab("up", "--parts", "api", "--name", instance.name)
        os.kill(int(instance.supervisor_pid.read_text()), signal.SIGKILL)
        waiting.until(lambda: not control.is_up(instance), SECONDS, "the supervisor to be gone")
        lab(*command, "--name", instance.name)
    assert left_of(instance) == {}


def test_instances_side_by_side_do_not_touch_each_other(instance_of: Callable[[str], Instance]) -> None:
    first, second = instance_of("lab-test-1"), instance_of("lab-test-2")
    for instance in (first, second):
        lab("up", "--parts", "api", "--name", instance.name)
    call(first, "create", "namespace", "only-here")
    assert "only-here" in call(first, "get", "namespaces", "-o", "name")
    assert "only-here" not in call(second, "get", "namespaces", "-o", "name")

    lab("down", "--name", first.name)
    assert left_of(first) == {}
    assert "namespace/default" in call(second, "get", "namespaces", "-o", "name")


def test_the_site_user_has_the_documented_rights_and_no_others(
    instance_of: Callable[[str], Instance], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = instance_of("lab-test-rights")
    lab("up", "--parts", "api", "--name", instance.name)

    def may(verb: str, resource: str) -> bool:
        question = ("auth", "can-i", verb, resource, "-A", f"--kubeconfig={instance.site_kubeconfig}")
        try:
            return call(instance, *question).strip() == "yes"
        except LabError:
            return False

    documented = tmp_path / "rbac.yaml"
    documented.write_text(
        "apiVersion: rbac.authorization.k8s.io/v1\n"
        "kind: ClusterRole\n"
        "metadata: {name: lab-test-reader}\n"
        "rules: [{apiGroups: [''], resources: [configmaps], verbs: [get]}]\n"
    )
    monkeypatch.setattr(addons, "LEAST_RIGHTS", documented)
    addons.bind_site_user(instance)
    waiting.until(lambda: not may("create", "secrets"), SECONDS, "the other rights to be gone")
    assert may("get", "configmaps")


def test_the_site_users_requests_are_in_the_audit_log(instance_of: Callable[[str], Instance]) -> None:
    instance = instance_of("lab-test-audit")
    lab("up", "--parts", "api", "--name", instance.name)
    call(instance, "get", "--raw", "/version", f"--kubeconfig={instance.site_kubeconfig}")
    events = [json.loads(line) for line in instance.audit_log.read_text().splitlines()]
    assert "/version" in {event["requestURI"] for event in events if event["user"]["username"] == "faas-mesh-site"}
