#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_namespace."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_namespace
short_description: Have namespaces for OpenFaaS functions, or remove them
description:
  - Makes a further namespace for functions through the OpenFaaS gateway, gives it labels and annotations, or removes
    it.
  - Needs OpenFaaS Pro. The Community Edition has one namespace for functions, which this module does not touch.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.wait
  - faas.mesh.connection
options:
  state:
    description:
      - Whether the namespace is to be there (V(present)) or not (V(absent)).
      - V(absent) removes everything in it too, functions and secrets included.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name of the namespace.
    type: str
    required: true
  labels:
    description: Labels that it is to have. Others that it has stay, such as those that a mesh needs.
    type: dict
    default: {}
  annotations:
    description: Annotations that it is to have. Others that it has stay.
    type: dict
    default: {}
attributes:
  check_mode:
    support: full
    description: The same plan is made, from the same read, and nothing is written or waited for.
  diff_mode:
    support: full
    description: Labels and annotations before and after.
notes:
  - The options that name a cluster serve O(password_secret) alone.
  - With O(wait) the module ends when the gateway shows the change, and with O(state=absent) when the namespace is gone.
seealso:
  - module: faas.mesh.faas_function
  - module: faas.mesh.faas_info
"""

EXAMPLES = r"""
- name: Have a namespace for the functions of one team, inside the mesh
  faas.mesh.faas_namespace:
    gateway: https://faas.example.com
    name: team-blue
    labels: {istio-injection: enabled}

- name: Remove it with all its functions
  faas.mesh.faas_namespace:
    gateway: https://faas.example.com
    name: team-blue
    state: absent
"""

RETURN = r"""
name:
  description: The namespace's name.
  returned: success
  type: str
  sample: team-blue
verb:
  description: V(created), V(updated), V(deleted) or V(unchanged).
  returned: success
  type: str
  sample: created
labels:
  description: All its labels, null where there is no such namespace.
  returned: success
  type: dict
annotations:
  description: All its annotations, null where there is no such namespace.
  returned: success
  type: dict
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._faas import namespace
from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import open_gateway
from ansible_collections.faas.mesh.plugins.module_utils._faas.texts import texts
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION, WAIT
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, Any] = {
    **GATEWAY,
    **WAIT,
    **CONNECTION,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "labels": {"type": "dict", "default": {}},
    "annotations": {"type": "dict", "default": {}},
}


def flow(module: AnsibleModule) -> Result:
    """Plan, then carry out."""
    params = module.params
    name = namespace.checked_name(params["name"])
    labels = texts(params["labels"], f"labels of namespace '{name}'")
    annotations = texts(params["annotations"], f"annotations of namespace '{name}'")
    with open_gateway(module, SystemClock()) as gateway:
        live = namespace.look(gateway, name) if gateway else None
        if params["state"] == "present":
            change = namespace.present(name, live, labels, annotations)
        else:
            change = namespace.absent(name, live)
        if gateway and not module.check_mode:
            namespace.apply(gateway, change, params["timeout"] if params["wait"] else None)
    return change.result()


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow, mutually_exclusive=[["password", "token"]])


if __name__ == "__main__":
    main()
