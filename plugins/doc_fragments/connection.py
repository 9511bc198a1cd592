# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that name a cluster and say who we are to it."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``_kube.argspec.CONNECTION``."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of the kubeconfig file.
      - Without it, without O(context) and without O(host), the service account of the pod is used inside a cluster,
        else C(~/.kube/config), as kubectl does. The C(faas_*) modules are the exception, they then use no cluster.
      - Falls back to the environment variable E(K8S_AUTH_KUBECONFIG).
    type: path
  context:
    description:
      - Context of the kubeconfig file to use, by default its current one.
      - Falls back to the environment variable E(K8S_AUTH_CONTEXT).
    type: str
  host:
    description:
      - URL of the API server, for a connection without a kubeconfig file.
      - Falls back to the environment variable E(K8S_AUTH_HOST).
    type: str
  api_key:
    description:
      - Bearer token for the API server.
      - Falls back to the environment variable E(K8S_AUTH_API_KEY).
    type: str
  validate_certs:
    description:
      - Whether the API server's certificate is verified. By default it is, unless the kubeconfig file says otherwise.
      - Falls back to the environment variable E(K8S_AUTH_VERIFY_SSL).
    type: bool
  ca_cert:
    description:
      - Path of the PEM file with the authority that signed the API server's certificate.
      - Falls back to the environment variable E(K8S_AUTH_SSL_CA_CERT).
    type: path
  client_cert:
    description:
      - Path of the client certificate (PEM).
      - Falls back to the environment variable E(K8S_AUTH_CERT_FILE).
    type: path
  client_key:
    description:
      - Path of the client certificate's key (PEM).
      - Falls back to the environment variable E(K8S_AUTH_KEY_FILE).
    type: path
  proxy:
    description:
      - URL of the HTTP proxy on the way to the API server.
      - Falls back to the environment variable E(K8S_AUTH_PROXY).
    type: str
  no_proxy:
    description:
      - Comma-separated hosts that are reached without the proxy.
      - Falls back to the environment variable E(K8S_AUTH_NO_PROXY).
    type: str
  impersonate_user:
    description:
      - User to act as.
      - Falls back to the environment variable E(K8S_AUTH_IMPERSONATE_USER).
    type: str
  impersonate_groups:
    description:
      - Groups to act as a member of.
      - Falls back to the environment variable E(K8S_AUTH_IMPERSONATE_GROUPS).
    type: list
    elements: str
requirements:
  - kubernetes >= 31.0.0 (Python library)
"""
