#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module istio_install."""

from __future__ import annotations

DOCUMENTATION = r"""
module: istio_install
short_description: Install Istio, see what would change, and keep it as asked
description:
  - Leaves the cluster as C(istioctl install) of the same profile and values would, but tells before what would change,
    writes nothing when nothing has to change, and notices what somebody else changed.
  - C(istioctl) only renders the objects and never speaks to the cluster. The objects are applied by this collection,
    with the field manager C(istio-operator) that istioctl uses. So an installation by istioctl is taken over, and the
    commands of istioctl work on this one.
  - An Istio that Helm installed is recognised and left as it is.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
  - faas.mesh.wait
  - faas.mesh.set
options:
  state:
    description:
      - V(present) installs Istio, or brings it to what is asked for.
      - V(absent) removes what this module installed or took over. Custom resource definitions, and with them
        everybody's Istio configuration, are kept unless O(purge) names V(crds). No istioctl is needed.
    type: str
    choices: [present, absent]
    default: present
  version:
    description:
      - The version to install, such as V(1.31.1). It is that of the istioctl at hand, and another one is refused.
      - Without it, whatever istioctl is at hand decides.
    type: str
  profile:
    description: Istio's profile to start from, such as V(default), V(minimal), V(demo) or V(ambient).
    type: str
    default: default
  values:
    description:
      - Helm values on top of the profile, as under C(spec.values) of an IstioOperator document.
    type: dict
    default: {}
  revision:
    description:
      - Name of a control plane beside others. Empty is the default one.
    type: str
    default: ""
  namespace:
    description: Namespace of the control plane. It is made when it is missing.
    type: str
    default: istio-system
  istioctl:
    description: Path of istioctl on the machine where the module runs, or its name in C(PATH).
    type: path
    default: istioctl
notes:
  - A gateway that the profile or the values no longer have is not removed by the way. That is refused, unless O(purge)
    names V(load_balancers).
  - What is applied is remembered as set C(istio), or C(istio-REVISION).
  - The webhooks' C(caBundle) and the C(failurePolicy) of the validating ones are istiod's own, and left to it.
"""

EXAMPLES = r"""
- name: Install Istio
  faas.mesh.istio_install:
    version: 1.31.1

- name: Install only the control plane, with small requests
  faas.mesh.istio_install:
    profile: minimal
    values:
      pilot:
        resources: {requests: {cpu: 50m, memory: 200Mi}}

- name: See what an upgrade would change, object by object
  faas.mesh.istio_install:
    version: 1.31.2
    istioctl: /opt/istio-1.31.2/bin/istioctl
  check_mode: true
  diff: true

- name: Remove Istio, keep its custom resource definitions
  faas.mesh.istio_install:
    state: absent
"""

RETURN = r"""
version:
  description: The version that istioctl installs.
  type: str
  returned: when state is present
  sample: 1.31.1
profile:
  description: The profile that was rendered.
  type: str
  returned: when state is present
  sample: default
revision:
  description: The revision, empty for the default one.
  type: str
  returned: success
  sample: ""
taken_over:
  description: Whether an installation by istioctl was, or would be, taken over.
  type: bool
  returned: when state is present
  sample: false
objects:
  description: What happened to each object.
  type: list
  elements: dict
  returned: success
  contains:
    api_version:
      description: API version of the object.
      type: str
    kind:
      description: Kind of the object.
      type: str
    namespace:
      description: Namespace of the object, empty when it has none.
      type: str
    name:
      description: Name of the object.
      type: str
    verb:
      description: What was done, V(created), V(updated), V(deleted), V(released), V(kept) or V(unchanged).
      type: str
  sample: [{api_version: apps/v1, kind: Deployment, namespace: istio-system, name: istiod, verb: unchanged}]
requests:
  description: Requests to the API server, by kind.
  type: dict
  returned: success
  sample: {read: 14}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._istio.install import install, uninstall
from ansible_collections.faas.mesh.plugins.module_utils._istio.installation import Installation
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION, SET, WAIT
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._kube.options import Options
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._render.command import ModuleRunner
from ansible_collections.faas.mesh.plugins.module_utils._render.istioctl import Istioctl
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    **WAIT,
    **SET,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "version": {"type": "str"},
    "profile": {"type": "str", "default": "default"},
    "values": {"type": "dict", "default": {}},
    "revision": {"type": "str", "default": ""},
    "namespace": {"type": "str", "default": "istio-system"},
    "istioctl": {"type": "path", "default": "istioctl"},
}


def flow(module: AnsibleModule) -> Result:
    """Install or remove Istio."""
    params = module.params
    cluster = connect(params, SystemClock())
    options = Options.from_params(params, set="istio")
    revision = "" if params["revision"] == "default" else params["revision"]
    if params["state"] == "absent":
        return uninstall(cluster, revision, options, module.check_mode)
    istioctl = Istioctl(ModuleRunner(module.run_command), params["istioctl"])
    wanted = Installation(params["profile"], revision, params["namespace"], params["values"])
    return install(cluster, istioctl, wanted, params["version"], options, module.check_mode)


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow, withheld=("values",))


if __name__ == "__main__":
    main()
