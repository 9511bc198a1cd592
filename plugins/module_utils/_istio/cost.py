# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a mesh costs: which containers belong to it, and what they use beside those that they serve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .._errors import MeshError
from .._kube import metrics
from .._kube.connection import Cluster, Object
from .._kube.metrics import PodReading, Usage
from .._kube.nodes import NODES
from .._progress import Tell
from .._retry import Clock
from .proxies import PODS
from .sidecars import PROXY, is_current, name_of, proxy_of

POLL_SECONDS = 2.0
ISTIOD = "istiod"


class Part(StrEnum):
    """What a container is to the mesh."""

    APPLICATION = "application"
    SIDECAR = "sidecar"
    GATEWAY = "gateway"
    CONTROL_PLANE = "control_plane"


@dataclass(frozen=True)
class Line:
    """What one container uses."""

    namespace: str
    pod: str
    node: str
    container: str
    part: Part
    usage: Usage


@dataclass(frozen=True)
class NodeLine:
    """What one node uses, of what pods may use of it."""

    name: str
    usage: Usage
    allocatable: Usage


@dataclass(frozen=True)
class Measurement:
    """One look at a cluster.

    :param time: of the newest reading (RFC 3339, UTC). :param missing: running containers without a reading yet, as
        ``namespace/pod container``.
    """

    time: str
    lines: list[Line]
    nodes: list[NodeLine]
    missing: list[str]


def part_of(pod: Object, container: str) -> Part:
    """What a container is. A proxy that is alone in its pod is a gateway; istiod is known by its label ``app``."""
    if container == PROXY and proxy_of(pod):
        beside = any(entry["name"] != PROXY for entry in pod["spec"].get("containers") or [])
        return Part.SIDECAR if beside else Part.GATEWAY
    is_istiod = (pod["metadata"].get("labels") or {}).get("app") == ISTIOD
    return Part.CONTROL_PLANE if is_istiod else Part.APPLICATION


def measure(cluster: Cluster, clock: Clock, seconds: float, tell: Tell) -> Measurement:
    """What every container and node uses, once each running container has a reading, or after ``seconds``.

    metrics-server has a new container's reading after two looks at it, each 15 seconds by default.

    :raises NoMetrics: the cluster serves no metrics. :raises MeshError: after that time there is no reading at all.
    """
    deadline = clock.now() + seconds
    while True:
        pods = list(cluster.items(PODS))
        readings = metrics.of_pods(cluster)
        missing = sorted(_missing(pods, readings))
        if not missing or clock.now() >= deadline:
            break
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        tell(f"waiting for the first figures of {missing[0]}{more}")
        clock.sleep(POLL_SECONDS)
    if not readings:
        raise MeshError(
            f"metrics-server has no figures of any container at {cluster.server}: look at its log; most likely it "
            "cannot reach the nodes' kubelets, or does not trust their certificates."
        )
    return Measurement(max(reading.time for reading in readings), _lines(pods, readings), _nodes(cluster), missing)


def _missing(pods: Iterable[Object], readings: Iterable[PodReading]) -> Iterator[str]:
    known = {(reading.namespace, reading.name, name) for reading in readings for name in reading.containers}
    for pod in filter(is_current, pods):
        metadata, status = pod["metadata"], pod.get("status") or {}
        for entry in (*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])):
            # One that is up, and not one that keeps ending: the latter may never have a reading.
            is_up = "running" in (entry.get("state") or {}) and entry.get("ready")
            if is_up and (metadata["namespace"], metadata["name"], entry["name"]) not in known:
                yield f"{name_of(pod)} {entry['name']}"


def _lines(pods: Iterable[Object], readings: Iterable[PodReading]) -> list[Line]:
    by_name = {name_of(pod): pod for pod in pods}
    lines = []
    for reading in readings:
        pod = by_name.get(f"{reading.namespace}/{reading.name}")
        for name, usage in reading.containers.items():
            # A pod that came between the two requests is nothing that is known; the next look knows it.
            part, node = (part_of(pod, name), pod["spec"].get("nodeName") or "") if pod else (Part.APPLICATION, "")
            lines.append(Line(reading.namespace, reading.name, node, name, part, usage))
    return sorted(lines, key=lambda line: (line.namespace, line.pod, line.container))


def _nodes(cluster: Cluster) -> list[NodeLine]:
    allocatable = {
        node["metadata"]["name"]: metrics.usage((node.get("status") or {}).get("allocatable") or {}, "a node")
        for node in cluster.items(NODES)
    }
    used = metrics.of_nodes(cluster)
    return [NodeLine(name, used[name], allocatable.get(name, Usage())) for name in sorted(used)]
