#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module openfaas_credentials."""

from __future__ import annotations

DOCUMENTATION = r"""
module: openfaas_credentials
short_description: Make the user and password of an OpenFaaS gateway once
description:
  - Makes the Secret that the OpenFaaS chart mounts into its gateway, with a random password of 40 letters and digits.
  - A Secret that is already there is never overwritten, whoever made it. A new password is written only with
    O(rotate=true).
  - The password is never returned. Read it with C(kubectl), or log in with M(faas.mesh.faas_login) and its
    O(faas.mesh.faas_login#module:password_secret).
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
options:
  namespace:
    description: Namespace of the Secret, which is the gateway's. It must exist.
    type: str
    default: openfaas
  name:
    description: Name of the Secret. The chart expects V(basic-auth).
    type: str
    default: basic-auth
  user:
    description: Name of the user in a Secret that is made. An existing Secret keeps its own.
    type: str
    default: admin
  rotate:
    description:
      - Whether to replace the password by a new one, also in a Secret that somebody else made.
      - Every run with it writes a new password. Restart the programs that read the Secret afterwards, and log in again.
    type: bool
    default: false
  set_namespace:
    description: Namespace of the ConfigMap in which the set C(openfaas-credentials) remembers that we made the Secret.
    type: str
    default: faas-mesh
attributes:
  check_mode:
    support: full
    description: The cluster's own dry run tells what would change; nothing is written.
  diff_mode:
    support: full
    description: The values are left out.
seealso:
  - module: faas.mesh.faas_login
  - module: faas.mesh.kube_objects
    description: Removes the Secret again, with the set C(openfaas-credentials) and state V(absent).
"""

EXAMPLES = r"""
- name: Have credentials before the chart is applied
  faas.mesh.openfaas_credentials:

- name: Replace the password
  faas.mesh.openfaas_credentials:
    rotate: true
  register: credentials

- name: Restart the gateway with it
  faas.mesh.kube_objects:
    set: openfaas
    chart: {ref: openfaas, repository: https://openfaas.github.io/faas-netes/, version: 15.0.6, namespace: openfaas}
    overlays:
      - kind: Deployment
        name: gateway
        patch: {spec: {template: {metadata: {annotations: {faas.mesh/rotated: "{{ credentials.rotated }}"}}}}}
"""

RETURN = r"""
namespace:
  description: Namespace of the Secret.
  type: str
  returned: success
  sample: openfaas
name:
  description: Name of the Secret.
  type: str
  returned: success
  sample: basic-auth
user:
  description: The user that the Secret names.
  type: str
  returned: success
  sample: admin
rotated:
  description: When the password was last replaced, in UTC. Empty when it never was.
  type: str
  returned: success
  sample: "2026-11-22T16:05:00Z"
objects:
  description:
    - What was done to the Secret, in the form that M(faas.mesh.kube_objects) returns it.
    - Empty when the Secret was there.
  type: list
  elements: dict
  returned: success
"""

import datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils import _module
from ansible_collections.faas.mesh.plugins.module_utils._faas import basic_auth
from ansible_collections.faas.mesh.plugins.module_utils._kube import engine
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

SET = "openfaas-credentials"

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    "namespace": {"type": "str", "default": "openfaas"},
    "name": {"type": "str", "default": "basic-auth"},
    "user": {"type": "str", "default": "admin"},
    "rotate": {"type": "bool", "default": False},
    "set_namespace": {"type": "str", "default": "faas-mesh"},
}


def flow(module: AnsibleModule) -> dict[str, Any]:
    """Bring the Secret about, and say whose it is and when its password was replaced."""
    params = module.params
    namespace, name, rotate = params["namespace"], params["name"], params["rotate"]
    options = engine.Options(
        set=SET, set_namespace=params["set_namespace"], on_conflict="take" if rotate else "fail", wait=False
    )
    cluster = connect(params, SystemClock())
    live = cluster.get(basic_auth.secret_path(namespace, name))
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    wanted = basic_auth.wanted(live, params["user"], rotate=rotate, now=now)
    _module.hide(module, [wanted.password])
    result: dict[str, Any] = {"changed": False, "objects": []}
    if live is None or rotate:
        result = engine.converge(cluster, [[wanted.secret(namespace, name)]], options, module.check_mode).as_result()
    return {**result, "namespace": namespace, "name": name, "user": wanted.user, "rotated": wanted.rotated}


def main() -> None:
    """Run the module."""
    _module.run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
