#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_store_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_store_info
short_description: Read the functions that a function store offers
description:
  - Reads the list of a function store, from its URL or from a copy in a file.
  - M(faas.mesh.faas_function) deploys what is listed, by its option O(faas.mesh.faas_function#module:store).
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.store
  - faas.mesh.read_only
options:
  name:
    description: Name or title of the one function to read. It is an error where the store does not have it.
    type: str
notes:
  - No gateway and no cluster are asked.
seealso:
  - module: faas.mesh.faas_function
"""

EXAMPLES = r"""
- name: Read the store
  faas.mesh.faas_store_info:
  register: store

- name: Name what runs on ARM
  ansible.builtin.debug:
    msg: "{{ store.functions | selectattr('images.arm64', 'defined') | map(attribute='name') }}"

- name: Keep a copy for machines without internet
  ansible.builtin.get_url:
    url: https://raw.githubusercontent.com/openfaas/store/master/functions.json
    dest: /srv/mirror/functions.json
    mode: "0644"

- name: Read one entry of the copy
  faas.mesh.faas_store_info:
    store_file: /srv/mirror/functions.json
    name: nodeinfo
"""

RETURN = r"""
functions:
  description: The functions in the store's order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The function's name.
      type: str
    title:
      description: Its title, by which it can be asked for too.
      type: str
    description:
      description: What it does.
      type: str
    author:
      description: Who offers it.
      type: str
    repo_url:
      description: Where its source is.
      type: str
    icon:
      description: URL of its picture.
      type: str
    images:
      description: Its container image for each platform, C(x86_64), C(arm64) and C(armhf).
      type: dict
    fprocess:
      description: The process that its watchdog starts, empty for the one in the image.
      type: str
    env:
      description: Its environment variables.
      type: dict
    labels:
      description: Its labels.
      type: dict
    annotations:
      description: Its annotations.
      type: dict
    readonly_root_filesystem:
      description: Whether it may write to C(/tmp) only.
      type: bool
  sample:
    - name: nodeinfo
      title: NodeInfo
      description: Get info about the machine that you are deployed on
      author: openfaas
      repo_url: https://github.com/openfaas/store-functions
      icon: https://raw.githubusercontent.com/openfaas/media/master/OpenFaaS_logo_stacked_opaque.png
      images:
        x86_64: ghcr.io/openfaas/nodeinfo:latest
        arm64: ghcr.io/openfaas/nodeinfo:latest
        armhf: ghcr.io/openfaas/nodeinfo:latest
      fprocess: ""
      env: {}
      labels: {}
      annotations: {}
      readonly_root_filesystem: true
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._faas import store
from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import STORE
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, Any] = {**STORE, "name": {"type": "str"}}


def flow(module: AnsibleModule) -> Result:
    """Read."""
    params = module.params
    listed = store.read(params["store_url"], params["store_file"], SystemClock())
    entries = [listed.find(params["name"])] if params["name"] else listed.entries
    return {"changed": False, "functions": [entry.facts() for entry in entries]}


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow)


if __name__ == "__main__":
    main()
