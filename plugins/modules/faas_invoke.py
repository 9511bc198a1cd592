#!/usr/bin/python
# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module faas_invoke."""

from __future__ import annotations

DOCUMENTATION = r"""
module: faas_invoke
short_description: Call an OpenFaaS function
description:
  - Calls a function through an OpenFaaS gateway, or through whatever stands before it, such as an Istio ingress, and
    gives its answer.
  - Never reports a change, as M(ansible.builtin.uri) does not, because nobody but you knows what the function did. Say
    it with C(changed_when) on the task.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
extends_documentation_fragment:
  - faas.mesh.gateway
  - faas.mesh.connection
options:
  name:
    description: The function to call.
    type: str
    required: true
  namespace:
    description: Namespace of the function, by default the gateway's own.
    type: str
  method:
    description: HTTP method, by default the one that C(faas-cli invoke) uses.
    type: str
    choices: [GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE]
    default: POST
  path:
    description: What follows the function's name in the URL, such as V(/items/7).
    type: str
    default: ""
  query:
    description: Parameters of the query. A list gives a parameter several values.
    type: dict
    default: {}
  headers:
    description: Header fields of the request. They are not shown in the invocation.
    type: dict
    default: {}
  body:
    description:
      - Body of the request. Text is sent as it is (C(text/plain)), anything else as JSON (C(application/json)), unless
        O(headers) have a C(Content-Type).
      - It is not shown in the invocation.
    type: raw
  status_code:
    description: The statuses that count as success.
    type: list
    elements: int
    default: [200]
  timeout:
    description: How long the function may take to answer, in seconds.
    type: int
    default: 60
attributes:
  check_mode:
    support: partial
    description: Calls without effects are made, others are not.
    details:
      - V(GET), V(HEAD) and V(OPTIONS), which by definition change nothing, are sent in check mode too. There a
        function that is not deployed yet is no failure, and the result has RV(status) null.
      - With any other method nothing is sent.
  diff_mode:
    support: none
    description: Knows of no difference.
notes:
  - A function is open to everybody, so the gateway's login is not sent to it. O(user), O(password), O(token) and the
    options that name a cluster are taken so that module defaults of the groups C(faas.mesh.faas) and C(faas.mesh.kube)
    fit. They are not used.
  - Faults that may pass (no answer, 429, 502, 503, 504) are waited out within O(timeout) with V(GET), V(HEAD) and
    V(OPTIONS). Any other call is made once, as it may have done its work.
seealso:
  - module: faas.mesh.faas_function
  - module: ansible.builtin.uri
"""

EXAMPLES = r"""
- name: Call a function with a body
  faas.mesh.faas_invoke:
    gateway: https://faas.example.com
    name: resize
    path: /thumbnail
    query: {width: 120}
    body: {url: "https://example.com/picture.png"}
  register: thumbnail

- name: See what it said
  ansible.builtin.debug:
    msg: "{{ thumbnail.json }}"

- name: Check that a function refuses strangers
  faas.mesh.faas_invoke:
    gateway: https://faas.example.com
    name: private
    method: GET
    status_code: [401, 403]
"""

RETURN = r"""
status:
  description: The answer's status, null where nothing was sent.
  returned: always
  type: int
  sample: 200
headers:
  description: The answer's header fields, with names in lower case.
  returned: always
  type: dict
body:
  description: The answer's body, null where there is none or it is no UTF-8 text.
  returned: always
  type: str
body_base64:
  description: The answer's body in base64.
  returned: when it is no UTF-8 text
  type: str
json:
  description: The answer's body, decoded.
  returned: when it is JSON by its content type
  type: raw
url:
  description: What was called.
  returned: when the gateway has an address
  type: str
  sample: https://faas.example.com/function/resize/thumbnail?width=120
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Key
from ansible_collections.faas.mesh.plugins.module_utils._faas.http import HttpTransport
from ansible_collections.faas.mesh.plugins.module_utils._faas.invocation import Invocation, result_of, unexpected
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import address_of
from ansible_collections.faas.mesh.plugins.module_utils._kube.argspec import CONNECTION
from ansible_collections.faas.mesh.plugins.module_utils._module import Result, hide, run_module
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, Any] = {
    **GATEWAY,
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "method": {
        "type": "str",
        "choices": ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
        "default": "POST",
    },
    "path": {"type": "str", "default": ""},
    "query": {"type": "dict", "default": {}},
    "headers": {"type": "dict", "default": {}},
    "body": {"type": "raw"},
    "status_code": {"type": "list", "elements": "int", "default": [200]},
    "timeout": {"type": "int", "default": 60},
}


def flow(module: AnsibleModule) -> Result:
    """Call, or say why not."""
    params = module.params
    key = Key.checked(params["name"], params["namespace"])
    call = Invocation(
        name=key.name,
        namespace=key.namespace,
        method=params["method"],
        path=params["path"],
        query=params["query"],
        headers={name: str(value) for name, value in params["headers"].items()},
        body=params["body"],
    )
    hide(module, call.secrets)
    address = address_of(module)
    unsent: Result = {"changed": False, "status": None, "headers": {}, "body": None}
    if address is None:
        return unsent
    url = address.url + call.target
    if module.check_mode and not call.is_safe:
        return {**unsent, "url": url, "msg": f"{call.method} is not sent in check mode."}
    if call.secrets:
        address.refuse_plain_text(params["allow_insecure"])
    expected = params["status_code"]
    with HttpTransport(address, verify=params["gateway_validate_certs"], ca_path=params["ca_path"]) as transport:
        answer = call.send(address, transport, SystemClock(), params["timeout"], expected)
    if module.check_mode and answer.status == 404 and 404 not in expected:
        return {**unsent, "url": url, "msg": f"Function '{key}' is not deployed yet."}
    if answer.status not in expected:
        raise unexpected(answer, call, address, expected)
    return {"changed": False, **result_of(answer, url)}


def main() -> None:
    """Run the module."""
    run_module(SPEC, flow, withheld=("headers", "body"), mutually_exclusive=[["password", "token"]])


if __name__ == "__main__":
    main()
