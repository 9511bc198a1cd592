# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting until functions answer or are gone, and telling why they do not."""

from __future__ import annotations

from collections.abc import Iterable

from .._kube import pods, ready
from .._kube.connection import Cluster, Object
from .function import DEFAULT_NAMESPACE, Key, Status
from .gateway import Gateway
from .observe import observe
from .plan import Change
from .workload import workload

POLL_SECONDS = 0.5


def needs_waiting(change: Change) -> bool:
    """Whether a function is under way: changed, or unchanged and without a replica that it should have."""
    if change.verb != "unchanged":
        return True
    return (
        change.wanted is not None
        and change.status is not None
        and change.status.available < 1 <= change.status.replicas
    )


def await_settled(
    gateway: Gateway, cluster: Cluster | None, changes: Iterable[Change], seconds: float
) -> tuple[dict[Key, str], list[str]]:
    """Wait until each function has a replica that answers, or is gone.

    :param cluster: where given, a changed function counts only once its new pods have replaced the old ones, which the
        gateway cannot tell, and the reason for one that does not come up is its pods' own.
    :param seconds: how long to wait for all of them together.
    :returns: why, for each function that did not get there in time, and warnings.
    """
    waiting = list(changes)
    clock = gateway.clock
    deadline = clock.now() + seconds
    warnings: list[str] = []
    while waiting:
        seen = observe(gateway, [change.key for change in waiting])
        warnings = seen.warnings
        reasons = {change.key: _reason(change, seen.statuses.get(change.key), cluster) for change in waiting}
        waiting = [change for change in waiting if reasons[change.key]]
        if clock.now() >= deadline:
            return {
                change.key: f"not ready after {seconds:.0f} s: {reasons[change.key]}"
                + _pods(cluster, change, seen.statuses.get(change.key))
                for change in waiting
            }, warnings
        if waiting:
            clock.sleep(min(POLL_SECONDS, max(deadline - clock.now(), 0.0)))
    return {}, warnings


def _reason(change: Change, status: Status | None, cluster: Cluster | None) -> str:
    """Why a function is not settled yet, empty when it is."""
    if change.wanted is None:
        return "the gateway is still deleting it" if status else ""
    if status is None:
        return "the gateway does not show it yet"
    if not status.shows(change.wanted):
        return "the gateway accepted the change but does not show it"
    if status.available < 1:
        return f"{status.available} of {status.replicas} replicas are available"
    if cluster is None or change.verb == "unchanged":
        return ""
    found = _workload(cluster, change, status)
    return ready.verdict(found).reason if found else "it has no Deployment"


def _pods(cluster: Cluster | None, change: Change, status: Status | None) -> str:
    if change.wanted is None:
        return ""
    if cluster is None:
        return "; with a kubeconfig the pods' own reason is told"
    found = _workload(cluster, change, status)
    return "".join(f"; {reason}" for reason in pods.reasons(cluster, found)) if found else ""


def _workload(cluster: Cluster, change: Change, status: Status | None) -> Object | None:
    return workload(cluster, change.key.name, status.namespace if status else change.key.namespace or DEFAULT_NAMESPACE)
