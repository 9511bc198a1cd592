"""Where pods have their addresses, from the three sources and for both address families."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube import pod_cidrs


class Config:
    """A cluster that has at most the ConfigMap kubeadm-config."""

    def __init__(self, text: str | None = None) -> None:
        self.text = text
        self.asked: list[str] = []

    def get(self, path: str) -> dict[str, Any] | None:
        self.asked.append(path)
        return None if self.text is None else {"data": {"ClusterConfiguration": self.text}}


def node(*cidrs: str) -> dict[str, Any]:
    return {"spec": {"podCIDRs": list(cidrs)}}


def pod(name: str, *ips: str, host_network: bool = False) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "openfaas-fn", "name": name},
        "spec": {"hostNetwork": host_network},
        "status": {"podIPs": [{"ip": ip} for ip in ips]},
    }


def test_what_the_user_states_is_believed_and_nothing_is_asked() -> None:
    cluster = Config("networking: {podSubnet: 10.1.0.0/16}")
    found = pod_cidrs.find(cluster, ["10.9.0.0/16"], [node("10.2.0.0/24")])
    assert (found.texts(), found.source) == (["10.9.0.0/16"], "given")
    assert cluster.asked == []


def test_kubeadm_comes_before_the_nodes() -> None:
    found = pod_cidrs.find(Config("networking:\n  podSubnet: 10.1.0.0/16,fd00:1::/56\n"), [], [node("10.2.0.0/24")])
    assert (found.texts(), found.source) == (["10.1.0.0/16", "fd00:1::/56"], "kubeadm-config")


@pytest.mark.parametrize("text", [None, "", "networking: {}", "kind: ClusterConfiguration"])
def test_the_nodes_own_networks_are_the_last_resort_and_merged(text: str | None) -> None:
    nodes = [node("fd00::/64", "10.2.1.0/24"), node("10.2.0.0/24"), node()]
    found = pod_cidrs.find(Config(text), [], nodes)
    assert (found.texts(), found.source) == (["10.2.0.0/23", "fd00::/64"], "nodes")


def test_a_node_of_the_older_form_counts() -> None:
    assert pod_cidrs.find(Config(), [], [{"spec": {"podCIDR": "10.2.0.0/24"}}]).texts() == ["10.2.0.0/24"]


def test_nothing_found_is_said_and_judges_no_pod() -> None:
    found = pod_cidrs.find(Config(), [], [node()])
    assert (found.texts(), found.source) == ([], "none")
    assert found.outside([pod("env", "10.2.0.9")]) == []


def test_pods_outside_are_named_with_the_address() -> None:
    found = pod_cidrs.find(Config(), ["10.2.0.0/16", "fd00::/64"], [])
    pods = [
        pod("inside", "10.2.0.9", "fd00::9"),
        pod("outside", "10.3.0.9", "fd00::a"),
        pod("on-the-node", "192.168.0.4", host_network=True),
        pod("not-yet-scheduled"),
    ]
    assert found.outside(pods) == [{"namespace": "openfaas-fn", "name": "outside", "address": "10.3.0.9"}]


@pytest.mark.parametrize("text", ["10.244.0.0/33", "10.244.0.1/16", "pods"])
def test_what_is_no_network_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(MeshError, match=f"'{text}' in the given pod CIDRs is not a network"):
        pod_cidrs.find(Config(), [text], [])


def test_a_broken_kubeadm_config_is_named() -> None:
    with pytest.raises(MeshError, match="ConfigMap kube-system/kubeadm-config is not YAML"):
        pod_cidrs.find(Config("networking: ["), [], [])
