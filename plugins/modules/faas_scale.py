#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_scale."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_scale
short_description: Give an OpenFaaS function a number of replicas
description:
  - Brings a function to a number of replicas, through the OpenFaaS gateway. Its pods do not restart.
  - A function that has as many already gets no request that changes something.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.wait
  - faas.mesh.connection
options:
  name:
    description: The function. It must be deployed.
    type: str
    required: true
  namespace:
    description: Namespace of the function, by default the gateway's own.
    type: str
  replicas:
    description:
      - How many replicas the function is to have.
      - The Community Edition runs 1 to 5 of a function. Of any other number it makes the nearest of these, a warning
        says so, and RV(replicas) is what it is.
    type: int
    required: true
attributes:
  check_mode:
    support: full
    description:
      - The same plan is made, from the same reads, and nothing is written or waited for. A function that is not
        deployed yet is no failure there, since a task before may deploy it.
  diff_mode:
    support: full
    description: The replicas before and after.
notes:
  - O(wait) ends when as many replicas answer as were asked for. With a cluster (O(kubeconfig), O(context) or O(host)) a
    failure tells the pods' own reason. It needs the rights to get Deployments and to list Pods and Events in the
    function's namespace.
  - An autoscaler may set another number later. For lasting bounds use the labels C(com.openfaas.scale.min) and
    C(com.openfaas.scale.max) of M(faas.mesh.faas_function).
seealso:
  - module: faas.mesh.faas_function
"""

EXAMPLES = r"""
- name: Have three replicas, and wait until they answer
  faas.mesh.faas_scale:
    gateway: https://faas.example.com
    name: resize
    replicas: 3
"""

RETURN = r"""
replicas:
  description: How many replicas the function is to have now. It is not what was asked for where the edition limits it.
  returned: always
  type: int
  sample: 3
available_replicas:
  description: How many of them answered in the end. Null in check mode and without O(wait).
  returned: always
  type: int
  sample: 3
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._faas import scale
from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Key
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import cluster_of, open_gateway
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION, WAIT
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, Any] = {
    **GATEWAY,
    **WAIT,
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "replicas": {"type": "int", "required": True},
}


def flow(module: AnsibleModule) -> Result:
    """Plan, then carry out."""
    params = module.params
    clock = SystemClock()
    key = Key.checked(params["name"], params["namespace"])
    scale.refuse_negative(params["replicas"])
    with open_gateway(module, clock) as gateway:
        if gateway is None:
            return scale.Scaling(key, None, params["replicas"]).result(None)
        scaling = scale.plan(gateway, key, params["replicas"], module.warn)
        if module.check_mode:
            return scaling.result(None)
        # Before the write: a kubeconfig that cannot be used shall not leave half a job.
        cluster = cluster_of(module, clock) if params["wait"] and scaling.changed else None
        scale.apply(gateway, scaling)
        waited = scale.await_available(gateway, scaling, params["timeout"], cluster) if params["wait"] else None
        return scaling.result(waited)


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow, mutually_exclusive=[["password", "token"]])


if __name__ == "__main__":
    main()
