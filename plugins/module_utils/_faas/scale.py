# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bringing a function to a number of replicas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .._errors import MeshError
from .._kube import pods
from .._kube.connection import Cluster
from .._retry import retried
from .edition import MOST_REPLICAS, edition_of
from .function import DEFAULT_NAMESPACE, Key, Status
from .gateway import Gateway
from .polling import missing_after
from .workload import workload

PATIENCE_SECONDS = 30.0
# How long a status may lag behind a write that was taken.
SHOWING_SECONDS = 10.0


@dataclass(frozen=True)
class Scaling:
    """What brings a function to its replicas.

    :param before: replicas now, None where there is no function. :param after: replicas then. :param available: how
        many answer now.
    """

    key: Key
    before: int | None
    after: int
    available: int = 0

    @property
    def changed(self) -> bool:
        """Whether there is something to do."""
        return self.before != self.after

    def result(self, available: int | None) -> dict[str, Any]:
        """The module's result. :param available: how many replicas answer in the end, None where nobody looked."""
        return {
            "changed": self.changed,
            "replicas": self.after,
            "available_replicas": available,
            "diff": {
                "before_header": f"function {self.key}",
                "after_header": f"function {self.key}",
                "before": "" if self.before is None else {"replicas": self.before},
                "after": {"replicas": self.after},
            },
        }


def refuse_negative(replicas: int) -> None:
    """Stop where nobody can have so few replicas. :raises MeshError: there are fewer than none."""
    if replicas < 0:
        raise MeshError(f"replicas: {replicas} is no number of replicas: give 0 or more.")


def plan(gateway: Gateway, key: Key, replicas: int, warn: Callable[[str], None]) -> Scaling:
    """What has to be done, and a warning where the edition does not give as many replicas as asked for.

    :raises MeshError: the gateway cannot be read.
    """
    document = gateway.function(key.name, key.namespace)
    after = min(max(replicas, 1), MOST_REPLICAS)
    if after != replicas:
        if edition_of(gateway.info()) == "ce":
            warn(
                f"The Community Edition runs 1 to {MOST_REPLICAS} replicas of a function, so '{key}' gets {after} and "
                f"not {replicas}."
            )
        else:
            after = replicas
    if document is None:
        return Scaling(key, None, after)
    status = Status(document)
    return Scaling(key, status.replicas, after, status.available)


def apply(gateway: Gateway, scaling: Scaling) -> None:
    """Ask for the replicas, and see that the gateway shows them.

    :raises MeshError: there is no such function, the gateway refuses, or has another number afterwards.
    """
    key = scaling.key
    if scaling.before is None:
        raise MeshError(
            f"Function '{key}' is not deployed at {gateway.address.url}: deploy it with faas_function first."
        )
    if not scaling.changed:
        return
    repeated = False

    def attempt() -> None:
        nonlocal repeated
        if repeated and _status(gateway, key).replicas == scaling.after:
            return
        repeated = True
        gateway.scale(key.name, key.namespace, scaling.after)

    retried(attempt, gateway.clock, min(PATIENCE_SECONDS, gateway.patience))
    missing = missing_after(SHOWING_SECONDS, lambda: _unshown(gateway, scaling), gateway.clock)
    if missing:
        raise MeshError(missing)


def await_available(gateway: Gateway, scaling: Scaling, seconds: float, cluster: Cluster | None) -> int:
    """Wait until as many replicas answer as are asked for, and give their number.

    :param cluster: where given, the pods' own reasons stand in the failure. :raises MeshError: they do not in time.
    """
    available = scaling.available
    if not scaling.changed and available == scaling.after:
        return available

    def look() -> str:
        nonlocal available
        available = _status(gateway, scaling.key).available
        return "" if available == scaling.after else f"{available} of {scaling.after} replicas are available"

    missing = missing_after(seconds, look, gateway.clock)
    if missing:
        told = "".join(f"; {reason}" for reason in _reasons(cluster, scaling.key))
        raise MeshError(
            f"Function '{scaling.key}' is not scaled after {seconds:.0f} s: {missing}{told}.",
            **scaling.result(available),
        )
    return available


def _status(gateway: Gateway, key: Key) -> Status:
    document = gateway.function(key.name, key.namespace)
    if document is None:
        raise MeshError(f"Function '{key}' was removed from {gateway.address.url} while it was being scaled.")
    return Status(document)


def _unshown(gateway: Gateway, scaling: Scaling) -> str:
    shown = _status(gateway, scaling.key).replicas
    if shown == scaling.after:
        return ""
    return (
        f"{gateway.address.url} accepted {scaling.after} replicas of function '{scaling.key}' and shows {shown}: "
        "see whether its labels or an autoscaler set another number."
    )


def _reasons(cluster: Cluster | None, key: Key) -> list[str]:
    found = workload(cluster, key.name, key.namespace or DEFAULT_NAMESPACE) if cluster else None
    return pods.reasons(cluster, found) if cluster and found else []
