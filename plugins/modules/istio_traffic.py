#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module istio_traffic."""

from __future__ import annotations

DOCUMENTATION = r"""
module: istio_traffic
short_description: Lead the calls of a function to its versions
description:
  - Splits the calls of a function between versions of it, which are functions of their own, by weight or by a header.
    It also mirrors calls, repeats and limits them, and makes faults to try out what callers do about them.
  - All that is asked for is checked before anything is written. A change of weights is one write to one object, which
    the proxies take over without losing a call.
  - A route is remembered as a set of its own, so only routes of this module are ever changed or removed.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.connection
  - faas.mesh.traffic
options:
  state:
    description:
      - V(present) has the routes as described.
      - V(absent) removes those of O(functions), and all of O(functions_namespace) where none is named. Calls then go
        where they went before.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description: Whether routes of functions of O(functions_namespace) that are not listed are removed.
    type: bool
    default: false
  functions:
    description: The functions whose calls are led, each with its route.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Name by which the function is called. For a route at the ingress, which takes the calls of
            C(/function/NAME), there need not be a function of that name.
        type: str
        required: true
      at:
        description:
          - V(ingress) leads calls that come through the ingress straight to the versions. OpenFaaS' gateway does not
            see them, so they are missing from its metrics, and its timeouts do not count. Works with every edition.
          - V(mesh) leads calls by the function's name inside the mesh, such as those of OpenFaaS Pro's gateway with
            direct functions, and of functions that call each other. It is refused where OpenFaaS calls by address.
        type: str
        choices: [ingress, mesh]
        default: ingress
      weights:
        description:
          - Percent of the calls by the function that gets them. They add up to 100.
          - Without it, the function O(functions[].name) gets them all.
        type: dict
      matches:
        description: Calls that go to one version whatever the weights, by their headers. The first match counts.
        type: list
        elements: dict
        default: []
        suboptions:
          headers:
            description: Values by the headers' names. All of them have to be equal.
            type: dict
            required: true
          to:
            description: The function that gets these calls.
            type: str
            required: true
      mirror:
        description: A function that gets a copy of calls. Its answers are thrown away.
        type: dict
        suboptions:
          to:
            description: The function.
            type: str
            required: true
          percent:
            description: Percent of the calls that are copied.
            type: float
            default: 100
      retries:
        description: How often a call that failed is sent again. Without it, Istio's own default counts.
        type: dict
        suboptions:
          attempts:
            description: How often at most. V(0) never does.
            type: int
            required: true
          per_try_timeout:
            description: How long each try may take, such as V(2s).
            type: str
          conditions:
            description: On what, as Envoy names it, such as V(5xx,reset,connect-failure).
            type: str
      timeout:
        description: How long a call may take with all its tries, such as V(10s). Without it there is no limit.
        type: str
      faults:
        description: Faults to make on purpose.
        type: dict
        suboptions:
          delay:
            description: How long calls are held up, such as V(2s).
            type: str
          delay_percent:
            description: Percent of the calls that are.
            type: float
            default: 100
          abort:
            description: HTTP status that is answered in place of the function's answer, such as V(503).
            type: int
          abort_percent:
            description: Percent of the calls that are.
            type: float
            default: 100
      outlier_detection:
        description: Leaves out pods of a version that fail again and again, for a while.
        type: dict
        suboptions:
          consecutive_errors:
            description: How many answers of 500 and above in a row make a pod one that fails.
            type: int
            default: 5
          interval:
            description: How often that is looked at.
            type: str
            default: 10s
          ejection_time:
            description: For how long such a pod is left out at first. It grows with each time.
            type: str
            default: 30s
          max_ejection_percent:
            description: How many percent of the pods may be left out at a time.
            type: int
            default: 10
      hosts:
        description: At the ingress, only calls of these hosts. By default those of all hosts of O(api).
        type: list
        elements: str
        default: []
notes:
  - Names of functions are checked against the Deployments in O(functions_namespace). In check mode, one that is missing
    is a warning, since a task before may deploy it in a real run.
seealso:
  - module: faas.mesh.istio_canary
"""

