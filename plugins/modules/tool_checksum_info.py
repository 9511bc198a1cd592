#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module tool_checksum_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tool_checksum_info
short_description: Read the checksums of tools from their publishers
description:
  - Reads the SHA-256 sums of releases of minikube, kubectl, istioctl, helm and faas-cli from the checksum files that
    their publishers put beside the downloads, for the platforms asked for.
  - The answer is a table that O(faas.mesh.tool_binary#module:pins) takes. Kept in a repository, it makes every later
    download the one that was looked at.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.tools
  - faas.mesh.read_only
options:
  tools:
    description: The tools.
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
        description: Version, with all three numbers. A V(v) before it does not matter.
        type: str
        required: true
      base_url:
        description: What the addresses begin with, in the place of the publisher's own. The layout is the publisher's.
        type: str
  platforms:
    description: The platforms.
    type: list
    elements: str
    choices: [linux/amd64, linux/arm64, darwin/amd64, darwin/arm64]
    default: [linux/amd64, linux/arm64, darwin/amd64, darwin/arm64]
seealso:
  - module: faas.mesh.tool_binary
"""

EXAMPLES = r"""
- name: Read what the publisher of helm says
  faas.mesh.tool_checksum_info:
    tools:
      - {name: helm, version: 3.22.0}
  register: checksums

- name: Have that helm and no other
  faas.mesh.tool_binary:
    dir: ~/bin
    tools:
      - {name: helm, version: 3.22.0}
    pins: "{{ checksums.pins }}"
"""

RETURN = r"""
pins:
  description:
    - For each tool, version and platform the C(sha256) of the download, and as its C(source) the address of the
      publisher's checksum file.
  returned: success
  type: dict
  sample:
    helm:
      3.22.0:
        linux/amd64:
          sha256: (64 hexadecimal digits)
          source: https://get.helm.sh/helm-v3.22.0-linux-amd64.tar.gz.sha256
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._module import Result, hide, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock
from ansible_collections.faas.mesh.plugins.module_utils._tools.argspec import DOWNLOADS, TOOL, downloads
from ansible_collections.faas.mesh.plugins.module_utils._tools.platform import PLATFORMS
from ansible_collections.faas.mesh.plugins.module_utils._tools.request import requests, secrets_in
from ansible_collections.faas.mesh.plugins.module_utils._tools.table import collected

NAMES = [str(platform) for platform in PLATFORMS]

SPEC: dict[str, Any] = {
    **DOWNLOADS,
    "tools": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {**TOOL, "version": {"type": "str", "required": True}},
    },
    "platforms": {"type": "list", "elements": "str", "choices": NAMES, "default": NAMES},
}


def flow(module: AnsibleModule) -> Result:
    """Read the checksum files."""
    params = module.params
    hide(module, secrets_in(params["tools"]))
    wanted = requests(params["tools"])
    platforms = [platform for platform in PLATFORMS if str(platform) in params["platforms"]]
    return {"changed": False, "pins": collected(downloads(params, SystemClock()), wanted, platforms)}


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow)


if __name__ == "__main__":
    main()
