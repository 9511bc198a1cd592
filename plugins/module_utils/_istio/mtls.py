# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mode of mutual TLS that holds in a namespace, as PeerAuthentications make it (Istio's reference of that kind)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._kube.connection import Object

PATH = "/apis/security.istio.io/v1/peerauthentications"
PERMISSIVE = "PERMISSIVE"
UNSET = "UNSET"


def effective(namespace: str, root: str, policies: Iterable[Object]) -> dict[str, Any]:
    """The mode of a namespace, where it comes from, and the policies that decide otherwise for some of its pods.

    :param root: the namespace whose policy is the mesh's, that of the control plane.
    :param policies: PeerAuthentications, of all namespaces. Of several for one namespace the oldest holds.
    """
    ordered = sorted(policies, key=lambda policy: str(policy["metadata"].get("creationTimestamp", "")))
    mode, source = PERMISSIVE, None
    for place in (namespace, root):
        whole = [policy for policy in ordered if policy["metadata"]["namespace"] == place and not _selects(policy)]
        if whole and _mode(whole[0]) != UNSET:
            mode, source = _mode(whole[0]), f"{place}/{whole[0]['metadata']['name']}"
            break
    return {
        "namespace": namespace,
        "mode": mode,
        "policy": source,
        "exceptions": [
            {"policy": f"{namespace}/{policy['metadata']['name']}", "mode": _mode(policy), "ports": _ports(policy)}
            for policy in ordered
            if policy["metadata"]["namespace"] == namespace and (_selects(policy) or _ports(policy))
        ],
    }


def _selects(policy: Object) -> bool:
    return bool(((policy.get("spec") or {}).get("selector") or {}).get("matchLabels"))


def _mode(policy: Object) -> str:
    return str(((policy.get("spec") or {}).get("mtls") or {}).get("mode") or UNSET)


def _ports(policy: Object) -> dict[str, str]:
    ports = (policy.get("spec") or {}).get("portLevelMtls") or {}
    return {str(port): str(setting.get("mode") or UNSET) for port, setting in ports.items()}
