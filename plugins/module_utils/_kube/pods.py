# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a workload's pods do not come up, in the cluster's own words."""

from __future__ import annotations

from typing import Any

from .._errors import MeshError
from .connection import Cluster, Object

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job")
# How much of a log a sentence can hold.
LINES = 3
LINE_LENGTH = 200


def reasons(cluster: Cluster, workload: Object) -> list[str]:
    """One sentence for each pod of a workload that is not ready, or for the controller that cannot make pods.

    A container that keeps ending is quoted, where its log may be read (the right to get ``pods/log``).

    :param workload: a live Deployment, StatefulSet, DaemonSet, ReplicaSet or Job.
    """
    if workload["kind"] not in WORKLOADS:
        return []
    namespace = workload["metadata"]["namespace"]
    selector = (workload["spec"].get("selector") or {}).get("matchLabels") or {}
    query = {"labelSelector": ",".join(f"{key}={value}" for key, value in selector.items())}
    try:
        pods = list(cluster.items(f"/api/v1/namespaces/{namespace}/pods", query))
        found = [f"{reason}{_last_words(cluster, pod)}" for pod in pods if (reason := why_not_ready(pod))]
        return found or ([] if pods else _events(cluster, namespace, workload["metadata"]["name"]))
    except MeshError as error:
        return [f"its pods cannot be read: {error}"]


def why_not_ready(pod: Object) -> str:
    """Why a pod is not ready, starting with ``namespace/name``; empty when it is.

    The image that cannot be pulled or the container that crashes comes before the conditions that follow from it.
    """
    status = pod.get("status") or {}
    name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
    for container in _containers(pod):
        reason = _container(container)
        if reason:
            return f"{name}: {reason}"
    conditions = {entry["type"]: entry for entry in status.get("conditions") or []}
    for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready"):
        entry = conditions.get(kind, {})
        if entry.get("status") == "False":
            return f"{name}: " + (
                ": ".join(part for part in (entry.get("reason"), entry.get("message")) if part) or f"not {kind}"
            )
    return (
        ""
        if conditions.get("Ready", {}).get("status") == "True" or status.get("phase") == "Succeeded"
        else f"{name}: {status.get('phase')}"
    )


def _last_words(cluster: Cluster, pod: Object) -> str:
    """What the pod's container that ended last wrote before, in its last lines; nothing where that cannot be had."""
    ended = next((found for entry in _containers(pod) if (found := _ended(entry))), None)
    if ended is None:
        return ""
    name, previous = ended
    meta = pod["metadata"]
    query = {"container": name, "previous": previous, "tailLines": str(LINES)}
    try:
        log = cluster.text(f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/log", query)
    except MeshError:
        return ""
    lines = [line.strip()[:LINE_LENGTH] for line in log.splitlines() if line.strip()]
    return f"; its last lines: {' | '.join(lines)}" if lines else ""


def _ended(container: dict[str, Any]) -> tuple[str, str] | None:
    """The name of a container that failed, and whether what it wrote is the log of its previous start."""
    state = container.get("state") or {}
    if (state.get("waiting") or {}).get("reason") == "CrashLoopBackOff":
        return container["name"], "true"
    return (container["name"], "false") if (state.get("terminated") or {}).get("exitCode") else None


def _containers(pod: Object) -> list[dict[str, Any]]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


_NORMAL = ("ContainerCreating", "PodInitializing")


def _container(container: dict[str, Any]) -> str:
    state = container.get("state") or {}
    waiting = state.get("waiting") or {}
    last = (container.get("lastState") or {}).get("terminated") or {}
    if waiting and waiting.get("reason") not in _NORMAL:
        words = [waiting.get("reason", ""), waiting.get("message", "")]
        if waiting.get("reason") == "CrashLoopBackOff" and last:
            words = [
                "CrashLoopBackOff",
                f"container {container['name']} exits with {last.get('exitCode')}",
                (last.get("message") or "").strip(),
            ]
        if "Image" in words[0] and container.get("image", "") not in words[1]:
            words.insert(1, container.get("image", ""))
        return ": ".join(word for word in words if word)
    ended = state.get("terminated") or {}
    if ended and ended.get("exitCode"):
        said = (ended.get("message") or ended.get("reason") or "").strip()
        return f"container {container['name']} exits with {ended['exitCode']}: {said}"
    return ""


def _events(cluster: Cluster, namespace: str, name: str) -> list[str]:
    warnings = [
        event
        for event in cluster.items(f"/api/v1/namespaces/{namespace}/events", {"fieldSelector": "type=Warning"})
        if event["involvedObject"].get("name", "").startswith(name)
    ]
    return [
        f"{namespace}/{event['involvedObject']['name']}: {event.get('reason')}: {event.get('message')}"
        for event in warnings[-1:]
    ]
