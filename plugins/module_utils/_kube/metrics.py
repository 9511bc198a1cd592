# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What containers and nodes use, as the resource metrics API of a cluster has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from .._errors import MeshError
from .connection import Cluster, Object
from .quantity import amount

# https://github.com/kubernetes/metrics/tree/master/pkg/apis/metrics/v1beta1
_ROOT = "/apis/metrics.k8s.io/v1beta1"
PODS, NODES = f"{_ROOT}/pods", f"{_ROOT}/nodes"
_MEBIBYTE = 1 << 20


class NoMetrics(MeshError):
    """The cluster serves no metrics."""


@dataclass(frozen=True)
class Usage:
    """CPU in cores and memory in bytes, exact.

    They are rounded as kubectl does it (pkg/metricsutil/metrics_printer.go of k8s.io/kubectl): thousandths of a core
    up (``Quantity.MilliValue``), mebibytes down (``Quantity.Value() / (1024 * 1024)``).
    """

    cores: Decimal = Decimal(0)
    memory: Decimal = Decimal(0)

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.cores + other.cores, self.memory + other.memory)

    @property
    def millicores(self) -> int:
        """As ``kubectl top`` prints it."""
        return int((self.cores * 1000).to_integral_value(ROUND_CEILING))

    @property
    def mebibytes(self) -> int:
        """As ``kubectl top`` prints it."""
        return int(self.memory // _MEBIBYTE)

    def percent_of(self, available: Usage) -> tuple[int, int]:
        """Percent of CPU and of memory, as ``kubectl top node`` has it: of what it prints, cut off; 0 of nothing."""
        shares = ((self.millicores, available.millicores), (self.memory, available.memory))
        cpu, memory = (int(used * 100 / whole) if whole else 0 for used, whole in shares)
        return cpu, memory


@dataclass(frozen=True)
class PodReading:
    """What the containers of a pod used on average over some seconds until ``time`` (RFC 3339, UTC)."""

    namespace: str
    name: str
    time: str
    containers: Mapping[str, Usage]


def total(usages: Iterable[Usage]) -> Usage:
    """The sum."""
    return sum(usages, Usage())


def usage(quantities: Mapping[str, str], whose: str) -> Usage:
    """CPU and memory of Kubernetes' own map of quantities, such as a node's ``allocatable``."""
    return Usage(amount(quantities.get("cpu") or "0", whose), amount(quantities.get("memory") or "0", whose))


def of_pods(cluster: Cluster) -> list[PodReading]:
    """The readings of all pods.

    :raises NoMetrics: the cluster serves none.
    """
    return [
        PodReading(
            entry["metadata"]["namespace"],
            entry["metadata"]["name"],
            entry.get("timestamp") or "",
            {
                container["name"]: usage(container.get("usage") or {}, f"container {container['name']}")
                for container in entry.get("containers") or []
            },
        )
        for entry in _listed(cluster, PODS)
    ]


def of_nodes(cluster: Cluster) -> dict[str, Usage]:
    """What each node uses, by its name; what runs outside of pods included.

    :raises NoMetrics: the cluster serves no metrics.
    """
    return {
        entry["metadata"]["name"]: usage(entry.get("usage") or {}, f"node {entry['metadata']['name']}")
        for entry in _listed(cluster, NODES)
    }


def _listed(cluster: Cluster, path: str) -> list[Object]:
    answer = cluster.get(path)
    if answer is None:
        raise NoMetrics(
            f"metrics-server is not there: {cluster.server} does not serve {_ROOT.removeprefix('/apis/')}. Run the "
            "role faas.mesh.observe, which installs it, or on minikube enable the addon metrics-server."
        )
    return list(answer.get("items") or [])
