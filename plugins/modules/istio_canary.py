#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module istio_canary."""

from __future__ import annotations

DOCUMENTATION = r"""
module: istio_canary
short_description: Shift the calls of a function to a new version, and back when it fails
description:
  - Gives a new version of a function more of its calls step by step. Each step is judged by how the version answered
    during it, as the proxies counted that send the calls.
  - When it answers too badly, all calls go to the stable version again, and the module fails with the numbers. A step
    with too few calls to judge by is held until there are more.
  - Only weights are changed. All else of a route of M(faas.mesh.istio_traffic) stays; where there is none, one is made.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
  - faas.mesh.traffic
options:
  function:
    description: Name by which the function is called.
    type: str
    required: true
  stable:
    description: The version that has the calls. By default the function O(function) itself.
    type: str
  canary:
    description: The version that is to get them.
    type: str
    required: true
  steps:
    description: Percent of the calls, step by step. Steps that the version has reached already are left out.
    type: list
    elements: int
    default: [5, 25, 50, 100]
  success_rate:
    description:
      - Percent of good answers below which the version goes back. A status of 500 or above is a bad answer, and so is
        none.
    type: float
    default: 99
  samples:
    description: How many answers a step is judged by at least.
    type: int
    default: 100
  interval:
    description: For how many seconds a step lasts at least, and how often its answers are looked at.
    type: int
    default: 5
  patience:
    description:
      - For how many seconds a step is held for its samples. After that the module fails, and the version keeps the
        weight that it has, from which the next run goes on.
    type: int
    default: 600
  at:
    description:
      - Where a route is made that is not there yet, as O(faas.mesh.istio_traffic#module:functions[].at) has it.
    type: str
    choices: [ingress, mesh]
    default: ingress
  ingress_service:
    description: Service of the ingress gateway. Its pods count the calls of a route at the ingress.
    type: str
    default: istio-ingressgateway
notes:
  - Where the proxies have Istio's metric C(istio_requests_total), that counts. Else Envoy's counters of the functions'
    clusters do, which Istio hides. To show them, the workload of the proxies (the ingress gateway, or OpenFaaS' gateway
    for a route in the mesh) gets the annotation C(proxy.istio.io/config) with a C(proxyStatsMatcher), and so is
    restarted. That happens once, and a warning says so.
  - The counters are read through the API server's pod proxy. Rights needed beside those of M(faas.mesh.istio_traffic)
    are to get C(pods/proxy), to list C(pods), and to patch C(deployments) where counters are hidden.
  - When the module is killed, the version keeps the weight that it has.
seealso:
  - module: faas.mesh.istio_traffic
"""

EXAMPLES = r"""
- name: Roll out version 2 of env, and go back when more than one of a hundred calls fails
  faas.mesh.istio_canary:
    function: env
    stable: env-v1
    canary: env-v2

- name: More careful, and judged by more calls
  faas.mesh.istio_canary:
    function: env
    stable: env-v1
    canary: env-v2
    steps: [1, 5, 10, 25, 50, 75, 100]
    success_rate: 99.9
    samples: 2000
    interval: 60
    patience: 3600
"""

RETURN = r"""
weights:
  description: Percent of the calls that each version has in the end. In check mode, if all goes well.
  type: dict
  returned: always
  sample: {env-v1: 0, env-v2: 100}
steps:
  description: The steps that were taken, in their order. None in check mode.
  type: list
  elements: dict
  returned: always
  contains:
    weight:
      description: Percent of the calls.
      type: int
    answers:
      description: How many answers it was judged by.
      type: int
    failed:
      description: How many of them were bad.
      type: int
    success_rate:
      description: Percent of good ones.
      type: float
    passed:
      description: Whether the step was passed.
      type: bool
  sample: [{weight: 5, answers: 104, failed: 0, success_rate: 100.0, passed: true}]
rolled_back:
  description: Whether all calls were given back to the stable version. The module has failed then.
  type: bool
  returned: always
  sample: false
objects:
  description: What happened to each object, counted from the beginning of the rollout.
  type: list
  elements: dict
  returned: always
  contains:
    api_version:
      description: API version of the object.
      type: str
    kind:
      description: Kind of the object.
      type: str
    namespace:
      description: Namespace of the object.
      type: str
    name:
      description: Name of the object.
      type: str
    verb:
      description: What was done, V(created), V(updated) or V(unchanged).
      type: str
  sample:
    - api_version: networking.istio.io/v1
      kind: VirtualService
      namespace: openfaas-fn
      name: traffic-env
      verb: updated
requests:
  description: Requests to the API server, by kind.
  type: dict
  returned: always
  sample: {read: 40, write: 8}
"""

from dataclasses import replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._istio.argspec import TRAFFIC
from ansible_collections.faas.mesh.plugins.module_utils._istio.canary import Rules
from ansible_collections.faas.mesh.plugins.module_utils._istio.counters import Callers
from ansible_collections.faas.mesh.plugins.module_utils._istio.ingress import Ingress
from ansible_collections.faas.mesh.plugins.module_utils._istio.rollout import Rollout
from ansible_collections.faas.mesh.plugins.module_utils._istio.route import INGRESS, MESH
from ansible_collections.faas.mesh.plugins.module_utils._istio.traffic import Traffic, options_of
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._progress import teller
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    **TRAFFIC,
    "function": {"type": "str", "required": True},
    "stable": {"type": "str"},
    "canary": {"type": "str", "required": True},
    "steps": {"type": "list", "elements": "int", "default": [5, 25, 50, 100]},
    "success_rate": {"type": "float", "default": 99},
    "samples": {"type": "int", "default": 100},
    "interval": {"type": "int", "default": 5},
    "patience": {"type": "int", "default": 600},
    "at": {"type": "str", "choices": [INGRESS, MESH], "default": INGRESS},
    "ingress_service": {"type": "str", "default": "istio-ingressgateway"},
}
RULES = ("steps", "success_rate", "samples", "interval", "patience")


def flow(module: AnsibleModule) -> Result:
    """Roll the version out."""
    params = module.params
    rules = Rules(**{name: params[name] for name in RULES}).checked()
    cluster = connect(params, SystemClock())
    rollout = Rollout(
        Traffic.of_params(cluster, params, module.check_mode),
        # The route may have further objects, which are not given here.
        replace(options_of(params), prune=False),
        params["function"],
        params["stable"] or params["function"],
        params["canary"],
        params["at"],
    )
    ingress = Ingress(cluster, params["ingress_namespace"], params["ingress_service"])
    callers = Callers.of_route(cluster, params["functions_namespace"], rollout.at, ingress, params["namespace"])
    return rollout.run(rules, callers, teller())


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
