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
  - Reports no change by what the function did, as M(ansible.builtin.uri) does not, because nobody but you knows it. Say
    it with C(changed_when) on the task. A file written by O(dest) is a change.
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
  body_base64:
    description:
      - Body of the request in base64, for what is no text. It is sent as C(application/octet-stream), unless
        O(headers) say otherwise, and not shown in the invocation.
    type: str
  src:
    description:
      - Path of a file with the body of the request, text or not. It is sent as C(application/octet-stream), unless
        O(headers) say otherwise.
    type: path
  dest:
    description:
      - Path of a file to put the answer's body into, which then is not a part of the result. Its folder must exist.
      - The file is written, as a whole, only when the answer has a status of O(status_code) and another content. The
        task has changed something then.
    type: path
  asynchronous:
    description:
      - Whether the gateway is to queue the call and answer at once, with RV(call_id). It needs O(method=POST).
      - What the function answers goes to O(callback_url), or nowhere.
    type: bool
    default: false
  callback_url:
    description: Where the queue worker posts the answer of an asynchronous call.
    type: str
  idempotent:
    description:
      - Whether the call may be made again when a fault may pass, whatever its O(method). Set it only for a function
        that does the same when it is called twice.
    type: bool
    default: false
  status_code:
    description: The statuses that count as success, by default V(200), and V(202) with O(asynchronous=true).
    type: list
    elements: int
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
      - With any other method nothing is sent, and O(dest) counts as unchanged.
  diff_mode:
    support: none
    description: Knows of no difference.
notes:
  - A function is open to everybody, so the gateway's login is not sent to it. O(user), O(password), O(token) and the
    options that name a cluster are taken so that module defaults of the groups C(faas.mesh.faas) and C(faas.mesh.kube)
    fit. They are not used.
  - Faults that may pass (no answer, 429, 502, 503, 504) are waited out within O(timeout) with V(GET), V(HEAD),
    V(OPTIONS) and with O(idempotent=true). Any other call is made once, as it may have done its work.
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

- name: Send a file and keep the answer in another
  faas.mesh.faas_invoke:
    gateway: https://faas.example.com
    name: resize
    src: files/picture.png
    headers: {Content-Type: image/png}
    dest: /srv/thumbnails/picture.png

- name: Have it done later, and reported elsewhere
  faas.mesh.faas_invoke:
    gateway: https://faas.example.com
    name: resize
    src: files/picture.png
    asynchronous: true
    callback_url: https://hooks.example.com/thumbnails
  register: queued

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
  description: The answer's body, null where there is none, it is no UTF-8 text, or it went to a file.
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
call_id:
  description: The gateway's name for the call, which it also tells the function and the callback (C(X-Call-Id)).
  returned: when the call was made, and the gateway gave it one
  type: str
  sample: 9c1d9b0e-4f0c-4d5a-8a43-6a3f6c5a0d2e
dest:
  description: The file that holds the answer's body.
  returned: with O(dest), when the call was made
  type: str
url:
  description: What was called.
  returned: when the gateway has an address
  type: str
  sample: https://faas.example.com/function/resize/thumbnail?width=120
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.faas.mesh.plugins.module_utils._faas.argspec import GATEWAY
from ansible_collections.faas.mesh.plugins.module_utils._faas.body import Body
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Key
from ansible_collections.faas.mesh.plugins.module_utils._faas.http import HttpTransport
from ansible_collections.faas.mesh.plugins.module_utils._faas.invocation import (
    Invocation,
    result_of,
    unexpected,
    without_body,
)
from ansible_collections.faas.mesh.plugins.module_utils._faas.session import address_of
from ansible_collections.faas.mesh.plugins.module_utils._files import put
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
    "body_base64": {"type": "str"},
    "src": {"type": "path"},
    "dest": {"type": "path"},
    "asynchronous": {"type": "bool", "default": False},
    "callback_url": {"type": "str"},
    "idempotent": {"type": "bool", "default": False},
    "status_code": {"type": "list", "elements": "int"},
    "timeout": {"type": "int", "default": 60},
}


def flow(module: AnsibleModule) -> Result:
    """Call, or say why not."""
    params = module.params
    call = _invocation(params)
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
    expected = params["status_code"] or [202 if call.asynchronous else 200]
    with HttpTransport(address, verify=params["gateway_validate_certs"], ca_path=params["ca_path"]) as transport:
        answer = call.send(address, transport, SystemClock(), params["timeout"], expected)
    if module.check_mode and answer.status == 404 and 404 not in expected:
        return {**unsent, "url": url, "msg": f"Function '{params['name']}' is not deployed yet."}
    if answer.status not in expected:
        raise unexpected(answer, call, address, expected)
    result = result_of(answer, call, url)
    if not params["dest"]:
        return {"changed": False, **result}
    changed = put("The answer", Path(params["dest"]), answer.body, module.atomic_move, check=module.check_mode)
    return {"changed": changed, **without_body(result), "dest": params["dest"]}


def _invocation(params: dict[str, Any]) -> Invocation:
    key = Key.checked(params["name"], params["namespace"])
    call = Invocation(
        name=key.name,
        namespace=key.namespace,
        method=params["method"],
        path=params["path"],
        query=params["query"],
        headers={name: str(value) for name, value in params["headers"].items()},
        body=Body.of_options(params["body"], params["body_base64"], params["src"]),
        asynchronous=params["asynchronous"],
        callback=params["callback_url"],
        idempotent=params["idempotent"],
    )
    call.refuse_contradictions()
    return call


def main() -> None:
    """Run the module."""
    run_module(
        SPEC,
        flow,
        withheld=("headers", "body", "body_base64"),
        mutually_exclusive=[["password", "token"], ["body", "body_base64", "src"]],
    )


if __name__ == "__main__":
    main()
