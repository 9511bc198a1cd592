"""Which workloads are behind an upgrade, and how they are restarted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio import behind, injectors, proxies
from ansible_collections.faas.mesh.plugins.module_utils._istio.behind import asked_for
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer, Cluster
from ansible_collections.faas.mesh.plugins.module_utils._kube.objects import Identity
from ansible_collections.faas.mesh.plugins.module_utils._kube.restart import Restarter
from ansible_collections.faas.mesh.plugins.modules import istio_restart
from tests.unit.openfaas.api import running_api

from .edges import StillClock, listed
from .test_modules import ran
from .test_proxies import pod
from .test_revisions import live

CART = Identity("apps", "Deployment", "shop", "cart")


SHOP = {"metadata": {"name": "shop", "labels": {"istio-injection": "enabled"}}}


@pytest.mark.parametrize(
    ("of_namespace", "of_pod", "asked"),
    [
        ({"istio-injection": "enabled", "istio.io/rev": "prod"}, {}, "default"),
        ({"istio-injection": "disabled"}, {"sidecar.istio.io/inject": "true"}, None),
        ({"istio.io/rev": "prod"}, {"istio.io/rev": "other"}, "prod"),
        ({"istio.io/rev": "prod"}, {"sidecar.istio.io/inject": "false"}, None),
        ({}, {"istio.io/rev": "canary"}, "canary"),
        ({}, {"sidecar.istio.io/inject": "true"}, "default"),
        ({}, {}, None),
    ],
)
def test_labels_tell_which_sidecar_a_pod_gets(
    of_namespace: dict[str, str], of_pod: dict[str, str], asked: str | None
) -> None:
    assert asked_for({"metadata": {"labels": of_namespace}}, {"metadata": {"labels": of_pod}}) == asked


def found(*pods: dict[str, Any], names: tuple[str, ...] = ("default",), revision: str = "new") -> behind.Behind:
    """What is behind revision ``revision`` of 1.31.1 in a namespace that asks for the default tag."""
    return behind.behind([SHOP], pods, names, revision, "1.31.1")


def test_sidecars_of_another_revision_or_version_are_behind() -> None:
    assert found(pod(), pod()).workloads == [CART]
    assert found(pod("istio/proxyv2:1.30.4"), revision="canary").workloads == [CART]
    assert found(pod(), revision="canary").workloads == []


def test_workloads_that_ask_for_something_else_are_left_alone() -> None:
    assert found(pod(), names=("prod",)) == behind.Behind()
    assert found(pod(namespace="elsewhere")) == behind.Behind()
    assert found(pod(annotations={"istio.io/rev": "default"})) == behind.Behind()


def test_pods_that_nobody_makes_anew_are_named() -> None:
    assert found(pod(ownerReferences=[])) == behind.Behind(others=["shop/cart-abc-1"])


class Workloads:
    """A transport with Deployments; it remembers how many were being restarted at a time."""

    def __init__(self, broken: str = "") -> None:
        self._broken = broken
        self.restarted: list[str] = []
        self.bodies: list[Any] = []

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """The Deployment, after its restart when it is patched."""
        path, __, query = target.partition("?")
        name = path.rpartition("/")[2]
        if method == "PATCH":
            assert (headers["Content-Type"], query) == (
                "application/merge-patch+json",
                "fieldManager=faas.mesh-restart",
            )
            self.restarted.append(name)
            self.bodies.append(json.loads(body or b""))
        if path.endswith(("/pods", "/events")):
            return Answer(200, {}, json.dumps(listed()).encode())
        available = 0 if name == self._broken else 1
        answer = {
            "metadata": {"namespace": "shop", "name": name, "generation": 1},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}},
            "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": available},
        }
        return Answer(200, {}, json.dumps(answer).encode())


def deployments(*names: str) -> list[Identity]:
    """Deployments of namespace shop."""
    return [Identity("apps", "Deployment", "shop", name) for name in names]


def test_workloads_are_restarted_step_by_step() -> None:
    api, told = Workloads(), list[str]()
    cluster = Cluster(api, "https://cluster.test", StillClock(), patience=0.0)
    Restarter(cluster, "2026-01-01T00:00:00Z", 5, told.append).restart(deployments("a", "b", "c"), 2)
    assert sorted(api.restarted[:2]) == ["a", "b"]
    assert api.restarted[2:] == ["c"]
    annotations = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    assert api.bodies[0] == {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    assert [line for line in told if line.startswith("restarting")] == [
        "restarting Deployment shop/a, Deployment shop/b (2 of 3)",
        "restarting Deployment shop/c (3 of 3)",
    ]


def test_pods_get_settings_with_their_restart() -> None:
    api = Workloads()
    cluster = Cluster(api, "https://cluster.test", StillClock(), patience=0.0)
    restarter = Restarter(cluster, "2026-01-01T00:00:00Z", 5, lambda line: None, annotations={"a.example/b": "c"})
    restarter.restart(deployments("a"), 1)
    (body,) = api.bodies
    assert body["spec"]["template"]["metadata"]["annotations"]["a.example/b"] == "c"


def test_a_workload_that_does_not_come_up_ends_it_and_what_was_done_is_told() -> None:
    api = Workloads(broken="b")
    cluster = Cluster(api, "https://cluster.test", StillClock(), patience=0.0)
    with pytest.raises(MeshError, match="Deployment shop/b is not ready: 0 of 1 pods are available") as failure:
        Restarter(cluster, "2026-01-01T00:00:00Z", 5, lambda line: None).restart(deployments("a", "b", "c"), 1)
    assert api.restarted == ["a", "b"]
    assert failure.value.result["changed"] is True
    assert [entry["name"] for entry in failure.value.result["objects"]] == ["a", "b"]


def test_check_mode_tells_the_workloads_and_touches_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    answers = {
        injectors.PATH: listed(*live("new", ("default",))),
        behind.NAMESPACES: listed(SHOP),
        proxies.PODS: listed(pod(), pod(ownerReferences=[], name="alone")),
    }
    with running_api(answers) as api:
        result = ran(istio_restart, capsys, check=True, host=api.url, revision="new")
        limited = ran(istio_restart, capsys, check=True, host=api.url, revision="new", namespaces=["other"])
        assert {line.split()[0] for line in api.asked} == {"GET"}
    assert result["changed"] is True
    assert [(entry["kind"], entry["name"], entry["verb"]) for entry in result["objects"]] == [
        ("Deployment", "cart", "updated")
    ]
    assert result["version"] == "1.31.1"
    assert "Pod shop/alone has the sidecar of another revision" in json.dumps(result["warnings"])
    assert limited["changed"] is False


def test_no_workload_at_a_time_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    result = ran(istio_restart, capsys, host="http://127.0.0.1:9", at_once=0)
    assert result["msg"].startswith("at_once is 0")
