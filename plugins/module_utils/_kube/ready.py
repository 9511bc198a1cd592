# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readiness: when an object is up, and why it is not yet. Pure functions of the live object."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .connection import Object


@dataclass(frozen=True)
class Verdict:
    """Whether an object is up; else ``reason`` says why not, and ``final`` whether waiting is in vain."""

    ready: bool
    reason: str = ""
    final: bool = False


READY = Verdict(True)


def verdict(obj: Object) -> Verdict:
    """The readiness of a live object. Kinds that have none are ready once they exist."""
    if obj["metadata"].get("deletionTimestamp"):
        return Verdict(False, "it is being deleted")
    rule = _RULES.get(obj["kind"])
    if rule is None:
        return READY
    observed = (obj.get("status") or {}).get("observedGeneration")
    if observed is not None and observed < obj["metadata"].get("generation", 0):
        return Verdict(False, "its controller has not seen the change yet")
    return rule(obj)


def condition(obj: Object, kind: str) -> Object:
    """The status condition of one type, empty where there is none."""
    conditions = (obj.get("status") or {}).get("conditions") or []
    return next((entry for entry in conditions if entry.get("type") == kind), {})


def _by_condition(kind: str) -> Callable[[Object], Verdict]:
    def rule(obj: Object) -> Verdict:
        found = condition(obj, kind)
        # cert-manager says in each condition which state of the object it is about.
        if found.get("observedGeneration", sys.maxsize) < obj["metadata"].get("generation", 0):
            return Verdict(False, "its controller has not seen the change yet")
        if found.get("status") == "True":
            return READY
        return Verdict(False, _words(found) or f"not {kind} yet")

    return rule


def _certificate(obj: Object) -> Verdict:
    found = _by_condition("Ready")(obj)
    issuing = condition(obj, "Issuing")
    if found.ready or (issuing.get("status"), issuing.get("reason")) != ("False", "Failed"):
        return found
    # cert-manager waits an hour or more before it tries again (cert-manager.io, "Certificate", on back-offs).
    name = f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"
    return Verdict(
        False,
        f"{str(issuing.get('message', '')).rstrip('.')}; cert-manager tries again in an hour or later, or at once when "
        f"Certificate {name} is deleted and made anew",
        final=True,
    )


def _gateway(obj: Object) -> Verdict:
    """Of the Gateway API (gateway-api.sigs.k8s.io, "GatewayStatus"); Istio's own kind of the name has no status."""
    if not obj["apiVersion"].startswith("gateway.networking.k8s.io/"):
        return READY
    accepted = _by_condition("Accepted")(obj)
    programmed = condition(obj, "Programmed")
    # It takes calls, and a load balancer has yet to say at which address. Istio has the same reason where no pod does.
    has_pods = programmed.get("message", "").startswith("Assigned to service(s)")
    is_waiting = programmed.get("reason") == "AddressNotAssigned" and has_pods
    listeners: list[Object] = (obj.get("status") or {}).get("listeners") or []
    found = [
        accepted,
        READY if is_waiting else _by_condition("Programmed")(obj),
        *(_by_condition("ResolvedRefs")({**obj, "status": listener}) for listener in listeners),
    ]
    return next((each for each in found if not each.ready), READY)


def _route(obj: Object) -> Verdict:
    """Of the Gateway API (gateway-api.sigs.k8s.io, "RouteStatus"): each of its parents tells of its own."""
    parents: list[Object] = (obj.get("status") or {}).get("parents") or []
    if len(parents) < len(obj["spec"].get("parentRefs") or []):
        return Verdict(False, "its Gateway's controller has not seen it yet")
    found = [
        _by_condition(kind)({**obj, "status": parent}) for parent in parents for kind in ("Accepted", "ResolvedRefs")
    ]
    return next((each for each in found if not each.ready), READY)


def _words(found: Object) -> str:
    return ": ".join(part for part in (found.get("reason", ""), found.get("message", "")) if part)


def _deployment(obj: Object) -> Verdict:
    wanted = _number(obj["spec"].get("replicas"), 1)
    status = obj.get("status") or {}
    if "observedGeneration" not in status:
        return Verdict(False, "its controller has not seen it yet")
    updated, total, available = (
        _number(status.get(name), 0) for name in ("updatedReplicas", "replicas", "availableReplicas")
    )
    if updated >= wanted and total <= updated and available >= updated:
        return READY
    progressing = condition(obj, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return Verdict(False, _words(progressing), final=True)
    failure = condition(obj, "ReplicaFailure")
    if failure.get("status") == "True":
        return Verdict(False, _words(failure))
    return Verdict(
        False,
        f"{min(available, wanted)} of {wanted} pods are available, {updated} updated, {max(total - updated, 0)} old",
    )


def _stateful_set(obj: Object) -> Verdict:
    wanted = _number(obj["spec"].get("replicas"), 1)
    status = obj.get("status") or {}
    ready, updated = (_number(status.get(name), 0) for name in ("readyReplicas", "updatedReplicas"))
    if "observedGeneration" in status and ready >= wanted and updated >= wanted:
        return READY
    return Verdict(False, f"{ready} of {wanted} pods are ready, {updated} updated")


def _daemon_set(obj: Object) -> Verdict:
    status = obj.get("status") or {}
    wanted = _number(status.get("desiredNumberScheduled"), 0)
    available, updated = (_number(status.get(name), 0) for name in ("numberAvailable", "updatedNumberScheduled"))
    if "observedGeneration" in status and available >= wanted and updated >= wanted:
        return READY
    return Verdict(False, f"{available} of {wanted} pods are available, {updated} updated")


def _job(obj: Object) -> Verdict:
    failed = condition(obj, "Failed")
    if failed.get("status") == "True":
        return Verdict(False, _words(failed), final=True)
    return READY if condition(obj, "Complete").get("status") == "True" else Verdict(False, "it is still running")


def _namespace(obj: Object) -> Verdict:
    phase = (obj.get("status") or {}).get("phase", "Active")
    return READY if phase == "Active" else Verdict(False, f"it is {phase}")


def _claim(obj: Object) -> Verdict:
    phase = (obj.get("status") or {}).get("phase", "Pending")
    # A claim of a class that waits for its first pod is Pending by design until the pod comes.
    return READY if phase in ("Bound", "Pending") else Verdict(False, f"it is {phase}")


def _number(value: Any, default: int) -> int:
    return default if value is None else int(value)


_RULES: dict[str, Callable[[Object], Verdict]] = {
    "CustomResourceDefinition": _by_condition("Established"),
    "APIService": _by_condition("Available"),
    "Namespace": _namespace,
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "Pod": _by_condition("Ready"),
    "PersistentVolumeClaim": _claim,
    "Certificate": _certificate,
    "Gateway": _gateway,
    "HTTPRoute": _route,
    "Issuer": _by_condition("Ready"),
    "ClusterIssuer": _by_condition("Ready"),
}
