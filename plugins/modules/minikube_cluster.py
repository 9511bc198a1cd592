#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module minikube_cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: minikube_cluster
short_description: Have a minikube cluster of a certain size and version
description:
  - Makes, starts, stops and deletes a minikube cluster, and enables its addons.
  - An existing cluster is compared with what is asked for. What a start can change is changed. Where only a new cluster
    would do, the module says which settings are others, and makes a new one only with O(recreate).
  - A cluster that is as asked for, and runs, is not touched.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
options:
  state:
    description:
      - V(started) has the cluster run, as the other options say.
      - V(stopped) has it not run. A cluster that does not exist does not run.
      - V(absent) has it deleted, with all that is in it.
    type: str
    choices: [started, stopped, absent]
    default: started
  profile:
    description: Name of the cluster, which is also the name of its context in the kubeconfig.
    type: str
    default: minikube
  driver:
    description:
      - What nodes are made of, such as V(docker), V(podman), V(kvm2), V(hyperkit) or V(parallels). Any name that
        minikube knows.
      - As the user root V(docker) works only with O(force).
    type: str
    default: docker
  cpus:
    description: CPUs of each node. Without it an existing cluster keeps what it has, and a new one gets minikube's own
      default.
    type: int
  memory:
    description: Memory of each node, such as V(16g) or V(16384) (MiB). Without it, as for O(cpus).
    type: str
  disk_size:
    description: Disk of each node, such as V(64g) or V(64000MB). Without it, as for O(cpus). The driver V(docker) does
      not keep to it.
    type: str
  kubernetes_version:
    description:
      - Version of Kubernetes. With two numbers, any patch of it will do.
      - A newer one is an upgrade in place; an older one needs a new cluster.
    type: str
    default: 1.36.3
  container_runtime:
    description: Container runtime of the nodes.
    type: str
    default: containerd
  nodes:
    description: How many nodes. Another number needs a new cluster.
    type: int
    default: 1
  addons:
    description: Addons to enable, such as V(metrics-server). Others stay as they are.
    type: list
    elements: str
    default: []
  config:
    description:
      - >-
        Values of C(minikube config), such as C({WantUpdateNotification: false}). Null unsets one.
      - They hold for every cluster of this user, and are the defaults of new ones. The options of this module go before
        them.
    type: dict
    default: {}
  options:
    description:
      - More arguments of C(minikube start), such as V(--extra-config=kubelet.max-pods=200).
      - They are given whenever the module starts the cluster, and are no reason to start it.
    type: list
    elements: str
    default: []
  recreate:
    description: Whether to delete the cluster and make it anew, when that is the only way to what is asked for.
    type: bool
    default: false
  force:
    description: Whether to start although minikube advises against it, as with the driver V(docker) as root.
    type: bool
    default: false
  kubeconfig:
    description: Path of the kubeconfig into which minikube writes the context. Without it E(KUBECONFIG), else
      C(~/.kube/config).
    type: path
  home:
    description: Folder in which minikube keeps its files, C(.minikube) in it. Without it E(MINIKUBE_HOME), else C(~).
    type: path
  minikube:
    description: Path of minikube, or its name in C(PATH).
    type: path
    default: minikube
  timeout:
    description: How long a start may take, in seconds. The first one downloads about a gigabyte.
    type: int
    default: 1800
attributes:
  check_mode:
    support: full
    description: What would be done is told. For a new cluster minikube itself is asked, by a dry run, whether it can.
  diff_mode:
    support: full
    description: The settings and the state before and after.
notes:
  - A machine with fewer CPUs, less memory or less free disk than is asked for is refused before anything is changed.
  - minikube ends well when it starts an existing cluster with other sizes than asked for. Therefore the module looks at
    the cluster after each start.
seealso:
  - module: faas.mesh.tool_binary
"""

EXAMPLES = r"""
- name: The cluster of the tutorial
  faas.mesh.minikube_cluster:
    cpus: 4
    memory: 16g
    disk_size: 64000MB
    addons: [metrics-server]

