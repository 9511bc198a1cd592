# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where an ingress gateway is reached from outside, and the labels by which a Gateway object selects its pods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .._errors import MeshError
from .._kube.connection import Cluster, Object
from .._retry import Clock

POLL_SECONDS = 1.0
# The names that the charts of Istio give to these ports, and the ports themselves.
HTTP = ("http2", "http", 80)
HTTPS = ("https", 443)

PORT_FORWARD = "port_forward"
LOOPBACK = "127.0.0.1"

_TYPES = {
    "auto": ("ClusterIP", "NodePort", "LoadBalancer"),
    "node_port": ("NodePort", "LoadBalancer"),
    "load_balancer": ("LoadBalancer",),
    PORT_FORWARD: ("ClusterIP", "NodePort", "LoadBalancer"),
}


class NoAddress(MeshError):
    """The ingress has no address from outside yet."""


@dataclass(frozen=True)
class Given:
    """What the user knows better than the cluster: a host that leads to the ingress, and its ports there."""

    address: str | None = None
    http_port: int | None = None
    https_port: int | None = None


@dataclass(frozen=True)
class Endpoint:
    """An ingress as a client sees it; all None where there is none yet.

    :param others: further ones of its load balancer, such as one of IPv6, or of nodes that run it.
    """

    host: str | None = None
    http_port: int | None = None
    https_port: int | None = None
    others: tuple[str, ...] = ()

    @property
    def addresses(self) -> list[str]:
        """All that lead to it, each once."""
        return list(dict.fromkeys(address for address in (self.host, *self.others) if address))

    def url(self, scheme: str, name: str | None = None) -> str | None:
        """The URL for ``http`` or ``https``, None where that port is missing.

        :param name: the host name to use in place of the address, such as one that a Gateway asks for.
        """
        port = self.http_port if scheme == "http" else self.https_port
        if self.host is None or port is None:
            return None
        host = name or self.host
        host = f"[{host}]" if ":" in host else host
        return f"{scheme}://{host}" + ("" if port == {"http": 80, "https": 443}[scheme] else f":{port}")


@dataclass(frozen=True)
class Ingress:
    """The Service of an ingress gateway in a cluster.

    :param via: ``load_balancer``, ``node_port``, ``port_forward``, or ``auto``, which goes by the Service's type.
    """

    cluster: Cluster
    namespace: str
    service: str
    via: str = "auto"

    @property
    def name(self) -> str:
        """The Service as messages name it."""
        return f"Service {self.namespace}/{self.service}"

    def read(self) -> Object | None:
        """The Service, None where there is none."""
        return self.cluster.get(f"/api/v1/namespaces/{self.namespace}/services/{self.service}")

    def selector(self, service: Object | None) -> dict[str, str]:
        """The labels for a Gateway's selector.

        The charts of Istio label the pods ``istio: NAME``, with the release's name less ``istio-``; the Service selects
        them by it. Without a Service, its name tells what the label will be.
        """
        if service is None:
            return {"istio": self.service.removeprefix("istio-")}
        wanted: dict[str, str] = service["spec"].get("selector") or {}
        return {"istio": wanted["istio"]} if "istio" in wanted else wanted

    def endpoint(self, service: Object, given: Given, clock: Clock, seconds: float) -> Endpoint:
        """The address and ports of the ingress.

        :param seconds: how long to wait for an address that is still being made.
        :raises NoAddress: there is none in time. :raises MeshError: the Service's type gives none to the outside.
        """
        if self.via == PORT_FORWARD:
            return Endpoint(given.address or LOOPBACK, given.http_port or None, given.https_port or None)
        through_nodes = self._through_nodes(service, given)
        find = self._node_addresses if through_nodes else self._balancer_addresses
        found = [given.address] if given.address else _within(clock, seconds, lambda: find(service))
        if not found:
            raise NoAddress(self._without_address(through_nodes, seconds))
        key = "nodePort" if through_nodes else "port"
        ports = (given.http_port or _port(service, HTTP, key), given.https_port or _port(service, HTTPS, key))
        return Endpoint(found[0], *ports, tuple(found[1:]))

    def _through_nodes(self, service: Object, given: Given) -> bool:
        kind = service["spec"].get("type", "ClusterIP")
        if kind not in _TYPES[self.via]:
            raise MeshError(f"{self.name} is of type {kind}, which via: {self.via} cannot use: change one of the two.")
        if kind == "ClusterIP" and not given.address:
            raise MeshError(
                f"{self.name} is of type ClusterIP and cannot be reached from outside: make it a NodePort or a "
                "LoadBalancer, forward a local port to it (via: port_forward), or give the address that leads to it."
            )
        return kind == "NodePort" or self.via == "node_port"

    def _balancer_addresses(self, service: Object) -> list[str]:
        current = self.read() or service
        entries = ((current.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
        return [address for entry in entries if (address := entry.get("ip") or entry.get("hostname"))]

    def _node_addresses(self, service: Object) -> list[str]:
        """The InternalIPs of the nodes that run a pod of the gateway: they answer with any externalTrafficPolicy."""
        selector = sorted((service["spec"].get("selector") or {}).items())
        query = {"labelSelector": ",".join(f"{name}={value}" for name, value in selector)}
        pods = self.cluster.items(f"/api/v1/namespaces/{self.namespace}/pods", query)
        return [pod["status"]["hostIP"] for pod in pods if _is_ready(pod)]

    def _without_address(self, through_nodes: bool, seconds: float) -> str:
        if through_nodes:
            return f"{self.name} has had no ready pod for {seconds:g} s: look at the pods of its Deployment."
        return (
            f"{self.name} has had no address from a load balancer for {seconds:g} s: where the cluster has none, go in "
            "through a node (via: node_port) or a forwarded port (via: port_forward), or have a tunnel "
            "(docs/ingress.md shows one) and give its address."
        )


def _within(clock: Clock, seconds: float, find: Callable[[], list[str]]) -> list[str]:
    deadline = clock.now() + seconds
    while not (found := find()) and clock.now() < deadline:
        clock.sleep(POLL_SECONDS)
    return found


def _is_ready(pod: Object) -> bool:
    conditions: list[dict[str, Any]] = (pod.get("status") or {}).get("conditions") or []
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def _port(service: Object, wanted: tuple[str | int, ...], key: str) -> int | None:
    """The number under ``key`` of the Service's port with one of these names, else one of these numbers."""
    ports = service["spec"].get("ports") or []
    found = next((port for port in ports if port.get("name") in wanted), None)
    found = found or next((port for port in ports if port.get("port") in wanted), None)
    return found.get(key) if found else None
