"""The role policy: each rule by a call that is refused beside one that is let in, all on new connections."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.cluster.site import Site
from tests.cluster.test_site import foretold
from tests.cluster.test_site_calls import calls_of, client, until_measured
from tests.gateway.message import Request, Response, empty
from tests.gateway.server import Server

SECONDS = 60.0
POLICY: dict[str, Any] = {
    "site_policy": True,
    "policy_gateway_callers": ["ingress", "openfaas-fn/default"],
    "policy_functions": {
        "nodeinfo": {"callers": ["openfaas-fn/default"]},
        "echo": {"direct_callers": ["stranger/default"]},
    },
    "policy_egress": "registry_only",
    "policy_egress_hosts": ["*.let-in.test"],
}
WAYS_TO_NODEINFO = (
    "/function/nodeinfo",
    "/function/nodeinfo/",
    "/function/nodeinfo.openfaas-fn?a=b",
    "/function/node%69nfo",
    "/async-function/nodeinfo",
)
# With bash alone, since images of functions have nothing else: prints the status of the answer, or nothing.
GET = r"""
exec 3<>"/dev/tcp/$0/$1" && printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$2" "${3:-$0}" >&3
read -t 20 -r _ status _ <&3
echo "$status"
"""
STRANGER: list[dict[str, Any]] = [
    {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "stranger", "labels": {"istio-injection": "enabled"}},
    },
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "stranger", "namespace": "stranger"},
        "spec": {
            "selector": {"matchLabels": {"app": "stranger"}},
            "template": {
                "metadata": {"labels": {"app": "stranger"}},
                "spec": {"containers": [{"name": "stranger", "image": "docker.io/faasmesh/echo:lab"}]},
            },
        },
    },
]


class Callers:
    """Pods that call: a stranger to OpenFaaS with an identity of its own, and the function echo."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def stranger(self, host: str, path: str = "/", port: int = 8080) -> str:
        """The status that the stranger gets; empty when the connection is cut."""
        return self._get("stranger", "deployment/stranger", host, port, path)

    def function(self, host: str, path: str = "/", port: int = 8080, name: str = "") -> str:
        """The status that a function gets, which may ask an address for another ``name``."""
        return self._get("openfaas-fn", "deployment/echo", host, port, path, name)

    def _get(self, namespace: str, pod: str, host: str, port: int, path: str, name: str = "") -> str:
        script = ("bash", "-c", GET, host, str(port), path, name)
        return self._site.kubectl("exec", "-n", namespace, pod, "--", *script).strip()


@pytest.fixture
def callers(site: Site) -> Iterator[Callers]:
    """The callers, on a site without policies before and after."""
    site.converge()
    site.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(STRANGER))
    site.kubectl("rollout", "status", "deployment/stranger", "-n", "stranger", "--timeout=120s")
    yield Callers(site)
    done = site.role("policy", "teardown")
    assert done.code == 0, done.output
    site.kubectl("delete", "namespace", "stranger")


@pytest.fixture
def outside(site: Site) -> Iterator[None]:
    """A web server outside the cluster, at the port of HTTP."""

    def answer(_request: Request) -> Response:
        return empty(200)

    server = Server(answer, site.host, 80).start()
    yield
    server.close()


def until(wanted: str, call: Callable[[], str]) -> None:
    """Wait until a call is answered as wanted: proxies learn of a policy a moment after it was written."""
    deadline = time.monotonic() + SECONDS
    while (status := call()) != wanted:
        assert time.monotonic() < deadline, f"still answered with '{status}' and not {wanted}"
        time.sleep(0.5)


@pytest.mark.usefixtures("outside")
def test_only_those_call_who_have_to(site: Site, callers: Callers) -> None:
    """Functions take the gateway's calls, the gateway the ingress', with the exceptions that are asked for."""
    function, gateway = "env.openfaas-fn", "gateway.openfaas"
    assert callers.stranger(function) == "200"
    assert callers.stranger(gateway, "/healthz") == "200"
    assert callers.function(site.host, port=80, name="www.kept-out.test") == "200"

    foretold(site, **POLICY)
    again = site.run(**POLICY)
    assert again.counts["changed"] == {"lab": 0}
    assert again.writes == []

    until("403", lambda: callers.stranger(function))
    until("200", lambda: callers.stranger("echo.openfaas-fn"))
    until("403", lambda: callers.stranger(gateway, "/healthz"))
    assert callers.function(gateway, "/healthz") == "200"

    outer = client(site)
    assert outer.call("GET", "/function/env", authorization=None).status == 200
    for path in WAYS_TO_NODEINFO:
        assert outer.call("GET", path, authorization=None).status == 403
    assert callers.function(gateway, "/function/nodeinfo") == "200"

    until("502", lambda: callers.function(site.host, port=80, name="www.kept-out.test"))
    assert callers.function(site.host, port=80, name="www.let-in.test") == "200"


def test_openfaas_still_calls_for_others_and_counts(site: Site, callers: Callers) -> None:
    """The queue worker and the scraper of metrics live in the gateway's namespace, which is let in."""
    site.run(**POLICY)
    until("403", lambda: callers.stranger("env.openfaas-fn"))
    outer = client(site)
    before = calls_of(outer, "env")
    assert outer.call("POST", "/async-function/env", body=b"", authorization=None).status == 202
    until_measured(outer, "env", before)


def test_a_route_at_the_ingress_opens_what_it_leads_to(site: Site, callers: Callers) -> None:
    """To the ingress alone, which calls past the gateway, and without a word about it among the policies."""
    routed: dict[str, Any] = {"site_policy": True, "functions_traffic": {"shown": {"env": 100}}}
    foretold(site, **routed)
    outer = client(site)
    until("200", lambda: str(outer.call("GET", "/function/shown", authorization=None).status))
    until("403", lambda: callers.stranger("env.openfaas-fn"))
    again = site.run(**routed)
    assert again.writes == []

    site.run(site_policy=True, functions_traffic={})
    left = site.kubectl("get", "authorizationpolicies", "-n", "openfaas-fn", "-o", "name")
    assert "env-direct" not in left
    assert outer.call("GET", "/function/env", authorization=None).status == 200


def test_what_makes_no_sense_is_refused(site: Site) -> None:
    """Before any policy is written."""
    site.converge()
    wrong = {"env": {"callers": ["nobody"]}}
    refused = site.command(
        site_policy=True, policy_functions=wrong, policy_egress_hosts=["a.test"], policy_mtls="permissive"
    )
    assert refused.code != 0
    assert '"nobody": a caller is NAMESPACE/SERVICE_ACCOUNT, or ingress' in refused.failure
    assert "policy_egress_hosts has no effect" in refused.failure
    assert "set openfaas_mtls to strict" in refused.failure
    assert refused.writes == []
    site.is_now("converged")
