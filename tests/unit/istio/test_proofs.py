"""What is proved of a mesh when it is asked for: its proxies, the weights of routes, and retries."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio import proofs
from ansible_collections.faas.mesh.plugins.module_utils._istio.checks import Check
from ansible_collections.faas.mesh.plugins.module_utils._istio.ingress import Ingress
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer, Cluster

from .edges import StillClock, Table, listed

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
OWN = "spiffe://td/ns/openfaas-fn/sa/default"
SYNCED = {"cluster_sent": "1", "cluster_acked": "1"}


def pod(namespace: str, name: str, **labels: str) -> dict[str, Any]:
    """A pod with a sidecar, which runs."""
    containers = [{"name": "istio-proxy", "image": "istio/proxyv2:1.31.1"}]
    metadata = {"namespace": namespace, "name": name, "labels": labels}
    return {"metadata": metadata, "spec": {"containers": containers}, "status": {"phase": "Running"}}


def certs(uri: str = OWN, begins: str = "2026-11-28T06:00:00Z", ends: str = "2026-11-29T06:00:00Z") -> str:
    """Envoy's page of certificates."""
    link = {"subject_alt_names": [{"uri": uri}], "valid_from": begins, "expiration_time": ends}
    return json.dumps({"certificates": [{"ca_cert": [{"subject_alt_names": []}], "cert_chain": [link]}]})


def clusters(**requests: int) -> str:
    """Envoy's page of clusters, with so many requests to each function."""
    statuses = [
        {
            "name": f"outbound|8080||{name}.openfaas-fn.svc.cluster.local",
            "host_statuses": [{"stats": [{"name": "cx_total"}, {"name": "rq_total", "value": str(number)}]}],
        }
        for name, number in requests.items()
    ]
    return json.dumps({"cluster_statuses": [*statuses, {"name": "prometheus_stats"}]})


class Pods(Table):
    """An API server that forwards to pods; what a pod's page says is ``pages``, each read once in its order."""

    def __init__(self, **pages: list[str]) -> None:
        service = {"metadata": {}, "spec": {"selector": {"istio": "ingressgateway"}}}
        super().__init__(
            {
                "/api/v1/namespaces/istio-system/services/istio-ingressgateway": service,
                "/api/v1/namespaces/istio-system/pods": listed(pod("istio-system", "istiod-1")),
            }
        )
        self.pages = {name: list(texts) for name, texts in pages.items()}

    def ask_pod(self, namespace: str, name: str, port: int, path: str, seconds: float) -> Answer:
        """What the pod's program says."""
        texts = self.pages[path.partition("?")[0].rpartition("/")[2]]
        return Answer(200, {}, (texts.pop(0) if len(texts) > 1 else texts[0]).encode())


def checks(transport: Pods, **asked: Any) -> list[Check]:
    """The checks of a mesh whose ingress, istiod and only function share their pods' pages."""
    cluster = Cluster(transport, "https://cluster.test", StillClock(), patience=0.0)
    ingress = Ingress(cluster, "istio-system", "istio-ingressgateway")
    whole = proofs.Asked(cluster, ingress, "istio-system", "openfaas-fn", now=NOW, **asked)
    calls = Table({"/function/env": "", "/function/failing": (500, "")})
    return list(whole.checks([pod("openfaas-fn", "env-1")], calls))


def test_nothing_is_asked_unless_it_is_wanted() -> None:
    transport = Pods()
    assert checks(transport) == []
    assert transport.asked == []


