#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_info
short_description: Read what an OpenFaaS gateway tells about itself
description:
  - Reads the edition, the versions, what the edition limits, the namespaces for functions, and whether the gateway is
    well.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.connection
  - faas.mesh.read_only
notes:
  - The options that name a cluster serve O(password_secret) alone.
seealso:
  - module: faas.mesh.faas_function_info
"""

EXAMPLES = r"""
- name: Look at the gateway
  faas.mesh.faas_info:
    gateway: https://faas.example.com
  register: openfaas

- name: Stop before more functions are deployed than the edition runs
  ansible.builtin.assert:
    that: openfaas.limits.functions is none or wanted_functions | length <= openfaas.limits.functions
"""

RETURN = r"""
edition:
  description: V(ce) for the Community Edition, V(pro) for any other. Null while its provider is away.
  returned: success
  type: str
  sample: ce
healthy:
  description: Whether the gateway reaches its provider. Null where it has no address yet.
  returned: success
  type: bool
  sample: true
provider:
  description: The provider's name.
  returned: success
  type: str
  sample: faas-netes-ce
orchestration:
  description: What the provider runs functions on.
  returned: success
  type: str
  sample: kubernetes
versions:
  description: The releases.
  returned: success
  type: dict
  contains:
    gateway:
      description: That of the gateway.
      type: str
      sample: 0.27.13
    provider:
      description: That of its provider.
      type: str
      sample: 0.18.17
architecture:
  description: The processor that the gateway runs on. Other nodes of the cluster may have another.
  returned: success
  type: str
  sample: x86_64
namespaces:
  description: The namespaces that may hold functions. Null while the gateway does not reach its provider.
  returned: success
  type: list
  elements: str
  sample: [openfaas-fn]
limits:
  description: What the edition allows at most, each null for no limit.
  returned: success
  type: dict
  contains:
    functions:
      description: Functions in all.
      type: int
      sample: 15
    replicas:
      description: Replicas of one function.
      type: int
      sample: 5
    namespaces:
      description: Namespaces for functions.
      type: int
      sample: 1
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._faas import edition
from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import open_gateway
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, Any] = {**GATEWAY, **CONNECTION}


def flow(module: AnsibleModule) -> Result:
    """Read."""
    with open_gateway(module, SystemClock()) as gateway:
        return {"changed": False, **(edition.facts(gateway) if gateway else edition.NO_FACTS)}


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow, mutually_exclusive=[["password", "token"]])


if __name__ == "__main__":
    main()
