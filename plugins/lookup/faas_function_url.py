# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lookup faas_function_url."""

from __future__ import annotations

DOCUMENTATION = r"""
name: faas_function_url
short_description: The URLs at which OpenFaaS functions are called
description:
  - Gives the URL of each function named, through an OpenFaaS gateway or whatever stands before it. Nothing is sent, so
    it does not say whether there is such a function.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
options:
  _terms:
    description: Names of functions.
    type: list
    elements: str
    required: true
  gateway:
    description: URL of the gateway. Without a scheme it is taken for V(http://).
    type: str
    required: true
    env:
      - name: OPENFAAS_URL
  namespace:
    description: Namespace of the functions, by default the gateway's own.
    type: str
  path:
    description: What follows the function's name in the URL, such as V(/items/7).
    type: str
    default: ""
  asynchronous:
    description: Whether the URL is that of a call which the gateway queues, and answers at once.
    type: bool
    default: false
seealso:
  - plugin: faas.mesh.faas_invoke
    plugin_type: module
"""

EXAMPLES = r"""
- name: Show where a function is called
  ansible.builtin.debug:
    msg: "{{ lookup('faas.mesh.faas_function_url', 'resize', gateway='https://faas.example.com') }}"

- name: Write a configuration that calls it later
  ansible.builtin.copy:
    content: "{{ {'thumbnails': lookup('faas.mesh.faas_function_url', 'resize', asynchronous=true)} | to_nice_yaml }}"
    dest: /etc/shop/functions.yml
    mode: "0644"
"""

RETURN = r"""
_list:
  description: The URLs, in the order of the names.
  type: list
  elements: str
  sample:
    - https://faas.example.com/function/resize
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._faas.address import Address
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Key
from ansible_collections.faas.mesh.plugins.module_utils._faas.invocation import Invocation


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core has no types
    """The lookup, as Ansible loads it."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """The URLs of the functions named by ``terms``. :raises AnsibleLookupError: a name or the URL cannot be."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            address = Address.parse(self.get_option("gateway"))
            return [address.url + self._call(str(term)).target for term in terms]
        except MeshError as error:
            raise AnsibleLookupError(str(error)) from error

    def _call(self, name: str) -> Invocation:
        key = Key.checked(name, self.get_option("namespace"))
        return Invocation(
            key.name, key.namespace, path=self.get_option("path"), asynchronous=self.get_option("asynchronous")
        )
