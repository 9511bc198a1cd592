#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module mesh_verify."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mesh_verify
short_description: Prove that OpenFaaS answers inside the mesh, and over mutual TLS
description:
  - Looks at every pod of OpenFaaS and of its functions, whether it is ready and has its sidecar.
  - Calls OpenFaaS through the ingress. With a function that prints its environment, its reply tells which identities
    the sidecars of the gateway and of the function proved to each other. The request carries a forged header of that
    kind, which must not be taken for the real one.
  - Under strict mutual TLS, sends plain text to a pod of each function and of the gateway, through the API server's pod
    proxy, and sees that it is refused. That counts only beside a call through the ingress that works.
  - What costs more requests is proved only when asked for, which is O(proxies), O(weights) and O(retries).
  - Reads only, and runs nothing in the cluster. It fails with one sentence for each check that failed.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
  - faas.mesh.wait
options:
  ingress_url:
    description:
      - URL at which the ingress is reached, such as RV(faas.mesh.istio_ingress_info#module:url).
      - Required, but in check mode it may be empty, as on a cluster that has no ingress yet. Then nothing is sent.
    type: str
  ingress_validate_certs:
    description: Whether the certificate of an C(https) ingress is verified.
    type: bool
    default: true
  ingress_ca_path:
    description: PEM file or folder of the authorities to trust for it, in place of the machine's own.
    type: path
  namespace:
    description: Namespace of OpenFaaS.
    type: str
    default: openfaas
  functions_namespace:
    description: Namespace of the functions.
    type: str
    default: openfaas-fn
  function:
    description:
      - A function that prints its environment, which holds the request's headers.
      - Without one, the ingress is asked for the gateway's health, and the identities are not checked.
    type: str
  mtls:
    description: With V(strict), plain text has to be refused.
    type: str
    choices: [strict, permissive, "off"]
    default: strict
  proxies:
    description:
      - Whether every proxy of both namespaces and of the ingress has what its istiod sent last, by istiod's own data,
        and a certificate of its pod's service account that holds and is renewed.
      - Costs one request to each pod.
    type: bool
    default: false
  weights:
    description:
      - "Percent of the calls by version, by the function that is called, such as V({env: {env-v1: 90, env-v2: 10}}).
        O(calls) calls of each are made through the ingress and counted where proxies send them."
      - A share may be off by four standard deviations of so many calls, as 10 % by 6 points with 400 calls. The check
        says how much. Whoever else calls is counted too.
    type: dict
    default: {}
  calls:
    description: How many calls the weights of a function are counted by.
    type: int
    default: 400
  retries:
    description:
      - By the name of a function that answers each call with an error, how often a call of it has to be sent again.
      - The function is called once, and nobody else may call functions meanwhile.
    type: dict
    default: {}
  ingress_namespace:
    description: Namespace of the ingress gateway, for O(proxies), O(weights) and O(retries).
    type: str
    default: istio-system
  ingress_service:
    description: Service of the ingress gateway, for the same.
    type: str
    default: istio-ingressgateway
  istio_namespace:
    description: Namespace of istiod, for O(proxies).
    type: str
    default: istio-system
attributes:
  check_mode:
    support: full
    description: Reads only. In check mode a failed check is a warning, since the real run may put it right before.
  diff_mode:
    support: none
    description: Changes nothing.
notes:
  - Rights needed in both namespaces are to list pods, in that of the functions also events, and with O(mtls=strict) to
    get C(pods/proxy). What has to be asked for needs the right to get and create C(pods/portforward) in both and in
    those of the ingress and of istiod, to list pods there, and to get the ingress' Service.
"""

EXAMPLES = r"""
- name: Find the ingress
  faas.mesh.istio_ingress_info:
  register: ingress

- name: Prove that the mesh works
  faas.mesh.mesh_verify:
    ingress_url: "{{ ingress.url }}"
    function: env

- name: Prove that proxies are up to date, that a canary gets its tenth, and that calls are sent again
  faas.mesh.mesh_verify:
    ingress_url: "{{ ingress.url }}"
    function: env
    proxies: true
    weights: {app: {app-v1: 90, app-v2: 10}}
    calls: 1000
    retries: {failing: 2}
"""

RETURN = r"""
checks:
  description: What was looked at. Empty in check mode without an ingress.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: Name of the check.
      type: str
    passed:
      description: Whether it passed.
      type: bool
    detail:
      description: One sentence; of a failed check, what is wrong, where, and what to do.
      type: str
  sample:
    - name: identities
      passed: true
      detail: "Mutual TLS: openfaas/openfaas-controller called openfaas-fn/default."
pods:
  description: The pods of both namespaces.
  type: list
  elements: dict
  returned: always
  contains:
    namespace:
      description: Namespace of the pod.
      type: str
    name:
      description: Name of the pod.
      type: str
    ready:
      description: Containers that are ready, of those that stay.
      type: str
      sample: 2/2
    phase:
      description: Phase of the pod.
      type: str
    containers:
      description: The containers that stay, native sidecars first, with C(name), C(image) and C(ready).
      type: list
      elements: dict
    proxy_image:
      description: Image of the sidecar, null without one.
      type: str
functions:
  description: The pods of functions, in the form of RV(pods), with more.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: Name of the function.
      type: str
    pod:
      description: Name of the pod.
      type: str
    events:
      description: Events of the pod's start, oldest first, while the cluster keeps them (about an hour). Each has
        C(type), C(reason), C(from), C(time) and C(message).
      type: list
      elements: dict
    reason:
      description: Why the pod is not ready, null when it is.
      type: str
reply:
  description: The function's reply, null without a function.
  type: str
  returned: always
source:
  description: Identity of the caller, as the function's sidecar saw it.
  type: str
  returned: always
  sample: spiffe://cluster.local/ns/openfaas/sa/openfaas-controller
destination:
  description: Identity of the function's own sidecar.
  type: str
  returned: always
  sample: spiffe://cluster.local/ns/openfaas-fn/sa/default
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._faas.address import Address
from ansible_collections.faas.mesh.plugins.module_utils._faas.http import HttpTransport
from ansible_collections.faas.mesh.plugins.module_utils._istio.checks import results
from ansible_collections.faas.mesh.plugins.module_utils._istio.ingress import Ingress
from ansible_collections.faas.mesh.plugins.module_utils._istio.proofs import Asked, attempts_of, weights_of
from ansible_collections.faas.mesh.plugins.module_utils._istio.verification import Findings, Mesh
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION, WAIT
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    **WAIT,
    "ingress_url": {"type": "str"},
    "ingress_validate_certs": {"type": "bool", "default": True},
    "ingress_ca_path": {"type": "path"},
    "namespace": {"type": "str", "default": "openfaas"},
    "functions_namespace": {"type": "str", "default": "openfaas-fn"},
    "function": {"type": "str"},
    "mtls": {"type": "str", "choices": ["strict", "permissive", "off"], "default": "strict"},
    "proxies": {"type": "bool", "default": False},
    "weights": {"type": "dict", "default": {}},
    "calls": {"type": "int", "default": 400},
    "retries": {"type": "dict", "default": {}},
    "ingress_namespace": {"type": "str", "default": "istio-system"},
    "ingress_service": {"type": "str", "default": "istio-ingressgateway"},
    "istio_namespace": {"type": "str", "default": "istio-system"},
}