- name: Two clusters side by side, the second with another driver and a kubeconfig of its own
  faas.mesh.minikube_cluster:
    profile: staging
    driver: kvm2
    nodes: 2
    kubeconfig: ~/.kube/staging

- name: Make it anew where it is too small
  faas.mesh.minikube_cluster:
    memory: 24g
    recreate: true

- name: Delete it
  faas.mesh.minikube_cluster:
    state: absent
"""

RETURN = r"""
profile:
  description: Name of the cluster.
  returned: success
  type: str
  sample: minikube
state:
  description: State of the cluster, V(running), V(stopped) or V(absent), as it is now or would be.
  returned: success
  type: str
  sample: running
actions:
  description: What was done, or would be, in this order. When the module fails, what was done before.
  returned: always, once the cluster has been looked at
  type: list
  elements: str
  sample: [start the cluster, enable the addon metrics-server]
cluster:
  description: The cluster's settings as minikube has them, null where there is none, or none yet.
  returned: success
  type: dict
  contains:
    driver:
      description: The driver.
      type: str
    cpus:
      description: CPUs of each node.
      type: int
    memory:
      description: Memory of each node, in MiB.
      type: int
    disk_size:
      description: Disk of each node, in MiB.
      type: int
    kubernetes_version:
      description: Version of Kubernetes.
      type: str
    container_runtime:
      description: Container runtime.
      type: str
    nodes:
      description: How many nodes there are.
      type: int
    ip:
      description: Address of the control plane, at which the cluster's NodePorts answer.
      type: str
  sample:
    driver: docker
    cpus: 4
    memory: 16384
    disk_size: 64000
    kubernetes_version: 1.36.3
    container_runtime: containerd
    nodes: 1
    ip: 192.168.49.2
kubeconfig:
  description: Path of the kubeconfig with the cluster's context.
  returned: success
  type: str
  sample: /home/user/.kube/config
context:
  description: Name of that context.
  returned: success
  type: str
  sample: minikube
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._minikube.cluster import Choices, ClusterRun, Host
from ansible_collections.faas.mesh.plugins.module_utils._minikube.command import Minikube
from ansible_collections.faas.mesh.plugins.module_utils._minikube.machine import Machine
from ansible_collections.faas.mesh.plugins.module_utils._minikube.places import Places
from ansible_collections.faas.mesh.plugins.module_utils._minikube.wanted import Wanted
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._progress import teller

SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["started", "stopped", "absent"], "default": "started"},
    "profile": {"type": "str", "default": "minikube"},
    "driver": {"type": "str", "default": "docker"},
    "cpus": {"type": "int"},
    "memory": {"type": "str"},
    "disk_size": {"type": "str"},
    "kubernetes_version": {"type": "str", "default": "1.36.3"},
    "container_runtime": {"type": "str", "default": "containerd"},
    "nodes": {"type": "int", "default": 1},
    "addons": {"type": "list", "elements": "str", "default": []},
    "config": {"type": "dict", "default": {}},
    "options": {"type": "list", "elements": "str", "default": []},
    "recreate": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "kubeconfig": {"type": "path"},
    "home": {"type": "path"},
    "minikube": {"type": "path", "default": "minikube"},
    "timeout": {"type": "int", "default": 1800},
}


def flow(module: AnsibleModule) -> Result:
    """Have the cluster in the state asked for."""
    params = module.params
    places = Places.of(params, os.environ)
    minikube = Minikube(params["minikube"], params["profile"], module.run_command, places.environment, teller())
    host = Host(Machine.here(places.home), root=os.geteuid() == 0)
    choices = Choices(params["recreate"], params["force"], params["timeout"])
    result = _run(ClusterRun(minikube, host, choices, check=module.check_mode), params, places)
    return {**result, "kubeconfig": str(places.kubeconfig), "context": params["profile"]}


def _run(cluster: ClusterRun, params: Mapping[str, Any], places: Places) -> Result:
    if params["state"] == "absent":
        return cluster.absent(places.profile(params["profile"]))
    if params["state"] == "stopped":
        return cluster.stopped()
    return cluster.started(Wanted.from_params(params))


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow)


if __name__ == "__main__":
    main()
