# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The architecture that functions run on: that of the nodes, in Go's words."""

from __future__ import annotations

from .._errors import MeshError
from .._kube.connection import Cluster
from .._kube.nodes import NODES, node_facts
from .gateway import Gateway

# Other words for the same, as kernels and gateways report them.
_ALIASES = {"x86_64": "amd64", "aarch64": "arm64", "armhf": "arm", "armv7l": "arm"}


def architectures(given: str | None, cluster: Cluster | None, gateway: Gateway | None) -> set[str]:
    """The architectures to choose images for: the one given, else those of the cluster's nodes, else the gateway's own.

    The gateway runs on a node too, so that without a cluster its architecture is the best guess. Empty where there is
    nobody to ask.

    :raises MeshError: who is asked does not know, or may not tell.
    """
    if given:
        return {given}
    if cluster is not None:
        asked = cluster.server
        found = {facts["architecture"] for facts in map(node_facts, cluster.items(NODES)) if facts["architecture"]}
    elif gateway is not None:
        asked = gateway.address.url
        found = {str(told) for told in [gateway.info().get("arch")] if told}
    else:
        return set()
    if not found:
        raise MeshError(f"{asked} does not tell the architecture of its nodes: set architecture.")
    return {_ALIASES.get(told, told) for told in found}