EXAMPLES = r"""
- name: Give a new version of env a tenth of its calls
  faas.mesh.istio_traffic:
    functions:
      - name: env
        weights: {env-v1: 90, env-v2: 10}

- name: Let testers have the new version, and give up slow calls
  faas.mesh.istio_traffic:
    functions:
      - name: env
        weights: {env-v1: 100}
        matches:
          - {headers: {x-tester: "yes"}, to: env-v2}
        timeout: 5s
        retries: {attempts: 2, per_try_timeout: 2s, conditions: "5xx,connect-failure"}

- name: Copy all calls to a version that is not shown to anybody yet
  faas.mesh.istio_traffic:
    functions:
      - name: env
        weights: {env-v1: 100}
        mirror: {to: env-v2}

- name: Split calls inside the mesh, with OpenFaaS Pro's direct functions, and leave out pods that fail
  faas.mesh.istio_traffic:
    functions:
      - name: env
        at: mesh
        weights: {env-v1: 50, env-v2: 50}
        outlier_detection: {consecutive_errors: 3}

- name: Let all calls go their usual way again
  faas.mesh.istio_traffic:
    state: absent
    functions:
      - name: env
"""

RETURN = r"""
weights:
  description: The weights of each route, by the function that is called.
  type: dict
  returned: success
  sample: {env: {env-v1: 90, env-v2: 10}}
objects:
  description: What happened to each object.
  type: list
  elements: dict
  returned: success
  contains:
    api_version:
      description: API version of the object.
      type: str
    kind:
      description: Kind of the object.
      type: str
    namespace:
      description: Namespace of the object.
      type: str
    name:
      description: Name of the object.
      type: str
    verb:
      description: What was done, V(created), V(updated), V(deleted), V(released), V(kept) or V(unchanged).
      type: str
  sample:
    - api_version: networking.istio.io/v1
      kind: VirtualService
      namespace: openfaas-fn
      name: traffic-env
      verb: updated
requests:
  description: Requests to the API server, by kind.
  type: dict
  returned: success
  sample: {read: 7}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.faas.mesh.plugins.module_utils._istio.argspec import TRAFFIC
from ansible_collections.faas.mesh.plugins.module_utils._istio.route import INGRESS, MESH, Route
from ansible_collections.faas.mesh.plugins.module_utils._istio.traffic import Traffic, as_result, options_of
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

MATCH: dict[str, Any] = {
    "headers": {"type": "dict", "required": True},
    "to": {"type": "str", "required": True},
}
MIRROR: dict[str, Any] = {
    "to": {"type": "str", "required": True},
    "percent": {"type": "float", "default": 100},
}
RETRIES: dict[str, Any] = {
    "attempts": {"type": "int", "required": True},
    "per_try_timeout": {"type": "str"},
    "conditions": {"type": "str"},
}
FAULTS: dict[str, Any] = {
    "delay": {"type": "str"},
    "delay_percent": {"type": "float", "default": 100},
    "abort": {"type": "int"},
    "abort_percent": {"type": "float", "default": 100},
}
OUTLIERS: dict[str, Any] = {
    "consecutive_errors": {"type": "int", "default": 5},
    "interval": {"type": "str", "default": "10s"},
    "ejection_time": {"type": "str", "default": "30s"},
    "max_ejection_percent": {"type": "int", "default": 10},
}
FUNCTION: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "at": {"type": "str", "choices": [INGRESS, MESH], "default": INGRESS},
    "weights": {"type": "dict"},
    "matches": {"type": "list", "elements": "dict", "options": MATCH, "default": []},
    "mirror": {"type": "dict", "options": MIRROR},
    "retries": {"type": "dict", "options": RETRIES},
    "timeout": {"type": "str"},
    "faults": {"type": "dict", "options": FAULTS},
    "outlier_detection": {"type": "dict", "options": OUTLIERS},
    "hosts": {"type": "list", "elements": "str", "default": []},
}
ARGUMENT_SPEC: dict[str, Any] = {
    **CONNECTION,
    **TRAFFIC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "exclusive": {"type": "bool", "default": False},
    "functions": {"type": "list", "elements": "dict", "options": FUNCTION, "default": []},
}


def flow(module: AnsibleModule) -> Result:
    """Have the routes, or remove them."""
    params = module.params
    options = options_of(params)
    if params["state"] == "absent":
        traffic = Traffic.of_params(connect(params, SystemClock()), params, module.check_mode)
        return as_result(traffic.withdraw([entry["name"] for entry in params["functions"]], options), [])
    routes = [Route.from_params(entry) for entry in params["functions"]]
    traffic = Traffic.of_params(connect(params, SystemClock()), params, module.check_mode)
    documents = traffic.documents(routes)
    return as_result(traffic.apply(documents, options, params["exclusive"]), routes)


def main() -> None:
    """Run the module."""
    run_module(ARGUMENT_SPEC, flow)


if __name__ == "__main__":
    main()
