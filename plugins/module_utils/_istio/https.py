# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Gateway object says about HTTPS."""

from __future__ import annotations

from typing import Any

from .._kube.connection import Cluster

# What is answered as Strict-Transport-Security (RFC 6797): a VirtualService does it, a Gateway has no field for it.
HSTS = "faas.mesh/strict-transport-security"
_VERSIONS = {"TLSV1_2": "1.2", "TLSV1_3": "1.3"}


def served(cluster: Cluster, namespace: str, name: str) -> dict[str, Any] | None:
    """How a Gateway serves HTTPS with a certificate from a Secret; None where it does not, or is not there.

    :return: the Secret's name, the oldest TLS version (None for Istio's own choice), whether port 80 is left to another
        Gateway, which redirects, and what is answered as Strict-Transport-Security.
    """
    gateway = cluster.get(f"/apis/networking.istio.io/v1/namespaces/{namespace}/gateways/{name}")
    servers = gateway["spec"].get("servers") or [] if gateway else []
    secure = next((server for server in servers if (server.get("tls") or {}).get("credentialName")), None)
    if gateway is None or secure is None:
        return None
    return {
        "secret": secure["tls"]["credentialName"],
        "min_version": _VERSIONS.get(secure["tls"].get("minProtocolVersion", "")),
        "redirect": all((server.get("port") or {}).get("protocol") != "HTTP" for server in servers),
        "hsts": (gateway["metadata"].get("annotations") or {}).get(HSTS, ""),
    }
