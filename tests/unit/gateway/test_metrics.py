"""The gateway's metrics, and who scrapes them."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from tests.gateway.kubeapi import KubeApi
from tests.gateway.message import Request
from tests.gateway.metrics import Metrics
from tests.gateway.scraper import Scraper, Target, annotated_pods, counts_from, fetch
from tests.gateway.server import Server
from tests.unit.gateway.kube import MemoryApi


def _metrics() -> Metrics:
    metrics = Metrics()
    metrics.count("env.openfaas-fn", 200, 0.5)
    metrics.count("env.openfaas-fn", 500, 0.25)
    metrics.count("echo.openfaas-fn", 200, 0.1)
    return metrics


def test_calls_are_exposed_by_function_and_code() -> None:
    lines = _metrics()(Request("GET", "/metrics")).body.decode().splitlines()
    assert 'gateway_function_invocation_total{code="500",function_name="env.openfaas-fn"} 1' in lines
    assert 'gateway_functions_seconds_sum{function_name="env.openfaas-fn"} 0.750000' in lines


def test_the_scraper_adds_up_all_gateways_and_says_which_it_saw() -> None:
    with closing(Server(_metrics()).start()) as one, closing(Server(_metrics()).start()) as other:
        targets = [Target("one", f"{one.url}/metrics"), Target("other", f"{other.url}/metrics")]
        gone = Target("gone", f"{one.url}/nothing")
        scraper = Scraper(lambda: [*targets, gone], fetch)
        assert counts_from(scraper)() == {"echo.openfaas-fn": 2.0, "env.openfaas-fn": 4.0}
        seen = scraper(Request("GET", "/api/v1/targets")).body.decode()
    assert seen.count('"health": "up"') == 2
    assert '"name": "gone"' in seen
    assert '"lastError": "status 404"' in seen


def test_a_metrics_server_that_does_not_answer_so_is_an_oserror() -> None:
    with pytest.raises(OSError, match="404"):
        counts_from(_metrics())()


def test_pods_that_ask_for_it_are_scraped() -> None:
    cluster = MemoryApi()

    def pod(name: str, address: str | None, **annotations: str) -> None:
        asked = {f"prometheus.io/{key}": value for key, value in annotations.items()}
        found: dict[str, Any] = {"metadata": {"name": name, "namespace": "openfaas", "annotations": asked}}
        cluster.objects[f"/api/v1/namespaces/openfaas/pods/{name}"] = {**found, "status": {"podIP": address}}

    pod("gateway", "10.0.0.1", scrape="true", port="8082")
    pod("meshed", "10.0.0.2", scrape="true", port="15020", path="/stats/prometheus")
    pod("quiet", "10.0.0.3", scrape="false", port="1")
    pod("starting", None, scrape="true", port="1")
    found = annotated_pods(KubeApi(cluster, cluster, lambda: ""), ("openfaas", "openfaas-fn"))()
    assert found == [
        Target("openfaas/gateway", "http://10.0.0.1:8082/metrics"),
        Target("openfaas/meshed", "http://10.0.0.2:15020/stats/prometheus"),
    ]
