"""How answers are counted by the proxies that send the calls, and how their counters are made visible."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio.counters import (
    PROXY_CONFIG,
    Answers,
    Callers,
    Count,
    answers_of,
    shown,
)
from ansible_collections.faas.mesh.plugins.module_utils._istio.ingress import Ingress
from ansible_collections.faas.mesh.plugins.module_utils._kube.objects import Identity

from .edges import cluster, listed

PODS = "/api/v1/namespaces/istio-system/pods"
GATEWAY = Identity("apps", "Deployment", "istio-system", "istio-ingressgateway")
DEPLOYMENT = "/apis/apps/v1/namespaces/istio-system/deployments/istio-ingressgateway"


def pod(name: str, **more: Any) -> dict[str, Any]:
    """A pod of the ingress gateway."""
    return {
        "metadata": {
            "namespace": "istio-system",
            "name": name,
            "uid": f"uid-of-{name}",
            "labels": {"pod-template-hash": "abc"},
            "annotations": {"istio.io/rev": "default"},
            "ownerReferences": [{"controller": True, "kind": "ReplicaSet", "name": "istio-ingressgateway-abc"}],
            **more,
        },
        "spec": {"containers": [{"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.31.1"}]},
    }


def callers(*pages: Any, annotations: dict[str, str] | None = None, **metadata: Any) -> Callers:
    """The proxies of the ingress with these pages of metrics."""
    pods = [pod(f"ingress-{number}", **metadata) for number in range(len(pages))]
    answers: dict[str, Any] = {
        PODS: listed(*pods),
        DEPLOYMENT: {"spec": {"template": {"metadata": {"annotations": annotations or {}}}}},
    }
    for number, page in enumerate(pages):
        answers[f"{PODS}/ingress-{number}:15090/proxy/stats/prometheus"] = page
    made = cluster(answers)
    ingress = Ingress(made, "istio-system", "istio-ingressgateway")
    return Callers.of_route(made, "openfaas-fn", "ingress", ingress, "openfaas")


def of_envoy(code: int, host: str, value: int) -> str:
    """A sample of Envoy's counters of a cluster."""
    labels = f'response_code_class="{code}xx",cluster_name="outbound|8080||{host}.svc.cluster.local"'
    return f"envoy_cluster_upstream_rq{{{labels}}} {value}"


ENVOY_PAGE = "\n".join(
    [
        "# TYPE envoy_cluster_upstream_rq counter",
        of_envoy(2, "env-v2.openfaas-fn", 40),
        of_envoy(4, "env-v2.openfaas-fn", 2),
        of_envoy(5, "env-v2.openfaas-fn", 3),
        of_envoy(2, "env-v2.elsewhere", 7),
        of_envoy(2, "env.openfaas-fn", 8),
        'envoy_cluster_upstream_rq{response_code_class="2xx",cluster_name="xds-grpc"} 9',
        'envoy_cluster_upstream_rq{response_code="200",cluster_name="outbound|8080||env-v2.openfaas-fn.svc.local"} 40',
        'envoy_cluster_upstream_rq_total{cluster_name="outbound|8080||env-v2.openfaas-fn.svc.cluster.local"} 45',
        "",
    ]
)
ISTIO_PAGE = """istio_requests_total{reporter="source",destination_service_name="env-v2",\
destination_service_namespace="openfaas-fn",response_code="200",response_flags="-"} 12
istio_requests_total{reporter="source",destination_service_name="env-v2",\
destination_service_namespace="openfaas-fn",response_code="503",response_flags="UF,URX"} 1
istio_requests_total{reporter="source",destination_service_name="env-v2",\
destination_service_namespace="openfaas-fn",response_code="0",response_flags="DC"} 2
istio_requests_total{reporter="source",destination_service_name="env",\
destination_service_namespace="openfaas-fn",response_code="200",response_flags="-"} 5
"""


def test_proxies_that_come_go_and_start_anew_are_counted_right() -> None:
    pages = [
        {"a": Answers(100, 5), "b": Answers(10, 0)},
        {"a": Answers(110, 6), "b": Answers(3, 1)},
        {"a": Answers(110, 6), "c": Answers(7, 0)},
    ]
    count = Count(lambda: pages.pop(0))
    assert count.now() == Answers(13, 2)
    assert count.now() == Answers(20, 2)


def test_answers_are_read_from_either_metric() -> None:
    assert answers_of(ENVOY_PAGE, "openfaas-fn", "env-v2") == Answers(42, 3)
    assert answers_of(ENVOY_PAGE, "openfaas-fn", "nobody") == Answers(0, 0)
    # Istio's own metric counts once where both are shown.
    assert answers_of(ISTIO_PAGE + ENVOY_PAGE, "openfaas-fn", "env-v2") == Answers(12, 3)


def test_hidden_counters_are_seen_to_be_hidden() -> None:
    assert shown(ENVOY_PAGE, "openfaas-fn") == "envoy_cluster_upstream_rq"
    assert shown(ENVOY_PAGE, "third") == ""
    assert shown(ISTIO_PAGE, "third") == "istio_requests_total"
    assert shown('envoy_server_live{} 1\nenvoy_cluster_upstream_rq{cluster_name="xds-grpc"} 3', "openfaas-fn") == ""


def test_each_proxy_is_asked() -> None:
    assert callers(ENVOY_PAGE, ISTIO_PAGE).answers("env-v2") == {
        "uid-of-ingress-0": Answers(42, 3),
        "uid-of-ingress-1": Answers(12, 3),
    }


def test_hidden_counters_are_shown_by_the_annotation_of_the_workload() -> None:
    assert callers(ENVOY_PAGE).hidden() == []
    found = callers("nothing 1\n")
    assert found.hidden() == [GATEWAY]
    # Once it was told to, it has had no calls to count yet.
    assert callers("nothing 1\n", annotations=found.annotations()).hidden() == []
    (pattern,) = json.loads(found.annotations()[PROXY_CONFIG])["proxyStatsMatcher"]["inclusionRegexps"]
    assert re.fullmatch(pattern, "cluster.outbound|8080||env-v2.openfaas-fn.svc.cluster.local;.upstream_rq_5xx")
    assert not re.fullmatch(pattern, "cluster.outbound|8080||gateway.openfaas.svc.cluster.local;.upstream_rq_5xx")


def test_what_cannot_be_shown_is_told() -> None:
    with pytest.raises(MeshError, match=r"istio-ingressgateway has a .* of its own, which does not show"):
        callers("", annotations={PROXY_CONFIG: "concurrency: 2"}).hidden()
    with pytest.raises(MeshError, match="no workload that could be told"):
        callers("", ownerReferences=[]).hidden()
    with pytest.raises(MeshError, match="There is no pod with label istio=ingressgateway in namespace istio-system"):
        callers().hidden()
    with pytest.raises(MeshError, match="The counters of the proxy of istio-system/ingress-0 cannot be read: "):
        callers((403, {"message": "pods is forbidden"})).answers("env")
