# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Gateway object says about HTTPS, one of Istio's API or of the Gateway API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .._kube.connection import Cluster, Object

# What is answered as Strict-Transport-Security (RFC 6797): a route does it, a Gateway has no field for it.
HSTS = "faas.mesh/strict-transport-security"
_GROUPS = {"istio": "networking.istio.io", "gateway": "gateway.networking.k8s.io"}
_VERSIONS = {"TLSV1_2": "1.2", "TLSV1_3": "1.3"}


class GatewayName(NamedTuple):
    """A Gateway of the API ``istio`` or ``gateway``."""

    api: str
    namespace: str
    name: str

    @property
    def path(self) -> str:
        """Where the API server has it."""
        return f"/apis/{_GROUPS[self.api]}/v1/namespaces/{self.namespace}/gateways/{self.name}"


def served(cluster: Cluster, gateways: Sequence[GatewayName]) -> dict[str, Any] | None:
    """How the first of these Gateways that is there serves HTTPS; None where none is, or it does not.

    :return: the Secret's name, the oldest TLS version (None for Istio's own choice), whether port 80 is left to another
        Gateway, which redirects, and what is answered as Strict-Transport-Security.
    """
    for name in gateways:
        gateway = cluster.get(name.path)
        if gateway is not None:
            found = _of_servers(gateway) if name.api == "istio" else _of_listeners(gateway)
            return {**found, "hsts": (gateway["metadata"].get("annotations") or {}).get(HSTS, "")} if found else None
    return None


def _of_servers(gateway: Object) -> dict[str, Any] | None:
    servers = gateway["spec"].get("servers") or []
    secure = next((server for server in servers if (server.get("tls") or {}).get("credentialName")), None)
    if secure is None:
        return None
    return {
        "secret": secure["tls"]["credentialName"],
        "min_version": _VERSIONS.get(secure["tls"].get("minProtocolVersion", "")),
        "redirect": all((server.get("port") or {}).get("protocol") != "HTTP" for server in servers),
    }


def _of_listeners(gateway: Object) -> dict[str, Any] | None:
    listeners = gateway["spec"].get("listeners") or []
    secure = next((each for each in listeners if (each.get("tls") or {}).get("certificateRefs")), None)
    if secure is None:
        return None
    return {
        "secret": secure["tls"]["certificateRefs"][0]["name"],
        "min_version": None,
        "redirect": all(each["protocol"] != "HTTP" for each in listeners),
    }
