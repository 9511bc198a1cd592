"""istio_install against istioctl itself, on the lab: the same cluster, taken over and given back."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args

from tests.conftest import Lab

VERSION = "1.31.1"
KINDS = (
    "deployments,daemonsets,services,configmaps,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,"
    "horizontalpodautoscalers,poddisruptionbudgets,mutatingwebhookconfigurations,validatingwebhookconfigurations,"
    "customresourcedefinitions"
)
# What the lab's plain Envoy and its two cores ask for, as in inventories/lab.
VALUES: dict[str, Any] = {
    "pilot": {
        "env": {"PILOT_ENABLE_ALPN_FILTER": "false", "PILOT_ENABLE_METADATA_EXCHANGE": "false"},
        "resources": {"requests": {"cpu": "50m", "memory": "200Mi"}},
    },
    "telemetry": {"enabled": False},
    "global": {"proxy": {"resources": {"requests": {"cpu": "10m", "memory": "40Mi"}}}},
}
OTHER_VALUES: dict[str, Any] = {**VALUES, "meshConfig": {"accessLogFile": "/dev/stdout"}}

Snapshot = dict[tuple[str, str, str], dict[str, Any]]


class Istio:
    """Istio on a lab instance, handled by istioctl, by kubectl and by the module."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab = lab
        self._folder = folder

    def command(self, program: str, *arguments: str) -> str:
        """The output of a program of the lab."""
        argv = [str(self._lab.program(program)), "--kubeconfig", str(self._lab.kubeconfig), *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}"
        return done.stdout

    def install_by_istioctl(self, values: dict[str, Any], profile: str = "default") -> None:
        """``istioctl install`` of an IstioOperator file."""
        document = {
            "apiVersion": "install.istio.io/v1alpha1",
            "kind": "IstioOperator",
            "spec": {"profile": profile, "values": values},
        }
        path = self._folder / "operator.yaml"
        path.write_text(yaml.safe_dump(document))
        self.command("istioctl", "install", "-y", "-f", str(path))

    def module(self, *, check: bool = False, **options: Any) -> dict[str, Any]:
        """The result of the module's real main()."""
        module = importlib.import_module("ansible_collections.faas.mesh.plugins.modules.istio_install")
        arguments = {
            "kubeconfig": str(self._lab.kubeconfig),
            "istioctl": str(self._lab.program("istioctl")),
            "version": VERSION,
            "values": VALUES,
            "_ansible_check_mode": check,
            "_ansible_diff": True,
            **options,
        }
        output = io.StringIO()
        with patch_module_args(arguments), contextlib.redirect_stdout(output), pytest.raises(SystemExit):
            module.main()
        result: dict[str, Any] = json.loads(output.getvalue())
        return result

    def snapshot(self) -> Snapshot:
        """The installation's objects, without what the cluster makes up."""
        listed = json.loads(
            self.command("kubectl", "get", KINDS, "-A", "-l", "operator.istio.io/managed", "-o", "json")
        )
        return {
            (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"]): _plain(obj)
            for obj in listed["items"]
        }

    def purge(self) -> None:
        """Leave no trace of Istio, whoever installed it."""
        self.command("istioctl", "uninstall", "--purge", "-y")
        self.command("kubectl", "delete", "namespace", "istio-system", "faas-mesh", "--ignore-not-found")


def _plain(obj: dict[str, Any]) -> dict[str, Any]:
    for name in ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"):
        obj["metadata"].pop(name, None)
    obj.pop("status", None)
    if obj["kind"] == "Deployment":
        # The deployment controller's own count of rollouts.
        obj["metadata"]["annotations"].pop("deployment.kubernetes.io/revision")
        if not obj["metadata"]["annotations"]:
            del obj["metadata"]["annotations"]
    if obj["kind"] == "Service":
        for name in ("clusterIP", "clusterIPs", "healthCheckNodePort"):
            obj["spec"].pop(name, None)
        for port in obj["spec"]["ports"]:
            port.pop("nodePort", None)
    for webhook in obj.get("webhooks", []):
        webhook.pop("failurePolicy")
        webhook["clientConfig"].pop("caBundle", None)
    return obj


def _written(result: dict[str, Any]) -> list[str]:
    return [f"{obj['verb']} {obj['kind']} {obj['name']}" for obj in result["objects"] if obj["verb"] != "unchanged"]


@pytest.fixture(scope="module")
def istio(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Istio]:
    """A cluster without Istio, before and after."""
    handle = Istio(lab, tmp_path_factory.mktemp("istio"))
    handle.purge()
    yield handle
    handle.purge()


@pytest.fixture(scope="module")
def by_istioctl(istio: Istio) -> Snapshot:
    """What ``istioctl install`` of the same values leaves."""
    istio.install_by_istioctl(VALUES)
    taken = istio.snapshot()
    istio.purge()
    return taken


@pytest.fixture(scope="module")
def by_module(istio: Istio, by_istioctl: Snapshot) -> dict[str, Any]:
    """What the module says that it did on a cluster without Istio, check mode first."""
    predicted = istio.module(check=True)
    assert istio.snapshot() == {}
    result = istio.module()
    assert result.get("failed", False) is False, result
    assert _written(predicted) == _written(result)
    return result


def test_the_cluster_is_the_one_that_istioctl_leaves(
    istio: Istio, by_module: dict[str, Any], by_istioctl: Snapshot
) -> None:
    found = istio.snapshot()
    assert sorted(found) == sorted(by_istioctl)
    for identity, expected in by_istioctl.items():
        assert found[identity] == expected, identity


def test_a_second_run_writes_nothing(istio: Istio, by_module: dict[str, Any]) -> None:
    result = istio.module()
    assert result["changed"] is False
    assert set(result["requests"]) == {"read"}
    assert result["taken_over"] is False


def test_istioctl_knows_the_installation(istio: Istio, by_module: dict[str, Any]) -> None:
    tags = json.loads(istio.command("istioctl", "tag", "list", "-o", "json"))
    assert [(tag["tag"], tag["revision"]) for tag in tags] == [("default", "default")]
    assert "istio-ingressgateway" in istio.command("istioctl", "proxy-status")


def test_another_injector_for_the_same_namespaces_is_refused(istio: Istio, by_module: dict[str, Any]) -> None:
    before = istio.snapshot()
    result = istio.module(namespace="other-istio", set_namespace="other-sets")
    assert result["failed"] is True
    assert "istio-revision-tag-default already injects sidecars" in result["msg"]
    assert istio.snapshot() == before


def test_a_control_plane_does_not_move(istio: Istio, by_module: dict[str, Any]) -> None:
    result = istio.module(namespace="other-istio")
    assert result["failed"] is True
    assert "Deployment istio-system/istiod" in result["msg"]
    assert "cannot move to namespace other-istio" in result["msg"]


def test_what_istioctl_installed_is_taken_over(
    istio: Istio, by_module: dict[str, Any], by_istioctl: Snapshot
) -> None:
    istio.purge()
    istio.install_by_istioctl(OTHER_VALUES, profile="demo")
    assert ("Deployment", "istio-system", "istio-egressgateway") in istio.snapshot()
    refused = istio.module()
    assert refused["failed"] is True
    assert "Deployment istio-system/istio-egressgateway is installed" in refused["msg"]
    result = istio.module(purge=["load_balancers"])
    assert result.get("failed", False) is False, result
    assert result["taken_over"] is True
    assert "deleted Deployment istio-egressgateway" in _written(result)
    found = istio.snapshot()
    assert sorted(found) == sorted(by_istioctl)
    for identity, expected in by_istioctl.items():
        assert found[identity] == expected, identity
    assert istio.module(purge=["load_balancers"])["changed"] is False


def test_removal_keeps_the_definitions_and_is_done_once(istio: Istio, by_module: dict[str, Any]) -> None:
    result = istio.module(state="absent")
    assert result.get("failed", False) is False, result
    assert {kind for kind, _namespace, _name in istio.snapshot()} == {"CustomResourceDefinition"}
    assert istio.module(state="absent")["changed"] is False
