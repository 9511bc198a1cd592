#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_logs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_logs
short_description: Read what an OpenFaaS function wrote to its log
description:
  - Reads the last messages of a function's replicas, through the OpenFaaS gateway, and does not wait for later ones.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.connection
  - faas.mesh.read_only
options:
  name:
    description: The function.
    type: str
    required: true
  namespace:
    description: Namespace of the function, by default the gateway's own.
    type: str
  instance:
    description: The replica to read, by the name of its pod. By default all are.
    type: str
  tail:
    description: How many messages to read of each replica, counted from the end. V(-1) reads all that are kept.
    type: int
    default: 100
  since:
    description:
      - Only messages that are not older than this. Either a duration such as V(10m) or V(1h30m), or a moment such as
        V(2026-01-31T12:00:00Z).
    type: str
notes:
  - What a function writes may hold secrets. Set C(no_log) on the task where it does.
  - The options that name a cluster serve O(password_secret) alone.
seealso:
  - module: faas.mesh.faas_function_info
"""

EXAMPLES = r"""
- name: Read what a function wrote in the last ten minutes
  faas.mesh.faas_logs:
    gateway: https://faas.example.com
    name: resize
    since: 10m
  register: log

- name: Show it
  ansible.builtin.debug:
    msg: "{{ log.messages | map(attribute='text') }}"
"""

RETURN = r"""
messages:
  description:
    - The messages in the order in which they were written. None where the function wrote nothing, or is not deployed.
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
    instance:
      description: The replica, by the name of its pod.
      type: str
    timestamp:
      description: When the message was written.
      type: str
    text:
      description: The message.
      type: str
  sample:
    - name: resize
      namespace: openfaas-fn
      instance: resize-6b8f5c4d9-x2x7k
      timestamp: "2026-01-31T12:00:00Z"
      text: 2026/01/31 12:00:00 POST / - 200 OK
"""

import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._faas import log_query
from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Key
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import open_gateway
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, Any] = {
    **GATEWAY,
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "instance": {"type": "str"},
    "tail": {"type": "int", "default": 100},
    "since": {"type": "str"},
}


def flow(module: AnsibleModule) -> Result:
    """Read."""
    params = module.params
    key = Key.checked(params["name"], params["namespace"])
    query: dict[str, Any] = {"name": key.name, "tail": params["tail"]}
    if key.namespace:
        query["namespace"] = key.namespace
    if params["instance"]:
        query["instance"] = params["instance"]
    if params["since"]:
        query["since"] = log_query.moment(params["since"], datetime.datetime.now(datetime.UTC))
    with open_gateway(module, SystemClock()) as gateway:
        messages = log_query.read(gateway, query) if gateway else []
    return {"changed": False, "messages": messages}


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow, mutually_exclusive=[["password", "token"]])


if __name__ == "__main__":
    main()
