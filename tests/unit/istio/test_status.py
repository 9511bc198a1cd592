"""What istio_info makes of pods, injectors, policies, Services and istiod's own data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError, Refused
from ansible_collections.faas.mesh.plugins.module_utils._istio import injectors, mtls, proxies, sync
from ansible_collections.faas.mesh.plugins.module_utils._istio.installation import Installation
from ansible_collections.faas.mesh.plugins.module_utils._istio.status import Status
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer, Cluster

from .edges import StillClock, Table, cluster, listed
from .rendered import istiod
from .test_proxies import pod

READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
ISTIOD = {
    "metadata": {
        "namespace": "istio-system",
        "name": "istiod-canary-1",
        "labels": {"app": "istiod", "istio.io/rev": "canary"},
    },
    "spec": {"containers": [{"name": "discovery", "image": "docker.io/istio/pilot:1.31.1"}]},
    "status": READY,
}
GATEWAY = {
    "metadata": {
        "namespace": "istio-system",
        "name": "ingress-1",
        "labels": {"istio": "ingressgateway"},
        "annotations": {"istio.io/rev": "canary"},
    },
    "spec": {"containers": [{"name": "istio-proxy", "image": "istio/proxyv2:1.31.1", "args": ["proxy", "router"]}]},
    "status": READY,
}
INGRESS: dict[str, Any] = {
    "metadata": {"name": "ingress"},
    "spec": {"type": "LoadBalancer", "selector": {"istio": "ingressgateway"}, "ports": [{"name": "http2", "port": 80}]},
    "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}},
}
OTHER = {"metadata": {"name": "other"}, "spec": {"selector": {"app": "other"}, "ports": []}}
SERVICES = "/api/v1/namespaces/istio-system/services"
ENTRY = {
    "proxy": "cart-abc-1.shop",
    "istio_version": "1.31.0",
    **{f"{kind}_{what}": "nonce" for kind in ("cluster", "listener", "endpoint") for what in ("sent", "acked")},
    "listener_acked": "older",
}


class Forwarding(Table):
    """A transport whose pods answer on their loopback."""

    def __init__(self, answers: dict[str, Any], page: Answer | Exception) -> None:
        super().__init__(answers)
        self._page = page

    def ask_pod(self, namespace: str, pod: str, port: int, path: str, seconds: float) -> Answer:
        """The answer, or the refusal, that the test gave."""
        assert (namespace, pod, port, path) == ("istio-system", "istiod-canary-1", 8080, "/debug/syncz")
        if isinstance(self._page, Exception):
            raise self._page
        return self._page


def mesh(page: Answer | Exception) -> Status:
    """A mesh with revision canary, one sidecar and one gateway."""
    stages = Installation(version="1.31.1", revision="canary", tags=("prod",)).stages(istiod("canary"))
    ingress = f"{SERVICES}/ingress"
    answers = {
        injectors.PATH: listed(*injectors.injectors([obj for stage in stages for obj in stage])),
        proxies.PODS: listed(ISTIOD, GATEWAY, {**pod(), "status": READY}, {**OTHER, "spec": {"containers": []}}),
        SERVICES: listed(INGRESS, OTHER),
        ingress: INGRESS,
        mtls.PATH: listed(policy("istio-system", "STRICT")),
    }
    return Status.read(Cluster(Forwarding(answers, page), "https://cluster.test", StillClock(), patience=0.0))


def policy(namespace: str, mode: str, name: str = "default", **spec: Any) -> dict[str, Any]:
    """A PeerAuthentication."""
    return {"metadata": {"namespace": namespace, "name": name}, "spec": {"mtls": {"mode": mode}, **spec}}


def test_a_mesh_is_told_in_full() -> None:
    status = mesh(Answer(200, {}, json.dumps([ENTRY]).encode()))
    assert status.revisions() == [
        {
            "revision": "canary",
            "namespace": "istio-system",
            "version": "1.31.1",
            "tags": ["prod"],
            "pods": [{"name": "istiod-canary-1", "version": "1.31.1", "reason": None}],
            "proxies": 2,
        }
    ]
    gateway, sidecar = status.proxy_facts(asking=True)
    assert (gateway["pod"], gateway["sync"], gateway["version"]) == ("istio-system/ingress-1", None, "1.31.1")
    assert sidecar == {
        "pod": "shop/cart-abc-1",
        "revision": "canary",
        "version": "1.31.0",
        "istiod": "istio-system/istiod-canary-1",
        "sync": {"cds": "SYNCED", "lds": "STALE", "rds": "NOT SENT", "eds": "SYNCED"},
    }
    assert [(found["namespace"], found["mode"]) for found in status.modes()] == [
        ("istio-system", "STRICT"),
        ("shop", "STRICT"),
    ]
    (found,) = status.ingresses(StillClock())
    assert (found["service"], found["host"], found["url"]) == ("ingress", "192.0.2.7", "http://192.0.2.7")
    assert status.warnings == []


@pytest.mark.parametrize(
    "page",
    [Refused("pods/portforward is forbidden"), Answer(401, {}, b""), Answer(200, {}, b"login page")],
    ids=["no right", "no login", "no data"],
)
def test_an_istiod_that_does_not_tell_is_a_warning(page: Answer | Exception) -> None:
    status = mesh(page)
    assert [proxy["sync"] for proxy in status.proxy_facts(asking=True)] == [None, None]
    assert len(status.warnings) == 1
    assert "istio-system/istiod-canary-1" in status.warnings[0]


def test_nobody_is_asked_who_need_not_be() -> None:
    status = mesh(AssertionError("asked"))
    assert [proxy["sync"] for proxy in status.proxy_facts(asking=False)] == [None, None]


def test_a_cluster_without_istio_is_empty() -> None:
    status = Status.read(cluster({proxies.PODS: listed(OTHER | {"spec": {"containers": []}})}))
    assert (status.revisions(), status.proxy_facts(asking=True), status.modes()) == ([], [], [])


def test_a_gateway_that_cannot_be_reached_says_why() -> None:
    status = mesh(AssertionError("asked"))
    inside = {**INGRESS, "spec": {**INGRESS["spec"], "type": "ClusterIP"}}
    status.cluster = cluster({SERVICES: listed(inside)})
    (found,) = status.ingresses(StillClock())
    assert found["host"] is None
    assert "is of type ClusterIP" in found["reason"]


def test_a_page_of_another_form_is_named() -> None:
    with pytest.raises(MeshError, match="Pod istio-system/istiod-1 answers /debug/syncz with something else"):
        sync.parsed('[{"id": "cart"}]', "istio-system/istiod-1")
    assert sync.parsed("null", "istio-system/istiod-1") == {}


def test_the_oldest_policy_of_a_namespace_holds_before_that_of_the_mesh() -> None:
    newer = policy("shop", "DISABLE", "newer")
    newer["metadata"]["creationTimestamp"] = "2026-02-02T00:00:00Z"
    older = policy("shop", "STRICT", "older")
    older["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    found = mtls.effective("shop", "istio-system", [policy("istio-system", "PERMISSIVE"), newer, older])
    assert (found["mode"], found["policy"]) == ("STRICT", "shop/older")


def test_a_policy_for_some_pods_is_an_exception() -> None:
    some = policy("shop", "DISABLE", "till", selector={"matchLabels": {"app": "till"}})
    ports = policy("shop", "UNSET", portLevelMtls={"9090": {"mode": "DISABLE"}})
    found = mtls.effective("shop", "istio-system", [some, ports])
    assert (found["mode"], found["policy"]) == ("PERMISSIVE", None)
    assert found["exceptions"] == [
        {"policy": "shop/till", "mode": "DISABLE", "ports": {}},
        {"policy": "shop/default", "mode": "UNSET", "ports": {"9090": "DISABLE"}},
    ]
