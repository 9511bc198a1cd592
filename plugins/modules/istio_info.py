#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module istio_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: istio_info
short_description: Look at a mesh, its revisions, proxies, mutual TLS and gateways
description:
  - Tells which revisions of Istio a cluster has and where the tags point, the version of each proxy and whether it has
    the configuration that its istiod sent, the mode of mutual TLS in each namespace of the mesh, and where its gateways
    are reached.
  - Every istiod of every revision is asked for its own data; no istioctl is needed.
  - Reads only. A cluster without Istio gives empty lists.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
  - faas.mesh.read_only
options:
  sync:
    description:
      - Whether each istiod is asked which of its proxies have its configuration. Without the rights for it, a warning
        says so and RV(proxies[].sync) is null.
    type: bool
    default: true
notes:
  - Rights needed in all namespaces are to list C(pods), C(services), C(peerauthentications) and
    C(mutatingwebhookconfigurations), and with O(sync) to get and create C(pods/portforward) in the namespace of the
    control plane.
"""

EXAMPLES = r"""
- name: Look at the mesh
  faas.mesh.istio_info:
  register: mesh

- name: Name the proxies that an upgrade has left behind
  ansible.builtin.debug:
    msg: "{{ mesh.proxies | rejectattr('version', 'equalto', mesh.revisions[-1].version) | map(attribute='pod') }}"

- name: See that all proxies have their configuration
  ansible.builtin.assert:
    that: "'STALE' not in item.sync.values()"
  loop: "{{ mesh.proxies }}"
"""

RETURN = r"""
revisions:
  description: The control planes.
  type: list
  elements: dict
  returned: success
  contains:
    revision:
      description: Name of the revision, C(default) for the one without a name.
      type: str
    namespace:
      description: Namespace of its istiod, null where no pod of it is there.
      type: str
    version:
      description: Its version.
      type: str
    tags:
      description: The tags that point to it.
      type: list
      elements: str
    pods:
      description: Its pods with C(name), C(version) and, of one that is not ready, the C(reason).
      type: list
      elements: dict
    proxies:
      description: How many proxies it made.
      type: int
  sample:
    - revision: default
      namespace: istio-system
      version: 1.31.1
      tags: [default]
      pods: [{name: istiod-66786c4486-hsjjw, version: 1.31.1, reason: null}]
      proxies: 4
proxies:
  description: The sidecars and gateways.
  type: list
  elements: dict
  returned: success
  contains:
    pod:
      description: Pod of the proxy, as C(namespace/name).
      type: str
    revision:
      description: The revision that made it.
      type: str
    version:
      description: Its version, by its own word where its istiod was asked, else by the tag of its image.
      type: str
    istiod:
      description: The pod that serves it, null where none said so.
      type: str
    sync:
      description:
        - Of its clusters (C(cds)), listeners (C(lds)), routes (C(rds)) and endpoints (C(eds)) whether it has what was
          sent (V(SYNCED)), has not acknowledged it yet (V(STALE)), or was sent nothing (V(NOT SENT)).
        - Null where no istiod knows it, or none was asked.
      type: dict
  sample:
    - pod: openfaas/gateway-7f9c4d5b6-x2x7k
      revision: default
      version: 1.31.1
      istiod: istio-system/istiod-66786c4486-hsjjw
      sync: {cds: SYNCED, lds: SYNCED, rds: SYNCED, eds: SYNCED}
mtls:
  description: The mode of mutual TLS in each namespace with proxies.
  type: list
  elements: dict
  returned: success
  contains:
    namespace:
      description: The namespace.
      type: str
    mode:
      description: V(STRICT), V(PERMISSIVE) or V(DISABLE).
      type: str
    policy:
      description: The PeerAuthentication that says so, null where Istio's own default holds.
      type: str
    exceptions:
      description: Policies for some of its pods or ports, with C(policy), C(mode) and C(ports).
      type: list
      elements: dict
  sample: [{namespace: openfaas, mode: STRICT, policy: openfaas/default, exceptions: []}]
gateways:
  description: The Services that lead to gateways.
  type: list
  elements: dict
  returned: success
  contains:
    namespace:
      description: Namespace of the Service.
      type: str
    service:
      description: Name of the Service.
      type: str
    type:
      description: Type of the Service.
      type: str
    selector:
      description: Labels for C(spec.selector) of a C(Gateway).
      type: dict
    host:
      description: Host name or IP address, null where there is none.
      type: str
    url:
      description: URL for HTTP, null where there is none.
      type: str
    https_url:
      description: URL for HTTPS, null where there is none.
      type: str
    reason:
      description: Why it cannot be reached from outside, null where it can.
      type: str
  sample:
    - namespace: istio-system
      service: istio-ingressgateway
      type: LoadBalancer
      selector: {istio: ingressgateway}
      host: 192.0.2.10
      url: http://192.0.2.10
      https_url: https://192.0.2.10
      reason: null
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._istio.status import Status
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {**CONNECTION, "sync": {"type": "bool", "default": True}}


def flow(module: AnsibleModule) -> Result:
    """Look at the mesh."""
    clock = SystemClock()
    status = Status.read(connect(module.params, clock))
    return {
        "changed": False,
        "revisions": status.revisions(),
        "proxies": status.proxy_facts(asking=module.params["sync"]),
        "mtls": status.modes(),
        "gateways": status.ingresses(clock),
        "warnings": status.warnings,
    }


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
