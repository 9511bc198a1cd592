# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restarting workloads in bounded steps, as ``kubectl rollout restart`` does: their pods are made anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .._errors import MeshError
from .._progress import Tell
from .connection import MERGE_PATCH, Cluster
from .discovery import Resource
from .objects import Identity
from .waiting import Waiter

# A manager of its own: an apply under that of the engine would take away all that it does not name.
MANAGER = "faas.mesh-restart"
# The annotation by which kubectl does it, so that either tool's restart is seen by the other.
ANNOTATION = "kubectl.kubernetes.io/restartedAt"

RESOURCES = {
    kind: Resource("apps", "v1", kind, f"{kind.lower()}s", True) for kind in ("Deployment", "StatefulSet", "DaemonSet")
}


@dataclass
class Restarter:
    """Restarts workloads of one cluster.

    :param time: what the annotation gets (RFC 3339). :param seconds: for how long one step may take to be ready.
    :param done: the workloads that were restarted, in their order.
    :param annotations: what their pods get beside, such as settings that are read when a pod starts.
    """

    cluster: Cluster
    time: str
    seconds: float
    tell: Tell
    done: list[Identity] = field(default_factory=list)
    annotations: Mapping[str, str] = field(default_factory=dict)

    def restart(self, workloads: Sequence[Identity], at_once: int) -> None:
        """Restart the workloads, ``at_once`` of them at a time; each step is ready before the next begins.

        :raises MeshError: with the workload and its pods' own reason. What is not begun then stays as it is.
        """
        try:
            for start in range(0, len(workloads), at_once):
                step = workloads[start : start + at_once]
                self.tell(f"restarting {', '.join(map(str, step))} ({start + len(step)} of {len(workloads)})")
                self._restart(step)
        except MeshError as error:
            error.result.update(objects=[as_result(identity) for identity in self.done], changed=bool(self.done))
            raise

    def _restart(self, step: Sequence[Identity]) -> None:
        with ThreadPoolExecutor(len(step)) as pool:
            list(pool.map(self._patch, step))
        clock = self.cluster.clock
        waiter = Waiter(self.cluster, clock, clock.now() + self.seconds, self.tell)
        waiter.until_ready([(identity, RESOURCES[identity.kind]) for identity in step], {})

    def _patch(self, identity: Identity) -> None:
        path = RESOURCES[identity.kind].path(identity.namespace, identity.name)
        body = {"spec": {"template": {"metadata": {"annotations": {ANNOTATION: self.time, **self.annotations}}}}}
        self.cluster.request("PATCH", path, query={"fieldManager": MANAGER}, body=body, content_type=MERGE_PATCH)
        self.done.append(identity)


def as_result(identity: Identity) -> dict[str, Any]:
    """A restarted workload in a module's result."""
    return {
        "api_version": "apps/v1",
        "kind": identity.kind,
        "namespace": identity.namespace,
        "name": identity.name,
        "verb": "updated",
    }
