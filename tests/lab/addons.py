"""What an instance gets from the inside: bindings, DNS, metrics, and the site user's rights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.lab import kubectl, waiting
from tests.lab.catalogue import PROJECT
from tests.lab.errors import LabError
from tests.lab.instance import Instance
from tests.lab.network import Slot
from tests.lab.pki import SITE_USER, cluster_configuration

MANIFESTS = Path(__file__).parent / "manifests"
RBAC_GROUP = "rbac.authorization.k8s.io"
BINDING_LABEL = "faas-mesh-lab/site-user"
LEAST_RIGHTS = PROJECT / "docs" / "rbac.yaml"


def apply(instance: Instance, slot: Slot, with_node: bool) -> None:
    """Apply all of it.

    :param with_node: also what needs a node to run on.
    """
    names = ["cluster"] + (["coredns", "metrics-server"] if with_node else [])
    manifests = [(MANIFESTS / f"{name}.yaml").read_text() for name in names]
    kubectl.apply(instance, "\n---\n".join([*manifests, json.dumps(_kubeadm_config(instance, slot))]))
    bind_site_user(instance)


def bind_site_user(instance: Instance) -> None:
    """Give the site user the least rights that the documentation names; without that file, all."""
    roles = ["cluster-admin"]
    if LEAST_RIGHTS.is_file():
        applied = json.loads(kubectl.apply(instance, LEAST_RIGHTS.read_text()))
        roles = [item["metadata"]["name"] for item in applied.get("items", [applied]) if item["kind"] == "ClusterRole"]
    bindings = [_binding(role) for role in roles]
    kubectl.apply(instance, json.dumps({"apiVersion": "v1", "kind": "List", "items": bindings}))
    wanted = {f"clusterrolebinding.{RBAC_GROUP}/{binding['metadata']['name']}" for binding in bindings}
    bound = set(
        kubectl.call(instance, "get", "clusterrolebindings", f"--selector={BINDING_LABEL}", "-o", "name").split()
    )
    if bound - wanted:
        kubectl.call(instance, "delete", *sorted(bound - wanted))


def await_node(instance: Instance, seconds: float) -> None:
    """Wait until the node is ready and DNS answers.

    :raises LabError: they are not in time.
    """
    limit = f"--timeout={seconds:.0f}s"

    def registered() -> bool:
        return bool(kubectl.call(instance, "get", "nodes", "-o", "name").strip())

    waiting.until(registered, seconds, f"the kubelet of {instance.name} to register")
    try:
        kubectl.call(instance, "wait", limit, "--for=condition=Ready", f"node/{instance.node}")
        kubectl.call(instance, "-n", "kube-system", "rollout", "status", limit, "deployment/coredns")
    except LabError as fault:
        where = f"its logs are in {instance.logs}"
        raise LabError(f"The node of {instance.name} did not get ready; {where}. {fault}") from None


def _kubeadm_config(instance: Instance, slot: Slot) -> dict[str, Any]:
    """The record that kubeadm leaves in a cluster, from which others learn its networks."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kubeadm-config", "namespace": "kube-system"},
        "data": {"ClusterConfiguration": json.dumps(cluster_configuration(instance, slot), indent=2) + "\n"},
    }


def _binding(role: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{RBAC_GROUP}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{SITE_USER}:{role}", "labels": {BINDING_LABEL: "true"}},
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": RBAC_GROUP, "kind": "User", "name": SITE_USER}],
    }
