#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module kube_api_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_api_info
short_description: Tell whether a cluster serves an API group, and whose it is
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
description:
  - Tells whether the cluster serves the kinds of a program, and whether a set of M(faas.mesh.kube_objects) holds that
    program.
  - The roles P(faas.mesh.tls#role) and P(faas.mesh.observe#role) leave a cert-manager or a metrics-server alone that
    somebody else installed.
extends_documentation_fragment:
  - faas.mesh.connection
  - faas.mesh.read_only
options:
  group:
    description: The API group, such as V(cert-manager.io) or V(metrics.k8s.io).
    type: str
    required: true
  set:
    description: Name of the set that would hold the program.
    type: str
    required: true
  set_namespace:
    description: Namespace of the ConfigMaps in which the sets are remembered.
    type: str
    default: faas-mesh
"""

EXAMPLES = r"""
- name: Look for cert-manager
  faas.mesh.kube_api_info:
    group: cert-manager.io
    set: cert-manager
  register: found
"""

RETURN = r"""
served:
  description: Whether the cluster serves O(group).
  type: bool
  returned: success
  sample: true
managed:
  description: Whether O(set) holds something.
  type: bool
  returned: success
  sample: false
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._kube.sets import Sets
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    "group": {"type": "str", "required": True},
    "set": {"type": "str", "required": True},
    "set_namespace": {"type": "str", "default": "faas-mesh"},
}


def flow(module: AnsibleModule) -> Result:
    """Look for the API group and for the set."""
    params = module.params
    cluster = connect(params, SystemClock())
    return {
        "changed": False,
        "served": cluster.get(f"/apis/{params['group']}") is not None,
        "managed": bool(Sets.read(cluster, params["set_namespace"]).receipt(params["set"]).members),
    }


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