@pytest.mark.parametrize(
    ("page", "failed", "told"),
    [
        ([("env-1", SYNCED), ("istiod-1", SYNCED)], False, "All 2 proxies have the configuration"),
        ([("istiod-1", SYNCED)], True, "No istiod in istio-system serves the proxies of openfaas-fn/env-1:"),
        ([("env-1", {**SYNCED, "cluster_acked": ""}), ("istiod-1", SYNCED)], True, "openfaas-fn/env-1 (cds) have not"),
    ],
)
def test_proxies_have_what_their_istiod_sent(page: list[tuple[str, dict[str, str]]], failed: bool, told: str) -> None:
    spaces = {"env-1": "openfaas-fn", "istiod-1": "istio-system"}
    text = json.dumps([{"proxy": f"{name}.{spaces[name]}", **state} for name, state in page])
    synced, _certified = checks(Pods(syncz=[text], certs=[certs()]), proxies=True)
    assert (synced.passed, told in synced.detail) == (not failed, True), synced


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (certs("spiffe://td/ns/other/sa/default"), "has a certificate of spiffe://td/ns/other/sa/default and not of"),
        (certs(ends="2026-11-28T11:00:00Z"), "has a certificate that holds from 2026-11-28 06:00 to 2026-11-28 11:00"),
        (certs(ends="2026-11-28T12:30:00Z"), "has a certificate until 2026-11-28 12:30 UTC and gets no new one"),
        ('{"certificates": []}', "has no certificate"),
    ],
)
def test_a_certificate_is_the_accounts_own_and_holds(page: str, told: str) -> None:
    own = certs("spiffe://td/ns/istio-system/sa/default")
    _synced, certified = checks(Pods(syncz=["[]"], certs=[own, page]), proxies=True)
    assert not certified.passed
    assert certified.detail.startswith(f"The proxy of openfaas-fn/env-1 {told}")
    _synced, certified = checks(Pods(syncz=["[]"], certs=[own, certs()]), proxies=True)
    assert certified == Check(
        "certificates",
        True,
        "All 2 proxies have a certificate of their service account that is valid, the first until 2026-11-29 06:00 "
        "UTC.",
    )


def test_weights_are_counted_with_their_bound() -> None:
    pages = [clusters(v1=5, other=1), clusters(v1=95, v2=10, other=3)]
    (check,) = checks(Pods(clusters=pages), weights={"env": {"v1": 90, "v2": 10}}, calls=2)
    assert check == Check(
        "weights of env",
        True,
        "Of 100 calls of env, v1 got 90.0 % where 90 % are due, give or take 12.0; v2 got 10.0 % where 10 % are due, "
        "give or take 12.0.",
    )


@pytest.mark.parametrize(
    ("weights", "counted", "passed"),
    [
        ({"v1": 100, "v2": 0}, Counter(v1=50), True),
        ({"v1": 100, "v2": 0}, Counter(v1=49, v2=1), False),
        ({"v1": 90, "v2": 10}, Counter(v1=50, v2=50), False),
        ({"v1": 90, "v2": 10}, Counter(other=50), False),
    ],
)
def test_a_share_is_off_by_chance_only(weights: dict[str, int], counted: Counter[str], passed: bool) -> None:
    assert proofs.split("env", weights, counted).passed is passed


def test_a_call_that_fails_is_seen_to_be_sent_again() -> None:
    pages = [clusters(failing=2), clusters(failing=5)]
    (check,) = checks(Pods(clusters=pages), retries={"failing": 2})
    assert check.passed
    assert check.detail == "A call of failing was sent again 2 times, and 2 times are due."
    (check,) = checks(Pods(clusters=[clusters(failing=2), clusters(failing=3)]), retries={"failing": 2})
    assert not check.passed
    assert "sent again 0 times, and 2 times are due: name a function that fails each time" in check.detail


def test_another_program_than_envoy_is_told() -> None:
    with pytest.raises(MeshError, match="The proxy of pod istio-system/istiod-1 answers /clusters"):
        checks(Pods(clusters=["<html>"]), retries={"failing": 2})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"v1": 90}, "The weights of env add up to 90 and not to 100"),
        ({"v1": "many"}, "The weight of v1 in the route of env is 'many'"),
        (90, "The weights of env are 90: give percent by version"),
    ],
)
def test_weights_that_are_none_are_refused(given: object, sentence: str) -> None:
    """In the words in which a route with them is refused."""
    with pytest.raises(MeshError, match=sentence):
        proofs.weights_of({"env": given}, 400)
    assert proofs.weights_of({"env": {"v1": "90", "v2": 10}}, 400) == {"env": {"v1": 90, "v2": 10}}


def test_numbers_that_prove_nothing_are_refused() -> None:
    with pytest.raises(MeshError, match="calls is 0"):
        proofs.weights_of({"env": {"v1": 100}}, 0)
    with pytest.raises(MeshError, match="retries is not a number of retries by function"):
        proofs.attempts_of({"failing": "often"})
    assert proofs.attempts_of({"failing": "2"}) == {"failing": 2}