NONE_YET = "There is no ingress yet, so nothing was sent and nothing is verified."


def flow(module: AnsibleModule) -> Result:
    """Look at the mesh, and fail where it is not as it should be."""
    params = module.params
    if not params["ingress_url"]:
        if not module.check_mode:
            raise MeshError("ingress_url is empty: give the URL at which the ingress is reached.")
        return {**_result(Findings(), []), "warnings": [NONE_YET]}
    clock = SystemClock()
    cluster = connect(params, clock)
    asked = Asked(
        cluster,
        Ingress(cluster, params["ingress_namespace"], params["ingress_service"]),
        params["istio_namespace"],
        params["functions_namespace"],
        params["proxies"],
        weights_of(params["weights"], params["calls"]),
        params["calls"],
        attempts_of(params["retries"]),
    )
    address = Address.parse(params["ingress_url"])
    transport = HttpTransport(address, verify=params["ingress_validate_certs"], ca_path=params["ingress_ca_path"])
    with transport as ingress:
        mesh = Mesh(
            cluster,
            ingress,
            address.url,
            params["namespace"],
            params["functions_namespace"],
            params["function"] or "",
            params["mtls"] == "strict",
            asked,
        )
        findings = mesh.settled(clock, params["timeout"] if params["wait"] and not module.check_mode else 0)
        result = _result(findings, mesh.functions(findings))
    if findings.failures and not module.check_mode:
        raise MeshError(" ".join(findings.failures), **result)
    return {**result, "warnings": findings.failures}


def _result(findings: Findings, functions: list[dict[str, Any]]) -> Result:
    return {
        "changed": False,
        "checks": results(findings.checks),
        "pods": findings.pod_facts(),
        "functions": functions,
        "reply": findings.reply,
        "source": findings.source,
        "destination": findings.destination,
    }


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
