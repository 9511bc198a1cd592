#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_secret."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_secret
short_description: Keep secrets for OpenFaaS functions, or remove them
description:
  - Brings one secret, or a list of them, into the state described, through the OpenFaaS gateway. Functions that name
    them in their C(secrets) find each as a file C(/var/openfaas/secrets/NAME).
  - No value is ever returned, shown or logged.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.connection
options:
  state:
    description: Whether the secrets are to be there (V(present)) or not (V(absent)).
    type: str
    choices: [present, absent]
    default: present
  namespace:
    description:
      - Namespace of the secrets that name none themselves, by default the gateway's own, mostly C(openfaas-fn).
      - The Community Edition has no other.
    type: str
  name:
    description: Name of the secret, for one secret. Lower-case letters, digits, hyphens and dots.
    type: str
  value: &value
    description: The value, as text.
    type: str
  value_from_file: &value_from_file
    description: Path of a file with the value, text or not.
    type: path
  raw_value: &raw_value
    description: The value in base64, for what is no text. It is kept to the byte.
    type: str
  trim:
    description: Whether white space around O(value) and the content of O(value_from_file) is cut, as faas-cli does.
    type: bool
    default: true
  secrets:
    description:
      - The secrets, for several at once. When some fail, the others are done all the same, and the task fails with a
        list of those that did not work.
      - Give either this or O(name).
    type: list
    elements: dict
    suboptions:
      name:
        description: As O(name).
        type: str
        required: true
      namespace:
        description: As O(namespace), for this secret alone.
        type: str
      value: *value
      value_from_file: *value_from_file
      raw_value: *raw_value
  update:
    description:
      - What becomes of a secret that is there and whose value cannot be compared. The gateway gives no value back, so
        that is every secret where no cluster (O(kubeconfig), O(context) or O(host)) gives its Secrets out.
      - V(always) writes the value, which counts as a change every time.
      - V(on_create) leaves it as it is. A new value is then not written.
      - With such a cluster the values are compared in memory, and only one that differs is written. This option then
        does not count.
    type: str
    choices: [always, on_create]
    default: always
attributes:
  check_mode:
    support: partial
    description: The same plan is made, from the same reads, and nothing is written.
    details:
      - Without a cluster that gives its Secrets out, nobody can tell whether a value differs. With O(update=always) a
        secret that is there is then told as changed, and a real run does write it.
  diff_mode:
    support: full
    description: The names of what changes, and never a value.
notes:
  - To compare values, the right to get the Secrets in the functions' namespace is needed. Where it is missing, a
    warning says so, and O(update) decides.
  - With O(state=absent) and a cluster, a gateway that is gone too is no failure where the cluster has none of the
    secrets.
  - A running function sees a new value within about a minute, as Kubernetes brings its file up to date. None restarts.
seealso:
  - module: faas.mesh.faas_secret_info
  - module: faas.mesh.faas_function
"""

EXAMPLES = r"""
- name: Keep a secret whose value comes from a vault
  faas.mesh.faas_secret:
    gateway: https://faas.example.com
    name: api-key
    value: "{{ vault_api_key }}"

- name: Keep several, and write only those that differ from what the cluster has
  faas.mesh.faas_secret:
    gateway: https://faas.example.com
    kubeconfig: ~/.kube/config
    secrets:
      - name: api-key
        value: "{{ vault_api_key }}"
      - name: signing-key
        value_from_file: files/signing-key.pem
      - name: salt
        raw_value: "{{ vault_salt_base64 }}"

- name: Remove a secret
  faas.mesh.faas_secret:
    gateway: https://faas.example.com
    name: api-key
    state: absent
"""

RETURN = r"""
secrets:
  description: What became of each secret, in the order listed. A failed task has it too.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The secret's name.
      type: str
    namespace:
      description: The namespace asked for, null for the gateway's own.
      type: str
    verb:
      description: V(created), V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
    reason:
      description: Why it failed.
      returned: when it did
      type: str
  sample:
    - name: api-key
      namespace: null
      verb: created
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._faas import secret_plan
from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import refuse_repeated
from ansible_collections.faas.mesh.plugins.module_utils._faas.secret import SOURCES, Secret, secret_key
from ansible_collections.faas.mesh.plugins.module_utils._faas.secret_writer import SecretWriter, foretold
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import cluster_of, open_gateway
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, hide, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

VALUE: dict[str, Any] = {
    "value": {"type": "str", "no_log": True},
    "value_from_file": {"type": "path"},
    "raw_value": {"type": "str", "no_log": True},
}

SPEC: dict[str, Any] = {
    **GATEWAY,
    **CONNECTION,
    **VALUE,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "namespace": {"type": "str"},
    "name": {"type": "str"},
    "trim": {"type": "bool", "default": True},
    "secrets": {
        "type": "list",
        "elements": "dict",
        "no_log": False,
        "options": {**VALUE, "name": {"type": "str", "required": True}, "namespace": {"type": "str"}},
    },
    "update": {"type": "str", "choices": ["always", "on_create"], "default": "always"},
}


def flow(module: AnsibleModule) -> Result:
    """Plan, then carry out."""
    params = module.params
    clock = SystemClock()
    given = params["secrets"] if params["secrets"] is not None else [params]
    keys = [secret_key(options["name"], options["namespace"] or params["namespace"]) for options in given]
    refuse_repeated(keys, "secret")
    present = params["state"] == "present"
    wanted = []
    if present:
        for key, options in zip(keys, given, strict=True):
            secret = Secret.of_options(key, {**options, "trim": params["trim"]})
            hide(module, secret.forms)
            wanted.append(secret)
    try:
        with open_gateway(module, clock) as gateway:
            there = secret_plan.present(gateway, keys) if gateway else {}
            if present:
                values = secret_plan.Values(cluster_of(module, clock) if there else None, module.warn)
                changes = secret_plan.deployments(wanted, there, values, params["update"] == "always")
            else:
                changes = secret_plan.removals(keys, there)
            if module.check_mode or gateway is None:
                return foretold(changes)
            return SecretWriter(gateway).carry_out(changes)
    except MeshError as error:
        # After the gateway itself was removed there is nobody to ask but the cluster.
        cluster = None if present or error.result else cluster_of(module, clock)
        if cluster is None or secret_plan.is_any_kept(cluster, keys):
            raise
        module.warn(f"The cluster has none of these secrets, so there is nothing to remove. {error}")
        return foretold(secret_plan.removals(keys, {}))


def main() -> None:
    """Run the module."""
    run_module(
        SPEC,
        flow,
        withheld=("secrets",),
        mutually_exclusive=[
            ["password", "token"],
            ["name", "secrets"],
            list(SOURCES),
            *([name, "secrets"] for name in SOURCES),
        ],
        required_one_of=[["name", "secrets"]],
    )


if __name__ == "__main__":
    main()
