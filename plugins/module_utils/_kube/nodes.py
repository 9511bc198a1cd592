# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nodes, as far as a user asks about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NODES = "/api/v1/nodes"


def node_facts(node: Mapping[str, Any]) -> dict[str, Any]:
    """Name, architecture (as Go writes it: ``amd64``, ``arm64``) and internal addresses of a Node object."""
    status = node.get("status") or {}
    return {
        "name": node["metadata"]["name"],
        "architecture": (status.get("nodeInfo") or {}).get("architecture"),
        "internal_ips": [
            address["address"] for address in status.get("addresses") or [] if address["type"] == "InternalIP"
        ],
    }
