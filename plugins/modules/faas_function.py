#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_function."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_function
short_description: Deploy OpenFaaS functions, or remove them
description:
  - Brings one function, or a list of them, into the state described, through the OpenFaaS gateway.
  - A function that is as described gets no request that changes something, since OpenFaaS restarts a function's pods
    for every one. However many functions are listed, one request finds that out.
  - The options describe a function whole, as OpenFaaS replaces it whole. What is left out is removed.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.wait
  - faas.mesh.connection
options:
  state:
    description: Whether the functions are to be there (V(present)) or not (V(absent)).
    type: str
    choices: [present, absent]
    default: present
  namespace:
    description:
      - Namespace of the functions that name none themselves, by default the gateway's own, mostly C(openfaas-fn).
      - The Community Edition has no other.
    type: str
  name:
    description: Name of the function, for one function. At most 63 lower-case letters, digits and hyphens.
    type: str
  image: &image
    description: Container image of the function, needed unless O(state=absent).
    type: str
  fprocess: &fprocess
    description: Process that the function's watchdog starts for a request.
    type: str
  env: &env
    description:
      - Environment variables of the function. Numbers and truth values become text as JSON writes them.
      - They are no place for secrets, as everybody who may read Deployments sees them. Use O(secrets).
    type: dict
    aliases: [environment]
  labels: &labels
    description: Labels of the function's pods, such as C(com.openfaas.scale.min).
    type: dict
  annotations: &annotations
    description: Annotations of the function's pods, such as C(topic).
    type: dict
  secrets: &secrets
    description: Names of OpenFaaS secrets that the function gets to read. They must exist.
    type: list
    elements: str
  limits: &limits
    description: The most that a replica may use.
    type: dict
    suboptions: &resources
      memory:
        description: Memory, such as V(64Mi).
        type: str
      cpu:
        description: CPU, such as V(100m).
        type: str
  requests: &requests
    description: What is set aside for a replica.
    type: dict
    suboptions: *resources
  constraints: &constraints
    description: Conditions for nodes to run on, such as V(kubernetes.io/arch = arm64).
    type: list
    elements: str
  readonly_root_filesystem: &readonly
    description: Whether the function may write to C(/tmp) only. By default it may write anywhere in its container.
    type: bool
  functions:
    description:
      - The functions, for several at once. They are written up to eight at a time. When some fail, the others are done
        all the same, and the task fails with a list of those that did not work.
      - Give either this or O(name).
    type: list
    elements: dict
    suboptions:
      name:
        description: As O(name).
        type: str
        required: true
      namespace:
        description: As O(namespace), for this function alone.
        type: str
      image: *image
      fprocess: *fprocess
      env: *env
      labels: *labels
      annotations: *annotations
      secrets: *secrets
      limits: *limits
      requests: *requests
      constraints: *constraints
      readonly_root_filesystem: *readonly
attributes:
  check_mode:
    support: full
    description: The same plan is made, from the same reads, and nothing is written or waited for.
  diff_mode:
    support: full
    description: One difference for each function that changes.
notes:
  - The Community Edition never gives O(env), O(constraints) and O(readonly_root_filesystem) back. So each function gets
    the annotation C(faas.mesh/config-hash) with their digests, which is compared instead. What somebody changes in
    these three directly in the Deployment is therefore not seen. A function that another tool deployed lacks the
    annotation, and is written once.
  - O(wait) ends when a function has a replica that answers, or is gone. The gateway cannot tell new replicas from old
    ones. With a cluster (O(kubeconfig), O(context) or O(host)), O(wait) ends when the new pods have replaced the old
    ones, and a failure tells the pods' own reason, such as an image that cannot be pulled. Without one, the Python
    library C(kubernetes) is not needed.
  - With O(state=absent) and a cluster, a gateway that is gone too is no failure where the cluster has none of
    the functions.
  - With a cluster the rights to get Deployments and to list Pods and Events in the functions' namespace are needed, and
    used only when there is something to wait for, or no gateway.
