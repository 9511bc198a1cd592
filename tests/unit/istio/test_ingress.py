"""Where an ingress gateway is reached, by its Service."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio.ingress import Endpoint, Given, Ingress, NoAddress

from .edges import StillClock, Table, cluster, listed

SERVICE = "/api/v1/namespaces/istio-system/services/istio-ingressgateway"
PODS = "/api/v1/namespaces/istio-system/pods"
PORTS = [
    {"name": "status-port", "port": 15021, "nodePort": 31000},
    {"name": "http2", "port": 80, "nodePort": 31080},
    {"name": "https", "port": 443, "nodePort": 31443},
]


def service(kind: str = "LoadBalancer", address: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """The Service of the gateway, with an address of its load balancer."""
    selector = {"app": "istio-ingressgateway", "istio": "ingressgateway"}
    return {
        "metadata": {"name": "istio-ingressgateway", "namespace": "istio-system"},
        "spec": {"type": kind, "ports": PORTS, "selector": selector, **spec},
        "status": {"loadBalancer": {"ingress": [address]} if address else {}},
    }


def pod(ready: str, host: str) -> dict[str, Any]:
    """A pod of the gateway."""
    return {
        "metadata": {"name": "istio-ingressgateway-1"},
        "status": {"hostIP": host, "conditions": [{"type": "Ready", "status": ready}]},
    }


def found(
    live: dict[str, Any], *pods: dict[str, Any], via: str = "auto", given: Given | None = None, seconds: float = 0
) -> Endpoint:
    """The endpoint of the gateway whose Service is ``live``."""
    ingress = Ingress(cluster({SERVICE: live, PODS: listed(*pods)}), "istio-system", "istio-ingressgateway", via)
    return ingress.endpoint(live, given or Given(), StillClock(), seconds)


@pytest.mark.parametrize("address", [{"ip": "192.0.2.7"}, {"hostname": "lb.example.com"}])
def test_the_load_balancer_decides_on_the_address(address: dict[str, str]) -> None:
    assert found(service(address=address)) == Endpoint(next(iter(address.values())), 80, 443)


def test_a_node_port_is_reached_at_a_node_that_runs_the_gateway() -> None:
    pods = [pod("False", "10.0.0.1"), pod("True", "10.0.0.2")]
    assert found(service("NodePort"), *pods) == Endpoint("10.0.0.2", 31080, 31443)
    assert found(service(), *pods, via="node_port") == Endpoint("10.0.0.2", 31080, 31443)


def test_all_addresses_are_known() -> None:
    both = service()
    both["status"]["loadBalancer"]["ingress"] = [{"ip": "192.0.2.7"}, {"ip": "2001:db8::7"}, {"ip": "192.0.2.7"}]
    assert found(both).host == "192.0.2.7"
    assert found(both).addresses == ["192.0.2.7", "2001:db8::7"]
    pods = [pod("True", "10.0.0.1"), pod("True", "10.0.0.2"), pod("True", "10.0.0.2")]
    assert found(service("NodePort"), *pods).addresses == ["10.0.0.1", "10.0.0.2"]


def test_a_given_address_wins_and_its_ports_too() -> None:
    given = Given("127.0.0.1", http_port=8080)
    assert found(service("ClusterIP"), given=given) == Endpoint("127.0.0.1", 8080, 443)
    assert found(service("NodePort"), given=Given("node.example.com")) == Endpoint("node.example.com", 31080, 31443)


@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort", "LoadBalancer"])
def test_forwarded_ports_are_those_that_are_given_and_no_others(kind: str) -> None:
    assert found(service(kind), via="port_forward", given=Given(http_port=8080)) == Endpoint("127.0.0.1", 8080, None)
    given = Given("127.0.0.2", http_port=0, https_port=8443)
    assert found(service(kind), via="port_forward", given=given) == Endpoint("127.0.0.2", None, 8443)


def test_ports_are_known_by_number_where_names_are_missing() -> None:
    ports = [{"port": 443, "nodePort": 2}, {"port": 80, "nodePort": 1}]
    assert found(service(address={"ip": "192.0.2.7"}, ports=ports)) == Endpoint("192.0.2.7", 80, 443)
    only = [{"port": 443, "name": "tls"}]
    assert found(service(address={"ip": "192.0.2.7"}, ports=only)) == Endpoint("192.0.2.7", None, 443)


def test_an_address_that_comes_later_is_waited_for() -> None:
    pending = service()
    kube = cluster({SERVICE: pending})
    assert isinstance(kube.transport, Table)
    answers = kube.transport.answers
    clock = StillClock()

    class Balancer(StillClock):
        def sleep(self, seconds: float) -> None:
            clock.sleep(seconds)
            super().sleep(seconds)
            answers[SERVICE] = service(address={"ip": "192.0.2.7"})

    ingress = Ingress(kube, "istio-system", "istio-ingressgateway")
    assert ingress.endpoint(pending, Given(), Balancer(), 10).host == "192.0.2.7"
    assert clock.now() == 1.0


def test_what_has_no_address_says_what_to_do() -> None:
    with pytest.raises(NoAddress, match=r"no address from a load balancer for 5 s: .*via: node_port"):
        found(service(), seconds=5)
    with pytest.raises(NoAddress, match="has had no ready pod"):
        found(service("NodePort"))
    with pytest.raises(MeshError, match="ClusterIP and cannot be reached from outside"):
        found(service("ClusterIP"))
    with pytest.raises(MeshError, match="of type NodePort, which via: load_balancer cannot use"):
        found(service("NodePort"), via="load_balancer")


def test_urls_leave_out_the_schemes_own_port() -> None:
    assert Endpoint("192.0.2.7", 80, 443).url("http") == "http://192.0.2.7"
    assert Endpoint("192.0.2.7", 80, 443).url("https", "faas.example.com") == "https://faas.example.com"
    assert Endpoint("2001:db8::1", 31080).url("http") == "http://[2001:db8::1]:31080"
    assert Endpoint("192.0.2.7", 80).url("https") is None
    assert Endpoint().url("http") is None


def test_a_gateway_selects_by_the_label_of_the_charts() -> None:
    ingress = Ingress(cluster({}), "ingress", "istio-public")
    assert ingress.selector(None) == {"istio": "public"}
    assert ingress.selector(service()) == {"istio": "ingressgateway"}
    assert ingress.selector(service(selector={"app": "mine"})) == {"app": "mine"}
