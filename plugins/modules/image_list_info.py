#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module image_list_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_list_info
short_description: List the container images that an installation needs
description:
  - Renders charts and Istio as M(faas.mesh.kube_objects) and M(faas.mesh.istio_install) do, and lists the images of
    what comes of it, the proxy that Istio injects among them.
  - Needs no cluster and changes nothing.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.store
  - faas.mesh.read_only
options:
  charts:
    description: Helm charts to render.
    type: list
    elements: dict
    default: []
    suboptions:
      ref:
        description: As O(faas.mesh.kube_objects#module:chart.ref).
        type: str
        required: true
      repository:
        description: As O(faas.mesh.kube_objects#module:chart.repository).
        type: str
      version:
        description: As O(faas.mesh.kube_objects#module:chart.version).
        type: str
      values:
        description: As O(faas.mesh.kube_objects#module:chart.values).
        type: dict
        default: {}
      sha256:
        description: As O(faas.mesh.kube_objects#module:chart.sha256).
        type: str
      release_name:
        description: Name of the release.
        type: str
        default: release
      namespace:
        description: Namespace of the release.
        type: str
        default: default
  istio:
    description: Istio to render, by the options of M(faas.mesh.istio_install).
    type: dict
    suboptions:
      profile:
        description: As O(faas.mesh.istio_install#module:profile).
        type: str
      values:
        description: As O(faas.mesh.istio_install#module:values).
        type: dict
        default: {}
      file:
        description: As O(faas.mesh.istio_install#module:file).
        type: path
      manifest:
        description: As O(faas.mesh.istio_install#module:manifest).
        type: path
      hub:
        description: As O(faas.mesh.istio_install#module:hub), for the place where the images are now.
        type: str
      target_hub:
        description: The hub that they are to be pulled from. By default what O(registry) makes of their names.
        type: str
      istioctl:
        description: Path or name of the istioctl program.
        type: path
        default: istioctl
  images:
    description: Further images.
    type: list
    elements: str
    default: []
  stack_file:
    description: Path of a stack file (C(stack.yaml)) with functions.
    type: path
  stack_variables:
    description: Values of the variables in that file, before those of the environment.
    type: dict
    default: {}
  store_functions:
    description:
      - Names or titles of functions in the function store.
      - Where the store has another image for each architecture, all are listed, since the nodes decide which is pulled.
    type: list
    elements: str
    default: []
  registry:
    description:
      - Host, port and path of a mirror. RV(images[].target) is the image's name there, which has the mirror in the
        place of the registry. Without it, that is the published name.
    type: str
  source_registry:
    description:
      - Host, port and path of a mirror that has the images already. RV(images[].source) is then the image's name there.
    type: str
  helm:
    description: Path or name of the helm program. Needed only for O(charts).
    type: path
    default: helm
  kube_version:
    description: Version of Kubernetes that the charts are rendered for.
    type: str
    default: v1.36.3
seealso:
  - module: faas.mesh.image_copy
"""

EXAMPLES = r"""
- name: List Istio's images and those of a chart, with their names at a mirror
  faas.mesh.image_list_info:
    istio:
      profile: default
      target_hub: registry.internal:5000/mirror/istio
    charts:
      - {ref: ./openfaas-15.0.6.tgz, release_name: openfaas, namespace: openfaas}
    images: [ghcr.io/openfaas/nodeinfo:latest]
    registry: registry.internal:5000/mirror
  register: needed

- name: Copy them
  faas.mesh.image_copy:
    images: "{{ needed.images }}"
"""

RETURN = r"""
images:
  description: The images, each once.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: Name of the image where it is now.
      type: str
    target:
      description: Its name at the mirror.
      type: str
  sample:
    - source: docker.io/istio/pilot:1.31.1
      target: registry.internal:5000/mirror/istio/pilot:1.31.1
"""

import os
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._command import ModuleRunner, Runner
from ansible_collections.faas.mesh.plugins.module_utils._faas import stack, store
from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import STORE
from ansible_collections.faas.mesh.plugins.module_utils._istio import document
from ansible_collections.faas.mesh.plugins.module_utils._istio.installation import Installation
from ansible_collections.faas.mesh.plugins.module_utils._istio.manifest import Manifest
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._render.argspec import CHART
from ansible_collections.faas.mesh.plugins.module_utils._render.helm import Chart, Helm
from ansible_collections.faas.mesh.plugins.module_utils._render.images import at_hub, images_of, mirrored
from ansible_collections.faas.mesh.plugins.module_utils._render.istioctl import Istioctl
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

RELEASE: dict[str, Any] = {
    **CHART,
    "release_name": {"type": "str", "default": "release"},
    "namespace": {"type": "str", "default": "default"},
}
ISTIO: dict[str, Any] = {
    "profile": {"type": "str"},
    "values": {"type": "dict", "default": {}},
    "file": {"type": "path"},
    "manifest": {"type": "path"},
    "hub": {"type": "str"},
    "target_hub": {"type": "str"},
    "istioctl": {"type": "path", "default": "istioctl"},
}
SPEC: dict[str, Any] = {
    **STORE,
    "charts": {"type": "list", "elements": "dict", "default": [], "options": RELEASE},
    "istio": {"type": "dict", "options": ISTIO},
    "images": {"type": "list", "elements": "str", "default": []},
    "stack_file": {"type": "path"},
    "stack_variables": {"type": "dict", "default": {}},
    "store_functions": {"type": "list", "elements": "str", "default": []},
    "registry": {"type": "str"},
    "source_registry": {"type": "str"},
    "helm": {"type": "path", "default": "helm"},
    "kube_version": {"type": "str", "default": "v1.36.3"},
}


def flow(module: AnsibleModule) -> Result:
    """Render, and list."""
    params = module.params
    runner = ModuleRunner(module.run_command)
    registry = params["registry"] or ""
    targets: dict[str, str] = {}
    if params["istio"]:
        hub = params["istio"]["target_hub"]
        for image in _istio(params["istio"], runner):
            targets[image] = at_hub(image, hub) if hub else mirrored(image, registry)
    helm = Helm(params["helm"], runner)
    plain = [*params["images"]]
    for given in params["charts"]:
        plain += images_of(helm.rendered(Chart(**given), params["kube_version"], [], is_upgrade=False).objects)
    if params["stack_file"]:
        variables = {**os.environ, **{name: str(value) for name, value in params["stack_variables"].items()}}
        functions = stack.of_file(Path(params["stack_file"]), variables).functions
        plain += [function["image"] for function in functions if function.get("image")]
    if params["store_functions"]:
        opened = store.read(params["store_url"], params["store_file"], SystemClock())
        for name in params["store_functions"]:
            plain += opened.find(name).images.values()
    for image in plain:
        targets.setdefault(image, mirrored(image, registry))
    source = params["source_registry"] or ""
    listed = [{"source": mirrored(image, source), "target": target} for image, target in targets.items()]
    return {"changed": False, "images": listed}


def _istio(given: dict[str, Any], runner: Runner) -> list[str]:
    """The images of an installation of Istio, and those that it injects."""
    if given["manifest"]:
        return images_of(Manifest(given["manifest"]).objects())
    spec = document.read(given["file"]) if given["file"] else {}
    hub = {"global": {"hub": given["hub"]}} if given["hub"] else {}
    wanted = Installation(
        profile=given["profile"] or spec.get("profile") or "default",
        revision=spec.get("revision", ""),
        values=document.merged(given["values"], hub),
        spec=spec,
    )
    return images_of(Istioctl(runner, given["istioctl"]).manifest(wanted.operator("")))


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow, withheld=("charts", "istio"))


if __name__ == "__main__":
    main()
