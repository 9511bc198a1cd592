#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module istio_ingress_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: istio_ingress_info
short_description: Find out where an Istio ingress gateway is reached
description:
  - Tells the host and the ports at which clients outside the cluster reach an ingress gateway, and the labels with
    which a C(Gateway) object selects its pods.
  - Reads only.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
  - faas.mesh.wait
options:
  namespace:
    description: Namespace of the ingress gateway.
    type: str
    default: istio-system
  service:
    description: Name of its Service.
    type: str
    default: istio-ingressgateway
  via:
    description:
      - How clients come in.
      - V(load_balancer) takes the IP address or host name that the cluster's load balancer gave the Service.
      - V(node_port) takes the internal address of a node that runs the gateway, and the Service's node ports. It works
        for Services of type LoadBalancer too, where no load balancer answers.
      - V(port_forward) takes O(address), by default V(127.0.0.1), with O(http_port) and O(https_port), the local
        ports that M(faas.mesh.kube_forward) forwards. A port that is not given is none.
      - V(auto) goes by the Service's type.
    type: str
    choices: [auto, load_balancer, node_port, port_forward]
    default: auto
  address:
    description:
      - Host name or IP address that leads to the gateway, when you know better than the cluster, for example the name
        in your DNS.
    type: str
  host_name:
    description: Host name to put into the URLs in place of the address, one that a C(Gateway) asks for.
    type: str
  hosts:
    description:
      - Host names that clients use. Each is looked up by the resolver of the machine that runs this module, and it is
        told where the DNS does not lead it to the ingress. Names with a star and addresses are not looked up.
      - Nothing is looked up where the ingress is known by an address that only the inside has, as with
        O(via=port_forward) and with most nodes. Clients outside call another one then, which is not known here.
    type: list
    elements: str
    default: []
  dns:
    description:
      - What to do about O(hosts) that the DNS leads elsewhere or nowhere, a warning or a failure.
      - V(ignore) looks nothing up, for names that lead to the ingress by way of a CDN or of another machine.
    type: str
    choices: [warn, fail, ignore]
    default: warn
  gateways:
    description: C(Gateway) objects, of which the first that is there is looked at for how it serves HTTPS.
    type: list
    elements: dict
    default: []
    suboptions:
      api:
        description: Whether it is one of Istio's own API, or of the Gateway API.
        type: str
        choices: [istio, gateway]
        default: istio
      namespace:
        description: Its namespace.
        type: str
        required: true
      name:
        description: Its name.
        type: str
        required: true
  http_port:
    description: Port for HTTP at that address, when it is not the Service's own.
    type: int
  https_port:
    description: Port for HTTPS at that address, when it is not the Service's own.
    type: int
attributes:
  check_mode:
    support: full
    description: Reads only. In check mode an ingress that is missing or has no address yet gives null values, and
      nothing is waited for.
  diff_mode:
    support: none
    description: Changes nothing.
"""

EXAMPLES = r"""
- name: Find the ingress gateway of Istio's default profile
  faas.mesh.istio_ingress_info:
  register: ingress

- name: Say where it is
  ansible.builtin.debug:
    msg: "{{ ingress.url }}"

- name: Go in through a node, on a cluster without load balancers
  faas.mesh.istio_ingress_info:
    via: node_port

- name: Go in through a port of this machine that faas.mesh.kube_forward forwards
  faas.mesh.istio_ingress_info:
    via: port_forward
    http_port: 8080

- name: Stop where the DNS does not lead to it, before a certificate is asked for
  faas.mesh.istio_ingress_info:
    hosts: [faas.example.com]
    dns: fail
"""

RETURN = r"""
dns:
  description: The O(hosts) that were looked up.
  type: list
  elements: dict
  returned: success
  contains:
    host:
      description: The name.
      type: str
    addresses:
      description: Where it leads now, empty for nowhere.
      type: list
      elements: str
    expected:
      description:
        - The addresses of the ingress, empty where its load balancer has a name that the DNS does not know yet.
      type: list
      elements: str
    points_here:
      description: Whether it leads to the ingress.
      type: bool
    records:
      description: What the DNS has to have for that, one line a record.
      type: list
      elements: str
  sample:
    - host: faas.example.com
      addresses: [198.51.100.9]
      expected: [203.0.113.7]
      points_here: false
      records: ["faas.example.com.  A  203.0.113.7"]
