#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_function_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_function_info
short_description: Read what an OpenFaaS gateway tells about its functions
description:
  - Reads all functions of a namespace, or one of them, with one request.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.connection
  - faas.mesh.read_only
options:
  name:
    description: The function to read. Without it, all functions are.
    type: str
  namespace:
    description: Namespace of the functions, by default the gateway's own.
    type: str
notes:
  - The Community Edition does not give environment variables, constraints and the read-only flag back.
  - The options that name a cluster serve O(password_secret) alone.
seealso:
  - module: faas.mesh.faas_function
"""

EXAMPLES = r"""
- name: Read all functions
  faas.mesh.faas_function_info:
    gateway: https://faas.example.com
  register: deployed

- name: Name those that no replica answers for
  ansible.builtin.debug:
    msg: "{{ deployed.functions | selectattr('available_replicas', 'eq', 0) | map(attribute='name') }}"
"""

RETURN = r"""
functions:
  description: The functions in the order of their names, without any where the one asked for does not exist.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The function's name.
      type: str
    namespace:
      description: Its namespace.
      type: str
    url:
      description: Where it is called.
      type: str
    image:
      description: Its container image.
      type: str
    fprocess:
      description: The process that its watchdog starts.
      type: str
    labels:
      description: Its labels, less those that OpenFaaS adds.
      type: dict
    annotations:
      description: Its annotations, less those that OpenFaaS and this collection add.
      type: dict
    secrets:
      description: Names of its secrets.
      type: list
      elements: str
    limits:
      description: The most that a replica may use, C(memory) and C(cpu).
      type: dict
    requests:
      description: What is set aside for a replica, C(memory) and C(cpu).
      type: dict
    replicas:
      description: How many replicas are wanted.
      type: int
    available_replicas:
      description: How many replicas answer.
      type: int
    invocation_count:
      description: How often it was called, as Prometheus counted. Zero where one function was asked for.
      type: int
    created_at:
      description: When it was made.
      type: str
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Key, Status
from ansible_collections.faas.mesh.plugins.module_utils._faas.gateway import Gateway
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import open_gateway
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, Any] = {**GATEWAY, **CONNECTION, "name": {"type": "str"}, "namespace": {"type": "str"}}


def flow(module: AnsibleModule) -> Result:
    """Read."""
    key = Key.checked(module.params["name"]) if module.params["name"] else None
    with open_gateway(module, SystemClock()) as gateway:
        rows = _rows(gateway, key, module.params["namespace"]) if gateway else []
    return {"changed": False, "functions": rows}


def _rows(gateway: Gateway, key: Key | None, namespace: str | None) -> list[dict[str, Any]]:
    if key is None:
        documents = gateway.functions(namespace)
    else:
        found = gateway.function(key.name, namespace)
        documents = [] if found is None else [found]
    rows = sorted((Status(document).facts() for document in documents), key=lambda row: str(row["name"]))
    return [{**row, "url": gateway.address.function_url(row["name"], namespace)} for row in rows]


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow, mutually_exclusive=[["password", "token"]])


if __name__ == "__main__":
    main()
