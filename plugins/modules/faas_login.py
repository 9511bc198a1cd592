#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_login."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_login
short_description: Log in to an OpenFaaS gateway, for this collection and for faas-cli
description:
  - Shows the password to the gateway and, when that takes it, writes it to the login file as C(faas-cli login) does,
    so that both C(faas-cli) and the other modules of this collection work from then on without one.
  - Writes nothing when the file has that login already. Entries of other gateways stay as they are, and a file that
    cannot be understood is left alone.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.connection
options:
  state:
    description:
      - V(present) logs in, with whichever is given of O(password), O(token), O(password_file) and O(password_secret).
      - V(absent) removes the gateway's entry from the login file. No password is needed, and nothing is sent.
    type: str
    choices: [present, absent]
    default: present
  password_file:
    description: Path of a file with the password. White space around it does not count.
    type: path
attributes:
  check_mode:
    support: full
    description: The login is tried, and the file is not written.
  diff_mode:
    support: full
    description: The entry before and after, without the password.
notes:
  - The file is C(config.yml) in the folder E(OPENFAAS_CONFIG), else in C(.openfaas) where E(CI) is V(true) or V(1),
    else in C(~/.openfaas). It is written by rename under a lock, with mode 0600, in a folder made with mode 0700. A
    symbolic link is kept. A file that others may read is closed to them.
  - With E(CI) set, that folder is in the working folder of the module. On a local connection this is the playbook's
    folder, whereas C(faas-cli) looks in the one where it is started. Start both in the same folder, or set
    E(OPENFAAS_CONFIG).
  - The entry's key is the gateway's URL in lower case without a slash at its end, as faas-cli has it. C(localhost) and
    C(127.0.0.1) are two gateways.
seealso:
  - module: faas.mesh.openfaas_credentials
  - module: faas.mesh.faas_function
"""

EXAMPLES = r"""
- name: Log in with the password that OpenFaaS keeps in the cluster
  faas.mesh.faas_login:
    gateway: https://faas.example.com
    kubeconfig: ~/.kube/config
    password_secret: {}

- name: Log in with a password from a vault
  faas.mesh.faas_login:
    gateway: https://faas.example.com
    password: "{{ gateway_password }}"

- name: Log out
  faas.mesh.faas_login:
    gateway: https://faas.example.com
    state: absent
"""

RETURN = r"""
gateway:
  description: The gateway's key in the login file, null while it has no address.
  returned: success
  type: str
  sample: https://faas.example.com
user:
  description: Who is logged in, null with a token and where nobody is.
  returned: success
  type: str
  sample: admin
config_path:
  description: Path of the login file.
  returned: success
  type: str
  sample: /home/user/.openfaas/config.yml
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.entry import log_in, log_out
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SOURCES = ["password", "token", "password_file", "password_secret"]

SPEC: dict[str, Any] = {
    **GATEWAY,
    **CONNECTION,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "password_file": {"type": "path", "no_log": False},
}


def flow(module: AnsibleModule) -> Result:
    """Log in or out."""
    return log_in(module, SystemClock()) if module.params["state"] == "present" else log_out(module)


def main() -> None:
    """Run the module."""
    run_module(
        SPEC,
        flow,
        mutually_exclusive=[SOURCES],
        required_if=[("state", "present", SOURCES, True)],
    )


if __name__ == "__main__":
    main()
