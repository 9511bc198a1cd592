"""Istio on a lab instance, as istioctl, kubectl and the modules handle it."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args

from tests.conftest import Lab
from tests.lab import versions

VERSION, NEXT_VERSION = versions.ISTIO, versions.ISTIO_NEXT
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
        """The result of the real main() of istio_install."""
        given = {"istioctl": str(self._lab.program("istioctl")), "version": VERSION, "values": VALUES, **options}
        return self.ran("istio_install", check=check, **given)

    def installed(self, **options: Any) -> dict[str, Any]:
        """The result of an istio_install that has to end well."""
        result = self.module(**options)
        assert result.get("failed", False) is False, result
        return result

    def ran(self, name: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
        """The result of a module's real main()."""
        module = importlib.import_module(f"ansible_collections.faas.mesh.plugins.modules.{name}")
        arguments = {
            "kubeconfig": str(self._lab.kubeconfig),
            "_ansible_check_mode": check,
            "_ansible_diff": True,
            **options,
        }
        output = io.StringIO()
        with patch_module_args(arguments), contextlib.redirect_stdout(output), pytest.raises(SystemExit):
            module.main()
        result: dict[str, Any] = json.loads(output.getvalue())
        return result

    def until_gone(self, namespace: str, selector: str, revision: str) -> None:
        """Wait until no pod that a revision injected is left among those that a selector takes."""
        found = json.loads(self.command("kubectl", "get", "pods", "-n", namespace, "-l", selector, "-o", "json"))
        names = [
            f"pod/{pod['metadata']['name']}"
            for pod in found["items"]
            if pod["metadata"]["annotations"].get("istio.io/rev") == revision
        ]
        if names:
            self.command("kubectl", "wait", "--for=delete", "-n", namespace, "--timeout=120s", *names)

    def snapshot(self) -> Snapshot:
        """The installation's objects, without what the cluster makes up."""
        listed = json.loads(
            self.command("kubectl", "get", KINDS, "-A", "-l", "operator.istio.io/managed", "-o", "json")
        )
        return {
            (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"]): _plain(obj)
            for obj in listed["items"]
        }

    def apply(self, obj: dict[str, Any]) -> None:
        """Apply an object as another user would."""
        path = self._folder / "object.yaml"
        path.write_text(yaml.safe_dump(obj))
        self.command("kubectl", "apply", "-f", str(path))

    def tag(self, name: str) -> list[dict[str, Any]]:
        """The objects of a tag, without what the cluster makes up and without the labels of an installer."""
        kinds = "mutatingwebhookconfigurations,services"
        listed = json.loads(self.command("kubectl", "get", kinds, "-A", "-l", f"istio.io/tag={name}", "-o", "json"))
        found = [_plain(obj) for obj in listed["items"]]
        for obj in found:
            labels = obj["metadata"]["labels"]
            obj["metadata"]["labels"] = {key: labels[key] for key in labels if "operator.istio.io" not in key}
        return found

    def purge(self) -> None:
        """Leave no trace of Istio, whoever installed it."""
        self.command("istioctl", "uninstall", "--purge", "-y")
        self.command("kubectl", "delete", "mutatingwebhookconfigurations", "-l", "istio.io/tag")
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


def written(result: dict[str, Any]) -> list[str]:
    """Verb, kind and name of each object that a result says was written."""
    return [f"{obj['verb']} {obj['kind']} {obj['name']}" for obj in result["objects"] if obj["verb"] != "unchanged"]
