"""What is told before an upgrade: the versions of Kubernetes and of the Gateway API, and rights."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio import precheck
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer, Cluster
from ansible_collections.faas.mesh.plugins.module_utils._kube.discovery import Discovery
from tests.unit.istio.edges import StillClock, Table

ISTIOD = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "istiod", "namespace": "istio-system"}}
SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}}
UNSERVED = {"apiVersion": "telemetry.istio.io/v1", "kind": "Telemetry", "metadata": {"name": "new"}}


def group(name: str, **versions: dict[str, str]) -> dict[str, Any]:
    """A group of discovery; of each version the plural names by their kinds."""
    return {
        "metadata": {"name": name},
        "versions": [
            {
                "version": version,
                "resources": [
                    {"resource": plural, "responseKind": {"kind": kind}, "scope": "Namespaced", "verbs": ["patch"]}
                    for kind, plural in kinds.items()
                ],
            }
            for version, kinds in versions.items()
        ],
    }


class Server(Table):
    """An API server that answers reviews too.

    :param denied: verb and resource of what is not allowed.
    """

    def __init__(self, denied: tuple[tuple[str, str], ...] = (), **gateway_api: dict[str, str]) -> None:
        groups = [group("apps", v1={"Deployment": "deployments"}), group(precheck.GATEWAY_API, **gateway_api)]
        core = [group("", v1={"Namespace": "namespaces"})]
        listing = {"kind": "APIGroupDiscoveryList"}
        super().__init__({"/api": {**listing, "items": core}, "/apis": {**listing, "items": groups}})
        self.denied = denied
        self.reviewed: list[tuple[str, str, str]] = []

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """The answer of the table, or that of a review."""
        if target != precheck.REVIEWS:
            return super().send(method, target, headers, body, seconds)
        assert body is not None
        right = json.loads(body)["spec"]["resourceAttributes"]
        self.reviewed.append((right["verb"], right["resource"], right["namespace"]))
        allowed = (right["verb"], right["resource"]) not in self.denied
        return Answer(201, {}, json.dumps({"status": {"allowed": allowed}}).encode())


def checked(server: Server, kubernetes: str = "v1.36.3") -> list[str]:
    """The warnings of a check before an upgrade to 1.31.2."""
    cluster = Cluster(server, "https://cluster.test", StillClock(), patience=0.0)
    return precheck.refuse_unfit(cluster, Discovery(cluster), "1.31.2", kubernetes, [SPACE, ISTIOD, ISTIOD, UNSERVED])


def test_a_fit_cluster_is_asked_once_for_each_right_that_it_can_know() -> None:
    server = Server()
    assert checked(server) == []
    assert sorted(server.reviewed) == [
        ("create", "deployments", "istio-system"),
        ("create", "namespaces", ""),
        ("patch", "deployments", "istio-system"),
        ("patch", "namespaces", ""),
    ]


@pytest.mark.parametrize(
    ("server", "kubernetes", "told"),
    [
        (Server(), "v1.31.9", "Kubernetes is v1.31.9, and it needs 1.32."),
        (Server(v1alpha2={"HTTPRoute": "httproutes"}), "v1.36.3", "serves no v1beta1 of HTTPRoute, which Istio reads."),
        (
            Server(denied=(("patch", "deployments"), ("create", "namespaces"))),
            "v1.36.3",
            "you may not create namespaces; you may not patch deployments.apps in namespace istio-system.",
        ),
    ],
)
def test_what_stands_in_the_way_is_named(server: Server, kubernetes: str, told: str) -> None:
    with pytest.raises(MeshError) as caught:
        checked(server, kubernetes)
    assert str(caught.value).startswith("The cluster is not fit for Istio 1.31.2: ")
    assert told in str(caught.value)
    assert "allow: [precheck]" in str(caught.value)


def test_what_will_stand_in_the_way_later_is_a_warning() -> None:
    (warning,) = checked(Server(v1beta1={"Gateway": "gateways"}))
    assert warning == "The Gateway API serves no v1 of Gateway, which later versions of Istio will need."
