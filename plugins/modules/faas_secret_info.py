#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_secret_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_secret_info
short_description: List the secrets that an OpenFaaS gateway keeps for functions
description:
  - Reads the names of all secrets of one namespace or of several, with one request for each.
  - The gateway never gives a value back.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.connection
  - faas.mesh.read_only
options:
  namespaces:
    description: The namespaces to list, by default the gateway's own.
    type: list
    elements: str
    aliases: [namespace]
notes:
  - Only secrets that were made through a gateway are listed.
  - The options that name a cluster serve O(password_secret) alone.
seealso:
  - module: faas.mesh.faas_secret
"""

EXAMPLES = r"""
- name: List the secrets
  faas.mesh.faas_secret_info:
    gateway: https://faas.example.com
  register: kept

- name: Say which are missing
  ansible.builtin.debug:
    msg: "{{ ['api-key', 'signing-key'] | difference(kept.secrets | map(attribute='name')) }}"
"""

RETURN = r"""
secrets:
  description: The secrets in the order of the namespaces, and of their names in each.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The secret's name.
      type: str
    namespace:
      description: Its namespace.
      type: str
  sample:
    - name: api-key
      namespace: openfaas-fn
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import DEFAULT_NAMESPACE
from ansible_collections.faas.mesh.plugins.module_utils._faas.gateway import Gateway
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import open_gateway
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, Any] = {
    **GATEWAY,
    **CONNECTION,
    "namespaces": {"type": "list", "elements": "str", "aliases": ["namespace"]},
}


def flow(module: AnsibleModule) -> Result:
    """Read."""
    namespaces = module.params["namespaces"] or [None]
    with open_gateway(module, SystemClock()) as gateway:
        rows = [row for namespace in namespaces for row in _rows(gateway, namespace)] if gateway else []
    return {"changed": False, "secrets": rows}


def _rows(gateway: Gateway, namespace: str | None) -> list[dict[str, str]]:
    rows = [
        {"name": str(found.get("name")), "namespace": str(found.get("namespace") or namespace or DEFAULT_NAMESPACE)}
        for found in gateway.secrets(namespace)
    ]
    return sorted(rows, key=lambda row: row["name"])


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow, mutually_exclusive=[["password", "token"]])


if __name__ == "__main__":
    main()