seealso:
  - module: faas.mesh.faas_login
  - module: faas.mesh.faas_function_info
  - module: faas.mesh.faas_invoke
"""

EXAMPLES = r"""
- name: Deploy a function and wait until it answers
  faas.mesh.faas_function:
    gateway: https://faas.example.com
    password: "{{ gateway_password }}"
    name: resize
    image: registry.example.com/resize:1.4
    env: {STAGE: prod}
    limits: {memory: 128Mi, cpu: 100m}

- name: Deploy several with the login that faas_login wrote, and tell why pods do not come up
  faas.mesh.faas_function:
    gateway: https://faas.example.com
    kubeconfig: ~/.kube/config
    functions:
      - name: nodeinfo
        image: ghcr.io/openfaas/nodeinfo:latest
      - name: env
        image: ghcr.io/openfaas/alpine:latest
        fprocess: env

- name: Remove a function
  faas.mesh.faas_function:
    gateway: https://faas.example.com
    name: resize
    state: absent
"""

RETURN = r"""
functions:
  description: What became of each function, in the order listed. A failed task has it too.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The function's name.
      type: str
    namespace:
      description: The namespace asked for, null for the gateway's own.
      type: str
    url:
      description: Where the function is called, null while the gateway has no address.
      type: str
    verb:
      description: V(created), V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
    reason:
      description: Why it failed, or was not ready in time.
      returned: when it did
      type: str
  sample:
    - name: env
      namespace: null
      url: https://faas.example.com/function/env
      verb: created
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._faas import plan
from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import FUNCTION, GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.converge import Options, converge
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Function, Key
from ansible_collections.faas.mesh.plugins.module_utils._faas.observe import Observation, observe
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import cluster_of, open_gateway
from ansible_collections.faas.mesh.plugins.module_utils._faas.settle import workload_of
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION, WAIT
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, Any] = {
    **GATEWAY,
    **WAIT,
    **CONNECTION,
    **FUNCTION,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "namespace": {"type": "str"},
    "name": {"type": "str"},
    "functions": {
        "type": "list",
        "elements": "dict",
        "options": {**FUNCTION, "name": {"type": "str", "required": True}, "namespace": {"type": "str"}},
    },
}


def flow(module: AnsibleModule) -> Result:
    """Plan, then carry out."""
    params = module.params
    clock = SystemClock()
    given = params["functions"] if params["functions"] is not None else [params]
    keys = [Key.checked(options["name"], options["namespace"] or params["namespace"]) for options in given]
    plan.refuse_repeated(keys)
    present = params["state"] == "present"
    wanted = [Function.of_options(key, options) for key, options in zip(keys, given, strict=True)] if present else []
    how = Options(
        check=module.check_mode,
        wait=params["timeout"] if params["wait"] else None,
        connect=lambda: cluster_of(module, clock),
        warn=module.warn,
    )
    try:
        with open_gateway(module, clock) as gateway:
            seen = observe(gateway, keys) if gateway else Observation()
            for warning in seen.warnings:
                module.warn(warning)
            changes = plan.deployments(wanted, seen.statuses) if present else plan.removals(keys, seen.statuses)
            return converge(gateway, changes, how)
    except MeshError as error:
        # After the gateway itself was removed there is nobody to ask but the cluster.
        cluster = None if present or error.result else cluster_of(module, clock)
        if cluster is None or any(workload_of(cluster, key) for key in keys):
            raise
        module.warn(f"The cluster has none of these functions, so there is nothing to remove. {error}")
        return converge(None, plan.removals(keys, {}), how)


def main() -> None:
    """Run the module."""
    run_module(
        SPEC,
        flow,
        mutually_exclusive=[["password", "token"], ["name", "functions"], *([name, "functions"] for name in FUNCTION)],
        required_one_of=[["name", "functions"]],
    )


if __name__ == "__main__":
    main()
