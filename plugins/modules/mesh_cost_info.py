#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module mesh_cost_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mesh_cost_info
short_description: Tell what a mesh costs in CPU and memory
description:
  - Reads what every container and node uses from the resource metrics API, which metrics-server serves, and tells which
    of it belongs to the mesh.
  - Figures are those of C(kubectl top pod --containers) and C(kubectl top node), in thousandths of a core (rounded up)
    and mebibytes (rounded down). Sums are summed first and rounded then, as C(kubectl top pod) does it.
  - A sidecar is a container C(istio-proxy) beside others in its pod, also as a native one; alone it is a gateway. The
    control plane are the pods with the label C(app=istiod).
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
options:
  before:
    description:
      - File with the result of this module at an earlier time, as JSON. Rows then tell what was there at that time.
      - Where there is no such file, they do not.
    type: path
  wait:
    description:
      - Whether to wait until every running container has a figure. metrics-server looks at each twice before it has
        one, every 15 seconds by default.
    type: bool
    default: true
  timeout:
    description:
      - For how many seconds. Containers without a figure are named in RV(missing) then, with a warning.
      - A metrics-server that does not answer just now is waited for as long.
    type: int
    default: 120
attributes:
  check_mode:
    support: full
    description: Reads only. In check mode a metrics-server that is not there yet is a warning, and RV(available) false.
  diff_mode:
    support: none
    description: Changes nothing.
notes:
  - Needs the right to list C(pods) and C(nodes), in the core group and in C(metrics.k8s.io).
"""

EXAMPLES = r"""
- name: Measure
  faas.mesh.mesh_cost_info:
  register: cost

- name: Show what the mesh costs
  ansible.builtin.debug:
    msg: "The mesh uses {{ cost.mesh.cpu_millicores }}m CPU and {{ cost.mesh.memory_mib }}Mi memory."
"""

RETURN = r"""
available:
  description: Whether there are figures. False only in check mode, and then nothing else is returned.
  type: bool
  returned: always
measured_at:
  description: Time of the newest figure. Each is the average of the seconds since the one before it.
  type: str
  returned: when available
  sample: "2026-11-28T17:20:53Z"
before_measured_at:
  description: The same of O(before), null without such a file.
  type: str
  returned: when available
mesh:
  description: All of the mesh, C(cpu_millicores), C(memory_mib) and how many C(containers).
  type: dict
  returned: when available
  sample: {containers: 9, cpu_millicores: 41, memory_mib: 412}
parts:
  description:
    - The same by part, with its C(name), V(application), V(sidecar), V(gateway) or V(control_plane). The first is what
      does not belong to the mesh.
  type: list
  elements: dict
  returned: when available
namespaces:
  description: What each namespace uses.
  type: list
  elements: dict
  returned: when available
  contains:
    name:
      description: Name of the namespace.
      type: str
    pods:
      description: How many pods have figures.
      type: int
    sidecars:
      description: How many sidecars have.
      type: int
    cpu_millicores:
      description: CPU in thousandths of a core.
      type: int
    memory_mib:
      description: Memory in mebibytes.
      type: int
    mesh:
      description: What of it belongs to the mesh, C(cpu_millicores) and C(memory_mib).
      type: dict
    before:
      description: The same as it was in O(before), zeros for a namespace that was not there, null without such a file.
      type: dict
    added:
      description: What came to it since, null without such a file.
      type: dict
nodes:
  description: What each node uses, programs outside of pods included. As RV(namespaces), and more.
  type: list
  elements: dict
  returned: when available
  contains:
    cpu_percent:
      description: Percent of RV(nodes[].allocatable).
      type: int
    memory_percent:
      description: Percent of RV(nodes[].allocatable).
      type: int
    allocatable:
      description: What pods may use of the node, C(cpu_millicores) and C(memory_mib).
      type: dict
sidecars:
  description: What each sidecar uses, in the form of RV(containers).
  type: list
  elements: dict
  returned: when available
containers:
  description: What each container uses, C(cpu_millicores) and C(memory_mib), with C(namespace), C(pod), C(container),
    C(node) and C(part).
  type: list
  elements: dict
  returned: when available
missing:
  description: Running containers that have no figure yet, as C(namespace/pod container).
  type: list
  elements: str
  returned: when available
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._istio.cost import measure
from ansible_collections.faas.mesh.plugins.module_utils._istio.cost_rows import Earlier, rows
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION, WAIT
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._kube.metrics import NoMetrics
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._progress import teller
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    **WAIT,
    "before": {"type": "path"},
    "timeout": {"type": "int", "default": 120},
}


def flow(module: AnsibleModule) -> Result:
    """Measure, and tell the figures in rows."""
    params = module.params
    earlier = Earlier.read(Path(params["before"])) if params["before"] else None
    clock = SystemClock()
    try:
        # Nothing new comes up in check mode, so nothing is worth to wait for.
        seconds = params["timeout"] if params["wait"] and not module.check_mode else 0
        measured = measure(connect(params, clock), clock, seconds, teller())
    except NoMetrics as error:
        if not module.check_mode:
            raise
        return {"changed": False, "available": False, "warnings": [str(error)]}
    warnings = [f"No figures yet of {', '.join(measured.missing)}."] if measured.missing else []
    return {"changed": False, "available": True, **rows(measured, earlier), "warnings": warnings}


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
