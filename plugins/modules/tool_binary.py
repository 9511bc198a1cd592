#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module tool_binary."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tool_binary
short_description: Have pinned versions of the command-line tools, verified by checksum
description:
  - Puts minikube, kubectl, istioctl, helm and faas-cli into a folder, each in exactly the version asked for, from its
    publisher, a mirror, or a file. Linux and macOS, on amd64 and arm64.
  - A tool that already has the version is kept, and nothing is asked of the network for it.
  - What is fetched is verified before any of it runs, first by its SHA-256 sum, then by the platform that it is built
    for, and at last by the version that it tells. Only when all tools have passed are they put in place, each in one
    step.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.tools
options:
  state:
    description:
      - V(present) has the tools in the folder, V(absent) removes them from it, whatever their version.
    type: str
    choices: [present, absent]
    default: present
  dir:
    description: Folder of the tools. It is made when it is missing.
    type: path
    required: true
  tools:
    description: The tools. With O(state=absent) only their names count.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the tool.
        type: str
        choices: [faas-cli, helm, istioctl, kubectl, minikube]
        required: true
      version:
        description: Version, with all three numbers. A V(v) before it does not matter. Required for O(state=present).
        type: str
      sha256:
        description:
          - SHA-256 sum of what is downloaded, which is the archive where the publisher packs the tool into one.
          - Without it O(pins) is asked, and without that the checksum file that lies beside the download.
        type: str
      base_url:
        description:
          - What the address of the download begins with, in the place of the publisher's own. What follows is the
            publisher's layout, so a plain copy of its files will do.
        type: str
      file:
        description:
          - Path of the publisher's file on the machine where the module runs, in the place of a download. Its checksum
            file is looked for beside it, with C(.sha256) at its end.
        type: path
  pins:
    description:
      - >-
        A table of checksums by tool, version and platform, such as
        C({kubectl: {1.36.3: {linux/amd64: {sha256: …, source: …}}}}). M(faas.mesh.tool_checksum_info) makes one.
    type: dict
    default: {}
attributes:
  check_mode:
    support: full
    description: The installed tools are asked for their versions, and the checksum is looked up. The tool itself is not
      downloaded, so a damaged one is found in the real run only.
  diff_mode:
    support: full
    description: The versions before and after.
notes:
  - A checksum that comes from the same place as the file proves that the file is whole. Only O(tools[].sha256) and
    O(pins) prove that it is the one that somebody looked at before.
  - A checksum file is not taken from a plain V(http://) address of another machine.
seealso:
  - module: faas.mesh.tool_checksum_info
"""

EXAMPLES = r"""
- name: Have what the roles of this collection need
  faas.mesh.tool_binary:
    dir: ~/.faas-mesh/bin
    tools:
      - {name: istioctl, version: 1.31.1}
      - {name: helm, version: 3.22.0}

- name: Take kubectl from a mirror, and accept only the file with this sum
  faas.mesh.tool_binary:
    dir: /usr/local/bin
    tools:
      - name: kubectl
        version: 1.36.3
        base_url: https://mirror.example.com/kubernetes
        sha256: "{{ kubectl_sha256 }}"
  become: true

- name: Without a network, from a folder with the publisher's archive and its checksum file
  faas.mesh.tool_binary:
    dir: ~/bin
    tools:
      - {name: helm, version: 3.22.0, file: /media/usb/helm-v3.22.0-linux-amd64.tar.gz}

- name: Remove them again
  faas.mesh.tool_binary:
    dir: ~/.faas-mesh/bin
    tools:
      - {name: istioctl}
      - {name: helm}
    state: absent
"""

RETURN = r"""
platform:
  description: The platform of this machine, by the publishers' names.
  returned: success
  type: str
  sample: linux/amd64
tools:
  description: What became of each tool.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the tool.
      type: str
    path:
      description: Path of the program.
      type: str
    version:
      description: The version that is there now, or would be. Null with O(state=absent).
      type: str
    previous_version:
      description: The version before, null where there was none, V(unknown) where the file did not tell one.
      returned: when state is present
      type: str
    changed:
      description: Whether the program was replaced or removed.
      type: bool
    origin:
      description: Where it was fetched, null for a tool that was kept.
      returned: when state is present
      type: str
    sha256:
      description: The sum by which it was verified, null for a tool that was kept.
      returned: when state is present
      type: str
    checksum_source:
      description: Who said that this is its sum, null for a tool that was kept.
      returned: when state is present
      type: str
  sample:
    - name: istioctl
      path: /home/user/.faas-mesh/bin/istioctl
      version: 1.31.1
      previous_version: 1.31.1
      changed: false
      origin: null
      sha256: null
      checksum_source: null
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._command import ModuleRunner
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, hide, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock
from ansible_collections.faas.mesh.plugins.module_utils._tools.argspec import DOWNLOADS, TOOL, downloads
from ansible_collections.faas.mesh.plugins.module_utils._tools.folder import ToolFolder
from ansible_collections.faas.mesh.plugins.module_utils._tools.platform import Platform
from ansible_collections.faas.mesh.plugins.module_utils._tools.request import requests, secrets_in, tools_named

SPEC: dict[str, Any] = {
    **DOWNLOADS,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "dir": {"type": "path", "required": True},
    "tools": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {**TOOL, "sha256": {"type": "str"}, "file": {"type": "path"}},
        "mutually_exclusive": [("base_url", "file")],
    },
    "pins": {"type": "dict", "default": {}},
}


def flow(module: AnsibleModule) -> Result:
    """Have the tools in the folder, or remove them."""
    params = module.params
    hide(module, secrets_in(params["tools"]))
    folder = ToolFolder(Path(params["dir"]), ModuleRunner(module.run_command), Platform.of_this_machine())
    if params["state"] == "absent":
        return folder.remove(tools_named(params["tools"]), check=module.check_mode)
    sources = downloads(params, SystemClock())
    steps = folder.plan(requests(params["tools"]), params["pins"], sources)
    if not module.check_mode:
        folder.apply(steps, sources)
    return folder.report(steps)


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow)


if __name__ == "__main__":
    main()
