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
  - A revision is a control plane beside others. Each has a set of its own, and a tag tells which one injects sidecars
    into the namespaces that ask for it. So an upgrade installs a new revision, moves the tag, restarts the workloads
    and removes the old one, see the role P(faas.mesh.istio#role).
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
      - What another revision has made its own meanwhile, such as the ingress gateway, stays. A revision that proxies
        of other workloads still use is not removed, see O(allow).
    type: str
    choices: [present, absent]
    default: present
  version:
    description:
      - The version to install, such as V(1.31.1). It is that of the istioctl at hand, and another one is refused.
      - Without it, whatever istioctl is at hand decides.
    type: str
  profile:
    description:
      - Istio's profile to start from, such as V(default), V(minimal), V(demo) or V(ambient).
      - Without it, the one that O(file) names, else V(default).
    type: str
  values:
    description:
      - Helm values on top of the profile, as under C(spec.values) of an IstioOperator document.
    type: dict
    default: {}
  file:
    description:
      - YAML file on the machine where the module runs, with Helm values, or with an IstioOperator document as
        C(istioctl install -f) takes it. O(values) come on top of it.
    type: path
  hub:
    description: Registry and path to pull Istio's images from, such as V(registry.example.com/istio).
    type: str
  image_pull_secrets:
    description: Names of the Secrets to pull them with. The Secrets are yours to make, in every namespace of the mesh.
    type: list
    elements: str
    default: []
  manifest:
    description:
      - File with the output of C(istioctl manifest generate), made on a machine that has an istioctl. Then this one
        needs none. What is rendered is what counts, so O(profile), O(values), O(file), O(hub) and
        O(image_pull_secrets) are refused beside it.
    type: path
  revision:
    description:
      - Name of a control plane beside others. Empty is the one without a name, which labels call C(default).
      - Gateways have no revision in their names. The revision that was installed last has them.
    type: str
    default: ""
  tags:
    description:
      - Tags that point to this revision, such as C(istioctl tag set) makes. A tag that points elsewhere is moved here
        once the control plane and the gateways of this revision are ready; until then the other one serves.
      - Pods of a namespace labelled C(istio.io/rev=TAG) get their sidecar from the revision that the tag points to,
        those of a namespace labelled C(istio-injection=enabled) from the one that has the tag V(default).
      - Without this option the tags stay where they are, and the first revision of a cluster gets V(default). An empty
        list gives up all tags of this revision.
    type: list
    elements: str
  allow:
    description:
      - What is refused unless named here.
      - V(downgrade) is an older version than the revision has.
      - V(skew) is a version more than one minor away from a revision in the cluster or, on an upgrade in place, from a
        proxy that it serves. Istio supports one minor, and upgrades of one minor at a time.
      - V(in_use) is the removal of a revision that still serves proxies other than its own gateways.
      - V(precheck) is an upgrade of a cluster that is not fit for it. What C(istioctl x precheck) looks at is looked at
        before anything is written, also in check mode, which are the version of Kubernetes, the rights to create and
        patch what is applied, and the versions of the Gateway API.
    type: list
    elements: str
    choices: [downgrade, skew, in_use, precheck]
    default: []
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

- name: Install from an IstioOperator document, with images of another registry
  faas.mesh.istio_install:
    file: istio-operator.yaml
    hub: registry.example.com/istio
    image_pull_secrets: [registry]

- name: Install what istioctl manifest generate has made elsewhere
  faas.mesh.istio_install:
    manifest: istio-1.31.1.yaml

- name: See what an upgrade would change, object by object
  faas.mesh.istio_install:
    version: 1.31.2
    istioctl: /opt/istio-1.31.2/bin/istioctl
  check_mode: true
  diff: true

- name: Install the next version beside the present one, and let the tag point to it
  faas.mesh.istio_install:
    version: 1.31.2
    istioctl: /opt/istio-1.31.2/bin/istioctl
    revision: 1-31-2
    tags: [default]

- name: Remove the revision before, once no proxy uses it any more
  faas.mesh.istio_install:
    state: absent
    revision: 1-31-1

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
  description: The profile that was rendered, empty with O(manifest).
  type: str
  returned: when state is present
  sample: default
revision:
  description: The revision, empty for the default one.
  type: str
  returned: success
  sample: ""
tags:
  description: The tags that point to the revision.
  type: list
  elements: str
  returned: when state is present
  sample: [default]
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

from ansible_collections.faas.mesh.plugins.module_utils._command import ModuleRunner
from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio import document
from ansible_collections.faas.mesh.plugins.module_utils._istio.install import Source, install, uninstall
from ansible_collections.faas.mesh.plugins.module_utils._istio.installation import Installation
from ansible_collections.faas.mesh.plugins.module_utils._istio.manifest import Manifest
from ansible_collections.faas.mesh.plugins.module_utils._istio.revisions import ALLOWED
from ansible_collections.faas.mesh.plugins.module_utils._istio.tags import checked
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION, SET, WAIT
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._kube.options import Options
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._render.istioctl import Istioctl
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    **WAIT,
    **SET,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "version": {"type": "str"},
    "profile": {"type": "str"},
    "values": {"type": "dict", "default": {}},
    "file": {"type": "path"},
    "hub": {"type": "str"},
    "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "manifest": {"type": "path"},
    "revision": {"type": "str", "default": ""},
    "tags": {"type": "list", "elements": "str"},
    "allow": {"type": "list", "elements": "str", "choices": list(ALLOWED), "default": []},
    "namespace": {"type": "str", "default": "istio-system"},
    "istioctl": {"type": "path", "default": "istioctl"},
}

# What decides about rendering.
RENDERED = ("profile", "values", "file", "hub", "image_pull_secrets")


def flow(module: AnsibleModule) -> Result:
    """Install or remove Istio."""
    params = module.params
    cluster = connect(params, SystemClock())
    options = Options.from_params(params, set="istio")
    revision = "" if params["revision"] == "default" else params["revision"]
    if params["state"] == "absent":
        return uninstall(cluster, revision, options, params["allow"], module.check_mode)
    source = _source(module)
    spec = document.read(params["file"]) if params["file"] else {}
    if spec.get("revision", revision) != revision:
        raise MeshError(f"{params['file']} is for revision {spec['revision']}: give that as revision too.")
    images = {"hub": params["hub"], "imagePullSecrets": params["image_pull_secrets"]}
    given = {"global": {name: value for name, value in images.items() if value}} if any(images.values()) else {}
    wanted = Installation(
        profile="" if params["manifest"] else params["profile"] or spec.get("profile") or "default",
        revision=revision,
        namespace=params["namespace"],
        values=document.merged(params["values"], given),
        spec=spec,
        tags=None if params["tags"] is None else checked(params["tags"], revision),
    )
    return install(cluster, source, wanted, params["version"], options, params["allow"], module.check_mode)


def _source(module: AnsibleModule) -> Source:
    """Where the objects come from."""
    params = module.params
    if not params["manifest"]:
        return Istioctl(ModuleRunner(module.run_command), params["istioctl"])
    useless = [name for name in RENDERED if params[name]]
    if useless:
        raise MeshError(
            f"{params['manifest']} is rendered already, and {', '.join(useless)} would change nothing in it: leave "
            "them out, or render it with them."
        )
    return Manifest(params["manifest"])


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow, withheld=("values",))


if __name__ == "__main__":
    main()
