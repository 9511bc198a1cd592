"""The ingress opened by the Kubernetes Gateway API: the same site from the same inventory, and its limits said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.load import Load
from tests.cluster.pebble import Pebble
from tests.cluster.site import Run, Site
from tests.cluster.test_site_calls import client
from tests.cluster.test_tls import NAME as HOST
from tests.cluster.test_tls import Ingress, acme, acme_by, assert_quiet, ten_lines, with_programs
from tests.cluster.test_traffic import CALLS, FUNCTIONS, NAME, RULES, VERSIONS, Functions, answers, until_led
from tests.faults.conftest import eventually
from tests.lab import catalogue
from tests.lab.cache import Cache

__all__ = ["acme", "with_programs"]

GATEWAYS = "gateways.gateway.networking.k8s.io,httproutes.gateway.networking.k8s.io"
ROUTE = f"/apis/gateway.networking.k8s.io/v1/namespaces/openfaas-fn/httproutes/traffic-{NAME}"
BUDGET = 60


class Opened:
    """The site with its ingress opened by the Gateway API.

    :param variables: what the inventory says more than that of the lab.
    """

    def __init__(self, site: Site, variables: dict[str, Any]) -> None:
        self.site = site
        self.variables = variables

    def run(self, *options: str, **more: Any) -> Run:
        """A run of the site that has to end well."""
        return self.site.run("site.yml", *options, **self.variables, **more)

    def named(self, kinds: str) -> list[str]:
        """The objects of some kinds, wherever they are."""
        return sorted(self.site.kubectl("get", kinds, "-A", "-o", "name").split())


@pytest.fixture(scope="module")
def opened(site: Site) -> Iterator[Opened]:
    """A site that goes over to the Gateway API; afterwards it is as before, and the definitions are gone."""
    site.converge()
    files = sorted(str(path) for path in Cache.default().get(catalogue.GATEWAY_API).glob("*.yaml"))
    opened = Opened(site, {"ingress_api": "gateway", "ingress_gateway_api_files": files})
    yield opened
    # Without the variable, the site is opened by Istio's API again, with what the other one had gone.
    site.run()
    assert opened.named(GATEWAYS) == []
    gone = site.role("ingress", "teardown", ingress_purge=["crds"])
    assert gone.code == 0, gone.output
    assert site.kubectl("api-resources", "--api-group=gateway.networking.k8s.io", "-o", "name") == ""
    site.run()
    assert_quiet(site.run())
    site.is_now("converged")


def test_the_same_site_by_the_other_api(opened: Opened) -> None:
    """Foretold in full, with its definitions in the same batch; quiet the second time, and in the site's budget."""
    site = opened.site
    check = opened.run("--check", "--diff")
    assert check.writes == []
    real = opened.run("--diff")
    assert check.objects == real.objects == site.written(real)
    assert check.executed == real.executed
    assert {write[1:] for write in real.objects if write[3].startswith("openfaas-")} == {
        ("Gateway", "istio-system", "openfaas-gateway", "patch"),
        ("HTTPRoute", "openfaas", "openfaas-api", "patch"),
        ("Gateway", "openfaas", "openfaas-gateway", "delete"),
        ("VirtualService", "openfaas", "openfaas-api", "delete"),
    }
    assert real.result("Prove that OpenFaaS answers inside the mesh")["source"].startswith("spiffe://")

    again = opened.run()
    assert_quiet(again)
    # A release's file has three kinds that inventories/lab has not: definitions, an admission policy and its binding.
    assert len(again.requests) <= BUDGET + 3


@pytest.fixture
def functions(opened: Opened, tmp_path: Path) -> Iterator[Functions]:
    """Versions of a function behind the Gateway API, a tenth of the calls to the second one."""
    site = opened.site
    opened.run(functions_list=FUNCTIONS, functions_traffic={NAME: {"app-v1": 90, "app-v2": 10}})
    functions = Functions(site, tmp_path)
    yield functions
    opened.run(functions_traffic={})
    assert "httproute.gateway.networking.k8s.io/traffic-app" not in opened.named(GATEWAYS)
    gateway = client(site)
    for version in VERSIONS:
        assert gateway.call("DELETE", "/system/functions", {"functionName": version}).status == 202


