"""When objects are up, and why they are not."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._kube.pods import why_not_ready
from ansible_collections.faas.mesh.plugins.module_utils._kube.ready import verdict


def obj(kind: str, status: dict[str, Any], generation: int = 1, **spec: Any) -> dict[str, Any]:
    """A live object."""
    return {
        "kind": kind,
        "metadata": {"name": "x", "namespace": "n", "generation": generation},
        "spec": spec,
        "status": status,
    }


UP = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
CASES: dict[str, tuple[dict[str, Any], bool, str]] = {
    "a deployment": (obj("Deployment", UP, replicas=2), True, ""),
    "scaled to nothing": (obj("Deployment", {"observedGeneration": 1}, replicas=0), True, ""),
    "not seen": (obj("Deployment", {}, replicas=0), False, "its controller has not seen it yet"),
    "a change not seen": (obj("Deployment", UP, 2, replicas=2), False, "its controller has not seen the change yet"),
    "rolling": (
        obj("Deployment", {**UP, "replicas": 3}, replicas=2), False, "2 of 2 pods are available, 2 updated, 1 old",
    ),
    "a daemon set": (
        obj("DaemonSet", {"observedGeneration": 1, "desiredNumberScheduled": 2, "numberAvailable": 1}),
        False,
        "1 of 2 pods are available, 0 updated",
    ),
    "a stateful set": (
        obj("StatefulSet", {"observedGeneration": 1, "readyReplicas": 1, "updatedReplicas": 2}, replicas=2),
        False,
        "1 of 2 pods are ready, 2 updated",
    ),
    "a running job": (obj("Job", {}), False, "it is still running"),
    "a done job": (obj("Job", {"conditions": [{"type": "Complete", "status": "True"}]}), True, ""),
    "a definition": (obj("CustomResourceDefinition", {}), False, "not Established yet"),
    "a namespace": (obj("Namespace", {"phase": "Terminating"}), False, "it is Terminating"),
    "a waiting claim": (obj("PersistentVolumeClaim", {"phase": "Pending"}), True, ""),
    "a lost claim": (obj("PersistentVolumeClaim", {"phase": "Lost"}), False, "it is Lost"),
    "a kind without": (obj("ConfigMap", {}), True, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_verdicts(case: str) -> None:
    """Ready, or the reason."""
    live, ready, reason = CASES[case]
    found = verdict(live)
    assert (found.ready, found.reason) == (ready, reason)


def test_waiting_in_vain_is_told() -> None:
    """A failed job and a deployment past its deadline do not come up by themselves."""
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too late"}
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"}
    for live in (
        obj("Deployment", {"observedGeneration": 1, "conditions": [late]}),
        obj("Job", {"conditions": [failed]}),
    ):
        assert verdict(live).final


def pod(**status: Any) -> dict[str, Any]:
    """A pod with one container."""
    return {"metadata": {"name": "p", "namespace": "n"}, "status": {"phase": "Pending", **status}}


def container(**state: Any) -> dict[str, Any]:
    """The pod's status of one container."""
    return {"containerStatuses": [{"name": "main", "image": "example.com/main:1", **state}]}


REASONS: dict[str, tuple[dict[str, Any], str]] = {
    "an image": (
        pod(**container(state={"waiting": {"reason": "ImagePullBackOff", "message": "manifest unknown"}})),
        "n/p: ImagePullBackOff: example.com/main:1: manifest unknown",
    ),
    "a crash": (
        pod(
            **container(
                state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
                lastState={"terminated": {"exitCode": 3, "message": "no config\n"}},
            )
        ),
        "n/p: CrashLoopBackOff: container main exits with 3: no config",
    ),
    "no node": (
        pod(conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no node"}]),
        "n/p: Unschedulable: no node",
    ),
    "ready": (pod(conditions=[{"type": "Ready", "status": "True"}]), ""),
    "done": ({"metadata": {"name": "p", "namespace": "n"}, "status": {"phase": "Succeeded"}}, ""),
    "starting": (pod(**container(state={"waiting": {"reason": "ContainerCreating"}})), "n/p: Pending"),
}


@pytest.mark.parametrize("case", REASONS)
def test_the_reason_of_a_pod(case: str) -> None:
    """In the cluster's own words, the cause before what follows from it."""
    live, reason = REASONS[case]
    assert why_not_ready(live) == reason
