#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_function."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_function
short_description: Deploy OpenFaaS functions, or remove them
description:
  - Brings one function, a list of them, or those of a stack file into the state described, through the gateway.
  - A function that is as described gets no request that changes something, since OpenFaaS restarts a function's pods
    for every one. However many functions are listed, one request finds that out.
  - The options describe a function whole, as OpenFaaS replaces it whole. What is left out is removed.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.wait
  - faas.mesh.connection
  - faas.mesh.store
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
    description: Container image of the function, needed unless O(state=absent) or O(store) names one.
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
    description:
      - Conditions for nodes to run on, such as V(kubernetes.io/arch = arm64).
      - The Community Edition takes them and does nothing with them.
    type: list
    elements: str
  readonly_root_filesystem: &readonly
    description: Whether the function may write to C(/tmp) only. By default it may write anywhere in its container.
    type: bool
  store: &store
    description:
      - Name or title of a function in the function store, which gives image, process, environment, labels, annotations
        and O(readonly_root_filesystem). What is set here goes on top of it.
      - Where the store has different images, the one for the architecture of the cluster's nodes is taken, see
        O(architecture).
    type: str
  functions:
    description:
      - The functions, for several at once. When some fail, the others are done all the same, and the task fails with a
        list of those that did not work.
      - Goes together with a stack, not with O(name).
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
      store: *store
  stack_file:
    description:
      - Path of a stack file (C(stack.yaml)) as faas-cli reads it, on the machine on which the module runs.
      - Variables are substituted over the whole file, as C(${VAR}), C(${VAR:-default}) or C(${VAR-default}), with
        C($${) for the text C(${). Unlike with faas-cli, a variable that is not set and has no default is an error.
      - Files of C(environment_file) are looked for beside the stack file. They win over C(environment), and the last of
        them over the others.
      - C(provider.gateway) is used where neither O(gateway) nor E(OPENFAAS_URL) is given.
      - What only building needs (C(lang), C(handler), C(build_args) and the like, C(configuration)) has no effect. A
        key that is nearly a known one is an error, another unknown key is warned of.
    type: path
  stack_content:
    description: The same, as a text or a mapping. It cannot name an C(environment_file).
    type: raw
  stack_variables:
    description: Values of variables for O(stack_file) and O(stack_content), before those of the task's environment.
    type: dict
  filter:
    description: Only the functions whose name this matches, each C(*) for any text. The others are left alone.
    type: str
  regex:
    description: Only the functions in whose name this regular expression (Python's) is found.
    type: str
  owner:
    description:
      - Name of the inventory, or of the set, to which the functions belong, written into their label
        C(faas.mesh/owner). Without it they get no such label, and one that carries it loses it.
      - A function that carries another owner, or none, is written once.
    type: str
  purge:
    description:
      - Whether to remove the functions of O(owner) that are no longer listed, in every namespace. Functions without
        that label, or with another owner, are never touched.
      - It costs one request more, for the list of namespaces. Where the list of functions cannot be had, nothing is
        purged, and a warning says so.
    type: bool
    default: false
  force:
    description:
      - With V(restart) every function is written, also where it is as described, so that its pods restart and pull a
        tag that may have moved. The task is then always changed.
    type: str
    choices: [restart]
  architecture:
    description:
      - Architecture of the nodes, for functions of the store that have a different image for each.
      - By default the nodes are asked where a cluster is given, which needs the right to list them, else the gateway
        for its own.
    type: str
    choices: [amd64, arm64, arm]
  edition:
    description:
      - Edition of OpenFaaS that the gateway has when the functions come, the Community Edition (V(ce)) or Pro (V(pro)).
      - The former takes 15 functions. Of more, the last listed fail, in check mode too, and the others are done. What
        O(purge) removes makes room.
      - By default the gateway is asked, where it matters.
    type: str
    choices: [ce, pro]
  image_registry:
    description: A mirror to pull all images from, as O(faas.mesh.kube_objects#module:image_registry) has it.
    type: str
  concurrency:
    description: How many functions are written at once.
    type: int
    default: 8
attributes:
  check_mode:
    support: full
    description: The same plan is made, from the same reads, and nothing is written or waited for.
  diff_mode:
    support: full
    description: One difference for each function that changes.
notes:
  - The Community Edition never gives O(env), O(constraints) and O(readonly_root_filesystem) back. So each function gets
    the annotation C(faas.mesh/config-hash) with their digests, which is compared instead. A function that another tool
    deployed lacks the annotation, and is adopted by one write, which the difference tells.
  - What somebody changes in these three directly in the Deployment is seen only with a cluster (O(kubeconfig),
    O(context) or O(host)), by one list of the Deployments in each namespace, and put right. A constraint that was taken
    away there is not seen, as the Community Edition never puts one there.
  - The gateway shows a function that is being deleted as if it stayed. With a cluster it is seen, and created anew.
  - O(wait) ends when a function has a replica that answers, or is gone. The gateway cannot tell new replicas from old
    ones. With a cluster, O(wait) ends when the new pods have replaced the old ones, and a failure tells the pods' own
    reason, such as an image that cannot be pulled, or the last lines of a process that ended. Without one, the Python
    library C(kubernetes) is not needed.
  - With O(state=absent) and a cluster, a gateway that is gone too is no failure where the cluster has none of
    the functions.
  - With a cluster the rights to get and list Deployments and to list Pods and Events in the functions' namespace are
    needed. With the right to get C(pods/log) too, the last lines of a crashing container are told.
seealso:
  - module: faas.mesh.faas_login
  - module: faas.mesh.faas_function_info
  - module: faas.mesh.faas_invoke
  - module: faas.mesh.faas_store_info
  - name: Reference of the stack file
    description: The keys of a function, and the substitution of variables.
    link: https://docs.openfaas.com/reference/yaml/
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
      - {name: nodeinfo, store: NodeInfo}
      - name: env
        image: ghcr.io/openfaas/alpine:latest
        fprocess: env

- name: Have exactly the functions of a stack file, and remove what it no longer lists
  faas.mesh.faas_function:
    stack_file: "{{ playbook_dir }}/stack.yaml"
    stack_variables: {TAG: "1.4"}
    owner: shop
    purge: true

- name: Pull a tag that moved
  faas.mesh.faas_function:
    gateway: https://faas.example.com
    stack_file: "{{ playbook_dir }}/stack.yaml"
    filter: "thumbnail-*"
    force: restart

- name: Remove a function
  faas.mesh.faas_function:
    gateway: https://faas.example.com
    name: resize
    state: absent
"""

RETURN = r"""
functions:
  description: What became of each function, in the order listed, then those purged. A failed task has it too.
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
      description: V(created), V(updated), V(restarted), V(deleted), V(unchanged) or V(failed).
      type: str
    reason:
      description: Why it failed, or was not ready in time.
      returned: when it did
      type: str
  sample:
    - {name: env, namespace: null, url: "https://faas.example.com/function/env", verb: created}
"""

import functools
import os
from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._faas import plan, room, store
from ansible_collections.faas.mesh.plugins.module_utils._faas.architecture import architectures
from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import FUNCTION, GATEWAY, LISTING, LISTS, STORE
from ansible_collections.faas.mesh.plugins.module_utils._faas.converge import Options, converge
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import DEFAULT_NAMESPACE, checked_owner
from ansible_collections.faas.mesh.plugins.module_utils._faas.gateway import Gateway
from ansible_collections.faas.mesh.plugins.module_utils._faas.listing import Listing, Wanted, refuse_partial_purge
from ansible_collections.faas.mesh.plugins.module_utils._faas.observe import (
    Observation,
    look_behind,
    observe,
    observe_all,
)
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import cluster_of, open_gateway
from ansible_collections.faas.mesh.plugins.module_utils._faas.workload import workload
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION, WAIT
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, Any] = {
    **GATEWAY,
    **WAIT,
    **CONNECTION,
    **LISTING,
    **STORE,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "namespace": {"type": "str"},
    "owner": {"type": "str"},
    "purge": {"type": "bool", "default": False},
    "force": {"type": "str", "choices": ["restart"]},
    "architecture": {"type": "str", "choices": list(store.PLATFORMS)},
    "edition": {"type": "str", "choices": ["ce", "pro"]},
    "image_registry": {"type": "str"},
    "concurrency": {"type": "int", "default": 8},
}


def flow(module: AnsibleModule) -> Result:
    """Plan, then carry out."""
    params = module.params
    clock = SystemClock()
    connect = functools.cache(lambda: cluster_of(module, clock))
    refuse_partial_purge(params)
    how = Options(
        check=module.check_mode,
        wait=params["timeout"] if params["wait"] else None,
        connect=connect,
        warn=module.warn,
        concurrency=params["concurrency"],
    )
    owner = checked_owner(params["owner"]) if params["owner"] else None
    listing = Listing.of_params(params, os.environ)
    if params["gateway"] is None:
        params["gateway"] = listing.gateway
    present = params["state"] == "present"
    wanted = Wanted()
    if present:
        wanted = listing.wanted(owner, lambda: store.read(params["store_url"], params["store_file"], clock))
    for warning in listing.warnings:
        module.warn(warning)
    try:
        with open_gateway(module, clock) as gateway:
            wanted.decide(lambda: architectures(params["architecture"], connect(), gateway), params["image_registry"])
            seen = _look(gateway, listing, params)
            if present and seen.statuses and (cluster := connect()):
                look_behind(cluster, seen)
            for warning in seen.warnings:
                module.warn(warning)
            if present:
                changes = plan.deployments(wanted.functions, seen.statuses, restart=params["force"] == "restart")
                changes += plan.purges(params["owner"], seen.others) if params["purge"] else []
                changes = room.allotted(gateway, changes, seen, params["edition"])
            else:
                changes = plan.removals(listing.keys, seen.statuses)
            return converge(gateway, changes, how)
    except MeshError as error:
        # After the gateway itself was removed there is nobody to ask but the cluster.
        cluster = None if present or error.result else connect()
        if cluster is None or any(
            workload(cluster, key.name, key.namespace or DEFAULT_NAMESPACE) for key in listing.keys
        ):
            raise
        module.warn(f"The cluster has none of these functions, so there is nothing to remove. {error}")
        return converge(None, plan.removals(listing.keys, {}), how)


def _look(gateway: Gateway | None, listing: Listing, params: dict[str, Any]) -> Observation:
    if gateway is None:
        return Observation()
    return (
        observe_all(gateway, listing.keys, params["namespace"]) if params["purge"] else observe(gateway, listing.keys)
    )


def main() -> None:
    """Run the module."""
    run_module(
        SPEC,
        flow,
        mutually_exclusive=[
            ["password", "token"],
            ["stack_file", "stack_content"],
            ["filter", "regex"],
            *([option, name] for option in LISTS for name in ("name", *FUNCTION)),
        ],
        required_one_of=[["name", *LISTS]],
        required_if=[["purge", True, ["owner"]]],
    )


if __name__ == "__main__":
    main()
