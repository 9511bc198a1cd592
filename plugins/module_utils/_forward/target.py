# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pod behind a target, and the port of it that is meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._errors import MeshError, PassingFault
from .._kube.connection import Cluster, Object
from .._kube.pods import why_not_ready
from .wanted import DEPLOYMENT, POD, SERVICE, Forward

_PATHS = {
    SERVICE: "/api/v1/namespaces/{namespace}/services/{name}",
    DEPLOYMENT: "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
    POD: "/api/v1/namespaces/{namespace}/pods/{name}",
}


def target(cluster: Cluster, forward: Forward) -> Object | None:
    """The object that is forwarded to, None where there is none."""
    return cluster.get(_PATHS[forward.kind].format(namespace=forward.namespace, name=forward.target))


def endpoint(cluster: Cluster, forward: Forward, remote: int) -> tuple[str, int]:
    """The name of a ready pod of the target, and its port for the target's port ``remote``.

    :raises PassingFault: no pod is ready now. :raises MeshError: there is no such target, or no such port of it.
    """
    found = target(cluster, forward)
    if forward.kind == POD:
        return _ready(forward, [found] if found else [])["metadata"]["name"], remote
    if found is None:
        raise MeshError(f"There is no {forward}: make it first, or name another.")
    selector = found["spec"].get("selector") or {}
    labels: dict[str, str] = selector if forward.kind == SERVICE else selector.get("matchLabels") or {}
    if not labels:
        raise MeshError(f"{forward} selects no pods by their labels: forward to a pod instead.")
    wanted = _port(forward, found, remote) if forward.kind == SERVICE else remote
    query = {"labelSelector": ",".join(f"{key}={value}" for key, value in sorted(labels.items()))}
    pod = _ready(forward, cluster.items(f"/api/v1/namespaces/{forward.namespace}/pods", query))
    return pod["metadata"]["name"], wanted if isinstance(wanted, int) else _named(forward, pod, wanted)


def _ready(forward: Forward, pods: Iterable[Object]) -> Object:
    reasons = []
    for pod in pods:
        leaving = "deletionTimestamp" in pod["metadata"] or pod["status"].get("phase") in ("Succeeded", "Failed")
        if not leaving and not (reason := why_not_ready(pod)):
            return pod
        reasons.append(f"{pod['metadata']['name']} is going" if leaving else reason)
    raise PassingFault(f"{forward} has no ready pod: {'; '.join(reasons) or 'there is none at all'}.")


def _port(forward: Forward, service: Object, remote: int) -> int | str:
    ports = [entry for entry in service["spec"].get("ports") or [] if entry.get("protocol", "TCP") == "TCP"]
    found = next((entry for entry in ports if entry["port"] == remote), None)
    if found is None:
        others = ", ".join(str(entry["port"]) for entry in ports) or "none"
        raise MeshError(f"{forward} has no TCP port {remote}: give one of its own ({others}).")
    wanted: int | str = found.get("targetPort", remote)
    return wanted


def _named(forward: Forward, pod: Object, name: str) -> int:
    containers = [*pod["spec"].get("containers", []), *pod["spec"].get("initContainers", [])]
    ports: list[dict[str, Any]] = [port for container in containers for port in container.get("ports") or []]
    found = next((int(port["containerPort"]) for port in ports if port.get("name") == name), None)
    if found is None:
        raise MeshError(f"{forward} leads to a port named {name}, which pod {pod['metadata']['name']} does not have.")
    return found
