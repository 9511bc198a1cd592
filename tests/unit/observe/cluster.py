"""A cluster with a mesh, as its API server tells of it: pods, nodes, and what they use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.openfaas.api import listed

Object = dict[str, Any]
PODS, NODES = "/api/v1/pods", "/api/v1/nodes"
GROUP = "/apis/metrics.k8s.io"
POD_METRICS, NODE_METRICS = f"{GROUP}/v1beta1/pods", f"{GROUP}/v1beta1/nodes"
TIME = "2026-11-28T17:20:53Z"


def pod(namespace: str, name: str, *containers: str, native: bool = False, **labels: str) -> Object:
    """A pod that runs; with ``native`` its first container is an init container that keeps running."""
    state = [{"name": each, "ready": True, "state": {"running": {}}} for each in containers]
    named = [{"name": each, "image": "example/image:1"} for each in containers]
    init = [{**named.pop(0), "restartPolicy": "Always"}] if native else []
    return {
        "metadata": {"namespace": namespace, "name": name, "uid": name, "labels": labels},
        "spec": {"nodeName": "one", "initContainers": init, "containers": named},
        "status": {"phase": "Running", "containerStatuses": state},
    }


def used(namespace: str, name: str, **usage: tuple[str, str]) -> Object:
    """The metrics of a pod: CPU and memory by container, with ``_`` for ``-``."""
    return {
        "metadata": {"namespace": namespace, "name": name},
        "timestamp": TIME,
        "window": "15s",
        "containers": [
            {"name": each.replace("_", "-"), "usage": {"cpu": cpu, "memory": memory}}
            for each, (cpu, memory) in usage.items()
        ],
    }


def answers(**more: Any) -> Mapping[str, Any]:
    """A cluster with istiod, an ingress gateway, and two functions with sidecars, one of them native."""
    return {
        PODS: listed(
            pod("istio-system", "istiod-1", "discovery", app="istiod"),
            pod("istio-system", "ingress-1", "istio-proxy", app="istio-ingressgateway"),
            pod("openfaas-fn", "env-1", "istio-proxy", "env", native=True),
            pod("openfaas-fn", "old-1", "old", "istio-proxy"),
            pod("kube-system", "dns-1", "dns"),
        ),
        NODES: listed(
            {"metadata": {"name": "one"}, "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}}}
        ),
        GROUP: {"kind": "APIGroup"},
        POD_METRICS: listed(
            used("istio-system", "istiod-1", discovery=("4000001n", "83886079")),
            used("istio-system", "ingress-1", istio_proxy=("11m", "40Mi")),
            used("openfaas-fn", "env-1", istio_proxy=("1200u", "51200Ki"), env=("100u", "8Mi")),
            used("openfaas-fn", "old-1", istio_proxy=("1200u", "50Mi"), old=("0", "7Mi")),
            used("kube-system", "dns-1", dns=("3m", "12Mi")),
        ),
        NODE_METRICS: listed(
            {"metadata": {"name": "one"}, "timestamp": TIME, "usage": {"cpu": "399m", "memory": "1Gi"}}
        ),
        **more,
    }
