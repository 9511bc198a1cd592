# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pods and their sidecars: what runs in a pod, as ``kubectl describe`` would show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._kube.connection import Object

PROXY = "istio-proxy"
FUNCTION_LABEL = "faas_function"
# What a kubelet and a scheduler say while a pod comes up.
START_REASONS = ("Scheduled", "Pulling", "Pulled", "Created", "Started")


def proxy_of(pod: Object) -> Object | None:
    """The sidecar's container: a native one (an init container that keeps running) or a plain one."""
    native = (entry for entry in pod["spec"].get("initContainers") or [] if entry.get("restartPolicy") == "Always")
    plain = pod["spec"].get("containers") or []
    return next((entry for entry in (*native, *plain) if entry["name"] == PROXY), None)


def is_current(pod: Object) -> bool:
    """Whether a pod is meant to run: neither being deleted nor done."""
    return "deletionTimestamp" not in pod["metadata"] and (pod.get("status") or {}).get("phase") not in (
        "Succeeded",
        "Failed",
    )


def name_of(pod: Object) -> str:
    """``namespace/name`` of a pod."""
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"


def pod_facts(pod: Object) -> dict[str, Any]:
    """A pod in the words of ``kubectl get pods``, with its containers and the image of its sidecar."""
    proxy = proxy_of(pod)
    containers = _containers(pod)
    return {
        "namespace": pod["metadata"]["namespace"],
        "name": pod["metadata"]["name"],
        "ready": f"{sum(entry['ready'] for entry in containers)}/{len(containers)}",
        "phase": (pod.get("status") or {}).get("phase", ""),
        "containers": containers,
        "proxy_image": proxy["image"] if proxy else None,
    }


def _containers(pod: Object) -> list[dict[str, Any]]:
    """The containers that stay, native sidecars first, as kubectl counts them in READY."""
    status = pod.get("status") or {}
    ready = {
        entry["name"]: bool(entry.get("ready"))
        for entry in (*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or []))
    }
    staying = [entry for entry in pod["spec"].get("initContainers") or [] if entry.get("restartPolicy") == "Always"]
    return [
        {"name": entry["name"], "image": entry["image"], "ready": ready.get(entry["name"], False)}
        for entry in (*staying, *(pod["spec"].get("containers") or []))
    ]


def start_events(pod: Object, events: Iterable[Object]) -> list[dict[str, str]]:
    """The events of a pod's start among ``events``, oldest first; the cluster keeps them for about an hour."""
    found = [
        event
        for event in events
        if event["involvedObject"].get("uid") == pod["metadata"]["uid"]
        and (event.get("reason") in START_REASONS or event.get("type") == "Warning")
    ]
    return [
        {
            "type": event.get("type", ""),
            "reason": event.get("reason", ""),
            "from": (event.get("source") or {}).get("component") or event.get("reportingComponent") or "",
            "time": _time(event),
            "message": event.get("message", ""),
        }
        for event in sorted(found, key=_time)
    ]


def _time(event: Object) -> str:
    return event.get("firstTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp") or ""