ingress_host:
  description: Host name or IP address of the ingress, null in check mode where there is none yet.
  type: str
  returned: success
  sample: 192.0.2.10
http_port:
  description: Port for HTTP, null where there is none.
  type: int
  returned: success
  sample: 80
https_port:
  description: Port for HTTPS, null where there is none.
  type: int
  returned: success
  sample: 443
url:
  description: URL for HTTP, null where there is none.
  type: str
  returned: success
  sample: http://192.0.2.10
https_url:
  description: URL for HTTPS, null where there is none.
  type: str
  returned: success
  sample: https://192.0.2.10
https:
  description: How the first of O(gateways) serves HTTPS with a certificate from a Secret, null where it does not.
  type: dict
  returned: success
  contains:
    secret:
      description: Name of the Secret.
      type: str
    min_version:
      description: The oldest version of TLS that is spoken, null where Istio decides.
      type: str
    redirect:
      description: Whether it has no server for HTTP, which another C(Gateway) redirects then.
      type: bool
    hsts:
      description:
        - What is answered as C(Strict-Transport-Security), by the annotation C(faas.mesh/strict-transport-security).
      type: str
  sample: {secret: openfaas-ingress-tls, min_version: "1.2", redirect: true, hsts: ""}
selector:
  description: Labels of the gateway's pods, for C(spec.selector) of a C(Gateway).
  type: dict
  returned: success
  sample: {istio: ingressgateway}
"""

from dataclasses import asdict
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio import dns
from ansible_collections.faas.mesh.plugins.module_utils._istio.https import GatewayName, served
from ansible_collections.faas.mesh.plugins.module_utils._istio.ingress import Endpoint, Given, Ingress, NoAddress
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION, WAIT
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Object, connect
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

GATEWAY: dict[str, Any] = {
    "api": {"type": "str", "choices": ["istio", "gateway"], "default": "istio"},
    "namespace": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
}
ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    **WAIT,
    "namespace": {"type": "str", "default": "istio-system"},
    "service": {"type": "str", "default": "istio-ingressgateway"},
    "via": {"type": "str", "choices": ["auto", "load_balancer", "node_port", "port_forward"], "default": "auto"},
    "address": {"type": "str"},
    "host_name": {"type": "str"},
    "gateways": {"type": "list", "elements": "dict", "options": GATEWAY, "default": []},
    "hosts": {"type": "list", "elements": "str", "default": []},
    "dns": {"type": "str", "choices": ["warn", "fail", "ignore"], "default": "warn"},
    "http_port": {"type": "int"},
    "https_port": {"type": "int"},
}


def flow(module: AnsibleModule) -> Result:
    """Look for the ingress."""
    params = module.params
    clock = SystemClock()
    cluster = connect(params, clock)
    ingress = Ingress(cluster, params["namespace"], params["service"], params["via"])
    service = ingress.read()
    if service is None and not module.check_mode:
        raise MeshError(
            f"There is no {ingress.name}: install Istio with a profile that has an ingress gateway, or name another."
        )
    given = Given(params["address"], params["http_port"], params["https_port"])
    seconds = params["timeout"] if params["wait"] and not module.check_mode else 0
    endpoint = Endpoint() if service is None else _endpoint(ingress, service, given, seconds, module.check_mode)
    names = [] if params["dns"] == "ignore" else dns.names(params["hosts"], endpoint.addresses)
    complaint = dns.complaint(names)
    if complaint and params["dns"] == "fail":
        raise MeshError(complaint)
    return {
        "changed": False,
        "ingress_host": endpoint.host,
        "http_port": endpoint.http_port,
        "https_port": endpoint.https_port,
        "url": endpoint.url("http", params["host_name"]),
        "https_url": endpoint.url("https", params["host_name"]),
        "https": served(cluster, [GatewayName(**entry) for entry in params["gateways"]]),
        "selector": ingress.selector(service),
        "dns": [{**asdict(name), "points_here": name.points_here} for name in names],
        "warnings": [complaint] if complaint else [],
    }


def _endpoint(ingress: Ingress, service: Object, given: Given, seconds: float, check: bool) -> Endpoint:
    try:
        return ingress.endpoint(service, given, SystemClock(), seconds)
    except NoAddress:
        if check:
            return Endpoint()
        raise


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
