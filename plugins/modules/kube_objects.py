#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apply a batch of objects or a chart, and remember it as a set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_objects
short_description: Apply a set of Kubernetes objects or a Helm chart
version_added: 0.1.0
author:
  - The faas.mesh authors (!UNKNOWN)
description:
  - Applies a batch of objects by server-side apply, in the order in which they need each other, and waits until they
    are up. What differs is decided by the cluster itself, so that check mode and diff show what the real run does.
  - A batch has a name, its set. The cluster remembers which objects a set holds (not their content), so that objects
    that are no longer listed can be deleted, and that nothing is deleted that somebody else made.
  - A run that changes nothing sends no write.
  - Helm is only used to render a chart. C(helm list) shows nothing of it, and C(helm rollback) does not apply.
options:
  state:
    description:
      - V(present) applies the batch.
      - V(absent) deletes what the set made, in reverse order. Objects need not be given.
      - V(rendered) changes nothing and returns the documents, for a GitOps repository. Values of Secrets are left out.
    type: str
    choices: [present, absent, rendered]
    default: present
  set:
    description: Name of the batch, lower-case letters, digits and dashes.
    type: str
    required: true
  followed_by:
    description:
      - With O(state=absent), further sets to remove after O(set), in this order and in one plan, so that check mode
        knows what is gone by then (what a namespace still holds, say).
    type: list
    elements: str
    default: []
  gone_by_then:
    description:
      - With O(state=absent) in check mode, objects that tasks before this one remove in a real run. They do not count
        as objects of others that keep a namespace. A real run looks for itself.
    type: list
    elements: dict
    default: []
    suboptions:
      api_version:
        description: Its API version.
        type: str
        required: true
      kind:
        description: Its kind.
        type: str
        required: true
      namespace:
        description: Its namespace, by default O(namespace).
        type: str
      name:
        description: Its name.
        type: str
        required: true
  definitions:
    description: The objects, as mappings or as YAML text with any number of documents.
    type: list
    elements: raw
    default: []
  files:
    description: Paths of YAML files with objects, on the host that runs the module.
    type: list
    elements: path
    default: []
  chart:
    description: A Helm chart to render into the batch.
    type: dict
    suboptions:
      ref:
        description:
          - A folder, an archive, an C(oci://) reference, or the chart's name in O(chart.repository).
          - What begins with C(/), C(./), C(../) or C(~/) is a path. So is anything else that is there, where
            O(chart.repository) is not set.
        type: str
        required: true
      repository:
        description: URL of a chart repository. Not used where O(chart.ref) is a path or an C(oci://) reference.
        type: str
      version:
        description: Version of the chart. Required unless O(chart.ref) is a path, which has its own.
        type: str
      values:
        description: Values for the chart. They reach helm on its standard input only.
        type: dict
        default: {}
      sha256:
        description: Checksum of the chart's archive. With another sum nothing of the chart is used.
        type: str
      release_name:
        description: Name of the release, by default O(set).
        type: str
      namespace:
        description: Namespace of the release, by default O(namespace).
        type: str
      hooks:
        description:
          - What to do with objects that are Helm hooks. V(skip) leaves them out and lists them in RV(skipped_hooks).
          - V(apply) treats them as plain objects.
        type: str
        choices: [skip, apply]
        default: skip
      adopt_release:
        description:
          - Whether objects that Helm itself installed may be taken over. Helm's own record of the release stays, so
            C(helm list) goes on showing it, and C(helm uninstall) would delete what this module has applied since;
            delete the Secrets C(sh.helm.release.v1.RELEASE.*) once the take-over is meant to last.
          - Otherwise such objects are refused by name.
        type: bool
        default: false
  overlays:
    description:
      - Additions to rendered objects that the chart has no value for. Each fits every object of its kind and name.
    type: list
    elements: dict
    default: []
    suboptions:
      kind:
        description: Kind of the objects.
        type: str
        required: true
      name:
        description: Name of the objects.
        type: str
        required: true
      patch:
        description: What to merge in, by the rules of a JSON merge patch (a null removes a key).
        type: dict
        required: true
  image_registry:
    description:
      - Host, port and path of a mirror from which all images are to be pulled. It takes the place of the registry in
        their names, so that C(docker.io/library/nats:2) becomes C(registry.internal:5000/mirror/library/nats:2).
      - Names that begin with it stay as they are.
    type: str
  helm:
    description: Path or name of the helm program. Needed only for O(chart).
    type: path
    default: helm
  namespace:
    description: Namespace of objects that name none.
    type: str
    default: default
  field_manager:
    description: Name of the field manager that owns what is applied.
    type: str
    default: faas.mesh
  recreate:
    description:
      - Whether an object is deleted and made anew when the cluster refuses a change as immutable.
      - Kinds of O(purge) are only replaced when they are named there too.
    type: bool
    default: false
notes:
  - Helm keeps no record of what is applied here, which is why C(helm list) does not show it. To give the objects to
    Helm, run C(helm upgrade --install --take-ownership) with the same values, then delete the ConfigMap C(set-SET) in
    O(set_namespace).
  - A step that takes longer than three seconds is shown on standard error while the module runs on the controller.
extends_documentation_fragment:
  - faas.mesh.connection
  - faas.mesh.set
  - faas.mesh.wait
seealso:
  - name: Server-side apply
    description: How Kubernetes tracks who owns which field.
    link: https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

EXAMPLES = r"""
- name: Two objects from a template
  faas.mesh.kube_objects:
    set: my-app
    namespace: my-app
    definitions:
      - "{{ lookup('ansible.builtin.template', 'app.yaml.j2') }}"

- name: A chart, and a network policy beside it
  faas.mesh.kube_objects:
    set: my-app
    namespace: my-app
    chart:
      ref: oci://registry.example.com/charts/my-app
      version: 1.2.3
      values:
        replicas: 2
    files:
      - "{{ playbook_dir }}/network-policy.yaml"

- name: Delete what the set made
  faas.mesh.kube_objects:
    set: my-app
    state: absent
"""

RETURN = r"""
objects:
  description: One entry for each object of the batch, for each that the set gave up, and for the set's own memory.
  returned: O(state) is not V(rendered)
  type: list
  elements: dict
  sample:
    - {api_version: apps/v1, kind: Deployment, namespace: my-app, name: web, verb: updated}
    - {api_version: v1, kind: ConfigMap, namespace: faas-mesh, name: set-my-app, verb: updated}
  contains:
    api_version: {description: Version of its API., type: str, returned: always}
    kind: {description: Its kind., type: str, returned: always}
    namespace: {description: "Its namespace, empty for kinds without.", type: str, returned: always}
    name: {description: Its name., type: str, returned: always}
    verb:
      description:
        - What was done, or would be in check mode. One of C(created), C(updated), C(recreated), C(deleted),
          C(released) (no longer held by the set and left in place), C(kept) and C(unchanged).
      type: str
      returned: always
    note: {description: The reason of the verb., type: str, returned: where the verb does not say it}
    drift:
      description: Fields of ours that somebody else set.
      type: list
      elements: dict
      returned: when there are any
      sample: [{field: .spec.replicas, manager: kubectl-edit, time: "2026-11-22T10:00:00Z", theirs: 3, ours: 2}]
requests:
  description: How many requests were sent to the API server, by C(read), C(dry_run), C(write) and C(review).
  returned: O(state) is not V(rendered)
  type: dict
  sample: {read: 7}
skipped_hooks:
  description: Objects of the chart that are Helm hooks and were left out.
  returned: with O(chart)
  type: list
  elements: str
  sample: [Secret openfaas/basic-auth]
manifests:
  description: The rendered documents as YAML text, without the values of Secrets.
  returned: O(state=rendered)
  type: str
  sample: "apiVersion: v1\nkind: Namespace\n"
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._command import ModuleRunner
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION, SET, WAIT
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._kube.engine import View, converge, remove
from ansible_collections.faas.mesh.plugins.module_utils._kube.objects import Identity
from ansible_collections.faas.mesh.plugins.module_utils._kube.options import Options
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, hide, run_module
from ansible_collections.faas.mesh.plugins.module_utils._render.argspec import CHART
from ansible_collections.faas.mesh.plugins.module_utils._render.batch import Batch, secret_values
from ansible_collections.faas.mesh.plugins.module_utils._render.helm import Helm
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

RELEASE = {
    **CHART,
    "release_name": {"type": "str"},
    "namespace": {"type": "str"},
    "hooks": {"type": "str", "choices": ["skip", "apply"], "default": "skip"},
    "adopt_release": {"type": "bool", "default": False},
}

REFERENCE = {
    "api_version": {"type": "str", "required": True},
    "kind": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "name": {"type": "str", "required": True},
}

OVERLAY = {
    "kind": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "patch": {"type": "dict", "required": True},
}

SPEC = {
    **CONNECTION,
    **SET,
    **WAIT,
    "state": {"type": "str", "choices": ["present", "absent", "rendered"], "default": "present"},
    "set": {"type": "str", "required": True},
    "followed_by": {"type": "list", "elements": "str", "default": []},
    "gone_by_then": {"type": "list", "elements": "dict", "options": REFERENCE, "default": []},
    "definitions": {"type": "list", "elements": "raw", "default": []},
    "files": {"type": "list", "elements": "path", "default": []},
    "chart": {"type": "dict", "options": RELEASE},
    "overlays": {"type": "list", "elements": "dict", "options": OVERLAY, "default": []},
    "image_registry": {"type": "str"},
    "helm": {"type": "path", "default": "helm"},
    "namespace": {"type": "str", "default": "default"},
    "field_manager": {"type": "str", "default": "faas.mesh"},
    "recreate": {"type": "bool", "default": False},
}


def flow(module: AnsibleModule) -> Result:
    """Render the batch, apply or remove it, and report."""
    params = module.params
    batch = Batch.from_params(params)
    options = Options.from_params(
        params,
        set=params["set"],
        field_manager=params["field_manager"],
        recreate=params["recreate"],
        adopted=batch.adopted_managers,
    )
    cluster = connect(params, SystemClock())
    if params["state"] == "absent":
        gone = [
            Identity.named(**{**reference, "namespace": reference["namespace"] or params["namespace"]})
            for reference in params["gone_by_then"]
        ]
        return remove(cluster, options, module.check_mode, params["followed_by"], gone).as_result()
    view = View.read(cluster, options.set_namespace)
    rendered = batch.rendered(cluster, view, Helm(params["helm"], ModuleRunner(module.run_command)))
    hide(module, secret_values(rendered.objects))
    if params["state"] == "rendered":
        return {"changed": False, "manifests": rendered.manifests(), **rendered.as_result()}
    report = converge(
        cluster, [rendered.objects], options, module.check_mode, default_namespace=batch.default_namespace, view=view
    )
    report.warnings[:0] = rendered.warnings
    return {**report.as_result(), **rendered.as_result()}


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow, withheld=("definitions", "chart", "overlays"))


if __name__ == "__main__":
    main()
