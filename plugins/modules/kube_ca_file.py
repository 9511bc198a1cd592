#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module kube_ca_file."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_ca_file
short_description: Keep the authority of a cluster's certificate in a file
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
description:
  - Writes the certificate of the authority that signed a certificate in a cluster (C(ca.crt) of its Secret) to a file
    on the host that runs the module, for clients that have to trust it.
  - Nothing else of the Secret is written or returned. Its key stays in the cluster.
extends_documentation_fragment:
  - faas.mesh.connection
options:
  namespace:
    description: Namespace of the Secret.
    type: str
    required: true
  secret:
    description: Name of the Secret, as cert-manager fills it.
    type: str
    required: true
  path:
    description: The file. Its folder is made when missing. What is in the file is replaced.
    type: path
    required: true
attributes:
  check_mode:
    support: full
    description: A Secret that is still to come is counted as a change.
  diff_mode:
    support: full
    description: The certificates of the authority are public.
"""

EXAMPLES = r"""
- name: Trust the authority of the ingress
  faas.mesh.kube_ca_file:
    namespace: istio-system
    secret: openfaas-ingress-tls
    path: ~/openfaas-ca.pem
"""

RETURN = r"""
path:
  description: The file.
  type: str
  returned: success
  sample: /home/user/openfaas-ca.pem
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._kube.authority import authority_of, keep, read_file
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    "namespace": {"type": "str", "required": True},
    # The name of a Secret.
    "secret": {"type": "str", "required": True, "no_log": False},
    "path": {"type": "path", "required": True},
}


def flow(module: AnsibleModule) -> Result:
    """Compare the file with the Secret, and write it."""
    params = module.params
    path = Path(params["path"])
    cluster = connect(params, SystemClock())
    wanted = authority_of(cluster, params["namespace"], params["secret"], may_come=module.check_mode)
    before = read_file(path)
    return {
        "changed": keep(path, wanted, module.atomic_move, check=module.check_mode),
        "path": str(path),
        "diff": {"before": before, "after": wanted, "before_header": str(path), "after_header": str(path)},
    }


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
