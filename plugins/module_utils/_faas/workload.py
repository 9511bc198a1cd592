# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Deployments behind functions: they show what the gateway does not give back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .._kube.connection import ApiError, Cluster, Object

# The label that OpenFaaS gives to the Deployments of functions.
SELECTOR = "faas_function"


@dataclass(frozen=True)
class Workload:
    """What a function's Deployment says. :param document: the Deployment."""

    document: Mapping[str, Any]

    @property
    def is_ending(self) -> bool:
        """Whether it is on its way out."""
        return "deletionTimestamp" in self.document["metadata"]

    @property
    def env(self) -> dict[str, str]:
        """The environment variables, less the process of the watchdog, which the gateway gives back."""
        return {
            entry["name"]: entry.get("value", "") if "valueFrom" not in entry else "(taken from another object)"
            for entry in self._container.get("env") or []
            if entry["name"] != "fprocess"
        }

    @property
    def readonly_root_filesystem(self) -> bool:
        """Whether the function may write to ``/tmp`` only."""
        return bool((self._container.get("securityContext") or {}).get("readOnlyRootFilesystem"))

    def constraints(self, wanted: Collection[str]) -> list[str] | None:
        """The constraints in force; None where there are none although some are wanted, which proves nothing.

        The Community Edition takes constraints and leaves them out of the Deployment (faas-netes 0.18).

        :param wanted: given back where they say the same in another spelling.
        """
        selector: dict[str, str] = self._pod.get("nodeSelector") or {}
        if not selector:
            return None if wanted else []
        return sorted(wanted) if selector == _selector(wanted) else sorted(f"{k}={v}" for k, v in selector.items())

    @property
    def _pod(self) -> Mapping[str, Any]:
        pod: Mapping[str, Any] = self.document["spec"]["template"]["spec"]
        return pod

    @property
    def _container(self) -> Mapping[str, Any]:
        return next(iter(self._pod.get("containers") or ()), {})


def workloads(cluster: Cluster, namespace: str) -> dict[str, Workload] | None:
    """The Deployments of all functions in a namespace by name, with one request; None where we may not list them."""
    try:
        found = list(cluster.items(_path(namespace), {"labelSelector": SELECTOR}))
    except ApiError as error:
        if error.status == 403:
            return None
        raise
    return {document["metadata"]["name"]: Workload(document) for document in found}


def workload(cluster: Cluster, name: str, namespace: str) -> Object | None:
    """The Deployment of one function as the API server has it, if there is one."""
    found = cluster.get(f"{_path(namespace)}/{name}")
    # A single object may come without its kind, which readiness goes by.
    return {"kind": "Deployment", **found} if found else None


def _path(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments"


def _selector(constraints: Collection[str]) -> dict[str, str]:
    """The node selector that OpenFaaS makes of constraints such as ``key = value`` or ``key=value``."""
    pairs = (constraint.replace("==", "=").split("=", 1) for constraint in constraints)
    return {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}