def test_functions_routes_lead_calls_there(opened: Opened, functions: Functions) -> None:
    """By weight, by header, copied and given up; what the Gateway API cannot say is refused."""
    until_led(functions, {"app-v1", "app-v2"})
    counted = answers(functions, CALLS)
    print(f"\n{dict(counted)}")
    assert abs(counted["app-v2"] - CALLS * 0.1) <= CALLS * 0.03

    def led(**route: Any) -> dict[str, Any]:
        return functions.module("istio_traffic", ingress_api="gateway", functions=[{"name": NAME, **route}])

    match = {"headers": {"X-Tester": "yes"}, "to": "app-v2"}
    wanted: dict[str, Any] = {"weights": {"app-v1": 100}, "matches": [match], "mirror": {"to": "app-v2"}}
    assert led(**wanted)["changed"] is True
    again = led(**wanted)
    assert (again["changed"], again["requests"].get("write", 0)) == (False, 0)
    until_led(functions, {"app-v1"})
    until_led(functions, {"app-v2"}, **{"x-tester": "yes"})
    before = functions.called("app-v2")
    assert answers(functions, 50) == {"app-v1": 50}
    eventually(lambda: functions.called("app-v2") >= before + 50)

    led(weights={"app-slow": 100}, timeout="1s")
    eventually(lambda: functions.timed()[0] == 504)

    led(weights={"app-bad": 100}, outlier_detection={"consecutive_errors": 3, "interval": "1s", "ejection_time": "60s"})
    eventually(lambda: functions.timed()[0] == 500)

    written = opened.site.kubectl("get", "--raw", ROUTE)
    refused = led(weights={"app-v1": 100}, retries={"attempts": 2})
    assert "has retries, which the Gateway API's standard channel cannot say" in refused["msg"]
    assert opened.site.kubectl("get", "--raw", ROUTE) == written


def test_a_bad_version_goes_back_by_itself_there_too(functions: Functions) -> None:
    asked = {"function": NAME, "stable": "app-v1", "canary": "app-bad", **RULES, "samples": 10, "steps": [50]}
    functions.module(
        "istio_traffic", ingress_api="gateway", functions=[{"name": NAME, "weights": {"app-v1": 100, "app-bad": 0}}]
    )
    until_led(functions, {"app-v1"})
    with Load(functions.url):
        run = functions.command(tasks_from="canary", functions_canary=asked, ingress_api="gateway")
    assert run.code != 0
    assert "All calls go to app-v1 again." in run.failure
    rules = json.loads(functions.site.kubectl("get", "--raw", ROUTE))["spec"]["rules"]
    assert {entry["name"]: entry["weight"] for entry in rules[-1]["backendRefs"]} == {"app-v1": 100, "app-bad": 0}
    until_led(functions, {"app-v1"})


def test_https_by_acme_through_it_and_back(opened: Opened, acme: Pebble, tmp_path: Path) -> None:
    """A challenge gets through beside the redirect; a change of the API leaves HTTPS as it was."""
    site = opened.site
    opened.run()
    refused = ten_lines(site, tmp_path, ingress=opened.variables, **acme_by(acme, tls_min_version="1.3"))
    assert "Istio takes no oldest version of TLS from the Gateway API" in refused.failure
    first = ten_lines(site, tmp_path, ingress=opened.variables, **acme_by(acme, tls_hsts_seconds=600))
    assert first.code == 0, first.output
    ingress = Ingress(site)
    ingress.assert_secure(acme.root())
    assert ingress.secure(acme.root()).headers["strict-transport-security"] == "max-age=600"
    assert_quiet(ten_lines(site, tmp_path, ingress=opened.variables, **acme_by(acme, tls_hsts_seconds=600)))

    # A run of the role ingress alone, by the other API, knows of HTTPS from what is there.
    back = site.role("ingress", "main", ingress_hosts=[HOST])
    assert back.code == 0, back.output
    ingress.assert_secure(acme.root())
    assert [write for write in back.writes if "/httproutes/openfaas-api" in write] != []
    assert opened.named(GATEWAYS) == []
    over = site.role("ingress", "main", ingress_https_secret="")
    assert over.code == 0, over.output
    gone = site.role("tls", "teardown", tls_purge=["crds"])
    assert gone.code == 0, gone.output
    site.kubectl("delete", "secret/openfaas-acme-account", "-n", "istio-system", "--ignore-not-found")
