#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module kube_cluster_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_cluster_info
short_description: Read what an installation has to know about a cluster
description:
  - Reads the server's version, the nodes, the networks of the pods and, where asked, what a mesh already holds.
  - The role P(faas.mesh.openfaas#role) decides by these facts what cannot work, before it changes anything.
  - Reads only, with one request for each thing that is asked for.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
  - faas.mesh.read_only
options:
  pod_cidrs:
    description:
      - The networks that pods take their addresses from, when you know them, such as V(10.244.0.0/16).
      - Without it they are looked up, first C(podSubnet) in the ConfigMap C(kube-system/kubeadm-config), then the
        union of the nodes' C(spec.podCIDRs). State them when your network add-on has address pools of its own, as
        Calico and Cilium do.
    type: list
    elements: str
    default: []
  namespaces:
    description: Namespaces whose pods are checked to have addresses inside the pod CIDRs.
    type: list
    elements: str
    default: []
  istio_namespace:
    description: Namespace in which Istio's control plane is looked for.
    type: str
    default: istio-system
  istio_revision:
    description: Revision of that control plane, empty for the default one.
    type: str
    default: ""
  workload:
    description: Pods for which the Sidecar objects that select them are listed.
    type: dict
    suboptions:
      namespace:
        description: Namespace of the pods.
        type: str
        required: true
      labels:
        description: Labels of the pods.
        type: dict
        required: true
notes:
  - Rights needed are to list nodes, pods of O(namespaces) and Sidecar objects of O(workload), and to get the ConfigMaps
    C(kube-system/kubeadm-config) (not with O(pod_cidrs)) and C(istio) of O(istio_namespace).
"""

EXAMPLES = r"""
- name: Read versions, nodes and networks
  faas.mesh.kube_cluster_info:
  register: cluster

- name: Say where pods have their addresses
  ansible.builtin.debug:
    msg: "{{ cluster.pod_cidrs | join(', ') }} (from {{ cluster.pod_cidrs_source }})"

- name: See who else configures the proxies of the OpenFaaS gateway
  faas.mesh.kube_cluster_info:
    workload:
      namespace: openfaas
      labels: {app: gateway}
"""

RETURN = r"""
kubernetes_version:
  description: Version of the API server.
  type: str
  returned: success
  sample: v1.36.3
nodes:
  description: The nodes.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the node.
      type: str
    architecture:
      description: Architecture as Go writes it.
      type: str
    internal_ips:
      description: Addresses of type InternalIP.
      type: list
      elements: str
  sample: [{name: node-1, architecture: amd64, internal_ips: [10.0.0.11]}]
pod_cidrs:
  description: Networks of the pods, IPv4 before IPv6, neighbours merged. Empty when nothing names them.
  type: list
  elements: str
  returned: success
  sample: [10.244.0.0/16]
pod_cidrs_source:
  description: Where O(pod_cidrs) come from, V(given), V(kubeadm-config), V(nodes) or V(none).
  type: str
  returned: success
  sample: kubeadm-config
pods_outside:
  description: Pods of O(namespaces) with an address outside the pod CIDRs, less those on the node's own network.
  type: list
  elements: dict
  returned: success
  contains:
    namespace:
      description: Namespace of the pod.
      type: str
    name:
      description: Name of the pod.
      type: str
    address:
      description: The address outside.
      type: str
  sample: []
istio_installed:
  description: Whether the control plane's ConfigMap is there.
  type: bool
  returned: success
trust_domain:
  description: The mesh's trust domain, V(cluster.local) where Istio is not installed.
  type: str
  returned: success
  sample: cluster.local
sidecars:
  description: Sidecar objects that select the pods of O(workload), with the field managers that wrote them.
  type: list
  elements: dict
  returned: success
  contains:
    namespace:
      description: Namespace of the Sidecar.
      type: str
    name:
      description: Name of the Sidecar.
      type: str
    managers:
      description: Field managers in its managedFields.
      type: list
      elements: str
  sample: [{namespace: openfaas, name: gateway, managers: [faas.mesh]}]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils import _module
from ansible_collections.faas.mesh.plugins.module_utils._faas import mesh
from ansible_collections.faas.mesh.plugins.module_utils._kube import nodes as kube_nodes
from ansible_collections.faas.mesh.plugins.module_utils._kube import pod_cidrs
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    "pod_cidrs": {"type": "list", "elements": "str", "default": []},
    "namespaces": {"type": "list", "elements": "str", "default": []},
    "istio_namespace": {"type": "str", "default": "istio-system"},
    "istio_revision": {"type": "str", "default": ""},
    "workload": {
        "type": "dict",
        "options": {
            "namespace": {"type": "str", "required": True},
            "labels": {"type": "dict", "required": True},
        },
    },
}


def flow(module: AnsibleModule) -> dict[str, Any]:
    """Read what the module's options ask for."""
    params = module.params
    cluster = connect(params, SystemClock())
    version = cluster.request("GET", "/version")["gitVersion"]
    nodes = list(cluster.items(kube_nodes.NODES))
    cidrs = pod_cidrs.find(cluster, params["pod_cidrs"], nodes)
    config = cluster.get(mesh.config_path(params["istio_namespace"], params["istio_revision"]))
    workload = params["workload"]
    sidecars = cluster.items(mesh.sidecars_path(workload["namespace"])) if workload else []
    return {
        "changed": False,
        "kubernetes_version": version,
        "nodes": [kube_nodes.node_facts(node) for node in nodes],
        "pod_cidrs": cidrs.texts(),
        "pod_cidrs_source": cidrs.source,
        "pods_outside": [
            outside
            for namespace in params["namespaces"]
            for outside in cidrs.outside(cluster.items(pod_cidrs.pods_path(namespace)))
        ],
        "istio_installed": config is not None,
        "trust_domain": mesh.trust_domain(config) if config else mesh.DEFAULT_TRUST_DOMAIN,
        "sidecars": mesh.sidecars_selecting(sidecars, workload["labels"]) if workload else [],
    }


def main() -> None:
    """Run the module."""
    _module.run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
