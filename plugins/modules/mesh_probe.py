#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module mesh_probe."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mesh_probe
short_description: Measure calls between two pods, and the first one from zero replicas
description:
  - Has one pod call another at an even pace, and tells within how many milliseconds half of the calls and 99 of 100 of
    them were answered.
  - Then scales the other pod's Deployment to zero and back to one, and tells how many seconds passed from the request
    to scale up to the first answer that the first pod got. It tries again at once; a try takes some 50 milliseconds,
    and half a second where the network drops calls that nobody takes.
  - Both pods run the server of fortio (U(https://fortio.org)) at port 8080, the other one behind a Service of its
    Deployment's name. The role P(faas.mesh.observe#role) makes such pairs with and without sidecars.
  - Calls go from pod to pod; only the first pod is asked through the API server, by a port-forward.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
options:
  namespace:
    description: Namespace of both pods.
    type: str
    required: true
  client:
    description: Deployment whose pod calls.
    type: str
    default: client
  server:
    description: Deployment and Service that are called.
    type: str
    default: server
  sidecars:
    description:
      - Whether both pods have to have sidecars, so that figures are never told of another thing than they are of.
      - By default it is not looked at.
    type: bool
  rate:
    description: Calls a second.
    type: int
    default: 100
  connections:
    description: Connections that stay open, over which the calls are spread.
    type: int
    default: 2
  seconds:
    description: For how long calls are sent, 1 to 20. Some before them are not counted.
    type: int
    default: 10
  starts:
    description: How often the start from zero is measured. V(0) does not.
    type: int
    default: 3
  timeout:
    description: For how many seconds one start may take.
    type: int
    default: 120
attributes:
  check_mode:
    support: partial
    description: Tells that it would scale.
    details: Sends and scales nothing, so that the figures are null.
  diff_mode:
    support: none
    description: What is scaled to zero is scaled back to one.
notes:
  - Needs the rights to get C(deployments), list C(pods), get and create C(pods/portforward), and patch
    C(deployments/scale).
"""

EXAMPLES = r"""
- name: Measure calls with sidecars
  faas.mesh.mesh_probe:
    namespace: with-sidecars
    sidecars: true
  register: probe
"""

RETURN = r"""
calls:
  description: How many calls were counted. All were answered.
  type: int
  returned: success
  sample: 1000
p50_ms:
  description: Within how many milliseconds half of the calls were answered.
  type: float
  returned: success
  sample: 0.734
p99_ms:
  description: Within how many milliseconds 99 of 100 calls were answered.
  type: float
  returned: success
  sample: 2.31
starts_seconds:
  description: Seconds from the request to scale from zero to one to the first answer, of each start.
  type: list
  elements: float
  returned: success
  sample: [1.82, 1.64, 1.71]
start_seconds:
  description: The median of RV(starts_seconds), null without one.
  type: float
  returned: success
  sample: 1.71
"""

from statistics import median
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio.probe import Load, Pair
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._progress import teller
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    "namespace": {"type": "str", "required": True},
    "client": {"type": "str", "default": "client"},
    "server": {"type": "str", "default": "server"},
    "sidecars": {"type": "bool"},
    "rate": {"type": "int", "default": 100},
    "connections": {"type": "int", "default": 2},
    "seconds": {"type": "int", "default": 10},
    "starts": {"type": "int", "default": 3},
    "timeout": {"type": "int", "default": 120},
}


def flow(module: AnsibleModule) -> Result:
    """Measure the calls, then the starts."""
    params = module.params
    load = Load(params["rate"], params["connections"], params["seconds"])
    load.verify()
    if params["starts"] < 0:
        raise MeshError(f"starts is {params['starts']}: give 0 or more.")
    changed = params["starts"] > 0
    if module.check_mode:
        return {
            "changed": changed,
            "calls": 0,
            "p50_ms": None,
            "p99_ms": None,
            "starts_seconds": [],
            "start_seconds": None,
        }
    clock, tell = SystemClock(), teller()
    pair = Pair(connect(params, clock), params["namespace"], params["client"], params["server"])
    if params["sidecars"] is not None:
        pair.verify(params["sidecars"])
    tell(f"sending calls in namespace {pair.namespace}")
    latency = pair.latency(load)
    starts = list(pair.starts(params["starts"], clock, params["timeout"], tell))
    asked = load.rate * load.seconds
    return {
        "changed": changed,
        "calls": latency.calls,
        "p50_ms": latency.p50,
        "p99_ms": latency.p99,
        "starts_seconds": starts,
        "start_seconds": round(median(starts), 2) if starts else None,
        "warnings": [
            f"Only {latency.calls} of {asked} calls were sent in namespace {pair.namespace} in {load.seconds} s: they "
            "take too long for that pace, so ask for fewer a second or for more connections."
        ]
        if latency.calls < asked
        else [],
    }


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
