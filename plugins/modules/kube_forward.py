#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module kube_forward."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_forward
short_description: Have ports of this machine lead to a Service, a Deployment or a pod
description:
  - Starts a process that listens at local ports and forwards each connection through the API server to a pod, as
    C(kubectl port-forward) does. C(kubectl) is not needed.
  - The process outlives the playbook. The next run finds it again, and changes nothing when it forwards what is asked
    for; several runs share it. With another target, other ports or another connection it is replaced.
  - A pod that is ready is looked for anew for each connection, so the forward outlives the pods. While none is ready,
    as during a restart, a new connection waits for one for a minute.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
options:
  state:
    description:
      - V(present) has the forward run.
      - V(absent) has its process ended and its files removed.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the forward on this machine, by which the next run finds it again.
      - It names files, and has letters, digits, dots, dashes and underscores only.
    type: str
    required: true
  namespace:
    description: Namespace of the target.
    type: str
    default: default
  service:
    description: Name of a Service, whose ready pods are forwarded to. With O(state=present) either this,
      O(deployment) or O(pod).
    type: str
  deployment:
    description: Name of a Deployment, whose ready pods are forwarded to. Its ports are those of the pods.
    type: str
  pod:
    description: Name of a pod.
    type: str
  missing:
    description:
      - What becomes of a target that does not exist.
      - V(fail) says so. A pod is waited for.
      - V(skip) has no forward then, and ends one that runs.
    type: str
    choices: [fail, skip]
    default: fail
  ports:
    description: The ports, at least one with O(state=present).
    type: list
    elements: dict
    default: []
    suboptions:
      local:
        description: Port of this machine, from 1 to 65535.
        type: int
        required: true
      remote:
        description: Port of the Service, or of the pods, also of one on which they listen at their own loopback only.
        type: int
        required: true
  address:
    description: Address of this machine to listen at. At another than the loopback's, other machines can use the
      forward.
    type: str
    default: 127.0.0.1
  state_path:
    description: Folder for the forwards' process files and logs. By default C(faas-mesh/forwards) in E(XDG_STATE_HOME),
      else in C(~/.local/state). It is made with mode 0700, and removed with the last forward in it.
    type: path
  timeout:
    description: How long to wait for a ready pod, in seconds.
    type: int
    default: 120
attributes:
  check_mode:
    support: full
    description: Whether the forward runs, and whether the local ports are free, is found out. The cluster is asked only
      with O(missing=skip), since a task before may be about to make the target.
  diff_mode:
    support: full
    description: What is forwarded before and after.
notes:
  - Rights needed are to get the target and to list pods of the namespace, and to get and create C(pods/portforward)
    there.
  - The process keeps the options of the connection in its memory. Neither its command line nor a file has them. When
    a file of the connection is changed, such as a renewed kubeconfig, it is read again for the next connection.
  - The credentials are those of the user who runs the module, and whoever reaches the local ports uses them.
    O(impersonate_user) and O(impersonate_groups) are refused.
"""

EXAMPLES = r"""
- name: Reach Istio's ingress gateway, as the tutorial does
  faas.mesh.kube_forward:
    name: ingress
    namespace: istio-system
    service: istio-ingressgateway
    ports:
      - {local: 8080, remote: 80}
      - {local: 8443, remote: 443}

- name: Look at the admin page of a pod's Envoy
  faas.mesh.kube_forward:
    name: envoy
    namespace: openfaas
    deployment: gateway
    ports: [{local: 15000, remote: 15000}]

- name: Open Grafana, where it is installed
  faas.mesh.kube_forward:
    name: grafana
    namespace: istio-system
    service: grafana
    missing: skip
    ports: [{local: 3000, remote: 3000}]

- name: End it
  faas.mesh.kube_forward:
    name: ingress
    state: absent
"""

RETURN = r"""
name:
  description: Name of the forward.
  returned: success
  type: str
  sample: ingress
address:
  description: Address at which it listens, null when it is absent.
  returned: success
  type: str
  sample: 127.0.0.1
ports:
  description: The ports, none when it is absent.
  returned: success
  type: list
  elements: dict
  contains:
    local:
      description: Port of this machine.
      type: int
    remote:
      description: Port of the target.
      type: int
  sample: [{local: 8080, remote: 80}]
pid:
  description: Number of its process, null when there is none, or none yet in check mode.
  returned: success
  type: int
  sample: 4242
log:
  description: Path of its log, null when it is absent.
  returned: success
  type: str
  sample: /home/user/.local/state/faas-mesh/forwards/ingress.log
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._forward.folder import Folder
from ansible_collections.faas.mesh.plugins.module_utils._forward.identity import options
from ansible_collections.faas.mesh.plugins.module_utils._forward.run import ForwardRun, verify_reachable
from ansible_collections.faas.mesh.plugins.module_utils._forward.target import target
from ansible_collections.faas.mesh.plugins.module_utils._forward.wanted import KINDS, Forward, verified_name
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "default": "default"},
    "service": {"type": "str"},
    "deployment": {"type": "str"},
    "pod": {"type": "str"},
    "missing": {"type": "str", "choices": ["fail", "skip"], "default": "fail"},
    "ports": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"local": {"type": "int", "required": True}, "remote": {"type": "int", "required": True}},
    },
    "address": {"type": "str", "default": "127.0.0.1"},
    "state_path": {"type": "path"},
    "timeout": {"type": "int", "default": 120},
}


def flow(module: AnsibleModule) -> Result:
    """Have the forward, or have it not."""
    params, clock = module.params, SystemClock()
    folder = Folder.of(params["state_path"], os.environ)
    run = ForwardRun(folder, verified_name(params["name"]), clock, module.check_mode)
    if params["state"] == "absent":
        return run.absent()
    forward, connection = Forward.from_params(params), options(params)
    skips = params["missing"] == "skip"
    if module.check_mode and not skips:
        return run.present(forward, connection)
    cluster = connect({**connection, "timeout": params["timeout"]}, clock)
    # Asked in any case: an address where no API server answers is found out here, and not waited for.
    if target(cluster, forward) is None and skips:
        return run.absent()
    if not module.check_mode:
        verify_reachable(cluster, forward, clock, params["timeout"])
    return run.present(forward, connection)


def main() -> None:
    """Run the module."""
    run_module(
        ARGUMENT_SPEC,
        flow,
        mutually_exclusive=[tuple(KINDS)],
        required_if=[("state", "present", tuple(KINDS), True)],
    )


if __name__ == "__main__":
    main()
