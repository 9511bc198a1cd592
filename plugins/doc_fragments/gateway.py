# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that name an OpenFaaS gateway and say who we are to it."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``_faas.argspec.GATEWAY``."""

    DOCUMENTATION = r"""
options:
  gateway:
    description:
      - URL of the OpenFaaS gateway, such as V(https://faas.example.com). Without a scheme it is taken for V(http://).
      - Falls back to the environment variable E(OPENFAAS_URL).
      - May be empty in check mode, where a real run would find the address out. Nothing is sent then, and a warning
        says so.
    type: str
  user:
    description: User's name that goes with O(password).
    type: str
    default: admin
  password:
    description:
      - Password for Basic auth.
      - Without it and without O(token), the login file is used that M(faas.mesh.faas_login) and C(faas-cli login)
        write, C(config.yml) in the folder E(OPENFAAS_CONFIG), else in C(.openfaas) where E(CI) is V(true) or V(1),
        else in C(~/.openfaas).
    type: str
  token:
    description: Bearer token to show in place of a password.
    type: str
  password_secret:
    description:
      - Secret in which OpenFaaS keeps user and password, read where the login file has none for the gateway. O(user)
        does not count then.
      - It needs a cluster (O(kubeconfig), O(context) or O(host)) and the right to get that Secret.
      - Where check mode finds no such Secret, it takes it for one that a real run would make.
    type: dict
    suboptions:
      namespace:
        description: Namespace of the Secret.
        type: str
        default: openfaas
      name:
        description: Name of the Secret.
        type: str
        default: basic-auth
  allow_insecure:
    description:
      - Whether the login may go to an V(http://) gateway on another machine, where everybody on the way can read it.
      - Gateways on this machine (C(localhost), C(127.0.0.1), C(::1)) need no permission.
    type: bool
    default: false
  gateway_validate_certs:
    description: Whether the gateway's certificate is verified.
    type: bool
    default: true
  ca_path:
    description:
      - Path of a PEM file, or of a folder of hashed ones, with the authorities to trust for the gateway in place of the
        machine's own.
    type: path
notes:
  - Redirects are not followed, so the login never reaches another host than that of O(gateway).
"""
