"""Which pods have a proxy, of which version and revision, and whose pods they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._istio.proxies import Proxy, of_pods


def pod(image: str = "docker.io/istio/proxyv2:1.31.1", **metadata: Any) -> dict[str, Any]:
    """An injected pod of Deployment cart."""
    return {
        "metadata": {
            "namespace": "shop",
            "name": "cart-abc-1",
            "labels": {"pod-template-hash": "abc"},
            "annotations": {"sidecar.istio.io/status": json.dumps({"revision": "canary"})},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "cart-abc", "controller": True}],
            **metadata,
        },
        "spec": {
            "initContainers": [{"name": "istio-proxy", "image": image, "restartPolicy": "Always"}],
            "containers": [{"name": "cart", "image": "cart"}],
        },
    }


def test_an_injected_pod_tells_revision_version_and_workload() -> None:
    assert list(of_pods([pod()])) == [Proxy("shop/cart-abc-1", "canary", "1.31.1", ("shop", "Deployment", "cart"))]


def test_a_gateway_tells_its_revision_by_its_annotation() -> None:
    gateway = pod(annotations={"istio.io/rev": "default"})
    (found,) = of_pods([gateway])
    assert found.revision == "default"


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("registry:5000/istio/proxyv2:1.30.4-distroless", "1.30.4"),
        ("docker.io/istio/proxyv2@sha256:0123", ""),
        ("docker.io/istio/proxyv2:1.31.1@sha256:0123", "1.31.1"),
        ("registry:5000/proxyv2", ""),
    ],
)
def test_the_version_is_that_of_the_images_tag(image: str, version: str) -> None:
    (found,) = of_pods([pod(image)])
    assert found.version == version


def test_other_pods_have_no_proxy() -> None:
    without = pod()
    without["spec"]["initContainers"] = []
    done = {**pod(), "status": {"phase": "Succeeded"}}
    going = pod(deletionTimestamp="2026-01-01T00:00:00Z")
    damaged = pod(annotations={"sidecar.istio.io/status": "{"})
    assert list(of_pods([without, done, going, damaged])) == []


def test_a_pod_of_another_workload_names_it_as_it_is() -> None:
    owned = pod(ownerReferences=[{"kind": "StatefulSet", "name": "db", "controller": True}])
    bare = pod(ownerReferences=[])
    assert [proxy.owner for proxy in of_pods([owned, bare])] == [("shop", "StatefulSet", "db"), ("shop", "", "")]
