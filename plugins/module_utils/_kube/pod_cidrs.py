# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The networks that a cluster's pods take their addresses from, and where that is known from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from .._errors import MeshError
from .._libraries import required

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

KUBEADM_CONFIG = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config"


def pods_path(namespace: str) -> str:
    """The path of the pods of ``namespace``."""
    return f"/api/v1/namespaces/{namespace}/pods"


class Reader(Protocol):
    """What is needed of a cluster: one object by its path."""

    def get(self, path: str) -> dict[str, Any] | None:
        """The object at ``path``, None where there is none."""


@dataclass(frozen=True)
class PodCidrs:
    """The pods' networks, IPv4 before IPv6, each family merged and in order.

    ``source`` is ``given``, ``kubeadm-config``, ``nodes``, or ``none`` when nothing names them.
    """

    networks: tuple[Network, ...]
    source: str

    def __contains__(self, address: str) -> bool:
        """Whether ``address`` lies in one of the networks."""
        found = ipaddress.ip_address(address)
        return any(found in network for network in self.networks if network.version == found.version)

    def outside(self, pods: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
        """The addresses of ``pods`` that lie in no network, with their pod.

        A pod on its node's own network has no pod address; without known networks nothing can be said.
        """
        return [
            {"namespace": pod["metadata"]["namespace"], "name": pod["metadata"]["name"], "address": entry["ip"]}
            for pod in pods
            if self.networks and not pod["spec"].get("hostNetwork")
            for entry in pod["status"].get("podIPs") or []
            if entry["ip"] not in self
        ]

    def texts(self) -> list[str]:
        """The networks as ``address/length``."""
        return [str(network) for network in self.networks]


def find(cluster: Reader, given: Sequence[str], nodes: Iterable[Mapping[str, Any]]) -> PodCidrs:
    """The pod CIDRs of ``cluster``: those given, else kubeadm's podSubnet, else the nodes' own.

    :param given: what the user states; nothing is asked of the cluster then.
    :param nodes: the Node objects; their ``spec.podCIDRs`` is the last resort, because some network
        add-ons (Calico, Cilium) set addresses from elsewhere, and nodes that join later are not in it.
    :raises MeshError: a given network, or one that the cluster names, is not written as one.
    """
    if given:
        return PodCidrs(_networks(given, "the given pod CIDRs"), "given")
    subnets = _kubeadm_subnets(cluster.get(KUBEADM_CONFIG))
    if subnets:
        return PodCidrs(_networks(subnets, "podSubnet in ConfigMap kube-system/kubeadm-config"), "kubeadm-config")
    cidrs = [cidr for node in nodes for cidr in _node_cidrs(node.get("spec") or {})]
    if cidrs:
        return PodCidrs(_networks(cidrs, "spec.podCIDRs of the nodes"), "nodes")
    return PodCidrs((), "none")


def _kubeadm_subnets(config: Mapping[str, Any] | None) -> list[str]:
    text = ((config or {}).get("data") or {}).get("ClusterConfiguration", "")
    yaml = required("yaml", "PyYAML")
    try:
        document = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise MeshError(
            "ClusterConfiguration in ConfigMap kube-system/kubeadm-config is not YAML; "
            "state the pods' networks yourself (pod_cidrs)."
        ) from error
    subnet = (document.get("networking") or {}).get("podSubnet") or ""
    return [part.strip() for part in subnet.split(",") if part.strip()]


def _node_cidrs(spec: Mapping[str, Any]) -> list[str]:
    return list(spec.get("podCIDRs") or ([spec["podCIDR"]] if spec.get("podCIDR") else []))


def _networks(texts: Iterable[str], where: str) -> tuple[Network, ...]:
    four: list[ipaddress.IPv4Network] = []
    six: list[ipaddress.IPv6Network] = []
    for text in texts:
        try:
            network = ipaddress.ip_network(text)
        except ValueError as error:
            raise MeshError(f"'{text}' in {where} is not a network: {error}; write it like 10.244.0.0/16.") from error
        if isinstance(network, ipaddress.IPv4Network):
            four.append(network)
        else:
            six.append(network)
    return (*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six))
