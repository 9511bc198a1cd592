# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which OpenFaaS stands behind a gateway, and what that edition limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from .gateway import Gateway

Edition = Literal["ce", "pro"]

MOST_FUNCTIONS = 15
"""Functions in the Community Edition."""
MOST_REPLICAS = 5
"""Replicas of one function in the Community Edition."""

_LIMITS: dict[Edition, dict[str, int | None]] = {
    "ce": {"functions": MOST_FUNCTIONS, "replicas": MOST_REPLICAS, "namespaces": 1},
    "pro": {"functions": None, "replicas": None, "namespaces": None},
}


NO_FACTS: dict[str, Any] = dict.fromkeys(
    ("edition", "healthy", "provider", "orchestration", "versions", "architecture", "namespaces", "limits")
)
"""The facts of a gateway that has no address yet."""


def edition_of(info: Mapping[str, Any]) -> Edition | None:
    """The edition by the provider's own name, such as ``faas-netes-ce``; None where the provider says nothing.

    :param info: what the gateway says about itself.
    """
    name = (info.get("provider") or {}).get("provider")
    if not name:
        return None
    return "ce" if str(name).endswith("-ce") else "pro"


def facts(gateway: Gateway) -> dict[str, Any]:
    """What is told about a gateway. :raises MeshError: it does not answer, or does not take the login."""
    info = gateway.info()
    provider, version = info.get("provider") or {}, info.get("version") or {}
    edition = edition_of(info)
    healthy = gateway.is_healthy()
    return {
        "edition": edition,
        "healthy": healthy,
        "provider": provider.get("provider"),
        "orchestration": provider.get("orchestration"),
        "versions": {"gateway": version.get("release"), "provider": (provider.get("version") or {}).get("release")},
        "architecture": info.get("arch") or None,
        # They come from the provider, which nobody reaches through a gateway that is not well.
        "namespaces": gateway.namespaces() if healthy else None,
        "limits": dict(_LIMITS[edition]) if edition else None,
    }
