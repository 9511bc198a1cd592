#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module image_copy."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_copy
short_description: Copy container images from one registry to another
description:
  - Copies a list of images with C(crane) or C(skopeo), each with all its platforms, so that digests stay as they are.
  - An image whose target has the same digest already is not copied again.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
options:
  images:
    description: The images. M(faas.mesh.image_list_info) gives such a list.
    type: list
    elements: dict
    required: true
    suboptions:
      source:
        description: Name of the image with its registry, and its tag or digest.
        type: str
        required: true
      target:
        description: Its name at the other registry.
        type: str
        required: true
  program:
    description:
      - Path or name of the program to copy with. It is taken for skopeo when its name begins so, else for crane.
      - Without it, whichever is in PATH, crane first.
    type: path
  auth_file:
    description:
      - File with the logins of the registries, in the form of Docker's C(config.json).
      - Without it the program looks where it always does, so that C(crane auth login) or C(skopeo login) is enough.
    type: path
  validate_certs:
    description: Whether the registries' certificates are verified. V(false) also allows registries without TLS.
    type: bool
    default: true
  ca_path:
    description: PEM file with the authorities to trust, in the place of the machine's own. It has no effect on macOS.
    type: path
  concurrency:
    description: How many images are copied at once.
    type: int
    default: 4
  timeout:
    description: For how many seconds one image may be copied.
    type: int
    default: 900
attributes:
  check_mode:
    support: full
    description: The digests are read at both registries, which tells exactly what would be copied.
  diff_mode:
    support: full
    description: The digests at the target before and after.
notes:
  - No password is an option here, so none can get into a log. The programs read them from the file of logins.
  - crane speaks to registries on this machine and in private networks without TLS too, when they have none.
seealso:
  - module: faas.mesh.image_list_info
"""

EXAMPLES = r"""
- name: Copy one image
  faas.mesh.image_copy:
    images:
      - source: docker.io/istio/pilot:1.31.1
        target: registry.internal:5000/mirror/istio/pilot:1.31.1

- name: Copy what an installation needs, with the logins of a file
  faas.mesh.image_copy:
    images: "{{ site_images.images }}"
    program: /usr/bin/skopeo
    auth_file: ~/registries.json
    ca_path: /etc/ssl/internal.pem
"""

RETURN = r"""
images:
  description: What became of each image. A failed run lists those that are at the target.
  returned: success, and when some were copied before a failure
  type: list
  elements: dict
  contains:
    source:
      description: Name of the image.
      type: str
    target:
      description: Its name at the other registry.
      type: str
    digest:
      description: Digest of the source, which the target has now, or would have.
      type: str
    previous_digest:
      description: Digest of the target before, null where there was no such image.
      type: str
    verb:
      description: V(copied), also for what check mode would copy, or V(unchanged).
      type: str
  sample:
    - source: docker.io/istio/pilot:1.31.1
      target: registry.internal:5000/mirror/istio/pilot:1.31.1
      digest: sha256:3da66b8d54bad0e10f548c8a278b4240e21dd1523859fff0678554e6e716a5e9
      previous_digest: null
      verb: copied
program:
  description: The program that copied.
  returned: success
  type: str
  sample: crane
"""

import shutil
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._command import ModuleRunner
from ansible_collections.faas.mesh.plugins.module_utils._images import copying
from ansible_collections.faas.mesh.plugins.module_utils._images.copier import copier, login
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._progress import teller

SPEC: dict[str, Any] = {
    "images": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {"source": {"type": "str", "required": True}, "target": {"type": "str", "required": True}},
    },
    "program": {"type": "path"},
    "auth_file": {"type": "path"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "concurrency": {"type": "int", "default": 4},
    "timeout": {"type": "int", "default": 900},
}


def flow(module: AnsibleModule) -> Result:
    """Look at both registries, and copy what differs."""
    params = module.params
    environment = login(params["auth_file"], module.tmpdir) if params["auth_file"] else {}
    if params["ca_path"]:
        environment["SSL_CERT_FILE"] = params["ca_path"]
    runner = ModuleRunner(module.run_command, environment)
    tool = copier(params["program"], shutil.which, runner, params["validate_certs"], params["timeout"])
    steps = copying.plan(tool, copying.pairs(params["images"]), params["concurrency"])
    if not module.check_mode:
        copying.carry_out(tool, steps, params["concurrency"], teller())
    return {**copying.report(steps), "program": tool.program}


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow)


if __name__ == "__main__":
    main()
