#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module istio_restart."""

from __future__ import annotations

DOCUMENTATION = r"""
module: istio_restart
short_description: Restart the workloads whose sidecars an upgrade of Istio has left behind
description:
  - A sidecar stays as it was injected until its pod is made anew. This module finds the workloads that ask for a
    revision, by its name or by a tag, and whose sidecars another revision or another version made, and restarts them
    a few at a time, each step ready before the next begins.
  - Where no sidecar is behind, nothing is restarted.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
options:
  revision:
    description: The revision whose sidecars the workloads are to have. Empty is the one without a name.
    type: str
    default: ""
  version:
    description:
      - The version that they are to have, such as RV(faas.mesh.istio_install#module:version).
      - Without it, that of the revision in the cluster. In check mode of an upgrade it is the old one still.
    type: str
  tags:
    description:
      - Tags by which namespaces and pods ask for the revision, beside its own name.
      - Without it, those that point to it.
    type: list
    elements: str
  namespaces:
    description: Only the workloads of these namespaces. By default those of all.
    type: list
    elements: str
  at_once:
    description: How many workloads are restarted at a time.
    type: int
    default: 4
  timeout:
    description: For how many seconds one step may take to be ready. When it does not get ready, nothing more is begun.
    type: int
    default: 300
attributes:
  check_mode:
    support: full
    description: Tells which workloads would be restarted.
  diff_mode:
    support: none
    description: Only an annotation with the time of the restart changes.
notes:
  - A workload is restarted as C(kubectl rollout restart) does it. Its replicas, its strategy and its disruption budget
    decide whether it goes on to serve meanwhile.
  - Pods that no Deployment, StatefulSet or DaemonSet would make anew are named in a warning.
  - Rights needed in all namespaces are to list C(namespaces), C(pods) and C(mutatingwebhookconfigurations), and to get
    and patch C(deployments), C(statefulsets) and C(daemonsets).
"""

EXAMPLES = r"""
- name: Install the next version beside the present one, and let the tag point to it
  faas.mesh.istio_install:
    revision: 1-31-2
    tags: [default]
  register: istio

- name: Bring the sidecars along, two workloads at a time
  faas.mesh.istio_restart:
    revision: "{{ istio.revision }}"
    version: "{{ istio.version }}"
    tags: "{{ istio.tags }}"
    at_once: 2
"""

RETURN = r"""
objects:
  description: The workloads that were, or would be, restarted, in their order.
  type: list
  elements: dict
  returned: always
  contains:
    api_version:
      description: API version of the workload.
      type: str
    kind:
      description: Kind of the workload.
      type: str
    namespace:
      description: Namespace of the workload.
      type: str
    name:
      description: Name of the workload.
      type: str
    verb:
      description: Always V(updated).
      type: str
  sample: [{api_version: apps/v1, kind: Deployment, namespace: openfaas-fn, name: env, verb: updated}]
revision:
  description: The revision, C(default) for the one without a name.
  type: str
  returned: success
  sample: 1-31-2
version:
  description: The version that the sidecars are to have, empty where the cluster does not have the revision yet.
  type: str
  returned: success
  sample: 1.31.2
"""

from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio import behind, injectors, labels, proxies, revisions
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._kube.restart import Restarter, as_result
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._progress import teller
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    "revision": {"type": "str", "default": ""},
    "version": {"type": "str"},
    "tags": {"type": "list", "elements": "str"},
    "namespaces": {"type": "list", "elements": "str"},
    "at_once": {"type": "int", "default": 4},
    "timeout": {"type": "int", "default": 300},
}


def flow(module: AnsibleModule) -> Result:
    """Find what is behind and restart it."""
    params = module.params
    if params["at_once"] < 1:
        raise MeshError(f"at_once is {params['at_once']}, and so no workload would ever be restarted: give 1 or more.")
    cluster = connect(params, SystemClock())
    revision = params["revision"] or labels.DEFAULT
    live = injectors.injectors(cluster.items(injectors.PATH))
    version = params["version"] or revisions.versions(live).get(revision, "")
    tags = params["tags"]
    if tags is None:
        tags = [tag for tag, pointed in revisions.pointed(live).items() if pointed == revision]
    spaces = [
        space
        for space in cluster.items(behind.NAMESPACES)
        if params["namespaces"] is None or space["metadata"]["name"] in params["namespaces"]
    ]
    found = behind.behind(spaces, cluster.items(proxies.PODS), {revision, *tags}, revision, version)
    if not module.check_mode:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        Restarter(cluster, now, params["timeout"], teller()).restart(found.workloads, params["at_once"])
    return {
        "changed": bool(found.workloads),
        "objects": [as_result(identity) for identity in found.workloads],
        "revision": revision,
        "version": version,
        "warnings": [
            f"Pod {pod} has the sidecar of another revision or version, and nobody makes it anew: delete it yourself."
            for pod in found.others
        ],
    }


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
